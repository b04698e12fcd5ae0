-- People, workspaces, keys and what happened to them. Times are Unix milliseconds; ids are base62 text.
-- Collation "C" sorts bytewise, as SQLite does, so that pages continue alike on both.
CREATE TABLE users (
  id TEXT COLLATE "C" PRIMARY KEY,
  email TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  name_folded TEXT COLLATE "C" NOT NULL,
  password_hash TEXT NOT NULL,
  instance_admin BOOLEAN NOT NULL,
  active BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);

-- Facts about the installation as a whole, by name.
CREATE TABLE installation (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- The id is the SHA-256 of the cookie's value: a copy of this table opens no session.
CREATE TABLE sessions (
  id TEXT COLLATE "C" PRIMARY KEY,
  user_id TEXT REFERENCES users (id),
  data TEXT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE workspaces (
  id TEXT COLLATE "C" PRIMARY KEY,
  slug TEXT COLLATE "C" NOT NULL UNIQUE,
  name TEXT COLLATE "C" NOT NULL,
  plan TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE memberships (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

-- A deleted key leaves its row as a tombstone, without its hash. last_used_at is 0 for never, so that it sorts.
CREATE TABLE keys (
  id TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  owner_id TEXT NOT NULL REFERENCES users (id),
  created_by TEXT REFERENCES users (id),
  name TEXT COLLATE "C" NOT NULL,
  name_folded TEXT COLLATE "C" NOT NULL,
  description TEXT NOT NULL,
  environment TEXT COLLATE "C" NOT NULL,
  permission TEXT NOT NULL,
  gateway BOOLEAN NOT NULL,
  hash BYTEA,
  last4 TEXT NOT NULL,
  disabled BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT,
  deleted_at BIGINT,
  last_used_at BIGINT NOT NULL,
  last_used_address TEXT NOT NULL,
  last_used_agent TEXT NOT NULL,
  uses BIGINT NOT NULL,
  CHECK ((hash IS NULL) = (deleted_at IS NOT NULL))
);
CREATE UNIQUE INDEX keys_names ON keys (workspace_id, owner_id, name) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_status ON keys (workspace_id, disabled, expires_at) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_use ON keys (workspace_id, last_used_at, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_creation ON keys (workspace_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_name ON keys (workspace_id, name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_environment ON keys (workspace_id, environment) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_owner ON keys (workspace_id, owner_id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_creator ON keys (created_by, workspace_id, created_at);

CREATE TABLE audit_events (
  id TEXT COLLATE "C" PRIMARY KEY,
  at BIGINT NOT NULL,
  workspace_id TEXT REFERENCES workspaces (id),
  actor_id TEXT REFERENCES users (id),
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  target_name TEXT NOT NULL,
  address TEXT NOT NULL
);
CREATE INDEX audit_events_by_workspace ON audit_events (workspace_id, at, id);
CREATE INDEX audit_events_by_target ON audit_events (target, at, id);

CREATE TABLE usage_events (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at BIGINT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  key_id TEXT NOT NULL REFERENCES keys (id),
  surface TEXT NOT NULL,
  code TEXT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL
);
CREATE INDEX usage_events_by_key ON usage_events (key_id, at, id);

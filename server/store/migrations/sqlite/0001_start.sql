-- People, workspaces, keys and what happened to them. Times are Unix milliseconds; ids are base62 text.
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  instance_admin INTEGER NOT NULL,
  active INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- Facts about the installation as a whole, by name.
CREATE TABLE installation (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- The id is the SHA-256 of the cookie's value: a copy of this table opens no session.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT REFERENCES users (id),
  data TEXT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE workspaces (
  id TEXT PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  plan TEXT NOT NULL,
  settings TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE memberships (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, user_id)
) STRICT;
CREATE INDEX memberships_by_user ON memberships (user_id);

-- A deleted key leaves its row as a tombstone, without its hash. last_used_at is 0 for never, so that it sorts.
CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  owner_id TEXT NOT NULL REFERENCES users (id),
  created_by TEXT REFERENCES users (id),
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT NOT NULL,
  environment TEXT NOT NULL,
  permission TEXT NOT NULL,
  gateway INTEGER NOT NULL,
  hash BLOB,
  last4 TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  deleted_at INTEGER,
  last_used_at INTEGER NOT NULL,
  last_used_address TEXT NOT NULL,
  last_used_agent TEXT NOT NULL,
  uses INTEGER NOT NULL,
  CHECK ((hash IS NULL) = (deleted_at IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX keys_names ON keys (workspace_id, owner_id, name) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_status ON keys (workspace_id, disabled, expires_at) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_use ON keys (workspace_id, last_used_at, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_creation ON keys (workspace_id, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_name ON keys (workspace_id, name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_environment ON keys (workspace_id, environment) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_owner ON keys (workspace_id, owner_id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_creator ON keys (created_by, workspace_id, created_at);

CREATE TABLE audit_events (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  workspace_id TEXT REFERENCES workspaces (id),
  actor_id TEXT REFERENCES users (id),
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  target_name TEXT NOT NULL,
  address TEXT NOT NULL
) STRICT;
CREATE INDEX audit_events_by_workspace ON audit_events (workspace_id, at, id);
CREATE INDEX audit_events_by_target ON audit_events (target, at, id);

CREATE TABLE usage_events (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  key_id TEXT NOT NULL REFERENCES keys (id),
  surface TEXT NOT NULL,
  code TEXT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL
) STRICT;
CREATE INDEX usage_events_by_key ON usage_events (key_id, at, id);

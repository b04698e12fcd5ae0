-- Providers of models: OpenAI-compatible APIs of a workspace. sealed is the API key that one is asked with, under the master
-- key sealed_by. models is a JSON list of names. timeout is in seconds; the smallest priority is tried first. version counts
-- the edits.
CREATE TABLE providers (
  id TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  slug TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  url TEXT NOT NULL,
  timeout BIGINT NOT NULL,
  priority BIGINT NOT NULL,
  models TEXT NOT NULL,
  sealed BYTEA,
  sealed_by TEXT,
  enabled BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (workspace_id, slug),
  CHECK ((sealed IS NULL) = (sealed_by IS NULL))
);
CREATE INDEX providers_sealed ON providers (sealed_by, id) WHERE sealed IS NOT NULL;

-- What a model's tokens cost from starts_at on, until a later row of the model takes over: millionths of a US dollar a
-- million tokens. A row that has begun is never changed and never deleted.
CREATE TABLE prices (
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  model TEXT COLLATE "C" NOT NULL,
  starts_at BIGINT NOT NULL,
  input BIGINT NOT NULL CHECK (input >= 0),
  cached_input BIGINT NOT NULL CHECK (cached_input >= 0),
  output BIGINT NOT NULL CHECK (output >= 0),
  PRIMARY KEY (workspace_id, model, starts_at)
);

-- Providers of models: OpenAI-compatible APIs of a workspace. sealed is the API key that one is asked with, under the master
-- key sealed_by. models is a JSON list of names. timeout is in seconds; the smallest priority is tried first. version counts
-- the edits.
CREATE TABLE providers (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  timeout INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  models TEXT NOT NULL,
  sealed BLOB,
  sealed_by TEXT,
  enabled BOOLEAN NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (workspace_id, slug),
  CHECK ((sealed IS NULL) = (sealed_by IS NULL))
);
CREATE INDEX providers_sealed ON providers (sealed_by, id) WHERE sealed IS NOT NULL;

-- What a model's tokens cost from starts_at on, until a later row of the model takes over: millionths of a US dollar a
-- million tokens. A row that has begun is never changed and never deleted.
CREATE TABLE prices (
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  model TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  input INTEGER NOT NULL CHECK (input >= 0),
  cached_input INTEGER NOT NULL CHECK (cached_input >= 0),
  output INTEGER NOT NULL CHECK (output >= 0),
  PRIMARY KEY (workspace_id, model, starts_at)
);

-- What was asked and answered in sampled calls of models, sealed, until ends_at. No row is in here for more than three days.
CREATE TABLE samples (
  id TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  key_id TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
  at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  model TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  sealed_by TEXT NOT NULL
);
CREATE INDEX samples_by_workspace ON samples (workspace_id, at, id);
CREATE INDEX samples_by_key ON samples (key_id);
CREATE INDEX samples_by_end ON samples (ends_at);

-- The sample of a call; empty where there is none. It may be gone by then.
ALTER TABLE usage_events ADD COLUMN sample TEXT NOT NULL DEFAULT '';

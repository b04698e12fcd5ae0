-- Guardrails on model traffic. rules is JSON: the rules in their order, the largest input and whether it only records.
CREATE TABLE guardrails (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT NOT NULL,
  rules TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (workspace_id, name_folded)
);

-- The guardrail that a key's requests to models go through.
ALTER TABLE keys ADD COLUMN guardrail_id TEXT REFERENCES guardrails (id);
CREATE INDEX keys_by_guardrail ON keys (guardrail_id) WHERE guardrail_id IS NOT NULL;

-- Guardrails on model traffic. rules is JSON: the rules in their order, the largest input and whether it only records.
CREATE TABLE guardrails (
  id TEXT COLLATE "C" PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  name_folded TEXT COLLATE "C" NOT NULL,
  description TEXT NOT NULL,
  rules TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (workspace_id, name_folded)
);

-- The guardrail that a key's requests to models go through.
ALTER TABLE keys ADD COLUMN guardrail_id TEXT COLLATE "C" REFERENCES guardrails (id);
CREATE INDEX keys_by_guardrail ON keys (guardrail_id) WHERE guardrail_id IS NOT NULL;

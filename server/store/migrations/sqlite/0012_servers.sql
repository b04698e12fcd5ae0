-- MCP servers of a workspace. sealed is the credential it is asked with, under the master key sealed_by; header names the
-- header that carries it. everyone: every member may use it, else those in server_members. marks is a JSON object of tools
-- and what an administrator says of them. tools is the JSON list that the server gave at tools_at, NULL as long as it was
-- not asked.
CREATE TABLE servers (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  header TEXT NOT NULL,
  sealed BLOB,
  sealed_by TEXT,
  enabled BOOLEAN NOT NULL,
  everyone BOOLEAN NOT NULL,
  marks TEXT NOT NULL,
  tools TEXT,
  tool_count INTEGER NOT NULL,
  tools_at INTEGER,
  created_at INTEGER NOT NULL,
  UNIQUE (workspace_id, slug),
  UNIQUE (id, workspace_id),
  CHECK ((sealed IS NULL) = (sealed_by IS NULL)),
  CHECK ((tools IS NULL) = (tools_at IS NULL))
);
CREATE INDEX servers_sealed ON servers (sealed_by, id) WHERE sealed IS NOT NULL;

-- Who may use a server that not everyone may. Who leaves the workspace leaves this table.
CREATE TABLE server_members (
  server_id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (server_id, workspace_id, user_id),
  FOREIGN KEY (server_id, workspace_id) REFERENCES servers (id, workspace_id) ON DELETE CASCADE,
  FOREIGN KEY (workspace_id, user_id) REFERENCES memberships (workspace_id, user_id) ON DELETE CASCADE
);
CREATE INDEX server_members_by_user ON server_members (workspace_id, user_id);

-- Firewall policies. policy is JSON: the rules in their order, and the default.
CREATE TABLE policies (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  name TEXT NOT NULL,
  policy TEXT NOT NULL,
  dry_run BOOLEAN NOT NULL,
  created_at INTEGER NOT NULL,
  UNIQUE (workspace_id, name)
);

-- What a key may do over MCP. servers is a JSON list of servers' ids, null for all of them.
ALTER TABLE keys ADD COLUMN servers TEXT NOT NULL DEFAULT 'null';
ALTER TABLE keys ADD COLUMN policy_id TEXT REFERENCES policies (id);
CREATE INDEX keys_by_policy ON keys (policy_id) WHERE policy_id IS NOT NULL;

-- What a request through the gateway was for: the server's slug, the tool it called, what came of it beyond the key's verdict,
-- and how long it took. All empty for other requests.
ALTER TABLE usage_events ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE usage_events ADD COLUMN tool TEXT NOT NULL DEFAULT '';
ALTER TABLE usage_events ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
ALTER TABLE usage_events ADD COLUMN millis INTEGER NOT NULL DEFAULT 0;

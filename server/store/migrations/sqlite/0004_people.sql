-- People: listing them and the workspaces by page, invites, and when what somebody may do last changed.

-- To list by name. What is not ASCII keeps its case until the workspace is named anew.
ALTER TABLE workspaces ADD COLUMN name_folded TEXT NOT NULL DEFAULT '';
UPDATE workspaces SET name_folded = LOWER(name);
CREATE INDEX workspaces_by_name ON workspaces (name_folded, id);

-- Moves with every change of a role: the person's sessions get a new id at their next request.
ALTER TABLE users ADD COLUMN role_changed_at INTEGER NOT NULL DEFAULT 0;
-- Another id has taken its place: it still opens for some seconds, for requests that were under way.
ALTER TABLE sessions ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0;
CREATE INDEX users_administrators ON users (id) WHERE instance_admin = TRUE;

CREATE INDEX memberships_by_age ON memberships (workspace_id, created_at, user_id);
CREATE INDEX memberships_by_role ON memberships (workspace_id, role, user_id);

-- A row is there as long as its link may open something; the audit log keeps what became of it. The hash is SHA-256 of the
-- link's token: a copy of this table opens nothing. invited_by is null for the command line.
CREATE TABLE invites (
  id TEXT PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspaces (id),
  hash BLOB NOT NULL UNIQUE,
  role TEXT NOT NULL,
  invited_by TEXT REFERENCES users (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX invites_by_workspace ON invites (workspace_id, created_at, id);

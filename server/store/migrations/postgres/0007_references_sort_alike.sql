-- What refers to an id sorts as that id does. With another collation on the two sides, an index on the referring column is
-- of no use to a join that comes from the id: such a join read the whole table for every row of a page.
ALTER TABLE sessions ALTER COLUMN user_id TYPE TEXT COLLATE "C";
ALTER TABLE memberships
  ALTER COLUMN workspace_id TYPE TEXT COLLATE "C",
  ALTER COLUMN user_id TYPE TEXT COLLATE "C";
ALTER TABLE keys
  ALTER COLUMN workspace_id TYPE TEXT COLLATE "C",
  ALTER COLUMN owner_id TYPE TEXT COLLATE "C",
  ALTER COLUMN created_by TYPE TEXT COLLATE "C",
  ALTER COLUMN replaces TYPE TEXT COLLATE "C";
ALTER TABLE audit_events
  ALTER COLUMN workspace_id TYPE TEXT COLLATE "C",
  ALTER COLUMN actor_id TYPE TEXT COLLATE "C";
ALTER TABLE usage_events
  ALTER COLUMN workspace_id TYPE TEXT COLLATE "C",
  ALTER COLUMN key_id TYPE TEXT COLLATE "C";
ALTER TABLE usage_hours ALTER COLUMN key_id TYPE TEXT COLLATE "C";
ALTER TABLE invites
  ALTER COLUMN workspace_id TYPE TEXT COLLATE "C",
  ALTER COLUMN invited_by TYPE TEXT COLLATE "C";
ALTER TABLE expiry_mails ALTER COLUMN key_id TYPE TEXT COLLATE "C";

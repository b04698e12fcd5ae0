-- The section a key is listed in: 0 enabled, 1 expired, 2 disabled. Time alone moves a key from 0 to 1: the list does that
-- when it is read (keys/settle.rs), so that a page of a section is one range of an index, however many keys there are.
ALTER TABLE keys ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
UPDATE keys SET listed = 2 WHERE disabled = TRUE;

-- The whole secret under the master key, where the workspace keeps secrets recoverable.
ALTER TABLE keys ADD COLUMN sealed BLOB;
-- The id of the master key that sealed it.
ALTER TABLE keys ADD COLUMN sealed_by TEXT;
-- The key whose place this one took by rotation.
ALTER TABLE keys ADD COLUMN replaces TEXT REFERENCES keys (id);
CREATE INDEX keys_by_replaced ON keys (replaces) WHERE replaces IS NOT NULL;
CREATE INDEX keys_sealed ON keys (sealed_by, id) WHERE sealed IS NOT NULL;
CREATE INDEX keys_recoverable ON keys (workspace_id) WHERE sealed IS NOT NULL;

DROP INDEX keys_by_status;
DROP INDEX keys_by_use;
DROP INDEX keys_by_creation;
DROP INDEX keys_by_name;
DROP INDEX keys_by_environment;
DROP INDEX keys_by_owner;
CREATE INDEX keys_by_status ON keys (workspace_id, listed, expires_at) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_use ON keys (workspace_id, listed, last_used_at, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_creation ON keys (workspace_id, listed, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_name ON keys (workspace_id, listed, name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_expiry ON keys (workspace_id, listed, COALESCE(expires_at, 9223372036854775806), id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_environment ON keys (workspace_id, environment, listed, last_used_at, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_by_owner ON keys (workspace_id, owner_id, listed, last_used_at, id) WHERE deleted_at IS NULL;
CREATE INDEX keys_deleted ON keys (workspace_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

-- The same for the administrators' list of all keys.
CREATE INDEX all_keys_by_status ON keys (listed, expires_at) WHERE deleted_at IS NULL;
CREATE INDEX all_keys_by_use ON keys (listed, last_used_at, id) WHERE deleted_at IS NULL;
CREATE INDEX all_keys_by_creation ON keys (listed, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX all_keys_by_name ON keys (listed, name_folded, id) WHERE deleted_at IS NULL;
CREATE INDEX all_keys_by_expiry ON keys (listed, COALESCE(expires_at, 9223372036854775806), id) WHERE deleted_at IS NULL;
CREATE INDEX all_keys_deleted ON keys (deleted_at, id) WHERE deleted_at IS NOT NULL;

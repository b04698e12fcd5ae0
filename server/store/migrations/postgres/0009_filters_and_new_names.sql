-- The administrators' list of all keys by environment and by owner: each is one range in the list's usual order, and the
-- environments in use are found by hops along the first.
CREATE INDEX all_keys_by_environment ON keys (environment, listed, last_used_at, id) WHERE deleted_at IS NULL;
CREATE INDEX all_keys_by_owner ON keys (owner_id, listed, last_used_at, id) WHERE deleted_at IS NULL;

-- What a change of a name made of it; target_name is the name before. Empty for every other change.
ALTER TABLE audit_events ADD COLUMN new_name TEXT NOT NULL DEFAULT '';

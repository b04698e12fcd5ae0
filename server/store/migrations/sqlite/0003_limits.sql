-- From where and how often a key may be used. allow_ip is a JSON list of blocks and addresses, empty for no limit;
-- rate_limit is requests a minute, NULL for no limit.
ALTER TABLE keys ADD COLUMN allow_ip TEXT NOT NULL DEFAULT '[]';
ALTER TABLE keys ADD COLUMN rate_limit INTEGER;

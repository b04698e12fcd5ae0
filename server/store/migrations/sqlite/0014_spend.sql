-- What a key may do with models. models is a JSON list of names and beginnings of names, NULL for all of them. spend_cap is
-- in millionths of a dollar, in each spend_period (total, day, week, month: UTC). exhausted_until: the cap is reached until
-- then, 9223372036854775807 for a cap in total; as with an expiry, time alone ends it.
ALTER TABLE keys ADD COLUMN models TEXT;
ALTER TABLE keys ADD COLUMN spend_cap INTEGER CHECK (spend_cap > 0);
ALTER TABLE keys ADD COLUMN spend_period TEXT CHECK ((spend_period IS NULL) = (spend_cap IS NULL));
ALTER TABLE keys ADD COLUMN exhausted_until INTEGER CHECK (exhausted_until IS NULL OR spend_cap IS NOT NULL);
-- The section a key is listed in may be 3 too: its cap is reached. Time alone moves it from there to 0 or 1.
CREATE INDEX keys_exhausted ON keys (workspace_id, listed, exhausted_until) WHERE deleted_at IS NULL AND listed = 3;
CREATE INDEX all_keys_exhausted ON keys (listed, exhausted_until) WHERE deleted_at IS NULL AND listed = 3;

-- What a key spends in the period that began at start, in millionths of a dollar: one row for each key that has had a cap.
-- Whoever changes anything about a key's money takes the lock on this row first. A request counts in the period, and on the
-- day, in which it was reserved.
CREATE TABLE accounts (
  key_id TEXT PRIMARY KEY REFERENCES keys (id),
  period TEXT NOT NULL,
  start INTEGER NOT NULL,
  settled INTEGER NOT NULL CHECK (settled >= 0),
  reserved INTEGER NOT NULL CHECK (reserved >= 0)
) STRICT;
-- The same for each day of UTC. Periods begin with a day, so an account of any of them is the sum of these from its start on:
-- that is how it begins when a person chooses another period.
CREATE TABLE spend_days (
  key_id TEXT NOT NULL REFERENCES keys (id),
  day INTEGER NOT NULL,
  settled INTEGER NOT NULL CHECK (settled >= 0),
  reserved INTEGER NOT NULL CHECK (reserved >= 0),
  PRIMARY KEY (key_id, day)
) STRICT;
-- Requests under way: what each holds of its key's cap. instance is who serves it.
CREATE TABLE reserves (
  id TEXT PRIMARY KEY,
  key_id TEXT NOT NULL REFERENCES keys (id),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  at INTEGER NOT NULL,
  instance TEXT NOT NULL
) STRICT;
CREATE INDEX reserves_by_time ON reserves (at, id);

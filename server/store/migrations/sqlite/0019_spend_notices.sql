-- 80 % of the spend cap is spent until then, 9223372036854775807 for a cap in total: the keys that the notices tell of. Like
-- exhausted_until, time alone ends it; it decides about no request. The index is the order of those that work, so that a page of the
-- notices, and their bounded count, reads no other key.
ALTER TABLE keys ADD COLUMN warned_until INTEGER;
UPDATE keys SET warned_until = (
  SELECT CASE a.period
    WHEN 'total' THEN 9223372036854775807
    WHEN 'day' THEN a.start + 86400000
    WHEN 'week' THEN a.start + 604800000
    ELSE CAST(strftime('%s', a.start / 1000, 'unixepoch', '+1 month') AS INTEGER) * 1000
  END
  FROM accounts a WHERE a.key_id = keys.id AND a.period = keys.spend_period AND a.settled >= keys.spend_cap - keys.spend_cap / 5
) WHERE spend_cap IS NOT NULL;
CREATE INDEX keys_warned ON keys (workspace_id, warned_until, id) WHERE deleted_at IS NULL AND listed = 0 AND warned_until IS NOT NULL;

-- What owners are told by mail of their keys' spending: each level (warning: 80 % of the cap, reached: all of it) once for a cap
-- in the period that began at start. Written with the settlement, or the change of the cap, that makes it due. Whoever sends the
-- mail claims its row first; sent_at is NULL until the mail server has taken it.
CREATE TABLE spend_notices (
  key_id TEXT NOT NULL REFERENCES keys (id),
  period TEXT NOT NULL,
  start INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  level TEXT NOT NULL,
  due_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  claimed_until INTEGER NOT NULL,
  sent_at INTEGER,
  PRIMARY KEY (key_id, period, start, amount, level)
) STRICT;
CREATE INDEX spend_notices_due ON spend_notices (due_at) WHERE sent_at IS NULL;

-- What the usage page shows, kept as it comes: requests, tokens and cost of a workspace by day (UTC), key and model. Each request
-- stands in one row: under its model if it went through the relay to one that the workspace has, else under the empty name, so
-- that sums over any rows count nothing twice. cached_tokens are among input_tokens; cost is in millionths of a dollar;
-- estimated is how many of the requests have tokens or a cost that nobody told.
--
-- By day and not by hour, and under the workspace, because of who reads it: a page of 90 days is one range of the primary key and
-- reads a row a key, model and day. From the hours of its keys it would be as many ranges as the workspace ever had keys, and up
-- to 24 times as many rows. Environment and owner are not in it: they are those that a key has now.
CREATE TABLE usage_days (
  workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
  day BIGINT NOT NULL,
  key_id TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
  model TEXT COLLATE "C" NOT NULL,
  accepted BIGINT NOT NULL DEFAULT 0,
  refused BIGINT NOT NULL DEFAULT 0,
  input_tokens BIGINT NOT NULL DEFAULT 0,
  cached_tokens BIGINT NOT NULL DEFAULT 0,
  output_tokens BIGINT NOT NULL DEFAULT 0,
  cost BIGINT NOT NULL DEFAULT 0,
  estimated BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, day, key_id, model)
);

-- What there is already: calls of models as far as the log of requests has them, then all other requests, of which the hours
-- know. A refused call may name a model that never was, so those stand under no model. What one call may add, and what a row may come
-- to, is bounded: a provider that made up its counts keeps nobody from upgrading (server/store/src/usage_days.rs).
INSERT INTO usage_days (workspace_id, day, key_id, model, accepted, input_tokens, cached_tokens, output_tokens, cost, estimated)
SELECT workspace_id, day, key_id, model, accepted,
  CASE WHEN input_tokens > 1000000000000000 THEN 1000000000000000 ELSE input_tokens END,
  CASE WHEN cached_tokens > 1000000000000000 THEN 1000000000000000 ELSE cached_tokens END,
  CASE WHEN output_tokens > 1000000000000000 THEN 1000000000000000 ELSE output_tokens END,
  CASE WHEN cost > 1000000000000000 THEN 1000000000000000 ELSE cost END, estimated
FROM (
  SELECT workspace_id, at - at % 86400000 AS day, key_id, model, COUNT(*) AS accepted,
    SUM(CASE WHEN input_tokens > 1000000000000 THEN 1000000000000 ELSE input_tokens END) AS input_tokens,
    SUM(CASE WHEN cached_tokens > 1000000000000 THEN 1000000000000 ELSE cached_tokens END) AS cached_tokens,
    SUM(CASE WHEN output_tokens > 1000000000000 THEN 1000000000000 ELSE output_tokens END) AS output_tokens,
    SUM(CASE WHEN cost > 1000000000000 THEN 1000000000000 ELSE cost END) AS cost, SUM(estimated) AS estimated
  FROM usage_events WHERE model <> '' AND code = 'VALID' GROUP BY workspace_id, at - at % 86400000, key_id, model
) AS calls;

INSERT INTO usage_days (workspace_id, day, key_id, model, accepted, refused)
SELECT k.workspace_id, h.day, h.key_id, '',
  CASE WHEN h.accepted > COALESCE(m.accepted, 0) THEN h.accepted - COALESCE(m.accepted, 0) ELSE 0 END, h.refused
FROM (
  SELECT key_id, hour - hour % 86400000 AS day, SUM(accepted) AS accepted, SUM(refused) AS refused
  FROM usage_hours GROUP BY key_id, hour - hour % 86400000
) AS h
JOIN keys k ON k.id = h.key_id
LEFT JOIN (SELECT key_id, day, SUM(accepted) AS accepted FROM usage_days GROUP BY key_id, day) AS m
  ON m.key_id = h.key_id AND m.day = h.day
WHERE h.accepted > COALESCE(m.accepted, 0) OR h.refused > 0;

-- What a request to the model relay was for, and what it took: the model's name, the slug of the provider that answered, tokens
-- of input (of which some were cached) and of output, what it cost in millionths of a dollar, and whether the tokens were
-- counted here because the provider did not say. All empty for other requests; outcome and millis are
-- shared with those through the gateway.
ALTER TABLE usage_events ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE usage_events ADD COLUMN provider TEXT NOT NULL DEFAULT '';
ALTER TABLE usage_events ADD COLUMN input_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_events ADD COLUMN cached_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_events ADD COLUMN output_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_events ADD COLUMN cost BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_events ADD COLUMN estimated BIGINT NOT NULL DEFAULT 0;

-- The log of a workspace.
CREATE INDEX usage_events_by_workspace ON usage_events (workspace_id, at, id);

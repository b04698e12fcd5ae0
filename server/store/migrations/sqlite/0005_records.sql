-- The audit log is read newest first, of one workspace or of all, and narrowed by at most one of these through an index; what
-- else it is narrowed by is compared within a bounded stretch (server/store/src/audit_log.rs). Those of one workspace are on
-- expressions: with the workspace as a column of its own, SQLite would at times read all of its events instead.
CREATE INDEX audit_events_by_time ON audit_events (at, id);
CREATE INDEX audit_events_by_actor ON audit_events (actor, at, id);
CREATE INDEX audit_events_by_action ON audit_events (action, at, id);
CREATE INDEX audit_events_by_workspace_actor ON audit_events ((workspace_id || ' ' || actor), at, id);
CREATE INDEX audit_events_by_workspace_action ON audit_events ((workspace_id || ' ' || action), at, id);
CREATE INDEX audit_events_by_workspace_target ON audit_events ((workspace_id || ' ' || target), at, id);

-- How often each key was accepted and refused within an hour that begins at `hour`: what a chart reads in place of events.
CREATE TABLE usage_hours (
  key_id TEXT NOT NULL REFERENCES keys (id),
  hour INTEGER NOT NULL,
  accepted INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  PRIMARY KEY (key_id, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_hours (key_id, hour, accepted, refused)
SELECT key_id, at - at % 3600000,
  SUM(CASE WHEN code = 'VALID' THEN 1 ELSE 0 END), SUM(CASE WHEN code = 'VALID' THEN 0 ELSE 1 END)
FROM usage_events GROUP BY key_id, at - at % 3600000;

-- A key's requests of one outcome, however rare that outcome is: each event stands in one of the two.
CREATE INDEX usage_events_accepted ON usage_events (key_id, at, id) WHERE code = 'VALID';
CREATE INDEX usage_events_refused ON usage_events (key_id, at, id) WHERE code <> 'VALID';

-- At the end of each transaction that touched what decides about a key: was it announced?
CREATE FUNCTION must_be_announced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('latchkey.past_the_store', true) = 'on' THEN RETURN NULL; END IF;
  -- A row is locked by setting a column to what it is.
  IF TG_OP = 'UPDATE' THEN
    IF OLD IS NOT DISTINCT FROM NEW THEN RETURN NULL; END IF;
  END IF;
  -- A membership of somebody without keys decides about nothing.
  IF TG_TABLE_NAME = 'memberships' THEN
    IF NOT EXISTS (SELECT 1 FROM keys WHERE owner_id = COALESCE(NEW.user_id, OLD.user_id)) THEN RETURN NULL; END IF;
  END IF;
  IF NOT EXISTS (SELECT 1 FROM change_head WHERE xmin::text = pg_current_xact_id()::text) THEN
    RAISE EXCEPTION '% was changed and no instance was told', TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER announced
  AFTER INSERT OR UPDATE OF hash, disabled, expires_at, permission, gateway, allow_ip, rate_limit, name, environment, owner_id,
    servers, policy_id, guardrail_id, models, spend_cap, spend_period, exhausted_until
  ON keys DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
CREATE CONSTRAINT TRIGGER announced AFTER INSERT OR UPDATE OR DELETE
  ON memberships DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
CREATE CONSTRAINT TRIGGER announced AFTER UPDATE OF active, name, email
  ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
CREATE CONSTRAINT TRIGGER announced AFTER UPDATE OF plan, slug, name
  ON workspaces DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
-- Not of sealed: a rotation of the master key seals the same credential anew, and what nothing opens nobody holds.
CREATE CONSTRAINT TRIGGER announced AFTER UPDATE OF slug, url, header, enabled, everyone, marks OR DELETE
  ON servers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
CREATE CONSTRAINT TRIGGER announced AFTER INSERT OR UPDATE OR DELETE
  ON server_members DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
CREATE CONSTRAINT TRIGGER announced AFTER INSERT OR UPDATE OF slug, name, url, timeout, priority, models, enabled, version OR DELETE
  ON providers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
CREATE CONSTRAINT TRIGGER announced AFTER INSERT OR UPDATE OR DELETE
  ON prices DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
CREATE CONSTRAINT TRIGGER announced AFTER UPDATE OF policy, dry_run OR DELETE
  ON policies DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();
CREATE CONSTRAINT TRIGGER announced AFTER UPDATE OF name, rules OR DELETE
  ON guardrails DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION must_be_announced();

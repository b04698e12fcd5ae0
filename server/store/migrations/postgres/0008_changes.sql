-- What was changed of what keys may do, in the order of the commits: each instance reads it to know what it must forget.
CREATE TABLE changes (
  number BIGINT PRIMARY KEY,
  kind TEXT NOT NULL,
  target TEXT NOT NULL
);
-- The last number. Its row is locked from its change to the commit, so that numbers have the order of the commits and no gaps.
CREATE TABLE change_head (number BIGINT NOT NULL);
INSERT INTO change_head (number) VALUES (0);

-- Wakes the instances that listen; one that misses it reads the change when it renews its lease.
CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('latchkey_changes', '');
  RETURN NULL;
END $$;
CREATE TRIGGER changes_are_announced AFTER INSERT ON changes FOR EACH STATEMENT EXECUTE FUNCTION announce_change();

-- How far each instance has applied the changes. A beat is a number that the instance has not used before.
-- (On SQLite this table lies in a file of its own, beside the database: it has nothing to survive.)
CREATE TABLE leases (
  instance TEXT PRIMARY KEY,
  beat BIGINT NOT NULL,
  applied BIGINT NOT NULL
);

-- What was changed of what keys may do, in the order of the commits: each instance reads it to know what it must forget.
CREATE TABLE changes (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  target TEXT NOT NULL
);
-- The last number. Its row is locked from its change to the commit, so that numbers have the order of the commits and no gaps.
CREATE TABLE change_head (number INTEGER NOT NULL);
INSERT INTO change_head (number) VALUES (0);

-- A key that may stand in the address of a request, for clients that take no header. Chosen at its creation and never changed;
-- a key that verifies others is none.
ALTER TABLE keys ADD COLUMN url_credential INTEGER NOT NULL DEFAULT 0 CHECK (NOT (url_credential AND gateway));

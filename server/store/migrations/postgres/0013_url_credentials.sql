-- A key that may stand in the address of a request, for clients that take no header. Chosen at its creation and never changed;
-- a key that verifies others is none.
ALTER TABLE keys ADD COLUMN url_credential BOOLEAN NOT NULL DEFAULT FALSE CHECK (NOT (url_credential AND gateway));

-- Refused forms, sealed, that no cookie has room for: until their page shows them, or ends_at, a minute later.
CREATE TABLE long_forms (
  id TEXT COLLATE "C" PRIMARY KEY,
  user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
  sealed TEXT NOT NULL,
  ends_at BIGINT NOT NULL
);
CREATE INDEX long_forms_by_user ON long_forms (user_id, ends_at);
CREATE INDEX long_forms_by_end ON long_forms (ends_at);

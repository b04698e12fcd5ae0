-- What the notices tell of. refused_*: the latest request with the right secret that was refused because the key was
-- disabled or expired; refused_at is 0 for never.
ALTER TABLE keys ADD COLUMN refused_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN refused_address TEXT NOT NULL DEFAULT '';
CREATE INDEX keys_by_refusal ON keys (workspace_id, refused_at) WHERE deleted_at IS NULL AND refused_at > 0;
-- Since when a key that is not paused has been idle: its last use, or its creation.
CREATE INDEX keys_by_idleness ON keys (
  workspace_id, (CASE WHEN last_used_at > created_at THEN last_used_at ELSE created_at END)
) WHERE deleted_at IS NULL AND disabled = FALSE;
CREATE INDEX keys_by_end ON keys (expires_at) WHERE deleted_at IS NULL AND disabled = FALSE;

-- Mails about keys that are going to expire: one for each key, expiry and number of days ahead. Whoever sends a mail claims
-- its row first; sent_at is NULL until the mail server has taken the mail.
CREATE TABLE expiry_mails (
  key_id TEXT COLLATE "C" NOT NULL REFERENCES keys (id),
  expires_at BIGINT NOT NULL,
  days BIGINT NOT NULL,
  claimed_until BIGINT NOT NULL,
  sent_at BIGINT,
  PRIMARY KEY (key_id, expires_at, days)
);

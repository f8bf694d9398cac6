-- Whoever once logged in to connect an account takes that back at the platform: the login, or all that is kept about it.

-- name: data_deletion_ask
-- for: web
INSERT INTO data_deletion (code, business_id) VALUES ($1, $2)

-- name: data_deletion_get
-- for: web
SELECT asked_at, done_at FROM data_deletion WHERE code = $1

-- name: data_deletion_done
-- for: work
UPDATE data_deletion SET done_at = now() WHERE code = $1 AND done_at IS NULL

-- What this login opened is closed at once: its tokens are worth nothing any more.
-- name: withdrawn_close
-- for: work
UPDATE channel SET token_sealed = NULL, token_expires_at = NULL, status = 2, status_code = 'deauthorised', needs_person = true,
    status_since = now(), state = state - 'user_id' - 'scoped_id'
WHERE business_id = $1 AND platform = ANY ($2) AND removed_at IS NULL AND $3 IN (state ->> 'user_id', state ->> 'scoped_id')

-- Whose login is not known is asked whether its token still counts.
-- name: withdrawn_doubtful
-- for: work
SELECT id FROM channel
WHERE business_id = $1 AND platform = ANY ($2) AND removed_at IS NULL AND status IN (0, 1) AND token_sealed IS NOT NULL
  AND NOT state ? 'user_id' AND NOT state ? 'scoped_id'

-- name: withdrawn_contacts
-- for: work
SELECT DISTINCT i.contact_id FROM identity i JOIN contact c ON c.business_id = $1 AND c.id = i.contact_id AND c.erased_at IS NULL
WHERE i.business_id = $1 AND i.platform = ANY ($2) AND i.external_id = $3

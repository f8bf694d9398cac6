-- Channels that are asked for news (jobs/poller.c). A business's row in `ready` is the lease of whoever asks for it; its
-- exact due tells whether the lease is still ours.

-- name: poll_claim
-- for: work
UPDATE ready r
SET due = now() + make_interval(secs => $1)
FROM (SELECT business_id FROM ready WHERE kind = 3 AND due <= now()
      ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED) next
WHERE r.business_id = next.business_id AND r.kind = 3
RETURNING r.business_id, r.due

-- name: poll_renew
-- for: work
UPDATE ready SET due = now() + make_interval(secs => $3)
WHERE business_id = $1 AND kind = 3 AND due = $2
RETURNING due

-- name: poll_release
-- for: work
UPDATE ready SET due = now() WHERE business_id = $1 AND kind = 3 AND due = $2

-- name: poll_forget
-- for: work
DELETE FROM ready WHERE business_id = $1 AND kind = 3 AND due = $2

-- $2: platforms that are asked although a webhook tells of most things.
-- name: poll_channels
-- for: work
SELECT id, poll_at FROM channel
WHERE business_id = $1 AND (transport = 1 OR transport = 2 AND platform = ANY ($2)) AND removed_at IS NULL AND token_sealed IS NOT NULL
  AND (status IN (0, 1) OR status = 2 AND NOT needs_person)

-- name: poll_cursor
-- for: work
UPDATE channel SET cursor = $3, poll_at = $4 WHERE business_id = $1 AND id = $2

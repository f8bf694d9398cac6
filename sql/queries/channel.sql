-- Connected accounts. The sealed token is written here and never read.

-- Messages of the last day are counted up to 1000: beyond that nobody reads the number.
-- name: channel_list
-- for: web
SELECT ch.id, ch.platform, ch.name, ch.external_id, ch.transport, ch.status, ch.status_code, ch.status_since, ch.last_event_at, ch.last_ok_at,
       (SELECT count(*) FROM (SELECT FROM conversation v JOIN message m ON m.business_id = $1 AND m.thread_id = v.thread_id
                              WHERE v.business_id = $1 AND v.channel_id = ch.id AND v.is_head AND v.status = ANY ('{0,1,2,3}')
                                AND v.last_at > now() - interval '24 hours' AND m.sent_at > now() - interval '24 hours' LIMIT 1000) d),
       ch.state, h.key
FROM channel ch LEFT JOIN LATERAL (SELECT key FROM hook WHERE business_id = $1 AND channel_id = ch.id ORDER BY created_at DESC LIMIT 1) h ON ch.transport = 2
WHERE ch.business_id = $1 AND ch.removed_at IS NULL AND ($2::bigint IS NULL OR ch.id = $2)
ORDER BY ch.created_at, ch.id

-- name: channel_add
-- for: web
INSERT INTO channel (business_id, platform, external_id, name, transport, status, token_sealed)
VALUES ($1, $2, $3, $4, $5, 4, $6) ON CONFLICT DO NOTHING RETURNING id

-- A new token for an account that is connected already, or was once.
-- name: channel_rejoin
-- for: web
UPDATE channel SET token_sealed = $4, transport = $5, status = 4, status_code = '', status_since = now()
WHERE business_id = $1 AND platform = $2 AND external_id = $3 AND removed_at IS NULL RETURNING id

-- name: hook_add
-- for: web
INSERT INTO hook (key, platform, business_id, channel_id, secret) VALUES ($1, $2, $3, $4, $5)

-- name: hook_drop
-- for: web
DELETE FROM hook WHERE business_id = $1 AND channel_id = $2

-- name: channel_status_set
-- for: web
UPDATE channel SET status = $3, status_code = '', status_since = now()
WHERE business_id = $1 AND id = $2 AND removed_at IS NULL

-- name: channel_remove
-- for: web
UPDATE channel SET removed_at = now(), token_sealed = NULL, status = 3, status_since = now()
WHERE business_id = $1 AND id = $2 AND removed_at IS NULL

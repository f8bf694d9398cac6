-- Connected accounts. The sealed token is written here and never read.

-- What ails a channel that counts as well, worst first. A silence is one when it is four times the usual at this time of
-- day, and six hours at least. Messages of the last day are counted up to 1000: beyond that nobody reads the number.
-- name: channel_list
-- for: web
SELECT ch.id, ch.platform, ch.name, ch.external_id, ch.transport, ch.status, ch.status_code, ch.status_since, ch.last_event_at, ch.last_ok_at,
       (SELECT count(*) FROM (SELECT FROM conversation v JOIN message m ON m.business_id = $1 AND m.thread_id = v.thread_id
                              WHERE v.business_id = $1 AND v.channel_id = ch.id AND v.is_head AND v.status = ANY ('{0,1,2,3}')
                                AND v.last_at > now() - interval '24 hours' AND m.sent_at > now() - interval '24 hours' LIMIT 1000) d),
       ch.state, h.key, h.verify_token, h.looked_at, ch.backfill_state, ch.backfill_count, u.gap::bigint, x.at, f.n,
       CASE WHEN ch.transport = 0 OR ch.status NOT IN (0, 1) THEN ''
            WHEN x.at < now() THEN 'expired'
            WHEN ch.transport = 2 AND ch.state -> 'hook' ->> 'is_set' = 'false' THEN 'hook_gone'
            WHEN x.at < now() + interval '7 days' AND x.at - coalesce(ch.token_renewed_at, ch.created_at) > interval '8 days' THEN 'expires'
            WHEN f.n > 0 THEN 'sends_fail'
            WHEN ch.last_event_at < now() - greatest(interval '6 hours', 4 * u.gap * interval '1 second') THEN 'silent'
            ELSE '' END,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('from', to_char(g.from_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                                     'to', to_char(g.to_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                                     'reason', g.reason) ORDER BY g.from_at DESC), '[]')
        FROM (SELECT * FROM channel_gap g WHERE g.business_id = $1 AND g.channel_id = ch.id AND g.filled_at IS NULL
              ORDER BY from_at DESC LIMIT 5) g)
FROM channel ch
JOIN business b ON b.id = $1
LEFT JOIN LATERAL (SELECT ch.usual_gaps[1 + extract(hour FROM now() AT TIME ZONE b.zone)::int / 6] AS gap) u ON true
LEFT JOIN LATERAL (SELECT least(ch.token_expires_at, nullif(ch.state ->> 'data_access_expires_at', '')::timestamptz) AS at) x ON true
LEFT JOIN LATERAL (SELECT count(*) AS n FROM (SELECT FROM outbox o WHERE o.business_id = $1 AND o.channel_id = ch.id AND o.state IN (0, 1)
                                                AND o.created_at < now() - interval '15 minutes' LIMIT 100) q) f ON ch.transport <> 0
LEFT JOIN LATERAL (SELECT key, verify_token, looked_at FROM hook WHERE business_id = $1 AND channel_id = ch.id ORDER BY created_at DESC LIMIT 1) h ON ch.transport = 2
WHERE ch.business_id = $1 AND ch.removed_at IS NULL AND ($2::bigint IS NULL OR ch.id = $2)
ORDER BY ch.created_at, ch.id

-- name: channel_add
-- for: web
INSERT INTO channel (business_id, platform, external_id, name, transport, status, token_sealed, state)
VALUES ($1, $2, $3, $4, $5, 4, $6, $7) ON CONFLICT DO NOTHING RETURNING id

-- A new token for an account that is connected already, or for one whose id no check has told yet.
-- name: channel_rejoin
-- for: web
UPDATE channel SET token_sealed = $4, transport = $5, state = (state - 'needs_login') || $6, status = 4, status_code = '', status_since = now()
WHERE business_id = $1 AND platform = $2 AND external_id = $3 AND removed_at IS NULL RETURNING id

-- name: hook_add
-- for: web
INSERT INTO hook (key, platform, business_id, channel_id, secret, verify_token) VALUES ($1, $2, $3, $4, $5, $6)

-- name: hook_drop
-- for: web
DELETE FROM hook WHERE business_id = $1 AND channel_id = $2

-- A Page's comments and messages share an address: it stays with the one that is left.
-- name: hook_hand_over
-- for: web
UPDATE hook h SET channel_id = other.id
FROM channel ch
JOIN channel other ON other.business_id = $1 AND other.external_id = ch.external_id AND other.removed_at IS NULL
                  AND other.platform = CASE ch.platform WHEN 3 THEN 2 WHEN 2 THEN 3 END
WHERE h.business_id = $1 AND h.channel_id = $2 AND ch.business_id = $1 AND ch.id = $2 AND ch.external_id <> ''

-- name: channel_status_set
-- for: web
UPDATE channel SET status = $3, status_code = '', status_since = now()
WHERE business_id = $1 AND id = $2 AND removed_at IS NULL

-- name: channel_remove
-- for: web
UPDATE channel SET removed_at = now(), token_sealed = NULL, status = 3, status_since = now()
WHERE business_id = $1 AND id = $2 AND removed_at IS NULL

-- name: channel_login_begin
-- for: web
INSERT INTO channel_login (business_id, state_hash, channel_id, person_id, session_hash, verifier, redirect_url)
SELECT $1, $2, ch.id, current_person(), $4, $5, $6 FROM channel ch
WHERE ch.business_id = $1 AND ch.id = $3 AND ch.removed_at IS NULL

-- Once only; what is too old goes as well and tells nothing.
-- name: channel_login_end
-- for: web
WITH gone AS (
    DELETE FROM channel_login WHERE business_id = $1 AND (state_hash = $2 OR created_at < now() - interval '10 minutes')
    RETURNING *
)
SELECT g.channel_id, ch.platform, g.verifier, g.redirect_url FROM gone g
JOIN channel ch ON ch.business_id = $1 AND ch.id = g.channel_id AND ch.removed_at IS NULL
WHERE g.state_hash = $2 AND g.session_hash = $3 AND g.person_id = current_person()
  AND g.created_at >= now() - interval '10 minutes'

-- name: channel_login_app
-- for: web
SELECT platform, coalesce(state ->> 'app_id', ''), coalesce(state ->> 'login', '') FROM channel
WHERE business_id = $1 AND id = $2 AND removed_at IS NULL

-- Of the accounts that a login offered, this one.
-- name: channel_choose
-- for: web
UPDATE channel SET checked_at = NULL, status = 4, status_code = '', status_since = now(),
    state = state - 'accounts' || jsonb_build_object('chosen', $3::text)
WHERE business_id = $1 AND id = $2 AND removed_at IS NULL
  AND state -> 'accounts' @> jsonb_build_array(jsonb_build_object('id', $3::text))

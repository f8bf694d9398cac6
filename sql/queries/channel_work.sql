-- Channels as the work process uses them (jobs/channels.c, jobs/channel_check.c).

-- name: channel_for_work
-- for: work
SELECT ch.platform, ch.external_id, ch.transport, ch.status, ch.status_code, ch.token_sealed, ch.token_expires_at, ch.token_renewed_at,
       ch.cursor, ch.state, h.key, h.platform, h.secret, h.verify_token,
       ch.created_at
FROM channel ch
LEFT JOIN LATERAL (
    SELECT k.key, k.platform, k.secret, k.verify_token FROM hook k
    JOIN channel o ON o.business_id = $1 AND o.id = k.channel_id AND o.removed_at IS NULL
    WHERE k.business_id = $1
      AND (o.id = ch.id OR o.external_id = ch.external_id AND ch.external_id <> ''
                           AND o.platform = CASE ch.platform WHEN 3 THEN 2 WHEN 2 THEN 3 END)
    ORDER BY o.id = ch.id DESC, k.created_at DESC LIMIT 1
) h ON true
WHERE ch.business_id = $1 AND ch.id = $2 AND ch.removed_at IS NULL

-- $5: nobody but a person can mend it. A channel that stops hearing begins a gap
-- (one that never heard has none), one that hears again ends it; what is
-- polled catches up by itself (Telegram keeps a day, platforms-others.md 1.2).
-- name: channel_mark
-- for: work
WITH before AS (
    SELECT status, coalesce(last_ok_at, status_since) AS heard, last_ok_at IS NOT NULL AS was_well, transport, platform FROM channel
    WHERE business_id = $1 AND id = $2 AND status <> 3
      AND (status <> $3 OR status_code <> $4 OR needs_person <> ($5 AND $3 = 2)) FOR UPDATE
), begun AS (
    INSERT INTO channel_gap (business_id, channel_id, from_at, reason)
    SELECT $1, $2, heard, $4 FROM before WHERE $3 = 2 AND status <> 2 AND transport <> 0 AND was_well
    ON CONFLICT DO NOTHING
), ended AS (
    UPDATE channel_gap g
    SET to_at = now(),
        filled_at = CASE WHEN b.transport = 1 AND (b.platform <> 5 OR g.from_at > now() - interval '23 hours') THEN now() END
    FROM before b
    WHERE g.business_id = $1 AND g.channel_id = $2 AND g.to_at IS NULL AND $3 = 0
)
UPDATE channel ch
SET status = $3, status_code = $4, needs_person = ($5 AND $3 = 2),
    status_since = CASE WHEN ch.status = $3 AND status_code = $4 THEN status_since ELSE now() END,
    last_ok_at = CASE WHEN $3 = 0 THEN now() ELSE last_ok_at END
FROM before WHERE ch.business_id = $1 AND ch.id = $2

-- name: channel_ok
-- for: work
UPDATE channel SET last_ok_at = now()
WHERE business_id = $1 AND id = $2 AND (last_ok_at IS NULL OR last_ok_at < now() - interval '1 minute')

-- name: channel_heard
-- for: work
UPDATE channel
SET last_event_at = now(), last_ok_at = now(), status = CASE WHEN status = 1 THEN 0 ELSE status END,
    status_since = CASE WHEN status = 1 THEN now() ELSE status_since END
WHERE business_id = $1 AND id = $2
  AND (last_event_at IS NULL OR last_event_at < now() - interval '5 seconds' OR status = 1)

-- name: channel_connection
-- for: work
UPDATE channel
SET state = jsonb_set(state, '{connections}',
                      coalesce(state -> 'connections', '{}') || jsonb_build_object($3::text, $4::jsonb))
WHERE business_id = $1 AND id = $2

-- name: channel_checked
-- for: work
UPDATE channel
SET external_id = CASE WHEN external_id = '' THEN $3 ELSE external_id END, checked_at = CASE WHEN $3 <> '' THEN now() ELSE checked_at END,
    name = CASE WHEN state ? 'auto_name' AND $4::jsonb ->> 'name' <> '' THEN left($4::jsonb ->> 'name', 120) ELSE name END,
    state = state || $4,
    token_expires_at = coalesce(nullif($4::jsonb ->> 'expires_at', '')::timestamptz, token_expires_at)
WHERE business_id = $1 AND id = $2

-- The account is connected already: that channel gets the new credential and address, and this one goes.
-- name: channel_joins
-- for: work
WITH was AS (
    SELECT ch.id, me.token_sealed, me.token_expires_at, me.transport, me.state FROM channel me
    JOIN channel ch ON ch.business_id = $1 AND ch.platform = me.platform AND ch.external_id = $3 AND ch.removed_at IS NULL
    WHERE me.business_id = $1 AND me.id = $2 AND me.external_id = '' AND $3 <> '' AND ch.id <> me.id
), joined AS (
    UPDATE channel ch SET token_sealed = was.token_sealed, token_expires_at = was.token_expires_at, transport = was.transport,
        state = ch.state || (was.state - 'auto_name'), status = 4, status_code = '', status_since = now()
    FROM was WHERE ch.business_id = $1 AND ch.id = was.id RETURNING ch.id
), moved AS (
    UPDATE hook h SET channel_id = was.id FROM was WHERE h.business_id = $1 AND h.channel_id = $2
), gone AS (
    UPDATE channel ch SET removed_at = now(), token_sealed = NULL, status = 3, status_since = now()
    FROM was WHERE ch.business_id = $1 AND ch.id = $2
)
SELECT id FROM joined

-- A Page's other half, comments and messages, made of the same credential; the same account again gets the new one.
-- name: channel_pair
-- for: work
WITH ch AS (
    UPDATE channel SET state = state - 'make_pair'
    WHERE business_id = $1 AND id = $2 AND state ? 'make_pair' AND external_id <> '' RETURNING *
)
INSERT INTO channel AS o (business_id, platform, external_id, name, transport, status, token_sealed, token_expires_at, state)
SELECT $1, $3::smallint, ch.external_id, ch.name, ch.transport, 4, ch.token_sealed, ch.token_expires_at,
       jsonb_strip_nulls(jsonb_build_object('app_id', ch.state -> 'app_id', 'auto_name', true))
FROM ch
ON CONFLICT (business_id, platform, external_id) WHERE removed_at IS NULL
DO UPDATE SET token_sealed = excluded.token_sealed, token_expires_at = excluded.token_expires_at, transport = excluded.transport,
    status = 4, status_code = '', status_since = now()
RETURNING id

-- An account that is connected already keeps its id: the check then lets that channel take over (channel_joins).
-- name: channel_granted
-- for: work
UPDATE channel SET token_sealed = $3, token_expires_at = $4, token_renewed_at = now(), state = (state - 'needs_login' - 'chosen') || $5,
    external_id = CASE WHEN external_id <> '' OR EXISTS (SELECT FROM channel o WHERE o.business_id = $1 AND o.platform = channel.platform
                                                          AND o.external_id = $6::text AND o.removed_at IS NULL)
                       THEN external_id ELSE $6::text END
WHERE business_id = $1 AND id = $2 AND removed_at IS NULL

-- name: channel_hook_add
-- for: work
INSERT INTO hook (key, platform, business_id, channel_id, secret, verify_token) VALUES ($1, $2, $3, $4, $5, $6)

-- Reads the past from its beginning: the first time, and again when $3.
-- name: channel_backfill_start
-- for: work
UPDATE channel SET backfill_state = 1, backfill_cursor = '', backfill_count = 0, backfill_at = now()
WHERE business_id = $1 AND id = $2 AND removed_at IS NULL AND (backfill_state = 0 OR $3)

-- name: channel_backfill_get
-- for: work
SELECT backfill_state, backfill_cursor FROM channel WHERE business_id = $1 AND id = $2 AND removed_at IS NULL

-- name: channel_backfill_move
-- for: work
UPDATE channel SET backfill_state = $3, backfill_cursor = $4, backfill_count = backfill_count + $5, backfill_at = now()
WHERE business_id = $1 AND id = $2

-- name: channel_gaps_filled
-- for: work
UPDATE channel_gap SET filled_at = now()
WHERE business_id = $1 AND channel_id = $2 AND to_at IS NOT NULL AND filled_at IS NULL

-- Only while the token is the one that was renewed: a person may have pasted another meanwhile.
-- name: channel_renewed
-- for: work
UPDATE channel SET token_sealed = $3, token_expires_at = $4, token_renewed_at = now()
WHERE business_id = $1 AND id = $2 AND token_sealed = $5 AND removed_at IS NULL

-- name: channel_state_lock
-- for: work
SELECT state FROM channel WHERE business_id = $1 AND id = $2 FOR UPDATE

-- name: channel_quota_set
-- for: work
UPDATE channel SET state = jsonb_set(state, '{quota}', $3) WHERE business_id = $1 AND id = $2

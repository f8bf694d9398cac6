-- Channels as the work process uses them (jobs/channels.c, jobs/channel_check.c).

-- name: channel_for_work
-- for: work
SELECT ch.platform, ch.external_id, ch.transport, ch.status, ch.status_code, ch.token_sealed, ch.token_expires_at, ch.token_renewed_at,
       ch.cursor, ch.state,
       (SELECT h.secret FROM hook h WHERE h.business_id = $1 AND h.channel_id = ch.id ORDER BY h.created_at DESC LIMIT 1)
FROM channel ch
WHERE ch.business_id = $1 AND ch.id = $2 AND ch.removed_at IS NULL

-- $5: nobody but a person can mend it. A channel that stops hearing begins a gap, one that hears again ends it; what is
-- polled catches up by itself (Telegram keeps a day, platforms-others.md 1.2).
-- name: channel_mark
-- for: work
WITH before AS (
    SELECT status, coalesce(last_ok_at, status_since) AS heard, transport, platform FROM channel
    WHERE business_id = $1 AND id = $2 AND status <> 3
      AND (status <> $3 OR status_code <> $4 OR needs_person <> ($5 AND $3 = 2)) FOR UPDATE
), begun AS (
    INSERT INTO channel_gap (business_id, channel_id, from_at, reason)
    SELECT $1, $2, heard, $4 FROM before WHERE $3 = 2 AND status <> 2 AND transport <> 0
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
SET external_id = CASE WHEN external_id = '' THEN $3 ELSE external_id END,
    state = state || $4
WHERE business_id = $1 AND id = $2

-- name: channel_hook
-- for: work
SELECT key, secret FROM hook WHERE business_id = $1 AND channel_id = $2 ORDER BY created_at DESC LIMIT 1

-- name: channel_hook_add
-- for: work
INSERT INTO hook (key, platform, business_id, channel_id, secret) VALUES ($1, $2, $3, $4, $5)

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

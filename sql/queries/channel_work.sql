-- Channels as the work process uses them (jobs/channels.c, jobs/channel_check.c).

-- name: channel_for_work
-- for: work
SELECT ch.platform, ch.external_id, ch.transport, ch.status, ch.status_code, ch.token_sealed, ch.cursor, ch.state,
       (SELECT h.secret FROM hook h WHERE h.business_id = $1 AND h.channel_id = ch.id ORDER BY h.created_at DESC LIMIT 1)
FROM channel ch
WHERE ch.business_id = $1 AND ch.id = $2 AND ch.removed_at IS NULL

-- name: channel_mark
-- for: work
UPDATE channel
SET status = $3, status_code = $4,
    status_since = CASE WHEN status = $3 AND status_code = $4 THEN status_since ELSE now() END,
    last_ok_at = CASE WHEN $3 = 0 THEN now() ELSE last_ok_at END
WHERE business_id = $1 AND id = $2 AND status <> 3
  AND (status <> $3 OR status_code <> $4)

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

-- What people do to messages at their platform (domain/moderate.c, jobs/moderate_job.c).

-- name: moderation_by_key
-- for: web
SELECT id, message_id, act FROM moderation
WHERE business_id = $1 AND person_id = current_person() AND idempotency_key = $2

-- name: moderation_place
-- for: web
SELECT m.thread_id, m.conversation_id, m.channel_id, t.type, m.direction, m.kind, coalesce(m.detail ? 'private', false), m.deleted_at, ch.platform, ch.transport
FROM message m
JOIN thread t ON t.business_id = $1 AND t.id = m.thread_id
JOIN channel ch ON ch.business_id = $1 AND ch.id = m.channel_id AND ch.removed_at IS NULL
WHERE m.business_id = $1 AND m.id = $2

-- Acts that set the same thing at the platform, and wait: the later one counts.
-- name: moderation_overtake
-- for: web
UPDATE moderation SET state = 4, done_at = now(), text = ''
WHERE business_id = $1 AND message_id = $2 AND state = 0 AND act = ANY ($3::smallint[])

-- name: moderation_add
-- for: web
INSERT INTO moderation (business_id, message_id, channel_id, person_id, idempotency_key, act, reason, text)
VALUES ($1, $2, $3, current_person(), $4, $5, $6, $7)
RETURNING id

-- name: moderation_get
-- for: web
SELECT x.id, x.message_id, x.act, x.state, x.reason, x.fail_code, x.fail_text, x.created_at, p.name
FROM moderation x JOIN person p ON p.id = x.person_id
WHERE x.business_id = $1 AND x.id = $2

-- The oldest act of a message that is due, unless a worker is at one of them.
-- name: moderation_next
-- for: work
UPDATE moderation x
SET state = 1, lease_until = now() + make_interval(secs => $3), attempts = least(x.attempts, 32000) + 1
FROM message m
JOIN thread t ON t.business_id = $1 AND t.id = m.thread_id
JOIN channel ch ON ch.business_id = $1 AND ch.id = m.channel_id
WHERE x.business_id = $1 AND m.business_id = $1 AND m.id = x.message_id
  AND x.id = (SELECT min(o.id) FROM moderation o WHERE o.business_id = $1 AND o.message_id = $2 AND o.state IN (0, 1))
  AND (x.state = 0 AND x.due <= now() OR x.state = 1 AND x.lease_until < now())
  AND ch.status <> 3 AND NOT ch.needs_person
RETURNING x.id, x.act, x.text, x.reason, x.person_id, x.attempts, x.lease_until, m.channel_id, m.conversation_id, m.thread_id,
    m.external_id, m.deleted_at IS NOT NULL, m.detail::text, t.type, t.external_id

-- name: moderation_put_off
-- for: work
UPDATE moderation SET state = 0, lease_until = NULL, due = coalesce($4, now()), fail_code = $5, fail_text = $6
WHERE business_id = $1 AND id = $2 AND state = 1 AND lease_until = $3

-- name: moderation_refused
-- for: work
UPDATE moderation SET state = 3, lease_until = NULL, fail_code = $4, fail_text = $5, text = '', done_at = now()
WHERE business_id = $1 AND id = $2 AND state = 1 AND lease_until = $3

-- name: moderation_done
-- for: work
WITH done AS (
    UPDATE moderation SET state = 2, lease_until = NULL, fail_code = '', fail_text = '', text = '', done_at = now()
    WHERE business_id = $1 AND id = $2 AND state = 1 AND lease_until = $3
    RETURNING message_id, person_id, $4::jsonb AS detail)
INSERT INTO activity (business_id, conversation_id, thread_id, kind, person_id, detail)
SELECT $1, m.conversation_id, m.thread_id, 7, done.person_id, done.detail
FROM done JOIN message m ON m.business_id = $1 AND m.id = done.message_id

-- What goes along when the first comment of a strand is removed.
-- name: moderation_replies
-- for: work
SELECT external_id FROM message WHERE business_id = $1 AND thread_id = $2 AND deleted_at IS NULL AND external_id <> $3
ORDER BY sent_at, id LIMIT 1000

-- Messages whose acts wait although nothing stands against them, of one channel or (0) of all.
-- name: moderation_waiting
-- for: work
SELECT DISTINCT x.message_id FROM moderation x
JOIN channel ch ON ch.business_id = $1 AND ch.id = x.channel_id AND ch.removed_at IS NULL AND ch.status <> 3 AND NOT ch.needs_person
WHERE x.business_id = $1 AND x.state IN (0, 1) AND ($2::bigint = 0 OR x.channel_id = $2) AND x.due <= now()
  AND coalesce(x.lease_until, '-infinity') < now()
LIMIT 1000

-- Composing replies and showing those on their way. Claiming and recording stand in deliver.sql.

-- name: outbox_by_key
-- for: web
SELECT id, state, coalesce(message_id, 0), thread_id, text FROM outbox
WHERE business_id = $1 AND person_id = current_person() AND idempotency_key = $2

-- Two colleagues who answer at once wait for each other here.
-- name: thread_lock
-- for: web
SELECT id FROM thread WHERE business_id = $1 AND id = $2 FOR NO KEY UPDATE

-- The newest thing said in the thread that its author may not have seen: a customer's or a colleague's message newer
-- than $3, a colleague's reply (other than $4) on its way, or one that may have arrived since. No row: nothing.
-- name: outbox_newer
-- for: web
WITH seen AS (SELECT sent_at, id FROM message WHERE business_id = $1 AND thread_id = $2 AND id = $3),
newest AS (SELECT m.id, m.sent_at FROM message m
           WHERE m.business_id = $1 AND m.thread_id = $2 AND m.direction IN (1, 2) AND m.deleted_at IS NULL
             AND m.person_id IS DISTINCT FROM current_person()
           ORDER BY m.sent_at DESC, m.id DESC LIMIT 1)
SELECT n.id FROM newest n
WHERE NOT EXISTS (SELECT FROM seen s WHERE (s.sent_at, s.id) >= (n.sent_at, n.id))
UNION ALL
SELECT coalesce((SELECT id FROM newest), 0)
WHERE EXISTS (SELECT FROM outbox o WHERE o.business_id = $1 AND o.thread_id = $2 AND o.state IN (0, 1, 3, 4)
              AND o.person_id <> current_person() AND o.id <> $4
              AND (o.state IN (0, 1) OR o.state = 4 AND NOT EXISTS (SELECT FROM seen s WHERE s.sent_at > o.created_at)))
LIMIT 1

-- name: outbox_add
-- for: web
INSERT INTO outbox (business_id, conversation_id, thread_id, channel_id, person_id, idempotency_key, seen_message_id, reply_to, text,
                    send_as, template, choices, media_hash, media_name)
VALUES ($1, $2, $3, $4, current_person(), $5, $6,
        (SELECT external_id FROM message WHERE business_id = $1 AND thread_id = $3 AND id = $7), $8, $9, $10, $11, $12, $13)
RETURNING id

-- name: outbox_get
-- for: web
SELECT o.id, o.state, o.text, o.person_id, p.name, o.created_at, o.attempts, CASE WHEN o.state = 0 AND o.attempts > 0 THEN o.due END,
       o.fail_code, o.fail_text, o.thread_id, o.media_name
FROM outbox o JOIN person p ON p.id = o.person_id
WHERE o.business_id = $1 AND o.id = $2

-- name: outbox_pending
-- for: web
SELECT o.id, o.state, o.text, o.person_id, p.name, o.created_at, o.attempts, CASE WHEN o.state = 0 AND o.attempts > 0 THEN o.due END,
       o.fail_code, o.fail_text, o.thread_id, o.media_name
FROM outbox o JOIN person p ON p.id = o.person_id
WHERE o.business_id = $1 AND o.thread_id = $2 AND o.state IN (0, 1, 3, 4)
ORDER BY o.id

-- Not what is leaving this moment: that can only be waited for.
-- name: outbox_cancel
-- for: web
UPDATE outbox SET state = 5, done_at = now(), lease_until = NULL
WHERE business_id = $1 AND id = $2 AND state IN (0, 3, 4) AND NOT (state = 0 AND is_in_flight)

-- name: outbox_retry
-- for: web
UPDATE outbox SET state = 0, due = now(), attempts = 0, lease_until = NULL, is_in_flight = false, fail_code = '', fail_text = '', done_at = NULL
WHERE business_id = $1 AND id = $2 AND (state = 3 OR state = 4 AND $3)

-- A reply that the person sends herself in the platform's app: noted as ours at once.
-- name: message_by_hand
-- for: web
INSERT INTO message (business_id, thread_id, conversation_id, channel_id, external_id, direction, sender_kind, device, delivery_state,
                     sent_at, person_id, text, reply_to)
VALUES ($1, $2, $3, $4, 'hand:' || $5, 2, 2, 1, 5, date_trunc('milliseconds', now()), current_person(), $6,
        (SELECT external_id FROM message WHERE business_id = $1 AND thread_id = $2 AND id = $7))
RETURNING id

-- name: outbox_noted
-- for: web
INSERT INTO outbox (business_id, conversation_id, thread_id, channel_id, person_id, idempotency_key, seen_message_id, text, state, done_at, message_id)
VALUES ($1, $2, $3, $4, current_person(), $5, $6, $7, 2, now(), $8)
RETURNING id

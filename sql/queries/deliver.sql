-- Replies on their way out (jobs/deliver.c).

-- part: outbox_row
o.id, o.thread_id, o.channel_id, o.conversation_id, o.person_id, o.text, coalesce(o.reply_to, ''), o.attempts, o.part, t.type,
    coalesce(t.detail ->> 'moved_to', t.external_id), o.lease_until, o.send_as, o.retry_key::text, o.tries, o.looks, o.sent_after,
    o.template ->> 'name', o.template ->> 'language', (o.template -> 'values')::text, o.choices::text,
    o.media_hash, o.media_name, (SELECT f.mime FROM media f WHERE f.business_id = $1 AND f.hash = o.media_hash),
    (SELECT ch.platform FROM channel ch WHERE ch.business_id = $1 AND ch.id = o.channel_id),
    (SELECT m.detail::text FROM message m WHERE m.business_id = $1 AND m.channel_id = o.channel_id
     AND m.external_id = coalesce(o.reply_to, t.external_id)),
    (SELECT m.sent_at FROM message m WHERE m.business_id = $1 AND m.thread_id = o.thread_id AND m.direction = 1
     ORDER BY m.sent_at DESC, m.id DESC LIMIT 1),
    (SELECT m.detail ->> 'reply_token' FROM message m WHERE m.business_id = $1 AND m.thread_id = o.thread_id AND m.direction = 1
     ORDER BY m.sent_at DESC, m.id DESC LIMIT 1)

-- A worker that died left these behind. What may be repeated goes again, what can be looked for is looked for (on the
-- platforms $2), of the rest nobody knows.
-- name: deliver_expire
-- for: work
UPDATE outbox o
SET state = CASE WHEN NOT o.is_in_flight OR o.can_repeat AND o.attempts < 8 THEN 0
                 WHEN x.can_look AND NOT o.can_repeat THEN 1 ELSE 4 END,
    looks = CASE WHEN o.is_in_flight AND x.can_look AND NOT o.can_repeat THEN 1 ELSE 0 END,
    lease_until = CASE WHEN o.is_in_flight AND x.can_look AND NOT o.can_repeat THEN now() END,
    attempts = o.attempts + CASE WHEN o.is_in_flight AND o.can_repeat THEN 1 ELSE 0 END,
    fail_code = CASE WHEN o.is_in_flight THEN 'crashed' ELSE o.fail_code END,
    done_at = CASE WHEN o.is_in_flight AND NOT (CASE WHEN o.can_repeat THEN o.attempts < 8 ELSE x.can_look END) THEN now() END,
    is_in_flight = false
FROM (SELECT ch.id, ch.platform = ANY ($2) AS can_look FROM channel ch WHERE ch.business_id = $1) x
WHERE o.business_id = $1 AND o.state = 1 AND o.lease_until < now() AND o.accepted_id IS NULL AND o.looks = 0
  AND x.id = o.channel_id
RETURNING o.thread_id

-- name: deliver_heads
-- for: work
SELECT
@outbox_row
FROM outbox o
JOIN thread t ON t.business_id = $1 AND t.id = o.thread_id
JOIN channel ch ON ch.business_id = $1 AND ch.id = o.channel_id AND ch.status NOT IN (2, 3) AND ch.removed_at IS NULL
WHERE o.business_id = $1 AND o.state = 0 AND o.due <= now()
  AND o.id = (SELECT min(f.id) FROM outbox f
              WHERE f.business_id = $1 AND f.thread_id = o.thread_id AND f.state IN (0, 1))
ORDER BY o.due, o.id LIMIT $2
FOR UPDATE OF o SKIP LOCKED

-- name: deliver_fly
-- for: work
-- The lease's end is also its name: who writes the outcome must still hold the lease under which the request left. A
-- worker that lost its line at COMMIT writes again, and must not undo what another has begun since.
UPDATE outbox SET state = 1, is_in_flight = true, lease_until = clock_timestamp() + make_interval(secs => $3),
    sent_after = clock_timestamp(), tries = least(tries, 32000) + 1, can_repeat = $4
WHERE business_id = $1 AND id = $2
RETURNING lease_until, sent_after

-- name: deliver_put_off
-- for: work
UPDATE outbox
SET state = 0, is_in_flight = false, lease_until = NULL, due = $3, attempts = attempts + $4::smallint, fail_code = $5,
    fail_text = $6, reply_to = CASE WHEN $7::bool THEN NULL ELSE reply_to END, looks = 0
WHERE business_id = $1 AND id = $2 AND lease_until IS NOT DISTINCT FROM $8 AND state IN (0, 1)

-- Nobody knows what became of it: to be looked for at $4.
-- name: deliver_doubt
-- for: work
UPDATE outbox SET is_in_flight = false, looks = $3, lease_until = $4, fail_code = $5
WHERE business_id = $1 AND id = $2 AND state = 1 AND lease_until = $6

-- Looks that are due, for as long as one may take.
-- name: deliver_looks
-- for: work
WITH next AS (
    SELECT id FROM outbox
    WHERE business_id = $1 AND state = 1 AND looks > 0 AND lease_until < now() AND accepted_id IS NULL
    ORDER BY lease_until LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE outbox o SET lease_until = clock_timestamp() + make_interval(secs => $3)
FROM next, thread t
WHERE o.business_id = $1 AND o.id = next.id AND t.business_id = $1 AND t.id = o.thread_id
RETURNING
@outbox_row

-- Also when the lease ran out meanwhile and the row was called undecided: this is the answer. What is in flight again
-- is left to that flight, and an answer for a part that has gone since ($6) says nothing of the next.
-- name: deliver_receipt
-- for: work
UPDATE outbox
SET state = 1, is_in_flight = false, accepted_id = $3, accepted_at = $4, fail_code = '', fail_text = '', done_at = NULL,
    looks = 0, lease_until = clock_timestamp() + interval '1 second'
WHERE business_id = $1 AND id = $2 AND part = $6 AND (state = 1 AND (lease_until = $5 OR looks > 0) OR state IN (0, 4))
RETURNING lease_until

-- Accepted, and still without its message: claimed for another second.
-- name: deliver_accepted
-- for: work
WITH next AS (
    SELECT id FROM outbox WHERE business_id = $1 AND state = 1 AND lease_until < now() AND accepted_id IS NOT NULL
    ORDER BY lease_until LIMIT $2 FOR UPDATE SKIP LOCKED)
UPDATE outbox o SET lease_until = clock_timestamp() + interval '1 second'
FROM next, thread t
WHERE o.business_id = $1 AND o.id = next.id AND t.business_id = $1 AND t.id = o.thread_id
RETURNING
@outbox_row
, o.accepted_id, o.accepted_at

-- name: deliver_end
-- for: work
UPDATE outbox
SET state = $3, is_in_flight = false, lease_until = NULL, done_at = now(), fail_code = $4, fail_text = $5,
    message_id = $6, accepted_id = NULL, looks = 0
WHERE business_id = $1 AND id = $2 AND state = 1 AND lease_until = $7

-- name: deliver_part
-- for: work
UPDATE outbox
SET part = part + 1, attempts = 0, state = 0, is_in_flight = false, lease_until = NULL, due = $3, accepted_id = NULL,
    retry_key = gen_random_uuid(), tries = 0, sent_after = NULL, looks = 0
WHERE business_id = $1 AND id = $2 AND state = 1 AND lease_until = $4

-- name: deliver_said
-- for: work
UPDATE message SET delivery_state = greatest(delivery_state, 1::smallint)
WHERE business_id = $1 AND channel_id = $2 AND external_id = $3
RETURNING id

-- name: deliver_touch
-- for: work
UPDATE conversation SET is_touched = true WHERE business_id = $1 AND id = $2 AND NOT is_touched

-- name: deliver_gone
-- for: work
UPDATE identity i SET is_blocked = true
FROM thread t
WHERE t.business_id = $1 AND t.id = $2 AND i.business_id = $1 AND i.contact_id = t.contact_id AND i.platform = $3

-- name: deliver_moved
-- for: work
UPDATE thread t
SET external_id = CASE WHEN x.is_free THEN $3 ELSE external_id END,
    detail = CASE WHEN x.is_free THEN detail - 'moved_to' ELSE detail || jsonb_build_object('moved_to', $3::text) END
FROM (SELECT NOT EXISTS (SELECT FROM thread o, thread t2 WHERE t2.business_id = $1 AND t2.id = $2
                         AND o.business_id = $1 AND o.channel_id = t2.channel_id AND o.external_id = $3) AS is_free) x
WHERE t.business_id = $1 AND t.id = $2

-- name: deliver_settle
-- for: work
WITH heads AS (
    SELECT DISTINCT ON (o.thread_id) greatest(o.due, o.lease_until) AS due
    FROM outbox o
    JOIN channel ch ON ch.business_id = $1 AND ch.id = o.channel_id
                   AND (ch.status NOT IN (2, 3) AND ch.removed_at IS NULL OR o.state = 1)
    WHERE o.business_id = $1 AND o.state IN (0, 1)
    ORDER BY o.thread_id, o.id
), next AS (SELECT min(due) AS due FROM heads),
gone AS (DELETE FROM ready WHERE business_id = $1 AND kind = 2 AND (SELECT due FROM next) IS NULL)
UPDATE ready r SET due = next.due FROM next WHERE r.business_id = $1 AND r.kind = 2 AND next.due IS NOT NULL

-- What waits for a token goes as soon as there is one.
-- name: deliver_release
-- for: work
UPDATE outbox SET due = now() WHERE business_id = $1 AND channel_id = $2 AND state = 0 AND fail_code = $3

-- The file that went along hangs on the message as the one we have.
-- name: deliver_attach
-- for: work
INSERT INTO attachment (business_id, message_id, position, type, state, mime, name, size, media_hash)
SELECT $1, $2, 0, $3, 2, f.mime, $5, f.size, f.hash FROM media f WHERE f.business_id = $1 AND f.hash = $4
ON CONFLICT (business_id, message_id, position)
DO UPDATE SET state = 2, media_hash = excluded.media_hash, mime = excluded.mime, size = excluded.size, name = excluded.name

-- The platform names a part of ours by its key: so it was accepted, whatever we thought.
-- name: deliver_seen
-- for: work
UPDATE outbox
SET state = 1, is_in_flight = false, looks = 0, accepted_id = $4, accepted_at = coalesce($5, sent_after, now()), fail_code = '',
    fail_text = '', done_at = NULL, lease_until = now()
WHERE business_id = $1 AND channel_id = $2 AND retry_key = $3::text::uuid AND accepted_id IS NULL
  AND (state = 4 OR state = 1 AND looks > 0)
RETURNING thread_id

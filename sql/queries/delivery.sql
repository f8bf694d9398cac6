-- Stored webhook bodies on their way to messages (jobs/ingest_job.c, jobs/intake.c).

-- name: tenant_switch
-- for: work
SELECT set_config('tanggap.business', CASE WHEN $1::bigint = 0 THEN '' ELSE $1::text END, true)

-- name: delivery_claim
-- for: work
SELECT id, coalesce(business_id, 0), coalesce(channel_id, 0), platform, received_at, attempts, body
FROM delivery
WHERE state = 0 AND due <= now()
ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED

-- name: delivery_claim_these
-- for: work
SELECT id, coalesce(business_id, 0), coalesce(channel_id, 0), platform, received_at, attempts, body
FROM delivery
WHERE id = ANY ($1) AND state = 0 FOR UPDATE SKIP LOCKED

-- name: delivery_peek
-- for: work
SELECT id, attempts FROM delivery WHERE state = 0 AND due <= now() ORDER BY id LIMIT $1

-- About to be read. What is found counted so is what a worker did not come back from: three times alone, and it is
-- set aside.
-- name: delivery_count
-- for: work
UPDATE delivery
SET state = CASE WHEN attempts >= 3 AND error = 'the worker ended while reading it' THEN 2 ELSE 0 END,
    parsed_at = CASE WHEN attempts >= 3 AND error = 'the worker ended while reading it' THEN now() END,
    attempts = least(attempts, 32000) + 1, error = 'the worker ended while reading it'
WHERE id = ANY ($1) AND state = 0
RETURNING state

-- name: delivery_parsed
-- for: work
UPDATE delivery SET state = 1, parsed_at = now(), error = NULL WHERE id = ANY ($1)

-- name: delivery_refused
-- for: work
UPDATE delivery SET state = 2, parsed_at = now(), error = $2 WHERE id = $1

-- name: delivery_busy
-- for: work
UPDATE delivery SET due = now() + interval '250 milliseconds', attempts = greatest(attempts - 1, 0), error = NULL
WHERE id = ANY ($1) AND state = 0

-- name: delivery_again
-- for: work
UPDATE delivery
SET error = $2, due = now() + make_interval(secs => power(4, least(attempts, 5) - 1)),
    state = CASE WHEN attempts >= 5 THEN 2 ELSE 0 END, parsed_at = CASE WHEN attempts >= 5 THEN now() END
WHERE id = $1

-- name: delivery_add
-- for: work
INSERT INTO delivery (hook_key, platform, business_id, channel_id, state, parsed_at, body)
VALUES ('poll', $1, $2, $3, CASE WHEN $4::bool THEN 1 ELSE 0 END, CASE WHEN $4 THEN now() END, $5)

-- Which channels of this business the accounts are that a body tells of, by position from 0. News of a WhatsApp business
-- account (templates, bans) are every number's of it.
-- name: intake_route_here
-- for: work
SELECT (u.n - 1)::int, $1::bigint, ch.id
FROM unnest($2::smallint[], $3::text[]) WITH ORDINALITY AS u(p, x, n)
JOIN channel ch ON ch.business_id = $1 AND ch.platform = u.p AND ch.removed_at IS NULL
              AND (ch.external_id = u.x OR ch.state ->> 'waba_id' = u.x)

-- The same in any business, for the webhook of an app that serves many.
-- name: intake_route_anywhere
-- for: work
SELECT n, business, channel FROM channel_route($1, $2) ORDER BY business, n

-- Of these authors (platform, channel, id) those who have no name and have not been asked for lately: a job ($5) each.
-- name: intake_nameless
-- for: work
WITH spoke AS (SELECT DISTINCT ON (p, a) p, ch, a FROM unnest($2::smallint[], $3::bigint[], $4::text[]) AS u(p, ch, a)),
asked AS (
    UPDATE identity i SET asked_at = now()
    FROM spoke s
    WHERE i.business_id = $1 AND i.platform = s.p AND i.external_id = s.a AND i.name = ''
      AND (i.asked_at IS NULL OR i.asked_at < now() - interval '7 days')
    RETURNING s.ch, i.external_id
), added AS (
    INSERT INTO job (business_id, kind, payload, due)
    SELECT $1, $5, jsonb_build_object('channel', ch::text, 'author', external_id), now() FROM asked
    RETURNING id
)
INSERT INTO ready (business_id, kind, due)
SELECT $1, 1, now() WHERE EXISTS (SELECT FROM added)
ON CONFLICT (business_id, kind) DO UPDATE SET due = least(ready.due, excluded.due)

-- name: intake_comment_threads
-- for: work
SELECT external_id, post FROM thread
WHERE business_id = $1 AND channel_id = $2 AND type = 1 AND external_id = ANY ($3)

-- name: intake_move_thread
-- for: work
UPDATE thread t SET external_id = $4 || substr(external_id, length($3) + 1)
WHERE business_id = $1 AND channel_id = $2
  AND (external_id = $3 OR external_id LIKE $3 || '#%' OR external_id LIKE $3 || '/%')
  AND NOT EXISTS (SELECT FROM thread o WHERE o.business_id = $1 AND o.channel_id = $2
                  AND o.external_id = $4 || substr(t.external_id, length($3) + 1))

-- name: intake_block
-- for: work
UPDATE identity SET is_blocked = $4
WHERE business_id = $1 AND platform = $2 AND scope = '' AND external_id = $3 AND is_blocked <> $4

-- name: intake_echo
-- for: work
WITH hit AS (
    SELECT o.id FROM outbox o JOIN thread t ON t.business_id = $1 AND t.id = o.thread_id
    WHERE o.business_id = $1 AND o.channel_id = $2 AND (o.state = 4 OR o.state = 1 AND o.looks > 0) AND t.external_id = $3 AND o.text = $5
    ORDER BY o.id LIMIT 1 FOR UPDATE OF o
), said AS (
    UPDATE message m SET device = 1, person_id = o.person_id, delivery_state = 1
    FROM outbox o
    WHERE o.business_id = $1 AND o.id = (SELECT id FROM hit)
      AND m.business_id = $1 AND m.channel_id = $2 AND m.external_id = $4 AND m.person_id IS NULL
    RETURNING m.id
)
UPDATE outbox SET state = 2, is_in_flight = false, lease_until = NULL, done_at = now(), fail_code = '', fail_text = '', looks = 0,
    message_id = (SELECT id FROM said)
WHERE business_id = $1 AND id = (SELECT id FROM hit) AND EXISTS (SELECT FROM said)
RETURNING thread_id

-- Whose the address is now.
-- name: delivery_heir
-- for: work
SELECT coalesce(h.channel_id, 0) FROM delivery d JOIN hook h ON h.key = d.hook_key AND h.business_id = d.business_id WHERE d.id = $1

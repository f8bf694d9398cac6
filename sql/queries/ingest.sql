-- From events in normal form to rows. Every statement takes a whole batch in arrays; ids of new rows are drawn first
-- (ingest_draw), so that nothing needs to be read back. One ingest a business at a time: ingest_lock.

-- name: ingest_lock
-- for: web work
SELECT pg_advisory_xact_lock(hashint8extended($1::bigint, 7401));

-- name: ingest_try_lock
-- for: work
SELECT 1 WHERE pg_try_advisory_xact_lock(hashint8extended($1::bigint, 7401));

-- name: ingest_last_erasure
-- for: work
SELECT max(erased_at) FROM erasure WHERE business_id = $1::bigint;

-- name: ingest_erased
-- for: work
SELECT u.n FROM unnest($2::bytea[], $3::timestamptz[]) WITH ORDINALITY u(hash, at, n)
JOIN (SELECT h, max(e.erased_at) AS erased_at FROM erasure e, unnest(e.handles) h
      WHERE e.business_id = $1::bigint GROUP BY h) gone ON gone.h = u.hash AND u.at <= gone.erased_at;

-- name: ingest_gap
-- for: web work
SELECT (extract(epoch FROM episode_gap) * 1000000)::bigint FROM business WHERE id = $1::bigint;

-- name: ingest_draw
-- for: work
SELECT nextval('contact_id_seq') FROM generate_series(1, $1::int)
UNION ALL SELECT nextval('identity_id_seq') FROM generate_series(1, $2::int)
UNION ALL SELECT nextval('thread_id_seq') FROM generate_series(1, $3::int)
UNION ALL SELECT nextval('conversation_id_seq') FROM generate_series(1, $4::int)
UNION ALL SELECT nextval('message_id_seq') FROM generate_series(1, $5::int);

-- name: ingest_threads
-- for: work
SELECT u.n, t.id, t.contact_id, t.type, t.peer_read_at, v.id, v.status, v.is_touched, v.is_backfill, v.first_at, v.last_at,
       v.last_in_at, v.started_by, v.resolved_at, v.wait_since, v.has_human_reply, v.follows_reply, v.message_count,
       v.last_message_id, v.last_text, v.last_side, v.turn_side, m.sent_at, m.external_id
FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY u(channel_id, external_id, n)
JOIN thread t ON t.business_id = $1::bigint AND t.channel_id = u.channel_id AND t.external_id = u.external_id
LEFT JOIN conversation v ON v.business_id = $1::bigint AND v.thread_id = t.id AND v.is_head
LEFT JOIN LATERAL (
    SELECT m.sent_at, m.external_id FROM message m
    WHERE m.business_id = $1::bigint AND m.thread_id = t.id
      AND m.sent_at = (SELECT max(l.sent_at) FROM message l WHERE l.business_id = $1::bigint AND l.thread_id = t.id)
    ORDER BY octet_length(m.external_id) DESC, m.external_id COLLATE "C" DESC LIMIT 1) m ON true;

-- name: ingest_aliases
-- for: work
SELECT u.n, t.channel_id, t.external_id
FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY u(channel_id, external_id, n)
JOIN thread_alias a ON a.business_id = $1::bigint AND a.channel_id = u.channel_id AND a.external_id = u.external_id
JOIN thread t ON t.business_id = $1::bigint AND t.id = a.thread_id;

-- name: ingest_people
-- for: work
SELECT u.n, i.id, i.contact_id, i.name, i.username, i.phone, i.named_at
FROM unnest($2::smallint[], $3::text[], $4::text[]) WITH ORDINALITY u(platform, scope, external_id, n)
JOIN identity i ON i.business_id = $1::bigint AND i.platform = u.platform AND i.scope = u.scope
               AND i.external_id = u.external_id;

-- name: ingest_known
-- for: work
SELECT u.n, m.id, m.thread_id, m.sent_at, m.person_id, coalesce(m.archive_id, 0)
FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY u(channel_id, external_id, n)
JOIN message m ON m.business_id = $1::bigint AND m.channel_id = u.channel_id AND m.external_id = u.external_id;

-- The platform tells what a file had brought: it is nobody's to take back any more.
-- name: ingest_told_live
-- for: work
UPDATE message SET archive_id = NULL WHERE business_id = $1::bigint AND id = ANY ($2::bigint[]);

-- name: ingest_told_again
-- for: work
INSERT INTO message_told (business_id, archive_id, message_id) SELECT $1::bigint, $2::bigint, unnest($3::bigint[])
ON CONFLICT DO NOTHING;

-- name: ingest_open_waits
-- for: work
SELECT w.id, w.thread_id, w.conversation_id, w.started_at, w.started_by, w.is_backfill
FROM unnest($2::bigint[]) u(thread_id)
JOIN wait w ON w.business_id = $1::bigint AND w.thread_id = u.thread_id AND w.ended_at IS NULL
ORDER BY w.thread_id, w.started_at, w.started_by;

-- name: ingest_add_people
-- for: work
WITH fresh AS (
    INSERT INTO contact (business_id, id, name, kind)
    SELECT $1::bigint, u.contact_id, u.name, u.kind
    FROM unnest($2::bigint[], $3::text[], $4::smallint[]) u(contact_id, name, kind))
INSERT INTO identity (business_id, id, contact_id, platform, scope, external_id, name, username, phone, named_at)
SELECT $1::bigint, u.id, u.contact_id, u.platform, u.scope, u.external_id, u.name, u.username, u.phone, u.named_at
FROM unnest($5::bigint[], $2::bigint[], $6::smallint[], $7::text[], $8::text[], $3::text[], $9::text[], $10::text[],
            $11::timestamptz[]) u(id, contact_id, platform, scope, external_id, name, username, phone, named_at);

-- A contact that a person has renamed here keeps that name.
-- name: ingest_rename_people
-- for: work
WITH u AS (
    SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
        u(id, name, username, phone, named_at)),
renamed AS (
    UPDATE contact k SET name = u.name
    FROM u JOIN identity i ON i.business_id = $1::bigint AND i.id = u.id
    WHERE k.business_id = $1::bigint AND k.id = i.contact_id AND k.name = i.name AND u.name <> i.name
      AND k.erased_at IS NULL)
UPDATE identity i SET name = u.name, username = u.username, phone = u.phone, named_at = u.named_at
FROM u WHERE i.business_id = $1::bigint AND i.id = u.id;

-- name: ingest_add_threads
-- for: work
INSERT INTO thread (business_id, id, channel_id, type, external_id, contact_id, post, title)
SELECT $1::bigint, u.id, u.channel_id, u.type, u.external_id, nullif(u.contact_id, 0), u.post, u.title
FROM unnest($2::bigint[], $3::bigint[], $4::smallint[], $5::text[], $6::bigint[], $7::text[], $8::text[])
    u(id, channel_id, type, external_id, contact_id, post, title);

-- name: ingest_own_threads
-- for: work
WITH u AS (SELECT * FROM unnest($2::bigint[], $3::bigint[]) u(id, contact_id)),
owned AS (
    UPDATE conversation v SET contact_id = u.contact_id
    FROM u WHERE v.business_id = $1::bigint AND v.thread_id = u.id AND v.contact_id IS NULL)
UPDATE thread t SET contact_id = u.contact_id
FROM u WHERE t.business_id = $1::bigint AND t.id = u.id AND t.contact_id IS NULL;

-- name: ingest_add_conversations
-- for: work
INSERT INTO conversation (business_id, id, thread_id, thread_type, channel_id, contact_id, is_head, is_touched, is_backfill, first_at,
    last_at, last_in_at, started_by, wait_since, has_human_reply, follows_reply, message_count, last_message_id, last_text,
    last_side, turn_side)
SELECT $1::bigint, u.id, u.thread_id, t.type, u.channel_id, nullif(u.contact_id, 0), u.is_head, u.is_touched, u.is_backfill, u.first_at,
    u.last_at, u.last_in_at, u.started_by, u.wait_since, u.has_human_reply, u.follows_reply, u.message_count,
    u.last_message_id, u.last_text, u.last_side, u.turn_side
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::boolean[], $8::boolean[],
    $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::smallint[], $13::timestamptz[], $14::boolean[],
    $15::boolean[], $16::bigint[], $17::bigint[], $18::text[], $19::smallint[], $20::smallint[])
    u(id, thread_id, channel_id, contact_id, is_head, is_touched, is_backfill, first_at, last_at, last_in_at, started_by,
      wait_since, has_human_reply, follows_reply, message_count, last_message_id, last_text, last_side, turn_side)
JOIN thread t ON t.business_id = $1::bigint AND t.id = u.thread_id;

-- name: ingest_set_conversations
-- for: web work
UPDATE conversation v SET is_head = u.is_head, is_touched = v.is_touched OR u.is_touched, is_backfill = u.is_backfill,
    first_at = u.first_at, last_at = u.last_at, last_in_at = u.last_in_at, started_by = u.started_by,
    wait_since = u.wait_since, has_human_reply = u.has_human_reply, follows_reply = u.follows_reply,
    message_count = u.message_count, last_message_id = u.last_message_id, last_text = u.last_text,
    last_side = u.last_side, turn_side = u.turn_side,
    status = CASE WHEN u.wakes AND v.status = 1 THEN 0 ELSE v.status END,
    snoozed_until = CASE WHEN u.wakes AND v.status = 1 THEN NULL ELSE v.snoozed_until END
FROM unnest($2::bigint[], $3::boolean[], $4::boolean[], $5::boolean[], $6::timestamptz[], $7::timestamptz[],
    $8::timestamptz[], $9::smallint[], $10::timestamptz[], $11::boolean[], $12::boolean[], $13::bigint[], $14::bigint[],
    $15::text[], $16::smallint[], $17::smallint[], $18::boolean[])
    u(id, is_head, is_touched, is_backfill, first_at, last_at, last_in_at, started_by, wait_since, has_human_reply,
      follows_reply, message_count, last_message_id, last_text, last_side, turn_side, wakes)
WHERE v.business_id = $1::bigint AND v.id = u.id;

-- name: ingest_add_messages
-- for: work
INSERT INTO message (business_id, id, thread_id, conversation_id, channel_id, external_id, kind, direction, sender_kind,
    device, delivery_state, reply_class, needs_reply, is_backfill, has_attachments, sent_at, received_at, deleted_at,
    identity_id, person_id, text, reply_to, entities, detail, archive_id)
SELECT $1::bigint, u.id, u.thread_id, u.conversation_id, u.channel_id, u.external_id, u.kind, u.direction,
    u.sender_kind, u.device, u.delivery_state, u.reply_class, u.needs_reply, u.is_backfill, u.has_attachments, u.sent_at,
    u.received_at, u.deleted_at, nullif(u.identity_id, 0), nullif(u.person_id, 0), u.text, u.reply_to, u.entities::jsonb, u.detail::jsonb,
    $25::bigint
FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::smallint[], $8::smallint[],
    $9::smallint[], $10::smallint[], $11::smallint[], $12::smallint[], $13::boolean[], $14::boolean[], $15::boolean[],
    $16::timestamptz[], $17::timestamptz[], $18::timestamptz[], $19::bigint[], $20::bigint[], $21::text[], $22::text[],
    $23::text[], $24::text[])
    u(id, thread_id, conversation_id, channel_id, external_id, kind, direction, sender_kind, device, delivery_state,
      reply_class, needs_reply, is_backfill, has_attachments, sent_at, received_at, deleted_at, identity_id, person_id,
      text, reply_to, entities, detail);

-- name: ingest_add_attachments
-- for: work
INSERT INTO attachment (business_id, message_id, position, type, state, mime, name, size, ref, url, lat, lon)
SELECT $1::bigint, u.message_id, u.position, u.type, u.state, u.mime, u.name, nullif(u.size, -1), u.ref, u.url, u.lat::double precision,
    u.lon::double precision
FROM unnest($2::bigint[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[], $7::text[], $8::bigint[],
    $9::text[], $10::text[], $11::text[], $12::text[])
    u(message_id, position, type, state, mime, name, size, ref, url, lat, lon);

-- name: ingest_put_waits
-- for: web work
INSERT INTO wait (business_id, conversation_id, thread_id, started_at, started_by, ended_at, ended_by, agent_id, end_kind,
    is_backfill)
SELECT $1::bigint, u.conversation_id, u.thread_id, u.started_at, u.started_by, u.ended_at, nullif(u.ended_by, 0),
    nullif(u.agent_id, 0), u.end_kind, u.is_backfill
FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::timestamptz[], $7::bigint[], $8::bigint[],
    $9::smallint[], $10::boolean[])
    u(conversation_id, thread_id, started_at, started_by, ended_at, ended_by, agent_id, end_kind, is_backfill)
ON CONFLICT (business_id, conversation_id, started_by) DO UPDATE SET ended_at = excluded.ended_at,
    ended_by = excluded.ended_by, agent_id = excluded.agent_id, end_kind = excluded.end_kind,
    started_at = excluded.started_at;

-- Our own send whose echo came first: from now on we know who sent it.
-- name: ingest_claim_sent
-- for: work
WITH u AS (SELECT * FROM unnest($2::bigint[], $3::bigint[]) u(id, person_id)),
touched AS (
    UPDATE conversation v SET is_touched = true
    FROM u JOIN message m ON m.business_id = $1::bigint AND m.id = u.id
    WHERE v.business_id = $1::bigint AND v.id = m.conversation_id AND NOT v.is_touched)
UPDATE message m SET person_id = u.person_id, device = 1, sender_kind = 2
FROM u WHERE m.business_id = $1::bigint AND m.id = u.id AND m.person_id IS NULL;

-- Where a recomputation must begin: one episode before the one that holds the change, and before that where a wait or
-- an episode reaches across. Nothing earlier can differ. And where it may end: the next episode after a human reply that
-- came after the last change, since that reply answers whatever waits before it.
-- name: ingest_window
-- for: web work
SELECT u.thread_id, t.channel_id, t.contact_id, c.since, e.until, r.sent_at, p.last_at, coalesce(p.has_human_reply OR p.follows_reply, false)
FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) u(thread_id, at, upto)
JOIN thread t ON t.business_id = $1::bigint AND t.id = u.thread_id
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT first_at FROM conversation v WHERE v.business_id = $1::bigint AND v.thread_id = u.thread_id
                       AND v.first_at <= u.at ORDER BY first_at DESC OFFSET 1 LIMIT 1), '-infinity') AS since
    OFFSET 0) a
CROSS JOIN LATERAL (
    SELECT least(a.since, (
        SELECT min(v.first_at) FROM wait w
        JOIN conversation v ON v.business_id = $1::bigint AND v.id = w.conversation_id
        WHERE w.business_id = $1::bigint AND w.thread_id = u.thread_id AND w.started_at < a.since
          AND w.ended_at >= a.since), (
        SELECT min(v.first_at) FROM wait w
        JOIN conversation v ON v.business_id = $1::bigint AND v.id = w.conversation_id
        WHERE w.business_id = $1::bigint AND w.thread_id = u.thread_id AND w.started_at < a.since
          AND w.ended_at IS NULL)) AS since
    OFFSET 0) b
CROSS JOIN LATERAL (
    SELECT least(b.since, (
        SELECT min(v.first_at) FROM conversation v WHERE v.business_id = $1::bigint AND v.thread_id = u.thread_id
           AND v.first_at < b.since AND v.last_at >= b.since)) AS since
    OFFSET 0) c
LEFT JOIN LATERAL (
    SELECT v.last_at, v.has_human_reply, v.follows_reply FROM conversation v
    WHERE v.business_id = $1::bigint AND v.thread_id = u.thread_id AND v.first_at < c.since
    ORDER BY v.first_at DESC LIMIT 1) p ON true
LEFT JOIN LATERAL (
    SELECT m.sent_at FROM message m
    WHERE m.business_id = $1::bigint AND m.thread_id = u.thread_id AND m.sent_at > u.upto AND m.direction = 2
      AND m.sender_kind = 2 AND m.kind <> 3 AND m.deleted_at IS NULL AND m.delivery_state <> 4
    ORDER BY m.sent_at LIMIT 1) r ON true
LEFT JOIN LATERAL (
    SELECT n.first_at AS until FROM conversation n
    WHERE n.business_id = $1::bigint AND n.thread_id = u.thread_id AND n.first_at > r.sent_at AND NOT EXISTS (
        SELECT 1 FROM conversation x WHERE x.business_id = $1::bigint AND x.thread_id = u.thread_id
           AND x.first_at < n.first_at AND x.last_at >= n.first_at)
    ORDER BY n.first_at LIMIT 1) e ON true
ORDER BY u.thread_id;

-- name: ingest_window_conversations
-- for: web work
SELECT v.thread_id, v.id, v.status, v.is_touched OR EXISTS (
           SELECT 1 FROM activity a WHERE a.business_id = $1::bigint AND a.conversation_id = v.id) OR EXISTS (
           SELECT 1 FROM outbox o WHERE o.business_id = $1::bigint AND o.conversation_id = v.id),
       v.resolved_at, v.is_head
FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) u(thread_id, since, until)
JOIN conversation v ON v.business_id = $1::bigint AND v.thread_id = u.thread_id
                   AND v.first_at >= coalesce(u.since, '-infinity') AND v.first_at < coalesce(u.until, 'infinity')
ORDER BY v.thread_id, v.first_at, v.id;

-- name: ingest_window_acts
-- for: web work
SELECT a.conversation_id, a.kind, a.happened_at
FROM unnest($2::bigint[]) u(id)
JOIN activity a ON a.business_id = $1::bigint AND a.conversation_id = u.id
WHERE a.kind IN (4, 5) ORDER BY a.conversation_id, a.happened_at;

-- By conversation, not by time: a system line may lie beyond its episode's ends.
-- name: ingest_window_messages
-- for: web work
SELECT m.thread_id, m.id, m.conversation_id, m.sent_at, m.received_at, m.external_id, m.kind, m.direction, m.sender_kind,
       m.device, m.delivery_state, m.reply_class, m.needs_reply, m.is_backfill, m.deleted_at, m.person_id,
       left(m.text, 160)
FROM message m
WHERE m.business_id = $1::bigint AND (m.conversation_id = ANY ($2::bigint[]) OR m.id = ANY ($3::bigint[]))
ORDER BY m.thread_id, m.sent_at, octet_length(m.external_id), m.external_id COLLATE "C";

-- name: ingest_window_waits
-- for: web work
SELECT w.id, w.conversation_id, w.started_at, w.started_by, w.ended_at, w.ended_by, w.agent_id, w.end_kind
FROM unnest($2::bigint[]) u(id)
JOIN wait w ON w.business_id = $1::bigint AND w.conversation_id = u.id;

-- name: ingest_drop_waits
-- for: web work
DELETE FROM wait WHERE business_id = $1::bigint AND id = ANY ($2::bigint[]);

-- name: ingest_move_messages
-- for: web work
UPDATE message m SET conversation_id = u.conversation_id, needs_reply = u.needs_reply
FROM unnest($2::bigint[], $3::bigint[], $4::boolean[]) u(id, conversation_id, needs_reply)
WHERE m.business_id = $1::bigint AND m.id = u.id;

-- name: ingest_drop_conversations
-- for: work
DELETE FROM conversation WHERE business_id = $1::bigint AND id = ANY ($2::bigint[]);

-- Parked events whose message has come, oldest first, taken out.
-- name: ingest_unpark
-- for: work
WITH taken AS (
    DELETE FROM parked_event p USING unnest($2::bigint[], $3::text[]) u(channel_id, target)
    WHERE p.business_id = $1::bigint AND p.channel_id = u.channel_id AND p.target = u.target
    RETURNING p.id, p.channel_id, p.event, p.parked_at)
SELECT channel_id, event, parked_at FROM taken ORDER BY id;

-- The words of a deleted message live on in what quotes it: they go, whichever of the two comes first.
-- name: ingest_drop_quotes
-- for: work
UPDATE message q SET detail = q.detail - 'quote'
WHERE q.business_id = $1::bigint AND q.id = ANY ($2::bigint[]) AND q.detail ? 'quote' AND (
    EXISTS (SELECT FROM message said WHERE said.business_id = $1::bigint AND said.channel_id = q.channel_id
            AND said.external_id = q.reply_to AND said.deleted_at IS NOT NULL)
    OR EXISTS (SELECT FROM parked_event p WHERE p.business_id = $1::bigint AND p.channel_id = q.channel_id
               AND p.target = q.reply_to AND starts_with(p.event, '{"kind":"delete"')));

-- A deletion that is parked tells its thread, if anything: only there is looked.
-- name: ingest_drop_quotes_of
-- for: work
UPDATE message q SET detail = q.detail - 'quote'
FROM unnest($2::bigint[], $3::text[], $4::text[]) u(channel_id, thread, target)
JOIN thread t ON t.business_id = $1::bigint AND t.channel_id = u.channel_id AND t.external_id = u.thread
WHERE q.business_id = $1::bigint AND q.thread_id = t.id AND q.reply_to = u.target AND q.detail ? 'quote';

-- name: ingest_park
-- for: work
INSERT INTO parked_event (business_id, channel_id, target, event)
SELECT $1::bigint, u.* FROM unnest($2::bigint[], $3::text[], $4::text[]) u ON CONFLICT DO NOTHING;

-- name: ingest_wording
-- for: work
SELECT m.sent_at, m.edited_at, m.deleted_at, m.text, m.entities::text, m.direction, m.sender_kind, m.kind, m.thread_id,
       t.type, m.reply_class, a.type
FROM message m
JOIN thread t ON t.business_id = $1::bigint AND t.id = m.thread_id
LEFT JOIN attachment a ON a.business_id = $1::bigint AND a.message_id = m.id AND a.position = 0
WHERE m.business_id = $1::bigint AND m.id = $2::bigint;

-- name: ingest_versions
-- for: work
SELECT seen_at, text, entities::text FROM message_version
WHERE business_id = $1::bigint AND message_id = $2::bigint ORDER BY version;

-- name: ingest_drop_versions
-- for: work
DELETE FROM message_version WHERE business_id = $1::bigint AND message_id = $2::bigint;

-- name: ingest_add_versions
-- for: work
INSERT INTO message_version (business_id, message_id, version, seen_at, text, entities)
SELECT $1::bigint, $2::bigint, u.n, u.seen_at, u.text, u.entities::jsonb
FROM unnest($3::timestamptz[], $4::text[], $5::text[]) WITH ORDINALITY u(seen_at, text, entities, n);

-- name: ingest_set_wording
-- for: work
UPDATE message SET text = $3::text, entities = $4::text::jsonb, edited_at = $5::timestamptz, version = $6::smallint,
    reply_class = $7::smallint
WHERE business_id = $1::bigint AND id = $2::bigint;

-- The fact and the clocks stay; the words, the names and the media go, of every version, from what answered them and
-- from what we sent.
-- name: ingest_delete
-- for: work
WITH u AS (SELECT id, min(at) AS at FROM unnest($2::bigint[], $3::timestamptz[]) u(id, at) GROUP BY id),
versions AS (
    UPDATE message_version v SET text = NULL, entities = NULL FROM u
    WHERE v.business_id = $1::bigint AND v.message_id = u.id),
attachments AS (
    UPDATE attachment a SET name = '', ref = '', url = '', lat = NULL, lon = NULL, media_hash = NULL, state = 4 FROM u
    WHERE a.business_id = $1::bigint AND a.message_id = u.id),
said AS MATERIALIZED (
    SELECT s.id, s.thread_id, s.sent_at, s.external_id, s.person_id, s.text FROM u
    JOIN message s ON s.business_id = $1::bigint AND s.id = u.id),
quotes AS (
    UPDATE message q SET detail = q.detail - 'quote' FROM said
    WHERE q.business_id = $1::bigint AND q.thread_id = said.thread_id AND q.sent_at >= said.sent_at
      AND q.reply_to = said.external_id AND q.detail ? 'quote' AND q.id <> ALL ($2::bigint[])),
sends AS (
    UPDATE outbox o SET text = '', media_hash = NULL, media_name = '', reply_to = NULL, fail_text = '', template = NULL, choices = NULL
    FROM said JOIN conversation v ON v.business_id = $1::bigint AND v.thread_id = said.thread_id
    WHERE said.person_id IS NOT NULL AND o.business_id = $1::bigint AND o.conversation_id = v.id AND o.state = 2
      AND (o.message_id = said.id
           OR o.part > 0 AND o.person_id = said.person_id AND said.text <> '' AND position(said.text IN o.text) > 0))
UPDATE message m SET text = NULL, entities = NULL, detail = NULL, fail_text = NULL,
    deleted_at = least(coalesce(m.deleted_at, u.at), u.at)
FROM u WHERE m.business_id = $1::bigint AND m.id = u.id
RETURNING m.thread_id, m.sent_at, m.has_attachments;

-- name: ingest_react
-- for: work
INSERT INTO reaction AS r (business_id, message_id, author_key, emoji, direction, reacted_at)
SELECT DISTINCT ON (u.message_id, u.author_key) $1::bigint, u.message_id, u.author_key, u.emoji, u.direction, u.reacted_at
FROM unnest($2::bigint[], $3::text[], $4::text[], $5::smallint[], $6::timestamptz[])
    u(message_id, author_key, emoji, direction, reacted_at)
ORDER BY u.message_id, u.author_key, u.reacted_at DESC, u.emoji COLLATE "C" DESC
ON CONFLICT (business_id, message_id, author_key) DO UPDATE
SET emoji = excluded.emoji, direction = excluded.direction, reacted_at = excluded.reacted_at
WHERE (excluded.reacted_at, excluded.emoji COLLATE "C") > (r.reacted_at, r.emoji COLLATE "C");

-- read > delivered > failed > sent: a proof of arrival outweighs a report of failure.
-- name: ingest_status
-- for: work
WITH ranks(state, rank) AS (VALUES (0::smallint, 0), (5::smallint, 1), (1::smallint, 1), (4::smallint, 2), (2::smallint, 3), (3::smallint, 4)),
u AS (
    SELECT DISTINCT ON (u.id) u.id, u.state, u.why, r.rank
    FROM unnest($2::bigint[], $3::smallint[], $4::text[]) u(id, state, why) JOIN ranks r ON r.state = u.state
    ORDER BY u.id, r.rank DESC),
old AS (
    SELECT m.id, m.delivery_state, u.state, u.why FROM u
    JOIN message m ON m.business_id = $1::bigint AND m.id = u.id
    JOIN ranks r ON r.state = m.delivery_state
    WHERE u.rank > r.rank AND m.direction = 2)
UPDATE message m SET delivery_state = old.state, fail_text = CASE WHEN old.state = 4 THEN nullif(old.why, '') END
FROM old WHERE m.business_id = $1::bigint AND m.id = old.id
RETURNING m.thread_id, m.sent_at, old.state = 4 OR old.delivery_state = 4;

-- name: ingest_read
-- for: work
WITH u AS (SELECT id, max(at) AS at FROM unnest($2::bigint[], $3::timestamptz[]) u(id, at) GROUP BY id),
moved AS (
    UPDATE thread t SET peer_read_at = u.at FROM u
    WHERE t.business_id = $1::bigint AND t.id = u.id AND (t.peer_read_at IS NULL OR t.peer_read_at < u.at)
    RETURNING t.id, u.at)
UPDATE message m SET delivery_state = 3, fail_text = NULL FROM moved
WHERE m.business_id = $1::bigint AND m.thread_id = moved.id AND m.sent_at <= moved.at AND m.direction = 2
  AND m.delivery_state <> 3
RETURNING m.thread_id, m.sent_at, true;

-- name: ingest_block
-- for: work
UPDATE identity i SET is_blocked = u.is_blocked FROM unnest($2::bigint[], $3::boolean[]) u(id, is_blocked)
WHERE i.business_id = $1::bigint AND i.id = u.id AND i.is_blocked <> u.is_blocked;

-- name: ingest_hide
-- for: work
UPDATE message SET detail = coalesce(detail, '{}') || $3::text::jsonb
WHERE business_id = $1::bigint AND id = $2::bigint AND deleted_at IS NULL;

-- name: ingest_thread_id
-- for: work
SELECT id FROM thread WHERE business_id = $1::bigint AND channel_id = $2::bigint AND external_id = $3::text;

-- name: ingest_rename_thread
-- for: work
UPDATE thread SET external_id = $3::text WHERE business_id = $1::bigint AND id = $2::bigint;

-- name: ingest_alias_thread
-- for: work
INSERT INTO thread_alias (business_id, channel_id, external_id, thread_id)
VALUES ($1::bigint, $2::bigint, $3::text, $4::bigint)
ON CONFLICT (business_id, channel_id, external_id) DO UPDATE SET thread_id = excluded.thread_id;

-- Two rows of one group become one: everything of the old goes to the new, which is then computed again.
-- name: ingest_merge_threads
-- for: work
WITH moved AS (UPDATE message SET thread_id = $3::bigint WHERE business_id = $1::bigint AND thread_id = $2::bigint),
talks AS (
    UPDATE conversation SET thread_id = $3::bigint, is_head = false, wait_since = NULL
    WHERE business_id = $1::bigint AND thread_id = $2::bigint),
waits AS (UPDATE wait SET thread_id = $3::bigint WHERE business_id = $1::bigint AND thread_id = $2::bigint),
sends AS (UPDATE outbox SET thread_id = $3::bigint WHERE business_id = $1::bigint AND thread_id = $2::bigint),
acts AS (UPDATE activity SET thread_id = $3::bigint WHERE business_id = $1::bigint AND thread_id = $2::bigint)
UPDATE thread_alias SET thread_id = $3::bigint WHERE business_id = $1::bigint AND thread_id = $2::bigint;

-- name: ingest_drop_thread
-- for: work
DELETE FROM thread WHERE business_id = $1::bigint AND id = $2::bigint;

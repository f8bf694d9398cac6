-- An archive into a channel: staged, aligned with what is stored (message_gist tells what is the same), then fed to the
-- ingest in the file's order. The staging tables live as long as the transaction.

-- One file a business at a time. Only merging it keeps the ingest out: reading may take minutes.
-- name: import_lock
-- for: work
SELECT pg_advisory_xact_lock(hashint8extended($1::bigint, 7402));

-- name: import_make_stage
-- for: work
CREATE TEMPORARY TABLE import_stage (
    n bigint NOT NULL, thread text COLLATE "C" NOT NULL, at timestamptz NOT NULL, side smallint NOT NULL, words text,
    detail text, file text, line text NOT NULL, match bigint, deed smallint NOT NULL DEFAULT 0) ON COMMIT DROP;

-- name: import_make_stored
-- for: work
CREATE TEMPORARY TABLE import_stored (
    id bigint NOT NULL, thread_id bigint NOT NULL, minute bigint NOT NULL, side smallint NOT NULL, gist bigint NOT NULL,
    is_long boolean NOT NULL, is_import boolean NOT NULL, flag smallint NOT NULL, at timestamptz NOT NULL) ON COMMIT DROP;

-- name: import_make_staged
-- for: work
CREATE TEMPORARY TABLE import_staged (
    n bigint NOT NULL, thread text COLLATE "C" NOT NULL, minute bigint NOT NULL, side smallint NOT NULL, gist bigint NOT NULL,
    is_long boolean NOT NULL, flag smallint NOT NULL, thread_id bigint, match bigint) ON COMMIT DROP;

-- name: import_has_rows
-- for: work
SELECT 1 FROM thread WHERE business_id = $1::bigint AND channel_id = $2::bigint LIMIT 1;

-- name: import_index_stage
-- for: work
CREATE INDEX ON import_stage (n);

-- name: import_analyze_stage
-- for: work
ANALYZE import_stage (n);

-- name: import_analyze_sets
-- for: work
ANALYZE import_stored, import_staged;

-- What a row is at its source: 1 edited, 2 deleted, 3 media left out, 4 media named, 0 plain words.
-- name: import_fill_staged
-- for: work
INSERT INTO import_staged (n, thread, minute, side, gist, is_long, flag)
SELECT n, thread, floor(extract(epoch FROM at) / 60)::bigint, side, message_gist(words, detail::jsonb, file),
       length(words) >= 12 AND detail IS NULL, message_flag(detail::jsonb, file)
FROM import_stage WHERE words IS NOT NULL;

-- name: import_fill_stored
-- for: work
INSERT INTO import_stored (id, thread_id, minute, side, gist, is_long, is_import, flag, at)
SELECT m.id, m.thread_id, floor(extract(epoch FROM m.sent_at) / 60)::bigint, m.direction, message_gist(m.text, m.detail, a.name),
       length(m.text) >= 12 AND m.detail IS NULL, m.device = 4, message_flag(m.detail, a.name), m.sent_at
FROM (SELECT min(at) - interval '27 hours' AS first_at, max(at) + interval '27 hours' AS last_at FROM import_stage) s
JOIN thread t ON t.business_id = $1::bigint AND t.channel_id = $2::bigint
JOIN message m ON m.business_id = $1::bigint AND m.thread_id = t.id AND m.sent_at BETWEEN s.first_at AND s.last_at
LEFT JOIN attachment a ON a.business_id = $1::bigint AND a.message_id = m.id AND a.position = 0;

-- Same name, same thread.
-- name: import_map_threads
-- for: work
UPDATE import_staged s SET thread_id = t.id FROM thread t
WHERE t.business_id = $1::bigint AND t.channel_id = $2::bigint AND t.external_id = s.thread;

-- A contact that was renamed on the phone: the thread that shares the most unmistakable sentences.
-- name: import_guess_threads
-- for: work
WITH a AS (SELECT thread, side, gist FROM import_staged WHERE thread_id IS NULL AND is_long
           GROUP BY thread, side, gist HAVING count(*) = 1),
b AS (SELECT min(thread_id) AS thread_id, side, gist FROM import_stored WHERE is_long
      GROUP BY side, gist HAVING count(*) = 1),
votes AS (SELECT a.thread, b.thread_id, count(*) AS n FROM a JOIN b USING (side, gist) GROUP BY a.thread, b.thread_id),
best AS (SELECT DISTINCT ON (thread) thread, thread_id FROM votes WHERE n >= 8 ORDER BY thread, n DESC)
UPDATE import_staged s SET thread_id = best.thread_id FROM best WHERE s.thread = best.thread AND s.thread_id IS NULL;

-- name: import_mapped_threads
-- for: work
SELECT DISTINCT s.thread, t.external_id, t.type, i.external_id, i.name
FROM import_staged s
JOIN thread t ON t.business_id = $1::bigint AND t.id = s.thread_id
LEFT JOIN LATERAL (SELECT external_id, name FROM identity i WHERE i.business_id = $1::bigint AND i.contact_id = t.contact_id
                   ORDER BY id LIMIT 1) i ON true
WHERE t.external_id <> s.thread;

-- The whole file off by one constant: the distance that most unmistakable sentences agree on, in quarters of an hour.
-- name: import_find_shift
-- for: work
WITH a AS (SELECT thread_id, side, gist, min(minute) AS minute FROM import_staged WHERE thread_id IS NOT NULL AND is_long
           GROUP BY thread_id, side, gist HAVING count(*) = 1),
b AS (SELECT thread_id, side, gist, min(minute) AS minute FROM import_stored WHERE is_long
      GROUP BY thread_id, side, gist HAVING count(*) = 1),
pairs AS (SELECT a.minute - b.minute AS off FROM a JOIN b USING (thread_id, side, gist)),
best AS (SELECT off, count(*) AS n FROM pairs GROUP BY off ORDER BY n DESC, abs(off) LIMIT 1)
SELECT off::int FROM best
WHERE n >= 8 AND n * 3 >= (SELECT count(*) FROM pairs) * 2 AND off % 15 = 0 AND abs(off) BETWEEN 15 AND 1560;

-- name: import_shift
-- for: work
UPDATE import_staged SET minute = minute - $1::int;

-- The same words in the same minute, as often as both sides have them.
-- name: import_match_minutes
-- for: work
UPDATE import_staged s SET match = x.id FROM (
    SELECT a.n, b.id FROM
        (SELECT n, thread_id, minute, side, gist,
                row_number() OVER (PARTITION BY thread_id, minute, side, gist ORDER BY n) AS k
         FROM import_staged WHERE thread_id IS NOT NULL) a
    JOIN (SELECT id, thread_id, minute, side, gist,
                 row_number() OVER (PARTITION BY thread_id, minute, side, gist ORDER BY at, id) AS k
          FROM import_stored) b USING (thread_id, minute, side, gist, k)) x
WHERE s.n = x.n;

-- What came through the platform carries its clock: a minute's difference is the rounding.
-- name: import_match_live
-- for: work
UPDATE import_staged s SET match = x.id FROM (
    SELECT DISTINCT ON (a.n) a.n, b.id FROM
        (SELECT n, thread_id, minute, side, gist,
                row_number() OVER (PARTITION BY thread_id, side, gist ORDER BY n) AS k
         FROM import_staged WHERE thread_id IS NOT NULL AND match IS NULL) a
    JOIN (SELECT id, thread_id, minute, side, gist,
                 row_number() OVER (PARTITION BY thread_id, side, gist ORDER BY at, id) AS k
          FROM import_stored t WHERE NOT is_import
            AND NOT EXISTS (SELECT 1 FROM import_staged m WHERE m.match = t.id)) b
      ON b.thread_id = a.thread_id AND b.side = a.side AND b.gist = a.gist AND b.k = a.k AND abs(b.minute - a.minute) <= 1
    ORDER BY a.n) x
WHERE s.n = x.n;

-- What is left over in a minute on both sides, where one of the two was edited, deleted or lost its media: the same
-- message in other words.
-- name: import_match_changed
-- for: work
UPDATE import_staged s SET match = x.id FROM (
    SELECT a.n, b.id, a.flag AS a_flag, b.flag AS b_flag FROM
        (SELECT n, thread_id, minute, side, flag,
                row_number() OVER (PARTITION BY thread_id, minute, side ORDER BY n) AS k
         FROM import_staged WHERE thread_id IS NOT NULL AND match IS NULL) a
    JOIN (SELECT id, thread_id, minute, side, flag,
                 row_number() OVER (PARTITION BY thread_id, minute, side ORDER BY at, id) AS k
          FROM import_stored t WHERE NOT EXISTS (SELECT 1 FROM import_staged m WHERE m.match = t.id)) b
      USING (thread_id, minute, side, k)
    WHERE a.flag <> 0 OR b.flag <> 0) x
WHERE s.n = x.n;

-- Deeds on what is known: 1 edited at the source, 2 deleted there, 4 the media that was left out last time.
-- name: import_mark
-- for: work
UPDATE import_stage s SET match = x.match, deed = CASE
        WHEN x.flag = 1 AND t.flag = 0 THEN 1
        WHEN x.flag = 2 AND t.flag <> 2 THEN 2
        WHEN x.flag = 4 AND t.flag = 3 THEN 4
        ELSE 0 END
FROM import_staged x JOIN import_stored t ON t.id = x.match
WHERE s.n = x.n;

-- What another file had brought is now told by this one too.
-- name: import_told
-- for: work
INSERT INTO message_told (business_id, archive_id, message_id)
SELECT DISTINCT $1::bigint, $2::bigint, m.id FROM import_stage s
JOIN message m ON m.business_id = $1::bigint AND m.id = s.match
WHERE m.archive_id IS NOT NULL AND m.archive_id <> $2::bigint
ON CONFLICT DO NOTHING;

-- name: import_count_known
-- for: work
SELECT count(*) FROM import_stage WHERE match IS NOT NULL;

-- name: import_deeds
-- for: work
SELECT s.deed, s.match, m.external_id, s.line FROM import_stage s
JOIN message m ON m.business_id = $1::bigint AND m.id = s.match
WHERE s.deed <> 0 AND m.deleted_at IS NULL ORDER BY s.n;

-- name: import_note_source
-- for: work
UPDATE message SET detail = coalesce(detail, '{}') || $3::text::jsonb WHERE business_id = $1::bigint AND id = $2::bigint;

-- The media came with the second export: it replaces the line that said it was left out.
-- name: import_give_media
-- for: work
WITH known AS (
    UPDATE message SET text = $3::text, detail = nullif(detail - 'media' - 'media_type', '{}'), has_attachments = true
    WHERE business_id = $1::bigint AND id = $2::bigint RETURNING id)
INSERT INTO attachment (business_id, message_id, position, type, name, ref)
SELECT $1::bigint, id, 0, $4::smallint, $5::text, $6::text FROM known ON CONFLICT DO NOTHING;

-- name: import_page
-- for: work
SELECT n, at, line FROM import_stage WHERE n > $1::bigint AND n <= $2::bigint AND match IS NULL ORDER BY n;

-- name: import_outcome
-- for: work
SELECT count(*), count(*) FILTER (WHERE is_head AND wait_since IS NOT NULL) FROM conversation
WHERE business_id = $1::bigint AND thread_id = ANY ($2::bigint[]) AND first_at <= $4::timestamptz
  AND last_at >= $3::timestamptz;

-- ---- taking a file back

-- name: undo_lock
-- for: work
SELECT state FROM archive WHERE business_id = $1::bigint AND id = $2::bigint FOR UPDATE;

-- Another file that told the same message is where it came from now.
-- name: undo_bequeath
-- for: work
WITH heir AS (
    SELECT t.message_id, min(t.archive_id) AS archive_id FROM message_told t
    JOIN message m ON m.business_id = $1::bigint AND m.id = t.message_id
    WHERE t.business_id = $1::bigint AND m.archive_id = $2::bigint AND t.archive_id <> $2::bigint
    GROUP BY t.message_id),
gone AS (
    DELETE FROM message_told t USING heir
    WHERE t.business_id = $1::bigint AND t.message_id = heir.message_id AND t.archive_id = heir.archive_id)
UPDATE message m SET archive_id = heir.archive_id FROM heir WHERE m.business_id = $1::bigint AND m.id = heir.message_id;

-- name: undo_forget_told
-- for: work
DELETE FROM message_told WHERE business_id = $1::bigint AND archive_id = $2::bigint;

-- name: undo_make_gone
-- for: work
CREATE TEMPORARY TABLE import_gone (thread_id bigint NOT NULL, identity_id bigint, contact_id bigint, since timestamptz NOT NULL)
ON COMMIT DROP;

-- name: undo_messages
-- for: work
WITH gone AS (
    DELETE FROM message WHERE business_id = $1::bigint AND archive_id = $2::bigint
    RETURNING thread_id, identity_id, sent_at),
noted AS (
    INSERT INTO import_gone (thread_id, identity_id, contact_id, since)
    SELECT g.thread_id, g.identity_id, t.contact_id, min(g.sent_at) FROM gone g
    JOIN thread t ON t.business_id = $1::bigint AND t.id = g.thread_id
    GROUP BY g.thread_id, g.identity_id, t.contact_id)
SELECT count(*) FROM gone;

-- Strands that the file made and nothing else has spoken in. A file that is taken back leaves what it made to the next one
-- that told it: made since the first of those.
-- name: undo_threads
-- for: work
WITH emptied AS MATERIALIZED (
    SELECT t.id FROM thread t
    WHERE t.business_id = $1::bigint AND t.id IN (SELECT thread_id FROM import_gone) AND t.created_at >= (
          SELECT min(a.created_at) FROM archive a WHERE a.business_id = $1::bigint AND (a.id = $2::bigint OR a.state = 8))
      AND NOT EXISTS (SELECT 1 FROM message m WHERE m.business_id = $1::bigint AND m.thread_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.business_id = $1::bigint AND o.thread_id = t.id)),
waits AS (DELETE FROM wait w USING emptied e WHERE w.business_id = $1::bigint AND w.thread_id = e.id),
acts AS (DELETE FROM activity a USING emptied e WHERE a.business_id = $1::bigint AND a.thread_id = e.id),
episodes AS (DELETE FROM conversation v USING emptied e WHERE v.business_id = $1::bigint AND v.thread_id = e.id)
DELETE FROM thread t USING emptied e WHERE t.business_id = $1::bigint AND t.id = e.id;

-- name: undo_remaining
-- for: work
SELECT g.thread_id, min(g.since) FROM import_gone g
JOIN thread t ON t.business_id = $1::bigint AND t.id = g.thread_id
GROUP BY g.thread_id ORDER BY g.thread_id;

-- People whom only the file knew.
-- name: undo_people
-- for: work
DELETE FROM identity i
WHERE i.business_id = $1::bigint AND i.created_at >= (
      SELECT min(a.created_at) FROM archive a WHERE a.business_id = $1::bigint AND (a.id = $2::bigint OR a.state = 8))
  AND (i.id IN (SELECT identity_id FROM import_gone) OR i.contact_id IN (SELECT contact_id FROM import_gone))
  AND NOT EXISTS (SELECT 1 FROM message m WHERE m.business_id = $1::bigint AND m.identity_id = i.id)
  AND NOT EXISTS (SELECT 1 FROM thread t WHERE t.business_id = $1::bigint AND t.contact_id = i.contact_id)
RETURNING i.contact_id;

-- name: undo_contacts
-- for: work
DELETE FROM contact c
WHERE c.business_id = $1::bigint AND c.id = ANY ($3::bigint[]) AND c.created_at >= (
      SELECT min(a.created_at) FROM archive a WHERE a.business_id = $1::bigint AND (a.id = $2::bigint OR a.state = 8))
  AND c.merged_into IS NULL AND c.erased_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.business_id = $1::bigint AND i.contact_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM contact o WHERE o.business_id = $1::bigint AND o.merged_into = c.id)
  AND NOT EXISTS (SELECT 1 FROM conversation v WHERE v.business_id = $1::bigint AND v.contact_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM thread t WHERE t.business_id = $1::bigint AND t.contact_id = c.id);

-- name: undo_done
-- for: work
UPDATE archive SET state = 8, done_at = now(),
    summary = summary || jsonb_build_object('taken_back', $3::bigint, 'kept', $4::bigint)
WHERE business_id = $1::bigint AND id = $2::bigint;

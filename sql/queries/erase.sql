-- Forgetting a person: the rows, their counts and clocks stay; names, handles and words go.

-- name: erase_handles
-- for: work
SELECT i.id, i.platform, i.scope, i.external_id, i.username, i.phone, i.name
FROM identity i JOIN contact k ON k.business_id = $1::bigint AND k.id = i.contact_id
WHERE i.business_id = $1::bigint AND (k.id = $2::bigint OR k.merged_into = $2::bigint);

-- name: erase_strands
-- for: work
SELECT t.channel_id, x.external_id
FROM contact k JOIN thread t ON t.business_id = $1::bigint AND t.contact_id = k.id AND t.type <> 2,
     LATERAL (SELECT t.external_id UNION ALL SELECT a.external_id FROM thread_alias a
              WHERE a.business_id = $1::bigint AND a.thread_id = t.id) x
WHERE k.business_id = $1::bigint AND (k.id = $2::bigint OR k.merged_into = $2::bigint);

-- All that was said in their own threads, and what they said elsewhere.
-- name: erase_messages
-- for: work
WITH whose AS MATERIALIZED (
    SELECT m.id FROM message m
    JOIN thread t ON t.business_id = $1::bigint AND t.id = m.thread_id
    WHERE m.business_id = $1::bigint AND t.contact_id IN (
        SELECT id FROM contact WHERE business_id = $1::bigint AND (id = $2::bigint OR merged_into = $2::bigint))
    UNION SELECT m.id FROM message m WHERE m.business_id = $1::bigint AND m.identity_id = ANY ($3::bigint[])),
versions AS (
    UPDATE message_version v SET text = NULL, entities = NULL FROM whose
    WHERE v.business_id = $1::bigint AND v.message_id = whose.id),
attachments AS (
    UPDATE attachment a SET name = '', ref = '', url = '', lat = NULL, lon = NULL, media_hash = NULL, state = 4 FROM whose
    WHERE a.business_id = $1::bigint AND a.message_id = whose.id),
parked AS (
    DELETE FROM parked_event p USING message m JOIN whose ON whose.id = m.id
    WHERE p.business_id = $1::bigint AND m.business_id = $1::bigint AND p.channel_id = m.channel_id
      AND p.target = m.external_id),
heads AS (
    UPDATE conversation v SET last_text = '' FROM whose
    WHERE v.business_id = $1::bigint AND v.last_message_id = whose.id)
UPDATE message m SET text = NULL, entities = NULL, fail_text = NULL, reply_to = NULL, detail = '{"erased":true}',
    external_id = 'erased:' || m.id
FROM whose WHERE m.business_id = $1::bigint AND m.id = whose.id;

-- name: erase_threads
-- for: work
WITH whose AS MATERIALIZED (
    SELECT t.id FROM thread t WHERE t.business_id = $1::bigint AND t.contact_id IN (
        SELECT id FROM contact WHERE business_id = $1::bigint AND (id = $2::bigint OR merged_into = $2::bigint))),
names AS (DELETE FROM thread_alias a USING whose WHERE a.business_id = $1::bigint AND a.thread_id = whose.id),
sends AS (
    UPDATE outbox o SET text = '', media_hash = NULL, media_name = '', reply_to = NULL, fail_text = '', template = NULL, choices = NULL,
        state = CASE WHEN o.state = 0 THEN 5 WHEN o.accepted_id IS NOT NULL THEN 2 ELSE o.state END, accepted_id = NULL
    FROM whose WHERE o.business_id = $1::bigint AND o.thread_id = whose.id)
UPDATE thread t SET external_id = 'erased:' || t.id, title = '', detail = '{}'
FROM whose WHERE t.business_id = $1::bigint AND t.id = whose.id;

-- name: erase_people
-- for: work
WITH handles AS (
    UPDATE identity SET external_id = 'erased:' || id, name = '', username = '', phone = ''
    WHERE business_id = $1::bigint AND id = ANY ($3::bigint[])),
keys AS (
    DELETE FROM contact_key k USING contact c
    WHERE k.business_id = $1::bigint AND c.business_id = $1::bigint AND c.id = k.contact_id
      AND (c.id = $2::bigint OR c.merged_into = $2::bigint))
UPDATE contact SET name = '', erased_at = coalesce(erased_at, now())
WHERE business_id = $1::bigint AND (id = $2::bigint OR merged_into = $2::bigint);

-- name: erase_traces
-- for: work
WITH reactions AS (
    DELETE FROM reaction WHERE business_id = $1::bigint AND author_key = ANY ($2::text[]))
DELETE FROM parked_event p USING unnest($2::text[]) u(handle)
WHERE p.business_id = $1::bigint AND position('"' || u.handle || '"' IN p.event) > 0;

-- Bodies that were parsed are only kept to look at; those still waiting will be read.
-- name: erase_deliveries
-- for: work
DELETE FROM delivery d USING unnest($2::bytea[]) u(handle)
WHERE (d.business_id = $1::bigint OR d.business_id IS NULL) AND d.state <> 0 AND position(u.handle IN d.body) > 0;

-- A group that is named after its members.
-- name: erase_titles
-- for: work
UPDATE thread t SET title = replace(t.title, u.name, '…') FROM unnest($2::text[]) u(name)
WHERE t.business_id = $1::bigint AND t.type = 2 AND length(u.name) > 2 AND position(u.name IN t.title) > 0;

-- name: erase_note
-- for: work
INSERT INTO erasure (business_id, contact_id, handles) VALUES ($1::bigint, $2::bigint, $3::bytea[]);

-- Edits and reactions that wait for a message which its source has deleted: its words would lie here for ever.
-- name: erase_parked_words
-- for: work owner
DELETE FROM parked_event p USING parked_event d
WHERE p.business_id = $1::bigint AND d.business_id = $1::bigint AND d.channel_id = p.channel_id AND d.target = p.target
  AND starts_with(d.event, '{"kind":"delete"') AND NOT starts_with(p.event, '{"kind":"delete"');

-- name: erase_orphans
-- for: work
DELETE FROM media f WHERE f.business_id = $1::bigint
  AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.business_id = $1::bigint AND a.media_hash = f.hash)
  AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.business_id = $1::bigint AND o.media_hash = f.hash)
  AND f.stored_at < now() - interval '1 second'
RETURNING f.hash;

-- The same hash as erasure.handles holds.
-- name: erase_find_by_handle
-- for: owner
SELECT DISTINCT i.contact_id FROM identity i
WHERE i.business_id = $1
  AND sha256(convert_to(i.platform::text || E'\x1f' || i.scope || E'\x1f' || i.external_id, 'UTF8')) = decode($2, 'hex');

-- name: erase_promised
-- for: work owner
SELECT encode(h, 'hex') FROM erasure e, unnest(e.handles) h WHERE e.business_id = $1 AND e.contact_id = $2;

-- name: erase_is_promised
-- for: work owner
SELECT contact_id FROM erasure WHERE business_id = $1 AND contact_id = $2 LIMIT 1;

-- name: erase_file_is_used
-- for: work owner
SELECT media_is_used($1);

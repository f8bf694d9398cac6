-- Two contacts that are one person. Merging moves nothing: contact.merged_into names who stands for whom, and follows
-- from the open rows of contact_merge.

-- Who stands for a contact, and whether she is forgotten or about to be.
-- name: merge_root
-- for: web
SELECT c.id, c.erased_at IS NOT NULL
             OR EXISTS (SELECT FROM job j WHERE j.business_id = $1 AND j.kind = 4 AND j.key = c.id::text AND j.state IN (0, 1))
FROM contact c
WHERE c.business_id = $1 AND c.id = (SELECT coalesce(merged_into, id) FROM contact WHERE business_id = $1 AND id = $2)

-- name: merge_add
-- for: web
INSERT INTO contact_merge (business_id, contact_id, into_id, person_id) VALUES ($1, $2, $3, current_person()) RETURNING id

-- name: merge_join
-- for: web
UPDATE contact SET merged_into = $3 WHERE business_id = $1 AND (id = $2 OR merged_into = $2)

-- Of two that are one already: what made them so last.
-- name: merge_between
-- for: web
SELECT id FROM contact_merge WHERE business_id = $1 AND undone_at IS NULL AND contact_id IN ($2, $3) ORDER BY id DESC LIMIT 1

-- name: merge_get
-- for: web
SELECT contact_id, into_id, undone_at IS NOT NULL FROM contact_merge WHERE business_id = $1 AND id = $2

-- name: merge_undo
-- for: web
UPDATE contact_merge SET undone_at = now(), undone_by = current_person() WHERE business_id = $1 AND id = $2 AND undone_at IS NULL

-- The contact stands for itself again, and for all that are merged into it still.
-- name: merge_part
-- for: web
WITH RECURSIVE below AS (
    SELECT $2::bigint AS id
    UNION ALL
    SELECT g.contact_id FROM below b JOIN contact_merge g ON g.business_id = $1 AND g.into_id = b.id AND g.undone_at IS NULL)
UPDATE contact c SET merged_into = CASE WHEN c.id <> $2 THEN $2 END FROM below b WHERE c.business_id = $1 AND c.id = b.id

-- name: merge_note
-- for: web
INSERT INTO activity (business_id, conversation_id, thread_id, kind, person_id)
SELECT $1, v.id, v.thread_id, $3, current_person()
FROM contact m JOIN thread t ON t.business_id = $1 AND t.contact_id = m.id
JOIN conversation v ON v.business_id = $1 AND v.thread_id = t.id
WHERE m.business_id = $1 AND (m.id = $2 OR m.merged_into = $2)
ORDER BY v.last_at DESC, v.id DESC LIMIT 1

-- name: merge_list
-- for: web
SELECT g.id, k.id, k.name, o.id, o.name, p.name, g.merged_at, q.name, g.undone_at
FROM contact_merge g JOIN contact k ON k.business_id = $1 AND k.id = g.contact_id
JOIN contact o ON o.business_id = $1 AND o.id = g.into_id
LEFT JOIN person p ON p.id = g.person_id LEFT JOIN person q ON q.id = g.undone_by
WHERE g.business_id = $1 AND (
      g.into_id IN (SELECT id FROM contact WHERE business_id = $1 AND (id = $2 OR merged_into = $2))
   OR g.contact_id IN (SELECT id FROM contact WHERE business_id = $1 AND (id = $2 OR merged_into = $2)))
ORDER BY g.id DESC LIMIT 50

-- name: apart_add
-- for: web
INSERT INTO contact_apart (business_id, low_id, high_id, person_id)
VALUES ($1, least($2::bigint, $3::bigint), greatest($2::bigint, $3::bigint), current_person()) ON CONFLICT DO NOTHING

-- Whom a person has told apart from a contact or from any that is merged into it.
-- name: apart_list
-- for: web
SELECT DISTINCT coalesce(o.merged_into, o.id)
FROM contact k JOIN contact_apart a ON a.business_id = $1 AND (a.low_id = k.id OR a.high_id = k.id)
JOIN contact o ON o.business_id = $1 AND o.id = CASE WHEN a.low_id = k.id THEN a.high_id ELSE a.low_id END
WHERE k.business_id = $1 AND (k.id = $2 OR k.merged_into = $2)

-- How contacts and those merged into them are called on their platforms.
-- name: alike_people
-- for: web
SELECT coalesce(k.merged_into, k.id), i.platform, i.username_key, i.phone, i.name, k.name
FROM contact k JOIN identity i ON i.business_id = $1 AND i.contact_id = k.id
WHERE k.business_id = $1 AND (k.id = ANY ($2::bigint[]) OR k.merged_into = ANY ($2::bigint[])) AND k.erased_at IS NULL
ORDER BY i.id LIMIT 200

-- The newest words of contacts, of each strand a few.
-- name: alike_words
-- for: web
SELECT coalesce(k.merged_into, k.id), m.text
FROM contact k
JOIN LATERAL (SELECT id FROM thread WHERE business_id = $1 AND contact_id = k.id ORDER BY id DESC LIMIT 10) t ON true
JOIN LATERAL (SELECT left(x.text, 600) AS text, x.identity_id FROM message x
              WHERE x.business_id = $1 AND x.thread_id = t.id AND x.direction = 1 AND x.text IS NOT NULL
              ORDER BY x.sent_at DESC, x.id DESC LIMIT 50) m ON true
JOIN identity i ON i.business_id = $1 AND i.id = m.identity_id AND i.contact_id = k.id
WHERE k.business_id = $1 AND (k.id = ANY ($2::bigint[]) OR k.merged_into = ANY ($2::bigint[])) AND k.erased_at IS NULL
LIMIT 500

-- name: alike_phones
-- for: web
SELECT coalesce(k.merged_into, k.id), i.phone
FROM identity i JOIN contact k ON k.business_id = $1 AND k.id = i.contact_id
WHERE i.business_id = $1 AND i.phone <> '' AND i.phone = ANY ($2::text[]) AND k.erased_at IS NULL LIMIT 50

-- name: alike_usernames
-- for: web
SELECT coalesce(k.merged_into, k.id), i.platform, i.username_key, i.name, k.name
FROM identity i JOIN contact k ON k.business_id = $1 AND k.id = i.contact_id
WHERE i.business_id = $1 AND i.username_key <> '' AND i.username_key = ANY ($2::text[]) AND k.erased_at IS NULL LIMIT 50

-- name: alike_names
-- for: web
SELECT coalesce(k.merged_into, k.id) FROM contact k
WHERE k.business_id = $1 AND k.name_key <> '' AND k.name_key = ANY (ARRAY(SELECT lower(n) FROM unnest($2::text[]) n)) AND k.erased_at IS NULL
ORDER BY k.name_key, k.id LIMIT 20

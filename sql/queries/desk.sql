-- What commands do to businesses, people and channels, as the owner of the schema.

-- name: desk_find_business
-- for: work owner
-- By number, by exact name, or any for ''.
SELECT count(*), coalesce(min(id), 0) FROM business WHERE $1::text = '' OR id::text = $1 OR lower(name) = lower($1);

-- name: desk_find_channel
-- for: work owner
SELECT count(*), coalesce(min(id), 0) FROM channel
WHERE business_id = $1 AND removed_at IS NULL AND (id::text = $2 OR lower(name) = lower($2));

-- name: desk_add_business
-- for: owner
INSERT INTO business (name, zone, language, is_demo) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: desk_list_businesses
-- for: owner
SELECT b.id, b.name, b.zone, b.language, b.is_demo,
       (SELECT count(*) FROM member m WHERE m.business_id = b.id),
       (SELECT count(*) FROM channel c WHERE c.business_id = b.id AND c.removed_at IS NULL)
FROM business b ORDER BY b.id;

-- name: desk_zone_exists
-- for: owner
SELECT count(*) FROM pg_timezone_names WHERE name = $1;

-- name: desk_add_person
-- for: owner
INSERT INTO person (email, name, password_hash, language) VALUES ($1, $2, $3, $4) RETURNING id;

-- name: desk_find_person
-- for: owner
SELECT id FROM person WHERE email = lower($1::text);

-- name: desk_set_password
-- for: owner
UPDATE person SET password_hash = $2 WHERE id = $1;

-- name: desk_end_sessions
-- for: owner
DELETE FROM session WHERE person_id = $1;

-- name: desk_add_member
-- for: owner
INSERT INTO member (business_id, person_id, role) VALUES ($1, $2, $3)
ON CONFLICT (business_id, person_id) DO UPDATE SET role = excluded.role;

-- name: desk_list_people
-- for: owner
SELECT p.id, p.email, p.name, p.disabled_at, b.id, b.name, m.role
FROM person p LEFT JOIN member m ON m.person_id = p.id LEFT JOIN business b ON b.id = m.business_id
WHERE $1::bigint IS NULL OR m.business_id = $1
ORDER BY p.email, b.id;

-- name: desk_audit
-- for: owner work
SELECT audit_append($1, NULL, $2, $3, $4);

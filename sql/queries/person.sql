-- People and members (domain/person.c)

-- name: person_add
-- for: web owner
INSERT INTO person (email, name, language, password_hash) VALUES ($1, $2, $3, $4) RETURNING id

-- name: person_passwd
-- for: web owner
WITH ended AS (DELETE FROM session WHERE person_id = $1)
UPDATE person SET password_hash = $2 WHERE id = $1

-- name: person_get_by_email
-- for: web owner
SELECT id, email, name, language, password_hash, disabled_at IS NOT NULL, created_at FROM person WHERE email = $1

-- name: person_list
-- for: web owner
SELECT id, email, name, language, disabled_at IS NOT NULL, created_at, 0::smallint FROM person ORDER BY id

-- name: person_list_members
-- for: web owner
SELECT p.id, p.email, p.name, p.language, p.disabled_at IS NOT NULL, p.created_at, m.role
FROM member m JOIN person p ON p.id = m.person_id
WHERE m.business_id = $1
ORDER BY p.name, p.id

-- name: member_add
-- for: web owner
INSERT INTO member (business_id, person_id, role) VALUES ($1, $2, $3)
ON CONFLICT (business_id, person_id) DO UPDATE SET role = excluded.role

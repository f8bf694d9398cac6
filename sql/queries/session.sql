-- Logins, people and who belongs where: tables without a tenant.

-- Counts a try before the password is looked at, for all keys at once, in the order given: two logins that share rows
-- must lock them in one order. $2: from how many failures on a key locks, $3: for how many seconds at most. A try while
-- locked is not counted: its row's last_at stays and says so.
-- name: login_try
-- for: web
INSERT INTO login_attempt AS a (key, failures, last_at)
SELECT k, 1, now() FROM unnest($1::bytea[]) AS u(k)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN a.locked_until > now() THEN a.failures
                    WHEN a.last_at < now() - interval '30 minutes' THEN 1 ELSE a.failures + 1 END,
    last_at = CASE WHEN a.locked_until > now() THEN a.last_at ELSE now() END,
    locked_until = CASE WHEN a.locked_until > now() THEN a.locked_until
                        WHEN a.last_at >= now() - interval '30 minutes' AND a.failures + 1 >= ($2::bigint[])[array_position($1::bytea[], a.key)]
                        THEN now() + least(($3::bigint[])[array_position($1::bytea[], a.key)],
                                           15 * 2 ^ least(10, a.failures + 1 - ($2::bigint[])[array_position($1::bytea[], a.key)])) * interval '1 second' END
RETURNING CASE WHEN last_at < now() AND locked_until > now() THEN ceil(extract(epoch FROM locked_until - now()))::int ELSE 0 END

-- Whoever knows the password takes the e-mail's failures away, and her own try from the address's.
-- name: login_succeeded
-- for: web
WITH gone AS (DELETE FROM login_attempt WHERE key = ANY ($1::bytea[]))
UPDATE login_attempt SET failures = greatest(failures - 1, 0), locked_until = NULL WHERE key = $2

-- name: person_by_email
-- for: web
SELECT id, password_hash FROM person WHERE email = $1 AND disabled_at IS NULL

-- name: session_add
-- for: web
INSERT INTO session (token_hash, person_id, expires_at, address, agent)
VALUES ($1, $2, now() + make_interval(days => $3), $4, $5)

-- A login lives on while it is used; written at most once an hour.
-- name: session_touch
-- for: web
UPDATE session SET used_at = now(), expires_at = now() + make_interval(days => $2)
WHERE token_hash = $1 AND used_at < now() - interval '1 hour'

-- name: session_drop
-- for: web
DELETE FROM session WHERE token_hash = $1

-- name: session_drop_others
-- for: web
DELETE FROM session WHERE person_id = current_person() AND token_hash <> $1

-- name: session_drop_person
-- for: web
DELETE FROM session WHERE person_id = $1

-- Which of these may still listen to these businesses' news, by position from 0.
-- name: session_still
-- for: web
SELECT u.n - 1,
       EXISTS (SELECT FROM session s
               JOIN person p ON p.id = s.person_id AND p.disabled_at IS NULL
               JOIN member m ON m.business_id = u.b AND m.person_id = p.id
               WHERE s.token_hash = u.h AND s.expires_at > now())
FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS u(h, b, n)

-- name: person_me
-- for: web
SELECT id, name, email, language, theme FROM person WHERE id = coalesce($1, current_person())

-- name: person_businesses
-- for: web
SELECT b.id, b.name, m.role, b.zone, b.is_demo
FROM member m JOIN business b ON b.id = m.business_id
WHERE m.person_id = coalesce($1, current_person())
ORDER BY b.name, b.id

-- name: person_patch
-- for: web
UPDATE person SET name = coalesce($1, name), language = coalesce($2, language), theme = coalesce($3, theme)
WHERE id = current_person()

-- name: person_password_hash
-- for: web
SELECT password_hash FROM person WHERE id = current_person()

-- name: person_password_set
-- for: web
UPDATE person SET password_hash = $1 WHERE id = current_person()

-- name: person_password_rehash
-- for: web
UPDATE person SET password_hash = $2 WHERE id = $1

-- name: people_list
-- for: web
SELECT p.id, p.name, p.email, m.role, p.disabled_at IS NOT NULL,
       (SELECT max(s.used_at) FROM session s WHERE s.person_id = p.id)
FROM member m JOIN person p ON p.id = m.person_id
WHERE m.business_id = $1 AND ($2::bigint IS NULL OR p.id = $2)
ORDER BY m.role, p.name, p.id

-- Only while an owner is left: role NULL keeps it, disabled NULL keeps it.
-- name: member_patch
-- for: web
UPDATE member SET role = coalesce($3, role)
WHERE business_id = $1 AND person_id = $2
  AND (role <> 1 OR ($3::smallint IS NULL OR $3 = 1) AND NOT coalesce($4, false)
       OR EXISTS (SELECT FROM member o JOIN person p ON p.id = o.person_id AND p.disabled_at IS NULL
                  WHERE o.business_id = $1 AND o.role = 1 AND o.person_id <> $2))

-- Two owners who demote each other at once wait for each other here.
-- name: member_lock
-- for: web
SELECT person_id FROM member WHERE business_id = $1 AND role = 1 ORDER BY person_id FOR UPDATE

-- A person who belongs elsewhere too is not ours alone to lock out.
-- name: person_disable
-- for: web
UPDATE person SET disabled_at = CASE WHEN $3 THEN coalesce(disabled_at, now()) END
WHERE id = $2 AND EXISTS (SELECT FROM member WHERE business_id = $1 AND person_id = $2)
  AND NOT EXISTS (SELECT FROM member WHERE business_id <> $1 AND person_id = $2)

-- name: made_once_get
-- for: web
SELECT kind, object_id FROM made_once WHERE business_id = $1 AND person_id = current_person() AND key = $2

-- name: made_once_add
-- for: web
INSERT INTO made_once (business_id, person_id, key, kind, object_id) VALUES ($1, current_person(), $2, $3, $4)

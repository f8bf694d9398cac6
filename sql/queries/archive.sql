-- Export files handed in by people.

-- name: archive_list
-- for: web
SELECT id, file_name, size, received, format, state, options, progress, summary, error, coalesce(channel_id, 0), created_at, done_at
FROM archive WHERE business_id = $1 AND ($2::bigint IS NULL OR id = $2) ORDER BY created_at DESC, id DESC LIMIT 100

-- name: archive_add
-- for: web
INSERT INTO archive (business_id, person_id, file_name, size) VALUES ($1, current_person(), $2, $3) RETURNING id

-- name: archive_lock
-- for: web
SELECT state, size, received FROM archive WHERE business_id = $1 AND id = $2 FOR UPDATE

-- name: archive_received
-- for: web
UPDATE archive SET received = $3 WHERE business_id = $1 AND id = $2 AND state = 0

-- name: archive_start
-- for: web
UPDATE archive SET state = 1, options = options || $3, channel_id = coalesce($4, channel_id), error = NULL, progress = '{}', done_at = NULL
WHERE business_id = $1 AND id = $2

-- name: archive_cancel
-- for: web
UPDATE archive SET state = 5, error = '{"code":"cancelled"}', done_at = now() WHERE business_id = $1 AND id = $2 AND state IN (0, 1, 2, 3, 6)

-- name: archive_undo
-- for: web
UPDATE archive SET state = 7, error = NULL WHERE business_id = $1 AND id = $2 AND state = 4

-- name: media_get
-- for: web
SELECT size, mime FROM media WHERE business_id = $1 AND hash = $2

-- Files that hang on messages (jobs/media.c, jobs/import_media.c).

-- name: media_wanted
-- for: work
SELECT a.message_id, a.position, a.type, coalesce(a.size, -1), a.ref, m.channel_id
FROM attachment a JOIN message m ON m.business_id = $1 AND m.id = a.message_id
WHERE a.business_id = $1 AND a.state = 1 AND a.message_id = ANY ($2) AND m.deleted_at IS NULL
ORDER BY a.message_id, a.position

-- name: media_kept
-- for: work
INSERT INTO media (business_id, hash, size, mime) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING

-- name: media_attach
-- for: work
-- Only where it is still waited for: while the file was on its way, its message may have been wiped.
UPDATE attachment a
SET state = $4, media_hash = $5, mime = CASE WHEN $6::text = '' THEN a.mime ELSE $6 END, size = coalesce($7, a.size),
    name = CASE WHEN a.name = '' THEN $8 ELSE a.name END
FROM message m
WHERE a.business_id = $1 AND a.message_id = $2 AND a.position = $3
  AND a.state IN (0, 1) AND m.business_id = $1 AND m.id = $2 AND m.deleted_at IS NULL

-- name: media_thread
-- for: work
SELECT thread_id FROM message WHERE business_id = $1 AND id = $2

-- name: media_by_name
-- for: work
SELECT a.message_id, a.position
FROM attachment a JOIN message m ON m.business_id = $1 AND m.id = a.message_id
WHERE a.business_id = $1 AND m.archive_id = $2 AND a.state IN (0, 1) AND a.media_hash IS NULL AND a.name = $3

-- name: media_names
-- for: work
SELECT DISTINCT a.name
FROM attachment a JOIN message m ON m.business_id = $1 AND m.id = a.message_id
WHERE a.business_id = $1 AND m.archive_id = $2 AND a.state IN (0, 1) AND a.media_hash IS NULL AND a.name <> ''

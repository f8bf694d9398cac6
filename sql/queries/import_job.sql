-- Archives on their way into a channel (jobs/import_job.c).

-- name: import_row
-- for: work
SELECT a.file_name, a.size, a.state, a.options, coalesce(a.channel_id, 0), b.zone
FROM archive a JOIN business b ON b.id = $1
WHERE a.business_id = $1 AND a.id = $2

-- name: import_self_names
-- for: work
SELECT n FROM channel ch, unnest(ch.self_names) n
WHERE ch.business_id = $1 AND ($2::bigint = 0 OR ch.id = $2) AND ch.removed_at IS NULL

-- name: import_self_known
-- for: work
UPDATE channel SET self_names = self_names || $3::text
WHERE business_id = $1 AND id = $2 AND NOT $3 = ANY (self_names) AND cardinality(self_names) < 20

-- name: import_channel_find
-- for: work
SELECT id FROM channel
WHERE business_id = $1 AND platform = $2 AND transport = 0 AND removed_at IS NULL
ORDER BY id LIMIT 1

-- name: import_channel_add
-- for: work
INSERT INTO channel (business_id, platform, external_id, name, transport) VALUES ($1, $2, '', $3, 0) RETURNING id

-- name: import_progress
-- for: work
UPDATE archive SET state = $3, progress = $4 WHERE business_id = $1 AND id = $2 AND state IN (1, 2, 3)

-- name: import_ended
-- for: work
UPDATE archive
SET state = $3, summary = $4, channel_id = coalesce($5, channel_id), format = $6, error = NULL, done_at = now()
WHERE business_id = $1 AND id = $2 AND state IN (1, 2, 3)

-- name: import_failed
-- for: work
UPDATE archive SET state = 5, error = $3, done_at = now() WHERE business_id = $1 AND id = $2 AND state IN (1, 2, 3)

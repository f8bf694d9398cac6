-- What commands do to businesses, people and channels, as the owner of the schema.

-- name: desk_find_business
-- for: work owner
-- By number, by exact name, or any for ''.
SELECT count(*), coalesce(min(id), 0) FROM business WHERE $1::text = '' OR id::text = $1 OR lower(name) = lower($1)

-- name: desk_find_channel
-- for: work owner
SELECT count(*), coalesce(min(id), 0) FROM channel
WHERE business_id = $1 AND removed_at IS NULL AND (id::text = $2 OR lower(name) = lower($2))

-- name: desk_add_channel
-- for: owner
INSERT INTO channel (business_id, platform, external_id, name, transport, status, token_sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id

-- name: desk_add_hook
-- for: owner
INSERT INTO hook (key, platform, business_id, channel_id, secret) VALUES ($1, $2, $3, $4, $5)

-- name: desk_sealed_values
-- for: owner
SELECT 1::smallint, business_id, id, token_sealed FROM channel WHERE token_sealed IS NOT NULL
UNION ALL SELECT 2::smallint, 0, id, secret_sealed FROM platform_app WHERE secret_sealed IS NOT NULL
ORDER BY 1, 2, 3

-- name: desk_reseal_channel
-- for: owner
UPDATE channel SET token_sealed = $3 WHERE business_id = $1 AND id = $2

-- name: desk_reseal_app
-- for: owner
UPDATE platform_app SET secret_sealed = $2 WHERE id = $1

-- name: desk_running
-- for: owner
-- Which of our processes are connected now.
SELECT coalesce(string_agg(DISTINCT application_name, ', '), '') FROM pg_stat_activity
WHERE datname = current_database() AND application_name IN ('tanggap-serve', 'tanggap-work')

-- name: desk_health
-- for: owner
SELECT (SELECT count(*) FROM delivery WHERE state = 2), (SELECT count(*) FROM delivery WHERE state = 0),
       coalesce((SELECT extract(epoch FROM now() - min(received_at))::bigint FROM delivery WHERE state = 0), 0),
       (SELECT count(*) FROM job WHERE state = 3), (SELECT count(*) FROM outbox WHERE state = 4),
       (SELECT count(*) FROM channel WHERE status = 2 AND removed_at IS NULL),
       (SELECT count(*) FROM business), (SELECT count(*) FROM person WHERE disabled_at IS NULL), clock_timestamp()

-- name: desk_autovacuum
-- for: owner
-- Without it, or with long pauses, plans are guesses while a shop fills and tables grow.
SELECT current_setting('autovacuum')::bool, (SELECT setting::bigint FROM pg_settings WHERE name = 'autovacuum_naptime')

-- name: desk_snapshot
-- for: owner
SELECT pg_export_snapshot()

-- name: desk_tables
-- for: owner
-- A line a table: name, rows, and a sum of hashes that does not depend on their order.
SELECT string_agg(concat_ws(' ', c.relname, (xpath('/row/n/text()', x))[1], (xpath('/row/h/text()', x))[1]), E'\n'
                  ORDER BY c.relname COLLATE "C")
FROM pg_class c,
     LATERAL query_to_xml(format('SELECT count(*) AS n, coalesce(sum((''x'' || left(md5(t::text), 15))::bit(60)::bigint), 0) AS h '
                                 'FROM public.%I t', c.relname), false, true, '') x
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace

-- A backup knows of a reply that was on its way then, and not whether it has left since.
-- name: desk_doubt_sends
-- for: owner
UPDATE outbox
SET state = 4, is_in_flight = false, lease_until = NULL, looks = 0, done_at = now(), fail_code = 'restored', fail_text = ''
WHERE state IN (0, 1) AND accepted_id IS NULL

-- name: desk_is_empty
-- for: owner
SELECT NOT EXISTS (SELECT FROM business) AND NOT EXISTS (SELECT FROM person)

-- name: desk_find_contact
-- for: work owner
-- By number, by name, or by a handle that a platform knows; who is merged is found as the one who stands for her.
SELECT count(*), coalesce(min(id), 0), coalesce(min(name), '')
FROM (SELECT DISTINCT r.id, r.name
      FROM contact k JOIN contact r ON r.business_id = $1 AND r.id = coalesce(k.merged_into, k.id)
      WHERE k.business_id = $1 AND r.erased_at IS NULL
        AND (k.id::text = $2 OR lower(k.name) = lower($2)
             OR EXISTS (SELECT FROM identity i WHERE i.business_id = $1 AND i.contact_id = k.id
                        AND $2 <> '' AND (i.external_id = $2 OR i.username_key = lower(ltrim($2, '@')) OR i.phone = $2
                                          OR i.phone = $3 AND $3 <> '')))) x

-- name: desk_business_zone
-- for: work
SELECT zone FROM business WHERE id = $1

-- name: desk_add_archive
-- for: work
INSERT INTO archive (business_id, file_name, size, received, state) VALUES ($1, $2, $3, $3, 2) RETURNING id

-- name: desk_end_archive
-- for: work
UPDATE archive SET state = $3, summary = coalesce($4, summary), channel_id = $5, format = $6, done_at = now()
WHERE business_id = $1 AND id = $2

-- name: desk_drop_archive
-- for: work
DELETE FROM archive WHERE business_id = $1 AND id = $2

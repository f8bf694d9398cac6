-- Webhooks as serve sees them.

-- name: hook_get
-- for: web
SELECT platform, coalesce(business_id, 0), coalesce(channel_id, 0), secret, verify_token FROM hook WHERE key = $1

-- name: hook_looked
-- for: web
UPDATE hook SET looked_at = now() WHERE key = $1 AND looked_at IS NULL

-- name: hook_store
-- for: web
INSERT INTO delivery (hook_key, platform, business_id, channel_id, headers, body)
SELECT k, p, nullif(b, 0), nullif(c, 0), h, body
FROM unnest($1::text[], $2::smallint[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[]) AS u(k, p, b, c, h, body)

-- How far work is behind, counted up to a bound.
-- name: hook_backlog
-- for: web
SELECT count(*), coalesce(min(id), 0) FROM (SELECT id FROM delivery WHERE state = 0 ORDER BY id LIMIT $1) d

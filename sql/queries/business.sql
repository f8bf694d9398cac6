-- Tenants (domain/business.c)

-- name: business_add
-- for: web owner
INSERT INTO business (name, zone, language, is_demo) VALUES ($1, $2, $3, $4) RETURNING id

-- name: business_get
-- for: web work owner
SELECT id, name, zone, language, is_demo, created_at FROM business WHERE id = $1

-- name: business_list
-- for: web work owner
SELECT id, name, zone, language, is_demo, created_at FROM business ORDER BY id

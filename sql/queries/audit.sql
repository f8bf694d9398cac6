-- The audit log (domain/audit.c)

-- name: audit_append
-- for: web work owner
SELECT audit_append($1, $2, $3, $4, $5)

-- name: audit_page
-- for: web work owner
SELECT seq, at, coalesce(person_id, 0), action, object, detail, prev_hash, hash
FROM audit
WHERE business_id = $1 AND seq > $2
ORDER BY seq
LIMIT $3

-- name: audit_end
-- for: web work owner
SELECT seq, hash FROM audit_head WHERE business_id = $1

-- name: audit_contact_key
-- for: web work owner
WITH made AS (
    INSERT INTO contact_key (business_id, contact_id, key)
    SELECT business_id, id, $3 FROM contact WHERE business_id = $1 AND id = $2 AND erased_at IS NULL
    ON CONFLICT DO NOTHING
    RETURNING key
)
SELECT key FROM made
UNION ALL
SELECT key FROM contact_key WHERE business_id = $1 AND contact_id = $2
LIMIT 1

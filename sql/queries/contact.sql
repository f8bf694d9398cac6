-- Contacts as the panel shows them: one stands for all that are merged into it.

-- part: contact_row
SELECT c.id, c.name, least(c.created_at, s.first_at) AS since,
       (SELECT json_agg(json_build_object('platform', ('{csv,whatsapp,messenger,facebook,instagram,telegram,line,youtube,x,sim}'::text[])[i.platform + 1],
                                          'username', i.username, 'phone', i.phone, 'name', i.name) ORDER BY i.id)
        FROM contact m JOIN identity i ON i.business_id = $1 AND i.contact_id = m.id
        WHERE m.business_id = $1 AND (m.id = c.id OR m.merged_into = c.id)),
       s.last_at, s.n, c.name_key

-- part: contact_talks
LEFT JOIN LATERAL (SELECT min(v.first_at) AS first_at, max(v.last_at) AS last_at, count(*) AS n
                   FROM contact m JOIN thread t ON t.business_id = $1 AND t.contact_id = m.id
                   JOIN conversation v ON v.business_id = $1 AND v.thread_id = t.id
                   WHERE m.business_id = $1 AND (m.id = c.id OR m.merged_into = c.id)) s ON true

-- $6: the digits that a telephone number must hold, '' when nobody looks for one. OFFSET 0 keeps the planner from hashing
-- all contacts there are before it looks at the first.
-- name: contact_page
-- for: web
@contact_row
FROM (SELECT * FROM (SELECT * FROM contact
      WHERE business_id = $1 AND erased_at IS NULL AND merged_into IS NULL AND (name_key, id) > ($2, $3)
        AND ($4::text = '' OR name_key LIKE '%' || lower($4) || '%'
             OR EXISTS (SELECT FROM contact m WHERE m.business_id = $1 AND m.merged_into = contact.id
                        AND m.name_key LIKE '%' || lower($4) || '%' OFFSET 0)
             OR EXISTS (SELECT FROM contact m JOIN identity i ON i.business_id = $1 AND i.contact_id = m.id
                        WHERE m.business_id = $1 AND (m.id = contact.id OR m.merged_into = contact.id)
                          AND (i.username_key LIKE '%' || lower(ltrim($4, '@')) || '%' OR i.phone LIKE '%' || $4 || '%'
                               OR $6::text <> '' AND i.phone LIKE '%' || $6 || '%') OFFSET 0))
      ORDER BY name_key, id LIMIT 101) most ORDER BY name_key, id LIMIT $5) c
@contact_talks
ORDER BY c.name_key, c.id

-- Who is merged is shown as the one who stands for her.
-- name: contact_get
-- for: web
@contact_row
FROM contact c
@contact_talks
WHERE c.business_id = $1 AND c.erased_at IS NULL
  AND c.id = (SELECT coalesce(merged_into, id) FROM contact WHERE business_id = $1 AND id = $2)

-- name: contact_rename
-- for: web
UPDATE contact SET name = $3 WHERE business_id = $1 AND id = $2 AND erased_at IS NULL

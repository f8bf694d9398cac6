-- Contacts as the panel shows them.

-- name: contact_page
-- for: web
SELECT c.id, c.name, least(c.created_at, s.first_at) AS since,
       (SELECT json_agg(json_build_object('platform', ('{csv,whatsapp,messenger,facebook,instagram,telegram,line,youtube,x,sim}'::text[])[i.platform + 1],
                                          'username', i.username, 'phone', i.phone, 'name', i.name) ORDER BY i.id)
        FROM identity i WHERE i.business_id = $1 AND i.contact_id = c.id),
       s.last_at, s.n, c.name_key
FROM (SELECT * FROM (SELECT * FROM contact
      WHERE business_id = $1 AND erased_at IS NULL AND merged_into IS NULL AND (name_key, id) > ($2, $3)
        AND ($4::text = '' OR name_key LIKE '%' || lower($4) || '%'
             OR EXISTS (SELECT FROM identity i WHERE i.business_id = $1 AND i.contact_id = contact.id
                        AND (lower(i.username) LIKE '%' || lower($4) || '%' OR i.phone LIKE '%' || $4 || '%')))
      ORDER BY name_key, id LIMIT 101) most ORDER BY name_key, id LIMIT $5) c
LEFT JOIN LATERAL (SELECT min(v.first_at) AS first_at, max(v.last_at) AS last_at, count(*) AS n
                   FROM thread t JOIN conversation v ON v.business_id = $1 AND v.thread_id = t.id
                   WHERE t.business_id = $1 AND t.contact_id = c.id) s ON true
ORDER BY c.name_key, c.id

-- name: contact_get
-- for: web
SELECT c.id, c.name, least(c.created_at, s.first_at) AS since,
       (SELECT json_agg(json_build_object('platform', ('{csv,whatsapp,messenger,facebook,instagram,telegram,line,youtube,x,sim}'::text[])[i.platform + 1],
                                          'username', i.username, 'phone', i.phone, 'name', i.name) ORDER BY i.id)
        FROM identity i WHERE i.business_id = $1 AND i.contact_id = c.id),
       s.last_at, s.n, c.name_key
FROM contact c
LEFT JOIN LATERAL (SELECT min(v.first_at) AS first_at, max(v.last_at) AS last_at, count(*) AS n
                   FROM thread t JOIN conversation v ON v.business_id = $1 AND v.thread_id = t.id
                   WHERE t.business_id = $1 AND t.contact_id = c.id) s ON true
WHERE c.business_id = $1 AND c.id = $2 AND c.erased_at IS NULL

-- name: contact_rename
-- for: web
UPDATE contact SET name = $3 WHERE business_id = $1 AND id = $2 AND erased_at IS NULL

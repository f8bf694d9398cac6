-- A business's messages as events in the normal form, thread by thread.

-- name: export_channel
-- for: work
SELECT id FROM channel WHERE business_id = $1::bigint AND id = $2::bigint;

-- name: export_contact
-- for: work
SELECT id FROM contact WHERE business_id = $1::bigint AND id = $2::bigint;

-- Threads in the order of their names, so that the same rows give the same bytes whatever their numbers.
-- name: export_threads
-- for: work
SELECT t.id, t.type, t.external_id, t.post, t.title, t.peer_read_at, c.id, c.platform, c.external_id,
       $6::bigint <> 0 AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.business_id = $1::bigint AND k.id = t.contact_id
                                       AND (k.id = $6::bigint OR k.merged_into = $6::bigint))
FROM thread t JOIN channel c ON c.business_id = $1::bigint AND c.id = t.channel_id
WHERE t.business_id = $1::bigint
  AND (c.platform, c.external_id COLLATE "C", c.id, t.external_id COLLATE "C") > ($2::smallint, $3::text, $4::bigint, $5::text)
  AND ($7::bigint = 0 OR t.channel_id = $7::bigint)
  AND ($6::bigint = 0 OR t.contact_id IN (
       SELECT id FROM contact WHERE business_id = $1::bigint AND (id = $6::bigint OR merged_into = $6::bigint)) OR t.id IN (
       SELECT m.thread_id FROM message m JOIN identity i ON i.business_id = $1::bigint AND i.id = m.identity_id
       JOIN contact k ON k.business_id = $1::bigint AND k.id = i.contact_id
       WHERE m.business_id = $1::bigint AND (k.id = $6::bigint OR k.merged_into = $6::bigint)))
ORDER BY c.platform, c.external_id COLLATE "C", c.id, t.external_id COLLATE "C" LIMIT 200;

-- name: export_messages
-- for: work
SELECT m.external_id, m.kind, m.direction, m.sender_kind, m.device, m.delivery_state, m.sent_at, m.edited_at, m.deleted_at,
       m.text, m.reply_to, m.fail_text, m.entities::text, m.detail::text, i.scope, i.external_id, i.name, i.username,
       i.phone,
       (SELECT jsonb_agg(jsonb_build_object('at', to_char(x.seen_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                   'text', x.text, 'entities', x.entities::text) ORDER BY x.version)::text
        FROM message_version x WHERE x.business_id = $1::bigint AND x.message_id = m.id),
       (SELECT jsonb_agg(jsonb_build_object('at', to_char(r.reacted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                   'who', r.author_key, 'emoji', r.emoji, 'ours', r.direction = 2) ORDER BY r.author_key COLLATE "C")::text
        FROM reaction r WHERE r.business_id = $1::bigint AND r.message_id = m.id),
       (SELECT jsonb_agg(jsonb_build_object('type', a.type, 'mime', a.mime, 'name', a.name, 'size', a.size, 'ref', a.ref,
                   'url', a.url, 'lat', a.lat, 'lon', a.lon) ORDER BY a.position)::text
        FROM attachment a WHERE a.business_id = $1::bigint AND a.message_id = m.id)
FROM message m LEFT JOIN identity i ON i.business_id = $1::bigint AND i.id = m.identity_id
WHERE m.business_id = $1::bigint AND m.thread_id = $2::bigint AND m.sent_at >= coalesce($3::timestamptz, '-infinity')
  AND ($3::timestamptz IS NULL OR (m.sent_at, octet_length(m.external_id), m.external_id COLLATE "C") >
       ($3::timestamptz, octet_length($4::text), $4::text))
  AND ($5::bigint = 0 OR i.contact_id IN (
       SELECT id FROM contact WHERE business_id = $1::bigint AND (id = $5::bigint OR merged_into = $5::bigint)))
ORDER BY m.sent_at, octet_length(m.external_id), m.external_id COLLATE "C" LIMIT 500;

-- One conversation, its thread's messages, and what people do to it.

-- name: conversation_place
-- for: web
SELECT v.thread_id, v.channel_id, coalesce(v.contact_id, 0), v.status, v.is_head, t.type, t.detail, ch.platform, ch.transport, ch.status,
       coalesce((SELECT bool_and(i.is_blocked) FROM identity i WHERE i.business_id = $1 AND i.contact_id = v.contact_id), false),
       coalesce((SELECT m.id FROM message m WHERE m.business_id = $1 AND m.thread_id = v.thread_id ORDER BY m.sent_at DESC, m.id DESC LIMIT 1), 0),
       (SELECT m.sent_at FROM message m WHERE m.business_id = $1 AND m.thread_id = v.thread_id AND m.direction = 1 ORDER BY m.sent_at DESC, m.id DESC LIMIT 1)
FROM conversation v
JOIN thread t ON t.business_id = $1 AND t.id = v.thread_id
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
WHERE v.business_id = $1 AND v.id = $2

-- name: conversation_episodes
-- for: web
SELECT v.id, v.first_at, v.last_at, v.status, v.resolved_at, p.name
FROM conversation v LEFT JOIN person p ON p.id = v.resolved_by
WHERE v.business_id = $1 AND v.thread_id = $2
ORDER BY v.first_at DESC, v.id DESC LIMIT 20

-- Newest first. Who reacted and what hangs on it come as JSON, made where the rows are. The last three columns are of the
-- conversation and the same in each row: its thread, and whether replies are on their way or people have acted there,
-- which mostly spares two statements more. A conversation without a message gives one row of NULLs before them. OFFSET 0
-- keeps the planner from asking for them once a message.
-- name: message_page
-- for: web
SELECT m.id, m.external_id, m.conversation_id, m.direction, m.sender_kind, m.device, m.kind, coalesce(m.identity_id, 0), i.name,
       coalesce(m.person_id, 0), p.name, m.sent_at, m.text, m.entities, m.edited_at, m.deleted_at, m.version,
       coalesce(q.id, 0), q.text, q.name, m.reply_to IS NOT NULL,
       m.delivery_state, m.fail_text, m.detail, m.is_backfill,
       CASE WHEN m.has_attachments THEN (
           SELECT json_agg(json_build_object(
                      'type', ('{file,image,video,audio,voice,sticker,location,contact,link,product}'::text[])[a.type + 1],
                      'state', ('{none,wanted,stored,too_large,gone}'::text[])[a.state + 1],
                      'mime', a.mime, 'name', a.name, 'size', a.size,
                      'url', CASE WHEN a.state = 2 THEN '/api/v1/b/' || $1 || '/media/' || encode(a.media_hash, 'hex') END,
                      'lat', a.lat, 'lon', a.lon) ORDER BY a.position)
           FROM attachment a WHERE a.business_id = $1 AND a.message_id = m.id) END,
       CASE WHEN EXISTS (SELECT FROM reaction x WHERE x.business_id = $1 AND x.message_id = m.id) THEN (
           SELECT json_agg(json_build_object('emoji', x.emoji, 'direction', CASE x.direction WHEN 2 THEN 'out' ELSE 'in' END) ORDER BY x.reacted_at)
           FROM reaction x WHERE x.business_id = $1 AND x.message_id = m.id AND x.emoji <> '') END,
       (SELECT json_build_object('act', ('{hide,unhide,delete,like,unlike,hold,publish,reject,edit,react}'::text[])[x.act + 1],
                   'state', CASE x.state WHEN 3 THEN 'refused' ELSE 'queued' END, 'code', x.fail_code, 'text', x.fail_text, 'at', x.created_at)
        FROM (SELECT * FROM moderation x WHERE x.business_id = $1 AND x.message_id = m.id ORDER BY x.id DESC LIMIT 1) x
        WHERE x.state IN (0, 1, 3)),
       v.thread_id, v.has_pending, v.has_activity
FROM (SELECT c.thread_id,
             EXISTS (SELECT FROM outbox o WHERE o.business_id = $1 AND o.thread_id = c.thread_id AND o.state IN (0, 1, 3, 4)) AS has_pending,
             EXISTS (SELECT FROM activity a WHERE a.business_id = $1 AND a.thread_id = c.thread_id) AS has_activity
      FROM conversation c WHERE c.business_id = $1 AND c.id = $2 OFFSET 0) v
LEFT JOIN LATERAL (SELECT * FROM (SELECT * FROM message
      WHERE business_id = $1 AND thread_id = v.thread_id AND (sent_at, id) < ($3, $4)
      ORDER BY sent_at DESC, id DESC LIMIT 101) most ORDER BY sent_at DESC, id DESC LIMIT $5) m ON true
LEFT JOIN identity i ON i.business_id = $1 AND i.id = m.identity_id
LEFT JOIN person p ON p.id = m.person_id
LEFT JOIN LATERAL (
    SELECT o.id, left(o.text, 160) AS text, coalesce(op.name, oi.name) AS name
    FROM message o
    LEFT JOIN identity oi ON oi.business_id = $1 AND oi.id = o.identity_id
    LEFT JOIN person op ON op.id = o.person_id
    WHERE m.reply_to IS NOT NULL AND o.business_id = $1 AND o.channel_id = m.channel_id AND o.external_id = m.reply_to LIMIT 1) q ON true
ORDER BY m.sent_at DESC, m.id DESC

-- name: message_place
-- for: web
SELECT thread_id, conversation_id, sent_at FROM message WHERE business_id = $1 AND id = $2

-- name: message_versions
-- for: web
SELECT version, seen_at, text FROM message_version WHERE business_id = $1 AND message_id = $2
UNION ALL
SELECT version, coalesce(edited_at, received_at), text FROM message WHERE business_id = $1 AND id = $2
ORDER BY 1

-- name: activity_page
-- for: web
SELECT a.id, a.kind, p.name, a.happened_at, a.conversation_id, a.detail
FROM activity a LEFT JOIN person p ON p.id = a.person_id
WHERE a.business_id = $1 AND a.thread_id = $2 AND a.happened_at >= $3
ORDER BY a.happened_at DESC, a.id DESC LIMIT 100

-- name: activity_add
-- for: web
INSERT INTO activity (business_id, conversation_id, thread_id, kind, person_id, detail)
SELECT $1, id, thread_id, $3, current_person(), $4 FROM conversation WHERE business_id = $1 AND id = $2

-- The row lock orders two people who act at once. Returns what stood before.
-- name: conversation_lock
-- for: web
SELECT thread_id, status, coalesce(assignee_id, 0), is_head FROM conversation WHERE business_id = $1 AND id = $2 FOR UPDATE

-- name: conversation_status_set
-- for: web
UPDATE conversation SET status = $3::smallint, is_touched = true,
       resolved_at = CASE WHEN $3::smallint = 2 THEN now() END, resolved_by = CASE WHEN $3::smallint = 2 THEN current_person() END
WHERE business_id = $1 AND id = $2

-- name: conversation_assign
-- for: web
UPDATE conversation SET assignee_id = $3, is_touched = true
WHERE business_id = $1 AND id = $2
  AND ($3::bigint IS NULL OR EXISTS (SELECT FROM member m JOIN person p ON p.id = m.person_id AND p.disabled_at IS NULL
                                     WHERE m.business_id = $1 AND m.person_id = $3))

-- name: conversation_touch
-- for: web
UPDATE conversation SET is_touched = true WHERE business_id = $1 AND id = $2

-- name: thread_read_set
-- for: web
INSERT INTO thread_read AS r (business_id, person_id, thread_id, read_at) VALUES ($1, current_person(), $2, $3)
ON CONFLICT (business_id, person_id, thread_id) DO UPDATE SET read_at = greatest(r.read_at, excluded.read_at)

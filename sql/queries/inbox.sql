-- The inbox: one row a thread, its newest episode. Each page is one statement and one range of one index:
-- conversation_waiting for who waits, conversation_activity, _channel or _mine for the others. $2 and $3 are where the
-- last page ended. The inner LIMIT is a number so that a generic plan reckons with a page and not with a tenth of the table;
-- names and read marks are scalar subqueries, so that they stay look-ups by key, whatever the planner thinks of random reads.

-- A post under which nobody has spoken is no work: it stands in no list.
-- part: inbox_row
SELECT v.id, v.thread_id, v.thread_type, v.channel_id, ch.platform,
       CASE WHEN v.thread_type = 2 THEN (SELECT title FROM thread WHERE business_id = $1 AND id = v.thread_id)
            ELSE coalesce((SELECT nullif(coalesce((SELECT name FROM contact WHERE business_id = $1 AND id = k.merged_into), k.name), '')
                           FROM contact k WHERE k.business_id = $1 AND k.id = v.contact_id),
                          (SELECT title FROM thread WHERE business_id = $1 AND id = v.thread_id)) END,
       (SELECT coalesce(k.merged_into, k.id) FROM contact k WHERE k.business_id = $1 AND k.id = v.contact_id), v.last_text, v.last_side, v.last_at, v.wait_since, v.status, v.assignee_id,
       coalesce(v.last_in_at > coalesce((SELECT read_at FROM thread_read WHERE business_id = $1 AND person_id = (SELECT current_person()) AND thread_id = v.thread_id),
                                        CASE WHEN v.is_backfill THEN 'infinity'::timestamptz ELSE '-infinity' END), false), v.is_backfill, v.first_at,
       CASE WHEN v.thread_type = 0 THEN coalesce(v.last_in_at, (SELECT m.sent_at FROM message m WHERE m.business_id = $1 AND m.thread_id = v.thread_id
                                                                AND m.direction = 1 ORDER BY m.sent_at DESC, m.id DESC LIMIT 1)) END

-- name: inbox_waiting
-- for: web
@inbox_row
FROM (SELECT * FROM (SELECT * FROM conversation
      WHERE business_id = $1 AND is_head AND wait_since IS NOT NULL AND (wait_since, id) > ($2, $3)
      ORDER BY wait_since, id LIMIT 101) most ORDER BY wait_since, id LIMIT $4) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.wait_since, v.id

-- name: inbox_waiting_channel
-- for: web
@inbox_row
FROM (SELECT * FROM (SELECT * FROM conversation
      WHERE business_id = $1 AND is_head AND wait_since IS NOT NULL AND (wait_since, id) > ($2, $3) AND channel_id = $5
      ORDER BY wait_since, id LIMIT 101) most ORDER BY wait_since, id LIMIT $4) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.wait_since, v.id

-- name: inbox_status
-- for: web
@inbox_row
FROM (SELECT * FROM (SELECT * FROM conversation
      WHERE business_id = $1 AND is_head AND (thread_type <> 1 OR contact_id IS NOT NULL OR last_in_at IS NOT NULL) AND status = $5 AND (last_at, id) < ($2, $3)
      ORDER BY last_at DESC, id DESC LIMIT 101) most ORDER BY last_at DESC, id DESC LIMIT $4) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.last_at DESC, v.id DESC

-- name: inbox_status_channel
-- for: web
@inbox_row
FROM (SELECT * FROM (SELECT * FROM conversation
      WHERE business_id = $1 AND is_head AND (thread_type <> 1 OR contact_id IS NOT NULL OR last_in_at IS NOT NULL) AND status = $5 AND channel_id = $6 AND (last_at, id) < ($2, $3)
      ORDER BY last_at DESC, id DESC LIMIT 101) most ORDER BY last_at DESC, id DESC LIMIT $4) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.last_at DESC, v.id DESC

-- name: inbox_mine
-- for: web
@inbox_row
FROM (SELECT * FROM (SELECT * FROM conversation
      WHERE business_id = $1 AND is_head AND assignee_id = current_person() AND status = 0 AND (last_at, id) < ($2, $3)
      ORDER BY last_at DESC, id DESC LIMIT 101) most ORDER BY last_at DESC, id DESC LIMIT $4) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.last_at DESC, v.id DESC

-- name: inbox_mine_channel
-- for: web
@inbox_row
FROM (SELECT * FROM (SELECT * FROM conversation
      WHERE business_id = $1 AND is_head AND assignee_id = current_person() AND status = 0 AND channel_id = $5 AND (last_at, id) < ($2, $3)
      ORDER BY last_at DESC, id DESC LIMIT 101) most ORDER BY last_at DESC, id DESC LIMIT $4) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.last_at DESC, v.id DESC

-- name: inbox_unassigned
-- for: web
@inbox_row
FROM (SELECT * FROM (SELECT * FROM conversation
      WHERE business_id = $1 AND is_head AND (thread_type <> 1 OR contact_id IS NOT NULL OR last_in_at IS NOT NULL) AND assignee_id IS NULL AND status = 0 AND (last_at, id) < ($2, $3)
      ORDER BY last_at DESC, id DESC LIMIT 101) most ORDER BY last_at DESC, id DESC LIMIT $4) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.last_at DESC, v.id DESC

-- name: inbox_unassigned_channel
-- for: web
@inbox_row
FROM (SELECT * FROM (SELECT * FROM conversation
      WHERE business_id = $1 AND is_head AND (thread_type <> 1 OR contact_id IS NOT NULL OR last_in_at IS NOT NULL) AND assignee_id IS NULL AND status = 0 AND channel_id = $5 AND (last_at, id) < ($2, $3)
      ORDER BY last_at DESC, id DESC LIMIT 101) most ORDER BY last_at DESC, id DESC LIMIT $4) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.last_at DESC, v.id DESC

-- The newest conversations with one contact and whoever is merged into it.
-- name: inbox_contact
-- for: web
@inbox_row
FROM (SELECT w.* FROM contact k JOIN thread s ON s.business_id = $1 AND s.contact_id = k.id
      JOIN LATERAL (SELECT * FROM conversation WHERE business_id = $1 AND thread_id = s.id ORDER BY first_at DESC LIMIT 20) w ON true
      WHERE k.business_id = $1 AND (k.id = $2 OR k.merged_into = $2)
      ORDER BY w.last_at DESC, w.id DESC LIMIT 20) v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
ORDER BY v.last_at DESC, v.id DESC

-- name: inbox_row
-- for: web
@inbox_row
FROM conversation v
JOIN channel ch ON ch.business_id = $1 AND ch.id = v.channel_id
WHERE v.business_id = $1 AND v.id = $2

-- Each capped at 1000: nobody reads further, and the cost does not grow with the shop. The order ties each to its index;
-- without it the planner walks the table, hoping for early matches.
-- name: inbox_counts
-- for: web
SELECT (SELECT count(*) FROM (SELECT FROM conversation WHERE business_id = $1 AND is_head AND wait_since IS NOT NULL ORDER BY wait_since, id LIMIT 1000) x),
       (SELECT count(*) FROM (SELECT FROM conversation WHERE business_id = $1 AND is_head AND assignee_id = current_person() AND status = 0 ORDER BY last_at DESC, id DESC LIMIT 1000) x),
       (SELECT count(*) FROM (SELECT FROM conversation WHERE business_id = $1 AND is_head AND (thread_type <> 1 OR contact_id IS NOT NULL OR last_in_at IS NOT NULL) AND status = 0 ORDER BY last_at DESC, id DESC LIMIT 1000) x),
       (SELECT count(*) FROM (SELECT FROM conversation WHERE business_id = $1 AND is_head AND (thread_type <> 1 OR contact_id IS NOT NULL OR last_in_at IS NOT NULL) AND status = 0 AND assignee_id IS NULL ORDER BY last_at DESC, id DESC LIMIT 1000) x),
       (SELECT wait_since FROM conversation WHERE business_id = $1 AND is_head AND wait_since IS NOT NULL ORDER BY wait_since LIMIT 1),
       (SELECT count(*) FROM channel WHERE business_id = $1 AND removed_at IS NULL AND status = 2)

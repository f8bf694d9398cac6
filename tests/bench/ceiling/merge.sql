-- COPY into a staging table, then one set-based merge, one transaction: what a file import must at least do.
-- psql variable file: the rows as COPY text (channel, contact, message, body).
BEGIN;
CREATE TEMP TABLE stage (ch int, c text, m text, b text) ON COMMIT DROP;
\copy stage FROM pstdin
ANALYZE stage;
INSERT INTO contact (channel_id, external_id, name)
SELECT DISTINCT ch, c, c FROM stage ON CONFLICT DO NOTHING;
INSERT INTO conversation (channel_id, contact_id)
SELECT DISTINCT k.channel_id, k.id FROM stage s JOIN contact k ON k.channel_id = ch AND k.external_id = c
ON CONFLICT DO NOTHING;
WITH ins AS (
    INSERT INTO message (conversation_id, channel_id, external_id, body)
    SELECT v.id, ch, m, b FROM stage JOIN contact k ON k.channel_id = ch AND k.external_id = c
    JOIN conversation v ON v.channel_id = k.channel_id AND v.contact_id = k.id
    ON CONFLICT (channel_id, external_id) DO NOTHING RETURNING id, conversation_id),
agg AS (SELECT conversation_id, max(id) mid, count(*) n FROM ins GROUP BY 1)
UPDATE conversation v SET last_activity_at = now(), last_message_id = mid, unread_count = unread_count + n, status = 0
FROM agg WHERE agg.conversation_id = v.id;
COMMIT;

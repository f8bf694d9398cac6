-- A shop of :messages messages in a tenth as many conversations, for psql as a superuser:
--   psql -v business=1 -v messages=1000000 -f seed.sql
-- One thread in a hundred is long (500 messages), the others have five; a tenth waits, half is resolved. Deterministic
-- but for now().
SET session_replication_role = replica;
SET synchronous_commit = off;
CREATE TEMPORARY TABLE seed AS SELECT :business::bigint AS b, :messages::bigint / 10 AS threads;

CREATE TEMPORARY TABLE seed_channel AS
WITH made AS (
    INSERT INTO channel (business_id, platform, external_id, name, transport)
    SELECT b, 5, 'seed' || i, 'Bot ' || i, 1 FROM seed, generate_series(1, 4) i RETURNING id)
SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM made;

-- One base for all ids: rows that belong together have the same number.
CREATE TEMPORARY TABLE seed_base AS
SELECT greatest((SELECT coalesce(max(id), 0) FROM contact), (SELECT coalesce(max(id), 0) FROM identity), (SELECT coalesce(max(id), 0) FROM thread),
                (SELECT coalesce(max(id), 0) FROM conversation)) AS base, (SELECT coalesce(max(id), 0) FROM message) AS message_base;

INSERT INTO contact (business_id, id, name)
SELECT b, base + i, (ARRAY['Sari', 'Budi', 'Dewi', 'Rina', 'Agus', 'Wati', 'Joko', 'Putri'])[i % 8 + 1] || ' ' || i
FROM seed, seed_base, generate_series(1, threads) i;
INSERT INTO identity (business_id, id, contact_id, platform, external_id, name)
SELECT b, base + i, base + i, 5, 'seed' || i, 'Pelanggan ' || i FROM seed, seed_base, generate_series(1, threads) i;
INSERT INTO thread (business_id, id, channel_id, type, external_id, contact_id)
SELECT b, base + i, ch.id, 0, 'seed' || i, base + i
FROM seed, seed_base, generate_series(1, threads) i JOIN seed_channel ch ON ch.n = i % 4;

INSERT INTO message (business_id, id, thread_id, conversation_id, channel_id, external_id, direction, sender_kind, sent_at, text, identity_id)
SELECT b, message_base + row_number() OVER (), base + i, base + i, ch.id, 'seed' || i || '/' || k,
       CASE WHEN k % 3 = 0 THEN 2 ELSE 1 END, CASE WHEN k % 3 = 0 THEN 2 ELSE 1 END,
       now() - (i * 37 % 7776000) * interval '1 second' - (500 - k) * interval '1 minute',
       'Halo kak, pesanan nomor ' || i * 1000 + k || ' belum sampai sejak kemarin, mohon dicek ya, alamatnya sudah benar kan',
       CASE WHEN k % 3 <> 0 THEN base + i END
FROM seed, seed_base, generate_series(1, threads) i JOIN seed_channel ch ON ch.n = i % 4,
     LATERAL generate_series(1, CASE WHEN i % 100 = 0 THEN 500 ELSE 5 END) k;

INSERT INTO conversation (business_id, id, thread_id, channel_id, contact_id, status, first_at, last_at, started_by, wait_since, message_count,
                          last_in_at, last_message_id, last_text, last_side)
SELECT b, m.thread_id, m.thread_id, t.channel_id, t.contact_id, CASE WHEN m.thread_id % 2 = 0 THEN 2 ELSE 0 END, m.first_at, m.last_at, 1,
       CASE WHEN m.thread_id % 20 IN (1, 3) THEN m.last_at END, m.n, m.last_at, m.last_id, 'Halo kak, pesanan belum sampai sejak kemarin', 1
FROM seed, seed_base, LATERAL (
    SELECT thread_id, min(sent_at) AS first_at, max(sent_at) AS last_at, max(id) AS last_id, count(*) AS n
    FROM message WHERE business_id = b AND thread_id > base GROUP BY thread_id) m
JOIN thread t ON t.business_id = m.thread_id * 0 + :business AND t.id = m.thread_id;

SELECT setval(pg_get_serial_sequence(t, 'id'), (xpath('/row/m/text()', query_to_xml(format('SELECT max(id) AS m FROM %I', t), false, true, '')))[1]::text::bigint)
FROM unnest(ARRAY['contact', 'identity', 'thread', 'conversation', 'message']) t;

-- Least privilege: run after every migration, safe to run again. What is here and what the statements need are held
-- against each other by tests/db/test_sqlcheck, both ways. Three roles: tanggap_owner (migrations, owns all),
-- tanggap_web (serve), tanggap_work (work). None has BYPASSRLS; the two below own nothing.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, tanggap_web, tanggap_work;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, tanggap_web, tanggap_work', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tanggap_web, tanggap_work', current_database());
    -- staging tables for COPY, which refuses tables under row-level security
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO tanggap_work', current_database());
END $$;
GRANT USAGE ON SCHEMA public TO tanggap_web, tanggap_work;
GRANT EXECUTE ON FUNCTION current_business(), current_person() TO tanggap_web, tanggap_work;
GRANT EXECUTE ON FUNCTION audit_append(bigint, bigint, text, text, text) TO tanggap_web, tanggap_work;
GRANT EXECUTE ON FUNCTION session_enter(bytea, bigint, int) TO tanggap_web;
GRANT EXECUTE ON FUNCTION media_is_used(bytea), channel_route(smallint[], text[]) TO tanggap_work;

-- serve: reads the tenant's data, writes what people do
GRANT SELECT ON business, person, member, contact, contact_key, identity, thread, conversation, archive, message,
    message_version, media, attachment, reaction, wait, outbox, activity, thread_read, job, audit, audit_head, ready,
    channel_gap, schema_migration TO tanggap_web;
-- all of a channel but its sealed token, which serve may write and never read
DO $$
BEGIN
    EXECUTE (SELECT format('GRANT SELECT (%s) ON channel TO tanggap_web', string_agg(quote_ident(attname), ', '))
             FROM pg_attribute
             WHERE attrelid = 'channel'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'token_sealed');
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, login_attempt TO tanggap_web;
GRANT SELECT, INSERT, DELETE, UPDATE (channel_id, looked_at) ON hook TO tanggap_web;
GRANT SELECT, INSERT, DELETE ON channel_login TO tanggap_web;
GRANT SELECT, INSERT ON data_deletion TO tanggap_web;
-- serve counts how far work is behind, and reads no body back
GRANT INSERT, SELECT (id, state) ON delivery TO tanggap_web;
GRANT SELECT, INSERT ON made_once TO tanggap_web;
GRANT SELECT, INSERT, UPDATE ON moderation TO tanggap_web;
GRANT SELECT ON post TO tanggap_web;
GRANT INSERT, UPDATE ON ready, channel, archive, message, outbox, thread_read, person, member TO tanggap_web;
GRANT INSERT, UPDATE, DELETE ON wait TO tanggap_web;
GRANT INSERT ON business, contact_key, activity, job TO tanggap_web;
GRANT UPDATE (again, again_at, payload) ON job TO tanggap_web;
GRANT UPDATE ON contact, thread, conversation TO tanggap_web;
GRANT SELECT, INSERT, UPDATE ON contact_merge TO tanggap_web;
GRANT SELECT, INSERT ON contact_apart TO tanggap_web;

-- work: everything that comes in and goes out
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery, ready, job, identity, thread, thread_alias, conversation, message,
    message_version, attachment, reaction, wait, archive TO tanggap_work;
GRANT SELECT, INSERT, DELETE ON message_told TO tanggap_work;
GRANT SELECT, UPDATE ON moderation TO tanggap_work;
GRANT SELECT, INSERT, UPDATE ON post, post_numbers, channel_numbers TO tanggap_work;
GRANT SELECT, INSERT, UPDATE ON channel, channel_gap, contact TO tanggap_work;
-- an import that is taken back takes its people and what was done about them along
GRANT DELETE ON contact, activity TO tanggap_work;
GRANT SELECT, INSERT, DELETE ON contact_key, media, parked_event TO tanggap_work;
GRANT SELECT, INSERT, UPDATE ON activity TO tanggap_work;
GRANT SELECT, UPDATE ON outbox TO tanggap_work;
GRANT SELECT, INSERT ON hook, erasure TO tanggap_work;
GRANT UPDATE (channel_id) ON hook TO tanggap_work;
GRANT SELECT, UPDATE ON data_deletion TO tanggap_work;
GRANT SELECT, DELETE ON channel_login TO tanggap_work;
GRANT SELECT, DELETE ON session, login_attempt, made_once TO tanggap_work;
GRANT SELECT ON business, audit, audit_head, schema_migration TO tanggap_work;
-- ingest draws ids ahead of its inserts, so that one batch needs no answer from any of them
GRANT USAGE ON SEQUENCE contact_id_seq, identity_id_seq, thread_id_seq, conversation_id_seq, message_id_seq TO tanggap_work;
GRANT EXECUTE ON FUNCTION message_gist(text, jsonb, text), message_flag(jsonb, text) TO tanggap_work;

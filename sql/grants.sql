-- Least privilege: run after every migration, safe to run again. Three roles: tanggap_owner (migrations, owns all),
-- tanggap_web (serve), tanggap_work (work). None has BYPASSRLS; the two below own nothing.
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, tanggap_web, tanggap_work;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO tanggap_web, tanggap_work;
GRANT EXECUTE ON FUNCTION current_business() TO tanggap_web, tanggap_work;
GRANT EXECUTE ON FUNCTION audit_append(bigint, bigint, text, text, text) TO tanggap_web, tanggap_work;
GRANT EXECUTE ON FUNCTION session_enter(bytea, bigint, int) TO tanggap_web;

-- serve: reads the tenant's data, writes what people do
GRANT SELECT ON business, person, member, channel, contact, contact_key, identity, thread, conversation, archive,
    message, message_version, media, attachment, reaction, wait, outbox, activity, thread_read, job, audit, ready
    TO tanggap_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON session, login_attempt, hook TO tanggap_web;
GRANT INSERT ON delivery TO tanggap_web;
GRANT INSERT, UPDATE ON ready, channel, contact, contact_key, identity, thread, conversation, archive, message, wait,
    outbox, activity, thread_read, job, person, member, business TO tanggap_web;
GRANT DELETE ON wait TO tanggap_web;

-- work: everything that comes in and goes out
GRANT SELECT, INSERT, UPDATE, DELETE ON delivery, ready, channel, contact, contact_key, identity, thread, conversation,
    archive, message, message_version, media, attachment, reaction, parked_event, wait, outbox, activity, thread_read,
    job, hook, platform_app, erasure TO tanggap_work;
GRANT SELECT ON business, person, member, audit TO tanggap_work;
GRANT SELECT, DELETE ON session, login_attempt TO tanggap_work;
GRANT TEMPORARY ON DATABASE tanggap TO tanggap_work;

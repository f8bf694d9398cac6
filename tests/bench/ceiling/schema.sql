-- The least schema of an inbox: what any such system must at least keep. Measured beside us, never used by us.
CREATE TABLE contact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, channel_id int NOT NULL, external_id text NOT NULL, name text,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (channel_id, external_id));
CREATE TABLE conversation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, channel_id int NOT NULL,
    contact_id bigint NOT NULL REFERENCES contact, status smallint NOT NULL DEFAULT 0, assignee_id int,
    unread_count int NOT NULL DEFAULT 0, last_message_id bigint, last_activity_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (channel_id, contact_id));
CREATE TABLE message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, conversation_id bigint NOT NULL REFERENCES conversation,
    channel_id int NOT NULL, external_id text NOT NULL, direction smallint NOT NULL DEFAULT 0, body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(), UNIQUE (channel_id, external_id));
CREATE INDEX conversation_inbox ON conversation (status, last_activity_at DESC, id DESC);
CREATE INDEX conversation_mine ON conversation (assignee_id, status, last_activity_at DESC, id DESC);
CREATE INDEX message_conv ON message (conversation_id, id DESC);

-- The whole inbound step in one round trip: looks up first, writes only what is new.
CREATE FUNCTION ingest(ch int, ext_contact text, ext_msg text, txt text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    cid bigint;
    vid bigint;
    mid bigint;
BEGIN
    SELECT id INTO cid FROM contact WHERE channel_id = ch AND external_id = ext_contact;
    IF cid IS NULL THEN
        INSERT INTO contact (channel_id, external_id, name) VALUES (ch, ext_contact, ext_contact)
        ON CONFLICT (channel_id, external_id) DO UPDATE SET updated_at = now() RETURNING id INTO cid;
    END IF;
    SELECT id INTO vid FROM conversation WHERE channel_id = ch AND contact_id = cid;
    IF vid IS NULL THEN
        INSERT INTO conversation (channel_id, contact_id) VALUES (ch, cid)
        ON CONFLICT (channel_id, contact_id) DO UPDATE SET last_activity_at = now() RETURNING id INTO vid;
    END IF;
    INSERT INTO message (conversation_id, channel_id, external_id, body) VALUES (vid, ch, ext_msg, txt)
    ON CONFLICT (channel_id, external_id) DO NOTHING RETURNING id INTO mid;
    IF mid IS NOT NULL THEN
        UPDATE conversation SET last_activity_at = now(), last_message_id = mid, unread_count = unread_count + 1,
               status = 0 WHERE id = vid;
    END IF;
    RETURN mid;
END $$;

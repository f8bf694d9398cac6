-- What a platform has accepted is noted at once; the message follows when its conversation may be written.
ALTER TABLE outbox ADD COLUMN accepted_id text;
ALTER TABLE outbox ADD COLUMN accepted_at timestamptz;
COMMENT ON COLUMN outbox.accepted_id IS 'external_id that the platform gave the part in hand; its message row is still to be made. Never sent again.';
COMMENT ON COLUMN outbox.accepted_at IS 'sent_at of that message.';

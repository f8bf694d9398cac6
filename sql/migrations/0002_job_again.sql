-- A job that is asked for while its like runs would be lost: the running one may have looked already.
ALTER TABLE job ADD COLUMN again boolean NOT NULL DEFAULT false, ADD COLUMN again_at timestamptz;
COMMENT ON COLUMN job.again IS 'Asked for once more while it ran: done with, it waits anew instead of ending.';
COMMENT ON COLUMN job.again_at IS 'When that is due; with again only.';

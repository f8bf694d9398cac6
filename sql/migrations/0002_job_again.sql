-- A job that is asked for while its like runs would be lost: the running one may have looked already.
ALTER TABLE job ADD COLUMN again boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN job.again IS 'Asked for once more while it ran: done with, it waits anew instead of ending.';

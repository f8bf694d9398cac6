-- What is thrown away when its time is over (jobs/housekeep.c).

-- name: housekeep_sessions
-- for: work
DELETE FROM session WHERE expires_at < now()

-- name: housekeep_logins
-- for: work
DELETE FROM login_attempt WHERE last_at < now() - interval '1 day' AND coalesce(locked_until, last_at) < now()

-- name: housekeep_deliveries
-- for: work
DELETE FROM delivery
WHERE id IN (SELECT id FROM delivery WHERE state <> 0 AND parsed_at < now() - interval '7 days'
             ORDER BY parsed_at LIMIT 5000)

-- name: housekeep_businesses
-- for: work
SELECT id FROM business ORDER BY id

-- name: housekeep_jobs
-- for: work
WITH keys AS (DELETE FROM made_once WHERE business_id = $1 AND made_at < now() - interval '7 days'),
     logins AS (DELETE FROM channel_login WHERE business_id = $1 AND created_at < now() - interval '10 minutes')
DELETE FROM job WHERE business_id = $1 AND state IN (2, 3) AND done_at < now() - interval '7 days'

-- The file itself; sooner where somebody has been forgotten since it came, who may stand in it.
-- name: housekeep_uploads
-- for: work
SELECT id FROM archive
WHERE business_id = $1
  AND (state IN (4, 5, 8) AND done_at BETWEEN now() - interval '30 days' AND now() - interval '7 days'
       OR state IN (4, 5, 8) AND done_at BETWEEN now() - interval '30 days' AND now() - interval '1 hour'
          AND created_at < (SELECT max(erased_at) FROM erasure e WHERE e.business_id = $1)
       OR state IN (0, 6) AND created_at BETWEEN now() - interval '60 days' AND now() - interval '30 days')

-- What waits for a message that has not come in a month waits for nothing.
-- name: housekeep_parked
-- for: work
DELETE FROM parked_event WHERE business_id = $1 AND parked_at < now() - interval '30 days'

-- name: housekeep_quiet
-- for: work
UPDATE channel SET status = 1, status_code = 'quiet', status_since = now()
WHERE business_id = $1 AND status = 0 AND transport IN (1, 2) AND removed_at IS NULL
  AND greatest(coalesce(last_ok_at, status_since), poll_at) < now() - CASE transport WHEN 1 THEN interval '10 minutes'
                                                                  ELSE interval '3 days' END

-- $2: platforms that are asked although they have a webhook.
-- name: housekeep_ready
-- for: work
INSERT INTO ready (business_id, kind, due)
SELECT $1::bigint, k, now() FROM (VALUES (1), (2), (3)) v (k)
WHERE CASE k WHEN 1 THEN EXISTS (SELECT FROM job WHERE business_id = $1 AND state IN (0, 1))
             WHEN 2 THEN EXISTS (SELECT FROM outbox o JOIN channel ch ON ch.business_id = $1 AND ch.id = o.channel_id
                                 WHERE o.business_id = $1 AND o.state IN (0, 1) AND ch.status NOT IN (2, 3)
                                   AND ch.removed_at IS NULL)
             ELSE EXISTS (SELECT FROM channel
                          WHERE business_id = $1 AND (transport = 1 OR transport = 2 AND platform = ANY ($2)) AND removed_at IS NULL
                            AND (status IN (0, 1) OR status = 2 AND NOT needs_person)) END
ON CONFLICT (business_id, kind) DO NOTHING

-- name: housekeep_unreachable
-- for: work
SELECT id FROM channel
WHERE business_id = $1 AND removed_at IS NULL AND status = 2
  AND (status_code = 'unreachable' AND transport IN (1, 2) OR NOT needs_person AND transport = 2)

-- Tokens that end soon, on platforms that give a new one for it: a sixth of their life ahead, ten days at most, a quarter
-- of an hour at least.
-- name: housekeep_renewals
-- for: work
SELECT id FROM channel
WHERE business_id = $1 AND platform = ANY ($2) AND removed_at IS NULL AND transport IN (1, 2) AND status <> 3
  AND NOT (status = 2 AND needs_person) AND token_sealed IS NOT NULL
  AND token_expires_at < now() + least(interval '10 days', greatest(interval '15 minutes',
      (token_expires_at - coalesce(token_renewed_at, created_at)) / 6))

-- Once a day every account is asked who it is, and its webhook set again: some platforms unsubscribe without a word.
-- name: housekeep_recheck
-- for: work
SELECT id FROM channel
WHERE business_id = $1 AND removed_at IS NULL AND transport IN (1, 2) AND status IN (0, 1) AND checked_at < now() - interval '1 day'

-- Once a day, out of the newest 20,000 messages.
-- name: housekeep_gaps
-- for: work
WITH newest AS (
    SELECT n.channel_id, n.sent_at FROM (SELECT channel_id, sent_at, direction, is_backfill FROM message
                                         WHERE business_id = $1 ORDER BY id DESC LIMIT 20000) n
    WHERE n.direction = 1 AND NOT n.is_backfill AND n.sent_at > now() - interval '28 days'
), gaps AS (
    SELECT n.channel_id, extract(hour FROM n.sent_at AT TIME ZONE b.zone)::int / 6 AS part,
           extract(epoch FROM n.sent_at - lag(n.sent_at) OVER (PARTITION BY n.channel_id ORDER BY n.sent_at)) AS gap
    FROM newest n JOIN business b ON b.id = $1
), usual AS MATERIALIZED (
    SELECT channel_id, part, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap
    FROM gaps WHERE gap IS NOT NULL GROUP BY channel_id, part HAVING count(*) >= 10
)
UPDATE channel ch
SET usual_gaps = ARRAY(SELECT u.gap::int FROM generate_series(0, 3) p LEFT JOIN usual u ON u.channel_id = ch.id AND u.part = p ORDER BY p),
    gaps_at = now()
WHERE ch.business_id = $1 AND ch.removed_at IS NULL AND (ch.gaps_at IS NULL OR ch.gaps_at < now() - interval '1 day')

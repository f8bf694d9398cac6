-- Jobs and the table that says where there are some (db/jobq.c). While a job is leased its due is the lease's end.

-- name: jobq_add
-- for: web work
WITH added AS (
    INSERT INTO job (business_id, kind, key, payload, due)
    VALUES ($1, $2, $3, $4, coalesce($5, now()))
    ON CONFLICT (business_id, kind, key) WHERE state IN (0, 1) AND key <> ''
    DO UPDATE SET again = true, again_at = least(job.again_at, excluded.due), payload = excluded.payload WHERE job.state = 1
)
INSERT INTO ready (business_id, kind, due)
VALUES ($1, 1, coalesce($5, now()))
ON CONFLICT (business_id, kind) DO UPDATE SET due = least(ready.due, excluded.due)

-- name: jobq_ready
-- for: web work
INSERT INTO ready (business_id, kind, due)
VALUES ($1, $2, coalesce($3, now()))
ON CONFLICT (business_id, kind) DO UPDATE SET due = least(ready.due, excluded.due)

-- name: jobq_claim_business
-- for: work
UPDATE ready r
SET due = now() + make_interval(secs => $2)
FROM (SELECT business_id, kind FROM ready WHERE kind = $1 AND due <= now()
      ORDER BY due LIMIT 1 FOR UPDATE SKIP LOCKED) next
WHERE r.business_id = next.business_id AND r.kind = next.kind
RETURNING r.business_id

-- name: jobq_claim
-- for: work
UPDATE job j
SET state = 1, again = false, again_at = NULL, attempts = least(j.attempts, 32000) + 1, due = now() + make_interval(secs => $2),
    lease_until = now() + make_interval(secs => $2)
FROM (SELECT id FROM job WHERE business_id = $1 AND state IN (0, 1) AND due <= now()
      ORDER BY due, id LIMIT 1 FOR UPDATE SKIP LOCKED) next
WHERE j.business_id = $1 AND j.id = next.id
RETURNING j.id, j.kind, j.key, j.payload, j.attempts

-- name: jobq_extend
-- for: work
UPDATE job
SET due = now() + make_interval(secs => $3), lease_until = now() + make_interval(secs => $3)
WHERE business_id = $1 AND id = $2 AND state = 1

-- name: jobq_done
-- for: work
UPDATE job
SET state = CASE WHEN again THEN 0 ELSE 2 END, attempts = CASE WHEN again THEN 0 ELSE attempts END,
    due = CASE WHEN again THEN again_at ELSE due END, done_at = CASE WHEN NOT again THEN now() END, again = false, again_at = NULL,
    lease_until = NULL, error = NULL
WHERE business_id = $1 AND id = $2 AND state = 1

-- name: jobq_failed
-- for: work
UPDATE job
SET state = CASE WHEN $3::bool OR again THEN 0 ELSE 3 END, attempts = CASE WHEN again THEN 0 ELSE attempts END,
    due = CASE WHEN again THEN again_at ELSE coalesce($4, now()) END, done_at = CASE WHEN NOT ($3 OR again) THEN now() END,
    again = false, again_at = NULL, lease_until = NULL, error = $5
WHERE business_id = $1 AND id = $2 AND state = 1

-- name: jobq_lock_ready
-- for: work
SELECT due FROM ready WHERE business_id = $1 AND kind = $2 FOR UPDATE

-- name: jobq_settle_job
-- for: work
WITH next AS (SELECT min(due) AS due FROM job WHERE business_id = $1 AND state IN (0, 1)),
gone AS (DELETE FROM ready WHERE business_id = $1 AND kind = 1 AND (SELECT due FROM next) IS NULL)
UPDATE ready r SET due = next.due FROM next WHERE r.business_id = $1 AND r.kind = 1 AND next.due IS NOT NULL

-- name: jobq_settle_outbox
-- for: work
WITH next AS (SELECT min(greatest(due, lease_until)) AS due FROM outbox WHERE business_id = $1 AND state IN (0, 1)),
gone AS (DELETE FROM ready WHERE business_id = $1 AND kind = 2 AND (SELECT due FROM next) IS NULL)
UPDATE ready r SET due = next.due FROM next WHERE r.business_id = $1 AND r.kind = 2 AND next.due IS NOT NULL

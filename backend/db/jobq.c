/* The job queue in PostgreSQL: leases, retries, and the table that says which business has work. */
#include "db/jobq.h"

#include <assert.h>

int jobq_add(struct ctx *c, enum job_kind kind, struct text key, struct text payload, time_us due)
{
    struct text once = key.ptr ? key : TEXT("");
    struct text what = payload.ptr ? payload : TEXT("{}");

    return db_do(c, SQL_JOBQ_ADD,
                 IN(IN_I64(c->who.business), IN_I16(kind), IN_TEXT(once), IN_JSON(what), IN_TIME(due))) < 0
               ? -1
               : 0;
}

int jobq_ready(struct ctx *c, enum ready_kind kind, time_us due)
{
    return db_do(c, SQL_JOBQ_READY, IN(IN_I64(c->who.business), IN_I16(kind), IN_TIME(due))) < 0 ? -1 : 0;
}

int jobq_claim_business(struct ctx *c, enum ready_kind kind, int lease_s, int64_t *business)
{
    return db_one(c, SQL_JOBQ_CLAIM_BUSINESS, IN(IN_I16(kind), IN_DOUBLE(lease_s)), OUT(OUT_I64(business)));
}

int jobq_claim(struct ctx *c, int lease_s, struct job *out)
{
    struct job j = { 0 };
    int16_t kind = 0, attempts = 0;

    int rc = db_one(c, SQL_JOBQ_CLAIM, IN(IN_I64(c->who.business), IN_DOUBLE(lease_s)),
                    OUT(OUT_I64(&j.id), OUT_I16(&kind), OUT_TEXT(&j.key), OUT_TEXT(&j.payload), OUT_I16(&attempts)));
    if (rc != 1)
        return rc;
    j.kind = (enum job_kind)kind;
    j.attempts = attempts;
    *out = j;
    return 1;
}

/* A job whose lease ran out may be in other hands by now: then there is nothing left for us to change. */
static int changed_one(struct ctx *c, int64_t rows)
{
    if (rows < 0)
        return -1;
    return rows == 1 ? 0 : fail(&c->fail, FAIL_CONFLICT, "the job is no longer ours");
}

int jobq_extend(struct ctx *c, int64_t id, int lease_s)
{
    return changed_one(c, db_do(c, SQL_JOBQ_EXTEND, IN(IN_I64(c->who.business), IN_I64(id), IN_DOUBLE(lease_s))));
}

int jobq_done(struct ctx *c, int64_t id)
{
    return changed_one(c, db_do(c, SQL_JOBQ_DONE, IN(IN_I64(c->who.business), IN_I64(id))));
}

int jobq_failed(struct ctx *c, const struct job *j, struct text why, bool may_retry, time_us due)
{
    bool again = may_retry && j->attempts < JOBQ_ATTEMPTS_MAX;

    return changed_one(c, db_do(c, SQL_JOBQ_FAILED,
                                IN(IN_I64(c->who.business), IN_I64(j->id), IN_BOOL(again),
                                   IN_TIME(again ? due : TIME_NONE), IN_TEXT(why))));
}

struct settling {
    enum ready_kind kind;
};

/* The row is locked before jobs are counted: whoever adds one meanwhile has either committed it already, and is
 * counted, or waits for us and marks the business again. */
static int settle(struct ctx *c, void *arg)
{
    const struct settling *s = arg;
    time_us due = TIME_NONE;

    int rc = db_one(c, SQL_JOBQ_LOCK_READY, IN(IN_I64(c->who.business), IN_I16(s->kind)), OUT(OUT_TIME(&due)));
    if (rc != 1)
        return rc;
    enum sql_id id = s->kind == READY_JOB ? SQL_JOBQ_SETTLE_JOB : SQL_JOBQ_SETTLE_OUTBOX;
    return db_do(c, id, IN(IN_I64(c->who.business))) < 0 ? -1 : 0;
}

int jobq_settle(struct ctx *c, enum ready_kind kind)
{
    struct settling s = { kind };

    assert(kind == READY_JOB || kind == READY_OUTBOX);
    return db_tx(c, settle, &s) < 0 ? -1 : 0;
}

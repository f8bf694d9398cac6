/* Jobs: claimed with a lease, run by kind, tried again with back-off. */
#include "runner_priv.h"

#include "util/log.h"

#include <stdio.h>

#define LEASE_S 60

static job_fn *const job_table[] = {
    [JOB_IMPORT] = import_job,
    [JOB_MEDIA] = media_job,
    [JOB_CHANNEL_CHECK] = check_job,
    [JOB_ERASE] = erase_job,
    [JOB_CHANNEL_RENEW] = renew_job,
    [JOB_BACKFILL] = backfill_job,
    [JOB_PROFILE] = profile_job,
    [JOB_CHANNEL_GRANT] = grant_job,
    [JOB_WITHDRAWN] = withdrawn_job,
    [JOB_MODERATE] = moderate_job,
    [JOB_NUMBERS] = numbers_job,
};

static bool is_for_good(enum fail_code code)
{
    return code != FAIL_TRY_AGAIN && code != FAIL_INTERNAL && code != FAIL_CONFLICT && code != FAIL_SLOW_DOWN;
}

static void finish(struct ctx *c, const struct job *j, int rc, int64_t business)
{
    struct fail why = c->fail;
    int64_t seconds = j->attempts < 6 ? INT64_C(1) << j->attempts : 60;

    db_enter_business(c, business);
    if (rc == 0)
        rc = jobq_done(c, j->id);
    else
        rc = jobq_failed(c, j, text_of(why.text), !is_for_good(why.code),
                         clock_now() + (why.retry_after_s > seconds ? why.retry_after_s : seconds) * US_PER_S);
    if (rc)
        log_warn("job not closed", KV_I("job", j->id), KV_S("why", c->fail.text));
    db_leave(c);
}

static void run_job(struct runner *r, struct ctx *c, const struct job *j, int64_t business)
{
    size_t kind = (size_t)j->kind;
    int rc = -1;

    fail_clear(&c->fail);
    db_enter_business(c, business);
    if (kind < COUNT_OF(job_table) && job_table[kind])
        rc = job_table[kind](r, c, j);
    else
        (void)fail(&c->fail, FAIL_NOT_POSSIBLE, "no such kind of job");
    db_leave(c);
    if (rc)
        log_warn("job failed", KV_I("job", j->id), KV_I("kind", (int64_t)kind), KV_I("business", business),
                 KV_S("why", c->fail.text));
    finish(c, j, rc, business);
}

/* 1 a job was run, 0 none there, -1. */
static int take_one(struct runner *r, struct ctx *c)
{
    int64_t business = 0;
    struct job j;
    int rc;

    db_enter_system(c);
    rc = jobq_claim_business(c, READY_JOB, LEASE_S, &business);
    db_leave(c);
    if (rc != 1)
        return rc;
    db_enter_business(c, business);
    rc = jobq_claim(c, LEASE_S, &j);
    /* Settled before the job runs, so that another worker may take this business's next one meanwhile. What is claimed
     * is run even so: left alone it would lie until its lease ends. */
    if (rc >= 0 && jobq_settle(c, READY_JOB))
        log_warn("jobs not settled", KV_I("business", business), KV_S("why", c->fail.text));
    db_leave(c);
    if (rc != 1)
        return rc;
    run_job(r, c, &j, business);
    db_enter_business(c, business);
    rc = jobq_settle(c, READY_JOB);
    db_leave(c);
    return rc ? -1 : 1;
}

void jobs_loop(struct loop *l, struct ctx *c)
{
    while (loop_goes_on(l)) {
        int rc = take_one(l->runner, c);

        if (rc < 0)
            log_warn("jobs wait", KV_S("why", c->fail.text));
        arena_reset(c->mem);
        if (rc != 1)
            loop_sleep(l, rc < 0 ? 1000 : 500);
    }
}

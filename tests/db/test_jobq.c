#include "harness.h"

#include "db/jobq.h"

static struct ctx *begin(struct harness *h, int64_t business)
{
    struct ctx *c = &h->work;

    db_leave(c);
    arena_reset(c->mem);
    fail_clear(&c->fail);
    if (business)
        db_enter_business(c, business);
    else
        db_enter_system(c);
    return c;
}

static const struct text none = { NULL, 0 };

static int64_t count(struct harness *h, const char *table, int64_t business)
{
    return harness_i64(h, "SELECT count(*) FROM %s WHERE business_id = %lld", table, (long long)business);
}

static void a_job_is_claimed_once_and_done(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Antrean"), claimed = 0;
    struct ctx *c = begin(h, b);
    struct job j = { 0 }, other = { 0 };

    assert_ok(c, jobq_add(c, JOB_IMPORT, TEXT("archive:1"), TEXT("{\"archive\": 1}"), TIME_NONE));
    c = begin(h, 0);
    assert_int_equal(jobq_claim_business(c, READY_JOB, 60, &claimed), 1);
    assert_true(claimed == b);
    assert_int_equal(jobq_claim_business(c, READY_JOB, 60, &claimed), 0);
    c = begin(h, b);
    assert_int_equal(jobq_claim(c, 60, &j), 1);
    assert_true(j.kind == JOB_IMPORT && j.attempts == 1);
    assert_text(j.key, "archive:1");
    assert_text(j.payload, "{\"archive\": 1}");
    assert_int_equal(jobq_claim(c, 60, &other), 0);
    assert_int_equal(jobq_extend(c, j.id, 60), 0);
    assert_int_equal(jobq_done(c, j.id), 0);
    assert_failed(c, jobq_done(c, j.id), FAIL_CONFLICT);
    assert_int_equal(jobq_settle(c, READY_JOB), 0);
    assert_int_equal(count(h, "ready", b), 0);
}

static void a_key_is_one_open_job_and_an_empty_key_always_another(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Kunci");
    struct ctx *c = begin(h, b);
    struct job j;

    for (int i = 0; i < 3; i++) {
        assert_ok(c, jobq_add(c, JOB_MEDIA, TEXT("m1"), none, TIME_NONE));
        assert_ok(c, jobq_add(c, JOB_MEDIA, TEXT(""), none, TIME_NONE));
    }
    assert_int_equal(count(h, "job", b), 4);
    while (jobq_claim(c, 60, &j) == 1)
        assert_int_equal(jobq_done(c, j.id), 0);
    assert_ok(c, jobq_add(c, JOB_MEDIA, TEXT("m1"), none, TIME_NONE));
    assert_int_equal(jobq_claim(c, 60, &j), 1);
}

/* A question about a file was answered while the job that asked it was still closing: the answer was lost. */
static void a_job_asked_for_while_its_like_runs_is_run_again(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Sekali lagi");
    struct ctx *c = begin(h, b);
    struct job j, next;

    assert_ok(c, jobq_add(c, JOB_IMPORT, TEXT("7"), TEXT("{\"n\": 1}"), TIME_NONE));
    assert_int_equal(jobq_claim(c, 60, &j), 1);
    db_enter_business(&h->web, b);
    assert_ok(&h->web, jobq_add(&h->web, JOB_IMPORT, TEXT("7"), TEXT("{\"n\": 2}"), TIME_NONE));
    db_leave(&h->web);
    assert_int_equal(jobq_claim(c, 60, &next), 0);
    assert_ok(c, jobq_done(c, j.id));
    assert_ok(c, jobq_settle(c, READY_JOB));
    assert_int_equal(harness_i64(h, "SELECT count(*) FROM ready WHERE business_id = %lld AND due <= now()", (long long)b), 1);
    assert_int_equal(jobq_claim(c, 60, &next), 1);
    assert_true(next.id == j.id && next.attempts == 1);
    assert_text(next.payload, "{\"n\": 2}");
    assert_ok(c, jobq_add(c, JOB_IMPORT, TEXT("7"), TEXT("{\"n\": 3}"), TIME_NONE));
    assert_ok(c, jobq_failed(c, &next, TEXT("never"), false, TIME_NONE));
    assert_int_equal(jobq_claim(c, 60, &next), 1);
    assert_ok(c, jobq_done(c, next.id));
    assert_int_equal(jobq_claim(c, 60, &next), 0);
}

/* A job that was told by a platform to come back in an hour came back at once, for ever. */
static void a_job_that_asks_for_itself_later_waits(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Nanti lagi");
    struct ctx *c = begin(h, b);
    struct job j, next;

    assert_ok(c, jobq_add(c, JOB_BACKFILL, TEXT("7"), TEXT("{}"), TIME_NONE));
    assert_int_equal(jobq_claim(c, 60, &j), 1);
    assert_ok(c, jobq_add(c, JOB_BACKFILL, TEXT("7"), TEXT("{}"), clock_now() + 3600 * US_PER_S));
    assert_ok(c, jobq_done(c, j.id));
    assert_ok(c, jobq_settle(c, READY_JOB));
    assert_int_equal(jobq_claim(c, 60, &next), 0);
    assert_int_equal(harness_i64(h, "SELECT count(*) FROM job j JOIN ready r USING (business_id) WHERE j.business_id = %lld "
                                    "AND j.state = 0 AND j.due > now() + interval '59 minutes' AND r.due = j.due",
                                 (long long)b), 1);
}

static void a_lease_that_ran_out_gives_the_job_to_the_next(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Sewa");
    struct ctx *c = begin(h, b);
    struct job first, second;

    assert_ok(c, jobq_add(c, JOB_MEDIA, TEXT("x"), none, TIME_NONE));
    assert_int_equal(jobq_claim(c, 0, &first), 1);
    assert_int_equal(jobq_claim(c, 60, &second), 1);
    assert_true(first.id == second.id && second.attempts == 2);
}

static void a_failed_job_waits_and_is_given_up_in_the_end(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Gagal");
    struct ctx *c = begin(h, b);
    struct job j = { 0 };
    time_us later = clock_now() + 3600 * US_PER_S;

    assert_ok(c, jobq_add(c, JOB_MEDIA, TEXT("x"), none, TIME_NONE));
    assert_int_equal(jobq_claim(c, 60, &j), 1);
    assert_int_equal(jobq_failed(c, &j, TEXT("timed out"), true, later), 0);
    assert_int_equal(jobq_claim(c, 60, &j), 0);
    assert_int_equal(jobq_settle(c, READY_JOB), 0);
    assert_int_equal(harness_i64(h,
                                 "SELECT count(*) FROM ready WHERE business_id = %lld AND due > now() + "
                                 "interval '59 minutes'",
                                 (long long)b),
                     1);
    harness_sql(h, "UPDATE job SET due = now(), attempts = %d WHERE business_id = %lld", JOBQ_ATTEMPTS_MAX - 1,
                (long long)b);
    assert_int_equal(jobq_claim(c, 60, &j), 1);
    assert_int_equal(jobq_failed(c, &j, TEXT("timed out"), true, later), 0);
    assert_string_equal(harness_sql(h, "SELECT state || error FROM job WHERE business_id = %lld", (long long)b),
                        "3timed out");
    assert_int_equal(jobq_settle(c, READY_JOB), 0);
    assert_int_equal(count(h, "ready", b), 0);
}

static void what_cannot_succeed_is_given_up_at_once(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Mustahil");
    struct ctx *c = begin(h, b);
    struct job j;

    assert_ok(c, jobq_add(c, JOB_MEDIA, TEXT("x"), none, TIME_NONE));
    assert_int_equal(jobq_claim(c, 60, &j), 1);
    assert_int_equal(jobq_failed(c, &j, TEXT("no such file"), false, TIME_NONE), 0);
    assert_int_equal(harness_i64(h, "SELECT state FROM job WHERE business_id = %lld", (long long)b), 3);
}

static void the_earlier_due_stays(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Lebih awal"), claimed = 0;
    struct ctx *c = begin(h, b);
    time_us hour = 3600 * US_PER_S;

    assert_ok(c, jobq_ready(c, READY_OUTBOX, clock_now() + hour));
    c = begin(h, 0);
    assert_int_equal(jobq_claim_business(c, READY_OUTBOX, 60, &claimed), 0);
    c = begin(h, b);
    assert_ok(c, jobq_ready(c, READY_OUTBOX, TIME_NONE));
    assert_ok(c, jobq_ready(c, READY_OUTBOX, clock_now() + hour));
    c = begin(h, 0);
    assert_int_equal(jobq_claim_business(c, READY_OUTBOX, 60, &claimed), 1);
    assert_true(claimed == b);
    c = begin(h, b);
    assert_int_equal(jobq_settle(c, READY_OUTBOX), 0);
    assert_int_equal(count(h, "ready", b), 0);
}

static int add_and_fail(struct ctx *c, void *arg)
{
    (void)arg;
    if (jobq_add(c, JOB_ERASE, TEXT("gone"), none, TIME_NONE))
        return -1;
    return fail(&c->fail, FAIL_NOT_POSSIBLE, "on purpose");
}

static void a_job_of_a_transaction_that_failed_never_was(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Batal");
    struct ctx *c = begin(h, b);

    assert_failed(c, db_tx(c, add_and_fail, NULL), FAIL_NOT_POSSIBLE);
    assert_int_equal(count(h, "job", b) + count(h, "ready", b), 0);
}

struct meeting {
    struct harness *h;
    struct ctx *other;
    int64_t claimed;
    int rc;
};

static int claim_while_held(struct ctx *c, void *arg)
{
    struct meeting *m = arg;
    int64_t mine = 0;

    if (jobq_claim_business(c, READY_JOB, 60, &mine) != 1)
        return -1;
    m->rc = jobq_claim_business(m->other, READY_JOB, 60, &m->claimed);
    return 0;
}

static void workers_do_not_wait_for_each_other(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Berdua");
    struct ctx *c = begin(h, b);
    struct ctx other = harness_ctx(h, "tanggap_work");
    struct meeting m = { h, &other, 0, -1 };

    harness_sql(h, "DELETE FROM ready");
    assert_ok(c, jobq_add(c, JOB_MEDIA, TEXT("x"), none, TIME_NONE));
    c = begin(h, 0);
    db_enter_system(&other);
    assert_ok(c, db_tx(c, claim_while_held, &m));
    assert_int_equal(m.rc, 0);
    db_leave(&other);
    harness_ctx_close(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_claimed_once_and_done),
        cmocka_unit_test(a_key_is_one_open_job_and_an_empty_key_always_another),
        cmocka_unit_test(a_job_asked_for_while_its_like_runs_is_run_again),
        cmocka_unit_test(a_job_that_asks_for_itself_later_waits),
        cmocka_unit_test(a_lease_that_ran_out_gives_the_job_to_the_next),
        cmocka_unit_test(a_failed_job_waits_and_is_given_up_in_the_end),
        cmocka_unit_test(what_cannot_succeed_is_given_up_at_once),
        cmocka_unit_test(the_earlier_due_stays),
        cmocka_unit_test(a_job_of_a_transaction_that_failed_never_was),
        cmocka_unit_test(workers_do_not_wait_for_each_other),
    };

    return HARNESS_RUN(tests);
}

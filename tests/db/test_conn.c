#include "harness.h"

#include "../../backend/db/conn_priv.h"

#include "util/clock.h"

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int64_t number(struct ctx *c, const char *sql)
{
    const struct sql_statement s = { "number", sql, 0, 0 };
    int64_t n = -1;

    return query_each(c, &s, NO_IN, OUT(OUT_I64(&n)), nothing, NULL) ? -1 : n;
}

static struct ctx *begin(struct harness *h)
{
    struct ctx *c = &h->work;

    db_leave(c);
    arena_reset(c->mem);
    fail_clear(&c->fail);
    db_enter_system(c);
    return c;
}

static void kill_backend(struct harness *h, struct ctx *c)
{
    int pid = PQbackendPID(c->db->pg);

    harness_sql(h, "SELECT pg_terminate_backend(%d, 10000)", pid);
}

static void a_connection_killed_while_idle_is_replaced_unseen(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);

    assert_int_equal(number(c, "SELECT 1::bigint"), 1);
    db_leave(c);
    kill_backend(h, c);
    db_enter_system(c);
    assert_int_equal(number(c, "SELECT 2::bigint"), 2);
}

static void a_connection_killed_within_a_unit_fails_once(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);

    assert_int_equal(number(c, "SELECT 1::bigint"), 1);
    kill_backend(h, c);
    assert_failed(c, number(c, "SELECT 2::bigint"), FAIL_TRY_AGAIN);
    assert_int_equal(c->fail.retry_after_s, 1);
    assert_int_equal(number(c, "SELECT 3::bigint"), 3);
}

struct killing {
    struct harness *h;
    int runs;
};

static int killed_half_way(struct ctx *c, void *arg)
{
    struct killing *k = arg;

    k->runs++;
    if (db_exec_text(c, "INSERT INTO ready SELECT id, 1, now() FROM business LIMIT 0") < 0)
        return -1;
    kill_backend(k->h, c);
    if (number(c, "SELECT 1::bigint") >= 0)
        return -2;
    return number(c, "SELECT 1::bigint") < 0 ? -1 : 0;
}

static void a_transaction_cut_off_does_not_go_on_elsewhere(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);
    struct killing k = { h, 0 };

    assert_failed(c, db_tx(c, killed_half_way, &k), FAIL_TRY_AGAIN);
    assert_int_equal(k.runs, 1);
    assert_int_equal(number(c, "SELECT 4::bigint"), 4);
}

static void an_unreachable_server_is_told_at_once_while_backing_off(void **state)
{
    struct harness *h = *state;
    struct ctx c = harness_ctx(h, "tanggap_work");

    db_free(c.db);
    c.db = harness_db("host=/nonexistent/tanggap", NULL);
    db_enter_system(&c);
    assert_failed(&c, number(&c, "SELECT 1::bigint"), FAIL_TRY_AGAIN);
    assert_true(c.db->wait_ms >= 75 && c.db->wait_ms <= 100);
    assert_failed(&c, number(&c, "SELECT 1::bigint"), FAIL_TRY_AGAIN);
    assert_non_null(strstr(c.fail.text, "trying again in"));
    for (int i = 0; i < 10; i++)
        c.db->wait_ms = conn_next_wait_ms(c.db->wait_ms);
    assert_true(c.db->wait_ms > 3500 && c.db->wait_ms <= 5000);
    harness_ctx_close(&c);
}

static void a_password_in_a_broken_url_stays_out_of_the_reason(void **state)
{
    struct harness *h = *state;
    struct ctx c = harness_ctx(h, "tanggap_work");
    struct fail why = { 0 };

    db_free(c.db);
    c.db = harness_db("postgres//tanggap:geheim@db.example/tanggap", NULL);
    assert_int_equal(db_connect(c.db, &why), -1);
    assert_null(strstr(why.text, "geheim"));
    harness_ctx_close(&c);
}

static void settings_travel_with_the_connection(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);

    assert_int_equal(number(c, "SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'"), 10000);
    assert_int_equal(number(c, "SELECT setting::bigint FROM pg_settings WHERE name = 'lock_timeout'"), 5000);
    assert_int_equal(number(c, "SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid() AND "
                               "application_name = 'test'"),
                     1);
}

/* ---- transactions ---- */

#define KEY(literal) ((char[]) { literal })

static int add_job(struct ctx *c, void *arg)
{
    char sql[200];

    snprintf(sql, sizeof sql, "INSERT INTO job (business_id, kind, key) VALUES (%lld, 1, '%s')",
             (long long)c->who.business, (const char *)arg);
    return db_exec_text(c, sql) == 1 ? 0 : -1;
}

static int add_job_and_fail(struct ctx *c, void *arg)
{
    return add_job(c, arg) ? -1 : fail(&c->fail, FAIL_NOT_POSSIBLE, "on purpose");
}

static int add_outer_and_inner(struct ctx *c, void *arg)
{
    (void)arg;
    return add_job(c, KEY("outer")) || db_tx(c, add_job, KEY("inner")) ? -1 : 7;
}

static int swallow_inner_failure(struct ctx *c, void *arg)
{
    (void)arg;
    if (add_job(c, KEY("outer")))
        return -1;
    return db_tx(c, add_job_and_fail, KEY("inner")) == -1 ? 0 : -1;
}

static int swallow_statement_failure(struct ctx *c, void *arg)
{
    (void)arg;
    if (add_job(c, KEY("before")) || db_exec_text(c, "SELECT 1 / 0") != -1)
        return -1;
    return 0;
}

static int64_t jobs_of(struct harness *h, int64_t business)
{
    return harness_i64(h, "SELECT count(*) FROM job WHERE business_id = %lld", (long long)business);
}

static struct ctx *begin_in(struct harness *h, int64_t business)
{
    struct ctx *c = begin(h);

    db_leave(c);
    db_enter_business(c, business);
    return c;
}

static void a_transaction_is_all_or_nothing(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Semua");
    struct ctx *c = begin_in(h, b);

    assert_int_equal(db_tx(c, add_outer_and_inner, NULL), 7);
    assert_int_equal(jobs_of(h, b), 2);
    b = harness_business(h, "Tidak");
    c = begin_in(h, b);
    assert_failed(c, db_tx(c, add_job_and_fail, KEY("x")), FAIL_NOT_POSSIBLE);
    assert_failed(c, db_tx(c, swallow_inner_failure, NULL), FAIL_NOT_POSSIBLE);
    assert_failed(c, db_tx(c, swallow_statement_failure, NULL), FAIL_INTERNAL);
    assert_int_equal(jobs_of(h, b), 0);
    assert_ok(c, db_tx(c, add_job, KEY("after")));
    assert_int_equal(jobs_of(h, b), 1);
}

struct race {
    struct harness *h;
    int64_t business;
    int runs, losses;
    size_t bytes;
};

/* Reads, lets somebody else change the row in between `losses` times, then writes it. */
static int lose_the_race(struct ctx *c, void *arg)
{
    struct race *r = arg;
    char sql[200];

    memset(arena_alloc(c->mem, 1000), 1, 1000);
    if (number(c, "SELECT count(*) FROM job") < 0)
        return -1;
    if (r->runs++ < r->losses)
        harness_sql(r->h, "UPDATE job SET attempts = attempts + 1 WHERE business_id = %lld", (long long)r->business);
    snprintf(sql, sizeof sql, "UPDATE job SET attempts = attempts + 100 WHERE business_id = %lld",
             (long long)r->business);
    return db_exec_text(c, sql) == 1 ? 0 : -1;
}

static void a_serialisation_failure_is_tried_again(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Bersama");
    struct ctx c = harness_ctx(h, "tanggap_work");
    struct race r = { h, b, 0, 2, 0 };
    char url[400];

    snprintf(url, sizeof url, "%s options='-c default_transaction_isolation=repeatable\\\\ read'", h->url);
    db_free(c.db);
    c.db = harness_db(url, "tanggap_work");
    harness_sql(h, "INSERT INTO job (business_id, kind) VALUES (%lld, 1)", (long long)b);
    db_enter_business(&c, b);
    assert_ok(&c, db_tx(&c, lose_the_race, &r));
    assert_int_equal(r.runs, 3);
    assert_int_equal(harness_i64(h, "SELECT attempts FROM job WHERE business_id = %lld", (long long)b), 102);
    r = (struct race) { h, b, 0, 100, 0 };
    assert_failed(&c, db_tx(&c, lose_the_race, &r), FAIL_TRY_AGAIN);
    assert_int_equal(r.runs, 4);
    assert_int_equal(number(&c, "SELECT count(*) FROM job"), 1);
    db_leave(&c);
    harness_ctx_close(&c);
}

static void a_changed_table_under_a_prepared_statement_heals(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Berubah");
    struct ctx *c = begin_in(h, b);
    int64_t id = 0;
    struct text name, zone, language;
    bool demo = false;
    time_us at = 0;
    struct db_outs outs =
        OUT(OUT_I64(&id), OUT_TEXT(&name), OUT_TEXT(&zone), OUT_TEXT(&language), OUT_BOOL(&demo), OUT_TIME(&at));

    assert_int_equal(db_one(c, SQL_BUSINESS_GET, IN(IN_I64(b)), outs), 1);
    harness_sql(h, "ALTER TABLE business ALTER COLUMN zone TYPE varchar");
    assert_failed(c, db_one(c, SQL_BUSINESS_GET, IN(IN_I64(b)), outs), FAIL_TRY_AGAIN);
    assert_int_equal(db_one(c, SQL_BUSINESS_GET, IN(IN_I64(b)), outs), 1);
    harness_sql(h, "ALTER TABLE business ALTER COLUMN zone TYPE text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_killed_while_idle_is_replaced_unseen),
        cmocka_unit_test(a_connection_killed_within_a_unit_fails_once),
        cmocka_unit_test(a_transaction_cut_off_does_not_go_on_elsewhere),
        cmocka_unit_test(an_unreachable_server_is_told_at_once_while_backing_off),
        cmocka_unit_test(a_password_in_a_broken_url_stays_out_of_the_reason),
        cmocka_unit_test(settings_travel_with_the_connection),
        cmocka_unit_test(a_transaction_is_all_or_nothing),
        cmocka_unit_test(a_serialisation_failure_is_tried_again),
        cmocka_unit_test(a_changed_table_under_a_prepared_statement_heals),
    };

    return HARNESS_RUN(tests);
}

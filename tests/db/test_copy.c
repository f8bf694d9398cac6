#include "harness.h"

#include "db/copy.h"
#include "util/clock.h"

#define STAGE                                                                                                          \
    "CREATE TEMPORARY TABLE stage (n bigint, small smallint, yes boolean, t text, b bytea, at timestamptz, j jsonb, "  \
    "d float8) ON COMMIT DROP"
#define COPY "COPY stage FROM STDIN (FORMAT binary)"

struct work {
    struct harness *h;
    int rows;
    int64_t copied;
    int64_t seen;
    bool give_up, spoil;
};

static struct ctx *begin(struct harness *h)
{
    struct ctx *c = &h->work;

    db_leave(c);
    arena_reset(c->mem);
    fail_clear(&c->fail);
    db_enter_business(c, harness_business(h, "Salin"));
    return c;
}

static int fill(struct ctx *c, struct db_copy *copy, int rows)
{
    static const struct text none = { NULL, 0 };

    for (int i = 0; i < rows; i++) {
        struct text t = TEXT("Pesanan ✓ \"dua\", 'tiga'\n"), raw = { "\0\xff", 2 };
        int rc = i % 2
                     ? db_copy_row(copy, IN(IN_I64(i), IN_NULL, IN_NULL, IN_TEXT(none), IN_BYTES(none),
                                            IN_TIME(TIME_NONE), IN_JSON(none), IN_NULL))
                     : db_copy_row(copy, IN(IN_I64(i), IN_I16(-1), IN_BOOL(true), IN_TEXT(t), IN_BYTES(raw),
                                            IN_TIME(INT64_C(1764021234123456)), IN_JSON(TEXT("[1]")), IN_DOUBLE(0.5)));
        if (rc)
            return fail(&c->fail, FAIL_INTERNAL, "row %d", i);
    }
    return 0;
}

static int stage_and_copy(struct ctx *c, void *arg)
{
    struct work *w = arg;
    struct db_copy *copy = NULL;

    if (db_exec_text(c, STAGE) < 0 || db_copy_begin(c, COPY, &copy))
        return -1;
    if (fill(c, copy, w->rows) || w->give_up) {
        db_copy_abort(copy);
        return fail(&c->fail, FAIL_NOT_POSSIBLE, "given up");
    }
    if (w->spoil && db_copy_row(copy, IN(IN_I64(1))))
        return -1;
    w->copied = db_copy_end(copy);
    if (w->copied < 0)
        return -1;
    return db_exec_text(c, "INSERT INTO contact (business_id, name) SELECT current_business(), md5(string_agg(s::text, "
                           "'|' ORDER BY n)) || ' ' || count(*) FROM stage s") == 1
               ? 0
               : -1;
}

static void rows_of_every_kind_arrive(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);
    struct work w = { .h = h, .rows = 20000 };

    assert_ok(c, db_tx(c, stage_and_copy, &w));
    assert_int_equal(w.copied, 20000);
    const char *expected = harness_sql(
        h,
        "SELECT count(*) FROM contact WHERE business_id = %lld AND name = (SELECT md5(string_agg(CASE WHEN i %% 2 = 1 "
        "THEN (i::bigint, null::smallint, null::bool, null::text, null::bytea, null::timestamptz, null::jsonb, "
        "null::float8)::text ELSE (i::bigint, -1::smallint, true, E'Pesanan ✓ \"dua\", ''tiga''\\n', "
        "'\\x00ff'::bytea, to_timestamp(1764021234) + interval '123456 microseconds', '[1]'::jsonb, "
        "0.5::float8)::text END, '|' ORDER BY i)) || ' 20000' FROM generate_series(0, 19999) i)",
        (long long)c->who.business);
    assert_string_equal(expected, "1");
}

static void an_aborted_copy_leaves_nothing_and_a_usable_connection(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);
    struct work w = { .h = h, .rows = 5000, .give_up = true };

    assert_failed(c, db_tx(c, stage_and_copy, &w), FAIL_NOT_POSSIBLE);
    w.give_up = false;
    w.rows = 3;
    assert_ok(c, db_tx(c, stage_and_copy, &w));
    assert_int_equal(w.copied, 3);
    assert_int_equal(
        harness_i64(h, "SELECT count(*) FROM contact WHERE business_id = %lld", (long long)c->who.business), 1);
    db_copy_abort(NULL);
}

static void a_row_that_does_not_fit_fails_the_copy(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);
    struct work w = { .h = h, .rows = 10, .spoil = true };

    assert_failed(c, db_tx(c, stage_and_copy, &w), FAIL_INTERNAL);
    w.spoil = false;
    assert_ok(c, db_tx(c, stage_and_copy, &w));
}

static int cut_off(struct ctx *c, void *arg)
{
    struct work *w = arg;
    struct db_copy *copy = NULL;

    if (db_exec_text(c, STAGE) < 0 || db_copy_begin(c, COPY, &copy))
        return -1;
    harness_sql(w->h, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'tanggap_work'");
    /* The socket takes some bytes before it tells. */
    int rc = 0;
    for (int i = 0; i < 1000 && rc == 0; i++)
        rc = fill(c, copy, 1000);
    if (rc) {
        db_copy_abort(copy);
        return fail(&c->fail, FAIL_TRY_AGAIN, "cut off");
    }
    return db_copy_end(copy) < 0 ? -1 : 0;
}

static void a_copy_cut_off_is_told_and_the_next_works(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);
    struct work w = { .h = h, .rows = 10 };

    assert_failed(c, db_tx(c, cut_off, &w), FAIL_TRY_AGAIN);
    assert_ok(c, db_tx(c, stage_and_copy, &w));
}

static int copy_into_tenant_table(struct ctx *c, void *arg)
{
    struct db_copy *copy = NULL;

    (void)arg;
    return db_copy_begin(c, "COPY contact (name) FROM STDIN (FORMAT binary)", &copy);
}

static void a_table_under_row_level_security_is_refused(void **state)
{
    struct harness *h = *state;
    struct ctx *c = begin(h);
    struct work w = { .h = h, .rows = 10 };

    assert_failed(c, db_tx(c, copy_into_tenant_table, NULL), FAIL_INTERNAL);
    assert_ok(c, db_tx(c, stage_and_copy, &w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_every_kind_arrive),
        cmocka_unit_test(an_aborted_copy_leaves_nothing_and_a_usable_connection),
        cmocka_unit_test(a_row_that_does_not_fit_fails_the_copy),
        cmocka_unit_test(a_copy_cut_off_is_told_and_the_next_works),
        cmocka_unit_test(a_table_under_row_level_security_is_refused),
    };

    return HARNESS_RUN(tests);
}

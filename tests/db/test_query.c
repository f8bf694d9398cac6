#include "harness.h"

#include "../../backend/db/conn_priv.h"

#include "util/str.h"

static char token_bytes[2][32];

static struct text token(char c)
{
    char *t = token_bytes[c & 1];

    memset(t, c, 32);
    return (struct text) { t, 32 };
}

#define STATEMENT(sql, n) ((struct sql_statement) { "test", sql, n, 0 })

static int nothing(void *arg)
{
    (void)arg;
    return 0;
}

static int count(void *arg)
{
    ++*(int *)arg;
    return 0;
}

static int stop_at_two(void *arg)
{
    return ++*(int *)arg == 2 ? -1 : 0;
}

static struct ctx *system_ctx(struct harness *h)
{
    struct ctx *c = &h->web;

    db_leave(c);
    arena_reset(c->mem);
    fail_clear(&c->fail);
    db_enter_system(c);
    return c;
}

static void every_kind_comes_back_as_it_went(void **state)
{
    struct ctx *c = system_ctx(*state);
    const struct sql_statement s =
        STATEMENT("SELECT $1::bigint, $2::int, $3::smallint, $4::bool, $5::float8, $6::text, $7::bytea, "
                  "$8::timestamptz, $9::jsonb",
                  9);
    int64_t i64 = 1;
    int32_t i32 = 1;
    int16_t i16 = 1;
    bool yes = false, absent = true;
    double real = 1;
    struct text text, bytes, json;
    time_us at = 1;
    struct text odd = TEXT("Ibu \"Sri\" — 'ayam\\geprek' 🌶️\n\t\x7f");
    struct text raw = { "\0\xff\x00 raw", 8 };

    assert_ok(c, query_each(c, &s,
                            IN(IN_I64(INT64_MIN), IN_I32(INT32_MIN), IN_I16(INT16_MIN), IN_BOOL(true), IN_DOUBLE(-0.1),
                               IN_TEXT(odd), IN_BYTES(raw), IN_TIME(INT64_C(1764021234123456)),
                               IN_JSON(TEXT("{\"a\": [1, \"é\"]}"))),
                            OUT(OUT_I64(&i64), OUT_I32(&i32), OUT_I16(&i16), OUT_BOOL(&yes), OUT_DOUBLE(&real, &absent),
                                OUT_TEXT(&text), OUT_TEXT(&bytes), OUT_TIME(&at), OUT_TEXT(&json)),
                            nothing, NULL));
    assert_true(i64 == INT64_MIN && i32 == INT32_MIN && i16 == INT16_MIN && yes && real == -0.1 && !absent);
    assert_true(text_equal(text, odd) && text_equal(bytes, raw));
    assert_int_equal(text.ptr[text.len], '\0');
    assert_true(at == INT64_C(1764021234123456));
    assert_text(json, "{\"a\": [1, \"é\"]}");
}

static void null_comes_back_as_absent(void **state)
{
    struct ctx *c = system_ctx(*state);
    const struct sql_statement s = STATEMENT("SELECT $1::bigint, $2::text, $3::bytea, $4::timestamptz, $5::jsonb, "
                                             "$6::float8, $7::bool, $8::text = ''",
                                             8);
    int64_t i64 = 5;
    struct text text = TEXT("x"), bytes = TEXT("x"), json = TEXT("x");
    time_us at = 5;
    double real = 5;
    bool yes = true, absent = false, is_empty = false;
    struct text none = { NULL, 0 };

    assert_ok(c, query_each(c, &s,
                            IN(IN_ID(0), IN_TEXT(none), IN_BYTES(none), IN_TIME(TIME_NONE), IN_JSON(none), IN_NULL,
                               IN_NULL, IN_STR("")),
                            OUT(OUT_I64(&i64), OUT_TEXT(&text), OUT_TEXT(&bytes), OUT_TIME(&at), OUT_TEXT(&json),
                                OUT_DOUBLE(&real, &absent), OUT_BOOL(&yes), OUT_BOOL(&is_empty)),
                            nothing, NULL));
    assert_true(i64 == 0 && !text.ptr && !bytes.ptr && !json.ptr && at == TIME_NONE && real == 0 && absent && !yes);
    assert_true(is_empty);
}

static void arrays_arrive_with_their_nulls(void **state)
{
    struct ctx *c = system_ctx(*state);
    const struct sql_statement s = STATEMENT(
        "SELECT jsonb_build_array($1::bigint[], $2::smallint[], $3::bool[], $4::text[], $6::timestamptz[])::text, "
        "array_to_string($5::bytea[], ',', '-')",
        6);
    const int64_t numbers[] = { -1, INT64_MAX };
    const int16_t small[] = { 3, -3 };
    const bool flags[] = { true, false };
    const struct text texts[] = { TEXT("a\"b,{}"), { NULL, 0 }, TEXT("") };
    const struct text blobs[] = { { "\0\x01", 2 }, { NULL, 0 } };
    const time_us times[] = { 0, TIME_NONE };
    struct text out, bytes;

    assert_ok(c, query_each(c, &s,
                            IN(IN_I64S(numbers, 2), IN_I16S(small, 2), IN_BOOLS(flags, 2), IN_TEXTS(texts, 3),
                               IN_BYTESS(blobs, 2), IN_TIMES(times, 2)),
                            OUT(OUT_TEXT(&out), OUT_TEXT(&bytes)), nothing, NULL));
    assert_text(out, "[[-1, 9223372036854775807], [3, -3], [true, false], [\"a\\\"b,{}\", null, \"\"], "
                     "[\"1970-01-01T00:00:00+00:00\", null]]");
    assert_text(bytes, "\\x0001,-");
    assert_ok(c, query_each(c, &s,
                            IN(IN_I64S(numbers, 0), IN_I16S(NULL, 0), IN_BOOLS(NULL, 0), IN_TEXTS(NULL, 0),
                               IN_BYTESS(NULL, 0), IN_TIMES(NULL, 0)),
                            OUT(OUT_TEXT(&out), OUT_TEXT(&bytes)), nothing, NULL));
    assert_text(out, "[[], [], [], [], []]");
}

static void rows_come_one_by_one_and_can_stop(void **state)
{
    struct ctx *c = system_ctx(*state);
    const struct sql_statement s = STATEMENT("SELECT g::bigint FROM generate_series(1, $1::int) g", 1);
    int64_t n = 0;
    int seen = 0;

    assert_ok(c, query_each(c, &s, IN(IN_I32(1000)), OUT(OUT_I64(&n)), count, &seen));
    assert_int_equal(seen, 1000);
    assert_true(n == 1000);
    seen = 0;
    assert_int_equal(query_each(c, &s, IN(IN_I32(10)), OUT(OUT_I64(&n)), stop_at_two, &seen), -1);
    assert_int_equal(seen, 2);
    assert_true(n == 2);
}

static void wrong_columns_touch_nothing(void **state)
{
    struct ctx *c = system_ctx(*state);
    const struct sql_statement s = STATEMENT("SELECT 1::bigint, 'x'::text, 2.5::numeric", 0);
    int64_t n = 7;
    struct text t = { NULL, 0 };

    assert_failed(c, query_each(c, &s, NO_IN, OUT(OUT_I64(&n), OUT_TEXT(&t), OUT_I64(&n)), nothing, NULL),
                  FAIL_INTERNAL);
    assert_failed(c, query_each(c, &s, NO_IN, OUT(OUT_I64(&n)), nothing, NULL), FAIL_INTERNAL);
    assert_true(n == 7 && !t.ptr);
}

static void hostile_bytes_are_a_bad_request(void **state)
{
    struct ctx *c = system_ctx(*state);
    const struct sql_statement s = STATEMENT("SELECT $1::text", 1);
    struct text t;

    assert_failed(c, query_each(c, &s, IN(IN_TEXT(((struct text) { "a\0b", 3 }))), OUT(OUT_TEXT(&t)), nothing, NULL),
                  FAIL_BAD_REQUEST);
    assert_failed(c, query_each(c, &s, IN(IN_TEXT(TEXT("\xc3("))), OUT(OUT_TEXT(&t)), nothing, NULL), FAIL_BAD_REQUEST);
    assert_ok(c, query_each(c, &s, IN(IN_TEXT(TEXT("fine"))), OUT(OUT_TEXT(&t)), nothing, NULL));
    assert_text(t, "fine");
}

static void numbers_beyond_their_kind_are_refused(void **state)
{
    struct ctx *c = system_ctx(*state);
    const struct sql_statement s = STATEMENT("SELECT $1::smallint", 1);
    int16_t n = 0;

    assert_failed(c, query_each(c, &s, IN(IN_I16(40000)), OUT(OUT_I16(&n)), nothing, NULL), FAIL_INTERNAL);
    assert_ok(c, query_each(c, &s, IN(IN_I16(4000)), OUT(OUT_I16(&n)), nothing, NULL));
}

static void what_the_server_refuses_has_its_code(void **state)
{
    struct ctx *c = system_ctx(*state);
    const struct sql_statement bad = STATEMENT("SELECT no_such_column", 0);
    const struct sql_statement slow = STATEMENT("SELECT pg_sleep(60) IS NULL", 0);
    bool b = false;

    assert_failed(c, query_each(c, &bad, NO_IN, NO_OUT, nothing, NULL), FAIL_INTERNAL);
    assert_ok(c, db_exec_text(c, "SET statement_timeout = 20"));
    assert_failed(c, query_each(c, &slow, NO_IN, OUT(OUT_BOOL(&b)), nothing, NULL), FAIL_TRY_AGAIN);
    assert_ok(c, db_exec_text(c, "SET statement_timeout = 10000"));
    db_leave(c);
    db_enter_business(c, 999999);
    assert_failed(c, db_exec_text(c, "INSERT INTO ready VALUES (999999, 1, now())"), FAIL_CONFLICT);
}

static int64_t channels_seen(struct ctx *c)
{
    const struct sql_statement s = STATEMENT("SELECT count(*) FROM channel", 0);
    int64_t n = -1;

    return query_each(c, &s, NO_IN, OUT(OUT_I64(&n)), nothing, NULL) ? -1 : n;
}

static void a_session_enters_its_business_only(void **state)
{
    struct harness *h = *state;
    int64_t a = harness_business(h, "Warung A"), b = harness_business(h, "Warung B");
    int64_t person = harness_member(h, a, "sri@warung.example", ROLE_AGENT, 'A');
    struct ctx *c = system_ctx(h);

    harness_channel(h, a, "bot-a");
    harness_channel(h, b, "bot-b1");
    harness_channel(h, b, "bot-b2");
    db_leave(c);
    db_enter_session(c, token('A'), a, 1u << ROLE_AGENT);
    assert_true(c->who.business == a);
    assert_int_equal(channels_seen(c), 1);
    assert_true(c->who.person == person && c->who.role == ROLE_AGENT && c->who.business == a);
    assert_string_equal(c->who.name, "Sri Wahyuni");
    assert_string_equal(c->who.language, "id");
    db_leave(c);

    db_enter_session(c, token('A'), b, 1u << ROLE_AGENT);
    assert_failed(c, channels_seen(c), FAIL_NOT_FOUND);
    assert_true(c->who.person == 0 && c->who.business == 0);
    assert_failed(c, channels_seen(c), FAIL_NOT_FOUND);
    db_leave(c);
    db_enter_session(c, token('A'), a, 1u << ROLE_OWNER);
    assert_failed(c, db_who(c), FAIL_FORBIDDEN);
    db_leave(c);
    db_enter_session(c, token('Z'), a, ~0u);
    assert_failed(c, channels_seen(c), FAIL_NOT_LOGGED_IN);
    db_leave(c);
    db_enter_session(c, TEXT("short"), a, ~0u);
    assert_failed(c, channels_seen(c), FAIL_NOT_LOGGED_IN);
    db_leave(c);
    db_enter_system(c);
    assert_int_equal(channels_seen(c), 0);
    db_leave(c);
    db_enter_session(c, token('A'), 0, 0);
    assert_int_equal(db_who(c), 0);
    assert_true(c->who.person == person && c->who.role == ROLE_NONE);
    assert_int_equal(channels_seen(c), 0);
    db_leave(c);
    db_enter_business(c, b);
    assert_int_equal(channels_seen(c), 2);
    db_leave(c);
}

static int insert_ready(struct ctx *c, void *arg)
{
    char sql[120];

    snprintf(sql, sizeof sql, "INSERT INTO ready VALUES (%lld, 1, now())", (long long)*(int64_t *)arg);
    return db_exec_text(c, sql) == 1 ? 0 : -1;
}

static void behind_a_refused_entrance_nothing_runs(void **state)
{
    struct harness *h = *state;
    int64_t a = harness_business(h, "Ditolak");
    struct ctx *c = system_ctx(h);

    db_leave(c);
    db_enter_session(c, token('?'), a, ~0u);
    assert_failed(c, insert_ready(c, &a), FAIL_NOT_LOGGED_IN);
    assert_failed(c, db_tx(c, insert_ready, &a), FAIL_NOT_LOGGED_IN);
    db_leave(c);
    assert_int_equal(harness_i64(h, "SELECT count(*) FROM ready WHERE business_id = %lld", (long long)a), 0);
    db_enter_system(c);
    assert_ok(c, db_tx(c, insert_ready, &a));
    assert_int_equal(harness_i64(h, "SELECT count(*) FROM ready WHERE business_id = %lld", (long long)a), 1);
}

static void a_job_never_acts_for_the_person_before(void **state)
{
    struct harness *h = *state;
    int64_t a = harness_business(h, "Siapa");
    int64_t person = harness_member(h, a, "siapa@warung.example", ROLE_OWNER, 'P');
    struct ctx *c = system_ctx(h);
    const struct sql_statement who = STATEMENT("SELECT current_person()", 0);
    int64_t n = -1;

    db_leave(c);
    db_enter_session(c, token('P'), a, ~0u);
    assert_ok(c, query_each(c, &who, NO_IN, OUT(OUT_I64(&n)), nothing, NULL));
    assert_true(n == person);
    db_leave(c);
    db_enter_business(c, a);
    assert_ok(c, query_each(c, &who, NO_IN, OUT(OUT_I64(&n)), nothing, NULL));
    assert_true(n == 0 && c->who.person == 0);
    db_leave(c);
}

static int failing_insert(struct ctx *c, void *arg)
{
    (void)arg;
    return db_exec_text(c, "INSERT INTO ready VALUES (-1, 1, now())") < 0 ? -1 : 0;
}

static void a_failed_statement_never_brings_the_last_tenant_back(void **state)
{
    struct harness *h = *state;
    int64_t a = harness_business(h, "Toko A"), b = harness_business(h, "Toko B");
    struct ctx *c = system_ctx(h);
    const struct sql_statement bad = STATEMENT("SELECT 1 / 0", 0);

    harness_channel(h, a, "toko-a");
    harness_channel(h, b, "toko-b1");
    harness_channel(h, b, "toko-b2");
    db_leave(c);
    db_enter_business(c, a);
    assert_int_equal(channels_seen(c), 1);
    db_leave(c);
    /* The entrance of b travels with the statement that fails, so the server forgets it. */
    db_enter_business(c, b);
    assert_failed(c, query_each(c, &bad, NO_IN, NO_OUT, nothing, NULL), FAIL_INTERNAL);
    assert_int_equal(channels_seen(c), 2);
    db_leave(c);
    db_enter_business(c, a);
    assert_failed(c, db_tx(c, failing_insert, NULL), FAIL_CONFLICT);
    assert_int_equal(channels_seen(c), 1);
    db_leave(c);
    db_enter_system(c);
    assert_int_equal(channels_seen(c), 0);
    db_leave(c);
}

static void without_a_tenant_there_is_nothing_and_with_one_only_its_own(void **state)
{
    struct harness *h = *state;
    int64_t a = harness_business(h, "RLS A"), b = harness_business(h, "RLS B");
    struct ctx *all[] = { &h->web, &h->work };
    char sql[200];

    harness_channel(h, a, "rls-a");
    harness_channel(h, b, "rls-b");
    for (size_t i = 0; i < 2; i++) {
        struct ctx *c = all[i];

        db_leave(c);
        db_enter_system(c);
        assert_int_equal(channels_seen(c), 0);
        db_leave(c);
        db_enter_business(c, a);
        assert_int_equal(channels_seen(c), 1);
        snprintf(sql, sizeof sql, "UPDATE channel SET name = 'mine' WHERE business_id = %lld", (long long)b);
        assert_int_equal(db_exec_text(c, sql), 0);
        snprintf(sql, sizeof sql, "INSERT INTO job (business_id, kind) VALUES (%lld, 1)", (long long)b);
        assert_failed(c, db_exec_text(c, sql), FAIL_INTERNAL);
        assert_non_null(strstr(c->fail.text, "row-level security"));
        snprintf(sql, sizeof sql, "INSERT INTO job (business_id, kind) VALUES (%lld, 1)", (long long)a);
        assert_int_equal(db_exec_text(c, sql), 1);
        db_leave(c);
    }
}

static void a_session_that_ended_or_a_disabled_person_stays_outside(void **state)
{
    struct harness *h = *state;
    int64_t a = harness_business(h, "Berakhir");
    int64_t person = harness_member(h, a, "budi@warung.example", ROLE_OWNER, 'E');
    struct ctx *c = system_ctx(h);

    db_leave(c);
    db_enter_session(c, token('E'), a, ~0u);
    assert_int_equal(db_who(c), 0);
    db_leave(c);
    harness_sql(h, "UPDATE person SET disabled_at = now() WHERE id = %lld", (long long)person);
    db_enter_session(c, token('E'), a, ~0u);
    assert_failed(c, db_who(c), FAIL_NOT_LOGGED_IN);
    db_leave(c);
    harness_sql(h, "UPDATE person SET disabled_at = NULL WHERE id = %lld", (long long)person);
    harness_sql(h, "UPDATE session SET expires_at = now() WHERE person_id = %lld", (long long)person);
    db_enter_session(c, token('E'), a, ~0u);
    assert_failed(c, db_who(c), FAIL_NOT_LOGGED_IN);
    db_leave(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_comes_back_as_it_went),
        cmocka_unit_test(null_comes_back_as_absent),
        cmocka_unit_test(arrays_arrive_with_their_nulls),
        cmocka_unit_test(rows_come_one_by_one_and_can_stop),
        cmocka_unit_test(wrong_columns_touch_nothing),
        cmocka_unit_test(hostile_bytes_are_a_bad_request),
        cmocka_unit_test(numbers_beyond_their_kind_are_refused),
        cmocka_unit_test(what_the_server_refuses_has_its_code),
        cmocka_unit_test(a_session_enters_its_business_only),
        cmocka_unit_test(behind_a_refused_entrance_nothing_runs),
        cmocka_unit_test(a_job_never_acts_for_the_person_before),
        cmocka_unit_test(a_failed_statement_never_brings_the_last_tenant_back),
        cmocka_unit_test(without_a_tenant_there_is_nothing_and_with_one_only_its_own),
        cmocka_unit_test(a_session_that_ended_or_a_disabled_person_stays_outside),
    };

    return HARNESS_RUN(tests);
}

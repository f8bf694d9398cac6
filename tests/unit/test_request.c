#include "unit.h"

#include "http/reply.h"

#include <jansson.h>

struct desk {
    struct ctx c;
    struct request rq;
};

static struct desk *desk_new(const char *query, const struct header *headers, size_t count)
{
    struct arena *mem = arena_new(0);
    struct desk *d = arena_new_of(mem, struct desk);

    d->c.mem = mem;
    d->rq = (struct request){ .ctx = &d->c, .query = text_of(query), .headers = headers, .header_count = count };
    return d;
}

static void desk_free(struct desk *d)
{
    arena_free(d->c.mem);
}

static void query_parameters_are_decoded_once(void **state)
{
    struct desk *d = desk_new("q=a%2Bb+c%26&empty=&flag&q=second", NULL, 0);
    struct text t;

    (void)state;
    assert_int_equal(request_query(&d->rq, "q", &t), 1);
    assert_text(t, "a+b c&");
    assert_int_equal(request_query(&d->rq, "empty", &t), 1);
    assert_text(t, "");
    assert_int_equal(request_query(&d->rq, "flag", &t), 1);
    assert_text(t, "");
    assert_int_equal(request_query(&d->rq, "none", &t), 0);
    desk_free(d);
}

static void a_parameter_that_cannot_be_read_names_itself(void **state)
{
    static const char *const bad[] = { "q=%zz", "q=%00", "q=%c3%28", "q=%" };
    struct text t;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct desk *d = desk_new(bad[i], NULL, 0);

        assert_int_equal(request_query(&d->rq, "q", &t), -1);
        assert_int_equal(d->c.fail.code, FAIL_BAD_FIELD);
        assert_string_equal(d->c.fail.field, "q");
        desk_free(d);
    }
}

static void a_cursor_comes_back_as_it_was_written(void **state)
{
    struct buf out = BUF_INIT(256);
    struct json_out j = json_out(&out);
    const struct cursor was = { INT64_C(1764000000123456), 42 };

    (void)state;
    jo_object(&j);
    cursor_write(&j, "next", &was);
    jo_end_object(&j);
    json_t *doc = json_loadb(out.ptr, out.len, 0, NULL);
    char query[128];
    snprintf(query, sizeof(query), "after=%s", json_string_value(json_object_get(doc, "next")));
    struct desk *d = desk_new(query, NULL, 0);
    struct cursor is = CURSOR_NEWEST;
    assert_int_equal(request_cursor(&d->rq, &is), 0);
    assert_int_equal(is.at, was.at);
    assert_int_equal(is.id, was.id);
    json_decref(doc);
    desk_free(d);
    buf_fini(&out);
}

static void a_cursor_of_somebody_else_is_refused(void **state)
{
    static const char *const bad[] = { "after=", "after=1", "after=a.b", "after=1.-2", "after=1.2.3" };
    struct cursor c = CURSOR_NEWEST;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct desk *d = desk_new(bad[i], NULL, 0);

        assert_int_equal(request_cursor(&d->rq, &c), -1);
        assert_string_equal(d->c.fail.field, "after");
        desk_free(d);
    }
    assert_int_equal(c.id, INT64_MAX);
}

static void ids_are_positive_numbers_and_nothing_else_exists(void **state)
{
    static const char *const bad[] = { "0", "-1", "1x", "", "9223372036854775808", " 1" };
    struct desk *d = desk_new("", NULL, 0);
    int64_t id = 0;

    (void)state;
    d->rq.arg_count = 1;
    d->rq.args[0] = TEXT("9223372036854775807");
    assert_int_equal(request_id(&d->rq, 0, &id), 0);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        d->rq.args[0] = text_of(bad[i]);
        assert_int_equal(request_id(&d->rq, 0, &id), -1);
        assert_int_equal(d->c.fail.code, FAIL_NOT_FOUND);
    }
    assert_int_equal(request_id(&d->rq, 1, &id), -1);
    desk_free(d);
}

static void idempotency_keys_are_plain(void **state)
{
    static const struct {
        const char *key;
        int rc;
    } cases[] = { { "abcdefgh", 0 }, { "AZ09_-az", 0 }, { "short", -1 }, { "with blank", -1 }, { "ganti\nbaris", -1 } };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct header h = { TEXT("idempotency-key"), text_of(cases[i].key) };
        struct desk *d = desk_new("", &h, 1);
        struct text key;

        assert_int_equal(request_key(&d->rq, &key), cases[i].rc);
        desk_free(d);
    }
}

static void the_csrf_token_follows_from_the_session_and_hides_it(void **state)
{
    char a[CRYPTO_TOKEN_SIZE], again[CRYPTO_TOKEN_SIZE], b[CRYPTO_TOKEN_SIZE];

    (void)state;
    csrf_token("session-a", a);
    csrf_token("session-a", again);
    csrf_token("session-b", b);
    assert_string_equal(a, again);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), CRYPTO_TOKEN_SIZE - 1);
}

static void a_problem_speaks_the_persons_language_and_carries_the_field(void **state)
{
    struct arena *mem = arena_new(0);
    struct reply rp = { .fd = -1 };
    struct fail why = { 0 };

    (void)state;
    fail_field(&why, "name", "too long");
    reply_init(&rp);
    reply_problem(&rp, &why, "en", mem);
    assert_int_equal(rp.status, 400);
    json_t *en = json_loadb(rp.body.ptr, rp.body.len, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(en, "code")), "bad_field");
    assert_string_equal(json_string_value(json_object_get(en, "field")), "name");
    reply_problem(&rp, &why, "id", mem);
    json_t *id = json_loadb(rp.body.ptr, rp.body.len, 0, NULL);
    assert_string_not_equal(json_string_value(json_object_get(en, "detail")),
                            json_string_value(json_object_get(id, "detail")));
    assert_null(strstr(rp.body.ptr, "too long"));
    json_decref(en);
    json_decref(id);
    buf_fini(&rp.body);
    arena_free(mem);
}

static void busy_answers_say_when_to_come_back(void **state)
{
    struct arena *mem = arena_new(0);
    struct reply rp = { .fd = -1 };
    struct fail why = { 0 };

    (void)state;
    fail(&why, FAIL_TRY_AGAIN, "full");
    reply_init(&rp);
    reply_problem(&rp, &why, "id", mem);
    assert_int_equal(rp.status, 503);
    assert_text(rp.headers[0].name, "Retry-After");
    assert_text(rp.headers[0].value, "1");
    buf_fini(&rp.body);
    arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_parameters_are_decoded_once),
        cmocka_unit_test(a_parameter_that_cannot_be_read_names_itself),
        cmocka_unit_test(a_cursor_comes_back_as_it_was_written),
        cmocka_unit_test(a_cursor_of_somebody_else_is_refused),
        cmocka_unit_test(ids_are_positive_numbers_and_nothing_else_exists),
        cmocka_unit_test(idempotency_keys_are_plain),
        cmocka_unit_test(the_csrf_token_follows_from_the_session_and_hides_it),
        cmocka_unit_test(a_problem_speaks_the_persons_language_and_carries_the_field),
        cmocka_unit_test(busy_answers_say_when_to_come_back),
    };
    return RUN(tests);
}

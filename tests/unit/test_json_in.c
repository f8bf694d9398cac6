#include "unit.h"

#include "util/buf.h"
#include "util/json_in.h"

struct address {
    struct text city;
    int64_t code;
};

struct order {
    struct text name;
    int64_t count;
    bool is_gift;
    time_us due;
    int size;
    struct json_in_ids ids;
    struct address addr;
    struct text parts;
};

static const char *const sizes[] = { "small", "large", NULL };
static const struct json_in_field address_fields[] = {
    JSON_IN_TEXT(struct address, city, true, 1, 20),
    JSON_IN_I64(struct address, code, false, 0, 99999),
    JSON_IN_END,
};
static const struct json_in_field order_fields[] = {
    JSON_IN_TEXT(struct order, name, true, 1, 10),
    JSON_IN_I64(struct order, count, false, 1, 100),
    JSON_IN_BOOL(struct order, is_gift, false),
    JSON_IN_TIME(struct order, due, false),
    JSON_IN_WORD(struct order, size, false, sizes),
    JSON_IN_IDS(struct order, ids, false, 3),
    JSON_IN_OBJECT(struct order, addr, false, address_fields),
    JSON_IN_LIST(struct order, parts, false, 40),
    JSON_IN_END,
};

static int begin(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int end(void **state)
{
    arena_free(*state);
    return 0;
}

static void a_full_body_fills_the_struct(void **state)
{
    struct order o = { .count = 1 };
    struct fail why;

    assert_int_equal(json_in_decode(TEXT("{\"name\":\"te\\u0068\",\"count\":\"7\",\"is_gift\":true,\"size\":\"large\","
                                         "\"due\":\"1970-01-01T00:00:01Z\",\"ids\":[\"9223372036854775807\",2],"
                                         "\"addr\":{\"city\":\"Solo\",\"code\":57111}}"),
                                    order_fields, *state, &o, &why),
                     0);
    assert_text(o.name, "teh");
    assert_int_equal(o.count, 7);
    assert_true(o.is_gift);
    assert_true(o.due == US_PER_S);
    assert_int_equal(o.size, 1);
    assert_int_equal(o.ids.count, 2);
    assert_true(o.ids.ids[0] == INT64_MAX && o.ids.ids[1] == 2);
    assert_text(o.addr.city, "Solo");
    assert_int_equal(o.addr.code, 57111);
}

static void absent_and_null_leave_the_default(void **state)
{
    struct order o = { .count = 5, .due = TIME_NONE, .size = -1 };
    struct fail why;

    assert_int_equal(json_in_decode(TEXT("{\"name\":\"a\",\"count\":null}"), order_fields, *state, &o, &why), 0);
    assert_int_equal(o.count, 5);
    assert_true(o.due == TIME_NONE);
    assert_int_equal(o.size, -1);
}

static void errors_name_the_path_and_change_nothing(void **state)
{
    static const char *const cases[][2] = {
        { "{}", "name" },
        { "{\"name\":null}", "name" },
        { "{\"name\":5}", "name" },
        { "{\"name\":\"\"}", "name" },
        { "{\"name\":\"12345678901\"}", "name" },
        { "{\"name\":\"a\",\"count\":0}", "count" },
        { "{\"name\":\"a\",\"count\":1.5}", "count" },
        { "{\"name\":\"a\",\"count\":\"1x\"}", "count" },
        { "{\"name\":\"a\",\"is_gift\":1}", "is_gift" },
        { "{\"name\":\"a\",\"due\":\"tomorrow\"}", "due" },
        { "{\"name\":\"a\",\"size\":\"huge\"}", "size" },
        { "{\"name\":\"a\",\"size\":1}", "size" },
        { "{\"name\":\"a\",\"ids\":[1,2,3,4]}", "ids" },
        { "{\"name\":\"a\",\"ids\":{}}", "ids" },
        { "{\"name\":\"a\",\"ids\":[1,2,0]}", "ids[2]" },
        { "{\"name\":\"a\",\"ids\":[1,\"\"]}", "ids[1]" },
        { "{\"name\":\"a\",\"addr\":{}}", "addr.city" },
        { "{\"name\":\"a\",\"addr\":[]}", "addr" },
        { "{\"name\":\"a\",\"addr\":{\"city\":\"x\",\"street\":1}}", "addr.street" },
        { "{\"name\":\"a\",\"colour\":1}", "colour" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct order o = { .name = TEXT("untouched"), .count = 42 };
        struct fail why;

        assert_int_equal(json_in_decode(text_of(cases[i][0]), order_fields, *state, &o, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_FIELD);
        assert_string_equal(why.field, cases[i][1]);
        assert_text(o.name, "untouched");
        assert_int_equal(o.count, 42);
    }
}

static void what_is_not_json_is_a_bad_request(void **state)
{
    static const char *const bad[] = { "",
                                       "{",
                                       "[]",
                                       "7",
                                       "{\"name\":\"a\",\"name\":\"b\"}",
                                       "{\"name\":\"a\\u0000\"}",
                                       "{\"name\":\"\xff\"}",
                                       "{\"name\":\"\\ud800\"}",
                                       "{\"name\":\"a\"} x" };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct order o = { .count = 1 };
        struct fail why;

        assert_int_equal(json_in_decode(text_of(bad[i]), order_fields, *state, &o, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_REQUEST);
    }
}

static void nothing_hides_behind_a_nul_byte(void **state)
{
    struct order o = { .count = 1 };
    struct fail why;

    assert_int_equal(json_in_decode(TEXT("{\"name\":\"a\"}\0{"), order_fields, *state, &o, &why), -1);
    assert_int_equal(why.code, FAIL_BAD_REQUEST);
}

static void an_endless_member_name_is_cut_in_the_path(void **state)
{
    struct order o = { .count = 1 };
    struct fail why;
    struct buf b = BUF_INIT(1000);

    buf_str(&b, "{\"");
    for (int i = 0; i < 100; i++)
        buf_str(&b, "é");
    buf_str(&b, "\":1}");
    assert_int_equal(json_in_decode(buf_as_text(&b), order_fields, *state, &o, &why), -1);
    assert_int_equal(strlen(why.field), 62);
    buf_fini(&b);
}

static void a_list_is_kept_as_it_is_written(void **state)
{
    static const char *const refused[] = { "{\"name\":\"a\",\"parts\":\"x\"}", "{\"name\":\"a\",\"parts\":[1]}",
                                           "{\"name\":\"a\",\"parts\":[\"0123456789012345678901234567890123456789\"]}" };
    struct order o = { .count = 1 };
    struct fail why;

    assert_int_equal(json_in_decode(TEXT("{\"name\":\"a\",\"parts\":[ \"x\", {\"y\": 1} ]}"), order_fields, *state, &o,
                                    &why),
                     0);
    assert_text(o.parts, "[\"x\",{\"y\":1}]");
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_int_equal(json_in_decode(text_of(refused[i]), order_fields, *state, &o, &why), -1);
        assert_string_equal(why.field, "parts");
    }
    assert_text(o.parts, "[\"x\",{\"y\":1}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_body_fills_the_struct),
        cmocka_unit_test(absent_and_null_leave_the_default),
        cmocka_unit_test(errors_name_the_path_and_change_nothing),
        cmocka_unit_test(what_is_not_json_is_a_bad_request),
        cmocka_unit_test(nothing_hides_behind_a_nul_byte),
        cmocka_unit_test(an_endless_member_name_is_cut_in_the_path),
        cmocka_unit_test(a_list_is_kept_as_it_is_written),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

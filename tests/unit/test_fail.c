#include "unit.h"

#include "util/buf.h"
#include "util/fail.h"
#include "util/str.h"

static void reasons_carry_field_and_line(void **state)
{
    struct fail f;

    (void)state;
    assert_int_equal(fail(&f, FAIL_TOO_LARGE, "at most %d", 5), -1);
    assert_int_equal(f.code, FAIL_TOO_LARGE);
    assert_string_equal(f.text, "at most 5");
    assert_int_equal(fail_field(&f, "addr.city", "is missing"), -1);
    assert_int_equal(f.code, FAIL_BAD_FIELD);
    assert_string_equal(f.field, "addr.city");
    assert_int_equal(fail_line(&f, FAIL_BAD_FILE, 12, "%s again", f.text), -1);
    assert_int_equal(f.line, 12);
    assert_string_equal(f.text, "is missing again");
    assert_string_equal(f.field, "");
    fail_clear(&f);
    assert_int_equal(f.code, FAIL_NONE);
    assert_int_equal(fail(NULL, FAIL_INTERNAL, "nobody listens"), -1);
}

static void codes_have_status_and_word(void **state)
{
    (void)state;
    assert_int_equal(fail_http_status(FAIL_NEWER_MESSAGE), 409);
    assert_string_equal(fail_word(FAIL_NEWER_MESSAGE), "newer_message");
    for (int i = 0; i < FAIL_CODE_COUNT; i++)
        assert_non_null(fail_word((enum fail_code)i));
}

static void a_long_reason_is_not_cut_within_a_character(void **state)
{
    struct fail f;
    struct buf text = BUF_INIT(1000), field = BUF_INIT(1000);

    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        buf_reset(&text);
        buf_reset(&field);
        buf_add(&text, "xxx", lead);
        buf_add(&field, "xxx", lead);
        for (int i = 0; i < 90; i++)
            buf_str(&text, "😀");
        for (int i = 0; i < 40; i++)
            buf_str(&field, "é");
        fail_field(&f, field.ptr, "%s", text.ptr);
        assert_true(str_utf8_valid(text_of(f.text)));
        assert_true(str_utf8_valid(text_of(f.field)));
        assert_true(strlen(f.text) > sizeof(f.text) - 5);
    }
    buf_fini(&text);
    buf_fini(&field);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reasons_carry_field_and_line),
        cmocka_unit_test(codes_have_status_and_word),
        cmocka_unit_test(a_long_reason_is_not_cut_within_a_character),
    };
    return RUN(tests);
}

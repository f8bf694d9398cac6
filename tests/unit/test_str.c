#include "unit.h"

#include "util/str.h"

static void numbers_are_read_whole_and_within_bounds(void **state)
{
    struct text cur = TEXT("-42rest");
    int64_t n = 5;

    (void)state;
    assert_int_equal(str_i64(&cur, &n, -100, 100), 0);
    assert_int_equal(n, -42);
    assert_text(cur, "rest");
    assert_int_equal(str_i64(&cur, &n, 0, 9), -1);
    assert_text(cur, "rest");
    assert_int_equal(str_whole_i64(TEXT("9223372036854775807"), &n, INT64_MIN, INT64_MAX), 0);
    assert_true(n == INT64_MAX);
    assert_int_equal(str_whole_i64(TEXT("-9223372036854775808"), &n, INT64_MIN, INT64_MAX), 0);
    assert_true(n == INT64_MIN);
}

static void what_is_not_a_number_is_refused(void **state)
{
    static const char *const bad[] = {
        "",   "-", "+1", " 1", "1 ", "1x", "0x1", "9223372036854775808", "-9223372036854775809", "99999999999999999999",
        "1e3"
    };
    int64_t n = 5;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(str_whole_i64(text_of(bad[i]), &n, INT64_MIN, INT64_MAX), -1);
    assert_int_equal(str_whole_i64(TEXT("101"), &n, 0, 100), -1);
    assert_int_equal(n, 5);
}

static void split_and_line_walk_through(void **state)
{
    struct text cur = TEXT("a=b=c"), head;

    (void)state;
    assert_true(str_split(&cur, '=', &head));
    assert_text(head, "a");
    assert_true(str_split(&cur, '=', &head));
    assert_text(head, "b");
    assert_false(str_split(&cur, '=', &head));
    assert_text(head, "c");
    assert_int_equal(cur.len, 0);

    cur = TEXT("one\r\n\ntwo");
    assert_true(str_line(&cur, &head));
    assert_text(head, "one");
    assert_true(str_line(&cur, &head));
    assert_text(head, "");
    assert_true(str_line(&cur, &head));
    assert_text(head, "two");
    assert_false(str_line(&cur, &head));
}

static void small_helpers(void **state)
{
    struct text cur = TEXT("Bearer x");

    (void)state;
    assert_text(str_trim(TEXT(" \t a b\r\n")), "a b");
    assert_text(str_trim(TEXT("  ")), "");
    assert_true(str_equal_nocase(TEXT("Content-TYPE"), TEXT("content-type")));
    assert_false(str_equal_nocase(TEXT("[a"), TEXT("{A")));
    assert_true(str_skip(&cur, TEXT("Bearer ")));
    assert_true(str_skip_char(&cur, 'x'));
    assert_false(str_skip_char(&cur, 'x'));
    assert_non_null(str_find(TEXT("haystack"), TEXT("sta")));
    assert_null(str_find(TEXT("haystack"), TEXT("stab")));
    assert_null(str_find((struct text) { NULL, 0 }, TEXT("x")));
}

static void utf8_follows_rfc_3629(void **state)
{
    static const char *const good[] = {
        "", "abc", "héllo", "日本語", "😀", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF", "abcdefghijklmné"
    };
    static const char *const bad[] = {
        "\x80",         "\xC3",         "\xC0\xAF",         "\xC1\xBF",         "\xE0\x9F\xBF",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
        "\xFF",         "abcdefgh\xC3", "\xE2\x82",         "\xF0\x9F\x98"
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(str_utf8_valid(text_of(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(str_utf8_valid(text_of(bad[i])));
}

static void every_code_point_survives_a_round_trip(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110100; c++) {
        char bytes[4];
        size_t len = str_utf8_encode(c, bytes);
        bool is_scalar = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);

        assert_int_equal(len > 0, is_scalar);
        if (len == 0)
            continue;
        struct text cur = { bytes, len };
        assert_true(str_utf8_valid(cur));
        assert_int_equal(str_utf8_next(&cur), c);
        assert_int_equal(cur.len, 0);
    }
}

static void malformed_bytes_are_passed_one_by_one(void **state)
{
    struct text cur = TEXT("\xE2\x82z");

    (void)state;
    assert_int_equal(str_utf8_next(&cur), -1);
    assert_int_equal(str_utf8_next(&cur), -1);
    assert_int_equal(str_utf8_next(&cur), 'z');
    assert_int_equal(str_utf8_next(&cur), -1);
    assert_int_equal(cur.len, 0);
}

static void cuts_never_split_a_character(void **state)
{
    struct text t = TEXT("aé日😀z");

    (void)state;
    for (size_t max = 0; max <= t.len + 1; max++) {
        struct text cut = str_utf8_cut(t, max);

        assert_true(cut.len <= max);
        assert_true(str_utf8_valid(cut));
        assert_true(max - cut.len < 4);
    }
    assert_int_equal(str_utf16_units(t), 6);
    assert_text(str_utf16_cut(t, 4), "aé日");
    assert_text(str_utf16_cut(t, 5), "aé日😀");
    assert_text(str_utf16_cut(t, 99), "aé日😀z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_whole_and_within_bounds),
        cmocka_unit_test(what_is_not_a_number_is_refused),
        cmocka_unit_test(split_and_line_walk_through),
        cmocka_unit_test(small_helpers),
        cmocka_unit_test(utf8_follows_rfc_3629),
        cmocka_unit_test(every_code_point_survives_a_round_trip),
        cmocka_unit_test(malformed_bytes_are_passed_one_by_one),
        cmocka_unit_test(cuts_never_split_a_character),
    };
    return RUN(tests);
}

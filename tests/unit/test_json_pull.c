#include "unit.h"

#include "util/buf.h"
#include "util/json_pull.h"

#include <stdlib.h>

/* Every token as a line: its number, its value, the depth; fed in pieces of one size. */
static void tokens(struct text doc, size_t piece, struct buf *out, bool *patched)
{
    struct json_pull *p = json_pull_new(1000);
    enum pull_token token;

    buf_reset(out);
    while ((token = json_pull_next(p)) != PULL_BAD && token != PULL_END) {
        if (token == PULL_MORE) {
            struct text part = { doc.ptr, doc.len < piece ? doc.len : piece };

            json_pull_feed(p, part);
            doc.ptr += part.len;
            doc.len -= part.len;
            continue;
        }
        buf_printf(out, "%d:", (int)token);
        buf_text(out, json_pull_value(p));
        buf_printf(out, "@%u ", json_pull_depth(p));
    }
    if (token == PULL_BAD) {
        struct fail why;

        json_pull_why(p, &why);
        assert_int_equal(why.code, FAIL_BAD_FILE);
        assert_int_equal(json_pull_next(p), PULL_BAD);
        buf_printf(out, "BAD line %ld %s", why.line, why.text);
    }
    *patched = json_pull_patched(p);
    json_pull_free(p);
}

static void check(struct text doc, const char *expected, bool expect_patched)
{
    struct buf out = BUF_INIT(100000);
    bool patched;

    for (size_t piece = 1; piece <= doc.len + 1; piece++) {
        tokens(doc, piece, &out, &patched);
        if (strcmp(out.ptr ? out.ptr : "", expected) != 0)
            fail_msg("in pieces of %zu: %s", piece, out.ptr ? out.ptr : "");
        assert_int_equal(patched, expect_patched);
    }
    buf_fini(&out);
}

static void tokens_come_in_order_however_the_input_is_cut(void **state)
{
    (void)state;
    check(TEXT("\xEF\xBB\xBF {\"a\" : [1, -2.5e+3 ,true,false,null,\"\"], \n\"b\":{}} \n"),
          "1:@1 5:a@1 3:@2 7:1@2 7:-2.5e+3@2 8:@2 9:@2 10:@2 6:@2 4:@1 5:b@1 1:@2 2:@1 2:@0 ", false);
    check(TEXT("\"top\""), "6:top@0 ", false);
    check(TEXT("0"), "7:0@0 ", false);
    check(TEXT("null"), "10:@0 ", false);
}

static void escapes_are_decoded(void **state)
{
    (void)state;
    check(TEXT("[\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\", \"\\u00e9\\uD83D\\ude00!\", \"raw é😀\", \"\\x41\\xe9\"]"),
          "3:@1 6:a\"\\/\b\f\n\r\tz@1 6:é😀!@1 6:raw é😀@1 6:Aé@1 4:@0 ", false);
}

static void damage_is_mended_and_told(void **state)
{
    (void)state;
    check(TEXT("[\"\\ud83d\", \"\\ud83dx\", \"\\ud83d\\n\", \"\\ude00\", \"\\ud83d\\ud83d\\ude00\", \"\\u0000\"]"),
          "3:@1 6:\xEF\xBF\xBD@1 6:\xEF\xBF\xBDx@1 6:\xEF\xBF\xBD\n@1 6:\xEF\xBF\xBD@1 6:\xEF\xBF\xBD😀@1 "
          "6:\xEF\xBF\xBD@1 4:@0 ",
          true);
    check(TEXT("\"a\xff\xc3\""), "6:a\xEF\xBF\xBD\xEF\xBF\xBD@0 ", true);
}

static void duplicate_keys_pass(void **state)
{
    (void)state;
    check(TEXT("{\"a\":1,\"a\":2}"), "1:@1 5:a@1 7:1@1 5:a@1 7:2@1 2:@0 ", false);
}

static void what_is_not_json_is_told_with_its_line(void **state)
{
    static const char *const bad[][2] = {
        { "", "1 not JSON: the file is empty" },
        { "[1\n,\n2", "3 not JSON: the file ends in the middle" },
        { "[\"abc", "1 not JSON: the file ends within a string" },
        { "[1 2]", "1 not JSON: the wrong closing bracket" },
        { "[1}", "1 not JSON: the wrong closing bracket" },
        { "[,]", "1 not JSON: a value was expected" },
        { "[1,]", "1 not JSON: a value was expected" },
        { "{\"a\"}", "1 not JSON: a colon was expected" },
        { "{\"a\":1,}", "1 not JSON: a name in quotes was expected" },
        { "{a:1}", "1 not JSON: a name in quotes was expected" },
        { "[01]", "1 not JSON: a malformed number" },
        { "[1.]", "1 not JSON: a malformed number" },
        { "[-]", "1 not JSON: a malformed number" },
        { "[1e]", "1 not JSON: a malformed number" },
        { "[nul]", "1 not JSON: a word that JSON does not have" },
        { "[truee]", "1 not JSON: a word that JSON does not have" },
        { "[\"a\nb\"]", "1 not JSON: a control character in a string" },
        { "[\"\\q\"]", "1 not JSON: an unknown escape in a string" },
        { "[\"\\u12g4\"]", "1 not JSON: an escape in a string is not hexadecimal" },
        { "[] []", "1 not JSON: something follows the end of the document" },
        { "\xEF\xBB[]", "1 not JSON: a value was expected" },
        { "NaN", "1 not JSON: a value was expected" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct text doc = text_of(bad[i][0]);
        struct buf out = BUF_INIT(10000);
        bool patched;

        for (size_t piece = 1; piece <= doc.len + 1; piece++) {
            tokens(doc, piece, &out, &patched);
            const char *told = strstr(out.ptr, "BAD line ");
            assert_non_null(told);
            if (strcmp(told + 9, bad[i][1]) != 0)
                fail_msg("%s in pieces of %zu: %s", bad[i][0], piece, told);
        }
        buf_fini(&out);
    }
}

static void depth_and_length_are_bounded(void **state)
{
    struct buf doc = BUF_INIT(10000), out = BUF_INIT(10000);
    bool patched;

    (void)state;
    for (int i = 0; i < 64; i++)
        buf_char(&doc, '[');
    for (int i = 0; i < 64; i++)
        buf_char(&doc, ']');
    tokens(buf_as_text(&doc), 1000, &out, &patched);
    assert_null(strstr(out.ptr, "BAD"));
    buf_reset(&doc);
    for (int i = 0; i < 65; i++)
        buf_char(&doc, '[');
    tokens(buf_as_text(&doc), 1000, &out, &patched);
    assert_non_null(strstr(out.ptr, "nested too deeply"));

    for (size_t len = 1000; len <= 1001; len++)
        for (size_t piece = 7; piece < 3000; piece += 1400) {
            buf_reset(&doc);
            buf_char(&doc, '"');
            for (size_t i = 0; i < len; i++)
                buf_char(&doc, 'x');
            buf_char(&doc, '"');
            tokens(buf_as_text(&doc), piece, &out, &patched);
            assert_int_equal(strstr(out.ptr, "a string is too long") != NULL, len > 1000);
        }
    buf_fini(&doc);
    buf_fini(&out);
}

/* Skips what an object holds under "skip" and keeps the rest, one byte at a time. */
static void skip_swallows_values_across_pieces(void **state)
{
    struct text doc = TEXT("{\"skip\":{\"a\":[1,{\"b\":\"]}\"}]},\"keep\":1,\"skip\":\"s\",\"skip\":7,\"keep\":2}");
    struct json_pull *p = json_pull_new(100);
    enum pull_token token;
    int64_t sum = 0;
    bool skipping = false;

    (void)state;
    for (;;) {
        token = skipping ? json_pull_skip(p) : json_pull_next(p);
        assert_int_not_equal(token, PULL_BAD);
        if (token == PULL_END)
            break;
        if (token == PULL_MORE) {
            json_pull_feed(p, (struct text) { doc.ptr, doc.len ? 1 : 0 });
            doc.ptr += doc.len ? 1 : 0;
            doc.len -= doc.len ? 1 : 0;
            continue;
        }
        skipping = !skipping && token == PULL_KEY && text_equal(json_pull_value(p), TEXT("skip"));
        if (token == PULL_NUMBER && !skipping)
            sum = sum * 10 + json_pull_value(p).ptr[0] - '0';
        assert_true(json_pull_depth(p) <= 1);
    }
    /* The skipped 7 is returned as the last token of what was swallowed. */
    assert_int_equal(sum, 172);
    assert_int_equal(json_pull_offset(p), 67);
    json_pull_free(p);
    json_pull_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_in_order_however_the_input_is_cut),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(damage_is_mended_and_told),
        cmocka_unit_test(duplicate_keys_pass),
        cmocka_unit_test(what_is_not_json_is_told_with_its_line),
        cmocka_unit_test(depth_and_length_are_bounded),
        cmocka_unit_test(skip_swallows_values_across_pieces),
    };
    return RUN(tests);
}

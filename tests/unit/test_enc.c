#include "unit.h"

#include "util/enc.h"

static void hex_goes_there_and_back(void **state)
{
    char hex[9];
    unsigned char bytes[4] = { 0 };

    (void)state;
    enc_hex("\x00\xAB\x7F\xFF", 4, hex);
    assert_string_equal(hex, "00ab7fff");
    assert_int_equal(dec_hex(TEXT("00AB7fFF"), bytes, 4), 0);
    assert_memory_equal(bytes, "\x00\xAB\x7F\xFF", 4);
    assert_int_equal(dec_hex(TEXT("00ab7ff"), bytes, 4), -1);
    assert_int_equal(dec_hex(TEXT("00ab7fxx"), bytes, 4), -1);
    assert_int_equal(dec_hex(TEXT("00ab7fffff"), bytes, 4), -1);
}

static void base64_knows_the_vectors_of_rfc_4648(void **state)
{
    static const char *const pairs[][3] = { { "", "", "" },
                                            { "f", "Zg==", "Zg" },
                                            { "fo", "Zm8=", "Zm8" },
                                            { "foo", "Zm9v", "Zm9v" },
                                            { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
                                            { "\xFB\xFF\xFE", "+//+", "-__-" } };
    struct buf b = BUF_INIT(100);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        for (int form = 1; form <= 2; form++) {
            buf_reset(&b);
            if (form == 1)
                enc_base64(&b, text_of(pairs[i][0]));
            else
                enc_base64url(&b, text_of(pairs[i][0]));
            assert_text(buf_as_text(&b), pairs[i][form]);
            buf_reset(&b);
            assert_int_equal(dec_base64(&b, text_of(pairs[i][form])), 0);
            assert_text(buf_as_text(&b), pairs[i][0]);
        }
    buf_fini(&b);
}

static void base64_refuses_what_was_not_meant(void **state)
{
    static const char *const bad[] = { "Z",    "Zg=",    "Zg===", "Zh==", "Zm9=", "Zm9v=",
                                       "Zm 9", "Zm9v\n", "=",     "====", "Z!==" };
    struct buf b = BUF_INIT(100);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(dec_base64(&b, text_of(bad[i])), -1);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

static void percent_keeps_only_the_unreserved(void **state)
{
    struct buf b = BUF_INIT(100);

    (void)state;
    enc_percent(&b, TEXT("a-Z_0.~ /+é"));
    assert_text(buf_as_text(&b), "a-Z_0.~%20%2F%2B%C3%A9");
    struct buf back = BUF_INIT(100);
    assert_int_equal(dec_percent(&back, buf_as_text(&b)), 0);
    assert_text(buf_as_text(&back), "a-Z_0.~ /+é");
    buf_fini(&b);
    buf_fini(&back);
}

static void percent_refuses_nul_and_broken_escapes(void **state)
{
    static const char *const bad[] = { "%", "%4", "%zz", "a%00b", "%2", "x%2" };
    struct buf b = BUF_INIT(100);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(dec_percent(&b, text_of(bad[i])), -1);
    assert_int_equal(dec_percent(&b, TEXT("a+b%41")), 0);
    assert_text(buf_as_text(&b), "a+bA");
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hex_goes_there_and_back),
        cmocka_unit_test(base64_knows_the_vectors_of_rfc_4648),
        cmocka_unit_test(base64_refuses_what_was_not_meant),
        cmocka_unit_test(percent_keeps_only_the_unreserved),
        cmocka_unit_test(percent_refuses_nul_and_broken_escapes),
    };
    return RUN(tests);
}

#include "unit.h"

#include "util/json_out.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

static void nesting_places_its_own_commas(void **state)
{
    struct buf b = BUF_INIT(1000);
    struct json_out j = json_out(&b);

    (void)state;
    jo_object(&j);
    jo_kv(&j, "a", jo_i64, -1);
    jo_key(&j, "list");
    jo_array(&j);
    jo_bool(&j, true);
    jo_object(&j);
    jo_end_object(&j);
    jo_array(&j);
    jo_end_array(&j);
    jo_null(&j);
    jo_end_array(&j);
    jo_kv(&j, "id", jo_id, INT64_MAX);
    jo_kv(&j, "at", jo_time, 0);
    jo_kv(&j, "never", jo_time, TIME_NONE);
    jo_kv(&j, "raw", jo_raw, TEXT("[1, 2]"));
    jo_kv(&j, "none", jo_str, NULL);
    jo_key_text(&j, TEXT("k\"ey"));
    jo_str(&j, "v");
    jo_end_object(&j);
    assert_string_equal(b.ptr, "{\"a\":-1,\"list\":[true,{},[],null],\"id\":\"9223372036854775807\","
                               "\"at\":\"1970-01-01T00:00:00.000Z\",\"never\":null,\"raw\":[1, 2],\"none\":null,"
                               "\"k\\\"ey\":\"v\"}");
    buf_fini(&b);
}

static void strings_are_escaped_and_mended(void **state)
{
    struct buf b = BUF_INIT(1000);
    struct json_out j = json_out(&b);

    (void)state;
    jo_array(&j);
    jo_text(&j, TEXT("q\" s\\ n\n r\r t\t b\b f\f c\x01 d\x7f"));
    jo_text(&j, TEXT("é日😀 long enough for eight bytes at once"));
    jo_text(&j, TEXT("\xff cut\xe2\x82 nul\0."));
    jo_text(&j, TEXT(""));
    jo_end_array(&j);
    assert_string_equal(b.ptr, "[\"q\\\" s\\\\ n\\n r\\r t\\t b\\b f\\f c\\u0001 d\x7f\","
                               "\"é日😀 long enough for eight bytes at once\","
                               "\"\xEF\xBF\xBD cut\xEF\xBF\xBD\xEF\xBF\xBD nul\xEF\xBF\xBD.\",\"\"]");
    buf_fini(&b);
}

/* Every byte at every place within and around a machine word. */
static void the_fast_path_misses_no_byte(void **state)
{
    struct buf b = BUF_INIT(1000);

    (void)state;
    for (int byte = 1; byte < 256; byte++)
        for (size_t len = 1; len <= 17; len++)
            for (size_t at = 0; at < len; at++) {
                struct json_out j = json_out(&b);
                char s[17];

                memset(s, 'x', sizeof(s));
                s[at] = (char)byte;
                buf_reset(&b);
                jo_array(&j);
                jo_text(&j, (struct text) { s, len });
                jo_end_array(&j);
                json_t *doc = json_loadb(b.ptr, b.len, 0, NULL);
                assert_non_null(doc);
                const char *back = json_string_value(json_array_get(doc, 0));
                if (byte < 0x80)
                    assert_memory_equal(back, s, len);
                else
                    assert_memory_equal(back + at, "\xEF\xBF\xBD", 3);
                json_decref(doc);
            }
    buf_fini(&b);
}

static void doubles_read_back_the_same(void **state)
{
    static const double values[] = { 0.0,
                                     -0.0,
                                     1.0,
                                     0.1,
                                     -6.2087634,
                                     106.8456131,
                                     1e300,
                                     1e-7,
                                     1.0 / 3,
                                     5e-324,
                                     1.7976931348623157e308,
                                     123456789012345680.0 };
    struct buf b = BUF_INIT(1000);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct json_out j = json_out(&b);

        buf_reset(&b);
        jo_double(&j, values[i]);
        double back = strtod(b.ptr, NULL);
        assert_memory_equal(&back, &values[i], sizeof(back));
    }
    struct json_out j = json_out(&b);
    buf_reset(&b);
    jo_double(&j, 0.1);
    assert_string_equal(b.ptr, "0.1");
    buf_reset(&b);
    j = json_out(&b);
    jo_double(&j, INFINITY);
    assert_string_equal(b.ptr, "null");
    buf_fini(&b);
}

static void a_full_buffer_fails_as_a_whole(void **state)
{
    struct buf b = BUF_INIT(20);
    struct json_out j = json_out(&b);

    (void)state;
    jo_object(&j);
    jo_kv(&j, "key", jo_str, "a value that is too long");
    jo_kv(&j, "k", jo_i64, 1);
    jo_end_object(&j);
    assert_true(b.failed);
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nesting_places_its_own_commas),  cmocka_unit_test(strings_are_escaped_and_mended),
        cmocka_unit_test(the_fast_path_misses_no_byte),   cmocka_unit_test(doubles_read_back_the_same),
        cmocka_unit_test(a_full_buffer_fails_as_a_whole),
    };
    return RUN(tests);
}

#include "unit.h"

#include "util/buf.h"

#include <stdlib.h>

static void grows_and_stays_terminated(void **state)
{
    struct buf b = BUF_INIT(100000);

    (void)state;
    for (int i = 0; i < 10000; i++)
        buf_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.len, 10000);
    assert_int_equal(strlen(b.ptr), 10000);
    buf_reset(&b);
    buf_str(&b, "one ");
    buf_text(&b, TEXT("two "));
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MAX);
    buf_printf(&b, " %s%d", "n", 5);
    assert_string_equal(b.ptr, "one two -9223372036854775808 9223372036854775807 n5");
    buf_fini(&b);
    buf_fini(&b);
}

static void the_maximum_itself_fits(void **state)
{
    struct buf b = BUF_INIT(5);

    (void)state;
    buf_str(&b, "12345");
    assert_false(b.failed);
    assert_string_equal(b.ptr, "12345");
    buf_fini(&b);
}

static void overflow_drops_everything_until_reset(void **state)
{
    struct buf b = BUF_INIT(5);
    size_t len = 77;

    (void)state;
    buf_str(&b, "1234");
    buf_str(&b, "56");
    assert_true(b.failed);
    assert_int_equal(b.len, 0);
    buf_str(&b, "1");
    assert_true(b.failed);
    assert_int_equal(b.len, 0);
    assert_null(buf_room(&b, 1));
    assert_null(buf_take(&b, &len));
    assert_int_equal(len, 77);
    buf_reset(&b);
    buf_str(&b, "ok");
    assert_string_equal(b.ptr, "ok");
    buf_fini(&b);
}

static void huge_requests_fail_instead_of_wrapping(void **state)
{
    struct buf b = BUF_INIT(SIZE_MAX - 1);

    (void)state;
    buf_char(&b, 'x');
    assert_null(buf_room(&b, SIZE_MAX));
    assert_true(b.failed);
    buf_fini(&b);
}

static void take_hands_the_memory_out(void **state)
{
    struct buf b = BUF_INIT(100);
    size_t len;

    (void)state;
    buf_add(&b, "a\0b", 3);
    char *p = buf_take(&b, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(p, "a\0b", 4);
    assert_null(b.ptr);
    free(p);
    buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grows_and_stays_terminated),
        cmocka_unit_test(the_maximum_itself_fits),
        cmocka_unit_test(overflow_drops_everything_until_reset),
        cmocka_unit_test(huge_requests_fail_instead_of_wrapping),
        cmocka_unit_test(take_hands_the_memory_out),
    };
    return RUN(tests);
}

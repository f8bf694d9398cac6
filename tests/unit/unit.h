/* What every unit test includes: cmocka with the headers that it wants first, and a few words of our own. */
#ifndef TANGGAP_TESTS_UNIT_H
#define TANGGAP_TESTS_UNIT_H

#include "util/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The name belongs to util/fail.h. */
#undef fail
#undef fail_msg
#define fail_msg(...)                                                                                                  \
    do {                                                                                                               \
        print_error(__VA_ARGS__);                                                                                      \
        print_error("\n");                                                                                             \
        _fail(__FILE__, __LINE__);                                                                                     \
    } while (0)

/* The text is exactly this string. */
#define assert_text(t, literal)                                                                                        \
    do {                                                                                                               \
        struct text text_ = (t);                                                                                       \
        assert_int_equal(text_.len, strlen(literal));                                                                  \
        assert_memory_equal(text_.ptr, (literal), text_.len);                                                          \
    } while (0)

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif

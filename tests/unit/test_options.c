#include "unit.h"

#include "main/command.h"

struct target {
    const char *name;
    int64_t count;
    bool json;
};

static const struct option_row rows[] = {
    { "name", OPTION_TEXT, true, offsetof(struct target, name), "NAME", "a name" },
    { "count", OPTION_NUMBER, false, offsetof(struct target, count), "N", "a number" },
    { "json", OPTION_FLAG, false, offsetof(struct target, json), NULL, "a flag" },
    OPTION_ROWS_END,
};
static const struct command_usage usage = { "FILE…", "A test.", rows, 0, 2 };

/* Runs the parser over words; words are not kept. */
static int parse(struct invocation *in, struct target *t, int count, const char *const *words)
{
    static char *argv[16];

    for (int i = 0; i < count; i++)
        argv[i] = (char *)(uintptr_t)words[i];
    *in = (struct invocation) { "test", NULL, count, argv };
    *t = (struct target) { NULL, 7, false };
    return command_options(in, &usage, t);
}
#define PARSE(in, t, ...)                                                                                              \
    parse(in, t, (int)COUNT_OF(((const char *[]) { __VA_ARGS__ })), (const char *[]) { __VA_ARGS__ })

static void values_stand_apart_or_behind_an_equal_sign(void **state)
{
    struct invocation in;
    struct target t;

    (void)state;
    assert_int_equal(PARSE(&in, &t, "--name", "Rini", "--count=12", "--json"), -1);
    assert_string_equal(t.name, "Rini");
    assert_int_equal(t.count, 12);
    assert_true(t.json);
    assert_int_equal(PARSE(&in, &t, "--name=a=b"), -1);
    assert_string_equal(t.name, "a=b");
    assert_int_equal(t.count, 7);
}

static void operands_may_stand_anywhere_and_begin_with_a_dash_after_two(void **state)
{
    struct invocation in;
    struct target t;

    (void)state;
    assert_int_equal(PARSE(&in, &t, "satu", "--name", "x", "--", "--dua"), -1);
    assert_int_equal(in.argc, 2);
    assert_string_equal(in.argv[0], "satu");
    assert_string_equal(in.argv[1], "--dua");
}

static void config_is_understood_everywhere(void **state)
{
    struct invocation in;
    struct target t;

    (void)state;
    assert_int_equal(PARSE(&in, &t, "--name", "x", "--config", "/etc/t.conf"), -1);
    assert_string_equal(in.config_path, "/etc/t.conf");
}

static void wrong_use_is_refused(void **state)
{
    struct invocation in;
    struct target t;

    (void)state;
    assert_int_equal(PARSE(&in, &t, "--nama", "x"), COMMAND_MISUSED);
    assert_int_equal(PARSE(&in, &t, "-n"), COMMAND_MISUSED);
    assert_int_equal(PARSE(&in, &t, "--name"), COMMAND_MISUSED);
    assert_int_equal(PARSE(&in, &t, "--json=yes", "--name", "x"), COMMAND_MISUSED);
    assert_int_equal(PARSE(&in, &t, "--name", "x", "--count", "banyak"), COMMAND_MISUSED);
    assert_int_equal(PARSE(&in, &t, "--name", "x", "--count", "-1"), COMMAND_MISUSED);
    assert_int_equal(PARSE(&in, &t, "--json"), COMMAND_MISUSED);
    assert_int_equal(PARSE(&in, &t, "--name", "x", "1", "2", "3"), COMMAND_MISUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stand_apart_or_behind_an_equal_sign),
        cmocka_unit_test(operands_may_stand_anywhere_and_begin_with_a_dash_after_two),
        cmocka_unit_test(config_is_understood_everywhere),
        cmocka_unit_test(wrong_use_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

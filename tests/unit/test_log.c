#include "unit.h"

#include "util/log.h"

#include <stdio.h>
#include <unistd.h>

/* What stderr got while fn ran. */
static struct text caught(void (*fn)(void), char *bytes, size_t size)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);

    assert_non_null(file);
    dup2(fileno(file), STDERR_FILENO);
    fn();
    dup2(saved, STDERR_FILENO);
    close(saved);
    rewind(file);
    size_t len = fread(bytes, 1, size, file);
    fclose(file);
    return (struct text) { bytes, len };
}

static void hostile(void)
{
    log_warn("said \"no\"", KV_S("who", "a\nlevel=error\t\x1b[31m\\ é \xff\xc2\x85"), KV_I("n", -5),
             KV_S("none", NULL));
}

static void values_cannot_forge_a_line(void **state)
{
    char bytes[9000];

    (void)state;
    log_setup("unit", LOG_INFO);
    assert_text(caught(hostile, bytes, sizeof(bytes)),
                "level=warn at=unit msg=\"said \\\"no\\\"\" "
                "who=\"a\\u000alevel=error\\u0009\\u001b[31m\\\\ é \\xff\\u0085\" n=-5 none=\"\"\n");
}

static void quiet(void)
{
    log_debug("not shown", KV_NONE);
    log_info("shown", KV_NONE);
}

static void lower_levels_stay_silent(void **state)
{
    char bytes[9000];

    (void)state;
    log_setup("unit", LOG_INFO);
    assert_text(caught(quiet, bytes, sizeof(bytes)), "level=info at=unit msg=\"shown\"\n");
    assert_int_equal(log_least(), LOG_INFO);
}

static size_t long_len;

static void lengthy(void)
{
    static char value[5000];

    memset(value, 'v', sizeof(value) - 1);
    value[long_len] = '\0';
    log_error("long", KV_S("first", value), KV_S("second", "s"), KV_I("n", 1));
}

static void a_long_line_is_cut_but_closed(void **state)
{
    char bytes[9000];

    (void)state;
    for (long_len = 4000; long_len < 4999; long_len++) {
        struct text t = caught(lengthy, bytes, sizeof(bytes));

        assert_true(t.len <= 4096);
        assert_int_equal(t.ptr[t.len - 1], '\n');
        assert_null(memchr(t.ptr, '\n', t.len - 1));
    }
}

/* A full pipe that nobody drained stopped the thread that answers requests. */
static void a_reader_that_stands_still_stops_nobody(void **state)
{
    static char bytes[1 << 20];
    int ends[2], saved = dup(STDERR_FILENO);
    size_t len = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_setup("unit", LOG_INFO);
    alarm(20);
    for (int i = 0; i < 5000; i++)
        log_info("said into the void, at some length so that the pipe is full soon", KV_I("n", i));
    alarm(0);
    for (ssize_t n; len < 60000 && (n = read(ends[0], bytes + len, sizeof(bytes) - len)) > 0;)
        len += (size_t)n;
    log_info("heard again", KV_NONE);
    dup2(saved, STDERR_FILENO);
    log_setup("unit", LOG_INFO);
    close(saved);
    close(ends[1]);
    for (ssize_t n; (n = read(ends[0], bytes + len, sizeof(bytes) - len - 1)) > 0;)
        len += (size_t)n;
    close(ends[0]);
    bytes[len] = '\0';
    assert_non_null(strstr(bytes, "level=warn at=unit msg=\"log lines dropped\" count="));
    assert_non_null(strstr(bytes, "msg=\"heard again\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_cannot_forge_a_line),
        cmocka_unit_test(lower_levels_stay_silent),
        cmocka_unit_test(a_long_line_is_cut_but_closed),
        cmocka_unit_test(a_reader_that_stands_still_stops_nobody),
    };
    return RUN(tests);
}

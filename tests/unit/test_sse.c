/* The hub of event streams, without a network: streams sleep and wake through two small functions. */
#include "http/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

struct tab {
    struct sse_stream *stream;
    int parked, woken;
};

static void park(void *io)
{
    ((struct tab *)io)->parked++;
}

static void wake(void *io)
{
    ((struct tab *)io)->woken++;
}

static void open_tab(struct sse_hub *h, int64_t person, int64_t last_id, struct tab *t)
{
    const uint8_t hash[CRYPTO_HASH_SIZE] = { 0 };
    struct fail why = { 0 };

    memset(t, 0, sizeof(*t));
    assert_int_equal(sse_open(h, person, 1, hash, last_id, &t->stream, &why), 0);
    sse_attach(t->stream, park, wake, t);
}

static const char *read_tab(struct tab *t, char buf[1024])
{
    ssize_t n = sse_read(t->stream, buf, 1023);

    if (n < 0)
        return "over";
    buf[n] = '\0';
    return buf;
}

static void news_wakes_only_that_business(void **state)
{
    (void)state;
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    char buf[1024];
    struct tab t;

    open_tab(h, 7, 0, &t);
    assert_non_null(strstr(read_tab(&t, buf), "retry:"));
    assert_string_equal(read_tab(&t, buf), "");
    sse_publish(h, 2, SSE_CONVERSATION, 9);
    assert_int_equal(t.woken, 0);
    sse_publish(h, 1, SSE_CONVERSATION, 42);
    assert_int_equal(t.woken, 1);
    assert_non_null(strstr(read_tab(&t, buf), "{\"thread\":\"42\"}"));
    sse_close(t.stream);
    sse_hub_free(h);
}

/* Found by reloading the panel six times within a heartbeat: the newest window was refused. */
static void sixth_window_gets_in_and_the_oldest_gives_way(void **state)
{
    (void)state;
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct tab tabs[SSE_PER_PERSON + 1], other;
    char buf[1024];

    open_tab(h, 8, 0, &other);
    for (size_t i = 0; i <= SSE_PER_PERSON; i++) {
        open_tab(h, 7, 0, &tabs[i]);
        read_tab(&tabs[i], buf);
        read_tab(&tabs[i], buf);
    }
    assert_int_equal(tabs[0].woken, 1);
    assert_int_equal(tabs[1].woken, 0);
    assert_int_equal(other.woken, 0);
    assert_non_null(strstr(read_tab(&tabs[0], buf), "event: taken"));
    assert_string_equal(read_tab(&tabs[0], buf), "over");
    for (size_t i = 0; i <= SSE_PER_PERSON; i++)
        sse_close(tabs[i].stream);
    sse_close(other.stream);
    sse_hub_free(h);
}

static void unknown_last_event_id_asks_to_fetch_anew(void **state)
{
    (void)state;
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    char buf[1024];
    struct tab t;

    open_tab(h, 7, 12345, &t);
    assert_non_null(strstr(read_tab(&t, buf), "event: reset"));
    sse_close(t.stream);
    sse_hub_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_wakes_only_that_business),
        cmocka_unit_test(sixth_window_gets_in_and_the_oldest_gives_way),
        cmocka_unit_test(unknown_last_event_id_asks_to_fetch_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

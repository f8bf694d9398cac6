#include "unit.h"

#include "http/sse.h"
#include "util/clock.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct end {
    struct sse_hub *hub;
    struct sse_stream *s;
    atomic_int parked, woken;
    char seen[65536];
    size_t len;
};

static const uint8_t token[CRYPTO_HASH_SIZE] = { 1 };

static void park(void *io)
{
    atomic_fetch_add(&((struct end *)io)->parked, 1);
}

static void wake(void *io)
{
    atomic_fetch_add(&((struct end *)io)->woken, 1);
}

static struct end *open_end(struct sse_hub *h, int64_t person, int64_t business, int64_t last)
{
    struct end *e = calloc(1, sizeof(*e));
    struct fail why = { 0 };

    e->hub = h;
    assert_int_equal(sse_open(h, person, business, token, last, &e->s, &why), 0);
    sse_attach(e->s, park, wake, e);
    return e;
}

static void close_end(struct end *e)
{
    sse_close(e->s);
    free(e);
}

/* Everything there is to read now. */
static const char *drain(struct end *e)
{
    ssize_t n;

    e->len = 0;
    while ((n = sse_read(e->s, e->seen + e->len, 1024)) > 0) {
        e->len += (size_t)n;
        if (e->len > sizeof(e->seen) - 2048) {
            /* Keep the end: nobody looks for what stood at the beginning of so much. */
            memmove(e->seen, e->seen + e->len - 1024, 1024);
            e->len = 1024;
        }
    }
    e->seen[e->len] = '\0';
    return e->seen;
}

static int64_t last_id(const char *text)
{
    const char *at = NULL;

    for (const char *p = text; (p = strstr(p, "id: ")); p++)
        at = p + 4;
    return at ? strtoll(at, NULL, 10) : 0;
}

static void news_reach_their_own_business_only(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 0), *b = open_end(h, 2, 20, 0);

    (void)state;
    drain(a);
    drain(b);
    sse_publish(h, 10, SSE_CONVERSATION, 77);
    assert_non_null(strstr(drain(a), "event: conversation\ndata: {\"thread\":\"77\"}\n\n"));
    assert_string_equal(drain(b), "");
    assert_int_equal(a->woken, 1);
    assert_int_equal(b->woken, 0);
    close_end(a);
    close_end(b);
    sse_hub_free(h);
}

static void a_reader_with_nothing_to_read_sleeps_until_it_is_woken(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 0);

    (void)state;
    drain(a);
    assert_int_equal(a->parked, 1);
    sse_publish(h, 10, SSE_ARCHIVE, 0);
    sse_publish(h, 10, SSE_ARCHIVE, 0);
    assert_int_equal(a->woken, 1);
    assert_non_null(strstr(drain(a), "event: archive\ndata: {\"thread\":null}"));
    assert_int_equal(a->parked, 2);
    close_end(a);
    sse_hub_free(h);
}

static void who_comes_back_hears_what_she_missed(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 0);

    (void)state;
    sse_publish(h, 10, SSE_CONVERSATION, 1);
    int64_t id = last_id(drain(a));
    close_end(a);
    sse_publish(h, 10, SSE_CONVERSATION, 2);
    a = open_end(h, 1, 10, id);
    drain(a);
    assert_null(strstr(a->seen, "\"1\""));
    assert_non_null(strstr(a->seen, "\"2\""));
    assert_null(strstr(a->seen, "reset"));
    close_end(a);
    sse_hub_free(h);
}

static void who_was_away_too_long_is_told_to_start_anew(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 5), *b = open_end(h, 2, 10, INT64_MAX - 1), *slow = open_end(h, 3, 10, 0);

    (void)state;
    assert_non_null(strstr(drain(a), "event: reset"));
    assert_non_null(strstr(drain(b), "event: reset"));
    for (int i = 0; i < 20000; i++)
        sse_publish(h, 10, SSE_CONVERSATION, 1 + i);
    drain(slow);
    assert_non_null(strstr(slow->seen, "event: reset"));
    assert_null(strstr(slow->seen, "\"20000\""));
    close_end(a);
    close_end(b);
    close_end(slow);
    sse_hub_free(h);
}

/* Found by reloading the panel six times within a heartbeat: the newest window was refused. */
static void the_sixth_window_gets_in_and_the_oldest_gives_way(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *six[SSE_PER_PERSON + 1], *other = open_end(h, 2, 10, 0);

    (void)state;
    drain(other);
    for (int i = 0; i <= SSE_PER_PERSON; i++) {
        six[i] = open_end(h, 1, 10 + i, 0);
        drain(six[i]);
    }
    assert_int_equal(six[0]->woken, 1);
    assert_int_equal(six[1]->woken, 0);
    assert_int_equal(other->woken, 0);
    assert_non_null(strstr(drain(six[0]), "event: taken"));
    char buf[1024];
    assert_int_equal(sse_read(six[0]->s, buf, sizeof(buf)), -1);
    for (int i = 0; i <= SSE_PER_PERSON; i++)
        close_end(six[i]);
    close_end(other);
    sse_hub_free(h);
}

static void a_quiet_stream_gets_a_heartbeat(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 0);
    int64_t now = clock_mono().us;

    (void)state;
    drain(a);
    assert_int_equal(sse_beat(h, now), 0);
    assert_int_equal(sse_beat(h, now + (SSE_HEARTBEAT_S + 1) * US_PER_S), 1);
    assert_string_equal(drain(a), ": beat\n\n");
    close_end(a);
    sse_hub_free(h);
}

/* A stream that always had news was never asked about: a colleague locked out went on hearing. */
static void a_busy_stream_is_asked_about_too(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 0);
    struct arena *mem = arena_new(0);
    struct text hashes[SSE_RECHECK];
    int64_t businesses[SSE_RECHECK], later = clock_mono().us + (SSE_HEARTBEAT_S + 1) * US_PER_S;

    (void)state;
    drain(a);
    sse_publish(h, 10, SSE_CONVERSATION, 1);
    assert_int_equal(sse_due_sessions(h, clock_mono().us, mem, hashes, businesses), 0);
    assert_int_equal(sse_due_sessions(h, later, mem, hashes, businesses), 1);
    assert_memory_equal(hashes[0].ptr, token, sizeof(token));
    assert_true(businesses[0] == 10);
    assert_int_equal(sse_due_sessions(h, later, mem, hashes, businesses), 0);
    arena_free(mem);
    close_end(a);
    sse_hub_free(h);
}

static void closing_ends_every_stream_and_refuses_new_ones(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 0);
    struct sse_stream *s = NULL;
    struct fail why = { 0 };
    char buf[64];

    (void)state;
    drain(a);
    sse_hub_close(h);
    assert_int_equal(a->woken, 1);
    assert_int_equal(sse_read(a->s, buf, sizeof(buf)), -1);
    assert_int_equal(sse_open(h, 2, 10, token, 0, &s, &why), -1);
    assert_int_equal(why.code, FAIL_TRY_AGAIN);
    close_end(a);
    sse_hub_free(h);
}

static void a_notice_becomes_news(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 0);

    (void)state;
    sse_on_notice("tanggap_panel", TEXT("{\"b\":10,\"t\":[3,4],\"k\":\"conversation\"}"), h);
    sse_on_notice("tanggap_panel", TEXT("{\"b\":10,\"t\":null,\"k\":\"channel\"}"), h);
    sse_on_notice("tanggap_panel", TEXT("nonsense"), h);
    drain(a);
    assert_non_null(strstr(a->seen, "\"3\""));
    assert_non_null(strstr(a->seen, "\"4\""));
    assert_non_null(strstr(a->seen, "event: channel\ndata: {\"thread\":null}"));
    close_end(a);
    sse_hub_free(h);
}

static void *publish_many(void *arg)
{
    for (int i = 1; i <= 5000; i++)
        sse_publish(arg, 10, SSE_CONVERSATION, i);
    return NULL;
}

static void a_cut_line_to_the_database_starts_every_panel_anew(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *one = open_end(h, 1, 10, 0), *two = open_end(h, 2, 11, 0);

    (void)state;
    drain(one);
    drain(two);
    sse_on_notice("tanggap_panel", (struct text){ NULL, 0 }, h);
    assert_int_equal(atomic_load(&one->woken), 1);
    assert_non_null(strstr(drain(one), "event: reset"));
    assert_non_null(strstr(drain(two), "event: reset"));
    assert_string_equal(drain(one), "");
    close_end(one);
    close_end(two);
    sse_hub_close(h);
    sse_hub_free(h);
}

static void nothing_is_lost_between_looking_and_sleeping(void **state)
{
    struct sse_hub *h = sse_hub_new(NULL, NULL);
    struct end *a = open_end(h, 1, 10, 0);
    pthread_t id;

    (void)state;
    assert_int_equal(pthread_create(&id, NULL, publish_many, h), 0);
    /* Asleep after each drain: only a wake may make us look again, unless that was the end. */
    for (int woken = 0; !strstr(drain(a), "\"5000\"") && !strstr(a->seen, "reset"); woken++)
        while (atomic_load(&a->woken) == woken)
            sched_yield();
    pthread_join(id, NULL);
    close_end(a);
    sse_hub_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(news_reach_their_own_business_only),
        cmocka_unit_test(a_reader_with_nothing_to_read_sleeps_until_it_is_woken),
        cmocka_unit_test(who_comes_back_hears_what_she_missed),
        cmocka_unit_test(who_was_away_too_long_is_told_to_start_anew),
        cmocka_unit_test(the_sixth_window_gets_in_and_the_oldest_gives_way),
        cmocka_unit_test(a_quiet_stream_gets_a_heartbeat),
        cmocka_unit_test(a_busy_stream_is_asked_about_too),
        cmocka_unit_test(closing_ends_every_stream_and_refuses_new_ones),
        cmocka_unit_test(a_notice_becomes_news),
        cmocka_unit_test(a_cut_line_to_the_database_starts_every_panel_anew),
        cmocka_unit_test(nothing_is_lost_between_looking_and_sleeping),
    };
    return RUN(tests);
}

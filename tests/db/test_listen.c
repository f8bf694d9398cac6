#include "harness.h"

#include "db/listen.h"
#include "util/clock.h"

#include <pthread.h>
#include <time.h>

struct heard {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int notices, losses, work;
    char last[8000];
    bool threads[2000]; /* ids named so far */
    bool all;
};

static void hear(const char *channel, struct text payload, void *arg)
{
    struct heard *h = arg;

    pthread_mutex_lock(&h->lock);
    if (!payload.ptr) {
        h->losses++;
    } else if (strcmp(channel, NOTICE_WORK) == 0) {
        h->work++;
    } else {
        h->notices++;
        snprintf(h->last, sizeof h->last, "%.*s", (int)payload.len, payload.ptr);
        h->all = h->all || strstr(h->last, "\"t\":null");
        for (const char *p = h->last; (p = strchr(p, '"')) != NULL; p++) {
            long id = strtol(p + 1, NULL, 10);
            if (id > 0 && id < 2000)
                h->threads[id] = true;
        }
    }
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

/* Until *counter reaches n; false after 10 s. */
static bool wait_for(struct heard *h, const int *counter, int n)
{
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&h->lock);
    while (*counter < n && rc == 0)
        rc = pthread_cond_timedwait(&h->changed, &h->lock, &until);
    bool reached = *counter >= n;
    pthread_mutex_unlock(&h->lock);
    return reached;
}

static const char *const channels[] = { NOTICE_PANEL, NOTICE_WORK, NULL };

static struct db_options options(const struct harness *h, const char *name)
{
    return (struct db_options) { .url = h->url, .user = "tanggap_web", .name = name };
}

/* Returns once the listener's LISTENs are in place. */
static struct listener *listen_now(struct harness *h, const char *name, struct heard *heard)
{
    struct db_options o = options(h, name);
    struct listener *l = listener_new(&o, channels, hear, heard);
    struct mono_us deadline = mono_after_ms(10000);

    while (!mono_passed(deadline) &&
           harness_i64(h,
                       "SELECT count(*) FROM pg_stat_activity WHERE application_name = '%s' AND state = 'idle' AND "
                       "query = 'LISTEN tanggap_work'",
                       name) == 0)
        continue;
    return l;
}

static struct heard *heard_new(void)
{
    struct heard *h = calloc(1, sizeof *h);

    assert_non_null(h);
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->changed, NULL);
    return h;
}

static void a_notice_arrives_with_its_payload(void **state)
{
    struct harness *h = *state;
    struct heard *heard = heard_new();
    struct listener *l = listen_now(h, "listen1", heard);
    struct db_options o = options(h, "notify1");
    struct notifier *n = notifier_new(&o);

    notifier_panel(n, 42, "conversation", 7);
    assert_true(wait_for(heard, &heard->notices, 1));
    assert_string_equal(heard->last, "{\"b\":42,\"t\":[\"7\"],\"k\":\"conversation\"}");
    notifier_panel(n, 42, "archive", 0);
    assert_true(wait_for(heard, &heard->notices, 2));
    assert_string_equal(heard->last, "{\"b\":42,\"t\":null,\"k\":\"archive\"}");
    notifier_work(n);
    assert_true(wait_for(heard, &heard->work, 1));
    notifier_panel(n, 43, "channel", 0);
    notifier_free(n); /* sends what is pending first */
    assert_true(wait_for(heard, &heard->notices, 3));
    notifier_panel(NULL, 1, "channel", 0);
    notifier_work(NULL);
    listener_free(l);
    free(heard);
}

static void news_in_quick_succession_becomes_few_notices(void **state)
{
    struct harness *h = *state;
    struct heard *heard = heard_new();
    struct listener *l = listen_now(h, "listen2", heard);
    struct db_options o = options(h, "notify2");
    struct notifier *n = notifier_new(&o);
    struct mono_us start = clock_mono();
    int64_t sent = 0;

    while (mono_since_us(start) < 300000) {
        notifier_panel(n, 1, "conversation", 1 + sent % 40);
        sent++;
    }
    notifier_panel(n, 2, "channel", 1999);
    notifier_free(n);
    pthread_mutex_lock(&heard->lock);
    while (!heard->threads[1999] && !heard->all)
        pthread_cond_wait(&heard->changed, &heard->lock);
    int notices = heard->notices;
    for (int i = 1; i <= 40; i++)
        assert_true(heard->threads[i]);
    pthread_mutex_unlock(&heard->lock);
    assert_true(sent > 1000);
    assert_true(notices <= 10); /* 300 ms at 20 a second, and the last */
    listener_free(l);
    free(heard);
}

static void a_lost_listener_comes_back_and_says_so(void **state)
{
    struct harness *h = *state;
    struct heard *heard = heard_new();
    struct listener *l = listen_now(h, "listen3", heard);

    harness_sql(h, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'listen3'");
    assert_true(wait_for(heard, &heard->losses, 2));
    harness_sql(h, "NOTIFY tanggap_panel, 'hello'");
    assert_true(wait_for(heard, &heard->notices, 1));
    assert_string_equal(heard->last, "hello");
    listener_free(l);
    free(heard);
}

static void a_lost_notifier_sends_again(void **state)
{
    struct harness *h = *state;
    struct heard *heard = heard_new();
    struct listener *l = listen_now(h, "listen4", heard);
    struct db_options o = options(h, "notify4");
    struct notifier *n = notifier_new(&o);

    notifier_panel(n, 5, "conversation", 1);
    assert_true(wait_for(heard, &heard->notices, 1));
    harness_sql(h, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'notify4'");
    notifier_panel(n, 5, "conversation", 2);
    assert_true(wait_for(heard, &heard->notices, 2));
    notifier_free(n);
    listener_free(l);
    free(heard);
}

static void without_a_server_nobody_hangs(void **state)
{
    struct db_options o = { .url = "host=/nonexistent/tanggap", .name = "nowhere" };
    struct heard *heard = heard_new();
    struct listener *l = listener_new(&o, channels, hear, heard);
    struct notifier *n = notifier_new(&o);
    struct mono_us start = clock_mono();

    (void)state;
    notifier_panel(n, 1, "conversation", 1);
    notifier_free(n);
    listener_free(l);
    assert_true(mono_since_us(start) < 5 * US_PER_S);
    free(heard);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_arrives_with_its_payload),
        cmocka_unit_test(news_in_quick_succession_becomes_few_notices),
        cmocka_unit_test(a_lost_listener_comes_back_and_says_so),
        cmocka_unit_test(a_lost_notifier_sends_again),
        cmocka_unit_test(without_a_server_nobody_hangs),
    };

    return HARNESS_RUN(tests);
}

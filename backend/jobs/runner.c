/* The loops of the work process: how they start, sleep, wake and stop. */
#include "runner_priv.h"

#include "util/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct {
    const char *name;
    void (*body)(struct loop *l, struct ctx *c);
} loop_table[LOOP_COUNT] = {
    [LOOP_INTAKE] = { "intake", intake_loop },   [LOOP_POLL] = { "poll", poll_loop },
    [LOOP_DELIVER] = { "deliver", deliver_loop }, [LOOP_JOBS] = { "jobs", jobs_loop },
    [LOOP_JOBS_MORE] = { "jobs", jobs_loop },    [LOOP_HOUSEKEEP] = { "housekeep", housekeep_loop },
};

bool loop_goes_on(struct loop *l)
{
    return !atomic_load(&l->runner->stopping);
}

void loop_poke(struct loop *l)
{
    pthread_mutex_lock(&l->lock);
    l->is_poked = true;
    pthread_cond_signal(&l->woken);
    pthread_mutex_unlock(&l->lock);
}

void loop_sleep(struct loop *l, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&l->lock);
    while (!l->is_poked && loop_goes_on(l) && pthread_cond_timedwait(&l->woken, &l->lock, &until) == 0)
        ;
    l->is_poked = false;
    pthread_mutex_unlock(&l->lock);
}

static void *loop_main(void *arg)
{
    struct loop *l = arg;
    const struct runner_options *o = &l->runner->options;
    struct ctx c = { .db = db_new(&o->db), .mem = arena_new(0), .cfg = o->cfg, .seal = o->seal };

    (void)snprintf(c.id, sizeof(c.id), "%s", l->name);
    l->body(l, &c);
    db_free(c.db);
    arena_free(c.mem);
    return NULL;
}

static int loop_start(struct runner *r, enum loop_id id)
{
    struct loop *l = &r->loops[id];
    pthread_condattr_t attr;

    *l = (struct loop){ .runner = r, .name = loop_table[id].name, .body = loop_table[id].body };
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&l->woken, &attr);
    pthread_condattr_destroy(&attr);
    l->is_started = pthread_create(&l->thread, NULL, loop_main, l) == 0;
    return l->is_started ? 0 : -1;
}

/* Whoever added work says so; what exactly is not worth telling apart. */
static void on_notice(const char *channel, struct text payload, void *arg)
{
    struct runner *r = arg;

    (void)channel;
    (void)payload;
    for (size_t i = 0; i < LOOP_HOUSEKEEP; i++)
        loop_poke(&r->loops[i]);
}

static int start_all(struct runner *r, struct fail *why)
{
    static const char *const channels[] = { NOTICE_WORK, NULL };
    struct httpc_options calls = { r->bases, CHANNEL_BASES, r->options.cfg->work_allow_private_addresses, 8, 64 };
    struct httpc_options polls = { r->bases, CHANNEL_BASES, r->options.cfg->work_allow_private_addresses, 4096, 4096 };

    r->metrics = metrics_new();
    r->calls = httpc_new(&calls, why);
    r->polls = httpc_new(&polls, why);
    if (!r->calls || !r->polls)
        return -1;
    r->notifier = notifier_new(&r->options.db);
    for (int i = 0; i < LOOP_COUNT; i++)
        if (loop_start(r, (enum loop_id)i))
            return fail(why, FAIL_INTERNAL, "cannot start a thread");
    r->listener = listener_new(&r->options.db, channels, on_notice, r);
    return 0;
}

struct runner *runner_start(const struct runner_options *options, struct fail *why)
{
    struct runner *r = calloc(1, sizeof(*r));

    if (!r) {
        fail(why, FAIL_INTERNAL, "out of memory");
        return NULL;
    }
    r->options = *options;
    channel_bases(options->cfg, r->bases);
    atomic_init(&r->stopping, false);
    if (start_all(r, why)) {
        runner_stop(r);
        return NULL;
    }
    return r;
}

/* Order matters: no more news, loops told to end, long polls cut (their answers would come again anyway), sends waited
 * for by their own loop, then the client under them. */
void runner_stop(struct runner *r)
{
    listener_free(r->listener);
    atomic_store(&r->stopping, true);
    for (int i = 0; i < LOOP_COUNT; i++)
        if (r->loops[i].is_started)
            loop_poke(&r->loops[i]);
    if (r->polls)
        httpc_abort_all(r->polls);
    for (int i = 0; i < LOOP_COUNT; i++) {
        if (!r->loops[i].is_started)
            continue;
        pthread_join(r->loops[i].thread, NULL);
        pthread_cond_destroy(&r->loops[i].woken);
        pthread_mutex_destroy(&r->loops[i].lock);
    }
    httpc_free(r->polls);
    httpc_free(r->calls);
    notifier_free(r->notifier);
    metrics_free(r->metrics);
    free(r);
}

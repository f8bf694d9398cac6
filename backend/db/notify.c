/* NOTIFY from a thread of its own: whoever has news leaves it in a list and goes on; the thread sends the list as one
 * transaction, at most 20 times a second. */
#include "db/listen.h"

#include "conn_priv.h"
#include "wire_priv.h"

#include "util/json_out.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GAP_MS      50
#define THREADS_MAX 64   /* more in one notice: "refresh the list" */
#define NOTES_MAX   4096 /* more waiting than this: dropped, panels refresh late */

struct note {
    struct note *next;
    bool is_work;
    int64_t business;
    char kind[16];
    int64_t threads[THREADS_MAX];
    size_t count;
    bool all;
};

struct notifier {
    char *url, *user, *name;
    PGconn *pg; /* the thread's */
    pthread_t thread;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    struct note *first;
    size_t waiting;
    bool stopping;
};

/* ---- leaving news ---- */

static struct note *note_of(struct notifier *n, bool is_work, int64_t business, const char *kind)
{
    for (struct note *p = n->first; p; p = p->next)
        if (p->is_work == is_work && p->business == business && strcmp(p->kind, kind) == 0)
            return p;
    if (n->waiting >= NOTES_MAX)
        return NULL;
    struct note *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    p->is_work = is_work;
    p->business = business;
    snprintf(p->kind, sizeof p->kind, "%s", kind);
    p->next = n->first;
    n->first = p;
    n->waiting++;
    return p;
}

static void note_add_thread(struct note *p, int64_t thread)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->threads[i] == thread)
            return;
    if (thread == 0 || p->count == THREADS_MAX)
        p->all = true;
    else
        p->threads[p->count++] = thread;
}

void notifier_panel(struct notifier *n, int64_t business, const char *kind, int64_t thread)
{
    if (!n)
        return;
    pthread_mutex_lock(&n->lock);
    struct note *p = note_of(n, false, business, kind);
    if (p)
        note_add_thread(p, thread);
    pthread_cond_signal(&n->changed);
    pthread_mutex_unlock(&n->lock);
}

void notifier_work(struct notifier *n)
{
    if (!n)
        return;
    pthread_mutex_lock(&n->lock);
    (void)note_of(n, true, 0, "");
    pthread_cond_signal(&n->changed);
    pthread_mutex_unlock(&n->lock);
}

/* ---- sending ---- */

static void write_payload(const struct note *p, struct buf *out)
{
    struct json_out j = json_out(out);

    jo_object(&j);
    jo_kv(&j, "b", jo_i64, p->business);
    jo_key(&j, "t");
    if (p->all) {
        jo_null(&j);
    } else {
        jo_array(&j);
        for (size_t i = 0; i < p->count; i++)
            jo_id(&j, p->threads[i]);
        jo_end_array(&j);
    }
    jo_kv(&j, "k", jo_str, p->kind);
    jo_end_object(&j);
}

static bool run_notify(PGconn *pg, const struct text *channels, const struct text *payloads, size_t count)
{
    struct buf scratch = BUF_INIT((size_t)16 << 20);
    struct wire_params w;
    PGresult *res = NULL;

    if (wire_params(IN(IN_TEXTS(channels, count), IN_TEXTS(payloads, count)), &scratch, &w) == 0)
        res = PQexecParams(pg, "SELECT pg_notify(c, p) FROM unnest($1::text[], $2::text[]) AS n (c, p)", w.count, NULL,
                           w.values, w.lengths, w.formats, 1);
    bool ok = PQresultStatus(res) == PGRES_TUPLES_OK;
    PQclear(res);
    buf_fini(&scratch);
    return ok;
}

static bool send_on(PGconn *pg, const struct note *notes)
{
    struct arena *mem = arena_new(0);
    struct buf payload = BUF_INIT(7900);
    size_t count = 0, i = 0;

    for (const struct note *p = notes; p; p = p->next)
        count++;
    struct text *channels = arena_array(mem, struct text, count);
    struct text *payloads = arena_array(mem, struct text, count);
    for (const struct note *p = notes; p; p = p->next, i++) {
        channels[i] = p->is_work ? TEXT(NOTICE_WORK) : TEXT(NOTICE_PANEL);
        buf_reset(&payload);
        if (!p->is_work)
            write_payload(p, &payload);
        payloads[i] = payload.len ? arena_text(mem, buf_as_text(&payload)) : TEXT("");
    }
    bool ok = run_notify(pg, channels, payloads, count);
    buf_fini(&payload);
    arena_free(mem);
    return ok;
}

/* A connection that died while idle shows only now: one fresh one is tried before giving up. */
static bool send(struct notifier *n, const struct note *notes)
{
    const struct db_options o = { .url = n->url, .user = n->user, .name = n->name, .statement_timeout_ms = 5000 };

    for (int attempt = 0; attempt < 2; attempt++) {
        struct fail ignored = { 0 };

        if (!n->pg)
            n->pg = conn_open(&o, &ignored);
        if (!n->pg)
            return false;
        if (send_on(n->pg, notes))
            return true;
        PQfinish(n->pg);
        n->pg = NULL;
    }
    return false;
}

static void free_notes(struct note *notes)
{
    while (notes) {
        struct note *next = notes->next;

        free(notes);
        notes = next;
    }
}

/* Back into the list, behind what came meanwhile. Under the lock. */
static void put_back(struct notifier *n, struct note *notes)
{
    for (const struct note *p = notes; p; p = p->next) {
        struct note *to = note_of(n, p->is_work, p->business, p->kind);

        for (size_t i = 0; to && i < p->count; i++)
            note_add_thread(to, p->threads[i]);
        if (to && p->all)
            to->all = true;
    }
    free_notes(notes);
}

/* Under the lock; returns early when told to stop. */
static void pause_for(struct notifier *n, int64_t ms)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    while (!n->stopping && pthread_cond_timedwait(&n->changed, &n->lock, &until) == 0)
        continue;
}

static void *run(void *arg)
{
    struct notifier *n = arg;
    int64_t wait_ms = 0;

    pthread_mutex_lock(&n->lock);
    for (;;) {
        while (!n->first && !n->stopping)
            pthread_cond_wait(&n->changed, &n->lock);
        struct note *notes = n->first;
        bool is_last = n->stopping;

        n->first = NULL;
        n->waiting = 0;
        pthread_mutex_unlock(&n->lock);
        bool sent = !notes || send(n, notes);
        pthread_mutex_lock(&n->lock);
        if (sent || is_last)
            free_notes(notes);
        else
            put_back(n, notes);
        if (is_last)
            break;
        wait_ms = sent ? 0 : conn_next_wait_ms(wait_ms);
        pause_for(n, sent ? GAP_MS : wait_ms);
    }
    pthread_mutex_unlock(&n->lock);
    PQfinish(n->pg);
    return NULL;
}

struct notifier *notifier_new(const struct db_options *options)
{
    struct notifier *n = calloc(1, sizeof *n);
    pthread_condattr_t monotonic;

    if (!n)
        abort();
    n->url = conn_copy(options->url);
    n->user = conn_copy(options->user);
    n->name = conn_copy(options->name);
    pthread_mutex_init(&n->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&n->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (conn_thread(&n->thread, run, n))
        abort();
    return n;
}

void notifier_free(struct notifier *n)
{
    if (!n)
        return;
    pthread_mutex_lock(&n->lock);
    n->stopping = true;
    pthread_cond_signal(&n->changed);
    pthread_mutex_unlock(&n->lock);
    pthread_join(n->thread, NULL);
    pthread_cond_destroy(&n->changed);
    pthread_mutex_destroy(&n->lock);
    free(n->url);
    free(n->user);
    free(n->name);
    free(n);
}

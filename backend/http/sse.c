/* The hub of event streams: see http/sse.h for the idea and the lock order. */
#include "http/sse.h"

#include "db/listen.h"
#include "db/query.h"
#include "util/json_in.h"
#include "util/log.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RING 8192                /* news remembered, all businesses together */
#define BUCKETS 1024
#define STREAMS_MAX 7000         /* below the bridge's connection limit      */

struct news {
    int64_t business, thread;
    enum sse_kind kind;
};

struct sse_stream {
    struct sse_hub *hub;
    struct sse_stream *next, **link;      /* in its business's bucket */
    void (*park)(void *);
    void (*wake)(void *);
    void *io;
    int64_t person, business;
    int64_t at;                           /* next news to look at     */
    int64_t wrote_us;                     /* monotonic, last bytes    */
    int64_t checked_us;                   /* monotonic, when its session was last asked about */
    int64_t opened;                       /* serial number: the lowest is the oldest */
    bool parked, beat, over, greeted, lost;
    bool taken;                           /* a newer tab of the same person has its place */
    uint8_t token_hash[CRYPTO_HASH_SIZE];
};

struct sse_hub {
    pthread_mutex_t lock;
    pthread_cond_t stop;
    struct sse_stream *buckets[BUCKETS];
    struct news ring[RING];
    int64_t first, end;                   /* ids in the ring: [first, end) */
    unsigned count;
    int64_t opened;                       /* streams ever */
    bool closing;
    struct metrics *metrics;
    struct db *db;
    pthread_t thread;
    bool has_thread;
};

static size_t bucket_of(int64_t business)
{
    return (size_t)((uint64_t)business * UINT64_C(0x9e3779b97f4a7c15) >> 54);
}

static void wake_stream(struct sse_stream *s)
{
    if (!s->parked)
        return;
    s->parked = false;
    s->wake(s->io);
}

/* ---- the stream's side ---- */

/* A tab that was reloaded or lost its line stays counted until a heartbeat finds nobody there. So the newest always gets
 * in, and the oldest of too many gives way. */
static void make_room(struct sse_hub *h, int64_t person)
{
    struct sse_stream *oldest = NULL;
    unsigned n = 0;

    for (size_t i = 0; i < BUCKETS; i++)
        for (struct sse_stream *s = h->buckets[i]; s; s = s->next)
            if (s->person == person && !s->over && !s->taken) {
                n++;
                if (!oldest || s->opened < oldest->opened)
                    oldest = s;
            }
    if (n < SSE_PER_PERSON)
        return;
    oldest->taken = true;
    wake_stream(oldest);
}

int sse_open(struct sse_hub *h, int64_t person, int64_t business, const uint8_t token_hash[CRYPTO_HASH_SIZE],
             int64_t last_id, struct sse_stream **out, struct fail *why)
{
    struct sse_stream *s = calloc(1, sizeof(*s));
    int rc = 0;

    if (!s)
        abort();
    pthread_mutex_lock(&h->lock);
    if (h->closing)
        rc = fail(why, FAIL_TRY_AGAIN, "stopping");
    else if (h->count >= STREAMS_MAX)
        rc = fail(why, FAIL_TRY_AGAIN, "%u event streams are open", h->count);
    if (rc) {
        why->retry_after_s = 20;
        pthread_mutex_unlock(&h->lock);
        free(s);
        return -1;
    }
    make_room(h, person);
    s->hub = h;
    s->opened = h->opened++;
    s->person = person;
    s->business = business;
    memcpy(s->token_hash, token_hash, sizeof(s->token_hash));
    s->checked_us = clock_mono().us;
    s->at = last_id > 0 ? last_id + 1 : h->end;
    /* An id of another run of this program, or one that has left the ring: the panel must fetch anew. */
    s->lost = s->at < h->first || s->at > h->end;
    if (s->lost)
        s->at = h->end;
    struct sse_stream **head = &h->buckets[bucket_of(business)];
    s->next = *head;
    s->link = head;
    if (s->next)
        s->next->link = &s->next;
    *head = s;
    metrics_set(h->metrics, METRIC_STREAMS, ++h->count);
    pthread_mutex_unlock(&h->lock);
    *out = s;
    return 0;
}

void sse_attach(struct sse_stream *s, void (*park)(void *), void (*wake)(void *), void *io)
{
    pthread_mutex_lock(&s->hub->lock);
    s->park = park;
    s->wake = wake;
    s->io = io;
    pthread_mutex_unlock(&s->hub->lock);
}

static size_t write_news(const struct sse_stream *s, int64_t id, char *buf, size_t max)
{
    static const char *const words[SSE_KIND_COUNT] = { "conversation", "channel", "archive" };
    const struct news *n = &s->hub->ring[id % RING];
    int len;

    if (n->thread)
        len = snprintf(buf, max, "id: %lld\nevent: %s\ndata: {\"thread\":\"%lld\"}\n\n", (long long)id, words[n->kind],
                       (long long)n->thread);
    else
        len = snprintf(buf, max, "id: %lld\nevent: %s\ndata: {\"thread\":null}\n\n", (long long)id, words[n->kind]);
    return len > 0 && (size_t)len < max ? (size_t)len : 0;
}

static size_t write_reset(const struct sse_stream *s, char *buf, size_t max)
{
    int len = snprintf(buf, max, "id: %lld\nevent: reset\ndata: {\"thread\":null}\n\n", (long long)(s->hub->end - 1));

    return len > 0 && (size_t)len < max ? (size_t)len : 0;
}

static size_t collect(struct sse_stream *s, char *buf, size_t max)
{
    struct sse_hub *h = s->hub;
    size_t used = 0;

    if (s->taken) {
        static const char words[] = "event: taken\ndata: {\"thread\":null}\n\n";

        s->over = true;
        memcpy(buf, words, sizeof(words) - 1);
        return sizeof(words) - 1;
    }
    if (!s->greeted && max > 16) {
        memcpy(buf, "retry: 3000\n\n", 13);
        used = 13;
        s->greeted = true;
    }
    if (s->at < h->first)
        s->lost = true;
    if (s->lost) {
        size_t n = write_reset(s, buf + used, max - used);
        if (n) {
            s->lost = false;
            s->at = h->end;
        }
        used += n;
    }
    for (; s->at < h->end; s->at++) {
        if (h->ring[s->at % RING].business != s->business)
            continue;
        size_t n = write_news(s, s->at, buf + used, max - used);
        if (!n)
            break;
        used += n;
    }
    if (!used && s->beat && max > 8) {
        memcpy(buf, ": beat\n\n", 8);
        used = 8;
    }
    return used;
}

ssize_t sse_read(struct sse_stream *s, char *buf, size_t max)
{
    struct sse_hub *h = s->hub;
    ssize_t n;

    pthread_mutex_lock(&h->lock);
    if (h->closing || s->over || max < SSE_READ_MIN) {
        n = -1;
    } else {
        n = (ssize_t)collect(s, buf, max);
        if (n > 0) {
            s->beat = false;
            s->wrote_us = clock_mono().us;
        } else {
            /* Under the lock, so that no news can slip between looking and sleeping. */
            s->parked = true;
            s->park(s->io);
        }
    }
    pthread_mutex_unlock(&h->lock);
    return n;
}

void sse_close(struct sse_stream *s)
{
    if (!s)
        return;
    struct sse_hub *h = s->hub;

    pthread_mutex_lock(&h->lock);
    *s->link = s->next;
    if (s->next)
        s->next->link = s->link;
    metrics_set(h->metrics, METRIC_STREAMS, --h->count);
    pthread_mutex_unlock(&h->lock);
    free(s);
}

unsigned sse_count(struct sse_hub *h)
{
    pthread_mutex_lock(&h->lock);
    unsigned n = h->count;
    pthread_mutex_unlock(&h->lock);
    return n;
}

/* ---- the news' side ---- */

void sse_publish(struct sse_hub *h, int64_t business, enum sse_kind kind, int64_t thread)
{
    pthread_mutex_lock(&h->lock);
    h->ring[h->end % RING] = (struct news){ business, thread, kind };
    h->end++;
    if (h->end - h->first > RING)
        h->first = h->end - RING;
    for (struct sse_stream *s = h->buckets[bucket_of(business)]; s; s = s->next)
        if (s->business == business)
            wake_stream(s);
    pthread_mutex_unlock(&h->lock);
}

/* The line to the database was cut: anything may have been missed, so every panel fetches anew. */
static void lose_all(struct sse_hub *h)
{
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct sse_stream *s = h->buckets[i]; s; s = s->next) {
            s->lost = true;
            wake_stream(s);
        }
    pthread_mutex_unlock(&h->lock);
}

void sse_on_notice(const char *channel, struct text payload, void *arg)
{
    static const char *const kinds[] = { "conversation", "channel", "archive", NULL };
    struct notice {
        int64_t b;
        struct json_in_ids t;
        int k;
    } in = { 0 };
    static const struct json_in_field fields[] = {
        JSON_IN_I64(struct notice, b, true, 1, INT64_MAX),
        JSON_IN_IDS(struct notice, t, false, 1000),
        JSON_IN_WORD(struct notice, k, true, kinds),
        JSON_IN_END,
    };
    struct fail why = { 0 };

    (void)channel;
    if (!payload.ptr) {
        lose_all(arg);
        return;
    }
    struct arena *mem = arena_new(0);
    if (json_in_decode(payload, fields, mem, &in, &why))
        log_warn("notice not understood", KV_S("why", why.text));
    else if (!in.t.count)
        sse_publish(arg, in.b, (enum sse_kind)in.k, 0);
    for (size_t i = 0; i < in.t.count; i++)
        sse_publish(arg, in.b, (enum sse_kind)in.k, in.t.ids[i]);
    arena_free(mem);
}

/* ---- heartbeats ---- */

size_t sse_beat(struct sse_hub *h, int64_t now_us)
{
    size_t n = 0;

    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct sse_stream *s = h->buckets[i]; s; s = s->next)
            if (s->parked && now_us - s->wrote_us >= SSE_HEARTBEAT_S * US_PER_S) {
                s->beat = true;
                wake_stream(s);
                n++;
            }
    pthread_mutex_unlock(&h->lock);
    return n;
}

struct check {
    struct sse_hub *hub;
    const struct text *hashes;
    const int64_t *businesses;
    int64_t index;
    bool holds;
};

/* One answer: ends the streams of a session that may no longer listen. */
static int end_unless_held(void *arg)
{
    struct check *k = arg;
    struct sse_hub *h = k->hub;
    int64_t business = k->businesses[k->index];

    if (k->holds)
        return 0;
    pthread_mutex_lock(&h->lock);
    for (struct sse_stream *s = h->buckets[bucket_of(business)]; s; s = s->next)
        if (s->business == business && memcmp(s->token_hash, k->hashes[k->index].ptr, CRYPTO_HASH_SIZE) == 0) {
            s->over = true;
            wake_stream(s);
        }
    pthread_mutex_unlock(&h->lock);
    return 0;
}

size_t sse_due_sessions(struct sse_hub *h, int64_t now_us, struct arena *mem, struct text *hashes, int64_t *businesses)
{
    size_t n = 0;

    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < BUCKETS && n < SSE_RECHECK; i++)
        for (struct sse_stream *s = h->buckets[i]; s && n < SSE_RECHECK; s = s->next) {
            if (s->over || now_us - s->checked_us < SSE_HEARTBEAT_S * US_PER_S)
                continue;
            s->checked_us = now_us;
            hashes[n] = arena_text(mem, (struct text){ (const char *)s->token_hash, CRYPTO_HASH_SIZE });
            businesses[n++] = s->business;
        }
    pthread_mutex_unlock(&h->lock);
    return n;
}

static void recheck(struct sse_hub *h, int64_t now_us)
{
    struct arena *mem = arena_new(0);
    struct text *hashes = arena_array(mem, struct text, SSE_RECHECK);
    int64_t *businesses = arena_array(mem, int64_t, SSE_RECHECK);
    struct ctx c = { .db = h->db, .mem = mem, .id = "events" };
    size_t n = sse_due_sessions(h, now_us, mem, hashes, businesses);
    struct check k = { h, hashes, businesses, 0, false };

    if (n) {
        db_enter_system(&c);
        /* A database that is away ends nobody's stream: there is nothing to hear either. */
        if (db_each(&c, SQL_SESSION_STILL, IN(IN_BYTESS(hashes, n), IN_I64S(businesses, n)),
                    OUT(OUT_I64(&k.index), OUT_BOOL(&k.holds)), end_unless_held, &k))
            log_debug("sessions not rechecked", KV_S("why", c.fail.text));
        db_leave(&c);
    }
    arena_free(mem);
}

static void *beat_main(void *arg)
{
    struct sse_hub *h = arg;

    pthread_mutex_lock(&h->lock);
    while (!h->closing) {
        struct timespec at;

        clock_gettime(CLOCK_MONOTONIC, &at);
        at.tv_sec++;
        pthread_cond_timedwait(&h->stop, &h->lock, &at);
        if (h->closing)
            break;
        pthread_mutex_unlock(&h->lock);
        recheck(h, clock_mono().us);
        sse_beat(h, clock_mono().us);
        pthread_mutex_lock(&h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

struct sse_hub *sse_hub_new(const struct db_options *db, struct metrics *m)
{
    struct sse_hub *h = calloc(1, sizeof(*h));
    pthread_condattr_t attr;

    if (!h)
        abort();
    pthread_mutex_init(&h->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->stop, &attr);
    pthread_condattr_destroy(&attr);
    h->metrics = m;
    /* Ids go on growing over restarts, so that an old Last-Event-ID is known to be old. */
    h->first = h->end = clock_now() / 1000;
    if (db) {
        h->db = db_new(db);
        h->has_thread = pthread_create(&h->thread, NULL, beat_main, h) == 0;
        if (!h->has_thread)
            abort();
    }
    return h;
}

void sse_hub_close(struct sse_hub *h)
{
    pthread_mutex_lock(&h->lock);
    h->closing = true;
    pthread_cond_broadcast(&h->stop);
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct sse_stream *s = h->buckets[i]; s; s = s->next)
            wake_stream(s);
    pthread_mutex_unlock(&h->lock);
    if (h->has_thread)
        pthread_join(h->thread, NULL);
    h->has_thread = false;
}

void sse_hub_free(struct sse_hub *h)
{
    if (!h)
        return;
    sse_hub_close(h);
    assert(!h->count);
    db_free(h->db);
    pthread_mutex_destroy(&h->lock);
    pthread_cond_destroy(&h->stop);
    free(h);
}

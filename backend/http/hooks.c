/* Webhooks: the memory of known hooks, verification, and the thread that writes deliveries. */
#include "http/hooks.h"

#include "db/query.h"
#include "http/app.h"
#include "util/log.h"
#include "util/str.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define KNOWN_BUCKETS 1024
#define KNOWN_MAX 4096
#define SECRET_MAX 256
#define DIRECT_BODY ((size_t)64 * 1024)      /* longer ones are verified on a worker */
#define BATCH_MAX 512
#define BATCH_BYTES ((size_t)16 * 1024 * 1024)
#define BACKLOG_EVERY_MS 20
#define ALIVE_MS 1000

struct known {
    struct known *next;
    struct mono_us loaded;
    int64_t business, channel;
    enum platform platform;
    bool exists;
    char key[65];
    size_t secret_len, verify_len;
    char secret[SECRET_MAX], verify[SECRET_MAX];
};

/* One verified body on its way into the table; lives in its request's arena. */
struct waiting {
    struct waiting *next;
    struct request *rq;
    struct reply *rp;
    int64_t business, channel;
    int16_t platform;
    struct text headers;
};

struct hooks {
    struct app *app;
    pthread_mutex_t known_lock;
    struct known *known[KNOWN_BUCKETS];
    unsigned known_count;

    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct waiting *head, **tail;
    bool stopping;
    pthread_t thread;

    /* the writer's own */
    struct ctx c;
    struct pacing {
        struct mono_us looked, worked;    /* at the table; when something had left it */
        int64_t backlog, stored, oldest;  /* counted then; stored since; its first id */
    } pacing;
};

/* ---- which hooks there are ---- */

static size_t bucket_of(struct text key)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (unsigned char)key.ptr[i]) * 16777619u;
    return h % KNOWN_BUCKETS;
}

static void forget_all(struct hooks *h)
{
    for (size_t i = 0; i < KNOWN_BUCKETS; i++)
        for (struct known *k = h->known[i], *next; k; k = next) {
            next = k->next;
            crypto_wipe(k, sizeof(*k));
            free(k);
        }
    memset(h->known, 0, sizeof(h->known));
    h->known_count = 0;
}

/* 1 and a copy, or 0: not known or known too long ago. */
static int recall(struct hooks *h, struct text key, struct known *out)
{
    int found = 0;

    pthread_mutex_lock(&h->known_lock);
    for (const struct known *k = h->known[bucket_of(key)]; k && !found; k = k->next)
        if (text_equal(text_of(k->key), key) && mono_since_us(k->loaded) < HOOKS_CACHE_MS * 1000) {
            *out = *k;
            found = 1;
        }
    pthread_mutex_unlock(&h->known_lock);
    return found;
}

static void remember(struct hooks *h, const struct known *fresh)
{
    pthread_mutex_lock(&h->known_lock);
    struct known **at = &h->known[bucket_of(text_of(fresh->key))];

    while (*at && strcmp((*at)->key, fresh->key) != 0)
        at = &(*at)->next;
    if (!*at && h->known_count >= KNOWN_MAX) {
        forget_all(h);
        at = &h->known[bucket_of(text_of(fresh->key))];
    }
    if (!*at) {
        *at = calloc(1, sizeof(**at));
        if (!*at)
            abort();
        h->known_count++;
    }
    struct known *next = (*at)->next;
    **at = *fresh;
    (*at)->next = next;
    pthread_mutex_unlock(&h->known_lock);
}

static bool key_is_sane(struct text key)
{
    for (size_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return key.len >= 16 && key.len <= 64;
}

static int load(struct request *rq, struct known *out)
{
    struct text key = rq->args[1], secret = { NULL, 0 }, verify = { NULL, 0 };
    int16_t platform = 0;

    memset(out, 0, sizeof(*out));
    memcpy(out->key, key.ptr, key.len);
    int rc = db_one(rq->ctx, SQL_HOOK_GET, IN(IN_TEXT(key)),
                    OUT(OUT_I16(&platform), OUT_I64(&out->business), OUT_I64(&out->channel), OUT_TEXT(&secret),
                        OUT_TEXT(&verify)));
    if (rc < 0)
        return -1;
    if (secret.len > sizeof(out->secret) || verify.len > sizeof(out->verify))
        return fail(&rq->ctx->fail, FAIL_INTERNAL, "hook secret too long");
    out->exists = rc == 1;
    out->platform = (enum platform)platform;
    out->loaded = clock_mono();
    out->secret_len = secret.len;
    if (secret.len)
        memcpy(out->secret, secret.ptr, secret.len);
    out->verify_len = verify.len;
    if (verify.len)
        memcpy(out->verify, verify.ptr, verify.len);
    remember(rq->app->hooks, out);
    return 0;
}

/* ---- taking one call ---- */

static struct hook_request hook_view(const struct request *rq)
{
    return (struct hook_request){
        .method = text_of(method_name(rq->method)),
        .query = rq->query,
        .headers = rq->headers,
        .header_count = rq->header_count,
        .body = rq->body,
    };
}

static const struct connector *connector_of(struct request *rq, const struct known *k)
{
    enum platform p;

    if (!k->exists || !platform_from_word(rq->args[0], &p) || p != k->platform)
        return NULL;
    return connector_for(p);
}

static struct channel_facts facts_of(const struct known *k)
{
    return (struct channel_facts){
        .id = k->channel,
        .platform = k->platform,
        .hook_secret = { k->secret, k->secret_len },
        .verify_token = { k->verify, k->verify_len },
    };
}

static void enqueue(struct hooks *h, struct waiting *w)
{
    pthread_mutex_lock(&h->lock);
    *h->tail = w;
    h->tail = &w->next;
    pthread_cond_signal(&h->filled);
    pthread_mutex_unlock(&h->lock);
}

static int accept_body(struct request *rq, struct reply *rp, const struct known *k)
{
    const struct connector *con = connector_of(rq, k);
    struct fail *why = &rq->ctx->fail;

    if (!con || !con->verify)
        return fail(why, FAIL_NOT_FOUND, "no such hook");
    if ((int64_t)rq->body.len > con->max_hook_body)
        return fail(why, FAIL_TOO_LARGE, "at most %lld bytes", (long long)con->max_hook_body);
    const struct hook_request view = hook_view(rq);
    const struct channel_facts facts = facts_of(k);
    if (!con->verify(&view, &facts)) {
        metrics_add(rq->app->metrics, METRIC_HOOKS_REFUSED, 1);
        return fail(why, FAIL_NOT_LOGGED_IN, "signature");
    }
    struct waiting *w = arena_new_of(rq->ctx->mem, struct waiting);
    struct text type = request_header(rq, "Content-Type");

    w->rq = rq;
    w->rp = rp;
    w->business = k->business;
    w->channel = k->channel;
    w->platform = (int16_t)k->platform;
    /* What the table cannot hold would fail the whole batch, the neighbours' bodies too. */
    if (!str_utf8_valid(type))
        type = TEXT("");
    w->headers = text_of(arena_printf(rq->ctx->mem, "content-type: %.*s", (int)type.len, type.len ? type.ptr : ""));
    if (rq->ctx->db) {
        db_leave(rq->ctx);
        rq->ctx->db = NULL;
    }
    enqueue(rq->app->hooks, w);
    return HANDLER_LATER;
}

int h_hook_direct(struct request *rq, struct reply *rp)
{
    struct known k;

    if (!key_is_sane(rq->args[1]))
        return fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no such hook");
    if (rq->body.len > DIRECT_BODY || !recall(rq->app->hooks, rq->args[1], &k))
        return HANDLER_TO_WORKER;
    int rc = accept_body(rq, rp, &k);
    crypto_wipe(&k, sizeof(k));
    return rc;
}

int h_hook(struct request *rq, struct reply *rp)
{
    struct known k;

    if (!recall(rq->app->hooks, rq->args[1], &k) && load(rq, &k))
        return -1;
    int rc = accept_body(rq, rp, &k);
    crypto_wipe(&k, sizeof(k));
    return rc;
}

int h_hook_challenge(struct request *rq, struct reply *rp)
{
    struct known k;

    if (!key_is_sane(rq->args[1]))
        return fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no such hook");
    if (!recall(rq->app->hooks, rq->args[1], &k) && load(rq, &k))
        return -1;
    const struct connector *con = connector_of(rq, &k);
    if (!con || !con->challenge)
        return fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no such hook");
    const struct hook_request view = hook_view(rq);
    const struct channel_facts facts = facts_of(&k);
    if (con->challenge(&view, &facts, &rp->body))
        return fail(&rq->ctx->fail, FAIL_FORBIDDEN, "handshake refused");
    int64_t looked = db_do(rq->ctx, SQL_HOOK_LOOKED, IN(IN_TEXT(rq->args[1])));
    if (looked < 0)
        return -1;
    if (looked)
        notifier_panel(rq->app->notifier, k.business, "channel", 0);
    rp->status = 200;
    rp->type = "text/plain; charset=utf-8";
    return 0;
}

/* ---- the writer ---- */

static void pause_ms(int64_t ms)
{
    const struct timespec t = { ms / 1000, (ms % 1000) * 1000000 };

    nanosleep(&t, NULL);
}

/* How far `work` is behind, counted up to HOOKS_PACE_FULL, and whether it is moving at all. */
static void look_at_backlog(struct hooks *h)
{
    struct pacing *p = &h->pacing;
    int64_t count = 0, oldest = 0;

    db_enter_system(&h->c);
    int rc = db_one(&h->c, SQL_HOOK_BACKLOG, IN(IN_I64(HOOKS_PACE_FULL)), OUT(OUT_I64(&count), OUT_I64(&oldest)));
    db_leave(&h->c);
    p->looked = clock_mono();
    if (rc != 1)
        return;
    /* A full count hides what has left; then only the first of them tells. */
    if (oldest != p->oldest || (count < HOOKS_PACE_FULL && count < p->backlog + p->stored))
        p->worked = p->looked;
    p->backlog = count;
    p->oldest = oldest;
    p->stored = 0;
}

/* Milliseconds to hold n acknowledgements back. */
static int64_t pace(struct hooks *h, size_t n)
{
    struct pacing *p = &h->pacing;

    p->stored += (int64_t)n;
    if (mono_since_us(p->looked) >= BACKLOG_EVERY_MS * 1000)
        look_at_backlog(h);
    if (p->backlog <= HOOKS_PACE_FROM || mono_since_us(p->worked) > ALIVE_MS * 1000)
        return 0;
    return (p->backlog - HOOKS_PACE_FROM) * HOOKS_PACE_MAX_MS / (HOOKS_PACE_FULL - HOOKS_PACE_FROM);
}

static int store(struct hooks *h, const struct waiting *list, size_t n)
{
    struct arena *mem = h->c.mem;
    struct text *keys = arena_array(mem, struct text, n), *heads = arena_array(mem, struct text, n),
                *bodies = arena_array(mem, struct text, n);
    int64_t *businesses = arena_array(mem, int64_t, n), *channels = arena_array(mem, int64_t, n);
    int16_t *platforms = arena_array(mem, int16_t, n);
    size_t i = 0;

    for (const struct waiting *w = list; i < n; w = w->next, i++) {
        keys[i] = w->rq->args[1];
        heads[i] = w->headers;
        bodies[i] = w->rq->body.len ? w->rq->body : TEXT("");
        businesses[i] = w->business;
        channels[i] = w->channel;
        platforms[i] = w->platform;
    }
    fail_clear(&h->c.fail);
    db_enter_system(&h->c);
    int64_t rows = db_do(&h->c, SQL_HOOK_STORE,
                         IN(IN_TEXTS(keys, n), IN_I16S(platforms, n), IN_I64S(businesses, n), IN_I64S(channels, n),
                            IN_TEXTS(heads, n), IN_BYTESS(bodies, n)));
    db_leave(&h->c);
    return rows == (int64_t)n ? 0 : -1;
}

static size_t batch_of(const struct waiting *list)
{
    size_t n = 0, bytes = 0;

    for (; list && n < BATCH_MAX && (!n || bytes + list->rq->body.len <= BATCH_BYTES); list = list->next, n++)
        bytes += list->rq->body.len;
    return n;
}

/* Stores and answers a list that is ours alone. */
static void write_all(struct hooks *h, struct waiting *list)
{
    while (list) {
        size_t n = batch_of(list);
        bool stored = store(h, list, n) == 0;

        if (stored) {
            metrics_add(h->app->metrics, METRIC_HOOKS_STORED, (int64_t)n);
            notifier_work(h->app->notifier);
            int64_t ms = atomic_load(&h->app->stopping) ? 0 : pace(h, n);
            if (ms)
                pause_ms(ms);
        } else {
            log_warn("deliveries not stored", KV_I("count", n), KV_S("why", h->c.fail.text));
        }
        for (; n; n--) {
            struct waiting *w = list;

            list = w->next;
            if (stored) {
                reply_empty(w->rp, 200);
            } else {
                fail(&w->rq->ctx->fail, FAIL_TRY_AGAIN, "not stored");
                w->rq->ctx->fail.retry_after_s = 2;
                dispatch_fail(w->rq, w->rp);
            }
            request_finish(w->rq);
        }
        arena_reset(h->c.mem);
    }
}

static void *writer_main(void *arg)
{
    struct hooks *h = arg;

    for (;;) {
        pthread_mutex_lock(&h->lock);
        while (!h->head && !h->stopping)
            pthread_cond_wait(&h->filled, &h->lock);
        struct waiting *list = h->head;
        h->head = NULL;
        h->tail = &h->head;
        pthread_mutex_unlock(&h->lock);
        if (!list)
            return NULL;
        write_all(h, list);
    }
}

struct hooks *hooks_new(struct app *app)
{
    struct hooks *h = calloc(1, sizeof(*h));

    if (!h)
        abort();
    h->app = app;
    h->tail = &h->head;
    h->c.db = db_new(&app->db);
    h->c.mem = arena_new((size_t)64 * 1024);
    h->c.cfg = app->cfg;
    memcpy(h->c.id, "hooks", 6);
    pthread_mutex_init(&h->known_lock, NULL);
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->filled, NULL);
    if (pthread_create(&h->thread, NULL, writer_main, h))
        abort();
    return h;
}

void hooks_free(struct hooks *h)
{
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_signal(&h->filled);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    forget_all(h);
    db_free(h->c.db);
    arena_free(h->c.mem);
    pthread_mutex_destroy(&h->known_lock);
    pthread_mutex_destroy(&h->lock);
    pthread_cond_destroy(&h->filled);
    free(h);
}

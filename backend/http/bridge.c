/* A request's way through libmicrohttpd: address seen, headers in, body in, asleep while somebody answers, answer
 * out, done. Runs on the daemon's one thread except run_item() and wake().
 *
 * Rules that 0.9.75 forces on us: an answer may be queued only when the headers are in or when the body is (never in
 * between); a connection is suspended before anybody else can see its exchange; resuming is the last touch. */
#include "bridge_priv.h"

#include "http/hooks.h"
#include "util/enc.h"
#include "util/log.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 8192
#define CONNECTION_MEMORY ((size_t)16 * 1024)
#define IDLE_TIMEOUT_S 30
#define BODIES_IN_FLIGHT ((int64_t)64 * 1024 * 1024)
/* The last quarter is kept for short ones, or a few slow uploads would stop logins and webhooks. */
#define LONG_BODIES_IN_FLIGHT (BODIES_IN_FLIGHT / 4 * 3)
#define SHORT_BODY ((size_t)64 * 1024)
#define SPARE_EXCHANGES 256
#define KEEP_BUF ((size_t)64 * 1024)

/* ---- workers ---- */

struct worker {
    struct db *quick, *bulk;
};

static void *worker_begin(void *shared, unsigned index)
{
    const struct bridge *b = shared;
    struct worker *w = calloc(1, sizeof(*w));
    struct db_options slow = b->app->db;

    (void)index;
    if (!w)
        abort();
    slow.statement_timeout_ms = 30000;
    w->quick = db_new(&b->app->db);
    w->bulk = db_new(&slow);
    return w;
}

static void worker_end(void *state)
{
    struct worker *w = state;

    db_free(w->quick);
    db_free(w->bulk);
    free(w);
}

static void wake(struct request *rq)
{
    struct exchange *x = exchange_of(rq);
    struct bridge *b = x->b;

    x->phase = PHASE_ANSWERED;
    MHD_resume_connection(x->con);
    atomic_fetch_sub(&b->asleep, 1);
}

static void run_item(struct workq_item *item, void *state, bool stopping)
{
    struct exchange *x = (struct exchange *)(void *)item;
    struct worker *w = state;

    if (stopping) {
        fail(&x->ctx.fail, FAIL_TRY_AGAIN, "stopping");
        dispatch_fail(&x->rq, &x->rp);
        wake(&x->rq);
        return;
    }
    x->ctx.db = x->rq.route->flags & ROUTE_BULK ? w->bulk : w->quick;
    if (dispatch(&x->rq, &x->rp) != HANDLER_LATER)
        wake(&x->rq);
}

static void sleep_exchange(struct exchange *x)
{
    x->phase = PHASE_ASLEEP;
    atomic_fetch_add(&x->b->asleep, 1);
    MHD_suspend_connection(x->con);
}

static enum MHD_Result hand_over(struct exchange *x)
{
    bool is_bulk = x->rq.route->flags & ROUTE_BULK;

    if (x->phase != PHASE_ASLEEP)
        sleep_exchange(x);
    if (workq_push(x->b->queue, &x->item, is_bulk ? LANE_BULK : LANE_QUICK)) {
        metrics_add(x->b->app->metrics, METRIC_HTTP_BUSY, 1);
        fail(&x->ctx.fail, FAIL_TRY_AGAIN, "the lane is full");
        x->ctx.fail.retry_after_s = 1;
        dispatch_fail(&x->rq, &x->rp);
        wake(&x->rq);
    }
    return MHD_YES;
}

/* The request is whole. */
static enum MHD_Result answer(struct exchange *x)
{
    int rc;

    if (x->refused || x->dropped) {
        if (!x->refused)
            fail(&x->ctx.fail, x->dropped, "body too large");
        dispatch_fail(&x->rq, &x->rp);
        x->rp.close = x->rp.close || x->dropped;
        return exchange_send(x);
    }
    x->rq.body = buf_as_text(&x->body);
    if (!x->rq.route->direct)
        return hand_over(x);
    if (!(x->rq.route->flags & ROUTE_DEFERS)) {
        rc = dispatch_direct(&x->rq, &x->rp);
        return rc == HANDLER_TO_WORKER ? hand_over(x) : exchange_send(x);
    }
    sleep_exchange(x);
    rc = dispatch_direct(&x->rq, &x->rp);
    if (rc == HANDLER_TO_WORKER)
        return hand_over(x);
    if (rc != HANDLER_LATER)
        wake(&x->rq);
    return MHD_YES;
}

/* Appends or drops; a body cannot be answered half-way, so what is too much is swallowed up to four times the limit. */
static enum MHD_Result take_body(struct exchange *x, const char *bytes, size_t *len)
{
    struct bridge *b = x->b;
    size_t limit = x->rq.route->max_body;

    x->body_seen += *len;
    if (!x->dropped && (x->body_seen > limit || x->refused))
        x->dropped = FAIL_TOO_LARGE;
    if (!x->dropped &&
        b->bodies + (int64_t)*len > (x->body_seen > SHORT_BODY ? LONG_BODIES_IN_FLIGHT : BODIES_IN_FLIGHT))
        x->dropped = FAIL_TRY_AGAIN;
    if (x->dropped) {
        b->bodies -= (int64_t)x->body.len;
        buf_fini(&x->body);
        if (x->body_seen > 4 * (limit + 4096))
            return MHD_NO;
    } else {
        x->body.max = limit + 1;
        buf_add(&x->body, bytes, *len);
        b->bodies += (int64_t)*len;
    }
    *len = 0;
    return MHD_YES;
}

/* Headers are in. What is refused here is answered at once if a body would follow, else when the request is whole,
 * because answering now closes the connection. */
static enum MHD_Result begin(struct exchange *x, const char *method)
{
    struct framing f;

    exchange_read_headers(x, &f);
    x->counted = true;
    atomic_fetch_add(&x->b->handling, 1);
    x->refused = exchange_route(x, method, &f) != 0;
    x->phase = PHASE_BODY;
    if (x->refused && (f.content_length || f.transfer_encodings || f.content_lengths > 1 || f.bad_name)) {
        x->rp.close = true;
        dispatch_fail(&x->rq, &x->rp);
        x->rp.close = true;
        return exchange_send(x);
    }
    return MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *con, const char *url, const char *method,
                                  const char *version, const char *bytes, size_t *len, void **con_cls)
{
    struct exchange *x = *con_cls;

    (void)cls;
    (void)con;
    (void)url;
    (void)version;
    switch (x ? x->phase : PHASE_SENT) {
    case PHASE_URI:
        return begin(x, method);
    case PHASE_BODY:
        return *len ? take_body(x, bytes, len) : answer(x);
    case PHASE_ANSWERED:
        return exchange_send(x);
    case PHASE_ASLEEP:
    case PHASE_SENT:
        break;
    }
    return MHD_NO;
}

/* ---- one exchange's life, on the daemon's thread ---- */

static struct exchange *exchange_new(struct bridge *b)
{
    struct exchange *x = b->spare;

    if (x) {
        b->spare = x->next_spare;
        b->spare_count--;
        return x;
    }
    x = calloc(1, sizeof(*x));
    if (!x)
        abort();
    x->b = b;
    x->mem = arena_new(0);
    return x;
}

static void exchange_free(struct exchange *x)
{
    buf_fini(&x->body);
    buf_fini(&x->rp.body);
    arena_free(x->mem);
    free(x);
}

static void exchange_recycle(struct exchange *x)
{
    struct bridge *b = x->b;

    if (b->spare_count >= SPARE_EXCHANGES || !x->mem || x->body.cap > KEEP_BUF || x->rp.body.cap > KEEP_BUF ||
        arena_bytes(x->mem) > KEEP_BUF) {
        exchange_free(x);
        return;
    }
    arena_reset(x->mem);
    x->next_spare = b->spare;
    b->spare = x;
    b->spare_count++;
}

/* Makes one parameter of all those in the daemon's own copy of the address, which it is about to take apart: we read
 * them from ours, and with 300 of them it finds no memory even to refuse the request (0.9.75). */
static void join_parameters(const char *uri)
{
    union {
        const char *given;
        char *taken;
    } p = { .given = uri };

    for (char *at = p.taken; (at = strchr(at, '&'));)
        *at = '_';
}

/* The address as it was sent, before libmicrohttpd cuts and decodes it. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *con)
{
    struct bridge *b = cls;
    struct exchange *x = exchange_new(b);
    uint64_t id = b->seed ^ (++b->requests * UINT64_C(0x9e3779b97f4a7c15));

    x->con = con;
    x->phase = PHASE_URI;
    x->refused = x->counted = false;
    x->dropped = FAIL_NONE;
    x->body_seen = 0;
    x->allow = (struct text){ NULL, 0 };
    buf_reset(&x->body);
    reply_init(&x->rp);
    memset(&x->rq, 0, sizeof(x->rq));
    memset(&x->ctx, 0, sizeof(x->ctx));
    x->ctx.mem = x->mem;
    x->ctx.cfg = b->app->cfg;
    x->ctx.seal = b->app->seal;
    enc_hex(&id, sizeof(id), x->ctx.id);
    x->rq.ctx = &x->ctx;
    x->rq.app = b->app;
    x->rq.finish = wake;
    x->begun = clock_mono();
    x->uri = arena_text(x->mem, text_of(uri));
    join_parameters(uri);
    return x;
}

static void log_access(const struct exchange *x)
{
    const struct route *r = x->rq.route;
    enum log_level level = r && r->flags & ROUTE_QUIET && x->rp.status < 400 ? LOG_DEBUG : LOG_INFO;

    if (level < log_least())
        return;
    log_at(level, "request", KV_S("req", x->ctx.id), KV_S("method", r ? method_name(r->method) : "?"),
           KV_S("route", r ? r->pattern : "none"), KV_I("status", x->rp.status),
           KV_I("us", mono_since_us(x->begun)), KV_I("in", x->body_seen), KV_S("address", x->rq.address),
           KV_I("business", x->ctx.who.business), KV_I("person", x->ctx.who.person));
}

static void on_completed(void *cls, struct MHD_Connection *con, void **con_cls, enum MHD_RequestTerminationCode how)
{
    struct bridge *b = cls;
    struct exchange *x = *con_cls;

    (void)con;
    (void)how;
    if (!x)
        return;
    *con_cls = NULL;
    sse_close(x->rp.stream);
    if (x->rp.fd >= 0)
        close(x->rp.fd);
    b->bodies -= (int64_t)x->body.len;
    if (x->counted) {
        metrics_add(b->app->metrics, METRIC_HTTP_REQUESTS, 1);
        if (x->rp.status >= 500)
            metrics_add(b->app->metrics, METRIC_HTTP_ERRORS, 1);
        log_access(x);
        atomic_fetch_sub(&b->handling, 1);
    }
    exchange_recycle(x);
}

/* ---- the daemon ---- */

/* Decoding is the router's business, a segment at a time. */
static size_t keep_raw(void *cls, struct MHD_Connection *con, char *s)
{
    (void)cls;
    (void)con;
    return strlen(s);
}

static void on_mhd_log(void *cls, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
static void on_mhd_log(void *cls, const char *format, va_list args)
{
    char line[256];

    (void)cls;
    if (log_least() > LOG_DEBUG)
        return;
    vsnprintf(line, sizeof(line), format, args);
    log_debug("libmicrohttpd", KV_S("text", line));
}

/* More runnable threads than processors can serve make a page wait for a turn: with eight on two, the slowest hundredth
 * took twice as long as with four and fewer pages came out. */
static unsigned worker_count(const struct config *cfg)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (cfg->http_workers)
        return (unsigned)cfg->http_workers;
    return processors < 2 ? 4 : processors > 32 ? 64 : (unsigned)processors * 2;
}

struct bridge *bridge_start(struct app *app, int listen_fd, struct fail *why)
{
    static const struct workq_ops ops = { worker_begin, run_item, worker_end };
    struct bridge *b = calloc(1, sizeof(*b));

    if (!b)
        abort();
    b->app = app;
    crypto_random(&b->seed, sizeof(b->seed));
    b->queue = workq_new(worker_count(app->cfg), (unsigned)app->cfg->http_queue, &ops, b);
    /* Every value cast: the options are not type-checked. The logger must be the first. */
    b->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request, b,
        MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, (void *)NULL, MHD_OPTION_URI_LOG_CALLBACK, on_uri, (void *)b,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, (void *)b, MHD_OPTION_UNESCAPE_CALLBACK, keep_raw, (void *)NULL,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listen_fd, MHD_OPTION_END);
    if (!b->daemon) {
        fail(why, FAIL_INTERNAL, "the HTTP daemon did not start: %s", strerror(errno));
        workq_stop(b->queue);
        free(b);
        return NULL;
    }
    return b;
}

static void wait_for_zero(atomic_int *n, int64_t ms)
{
    struct mono_us deadline = mono_after_ms(ms);
    const struct timespec pause = { 0, 5 * 1000 * 1000 };

    while (atomic_load(n) > 0 && !mono_passed(deadline))
        nanosleep(&pause, NULL);
}

int bridge_stop(struct bridge *b, int64_t drain_ms)
{
    MHD_socket fd = MHD_quiesce_daemon(b->daemon);

    if (fd != MHD_INVALID_SOCKET)
        close(fd);
    atomic_store(&b->app->stopping, true);
    sse_hub_close(b->app->hub);
    wait_for_zero(&b->handling, drain_ms);
    workq_stop(b->queue);
    wait_for_zero(&b->asleep, drain_ms);
    wait_for_zero(&b->handling, 200);
    int left = atomic_load(&b->handling);
    /* Stopping the daemon with a sleeping connection aborts the process; leaking it at exit harms nobody. */
    if (atomic_load(&b->asleep) > 0)
        return left;
    MHD_stop_daemon(b->daemon);
    while (b->spare) {
        struct exchange *x = b->spare;
        b->spare = x->next_spare;
        exchange_free(x);
    }
    free(b);
    return left;
}

/* From our answer to the daemon's: body, headers, streams. */
#include "bridge_priv.h"

#include "util/log.h"

#include <stdio.h>

#define STREAM_BLOCK 1024
#define API_POLICY "default-src 'none'; frame-ancestors 'none'"

static void park(void *io)
{
    MHD_suspend_connection(io);
}

static void unpark(void *io)
{
    MHD_resume_connection(io);
}

static ssize_t read_stream(void *cls, uint64_t pos, char *buf, size_t max)
{
    ssize_t n = sse_read(cls, buf, max);

    (void)pos;
    return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static bool add(struct MHD_Response *r, const char *name, const char *value)
{
    return MHD_add_response_header(r, name, value) == MHD_YES;
}

/* Every call is checked: an empty value or a line break would lose the header silently. */
static bool add_headers(struct exchange *x, struct MHD_Response *r)
{
    const struct reply *rp = &x->rp;
    bool ok = true;

    if (rp->type)
        ok = add(r, "Content-Type", rp->type);
    for (size_t i = 0; ok && i < rp->header_count; i++)
        ok = add(r, rp->headers[i].name.ptr, rp->headers[i].value.ptr);
    if (x->allow.len)
        ok = ok && add(r, "Allow", x->allow.ptr);
    if (rp->close)
        ok = ok && add(r, "Connection", "close");
    if (x->rq.route && x->rq.route->flags & ROUTE_QUIET)
        return ok;
    ok = ok && add(r, "Cache-Control", rp->cache ? rp->cache : "no-store") &&
         add(r, "X-Content-Type-Options", "nosniff") && add(r, "X-Frame-Options", "DENY") &&
         add(r, "Referrer-Policy", "same-origin") && add(r, "Cross-Origin-Opener-Policy", "same-origin") &&
         add(r, "Content-Security-Policy", rp->policy ? rp->policy : API_POLICY) && add(r, "X-Request-Id", x->ctx.id);
    if (x->b->app->is_https)
        ok = ok && add(r, "Strict-Transport-Security", "max-age=31536000");
    return ok;
}

static struct MHD_Response *make_response(struct exchange *x)
{
    struct reply *rp = &x->rp;

    if (rp->stream) {
        sse_attach(rp->stream, park, unpark, x->con);
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, rp->stream, NULL);
    }
    if (rp->fd >= 0) {
        struct MHD_Response *r = MHD_create_response_from_fd_at_offset64((uint64_t)rp->size, rp->fd,
                                                                         (uint64_t)rp->offset);
        if (r)
            rp->fd = -1;      /* the response closes it */
        return r;
    }
    struct text bytes = rp->fixed.ptr ? rp->fixed : buf_as_text(&rp->body);
    /* The daemon promises not to write; both kinds of bytes outlive on_completed(). */
    union {
        const char *given;
        void *taken;
    } body = { .given = bytes.ptr ? bytes.ptr : "" };
    return MHD_create_response_from_buffer(bytes.len, body.taken, MHD_RESPMEM_PERSISTENT);
}

enum MHD_Result exchange_send(struct exchange *x)
{
    if (x->rp.body.failed) {
        fail(&x->ctx.fail, FAIL_INTERNAL, "answer larger than %zu bytes", REPLY_MAX_BODY);
        dispatch_fail(&x->rq, &x->rp);
    }
    struct MHD_Response *r = make_response(x);
    if (r && !add_headers(x, r)) {
        log_error("header refused", KV_S("req", x->ctx.id), KV_S("route", x->rq.route ? x->rq.route->pattern : ""));
        MHD_destroy_response(r);
        r = NULL;
    }
    if (!r)
        return MHD_NO;
    x->phase = PHASE_SENT;
    enum MHD_Result rc = MHD_queue_response(x->con, (unsigned)x->rp.status, r);
    MHD_destroy_response(r);
    if (x->rp.stream) {
        /* A stream lives for hours and needs none of this. */
        x->rq.headers = NULL;
        x->rq.header_count = x->rp.header_count = 0;
        arena_free(x->mem);
        x->mem = x->ctx.mem = NULL;
        buf_fini(&x->rp.body);
        buf_fini(&x->body);
    }
    return rc;
}

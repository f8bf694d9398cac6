/* Events, health and counters. */
#include "http/handlers.h"

#include "db/query.h"
#include "http/app.h"
#include "http/sse.h"
#include "util/str.h"

int h_events(struct request *rq, struct reply *rp)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    struct text last = request_header(rq, "Last-Event-ID");
    int64_t last_id = 0;

    if (!last.ptr && request_query(rq, "last", &last) < 0)
        return -1;
    /* An id that is none of ours counts as lost, which makes the panel fetch anew. */
    if (last.len && str_whole_i64(last, &last_id, 1, INT64_MAX))
        last_id = 1;
    if (db_who(rq->ctx))
        return -1;
    crypto_sha256(text_of(rq->token), hash);
    if (sse_open(rq->app->hub, rq->ctx->who.person, rq->ctx->who.business, hash, last_id, &rp->stream, &rq->ctx->fail))
        return -1;
    rp->status = 200;
    rp->type = "text/event-stream";
    return 0;
}

int h_health(struct request *rq, struct reply *rp)
{
    (void)rq;
    buf_str(&rp->body, "ok\n");
    rp->status = 200;
    rp->type = "text/plain; charset=utf-8";
    return 0;
}

int h_ready(struct request *rq, struct reply *rp)
{
    int64_t backlog = 0, oldest = 0;

    if (db_one(rq->ctx, SQL_HOOK_BACKLOG, IN(IN_I64(1)), OUT(OUT_I64(&backlog), OUT_I64(&oldest))) < 0)
        return -1;
    return h_health(rq, rp);
}

int h_metrics(struct request *rq, struct reply *rp)
{
    metrics_write(rq->app->metrics, &rp->body);
    rp->status = 200;
    rp->type = "text/plain; version=0.0.4; charset=utf-8";
    return 0;
}

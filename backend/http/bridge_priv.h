/* Private to the bridge: one request on its way. Owned by the daemon's thread; while PHASE_ASLEEP, by whoever answers. */
#ifndef TANGGAP_HTTP_BRIDGE_PRIV_H
#define TANGGAP_HTTP_BRIDGE_PRIV_H

#include "http/bridge.h"
#include "http/reply.h"
#include "http/sse.h"
#include "util/workq.h"

#include <microhttpd.h>
#include <stdatomic.h>

enum phase {
    PHASE_URI,           /* only the address is known                       */
    PHASE_BODY,          /* headers read, body coming                       */
    PHASE_ASLEEP,        /* suspended: a worker or the hook writer has it   */
    PHASE_ANSWERED,      /* resumed: rp is complete                         */
    PHASE_SENT,          /* queued; only on_completed follows               */
};

struct exchange {
    struct workq_item item;      /* first: the queue hands this back */
    struct bridge *b;
    struct MHD_Connection *con;
    enum phase phase;
    bool refused;                /* ctx.fail says why; no handler will run           */
    bool counted;                /* is in b->handling                                */
    enum fail_code dropped;      /* the body was too much: why                       */
    size_t body_seen;
    struct arena *mem;           /* NULL once a stream needs it no more              */
    struct text uri;
    struct text allow;           /* for 405 */
    struct buf body;
    struct mono_us begun;
    struct exchange *next_spare;
    struct ctx ctx;
    struct request rq;
    struct reply rp;
};

struct bridge {
    struct app *app;
    struct MHD_Daemon *daemon;
    struct workq *queue;
    struct exchange *spare;      /* daemon's thread only, as the next four */
    unsigned spare_count;
    uint64_t seed, requests;
    int64_t bodies;              /* bytes of request bodies held           */
    atomic_int handling;         /* requests between headers and answer    */
    atomic_int asleep;           /* suspended for an answer                */
};

static inline struct exchange *exchange_of(struct request *rq)
{
    return (struct exchange *)(void *)((char *)rq - offsetof(struct exchange, rq));
}

/* Snapshot of headers, cookie and address; fills *f. */
void exchange_read_headers(struct exchange *x, struct framing *f);
/* Finds the row and checks what can be checked before the body. -1 with ctx.fail. */
int exchange_route(struct exchange *x, const char *method, const struct framing *f);
/* Queues rp on the daemon's thread. */
enum MHD_Result exchange_send(struct exchange *x);

#endif

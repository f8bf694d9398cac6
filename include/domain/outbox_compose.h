/* Replies on their way out, from the composer's side. */
#ifndef TANGGAP_DOMAIN_OUTBOX_COMPOSE_H
#define TANGGAP_DOMAIN_OUTBOX_COMPOSE_H

#include "db/query.h"

enum outbox_state { OUTBOX_QUEUED, OUTBOX_SENDING, OUTBOX_SENT, OUTBOX_REFUSED, OUTBOX_UNDECIDED, OUTBOX_CANCELLED };

struct compose {
    int64_t conversation;
    struct text key, text;
    int64_t seen, reply_to;               /* message ids, 0: none */
    bool force;                           /* send although something newer stands there */
    bool by_hand;                         /* the channel has no way out: note it as said */
    int16_t send_as;                      /* enum send_as of the connector: plain, private or template */
    struct text template, choices;        /* JSON, as outbox has them; absent: none */
    struct text file_hash, file_name;     /* SHA-256 of an upload or a message's file; absent: none */
};

struct composed {
    int64_t id, thread;
    int64_t message;                      /* by hand: what was noted, else 0        */
    int64_t newest;                       /* with NEWER_MESSAGE: what was not seen  */
    bool is_known;                        /* the same key was here before           */
};

/* NEWER_MESSAGE (design promise 4), NOT_FOUND. One transaction; the same key gives the same row again. */
MUST_CHECK int outbox_compose(struct ctx *c, const struct compose *in, struct composed *out);

struct outbox_view {
    int64_t id, person, thread;
    int16_t state, attempts;
    struct text text, person_name, fail_code, fail_text, file_name;
    time_us created_at, next_try;
};
typedef int outbox_fn(const struct outbox_view *o, void *arg);
MUST_CHECK int outbox_get(struct ctx *c, int64_t id, struct outbox_view *out);        /* 1/0/-1 */
MUST_CHECK int outbox_pending(struct ctx *c, int64_t thread, outbox_fn *row, void *arg);
/* CONFLICT when it is out or leaving already. */
MUST_CHECK int outbox_cancel(struct ctx *c, int64_t id, int64_t *thread);
struct retry {
    int64_t id, seen;             /* newest message she has seen           */
    bool is_confirmed;            /* an undecided one did not arrive       */
};
/* Sends again what was refused, or what is undecided once she has confirmed; guarded as outbox_compose() is. */
MUST_CHECK int outbox_retry(struct ctx *c, const struct retry *in, struct composed *out);

#endif

/* One reply on its way, and who keeps the books about it. */
#ifndef TANGGAP_JOBS_DELIVER_PRIV_H
#define TANGGAP_JOBS_DELIVER_PRIV_H

#include "runner_priv.h"

#include <time.h>

#define SEND_TIMEOUT_S 15              /* no connector's send may take longer */

/* ---- how fast a chat may be written to ---- */

#define PACE_SLOTS 2048

struct pace {
    struct pace_slot {
        int64_t thread;
        double tokens;
        struct mono_us at;
    } slots[PACE_SLOTS];
};

/* Takes one send of a thread's allowance: bursts of five, then one a second (groups: one in three seconds). 0: go;
 * else microseconds to wait, nothing taken. */
int64_t pace_take(struct pace *p, int64_t thread, bool is_group);

/* ---- a send ---- */

struct outbox_row {
    int64_t id, business, thread, channel, conversation, person;
    struct text text, reply_to, thread_id;
    int16_t attempts, part, thread_type;
    time_us lease;                     /* names this flight; see deliver_fly */
};

struct sender {
    struct loop *loop;
    struct runner *runner;
    int in_flight;
    pthread_mutex_t lock;
    struct flight *landed;             /* under lock: answered, not yet looked at */
    struct pace pace;
};

struct flight {
    struct flight *next;
    struct sender *sender;
    struct arena *mem;
    struct outbox_row row;
    struct open_channel channel;
    struct op op;
    unsigned part_count;
    struct step_state state;
    struct httpc_reply *reply;
};

/* Fills f->op for the part that is due. */
void deliver_op(struct flight *f);
/* Inside the business: what the outcome changes. That the platform accepted it is noted first, in a transaction that
 * waits for nobody; its message is made in a second one. */
MUST_CHECK int deliver_record(struct sender *s, struct ctx *c, struct flight *f, const struct step *step);
/* Makes the message of an accepted send and ends its row, or goes on to the next part: 1; 0 the business is busy, -1. */
MUST_CHECK int deliver_thread(struct ctx *c, struct flight *f, const struct step *step);
/* When the business's outbox is due next. */
MUST_CHECK int deliver_settle(struct ctx *c);

#endif

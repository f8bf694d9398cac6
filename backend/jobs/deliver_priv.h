/* One reply on its way, and who keeps the books about it. */
#ifndef TANGGAP_JOBS_DELIVER_PRIV_H
#define TANGGAP_JOBS_DELIVER_PRIV_H

#include "runner_priv.h"

#include <time.h>

#define SEND_TIMEOUT_S 15              /* no connector's send may take longer */
#define UPLOAD_TIMEOUT_S 180           /* nor one with a file, all its calls together */

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
    int16_t attempts, part, thread_type, send_as, tries, looks, platform;
    time_us lease;                     /* names this flight; see deliver_fly */
    struct text retry_key, template_name, template_language, template_values, choices;
    struct text media_hash, media_name, media_mime;
    struct text target_detail;         /* of the message answered */
    struct text reply_token;           /* of the newest message of theirs, however old */
    time_us last_in, sent_after;
};

/* What the statements with @outbox_row give. */
#define OUTBOX_ROW_OUT(r)                                                                                             \
    OUT_I64(&(r)->id), OUT_I64(&(r)->thread), OUT_I64(&(r)->channel), OUT_I64(&(r)->conversation),                    \
        OUT_I64(&(r)->person), OUT_TEXT(&(r)->text), OUT_TEXT(&(r)->reply_to), OUT_I16(&(r)->attempts),               \
        OUT_I16(&(r)->part), OUT_I16(&(r)->thread_type), OUT_TEXT(&(r)->thread_id), OUT_TIME(&(r)->lease),            \
        OUT_I16(&(r)->send_as), OUT_TEXT(&(r)->retry_key), OUT_I16(&(r)->tries), OUT_I16(&(r)->looks),                \
        OUT_TIME(&(r)->sent_after), OUT_TEXT(&(r)->template_name), OUT_TEXT(&(r)->template_language),                 \
        OUT_TEXT(&(r)->template_values), OUT_TEXT(&(r)->choices), OUT_TEXT(&(r)->media_hash),                         \
        OUT_TEXT(&(r)->media_name), OUT_TEXT(&(r)->media_mime), OUT_I16(&(r)->platform),                              \
        OUT_TEXT(&(r)->target_detail), OUT_TIME(&(r)->last_in), OUT_TEXT(&(r)->reply_token)

struct sender {
    struct loop *loop;
    struct runner *runner;
    int in_flight;
    size_t bytes_in_flight;            /* of files */
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
    struct event_attachment file;      /* op.attachment, where the part has one */
    unsigned part_count;
    struct step_state state;
    struct httpc_reply *reply;
};

/* A copy in mem. */
struct outbox_row outbox_row_copy(const struct outbox_row *row, struct arena *mem);
/* The token that answers the newest message for nothing: only for the first try, only while it is fresh. */
bool deliver_has_reply_token(const struct outbox_row *row, time_us now);
/* Would a second send of this part, as it leaves now, arrive twice? */
bool deliver_can_repeat(const struct outbox_row *row, time_us now);
/* Fills f->op for the part that is due: a send, or the look for one. The file's bytes stay where they are. */
void deliver_op(struct flight *f, enum op_kind kind, time_us now);
/* What refuses the send before the platform does; 1 it may go, 0 refused and told in out. */
int deliver_may_go(struct flight *f, time_us now, struct step *out);
int deliver_refuse(struct step *out, const char *code);        /* 0 */
/* Inside the business: takes an uploaded file into the media store, unless it is there. 0, or -1 with c->fail. */
MUST_CHECK int deliver_take_file(struct ctx *c, struct flight *f);
/* Reads the part's file into f->mem: 1, or 0 and told in out. */
int deliver_load_file(const struct config *cfg, struct flight *f, struct step *out);
/* When look number n (from 1) for a part that left at sent_after is due; TIME_NONE: there is none any more. */
time_us deliver_look_due(time_us sent_after, int n);
/* Inside the business: what the outcome changes. That the platform accepted it is noted first, in a transaction that
 * waits for nobody; its message is made in a second one. */
MUST_CHECK int deliver_record(struct sender *s, struct ctx *c, struct flight *f, const struct step *step);
/* Makes the message of an accepted send and ends its row, or goes on to the next part: 1; 0 the business is busy, -1. */
MUST_CHECK int deliver_thread(struct ctx *c, struct flight *f, const struct step *step);
/* When the business's outbox is due next. */
MUST_CHECK int deliver_settle(struct ctx *c);

#endif

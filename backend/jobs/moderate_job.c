/* Acts upon messages: one request each, made again when its answer was lost, since each sets a state at the platform and
 * adds nothing. What the platform has done comes in as events, in one transaction with the act's own end, so it looks
 * the same whoever did it, and is noted once. Payload {"message":"ID"}. */
#include "runner_priv.h"

#include "domain/moderate.h"
#include "util/log.h"
#include "util/str.h"

#include <jansson.h>

#define ACTS_MAX 20                    /* of one message in one run */
#define LEASE_S 50                     /* shorter than the job's, so that a job taken over finds its act free */
#define JOB_LEASE_S 60
#define ATTEMPTS_MAX 12                /* some two hours */
#define STORE_TRIES 20

AUTO_DEFINE(json, json_t *, NULL, json_decref)

_Static_assert((int)MODERATE_ACT_EDIT == (int)ACT_EDIT && (int)MODERATE_ACT_REACT == (int)ACT_REACT &&
                   (int)MODERATE_ACT_HIDE == (int)MODERATE_HIDE && (int)MODERATE_ACT_REJECT == (int)MODERATE_REJECT,
               "stored acts are the connector's");

struct asked {
    int64_t id, person, channel, conversation, thread;
    int16_t act, attempts, thread_type;
    time_us lease;
    bool is_deleted;
    struct text text, reason, target, detail, thread_id;
    struct open_channel open;
    struct step step;
    struct intake in;
};

static int queue(struct ctx *c, int64_t message, time_us due)
{
    return jobq_add(c, JOB_MODERATE, TEXT(""),
                    text_of(arena_printf(c->mem, "{\"message\":\"%lld\"}", (long long)message)), due);
}

static int take(struct ctx *c, int64_t message, struct asked *a)
{
    return db_one(c, SQL_MODERATION_NEXT, IN(IN_I64(c->who.business), IN_I64(message), IN_DOUBLE(LEASE_S)),
                  OUT(OUT_I64(&a->id), OUT_I16(&a->act), OUT_TEXT(&a->text), OUT_TEXT(&a->reason), OUT_I64(&a->person),
                      OUT_I16(&a->attempts), OUT_TIME(&a->lease), OUT_I64(&a->channel), OUT_I64(&a->conversation),
                      OUT_I64(&a->thread), OUT_TEXT(&a->target), OUT_BOOL(&a->is_deleted), OUT_TEXT(&a->detail),
                      OUT_I16(&a->thread_type), OUT_TEXT(&a->thread_id)));
}

/* ---- what it came to, as events ---- */

static int add_event(struct asked *a, enum event_kind kind, struct text target, struct text text, const char *detail)
{
    struct event ev;

    event_init(&ev);
    ev.kind = kind;
    ev.platform = a->open.facts.platform;
    ev.target = target;
    ev.direction = DIRECTION_OUT;
    ev.sender_kind = SENDER_AGENT;
    ev.sent_at = clock_now();
    ev.text = text;
    if (detail)
        ev.detail = text_of(detail);
    return intake_add(&ev, &a->in);
}

struct reply_row {
    struct asked *a;
    struct text id;
};

static int take_reply(void *arg)
{
    const struct reply_row *row = arg;

    return add_event(row->a, EVENT_DELETE, row->id, (struct text){ NULL, 0 }, NULL);
}

/* The platforms take the answers along with the first comment of a strand; on X they stand by themselves. */
static int add_delete(struct ctx *c, struct asked *a)
{
    struct reply_row row = { .a = a };

    if (add_event(a, EVENT_DELETE, a->target, (struct text){ NULL, 0 }, NULL))
        return -1;
    if (a->thread_type != THREAD_COMMENT || a->open.facts.platform == PLATFORM_X || !text_equal(a->target, a->thread_id))
        return 0;
    return db_each(c, SQL_MODERATION_REPLIES, IN(IN_I64(c->who.business), IN_I64(a->thread), IN_TEXT(a->target)),
                   OUT(OUT_TEXT(&row.id)), take_reply, &row);
}

static int add_events(struct ctx *c, struct asked *a)
{
    const struct text none = { NULL, 0 };

    switch ((enum moderate_act)a->act) {
    case MODERATE_ACT_HIDE:
        return add_event(a, EVENT_HIDDEN, a->target, none, "{\"hidden\":true}");
    case MODERATE_ACT_UNHIDE:
        return add_event(a, EVENT_HIDDEN, a->target, none, "{\"hidden\":false}");
    case MODERATE_ACT_HOLD:
        return add_event(a, EVENT_HIDDEN, a->target, none, "{\"hidden\":true,\"type\":\"heldForReview\"}");
    case MODERATE_ACT_PUBLISH:
        return add_event(a, EVENT_HIDDEN, a->target, none, "{\"hidden\":false,\"type\":\"published\"}");
    case MODERATE_ACT_REJECT:
        return add_event(a, EVENT_HIDDEN, a->target, none, "{\"hidden\":true,\"type\":\"rejected\"}");
    case MODERATE_ACT_DELETE:
        return add_delete(c, a);
    case MODERATE_ACT_LIKE:
        return add_event(a, EVENT_REACTION, a->target, TEXT("👍"), NULL);
    case MODERATE_ACT_UNLIKE:
        return add_event(a, EVENT_REACTION, a->target, TEXT(""), NULL);
    case MODERATE_ACT_EDIT:
        return add_event(a, EVENT_EDIT, a->target, a->text, NULL);
    case MODERATE_ACT_REACT:
        return add_event(a, EVENT_REACTION, a->target, a->text, NULL);
    case MODERATE_ACT_COUNT:
        break;
    }
    return fail(&c->fail, FAIL_INTERNAL, "no such act");
}

static int store(struct ctx *c, void *arg)
{
    struct asked *a = arg;
    const char *detail = arena_printf(c->mem, "{\"act\":\"%s\",\"reason\":\"%.*s\"}", moderate_words[a->act],
                                      (int)a->reason.len, a->reason.ptr ? a->reason.ptr : "");

    intake_fini(&a->in);
    a->in = (struct intake){ .mem = c->mem, .channel = a->channel, .received_at = clock_now() };
    if (add_events(c, a) || intake_run(c, &a->in))
        return -1;
    return db_do(c, SQL_MODERATION_DONE, IN(IN_I64(c->who.business), IN_I64(a->id), IN_TIME(a->lease),
                                            IN_JSON(text_of(detail)))) < 0 ? -1 : 0;
}

/* It is done there: our own books must not lag behind only because the business is being written to. */
static int store_patiently(struct runner *r, struct ctx *c, struct asked *a)
{
    int rc = db_tx(c, store, a);

    for (int tries = 1; rc && c->fail.code == FAIL_TRY_AGAIN && tries < STORE_TRIES; tries++)
        rc = db_tx(c, store, a);
    if (rc == 0)
        intake_announce(r, c->who.business, &a->in);
    intake_fini(&a->in);
    return rc ? -1 : 0;
}

/* ---- what else it may have come to ---- */

static struct text cut(struct text why)
{
    return why.ptr ? str_utf8_cut(why, 500) : TEXT("");
}

static int refuse(struct ctx *c, const struct asked *a, const char *code, struct text why)
{
    return db_do(c, SQL_MODERATION_REFUSED,
                 IN(IN_I64(c->who.business), IN_I64(a->id), IN_TIME(a->lease), IN_STR(code ? code : "rejected"),
                    IN_TEXT(cut(why)))) < 0 ? -1 : 0;
}

static int put_off(struct ctx *c, const struct asked *a, time_us due)
{
    const char *code = a->step.why_code ? a->step.why_code : "unreachable";

    return db_do(c, SQL_MODERATION_PUT_OFF,
                 IN(IN_I64(c->who.business), IN_I64(a->id), IN_TIME(a->lease), IN_TIME(due), IN_STR(code),
                    IN_TEXT(cut(a->step.why)))) < 0 ? -1 : 0;
}

static time_us pause_of(const struct asked *a)
{
    int64_t s = a->attempts < 10 ? INT64_C(1) << a->attempts : 1200;

    return clock_now() + s * US_PER_S;
}

/* 1 go on with the next act, 0 nothing more now, -1. */
static int conclude(struct runner *r, struct ctx *c, struct asked *a, int64_t message)
{
    time_us due = a->step.until;

    switch (a->step.outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        return store_patiently(r, c, a) ? -1 : 1;
    case OUTCOME_RETRY:
    case OUTCOME_UNKNOWN:
        if (a->attempts >= ATTEMPTS_MAX)
            return refuse(c, a, a->step.why_code ? a->step.why_code : "unreachable", a->step.why) ? -1 : 1;
        due = pause_of(a);
        return put_off(c, a, due) || queue(c, message, due) ? -1 : 0;
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
        if (due == TIME_NONE)
            due = clock_now() + 3600 * US_PER_S;
        return put_off(c, a, due) || queue(c, message, due) ? -1 : 0;
    case OUTCOME_AUTH:
        /* Waits for the channel: a new token, or a person, lets it go again (channel_release). */
        if (channel_refused(c, &a->open, a->step.why_code) < 0)
            return -1;
        notifier_panel(r->notifier, c->who.business, "channel", 0);
        due = clock_now() + 60 * US_PER_S;
        return put_off(c, a, TIME_NONE) || queue(c, message, due) ? -1 : 0;
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        break;
    }
    return refuse(c, a, a->step.why_code, a->step.why) ? -1 : 1;
}

static int call(struct runner *r, struct ctx *c, struct asked *a)
{
    int64_t business = c->who.business;
    struct op op = { .kind = a->act == MODERATE_ACT_EDIT    ? OP_EDIT
                             : a->act == MODERATE_ACT_REACT ? OP_REACT
                                                            : OP_MODERATE,
                     .channel = &a->open.facts,
                     .thread_id = a->thread_id,
                     .thread_type = (enum thread_type)a->thread_type,
                     .text = a->text,
                     .target = a->target,
                     .target_detail = a->detail };
    int rc;

    if (op.kind == OP_MODERATE)
        op.moderation = (enum moderation)a->act;
    db_leave(c);
    rc = call_through(r, c, a->open.connector, &op, -1, &a->step);
    db_enter_business(c, business);
    if (rc || channel_spend(c, &a->open, a->step.cost))
        return -1;
    return a->step.grant.token.len && channel_keep_grant(c, &a->open, &a->step.grant) ? -1 : 0;
}

/* 1 there may be more, 0 none for now, -1. */
static int run_one(struct runner *r, struct ctx *c, const struct job *j, int64_t message)
{
    struct asked a = { .id = 0 };
    int rc = jobq_extend(c, j->id, JOB_LEASE_S) ? -1 : take(c, message, &a);

    if (rc != 1)
        return rc;
    rc = channel_open(c, a.channel, &a.open);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return refuse(c, &a, "not_possible", TEXT("")) ? -1 : 1;
    if (a.is_deleted)
        rc = a.act == MODERATE_ACT_DELETE ? (store_patiently(r, c, &a) ? -1 : 1)
                                          : (refuse(c, &a, "gone", TEXT("")) ? -1 : 1);
    else
        rc = call(r, c, &a) ? -1 : conclude(r, c, &a, message);
    channel_close(&a.open);
    notifier_panel(r->notifier, c->who.business, "conversation", a.thread);
    return rc;
}

static int message_of(struct ctx *c, const struct job *j, int64_t *id)
{
    json_error_t ignored;
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, &ignored);
    const json_t *value = json_object_get(payload, "message");

    if (json_is_string(value) && str_whole_i64(text_of(json_string_value(value)), id, 1, INT64_MAX) == 0)
        return 0;
    return fail_field(&c->fail, "message", "the job does not say which");
}

int moderate_job(struct runner *r, struct ctx *c, const struct job *j)
{
    int64_t message;
    int rc = message_of(c, j, &message) ? -1 : 1;

    for (int i = 0; rc == 1 && i < ACTS_MAX; i++) {
        struct arena_mark mark = arena_mark(c->mem);

        rc = run_one(r, c, j, message);
        arena_rewind(c->mem, mark);
    }
    return rc == 1 ? queue(c, message, TIME_NONE) : rc;
}

struct waiting {
    struct ctx *c;
    int64_t row, *at;
    size_t count;
};

static int take_waiting(void *arg)
{
    struct waiting *w = arg;

    if (w->count < 1000)
        w->at[w->count++] = w->row;
    return 0;
}

int moderate_resume(struct ctx *c, int64_t channel)
{
    struct waiting w = { .c = c, .at = arena_array(c->mem, int64_t, 1000) };
    int rc = db_each(c, SQL_MODERATION_WAITING, IN(IN_I64(c->who.business), IN_I64(channel)), OUT(OUT_I64(&w.row)),
                     take_waiting, &w);

    for (size_t i = 0; i < w.count && rc == 0; i++)
        rc = queue(c, w.at[i], TIME_NONE);
    return rc;
}

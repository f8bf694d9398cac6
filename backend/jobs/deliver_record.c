/* What a send came to, in the books: a message, a later try, a refusal, or an honest "undecided". That the platform has
 * accepted it is noted before anything that may have to wait: a merge may keep the conversation busy for minutes. */
#include "deliver_priv.h"

#include "domain/outbox_compose.h"
#include "util/log.h"
#include "util/str.h"

#include <stdio.h>

#define ATTEMPTS_MAX 8
#define RENEW_WAIT_US (30 * US_PER_S)

int64_t pace_take(struct pace *p, int64_t thread, bool is_group)
{
    const double burst = 5, per_us = (is_group ? 1.0 / 3 : 1.0) / 1e6;
    struct pace_slot *slot = &p->slots[(uint64_t)thread % PACE_SLOTS];
    struct mono_us now = clock_mono();

    if (slot->thread != thread)
        *slot = (struct pace_slot){ thread, burst, now };
    slot->tokens += (double)(now.us - slot->at.us) * per_us;
    slot->at = now;
    if (slot->tokens > burst)
        slot->tokens = burst;
    if (slot->tokens < 1)
        return (int64_t)((1 - slot->tokens) / per_us) + 1000;
    slot->tokens -= 1;
    return 0;
}

/* 1, 2, 4 … 60 s, and up to half as much again so that many do not come back at once. */
static time_us next_try(int attempts)
{
    int64_t seconds = attempts < 6 ? INT64_C(1) << attempts : 60;
    uint32_t noise = 0;

    crypto_random(&noise, sizeof(noise));
    return clock_now() + seconds * US_PER_S + (int64_t)(noise % (uint32_t)(seconds * 500000));
}

static int put_off(struct ctx *c, const struct flight *f, time_us due, int tries, const struct step *step)
{
    return db_do(c, SQL_DELIVER_PUT_OFF,
                 IN(IN_I64(f->row.business), IN_I64(f->row.id), IN_TIME(due), IN_I16(tries),
                    IN_STR(step->why_code ? step->why_code : ""), IN_TEXT(step->why.ptr ? step->why : TEXT("")),
                    IN_BOOL(step->is_refused_reply), IN_TIME(f->row.lease))) < 0 ? -1 : 0;
}

static int end_row(struct ctx *c, const struct flight *f, int state, const struct step *step, int64_t message)
{
    return db_do(c, SQL_DELIVER_END,
                 IN(IN_I64(f->row.business), IN_I64(f->row.id), IN_I16(state),
                    IN_STR(step->why_code ? step->why_code : ""), IN_TEXT(step->why.ptr ? step->why : TEXT("")),
                    IN_ID(message), IN_TIME(f->row.lease))) < 0 ? -1 : 0;
}

/* ---- accepted ---- */

/* A private reply stands in the strand of the comment that it answers, and says so. */
static struct event event_of(const struct flight *f, const struct step *step)
{
    struct event ev;

    event_init(&ev);
    ev.platform = f->channel.facts.platform;
    ev.channel = f->channel.facts.external_id;
    ev.id = step->external_id;
    ev.thread = (struct event_thread){ .type = (enum thread_type)f->row.thread_type, .present = true,
                                       .id = f->row.thread_id };
    ev.direction = DIRECTION_OUT;
    ev.sender_kind = SENDER_AGENT;
    ev.device = DEVICE_PANEL;
    ev.sent_at = step->sent_at != TIME_NONE ? step->sent_at : clock_now();
    ev.text = f->op.text;
    ev.reply_to = f->op.reply_to;
    ev.attachments = f->op.attachment;
    ev.attachment_count = f->op.attachment ? 1 : 0;
    if (f->row.send_as == SEND_PRIVATE)
        ev.detail = TEXT("{\"private\":true}");
    else if (f->row.send_as == SEND_TEMPLATE)
        ev.detail = TEXT("{\"template\":true}");
    return ev;
}

/* The message may be there already, as the platform's echo of it: then it only gets its author. */
static int store_message(struct ctx *c, struct flight *f, const struct step *step, int64_t *message)
{
    struct ingest_item item = {
        .event = event_of(f, step),
        .channel_id = f->row.channel,
        .received_at = clock_now(),
        .person_id = f->row.person,
    };
    struct ingest_result ignored = { 0 };

    if (db_do(c, SQL_DELIVER_TOUCH, IN(IN_I64(f->row.business), IN_I64(f->row.conversation))) < 0 ||
        ingest_events(c, &item, 1, &ignored))
        return -1;
    int rc = db_one(c, SQL_DELIVER_SAID,
                    IN(IN_I64(f->row.business), IN_I64(f->row.channel), IN_TEXT(step->external_id)),
                    OUT(OUT_I64(message)));
    if (rc != 1)
        return rc < 0 ? -1 : fail(&c->fail, FAIL_INTERNAL, "the sent message is not there");
    if (!f->op.attachment)
        return 0;
    return db_do(c, SQL_DELIVER_ATTACH,
                 IN(IN_I64(f->row.business), IN_I64(*message), IN_I16(f->file.type), IN_BYTES(f->row.media_hash),
                    IN_TEXT(f->row.media_name))) < 0 ? -1 : 0;
}

static int receipt(struct ctx *c, struct flight *f, const struct step *step)
{
    time_us sent_at = step->sent_at != TIME_NONE ? step->sent_at : clock_now();

    return db_one(c, SQL_DELIVER_RECEIPT,
                  IN(IN_I64(f->row.business), IN_I64(f->row.id), IN_TEXT(step->external_id), IN_TIME(sent_at),
                     IN_TIME(f->row.lease), IN_I16(f->row.part)),
                  OUT(OUT_TIME(&f->row.lease))) < 0 ? -1 : 0;
}

/* ---- everything else ---- */

static int retry(struct ctx *c, struct flight *f, const struct step *step)
{
    /* Also for a group that is said to have moved, and moved again, and again. */
    if (f->row.attempts + 1 >= ATTEMPTS_MAX)
        return end_row(c, f, OUTBOX_REFUSED, step, 0);
    if (step->new_thread_id.len) {
        if (db_do(c, SQL_DELIVER_MOVED, IN(IN_I64(f->row.business), IN_I64(f->row.thread),
                                           IN_TEXT(step->new_thread_id))) < 0)
            return -1;
        return put_off(c, f, clock_now(), 1, step);
    }
    if (step->is_refused_reply)
        return put_off(c, f, clock_now(), 1, step);
    return put_off(c, f, next_try(f->row.attempts), 1, step);
}

/* Waits for another token: a new one that is asked for now, or one that a person brings. */
static int unauthorized(struct ctx *c, struct flight *f, const struct step *step)
{
    int rc = channel_refused(c, &f->channel, step->why_code);

    return rc < 0 ? -1 : put_off(c, f, clock_now() + (rc == 2 ? RENEW_WAIT_US : 0), 0, step);
}

/* ---- of unknown outcome ---- */

static int doubt(struct ctx *c, struct flight *f, int look, const struct step *step)
{
    time_us due = deliver_look_due(f->row.sent_after, look), now = clock_now();

    if (!(f->channel.connector && f->channel.connector->caps & CAP_LOOK) || due == TIME_NONE)
        return end_row(c, f, OUTBOX_UNDECIDED, step, 0);
    return db_do(c, SQL_DELIVER_DOUBT,
                 IN(IN_I64(f->row.business), IN_I64(f->row.id), IN_I16(look), IN_TIME(due > now ? due : now),
                    IN_STR(step->why_code ? step->why_code : ""), IN_TIME(f->row.lease))) < 0 ? -1 : 0;
}

/* What a look came to. Found: as if it had been answered. Not there: sent again. Else looked for once more, until a
 * person must decide. */
static int looked(struct ctx *c, struct flight *f, const struct step *step)
{
    bool is_absent = step->outcome == OUTCOME_PERMANENT && step->why_code && strcmp(step->why_code, "not_sent") == 0;

    if (step->outcome == OUTCOME_OK || step->outcome == OUTCOME_DUPLICATE_OK)
        return receipt(c, f, step);
    if (!is_absent)
        return doubt(c, f, f->row.looks + 1, step);
    if (f->row.attempts + 1 >= ATTEMPTS_MAX)
        return end_row(c, f, OUTBOX_REFUSED, step, 0);
    return put_off(c, f, clock_now(), 1, step);
}

struct recording {
    struct flight *f;
    const struct step *step;
    bool is_busy;
};

/* The receipt stands already. */
static int thread_message(struct ctx *c, void *arg)
{
    struct recording *r = arg;
    struct flight *f = r->f;
    int64_t message = 0;
    int rc = intake_lock(c);

    r->is_busy = rc == 0;
    if (rc != 1)
        return rc;
    if (store_message(c, f, r->step, &message))
        return -1;
    if ((unsigned)f->row.part + 1 < f->part_count)
        return db_do(c, SQL_DELIVER_PART, IN(IN_I64(f->row.business), IN_I64(f->row.id), IN_TIME(clock_now()),
                                             IN_TIME(f->row.lease))) < 0 ? -1 : 0;
    return end_row(c, f, OUTBOX_SENT, r->step, message);
}

int deliver_thread(struct ctx *c, struct flight *f, const struct step *step)
{
    struct recording r = { f, step, false };

    if (db_tx(c, thread_message, &r))
        return -1;
    return r.is_busy ? 0 : 1;
}

static int record(struct ctx *c, void *arg)
{
    struct recording *r = arg;
    const struct step *step = r->step;
    struct flight *f = r->f;

    if (f->op.kind == OP_LOOK)
        return looked(c, f, step);
    switch (step->outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        return receipt(c, f, step);
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
        return put_off(c, f, step->until, 0, step);
    case OUTCOME_RETRY:
        return retry(c, f, step);
    case OUTCOME_UNKNOWN:
        return doubt(c, f, 1, step);
    case OUTCOME_AUTH:
        return unauthorized(c, f, step);
    case OUTCOME_CONTACT_GONE:
        if (db_do(c, SQL_DELIVER_GONE, IN(IN_I64(f->row.business), IN_I64(f->row.thread),
                                          IN_I16(f->channel.facts.platform))) < 0)
            return -1;
        return end_row(c, f, OUTBOX_REFUSED, step, 0);
    case OUTCOME_PERMANENT:
        return end_row(c, f, OUTBOX_REFUSED, step, 0);
    }
    return fail(&c->fail, FAIL_INTERNAL, "no such outcome");
}

int deliver_record(struct sender *s, struct ctx *c, struct flight *f, const struct step *step)
{
    struct recording r = { f, step, false };
    int rc = 0;

    if (channel_spend(c, &f->channel, step->cost))
        log_warn("cost not counted", KV_I("channel", f->row.channel), KV_S("why", c->fail.text));
    if (step->grant.token.len && channel_keep_grant(c, &f->channel, &step->grant))
        log_error("a new token was lost", KV_I("channel", f->row.channel), KV_S("why", c->fail.text));
    /* The answer is all we have: a database that is away for a moment must not turn it into a guess. */
    for (int tries = 0; tries < 40; tries++) {
        struct timespec pause = { 0, 500000000 };

        rc = db_tx(c, record, &r);
        if (rc == 0 || c->fail.code != FAIL_TRY_AGAIN || !f->row.business)
            break;
        nanosleep(&pause, NULL);
    }
    if (rc)
        return -1;
    /* What cannot be done now is found by its lease a second later. */
    if ((step->outcome == OUTCOME_OK || step->outcome == OUTCOME_DUPLICATE_OK) && deliver_thread(c, f, step) < 0)
        log_warn("sent message not threaded yet", KV_I("outbox", f->row.id), KV_S("why", c->fail.text));
    if (step->outcome == OUTCOME_OK)
        metrics_add(s->runner->metrics, METRIC_SENDS_DONE, 1);
    else if (step->outcome == OUTCOME_PERMANENT || step->outcome == OUTCOME_CONTACT_GONE)
        metrics_add(s->runner->metrics, METRIC_SENDS_FAILED, 1);
    return 0;
}

/* What a platform still offers of a channel's past: page by page, each with its cursor in one transaction, as history
 * (counted, never in speed, no notice). Resumes where it stood; rests when the platform says so. Payload
 * {"channel":"ID"}; with {"read":CURSOR} too it is one look at what a webhook only named, which is news, not history. */
#include "runner_priv.h"

#include "util/log.h"

#include <jansson.h>
#include <stdlib.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

#define PAGES_MAX 20                   /* in one run; then other jobs have their turn */

enum { BACKFILL_NONE, BACKFILL_RUNNING, BACKFILL_DONE, BACKFILL_GIVEN_UP };

static struct text payload_of(struct ctx *c, int64_t channel)
{
    return text_of(arena_printf(c->mem, "{\"channel\":\"%lld\"}", (long long)channel));
}

static int queue(struct ctx *c, int64_t channel, time_us due)
{
    return jobq_add(c, JOB_BACKFILL, text_of(arena_printf(c->mem, "%lld", (long long)channel)), payload_of(c, channel), due);
}

int backfill_start(struct ctx *c, int64_t channel, bool from_the_start)
{
    int64_t rows = db_do(c, SQL_CHANNEL_BACKFILL_START,
                         IN(IN_I64(c->who.business), IN_I64(channel), IN_BOOL(from_the_start)));

    return rows < 0 || (rows && queue(c, channel, TIME_NONE)) ? -1 : 0;
}

struct past {
    struct open_channel *channel;
    struct intake in;
    struct text cursor;
    struct step step;
};

static int move(struct ctx *c, const struct past *p, int state, int64_t fresh)
{
    int64_t b = c->who.business, id = p->channel->facts.id;

    if (db_do(c, SQL_CHANNEL_BACKFILL_MOVE,
              IN(IN_I64(b), IN_I64(id), IN_I16((int16_t)state),
                 IN_TEXT(p->step.cursor.ptr ? p->step.cursor : p->cursor), IN_I64(fresh))) < 0)
        return -1;
    return state == BACKFILL_DONE && db_do(c, SQL_CHANNEL_GAPS_FILLED, IN(IN_I64(b), IN_I64(id))) < 0 ? -1 : 0;
}

static int store_page(struct ctx *c, struct past *p, bool is_backfill)
{
    const struct channel_facts *home = &p->channel->facts;
    size_t left_out;

    intake_fini(&p->in);
    p->in = (struct intake){ .mem = c->mem, .channel = home->id, .received_at = clock_now(),
                             .is_backfill = is_backfill, .is_second_look = !is_backfill };
    return p->step.page.len &&
                   (p->channel->connector->parse(p->step.page, home, c->mem, intake_add, &p->in, &c->fail) ||
                    intake_route_here(c, &p->in, 0, home, &left_out) || intake_run(c, &p->in))
               ? -1 : 0;
}

static int store_news(struct ctx *c, void *arg)
{
    return store_page(c, arg, false);
}

static int store(struct ctx *c, void *arg)
{
    struct past *p = arg;

    if (store_page(c, p, true))
        return -1;
    return move(c, p, p->step.is_last ? BACKFILL_DONE : BACKFILL_RUNNING, p->in.result.messages_new);
}

/* 1 there is more, 0 all is read or it rests, -1 try again later. */
static int conclude(struct runner *r, struct ctx *c, struct past *p)
{
    int64_t id = p->channel->facts.id;
    int rc;

    switch (p->step.outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        rc = db_tx(c, store, p);
        if (rc == 0)
            intake_announce(r, c->who.business, &p->in);
        intake_fini(&p->in);
        return rc ? -1 : !p->step.is_last;
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
        return queue(c, id, p->step.until);
    case OUTCOME_AUTH:
        rc = channel_note_refusal(r, c, p->channel, p->step.why_code);
        return rc == 2 ? queue(c, id, clock_now() + 60 * US_PER_S) : rc < 0 ? -1 : 0;
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        log_warn("the past is not offered", KV_I("channel", id), KV_S("code", p->step.why_code));
        return move(c, p, BACKFILL_GIVEN_UP, 0);
    case OUTCOME_RETRY:
    case OUTCOME_UNKNOWN:
        break;
    }
    return fail(&c->fail, FAIL_TRY_AGAIN, "the platform does not answer: %s", p->step.why_code);
}

static int read_page(struct runner *r, struct ctx *c, struct past *p)
{
    struct op op = { .kind = OP_BACKFILL, .channel = &p->channel->facts };
    int64_t business = c->who.business;
    int16_t state = 0;
    int rc = db_one(c, SQL_CHANNEL_BACKFILL_GET, IN(IN_I64(business), IN_I64(p->channel->facts.id)),
                    OUT(OUT_I16(&state), OUT_TEXT(&p->cursor)));

    if (rc != 1 || state != BACKFILL_RUNNING)
        return rc < 0 ? -1 : 0;
    db_leave(c);
    op.cursor = p->cursor;
    rc = call_through(r, c, p->channel->connector, &op, -1, &p->step);
    db_enter_business(c, business);
    return rc || channel_spend(c, p->channel, p->step.cost) ? -1 : conclude(r, c, p);
}

int backfill_read(struct ctx *c, int64_t channel, struct text cursor)
{
    AUTO(json) json_t *payload = json_pack("{s:s,s:s%}", "channel", arena_printf(c->mem, "%lld", (long long)channel), "read",
                                           cursor.ptr, cursor.len);
    char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
    int rc = text ? jobq_add(c, JOB_BACKFILL, TEXT(""), text_of(text), TIME_NONE) : 0;

    free(text);
    return rc;
}

static int look(struct runner *r, struct ctx *c, struct past *p)
{
    const struct op op = { .kind = OP_BACKFILL, .channel = &p->channel->facts, .cursor = p->cursor };
    int64_t business = c->who.business;
    int rc;

    db_leave(c);
    rc = call_through(r, c, p->channel->connector, &op, -1, &p->step);
    db_enter_business(c, business);
    if (rc || channel_spend(c, p->channel, p->step.cost))
        return -1;
    if (p->step.outcome == OUTCOME_RETRY || p->step.outcome == OUTCOME_RETRY_AT || p->step.outcome == OUTCOME_QUOTA)
        return fail(&c->fail, FAIL_TRY_AGAIN, "the platform does not answer: %s", p->step.why_code);
    if (p->step.outcome != OUTCOME_OK)
        return 0;
    rc = db_tx(c, store_news, p);
    if (rc == 0)
        intake_announce(r, business, &p->in);
    intake_fini(&p->in);
    return rc;
}

/* The cursor of a single look, absent otherwise. */
static struct text wanted_of(struct ctx *c, const struct job *j)
{
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, NULL);
    const json_t *read = json_object_get(payload, "read");

    return json_is_string(read) ? arena_text(c->mem, text_of(json_string_value(read))) : (struct text){ NULL, 0 };
}

int backfill_job(struct runner *r, struct ctx *c, const struct job *j)
{
    struct open_channel channel;
    struct past p = { .channel = &channel };
    int64_t id;
    int rc = job_channel(c, j, &id);

    if (rc == 0)
        rc = channel_open(c, id, &channel);
    if (rc != 1)
        return rc;
    if (!(channel.connector->caps & CAP_BACKFILL) || channel.status == CHANNEL_PAUSED)
        rc = 0;
    p.cursor = wanted_of(c, j);
    if (rc == 1 && p.cursor.len)
        rc = look(r, c, &p);
    for (int pages = 0; rc == 1 && pages < PAGES_MAX; pages++) {
        struct arena_mark mark = arena_mark(c->mem);

        rc = jobq_extend(c, j->id, 60) ? -1 : read_page(r, c, &p);
        arena_rewind(c->mem, mark);
    }
    if (rc == 1)
        rc = queue(c, id, TIME_NONE);
    channel_close(&channel);
    notifier_panel(r->notifier, c->who.business, "channel", 0);
    return rc < 0 ? -1 : 0;
}

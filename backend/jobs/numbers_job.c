/* The numbers of posts and accounts, where a webhook tells the words but not the numbers: asked for every six hours, so
 * that each day, and each post's seventh, has its own. Payload {"channel":"ID"}. */
#include "runner_priv.h"

#include "util/log.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct numbers {
    struct open_channel channel;
    struct step step;
    struct intake in;
};

static int note_followers(struct ctx *c, int64_t channel, int64_t followers)
{
    time_us now = clock_now();

    return db_do(c, SQL_POST_FOLLOWERS, IN(IN_I64(c->who.business), IN_I64S(&channel, 1), IN_TIMES(&now, 1),
                                           IN_I64S(&followers, 1))) < 0 ? -1 : 0;
}

/* That it was asked for is noted too: not told is something else than not asked. */
static int note_asked(struct ctx *c, int64_t channel)
{
    return note_followers(c, channel, -1);
}

static int store(struct ctx *c, void *arg)
{
    struct numbers *n = arg;
    const struct channel_facts *home = &n->channel.facts;
    size_t left_out;

    intake_fini(&n->in);
    n->in = (struct intake){ .mem = c->mem, .channel = home->id, .received_at = clock_now(), .is_backfill = true };
    if (n->step.page.len && (n->channel.connector->parse(n->step.page, home, c->mem, intake_add, &n->in, &c->fail) ||
                             intake_route_here(c, &n->in, 0, home, &left_out) || intake_run(c, &n->in)))
        return -1;
    return note_asked(c, home->id);
}

static int conclude(struct runner *r, struct ctx *c, struct numbers *n)
{
    int64_t id = n->channel.facts.id;
    int rc;

    switch (n->step.outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        rc = db_tx(c, store, n);
        if (rc == 0)
            intake_announce(r, c->who.business, &n->in);
        intake_fini(&n->in);
        return rc ? -1 : 0;
    case OUTCOME_AUTH:
        return channel_note_refusal(r, c, &n->channel, n->step.why_code) < 0 ? -1 : 0;
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        log_warn("numbers are not told", KV_I("channel", id), KV_S("code", n->step.why_code));
        return note_asked(c, id);
    case OUTCOME_RETRY:
    case OUTCOME_UNKNOWN:
        break;
    }
    return fail(&c->fail, FAIL_TRY_AGAIN, "the platform does not answer: %s", n->step.why_code);
}

int numbers_job(struct runner *r, struct ctx *c, const struct job *j)
{
    struct numbers n = { .in = { .items = NULL } };
    int64_t id, business = c->who.business;
    int rc;

    if (job_channel(c, j, &id))
        return -1;
    rc = channel_open(c, id, &n.channel);
    if (rc != 1)
        return rc;
    if ((n.channel.connector->caps & CAP_NUMBERS) && n.channel.status != CHANNEL_PAUSED) {
        struct op op = { .kind = OP_POLL, .channel = &n.channel.facts, .cursor = n.channel.cursor };

        db_leave(c);
        rc = call_through(r, c, n.channel.connector, &op, -1, &n.step);
        db_enter_business(c, business);
        rc = rc ? -1 : conclude(r, c, &n);
    } else {
        rc = 0;
    }
    channel_close(&n.channel);
    return rc;
}

struct due {
    int64_t row, at[100];
    size_t count;
};

static int take_due(void *arg)
{
    struct due *d = arg;

    if (d->count < COUNT_OF(d->at))
        d->at[d->count++] = d->row;
    return 0;
}

static int queue(struct ctx *c, int64_t channel)
{
    struct text id = text_of(arena_printf(c->mem, "%lld", (long long)channel));

    return jobq_add(c, JOB_NUMBERS, id, text_of(arena_printf(c->mem, "{\"channel\":\"%s\"}", id.ptr)), TIME_NONE);
}

int numbers_begin(struct ctx *c, const struct open_channel *ch, struct text facts)
{
    AUTO(json) json_t *told = facts.len ? json_loadb(facts.ptr, facts.len, 0, NULL) : NULL;
    const json_t *followers = json_object_get(told, "followers");

    if (ch->connector->caps & CAP_NUMBERS)
        return queue(c, ch->facts.id);
    return json_is_integer(followers) && json_integer_value(followers) >= 0
               ? note_followers(c, ch->facts.id, json_integer_value(followers))
               : 0;
}

int numbers_queue(struct ctx *c)
{
    int16_t platforms[PLATFORM_COUNT];
    struct due due = { .count = 0 };
    size_t n = 0;

    for (int16_t p = 0; p < PLATFORM_COUNT; p++)
        if (connector_for((enum platform)p) && connector_for((enum platform)p)->caps & CAP_NUMBERS)
            platforms[n++] = p;
    if (db_each(c, SQL_POST_NUMBERS_DUE, IN(IN_I64(c->who.business), IN_I16S(platforms, n)), OUT(OUT_I64(&due.row)),
                take_due, &due))
        return -1;
    for (size_t i = 0; i < due.count; i++)
        if (queue(c, due.at[i]))
            return -1;
    return 0;
}

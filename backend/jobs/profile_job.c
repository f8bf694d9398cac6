/* Who is it? Some webhooks tell only a number; the name is asked for once, when somebody new speaks, and again after a
 * week if it is still missing. Payload {"channel":"ID","author":"ID"}. */
#include "runner_priv.h"

#include "util/log.h"

#include <jansson.h>
#include <stdlib.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct asking {
    struct ctx *c;
    int64_t channel;
    struct text author;
};

static int queue(void *arg)
{
    const struct asking *a = arg;
    const char *channel = arena_printf(a->c->mem, "%lld", (long long)a->channel);
    AUTO(json) json_t *payload = json_pack("{s:s,s:s%}", "channel", channel, "author", a->author.ptr, a->author.len);
    char *text = payload ? json_dumps(payload, JSON_COMPACT) : NULL;
    int rc = text ? jobq_add(a->c, JOB_PROFILE, TEXT(""), text_of(text), TIME_NONE) : 0;

    free(text);
    return rc;
}

static bool is_nameless(const struct ingest_item *item)
{
    const struct event *ev = &item->event;
    const struct connector *connector = connector_for(ev->platform);

    return connector && (connector->caps & CAP_PROFILE) && ev->kind == EVENT_MESSAGE && ev->direction == DIRECTION_IN &&
           ev->author.id.len && !ev->author.name.len;
}

struct nameless {
    struct asking *all;
    size_t count, cap;
    struct asking row;
};

static int keep(void *arg)
{
    struct nameless *n = arg;

    if (n->count < n->cap)
        n->all[n->count++] = n->row;
    return 0;
}

int profile_ask(struct ctx *c, const struct intake *in)
{
    int16_t *platforms = arena_array(c->mem, int16_t, in->count + 1);
    int64_t *channels = arena_array(c->mem, int64_t, in->count + 1);
    struct text *authors = arena_array(c->mem, struct text, in->count + 1);
    struct nameless n = { .row = { .c = c } };
    int rc;

    for (size_t i = 0; i < in->count; i++)
        if (is_nameless(&in->items[i])) {
            platforms[n.cap] = (int16_t)in->items[i].event.platform;
            channels[n.cap] = in->items[i].channel_id;
            authors[n.cap++] = in->items[i].event.author.id;
        }
    if (!n.cap)
        return 0;
    n.all = arena_array(c->mem, struct asking, n.cap);
    rc = db_each(c, SQL_INTAKE_NAMELESS,
                 IN(IN_I64(c->who.business), IN_I16S(platforms, n.cap), IN_I64S(channels, n.cap), IN_TEXTS(authors, n.cap)),
                 OUT(OUT_I64(&n.row.channel), OUT_TEXT(&n.row.author)), keep, &n);
    for (size_t i = 0; i < n.count && rc == 0; i++)
        rc = queue(&n.all[i]);
    return rc;
}

struct told {
    struct open_channel *channel;
    struct intake in;
    struct step step;
};

static int store(struct ctx *c, void *arg)
{
    struct told *t = arg;
    const struct channel_facts *home = &t->channel->facts;

    intake_fini(&t->in);
    t->in = (struct intake){ .mem = c->mem, .channel = home->id, .received_at = clock_now() };
    return t->channel->connector->parse(t->step.page, home, c->mem, intake_add, &t->in, &c->fail) ||
                   intake_run(c, &t->in)
               ? -1 : 0;
}

static int conclude(struct runner *r, struct ctx *c, struct told *t)
{
    int rc;

    switch (t->step.outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        rc = t->step.page.len ? db_tx(c, store, t) : 0;
        intake_fini(&t->in);
        notifier_panel(r->notifier, c->who.business, "conversation", 0);
        return rc;
    case OUTCOME_AUTH:
        return channel_note_refusal(r, c, t->channel, t->step.why_code) < 0 ? -1 : 0;
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        return 0;
    case OUTCOME_RETRY:
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
    case OUTCOME_UNKNOWN:
        break;
    }
    return fail(&c->fail, FAIL_TRY_AGAIN, "the platform does not answer: %s", t->step.why_code);
}

int profile_job(struct runner *r, struct ctx *c, const struct job *j)
{
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, NULL);
    const json_t *author = json_object_get(payload, "author");
    int64_t id, business = c->who.business;
    struct open_channel channel;
    struct told t = { .channel = &channel };
    struct op op = { .kind = OP_PROFILE, .channel = &channel.facts };
    int rc = json_is_string(author) ? job_channel(c, j, &id) : fail_field(&c->fail, "author", "the job does not say whom");

    if (rc == 0)
        rc = channel_open(c, id, &channel);
    if (rc != 1)
        return rc;
    op.author_id = text_of(json_string_value(author));
    if (channel.status != CHANNEL_PAUSED && (channel.connector->caps & CAP_PROFILE)) {
        db_leave(c);
        rc = call_through(r, c, channel.connector, &op, -1, &t.step);
        db_enter_business(c, business);
        rc = rc || channel_spend(c, &channel, t.step.cost) ? -1 : conclude(r, c, &t);
    } else {
        rc = 0;
    }
    channel_close(&channel);
    return rc;
}

/* Who is it? Some webhooks tell only a number; the name is asked for once, when somebody new speaks, and again after a
 * week if it is still missing. Payload {"channel":"ID","author":"ID"}. */
#include "runner_priv.h"

#include "util/log.h"

#include <jansson.h>
#include <stdlib.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

static bool is_nameless(const struct ingest_item *item)
{
    const struct event *ev = &item->event;
    const struct connector *connector = connector_for(ev->platform);

    return connector && (connector->caps & CAP_PROFILE) && ev->kind == EVENT_MESSAGE && ev->direction == DIRECTION_IN &&
           ev->author.id.len && !ev->author.name.len;
}

int profile_ask(struct ctx *c, const struct intake *in)
{
    int16_t *platforms = arena_array(c->mem, int16_t, in->count + 1);
    int64_t *channels = arena_array(c->mem, int64_t, in->count + 1);
    struct text *authors = arena_array(c->mem, struct text, in->count + 1);
    size_t n = 0;

    for (size_t i = 0; i < in->count; i++)
        if (is_nameless(&in->items[i])) {
            platforms[n] = (int16_t)in->items[i].event.platform;
            channels[n] = in->items[i].channel_id;
            authors[n++] = in->items[i].event.author.id;
        }
    if (!n)
        return 0;
    return db_do(c, SQL_INTAKE_NAMELESS,
                 IN(IN_I64(c->who.business), IN_I16S(platforms, n), IN_I64S(channels, n), IN_TEXTS(authors, n),
                    IN_I16(JOB_PROFILE))) < 0 ? -1 : 0;
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

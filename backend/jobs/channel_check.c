/* Is a channel's credential good? Asks the platform, notes what it tells, and gets the news flowing: by our webhook, or
 * by polling. Payload {"channel":"ID"}. */
#include "runner_priv.h"

#include "util/log.h"
#include "util/str.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

int job_channel(struct ctx *c, const struct job *j, int64_t *id)
{
    json_error_t ignored;
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, &ignored);
    const json_t *value = json_object_get(payload, "channel");

    if (json_is_integer(value)) {
        *id = json_integer_value(value);
        return 0;
    }
    if (json_is_string(value) && str_whole_i64(text_of(json_string_value(value)), id, 1, INT64_MAX) == 0)
        return 0;
    return fail_field(&c->fail, "channel", "the job does not say which");
}

/* One call; its outcome becomes the channel's state unless all is well. 1 fine, 0 the channel is marked, -1 try again. */
static int ask(struct runner *r, struct ctx *c, const struct open_channel *ch, const struct op *op, struct step *out)
{
    int64_t business = c->who.business;
    int rc;

    db_leave(c);
    rc = call_through(r, c, ch->connector, op, -1, out);
    db_enter_business(c, business);
    if (rc)
        return -1;
    switch (out->outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        return 1;
    case OUTCOME_RETRY:
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
    case OUTCOME_UNKNOWN:
        if (channel_ails(c, ch->facts.id, out->why_code) < 0)
            return -1;
        return fail(&c->fail, FAIL_TRY_AGAIN, "the platform does not answer: %s", out->why_code);
    case OUTCOME_AUTH:
        return channel_refused(c, ch, out->why_code) < 0 ? -1 : 0;
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        return channel_mark(c, ch->facts.id, CHANNEL_BROKEN, out->why_code) < 0 ? -1 : 0;
    }
    return 0;
}

static int hook_of(struct ctx *c, struct open_channel *ch, struct text *key)
{
    char fresh_key[CRYPTO_TOKEN_SIZE], fresh_secret[CRYPTO_TOKEN_SIZE];
    int rc = db_one(c, SQL_CHANNEL_HOOK, IN(IN_I64(c->who.business), IN_I64(ch->facts.id)),
                    OUT(OUT_TEXT(key), OUT_TEXT(&ch->facts.hook_secret)));

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    crypto_token(fresh_key);
    crypto_token(fresh_secret);
    *key = arena_text(c->mem, text_of(fresh_key));
    ch->facts.hook_secret = arena_text(c->mem, text_of(fresh_secret));
    return db_do(c, SQL_CHANNEL_HOOK_ADD,
                 IN(IN_TEXT(*key), IN_I16(ch->facts.platform), IN_I64(c->who.business), IN_I64(ch->facts.id),
                    IN_BYTES(ch->facts.hook_secret))) < 0 ? -1 : 0;
}

static int note_facts(struct ctx *c, const struct open_channel *ch, const struct step *step)
{
    return db_do(c, SQL_CHANNEL_CHECKED, IN(IN_I64(c->who.business), IN_I64(ch->facts.id),
                                            IN_TEXT(step->external_id.ptr ? step->external_id : TEXT("")),
                                            IN_JSON(step->facts))) < 0 ? -1 : 0;
}

/* 1 news will come, 0 the channel is marked as broken, -1. */
static int start_news(struct runner *r, struct ctx *c, struct open_channel *ch)
{
    struct op op = { .channel = &ch->facts };
    struct step step;
    struct text key;
    int rc;

    if (ch->transport == TRANSPORT_POLL) {
        op.kind = OP_HOOK_DROP;
        rc = ask(r, c, ch, &op, &step);
        return rc == 1 && jobq_ready(c, READY_POLL, TIME_NONE) ? -1 : rc;
    }
    if (ch->transport != TRANSPORT_HOOK)
        return 1;
    if ((ch->connector->caps & CAP_POLL_BESIDE) && jobq_ready(c, READY_POLL, TIME_NONE))
        return -1;
    if (hook_of(c, ch, &key))
        return -1;
    op.kind = OP_HOOK_SET;
    op.hook_url = text_of(arena_printf(c->mem, "%s/hooks/%s/%.*s", c->cfg->http_public_url,
                                       platform_word(ch->facts.platform), (int)key.len, key.ptr));
    rc = ask(r, c, ch, &op, &step);
    if (rc != 1)
        return rc;
    op.kind = OP_HOOK_INFO;
    rc = ask(r, c, ch, &op, &step);
    return rc == 1 && note_facts(c, ch, &step) ? -1 : rc;
}

static int check(struct runner *r, struct ctx *c, struct open_channel *ch)
{
    struct op op = { .kind = OP_CHECK, .channel = &ch->facts };
    struct step step;
    int rc = ask(r, c, ch, &op, &step);

    if (rc != 1)
        return rc;
    if (ch->facts.external_id.len && !text_equal(ch->facts.external_id, step.external_id))
        return channel_mark(c, ch->facts.id, CHANNEL_BROKEN, "other_account") < 0 ? -1 : 0;
    if (note_facts(c, ch, &step))
        return -1;
    rc = start_news(r, c, ch);
    if (rc != 1)
        return rc;
    if (channel_mark(c, ch->facts.id, CHANNEL_HEALTHY, "") < 0)
        return -1;
    /* After an outage what was said meanwhile is read from the start again: known messages cost nothing but the asking. */
    if ((ch->connector->caps & CAP_BACKFILL) && backfill_start(c, ch->facts.id, ch->status == CHANNEL_BROKEN))
        return -1;
    return channel_release(c, ch->facts.id);
}

int check_job(struct runner *r, struct ctx *c, const struct job *j)
{
    int64_t id, business = c->who.business;
    struct open_channel ch;
    int rc;

    if (job_channel(c, j, &id))
        return -1;
    rc = channel_open(c, id, &ch);
    if (rc != 1)
        return rc;
    if (ch.status != CHANNEL_PAUSED)
        rc = check(r, c, &ch);
    channel_close(&ch);
    loop_poke(&r->loops[LOOP_POLL]);
    notifier_panel(r->notifier, business, "channel", 0);
    return rc < 0 ? -1 : 0;
}

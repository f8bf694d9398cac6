/* Is a channel's credential good? Asks the platform, notes what it tells, and gets the news flowing: by our webhook, or
 * by polling. Payload {"channel":"ID"}. */
#include "runner_priv.h"

#include "util/log.h"
#include "util/str.h"

#include <jansson.h>
#include <stdlib.h>

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

static bool is_meta(enum platform p)
{
    return p == PLATFORM_FACEBOOK || p == PLATFORM_MESSENGER || p == PLATFORM_INSTAGRAM || p == PLATFORM_WHATSAPP;
}

/* A channel that has no address yet (connected by the command line, or half of a pair) gets one. */
static int hook_of(struct ctx *c, struct open_channel *ch)
{
    char key[CRYPTO_TOKEN_SIZE], secret[CRYPTO_TOKEN_SIZE], word[CRYPTO_TOKEN_SIZE];
    bool is_signed_by_app = is_meta(ch->facts.platform) && ch->facts.app_secret.len;

    if (ch->hook_key.len)
        return 0;
    crypto_token(key);
    crypto_token(secret);
    crypto_token(word);
    ch->hook_key = arena_text(c->mem, text_of(key));
    ch->hook_platform = (int16_t)ch->facts.platform;
    ch->facts.hook_secret = is_signed_by_app ? ch->facts.app_secret : arena_text(c->mem, text_of(secret));
    ch->facts.verify_token = is_meta(ch->facts.platform) ? arena_text(c->mem, text_of(word)) : TEXT("");
    return db_do(c, SQL_CHANNEL_HOOK_ADD,
                 IN(IN_TEXT(ch->hook_key), IN_I16(ch->hook_platform), IN_I64(c->who.business), IN_I64(ch->facts.id),
                    IN_BYTES(ch->facts.hook_secret), IN_TEXT(ch->facts.verify_token))) < 0 ? -1 : 0;
}

static int note(struct ctx *c, int64_t id, struct text external_id, struct text facts)
{
    return db_do(c, SQL_CHANNEL_CHECKED, IN(IN_I64(c->who.business), IN_I64(id),
                                            IN_TEXT(external_id.ptr ? external_id : TEXT("")),
                                            IN_JSON(facts.len ? facts : TEXT("{}")))) < 0 ? -1 : 0;
}

static int queue_check(struct ctx *c, int64_t id)
{
    const char *number = arena_printf(c->mem, "%lld", (long long)id);

    return jobq_add(c, JOB_CHANNEL_CHECK, text_of(number),
                    text_of(arena_printf(c->mem, "{\"channel\":\"%s\"}", number)), TIME_NONE);
}

int channel_fault(struct ctx *c, int64_t id, const struct step *step)
{
    AUTO(json) json_t *facts = NULL;
    char *text;
    int rc;

    if (step)
        facts = json_pack("{s:{s:s,s:s%}}", "fault", "code", step->why_code ? step->why_code : "", "text",
                          step->why.ptr ? step->why.ptr : "", step->why.ptr ? step->why.len : 0);
    else
        facts = json_pack("{s:n}", "fault");
    text = facts ? json_dumps(facts, JSON_COMPACT) : NULL;
    rc = note(c, id, TEXT(""), text_of(text ? text : "{}"));
    free(text);
    return rc;
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
        return channel_fault(c, ch->facts.id, out) || channel_refused(c, ch, out->why_code) < 0 ? -1 : 0;
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        if (channel_fault(c, ch->facts.id, out))
            return -1;
        return channel_mark(c, ch->facts.id, CHANNEL_BROKEN, out->why_code) < 0 ? -1 : 0;
    }
    return 0;
}

/* 1 news will come, 0 the channel is marked as broken, -1. */
static int start_news(struct runner *r, struct ctx *c, struct open_channel *ch)
{
    struct op op = { .channel = &ch->facts };
    struct step step;
    int rc;

    if (ch->transport == TRANSPORT_POLL) {
        /* Only Telegram wants that before it may be asked; elsewhere a dropped webhook would deafen a sibling. */
        op.kind = OP_HOOK_DROP;
        rc = ch->facts.platform == PLATFORM_TELEGRAM ? ask(r, c, ch, &op, &step) : 1;
        return rc == 1 && jobq_ready(c, READY_POLL, TIME_NONE) ? -1 : rc;
    }
    if (ch->transport != TRANSPORT_HOOK)
        return 1;
    if ((ch->connector->caps & CAP_POLL_BESIDE) && jobq_ready(c, READY_POLL, TIME_NONE))
        return -1;
    if (hook_of(c, ch))
        return -1;
    op.kind = OP_HOOK_SET;
    op.hook_url = text_of(arena_printf(c->mem, "%s/hooks/%s/%.*s", c->cfg->http_public_url,
                                       platform_word((enum platform)ch->hook_platform), (int)ch->hook_key.len,
                                       ch->hook_key.ptr));
    rc = ask(r, c, ch, &op, &step);
    if (rc != 1)
        return rc;
    op.kind = OP_HOOK_INFO;
    rc = ask(r, c, ch, &op, &step);
    return rc == 1 && note(c, ch->facts.id, TEXT(""), step.facts) ? -1 : rc;
}

/* The permissions that the account's owner did not give, as the check told them. */
static bool lacks_permission(struct text facts)
{
    json_error_t ignored;
    AUTO(json) json_t *told = facts.len ? json_loadb(facts.ptr, facts.len, 0, &ignored) : NULL;

    return json_array_size(json_object_get(told, "missing")) > 0;
}

/* A Page is connected once and has two channels. */
static int make_pair(struct ctx *c, const struct open_channel *ch)
{
    int64_t other = 0;
    int rc;

    if (ch->facts.platform != PLATFORM_FACEBOOK)
        return 0;
    rc = db_one(c, SQL_CHANNEL_PAIR, IN(IN_I64(c->who.business), IN_I64(ch->facts.id), IN_I16(PLATFORM_MESSENGER)),
                OUT(OUT_I64(&other)));
    return rc < 0 || (rc && queue_check(c, other)) ? -1 : 0;
}

/* 1 this channel goes on, 0 another took over what it brought, -1. */
static int settle_account(struct ctx *c, struct open_channel *ch, const struct step *step)
{
    int64_t older = 0, id = ch->facts.id;

    if (!ch->facts.external_id.len) {
        int rc = db_one(c, SQL_CHANNEL_JOINS, IN(IN_I64(c->who.business), IN_I64(id), IN_TEXT(step->external_id)),
                        OUT(OUT_I64(&older)));

        if (rc)
            return rc < 0 || queue_check(c, older) ? -1 : 0;
    }
    if (note(c, id, step->external_id, step->facts) || channel_fault(c, id, NULL))
        return -1;
    ch->facts.external_id = step->external_id;
    return 1;
}

/* What is left of the platform's allowance, where it tells: nice to know, no reason to fail. YouTube's and X's budgets
 * are counted here, in the same member of the state. */
static int note_quota(struct runner *r, struct ctx *c, const struct open_channel *ch)
{
    struct op op = { .kind = OP_QUOTA, .channel = &ch->facts };
    int64_t business = c->who.business;
    struct step step;
    int rc;

    if (ch->facts.platform == PLATFORM_YOUTUBE || ch->facts.platform == PLATFORM_X)
        return 0;
    db_leave(c);
    rc = call_through(r, c, ch->connector, &op, -1, &step);
    db_enter_business(c, business);
    if (rc || step.outcome != OUTCOME_OK || step.facts.len < 3) {
        fail_clear(&c->fail);
        return 0;
    }
    return note(c, ch->facts.id, TEXT(""),
                text_of(arena_printf(c->mem, "{\"quota\":%.*s}", (int)step.facts.len, step.facts.ptr)));
}

static int check(struct runner *r, struct ctx *c, struct open_channel *ch)
{
    struct op op = { .kind = OP_CHECK, .channel = &ch->facts };
    struct step step;
    int64_t id = ch->facts.id;
    int rc = ask(r, c, ch, &op, &step);
    bool lacks;

    if (rc != 1)
        return rc;
    if (ch->facts.external_id.len && !text_equal(ch->facts.external_id, step.external_id))
        return channel_mark(c, id, CHANNEL_BROKEN, "other_account") < 0 ? -1 : 0;
    lacks = lacks_permission(step.facts);
    rc = settle_account(c, ch, &step);
    if (rc == 1 && numbers_begin(c, ch, step.facts))
        return -1;
    if (rc == 1)
        rc = start_news(r, c, ch);
    if (rc != 1)
        return rc;
    if (channel_mark(c, id, CHANNEL_HEALTHY, lacks ? "permission_missing" : "") < 0 || make_pair(c, ch) ||
        note_quota(r, c, ch))
        return -1;
    /* After an outage what was said meanwhile is read from the start again: known messages cost nothing but the asking. */
    if ((ch->connector->caps & CAP_BACKFILL) && backfill_start(c, id, ch->status == CHANNEL_BROKEN))
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

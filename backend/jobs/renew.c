/* A new token for one that ended or is about to: one call at a time for a channel, whoever noticed. Payload
 * {"channel":"ID"}, with "early":true while the old one is still good. */
#include "runner_priv.h"

#include "util/log.h"
#include "util/str.h"

/* A token that is refused so soon after it was renewed is not refused for its age. */
#define RENEWED_LATELY_US (120 * US_PER_S)

static int enqueue(struct ctx *c, int64_t id, bool is_early)
{
    const char *number = arena_printf(c->mem, "%lld", (long long)id);

    return jobq_add(c, JOB_CHANNEL_RENEW, text_of(number),
                    text_of(arena_printf(c->mem, "{\"channel\":\"%s\"%s}", number, is_early ? ",\"early\":true" : "")),
                    TIME_NONE);
}

static bool was_renewed_lately(const struct open_channel *ch)
{
    return ch->renewed_at != TIME_NONE && clock_now() - ch->renewed_at < RENEWED_LATELY_US;
}

int channel_refused(struct ctx *c, const struct open_channel *ch, const char *code)
{
    bool is_token = code && strcmp(code, "unauthorized") == 0;

    if (!is_token || !(ch->connector->caps & CAP_RENEW) || was_renewed_lately(ch))
        return channel_mark(c, ch->facts.id, CHANNEL_BROKEN, code);
    return enqueue(c, ch->facts.id, false) ? -1 : 2;
}

int channel_note_refusal(struct runner *r, struct ctx *c, const struct open_channel *ch, const char *code)
{
    int rc = channel_refused(c, ch, code);

    if (rc == 1)
        notifier_panel(r->notifier, c->who.business, "channel", 0);
    return rc;
}

int channel_renew_early(struct ctx *c, int64_t id)
{
    return enqueue(c, id, true);
}

size_t channel_renewable(int16_t out[static PLATFORM_COUNT])
{
    size_t n = 0;

    for (int16_t p = 0; p < PLATFORM_COUNT; p++) {
        const struct connector *connector = connector_for((enum platform)p);

        if (connector && (connector->caps & CAP_RENEW))
            out[n++] = p;
    }
    return n;
}

int channel_release(struct ctx *c, int64_t id)
{
    return db_do(c, SQL_DELIVER_RELEASE, IN(IN_I64(c->who.business), IN_I64(id), IN_STR("unauthorized"))) < 0 ||
                   jobq_ready(c, READY_OUTBOX, TIME_NONE) || jobq_ready(c, READY_POLL, TIME_NONE) ||
                   moderate_resume(c, id)
               ? -1 : 0;
}

/* ---- the job ---- */

struct renewing {
    const struct open_channel *ch;
    const struct grant *grant;
};

/* A channel that was given up for its token is asked who it is before it counts as well. */
static int settle(struct ctx *c, void *arg)
{
    const struct renewing *r = arg;
    const struct open_channel *ch = r->ch;
    const char *number = arena_printf(c->mem, "%lld", (long long)ch->facts.id);

    if (r->grant && channel_keep_grant(c, ch, r->grant))
        return -1;
    if ((ch->status == CHANNEL_BROKEN || ch->status == CHANNEL_CHECKING) &&
        jobq_add(c, JOB_CHANNEL_CHECK, text_of(number),
                 text_of(arena_printf(c->mem, "{\"channel\":\"%s\"}", number)), TIME_NONE))
        return -1;
    return channel_release(c, ch->facts.id);
}

/* The old token may have days left: then all goes on as it was, and the next sweep asks again. */
static int give_up(struct ctx *c, const struct open_channel *ch, const struct step *step)
{
    bool is_alive = ch->expires_at != TIME_NONE && ch->expires_at > clock_now();

    log_warn("token not renewed", KV_I("channel", ch->facts.id), KV_S("code", step->why_code ? step->why_code : ""));
    return is_alive ? 0 : channel_mark(c, ch->facts.id, CHANNEL_BROKEN, step->why_code) < 0 ? -1 : 0;
}

static int renew(struct runner *r, struct ctx *c, struct open_channel *ch, bool is_early, int attempts)
{
    struct op op = { .kind = OP_RENEW, .channel = &ch->facts };
    int64_t business = c->who.business;
    struct step step;
    int rc;

    db_leave(c);
    rc = call_through(r, c, ch->connector, &op, -1, &step);
    db_enter_business(c, business);
    if (rc)
        return -1;
    switch (step.outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        return db_tx(c, settle, &(struct renewing){ ch, &step.grant });
    case OUTCOME_RETRY:
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
    case OUTCOME_UNKNOWN:
        if (!is_early && attempts > 2 && channel_ails(c, ch->facts.id, "unreachable") < 0)
            return -1;
        return fail(&c->fail, FAIL_TRY_AGAIN, "no new token now: %s", step.why_code ? step.why_code : "");
    case OUTCOME_AUTH:
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        if (!is_early)
            ch->expires_at = TIME_NONE;
        return give_up(c, ch, &step);
    }
    return 0;
}

int renew_job(struct runner *r, struct ctx *c, const struct job *j)
{
    bool is_early = str_find(j->payload, TEXT("\"early\"")) != NULL;
    int64_t id, business = c->who.business;
    struct open_channel ch;
    int rc;

    if (job_channel(c, j, &id))
        return -1;
    rc = channel_open(c, id, &ch);
    if (rc != 1)
        return rc;
    if (was_renewed_lately(&ch))
        rc = db_tx(c, settle, &(struct renewing){ &ch, NULL });
    else if (ch.status != CHANNEL_PAUSED && ch.connector->caps & CAP_RENEW)
        rc = renew(r, c, &ch, is_early, j->attempts);
    else
        rc = 0;
    channel_close(&ch);
    loop_poke(&r->loops[LOOP_DELIVER]);
    loop_poke(&r->loops[LOOP_POLL]);
    notifier_panel(r->notifier, business, "channel", 0);
    return rc < 0 ? -1 : 0;
}

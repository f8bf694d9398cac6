/* What a login brought becomes the channel's credential: the code goes to the platform, its tokens are sealed, and the
 * check follows. Payload {"channel":"ID","sealed":BASE64URL}: the sealed lines are the code, the PKCE verifier and the
 * address it came back to. Without "sealed" the login was before, offered several accounts, and one is chosen now. */
#include "runner_priv.h"

#include "util/enc.h"
#include "util/str.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

static int open_code(struct ctx *c, const struct job *j, struct buf *plain, struct op *op)
{
    json_error_t ignored;
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, &ignored);
    const char *letters = json_string_value(json_object_get(payload, "sealed"));
    struct buf sealed = BUF_INIT(16384);
    struct text rest;
    int rc = 0;

    op->kind = letters ? OP_GRANT : OP_RENEW;
    if (!letters)
        return 0;
    if (dec_base64(&sealed, text_of(letters)) || crypto_open(c->seal, buf_as_text(&sealed), plain, &c->fail))
        rc = fail(&c->fail, FAIL_BAD_REQUEST, "the login cannot be opened");
    buf_fini(&sealed);
    rest = buf_as_text(plain);
    if (rc == 0 && (!str_split(&rest, '\n', &op->code) || !str_split(&rest, '\n', &op->code_verifier)))
        rc = fail(&c->fail, FAIL_BAD_REQUEST, "the login is of another form");
    op->redirect_url = rest;
    return rc;
}

/* The account that the person chose of those her login offered; the channel itself has none yet. */
static struct text chosen_of(struct ctx *c, const struct open_channel *ch)
{
    json_error_t ignored;
    AUTO(json) json_t *state = json_loadb(ch->facts.state.ptr, ch->facts.state.len, 0, &ignored);
    const char *chosen = json_string_value(json_object_get(state, "chosen"));

    return chosen ? arena_text(c->mem, text_of(chosen)) : ch->facts.external_id;
}

static int queue_check(struct ctx *c, int64_t id)
{
    const char *number = arena_printf(c->mem, "%lld", (long long)id);

    return jobq_add(c, JOB_CHANNEL_CHECK, text_of(number),
                    text_of(arena_printf(c->mem, "{\"channel\":\"%s\"}", number)), TIME_NONE);
}

/* A code is good for one try: whatever came of it, it is not tried again. */
static int conclude(struct ctx *c, struct open_channel *ch, const struct step *step)
{
    int64_t id = ch->facts.id;

    if (step->outcome != OUTCOME_OK && step->outcome != OUTCOME_DUPLICATE_OK) {
        if (channel_fault(c, id, step))
            return -1;
        return channel_mark(c, id, CHANNEL_BROKEN, step->why_code) < 0 ? -1 : 0;
    }
    if (channel_grant(c, ch, step))
        return -1;
    if (!step->grant.token.len)
        return channel_mark(c, id, CHANNEL_BROKEN, "choose_account") < 0 ? -1 : 0;
    return channel_fault(c, id, NULL) || queue_check(c, id) ? -1 : 0;
}

static int grant(struct runner *r, struct ctx *c, const struct job *j, struct open_channel *ch)
{
    struct op op = { .channel = &ch->facts };
    struct buf plain = BUF_INIT(16384);
    int64_t business = c->who.business;
    struct step step;
    int rc = open_code(c, j, &plain, &op);

    if (op.kind == OP_RENEW)
        ch->facts.external_id = chosen_of(c, ch);
    if (rc == 0) {
        db_leave(c);
        rc = call_through(r, c, ch->connector, &op, -1, &step);
        db_enter_business(c, business);
    }
    if (rc == 0)
        rc = conclude(c, ch, &step);
    if (plain.ptr)
        crypto_wipe(plain.ptr, plain.cap);
    buf_fini(&plain);
    return rc;
}

int grant_job(struct runner *r, struct ctx *c, const struct job *j)
{
    int64_t id, business = c->who.business;
    struct open_channel ch;
    int rc = job_channel(c, j, &id);

    if (rc == 0)
        rc = channel_open(c, id, &ch);
    if (rc != 1)
        return rc;
    rc = grant(r, c, j, &ch);
    channel_close(&ch);
    notifier_panel(r->notifier, business, "channel", 0);
    return rc;
}

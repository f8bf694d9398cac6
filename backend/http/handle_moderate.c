/* What a person does to a message at its platform, and the post that comments hang on. */
#include "http/handlers.h"

#include "domain/moderate.h"
#include "domain/post.h"
#include "http/app.h"
#include "http/view.h"
#include "platform/connector.h"
#include "util/str.h"

#define EMOJI_BYTES 64

_Static_assert((int)MODERATE_ACT_EDIT == (int)ACT_EDIT && (int)MODERATE_ACT_REACT == (int)ACT_REACT,
               "stored acts are the connector's");

struct moderate_body {
    int act, reason;
    struct text text;
};
const struct json_in_field moderate_fields[] = {
    JSON_IN_WORD(struct moderate_body, act, true, moderate_words),
    JSON_IN_WORD(struct moderate_body, reason, false, moderate_reasons),
    JSON_IN_TEXT(struct moderate_body, text, false, 0, 16384),
    JSON_IN_END,
};

static int check_body(struct request *rq, const struct moderate_body *in)
{
    struct fail *why = &rq->ctx->fail;

    if (moderate_needs_reason((enum moderate_act)in->act) && in->reason < 0)
        return fail_field(why, "reason", "say why");
    if (in->act == MODERATE_ACT_EDIT && !in->text.len)
        return fail_field(why, "text", "nothing is left of it");
    if (in->act == MODERATE_ACT_REACT && in->text.len > EMOJI_BYTES)
        return fail_field(why, "text", "one emoji");
    return 0;
}

static int check_can(struct request *rq, const struct moderate_place *at, int act)
{
    const struct connector *con = connector_for((enum platform)at->platform);
    struct fail *why = &rq->ctx->fail;

    if (at->transport == TRANSPORT_FILE || !con || at->kind > 1 || at->is_private ||
        !(connector_acts(con, (enum thread_type)at->type, (enum direction)at->direction) >> act & 1))
        return fail(why, FAIL_NOT_POSSIBLE, "not on this platform");
    return at->deleted_at == TIME_NONE ? 0 : fail(why, FAIL_CONFLICT, "the message is deleted");
}

static void view_moderation(struct json_out *j, const struct moderation_view *v)
{
    static const char *const states[] = { "queued", "asked", "done", "refused", "overtaken" };

    jo_object(j);
    jo_kv(j, "id", jo_id, v->id);
    jo_kv(j, "message", jo_id, v->message);
    jo_kv(j, "act", jo_str, v->act >= 0 && v->act < MODERATE_ACT_COUNT ? moderate_words[v->act] : "");
    jo_kv(j, "state", jo_str, v->state >= 0 && (size_t)v->state < COUNT_OF(states) ? states[v->state] : "");
    jo_kv(j, "reason", jo_text, v->reason);
    jo_kv(j, "fail_code", jo_text, v->fail_code);
    jo_kv(j, "fail_text", jo_text, v->fail_text);
    jo_kv(j, "person", jo_text, v->person);
    jo_kv(j, "created_at", jo_time, v->created_at);
    jo_end_object(j);
}

int h_moderate(struct request *rq, struct reply *rp)
{
    struct moderate_body in = { .act = -1, .reason = -1 };
    struct moderate ask = { .message = 0 };
    struct moderate_place at;
    struct moderation_view view;
    int64_t id = 0;
    int rc;

    if (request_id(rq, 1, &ask.message) || request_decode(rq, &in) || request_key(rq, &ask.key) || check_body(rq, &in))
        return -1;
    rc = moderate_place(rq->ctx, ask.message, &at);
    if (rc <= 0)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no message");
    if (check_can(rq, &at, in.act))
        return -1;
    ask.act = (enum moderate_act)in.act;
    ask.reason = in.reason >= 0 ? moderate_reasons[in.reason] : NULL;
    ask.text = in.text;
    if (moderate_ask(rq->ctx, &ask, &at, &id))
        return -1;
    rc = moderation_get(rq->ctx, id, &view);
    if (rc <= 0)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_INTERNAL, "the act is gone");
    notifier_work(rq->app->notifier);
    notifier_panel(rq->app->notifier, rq->ctx->who.business, "conversation", at.thread);
    view_moderation(reply_json(rp, 202), &view);
    return 0;
}

/* ---- beside a conversation ---- */

static void write_acts(struct json_out *j, const char *key, unsigned acts)
{
    jo_key(j, key);
    jo_array(j);
    for (int a = 0; a < MODERATE_ACT_COUNT; a++)
        if (acts >> a & 1)
            jo_str(j, moderate_words[a]);
    jo_end_array(j);
}

void view_acts(struct json_out *j, const struct conversation_place *p)
{
    const struct connector *con = p->transport == TRANSPORT_FILE ? NULL : connector_for((enum platform)p->platform);
    enum thread_type type = (enum thread_type)p->type;

    jo_key(j, "acts");
    jo_object(j);
    write_acts(j, "theirs", con ? connector_acts(con, type, DIRECTION_IN) : 0);
    write_acts(j, "ours", con ? connector_acts(con, type, DIRECTION_OUT) : 0);
    jo_kv(j, "cost", jo_i64, con ? con->act_cost : 0);
    jo_kv(j, "private_reply", jo_bool, con && type == THREAD_COMMENT && con->caps & CAP_PRIVATE_REPLY);
    jo_end_object(j);
}

static void number(struct json_out *j, const char *key, int64_t n)
{
    jo_key(j, key);
    if (n < 0)
        jo_null(j);
    else
        jo_i64(j, n);
}

int view_post(struct request *rq, struct json_out *j, int64_t thread)
{
    struct post_view p;
    int rc = post_of_thread(rq->ctx, thread, &p);

    if (rc < 0)
        return -1;
    jo_key(j, "post");
    if (rc == 0) {
        jo_null(j);
        return 0;
    }
    jo_object(j);
    jo_kv(j, "external_id", jo_text, p.external_id);
    jo_kv(j, "text", jo_text, p.text);
    jo_kv(j, "link", jo_text, p.link);
    jo_kv(j, "posted_at", jo_time, p.posted_at);
    jo_kv(j, "deleted_at", jo_time, p.deleted_at);
    jo_kv(j, "is_ours", jo_bool, p.is_ours);
    number(j, "likes", p.likes);
    number(j, "comments", p.comments);
    number(j, "shares", p.shares);
    number(j, "views", p.views);
    jo_kv(j, "numbers_at", jo_time, p.numbers_at);
    jo_end_object(j);
    return 0;
}

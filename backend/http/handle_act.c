/* What a person does to a conversation: answers, closes, hands on. */
#include "http/handlers.h"

#include "domain/upload.h"
#include "http/app.h"
#include "http/view.h"
#include "platform/window.h"
#include "util/enc.h"

const struct json_in_field no_fields[] = { JSON_IN_END };

static const char *const as_words[] = { "plain", "private", "template", NULL };
static const int16_t as_sends[] = { SEND_PLAIN, SEND_PRIVATE, SEND_TEMPLATE };
struct template_body {
    struct text name, language, values;
};
static const struct json_in_field template_fields[] = {
    JSON_IN_TEXT(struct template_body, name, true, 1, 512),
    JSON_IN_TEXT(struct template_body, language, true, 2, 16),
    JSON_IN_LIST(struct template_body, values, false, 16384),
    JSON_IN_END,
};
struct file_body {
    struct text hash, name;
};
static const struct json_in_field file_fields[] = {
    JSON_IN_TEXT(struct file_body, hash, true, 64, 64),
    JSON_IN_TEXT(struct file_body, name, true, 1, 200),
    JSON_IN_END,
};
struct send_body {
    struct text text, choices;
    struct template_body template;
    struct file_body file;
    int64_t seen, reply_to;
    int as;
    bool force;
};
const struct json_in_field send_fields[] = {
    JSON_IN_TEXT(struct send_body, text, true, 0, 16384),
    JSON_IN_I64(struct send_body, seen, false, 1, INT64_MAX),
    JSON_IN_I64(struct send_body, reply_to, false, 1, INT64_MAX),
    JSON_IN_BOOL(struct send_body, force, false),
    JSON_IN_WORD(struct send_body, as, false, as_words),
    JSON_IN_OBJECT(struct send_body, template, false, template_fields),
    JSON_IN_LIST(struct send_body, choices, false, 4096),
    JSON_IN_OBJECT(struct send_body, file, false, file_fields),
    JSON_IN_END,
};

struct assign_body {
    int64_t person;
};
const struct json_in_field assign_fields[] = {
    JSON_IN_I64(struct assign_body, person, false, 1, INT64_MAX),
    JSON_IN_END,
};

static const char *const reason_words[] = { "thanks", "spam", "not_for_us", "other", NULL };
struct no_reply_body {
    int reason;
};
const struct json_in_field no_reply_fields[] = {
    JSON_IN_WORD(struct no_reply_body, reason, true, reason_words),
    JSON_IN_END,
};

struct read_body {
    int64_t message;
};
const struct json_in_field read_fields[] = {
    JSON_IN_I64(struct read_body, message, true, 1, INT64_MAX),
    JSON_IN_END,
};

struct retry_body {
    bool confirm;
    int64_t seen;
};
const struct json_in_field retry_fields[] = {
    JSON_IN_I64(struct retry_body, seen, false, 1, INT64_MAX),
    JSON_IN_BOOL(struct retry_body, confirm, false),
    JSON_IN_END,
};

static void tell_panels(struct request *rq, int64_t thread)
{
    notifier_panel(rq->app->notifier, rq->ctx->who.business, "conversation", thread);
}

/* ---- sending ---- */

struct one_message {
    struct json_out *j;
    bool done;
};

static int write_first(const struct message_view *m, void *arg)
{
    struct one_message *one = arg;

    if (!one->done)
        view_message(one->j, m);
    one->done = true;
    return 0;
}

/* A problem that carries the newest message's id, so that the panel can show it. */
static int refuse_newer(struct request *rq, struct reply *rp, int64_t newest)
{
    struct json_out *j = reply_problem_open(rp, &rq->ctx->fail, rq->ctx->who.language, rq->ctx->mem);

    jo_kv(j, "newest", jo_id_or_null, newest);
    jo_end_object(j);
    return -1;
}

static int answer_sent(struct request *rq, struct reply *rp, const struct composed *out)
{
    struct outbox_view o;
    int rc = outbox_get(rq->ctx, out->id, &o);

    if (rc <= 0)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_INTERNAL, "the reply is gone");
    struct json_out *j = reply_json(rp, 201);
    jo_object(j);
    view_outbox_members(j, &o);
    if (out->message) {
        struct one_message one = { j, false };

        jo_key(j, "message");
        if (message_at(rq->ctx, out->message, write_first, &one))
            return -1;
        if (!one.done)
            jo_null(j);
    }
    jo_end_object(j);
    return 0;
}

static int check_can_reply(struct request *rq, const struct conversation_place *p)
{
    const struct connector *con = connector_for((enum platform)p->platform);

    if (p->transport == TRANSPORT_FILE)
        return 0;
    if (!con || !(con->caps & CAP_SEND))
        return fail(&rq->ctx->fail, FAIL_NOT_POSSIBLE, "this channel has no way out");
    if (p->is_blocked)
        return fail(&rq->ctx->fail, FAIL_NOT_POSSIBLE, "the contact has blocked us");
    return 0;
}

/* A late word is refused here and not by the platform, and an unfitting kind of one before it is queued. */
static int check_way(struct request *rq, const struct conversation_place *p, const struct send_body *in)
{
    const struct connector *con = connector_for((enum platform)p->platform);
    struct fail *why = &rq->ctx->fail;
    struct reply_window window;
    enum send_as ignored;

    if (!in->text.len && !in->file.hash.len)
        return fail_field(why, "text", "nothing to say");
    if (p->transport == TRANSPORT_FILE)
        return in->file.hash.len || as_sends[in->as] != SEND_PLAIN ? fail_field(why, "as", "by hand only words are noted")
                                                                   : 0;
    if (as_sends[in->as] == SEND_PRIVATE &&
        (!(con->caps & CAP_PRIVATE_REPLY) || p->type != THREAD_COMMENT || !in->reply_to))
        return fail_field(why, "as", "a private reply answers one comment, where the platform has such replies");
    if (as_sends[in->as] == SEND_TEMPLATE)
        return con->caps & CAP_TEMPLATES && in->template.name.len ? 0 : fail_field(why, "as", "no template can go here");
    reply_window_of(con, (enum thread_type)p->type, p->last_in_at, &window);
    if (as_sends[in->as] == SEND_PLAIN && !reply_window_allows(&window, clock_now(), &ignored))
        return fail(why, FAIL_WINDOW_CLOSED, "the time to answer is over; then: %s", window.then);
    return 0;
}

static struct text template_json(struct request *rq, const struct template_body *t)
{
    struct buf written = BUF_INIT(32768);
    struct json_out j = json_out(&written);
    struct text kept;

    if (!t->name.len)
        return (struct text){ NULL, 0 };
    jo_object(&j);
    jo_kv(&j, "name", jo_text, t->name);
    jo_kv(&j, "language", jo_text, t->language);
    jo_kv(&j, "values", jo_raw, t->values.len ? t->values : TEXT("[]"));
    jo_end_object(&j);
    kept = arena_text(rq->ctx->mem, buf_as_text(&written));
    buf_fini(&written);
    return kept;
}

static int file_of(struct request *rq, const struct file_body *in, struct compose *out)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    int rc;

    if (!in->hash.len)
        return 0;
    if (dec_hex(in->hash, hash, sizeof(hash)))
        return fail_field(&rq->ctx->fail, "file.hash", "not a SHA-256");
    out->file_hash = arena_text(rq->ctx->mem, (struct text){ (const char *)hash, sizeof(hash) });
    out->file_name = in->name;
    rc = upload_is_there(rq->ctx, out->file_hash);
    return rc == 0 ? fail_field(&rq->ctx->fail, "file.hash", "no such file was uploaded") : rc < 0 ? -1 : 0;
}

int h_send(struct request *rq, struct reply *rp)
{
    struct send_body in = { .as = 0 };
    struct conversation_place place;
    struct composed out;
    struct compose compose = { 0 };

    if (request_id(rq, 1, &compose.conversation) || request_decode(rq, &in) || request_key(rq, &compose.key) ||
        conversation_place(rq->ctx, compose.conversation, &place) || check_can_reply(rq, &place) ||
        check_way(rq, &place, &in) || file_of(rq, &in.file, &compose))
        return -1;
    compose.text = in.text;
    compose.seen = in.seen;
    compose.reply_to = in.reply_to;
    compose.force = in.force;
    compose.by_hand = place.transport == TRANSPORT_FILE;
    compose.send_as = as_sends[in.as];
    compose.template = template_json(rq, &in.template);
    compose.choices = in.choices;
    if (outbox_compose(rq->ctx, &compose, &out))
        return rq->ctx->fail.code == FAIL_NEWER_MESSAGE ? refuse_newer(rq, rp, out.newest) : -1;
    if (!out.is_known && !compose.by_hand)
        notifier_work(rq->app->notifier);
    if (!out.is_known)
        tell_panels(rq, out.thread);
    return answer_sent(rq, rp, &out);
}

int h_upload(struct request *rq, struct reply *rp)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[2 * CRYPTO_HASH_SIZE + 1];

    if (!rq->body.len)
        return fail(&rq->ctx->fail, FAIL_BAD_REQUEST, "an empty file");
    if (upload_keep(rq->ctx, rq->body, hash))
        return -1;
    enc_hex(hash, sizeof(hash), hex);
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    jo_kv(j, "file", jo_str, hex);
    jo_kv(j, "size", jo_i64, (int64_t)rq->body.len);
    jo_end_object(j);
    return 0;
}

int h_outbox_cancel(struct request *rq, struct reply *rp)
{
    int64_t id, thread = 0;

    if (request_id(rq, 1, &id) || outbox_cancel(rq->ctx, id, &thread))
        return -1;
    tell_panels(rq, thread);
    return reply_empty(rp, 204);
}

int h_outbox_retry(struct request *rq, struct reply *rp)
{
    struct retry_body in = { 0 };
    struct retry retry = { 0 };
    struct composed out;

    if (request_id(rq, 1, &retry.id) || request_decode(rq, &in))
        return -1;
    retry.seen = in.seen;
    retry.is_confirmed = in.confirm;
    if (outbox_retry(rq->ctx, &retry, &out))
        return rq->ctx->fail.code == FAIL_NEWER_MESSAGE ? refuse_newer(rq, rp, out.newest) : -1;
    notifier_work(rq->app->notifier);
    tell_panels(rq, out.thread);
    int rc = answer_sent(rq, rp, &out);
    rp->status = rc ? rp->status : 200;
    return rc;
}

/* ---- states ---- */

static int answer_row(struct request *rq, struct reply *rp, int64_t id)
{
    struct inbox_row row;
    int rc = inbox_get(rq->ctx, id, &row);

    if (rc <= 0)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no conversation");
    view_inbox_row(reply_json(rp, 200), &row);
    return 0;
}

static int act(struct request *rq, struct reply *rp, enum conversation_act what, const char *reason)
{
    int64_t id, thread = 0;

    if (request_id(rq, 1, &id) || conversation_act(rq->ctx, id, what, reason, &thread))
        return -1;
    tell_panels(rq, thread);
    return answer_row(rq, rp, id);
}

int h_resolve(struct request *rq, struct reply *rp)
{
    return act(rq, rp, ACT_RESOLVE, NULL);
}

int h_reopen(struct request *rq, struct reply *rp)
{
    return act(rq, rp, ACT_REOPEN, NULL);
}

int h_spam(struct request *rq, struct reply *rp)
{
    return act(rq, rp, ACT_SPAM, NULL);
}

int h_not_spam(struct request *rq, struct reply *rp)
{
    return act(rq, rp, ACT_NOT_SPAM, NULL);
}

int h_no_reply(struct request *rq, struct reply *rp)
{
    struct no_reply_body in = { 0 };

    return request_decode(rq, &in) ? -1 : act(rq, rp, ACT_NO_REPLY, reason_words[in.reason]);
}

int h_assign(struct request *rq, struct reply *rp)
{
    struct assign_body in = { 0 };
    int64_t id, thread = 0;

    if (request_id(rq, 1, &id) || request_decode(rq, &in) || conversation_assign(rq->ctx, id, in.person, &thread))
        return -1;
    tell_panels(rq, thread);
    return answer_row(rq, rp, id);
}

int h_read(struct request *rq, struct reply *rp)
{
    struct read_body in = { 0 };
    int64_t id;

    if (request_id(rq, 1, &id) || request_decode(rq, &in) || conversation_read(rq->ctx, id, in.message))
        return -1;
    return reply_empty(rp, 204);
}

/* Answers under posts and direct messages: no call of X's can be repeated safely, so one whose answer is lost stays
 * undecided until x_look.c has found it or not. */
#include "x_priv.h"

#include "util/str.h"

/* X refuses the same words twice. What was said so shortly ago, in the same place, is taken for this very answer. */
#define DOUBLE_US (900 * US_PER_S)

static const struct text nothing = { NULL, 0 };

struct text x_kept(const struct step_state *state, size_t where)
{
    size_t most = where == X_KEPT_TOKEN ? sizeof state->scratch - where : 32;

    return (struct text) { state->scratch + where, strnlen(state->scratch + where, most) };
}

bool x_keep(struct step_state *state, size_t where, size_t size, struct text t)
{
    if (!t.len || t.len >= size)
        return false;
    memcpy(state->scratch + where, t.ptr, t.len);
    state->scratch[where + t.len] = '\0';
    return true;
}

bool x_is_direct(const struct op *op)
{
    return op->send_as == SEND_PRIVATE || op->thread_type != THREAD_COMMENT;
}

const char *x_direct_path(const struct op *op, const struct step_state *state, struct arena *mem, const char *end)
{
    struct text thread = op->thread_id, person = x_kept(state, X_KEPT_AUTHOR), b = thread, a;

    if (op->send_as != SEND_PRIVATE) {
        person = x_other(thread, op->channel->external_id);
        if (!person.len && op->thread_type == THREAD_DIRECT && x_is_id(thread))
            person = thread;
    }
    if (x_is_id(person))
        return arena_printf(mem, "/2/dm_conversations/with/%.*s/%s", (int)person.len, person.ptr, end);
    if (op->send_as != SEND_PRIVATE && (x_is_id(thread) || (str_split(&b, '-', &a) && x_is_id(a) && x_is_id(b))))
        return arena_printf(mem, "/2/dm_conversations/%.*s/%s", (int)thread.len, thread.ptr, end);
    return NULL;
}

/* ---- to whom ---- */

int x_author_call(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    if (!x_is_id(op->reply_to))
        return x_result(out, OUTCOME_PERMANENT, "comment_gone", nothing);
    state->stage = X_STAGE_AUTHOR;
    return x_call(op, mem, "GET",
                  arena_printf(mem, "/2/tweets/%.*s?tweet.fields=author_id", (int)op->reply_to.len, op->reply_to.ptr),
                  NULL, out);
}

bool x_author_kept(struct step_state *state, const struct http_reply *reply, time_us now, struct arena *mem,
                   struct step *out)
{
    AUTO(json) json_t *root = NULL;
    struct text author;

    if (!x_answer(reply, false, now, mem, &root, out))
        return false;
    author = payload_id(mem, json_object_get(root, "data"), "author_id");
    if (x_is_id(author) && x_keep(state, X_KEPT_AUTHOR, 32, author))
        return true;
    (void)x_result(out, OUTCOME_PERMANENT, "comment_gone", nothing);
    return false;
}

/* ---- the message itself ---- */

static int price(const struct op *op)
{
    return x_price(op, x_is_direct(op) ? X_PRICE_DIRECT : x_has_address(op->text) ? X_PRICE_POST_LINK : X_PRICE_POST);
}

static json_t *word(struct text t)
{
    return json_stringn(t.ptr ? t.ptr : "", t.len);
}

static int create(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text media = x_kept(state, X_KEPT_MEDIA), answered = op->reply_to.len ? op->reply_to : op->thread_id;
    const char *path = x_is_direct(op) ? x_direct_path(op, state, mem, "messages") : "/2/tweets";
    json_t *body;

    if (!path || (!x_is_direct(op) && !x_is_id(answered)))
        return x_result(out, OUTCOME_PERMANENT, path ? "comment_gone" : "chat_not_found", nothing);
    body = json_object();
    if (op->text.len)
        json_object_set_new(body, "text", word(op->text));
    if (x_is_direct(op) && media.len)
        json_object_set_new(body, "attachments", json_pack("[{s:o}]", "media_id", word(media)));
    else if (media.len)
        json_object_set_new(body, "media", json_pack("{s:[o]}", "media_ids", word(media)));
    if (!x_is_direct(op))
        json_object_set_new(body, "reply", json_pack("{s:o}", "in_reply_to_tweet_id", word(answered)));
    state->stage = X_STAGE_CREATE;
    return x_call(op, mem, "POST", path, body, out);
}

static int go_on(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    return op->attachment && !x_kept(state, X_KEPT_MEDIA).len ? x_upload_begin(op, state, mem, out)
                                                              : create(op, state, mem, out);
}

int x_send_begin(const struct op *op, struct step_state *state, time_us now, struct arena *mem, struct step *out)
{
    bool is_direct = x_is_direct(op);

    if (op->send_as == SEND_TEMPLATE || op->send_as == SEND_HUMAN_AGENT)
        return x_result(out, OUTCOME_PERMANENT, "not_possible", nothing);
    if (!op->thread_id.len && op->send_as != SEND_PRIVATE)
        return x_result(out, OUTCOME_PERMANENT, "chat_not_found", nothing);
    if (!str_trim(op->text).len && !op->attachment)
        return x_result(out, OUTCOME_PERMANENT, "empty", nothing);
    if (is_direct ? str_utf16_units(op->text) > X_DIRECT_UNITS : x_weight(op->text) > X_POST_UNITS)
        return x_result(out, OUTCOME_PERMANENT, "too_long", nothing);
    if ((op->attachment && !x_upload_fits(op, out)) || !x_may_spend(op, price(op), now, out))
        return 0;
    if (op->send_as == SEND_PRIVATE && op->author_id.len) {
        if (!x_keep(state, X_KEPT_AUTHOR, 32, op->author_id))
            return x_result(out, OUTCOME_PERMANENT, "chat_not_found", nothing);
    } else if (op->send_as == SEND_PRIVATE) {
        return x_author_call(op, state, mem, out);
    }
    return go_on(op, state, mem, out);
}

static int sent(const struct op *op, const json_t *root, struct arena *mem, struct step *out)
{
    const json_t *data = json_object_get(root, "data");
    struct text id = x_first(payload_id(mem, data, "dm_event_id"), payload_id(mem, data, "id"));

    out->cost = price(op);
    if (!id.len)
        return x_result(out, OUTCOME_UNKNOWN, "no_answer", TEXT("an answer without an id"));
    out->external_id = arena_text(mem, id);
    (void)x_id_time(id, &out->sent_at);
    return 0;
}

static int end_create(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                      struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;

    if (x_answer(reply, true, now, mem, &root, out))
        return sent(op, root, mem, out);
    if (!out->why_code || out->outcome != OUTCOME_PERMANENT)
        return 0;
    if (strcmp(out->why_code, "duplicate_text") == 0 && !x_is_direct(op)) {
        state->stage = X_STAGE_DOUBLE;
        return x_look_call(op, state, now - DOUBLE_US, mem, out);
    }
    if (x_is_direct(op) && strcmp(out->why_code, "forbidden") == 0)
        out->why_code = "dm_refused";
    else if (x_is_direct(op) && strcmp(out->why_code, "comment_gone") == 0)
        out->why_code = "chat_not_found";
    return 0;
}

static int end_double(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                      struct step *out)
{
    AUTO(json) json_t *root = NULL;
    const json_t *own;

    if (!x_answer(reply, false, now, mem, &root, out))
        return x_result(out, OUTCOME_UNKNOWN, "duplicate_text", out->why);
    out->cost = x_page_cost(op, root, X_PRICE_OWN_READ);
    own = x_find_own(op, root, now - DOUBLE_US, mem);
    if (!own)
        return x_result(out, OUTCOME_PERMANENT, "duplicate_text", nothing);
    out->external_id = arena_text(mem, payload_id(mem, own, "id"));
    (void)x_id_time(out->external_id, &out->sent_at);
    return x_result(out, OUTCOME_DUPLICATE_OK, NULL, nothing);
}

int x_send_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out)
{
    switch (state->stage) {
    case X_STAGE_CREATE:
        return end_create(op, state, reply, now, mem, out);
    case X_STAGE_DOUBLE:
        return end_double(op, reply, now, mem, out);
    case X_STAGE_AUTHOR:
        return x_author_kept(state, reply, now, mem, out) ? go_on(op, state, mem, out) : 0;
    default:
        return x_upload_next(op, state, reply, now, mem, out) ? create(op, state, mem, out) : 0;
    }
}

/* Was it sent? Our own posts, or the conversation, are read back. */
#include "x_priv.h"

#include "util/str.h"

#define LOOK_PAGES    5
#define CLOCK_SKEW_US (120 * US_PER_S)
/* A fresh post is not in the lists at once. */
#define LOOK_PATIENCE_US (60 * US_PER_S)

static const struct text nothing = { NULL, 0 };

static struct text parent_of(struct arena *mem, const json_t *post)
{
    const json_t *list = json_object_get(post, "referenced_tweets"), *one;
    size_t at;

    if (!list)
        list = json_object_get(post, "referenced_posts");
    json_array_foreach(list, at, one) if (text_equal(payload_text(one, "type"), TEXT("replied_to"))) return payload_id(
        mem, one, "id");
    return nothing;
}

static time_us made_at(struct arena *mem, const json_t *item)
{
    time_us at = TIME_NONE;

    if (!x_moment(item, &at))
        (void)x_id_time(payload_id(mem, item, "id"), &at);
    return at;
}

/* X adds the address of a picture to the text. */
static struct text without_picture(struct text said)
{
    if (said.len && said.ptr[said.len - 1] == '\x01')
        said.len--;
    return str_trim(said);
}

static bool is_ours(const struct op *op, const json_t *item, time_us after, struct arena *mem)
{
    struct text note = payload_text(json_object_get(item, "note_tweet"), "text");
    struct text said = x_canonical(mem, x_plain(mem, x_first(note, payload_text(item, "text"))));
    struct text parent = parent_of(mem, item), answered = x_first(op->reply_to, op->thread_id);
    time_us at = made_at(mem, item);

    if (at != TIME_NONE && at < after)
        return false;
    if (x_is_direct(op) && !text_equal(payload_id(mem, item, "sender_id"), op->channel->external_id))
        return false;
    if (!x_is_direct(op) && parent.len && !text_equal(parent, answered))
        return false;
    if (op->attachment && json_object_get(item, "attachments"))
        said = without_picture(said);
    return text_equal(said, x_canonical(mem, op->text));
}

const json_t *x_find_own(const struct op *op, const json_t *root, time_us after, struct arena *mem)
{
    const json_t *list = json_object_get(root, "data"), *item;
    size_t at;

    json_array_foreach(list, at,
                       item) if (payload_id(mem, item, "id").len && is_ours(op, item, after, mem)) return item;
    return NULL;
}

int x_look_call(const struct op *op, struct step_state *state, time_us after, struct arena *mem, struct step *out)
{
    struct text us = op->channel->external_id, token = x_kept(state, X_KEPT_TOKEN);
    const char *more = token.len ? x_parameter(mem, "pagination_token", token) : "";
    const char *path;
    char since[TIME_TEXT_SIZE];

    if (!x_is_id(us))
        return x_result(out, OUTCOME_UNKNOWN, "account_missing", nothing);
    if (x_is_direct(op)) {
        path = x_direct_path(op, state, mem, "dm_events");
        if (!path)
            return x_result(out, OUTCOME_PERMANENT, "not_sent", nothing);
        return x_call(
            op, mem, "GET",
            arena_printf(mem, "%s?max_results=50&event_types=MessageCreate%s%s", path, x_direct_fields(op, mem), more),
            NULL, out);
    }
    return x_call(op, mem, "GET",
                  arena_printf(mem, "/2/users/%.*s/tweets?max_results=100%s%s%s", (int)us.len, us.ptr,
                               after > 0 ? x_parameter(mem, "start_time", text_of(time_format(after, since))) : "",
                               x_post_fields(op, mem), more),
                  NULL, out);
}

/* From when on it may have been sent; 0: not told. */
static time_us looked_from(const struct op *op)
{
    return op->sent_after > CLOCK_SKEW_US ? op->sent_after - CLOCK_SKEW_US : 0;
}

int x_look_begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    if (op->send_as == SEND_PRIVATE && !x_keep(state, X_KEPT_AUTHOR, 32, op->author_id))
        return x_author_call(op, state, mem, out);
    state->stage = X_STAGE_LOOK;
    return x_look_call(op, state, looked_from(op), mem, out);
}

/* Lists are newest first: nothing further down can be it. */
static bool is_past(const struct op *op, const json_t *root, struct arena *mem)
{
    const json_t *list = json_object_get(root, "data");
    time_us at = made_at(mem, json_array_get(list, json_array_size(list) - 1));

    return !json_array_size(list) || (at != TIME_NONE && at < looked_from(op));
}

int x_look_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;
    const json_t *own;
    struct text token;

    if (state->stage == X_STAGE_AUTHOR) {
        if (!x_author_kept(state, reply, now, mem, out))
            return 0;
        state->stage = X_STAGE_LOOK;
        return x_look_call(op, state, looked_from(op), mem, out);
    }
    if (!x_answer(reply, false, now, mem, &root, out)) {
        /* that the list cannot be had says nothing of the message */
        if (out->outcome == OUTCOME_PERMANENT)
            out->outcome = OUTCOME_UNKNOWN;
        return 0;
    }
    /* the pages before were full ones */
    out->cost = x_page_cost(op, root, x_is_direct(op) ? X_PRICE_DIRECT_READ : X_PRICE_OWN_READ) * (state->tries + 1);
    own = x_find_own(op, root, looked_from(op), mem);
    if (own) {
        out->external_id = arena_text(mem, payload_id(mem, own, "id"));
        out->sent_at = made_at(mem, own);
        return 0;
    }
    token = payload_text(json_object_get(root, "meta"), "next_token");
    if (token.len && !is_past(op, root, mem)) {
        if (++state->tries >= LOOK_PAGES || !x_keep(state, X_KEPT_TOKEN, sizeof state->scratch - X_KEPT_TOKEN, token))
            return x_result(out, OUTCOME_UNKNOWN, "too_many", nothing);
        return x_look_call(op, state, looked_from(op), mem, out);
    }
    if (op->sent_after > 0 && now < op->sent_after + LOOK_PATIENCE_US)
        return x_result(out, OUTCOME_UNKNOWN, "too_early", nothing);
    return x_result(out, OUTCOME_PERMANENT, "not_sent", nothing);
}

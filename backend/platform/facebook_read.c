/* Reading a Page's feed, comments and numbers: one call a page, and where to go on from there. */
#include "facebook_priv.h"

#include "util/str.h"

#define FEED_LIMIT "25"
#define GAP_PAGES 8
#define POST_FIELDS                                                                                                   \
    "id,message,story,created_time,updated_time,permalink_url,from,full_picture,status_type,is_published,is_hidden,"  \
    "attachments{media_type,type,url,title,description,media,target,subattachments},shares,"                          \
    "comments.limit(0).summary(true),reactions.limit(0).summary(total_count)"
#define COMMENT_FIELDS                                                                                                \
    "id,message,created_time,from,parent{id},object{id},attachment,is_hidden,is_private,can_hide,can_remove,"         \
    "can_reply_privately,comment_count,like_count,permalink_url"

struct text facebook_page_node(const struct op *op)
{
    return op->channel->external_id.len ? op->channel->external_id : TEXT("me");
}

/* ---- numbers ---- */

int facebook_begin_poll(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct meta_param params[] = { { "fields", TEXT("id,followers_count,fan_count") } };

    state->stage = FACEBOOK_FOLLOWERS;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = facebook_page_node(op), .params = params, .param_count = 1,
                                             .may_repeat = true },
                     out);
}

static int ask_numbers(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    bool is_least = state->stage == FACEBOOK_NUMBERS_LEAST;
    const struct meta_param params[] = {
        { "fields", is_least ? TEXT(POST_FIELDS) : TEXT(POST_FIELDS ",insights.metric(post_media_view){name,values}") },
        { "limit", TEXT("50") },
    };

    return meta_call(op, mem,
                     &(struct meta_request){ .node = facebook_page_node(op), .edge = "posts", .params = params,
                                             .param_count = COUNT_OF(params), .max_reply = META_PAGE_MAX,
                                             .may_repeat = true },
                     out);
}

int facebook_end_poll(const struct op *op, struct step_state *state, const json_t *root, const struct http_reply *reply,
                      struct arena *mem, struct step *out)
{
    int64_t followers = payload_number(root, "followers_count", payload_number(root, "fan_count", -1));

    if (state->stage == FACEBOOK_FOLLOWERS) {
        memcpy(state->scratch, &followers, sizeof(followers));
        state->stage = FACEBOOK_NUMBERS;
        return ask_numbers(op, state, mem, out);
    }
    memcpy(&followers, state->scratch, sizeof(followers));
    out->page = page_wrap(op, mem, "feed", "followers",
                          followers >= 0 ? text_of(arena_printf(mem, "%lld", (long long)followers))
                                         : (struct text){ NULL, 0 },
                          reply);
    out->cursor = op->cursor;
    out->is_last = true;
    return 0;
}

/* Without the right to read insights, or the metric, the rest of the numbers are still there. */
int facebook_poll_refused(const struct op *op, struct step_state *state, int64_t code, struct arena *mem,
                          struct step *out)
{
    if (state->stage != FACEBOOK_NUMBERS || !(code == 100 || code == 10 || code == 3001 || (code >= 200 && code < 300)))
        return 0;
    state->stage = FACEBOOK_NUMBERS_LEAST;
    return ask_numbers(op, state, mem, out);
}

/* ---- the cursor ---- */

static json_t *read_cursor(const struct op *op)
{
    json_t *cursor = json_loadb(op->cursor.ptr ? op->cursor.ptr : "", op->cursor.len, 0, NULL);

    if (json_is_object(cursor))
        return cursor;
    json_decref(cursor);
    return json_object();
}

static int tell_cursor(json_t *cursor, struct arena *mem, struct step *out)
{
    bool has_posts = json_array_size(json_object_get(cursor, "posts")) > 0;

    out->is_last = !has_posts && !json_object_get(cursor, "feed");
    out->cursor = out->is_last ? (struct text){ NULL, 0 } : payload_dump(mem, cursor);
    return 0;
}

static int read_comments(const struct op *op, json_t *cursor, struct text post, struct arena *mem, struct step *out)
{
    int64_t since = payload_number(cursor, "since", 0);
    const struct meta_param params[] = {
        { "fields", TEXT(COMMENT_FIELDS) },
        { "filter", TEXT("stream") },
        { "order", TEXT("chronological") },
        { "limit", TEXT("100") },
        { "since", since > 0 ? text_of(arena_printf(mem, "%lld", (long long)since)) : (struct text){ NULL, 0 } },
    };

    return meta_call(op, mem,
                     &(struct meta_request){ .node = post, .edge = "comments", .params = params,
                                             .param_count = COUNT_OF(params),
                                             .cursor = payload_text(cursor, "after"), .max_reply = META_PAGE_MAX,
                                             .may_repeat = true },
                     out);
}

int facebook_begin_backfill(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *cursor = read_cursor(op);
    struct text post = payload_id_value(mem, json_array_get(json_object_get(cursor, "posts"), 0));
    const struct meta_param params[] = { { "fields", TEXT(POST_FIELDS) }, { "limit", TEXT(FEED_LIMIT) } };

    if (post.len) {
        state->stage = FACEBOOK_COMMENTS;
        return read_comments(op, cursor, post, mem, out);
    }
    state->stage = FACEBOOK_FEED;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = facebook_page_node(op), .edge = "feed", .params = params,
                                             .param_count = COUNT_OF(params), .cursor = payload_text(cursor, "feed"),
                                             .max_reply = META_PAGE_MAX, .may_repeat = true },
                     out);
}

/* Does this post have comments that we may not know? */
static bool wants_comments(const json_t *post, int64_t since)
{
    time_us moved = INT64_MAX;

    (void)meta_moment(post, "updated_time", &moved);
    return payload_number(meta_member(post, "comments", "summary"), "total_count", 1) > 0 &&
           (since <= 0 || moved / US_PER_S >= since);
}

static int end_feed(const struct op *op, json_t *cursor, const json_t *root, struct arena *mem, struct step *out)
{
    const json_t *list = json_object_get(root, "data");
    int64_t since = payload_number(cursor, "since", 0), seen = payload_number(cursor, "pages", 0) + 1;
    struct text next = meta_next_cursor(mem, root);
    json_t *posts = json_array();

    (void)op;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct text id = payload_id(mem, json_array_get(list, i), "id");

        if (id.len && wants_comments(json_array_get(list, i), since))
            json_array_append_new(posts, json_stringn(id.ptr, id.len));
    }
    json_object_set_new(cursor, "posts", posts);
    json_object_set_new(cursor, "pages", json_integer(seen));
    json_object_del(cursor, "feed");
    if (next.len && !(since > 0 && seen >= GAP_PAGES))
        json_object_set_new(cursor, "feed", json_stringn(next.ptr, next.len));
    return tell_cursor(cursor, mem, out);
}

static int next_post(json_t *cursor, struct arena *mem, struct step *out)
{
    json_array_remove(json_object_get(cursor, "posts"), 0);
    json_object_del(cursor, "after");
    return tell_cursor(cursor, mem, out);
}

int facebook_end_backfill(const struct op *op, const json_t *root, const struct http_reply *reply, struct arena *mem,
                          struct step *out)
{
    AUTO(json) json_t *cursor = read_cursor(op);
    struct text post = payload_id_value(mem, json_array_get(json_object_get(cursor, "posts"), 0));
    struct text next;

    if (!post.len) {
        out->page = page_wrap(op, mem, "feed", "post", (struct text){ NULL, 0 }, reply);
        return end_feed(op, cursor, root, mem, out);
    }
    out->page = page_wrap(op, mem, "comments", "post", post, reply);
    next = meta_next_cursor(mem, root);
    if (!next.len)
        return next_post(cursor, mem, out);
    json_object_set_new(cursor, "after", json_stringn(next.ptr, next.len));
    return tell_cursor(cursor, mem, out);
}

int facebook_backfill_refused(const struct op *op, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *cursor = read_cursor(op);

    if (out->outcome != OUTCOME_PERMANENT || json_array_size(json_object_get(cursor, "posts")) == 0 || !out->why_code ||
        strcmp(out->why_code, "permission_missing") == 0)
        return 0;
    (void)meta_result(out, OUTCOME_OK, NULL, TEXT(""));
    return next_post(cursor, mem, out);
}

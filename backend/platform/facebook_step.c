/* What a Page does in public: answers, private answers, edits, hiding, deleting, likes; what it reads back is in
 * facebook_read.c. */
#include "facebook_priv.h"

#include "util/str.h"

#define SETTLE_US (60 * US_PER_S)
#define SLACK_US (5 * US_PER_S)

/* platforms-meta.md §4.3, §8.3. A private answer's errors are Messenger's. */
static const struct meta_error comment_errors[] = {
    { 100, 100, 33, OUTCOME_PERMANENT, "gone", 0 },
    { 1446036, 1446036, META_ANY_SUB, OUTCOME_PERMANENT, "said_already", 0 },
};

static json_t *text_json(struct text t)
{
    return json_stringn(t.ptr ? t.ptr : "", t.len);
}

static struct text answered(const struct op *op)
{
    return op->reply_to.len && op->part == 0 ? op->reply_to : op->thread_id;
}

/* ---- answers ---- */

static int call_comment(const struct op *op, struct arena *mem, struct text photo, struct step *out)
{
    json_t *body = json_object();

    if (op->text.len)
        json_object_set_new(body, "message", text_json(op->text));
    if (photo.len)
        json_object_set_new(body, "attachment_id", text_json(photo));
    else if (op->attachment)
        json_object_set_new(body, "attachment_url", text_json(op->attachment->url));
    return meta_call(op, mem, &(struct meta_request){ .node = answered(op), .edge = "comments", .body = body }, out);
}

/* A picture under a comment is first a photo of the Page that nobody sees. */
static int call_upload(const struct op *op, struct arena *mem, struct step *out)
{
    const struct meta_file file = { "source", op->attachment->name, op->attachment->mime, op->attachment_bytes };

    return meta_call(op, mem,
                     &(struct meta_request){ .node = facebook_page_node(op), .edge = "photos",
                                             .body = json_pack("{s:b,s:b}", "published", 0, "temporary", 1),
                                             .file = &file, .may_repeat = true },
                     out);
}

/* A visitor's post is answered as a post, everything else as a comment. Where the id leaves it open, a refusal decides. */
static bool looks_like_post(const struct op *op, struct text id)
{
    struct text page = op->channel->external_id;

    return page.len && text_starts(id, page) && id.len > page.len && id.ptr[page.len] == '_' &&
           text_equal(id, op->thread_id);
}

static int call_private(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text id = op->reply_to.len ? op->reply_to : op->thread_id;
    bool as_post = looks_like_post(op, id) != (state->stage == FACEBOOK_PRIVATE_OTHER);

    if (op->attachment)
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT("the first private answer is words only"));
    return messenger_begin_send(op, as_post ? "post_id" : "comment_id", id, mem, out);
}

static int begin_send(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    if (op->send_as == SEND_PRIVATE) {
        state->stage = FACEBOOK_PRIVATE;
        return call_private(op, state, mem, out);
    }
    if (op->send_as != SEND_PLAIN || !answered(op).len)
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    if (str_utf16_units(op->text) > FACEBOOK_TEXT_UNITS)
        return meta_result(out, OUTCOME_PERMANENT, "too_long", TEXT("longer than 8000"));
    if (!op->attachment && !op->text.len)
        return meta_result(out, OUTCOME_PERMANENT, "empty", TEXT(""));
    if (op->attachment && op->attachment->type != ATTACHMENT_IMAGE && op->attachment->type != ATTACHMENT_STICKER)
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT("a comment carries pictures only"));
    /* Without the bytes the platform fetches the picture from where it stands in public. */
    bool uploads = op->attachment && (op->attachment_bytes.len || !meta_is_address(op->attachment->url));
    state->stage = uploads ? FACEBOOK_UPLOAD : FACEBOOK_SENT;
    return uploads ? call_upload(op, mem, out) : call_comment(op, mem, (struct text){ NULL, 0 }, out);
}

static int end_upload(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                      struct step *out)
{
    struct text photo = payload_id(mem, root, "id");

    if (!photo.len)
        return meta_result(out, OUTCOME_RETRY, "file_unavailable", TEXT("an upload without an id"));
    state->stage = FACEBOOK_SENT;
    return call_comment(op, mem, photo, out);
}

static int end_comment(const json_t *root, struct arena *mem, struct step *out)
{
    struct text id = payload_id(mem, root, "id");

    if (!id.len)
        return meta_result(out, OUTCOME_UNKNOWN, "no_answer", TEXT("an answer without a comment id"));
    out->external_id = arena_text(mem, id);
    return 0;
}

static int end_private(const json_t *root, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *facts = json_object();

    page_set_text(facts, "recipient_id", payload_id(mem, root, "recipient_id"));
    out->facts = payload_dump(mem, facts);
    return messenger_end_send(root, mem, out);
}

/* ---- was it sent? ---- */

static int begin_look(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct meta_param comments[] = {
        { "fields", TEXT("id,message,from,created_time,attachment{type}") },
        { "filter", TEXT("stream") },
        { "order", TEXT("reverse_chronological") },
        { "limit", TEXT("50") },
    };
    const struct meta_param fields[] = { { "fields", TEXT("id,private_reply_conversation,can_reply_privately") } };
    bool is_private = op->send_as == SEND_PRIVATE;

    state->stage = is_private ? FACEBOOK_LOOK_PRIVATE : FACEBOOK_LOOK;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = is_private && op->reply_to.len ? op->reply_to : answered(op),
                                             .edge = is_private ? NULL : "comments",
                                             .params = is_private ? fields : comments,
                                             .param_count = is_private ? COUNT_OF(fields) : COUNT_OF(comments),
                                             .may_repeat = true },
                     out);
}

static int not_found(const struct op *op, time_us now, struct step *out)
{
    if (op->sent_after == TIME_NONE || now < op->sent_after + SETTLE_US)
        return meta_result(out, OUTCOME_UNKNOWN, "not_yet_seen", TEXT(""));
    return meta_result(out, OUTCOME_PERMANENT, "not_sent", TEXT(""));
}

static int find_sent(const struct op *op, const json_t *list, time_us now, struct arena *mem, struct step *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        time_us at = TIME_NONE;

        if (!text_equal(payload_id(mem, json_object_get(one, "from"), "id"), op->channel->external_id) ||
            !text_equal(str_trim(payload_text(one, "message")), str_trim(op->text)) ||
            (op->attachment != NULL) != (json_object_get(one, "attachment") != NULL) ||
            !meta_moment(one, "created_time", &at) ||
            (op->sent_after != TIME_NONE && at < op->sent_after - SLACK_US))
            continue;
        out->external_id = arena_text(mem, payload_id(mem, one, "id"));
        out->sent_at = at;
        return 0;
    }
    return not_found(op, now, out);
}

static int end_look_private(const struct op *op, const json_t *root, time_us now, struct step_state *state,
                            struct arena *mem, struct step *out)
{
    const json_t *talk = json_object_get(root, "private_reply_conversation");
    struct text id = payload_id(mem, talk, "id");
    const struct meta_param params[] = { { "fields", TEXT("messages.limit(20){id,message,from,created_time}") } };

    if (!id.len)
        return not_found(op, now, out);
    state->stage = FACEBOOK_LOOK_TALK;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = id, .params = params, .param_count = 1, .may_repeat = true }, out);
}

/* ---- edits and moderation ---- */

static int begin_edit(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    if (!op->target.len || !op->text.len)
        return meta_result(out, OUTCOME_PERMANENT, "empty", TEXT(""));
    if (str_utf16_units(op->text) > FACEBOOK_TEXT_UNITS)
        return meta_result(out, OUTCOME_PERMANENT, "too_long", TEXT("longer than 8000"));
    state->stage = FACEBOOK_DONE;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = op->target, .may_repeat = true,
                                             .body = json_pack("{s:o}", "message", text_json(op->text)) },
                     out);
}

static int begin_moderate(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    static const struct {
        bool is_known;
        const char *method, *edge;
        int hidden;                     /* -1: no body */
    } calls[] = {
        [MODERATE_HIDE] = { true, "POST", NULL, 1 },      [MODERATE_UNHIDE] = { true, "POST", NULL, 0 },
        [MODERATE_DELETE] = { true, "DELETE", NULL, -1 }, [MODERATE_LIKE] = { true, "POST", "likes", -1 },
        [MODERATE_UNLIKE] = { true, "DELETE", "likes", -1 },
    };

    if ((size_t)op->moderation >= COUNT_OF(calls) || !calls[op->moderation].is_known || !op->target.len)
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    state->stage = FACEBOOK_DONE;
    return meta_call(op, mem,
                     &(struct meta_request){ .method = calls[op->moderation].method, .node = op->target,
                                             .edge = calls[op->moderation].edge, .may_repeat = true,
                                             .body = calls[op->moderation].hidden < 0
                                                         ? NULL
                                                         : json_pack("{s:b}", "is_hidden", calls[op->moderation].hidden) },
                     out);
}

/* {"success":true}, or the text "true"; an id for what made something. */
static int end_done(const json_t *root, struct step *out)
{
    const json_t *told = json_object_get(root, "success");

    if (told && !meta_true(root, "success"))
        return meta_result(out, OUTCOME_PERMANENT, "rejected", TEXT("refused without a reason"));
    return 0;
}

/* ---- the machine ---- */

static int begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    static int (*const begins[OP_KIND_COUNT])(const struct op *op, struct step_state *state, struct arena *mem,
                                              struct step *out) = {
        [OP_SEND] = begin_send,         [OP_LOOK] = begin_look,
        [OP_EDIT] = begin_edit,         [OP_MODERATE] = begin_moderate,
        [OP_POLL] = facebook_begin_poll, [OP_BACKFILL] = facebook_begin_backfill,
    };

    return begins[op->kind] ? begins[op->kind](op, state, mem, out)
                            : meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
}

static int on_refusal(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                      struct step *out)
{
    int64_t code = 0, sub = 0;
    bool is_told = meta_error_told(root, &code, &sub);

    if (state->stage == FACEBOOK_PRIVATE && is_told && code == 100 && sub != 2018001 &&
        looks_like_post(op, op->reply_to.len ? op->reply_to : op->thread_id)) {
        state->stage = FACEBOOK_PRIVATE_OTHER;
        return call_private(op, state, mem, out);
    }
    /* Nothing was said yet: an upload may be made again. */
    if (state->stage == FACEBOOK_UPLOAD && out->outcome == OUTCOME_UNKNOWN)
        out->outcome = OUTCOME_RETRY;
    if (op->kind == OP_MODERATE && op->moderation == MODERATE_DELETE && out->outcome == OUTCOME_PERMANENT &&
        out->why_code && strcmp(out->why_code, "gone") == 0)
        return meta_result(out, OUTCOME_DUPLICATE_OK, NULL, TEXT(""));
    if (op->kind == OP_POLL)
        return facebook_poll_refused(op, state, code, mem, out);
    if (op->kind == OP_BACKFILL)
        return facebook_backfill_refused(op, mem, out);
    return 0;
}

static int go_on(const struct op *op, struct step_state *state, json_t *root, const struct http_reply *reply,
                 time_us now, struct arena *mem, struct step *out)
{
    switch ((enum facebook_stage)state->stage) {
    case FACEBOOK_UPLOAD:
        return end_upload(op, root, state, mem, out);
    case FACEBOOK_SENT:
        return end_comment(root, mem, out);
    case FACEBOOK_PRIVATE:
    case FACEBOOK_PRIVATE_OTHER:
        return end_private(root, mem, out);
    case FACEBOOK_LOOK:
        return find_sent(op, json_object_get(root, "data"), now, mem, out);
    case FACEBOOK_LOOK_PRIVATE:
        return end_look_private(op, root, now, state, mem, out);
    case FACEBOOK_LOOK_TALK:
        return find_sent(op, meta_member(root, "messages", "data"), now, mem, out);
    case FACEBOOK_DONE:
        return end_done(root, out);
    case FACEBOOK_FOLLOWERS:
    case FACEBOOK_NUMBERS:
    case FACEBOOK_NUMBERS_LEAST:
        return facebook_end_poll(op, state, root, reply, mem, out);
    case FACEBOOK_FEED:
    case FACEBOOK_COMMENTS:
        return facebook_end_backfill(op, root, reply, mem, out);
    case FACEBOOK_BEGIN:
        break;
    }
    return 0;
}

int facebook_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                  struct arena *mem, struct step *out, struct fail *why)
{
    AUTO(json) json_t *root = NULL;
    size_t count = COUNT_OF(comment_errors);
    const struct meta_error *own = comment_errors;

    (void)why;
    *out = (struct step){ .until = TIME_NONE, .sent_at = TIME_NONE, .grant.expires_at = TIME_NONE };
    if (page_is_shared_op(op->kind))
        return page_shared_step(op, state, reply, now, mem, out);
    if (!reply)
        return begin(op, state, mem, out);
    if (op->send_as == SEND_PRIVATE && op->kind == OP_SEND)
        own = messenger_errors(&count);
    if (!meta_answer(op, reply, now, mem, own, count, &root, out))
        return on_refusal(op, state, root, mem, out);
    return go_on(op, state, root, reply, now, mem, out);
}

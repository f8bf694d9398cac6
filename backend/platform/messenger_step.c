/* What a Page sends in private: text, files, reactions, marks; what it reads back. */
#include "page_priv.h"

#include "util/str.h"

#define MESSENGER_FILE_MAX ((size_t)25 << 20)
#define CHOICES_MAX 13
#define CHOICE_UNITS 20
/* An echo or a message of ours shows up within this time, or was not sent. */
#define SETTLE_US (60 * US_PER_S)
/* How far their clock may be behind ours. */
#define SLACK_US (5 * US_PER_S)
#define MESSAGE_FIELDS                                                                                                \
    "id,created_time,from,to,message,attachments{id,mime_type,name,size,file_url,image_data,video_data},sticker,"     \
    "shares{link,name,description},reactions,reply_to,is_unsupported"

/* Which answer the machine waits for. */
enum messenger_stage { MESSENGER_BEGIN, MESSENGER_ONE, MESSENGER_REST };

/* platforms-meta.md §8.4. */
static const struct meta_error send_errors[] = {
    { 10, 10, 2018278, OUTCOME_PERMANENT, "window_closed", 0 },
    { 10, 10, 2534022, OUTCOME_PERMANENT, "window_closed", 0 },
    { 10, 10, 2018065, OUTCOME_PERMANENT, "window_closed", 0 },
    { 200, 200, 1545041, OUTCOME_PERMANENT, "not_available", 0 },
    { 551, 551, META_ANY_SUB, OUTCOME_PERMANENT, "not_available", 0 },
    { 10, 10, 2018108, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 200, 200, 2018028, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 200, 200, 2018027, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 200, 200, 2018021, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 100, 100, 2018001, OUTCOME_PERMANENT, "chat_not_found", 0 },
    { 100, 100, 2018109, OUTCOME_PERMANENT, "file_too_big", 0 },
    { 100, 100, 1893061, OUTCOME_PERMANENT, "rejected", 0 },
    { 100, 100, 2018218, OUTCOME_PERMANENT, "no_profile", 0 },
    { 100, 100, 2018047, OUTCOME_RETRY, "file_unavailable", 0 },
    { 100, 100, 2018007, OUTCOME_RETRY, "file_unavailable", 0 },
    { 100, 100, 2018008, OUTCOME_RETRY, "file_unavailable", 0 },
    { 10, 10, 1893063, OUTCOME_RETRY_AT, "restricted", META_DAY_S },
    { 10, 10, 2534122, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 10, 10, 2534029, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 10303, 10303, META_ANY_SUB, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
    { 2018344, 2018344, META_ANY_SUB, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
    { 100, 100, 2018344, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
    { 1609005, 1609005, META_ANY_SUB, OUTCOME_PERMANENT, "file_unavailable", 0 },
    { 1200, 1200, META_ANY_SUB, OUTCOME_RETRY, "unreachable", 0 },
    { 10900, 10900, META_ANY_SUB, OUTCOME_PERMANENT, "said_already", 0 },
    { 10903, 10903, META_ANY_SUB, OUTCOME_PERMANENT, "window_closed", 0 },
};

const struct meta_error *messenger_errors(size_t *count)
{
    *count = COUNT_OF(send_errors);
    return send_errors;
}

static struct text page_node(const struct op *op)
{
    return op->channel->external_id.len ? op->channel->external_id : TEXT("me");
}

static json_t *text_json(struct text t)
{
    return json_stringn(t.ptr ? t.ptr : "", t.len);
}

/* ---- sending ---- */

static const char *file_kind(const struct event_attachment *a)
{
    static const char *const kinds[ATTACHMENT_TYPE_COUNT] = {
        [ATTACHMENT_FILE] = "file",   [ATTACHMENT_IMAGE] = "image", [ATTACHMENT_VIDEO] = "video",
        [ATTACHMENT_AUDIO] = "audio", [ATTACHMENT_VOICE] = "audio", [ATTACHMENT_STICKER] = "image",
    };

    return kinds[a->type];
}

/* Up to 13 quick replies; a title that is too long is cut, since its payload says the whole. */
static json_t *quick_replies(const struct op *op)
{
    AUTO(json) json_t *choices = json_loadb(op->choices.ptr ? op->choices.ptr : "", op->choices.len, 0, NULL);
    json_t *made = json_array();

    for (size_t i = 0; i < json_array_size(choices) && i < CHOICES_MAX; i++) {
        const json_t *one = json_array_get(choices, i);
        struct text words = { json_string_value(one), json_string_length(one) };
        struct text title = str_utf16_cut(words, CHOICE_UNITS), payload = str_utf8_cut(words, 1000);

        if (words.len)
            json_array_append_new(made, json_pack("{s:s,s:o,s:o}", "content_type", "text", "title", text_json(title),
                                                  "payload", text_json(payload)));
    }
    return made;
}

/* Without the bytes the platform fetches them from where they stand in public. */
static bool goes_by_address(const struct op *op)
{
    return op->attachment && !op->attachment_bytes.len && meta_is_address(op->attachment->url);
}

static json_t *message_of(const struct op *op)
{
    json_t *message = json_object(), *choices, *file;

    if (op->attachment) {
        file = json_pack("{s:s,s:{s:b}}", "type", file_kind(op->attachment), "payload", "is_reusable", 0);
        if (goes_by_address(op))
            json_object_set_new(json_object_get(file, "payload"), "url", text_json(op->attachment->url));
        json_object_set_new(message, "attachment", file);
    } else {
        json_object_set_new(message, "text", text_json(op->text));
    }
    if (op->retry_key.len)
        json_object_set_new(message, "metadata", text_json(op->retry_key));
    choices = quick_replies(op);
    if (json_array_size(choices) && !op->attachment)
        json_object_set(message, "quick_replies", choices);
    json_decref(choices);
    return message;
}

static bool is_refused_here(const struct op *op, struct step *out)
{
    if (op->attachment && !file_kind(op->attachment))
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT("no such attachment")), true;
    if (op->attachment && op->text.len)
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT("a file goes without words")), true;
    if (op->attachment && op->attachment_bytes.len > MESSENGER_FILE_MAX)
        return meta_result(out, OUTCOME_PERMANENT, "file_too_big", TEXT("more than 25 MB")), true;
    if (!op->attachment && !op->text.len)
        return meta_result(out, OUTCOME_PERMANENT, "empty", TEXT("")), true;
    if (str_utf16_units(op->text) > MESSENGER_TEXT_UNITS)
        return meta_result(out, OUTCOME_PERMANENT, "too_long", TEXT("longer than 2000")), true;
    return false;
}

int messenger_begin_send(const struct op *op, const char *recipient, struct text id, struct arena *mem,
                         struct step *out)
{
    bool is_late = op->send_as == SEND_HUMAN_AGENT;
    struct meta_file file;
    json_t *body;

    if (is_refused_here(op, out))
        return 0;
    body = json_pack("{s:{s:o},s:s,s:o}", "recipient", recipient, text_json(id), "messaging_type",
                     is_late ? "MESSAGE_TAG" : "RESPONSE", "message", message_of(op));
    if (is_late)
        json_object_set_new(body, "tag", json_string("HUMAN_AGENT"));
    if (op->reply_to.len && op->part == 0 && op->send_as != SEND_PRIVATE)
        json_object_set_new(body, "reply_to", json_pack("{s:o}", "mid", text_json(op->reply_to)));
    if (op->attachment)
        file = (struct meta_file){ "filedata", op->attachment->name, op->attachment->mime, op->attachment_bytes };
    return meta_call(op, mem,
                     &(struct meta_request){ .node = page_node(op), .edge = "messages", .body = body,
                                             .file = op->attachment && !goes_by_address(op) ? &file : NULL },
                     out);
}

int messenger_end_send(const json_t *root, struct arena *mem, struct step *out)
{
    struct text id = payload_id(mem, root, "message_id");

    if (!id.len)
        return meta_result(out, OUTCOME_UNKNOWN, "no_answer", TEXT("an answer without a message id"));
    out->external_id = arena_text(mem, id);
    return 0;
}

static int begin_send(const struct op *op, struct arena *mem, struct step *out)
{
    struct text who = op->thread_id;

    if (op->send_as == SEND_TEMPLATE || op->send_as == SEND_PRIVATE || !who.len)
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    if (!text_starts(who, TEXT("ref:")))
        return messenger_begin_send(op, "id", who, mem, out);
    return messenger_begin_send(op, "user_ref", (struct text){ who.ptr + 4, who.len - 4 }, mem, out);
}

/* ---- small acts ---- */

static int act(const struct op *op, struct arena *mem, json_t *body, struct step *out)
{
    json_object_set_new(body, "recipient", json_pack("{s:o}", "id", text_json(op->thread_id)));
    return meta_call(op, mem,
                     &(struct meta_request){ .node = page_node(op), .edge = "messages", .body = body,
                                             .may_repeat = true },
                     out);
}

static int begin_mark_read(const struct op *op, struct arena *mem, struct step *out)
{
    return act(op, mem, json_pack("{s:s}", "sender_action", "mark_seen"), out);
}

/* The word for an emoji; what has none goes as it is. */
static struct text reaction_word(struct text emoji)
{
    static const struct {
        const char *begins, *word;
    } known[] = {
        { "❤", "love" }, { "😆", "smile" }, { "😂", "smile" }, { "😮", "wow" },
        { "😢", "sad" },  { "😡", "angry" }, { "👍", "like" },  { "👎", "dislike" },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (text_starts(emoji, text_of(known[i].begins)))
            return text_of(known[i].word);
    return emoji;
}

static int begin_react(const struct op *op, struct arena *mem, struct step *out)
{
    json_t *payload = json_pack("{s:o}", "message_id", text_json(op->target));

    if (op->text.len)
        json_object_set_new(payload, "reaction", text_json(reaction_word(op->text)));
    return act(op, mem,
               json_pack("{s:s,s:o}", "sender_action", op->text.len ? "react" : "unreact", "payload", payload), out);
}

/* ---- reading back ---- */

static int begin_look(const struct op *op, struct arena *mem, struct step *out)
{
    const struct meta_param params[] = {
        { "platform", TEXT("messenger") },
        { "user_id", op->thread_id },
        { "fields", TEXT("id,messages.limit(20){id,message,from,created_time,attachments{id,name,size}}") },
    };

    return meta_call(op, mem,
                     &(struct meta_request){ .node = page_node(op), .edge = "conversations", .params = params,
                                             .param_count = COUNT_OF(params), .may_repeat = true },
                     out);
}

static bool is_what_was_sent(const struct op *op, const json_t *message, struct arena *mem)
{
    struct text said = payload_text(message, "message");
    time_us at = TIME_NONE;

    if (!text_equal(payload_id(mem, json_object_get(message, "from"), "id"), op->channel->external_id) ||
        !meta_moment(message, "created_time", &at) ||
        (op->sent_after != TIME_NONE && at < op->sent_after - SLACK_US))
        return false;
    if (op->attachment)
        return json_array_size(meta_member(message, "attachments", "data")) > 0;
    return text_equal(str_trim(said), str_trim(op->text));
}

static int end_look(const struct op *op, const json_t *root, time_us now, struct arena *mem, struct step *out)
{
    const json_t *talks = json_object_get(root, "data");

    for (size_t i = 0; i < json_array_size(talks); i++) {
        const json_t *list = meta_member(json_array_get(talks, i), "messages", "data");

        for (size_t k = 0; k < json_array_size(list); k++) {
            const json_t *message = json_array_get(list, k);

            if (!is_what_was_sent(op, message, mem))
                continue;
            out->external_id = arena_text(mem, payload_id(mem, message, "id"));
            (void)meta_moment(message, "created_time", &out->sent_at);
            return 0;
        }
    }
    if (op->sent_after == TIME_NONE || now < op->sent_after + SETTLE_US)
        return meta_result(out, OUTCOME_UNKNOWN, "not_yet_seen", TEXT(""));
    return meta_result(out, OUTCOME_PERMANENT, "not_sent", TEXT(""));
}

static int begin_backfill(const struct op *op, struct arena *mem, struct step *out)
{
    const struct meta_param params[] = {
        { "platform", TEXT("messenger") },
        { "fields", TEXT("id,updated_time,participants,messages.limit(20){" MESSAGE_FIELDS "}") },
        { "limit", TEXT("25") },
    };

    return meta_call(op, mem,
                     &(struct meta_request){ .node = page_node(op), .edge = "conversations", .params = params,
                                             .param_count = COUNT_OF(params), .cursor = op->cursor,
                                             .max_reply = META_PAGE_MAX, .may_repeat = true },
                     out);
}

static int end_backfill(const struct op *op, const json_t *root, const struct http_reply *reply, struct arena *mem,
                        struct step *out)
{
    out->page = page_wrap(op, mem, "conversations", "none", (struct text){ NULL, 0 }, reply);
    out->cursor = meta_next_cursor(mem, root);
    out->is_last = !out->cursor.len;
    return 0;
}

/* ---- the machine ---- */

static int begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    static int (*const begins[OP_KIND_COUNT])(const struct op *op, struct arena *mem, struct step *out) = {
        [OP_SEND] = begin_send,   [OP_LOOK] = begin_look,         [OP_MARK_READ] = begin_mark_read,
        [OP_REACT] = begin_react, [OP_BACKFILL] = begin_backfill,
    };

    if (!begins[op->kind])
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    state->stage = MESSENGER_ONE;
    return begins[op->kind](op, mem, out);
}

int messenger_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                   struct arena *mem, struct step *out, struct fail *why)
{
    AUTO(json) json_t *root = NULL;

    (void)why;
    *out = (struct step){ .until = TIME_NONE, .sent_at = TIME_NONE, .grant.expires_at = TIME_NONE };
    if (page_is_shared_op(op->kind))
        return page_shared_step(op, state, reply, now, mem, out);
    if (!reply)
        return begin(op, state, mem, out);
    if (!meta_answer(op, reply, now, mem, send_errors, COUNT_OF(send_errors), &root, out))
        return 0;
    if (op->kind == OP_SEND)
        return messenger_end_send(root, mem, out);
    if (op->kind == OP_LOOK)
        return end_look(op, root, now, mem, out);
    if (op->kind == OP_BACKFILL)
        return end_backfill(op, root, reply, mem, out);
    return 0;
}

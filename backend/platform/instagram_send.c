/* What an account says: direct messages, private replies, answers under comments; and whether it was said. */
#include "instagram_priv.h"

#include "util/str.h"

#define IMAGE_MAX ((size_t)8 << 20)
#define FILE_MAX ((size_t)25 << 20)
#define CHOICES_MAX 13
#define CHOICE_UNITS 20
#define SETTLE_US (60 * US_PER_S)      /* what was sent shows up within this time */
#define SLACK_US (5 * US_PER_S)        /* how far their clock may be behind ours */

enum send_stage { SEND_FIRST = 1, SEND_WITHOUT_QUOTE, SEND_UNDER_POST, SEND_FILE_AGAIN };

static json_t *word(struct text t)
{
    return json_stringn(t.ptr ? t.ptr : "", t.len);
}

/* ---- direct ---- */

static const char *file_kind(const struct event_attachment *a)
{
    static const char *const kinds[ATTACHMENT_TYPE_COUNT] = {
        [ATTACHMENT_FILE] = "file",   [ATTACHMENT_IMAGE] = "image", [ATTACHMENT_VIDEO] = "video",
        [ATTACHMENT_AUDIO] = "audio", [ATTACHMENT_VOICE] = "audio", [ATTACHMENT_STICKER] = "image",
    };

    return kinds[a->type];
}

static json_t *quick_replies(const struct op *op)
{
    AUTO(json) json_t *choices = json_loadb(op->choices.ptr ? op->choices.ptr : "", op->choices.len, 0, NULL);
    json_t *made = json_array();

    for (size_t i = 0; i < json_array_size(choices) && json_array_size(made) < CHOICES_MAX; i++) {
        const json_t *one = json_array_get(choices, i);
        struct text words = { json_string_value(one), json_string_length(one) };

        if (words.len)
            json_array_append_new(made, json_pack("{s:s,s:o,s:o}", "content_type", "text", "title",
                                                  word(str_utf16_cut(words, CHOICE_UNITS)), "payload",
                                                  word(str_utf8_cut(words, 1000))));
    }
    return made;
}

/* An address that Instagram can fetch is what is documented; bytes go the way Messenger takes them. */
static bool has_public_address(const struct event_attachment *a)
{
    return text_starts(a->url, TEXT("https://")) && meta_is_address(a->url);
}

static json_t *message_of(const struct op *op)
{
    json_t *message = json_object(), *choices;

    if (op->attachment && has_public_address(op->attachment) && !op->attachment_bytes.len) {
        json_object_set_new(message, "attachment", json_pack("{s:s,s:{s:o}}", "type", file_kind(op->attachment),
                                                             "payload", "url", word(op->attachment->url)));
        return message;
    }
    if (op->attachment) {
        json_object_set_new(message, "attachment", json_pack("{s:s,s:{}}", "type", file_kind(op->attachment), "payload"));
        return message;
    }
    json_object_set_new(message, "text", word(op->text));
    choices = quick_replies(op);
    if (json_array_size(choices))
        json_object_set(message, "quick_replies", choices);
    json_decref(choices);
    return message;
}

static int refuse(struct step *out, const char *code, const char *why)
{
    return meta_result(out, OUTCOME_PERMANENT, code, text_of(why));
}

/* What Instagram would refuse, before it is asked. */
static bool is_refused_here(const struct op *op, struct step *out)
{
    const struct event_attachment *a = op->attachment;

    if (a && !file_kind(a))
        return refuse(out, "not_possible", "no such attachment"), true;
    if (a && op->text.len)
        return refuse(out, "not_possible", "a file goes without words"), true;
    if (a && !op->attachment_bytes.len && !has_public_address(a))
        return refuse(out, "file_unavailable", "neither bytes nor an address"), true;
    if (a && op->attachment_bytes.len > (strcmp(file_kind(a), "image") == 0 ? IMAGE_MAX : FILE_MAX))
        return refuse(out, "file_too_big", "images 8 MB, all else 25 MB"), true;
    if (!a && !str_trim(op->text).len)
        return refuse(out, "empty", ""), true;
    if (op->text.len > INSTAGRAM_TEXT_BYTES)
        return refuse(out, "too_long", "longer than 1000 bytes"), true;
    return false;
}

static int send_direct(struct instagram_turn *t, const char *recipient, struct text id)
{
    const struct op *op = t->op;
    bool is_late = op->send_as == SEND_HUMAN_AGENT, has_bytes = op->attachment && op->attachment_bytes.len;
    struct meta_file file;
    json_t *body;

    if (is_refused_here(op, t->out))
        return 0;
    body = json_pack("{s:{s:o},s:o}", "recipient", recipient, word(id), "message", message_of(op));
    if (is_late) {
        json_object_set_new(body, "messaging_type", json_string("MESSAGE_TAG"));
        json_object_set_new(body, "tag", json_string("HUMAN_AGENT"));
    }
    if (op->reply_to.len && op->part == 0 && op->send_as != SEND_PRIVATE && t->state->stage != SEND_WITHOUT_QUOTE)
        json_object_set_new(body, "reply_to", json_pack("{s:o}", "mid", word(op->reply_to)));
    if (has_bytes)
        file = (struct meta_file){ "filedata", op->attachment->name, op->attachment->mime, op->attachment_bytes };
    return meta_call(op, t->mem,
                     &(struct meta_request){ .node = TEXT("me"), .edge = "messages", .body = body,
                                             .file = has_bytes ? &file : NULL },
                     t->out);
}

/* ---- under comments ---- */

/* "mention/MEDIA/COMMENT" of the detail that a mention has: there, the ordinary way does not work. */
static bool mention_of(const struct op *op, struct arena *mem, struct text *media, struct text *comment)
{
    json_error_t ignored;
    AUTO(json) json_t *detail = op->target_detail.len ? payload_load(mem, op->target_detail, &ignored) : NULL;
    struct text rest = arena_text(mem, payload_text(detail, "read"));

    if (!str_skip(&rest, TEXT("mention/")))
        return false;
    (void)str_split(&rest, '/', media);
    *comment = rest;
    return media->len > 0;
}

static int send_public(struct instagram_turn *t)
{
    const struct op *op = t->op;
    struct text media, comment;
    json_t *body;

    if (op->attachment)
        return refuse(t->out, "not_possible", "a comment is words");
    if (!str_trim(op->text).len)
        return refuse(t->out, "empty", "");
    if (str_utf16_units(op->text) > INSTAGRAM_COMMENT_UNITS)
        return refuse(t->out, "too_long", "longer than 2200");
    body = json_pack("{s:o}", "message", word(op->text));
    if (mention_of(op, t->mem, &media, &comment)) {
        json_object_set_new(body, "media_id", word(media));
        if (comment.len)
            json_object_set_new(body, "comment_id", word(comment));
        return meta_call(op, t->mem,
                         &(struct meta_request){ .node = op->channel->external_id.len ? op->channel->external_id
                                                                                      : TEXT("me"),
                                                 .edge = "mentions", .body = body },
                         t->out);
    }
    return meta_call(op, t->mem,
                     &(struct meta_request){ .node = op->thread_id, .body = body,
                                             .edge = t->state->stage == SEND_UNDER_POST ? "comments" : "replies" },
                     t->out);
}

int instagram_begin_send(struct instagram_turn *t)
{
    const struct op *op = t->op;

    if (op->send_as == SEND_TEMPLATE || op->thread_type == THREAD_GROUP)
        return refuse(t->out, "not_possible", "");
    if (!str_utf8_valid(op->text))
        return refuse(t->out, "rejected", "not UTF-8");
    if (op->send_as == SEND_PRIVATE)
        return op->reply_to.len ? send_direct(t, "comment_id", op->reply_to)
                                : refuse(t->out, "not_possible", "no comment to answer");
    if (!op->thread_id.len)
        return refuse(t->out, "chat_not_found", "");
    return op->thread_type == THREAD_COMMENT ? send_public(t) : send_direct(t, "id", op->thread_id);
}

/* A definite no may mean: go another way. Only then is the call made again. */
static int end_refused(struct instagram_turn *t)
{
    const struct op *op = t->op;
    bool is_plain = t->state->stage <= SEND_FIRST;
    int64_t code = 0, sub = 0;

    if (!meta_error_told(t->root, &code, &sub) || !is_plain)
        return 0;
    if (code == 100 && (sub == 0 || sub == 33) && op->thread_type == THREAD_COMMENT && op->send_as == SEND_PLAIN) {
        t->state->stage = SEND_UNDER_POST;             /* the strand of a post has the post's name */
        return send_public(t);
    }
    if (code == 100 && sub == 0 && op->thread_type == THREAD_DIRECT && op->reply_to.len && op->part == 0 &&
        op->send_as != SEND_PRIVATE) {
        t->state->stage = SEND_WITHOUT_QUOTE;
        return send_direct(t, "id", op->thread_id);
    }
    if (t->out->outcome == OUTCOME_RETRY && t->out->why_code && strcmp(t->out->why_code, "file_unavailable") == 0) {
        t->state->stage = SEND_FILE_AGAIN;
        return instagram_begin_send(t);
    }
    return 0;
}

int instagram_end_send(struct instagram_turn *t)
{
    struct text id = payload_id(t->mem, t->root, "message_id");

    if (t->out->outcome != OUTCOME_OK) {
        if (t->state->stage != SEND_FILE_AGAIN || t->out->outcome != OUTCOME_RETRY ||
            strcmp(t->out->why_code, "file_unavailable") != 0)
            return end_refused(t);
        return meta_result(t->out, OUTCOME_PERMANENT, "file_unavailable", t->out->why);
    }
    if (!id.len)
        id = payload_id(t->mem, t->root, "id");
    if (!id.len)
        return meta_result(t->out, OUTCOME_UNKNOWN, "no_answer", TEXT("an answer without an id"));
    t->out->external_id = arena_text(t->mem, id);
    return 0;
}

/* ---- was it sent? ---- */

int instagram_begin_look(struct instagram_turn *t)
{
    const struct op *op = t->op;
    bool is_private = op->send_as == SEND_PRIVATE, is_public = op->thread_type == THREAD_COMMENT && !is_private;
    const struct meta_param comments[] = { { "fields", TEXT("id,text,timestamp,username,from") }, { "limit", TEXT("50") } };
    const struct meta_param talks[] = {
        { "platform", TEXT("instagram") },
        { "fields", TEXT("id,messages.limit(20){id,message,from,created_time,attachments{id,name,size}}") },
        { "user_id", is_private ? INSTAGRAM_NONE : op->thread_id },
        { "limit", TEXT("10") },
    };
    struct text media, comment;

    if (is_public && mention_of(op, t->mem, &media, &comment))
        return meta_result(t->out, OUTCOME_UNKNOWN, "not_yet_seen", TEXT("foreign posts cannot be read"));
    if (!is_public)
        return instagram_get(t, TEXT("me"), "conversations", talks, COUNT_OF(talks), INSTAGRAM_NONE);
    return instagram_get(t, op->thread_id, t->state->stage == SEND_UNDER_POST ? "comments" : "replies", comments,
                         COUNT_OF(comments), INSTAGRAM_NONE);
}

static bool is_ours(struct instagram_turn *t, const json_t *one)
{
    const json_t *from = json_object_get(one, "from");
    struct text id = payload_id(t->mem, from, "id"), name = payload_text(from, "username");
    json_error_t ignored;
    AUTO(json) json_t *state = t->op->channel->state.len ? payload_load(t->mem, t->op->channel->state, &ignored) : NULL;
    struct text own = payload_text(state, "username"), scoped = payload_id(t->mem, state, "scoped_id");

    if (!name.len)
        name = payload_text(one, "username");
    return (id.len && (text_equal(id, t->op->channel->external_id) || text_equal(id, scoped))) ||
           (name.len && str_equal_nocase(name, own));
}

static bool is_what_was_sent(struct instagram_turn *t, const json_t *one)
{
    const struct op *op = t->op;
    struct text said = payload_text(one, "message");
    time_us at = TIME_NONE;

    if (!said.len)
        said = payload_text(one, "text");
    if (!is_ours(t, one) || !(meta_moment(one, "created_time", &at) || meta_moment(one, "timestamp", &at)) ||
        (op->sent_after != TIME_NONE && at < op->sent_after - SLACK_US))
        return false;
    if (op->attachment)
        return json_array_size(instagram_list(json_object_get(one, "attachments"))) > 0;
    return text_equal(str_trim(said), str_trim(op->text));
}

static bool found_in(struct instagram_turn *t, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);

        if (!is_what_was_sent(t, one))
            continue;
        t->out->external_id = arena_text(t->mem, payload_id(t->mem, one, "id"));
        if (!meta_moment(one, "created_time", &t->out->sent_at))
            (void)meta_moment(one, "timestamp", &t->out->sent_at);
        return true;
    }
    return false;
}

int instagram_end_look(struct instagram_turn *t)
{
    const json_t *list = instagram_list(t->root);
    const struct op *op = t->op;
    int64_t code = 0, sub = 0;

    if (t->out->outcome != OUTCOME_OK) {
        if (t->state->stage != SEND_UNDER_POST && op->thread_type == THREAD_COMMENT &&
            meta_error_told(t->root, &code, &sub) && code == 100) {
            t->state->stage = SEND_UNDER_POST;
            return instagram_begin_look(t);
        }
        return 0;
    }
    if (found_in(t, list))
        return 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (found_in(t, instagram_list(json_object_get(json_array_get(list, i), "messages"))))
            return 0;
    /* What stands on a further page has not been looked for. */
    if (op->sent_after == TIME_NONE || t->now < op->sent_after + SETTLE_US ||
        payload_text(json_object_get(t->root, "paging"), "next").len)
        return meta_result(t->out, OUTCOME_UNKNOWN, "not_yet_seen", TEXT(""));
    return meta_result(t->out, OUTCOME_PERMANENT, "not_sent", TEXT(""));
}

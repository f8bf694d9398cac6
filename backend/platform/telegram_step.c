/* The Bot API calls that a Telegram channel makes, one at a time, and what their answers come to. */
#include "telegram_priv.h"

#include "util/enc.h"
#include "util/str.h"

#include <stdlib.h>

#define CALL_TIMEOUT_MS 15000
#define REPLY_MAX (4 << 20)
/* A hundred updates, each of 4096 letters answering 4096 letters, all written \uXXXX, with their entities and buttons: a
 * page that is refused for its size would come again for ever. */
#define PAGE_MAX (32 << 20)

/* The token stands in the URL: nothing but what BotFather hands out may get there. */
static bool token_is_sane(struct text token)
{
    size_t digits = 0;

    while (digits < token.len && token.ptr[digits] >= '0' && token.ptr[digits] <= '9')
        digits++;
    if (digits == 0 || digits > 20 || token.len < digits + 2 || token.len > 200 || token.ptr[digits] != ':')
        return false;
    for (size_t i = digits + 1; i < token.len; i++) {
        char c = token.ptr[i];

        if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '-'))
            return false;
    }
    return true;
}

static int result(struct step *out, enum outcome outcome, const char *code, struct text why)
{
    out->kind = STEP_RESULT;
    out->outcome = outcome;
    out->why_code = code;
    out->why = why;
    return 0;
}

static void call_method(const struct op *op, struct arena *mem, const char *method, struct step *out)
{
    const struct channel_facts *ch = op->channel;

    out->kind = STEP_CALL;
    out->call = (struct http_call){
        .method = "POST",
        .url = arena_printf(mem, "%s/bot%.*s/%s", ch->api_base, (int)ch->token.len, ch->token.ptr, method),
        .timeout_ms = CALL_TIMEOUT_MS,
        .max_reply = REPLY_MAX,
        .may_repeat = op->kind != OP_SEND,
    };
}

static int call_json(const struct op *op, struct arena *mem, const char *method, json_t *body, struct step *out)
{
    static const struct header json_type[] = { { { "Content-Type", 12 }, { "application/json", 16 } } };

    call_method(op, mem, method, out);
    out->call.headers = json_type;
    out->call.header_count = 1;
    out->call.body = payload_dump(mem, body);
    json_decref(body);
    return 0;
}

static json_t *update_kinds(void)
{
    return json_pack("[ssssssssssss]", "message", "edited_message", "channel_post", "edited_channel_post",
                     "business_connection", "business_message", "edited_business_message", "deleted_business_messages",
                     "message_reaction", "message_reaction_count", "callback_query", "my_chat_member");
}

static json_t *number_or_text(struct text t)
{
    int64_t n;

    return str_whole_i64(t, &n, INT64_MIN, INT64_MAX) == 0 ? json_integer(n) : json_stringn(t.ptr, t.len);
}

/* "b:CONNECTION/CHAT", "CHAT", "CHAT#TOPIC" or "CHAT/ROOT" → where sendMessage must go. */
static void set_target(json_t *body, struct text thread)
{
    struct text chat = thread, head;

    if (text_starts(chat, TEXT("b:"))) {
        chat.ptr += 2;
        chat.len -= 2;
        if (str_split(&chat, '/', &head))
            json_object_set_new(body, "business_connection_id", json_stringn(head.ptr, head.len));
    } else if (str_split(&chat, '#', &head)) {
        json_object_set_new(body, "message_thread_id", number_or_text(chat));
        chat = head;
    } else if (chat = thread, str_split(&chat, '/', &head)) {
        chat = head;
    } else {
        chat = thread;
    }
    json_object_set_new(body, "chat_id", number_or_text(chat));
}

static struct text last_piece(struct text path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.ptr[i - 1] == '/')
            return (struct text){ path.ptr + i, path.len - i };
    return path;
}

/* A comment's answer hangs on the comment, else on the post it is under, so that it does not land beside it. */
static struct text answered_number(const struct op *op)
{
    if (op->part > 0)
        return (struct text){ NULL, 0 };
    if (op->reply_to.len)
        return last_piece(op->reply_to);
    if (!text_starts(op->thread_id, TEXT("b:")) && memchr(op->thread_id.ptr, '/', op->thread_id.len))
        return last_piece(op->thread_id);
    return (struct text){ NULL, 0 };
}

static json_t *send_fields(const struct op *op)
{
    json_t *body = json_object();
    struct text answered = answered_number(op);

    set_target(body, op->thread_id);
    if (answered.len)
        json_object_set_new(body, "reply_parameters",
                            json_pack("{s:o,s:b}", "message_id", number_or_text(answered),
                                      "allow_sending_without_reply", 1));
    return body;
}

static void form_field(struct buf *form, const char *boundary, const char *name, const char *extra, struct text value)
{
    buf_printf(form, "--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\n\r\n", boundary, name, extra);
    buf_text(form, value);
    buf_str(form, "\r\n");
}

static const char *file_extra(struct arena *mem, const struct event_attachment *a)
{
    struct buf name = BUF_INIT(1024);
    const char *extra;

    for (size_t i = 0; i < a->name.len && i < 200; i++) {
        char c = a->name.ptr[i];

        buf_char(&name, c == '"' || c == '\\' || c == '\r' || c == '\n' || c == '/' ? '_' : c);
    }
    extra = arena_printf(mem, "; filename=\"%s\"\r\nContent-Type: %.*s", name.len ? name.ptr : "file",
                         (int)(a->mime.len ? a->mime.len : 24), a->mime.len ? a->mime.ptr : "application/octet-stream");
    buf_fini(&name);
    return extra;
}

static int call_upload(const struct op *op, struct arena *mem, struct step *out)
{
    bool is_image = op->attachment->type == ATTACHMENT_IMAGE;
    AUTO(json) json_t *fields = send_fields(op);
    const char *boundary = arena_printf(mem, "tanggap-%zu-%p-part", op->attachment_bytes.len, (const void *)fields);
    struct buf form = BUF_INIT((size_t)60 << 20);
    struct header *type = arena_new_of(mem, struct header);
    const char *key;
    json_t *value;

    json_object_foreach(fields, key, value) {
        struct text text = json_is_string(value) ? text_of(json_string_value(value)) : payload_dump(mem, value);

        form_field(&form, boundary, key, "", text);
    }
    if (op->text.len)
        form_field(&form, boundary, "caption", "", op->text);
    form_field(&form, boundary, is_image ? "photo" : "document", file_extra(mem, op->attachment), op->attachment_bytes);
    buf_printf(&form, "--%s--\r\n", boundary);
    if (form.failed) {
        buf_fini(&form);
        return result(out, OUTCOME_PERMANENT, "file_too_big", TEXT(""));
    }
    call_method(op, mem, is_image ? "sendPhoto" : "sendDocument", out);
    out->call.timeout_ms = 120000;
    *type = (struct header){ TEXT("Content-Type"),
                             text_of(arena_printf(mem, "multipart/form-data; boundary=%s", boundary)) };
    out->call.headers = type;
    out->call.header_count = 1;
    out->call.body.ptr = buf_take(&form, &out->call.body.len);
    arena_cleanup(mem, free, (void *)(uintptr_t)out->call.body.ptr);
    return 0;
}

static int begin_send(const struct op *op, struct arena *mem, struct step *out)
{
    json_t *body;

    if (op->thread_id.len == 0)
        return result(out, OUTCOME_PERMANENT, "chat_not_found", TEXT("no chat"));
    if (op->attachment)
        return call_upload(op, mem, out);
    if (str_utf16_units(op->text) > TELEGRAM_TEXT_UNITS)
        return result(out, OUTCOME_PERMANENT, "too_long", TEXT("longer than 4096"));
    body = send_fields(op);
    json_object_set_new(body, "text", json_stringn(op->text.ptr, op->text.len));
    return call_json(op, mem, "sendMessage", body, out);
}

static int begin_poll(const struct op *op, struct arena *mem, struct step *out)
{
    json_t *body = json_pack("{s:i,s:i,s:o}", "timeout", op->wait_s, "limit", 100, "allowed_updates", update_kinds());
    int64_t offset;

    if (op->cursor.len && str_whole_i64(op->cursor, &offset, INT64_MIN, INT64_MAX) == 0)
        json_object_set_new(body, "offset", json_integer(offset));
    (void)call_json(op, mem, "getUpdates", body, out);
    out->call.timeout_ms = (op->wait_s + 15) * 1000;
    out->call.max_reply = PAGE_MAX;
    return 0;
}

static int begin_hook(const struct op *op, struct arena *mem, struct step *out)
{
    const struct text secret = op->channel->hook_secret;

    return call_json(op, mem, "setWebhook",
                     json_pack("{s:s%,s:s%,s:i,s:o}", "url", op->hook_url.ptr, op->hook_url.len, "secret_token",
                               secret.ptr ? secret.ptr : "", secret.len, "max_connections", 40, "allowed_updates",
                               update_kinds()),
                     out);
}

static int begin_check(const struct op *op, struct arena *mem, struct step *out)
{
    return call_json(op, mem, "getMe", json_object(), out);
}

static int begin_media(const struct op *op, struct arena *mem, struct step *out)
{
    return call_json(op, mem, "getFile",
                     json_pack("{s:s%}", "file_id", op->media_ref.ptr ? op->media_ref.ptr : "", op->media_ref.len), out);
}

static int begin_hook_drop(const struct op *op, struct arena *mem, struct step *out)
{
    return call_json(op, mem, "deleteWebhook", json_object(), out);
}

static int begin_hook_info(const struct op *op, struct arena *mem, struct step *out)
{
    return call_json(op, mem, "getWebhookInfo", json_object(), out);
}

static int begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    static int (*const begins[OP_KIND_COUNT])(const struct op *op, struct arena *mem, struct step *out) = {
        [OP_CHECK] = begin_check,         [OP_SEND] = begin_send,           [OP_POLL] = begin_poll,
        [OP_MEDIA] = begin_media,         [OP_HOOK_SET] = begin_hook,       [OP_HOOK_DROP] = begin_hook_drop,
        [OP_HOOK_INFO] = begin_hook_info,
    };

    if (!token_is_sane(op->channel->token))
        return result(out, OUTCOME_AUTH, "unauthorized", TEXT("not the form of a bot token"));
    if (!begins[op->kind])
        return result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    state->stage = 1;
    return begins[op->kind](op, mem, out);
}

static int end_send(const struct op *op, json_t *sent, struct arena *mem, struct step *out)
{
    struct text number = payload_id(mem, sent, "message_id"), chat = op->thread_id, head = chat;

    if (!number.ptr)
        return result(out, OUTCOME_UNKNOWN, "no_answer", TEXT("an answer without a message number"));
    (void)payload_seconds(sent, "date", &out->sent_at);
    if (!text_starts(chat, TEXT("b:")) && (str_split(&chat, '#', &head) || str_split(&chat, '/', &head)))
        chat = head;
    else
        chat = op->thread_id;
    out->external_id = text_of(arena_printf(mem, "%.*s/%.*s", (int)chat.len, chat.ptr, (int)number.len, number.ptr));
    return 0;
}

static int end_poll(json_t *updates, const struct http_reply *reply, const struct op *op, struct arena *mem,
                    struct step *out)
{
    json_int_t last = 0;
    bool any = false;

    for (size_t i = 0; i < json_array_size(updates); i++) {
        const json_t *id = json_object_get(json_array_get(updates, i), "update_id");

        if (json_is_integer(id) && (!any || json_integer_value(id) > last)) {
            last = json_integer_value(id);
            any = true;
        }
    }
    out->cursor = any && last < INT64_MAX ? text_of(arena_printf(mem, "%" JSON_INTEGER_FORMAT, last + 1)) : op->cursor;
    if (any)
        out->page = payload_mend(mem, reply->body);
    return 0;
}

static bool path_is_sane(struct text path)
{
    if (path.len == 0 || path.len > 1000 || path.ptr[0] == '/')
        return false;
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] == '.' && i + 1 < path.len && path.ptr[i + 1] == '.')
            return false;
    return true;
}

static int fetch_file(const struct op *op, json_t *file, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct channel_facts *ch = op->channel;
    struct text path = payload_text(file, "file_path");
    json_int_t size = json_integer_value(json_object_get(file, "file_size"));
    int64_t most = op->max_bytes && op->max_bytes < TELEGRAM_FILE_MAX ? op->max_bytes : TELEGRAM_FILE_MAX;
    struct buf escaped = BUF_INIT(4096);
    struct text piece;
    bool more;

    if (size > most)
        return result(out, OUTCOME_PERMANENT, "file_too_big", TEXT(""));
    if (!path_is_sane(path))
        return result(out, OUTCOME_PERMANENT, "file_gone", TEXT(""));
    out->media_name = last_piece(path);
    do {
        more = str_split(&path, '/', &piece);
        buf_char(&escaped, '/');
        enc_percent(&escaped, piece);
    } while (more);
    out->kind = STEP_CALL;
    out->call = (struct http_call){
        .method = "GET",
        .url = arena_printf(mem, "%s/bot%.*s%s", ch->file_base, (int)ch->token.len, ch->token.ptr, escaped.ptr),
        .timeout_ms = 60000,
        .max_reply = most,
        .to_file = true,
        .may_repeat = true,
    };
    buf_fini(&escaped);
    state->stage = 2;
    return 0;
}

static int end_check(json_t *me, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *facts = json_object();
    struct text name = telegram_name(mem, me);

    out->external_id = payload_id(mem, me, "id");
    if (!out->external_id.ptr)
        return result(out, OUTCOME_RETRY, "unreachable", TEXT("getMe told no id"));
    json_object_set(facts, "username", json_object_get(me, "username"));
    json_object_set_new(facts, "name", json_stringn(name.ptr ? name.ptr : "", name.len));
    json_object_set_new(facts, "reads_all_group_messages", json_boolean(payload_true(me, "can_read_all_group_messages")));
    json_object_set_new(facts, "can_connect_to_business", json_boolean(payload_true(me, "can_connect_to_business")));
    out->facts = payload_dump(mem, facts);
    return 0;
}

/* Only what a person may look at: never the address, whose last part is a secret. */
static int end_hook_info(json_t *info, struct arena *mem, struct step *out)
{
    static const char *const shown[] = { "pending_update_count", "last_error_date", "last_error_message" };
    AUTO(json) json_t *facts = json_object();
    json_t *hook = json_object();

    for (size_t i = 0; i < COUNT_OF(shown); i++)
        if (json_object_get(info, shown[i]))
            json_object_set(hook, shown[i], json_object_get(info, shown[i]));
    json_object_set_new(hook, "is_set", json_boolean(payload_text(info, "url").len > 0));
    json_object_set_new(facts, "hook", hook);
    out->facts = payload_dump(mem, facts);
    return 0;
}

static int end_download(const struct http_reply *reply, struct step *out)
{
    if (reply->status == 200)
        return result(out, OUTCOME_OK, NULL, TEXT(""));
    if (reply->status == 404 || reply->status == 400)
        return result(out, OUTCOME_PERMANENT, "file_gone", TEXT(""));
    return result(out, OUTCOME_RETRY, "unreachable", reply->error);
}

int telegram_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                  struct arena *mem, struct step *out, struct fail *why)
{
    AUTO(json) json_t *root = NULL;
    json_t *answer = NULL;

    (void)why;
    *out = (struct step){ .until = TIME_NONE, .sent_at = TIME_NONE };
    if (!reply)
        return begin(op, state, mem, out);
    if (state->stage == 2)
        return end_download(reply, out);
    if (!telegram_answer(op, reply, now, mem, &root, &answer, out))
        return 0;
    (void)result(out, OUTCOME_OK, NULL, TEXT(""));
    if (op->kind == OP_SEND)
        return end_send(op, answer, mem, out);
    if (op->kind == OP_POLL)
        return end_poll(answer, reply, op, mem, out);
    if (op->kind == OP_CHECK)
        return end_check(answer, mem, out);
    if (op->kind == OP_HOOK_INFO)
        return end_hook_info(answer, mem, out);
    if (op->kind == OP_MEDIA && fetch_file(op, answer, state, mem, out) == 0)
        out->media_name = arena_text(mem, out->media_name);
    return 0;
}

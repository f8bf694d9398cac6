/* What goes out to a person: words, files (uploaded first), choices, approved templates, reactions, read receipts. */
#include "wacloud_priv.h"

#include "util/str.h"

#define MIB (INT64_C(1) << 20)
#define BUTTONS_MAX 3
#define BUTTON_UNITS 20
#define ROWS_MAX 10
#define ROW_UNITS 24
#define ROW_MORE_UNITS 72
#define CHOICE_BODY_UNITS 1024

static void put(json_t *object, const char *key, struct text value)
{
    json_object_set_new(object, key, json_stringn(value.ptr ? value.ptr : "", value.len));
}

static json_t *text_json(struct text t)
{
    return json_stringn(t.ptr ? t.ptr : "", t.len);
}

/* ---- to whom ---- */

/* NULL: nobody knows who that thread is with. */
static json_t *envelope(const struct op *op, struct arena *mem, const char *type)
{
    struct text number = wacloud_number(mem, op->thread_id);
    json_t *body;

    if (!op->thread_id.len || text_equal(op->thread_id, TEXT("unknown")))
        return NULL;
    body = json_pack("{s:s,s:s,s:s}", "messaging_product", "whatsapp", "recipient_type",
                     op->thread_type == THREAD_GROUP ? "group" : "individual", "type", type);
    if (op->thread_type == THREAD_GROUP)
        put(body, "to", op->thread_id);
    else if (number.len)
        put(body, "to", number);
    else
        put(body, "recipient", op->thread_id);
    if (op->kind == OP_SEND && op->reply_to.len && op->part == 0) {
        json_t *context = json_object();

        put(context, "message_id", op->reply_to);
        json_object_set_new(body, "context", context);
    }
    if (op->kind == OP_SEND && op->retry_key.len)
        put(body, "biz_opaque_callback_data", op->retry_key);
    return body;
}

static int no_person(struct step *out)
{
    return meta_result(out, OUTCOME_PERMANENT, "chat_not_found", TEXT("no number and no id to send to"));
}

static int post(const struct op *op, struct arena *mem, json_t *body, bool may_repeat, struct step *out)
{
    return meta_call(op, mem,
                     &(struct meta_request){ .node = op->channel->external_id, .edge = "messages", .body = body,
                                             .may_repeat = may_repeat },
                     out);
}

static int post_as(const struct op *op, struct arena *mem, const char *type, json_t *inner, struct step *out)
{
    json_t *body = envelope(op, mem, type);

    if (!body) {
        json_decref(inner);
        return no_person(out);
    }
    json_object_set_new(body, type, inner);
    return post(op, mem, body, op->kind != OP_SEND, out);
}

/* ---- files ---- */

static const struct media_kind {
    const char *mime, *type;
    int64_t most;
    bool takes_caption;
} media_kinds[] = {
    { "image/jpeg", "image", 5 * MIB, true },   { "image/png", "image", 5 * MIB, true },
    { "video/mp4", "video", 16 * MIB, true },   { "video/3gpp", "video", 16 * MIB, true },
    { "audio/aac", "audio", 16 * MIB, false },  { "audio/amr", "audio", 16 * MIB, false },
    { "audio/mpeg", "audio", 16 * MIB, false }, { "audio/mp4", "audio", 16 * MIB, false },
    { "audio/ogg", "audio", 16 * MIB, false },  { "image/webp", "sticker", 500 << 10, false },
};

/* What fits no kind, or is too large for its own, goes as a document, which may be anything up to 100 MiB. */
static const struct media_kind *kind_of(const struct op *op)
{
    static const struct media_kind document = { "", "document", 100 * MIB, true };
    const struct event_attachment *a = op->attachment;
    struct text mime = a->mime, head;

    if (str_split(&mime, ';', &head))
        mime = head;
    else
        mime = a->mime;
    mime = str_trim(mime);
    for (size_t i = 0; i < COUNT_OF(media_kinds); i++) {
        const struct media_kind *k = &media_kinds[i];
        bool is_sticker = strcmp(k->type, "sticker") == 0;

        if (!str_equal_nocase(mime, text_of(k->mime)) || (int64_t)op->attachment_bytes.len > k->most ||
            (op->text.len && !k->takes_caption) || a->type == ATTACHMENT_FILE ||
            is_sticker != (a->type == ATTACHMENT_STICKER))
            continue;
        return k;
    }
    return &document;
}

/* `id` of an upload, or absent: by its address. */
static json_t *media_json(const struct op *op, const struct media_kind *kind, struct text id)
{
    json_t *media = json_object();

    put(media, id.len ? "id" : "link", id.len ? id : op->attachment->url);
    if (op->text.len && kind->takes_caption && op->send_as != SEND_TEMPLATE)
        put(media, "caption", op->text);
    if (strcmp(kind->type, "document") == 0)
        put(media, "filename", op->attachment->name.len ? op->attachment->name : TEXT("berkas"));
    return media;
}

static int upload(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct event_attachment *a = op->attachment;
    struct text mime = a->mime.len ? a->mime : TEXT("application/octet-stream");
    const struct meta_file file = { "file", a->name, mime, op->attachment_bytes };
    json_t *fields = json_pack("{s:s}", "messaging_product", "whatsapp");

    put(fields, "type", mime);
    state->stage = WACLOUD_UPLOAD;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = op->channel->external_id, .edge = "media", .body = fields,
                                             .file = &file, .may_repeat = true },
                     out);
}

/* ---- templates ---- */

static json_t *parameter(const json_t *value)
{
    json_t *one = json_pack("{s:s}", "type", "text");

    if (json_is_string(value)) {
        json_object_set(one, "text", (json_t *)(uintptr_t)value);
        return one;
    }
    if (payload_text(value, "name").len)
        put(one, "parameter_name", payload_text(value, "name"));
    put(one, "text", payload_text(value, "text"));
    return one;
}

static void add_button(json_t *components, const json_t *value, struct arena *mem)
{
    struct text index = payload_id(mem, value, "index"), sub = payload_text(value, "sub_type");
    bool is_payload = text_equal(sub, TEXT("quick_reply")), is_code = text_equal(sub, TEXT("copy_code"));
    const char *kind = is_payload ? "payload" : is_code ? "coupon_code" : "text";
    json_t *given = json_pack("{s:s}", "type", kind), *list = json_array(), *button = json_object();

    put(given, kind, payload_text(value, "text"));
    json_array_append_new(list, given);
    put(button, "type", TEXT("button"));
    put(button, "sub_type", sub.len ? sub : TEXT("url"));
    put(button, "index", index.len ? index : TEXT("0"));
    json_object_set_new(button, "parameters", list);
    json_array_append_new(components, button);
}

static void add_part(json_t *components, const char *type, json_t *parameters)
{
    if (json_array_size(parameters))
        json_array_append_new(components, json_pack("{s:s,s:O}", "type", type, "parameters", parameters));
}

static json_t *components_of(const struct op *op, struct arena *mem, const json_t *values, struct text media_id)
{
    AUTO(json) json_t *head = json_array();
    AUTO(json) json_t *said = json_array();
    json_t *components = json_array();

    if (op->attachment) {
        const struct media_kind *kind = kind_of(op);
        json_t *one = json_pack("{s:s}", "type", kind->type);

        json_object_set_new(one, kind->type, media_json(op, kind, media_id));
        json_array_append_new(head, one);
    }
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *value = json_array_get(values, i);
        struct text where = payload_text(value, "where");

        if (!text_equal(where, TEXT("button")))
            json_array_append_new(text_equal(where, TEXT("header")) ? head : said, parameter(value));
    }
    add_part(components, "header", head);
    add_part(components, "body", said);
    for (size_t i = 0; i < json_array_size(values); i++)
        if (text_equal(payload_text(json_array_get(values, i), "where"), TEXT("button")))
            add_button(components, json_array_get(values, i), mem);
    return components;
}

static int send_template(const struct op *op, struct arena *mem, struct text media_id, struct step *out)
{
    json_error_t ignored;
    AUTO(json) json_t *values = op->template_values.len ? payload_load(mem, op->template_values, &ignored) : NULL;
    json_t *template = json_object(), *language = json_object(), *components = components_of(op, mem, values, media_id);

    put(template, "name", op->template_name);
    put(language, "policy", TEXT("deterministic"));
    put(language, "code", op->template_language);
    json_object_set_new(template, "language", language);
    if (json_array_size(components))
        json_object_set(template, "components", components);
    json_decref(components);
    return post_as(op, mem, "template", template, out);
}

/* ---- choices ---- */

static json_t *buttons_of(struct arena *mem, const json_t *choices)
{
    json_t *buttons = json_array();

    for (size_t i = 0; i < json_array_size(choices); i++) {
        json_t *reply = json_pack("{s:s}", "id", arena_printf(mem, "%zu", i + 1));

        json_object_set(reply, "title", json_array_get(choices, i));
        json_array_append_new(buttons, json_pack("{s:s,s:o}", "type", "reply", "reply", reply));
    }
    return json_pack("{s:o}", "buttons", buttons);
}

/* A title of 24; what is longer stands below it in full. */
static json_t *rows_of(struct arena *mem, const json_t *choices)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < json_array_size(choices); i++) {
        struct text whole = payload_id_value(mem, json_array_get(choices, i)), title = str_utf16_cut(whole, ROW_UNITS);
        json_t *row = json_pack("{s:s}", "id", arena_printf(mem, "%zu", i + 1));

        put(row, "title", title);
        if (title.len < whole.len)
            put(row, "description", whole);
        json_array_append_new(rows, row);
    }
    return json_pack("{s:s,s:[{s:s,s:o}]}", "button", "Pilih", "sections", "title", "Pilihan", "rows", rows);
}

/* NULL: the choices fit neither form, and out says why. */
static json_t *choices_of(const struct op *op, struct arena *mem, struct step *out)
{
    json_error_t ignored;
    AUTO(json) json_t *choices = payload_load(mem, op->choices, &ignored);
    size_t count = json_array_size(choices), longest = 0;
    bool as_buttons;

    for (size_t i = 0; i < count; i++) {
        size_t units = str_utf16_units(payload_id_value(mem, json_array_get(choices, i)));

        longest = units > longest ? units : longest;
        if (units == 0)
            count = ROWS_MAX + 1;
    }
    as_buttons = count <= BUTTONS_MAX && longest <= BUTTON_UNITS;
    if (count == 0 || count > ROWS_MAX || longest > ROW_MORE_UNITS)
        (void)meta_result(out, OUTCOME_PERMANENT, "choices_too_many", TEXT("up to 10 choices of up to 72 letters"));
    else if (!op->text.len || str_utf16_units(op->text) > CHOICE_BODY_UNITS)
        (void)meta_result(out, OUTCOME_PERMANENT, op->text.len ? "too_long" : "empty", TEXT("1 to 1024 letters above choices"));
    else
        return json_pack("{s:s,s:{s:s%},s:o}", "type", as_buttons ? "button" : "list", "body", "text", op->text.ptr,
                         op->text.len, "action", as_buttons ? buttons_of(mem, choices) : rows_of(mem, choices));
    return NULL;
}

/* ---- one message ---- */

static int send_place(const struct op *op, struct arena *mem, struct step *out)
{
    const struct event_attachment *a = op->attachment;
    json_t *place = json_pack("{s:s,s:s}", "latitude", arena_printf(mem, "%.7f", a->lat), "longitude",
                              arena_printf(mem, "%.7f", a->lon));

    if (a->name.len)
        put(place, "name", a->name);
    return post_as(op, mem, "location", place, out);
}

static int send_words(const struct op *op, struct arena *mem, struct step *out)
{
    json_t *inner;

    if (op->choices.len) {
        inner = choices_of(op, mem, out);
        return inner ? post_as(op, mem, "interactive", inner, out) : 0;
    }
    if (!op->text.len)
        return meta_result(out, OUTCOME_PERMANENT, "empty", TEXT(""));
    if (str_utf16_units(op->text) > WACLOUD_TEXT_UNITS)
        return meta_result(out, OUTCOME_PERMANENT, "too_long", TEXT("longer than 4096"));
    inner = json_pack("{s:o,s:b}", "body", text_json(op->text), "preview_url",
                      str_find(op->text, TEXT("https://")) != NULL);
    return post_as(op, mem, "text", inner, out);
}

/* What is sent once the file, if any, has its id. */
static int send_now(const struct op *op, struct step_state *state, struct arena *mem, struct text media_id,
                    struct step *out)
{
    const struct media_kind *kind;

    state->stage = WACLOUD_MAIN;
    if (op->send_as == SEND_TEMPLATE)
        return send_template(op, mem, media_id, out);
    if (!op->attachment)
        return send_words(op, mem, out);
    kind = kind_of(op);
    return post_as(op, mem, kind->type, media_json(op, kind, media_id), out);
}

int wacloud_begin_send(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct event_attachment *a = op->attachment;

    if (!op->thread_id.len || text_equal(op->thread_id, TEXT("unknown")))
        return no_person(out);
    if (!str_utf8_valid(op->text))
        return meta_result(out, OUTCOME_PERMANENT, "rejected", TEXT("not UTF-8"));
    if (op->send_as == SEND_PRIVATE || op->send_as == SEND_HUMAN_AGENT)
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    if (op->send_as == SEND_TEMPLATE && (!op->template_name.len || !op->template_language.len))
        return meta_result(out, OUTCOME_PERMANENT, "template_missing", TEXT(""));
    if (!a)
        return send_now(op, state, mem, WACLOUD_NONE, out);
    state->stage = WACLOUD_MAIN;
    if (a->type == ATTACHMENT_LOCATION && a->has_position)
        return send_place(op, mem, out);
    if (op->send_as != SEND_TEMPLATE && str_utf16_units(op->text) > WACLOUD_CAPTION_UNITS)
        return meta_result(out, OUTCOME_PERMANENT, "too_long", TEXT("longer than 1024 under a file"));
    if ((int64_t)op->attachment_bytes.len > 100 * MIB)
        return meta_result(out, OUTCOME_PERMANENT, "file_too_big", TEXT(""));
    if (op->attachment_bytes.len)
        return upload(op, state, mem, out);
    if (text_starts(a->url, TEXT("https://")))
        return send_now(op, state, mem, WACLOUD_NONE, out);
    return meta_result(out, OUTCOME_PERMANENT, "file_gone", TEXT(""));
}

static int end_upload(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                      struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;
    struct text id;

    if (!wacloud_answer(op, reply, now, mem, false, &root, out)) {
        if (out->outcome == OUTCOME_PERMANENT && out->why_code && strcmp(out->why_code, "media_failed") == 0 &&
            state->tries++ == 0)
            return upload(op, state, mem, out);
        return 0;
    }
    id = payload_id(mem, root, "id");
    if (!id.len)
        return meta_result(out, OUTCOME_RETRY, "unreachable", TEXT("an upload without an id"));
    return send_now(op, state, mem, arena_text(mem, id), out);
}

/* The number as WhatsApp itself writes it, where it differs from what we sent to. */
static void note_spelling(const struct op *op, const json_t *root, struct arena *mem, struct step *out)
{
    const json_t *contact = json_array_get(json_object_get(root, "contacts"), 0);
    struct text wa_id = payload_id(mem, contact, "wa_id"), user_id = payload_text(contact, "user_id");
    AUTO(json) json_t *facts = json_object();

    if (wa_id.len && !text_equal(wa_id, op->thread_id))
        put(facts, "wa_id", wa_id);
    if (user_id.len && !text_equal(user_id, op->thread_id))
        put(facts, "user_id", user_id);
    if (json_object_size(facts))
        out->facts = payload_dump(mem, facts);
}

static void grow_pause(const struct op *op, time_us now, struct step *out)
{
    const time_us longest = 60 * US_PER_S;
    time_us pause;

    if (out->outcome != OUTCOME_RETRY_AT)
        return;
    pause = out->until - now;
    if (pause > longest / 4)
        return;
    for (unsigned i = 0; i < op->tries && pause < longest; i++)
        pause *= 4;
    out->until = now + (pause < longest ? pause : longest);
}

int wacloud_end_send(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                     struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;
    struct text id;

    if (state->stage == WACLOUD_UPLOAD)
        return end_upload(op, state, reply, now, mem, out);
    if (!wacloud_answer(op, reply, now, mem, true, &root, out)) {
        bool is_rejected = out->why_code && strcmp(out->why_code, "rejected") == 0;

        if (is_rejected && op->reply_to.len && op->part == 0 && str_find(out->why, TEXT("context"))) {
            (void)meta_result(out, OUTCOME_RETRY, "reply_gone", out->why);
            out->is_refused_reply = true;
        }
        grow_pause(op, now, out);
        return 0;
    }
    id = payload_id(mem, json_array_get(json_object_get(root, "messages"), 0), "id");
    if (!id.len)
        return meta_result(out, OUTCOME_UNKNOWN, "no_answer", TEXT("an answer without a message id"));
    out->external_id = arena_text(mem, id);
    note_spelling(op, root, mem, out);
    return 0;
}

/* ---- reactions and read receipts ---- */

int wacloud_begin_small(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    json_t *body;

    state->stage = WACLOUD_MAIN;
    if (!op->target.len)
        return meta_result(out, OUTCOME_PERMANENT, "message_gone", TEXT(""));
    if (op->kind == OP_REACT) {
        json_t *reaction = json_object();

        put(reaction, "message_id", op->target);
        put(reaction, "emoji", op->text);
        return post_as(op, mem, "reaction", reaction, out);
    }
    body = json_pack("{s:s,s:s}", "messaging_product", "whatsapp", "status", "read");
    put(body, "message_id", op->target);
    return post(op, mem, body, true, out);
}

int wacloud_end_small(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                      struct step *out)
{
    AUTO(json) json_t *root = NULL;

    if (wacloud_answer(op, reply, now, mem, false, &root, out) && op->kind == OP_REACT)
        out->external_id =
            arena_text(mem, payload_id(mem, json_array_get(json_object_get(root, "messages"), 0), "id"));
    return 0;
}

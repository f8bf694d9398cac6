/* What is said in a WhatsApp message: words, files, places, cards, orders, and the buttons that were pressed. */
#include "wacloud_priv.h"

#include "util/str.h"

#include <stdlib.h>

struct content {
    struct arena *mem;
    struct event *ev;
    json_t *detail;
};

static struct text first_text(const json_t *object, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (payload_text(object, keys[i]).len)
            return payload_text(object, keys[i]);
    return WACLOUD_NONE;
}

static struct text kept(struct arena *mem, struct buf *b)
{
    struct text t = b->len ? arena_text(mem, buf_as_text(b)) : WACLOUD_NONE;

    buf_fini(b);
    return t;
}

static void add_line(struct buf *b, struct text line)
{
    if (!line.len)
        return;
    if (b->len)
        buf_char(b, '\n');
    buf_text(b, line);
}

/* ---- files ---- */

static bool take_file(struct content *c, const json_t *file, enum attachment_type type)
{
    struct event_attachment *a;

    if (!json_is_object(file))
        return false;
    a = payload_attach(c->mem, c->ev, type);
    a->ref = payload_id(c->mem, file, "id");
    a->mime = payload_text(file, "mime_type");
    a->name = payload_text(file, "filename");
    a->size = payload_number(file, "file_size", -1);
    if (a->size < 0)
        a->size = -1;
    if (!a->ref.len)
        a->ref = first_text(file, (const char *const[]){ "url", "link" }, 2);
    c->ev->text = payload_text(file, "caption");
    if (payload_true(file, "animated"))
        json_object_set_new(c->detail, "animated", json_true());
    return true;
}

static bool take_image(struct content *c, const json_t *v) { return take_file(c, v, ATTACHMENT_IMAGE); }
static bool take_video(struct content *c, const json_t *v) { return take_file(c, v, ATTACHMENT_VIDEO); }
static bool take_voice(struct content *c, const json_t *v) { return take_file(c, v, ATTACHMENT_VOICE); }
static bool take_document(struct content *c, const json_t *v) { return take_file(c, v, ATTACHMENT_FILE); }
static bool take_sticker(struct content *c, const json_t *v) { return take_file(c, v, ATTACHMENT_STICKER); }

static bool take_audio(struct content *c, const json_t *v)
{
    return take_file(c, v, payload_true(v, "voice") ? ATTACHMENT_VOICE : ATTACHMENT_AUDIO);
}

/* ---- words, places, cards ---- */

static bool take_text(struct content *c, const json_t *v)
{
    if (json_is_string(v))
        c->ev->text = (struct text){ json_string_value(v), json_string_length(v) };
    else
        c->ev->text = first_text(v, (const char *const[]){ "body", "text" }, 2);
    return c->ev->text.ptr || payload_text(v, "body").ptr;
}

static bool degrees(const json_t *place, const char *key, double *out)
{
    const json_t *value = json_object_get(place, key);
    char *stop = NULL;

    if (json_is_number(value)) {
        *out = json_number_value(value);
        return true;
    }
    if (!json_is_string(value) || json_string_length(value) == 0)
        return false;
    *out = strtod(json_string_value(value), &stop);
    return *stop == '\0' && *out >= -180 && *out <= 180;
}

static bool take_place(struct content *c, const json_t *v)
{
    struct event_attachment *a;

    if (!json_is_object(v))
        return false;
    a = payload_attach(c->mem, c->ev, ATTACHMENT_LOCATION);
    a->has_position = degrees(v, "latitude", &a->lat) && degrees(v, "longitude", &a->lon);
    a->name = payload_text(v, "name");
    c->ev->text = payload_text(v, "caption");
    wacloud_set(c->detail, "address", payload_text(v, "address"));
    wacloud_set(c->detail, "place_url", payload_text(v, "url"));
    return true;
}

/* The name on a vCard: what follows "FN:". */
static struct text card_name(struct text card)
{
    struct text line;

    while (str_line(&card, &line))
        if (text_starts(line, TEXT("FN:")))
            return str_trim((struct text){ line.ptr + 3, line.len - 3 });
    return WACLOUD_NONE;
}

static void take_card(struct content *c, const json_t *card)
{
    const json_t *name = json_object_get(card, "name"), *phone = json_array_get(json_object_get(card, "phones"), 0);
    struct event_attachment *a = payload_attach(c->mem, c->ev, ATTACHMENT_CONTACT);

    a->name = first_text(name, (const char *const[]){ "formatted_name", "first_name", "last_name" }, 3);
    if (!a->name.len)
        a->name = card_name(payload_text(card, "vcard"));
    if (!a->name.len)
        a->name = first_text(phone, (const char *const[]){ "phone", "wa_id" }, 2);
    if (!json_object_get(c->detail, "phone"))
        wacloud_set(c->detail, "phone", first_text(phone, (const char *const[]){ "phone", "wa_id" }, 2));
}

static bool take_cards(struct content *c, const json_t *v)
{
    for (size_t i = 0; i < json_array_size(v); i++)
        take_card(c, json_array_get(v, i));
    if (json_is_object(v))
        take_card(c, v);
    if (!c->ev->attachment_count)
        return false;
    json_object_set(c->detail, "contacts", (json_t *)(uintptr_t)v);
    return true;
}

/* ---- buttons, forms, orders ---- */

static bool take_button(struct content *c, const json_t *v)
{
    c->ev->text = first_text(v, (const char *const[]){ "text", "payload" }, 2);
    json_object_set_new(c->detail, "type", json_string("button"));
    wacloud_set(c->detail, "payload", payload_text(v, "payload"));
    return json_is_object(v);
}

static bool take_pressed(struct content *c, const json_t *reply, const char *type)
{
    struct text says = payload_text(reply, "description");

    if (!json_is_object(reply))
        return false;
    c->ev->text = first_text(reply, (const char *const[]){ "title", "id" }, 2);
    if (says.len)
        c->ev->text = wacloud_joined(c->mem, c->ev->text, "\n", says);
    json_object_set_new(c->detail, "type", json_string(type));
    wacloud_set(c->detail, "payload", payload_id(c->mem, reply, "id"));
    return true;
}

/* A form that was filled in: its answers are the person's words. */
static bool take_form(struct content *c, const json_t *form)
{
    struct text raw = payload_text(form, "response_json");
    AUTO(json) json_t *parsed = raw.len ? payload_load(c->mem, raw, &(json_error_t){ .line = 0 }) : NULL;
    const json_t *answers = parsed ? parsed : json_object_get(form, "response_json");
    struct buf out = BUF_INIT((size_t)8 << 20);
    const char *key;
    json_t *value;

    if (!json_is_object(form))
        return false;
    add_line(&out, payload_text(form, "body"));
    json_object_foreach((json_t *)(uintptr_t)answers, key, value) {
        struct text says = json_is_string(value) ? payload_text(answers, key) : payload_dump(c->mem, value);

        if (strcmp(key, "flow_token") != 0)
            add_line(&out, wacloud_joined(c->mem, text_of(key), ": ", says));
    }
    if (!json_is_object(answers))
        add_line(&out, raw);
    c->ev->text = kept(c->mem, &out);
    json_object_set_new(c->detail, "type", json_string("nfm_reply"));
    wacloud_set(c->detail, "form", payload_text(form, "name"));
    return true;
}

/* What a business sends (echoes, history): head, words, foot, and the choices under them. */
static bool take_offer(struct content *c, const json_t *v)
{
    const json_t *head = json_object_get(v, "header"), *action = json_object_get(v, "action");
    struct buf out = BUF_INIT((size_t)8 << 20);

    if (!json_is_object(json_object_get(v, "body")) && !json_is_object(action))
        return false;
    add_line(&out, payload_text(head, "text"));
    add_line(&out, payload_text(json_object_get(v, "body"), "text"));
    add_line(&out, payload_text(json_object_get(v, "footer"), "text"));
    c->ev->text = kept(c->mem, &out);
    wacloud_set(c->detail, "type", payload_text(v, "type"));
    if (json_is_object(action))
        json_object_set(c->detail, "action", (json_t *)(uintptr_t)action);
    return true;
}

static bool take_interactive(struct content *c, const json_t *v)
{
    if (take_pressed(c, json_object_get(v, "button_reply"), "button_reply") ||
        take_pressed(c, json_object_get(v, "list_reply"), "list_reply") ||
        take_form(c, json_object_get(v, "nfm_reply")))
        return true;
    return take_offer(c, v);
}

static bool take_template(struct content *c, const json_t *v)
{
    c->ev->text = payload_words(c->mem, json_object_get(v, "components"));
    wacloud_set(c->detail, "template", payload_text(v, "name"));
    if (!c->ev->text.len)
        c->ev->text = payload_text(v, "name");
    return json_is_object(v) && c->ev->text.len;
}

static void take_item(struct content *c, const json_t *item)
{
    struct text product = payload_id(c->mem, item, "product_retailer_id");
    struct text currency = payload_text(item, "currency");
    const json_t *price = json_object_get(item, "item_price");
    struct text amount = json_is_string(price) ? payload_text(item, "item_price")
                         : price               ? payload_dump(c->mem, price)
                                               : WACLOUD_NONE;
    struct event_attachment *a = payload_attach(c->mem, c->ev, ATTACHMENT_PRODUCT);

    a->name = text_of(arena_printf(c->mem, "%lld × %.*s%s%.*s%s%.*s%s",
                                   (long long)payload_number(item, "quantity", 1), (int)product.len,
                                   product.ptr ? product.ptr : "?", amount.len ? " (" : "", (int)amount.len,
                                   amount.ptr ? amount.ptr : "", currency.len && amount.len ? " " : "",
                                   amount.len ? (int)currency.len : 0, currency.ptr ? currency.ptr : "",
                                   amount.len ? ")" : ""));
}

static bool take_order(struct content *c, const json_t *v)
{
    const json_t *items = json_object_get(v, "product_items");

    if (!json_is_object(v))
        return false;
    c->ev->text = payload_text(v, "text");
    for (size_t i = 0; i < json_array_size(items); i++)
        take_item(c, json_array_get(items, i));
    json_object_set(c->detail, "order", (json_t *)(uintptr_t)v);
    return true;
}

static const struct kind {
    const char *type;
    bool (*take)(struct content *c, const json_t *value);
} kinds[] = {
    { "text", take_text },         { "image", take_image },       { "video", take_video },
    { "audio", take_audio },       { "voice", take_voice },       { "document", take_document },
    { "sticker", take_sticker },   { "location", take_place },    { "contacts", take_cards },
    { "button", take_button },     { "order", take_order },       { "interactive", take_interactive },
    { "template", take_template },
};

/* By its type; else, where that is missing or a lie, by what is there. */
static bool take_known(struct content *c, const json_t *m, struct text type)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (text_equal(type, text_of(kinds[i].type)) && kinds[i].take(c, json_object_get(m, kinds[i].type)))
            return true;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (json_object_get(m, kinds[i].type) && kinds[i].take(c, json_object_get(m, kinds[i].type)))
            return true;
    return false;
}

static bool is_envelope(const char *key)
{
    static const char *const keys[] = {
        "id", "from", "to", "timestamp", "type", "context", "errors", "referral", "group_id", "from_user_id",
        "from_parent_user_id", "to_user_id", "to_parent_user_id", "history_context", "origin", "identity",
        "from_logical_id", "recipient_type",
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static void take_unknown(struct content *c, const json_t *m, struct text *type)
{
    AUTO(json) json_t *said = json_object();
    struct text inner = payload_text(json_object_get(m, "unsupported"), "type");
    struct text within = payload_text(json_object_get(m, "interactive"), "type");
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)m, key, value) {
        if (!is_envelope(key))
            json_object_set(said, key, value);
        if (!is_envelope(key) && !type->len)
            *type = text_of(key);
    }
    if (inner.len)
        *type = inner;
    else if (within.len)
        *type = within;
    if (!type->len)
        *type = TEXT("empty");
    c->ev->text = payload_words(c->mem, said);
    if (json_object_size(said))
        json_object_set(c->detail, "value", said);
}

bool wacloud_content(struct arena *mem, const json_t *m, struct event *ev, json_t *detail, struct text *type)
{
    struct content c = { mem, ev, detail };

    *type = payload_text(m, "type");
    wacloud_take_errors(mem, json_object_get(m, "errors"), detail);
    if (text_equal(*type, TEXT("media_placeholder"))) {
        json_object_set_new(detail, "media", json_string("omitted"));
        ev->text = payload_words(mem, json_object_get(m, "media_placeholder"));
        return true;
    }
    if (take_known(&c, m, *type))
        return true;
    take_unknown(&c, m, type);
    return false;
}

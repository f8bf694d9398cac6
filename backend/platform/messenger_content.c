/* What hangs on a direct message: files, places, links, products, templates. */
#include "page_priv.h"

#include "util/str.h"

static enum attachment_type type_of(struct text word, bool *is_known)
{
    static const struct {
        const char *word;
        enum attachment_type type;
    } known[] = {
        { "image", ATTACHMENT_IMAGE },   { "audio", ATTACHMENT_AUDIO },     { "video", ATTACHMENT_VIDEO },
        { "file", ATTACHMENT_FILE },     { "sticker", ATTACHMENT_STICKER }, { "location", ATTACHMENT_LOCATION },
        { "fallback", ATTACHMENT_LINK }, { "reel", ATTACHMENT_LINK },       { "ig_reel", ATTACHMENT_LINK },
        { "post", ATTACHMENT_LINK },     { "ig_post", ATTACHMENT_LINK },    { "share", ATTACHMENT_LINK },
        { "story_mention", ATTACHMENT_LINK }, { "ig_story", ATTACHMENT_LINK },
    };

    *is_known = true;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (text_equal(word, text_of(known[i].word)))
            return known[i].type;
    *is_known = false;
    return ATTACHMENT_LINK;
}

static struct text last_piece(struct text url)
{
    struct text path = url, head;
    size_t at = 0;

    if (!url.len)
        return url;
    (void)str_split(&path, '?', &head);
    for (size_t i = head.len; i > 0 && !at; i--)
        if (head.ptr[i - 1] == '/')
            at = i;
    return (struct text){ head.ptr + at, head.len - at };
}

/* Words of a card, under what the message itself says. */
static void add_words(struct page_parse *p, struct event *ev, struct text words)
{
    if (!words.len || text_equal(ev->text, words))
        return;
    payload_add_line(p->mem, &p->lines, &ev->text, words);
}

static void take_cards(struct page_parse *p, const json_t *elements, struct event *ev)
{
    for (size_t i = 0; i < json_array_size(elements) && i < PAGE_CARDS_MAX; i++) {
        const json_t *card = json_array_get(elements, i);

        add_words(p, ev, payload_text(card, "title"));
        add_words(p, ev, payload_text(card, "subtitle"));
        if (payload_text(card, "image_url").len)
            page_attach(p, ev, ATTACHMENT_IMAGE, payload_text(card, "image_url"));
    }
}

static void take_products(struct page_parse *p, const json_t *elements, struct event *ev)
{
    for (size_t i = 0; i < json_array_size(elements) && i < PAGE_CARDS_MAX; i++) {
        const json_t *one = json_array_get(elements, i);
        struct text title = payload_text(one, "title"), price = payload_text(one, "subtitle");
        struct event_attachment *a = page_attach(p, ev, ATTACHMENT_PRODUCT, payload_text(one, "image_url"));

        if (!a)
            a = page_attach(p, ev, ATTACHMENT_PRODUCT, (struct text){ NULL, 0 });
        if (!a)
            return;
        a->name = price.len ? text_of(arena_printf(p->mem, "%.*s, %.*s", (int)title.len, title.ptr ? title.ptr : "",
                                                   (int)price.len, price.ptr))
                            : title;
    }
}

static void take_buttons(const json_t *buttons, json_t *detail)
{
    json_t *words = json_array();

    for (size_t i = 0; i < json_array_size(buttons); i++) {
        struct text title = payload_text(json_array_get(buttons, i), "title");

        if (title.len)
            json_array_append_new(words, json_stringn(title.ptr, title.len));
    }
    if (json_array_size(words))
        json_object_set_new(detail, "buttons", words);
    else
        json_decref(words);
}

static void take_template(struct page_parse *p, const json_t *attachment, struct event *ev, json_t *detail)
{
    const json_t *payload = json_object_get(attachment, "payload"), *product = json_object_get(payload, "product");
    size_t before = ev->attachment_count + ev->text.len;

    add_words(p, ev, payload_text(payload, "text"));
    take_products(p, json_object_get(product, "elements"), ev);
    take_cards(p, json_object_get(payload, "elements"), ev);
    take_cards(p, json_object_get(attachment, "elements"), ev);
    take_buttons(json_object_get(payload, "buttons"), detail);
    add_words(p, ev, payload_text(attachment, "title"));
    if (payload_text(attachment, "url").len)
        page_attach(p, ev, ATTACHMENT_LINK, payload_text(attachment, "url"));
    if (before == ev->attachment_count + ev->text.len)
        add_words(p, ev, payload_words(p->mem, payload));
    page_set_text(detail, "template", payload_text(payload, "template_type"));
}

static void take_place(struct page_parse *p, const json_t *attachment, struct event *ev)
{
    const json_t *payload = json_object_get(attachment, "payload");
    const json_t *at = json_object_get(payload, "coordinates");
    const json_t *lat = json_object_get(at, "lat"), *lon = json_object_get(at, "long");
    struct event_attachment *a = page_attach(p, ev, ATTACHMENT_LOCATION, (struct text){ NULL, 0 });

    if (!a)
        return;
    if (!lon)
        lon = json_object_get(at, "lon");
    a->name = payload_text(attachment, "title");
    a->url = payload_text(attachment, "url");
    if (json_is_number(lat) && json_is_number(lon)) {
        a->lat = json_number_value(lat);
        a->lon = json_number_value(lon);
        a->has_position = true;
    }
}

/* Until its end in 2026 a sticker came twice, as itself and as its picture. */
static bool has_sticker(struct page_parse *p, const json_t *list, size_t upto, struct text id)
{
    for (size_t i = 0; id.len && i < upto; i++)
        if (text_equal(payload_id(p->mem, json_object_get(json_array_get(list, i), "payload"), "sticker_id"), id))
            return true;
    return false;
}

static void take_one(struct page_parse *p, const json_t *attachment, struct event *ev, json_t *detail)
{
    const json_t *payload = json_object_get(attachment, "payload");
    struct text word = payload_text(attachment, "type"), url = payload_text(payload, "url");
    struct text title = payload_text(attachment, "title");
    struct event_attachment *a;
    bool is_known;
    enum attachment_type type = type_of(word, &is_known);

    if (text_equal(word, TEXT("template"))) {
        take_template(p, attachment, ev, detail);
        return;
    }
    if (text_equal(word, TEXT("location")) || meta_member(attachment, "payload", "coordinates")) {
        take_place(p, attachment, ev);
        return;
    }
    if (payload_id(p->mem, payload, "sticker_id").len)
        type = ATTACHMENT_STICKER;
    else if (!is_known)
        page_set_text(detail, "media_type", word);
    if (!url.len)
        url = json_is_string(payload) ? payload_text(attachment, "payload") : payload_text(attachment, "url");
    if (!url.len)
        url = payload_text(attachment, "URL");
    a = page_attach(p, ev, type, url);
    if (!a)
        return;
    a->name = title.len ? title : payload_text(payload, "title");
    if (!a->name.len && type == ATTACHMENT_FILE)
        a->name = last_piece(url);
    if (!is_known && !a->name.len && !a->url.len)
        a->name = word;
}

void messenger_take_attachments(struct page_parse *p, const json_t *message, struct event *ev, json_t *detail)
{
    const json_t *list = json_object_get(message, "attachments"), *single = json_object_get(message, "attachment");

    size_t n = json_array_size(list), most = n < PAGE_ATTACHMENTS_MAX ? n : PAGE_ATTACHMENTS_MAX;

    for (size_t i = 0; i < most; i++) {
        const json_t *one = json_array_get(list, i);
        struct text sticker = payload_id(p->mem, json_object_get(one, "payload"), "sticker_id");

        if (json_is_object(one) && !has_sticker(p, list, i, sticker))
            take_one(p, one, ev, detail);
    }
    if (n > most)
        json_object_set_new(detail, "left_out", json_integer((json_int_t)(n - most)));
    if (json_is_object(list) && !json_object_get(list, "data"))
        take_one(p, list, ev, detail);
    if (json_is_object(single))
        take_one(p, single, ev, detail);
    if (!ev->attachment_count && payload_id(p->mem, message, "sticker_id").len)
        payload_attach(p->mem, ev, ATTACHMENT_STICKER)->name = payload_id(p->mem, message, "sticker_id");
}

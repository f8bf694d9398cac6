/* What a LINE message holds: words, pictures and files (fetched by the message's number), places, stickers. */
#include "line_priv.h"

#include <stdio.h>

void line_set_member(json_t *object, const char *key, struct text value)
{
    if (value.ptr)
        json_object_set_new(object, key, json_stringn(value.ptr, value.len));
}

static void take_duration(const json_t *message, json_t *detail)
{
    int64_t ms = payload_number(message, "duration", -1);

    if (ms >= 0)
        json_object_set_new(detail, "duration_s", json_integer((ms + 999) / 1000));
}

/* The kind stands in the ref, since video and audio must be asked for before they are fetched. */
static struct event_attachment *attach_media(struct arena *mem, struct event *ev, enum attachment_type type,
                                             const json_t *message)
{
    const json_t *provider = json_object_get(message, "contentProvider");
    struct event_attachment *a = payload_attach(mem, ev, type);
    struct text id = payload_id(mem, message, "id");

    a->url = payload_text(provider, "originalContentUrl");
    if (a->url.len)
        a->ref = a->url;
    else if (id.len)
        a->ref = text_of(arena_printf(mem, "%s/%.*s", attachment_type_word(type), (int)id.len, id.ptr));
    return a;
}

static void take_image(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    const json_t *set = json_object_get(m, "imageSet");

    attach_media(mem, ev, ATTACHMENT_IMAGE, m);
    line_set_member(detail, "album", payload_id(mem, set, "id"));
    if (json_is_integer(json_object_get(set, "index")))
        json_object_set(detail, "album_index", json_object_get(set, "index"));
    if (json_is_integer(json_object_get(set, "total")))
        json_object_set(detail, "album_total", json_object_get(set, "total"));
}

static void take_video(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    attach_media(mem, ev, ATTACHMENT_VIDEO, m);
    take_duration(m, detail);
}

static void take_audio(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    attach_media(mem, ev, ATTACHMENT_AUDIO, m);
    take_duration(m, detail);
}

static void take_file(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    struct event_attachment *a = attach_media(mem, ev, ATTACHMENT_FILE, m);
    int64_t size = payload_number(m, "fileSize", -1);

    (void)detail;
    a->name = payload_text(m, "fileName");
    if (size >= 0)
        a->size = size;
}

static void take_location(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    struct event_attachment *a = payload_attach(mem, ev, ATTACHMENT_LOCATION);
    const json_t *lat = json_object_get(m, "latitude"), *lon = json_object_get(m, "longitude");

    a->has_position = json_is_number(lat) && json_is_number(lon);
    a->lat = json_number_value(lat);
    a->lon = json_number_value(lon);
    a->name = payload_text(m, "title");
    line_set_member(detail, "address", payload_text(m, "address"));
}

/* Stickers cannot be fetched: what shows is the words that describe it. */
static void take_sticker(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    const json_t *keywords = json_object_get(m, "keywords");
    struct event_attachment *a = payload_attach(mem, ev, ATTACHMENT_STICKER);
    struct buf name = BUF_INIT(4096);

    for (size_t i = 0; i < json_array_size(keywords); i++) {
        struct text word = payload_id_value(mem, json_array_get(keywords, i));

        if (word.len && name.len)
            buf_str(&name, ", ");
        buf_text(&name, word);
    }
    if (name.len)
        a->name = arena_text(mem, buf_as_text(&name));
    buf_fini(&name);
    line_set_member(detail, "package", payload_id(mem, m, "packageId"));
    line_set_member(detail, "sticker", payload_id(mem, m, "stickerId"));
    line_set_member(detail, "sticker_type", payload_text(m, "stickerResourceType"));
    if (json_array_size(keywords))
        json_object_set(detail, "keywords", (json_t *)(uintptr_t)keywords);
}

/* Emojis and mentions as one list; offsets and lengths count UTF-16 units. */
static void take_entities(struct arena *mem, const json_t *m, struct event *ev)
{
    const struct {
        const char *type;
        const json_t *list;
    } kinds[] = {
        { "custom_emoji", json_object_get(m, "emojis") },
        { "mention", json_object_get(json_object_get(m, "mention"), "mentionees") },
    };
    AUTO(json) json_t *all = json_array();

    for (size_t k = 0; k < COUNT_OF(kinds); k++)
        for (size_t i = 0; i < json_array_size(kinds[k].list); i++) {
            const json_t *from = json_array_get(kinds[k].list, i);
            json_t *one = json_is_object(from) ? json_pack("{s:s}", "type", kinds[k].type) : NULL;

            if (!one)
                continue;
            json_object_set_new(one, "offset", json_integer(payload_number(from, "index", 0)));
            json_object_set_new(one, "length", json_integer(payload_number(from, "length", 0)));
            line_set_member(one, "product", payload_id(mem, from, "productId"));
            line_set_member(one, "emoji", payload_id(mem, from, "emojiId"));
            line_set_member(one, "whom", payload_text(from, "type"));
            line_set_member(one, "user", payload_id(mem, from, "userId"));
            if (payload_true(from, "isSelf"))
                json_object_set_new(one, "is_self", json_true());
            json_array_append_new(all, one);
        }
    if (json_array_size(all))
        ev->entities = payload_dump(mem, all);
}

static void take_nothing(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    (void)mem;
    (void)m;
    (void)ev;
    (void)detail;
}

bool line_content(struct arena *mem, const json_t *message, struct event *ev, json_t *detail, struct text *type)
{
    static const struct {
        const char *type;
        void (*take)(struct arena *mem, const json_t *m, struct event *ev, json_t *detail);
    } kinds[] = {
        { "text", take_nothing },   { "image", take_image }, { "video", take_video },
        { "audio", take_audio },    { "file", take_file },   { "location", take_location },
        { "sticker", take_sticker },
    };

    *type = payload_text(message, "type");
    ev->text = payload_text(message, "text");           /* of a sticker too: what its sender wrote on it */
    take_entities(mem, message, ev);
    line_set_member(detail, "quote_token", payload_text(message, "quoteToken"));
    line_set_member(detail, "mark_read_token", payload_text(message, "markAsReadToken"));
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (text_equal(*type, text_of(kinds[i].type)) && (kinds[i].take != take_nothing || ev->text.ptr)) {
            kinds[i].take(mem, message, ev, detail);
            return true;
        }
    return false;
}

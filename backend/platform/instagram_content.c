/* What hangs on a direct message: files, what was shared, stories, cards. */
#include "instagram_priv.h"

#include "util/str.h"

struct text instagram_emoji(struct text word)
{
    static const struct {
        const char *word, *emoji;
    } known[] = {
        { "love", "❤️" }, { "like", "👍" },  { "dislike", "👎" }, { "smile", "😆" }, { "haha", "😆" },
        { "wow", "😮" },  { "sad", "😢" },   { "sorry", "😢" },   { "angry", "😡" }, { "anger", "😡" },
        { "care", "🤗" }, { "other", "❔" },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_equal_nocase(word, text_of(known[i].word)))
            return text_of(known[i].emoji);
    return word.len ? word : TEXT("❔");
}

static bool type_of(struct text word, enum attachment_type *type)
{
    static const struct {
        const char *word;
        enum attachment_type type;
    } known[] = {
        { "image", ATTACHMENT_IMAGE },       { "video", ATTACHMENT_VIDEO },    { "audio", ATTACHMENT_AUDIO },
        { "voice", ATTACHMENT_VOICE },       { "file", ATTACHMENT_FILE },      { "sticker", ATTACHMENT_STICKER },
        { "gif", ATTACHMENT_IMAGE },         { "animated_image", ATTACHMENT_IMAGE }, { "photo", ATTACHMENT_IMAGE },
        { "animated_gif", ATTACHMENT_IMAGE }, { "share", ATTACHMENT_LINK },    { "ig_post", ATTACHMENT_LINK },
        { "ig_reel", ATTACHMENT_VIDEO },     { "reel", ATTACHMENT_VIDEO },     { "story", ATTACHMENT_LINK },
        { "ig_story", ATTACHMENT_LINK },     { "story_mention", ATTACHMENT_LINK }, { "media", ATTACHMENT_LINK },
        { "media_share", ATTACHMENT_LINK },  { "post", ATTACHMENT_LINK },      { "fallback", ATTACHMENT_LINK },
    };

    *type = ATTACHMENT_LINK;
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_equal_nocase(word, text_of(known[i].word))) {
            *type = known[i].type;
            return true;
        }
    return false;
}

static void add_words(struct instagram_parse *p, struct event *ev, struct text words)
{
    if (!words.len || text_equal(ev->text, words))
        return;
    payload_add_line(p->mem, &p->lines, &ev->text, words);
}

/* ---- cards ---- */

static void take_cards(struct instagram_parse *p, const json_t *cards, bool is_product, struct event *ev)
{
    for (size_t i = 0; i < json_array_size(cards); i++) {
        const json_t *card = json_array_get(cards, i);
        struct text title = payload_text(card, "title"), image = payload_text(card, "image_url");

        if (is_product) {
            struct event_attachment *a = instagram_attach(p, ev, ATTACHMENT_PRODUCT, image);
            struct text price = payload_text(card, "subtitle");

            a->name = !price.len ? title
                                 : text_of(arena_printf(p->mem, "%.*s, %.*s", (int)title.len, title.ptr ? title.ptr : "",
                                                        (int)price.len, price.ptr));
            continue;
        }
        add_words(p, ev, title);
        add_words(p, ev, payload_text(card, "subtitle"));
        if (image.len)
            (void)instagram_attach(p, ev, ATTACHMENT_IMAGE, image);
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
        json_object_set(detail, "buttons", words);
    json_decref(words);
}

static void take_template(struct instagram_parse *p, const json_t *attachment, struct event *ev, json_t *detail)
{
    const json_t *payload = json_object_get(attachment, "payload"), *generic = json_object_get(payload, "generic");
    size_t before = ev->text.len + ev->attachment_count;

    add_words(p, ev, payload_text(payload, "text"));
    take_cards(p, meta_member(payload, "product", "elements"), true, ev);
    take_cards(p, json_object_get(payload, "elements"), false, ev);
    take_cards(p, json_object_get(generic, "elements"), false, ev);
    take_buttons(json_object_get(payload, "buttons"), detail);
    add_words(p, ev, payload_text(attachment, "title"));
    if (before == ev->text.len + ev->attachment_count)
        add_words(p, ev, payload_words(p->mem, attachment));
    instagram_set(detail, "template", payload_text(payload, "template_type"));
    if (before == ev->text.len + ev->attachment_count)
        payload_attach(p->mem, ev, ATTACHMENT_LINK)->name = TEXT("template");
}

/* ---- attachments of a webhook ---- */

/* A heart has no payload, and is all that was said. */
static bool take_without_payload(struct instagram_parse *p, struct text word, struct event *ev, json_t *detail)
{
    if (text_equal(word, TEXT("like_heart"))) {
        add_words(p, ev, TEXT("❤️"));
        instagram_set(detail, "media_type", word);
        return true;
    }
    /* Seen once, or nothing that an app may see: what it was called is all there is. */
    if (text_equal(word, TEXT("ephemeral")) || text_equal(word, TEXT("unsupported_type"))) {
        instagram_set(detail, "unsupported", word);
        return true;
    }
    return false;
}

static struct text address_of(const json_t *attachment)
{
    const json_t *payload = json_object_get(attachment, "payload");
    struct text url = payload_text(payload, "url");

    if (!url.len)
        url = json_is_string(payload) ? payload_text(attachment, "payload") : payload_text(attachment, "url");
    return url;
}

static void take_one(struct instagram_parse *p, const json_t *attachment, struct event *ev, json_t *detail)
{
    const json_t *payload = json_object_get(attachment, "payload");
    struct text word = payload_text(attachment, "type"), url = address_of(attachment);
    struct text title = payload_text(payload, "title"), media = payload_id(p->mem, payload, "ig_post_media_id");
    struct event_attachment *a;
    enum attachment_type type;
    bool is_known = type_of(word, &type);

    if (text_equal(word, TEXT("template"))) {
        take_template(p, attachment, ev, detail);
        return;
    }
    if (!url.len && take_without_payload(p, word, ev, detail))
        return;
    if (payload_id(p->mem, payload, "sticker_id").len)
        type = ATTACHMENT_STICKER;
    if (!title.len)
        title = payload_text(attachment, "title");
    if (!media.len)
        media = payload_id(p->mem, payload, "reel_video_id");
    if ((!is_known || type == ATTACHMENT_LINK) && word.len)
        instagram_set(detail, text_equal(word, TEXT("unsupported_type")) ? "unsupported" : "media_type", word);
    instagram_set(detail, "shared", media);
    if (!url.len && !title.len && !media.len && !is_known && !payload_words(p->mem, payload).len) {
        instagram_set(detail, "unsupported", word.len ? word : TEXT("attachment"));
        return;
    }
    a = instagram_attach(p, ev, type, url);
    a->name = title.len ? title : is_known ? title : payload_words(p->mem, payload);
    if (!url.len && !a->name.len)
        a->name = word;
}

/* ---- attachments that were read back ---- */

static void take_read(struct instagram_parse *p, const json_t *one, struct event *ev)
{
    const json_t *image = json_object_get(one, "image_data"), *video = json_object_get(one, "video_data");
    struct text url = payload_text(image, "url"), mime = payload_text(one, "mime_type");
    enum attachment_type type = ATTACHMENT_FILE;
    struct event_attachment *a;

    if (!url.len)
        url = payload_text(video, "url");
    if (!url.len)
        url = payload_text(one, "file_url");
    if (json_is_object(image) || text_starts(mime, TEXT("image/")))
        type = meta_true(image, "render_as_sticker") ? ATTACHMENT_STICKER : ATTACHMENT_IMAGE;
    else if (json_is_object(video) || text_starts(mime, TEXT("video/")))
        type = ATTACHMENT_VIDEO;
    else if (text_starts(mime, TEXT("audio/")))
        type = ATTACHMENT_AUDIO;
    a = instagram_attach(p, ev, type, url);
    a->mime = mime;
    a->name = payload_text(one, "name");
    a->size = payload_number(one, "size", -1);
}

static void take_shares(struct instagram_parse *p, const json_t *message, struct event *ev)
{
    const json_t *shares = instagram_list(json_object_get(message, "shares"));

    for (size_t i = 0; i < json_array_size(shares); i++) {
        const json_t *share = json_array_get(shares, i);
        struct text name = payload_text(share, "name");

        instagram_attach(p, ev, ATTACHMENT_LINK, payload_text(share, "link"))->name =
            name.len ? name : payload_text(share, "description");
    }
}

void instagram_take_story(struct instagram_parse *p, const json_t *story, struct event *ev, json_t *detail)
{
    struct text url = payload_text(story, "url").len ? payload_text(story, "url") : payload_text(story, "link");
    struct text sticker = payload_text(story, "link_sticker_url");

    if (!json_is_object(story))
        return;
    instagram_set(detail, "story", payload_id(p->mem, story, "id"));
    if (url.len)
        (void)instagram_attach(p, ev, ATTACHMENT_LINK, url);
    if (sticker.len)
        (void)instagram_attach(p, ev, ATTACHMENT_LINK, sticker);
}

static bool is_read_back(const json_t *one)
{
    return json_object_get(one, "mime_type") || json_object_get(one, "image_data") || json_object_get(one, "video_data") ||
           json_object_get(one, "file_url");
}

void instagram_take_attachments(struct instagram_parse *p, const json_t *message, struct event *ev, json_t *detail)
{
    const json_t *all = json_object_get(message, "attachments"), *list = instagram_list(all);
    const json_t *single = json_object_get(message, "attachment");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);

        if (is_read_back(one))
            take_read(p, one, ev);
        else if (json_is_object(one))
            take_one(p, one, ev, detail);
    }
    if (!list && json_is_object(all))
        take_one(p, all, ev, detail);
    if (json_is_object(single))
        take_one(p, single, ev, detail);
    if (payload_text(message, "sticker").len)
        (void)instagram_attach(p, ev, ATTACHMENT_STICKER, payload_text(message, "sticker"));
    take_shares(p, message, ev);
}

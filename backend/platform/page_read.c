/* Posts and comments as Graph gives them when they are read back. */
#include "page_priv.h"

#include "util/str.h"

static void set_author(struct page_parse *p, const json_t *one, struct event *ev)
{
    const json_t *from = json_object_get(one, "from");

    ev->platform = PLATFORM_FACEBOOK;
    ev->author = (struct event_author){ .id = payload_id(p->mem, from, "id"), .name = payload_text(from, "name"),
                                        .username = payload_text(from, "username") };
    ev->direction = page_is_us(p, ev->author.id) ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = ev->direction == DIRECTION_OUT ? SENDER_AGENT : SENDER_CUSTOMER;
    if (ev->direction == DIRECTION_OUT)
        ev->device = DEVICE_NATIVE;
}

static void set_number(json_t *detail, const char *key, const json_t *holder, const char *member)
{
    int64_t n = payload_number(holder, member, -1);

    if (n >= 0)
        json_object_set_new(detail, key, json_integer(n));
}

/* ---- attachments ---- */

static enum attachment_type type_of(struct text word)
{
    static const struct {
        const char *begins;
        enum attachment_type type;
    } known[] = {
        { "photo", ATTACHMENT_IMAGE },   { "album", ATTACHMENT_IMAGE },         { "cover_photo", ATTACHMENT_IMAGE },
        { "sticker", ATTACHMENT_STICKER }, { "animated_image", ATTACHMENT_IMAGE }, { "video", ATTACHMENT_VIDEO },
        { "profile_media", ATTACHMENT_IMAGE },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (text_starts(word, text_of(known[i].begins)))
            return known[i].type;
    return ATTACHMENT_LINK;
}

static struct text source_of(const json_t *attachment, enum attachment_type type)
{
    const json_t *media = json_object_get(attachment, "media");
    struct text image = payload_text(json_object_get(media, "image"), "src");
    struct text source = payload_text(media, "source"), url = payload_text(attachment, "url");

    if (type == ATTACHMENT_VIDEO && source.len)
        return source;
    if ((type == ATTACHMENT_IMAGE || type == ATTACHMENT_STICKER) && image.len)
        return image;
    return url.len ? url : payload_text(attachment, "unshimmed_url").len ? payload_text(attachment, "unshimmed_url")
                                                                         : image;
}

static void take_attachment(struct page_parse *p, const json_t *attachment, struct event *ev, int depth)
{
    const json_t *parts = json_object_get(json_object_get(attachment, "subattachments"), "data");
    struct text word = payload_text(attachment, "type");
    enum attachment_type type = type_of(word);
    struct event_attachment *a;
    struct text url;

    for (size_t i = 0; depth > 0 && i < json_array_size(parts); i++)
        take_attachment(p, json_array_get(parts, i), ev, depth - 1);
    if (json_array_size(parts) || !json_is_object(attachment))
        return;
    url = source_of(attachment, type);
    a = url.len ? page_attach(p, ev, type, url) : NULL;
    if (a)
        a->name = payload_text(attachment, "title");
}

static void take_attachments(struct page_parse *p, const json_t *one, struct event *ev)
{
    const json_t *list = json_object_get(json_object_get(one, "attachments"), "data");

    for (size_t i = 0; i < json_array_size(list); i++)
        take_attachment(p, json_array_get(list, i), ev, 3);
    take_attachment(p, json_object_get(one, "attachment"), ev, 3);
    if (!ev->attachment_count && payload_text(one, "full_picture").len)
        page_attach(p, ev, ATTACHMENT_IMAGE, payload_text(one, "full_picture"));
}

/* ---- comments ---- */

static int tell_hidden(struct page_parse *p, struct text id, bool is_hidden)
{
    AUTO(json) json_t *detail = json_pack("{s:b}", "hidden", is_hidden);
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_HIDDEN;
    ev.platform = PLATFORM_FACEBOOK;
    ev.target = id;
    return page_emit(p, &ev, detail);
}

static int parse_replies(struct page_parse *p, const json_t *one, struct text post)
{
    const json_t *list = json_object_get(json_object_get(one, "comments"), "data");

    for (size_t i = 0; i < json_array_size(list); i++)
        if (page_parse_comment(p, json_array_get(list, i), post))
            return -1;
    return 0;
}

int page_parse_comment(struct page_parse *p, const json_t *comment, struct text post)
{
    AUTO(json) json_t *detail = json_object();
    struct text parent = payload_id(p->mem, json_object_get(comment, "parent"), "id");
    struct event ev;

    event_init(&ev);
    ev.id = payload_id(p->mem, comment, "id");
    if (!ev.id.len)
        return page_unsupported(p, PLATFORM_FACEBOOK, TEXT("comment"), comment);
    set_author(p, comment, &ev);
    ev.text = payload_text(comment, "message");
    (void)meta_moment(comment, "created_time", &ev.sent_at);
    if (!post.len)
        post = payload_id(p->mem, json_object_get(comment, "object"), "id");
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .post = post };
    ev.thread.id = parent.len ? parent : ev.id;
    ev.reply_to = parent;
    if (!parent.len && ev.direction == DIRECTION_OUT)
        ev.thread.parent = post;
    take_attachments(p, comment, &ev);
    set_number(detail, "likes", comment, "like_count");
    set_number(detail, "comments", comment, "comment_count");
    page_set_text(detail, "permalink_url", payload_text(comment, "permalink_url"));
    if (page_emit(p, &ev, detail))
        return -1;
    if (meta_true(comment, "is_hidden") && tell_hidden(p, ev.id, true))
        return -1;
    return parse_replies(p, comment, post);
}

/* ---- posts ---- */

static void take_insights(const json_t *post, json_t *detail)
{
    static const struct {
        const char *metric, *name;
    } known[] = { { "post_media_view", "views" }, { "post_video_views", "views" }, { "post_impressions", "views" },
                  { "post_total_media_view_unique", "reach" }, { "post_impressions_unique", "reach" },
                  { "post_clicks", "clicks" } };
    const json_t *list = json_object_get(json_object_get(post, "insights"), "data");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *metric = json_array_get(list, i);
        const json_t *values = json_object_get(metric, "values");
        const json_t *last = json_array_size(values) ? json_array_get(values, json_array_size(values) - 1) : NULL;

        for (size_t k = 0; k < COUNT_OF(known); k++)
            if (text_equal(payload_text(metric, "name"), text_of(known[k].metric)) &&
                !json_object_get(detail, known[k].name))
                set_number(detail, known[k].name, last, "value");
    }
}

/* Only what was told: a number that is missing is not nought. */
static void take_numbers(const struct page_parse *p, const json_t *post, json_t *detail)
{
    if (p->followers > 0)
        json_object_set_new(detail, "followers", json_integer(p->followers));
    set_number(detail, "likes", meta_member(post, "reactions", "summary"), "total_count");
    if (!json_object_get(detail, "likes"))
        set_number(detail, "likes", meta_member(post, "likes", "summary"), "total_count");
    set_number(detail, "comments", meta_member(post, "comments", "summary"), "total_count");
    set_number(detail, "shares", json_object_get(post, "shares"), "count");
    take_insights(post, detail);
}

int page_parse_post(struct page_parse *p, const json_t *post)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.id = payload_id(p->mem, post, "id");
    if (!ev.id.len)
        return page_unsupported(p, PLATFORM_FACEBOOK, TEXT("post"), post);
    set_author(p, post, &ev);
    if (ev.direction == DIRECTION_OUT || !ev.author.id.len) {
        ev.kind = EVENT_POST;
        ev.direction = DIRECTION_OUT;
        ev.sender_kind = SENDER_AGENT;
        ev.device = DEVICE_NATIVE;
    }
    ev.text = payload_text(post, "message").len ? payload_text(post, "message") : payload_text(post, "story");
    (void)meta_moment(post, "created_time", &ev.sent_at);
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = ev.id, .post = ev.id };
    take_attachments(p, post, &ev);
    take_numbers(p, post, detail);
    page_set_text(detail, "permalink_url", payload_text(post, "permalink_url"));
    page_set_text(detail, "status_type", payload_text(post, "status_type"));
    if (json_object_get(post, "is_published") && !meta_true(post, "is_published"))
        json_object_set_new(detail, "published", json_false());
    if (page_emit(p, &ev, detail))
        return -1;
    if (meta_true(post, "is_hidden") && tell_hidden(p, ev.id, true))
        return -1;
    return parse_replies(p, post, ev.id);
}

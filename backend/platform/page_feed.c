/* What happens in public on a Page, as its webhook tells: comments, posts, reactions, mentions, ratings. */
#include "page_priv.h"

#include "util/str.h"

/* platforms-meta.md §4.1: what stands for one and the same verb. */
enum verb { VERB_ADD, VERB_EDIT, VERB_REMOVE, VERB_HIDE, VERB_UNHIDE, VERB_OTHER };

static enum verb verb_of(const json_t *value)
{
    static const struct {
        const char *word;
        enum verb verb;
    } verbs[] = {
        { "add", VERB_ADD },       { "edit", VERB_EDIT },     { "edited", VERB_EDIT }, { "update", VERB_EDIT },
        { "remove", VERB_REMOVE }, { "delete", VERB_REMOVE }, { "hide", VERB_HIDE },   { "unhide", VERB_UNHIDE },
    };
    struct text word = payload_text(value, "verb");

    for (size_t i = 0; i < COUNT_OF(verbs); i++)
        if (str_equal_nocase(word, text_of(verbs[i].word)))
            return verbs[i].verb;
    return word.len ? VERB_OTHER : VERB_ADD;
}

struct text page_reaction_emoji(struct text word)
{
    static const struct {
        const char *word, *emoji;
    } known[] = {
        { "like", "👍" },  { "love", "❤️" },    { "wow", "😮" },      { "haha", "😆" }, { "sorry", "😢" },
        { "sad", "😢" },   { "anger", "😡" },  { "angry", "😡" },   { "care", "🤗" }, { "smile", "😆" },
        { "dislike", "👎" }, { "thankful", "🌼" }, { "pride", "🏳️‍🌈" },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_equal_nocase(word, text_of(known[i].word)))
            return text_of(known[i].emoji);
    return word.len ? TEXT("❔") : (struct text){ NULL, 0 };
}

static struct event_author author_of(struct page_parse *p, const json_t *value)
{
    static const char *const ids[] = { "sender_id", "reviewer_id", "user_id" };
    static const char *const names[] = { "sender_name", "reviewer_name", "user_name" };
    const json_t *from = json_object_get(value, "from");
    struct event_author a = { .id = payload_id(p->mem, from, "id"), .name = payload_text(from, "name"),
                              .username = payload_text(from, "username") };

    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        if (!a.id.len)
            a.id = payload_id(p->mem, value, ids[i]);
        if (!a.name.len)
            a.name = payload_text(value, names[i]);
    }
    if (!a.id.len)
        a.id = payload_id_value(p->mem, from);
    return a;
}

static void set_sides(struct page_parse *p, const json_t *value, struct event *ev)
{
    ev->author = author_of(p, value);
    ev->direction = page_is_us(p, ev->author.id) ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = ev->direction == DIRECTION_OUT ? SENDER_AGENT : SENDER_CUSTOMER;
    if (ev->direction == DIRECTION_OUT)
        ev->device = DEVICE_NATIVE;
}

/* ---- what is attached ---- */

static struct text url_of(const json_t *one)
{
    return json_is_string(one) ? (struct text){ json_string_value(one), json_string_length(one) }
                               : payload_text(one, json_is_string(json_object_get(one, "url")) ? "url" : "link");
}

static void take_files(struct page_parse *p, const json_t *value, struct event *ev, json_t *detail)
{
    static const char *const named[] = { "photo_id", "video_id", "album_id", "share_id", "event_id", "status_type",
                                         "permalink_url", "link_title", "promotion_status" };
    struct text item = payload_text(value, "item"), link = payload_text(value, "link");
    const json_t *photos = json_object_get(value, "photos");

    if (payload_text(value, "photo").len)
        page_attach(p, ev, ATTACHMENT_IMAGE, payload_text(value, "photo"));
    for (size_t i = 0; i < json_array_size(photos); i++)
        if (url_of(json_array_get(photos, i)).len)
            page_attach(p, ev, ATTACHMENT_IMAGE, url_of(json_array_get(photos, i)));
    if (payload_text(value, "video").len)
        page_attach(p, ev, ATTACHMENT_VIDEO, payload_text(value, "video"));
    if (link.len)
        page_attach(p, ev, text_equal(item, TEXT("photo"))   ? ATTACHMENT_IMAGE
                           : text_equal(item, TEXT("video")) ? ATTACHMENT_VIDEO
                                                             : ATTACHMENT_LINK,
                    link);
    for (size_t i = 0; i < COUNT_OF(named); i++)
        page_set_text(detail, named[i], payload_id(p->mem, value, named[i]));
    if (!payload_text(value, "permalink_url").len)
        page_set_text(detail, "permalink_url", payload_text(json_object_get(value, "post"), "permalink_url"));
}

/* ---- things said ---- */

/* Where a thing hangs: a post by itself, a comment under its post and in the strand of its parent. */
static void set_thread(struct page_parse *p, const json_t *value, struct text id, bool is_comment, struct event *ev)
{
    struct text post = payload_id(p->mem, value, "post_id"), parent = payload_id(p->mem, value, "parent_id");

    if (!post.len)
        post = payload_id(p->mem, json_object_get(value, "post"), "id");
    if (!post.len)
        post = payload_id(p->mem, value, "open_graph_story_id");
    ev->thread = (struct event_thread){ .type = THREAD_COMMENT, .present = id.len > 0, .id = id, .post = post };
    if (!is_comment) {
        ev->thread.post = id;
        return;
    }
    if (parent.len && !text_equal(parent, post) && !text_equal(parent, id)) {
        ev->thread.id = parent;
        ev->reply_to = parent;
    } else if (ev->direction == DIRECTION_OUT && post.len) {
        ev->thread.parent = post;       /* our word under somebody's post belongs to the strand of that post */
    }
}

static void set_time(struct page_parse *p, const json_t *value, enum verb verb, struct event *ev)
{
    ev->sent_at = p->entry_time;
    if (verb == VERB_ADD)
        (void)meta_moment(value, "created_time", &ev->sent_at);
    else if (verb == VERB_EDIT && !meta_moment(value, "edited_time", &ev->sent_at))
        (void)meta_moment(value, "updated_time", &ev->sent_at);
}

static bool is_published(const json_t *value)
{
    static const char *const keys[] = { "published", "is_published" };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (json_object_get(value, keys[i]) && !meta_true(value, keys[i]))
            return false;
    return true;
}

static void set_kind(enum verb verb, struct text id, bool is_comment, struct event *ev, json_t *detail)
{
    ev->id = id;
    if (verb == VERB_ADD) {
        if (!is_comment && ev->direction == DIRECTION_OUT)
            ev->kind = EVENT_POST;
        return;
    }
    ev->target = id;
    ev->id = (struct text){ NULL, 0 };
    if (verb == VERB_EDIT) {
        ev->kind = EVENT_EDIT;
    } else if (verb == VERB_REMOVE) {
        ev->kind = EVENT_DELETE;
        ev->text = (struct text){ NULL, 0 };
    } else {
        ev->kind = EVENT_HIDDEN;
        json_object_set_new(detail, "hidden", json_boolean(verb == VERB_HIDE));
    }
}

static int on_said(struct page_parse *p, const json_t *value, struct text id, bool is_comment, const char *mark)
{
    AUTO(json) json_t *detail = json_object();
    enum verb verb = verb_of(value);
    struct event ev;

    event_init(&ev);
    ev.platform = PLATFORM_FACEBOOK;
    set_sides(p, value, &ev);
    ev.text = payload_text(value, "message");
    if (!is_comment && !mark && !ev.author.id.len && !payload_id(p->mem, value, "recipient_id").len) {
        ev.direction = DIRECTION_OUT;   /* a post that names nobody is the Page's own */
        ev.sender_kind = SENDER_AGENT;
        ev.device = DEVICE_NATIVE;
    }
    set_thread(p, value, id, is_comment, &ev);
    set_time(p, value, verb, &ev);
    if (verb != VERB_REMOVE)
        take_files(p, value, &ev, detail);
    set_kind(verb, id, is_comment, &ev, detail);
    if (!is_comment && !is_published(value))
        json_object_set_new(detail, "published", json_false());
    if (mark)
        json_object_set_new(detail, mark, json_true());
    if (ev.kind == EVENT_MESSAGE && !ev.text.len && !ev.attachment_count && !is_comment)
        ev.text = payload_text(value, "story");
    if (page_emit(p, &ev, detail))
        return -1;
    if (verb != VERB_ADD || !meta_true(value, "is_hidden"))
        return 0;
    event_init(&ev);
    ev.kind = EVENT_HIDDEN;
    ev.platform = PLATFORM_FACEBOOK;
    ev.target = id;
    ev.sent_at = p->entry_time;
    AUTO(json) json_t *hidden = json_pack("{s:b}", "hidden", 1);
    return page_emit(p, &ev, hidden);
}

static int on_reaction(struct page_parse *p, const json_t *value, struct text target, bool is_like)
{
    AUTO(json) json_t *detail = json_object();
    struct text word = is_like ? TEXT("like") : payload_text(value, "reaction_type");
    enum verb verb = verb_of(value);
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_REACTION;
    ev.platform = PLATFORM_FACEBOOK;
    set_sides(p, value, &ev);
    ev.device = DEVICE_UNKNOWN;
    ev.target = target;
    ev.text = verb == VERB_REMOVE ? TEXT("") : page_reaction_emoji(word.len ? word : TEXT("like"));
    ev.sent_at = p->entry_time;
    if (verb != VERB_REMOVE)
        (void)meta_moment(value, "created_time", &ev.sent_at);
    page_set_text(detail, "reaction", word);
    page_set_text(detail, "post", payload_id(p->mem, value, "post_id"));
    return page_emit(p, &ev, detail);
}

static struct text first_id(struct page_parse *p, const json_t *value, const char *const keys[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct text id = payload_id(p->mem, value, keys[i]);

        if (id.len)
            return id;
    }
    return (struct text){ NULL, 0 };
}

int page_parse_feed(struct page_parse *p, const json_t *value)
{
    static const char *const reacted[] = { "comment_id", "post_id", "parent_id", "open_graph_story_id" };
    static const char *const posted[] = { "post_id", "video_id", "photo_id", "share_id", "event_id", "album_id" };
    struct text item = payload_text(value, "item"), comment = payload_id(p->mem, value, "comment_id");
    struct text target = first_id(p, value, reacted, COUNT_OF(reacted));
    struct text post = first_id(p, value, posted, COUNT_OF(posted));
    bool is_like = text_equal(item, TEXT("like"));
    bool has_words = payload_words(p->mem, value).len > 0;

    if (!comment.len && text_equal(item, TEXT("comment")))
        comment = payload_id(p->mem, value, "id");
    if (text_equal(item, TEXT("reaction")) || is_like)
        return target.len ? on_reaction(p, value, target, is_like) : page_unsupported(p, PLATFORM_FACEBOOK, item, value);
    if (verb_of(value) == VERB_OTHER || text_equal(item, TEXT("follow")))
        return page_unsupported(p, PLATFORM_FACEBOOK, item, value);
    if (text_equal(item, TEXT("rating")))
        return page_parse_rating(p, value);
    if (text_equal(item, TEXT("comment")) || comment.len) {
        if (!comment.len && !has_words)
            return page_unsupported(p, PLATFORM_FACEBOOK, item, value);
        return on_said(p, value, comment.len ? comment : page_made_id(p, "comment", value), true, NULL);
    }
    if (!post.len)
        return page_unsupported(p, PLATFORM_FACEBOOK, item, value);
    return on_said(p, value, post, false, NULL);
}

int page_parse_mention(struct page_parse *p, const json_t *value)
{
    struct text comment = payload_id(p->mem, value, "comment_id"), post = payload_id(p->mem, value, "post_id");

    if (!comment.len && !post.len && !payload_words(p->mem, value).len)
        return page_unsupported(p, PLATFORM_FACEBOOK, TEXT("mention"), value);
    if (comment.len)
        return on_said(p, value, comment, true, "mention");
    return on_said(p, value, post.len ? post : page_made_id(p, "mention", value), false, "mention");
}

/* ---- ratings ---- */

static int on_rating(struct page_parse *p, const json_t *value, struct text id)
{
    AUTO(json) json_t *detail = json_object();
    enum verb verb = verb_of(value);
    int64_t stars = payload_number(value, "rating", -1);
    struct event ev;

    event_init(&ev);
    ev.platform = PLATFORM_FACEBOOK;
    set_sides(p, value, &ev);
    ev.text = payload_text(value, "review_text");
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = id, .post = id };
    set_time(p, value, verb, &ev);
    set_kind(verb, id, true, &ev, detail);
    if (verb == VERB_ADD || verb == VERB_EDIT) {
        page_set_text(detail, "recommendation", payload_text(value, "recommendation_type"));
        if (stars >= 0)
            json_object_set_new(detail, "rating", json_integer(stars));
    }
    return page_emit(p, &ev, detail);
}

int page_parse_rating(struct page_parse *p, const json_t *value)
{
    struct text item = payload_text(value, "item"), story = payload_id(p->mem, value, "open_graph_story_id");
    struct text comment = payload_id(p->mem, value, "comment_id"), target = comment.len ? comment : story;
    bool is_like = text_equal(item, TEXT("like"));

    if (text_equal(item, TEXT("reaction")) || is_like)
        return target.len ? on_reaction(p, value, target, is_like) : page_unsupported(p, PLATFORM_FACEBOOK, item, value);
    if (verb_of(value) == VERB_OTHER)
        return page_unsupported(p, PLATFORM_FACEBOOK, item, value);
    if (text_equal(item, TEXT("comment")) || comment.len)
        return on_said(p, value, comment.len ? comment : page_made_id(p, "comment", value), true, NULL);
    return on_rating(p, value, story.len ? story : page_made_id(p, "rating", value));
}

/* Posts of either API: whose they are, where they hang, their words, pictures and numbers. */
#include "x_priv.h"

#include "util/str.h"

static const struct text nothing = { NULL, 0 };

static const json_t *either(const json_t *object, const char *a, const char *b)
{
    const json_t *value = json_object_get(object, a);

    return value ? value : json_object_get(object, b);
}

/* ---- where it stands ---- */

struct text x_post_key(struct x_parse *p, const json_t *post)
{
    const json_t *history = either(post, "edit_history_tweet_ids", "edit_history_post_ids");
    const json_t *old = json_object_get(post, "edit_history");
    struct text first = payload_id_value(p->mem, json_array_get(history, 0));

    if (!first.len)
        first = x_id(p->mem, old, "initial_tweet_id");
    if (!first.len)
        first = payload_id_value(p->mem, json_array_get(either(old, "edit_tweet_ids", "edit_post_ids"), 0));
    return x_first(first, x_id(p->mem, post, "id"));
}

static struct text referenced(struct x_parse *p, const json_t *post, const char *how, const char *other)
{
    const json_t *list = either(post, "referenced_tweets", "referenced_posts"), *one;
    size_t at;

    json_array_foreach(list, at, one)
    {
        struct text type = payload_text(one, "type");

        if (text_equal(type, text_of(how)) || (other && text_equal(type, text_of(other))))
            return x_id(p->mem, one, "id");
    }
    return nothing;
}

static struct text parent_of(struct x_parse *p, const json_t *post)
{
    struct text parent = referenced(p, post, "replied_to", NULL);

    parent = x_first(parent, x_id(p->mem, post, "in_reply_to_status_id"));
    parent = x_first(parent, x_id(p->mem, post, "in_reply_to_tweet_id"));
    return x_first(parent, x_id(p->mem, post, "in_reply_to_post_id"));
}

static const json_t *nested(const json_t *post, const char *a, const char *b)
{
    const json_t *value = either(post, a, b);

    return json_is_object(value) ? value : NULL;
}

/* What this post says again, word for word; its id. */
static struct text reposted_id(struct x_parse *p, const json_t *post)
{
    return x_first(referenced(p, post, "retweeted", "reposted"),
                   x_id(p->mem, nested(post, "retweeted_status", "reposted_status"), "id"));
}

static struct text quoted_id(struct x_parse *p, const json_t *post)
{
    return x_first(referenced(p, post, "quoted", NULL), x_first(x_id(p->mem, post, "quoted_status_id"),
                                                                x_id(p->mem, nested(post, "quoted_status", ""), "id")));
}

struct event_thread x_post_thread(struct x_parse *p, const json_t *post)
{
    struct text root = x_id(p->mem, post, "conversation_id");
    struct event_thread thread = { .type = THREAD_COMMENT };

    root = x_first(root, x_first(parent_of(p, post), x_post_key(p, post)));
    thread.present = root.len > 0;
    thread.id = thread.post = root;
    return thread;
}

/* ---- what it says ---- */

static struct text words_of(struct x_parse *p, const json_t *post)
{
    const json_t *extended = json_object_get(post, "extended_tweet");
    struct text words = payload_text(either(post, "note_tweet", "note_post"), "text");

    words = x_first(words, payload_text(json_object_get(post, "note"), "text"));
    words = x_first(words, payload_text(extended, "full_text"));
    words = x_first(words, payload_text(post, "full_text"));
    return x_plain(p->mem, words.len ? words : payload_text(post, "text"));
}

static bool is_of_x(struct text url)
{
    return str_find(url, TEXT("://twitter.com/")) || str_find(url, TEXT("://x.com/")) ||
           str_find(url, TEXT("://pic.twitter.com/")) || str_find(url, TEXT("://pic.x.com/"));
}

/* X shortens every address; where it leads stands beside. */
void x_links(struct x_parse *p, const json_t *entities, struct event *ev)
{
    const json_t *list = json_object_get(entities, "urls"), *one;
    size_t at;

    if (json_is_array(entities))
        list = entities;
    json_array_foreach(list, at, one)
    {
        struct text url = x_first(payload_text(one, "unwound_url"), payload_text(one, "expanded_url"));
        struct event_attachment *a;

        if (json_object_get(one, "media_key") || !url.len || (is_of_x(url) && str_find(url, TEXT("/photo/"))) ||
            (is_of_x(url) && str_find(url, TEXT("/video/"))) ||
            (is_of_x(url) && str_find(url, TEXT("/messages/media/"))))
            continue;
        a = payload_attach(p->mem, ev, ATTACHMENT_LINK);
        a->url = url;
        a->name = payload_text(one, "title");
    }
}

/* The best of a video's files; a GIF is a film without sound. */
static const json_t *best_variant(const json_t *media)
{
    const json_t *list = json_object_get(media, "variants"), *best = NULL, *one;
    size_t at;

    if (!list)
        list = json_object_get(json_object_get(media, "video_info"), "variants");
    json_array_foreach(list, at, one)
    {
        int64_t rate = payload_number(one, "bit_rate", payload_number(one, "bitrate", 0));

        if (text_equal(payload_text(one, "content_type"), TEXT("video/mp4")) &&
            (!best || rate > payload_number(best, "bit_rate", payload_number(best, "bitrate", 0))))
            best = one;
    }
    return best;
}

/* Files of direct messages are for the conversation's people only: ".../dm/MESSAGE/MEDIA/FILE" is asked of the API. */
static struct text reference_of(struct x_parse *p, struct text url)
{
    const char *at = str_find(url, TEXT("/dm/"));
    struct text rest, message, media;

    if (!at || !str_find(url, TEXT("://ton.")))
        return url;
    rest = (struct text) { at + 4, (size_t)(url.ptr + url.len - at) - 4 };
    if (!str_split(&rest, '/', &message) || !str_split(&rest, '/', &media) || !x_is_id(message) || !x_is_id(media))
        return url;
    for (size_t i = 0; i < rest.len; i++)
        if (strchr("/?:#", rest.ptr[i]))
            rest.len = i;
    return text_of(arena_printf(p->mem, "dm/%.*s/%.*s/%.*s", (int)message.len, message.ptr, (int)media.len, media.ptr,
                                (int)rest.len, rest.ptr));
}

void x_media_one(struct x_parse *p, const json_t *media, struct event *ev)
{
    struct text type = payload_text(media, "type");
    bool is_moving = text_equal(type, TEXT("video")) || text_equal(type, TEXT("animated_gif"));
    struct event_attachment *a = payload_attach(p->mem, ev, is_moving ? ATTACHMENT_VIDEO : ATTACHMENT_IMAGE);
    const json_t *variant = best_variant(media);
    struct text url = x_first(payload_text(media, "media_url_https"), payload_text(media, "media_url"));

    url = x_first(payload_text(variant, "url"), x_first(payload_text(media, "url"), url));
    if (payload_text(media, "media_url_https").len && !variant) /* there "url" is the short link in the text */
        url = payload_text(media, "media_url_https");
    if (!url.len)
        url = payload_text(media, "preview_image_url");
    a->ref = reference_of(p, url);
    a->url = url;
    a->mime = payload_text(variant, "content_type");
    a->name = x_first(payload_text(media, "alt_text"), payload_text(media, "ext_alt_text"));
}

void x_media_keys(struct x_parse *p, const json_t *attachments, struct event *ev)
{
    const json_t *keys = json_object_get(attachments, "media_keys"), *key;
    size_t at;

    json_array_foreach(keys, at, key)
    {
        struct text name = payload_id_value(p->mem, key);
        const json_t *media = name.ptr ? json_object_getn(p->media, name.ptr, name.len) : NULL;

        if (media)
            x_media_one(p, media, ev);
        else if (name.len)
            payload_attach(p->mem, ev, name.ptr[0] == '3' ? ATTACHMENT_IMAGE : ATTACHMENT_VIDEO)->name = name;
    }
}

static void set_media(struct x_parse *p, const json_t *post, struct event *ev)
{
    const json_t *extended = json_object_get(post, "extended_tweet"), *one;
    const json_t *list = json_object_get(json_object_get(extended, "extended_entities"), "media");
    size_t at;

    if (!list)
        list = json_object_get(json_object_get(post, "extended_entities"), "media");
    if (!list)
        list = json_object_get(json_object_get(extended, "entities"), "media");
    if (!list)
        list = json_object_get(json_object_get(post, "entities"), "media");
    json_array_foreach(list, at, one) if (json_is_object(one)) x_media_one(p, one, ev);
    x_media_keys(p, json_object_get(post, "attachments"), ev);
}

static void set_polls(struct x_parse *p, const json_t *post, json_t *detail)
{
    const json_t *ids = json_object_get(json_object_get(post, "attachments"), "poll_ids"), *id, *option;
    json_t *choices = json_array();
    size_t at, k;

    json_array_foreach(ids, at, id)
    {
        struct text name = payload_id_value(p->mem, id);
        const json_t *poll = name.ptr ? json_object_getn(p->polls, name.ptr, name.len) : NULL;

        json_object_set_new(detail, "poll", json_true());
        json_array_foreach(json_object_get(poll, "options"), k,
                           option) if (json_is_string(json_object_get(option, "label")))
            json_array_append(choices, json_object_get(option, "label"));
    }
    if (json_array_size(choices))
        json_object_set(detail, "choices", choices);
    json_decref(choices);
}

static void keep(json_t *detail, const char *name, int64_t n)
{
    if (n >= 0)
        json_object_set_new(detail, name, json_integer(n));
}

/* The sum of what is told; -1: nothing is. */
static int64_t sum(int64_t a, int64_t b)
{
    if (a < 0 || b < 0 || a > INT64_MAX - b)
        return a < 0 ? b : a;
    return a + b;
}

static void set_numbers(const json_t *post, json_t *detail)
{
    const json_t *n = json_object_get(post, "public_metrics"), *own = json_object_get(post, "non_public_metrics");

    n = n ? n : post;
    keep(detail, "likes", payload_number(n, "like_count", payload_number(n, "favorite_count", -1)));
    keep(detail, "comments", payload_number(n, "reply_count", -1));
    keep(detail, "shares",
         sum(payload_number(n, "retweet_count", payload_number(n, "repost_count", -1)),
             payload_number(n, "quote_count", -1)));
    keep(detail, "views", payload_number(n, "impression_count", payload_number(own, "impression_count", -1)));
    keep(detail, "saves", payload_number(n, "bookmark_count", -1));
    keep(detail, "clicks", payload_number(own, "url_link_clicks", -1));
}

static void set_quote(struct x_parse *p, const json_t *post, json_t *detail)
{
    struct text id = quoted_id(p, post);
    const json_t *quoted = nested(post, "quoted_status", "");

    if (!id.len)
        return;
    x_set_word(detail, "quoted", id);
    if (!quoted)
        quoted = json_object_getn(p->posts, id.ptr, id.len);
    if (quoted)
        x_set_word(detail, "quote", words_of(p, quoted));
}

void x_post_content(struct x_parse *p, const json_t *post, struct event *ev, json_t *detail)
{
    const json_t *extended = json_object_get(post, "extended_tweet"), *article = json_object_get(post, "article");
    const json_t *links = json_object_get(either(post, "note_tweet", "note_post"), "entities");

    ev->text = words_of(p, post);
    if (payload_text(article, "title").len)
        x_set_word(detail, "article", x_plain(p->mem, payload_words(p->mem, article)));
    set_media(p, post, ev);
    if (!links)
        links = json_object_get(extended, "entities");
    x_links(p, links ? links : json_object_get(post, "entities"), ev);
    set_polls(p, post, detail);
    set_numbers(post, detail);
    set_quote(p, post, detail);
}

/* ---- what it is ---- */

static struct text author_id(struct x_parse *p, const json_t *post)
{
    struct text id = x_id(p->mem, post, "author_id");

    return x_first(id, x_first(x_id(p->mem, x_unwrap(json_object_get(post, "user")), "id"),
                               x_id(p->mem, x_unwrap(json_object_get(post, "author")), "id")));
}

static struct event_author author_of(struct x_parse *p, const json_t *post)
{
    const json_t *user = json_object_get(post, "user");

    return x_author(p, x_unwrap(user ? user : json_object_get(post, "author")), author_id(p, post));
}

/* The version we are told is a later one: what it says is an edit as well, for whoever has the first. */
static int emit_edit(struct x_parse *p, const struct event *message, time_us at)
{
    struct event ev = *message;

    ev.kind = EVENT_EDIT;
    ev.target = ev.id;
    ev.id = ev.reply_to = ev.detail = nothing;
    ev.sent_at = at;
    return x_emit(p, &ev, NULL);
}

static int on_repost(struct x_parse *p, const json_t *post, struct text of, struct event *ev)
{
    AUTO(json) json_t *detail = json_pack("{s:s}", "type", "repost");
    const json_t *inner = nested(post, "retweeted_status", "reposted_status");

    ev->kind = EVENT_UNSUPPORTED;
    ev->text = words_of(p, post);
    ev->thread = inner ? x_post_thread(p, inner)
                       : (struct event_thread) { .type = THREAD_COMMENT, .present = true, .id = of, .post = of };
    x_set_word(detail, "reposted", of);
    if (!inner)
        inner = json_object_getn(p->posts, of.ptr, of.len);
    if (inner && words_of(p, inner).len && !text_equal(words_of(p, inner), ev->text))
        x_set_word(detail, "quote", words_of(p, inner));
    return x_emit(p, ev, detail);
}

static int on_inner(struct x_parse *p, const json_t *post)
{
    const json_t *reposted = nested(post, "retweeted_status", "reposted_status");
    const json_t *quoted = nested(post, "quoted_status", "");

    if (p->depth > 4)
        return 0;
    p->depth++;
    if ((reposted && text_equal(author_id(p, reposted), p->channel) && x_on_post(p, reposted)) ||
        (quoted && text_equal(author_id(p, quoted), p->channel) && x_on_post(p, quoted)))
        return -1;
    p->depth--;
    return 0;
}

int x_on_post(struct x_parse *p, const json_t *post)
{
    AUTO(json) json_t *detail = json_object();
    struct text id = x_id(p->mem, post, "id"), key = x_post_key(p, post), parent = parent_of(p, post);
    struct text root = x_id(p->mem, post, "conversation_id"), again = reposted_id(p, post);
    bool is_later = id.len && !text_equal(id, key), is_root;
    time_us told = TIME_NONE;
    struct event ev;

    if (!key.len)
        return x_unsupported(p, TEXT("post"), post);
    if (on_inner(p, post))
        return -1;
    event_init(&ev);
    ev.id = key;
    ev.author = author_of(p, post);
    x_set_side(p, ev.author.id, &ev);
    if (!x_moment(post, &told))
        (void)x_id_time(id, &told);
    ev.sent_at = told;
    if (is_later)
        (void)x_id_time(key, &ev.sent_at);
    if (again.len)
        return on_repost(p, post, again, &ev);
    is_root = !parent.len && (!root.len || text_equal(root, key) || text_equal(root, id));
    ev.thread = x_post_thread(p, post);
    if (is_root)
        ev.thread.id = ev.thread.post = key;
    ev.reply_to = parent;
    x_post_content(p, post, &ev, detail);
    if (is_root && ev.direction == DIRECTION_OUT)
        ev.kind = EVENT_POST;
    if (is_later)
        json_object_set_new(detail, "edited", json_true());
    if (x_emit(p, &ev, detail))
        return -1;
    return is_later ? emit_edit(p, &ev, told) : 0;
}

void x_note_parent(struct x_parse *p, const json_t *post)
{
    struct text parent = parent_of(p, post);

    if (parent.len)
        json_object_setn_new(p->parents, parent.ptr, parent.len, json_true());
}

int x_on_context(struct x_parse *p, const json_t *post)
{
    struct text id = x_id(p->mem, post, "id");
    bool is_ours = p->channel.len && text_equal(author_id(p, post), p->channel);

    return is_ours || (id.len && json_object_getn(p->parents, id.ptr, id.len)) ? x_on_post(p, post) : 0;
}

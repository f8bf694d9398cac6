/* What the YouTube Data API answers, one resource or a page of them, raw or wrapped by our own step, into events. */
#include "youtube_priv.h"

#include "util/str.h"

#define DEPTH_MAX 8

struct youtube_parse {
    const struct channel_facts *facts;
    struct arena *mem;
    event_sink *sink;
    void *arg;
    /* of the page we are in */
    struct text channel;
    time_us at;
    bool is_plain;
    bool is_profile;
    unsigned depth;
};

static const struct text nothing = { NULL, 0 };

struct text youtube_author_id(const json_t *snippet)
{
    const json_t *author = json_object_get(snippet, "authorChannelId");

    return json_is_object(author) ? payload_text(author, "value") : payload_text(snippet, "authorChannelId");
}

struct text youtube_comment_text(struct arena *mem, const json_t *snippet, bool is_plain, struct event *ev)
{
    struct text original = payload_text(snippet, "textOriginal"), shown = payload_text(snippet, "textDisplay");

    if (original.len || !shown.ptr)
        return original;
    return is_plain ? shown : youtube_plain(mem, shown, ev);
}

struct text youtube_top_id(struct text id)
{
    const char *dot = id.len ? memchr(id.ptr, '.', id.len) : NULL;

    return dot && dot > id.ptr ? (struct text){ id.ptr, (size_t)(dot - id.ptr) } : id;
}

static struct text first_of(struct text a, struct text b)
{
    return a.len ? a : b;
}

static int emit(struct youtube_parse *p, struct event *ev, struct text channel, json_t *detail)
{
    if (json_object_size(detail))
        ev->detail = payload_dump(p->mem, detail);
    ev->platform = PLATFORM_YOUTUBE;
    ev->channel = first_of(channel, first_of(p->channel, p->facts->external_id));
    return p->sink(ev, p->arg);
}

static int unsupported(struct youtube_parse *p, struct text type, const json_t *resource)
{
    AUTO(json) json_t *detail = json_pack("{s:s%}", "type", type.ptr ? type.ptr : "", type.len);
    const json_t *snippet = json_object_get(resource, "snippet"), *who = json_object_get(resource, "authorDetails");
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.text = json_is_string(resource) ? payload_id_value(p->mem, resource) : youtube_gather(p->mem, resource);
    ev.sent_at = TIME_NONE;
    (void)payload_moment(snippet, "publishedAt", &ev.sent_at);
    ev.author.id = first_of(first_of(youtube_author_id(snippet), payload_text(who, "channelId")),
                            payload_text(snippet, "authorChannelId"));
    ev.author.name = first_of(payload_text(snippet, "authorDisplayName"), payload_text(who, "displayName"));
    if (payload_id(p->mem, resource, "id").len)
        json_object_set(detail, "id", json_object_get(resource, "id"));
    if (payload_text(snippet, "liveChatId").len) {      /* what is said while a video goes out live */
        ev.id = payload_id(p->mem, resource, "id");
        ev.thread = (struct event_thread){ .type = THREAD_GROUP, .present = true,
                                           .id = payload_text(snippet, "liveChatId") };
        ev.direction = DIRECTION_IN;
        ev.sender_kind = SENDER_CUSTOMER;
    }
    return emit(p, &ev, payload_text(snippet, "channelId"), detail);
}

static void keep_count(json_t *detail, const char *name, const json_t *object, const char *key)
{
    int64_t n = payload_number(object, key, -1);

    if (n >= 0)
        json_object_set_new(detail, name, json_integer(n));
}

/* ---- comments ---- */

/* What a thread tells of its comments. */
struct strand {
    struct text id, post, channel;
    const json_t *snippet;               /* of the thread; NULL: the comment came alone */
};

static struct text hidden_state(const json_t *snippet)
{
    struct text state = payload_text(snippet, "moderationStatus");

    return text_equal(state, TEXT("published")) ? nothing : state;
}

static void set_author(const json_t *snippet, struct event *ev)
{
    struct text name = payload_text(snippet, "authorDisplayName"), handle = name;
    struct text url = payload_text(snippet, "authorChannelUrl");

    ev->author.id = youtube_author_id(snippet);
    ev->author.name = name;
    if (str_skip(&handle, TEXT("@"))) {
        ev->author.username = handle;
    } else {
        const char *at = str_find(url, TEXT("/@"));

        if (at)
            ev->author.username = (struct text){ at + 2, (size_t)(url.ptr + url.len - at) - 2 };
    }
}

static void set_side(struct youtube_parse *p, struct text owner, struct event *ev)
{
    struct text us = first_of(p->facts->external_id, first_of(p->channel, owner));
    bool is_us = us.len && text_equal(ev->author.id, us);

    ev->direction = is_us ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = is_us ? SENDER_AGENT : SENDER_CUSTOMER;
    ev->device = is_us ? DEVICE_NATIVE : DEVICE_UNKNOWN;
}

static int emit_hidden(struct youtube_parse *p, const struct event *comment, struct text channel, struct text state)
{
    AUTO(json) json_t *detail = json_pack("{s:b,s:s%}", "hidden", 1, "type", state.ptr, state.len);
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_HIDDEN;
    ev.target = comment->id;
    ev.thread = comment->thread;
    ev.sent_at = p->at;
    return emit(p, &ev, channel, detail);
}

static int emit_edit(struct youtube_parse *p, const struct event *comment, struct text channel, time_us at)
{
    struct event ev = *comment;

    ev.kind = EVENT_EDIT;
    ev.id = nothing;
    ev.target = comment->id;
    ev.reply_to = nothing;
    ev.detail = nothing;
    ev.sent_at = at;
    return emit(p, &ev, channel, NULL);
}

static json_t *comment_detail(const json_t *snippet, const struct strand *in, bool is_top, bool is_edited)
{
    json_t *detail = json_object(), *can_reply = json_object_get(in->snippet, "canReply");

    keep_count(detail, "likes", snippet, "likeCount");
    if (is_edited)
        json_object_set_new(detail, "edited", json_true());
    if (json_is_string(json_object_get(snippet, "moderationStatus")))
        json_object_set(detail, "moderation", json_object_get(snippet, "moderationStatus"));
    if (!is_top)
        return detail;
    keep_count(detail, "replies", in->snippet, "totalReplyCount");
    if (json_is_false(can_reply))
        json_object_set_new(detail, "can_reply", json_false());
    if (json_is_false(json_object_get(in->snippet, "isPublic")))
        json_object_set_new(detail, "public", json_false());
    return detail;
}

static int on_comment(struct youtube_parse *p, const json_t *comment, const struct strand *in, bool is_top)
{
    const json_t *snippet = json_object_get(comment, "snippet");
    struct text id = first_of(payload_id(p->mem, comment, "id"), is_top ? in->id : nothing);
    struct text parent = is_top ? nothing : first_of(payload_id(p->mem, snippet, "parentId"), in->id);
    struct text state = hidden_state(snippet), channel = first_of(payload_text(snippet, "channelId"), in->channel);
    time_us edited = TIME_NONE;
    struct event ev;

    event_init(&ev);
    ev.text = youtube_comment_text(p->mem, snippet, p->is_plain, &ev);
    if (!id.len || (!json_is_object(snippet) && !(is_top && in->snippet)))
        return unsupported(p, TEXT("comment"), comment);
    ev.id = id;
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .parent = parent };
    ev.thread.id = youtube_top_id(first_of(parent, first_of(in->id, id)));
    ev.thread.post = first_of(first_of(payload_id(p->mem, snippet, "videoId"), payload_id(p->mem, snippet, "postId")),
                              in->post);
    ev.reply_to = parent;
    set_author(snippet, &ev);
    set_side(p, channel, &ev);
    ev.sent_at = TIME_NONE;
    (void)payload_moment(snippet, "publishedAt", &ev.sent_at);
    (void)payload_moment(snippet, "updatedAt", &edited);
    bool is_edited = edited != TIME_NONE && ev.sent_at != TIME_NONE && edited > ev.sent_at;
    AUTO(json) json_t *detail = comment_detail(snippet, in, is_top, is_edited);
    if (emit(p, &ev, channel, detail) || (is_edited && emit_edit(p, &ev, channel, edited)))
        return -1;
    return state.len ? emit_hidden(p, &ev, channel, state) : 0;
}

static int on_thread(struct youtube_parse *p, const json_t *thread)
{
    const json_t *snippet = json_object_get(thread, "snippet"), *top = json_object_get(snippet, "topLevelComment");
    const json_t *replies = json_object_get(json_object_get(thread, "replies"), "comments");
    const json_t *words = json_object_get(top, "snippet");
    struct strand in = { .id = first_of(payload_id(p->mem, top, "id"), payload_id(p->mem, thread, "id")),
                         .snippet = snippet };

    in.post = first_of(payload_id(p->mem, snippet, "videoId"), payload_id(p->mem, snippet, "postId"));
    in.post = first_of(in.post, first_of(payload_id(p->mem, words, "videoId"), payload_id(p->mem, words, "postId")));
    in.channel = first_of(payload_text(snippet, "channelId"), payload_text(words, "channelId"));
    if (json_is_object(top)) {
        if (on_comment(p, top, &in, true))
            return -1;
    } else if (unsupported(p, TEXT("commentThread"), snippet)) {
        return -1;
    }
    for (size_t i = 0; i < json_array_size(replies); i++)
        if (on_comment(p, json_array_get(replies, i), &in, false))
            return -1;
    return 0;
}

static int on_lone_comment(struct youtube_parse *p, const json_t *comment)
{
    struct text id = payload_id(p->mem, comment, "id");
    struct text parent = payload_id(p->mem, json_object_get(comment, "snippet"), "parentId");
    struct strand in = { .id = youtube_top_id(first_of(parent, id)) };

    return on_comment(p, comment, &in, !parent.len && youtube_top_id(id).len == id.len);
}

/* ---- posts and numbers ---- */

/* A video is named by its id, by what a list or a search found, or by what the owner's uploads list holds. */
static struct text video_id(struct youtube_parse *p, const json_t *resource)
{
    const json_t *id = json_object_get(resource, "id"), *snippet = json_object_get(resource, "snippet");
    struct text found = payload_text(json_object_get(resource, "contentDetails"), "videoId");

    found = first_of(found, payload_text(json_object_get(snippet, "resourceId"), "videoId"));
    found = first_of(found, payload_text(id, "videoId"));
    return first_of(found, payload_id(p->mem, resource, "id"));
}

static struct text post_text(struct youtube_parse *p, const json_t *snippet, bool is_html)
{
    struct text title = payload_text(snippet, "title"), more = payload_text(snippet, "description");

    if (is_html) {
        title = youtube_plain(p->mem, title, NULL);
        more = youtube_plain(p->mem, more, NULL);
    }
    if (!title.len || !more.len || text_equal(title, more))
        return first_of(title, more.ptr ? more : title);
    return text_of(arena_printf(p->mem, "%.*s\n\n%.*s", (int)title.len, title.ptr, (int)more.len, more.ptr));
}

static int post_of(struct youtube_parse *p, const json_t *resource, bool is_html)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *snippet = json_object_get(resource, "snippet"), *numbers = json_object_get(resource, "statistics");
    struct text channel = first_of(payload_text(snippet, "videoOwnerChannelId"), payload_text(snippet, "channelId"));
    const json_t *status = json_object_get(resource, "status");
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_POST;
    ev.id = video_id(p, resource);
    if (!ev.id.len)
        return unsupported(p, TEXT("video"), resource);
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = ev.id, .post = ev.id };
    ev.thread.name = is_html ? youtube_plain(p->mem, payload_text(snippet, "title"), NULL) : payload_text(snippet, "title");
    ev.author.id = channel;
    ev.author.name = first_of(payload_text(snippet, "videoOwnerChannelTitle"), payload_text(snippet, "channelTitle"));
    ev.direction = DIRECTION_OUT;
    ev.sender_kind = SENDER_AGENT;
    ev.device = DEVICE_NATIVE;
    ev.text = post_text(p, snippet, is_html);
    ev.sent_at = TIME_NONE;
    if (!payload_moment(json_object_get(resource, "contentDetails"), "videoPublishedAt", &ev.sent_at))
        (void)payload_moment(snippet, "publishedAt", &ev.sent_at);
    keep_count(detail, "views", numbers, "viewCount");
    keep_count(detail, "likes", numbers, "likeCount");
    keep_count(detail, "comments", numbers, "commentCount");
    if (json_is_string(json_object_get(status, "privacyStatus")))
        json_object_set(detail, "privacy", json_object_get(status, "privacyStatus"));
    return emit(p, &ev, first_of(p->channel, channel), detail);
}

static int on_post(struct youtube_parse *p, const json_t *resource)
{
    return post_of(p, resource, false);
}

static int on_found(struct youtube_parse *p, const json_t *resource)
{
    if (!payload_text(json_object_get(resource, "id"), "videoId").len)
        return unsupported(p, TEXT("searchResult"), resource);
    return post_of(p, resource, true);
}

static struct text handle_of(const json_t *snippet)
{
    struct text handle = payload_text(snippet, "customUrl");

    (void)str_skip(&handle, TEXT("@"));
    return handle;
}

static int on_channel(struct youtube_parse *p, const json_t *resource)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *snippet = json_object_get(resource, "snippet"), *numbers = json_object_get(resource, "statistics");
    struct event ev;

    event_init(&ev);
    ev.kind = p->is_profile ? EVENT_PROFILE : EVENT_POST;
    ev.author.id = payload_id(p->mem, resource, "id");
    ev.author.name = payload_text(snippet, "title");
    ev.author.username = handle_of(snippet);
    if (!ev.author.id.len)
        return unsupported(p, TEXT("channel"), resource);
    if (!payload_true(numbers, "hiddenSubscriberCount"))
        keep_count(detail, "followers", numbers, "subscriberCount");
    if (p->is_profile)
        return emit(p, &ev, p->channel, detail);
    ev.id = ev.author.id;
    ev.direction = DIRECTION_OUT;
    ev.sender_kind = SENDER_AGENT;
    ev.text = post_text(p, snippet, false);
    ev.sent_at = p->at;
    json_object_set_new(detail, "type", json_string("channel"));
    keep_count(detail, "views", numbers, "viewCount");
    keep_count(detail, "videos", numbers, "videoCount");
    return emit(p, &ev, ev.id, detail);
}

/* ---- which is which ---- */

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

/* A resource without its "kind" is known by its members. */
static const char *kind_by_shape(const json_t *resource)
{
    const json_t *snippet = json_object_get(resource, "snippet"), *numbers = json_object_get(resource, "statistics");
    const json_t *content = json_object_get(resource, "contentDetails");

    if (has(snippet, "topLevelComment") || has(json_object_get(resource, "replies"), "comments"))
        return "commentThread";
    if (has(snippet, "textDisplay") || has(snippet, "textOriginal"))
        return "comment";
    if (has(json_object_get(snippet, "resourceId"), "videoId") || has(content, "videoPublishedAt"))
        return "playlistItem";
    if (has(numbers, "subscriberCount") || has(numbers, "videoCount") || has(content, "relatedPlaylists") ||
        has(snippet, "customUrl"))
        return "channel";
    if (has(numbers, "viewCount") || (has(snippet, "title") && has(snippet, "channelId") && has(resource, "id")))
        return "video";
    return has(resource, "error") ? "error" : "unknown";
}

static struct text kind_of(const json_t *resource)
{
    struct text kind = payload_text(resource, "kind");

    (void)str_skip(&kind, TEXT("youtube#"));
    return kind.len ? kind : text_of(kind_by_shape(resource));
}

static int on_resource(struct youtube_parse *p, const json_t *resource)
{
    static const struct {
        const char *kind;
        int (*handle)(struct youtube_parse *p, const json_t *resource);
    } kinds[] = {
        { "commentThread", on_thread }, { "comment", on_lone_comment }, { "video", on_post },
        { "playlistItem", on_post },    { "searchResult", on_found },   { "channel", on_channel },
    };
    struct text kind = kind_of(resource);

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (text_equal(kind, text_of(kinds[i].kind)))
            return kinds[i].handle(p, resource);
    return unsupported(p, kind, resource);
}

static int on_gone(struct youtube_parse *p, const json_t *list, enum event_kind kind)
{
    AUTO(json) json_t *detail = kind == EVENT_HIDDEN ? json_pack("{s:b,s:s}", "hidden", 0, "type", "published") : NULL;

    for (size_t i = 0; i < json_array_size(list); i++) {
        struct event ev;

        event_init(&ev);
        ev.kind = kind;
        ev.target = payload_id_value(p->mem, json_array_get(list, i));
        ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = youtube_top_id(ev.target) };
        ev.sent_at = p->at;
        if (ev.target.len && emit(p, &ev, nothing, detail))
            return -1;
    }
    return 0;
}

static int on_value(struct youtube_parse *p, const json_t *value);

static int on_list(struct youtube_parse *p, const json_t *list)
{
    int rc = 0;

    if (++p->depth > DEPTH_MAX)
        rc = unsupported(p, TEXT("nested"), list);
    for (size_t i = 0; p->depth <= DEPTH_MAX && rc == 0 && i < json_array_size(list); i++)
        rc = on_value(p, json_array_get(list, i));
    p->depth--;
    return rc;
}

static int on_page(struct youtube_parse *outer, const json_t *page)
{
    struct youtube_parse p = *outer;
    bool is_ours = json_is_string(json_object_get(page, "page"));

    if (is_ours) {
        p.channel = payload_text(page, "channel");
        p.is_plain = true;
        p.is_profile = text_equal(payload_text(page, "page"), TEXT("profile"));
        (void)payload_moment(page, "at", &p.at);
    }
    return on_list(&p, json_object_get(page, "items")) || on_gone(&p, json_object_get(page, "gone"), EVENT_DELETE) ||
                   on_gone(&p, json_object_get(page, "released"), EVENT_HIDDEN)
               ? -1
               : 0;
}

/* Client libraries put an answer into one of their own. */
static const json_t *within(const json_t *value)
{
    static const char *const shells[] = { "data", "result", "response" };

    for (size_t i = 0; i < COUNT_OF(shells) && !has(value, "kind") && !has(value, "snippet"); i++) {
        const json_t *inner = json_object_get(value, shells[i]);

        if (json_is_object(inner) || json_is_array(inner))
            return inner;
    }
    return NULL;
}

static int on_value(struct youtube_parse *p, const json_t *value)
{
    const json_t *inner;

    if (json_is_array(value))
        return on_list(p, value);
    if (!json_is_object(value))
        return unsupported(p, TEXT("not an object"), value);
    if (json_is_array(json_object_get(value, "items")))
        return on_page(p, value);
    inner = within(value);
    if (inner && p->depth < DEPTH_MAX) {
        int rc;

        p->depth++;
        rc = on_value(p, inner);
        p->depth--;
        return rc;
    }
    return on_resource(p, value);
}

static void forget(void *root)
{
    json_decref(root);
}

/* An answer without a single item is whole in itself: nothing to say. Other single values are not an answer at all. */
int youtube_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                       struct fail *why)
{
    struct youtube_parse p = { .facts = ch, .mem = mem, .sink = sink, .arg = arg, .at = TIME_NONE };
    json_error_t error;
    json_t *root;

    body = str_trim(body);
    if (text_starts(body, TEXT("\xEF\xBB\xBF")))
        body = (struct text){ body.ptr + 3, body.len - 3 };
    if (text_starts(body, TEXT("<")))
        return youtube_parse_feed(payload_mend(mem, body), ch, mem, sink, arg);
    root = payload_load(mem, body, &error);
    if (!root)
        return fail(why, FAIL_BAD_REQUEST, "not JSON: line %d: %s", error.line, error.text);
    arena_cleanup(mem, forget, root);                   /* events point into the tree */
    return on_value(&p, root);
}

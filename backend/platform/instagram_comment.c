/* What is said in public: comments, mentions, posts and their numbers, told by a webhook or read back. */
#include "instagram_priv.h"

#include "util/str.h"

/* ---- comments ---- */

static struct text first_text(const json_t *one, const char *const keys[], size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (payload_text(one, keys[i]).len)
            return payload_text(one, keys[i]);
    return INSTAGRAM_NONE;
}

static struct text id_of(struct instagram_parse *p, const json_t *comment)
{
    struct text id = payload_id(p->mem, comment, "comment_id");

    return id.len ? id : payload_id(p->mem, comment, "id");
}

static void set_author(struct instagram_parse *p, const json_t *one, struct event *ev)
{
    const json_t *from = json_object_get(one, "from");
    struct event_author a = { .id = payload_id(p->mem, from, "id"), .name = payload_text(from, "name"),
                              .username = payload_text(from, "username") };
    bool is_ours;

    if (!a.id.len)
        a.id = payload_id_value(p->mem, from);
    if (!a.username.len)
        a.username = payload_text(one, "username");
    is_ours = instagram_is_us(p, a.id) ||
              (a.username.len && p->username.len && str_equal_nocase(a.username, p->username)) ||
              (!a.id.len && json_object_get(one, "user"));        /* told of own comments only */
    if (is_ours && !a.id.len)
        a.id = p->account;
    ev->author = a;
    ev->direction = is_ours ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = is_ours ? SENDER_AGENT : SENDER_CUSTOMER;
    if (is_ours)
        ev->device = DEVICE_NATIVE;
}

static int tell_hidden(struct instagram_parse *p, const struct event *comment, bool is_hidden)
{
    AUTO(json) json_t *detail = json_pack("{s:b}", "hidden", is_hidden);
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_HIDDEN;
    ev.target = comment->id;
    ev.thread = comment->thread;
    ev.sent_at = comment->sent_at;
    return instagram_emit(p, &ev, detail);
}

static void set_media(struct instagram_parse *p, const json_t *comment, struct event *ev, json_t *detail)
{
    const json_t *media = json_object_get(comment, "media");

    if (!ev->thread.post.len)
        ev->thread.post = payload_id(p->mem, media, "id");
    if (!ev->thread.post.len)
        ev->thread.post = payload_id(p->mem, comment, "media_id");
    if (!ev->thread.post.len)
        ev->thread.post = payload_id_value(p->mem, media);
    instagram_set(detail, "product", payload_text(media, "media_product_type"));
    instagram_set(detail, "ad", payload_id(p->mem, media, "ad_id"));
    instagram_set(detail, "ad_title", payload_text(media, "ad_title"));
    instagram_set(detail, "original_post", payload_id(p->mem, media, "original_media_id"));
    instagram_set(detail, "permalink", payload_text(media, "permalink"));
}

static int on_comment(struct instagram_parse *p, const json_t *comment, struct text post, struct text parent,
                      const char *mark);

static int parse_replies(struct instagram_parse *p, const json_t *comment, const struct event *top)
{
    const json_t *list = instagram_list(json_object_get(comment, "replies"));

    for (size_t i = 0; i < json_array_size(list); i++)
        if (on_comment(p, json_array_get(list, i), top->thread.post, top->id, NULL))
            return -1;
    return 0;
}

static int on_comment(struct instagram_parse *p, const json_t *comment, struct text post, struct text parent,
                      const char *mark)
{
    static const char *const said[] = { "text", "message", "comment" };
    AUTO(json) json_t *detail = json_object();
    struct text told = payload_id(p->mem, comment, "parent_id");
    struct event ev;

    if (!json_is_object(comment))
        return instagram_unsupported(p, TEXT("comment"), comment, NULL);
    if (!told.len)
        told = payload_id(p->mem, json_object_get(comment, "parent"), "id");
    if (told.len)
        parent = told;
    event_init(&ev);
    ev.id = id_of(p, comment);
    if (!ev.id.len)
        ev.id = instagram_made_id(p, "comment", comment);
    set_author(p, comment, &ev);
    ev.text = first_text(comment, said, COUNT_OF(said));
    if (!meta_moment(comment, "timestamp", &ev.sent_at) && !meta_moment(comment, "created_time", &ev.sent_at))
        ev.sent_at = p->entry_time;
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .post = post };
    ev.thread.id = parent.len ? parent : ev.id;
    ev.reply_to = parent;
    set_media(p, comment, &ev, detail);
    if (!parent.len && ev.direction == DIRECTION_OUT)
        ev.thread.parent = ev.thread.post;      /* our word under our post belongs to the strand of that post */
    instagram_set_number(detail, "likes", comment, "like_count");
    if (mark)
        json_object_set_new(detail, mark, json_true());
    if (instagram_emit(p, &ev, detail))
        return -1;
    if (meta_true(comment, "hidden") && tell_hidden(p, &ev, true))
        return -1;
    return parse_replies(p, comment, &ev);
}

int instagram_parse_comment(struct instagram_parse *p, const json_t *comment, struct text post, const char *mark)
{
    return on_comment(p, comment, post, INSTAGRAM_NONE, mark);
}

int instagram_parse_changed(struct instagram_parse *p, const json_t *comment)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_EDIT;
    ev.target = id_of(p, comment);
    ev.text = payload_text(comment, "text");
    (void)meta_moment(comment, "at", &ev.sent_at);
    if (!ev.target.len)
        return 0;
    if (json_object_get(comment, "text") && instagram_emit(p, &ev, detail))
        return -1;
    ev.id = ev.target;
    return json_object_get(comment, "hidden") ? tell_hidden(p, &ev, meta_true(comment, "hidden")) : 0;
}

int instagram_parse_gone(struct instagram_parse *p, const json_t *ids)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        AUTO(json) json_t *detail = json_object();
        struct event ev;

        event_init(&ev);
        ev.kind = EVENT_DELETE;
        ev.target = payload_id_value(p->mem, json_array_get(ids, i));
        if (ev.target.len && instagram_emit(p, &ev, detail))
            return -1;
    }
    return 0;
}

/* ---- mentions ---- */

/* Ids only: where the account was named. What was said has to be read. */
int instagram_parse_mention(struct instagram_parse *p, const json_t *value)
{
    AUTO(json) json_t *detail = json_object();
    struct text comment = payload_id(p->mem, value, "comment_id"), media = payload_id(p->mem, value, "media_id");
    struct event ev;

    event_init(&ev);
    if (!media.len)
        media = payload_id(p->mem, json_object_get(value, "media"), "id");
    if (!comment.len && !media.len)
        return instagram_unsupported(p, TEXT("mentions"), value, NULL);
    set_author(p, value, &ev);
    ev.id = comment.len ? comment : media;
    ev.text = payload_words(p->mem, value);
    ev.sent_at = p->entry_time;
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = ev.id, .post = media };
    json_object_set_new(detail, "mention", json_true());
    instagram_set(detail, "read", text_of(arena_printf(p->mem, "mention/%.*s/%.*s", (int)media.len,
                                                       media.ptr ? media.ptr : "", (int)comment.len,
                                                       comment.ptr ? comment.ptr : "")));
    return instagram_emit(p, &ev, detail);
}

int instagram_tell_words(struct instagram_parse *p, const json_t *said, const char *words)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_EDIT;
    ev.target = id_of(p, said);
    ev.text = payload_text(said, words);
    (void)meta_moment(said, "timestamp", &ev.sent_at);
    return ev.target.len && ev.text.len ? instagram_emit(p, &ev, detail) : 0;
}

/* ---- posts and numbers ---- */

static void take_media_file(struct instagram_parse *p, const json_t *media, struct event *ev)
{
    struct text type = payload_text(media, "media_type"), url = payload_text(media, "media_url");
    const json_t *children = instagram_list(json_object_get(media, "children"));

    for (size_t i = 0; i < json_array_size(children); i++)
        take_media_file(p, json_array_get(children, i), ev);
    if (json_array_size(children))
        return;
    if (!url.len)
        url = payload_text(media, "thumbnail_url");
    if (url.len)
        (void)instagram_attach(p, ev, text_equal(type, TEXT("VIDEO")) ? ATTACHMENT_VIDEO : ATTACHMENT_IMAGE, url);
}

int instagram_parse_media(struct instagram_parse *p, const json_t *media, bool is_mention)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *comments = instagram_list(json_object_get(media, "comments"));
    struct event ev;

    event_init(&ev);
    ev.id = payload_id(p->mem, media, "id");
    if (!ev.id.len)
        return instagram_unsupported(p, TEXT("media"), media, NULL);
    if (!is_mention)
        instagram_learn_name(p, media);
    ev.kind = is_mention ? EVENT_MESSAGE : EVENT_POST;
    ev.author.username = payload_text(media, "username");
    ev.author.id = payload_id(p->mem, json_object_get(media, "owner"), "id");
    ev.direction = is_mention ? DIRECTION_IN : DIRECTION_OUT;
    ev.sender_kind = is_mention ? SENDER_CUSTOMER : SENDER_AGENT;
    if (!is_mention)
        ev.device = DEVICE_NATIVE;
    ev.text = payload_text(media, "caption");
    (void)meta_moment(media, "timestamp", &ev.sent_at);
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = ev.id, .post = ev.id };
    take_media_file(p, media, &ev);
    instagram_set_number(detail, "likes", media, "like_count");
    instagram_set_number(detail, "comments", media, "comments_count");
    instagram_set_number(detail, "views", media, "view_count");
    instagram_set(detail, "product", payload_text(media, "media_product_type"));
    instagram_set(detail, "permalink", payload_text(media, "permalink"));
    if (is_mention)
        json_object_set_new(detail, "mention", json_true());
    if (instagram_emit(p, &ev, detail))
        return -1;
    for (size_t i = 0; i < json_array_size(comments); i++)
        if (instagram_parse_comment(p, json_array_get(comments, i), ev.id, NULL))
            return -1;
    return 0;
}

static int tell_numbers(struct instagram_parse *p, struct text id, bool is_in_strand, json_t *detail)
{
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_POST;
    ev.id = id;
    ev.direction = DIRECTION_OUT;
    ev.sender_kind = SENDER_AGENT;
    ev.sent_at = p->entry_time;
    if (is_in_strand)
        ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = id, .post = id };
    return instagram_emit(p, &ev, detail);
}

int instagram_parse_story_insights(struct instagram_parse *p, const json_t *value)
{
    static const char *const names[][2] = { { "views", "views" },        { "views", "impressions" },
                                            { "reach", "reach" },        { "replies", "replies" },
                                            { "shares", "shares" },      { "taps_forward", "taps_forward" },
                                            { "taps_back", "taps_back" }, { "exits", "exits" } };
    AUTO(json) json_t *detail = json_object();
    struct text id = payload_id(p->mem, value, "media_id");

    if (!id.len)
        return instagram_unsupported(p, TEXT("story_insights"), value, NULL);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (!json_object_get(detail, names[i][0]))
            instagram_set_number(detail, names[i][0], value, names[i][1]);
    json_object_set_new(detail, "product", json_string("STORY"));
    return tell_numbers(p, id, false, detail);
}

/* An empty list is no data, not nought. */
int instagram_parse_insights(struct instagram_parse *p, struct text media, const json_t *list)
{
    static const char *const names[] = { "views", "reach", "likes", "comments", "shares", "saved", "total_interactions",
                                         "replies", "follows", "profile_visits", "reposts" };
    AUTO(json) json_t *detail = json_object();

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *metric = json_array_get(list, i), *values = json_object_get(metric, "values");
        const json_t *last = json_array_size(values) ? json_array_get(values, json_array_size(values) - 1)
                                                     : json_object_get(metric, "total_value");

        for (size_t k = 0; k < COUNT_OF(names); k++)
            if (text_equal(payload_text(metric, "name"), text_of(names[k])))
                instagram_set_number(detail, names[k], last, "value");
    }
    return media.len && json_object_size(detail) ? tell_numbers(p, media, true, detail) : 0;
}

int instagram_parse_account(struct instagram_parse *p, const json_t *account)
{
    AUTO(json) json_t *detail = json_object();
    struct text id = payload_id(p->mem, account, "user_id");

    if (!id.len)
        id = payload_id(p->mem, account, "id");
    if (!p->account.len)
        p->account = id;
    instagram_learn_name(p, account);
    instagram_set_number(detail, "followers", account, "followers_count");
    instagram_set_number(detail, "following", account, "follows_count");
    instagram_set_number(detail, "posts", account, "media_count");
    if (!json_object_size(detail) || !id.len)
        return instagram_parse_profile(p, id, account);
    instagram_set(detail, "username", payload_text(account, "username"));
    return tell_numbers(p, p->account.len ? p->account : id, false, detail);
}

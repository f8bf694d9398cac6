/* What webhooks tell: the Account Activity API's body, an array for each kind, and the X Activity API's envelope. */
#include "x_priv.h"

#include "util/str.h"

static const struct text nothing = { NULL, 0 };

static int emit_about(struct x_parse *p, enum event_kind kind, struct text target, const struct event_thread *thread,
                      time_us at)
{
    struct event ev;

    event_init(&ev);
    ev.kind = kind;
    ev.target = target;
    if (thread)
        ev.thread = *thread;
    ev.sent_at = at;
    return x_emit(p, &ev, NULL);
}

static time_us time_of(const json_t *event)
{
    time_us at = TIME_NONE;

    (void)x_moment(event, &at);
    return at;
}

/* The first of these members that is an object, wrapped or not. */
static const json_t *member_of(const json_t *event, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (json_is_object(json_object_get(event, names[i])))
            return x_unwrap(json_object_get(event, names[i]));
    return NULL;
}

static struct text id_of(struct x_parse *p, const json_t *event, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct text id = x_id(p->mem, event, names[i]);

        if (id.len)
            return id;
    }
    return nothing;
}

/* ---- likes ---- */

static int on_like(struct x_parse *p, const json_t *event)
{
    static const char *const posts[] = { "favorited_status", "liked_tweet",  "liked_post", "tweet", "post",
                                         "status",           "target_object" };
    static const char *const post_ids[] = { "liked_tweet_id", "liked_post_id", "tweet_id", "post_id" };
    static const char *const users[] = { "user", "source", "liking_user", "liker", "author" };
    static const char *const user_ids[] = { "user_id", "source_id", "liking_user_id", "liker_id", "sender_id" };
    const json_t *post = member_of(event, posts, COUNT_OF(posts)), *user = member_of(event, users, COUNT_OF(users));
    struct text target = post ? x_post_key(p, post) : id_of(p, event, post_ids, COUNT_OF(post_ids));
    AUTO(json) json_t *detail = json_object();
    struct event ev, read;

    if (!target.len)
        return x_unsupported(p, TEXT("like"), event);
    if (post && x_on_context(p, post))
        return -1;
    event_init(&ev);
    ev.kind = EVENT_REACTION;
    ev.target = target;
    ev.author = x_author(p, user, x_first(x_id(p->mem, user, "id"), id_of(p, event, user_ids, COUNT_OF(user_ids))));
    ev.text = TEXT("❤️");
    x_set_side(p, ev.author.id, &ev);
    ev.sent_at = time_of(event);
    if (post) {
        AUTO(json) json_t *ignored = json_object();

        ev.thread = x_post_thread(p, post);
        event_init(&read);
        x_post_content(p, post, &read, ignored);
        x_set_word(detail, "quote", read.text);
    }
    return x_emit(p, &ev, detail);
}

/* ---- who follows, blocks, mutes ---- */

static int on_relation(struct x_parse *p, const json_t *event, struct text type)
{
    static const char *const sources[] = { "source", "user", "follower" };
    static const char *const targets[] = { "target", "followed_user", "followee" };
    static const char *const source_ids[] = { "source_id", "source_user_id", "follower_id", "user_id" };
    static const char *const target_ids[] = { "target_id", "target_user_id", "followed_user_id" };
    const json_t *source = member_of(event, sources, COUNT_OF(sources));
    const json_t *target = member_of(event, targets, COUNT_OF(targets));
    struct text from = x_first(x_id(p->mem, source, "id"), id_of(p, event, source_ids, COUNT_OF(source_ids)));
    struct text to = x_first(x_id(p->mem, target, "id"), id_of(p, event, target_ids, COUNT_OF(target_ids)));
    bool is_ours = p->channel.len && text_equal(from, p->channel);
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.author = is_ours ? x_author(p, target, to) : x_author(p, source, from);
    if (!ev.author.id.len)
        return x_unsupported(p, type, event);
    ev.sent_at = time_of(event);
    x_set_word(detail, "type", type);
    json_object_set_new(detail, "by_us", json_boolean(is_ours));
    if (!is_ours && text_equal(type, TEXT("follow")))
        json_object_set_new(detail, "following", json_true());
    if (!is_ours && text_equal(type, TEXT("unfollow")))
        json_object_set_new(detail, "following", json_false());
    return x_emit(p, &ev, detail);
}

static int on_old_relation(struct x_parse *p, const json_t *event)
{
    struct text type = payload_text(event, "type");

    return on_relation(p, event, type.len ? type : TEXT("follow"));
}

/* ---- what is gone ---- */

static int on_gone(struct x_parse *p, const json_t *event)
{
    static const char *const posts[] = { "status", "tweet", "post", "delete", "data" };
    const json_t *post = member_of(event, posts, COUNT_OF(posts));
    struct text id =
        x_first(x_id(p->mem, post, "id"), x_first(x_id(p->mem, event, "id"), x_id(p->mem, event, "tweet_id")));
    struct event_thread thread;
    time_us at = time_of(event);

    if (post && !id.len && p->depth < 4) { /* {"delete":{"tweet":{…}}} */
        p->depth++;
        return on_gone(p, post);
    }
    id = x_first(id, x_id(p->mem, event, "post_id"));
    if (!id.len)
        return x_unsupported(p, TEXT("post.delete"), event);
    thread = x_post_thread(p, post ? post : event);
    return emit_about(p, EVENT_DELETE, x_first(x_post_key(p, post ? post : event), id),
                      x_id(p->mem, post ? post : event, "conversation_id").len ? &thread : NULL,
                      at == TIME_NONE && post ? time_of(post) : at);
}

/* ---- the account ---- */

static int on_revoke(struct x_parse *p, const json_t *event)
{
    AUTO(json) json_t *detail = json_pack("{s:s}", "type", "token_revoked");
    const json_t *source = x_unwrap(json_object_get(event, "source"));
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_ACCOUNT;
    ev.author.id =
        x_first(x_id(p->mem, source, "user_id"), x_first(x_id(p->mem, source, "id"), x_id(p->mem, event, "user_id")));
    ev.sent_at = time_of(event);
    (void)payload_moment(event, "date_time", &ev.sent_at);
    return x_emit(p, &ev, detail);
}

static int on_user_event(struct x_parse *p, const json_t *event)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)event, key, value)
    {
        int rc = strcmp(key, "revoke") == 0 ? on_revoke(p, value)
                                            : x_unsupported(p, text_of(arena_copy(p->mem, text_of(key))), value);

        if (rc)
            return -1;
    }
    return json_object_size(event) ? 0 : x_unsupported(p, TEXT("user_event"), event);
}

/* ---- Account Activity: one array for each kind ---- */

static int on_stray(struct x_parse *p, const char *key, const json_t *value)
{
    struct text type = text_of(arena_copy(p->mem, text_of(key)));
    const json_t *one;
    size_t at;

    if (!json_is_array(value) || !json_array_size(value))
        return x_unsupported(p, type, value);
    json_array_foreach(value, at, one) if (x_unsupported(p, type, one)) return -1;
    return 0;
}

static bool is_beside(const char *key)
{
    static const char *const beside[] = { "for_user_id", "user_has_blocked", "users",  "apps",          "is_blocked_by",
                                          "meta",        "includes",         "errors", "matching_rules" };

    for (size_t i = 0; i < COUNT_OF(beside); i++)
        if (strcmp(key, beside[i]) == 0)
            return true;
    return false;
}

int x_on_activity(struct x_parse *p, const json_t *body)
{
    static const struct {
        const char *key;
        int (*handle)(struct x_parse *p, const json_t *event);
    } kinds[] = {
        { "tweet_create_events", x_on_post },
        { "post_create_events", x_on_post },
        { "tweet_edit_events", x_on_post },
        { "favorite_events", on_like },
        { "follow_events", on_old_relation },
        { "block_events", on_old_relation },
        { "mute_events", on_old_relation },
        { "direct_message_events", x_on_direct },
        { "direct_message_indicate_typing_events", x_on_typing },
        { "direct_message_mark_read_events", x_on_read },
        { "tweet_delete_events", on_gone },
        { "post_delete_events", on_gone },
        { "user_event", on_user_event },
    };
    const char *key;
    json_t *list, *one;

    json_object_foreach((json_t *)(uintptr_t)body, key, list)
    {
        size_t kind = 0, at;

        while (kind < COUNT_OF(kinds) && strcmp(key, kinds[kind].key) != 0)
            kind++;
        if (kind == COUNT_OF(kinds)) {
            if (!is_beside(key) && !json_is_null(list) && on_stray(p, key, list))
                return -1;
            continue;
        }
        if (!json_is_array(list) && kinds[kind].handle(p, list))
            return -1;
        json_array_foreach(list, at, one)
        {
            p->depth = 0;
            if (json_is_object(one) ? kinds[kind].handle(p, one) : on_stray(p, key, one))
                return -1;
        }
    }
    return 0;
}

/* ---- X Activity: one event in an envelope ---- */

static bool has_old_kinds(const json_t *payload)
{
    static const char *const keys[] = { "direct_message_events", "direct_message_mark_read_events",
                                        "follow_events",         "direct_message_indicate_typing_events",
                                        "favorite_events",       "user_event",
                                        "tweet_create_events",   "tweet_delete_events",
                                        "block_events",          "mute_events" };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (json_object_get(payload, keys[i]))
            return true;
    return false;
}

static bool has_post(const json_t *payload)
{
    return json_object_get(payload, "text") || json_object_get(payload, "full_text") ||
           json_object_get(payload, "note_tweet") || json_object_get(payload, "edit_history_tweet_ids");
}

static int on_payload(struct x_parse *p, struct text type, const json_t *payload)
{
    static const char *const posts[] = { "data", "tweet", "post", "status" };
    const json_t *inner = member_of(payload, posts, COUNT_OF(posts));
    struct text kind = type, group;

    if (has_old_kinds(payload))
        return x_on_activity(p, payload);
    (void)str_split(&kind, '.', &group);
    if (text_equal(type, TEXT("post.delete")) || text_equal(type, TEXT("tweet.delete")))
        return on_gone(p, payload);
    if (text_equal(group, TEXT("post")) || text_equal(group, TEXT("tweet")))
        return x_on_post(p, has_post(payload) || !inner ? payload : inner);
    if (text_equal(group, TEXT("like")))
        return on_like(p, payload);
    if (text_equal(group, TEXT("follow")) || text_equal(group, TEXT("block")) || text_equal(group, TEXT("mute")))
        return on_relation(p, payload, kind);
    if (text_equal(type, TEXT("oauth.revoke")))
        return on_revoke(p, payload);
    if (text_equal(type, TEXT("dm.read")))
        return x_on_read(p, payload);
    if (text_equal(type, TEXT("dm.indicate_typing")))
        return x_on_typing(p, payload);
    if (text_equal(group, TEXT("dm")))
        return x_on_direct(p, inner && !json_object_get(payload, "id") ? inner : payload);
    return x_unsupported(p, type, payload);
}

int x_on_envelope(struct x_parse *p, const json_t *envelope, const json_t *beside)
{
    const json_t *payload = json_object_get(envelope, "payload"), *one;
    struct text type = payload_text(envelope, "event_type");
    struct text us = x_id(p->mem, json_object_get(envelope, "filter"), "user_id");
    size_t at;

    if (us.len)
        p->channel = us;
    x_note_beside(p, json_object_get(beside, "includes"));
    x_note_beside(p, json_object_get(envelope, "includes"));
    if (json_is_object(payload)) {
        x_note_beside(p, json_object_get(payload, "includes"));
        x_note_beside(p, payload);
        return on_payload(p, type, payload);
    }
    if (!json_is_array(payload))
        return x_unsupported(p, type, envelope);
    json_array_foreach(payload, at, one)
    {
        p->depth = 0;
        if (json_is_object(one) ? on_payload(p, type, one) : x_unsupported(p, type, one))
            return -1;
    }
    return 0;
}

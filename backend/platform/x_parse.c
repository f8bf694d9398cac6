/* Bodies of X into events: which of the many forms a body has, and what stands beside its items. */
#include "x_priv.h"

#include "util/str.h"

#define DEPTH_MAX 6

int x_emit(struct x_parse *p, struct event *ev, json_t *detail)
{
    if (json_object_size(detail))
        ev->detail = payload_dump(p->mem, detail);
    ev->platform = PLATFORM_X;
    ev->channel = p->channel;
    return p->sink(ev, p->arg);
}

void x_set_word(json_t *object, const char *key, struct text t)
{
    if (t.len)
        json_object_set_new(object, key, json_stringn(t.ptr, t.len));
}

int x_unsupported(struct x_parse *p, struct text type, const json_t *value)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *user = x_unwrap(json_object_get(value, "user"));
    struct text who =
        x_first(x_id(p->mem, value, "author_id"), x_first(x_id(p->mem, value, "sender_id"), x_id(p->mem, user, "id")));
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.author = x_author(p, user, who);
    ev.text = x_plain(p->mem, payload_words(p->mem, value));
    ev.sent_at = TIME_NONE;
    (void)x_moment(value, &ev.sent_at);
    x_set_word(detail, "type", type.len ? type : TEXT("unknown"));
    x_set_word(detail, "id", x_id(p->mem, value, "id"));
    return x_emit(p, &ev, detail);
}

/* ---- people ---- */

const json_t *x_unwrap(const json_t *object)
{
    const json_t *inner = json_object_get(object, "data");

    return json_is_object(inner) ? inner : json_is_object(object) ? object : NULL;
}

const json_t *x_user(struct x_parse *p, struct text id)
{
    return id.len ? json_object_getn(p->users, id.ptr, id.len) : NULL;
}

struct event_author x_author(struct x_parse *p, const json_t *user, struct text id)
{
    if (!id.len)
        id = x_id(p->mem, user, "id");
    if (!user)
        user = x_user(p, id);
    return (struct event_author) {
        .id = id,
        .name = payload_text(user, "name"),
        .username = x_first(payload_text(user, "username"), payload_text(user, "screen_name")),
    };
}

void x_set_side(struct x_parse *p, struct text author, struct event *ev)
{
    bool is_us = p->channel.len && text_equal(author, p->channel);

    ev->direction = is_us ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = is_us ? SENDER_AGENT : SENDER_CUSTOMER;
    ev->device = is_us ? DEVICE_NATIVE : DEVICE_UNKNOWN;
}

/* ---- what stands beside ---- */

static void note(struct x_parse *p, json_t *index, const json_t *list, const char *key)
{
    const char *name;
    json_t *one;
    size_t at;

    json_array_foreach(list, at, one)
    {
        json_t *object = (json_t *)(uintptr_t)x_unwrap(one);
        struct text id = x_id(p->mem, object, key);

        if (id.len)
            json_object_setn(index, id.ptr, id.len, object);
    }
    json_object_foreach((json_t *)(uintptr_t)list, name, one) /* {"2222":{…}} */
        if (x_unwrap(one)) json_object_set(index, name, (json_t *)(uintptr_t)x_unwrap(one));
}

void x_note_beside(struct x_parse *p, const json_t *includes)
{
    note(p, p->users, json_object_get(includes, "users"), "id");
    note(p, p->media, json_object_get(includes, "media"), "media_key");
    note(p, p->posts, json_object_get(includes, "tweets"), "id");
    note(p, p->posts, json_object_get(includes, "posts"), "id");
    note(p, p->polls, json_object_get(includes, "polls"), "id");
}

/* ---- answers of v2 ---- */

static bool is_direct(const json_t *item)
{
    return json_object_get(item, "event_type") || json_object_get(item, "dm_conversation_id") ||
           json_object_get(item, "message_create");
}

static bool is_envelope(const json_t *item)
{
    return json_is_string(json_object_get(item, "event_type")) && json_object_get(item, "payload");
}

static bool is_post(const json_t *item)
{
    return json_object_get(item, "id") &&
           (json_object_get(item, "text") || json_object_get(item, "full_text") ||
            json_object_get(item, "note_tweet") || json_object_get(item, "edit_history_tweet_ids") ||
            json_object_get(item, "edit_history_post_ids") || json_object_get(item, "conversation_id"));
}

static bool is_user(const json_t *item)
{
    return json_object_get(item, "username") || json_object_get(item, "screen_name");
}

/* A person; our own account is a post that carries its numbers. */
static int on_user(struct x_parse *p, const json_t *user)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *numbers = json_object_get(user, "public_metrics");
    int64_t followers = payload_number(numbers, "followers_count", payload_number(user, "followers_count", -1));
    int64_t posts = payload_number(numbers, "tweet_count", payload_number(user, "statuses_count", -1));
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.author = x_author(p, user, (struct text) { NULL, 0 });
    if (!ev.author.id.len)
        return x_unsupported(p, TEXT("user"), user);
    ev.sent_at = p->at;
    if (followers >= 0)
        json_object_set_new(detail, "followers", json_integer(followers));
    x_set_word(detail, "picture",
               x_first(payload_text(user, "profile_image_url"), payload_text(user, "profile_image_url_https")));
    if (!p->is_profile && p->channel.len && text_equal(ev.author.id, p->channel)) {
        ev.kind = EVENT_POST;
        ev.id = ev.author.id;
        ev.direction = DIRECTION_OUT;
        ev.sender_kind = SENDER_AGENT;
        ev.text = x_plain(p->mem, payload_text(user, "description"));
        x_set_word(detail, "type", TEXT("channel"));
        if (posts >= 0)
            json_object_set_new(detail, "posts", json_integer(posts));
    }
    return x_emit(p, &ev, detail);
}

static int on_item(struct x_parse *p, const json_t *item, const json_t *beside)
{
    p->depth = 0;
    if (is_envelope(item))
        return x_on_envelope(p, item, beside);
    if (is_direct(item))
        return x_on_direct(p, item);
    if (is_user(item) && !json_object_get(item, "text"))
        return on_user(p, item);
    if (is_post(item))
        return x_on_post(p, item);
    return x_unsupported(p, TEXT("data"), item);
}

/* Where nothing says who we are: the one who takes part in every conversation, if there are several. */
static struct text common_person(struct x_parse *p, const json_t *list)
{
    struct text a = { NULL, 0 }, b = a, first = a, gone = a;
    const json_t *item;
    bool differ = false;
    size_t at;

    json_array_foreach(list, at, item)
    {
        struct text id = x_conversation(p->mem, x_id(p->mem, item, "dm_conversation_id")), y = id, x;

        if (!id.len || !str_split(&y, '-', &x))
            continue;
        if (!first.len) {
            first = id;
            a = x;
            b = y;
        }
        differ = differ || !text_equal(first, id);
        if (!text_equal(a, x) && !text_equal(a, y))
            a = gone;
        if (!text_equal(b, x) && !text_equal(b, y))
            b = gone;
    }
    return differ && !(a.len && b.len) ? x_first(a, b) : gone;
}

static bool is_missing(const json_t *error)
{
    struct text type = payload_text(error, "type"), about = payload_text(error, "parameter");

    return type.len >= 18 && memcmp(type.ptr + type.len - 18, "resource-not-found", 18) == 0 &&
           (text_equal(about, TEXT("ids")) || text_equal(about, TEXT("id")));
}

/* A look-up says of each post whether it is still there. */
static int on_errors(struct x_parse *p, const json_t *errors)
{
    const json_t *error;
    size_t at;

    json_array_foreach(errors, at, error)
    {
        struct text type = payload_text(error, "resource_type");
        struct event ev;

        if (!is_missing(error) || (!text_equal(type, TEXT("tweet")) && !text_equal(type, TEXT("post"))))
            continue;
        event_init(&ev);
        ev.kind = EVENT_DELETE;
        ev.target = x_first(x_id(p->mem, error, "resource_id"), x_id(p->mem, error, "value"));
        ev.sent_at = p->at;
        if (ev.target.len && x_emit(p, &ev, NULL))
            return -1;
    }
    return 0;
}

static int on_contexts(struct x_parse *p, const json_t *list)
{
    const json_t *post;
    size_t at;

    json_array_foreach(list, at, post)
    {
        p->depth = 0;
        if (x_on_context(p, x_unwrap(post)))
            return -1;
    }
    return 0;
}

int x_on_page(struct x_parse *p, const json_t *page)
{
    const json_t *data = json_object_get(page, "data"), *includes = json_object_get(page, "includes"), *item;
    size_t at;

    x_note_beside(p, includes);
    if (!p->channel.len)
        p->channel = common_person(p, data);
    if (json_is_object(data)) {
        x_note_parent(p, data);
        if (on_item(p, data, page))
            return -1;
    }
    json_array_foreach(data, at, item)
    {
        x_note_parent(p, item);
        if (on_item(p, item, page))
            return -1;
    }
    return on_contexts(p, json_object_get(includes, "tweets")) || on_contexts(p, json_object_get(includes, "posts"))
               ? -1
               : on_errors(p, json_object_get(page, "errors"));
}

/* ---- bodies ---- */

static int on_body(struct x_parse *p, const json_t *body, unsigned depth);

static int on_list(struct x_parse *p, const json_t *list, unsigned depth)
{
    const json_t *one;
    size_t at;

    json_array_foreach(list, at, one) if (json_is_object(one) && depth < DEPTH_MAX
                                              ? on_body(p, one, depth + 1)
                                              : x_unsupported(p, TEXT("unknown"), one)) return -1;
    return 0;
}

static int on_own_page(struct x_parse *p, const json_t *body, unsigned depth)
{
    struct text us = x_id(p->mem, body, "channel");

    if (us.len)
        p->channel = us;
    (void)payload_moment(body, "at", &p->at);
    p->is_profile = text_equal(payload_text(body, "page"), TEXT("profile"));
    return on_body(p, json_object_get(body, "answer"), depth + 1);
}

static bool is_nothing(const json_t *body)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)body, key, value) if (strcmp(key, "meta") != 0 &&
                                                                   strcmp(key, "errors") != 0 &&
                                                                   strcmp(key, "includes") != 0) return false;
    return json_object_get(body, "meta") != NULL;
}

static int on_body(struct x_parse *p, const json_t *body, unsigned depth)
{
    const json_t *data = json_object_get(body, "data");
    struct text us = x_id(p->mem, body, "for_user_id");

    if (us.len)
        p->channel = us;
    if (depth < DEPTH_MAX && json_is_string(json_object_get(body, "page")) &&
        json_is_object(json_object_get(body, "answer")))
        return on_own_page(p, body, depth);
    if (is_envelope(body))
        return x_on_envelope(p, body, NULL);
    if (json_is_object(data) || json_is_array(data) || is_nothing(body))
        return x_on_page(p, body);
    if (json_is_array(json_object_get(body, "statuses")))
        return on_list(p, json_object_get(body, "statuses"), depth);
    x_note_beside(p, body);
    if (json_is_object(json_object_get(body, "event")) && is_direct(json_object_get(body, "event")))
        return x_on_direct(p, json_object_get(body, "event"));
    if (json_is_array(json_object_get(body, "events")))
        return on_list(p, json_object_get(body, "events"), depth);
    if (is_direct(body) || is_post(body) || (is_user(body) && json_object_get(body, "id")))
        return on_item(p, body, NULL);
    return json_object_size(body) ? x_on_activity(p, body) : x_unsupported(p, TEXT("empty"), body);
}

static void forget(void *root)
{
    json_decref(root);
}

int x_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                 struct fail *why)
{
    struct x_parse p = { .facts = ch, .mem = mem, .sink = sink, .arg = arg, .channel = ch->external_id };
    json_t *beside[] = { json_object(), json_object(), json_object(), json_object(), json_object() };
    json_error_t error;
    json_t *root = payload_load(mem, body, &error);
    int rc;

    if (root)
        arena_cleanup(mem, forget, root); /* events point into the tree */
    p.users = beside[0];
    p.media = beside[1];
    p.posts = beside[2];
    p.polls = beside[3];
    p.parents = beside[4];
    p.at = TIME_NONE;
    rc = root ? json_is_array(root) ? on_list(&p, root, 0) : on_body(&p, root, 0) : -1;
    for (size_t i = 0; i < COUNT_OF(beside); i++)
        json_decref(beside[i]);
    if (!root)
        return fail(why, FAIL_BAD_REQUEST, "not JSON: line %d: %s", error.line, error.text);
    return rc;
}

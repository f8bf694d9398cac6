/* Bodies of Instagram's webhook, of either login, and pages of what was read back, into events: the envelope. */
#include "instagram_priv.h"

#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

#define WORDS_MAX ((size_t)64 * 1024)

/* ---- small helps ---- */

bool instagram_is_us(const struct instagram_parse *p, struct text id)
{
    return id.len && (text_equal(id, p->account) || text_equal(id, p->channel->external_id) ||
                      text_equal(id, p->scoped_id));
}

int instagram_emit(struct instagram_parse *p, struct event *ev, json_t *detail)
{
    if (p->is_standby)
        json_object_set_new(detail, "standby", json_true());
    if (json_object_size(detail))
        ev->detail = payload_dump(p->mem, detail);
    ev->platform = PLATFORM_INSTAGRAM;
    ev->channel = p->account;
    return p->sink(ev, p->arg);
}

void instagram_set(json_t *detail, const char *key, struct text value)
{
    if (value.len)
        json_object_set_new(detail, key, json_stringn(value.ptr, value.len));
}

/* Below nought is Instagram's "too few to tell". */
void instagram_set_number(json_t *detail, const char *key, const json_t *holder, const char *member)
{
    int64_t n = payload_number(holder, member, -1);

    if (n >= 0)
        json_object_set_new(detail, key, json_integer(n));
}

struct text instagram_made_id(struct instagram_parse *p, const char *kind, const json_t *item)
{
    size_t len = json_dumpb(item, NULL, 0, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *bytes = arena_alloc(p->mem, len + 1), hex[2 * CRYPTO_HASH_SIZE + 1];
    uint8_t hash[CRYPTO_HASH_SIZE];

    len = json_dumpb(item, bytes, len, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    crypto_sha256((struct text){ bytes, len }, hash);
    enc_hex(hash, sizeof(hash), hex);
    return text_of(arena_printf(p->mem, "%s/%.32s", kind, hex));
}

const json_t *instagram_list(const json_t *value)
{
    const json_t *data = json_object_get(value, "data");

    return json_is_array(value) ? value : json_is_array(data) ? data : NULL;
}

/* Hosts of signed addresses that stop answering after a while: what they serve has to be fetched on arrival. */
static bool is_media_host(struct text url)
{
    static const char *const hosts[] = { "lookaside.fbsbx.com", "lookaside.instagram.com" };
    static const char *const domains[] = { ".fbcdn.net", ".cdninstagram.com", ".fbsbx.com" };
    struct text rest = url, host;

    if (!str_skip(&rest, TEXT("https://")))
        return false;
    (void)str_split(&rest, '/', &host);
    for (size_t i = 0; i < COUNT_OF(hosts); i++)
        if (text_equal(host, text_of(hosts[i])))
            return true;
    for (size_t i = 0; i < COUNT_OF(domains); i++) {
        struct text d = text_of(domains[i]);

        if (host.len > d.len && memcmp(host.ptr + host.len - d.len, d.ptr, d.len) == 0)
            return true;
    }
    return false;
}

struct event_attachment *instagram_attach(struct instagram_parse *p, struct event *ev, enum attachment_type type,
                                          struct text url)
{
    struct event_attachment *a;

    for (size_t i = 0; url.len && i < ev->attachment_count; i++)
        if (text_equal(ev->attachments[i].url, url))
            return (struct event_attachment *)(uintptr_t)&ev->attachments[i];
    a = payload_attach(p->mem, ev, type);
    if (url.len)
        a->url = url;
    if (meta_is_address(url) && (type != ATTACHMENT_LINK || is_media_host(url)))
        a->ref = url;
    return a;
}

void instagram_learn_name(struct instagram_parse *p, const json_t *us)
{
    if (!p->username.len)
        p->username = payload_text(us, "username");
}

/* ---- what is not known ---- */

int instagram_unsupported(struct instagram_parse *p, struct text type, const json_t *item, const struct event *like)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    if (like)
        ev = *like;
    ev.kind = EVENT_UNSUPPORTED;
    ev.target = INSTAGRAM_NONE;
    if (!ev.id.len && item)
        ev.id = instagram_made_id(p, "item", item);
    else if (!ev.id.len)                                /* nothing but a name: at its time */
        ev.id = text_of(arena_printf(p->mem, "item/%.*s/%lld", (int)type.len, type.ptr ? type.ptr : "",
                                     (long long)p->entry_time));
    if (!ev.text.len)
        ev.text = payload_words(p->mem, item);
    if (ev.sent_at == TIME_NONE && !meta_moment(item, "timestamp", &ev.sent_at) &&
        !meta_moment(item, "created_time", &ev.sent_at))
        ev.sent_at = p->entry_time;
    instagram_set(detail, "type", type.len ? type : TEXT("unknown"));
    return instagram_emit(p, &ev, detail);
}

/* Something in public of a field that we know no better: where it hangs, as far as it tells. */
static int on_unknown_field(struct instagram_parse *p, struct text field, const json_t *value)
{
    const json_t *from = json_object_get(value, "from");
    struct text post = payload_id(p->mem, json_object_get(value, "media"), "id");
    struct event ev;

    event_init(&ev);
    if (!post.len)
        post = payload_id(p->mem, value, "media_id");
    ev.author.id = payload_id(p->mem, from, "id");
    ev.author.username = payload_text(from, "username");
    ev.text = payload_words(p->mem, value);
    if (!ev.text.len && !ev.author.id.len)
        return instagram_unsupported(p, field, value, NULL);
    ev.id = instagram_made_id(p, "item", value);
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = ev.id, .post = post };
    ev.direction = instagram_is_us(p, ev.author.id) ? DIRECTION_OUT : DIRECTION_IN;
    ev.sender_kind = ev.direction == DIRECTION_OUT ? SENDER_AGENT : SENDER_CUSTOMER;
    return instagram_unsupported(p, field, value, &ev);
}

/* ---- changes ---- */

static bool is_item(const json_t *value)
{
    return json_is_object(json_object_get(value, "sender")) || json_is_object(json_object_get(value, "recipient"));
}

static int on_comment(struct instagram_parse *p, const json_t *value)
{
    return instagram_parse_comment(p, value, INSTAGRAM_NONE, NULL);
}

static int on_live_comment(struct instagram_parse *p, const json_t *value)
{
    return instagram_parse_comment(p, value, INSTAGRAM_NONE, "live");
}

static int on_permission(struct instagram_parse *p, struct text field, const json_t *value)
{
    AUTO(json) json_t *detail = json_object();
    bool is_granted = text_equal(payload_text(value, "verb"), TEXT("granted"));
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_ACCOUNT;
    ev.id = instagram_made_id(p, "permission", value);
    ev.sent_at = p->entry_time;
    instagram_set(detail, "type", is_granted ? TEXT("permission_granted") : TEXT("permission_revoked"));
    instagram_set(detail, "permission", field);
    return instagram_emit(p, &ev, detail);
}

static int on_change(struct instagram_parse *p, struct text field, const json_t *value, bool is_permissions)
{
    static const struct {
        const char *field;
        int (*parse)(struct instagram_parse *p, const json_t *value);
    } fields[] = {
        { "comments", on_comment },
        { "live_comments", on_live_comment },
        { "mentions", instagram_parse_mention },
        { "mention", instagram_parse_mention },
        { "story_insights", instagram_parse_story_insights },
    };

    if (is_permissions)
        return on_permission(p, field, value);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (text_equal(field, text_of(fields[i].field)) && json_is_object(value))
            return fields[i].parse(p, value);
    if (is_item(value)) {
        struct instagram_parse as = *p;

        as.is_standby = p->is_standby || text_equal(field, TEXT("standby"));
        return instagram_parse_item(&as, value);
    }
    return on_unknown_field(p, field, value);
}

static int each(const json_t *list, int (*fn)(struct instagram_parse *p, const json_t *one), struct instagram_parse *p)
{
    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return fn(p, list);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (fn(p, json_array_get(list, i)))
            return -1;
    return 0;
}

/* A value may stand in an array, as several of one field. */
static int on_values(struct instagram_parse *p, const json_t *change, bool is_permissions)
{
    struct text field = payload_text(change, "field");
    const json_t *value = json_object_get(change, "value");

    if (!json_is_object(change))
        return instagram_unsupported(p, TEXT("changes"), change, NULL);
    if (!json_is_array(value) || !json_array_size(value))
        return on_change(p, field, value, is_permissions);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (on_change(p, field, json_array_get(value, i), is_permissions))
            return -1;
    return 0;
}

static int on_one_change(struct instagram_parse *p, const json_t *change)
{
    return on_values(p, change, false);
}

static int on_one_permission(struct instagram_parse *p, const json_t *change)
{
    return on_values(p, change, true);
}

static int on_one_message(struct instagram_parse *p, const json_t *item)
{
    return json_is_object(item) ? instagram_parse_item(p, item)
                                : instagram_unsupported(p, TEXT("messaging"), item, NULL);
}

static int on_one_name(struct instagram_parse *p, const json_t *field)
{
    AUTO(json) json_t *about = json_pack("{s:O,s:I}", "changed_field", field, "time", (json_int_t)p->entry_time);

    return instagram_unsupported(p, TEXT("changed_fields"), about, NULL);
}

/* ---- entries ---- */

static int on_rest(struct instagram_parse *p, const json_t *entry)
{
    static const char *const known[] = { "id",  "time",  "changes", "messaging", "standby", "changed_fields",
                                         "uid", "field", "value" };
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)entry, key, value) {
        bool is_known = false;

        for (size_t i = 0; i < COUNT_OF(known); i++)
            is_known = is_known || strcmp(key, known[i]) == 0;
        if (!is_known && (json_is_object(value) || json_array_size(value)) &&
            on_unknown_field(p, text_of(key), value))
            return -1;
    }
    return 0;
}

static int on_entry_of(struct instagram_parse *outer, const json_t *entry, bool is_permissions)
{
    struct instagram_parse p = *outer;
    struct text id = payload_id(p.mem, entry, "id");

    if (!json_is_object(entry))
        return instagram_unsupported(&p, TEXT("entry"), entry, NULL);
    if (id.len && !text_equal(id, TEXT("0")))           /* a test from the dashboard */
        p.account = id;
    (void)meta_moment(entry, "time", &p.entry_time);
    if (each(json_object_get(entry, "messaging"), on_one_message, &p) ||
        each(json_object_get(entry, "changes"), is_permissions ? on_one_permission : on_one_change, &p) ||
        each(json_object_get(entry, "changed_fields"), on_one_name, &p))
        return -1;
    if (payload_text(entry, "field").len && on_values(&p, entry, is_permissions))
        return -1;
    if (is_item(entry) && instagram_parse_item(&p, entry))
        return -1;
    if (!is_item(entry) && on_rest(&p, entry))
        return -1;
    p.is_standby = true;
    return each(json_object_get(entry, "standby"), on_one_message, &p);
}

static int on_entry(struct instagram_parse *p, const json_t *entry)
{
    return on_entry_of(p, entry, false);
}

static int on_permission_entry(struct instagram_parse *p, const json_t *entry)
{
    return on_entry_of(p, entry, true);
}

/* ---- pages of what was read back ---- */

static bool has(const json_t *object, const char *key)
{
    return json_object_get(object, key) != NULL;
}

/* What a read-back object is, by its members; lists of defaults hold ids and times only, and say nothing. */
static const char *shape_of(const json_t *one)
{
    if (has(one, "mentioned_comment") || has(one, "mentioned_media"))
        return "mentioned";
    if (has(one, "messages") || has(one, "participants"))
        return "conversation";
    if (json_is_string(json_object_get(one, "message")) || has(one, "is_unsupported") ||
        (has(one, "created_time") && (has(one, "from") || has(one, "to") || has(one, "attachments"))))
        return "message";
    if (has(one, "profile_pic") || has(one, "is_user_follow_business") || has(one, "follower_count"))
        return "profile";
    if (has(one, "account_type") || has(one, "followers_count") || has(one, "user_id"))
        return "account";
    if (has(one, "media_type") || has(one, "caption") || has(one, "media_product_type") || has(one, "comments_count") ||
        has(one, "media_url") || has(one, "shortcode"))
        return "media";
    if (has(one, "text") || has(one, "parent_id"))
        return "comment";
    if (has(one, "name") && (has(one, "values") || has(one, "total_value")))
        return "insight";
    if (has(one, "story") && has(one, "from"))
        return "message";
    return NULL;
}

struct reading {
    struct instagram_parse *p;
    struct text kind, about;           /* page, and the id that it is about */
};

static int on_mentioned(struct instagram_parse *p, const json_t *one, bool is_told)
{
    const json_t *comment = json_object_get(one, "mentioned_comment"), *media = json_object_get(one, "mentioned_media");

    if (json_is_object(comment) && (instagram_parse_comment(p, comment, INSTAGRAM_NONE, "mention") ||
                                    (is_told && instagram_tell_words(p, comment, "text"))))
        return -1;
    if (json_is_object(media) &&
        (instagram_parse_media(p, media, true) || (is_told && instagram_tell_words(p, media, "caption"))))
        return -1;
    return 0;
}

static int on_read(const struct reading *r, const json_t *one)
{
    struct instagram_parse *p = r->p;
    const char *shape = shape_of(one);
    struct text known = shape ? text_of(shape) : INSTAGRAM_NONE;

    if (text_equal(r->kind, TEXT("profile")))
        return instagram_parse_profile(p, r->about, one);
    if (text_equal(known, TEXT("mentioned")))
        return on_mentioned(p, one, text_equal(r->kind, TEXT("mention")));
    if (text_equal(known, TEXT("conversation")))
        return instagram_parse_conversation(p, one);
    if (text_equal(known, TEXT("message")))
        return instagram_parse_read_message(p, one, r->about);
    if (text_equal(known, TEXT("profile")))
        return instagram_parse_profile(p, INSTAGRAM_NONE, one);
    if (text_equal(known, TEXT("account")))
        return instagram_parse_account(p, one);
    if (text_equal(r->kind, TEXT("comments")) || text_equal(known, TEXT("comment")))
        return instagram_parse_comment(p, one, r->about, NULL);
    if (text_equal(known, TEXT("media")))
        return instagram_parse_media(p, one, false);
    return instagram_unsupported(p, text_equal(known, TEXT("insight")) ? known : r->kind.len ? r->kind : TEXT("item"), one,
                                 NULL);
}

static int on_answer(const struct reading *r, const json_t *answer)
{
    static const char *const inner[] = { "media", "comments", "conversations", "stories", "tags", "business_discovery" };
    const json_t *list = instagram_list(answer);
    bool any = false;

    if (text_equal(r->kind, TEXT("insights")))
        return instagram_parse_insights(r->p, r->about, list);
    if (!list && shape_of(answer))
        return on_read(r, answer);
    for (size_t i = 0; !list && i < COUNT_OF(inner); i++) {
        const json_t *within = instagram_list(json_object_get(answer, inner[i]));

        any = any || within;
        for (size_t k = 0; k < json_array_size(within); k++)
            if (on_read(r, json_array_get(within, k)))
                return -1;
    }
    if (!list)
        return any ? 0 : on_read(r, answer);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (on_read(r, json_array_get(list, i)))
            return -1;
    return 0;
}

static int on_page(struct instagram_parse *p, const json_t *root)
{
    struct reading r = { p, payload_text(root, "page"), payload_id(p->mem, root, "about") };
    struct text account = payload_id(p->mem, root, "account");
    const json_t *changed = json_object_get(root, "changed");

    if (account.len)
        p->account = account;
    if (json_object_get(root, "answer") && on_answer(&r, json_object_get(root, "answer")))
        return -1;
    for (size_t i = 0; i < json_array_size(changed); i++)
        if (instagram_parse_changed(p, json_array_get(changed, i)))
            return -1;
    return instagram_parse_gone(p, json_object_get(root, "gone"));
}

/* ---- the whole ---- */

static int on_body(struct instagram_parse *p, const json_t *root)
{
    static const char *const entries[] = { "messaging", "changes", "standby", "changed_fields", "field" };
    struct text object = payload_text(root, "object");
    const json_t *sample = json_object_get(root, "sample");

    if (json_is_object(sample))
        root = sample;
    if (has(root, "entry"))
        return each(json_object_get(root, "entry"),
                    text_equal(object, TEXT("permissions")) ? on_permission_entry : on_entry, p);
    for (size_t i = 0; i < COUNT_OF(entries); i++)
        if (has(root, entries[i]))
            return on_entry(p, root);
    if (payload_text(root, "page").len)
        return on_page(p, root);
    if (is_item(root))
        return instagram_parse_item(p, root);
    if (has(root, "comment_id") && has(root, "media_id"))
        return instagram_parse_mention(p, root);
    if (json_is_object(root) && !json_object_size(root))
        return 0;
    if (!json_is_object(root))
        return instagram_unsupported(p, TEXT("body"), root, NULL);
    return on_answer(&(struct reading){ p, INSTAGRAM_NONE, INSTAGRAM_NONE }, root);
}

static void forget(void *root)
{
    json_decref(root);
}

static void take_state(struct instagram_parse *p)
{
    json_error_t ignored;
    json_t *state = p->channel->state.len ? payload_load(p->mem, p->channel->state, &ignored) : NULL;

    if (!state)
        return;
    arena_cleanup(p->mem, forget, state);
    p->username = payload_text(state, "username");
    p->scoped_id = payload_id(p->mem, state, "scoped_id");
}

int instagram_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink,
                         void *arg, struct fail *why)
{
    struct instagram_parse p = { .channel = ch, .mem = mem, .sink = sink, .arg = arg, .account = ch->external_id,
                                 .entry_time = TIME_NONE };
    json_error_t error;
    json_t *root = payload_load(mem, body, &error);

    if (!root)
        return fail(why, FAIL_BAD_REQUEST, "not JSON: line %d: %s", error.line, error.text);
    arena_cleanup(mem, forget, root);                   /* events point into the tree */
    take_state(&p);
    if (!json_is_array(root))
        return on_body(&p, root);
    for (size_t i = 0; i < json_array_size(root); i++)
        if (on_body(&p, json_array_get(root, i)))
            return -1;
    return 0;
}

/* Bodies of a Page's webhook and pages of what was read back, into events: the envelope, whatever its form. */
#include "page_priv.h"

#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

#include <stdlib.h>

bool page_is_us(const struct page_parse *p, struct text id)
{
    return id.len && (text_equal(id, p->account) || text_equal(id, p->channel->external_id));
}

int page_emit(struct page_parse *p, struct event *ev, json_t *detail)
{
    if (p->is_standby)
        json_object_set_new(detail, "standby", json_true());
    if (json_object_size(detail))
        ev->detail = payload_dump(p->mem, detail);
    ev->channel = p->account;
    return p->sink(ev, p->arg);
}

void page_set_text(json_t *detail, const char *key, struct text value)
{
    if (value.len)
        json_object_set_new(detail, key, json_stringn(value.ptr, value.len));
}

void page_set_time(json_t *detail, const char *key, time_us at)
{
    char text[TIME_TEXT_SIZE];

    if (at != TIME_NONE)
        json_object_set_new(detail, key, json_string(time_format(at, text)));
}

struct text page_made_id(struct page_parse *p, const char *kind, const json_t *item)
{
    size_t len = json_dumpb(item, NULL, 0, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *bytes = arena_alloc(p->mem, len + 1), hex[2 * CRYPTO_HASH_SIZE + 1];
    uint8_t hash[CRYPTO_HASH_SIZE];

    len = json_dumpb(item, bytes, len, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    crypto_sha256((struct text){ bytes, len }, hash);
    enc_hex(hash, sizeof(hash), hex);
    return text_of(arena_printf(p->mem, "%s/%.32s", kind, hex));
}

struct event_attachment *page_attach(struct page_parse *p, struct event *ev, enum attachment_type type, struct text url)
{
    struct event_attachment *a;

    if (ev->attachment_count >= PAGE_ATTACHMENTS_MAX)
        return NULL;
    for (size_t i = 0; url.len && i < ev->attachment_count; i++)
        if (text_equal(ev->attachments[i].url, url))
            return NULL;
    a = payload_attach(p->mem, ev, type);
    if (url.len)
        a->url = url;
    if (meta_is_address(url) && type != ATTACHMENT_LINK)
        a->ref = url;
    return a;
}

/* ---- what is not known ---- */

static void place_unsupported(struct page_parse *p, const json_t *item, struct event *ev)
{
    const json_t *from = json_object_get(item, "from"), *sender = json_object_get(item, "sender");
    struct text post = payload_id(p->mem, item, "post_id"), comment = payload_id(p->mem, item, "comment_id");
    struct text who = payload_id(p->mem, json_is_object(sender) ? sender : from, "id");

    ev->author.id = who;
    ev->author.name = payload_text(from, "name");
    if (json_is_object(sender) && who.len) {
        struct text to = payload_id(p->mem, json_object_get(item, "recipient"), "id");

        ev->thread = (struct event_thread){ .present = true, .id = page_is_us(p, who) && to.len ? to : who };
    } else if (post.len || comment.len || ev->text.len) {
        ev->thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .post = post };
        ev->thread.id = comment.len ? comment : post.len ? post : ev->id;
    }
    if (who.len || ev->thread.present) {
        bool is_ours = page_is_us(p, who);

        ev->direction = is_ours ? DIRECTION_OUT : DIRECTION_IN;
        ev->sender_kind = is_ours ? SENDER_AGENT : SENDER_CUSTOMER;
    }
}

int page_unsupported(struct page_parse *p, enum platform platform, struct text type, const json_t *item)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.platform = platform;
    type = str_utf8_cut(type.len ? type : TEXT("unknown"), 100);
    ev.id = page_made_id(p, arena_copy(p->mem, type), item);
    ev.text = json_is_string(item) ? (struct text){ json_string_value(item), json_string_length(item) }
                                   : payload_words(p->mem, item);
    if (text_equal(ev.text, type))
        ev.text = (struct text){ NULL, 0 };     /* a mere name, nobody's words */
    ev.sent_at = p->entry_time;
    (void)(meta_moment(item, "created_time", &ev.sent_at) || meta_moment(item, "timestamp", &ev.sent_at));
    place_unsupported(p, item, &ev);
    page_set_text(detail, "type", type);
    page_set_text(detail, "verb", payload_text(item, "verb"));
    return page_emit(p, &ev, detail);
}

/* ---- one change ---- */

static int on_permission(struct page_parse *p, struct text field, const json_t *value)
{
    AUTO(json) json_t *detail = json_object();
    struct text verb = payload_text(value, "verb");
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_ACCOUNT;
    ev.platform = PLATFORM_FACEBOOK;
    ev.id = page_made_id(p, "permission", value);
    ev.sent_at = p->entry_time;
    page_set_text(detail, "type", text_equal(verb, TEXT("granted")) ? TEXT("permission_granted")
                                                                    : TEXT("permission_revoked"));
    page_set_text(detail, "permission", field);
    return page_emit(p, &ev, detail);
}

static bool is_message_item(const json_t *item)
{
    return json_is_object(json_object_get(item, "sender")) || json_is_object(json_object_get(item, "recipient"));
}

static int on_change(struct page_parse *p, struct text field, const json_t *value, bool is_permissions)
{
    static const struct {
        const char *field;
        int (*parse)(struct page_parse *p, const json_t *value);
    } fields[] = {
        { "feed", page_parse_feed },
        { "mention", page_parse_mention },
        { "ratings", page_parse_rating },
    };

    if (is_permissions)
        return on_permission(p, field, value);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (text_equal(field, text_of(fields[i].field)) && json_is_object(value))
            return fields[i].parse(p, value);
    if (is_message_item(value))
        return messenger_parse_item(p, value);
    if (payload_text(value, "item").len || payload_id(p->mem, value, "comment_id").len)
        return page_parse_feed(p, value);
    return page_unsupported(p, PLATFORM_FACEBOOK, field, value);
}

/* Calls fn for each element of a list, or for what stands in a list's place. */
static int each(const json_t *list, int (*fn)(struct page_parse *p, const json_t *one), struct page_parse *p)
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

static int on_one_change(struct page_parse *p, const json_t *change)
{
    return on_change(p, payload_text(change, "field"), json_object_get(change, "value"), false);
}

static int on_one_permission(struct page_parse *p, const json_t *change)
{
    return on_change(p, payload_text(change, "field"), json_object_get(change, "value"), true);
}

static int on_one_name(struct page_parse *p, const json_t *field)
{
    return page_unsupported(p, PLATFORM_FACEBOOK,
                            (struct text){ json_string_value(field), json_string_length(field) }, field);
}

static int on_one_message(struct page_parse *p, const json_t *item)
{
    return json_is_object(item) ? messenger_parse_item(p, item)
                                : page_unsupported(p, PLATFORM_MESSENGER, TEXT("messaging"), item);
}

/* ---- envelope ---- */

static int on_entry_of(struct page_parse *outer, const json_t *entry, bool is_permissions)
{
    struct page_parse p = *outer;
    struct text id = payload_id(p.mem, entry, "id");
    const char *key;
    json_t *value;
    int rc = 0;

    if (!json_is_object(entry))
        return page_unsupported(&p, PLATFORM_FACEBOOK, TEXT("entry"), entry);
    if (id.len)
        p.account = id;
    (void)meta_moment(entry, "time", &p.entry_time);
    json_object_foreach((json_t *)(uintptr_t)entry, key, value) {
        p.is_standby = strcmp(key, "standby") == 0;
        if (p.is_standby || strcmp(key, "messaging") == 0)
            rc = each(value, on_one_message, &p);
        else if (strcmp(key, "changes") == 0)
            rc = each(value, is_permissions ? on_one_permission : on_one_change, &p);
        else if (strcmp(key, "changed_fields") == 0)
            rc = each(value, on_one_name, &p);
        else if (strcmp(key, "field") == 0)
            rc = is_permissions ? on_one_permission(&p, entry) : on_one_change(&p, entry);
        if (rc)
            return -1;
    }
    return 0;
}

static int on_entry(struct page_parse *p, const json_t *entry) { return on_entry_of(p, entry, false); }
static int on_permission_entry(struct page_parse *p, const json_t *entry) { return on_entry_of(p, entry, true); }

/* ---- pages of what was read back ---- */

static bool is_conversation(const json_t *one)
{
    return json_object_get(one, "participants") || json_object_get(one, "senders") ||
           json_is_object(json_object_get(one, "messages")) || text_starts(payload_text(one, "id"), TEXT("t_"));
}

static bool is_comment(const json_t *one)
{
    static const char *const marks[] = { "parent", "can_remove", "can_hide", "can_reply_privately", "comment_count",
                                         "like_count", "user_likes", "attachment", "object" };

    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (json_object_get(one, marks[i]))
            return true;
    return false;
}

struct reading {
    struct page_parse *p;
    struct text kind, post, author;
};

static int on_read(const struct reading *r, const json_t *one)
{
    if (!json_is_object(one))
        return page_unsupported(r->p, PLATFORM_FACEBOOK, r->kind, one);
    if (text_equal(r->kind, TEXT("profile")))
        return messenger_parse_profile(r->p, r->author, one);
    if (text_equal(r->kind, TEXT("conversations")) || (!r->kind.len && is_conversation(one)))
        return messenger_parse_conversation(r->p, one);
    if (text_equal(r->kind, TEXT("comments")) || (!r->kind.len && is_comment(one)))
        return page_parse_comment(r->p, one, r->post);
    return page_parse_post(r->p, one);
}

static int on_page(struct page_parse *p, const json_t *root, const json_t *answer)
{
    struct reading r = { p, payload_text(root, "page"), payload_id(p->mem, root, "post"),
                         payload_id(p->mem, root, "author") };
    const json_t *list = json_object_get(answer, "data");
    struct text account = payload_id(p->mem, root, "account");

    if (account.len)
        p->account = account;
    p->followers = payload_number(root, "followers", 0);
    if (!json_is_array(list))
        return on_read(&r, answer);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (on_read(&r, json_array_get(list, i)))
            return -1;
    return 0;
}

/* ---- the whole ---- */

static int on_body(struct page_parse *p, const json_t *root)
{
    struct text object = payload_text(root, "object");
    const json_t *sample = json_object_get(root, "sample"), *answer = json_object_get(root, "answer");

    if (json_is_object(sample))
        root = sample;
    if (json_object_get(root, "entry"))
        return each(json_object_get(root, "entry"),
                    text_equal(object, TEXT("permissions")) ? on_permission_entry : on_entry, p);
    if (json_object_get(root, "messaging") || json_object_get(root, "changes") || json_object_get(root, "standby") ||
        json_object_get(root, "changed_fields") || json_object_get(root, "field"))
        return on_entry(p, root);
    if (payload_text(root, "page").len && answer)
        return on_page(p, root, answer);
    if (json_is_array(json_object_get(root, "data")))
        return on_page(p, NULL, root);
    if (is_message_item(root))
        return messenger_parse_item(p, root);
    if (payload_text(root, "item").len)
        return page_parse_feed(p, root);
    if (is_conversation(root))
        return messenger_parse_conversation(p, root);
    if (payload_text(root, "created_time").len && payload_id(p->mem, root, "id").len)
        return is_comment(root) ? page_parse_comment(p, root, (struct text){ NULL, 0 }) : page_parse_post(p, root);
    return json_object_size(root) || !json_is_object(root)
               ? page_unsupported(p, p->channel->platform, object.len ? object : TEXT("body"), root)
               : 0;
}

static void forget(void *root)
{
    json_decref(root);
}

int page_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                    struct fail *why)
{
    struct page_parse p = { .channel = ch, .mem = mem, .sink = sink, .arg = arg, .account = ch->external_id,
                            .entry_time = TIME_NONE };
    const struct connector *instagram = connector_for(PLATFORM_INSTAGRAM);
    json_error_t error;
    json_t *root = payload_load(mem, body, &error);

    if (!root)
        return fail(why, FAIL_BAD_REQUEST, "not JSON: line %d: %s", error.line, error.text);
    arena_cleanup(mem, forget, root);                   /* events point into the tree */
    if (text_equal(payload_text(root, "object"), TEXT("instagram")) && instagram)
        return instagram->parse(body, ch, mem, sink, arg, why);
    if (!json_is_array(root))
        return on_body(&p, root);
    for (size_t i = 0; i < json_array_size(root); i++)
        if (on_body(&p, json_array_get(root, i)))
            return -1;
    return 0;
}

/* What happens in private with an account: items of messaging[] and standby[], one kind of event a key. */
#include "instagram_priv.h"

#include "util/str.h"

/* One item: who with whom, and when. */
struct talk {
    struct text sender, recipient, person;
    bool is_ours;
    time_us at;
};

static struct text side_of(struct instagram_parse *p, const json_t *item, const char *side)
{
    const json_t *who = json_object_get(item, side);
    struct text id = payload_id(p->mem, who, "id");

    return id.len ? id : payload_id_value(p->mem, who);
}

/* The flag wins over the ids, the ids over nothing. The account's own id is learned where nobody told it. */
static struct talk talk_of(struct instagram_parse *p, const json_t *item)
{
    const json_t *message = json_object_get(item, "message");
    bool is_echo = meta_true(message, "is_echo") || meta_true(item, "is_echo") || meta_true(message, "is_self");
    struct talk t = { .sender = side_of(p, item, "sender"), .recipient = side_of(p, item, "recipient"),
                      .at = p->entry_time };

    if (!p->account.len)
        p->account = is_echo ? t.sender : t.recipient;
    t.is_ours = is_echo || instagram_is_us(p, t.sender);
    t.person = t.is_ours && t.recipient.len && !instagram_is_us(p, t.recipient) ? t.recipient : t.sender;
    if (!t.person.len)
        t.person = t.recipient;
    if (!meta_moment(item, "timestamp", &t.at))
        (void)meta_moment(message, "timestamp", &t.at);
    return t;
}

static void event_of(struct instagram_parse *p, const struct talk *t, enum event_kind kind, struct event *ev)
{
    event_init(ev);
    ev->kind = kind;
    ev->sent_at = t->at;
    ev->thread = (struct event_thread){ .type = THREAD_DIRECT, .present = t->person.len > 0, .id = t->person };
    ev->author.id = t->is_ours ? p->account : t->person;
    ev->direction = t->is_ours ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = t->is_ours ? SENDER_AGENT : SENDER_CUSTOMER;
}

/* ---- messages ---- */

static void set_referral(struct instagram_parse *p, const json_t *referral, json_t *detail)
{
    const json_t *ad = json_object_get(referral, "ads_context_data");
    json_t *kept;

    if (!json_is_object(referral))
        return;
    kept = json_object();
    instagram_set(kept, "ref", payload_id(p->mem, referral, "ref"));
    instagram_set(kept, "source", payload_text(referral, "source"));
    instagram_set(kept, "type", payload_text(referral, "type"));
    instagram_set(kept, "ad", payload_id(p->mem, referral, "ad_id"));
    instagram_set(kept, "title", payload_text(ad, "ad_title"));
    instagram_set(kept, "post", payload_id(p->mem, ad, "post_id"));
    instagram_set(kept, "picture", payload_text(ad, "photo_url"));
    instagram_set(kept, "url", payload_text(referral, "referer_uri"));
    instagram_set(kept, "product", payload_id(p->mem, json_object_get(referral, "product"), "id"));
    json_object_set_new(detail, "referral", kept);
}

static void set_context(struct instagram_parse *p, const json_t *message, struct event *ev, json_t *detail)
{
    const json_t *answered = json_object_get(message, "reply_to"), *story = json_object_get(answered, "story");

    ev->reply_to = payload_id(p->mem, answered, "mid");
    if (!ev->reply_to.len)
        ev->reply_to = payload_id(p->mem, answered, "id");
    instagram_take_story(p, story, ev, detail);
    instagram_set(detail, "data", payload_id(p->mem, json_object_get(message, "quick_reply"), "payload"));
    set_referral(p, json_object_get(message, "referral"), detail);
    if (ev->direction == DIRECTION_OUT) {
        /* Sent by this program too; whoever knows the mid knows better than any app id that is told. */
        ev->device = DEVICE_NATIVE;
        instagram_set(detail, "app", payload_id(p->mem, message, "app_id"));
        instagram_set(detail, "metadata", payload_text(message, "metadata"));
    }
}

static int on_message(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *message)
{
    AUTO(json) json_t *detail = json_object();
    struct text type;
    struct event ev;

    event_of(p, t, EVENT_MESSAGE, &ev);
    ev.id = payload_id(p->mem, message, "mid");
    if (!ev.id.len)
        ev.id = payload_id(p->mem, message, "id");
    if (meta_true(message, "is_deleted")) {
        ev.kind = EVENT_DELETE;
        ev.target = ev.id;
        ev.id = INSTAGRAM_NONE;
        return ev.target.len ? instagram_emit(p, &ev, detail)
                             : instagram_unsupported(p, TEXT("message"), item, NULL);
    }
    if (!ev.id.len)
        ev.id = instagram_made_id(p, "message", item);
    ev.text = payload_text(message, "text");
    set_context(p, message, &ev, detail);
    instagram_take_attachments(p, message, &ev, detail);
    type = payload_text(detail, "unsupported");
    if (meta_true(message, "is_unsupported"))
        type = TEXT("unsupported");
    else if (!type.len && !ev.text.len && !ev.attachment_count)
        type = TEXT("message");
    if (type.len && !ev.text.len && !ev.attachment_count)
        ev.text = payload_words(p->mem, message);
    if (type.len) {
        /* What was said beside it stays a message that a person can answer. */
        ev.kind = ev.text.len ? EVENT_MESSAGE : EVENT_UNSUPPORTED;
        instagram_set(detail, "type", type);
        json_object_del(detail, "unsupported");
    }
    return instagram_emit(p, &ev, detail);
}

static int on_edit(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *edit)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_EDIT, &ev);
    ev.target = payload_id(p->mem, edit, "mid");
    ev.text = payload_text(edit, "text");
    instagram_set_number(detail, "edits", edit, "num_edit");
    /* Without words it is no edit: a new message is told so too, with a count of nought. */
    if (!ev.target.len || !json_is_string(json_object_get(edit, "text")))
        return instagram_unsupported(p, TEXT("message_edit"), item, NULL);
    return instagram_emit(p, &ev, detail);
}

static int on_postback(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *postback)
{
    AUTO(json) json_t *detail = json_object();
    struct text data = payload_id(p->mem, postback, "payload");
    struct event ev;

    event_of(p, t, EVENT_MESSAGE, &ev);
    ev.id = payload_id(p->mem, postback, "mid");
    if (!ev.id.len)
        ev.id = instagram_made_id(p, "postback", item);
    ev.text = payload_text(postback, "title").len ? payload_text(postback, "title") : data;
    instagram_set(detail, "type", TEXT("postback"));
    instagram_set(detail, "data", data);
    set_referral(p, json_object_get(postback, "referral"), detail);
    return instagram_emit(p, &ev, detail);
}

static int on_reaction(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *reaction)
{
    AUTO(json) json_t *detail = json_object();
    struct text word = payload_text(reaction, "reaction"), emoji = payload_text(reaction, "emoji");
    bool is_gone = text_equal(payload_text(reaction, "action"), TEXT("unreact"));
    struct event ev;

    event_of(p, t, EVENT_REACTION, &ev);
    ev.target = payload_id(p->mem, reaction, "mid");
    ev.text = is_gone ? TEXT("") : emoji.len ? emoji : instagram_emoji(word);
    instagram_set(detail, "reaction", word);
    return ev.target.len ? instagram_emit(p, &ev, detail) : instagram_unsupported(p, TEXT("reaction"), item, NULL);
}

/* ---- receipts ---- */

static int on_read(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *read)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_READ, &ev);
    ev.target = payload_id(p->mem, read, "mid");
    (void)meta_moment(read, "watermark", &ev.sent_at);
    return ev.target.len || ev.thread.present ? instagram_emit(p, &ev, detail)
                                              : instagram_unsupported(p, TEXT("read"), item, NULL);
}

/* Instagram tells none today; Messenger's form of it. */
static int on_delivery(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *delivery)
{
    const json_t *mids = json_object_get(delivery, "mids");

    if (!json_array_size(mids))
        return instagram_unsupported(p, TEXT("delivery"), item, NULL);
    for (size_t i = 0; i < json_array_size(mids); i++) {
        AUTO(json) json_t *detail = json_pack("{s:s}", "status", "delivered");
        struct event ev;

        event_of(p, t, EVENT_STATUS, &ev);
        ev.target = payload_id_value(p->mem, json_array_get(mids, i));
        (void)meta_moment(delivery, "watermark", &ev.sent_at);
        if (ev.target.len && instagram_emit(p, &ev, detail))
            return -1;
    }
    return 0;
}

/* ---- what happened without words ---- */

static int notice(struct instagram_parse *p, const struct talk *t, const json_t *item, const char *kind,
                  const json_t *value)
{
    static const char *const kept[] = { "ref",      "type",     "status",   "payload",
                                        "metadata", "user_ref", "previous_owner_app_id",
                                        "new_owner_app_id", "requested_owner_app_id", "user_token_status" };
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_MESSAGE, &ev);
    ev.id = instagram_made_id(p, kind, item);
    ev.direction = DIRECTION_SYSTEM;
    ev.sender_kind = SENDER_SYSTEM;
    ev.text = payload_words(p->mem, value);
    instagram_set(detail, "notice", text_of(kind));
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        instagram_set(detail, kept[i], payload_id(p->mem, value, kept[i]));
    if (strcmp(kind, "referral") == 0)
        set_referral(p, value, detail);
    return ev.thread.present ? instagram_emit(p, &ev, detail) : instagram_unsupported(p, text_of(kind), item, NULL);
}

#define NOTICE(name, word)                                                                                             \
    static int name(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *value)          \
    {                                                                                                                  \
        return notice(p, t, item, word, value);                                                                        \
    }
NOTICE(on_referral, "referral")
NOTICE(on_optin, "optin")
NOTICE(on_optout, "optout")
NOTICE(on_pass, "pass_thread_control")
NOTICE(on_take, "take_thread_control")
NOTICE(on_request, "request_thread_control")
NOTICE(on_linking, "account_linking")
#undef NOTICE

static int account_news(struct instagram_parse *p, const struct talk *t, const json_t *item, struct text type,
                        struct text words)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_ACCOUNT;
    ev.id = instagram_made_id(p, "account", item);
    ev.sent_at = t->at;
    ev.text = words;
    instagram_set(detail, "type", type);
    return instagram_emit(p, &ev, detail);
}

static int on_policy(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *policy)
{
    struct text action = payload_text(policy, "action");

    return account_news(p, t, item,
                        text_of(arena_printf(p->mem, "policy_%.*s", (int)action.len, action.ptr ? action.ptr : "")),
                        payload_text(policy, "reason"));
}

static int on_roles(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *roles)
{
    (void)roles;
    return account_news(p, t, item, TEXT("app_roles"), INSTAGRAM_NONE);
}

/* ---- one item ---- */

static bool is_envelope(const char *key)
{
    static const char *const keys[] = { "sender", "recipient",   "timestamp", "hop_context", "prior_message",
                                        "thread", "is_echo",     "id",        "time" };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static int on_unknown(struct instagram_parse *p, const struct talk *t, const json_t *item)
{
    const char *key, *name = "empty";
    struct event ev;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)item, key, value) {
        if (!is_envelope(key)) {
            name = key;
            break;
        }
    }
    event_of(p, t, EVENT_UNSUPPORTED, &ev);
    ev.id = instagram_made_id(p, "item", item);
    ev.text = payload_words(p->mem, item);
    return instagram_unsupported(p, text_of(name), item, ev.text.len ? &ev : NULL);
}

int instagram_parse_item(struct instagram_parse *p, const json_t *item)
{
    static const struct {
        const char *key;
        int (*handle)(struct instagram_parse *p, const struct talk *t, const json_t *item, const json_t *value);
    } kinds[] = {
        { "message", on_message },
        { "message_edit", on_edit },
        { "postback", on_postback },
        { "reaction", on_reaction },
        { "read", on_read },
        { "seen", on_read },
        { "delivery", on_delivery },
        { "referral", on_referral },
        { "optin", on_optin },
        { "optout", on_optout },
        { "account_linking", on_linking },
        { "pass_thread_control", on_pass },
        { "take_thread_control", on_take },
        { "request_thread_control", on_request },
        { "policy_enforcement", on_policy },
        { "policy-enforcement", on_policy },
        { "app_roles", on_roles },
    };
    struct instagram_parse own = *p;
    struct talk t = talk_of(&own, item);
    bool any = false;

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const json_t *value = json_object_get(item, kinds[i].key);

        if (!json_is_object(value))
            continue;
        any = true;
        if (kinds[i].handle(&own, &t, item, value))
            return -1;
    }
    return any ? 0 : on_unknown(&own, &t, item);
}

/* What happens in private with a Page: items of messaging[] and standby[], one kind of event a key. */
#include "page_priv.h"

#include "util/str.h"

/* One item: who with whom, and when. */
struct talk {
    struct text sender, recipient, person;
    bool is_ours;
    time_us at;
};

/* The name of somebody whom only a plugin knows. */
static struct text reference(struct page_parse *p, struct text ref)
{
    return ref.len ? text_of(arena_printf(p->mem, "ref:%.*s", (int)ref.len, ref.ptr)) : (struct text){ NULL, 0 };
}

static struct text side_of(struct page_parse *p, const json_t *item, const char *side)
{
    const json_t *who = json_object_get(item, side);
    struct text id = payload_id(p->mem, who, "id");

    if (!id.len)
        id = payload_id_value(p->mem, who);
    return id.len ? id : reference(p, payload_id(p->mem, who, "user_ref"));
}

/* The flag wins over the ids, the ids over nothing. The Page's own id is learned where nobody told it. */
static struct talk talk_of(struct page_parse *p, const json_t *item)
{
    const json_t *message = json_object_get(item, "message");
    bool is_echo = meta_true(message, "is_echo");
    struct talk t = { .sender = side_of(p, item, "sender"), .recipient = side_of(p, item, "recipient"),
                      .at = p->entry_time };

    if (!p->account.len)
        p->account = is_echo ? t.sender : t.recipient;
    t.is_ours = is_echo || page_is_us(p, t.sender);
    t.person = t.sender;
    if (!t.sender.len || page_is_us(p, t.sender) || (is_echo && !page_is_us(p, t.recipient)))
        t.person = page_is_us(p, t.recipient) && t.sender.len ? t.sender : t.recipient;
    if (page_is_us(p, t.person))
        t.person = page_is_us(p, t.sender) ? (struct text){ NULL, 0 } : t.sender;
    if (!t.person.len)
        t.person = reference(p, payload_id(p->mem, json_object_get(item, "optin"), "user_ref"));
    if (!meta_moment(item, "timestamp", &t.at))
        (void)meta_moment(message, "timestamp", &t.at);
    return t;
}

static void event_of(struct page_parse *p, const struct talk *t, enum event_kind kind, struct event *ev)
{
    event_init(ev);
    ev->kind = kind;
    ev->platform = PLATFORM_MESSENGER;
    ev->sent_at = t->at;
    ev->thread = (struct event_thread){ .type = THREAD_DIRECT, .present = t->person.len > 0, .id = t->person };
    ev->author.id = t->is_ours ? p->account : t->person;
    ev->direction = t->is_ours ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = t->is_ours ? SENDER_AGENT : SENDER_CUSTOMER;
}

/* ---- messages ---- */

static void set_referral(struct page_parse *p, const json_t *referral, json_t *detail)
{
    const json_t *ad = json_object_get(referral, "ads_context_data");

    if (!json_is_object(referral))
        return;
    json_t *kept = json_object();

    page_set_text(kept, "ref", payload_id(p->mem, referral, "ref"));
    page_set_text(kept, "source", payload_text(referral, "source"));
    page_set_text(kept, "type", payload_text(referral, "type"));
    page_set_text(kept, "ad", payload_id(p->mem, referral, "ad_id"));
    page_set_text(kept, "title", payload_text(ad, "ad_title"));
    page_set_text(kept, "post", payload_id(p->mem, ad, "post_id"));
    page_set_text(kept, "url", payload_text(referral, "referer_uri"));
    page_set_text(kept, "product", payload_id(p->mem, json_object_get(referral, "product"), "id"));
    json_object_set_new(detail, "referral", kept);
}

/* Our own sends come back too; what the Page's inbox or another program sent is somebody's word all the same. */
static void set_device(struct page_parse *p, const json_t *message, struct event *ev, json_t *detail)
{
    struct text app = payload_id(p->mem, message, "app_id");
    bool is_inbox = !app.len || text_equal(app, TEXT("263902037430900")) || text_equal(app, TEXT("26390203743090"));

    ev->device = is_inbox ? DEVICE_NATIVE : DEVICE_API;
    page_set_text(detail, "app", app);
    page_set_text(detail, "metadata", payload_text(message, "metadata"));
}

static void set_context(struct page_parse *p, const json_t *message, struct event *ev, json_t *detail)
{
    const json_t *answered = json_object_get(message, "reply_to"), *story = json_object_get(answered, "story");
    struct text choice = payload_text(json_object_get(message, "quick_reply"), "payload");

    ev->reply_to = payload_id(p->mem, answered, "mid");
    if (!ev->reply_to.len)
        ev->reply_to = payload_id(p->mem, answered, "id");
    if (json_is_object(story)) {
        page_set_text(detail, "story", payload_id(p->mem, story, "id"));
        if (payload_text(story, "url").len)
            page_attach(p, ev, ATTACHMENT_LINK, payload_text(story, "url"));
    }
    page_set_text(detail, "data", choice);
    set_referral(p, json_object_get(message, "referral"), detail);
}

static int on_message(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *message)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_MESSAGE, &ev);
    ev.id = payload_id(p->mem, message, "mid");
    if (!ev.id.len)
        ev.id = payload_id(p->mem, message, "id");
    if (meta_true(message, "is_deleted")) {
        ev.kind = EVENT_DELETE;
        ev.target = ev.id;
        ev.id = (struct text){ NULL, 0 };
        return ev.target.len ? page_emit(p, &ev, detail) : page_unsupported(p, PLATFORM_MESSENGER, TEXT("message"), item);
    }
    if (!ev.id.len)
        ev.id = page_made_id(p, "message", item);
    if (t->is_ours)
        set_device(p, message, &ev, detail);
    ev.text = payload_text(message, "text");
    set_context(p, message, &ev, detail);
    messenger_take_attachments(p, message, &ev, detail);
    if (meta_true(message, "is_unsupported") || (!ev.text.len && !ev.attachment_count)) {
        bool is_told = meta_true(message, "is_unsupported");

        ev.kind = EVENT_UNSUPPORTED;
        ev.text = ev.text.len ? ev.text : payload_words(p->mem, message);
        page_set_text(detail, "type", is_told ? TEXT("unsupported") : TEXT("message"));
    }
    return page_emit(p, &ev, detail);
}

static int on_edit(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *edit)
{
    AUTO(json) json_t *detail = json_object();
    int64_t count = payload_number(edit, "num_edit", -1);
    struct event ev;

    event_of(p, t, EVENT_EDIT, &ev);
    ev.target = payload_id(p->mem, edit, "mid");
    ev.text = payload_text(edit, "text");
    if (count >= 0)
        json_object_set_new(detail, "edits", json_integer(count));
    return ev.target.len ? page_emit(p, &ev, detail)
                         : page_unsupported(p, PLATFORM_MESSENGER, TEXT("message_edit"), item);
}

static int on_postback(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *postback)
{
    AUTO(json) json_t *detail = json_object();
    struct text data = payload_text(postback, "payload");
    struct event ev;

    event_of(p, t, EVENT_MESSAGE, &ev);
    ev.id = payload_id(p->mem, postback, "mid");
    if (!ev.id.len)
        ev.id = page_made_id(p, "postback", item);
    ev.text = payload_text(postback, "title").len ? payload_text(postback, "title") : data;
    page_set_text(detail, "type", TEXT("postback"));
    page_set_text(detail, "data", data);
    set_referral(p, json_object_get(postback, "referral"), detail);
    return page_emit(p, &ev, detail);
}

static int on_reaction(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *reaction)
{
    AUTO(json) json_t *detail = json_object();
    struct text word = payload_text(reaction, "reaction"), emoji = payload_text(reaction, "emoji");
    bool is_gone = text_equal(payload_text(reaction, "action"), TEXT("unreact"));
    struct event ev;

    event_of(p, t, EVENT_REACTION, &ev);
    ev.target = payload_id(p->mem, reaction, "mid");
    ev.text = is_gone ? TEXT("") : emoji.len ? emoji : page_reaction_emoji(word.len ? word : TEXT("other"));
    page_set_text(detail, "reaction", word);
    return ev.target.len ? page_emit(p, &ev, detail) : page_unsupported(p, PLATFORM_MESSENGER, TEXT("reaction"), item);
}

/* ---- receipts ---- */

static int on_read(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *read)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_READ, &ev);
    ev.target = payload_id(p->mem, read, "mid");
    (void)meta_moment(read, "watermark", &ev.sent_at);
    return ev.target.len || ev.thread.present ? page_emit(p, &ev, detail)
                                              : page_unsupported(p, PLATFORM_MESSENGER, TEXT("read"), item);
}

static int on_delivery(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *delivery)
{
    const json_t *mids = json_object_get(delivery, "mids");
    size_t n = json_array_size(mids);
    time_us upto = t->at;

    if (!meta_moment(delivery, "watermark", &upto) && n == 0)
        return page_unsupported(p, PLATFORM_MESSENGER, TEXT("delivery"), item);
    for (size_t i = 0; i < (n ? n : 1); i++) {
        AUTO(json) json_t *detail = json_pack("{s:s}", "status", "delivered");
        struct event ev;

        event_of(p, t, EVENT_STATUS, &ev);
        ev.sent_at = upto;
        ev.target = payload_id_value(p->mem, json_array_get(mids, i));
        if (!ev.target.len)
            page_set_time(detail, "watermark", upto);
        if (page_emit(p, &ev, detail))
            return -1;
    }
    return 0;
}

/* ---- what happened without words ---- */

static int notice(struct page_parse *p, const struct talk *t, const json_t *item, const char *kind, const json_t *value,
                  struct text words)
{
    static const char *const kept[] = { "ref", "type", "status", "payload", "metadata", "previous_owner_app_id",
                                        "new_owner_app_id", "requested_owner_app_id", "user_token_status",
                                        "user_ref" };
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_MESSAGE, &ev);
    ev.id = page_made_id(p, kind, item);
    ev.direction = DIRECTION_SYSTEM;
    ev.sender_kind = SENDER_SYSTEM;
    ev.text = words;
    json_object_set_new(detail, "notice", json_string(kind));
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        page_set_text(detail, kept[i], payload_id(p->mem, value, kept[i]));
    return ev.thread.present ? page_emit(p, &ev, detail)
                             : page_unsupported(p, PLATFORM_MESSENGER, text_of(kind), item);
}

static int on_referral(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *referral)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_MESSAGE, &ev);
    ev.id = page_made_id(p, "referral", item);
    ev.direction = DIRECTION_SYSTEM;
    ev.sender_kind = SENDER_SYSTEM;
    ev.text = payload_text(json_object_get(referral, "ads_context_data"), "ad_title");
    json_object_set_new(detail, "notice", json_string("referral"));
    set_referral(p, referral, detail);
    return ev.thread.present ? page_emit(p, &ev, detail) : page_unsupported(p, PLATFORM_MESSENGER, TEXT("referral"), item);
}

static int on_optin(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *optin)
{
    return notice(p, t, item, "optin", optin, payload_text(optin, "title"));
}

static int on_optout(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *optout)
{
    return notice(p, t, item, "optout", optout, payload_text(optout, "title"));
}

static int on_linking(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *linking)
{
    return notice(p, t, item, "account_linking", linking, (struct text){ NULL, 0 });
}

static int on_pass(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *control)
{
    return notice(p, t, item, "pass_thread_control", control, (struct text){ NULL, 0 });
}

static int on_take(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *control)
{
    return notice(p, t, item, "take_thread_control", control, (struct text){ NULL, 0 });
}

static int on_request(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *control)
{
    return notice(p, t, item, "request_thread_control", control, (struct text){ NULL, 0 });
}

static int account_news(struct page_parse *p, const struct talk *t, const json_t *item, struct text type,
                        struct text words)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_ACCOUNT, &ev);
    ev.thread.present = false;
    ev.direction = DIRECTION_UNKNOWN;
    ev.sender_kind = SENDER_UNKNOWN;
    ev.author.id = (struct text){ NULL, 0 };
    ev.id = page_made_id(p, "account", item);
    ev.text = words;
    page_set_text(detail, "type", type);
    return page_emit(p, &ev, detail);
}

static int on_policy(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *policy)
{
    struct text action = payload_text(policy, "action");

    return account_news(p, t, item,
                        text_of(arena_printf(p->mem, "policy_%.*s", (int)action.len, action.ptr ? action.ptr : "")),
                        payload_text(policy, "reason"));
}

static int on_roles(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *roles)
{
    (void)roles;
    return account_news(p, t, item, TEXT("app_roles"), (struct text){ NULL, 0 });
}

/* A score and, it may be, words beside it. */
static int on_feedback(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *feedback)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_of(p, t, EVENT_MESSAGE, &ev);
    ev.id = page_made_id(p, "feedback", item);
    ev.text = payload_text(feedback, "text");
    json_t *screens = json_object_get(feedback, "feedback_screens");
    for (size_t i = 0; i < json_array_size(screens) && i < PAGE_CARDS_MAX; i++) {
        json_t *questions = json_object_get(json_array_get(screens, i), "questions"), *answer;
        const char *key;

        json_object_foreach(questions, key, answer) {
            struct text words = payload_text(json_object_get(answer, "follow_up"), "payload");

            page_set_text(detail, "score", payload_id(p->mem, answer, "payload"));
            if (ev.text.len < 64 * 1024)
                payload_add_line(p->mem, &p->lines, &ev.text, words);
        }
    }
    page_set_text(detail, "type", TEXT("messaging_feedback"));
    return page_emit(p, &ev, detail);
}

/* ---- one item ---- */

static bool is_envelope(const char *key)
{
    static const char *const keys[] = { "sender", "recipient", "timestamp", "hop_context", "prior_message", "thread",
                                        "id", "time", "is_echo", "priority" };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

int messenger_parse_item(struct page_parse *p, const json_t *item)
{
    static const struct {
        const char *key;
        int (*handle)(struct page_parse *p, const struct talk *t, const json_t *item, const json_t *value);
    } kinds[] = {
        { "message", on_message },
        { "message_edit", on_edit },
        { "postback", on_postback },
        { "reaction", on_reaction },
        { "read", on_read },
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
        { "messaging_feedback", on_feedback },
    };
    struct page_parse own = *p;
    struct talk t = talk_of(&own, item);
    const char *key, *unknown = "empty";
    json_t *value;
    bool any = false;

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!json_is_object(value = json_object_get(item, kinds[i].key)))
            continue;
        any = true;
        if (kinds[i].handle(&own, &t, item, value))
            return -1;
    }
    if (any)
        return 0;
    json_object_foreach((json_t *)(uintptr_t)item, key, value) {
        if (!is_envelope(key)) {
            unknown = key;
            break;
        }
    }
    return page_unsupported(&own, PLATFORM_MESSENGER, text_of(unknown), item);
}

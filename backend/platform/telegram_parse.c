/* Telegram updates, from a webhook call or a page of getUpdates, into events. */
#include "telegram_priv.h"

#include "util/str.h"

#include <stdlib.h>

#define NOBODY ((struct text){ NULL, 0 })

static struct text joined(struct arena *mem, struct text a, const char *between, struct text b)
{
    return text_of(arena_printf(mem, "%.*s%s%.*s", (int)a.len, a.ptr ? a.ptr : "", between, (int)b.len,
                                b.ptr ? b.ptr : ""));
}

/* The chat's name in our ids; ptr NULL: there is none. */
static struct text chat_key(struct telegram_parse *p, const json_t *chat, struct text connection)
{
    struct text id = payload_id(p->mem, chat, "id");

    if (!id.ptr || !connection.ptr)
        return id;
    return joined(p->mem, joined(p->mem, TEXT("b:"), "", connection), "/", id);
}

static struct text message_key(struct telegram_parse *p, struct text chat, const json_t *holder, const char *field)
{
    struct text id = payload_id(p->mem, holder, field);

    return chat.ptr && id.ptr ? joined(p->mem, chat, "/", id) : NOBODY;
}

static int emit(struct telegram_parse *p, struct event *ev, json_t *detail)
{
    if (json_object_size(detail))
        ev->detail = payload_dump(p->mem, detail);
    ev->platform = PLATFORM_TELEGRAM;
    ev->channel = p->channel->external_id;
    return p->sink(ev, p->arg);
}

static bool is_private(const json_t *chat)
{
    return text_equal(payload_text(chat, "type"), TEXT("private"));
}

static struct event_author author_of(struct telegram_parse *p, const json_t *who)
{
    return (struct event_author){
        .id = payload_id(p->mem, who, "id"),
        .name = telegram_name(p->mem, who),
        .username = payload_text(who, "username"),
    };
}

static bool same_id(struct telegram_parse *p, const json_t *a, const json_t *b)
{
    struct text left = payload_id(p->mem, a, "id");

    return left.len && text_equal(left, payload_id(p->mem, b, "id"));
}

static bool is_us(struct telegram_parse *p, const json_t *from)
{
    struct text id = payload_id(p->mem, from, "id");

    return id.len && text_equal(id, p->channel->external_id);
}

static void say_out(struct event *ev, enum sender_kind who, enum device device)
{
    ev->direction = DIRECTION_OUT;
    ev->sender_kind = who;
    ev->device = device;
}

/* Who speaks, for whom, and from where. */
static void set_sides(struct telegram_parse *p, const json_t *m, struct event *ev)
{
    const json_t *chat = json_object_get(m, "chat"), *from = json_object_get(m, "from");
    const json_t *as = json_object_get(m, "sender_chat");
    const json_t *root = json_object_get(m, "reply_to_message");

    ev->author = author_of(p, json_is_object(as) ? as : from);
    ev->direction = DIRECTION_IN;
    ev->sender_kind = SENDER_CUSTOMER;
    if (is_us(p, from) || json_is_object(json_object_get(m, "sender_business_bot")))
        say_out(ev, SENDER_AGENT, DEVICE_API);
    else if (json_object_get(m, "business_connection_id") && !same_id(p, from, chat))
        say_out(ev, SENDER_AGENT, DEVICE_NATIVE);
    else if (json_is_object(as) && (same_id(p, as, chat) || payload_true(m, "is_automatic_forward") ||
                                    (payload_true(root, "is_automatic_forward") &&
                                     same_id(p, as, json_object_get(root, "sender_chat")))))
        say_out(ev, SENDER_AGENT, DEVICE_NATIVE);       /* the group's, or the page's own voice */
    else if (payload_true(from, "is_bot") && !json_is_object(as))
        ev->sender_kind = SENDER_AUTO;
    if (payload_true(m, "is_from_offline"))
        ev->sender_kind = SENDER_AUTO;
}

/* The post that a message of the discussion group is the image of. */
static struct text post_key(struct telegram_parse *p, const json_t *root)
{
    const json_t *origin = json_object_get(root, "forward_origin");

    return message_key(p, payload_id(p->mem, json_object_get(origin, "chat"), "id"), origin, "message_id");
}

static void set_thread(struct telegram_parse *p, const json_t *m, struct text chat, struct event *ev)
{
    const json_t *root = json_object_get(m, "reply_to_message");
    const json_t *within = json_object_get(m, "chat");
    struct text strand = payload_id(p->mem, m, "message_thread_id");

    ev->thread.present = chat.ptr != NULL;
    ev->thread.id = chat;
    if (is_private(within))
        return;
    ev->thread.type = THREAD_GROUP;
    ev->thread.name = payload_text(within, "title");
    if (payload_true(m, "is_automatic_forward"))
        root = m;
    if (payload_true(root, "is_automatic_forward")) {
        ev->thread.type = THREAD_COMMENT;
        ev->thread.id = message_key(p, chat, root, "message_id");
        ev->thread.post = post_key(p, root);
    } else if (strand.ptr && payload_true(m, "is_topic_message")) {
        ev->thread.id = joined(p->mem, chat, "#", strand);
    } else if (strand.ptr) {
        /* An answer to a comment: only whoever knows the threads can tell it from an answer in a plain group. */
        ev->thread.parent = joined(p->mem, chat, "/", strand);
    }
}

static void set_context(struct telegram_parse *p, const json_t *m, struct text chat, struct event *ev, json_t *detail)
{
    const json_t *answered = json_object_get(m, "reply_to_message"), *origin = json_object_get(m, "forward_origin");
    const json_t *quote = json_object_get(m, "quote"), *who = json_object_get(origin, "sender_user");
    bool opens_topic = json_object_get(answered, "forum_topic_created") != NULL;

    if (json_is_object(answered) && !opens_topic)
        ev->reply_to = message_key(p, chat, answered, "message_id");
    if (json_is_string(json_object_get(m, "media_group_id")))
        json_object_set(detail, "album", json_object_get(m, "media_group_id"));
    if (json_is_string(json_object_get(quote, "text")))
        json_object_set(detail, "quote", json_object_get(quote, "text"));
    if (json_is_string(json_object_get(m, "author_signature")))
        json_object_set(detail, "signature", json_object_get(m, "author_signature"));
    if (json_is_object(origin) && !payload_true(m, "is_automatic_forward")) {
        struct text name = payload_text(origin, "sender_user_name");

        if (!name.ptr)
            name = telegram_name(p->mem, who ? who : json_object_get(origin, origin && json_object_get(origin, "chat") ?
                                                                                 "chat" : "sender_chat"));
        json_object_set_new(detail, "forwarded", name.ptr ? json_stringn(name.ptr, name.len) : json_string(""));
    }
}

static void set_notice(struct telegram_parse *p, const json_t *m, const char *notice, struct text chat, struct event *ev,
                       json_t *detail)
{
    const json_t *members = json_object_get(m, "new_chat_members");
    struct text moved = payload_id(p->mem, m, "migrate_to_chat_id");

    ev->direction = DIRECTION_SYSTEM;
    ev->sender_kind = SENDER_SYSTEM;
    ev->device = DEVICE_UNKNOWN;
    json_object_set_new(detail, "notice", json_string(notice));
    if (moved.ptr) {
        json_object_set_new(detail, "from", json_stringn(chat.ptr, chat.len));
        json_object_set_new(detail, "to", json_stringn(moved.ptr, moved.len));
    }
    if (json_is_integer(json_object_get(m, "migrate_from_chat_id"))) {
        struct text from = payload_id(p->mem, m, "migrate_from_chat_id");

        json_object_set_new(detail, "from", json_stringn(from.ptr, from.len));
        json_object_set_new(detail, "to", json_stringn(chat.ptr, chat.len));
    }
    if (json_array_size(members)) {
        struct text name = telegram_name(p->mem, json_array_get(members, 0));

        json_object_set_new(detail, "name", json_stringn(name.ptr ? name.ptr : "", name.len));
    }
    if (json_is_string(json_object_get(m, "new_chat_title")))
        json_object_set(detail, "name", json_object_get(m, "new_chat_title"));
}

static int unsupported(struct telegram_parse *p, const char *type, struct text id)
{
    AUTO(json) json_t *detail = json_pack("{s:s}", "type", type);
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.id = id;
    return emit(p, &ev, detail);
}

static int on_message(struct telegram_parse *p, const json_t *m, bool is_edit)
{
    AUTO(json) json_t *detail = json_object();
    struct text chat = chat_key(p, json_object_get(m, "chat"), payload_text(m, "business_connection_id"));
    struct text id = message_key(p, chat, m, "message_id");
    const char *type = NULL, *notice = telegram_notice(m);
    struct event ev;

    if (!id.ptr)
        return unsupported(p, "message", NOBODY);
    event_init(&ev);
    set_sides(p, m, &ev);
    set_thread(p, m, chat, &ev);
    set_context(p, m, chat, &ev, detail);
    if (notice) {
        set_notice(p, m, notice, chat, &ev, detail);
    } else if (!telegram_content(p->mem, m, &ev, detail, &type)) {
        ev.kind = EVENT_UNSUPPORTED;
        json_object_set_new(detail, "type", json_string(type));
    } else if (payload_true(m, "is_automatic_forward")) {
        ev.kind = EVENT_POST;
    }
    ev.sent_at = TIME_NONE;
    if ((!is_edit || !payload_seconds(m, "edit_date", &ev.sent_at)))
        (void)payload_seconds(m, "date", &ev.sent_at);
    if (is_edit) {
        ev.kind = EVENT_EDIT;
        ev.target = id;
    } else {
        ev.id = id;
    }
    return emit(p, &ev, detail);
}

static int on_post(struct telegram_parse *p, const json_t *m, bool is_edit)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *as = json_object_get(m, "sender_chat"), *chat = json_object_get(m, "chat");
    struct text key = chat_key(p, chat, NOBODY), id = message_key(p, key, m, "message_id");
    const char *type = NULL, *notice = telegram_notice(m);
    struct event ev;

    if (!id.ptr)
        return unsupported(p, "channel_post", NOBODY);
    event_init(&ev);
    ev.kind = is_edit ? EVENT_EDIT : EVENT_POST;
    *(is_edit ? &ev.target : &ev.id) = id;
    ev.author = author_of(p, json_is_object(as) ? as : chat);
    say_out(&ev, SENDER_AGENT, DEVICE_NATIVE);
    ev.thread = (struct event_thread){ .type = THREAD_COMMENT, .present = true, .id = id, .post = id };
    ev.thread.name = payload_text(chat, "title");
    set_context(p, m, key, &ev, detail);
    if (notice) {
        ev.kind = EVENT_MESSAGE;
        set_notice(p, m, notice, key, &ev, detail);
    } else if (!telegram_content(p->mem, m, &ev, detail, &type)) {
        ev.kind = EVENT_UNSUPPORTED;
        json_object_set_new(detail, "type", json_string(type));
    }
    ev.sent_at = TIME_NONE;
    if (!is_edit || !payload_seconds(m, "edit_date", &ev.sent_at))
        (void)payload_seconds(m, "date", &ev.sent_at);
    return emit(p, &ev, detail);
}

static int on_deleted(struct telegram_parse *p, const json_t *u)
{
    const json_t *ids = json_object_get(u, "message_ids");
    struct text chat = chat_key(p, json_object_get(u, "chat"), payload_text(u, "business_connection_id"));

    if (!chat.ptr)
        return unsupported(p, "deleted_business_messages", NOBODY);
    for (size_t i = 0; i < json_array_size(ids); i++) {
        const json_t *id = json_array_get(ids, i);
        struct event ev;

        if (!json_is_integer(id))
            continue;
        event_init(&ev);
        ev.kind = EVENT_DELETE;
        ev.target = text_of(arena_printf(p->mem, "%.*s/%" JSON_INTEGER_FORMAT, (int)chat.len, chat.ptr,
                                         json_integer_value(id)));
        ev.thread = (struct event_thread){ .type = THREAD_DIRECT, .present = true, .id = chat };
        if (emit(p, &ev, NULL))
            return -1;
    }
    return 0;
}

static struct text emoji_of(const json_t *type)
{
    if (json_is_string(json_object_get(type, "emoji")))
        return payload_text(type, "emoji");
    return text_equal(payload_text(type, "type"), TEXT("paid")) ? TEXT("⭐") : TEXT("❔");
}

static void set_reaction_thread(struct telegram_parse *p, const json_t *u, struct event *ev)
{
    const json_t *chat = json_object_get(u, "chat");
    struct text key = chat_key(p, chat, payload_text(u, "business_connection_id"));

    ev->kind = EVENT_REACTION;
    ev->target = message_key(p, key, u, "message_id");
    ev->thread = (struct event_thread){
        .type = is_private(chat) ? THREAD_DIRECT : THREAD_GROUP,
        .present = key.ptr != NULL,
        .id = key,
        .name = payload_text(chat, "title"),
    };
    ev->direction = DIRECTION_IN;
    ev->sender_kind = SENDER_CUSTOMER;
    ev->sent_at = TIME_NONE;
    (void)payload_seconds(u, "date", &ev->sent_at);
}

static int on_reaction(struct telegram_parse *p, const json_t *u)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *now = json_object_get(u, "new_reaction"), *user = json_object_get(u, "user");
    struct buf emoji = BUF_INIT(1024);
    struct event ev;
    int rc;

    event_init(&ev);
    set_reaction_thread(p, u, &ev);
    ev.author = author_of(p, json_is_object(user) ? user : json_object_get(u, "actor_chat"));
    for (size_t i = 0; i < json_array_size(now); i++) {
        const json_t *type = json_array_get(now, i);

        buf_text(&emoji, emoji_of(type));
        if (json_is_string(json_object_get(type, "custom_emoji_id")))
            json_object_set(detail, "custom_emoji", json_object_get(type, "custom_emoji_id"));
    }
    ev.text = emoji.len ? arena_text(p->mem, buf_as_text(&emoji)) : TEXT("");
    rc = ev.target.ptr ? emit(p, &ev, detail) : unsupported(p, "message_reaction", NOBODY);
    buf_fini(&emoji);
    return rc;
}

/* Anonymous reactions of a channel come as totals: they have no author and no single emoji. */
static int on_reaction_count(struct telegram_parse *p, const json_t *u)
{
    AUTO(json) json_t *detail = json_object();
    json_t *counts = json_object();
    const json_t *list = json_object_get(u, "reactions");
    struct event ev;

    event_init(&ev);
    set_reaction_thread(p, u, &ev);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i), *total = json_object_get(one, "total_count");
        struct text emoji = emoji_of(json_object_get(one, "type"));

        if (json_is_integer(total))
            json_object_setn_new(counts, emoji.ptr, emoji.len, json_integer(json_integer_value(total)));
    }
    json_object_set_new(detail, "counts", counts);
    return ev.target.ptr ? emit(p, &ev, detail) : unsupported(p, "message_reaction_count", NOBODY);
}

/* The words on the button that was pressed; its hidden data when the keyboard is not there to look them up. */
static struct text button_words(const json_t *message, struct text data)
{
    const json_t *rows = json_object_get(json_object_get(message, "reply_markup"), "inline_keyboard");

    for (size_t i = 0; i < json_array_size(rows); i++)
        for (size_t k = 0; k < json_array_size(json_array_get(rows, i)); k++) {
            const json_t *button = json_array_get(json_array_get(rows, i), k);

            if (data.ptr && text_equal(payload_text(button, "callback_data"), data))
                return payload_text(button, "text");
        }
    return data.ptr ? data : payload_text(message, "game_short_name");
}

static int on_button(struct telegram_parse *p, const json_t *u)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *m = json_object_get(u, "message"), *from = json_object_get(u, "from");
    struct text chat = chat_key(p, json_object_get(m, "chat"), payload_text(m, "business_connection_id"));
    struct text press = payload_text(u, "id");
    struct event ev;

    if (!press.len)
        return unsupported(p, "callback_query", NOBODY);
    event_init(&ev);
    ev.id = joined(p->mem, TEXT("press/"), "", press);
    if (!chat.ptr)                      /* pressed under a message sent inline: no chat is told */
        return unsupported(p, "callback_query", ev.id);
    set_thread(p, m, chat, &ev);
    ev.author = author_of(p, from);
    ev.direction = DIRECTION_IN;
    ev.sender_kind = SENDER_CUSTOMER;
    ev.sent_at = TIME_NONE;
    ev.reply_to = message_key(p, chat, m, "message_id");
    ev.text = button_words(m, payload_text(u, "data"));
    json_object_set_new(detail, "type", json_string("callback_query"));
    if (json_is_string(json_object_get(u, "data")))
        json_object_set(detail, "data", json_object_get(u, "data"));
    return emit(p, &ev, detail);
}

/* In a private chat: the person blocked us or came back. In a group: we were added, promoted or thrown out. */
static int on_membership(struct telegram_parse *p, const json_t *u)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *chat = json_object_get(u, "chat"), *from = json_object_get(u, "from");
    struct text key = chat_key(p, chat, NOBODY);
    struct text status = payload_text(json_object_get(u, "new_chat_member"), "status");
    bool is_out = text_equal(status, TEXT("kicked")) || text_equal(status, TEXT("left"));
    struct event ev;

    if (!key.ptr)
        return unsupported(p, "my_chat_member", NOBODY);
    event_init(&ev);
    ev.sent_at = TIME_NONE;
    (void)payload_seconds(u, "date", &ev.sent_at);
    ev.author = author_of(p, from);
    ev.thread = (struct event_thread){ .present = true, .id = key, .name = payload_text(chat, "title") };
    if (is_private(chat)) {
        ev.kind = EVENT_PROFILE;
        json_object_set_new(detail, "blocked", json_boolean(is_out));
        return emit(p, &ev, detail);
    }
    ev.thread.type = THREAD_GROUP;
    ev.direction = DIRECTION_SYSTEM;
    ev.sender_kind = SENDER_SYSTEM;
    ev.id = joined(p->mem, joined(p->mem, key, "/member/", payload_id(p->mem, u, "date")), "/", status);
    json_object_set_new(detail, "notice", json_string(is_out ? "bot_removed" : "bot_added"));
    json_object_set_new(detail, "status", json_stringn(status.ptr ? status.ptr : "", status.len));
    return emit(p, &ev, detail);
}

static int on_connection(struct telegram_parse *p, const json_t *u)
{
    AUTO(json) json_t *detail = json_object();
    struct text id = payload_text(u, "id");
    struct event ev;

    if (!id.len)
        return unsupported(p, "business_connection", NOBODY);
    event_init(&ev);
    ev.kind = EVENT_ACCOUNT;
    ev.author = author_of(p, json_object_get(u, "user"));
    ev.sent_at = TIME_NONE;
    (void)payload_seconds(u, "date", &ev.sent_at);
    json_object_set(detail, "connection", json_object_get(u, "id"));
    json_object_set_new(detail, "enabled", json_boolean(payload_true(u, "is_enabled")));
    json_object_set_new(detail, "can_reply", json_boolean(payload_true(json_object_get(u, "rights"), "can_reply")));
    json_object_set_new(detail, "name", json_stringn(ev.author.name.ptr ? ev.author.name.ptr : "", ev.author.name.len));
    return emit(p, &ev, detail);
}

static int on_new(struct telegram_parse *p, const json_t *m) { return on_message(p, m, false); }
static int on_edit(struct telegram_parse *p, const json_t *m) { return on_message(p, m, true); }
static int on_new_post(struct telegram_parse *p, const json_t *m) { return on_post(p, m, false); }
static int on_edited_post(struct telegram_parse *p, const json_t *m) { return on_post(p, m, true); }

static int on_update(struct telegram_parse *p, const json_t *u)
{
    static const struct {
        const char *key;
        int (*handle)(struct telegram_parse *p, const json_t *value);
    } kinds[] = {
        { "message", on_new },
        { "edited_message", on_edit },
        { "business_message", on_new },
        { "edited_business_message", on_edit },
        { "deleted_business_messages", on_deleted },
        { "channel_post", on_new_post },
        { "edited_channel_post", on_edited_post },
        { "message_reaction", on_reaction },
        { "message_reaction_count", on_reaction_count },
        { "callback_query", on_button },
        { "my_chat_member", on_membership },
        { "business_connection", on_connection },
    };
    struct text number = payload_id(p->mem, u, "update_id");
    const char *key;
    json_t *value;

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (json_is_object(value = json_object_get(u, kinds[i].key)))
            return kinds[i].handle(p, value);
    json_object_foreach((json_t *)(uintptr_t)u, key, value) {
        if (strcmp(key, "update_id") != 0)
            return unsupported(p, key, joined(p->mem, TEXT("update/"), "", number));
    }
    return unsupported(p, "empty", number.ptr ? joined(p->mem, TEXT("update/"), "", number) : NOBODY);
}

static void forget(void *root)
{
    json_decref(root);
}

int telegram_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                        struct fail *why)
{
    struct telegram_parse p = { ch, mem, sink, arg };
    json_error_t error;
    json_t *root = payload_load(mem, body, &error);
    json_t *list = json_is_array(root) ? root : json_object_get(root, "result");

    if (!root)
        return fail(why, FAIL_BAD_REQUEST, "not JSON: line %d: %s", error.line, error.text);
    arena_cleanup(mem, forget, root);                   /* events point into the tree */
    if (json_is_object(root) && !json_is_array(list))
        return on_update(&p, root);
    if (!json_is_array(list))
        return fail(why, FAIL_BAD_REQUEST, "neither an update nor a page of updates");
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *update = json_array_get(list, i);

        if (json_is_object(update) ? on_update(&p, update) : unsupported(&p, "not an object", NOBODY))
            return -1;
    }
    return 0;
}

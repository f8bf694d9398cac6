/* LINE webhook bodies, and the pages that step makes of profiles, into events. */
#include "line_priv.h"

#include "util/str.h"

#include <stdlib.h>

#define NOBODY ((struct text){ NULL, 0 })

int line_emit(struct line_parse *p, struct event *ev, const json_t *detail)
{
    if (json_object_size(detail))
        ev->detail = payload_dump(p->mem, detail);
    ev->platform = PLATFORM_LINE;
    ev->channel = p->channel;
    return p->sink(ev, p->arg);
}

int line_unsupported(struct line_parse *p, const char *type, struct text id, const json_t *item)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    json_object_set_new(detail, "type", json_string(*type ? type : "empty"));
    if (json_is_object(item) && *type && strcmp(type, "type") != 0)
        json_object_set(detail, type, (json_t *)(uintptr_t)item);
    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.id = id;
    return line_emit(p, &ev, detail);
}

/* Where it happened and who did it; either may be missing. */
static void set_place(struct line_parse *p, const json_t *e, struct event *ev)
{
    const json_t *source = json_object_get(e, "source");
    struct text user = payload_id(p->mem, source, "userId"), group = payload_id(p->mem, source, "groupId");
    struct text room = payload_id(p->mem, source, "roomId"), place = group.len ? group : room;

    ev->author.id = user;
    ev->thread.type = place.len ? THREAD_GROUP : THREAD_DIRECT;
    ev->thread.id = place.len ? place : user;
    ev->thread.present = ev->thread.id.len > 0;
    ev->sent_at = TIME_NONE;
    (void)payload_millis(e, "timestamp", &ev->sent_at);
}

static void set_sides(struct line_parse *p, struct event *ev)
{
    bool is_us = ev->author.id.len && text_equal(ev->author.id, p->channel);

    ev->direction = is_us ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = is_us ? SENDER_AGENT : SENDER_CUSTOMER;
    if (is_us)
        ev->device = DEVICE_API;
}

/* The webhook's own id, else what makes the event what it is: the same at a redelivery. */
static struct text event_key(struct line_parse *p, const json_t *e)
{
    const json_t *source = json_object_get(e, "source");
    struct text id = payload_id(p->mem, e, "webhookEventId"), type = payload_text(e, "type");
    struct text at = payload_id(p->mem, e, "timestamp"), who = payload_id(p->mem, source, "userId");
    struct text where = payload_id(p->mem, source, "groupId");

    if (id.len)
        return text_of(arena_printf(p->mem, "event/%.*s", (int)id.len, id.ptr));
    if (!where.len)
        where = payload_id(p->mem, source, "roomId");
    if (!at.len)
        return NOBODY;
    return text_of(arena_printf(p->mem, "%.*s/%.*s/%.*s/%.*s", (int)type.len, type.ptr ? type.ptr : "", (int)where.len,
                                where.ptr ? where.ptr : "", (int)who.len, who.ptr ? who.ptr : "", (int)at.len, at.ptr));
}

static void set_delivery(const json_t *e, json_t *detail)
{
    line_set_member(detail, "reply_token", payload_text(e, "replyToken"));
    if (text_equal(payload_text(e, "mode"), TEXT("standby")))
        json_object_set_new(detail, "standby", json_true());
}

static int on_message(struct line_parse *p, const json_t *e, const json_t *m)
{
    AUTO(json) json_t *detail = json_object();
    struct text type;
    struct event ev;

    event_init(&ev);
    set_place(p, e, &ev);
    set_sides(p, &ev);
    set_delivery(e, detail);
    ev.id = payload_id(p->mem, m, "id");
    if (!ev.id.len)
        ev.id = event_key(p, e);
    ev.reply_to = payload_id(p->mem, m, "quotedMessageId");
    if (!ev.thread.present && ev.id.len) {              /* words of nobody in particular are words all the same */
        ev.thread.present = true;
        ev.thread.id = text_of(arena_printf(p->mem, "nobody/%.*s", (int)ev.id.len, ev.id.ptr));
    }
    if (!line_content(p->mem, m, &ev, detail, &type)) {
        ev.kind = EVENT_UNSUPPORTED;
        line_set_member(detail, "type", type.len ? type : TEXT("message"));
        json_object_set(detail, "data", (json_t *)(uintptr_t)m);
    }
    return line_emit(p, &ev, detail);
}

/* Edits may overtake each other: the largest time is the truth, and it stands in sent_at. */
static int on_edited(struct line_parse *p, const json_t *e, const json_t *m)
{
    AUTO(json) json_t *detail = json_object();
    struct text type;
    struct event ev;

    event_init(&ev);
    set_place(p, e, &ev);
    set_sides(p, &ev);
    set_delivery(e, detail);
    ev.kind = EVENT_EDIT;
    ev.target = payload_id(p->mem, m, "id");
    if (!line_content(p->mem, m, &ev, detail, &type) || !ev.target.len) {
        ev.kind = EVENT_UNSUPPORTED;
        ev.id = event_key(p, e);
        line_set_member(detail, "type", TEXT("messageEdited"));
    }
    return line_emit(p, &ev, detail);
}

static int on_unsend(struct line_parse *p, const json_t *e, const json_t *u)
{
    struct event ev;

    event_init(&ev);
    set_place(p, e, &ev);
    ev.kind = EVENT_DELETE;
    ev.target = payload_id(p->mem, u, "messageId");
    return ev.target.len ? line_emit(p, &ev, NULL) : line_unsupported(p, "unsend", event_key(p, e), u);
}

static int tell_friendship(struct line_parse *p, const json_t *e, const json_t *f, bool is_blocked)
{
    AUTO(json) json_t *detail = json_pack("{s:b}", "blocked", is_blocked);
    struct event ev;

    event_init(&ev);
    set_place(p, e, &ev);
    set_delivery(e, detail);
    ev.kind = EVENT_PROFILE;
    if (json_is_boolean(json_object_get(f, "isUnblocked")))
        json_object_set(detail, "was_blocked", json_object_get(f, "isUnblocked"));
    return line_emit(p, &ev, detail);
}

static int on_follow(struct line_parse *p, const json_t *e, const json_t *f)
{
    return tell_friendship(p, e, f, false);
}

static int on_unfollow(struct line_parse *p, const json_t *e, const json_t *f)
{
    return tell_friendship(p, e, f, true);
}

static void set_notice(struct event *ev, json_t *detail, const char *notice)
{
    ev->direction = DIRECTION_SYSTEM;
    ev->sender_kind = SENDER_SYSTEM;
    json_object_set_new(detail, "notice", json_string(notice));
}

/* We were added to a group, or left it. */
static int on_membership(struct line_parse *p, const json_t *e, const json_t *ignored)
{
    bool is_leaving = text_equal(payload_text(e, "type"), TEXT("leave"));
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    (void)ignored;
    event_init(&ev);
    set_place(p, e, &ev);
    set_delivery(e, detail);
    set_notice(&ev, detail, is_leaving ? "bot_removed" : "bot_added");
    ev.id = event_key(p, e);
    return line_emit(p, &ev, detail);
}

static int tell_members(struct line_parse *p, const json_t *e, const json_t *list, const char *type,
                        const char *notice)
{
    struct text key = event_key(p, e);

    if (!json_array_size(list))
        return line_unsupported(p, type, key, e);
    for (size_t i = 0; i < json_array_size(list); i++) {
        AUTO(json) json_t *detail = json_object();
        struct text who = payload_id(p->mem, json_array_get(list, i), "userId");
        struct event ev;

        event_init(&ev);
        set_place(p, e, &ev);
        set_delivery(e, detail);
        set_notice(&ev, detail, notice);
        ev.author.id = who;
        if (key.len)
            ev.id = who.len ? text_of(arena_printf(p->mem, "%.*s/%.*s", (int)key.len, key.ptr, (int)who.len, who.ptr))
                            : text_of(arena_printf(p->mem, "%.*s/%zu", (int)key.len, key.ptr, i));
        if (line_emit(p, &ev, detail))
            return -1;
    }
    return 0;
}

static int on_joined(struct line_parse *p, const json_t *e, const json_t *x)
{
    return tell_members(p, e, json_object_get(x, "members"), "memberJoined", "new_chat_members");
}

static int on_left(struct line_parse *p, const json_t *e, const json_t *x)
{
    return tell_members(p, e, json_object_get(x, "members"), "memberLeft", "left_chat_member");
}

/* A button was pressed: what the shop's own menu put into it, and what was picked in its date field. */
static int on_postback(struct line_parse *p, const json_t *e, const json_t *b)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *params = json_object_get(b, "params");
    struct event ev;

    event_init(&ev);
    set_place(p, e, &ev);
    set_sides(p, &ev);
    set_delivery(e, detail);
    ev.id = event_key(p, e);
    ev.text = payload_text(b, "displayText");
    if (!ev.text.len)
        ev.text = payload_text(b, "data");
    json_object_set_new(detail, "type", json_string("postback"));
    line_set_member(detail, "data", payload_text(b, "data"));
    if (json_object_size(params))
        json_object_set(detail, "params", (json_t *)(uintptr_t)params);
    return line_emit(p, &ev, detail);
}

/* Something that happened to the account or to our right to answer. */
static int on_account(struct line_parse *p, const json_t *e, const json_t *ignored)
{
    static const char *const members[] = { "module", "chatControl" };
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    (void)ignored;
    line_set_member(detail, "type", payload_text(e, "type"));
    for (size_t i = 0; i < COUNT_OF(members); i++)
        if (json_is_object(json_object_get(e, members[i])))
            json_object_set(detail, members[i], json_object_get(e, members[i]));

    event_init(&ev);
    set_place(p, e, &ev);
    ev.kind = EVENT_ACCOUNT;
    ev.id = event_key(p, e);
    return line_emit(p, &ev, detail);
}

/* Whatever a new kind carries: its own object, and words where it has some. */
static int on_unknown(struct line_parse *p, const json_t *e, struct text type)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *message = json_object_get(e, "message");
    const json_t *own = type.len ? json_object_get(e, arena_copy(p->mem, type)) : NULL;
    struct event ev;

    event_init(&ev);
    set_place(p, e, &ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.id = event_key(p, e);
    ev.text = payload_words(p->mem, json_is_object(message) ? message : e);
    ev.thread.present = ev.thread.present && ev.text.len;
    if (!own)
        own = text_equal(type, TEXT("accountLink")) ? json_object_get(e, "link") : message;
    line_set_member(detail, "type", type.len ? type : TEXT("empty"));
    if (own)
        json_object_set(detail, "data", (json_t *)(uintptr_t)own);
    return line_emit(p, &ev, detail);
}

static int on_event(struct line_parse *p, const json_t *e)
{
    static const struct {
        const char *type, *member;
        bool needs_member;
        int (*handle)(struct line_parse *p, const json_t *e, const json_t *value);
    } kinds[] = {
        { "message", "message", true, on_message },
        { "messageEdited", "message", true, on_edited },
        { "unsend", "unsend", true, on_unsend },
        { "follow", "follow", false, on_follow },
        { "unfollow", NULL, false, on_unfollow },
        { "join", NULL, false, on_membership },
        { "leave", NULL, false, on_membership },
        { "memberJoined", "joined", true, on_joined },
        { "memberLeft", "left", true, on_left },
        { "postback", "postback", true, on_postback },
        { "module", NULL, false, on_account },
        { "activated", NULL, false, on_account },
        { "deactivated", NULL, false, on_account },
        { "botSuspended", NULL, false, on_account },
        { "botResumed", NULL, false, on_account },
    };
    struct text type = payload_text(e, "type");

    if (json_object_get(e, "eventType") || (!type.ptr && json_object_get(e, "content")))
        return line_trial_item(p, e);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const json_t *value = kinds[i].member ? json_object_get(e, kinds[i].member) : NULL;

        if (text_equal(type, text_of(kinds[i].type)) && (json_is_object(value) || !kinds[i].needs_member))
            return kinds[i].handle(p, e, value);
    }
    return on_unknown(p, e, type);
}

/* Who somebody is, or what a group is called: LINE's own answer, bare or in the page that step makes. */
static int on_profile(struct line_parse *p, const json_t *profile, struct text thread)
{
    AUTO(json) json_t *detail = json_object();
    struct text group = payload_id(p->mem, profile, "groupId");
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.author.id = payload_id(p->mem, profile, "userId");
    ev.author.name = payload_text(profile, "displayName");
    ev.sent_at = TIME_NONE;
    if (group.len || thread.len) {
        ev.thread = (struct event_thread){ .type = THREAD_GROUP, .present = true, .id = group.len ? group : thread };
        ev.thread.name = payload_text(profile, "groupName");
    }
    line_set_member(detail, "picture", payload_text(profile, "pictureUrl"));
    line_set_member(detail, "about", payload_text(profile, "statusMessage"));
    line_set_member(detail, "language", payload_text(profile, "language"));
    return line_emit(p, &ev, detail);
}

static int each_event(struct line_parse *p, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *e = json_array_get(list, i);

        if (json_is_object(e) ? on_event(p, e) : line_unsupported(p, "not an object", NOBODY, NULL))
            return -1;
    }
    return 0;
}

static int on_body(struct line_parse *p, const json_t *root)
{
    const json_t *events = json_object_get(root, "events"), *result = json_object_get(root, "result");
    const json_t *profile = json_object_get(root, "profile");
    struct text destination = payload_id(p->mem, root, "destination");

    if (destination.len)
        p->channel = destination;
    if (json_is_array(root))
        return each_event(p, root);
    if (json_is_array(events) || json_is_array(result))
        return each_event(p, json_is_array(events) ? events : result);
    if (json_is_object(profile) && text_equal(payload_text(root, "page"), TEXT("profile")))
        return on_profile(p, profile, payload_text(root, "thread_id"));
    if (!json_object_get(root, "type") && (json_object_get(root, "displayName") || json_object_get(root, "groupName")))
        return on_profile(p, root, NOBODY);
    if (json_is_object(events))
        return on_event(p, events);
    return on_event(p, root);
}

static void forget(void *root)
{
    json_decref(root);
}

int line_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                    struct fail *why)
{
    struct line_parse p = { ch->external_id, mem, sink, arg };
    json_error_t error;
    json_t *root = payload_load(mem, body, &error);

    if (!root)
        return fail(why, FAIL_BAD_REQUEST, "not JSON: line %d: %s", error.line, error.text);
    arena_cleanup(mem, forget, root);                   /* events point into the tree */
    return on_body(&p, root);
}

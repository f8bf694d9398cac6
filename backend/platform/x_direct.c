/* Direct messages of either API. */
#include "x_priv.h"

#include "util/str.h"

static const struct text nothing = { NULL, 0 };

static void set_thread(struct x_parse *p, struct text conversation, struct event *ev)
{
    bool is_pair = conversation.len &&
                   (memchr(conversation.ptr, '-', conversation.len) || memchr(conversation.ptr, ':', conversation.len));

    ev->thread = (struct event_thread) { .type = is_pair ? THREAD_DIRECT : THREAD_GROUP,
                                         .present = conversation.len > 0,
                                         .id = x_conversation(p->mem, conversation) };
}

static struct text conversation_of(struct x_parse *p, const json_t *event, struct text a, struct text b)
{
    struct text told = x_first(x_id(p->mem, event, "dm_conversation_id"), x_id(p->mem, event, "conversation_id"));

    return told.len ? told : x_conversation_of(p->mem, a, b);
}

/* ---- the old form: {"type":"message_create","message_create":{…}} ---- */

static void old_attachment(struct x_parse *p, const json_t *data, struct event *ev, json_t *detail)
{
    const json_t *attachment = json_object_get(data, "attachment"), *media = json_object_get(attachment, "media");
    const json_t *place = json_object_get(attachment, "location");
    const json_t *shared = json_object_get(place, "shared_coordinate");
    const json_t *pair = json_object_get(json_object_get(shared, "coordinates"), "coordinates");
    struct event_attachment *a;

    if (json_is_object(media))
        x_media_one(p, media, ev);
    if (!json_is_object(place))
        return;
    a = payload_attach(p->mem, ev, ATTACHMENT_LOCATION);
    place = json_object_get(json_object_get(place, "shared_place"), "place");
    a->name = x_first(payload_text(place, "full_name"), payload_text(place, "name"));
    if (json_is_number(json_array_get(pair, 0)) && json_is_number(json_array_get(pair, 1))) {
        a->lon = json_number_value(json_array_get(pair, 0));
        a->lat = json_number_value(json_array_get(pair, 1));
        a->has_position = true;
    } else if (!a->name.len) {
        json_object_set(detail, "location", json_object_get(attachment, "location"));
    }
}

static int on_old(struct x_parse *p, const json_t *event)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *create = json_object_get(event, "message_create"), *data = json_object_get(create, "message_data");
    struct text sender = x_id(p->mem, create, "sender_id");
    struct text recipient = x_id(p->mem, json_object_get(create, "target"), "recipient_id");
    struct text choice = payload_text(json_object_get(data, "quick_reply_response"), "metadata");
    struct event ev;

    event_init(&ev);
    ev.id = x_id(p->mem, event, "id");
    if (!ev.id.len || !json_is_object(data))
        return x_unsupported(p, x_first(payload_text(event, "type"), TEXT("direct_message_events")), event);
    ev.author = x_author(p, x_user(p, sender), sender);
    x_set_side(p, sender, &ev);
    set_thread(p, conversation_of(p, event, sender, recipient.len ? recipient : p->channel), &ev);
    ev.sent_at = TIME_NONE;
    if (!x_moment(event, &ev.sent_at))
        (void)x_id_time(ev.id, &ev.sent_at);
    ev.text = x_plain(p->mem, payload_text(data, "text"));
    old_attachment(p, data, &ev, detail);
    x_links(p, json_object_get(data, "entities"), &ev);
    if (choice.len)
        x_set_word(detail, "choice", choice);
    return x_emit(p, &ev, detail);
}

/* ---- the form of v2 ---- */

static int on_notice(struct x_parse *p, const json_t *event, struct text type, struct event *ev)
{
    AUTO(json) json_t *detail = json_object(), *names = json_array();
    const json_t *ids = json_object_get(event, "participant_ids"), *one;
    size_t at;

    ev->thread.type = THREAD_GROUP;
    ev->direction = DIRECTION_SYSTEM;
    ev->sender_kind = SENDER_SYSTEM;
    ev->device = DEVICE_UNKNOWN;
    x_set_word(detail, "notice",
               text_equal(type, TEXT("ParticipantsJoin")) ? TEXT("members_joined") : TEXT("members_left"));
    json_array_foreach(ids, at, one)
    {
        struct text id = payload_id_value(p->mem, one);
        struct event_author who = x_author(p, x_user(p, id), id);
        struct text name = x_first(who.name, x_first(who.username, id));

        if (name.len)
            json_array_append_new(names, json_stringn(name.ptr, name.len));
    }
    if (json_array_size(names))
        json_object_set(detail, "name", json_array_get(names, 0));
    json_object_set(detail, "names", names);
    return x_emit(p, ev, detail);
}

static int on_new(struct x_parse *p, const json_t *event)
{
    AUTO(json) json_t *detail = json_object();
    struct text type = payload_text(event, "event_type"), sender = x_id(p->mem, event, "sender_id");
    const json_t *posts = json_object_get(event, "referenced_tweets");
    struct event ev;

    event_init(&ev);
    ev.id = x_id(p->mem, event, "id");
    if (!ev.id.len)
        return x_unsupported(p, type.len ? type : TEXT("dm_event"), event);
    ev.author = x_author(p, x_user(p, sender), sender);
    x_set_side(p, sender, &ev);
    set_thread(p, conversation_of(p, event, sender, p->channel), &ev);
    ev.sent_at = TIME_NONE;
    if (!x_moment(event, &ev.sent_at))
        (void)x_id_time(ev.id, &ev.sent_at);
    if (text_equal(type, TEXT("ParticipantsJoin")) || text_equal(type, TEXT("ParticipantsLeave")))
        return on_notice(p, event, type, &ev);
    ev.text = x_plain(p->mem, payload_text(event, "text"));
    x_media_keys(p, json_object_get(event, "attachments"), &ev);
    x_links(p, json_object_get(event, "entities"), &ev);
    x_links(p, json_object_get(event, "urls"), &ev);
    if (!posts)
        posts = json_object_get(event, "referenced_posts");
    if (json_array_size(posts))
        x_set_word(detail, "quoted", x_id(p->mem, json_array_get(posts, 0), "id"));
    if (type.len && !text_equal(type, TEXT("MessageCreate"))) {
        ev.kind = EVENT_UNSUPPORTED;
        ev.text = x_plain(p->mem, payload_words(p->mem, event));
        x_set_word(detail, "type", type);
    }
    return x_emit(p, &ev, detail);
}

int x_on_direct(struct x_parse *p, const json_t *event)
{
    if (!json_is_object(event))
        return x_unsupported(p, TEXT("direct_message_events"), event);
    if (json_object_get(event, "message_create") || json_object_get(event, "created_timestamp"))
        return on_old(p, event);
    return on_new(p, event);
}

/* ---- signs of life ---- */

static struct text recipient_of(struct x_parse *p, const json_t *event)
{
    return x_first(x_id(p->mem, json_object_get(event, "target"), "recipient_id"),
                   x_first(x_id(p->mem, event, "recipient_id"), p->channel));
}

int x_on_read(struct x_parse *p, const json_t *event)
{
    struct text reader = x_id(p->mem, event, "sender_id");
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_READ;
    ev.target = x_id(p->mem, event, "last_read_event_id");
    if (!ev.target.len)
        return x_unsupported(p, TEXT("direct_message_mark_read_events"), event);
    ev.author = x_author(p, x_user(p, reader), reader);
    x_set_side(p, reader, &ev);
    set_thread(p, conversation_of(p, event, reader, recipient_of(p, event)), &ev);
    ev.sent_at = TIME_NONE;
    (void)x_moment(event, &ev.sent_at);
    return x_emit(p, &ev, NULL);
}

/* Gone in a moment: told by name, nothing to keep. */
int x_on_typing(struct x_parse *p, const json_t *event)
{
    AUTO(json) json_t *detail = json_pack("{s:s}", "type", "typing");
    struct text sender = x_id(p->mem, event, "sender_id");
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_UNSUPPORTED;
    ev.author = x_author(p, x_user(p, sender), sender);
    ev.text = nothing;
    x_set_side(p, sender, &ev);
    set_thread(p, conversation_of(p, event, sender, recipient_of(p, event)), &ev);
    ev.sent_at = TIME_NONE;
    (void)x_moment(event, &ev.sent_at);
    return x_emit(p, &ev, detail);
}

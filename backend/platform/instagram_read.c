/* Conversations and people as the API gives them when they are read back. */
#include "instagram_priv.h"

static struct text other_side(struct instagram_parse *p, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct text id = payload_id(p->mem, one, "id"), name = payload_text(one, "username");

        if (id.len && !instagram_is_us(p, id) && !(name.len && text_equal(name, p->username)))
            return id;
    }
    return INSTAGRAM_NONE;
}

static int tell_reactions(struct instagram_parse *p, const json_t *message, const struct event *about)
{
    const json_t *list = instagram_list(json_object_get(message, "reactions"));

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i), *users = json_object_get(one, "users");
        struct text emoji = payload_text(one, "emoji").len ? payload_text(one, "emoji") : payload_text(one, "reaction");

        users = json_is_array(users) ? users : instagram_list(users);
        for (size_t k = 0; emoji.len && k < json_array_size(users); k++) {
            AUTO(json) json_t *detail = json_object();
            struct event ev;

            event_init(&ev);
            ev.kind = EVENT_REACTION;
            ev.target = about->id;
            ev.thread = about->thread;
            ev.author.id = payload_id(p->mem, json_array_get(users, k), "id");
            ev.author.username = payload_text(json_array_get(users, k), "username");
            ev.direction = instagram_is_us(p, ev.author.id) ? DIRECTION_OUT : DIRECTION_IN;
            ev.sender_kind = ev.direction == DIRECTION_OUT ? SENDER_AGENT : SENDER_CUSTOMER;
            ev.sent_at = about->sent_at;
            ev.text = (unsigned char)emoji.ptr[0] < 0x80 ? instagram_emoji(emoji) : emoji;
            if (instagram_emit(p, &ev, detail))
                return -1;
        }
    }
    return 0;
}

static void set_sides(struct instagram_parse *p, const json_t *message, struct text person, struct event *ev)
{
    const json_t *from = json_object_get(message, "from");
    const json_t *to = instagram_list(json_object_get(message, "to"));
    bool is_ours;

    ev->author = (struct event_author){ .id = payload_id(p->mem, from, "id"), .name = payload_text(from, "name"),
                                        .username = payload_text(from, "username") };
    is_ours = instagram_is_us(p, ev->author.id) ||
              (ev->author.username.len && text_equal(ev->author.username, p->username));
    if (!p->account.len && !is_ours)
        p->account = other_side(p, to);         /* nobody told; most of what is read is what people wrote */
    if (!person.len)
        person = is_ours ? other_side(p, to) : ev->author.id;
    if (ev->author.id.len) {
        ev->direction = is_ours ? DIRECTION_OUT : DIRECTION_IN;
        ev->sender_kind = is_ours ? SENDER_AGENT : SENDER_CUSTOMER;
        ev->device = is_ours ? DEVICE_NATIVE : DEVICE_UNKNOWN;
    }
    ev->thread = (struct event_thread){ .present = person.len > 0, .id = person };
}

static void take_stories(struct instagram_parse *p, const json_t *message, struct event *ev, json_t *detail)
{
    const json_t *story = json_object_get(message, "story"), *mention = json_object_get(story, "mention");
    const json_t *answered = json_object_get(message, "reply_to");

    instagram_take_story(p, json_object_get(story, "reply_to"), ev, detail);
    if (json_is_object(mention)) {
        instagram_take_story(p, mention, ev, detail);
        instagram_set(detail, "media_type", TEXT("story_mention"));
    }
    ev->reply_to = payload_id(p->mem, answered, "mid");
    if (!ev->reply_to.len)
        ev->reply_to = payload_id(p->mem, answered, "id");
    instagram_take_story(p, json_object_get(answered, "story"), ev, detail);
}

int instagram_parse_read_message(struct instagram_parse *p, const json_t *message, struct text person)
{
    AUTO(json) json_t *detail = json_object();
    struct instagram_parse own = *p;
    struct event ev;

    event_init(&ev);
    ev.id = payload_id(p->mem, message, "id");
    if (!ev.id.len)
        ev.id = payload_id(p->mem, message, "mid");
    if (!ev.id.len)
        ev.id = instagram_made_id(p, "message", message);
    set_sides(&own, message, person, &ev);
    ev.text = payload_text(message, "message").len ? payload_text(message, "message") : payload_text(message, "text");
    (void)(meta_moment(message, "created_time", &ev.sent_at) || meta_moment(message, "timestamp", &ev.sent_at));
    instagram_take_attachments(&own, message, &ev, detail);
    take_stories(&own, message, &ev, detail);
    if (meta_true(message, "is_unsupported") || (!ev.text.len && !ev.attachment_count)) {
        ev.kind = ev.text.len ? EVENT_MESSAGE : EVENT_UNSUPPORTED;
        instagram_set(detail, "type", meta_true(message, "is_unsupported") ? TEXT("unsupported") : TEXT("message"));
    }
    json_object_del(detail, "unsupported");
    return instagram_emit(&own, &ev, detail) ? -1 : tell_reactions(&own, message, &ev);
}

int instagram_parse_conversation(struct instagram_parse *p, const json_t *conversation)
{
    const json_t *list = instagram_list(json_object_get(conversation, "messages"));
    struct text person = INSTAGRAM_NONE;

    if (p->account.len)
        person = other_side(p, instagram_list(json_object_get(conversation, "participants")));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        bool is_bare = !json_object_get(one, "from") && !json_object_get(one, "message");

        /* Ids beyond the newest twenty are listed but cannot be read: they are no news. */
        if (!is_bare && instagram_parse_read_message(p, one, person))
            return -1;
    }
    return 0;
}

int instagram_parse_profile(struct instagram_parse *p, struct text id, const json_t *profile)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.author = (struct event_author){ .id = id.len ? id : payload_id(p->mem, profile, "id"),
                                       .name = payload_text(profile, "name"),
                                       .username = payload_text(profile, "username") };
    instagram_set(detail, "picture", payload_text(profile, "profile_pic"));
    if (!payload_text(detail, "picture").len)
        instagram_set(detail, "picture", payload_text(profile, "profile_picture_url"));
    instagram_set_number(detail, "followers", profile, "follower_count");
    if (json_is_boolean(json_object_get(profile, "is_user_follow_business")))
        json_object_set(detail, "follows_us", json_object_get(profile, "is_user_follow_business"));
    if (json_is_boolean(json_object_get(profile, "is_verified_user")))
        json_object_set(detail, "verified", json_object_get(profile, "is_verified_user"));
    return instagram_emit(p, &ev, detail);
}

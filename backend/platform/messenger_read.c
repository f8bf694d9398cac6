/* Conversations and people as Graph gives them when they are read back. */
#include "page_priv.h"

#include "util/str.h"

/* ---- what hangs on a message that was read back ---- */

static void take_file(struct page_parse *p, const json_t *one, struct event *ev)
{
    const json_t *image = json_object_get(one, "image_data"), *video = json_object_get(one, "video_data");
    struct text url = payload_text(image, "url"), mime = payload_text(one, "mime_type");
    enum attachment_type type = ATTACHMENT_FILE;
    struct event_attachment *a;

    if (!url.len)
        url = payload_text(video, "url");
    if (!url.len)
        url = payload_text(one, "file_url");
    if (json_is_object(image) || text_starts(mime, TEXT("image/")))
        type = meta_true(image, "render_as_sticker") ? ATTACHMENT_STICKER : ATTACHMENT_IMAGE;
    else if (json_is_object(video) || text_starts(mime, TEXT("video/")))
        type = ATTACHMENT_VIDEO;
    else if (text_starts(mime, TEXT("audio/")))
        type = ATTACHMENT_AUDIO;
    a = page_attach(p, ev, type, url);
    if (!a)
        return;
    a->mime = mime;
    a->name = payload_text(one, "name");
    a->size = payload_number(one, "size", -1);
}

static void take_all(struct page_parse *p, const json_t *message, struct event *ev)
{
    const json_t *files = json_object_get(json_object_get(message, "attachments"), "data");
    const json_t *shares = json_object_get(json_object_get(message, "shares"), "data");

    for (size_t i = 0; i < json_array_size(files); i++)
        take_file(p, json_array_get(files, i), ev);
    if (payload_text(message, "sticker").len)
        page_attach(p, ev, ATTACHMENT_STICKER, payload_text(message, "sticker"));
    for (size_t i = 0; i < json_array_size(shares); i++) {
        const json_t *share = json_array_get(shares, i);
        struct event_attachment *a = page_attach(p, ev, ATTACHMENT_LINK, payload_text(share, "link"));

        if (a)
            a->name = payload_text(share, "name").len ? payload_text(share, "name") : payload_text(share, "description");
    }
}

/* ---- messages ---- */

static struct text other_side(struct page_parse *p, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct text id = payload_id(p->mem, json_array_get(list, i), "id");

        if (id.len && !page_is_us(p, id))
            return id;
    }
    return (struct text){ NULL, 0 };
}

static int tell_reactions(struct page_parse *p, const json_t *message, const struct event *about)
{
    const json_t *list = json_object_get(json_object_get(message, "reactions"), "data");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i), *users = json_object_get(one, "users");
        struct text emoji = payload_text(one, "emoji").len ? payload_text(one, "emoji") : payload_text(one, "reaction");

        if (!json_is_array(users))
            users = json_object_get(users, "data");
        for (size_t k = 0; emoji.len && k < json_array_size(users); k++) {
            AUTO(json) json_t *detail = json_object();
            struct event ev;

            event_init(&ev);
            ev.kind = EVENT_REACTION;
            ev.platform = PLATFORM_MESSENGER;
            ev.target = about->id;
            ev.thread = about->thread;
            ev.author.id = payload_id(p->mem, json_array_get(users, k), "id");
            ev.author.name = payload_text(json_array_get(users, k), "name");
            ev.direction = page_is_us(p, ev.author.id) ? DIRECTION_OUT : DIRECTION_IN;
            ev.sender_kind = ev.direction == DIRECTION_OUT ? SENDER_AGENT : SENDER_CUSTOMER;
            ev.sent_at = about->sent_at;
            ev.text = (unsigned char)emoji.ptr[0] < 0x80 ? page_reaction_emoji(emoji) : emoji;
            if (page_emit(p, &ev, detail))
                return -1;
        }
    }
    return 0;
}

static int on_message(struct page_parse *p, const json_t *message, struct text person)
{
    AUTO(json) json_t *detail = json_object();
    const json_t *from = json_object_get(message, "from"), *answered = json_object_get(message, "reply_to");
    struct event ev;

    event_init(&ev);
    ev.platform = PLATFORM_MESSENGER;
    ev.id = payload_id(p->mem, message, "id");
    ev.author = (struct event_author){ .id = payload_id(p->mem, from, "id"), .name = payload_text(from, "name"),
                                       .username = payload_text(from, "username") };
    if (!ev.id.len)
        return page_unsupported(p, PLATFORM_MESSENGER, TEXT("message"), message);
    if (!person.len)
        person = page_is_us(p, ev.author.id) ? other_side(p, json_object_get(json_object_get(message, "to"), "data"))
                                             : ev.author.id;
    if (ev.author.id.len) {
        ev.direction = page_is_us(p, ev.author.id) ? DIRECTION_OUT : DIRECTION_IN;
        ev.sender_kind = ev.direction == DIRECTION_OUT ? SENDER_AGENT : SENDER_CUSTOMER;
        ev.device = ev.direction == DIRECTION_OUT ? DEVICE_NATIVE : DEVICE_UNKNOWN;
    }
    ev.thread = (struct event_thread){ .present = person.len > 0, .id = person };
    ev.text = payload_text(message, "message").len ? payload_text(message, "message") : payload_text(message, "text");
    ev.reply_to = payload_id(p->mem, answered, json_object_get(answered, "mid") ? "mid" : "id");
    (void)meta_moment(message, "created_time", &ev.sent_at);
    take_all(p, message, &ev);
    if (meta_true(message, "is_unsupported") || (!ev.text.len && !ev.attachment_count)) {
        ev.kind = EVENT_UNSUPPORTED;
        page_set_text(detail, "type", meta_true(message, "is_unsupported") ? TEXT("unsupported") : TEXT("message"));
    }
    return page_emit(p, &ev, detail) ? -1 : tell_reactions(p, message, &ev);
}

int messenger_parse_conversation(struct page_parse *p, const json_t *conversation)
{
    static const char *const sides[] = { "participants", "senders" };
    const json_t *messages = json_object_get(conversation, "messages");
    const json_t *list = json_is_array(messages) ? messages : json_object_get(messages, "data");
    struct text person = { NULL, 0 };

    if (!messages && json_object_get(conversation, "message") && json_object_get(conversation, "from"))
        return on_message(p, conversation, person);
    for (size_t i = 0; i < COUNT_OF(sides) && !person.len; i++)
        person = other_side(p, json_object_get(json_object_get(conversation, sides[i]), "data"));
    if (!p->account.len)
        person = (struct text){ NULL, 0 };      /* nobody told which of the two we are */
    for (size_t i = 0; i < json_array_size(list); i++)
        if (on_message(p, json_array_get(list, i), person))
            return -1;
    return 0;
}

int messenger_parse_profile(struct page_parse *p, struct text id, const json_t *profile)
{
    AUTO(json) json_t *detail = json_object();
    struct text first = payload_text(profile, "first_name"), last = payload_text(profile, "last_name");
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.platform = p->channel->platform == PLATFORM_FACEBOOK ? PLATFORM_FACEBOOK : PLATFORM_MESSENGER;
    ev.author = (struct event_author){ .id = id.len ? id : payload_id(p->mem, profile, "id"),
                                       .name = payload_text(profile, "name"),
                                       .username = payload_text(profile, "username") };
    if (!ev.author.name.len && (first.len || last.len))
        ev.author.name = text_of(arena_printf(p->mem, "%.*s%s%.*s", (int)first.len, first.ptr ? first.ptr : "",
                                              first.len && last.len ? " " : "", (int)last.len, last.ptr ? last.ptr : ""));
    page_set_text(detail, "picture", payload_text(profile, "profile_pic"));
    return page_emit(p, &ev, detail);
}

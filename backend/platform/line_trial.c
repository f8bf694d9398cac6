/* The BOT API Trial of 2016: {"result":[{"eventType":"138311609000106303","content":{…}}]}. It is gone, but recorded
 * bodies of it are still about, and what somebody wrote in them is read. */
#include "line_priv.h"

#define MESSAGES "138311609000106303"
#define OPERATIONS "138311609100106403"

/* contentType of a message; the numbers between them were never sent to bots. */
enum {
    TRIAL_TEXT = 1,
    TRIAL_IMAGE = 2,
    TRIAL_VIDEO = 3,
    TRIAL_AUDIO = 4,
    TRIAL_LOCATION = 7,
    TRIAL_STICKER = 8,
    TRIAL_CONTACT = 10,
};

static void attach_content(struct line_parse *p, const json_t *content, struct event *ev, json_t *detail)
{
    static const enum attachment_type types[] = {
        [TRIAL_IMAGE] = ATTACHMENT_IMAGE,       [TRIAL_VIDEO] = ATTACHMENT_VIDEO,     [TRIAL_AUDIO] = ATTACHMENT_AUDIO,
        [TRIAL_LOCATION] = ATTACHMENT_LOCATION, [TRIAL_STICKER] = ATTACHMENT_STICKER,
        [TRIAL_CONTACT] = ATTACHMENT_CONTACT,
    };
    const json_t *meta = json_object_get(content, "contentMetadata"), *place = json_object_get(content, "location");
    int64_t type = payload_number(content, "contentType", TRIAL_TEXT);
    struct event_attachment *a;

    if (type <= TRIAL_TEXT || type >= (int64_t)COUNT_OF(types) || types[type] == ATTACHMENT_FILE) {
        if (type != TRIAL_TEXT)
            ev->kind = EVENT_UNSUPPORTED;
        return;
    }
    a = payload_attach(p->mem, ev, types[type]);
    if (type == TRIAL_CONTACT)
        a->name = payload_text(meta, "displayName");
    if (type == TRIAL_STICKER) {
        a->name = payload_text(meta, "STKTXT");
        line_set_member(detail, "sticker", payload_id(p->mem, meta, "STKID"));
        line_set_member(detail, "package", payload_id(p->mem, meta, "STKPKGID"));
    }
    if (type == TRIAL_LOCATION) {
        const json_t *lat = json_object_get(place, "latitude"), *lon = json_object_get(place, "longitude");

        a->name = payload_text(place, "title");
        a->has_position = json_is_number(lat) && json_is_number(lon);
        a->lat = json_number_value(lat);
        a->lon = json_number_value(lon);
        line_set_member(detail, "address", payload_text(place, "address"));
    }
}

static int on_content(struct line_parse *p, const json_t *content)
{
    AUTO(json) json_t *detail = json_object();
    struct event ev;

    event_init(&ev);
    ev.id = payload_id(p->mem, content, "id");
    ev.author.id = payload_id(p->mem, content, "from");
    ev.thread = (struct event_thread){ .type = THREAD_DIRECT, .present = ev.author.id.len > 0, .id = ev.author.id };
    ev.direction = DIRECTION_IN;
    ev.sender_kind = SENDER_CUSTOMER;
    ev.sent_at = TIME_NONE;
    (void)payload_millis(content, "createdTime", &ev.sent_at);
    ev.text = payload_text(content, "text");
    attach_content(p, content, &ev, detail);
    if (ev.kind == EVENT_UNSUPPORTED)
        line_set_member(detail, "type", payload_id(p->mem, content, "contentType"));
    return line_emit(p, &ev, detail);
}

static int on_operation(struct line_parse *p, const json_t *content, struct text id)
{
    AUTO(json) json_t *detail = json_object();
    enum { ADDED = 4, BLOCKED = 8 };
    int64_t type = payload_number(content, "opType", 0);
    struct event ev;

    if (type != ADDED && type != BLOCKED)
        return line_unsupported(p, "operation", id, content);
    event_init(&ev);
    ev.kind = EVENT_PROFILE;
    ev.author.id = payload_id_value(p->mem, json_array_get(json_object_get(content, "params"), 0));
    ev.sent_at = TIME_NONE;
    json_object_set_new(detail, "blocked", json_boolean(type == BLOCKED));
    return line_emit(p, &ev, detail);
}

int line_trial_item(struct line_parse *p, const json_t *item)
{
    const json_t *content = json_object_get(item, "content");
    struct text kind = payload_id(p->mem, item, "eventType"), id = payload_id(p->mem, item, "id");

    if (text_equal(kind, TEXT(OPERATIONS)))
        return on_operation(p, content, id);
    if (text_equal(kind, TEXT(MESSAGES)) || json_object_get(content, "text") || json_object_get(content, "contentType"))
        return on_content(p, content);
    return line_unsupported(p, kind.len ? arena_copy(p->mem, kind) : "result", id, content);
}

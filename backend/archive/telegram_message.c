/* One message of a Telegram Desktop export into an event. */
#include "telegram_priv.h"

#include "util/json_out.h"
#include "util/str.h"

#include <stdlib.h>

#define NONE ((struct text){ NULL, 0 })

struct text tg_user_id(struct text from_id)
{
    if (text_starts(from_id, TEXT("user")))
        return (struct text){ from_id.ptr + 4, from_id.len - 4 };
    return from_id;
}

/* "2024-06-01T08:00:00" on the exporting computer's clock. */
static time_us wall_time(struct text t, const struct zone *zone)
{
    int64_t v[6];

    for (int i = 0; i < 6; i++) {
        static const char seps[] = "--T::";

        if (str_i64(&t, &v[i], 0, 9999) || (i < 5 && !str_skip_char(&t, seps[i])))
            return TIME_NONE;
    }
    if (t.len || !civil_valid((int)v[0], (int)v[1], (int)v[2]) || v[3] > 23 || v[4] > 59 || v[5] > 59)
        return TIME_NONE;
    int64_t wall = civil_to_days((int)v[0], (int)v[1], (int)v[2]) * 86400 + v[3] * 3600 + v[4] * 60 + v[5];
    return zone ? zone_to_utc(zone, wall * US_PER_S, TIME_NONE) : wall * US_PER_S;
}

static time_us time_of(const struct json_node *m, const char *unix_key, const char *wall_key, const struct zone *zone)
{
    int64_t s;

    if (str_whole_i64(json_get_text(m, unix_key), &s, 0, INT64_C(253402300799)) == 0)
        return s * US_PER_S;
    return wall_time(json_get_text(m, wall_key), zone);
}

/* A string, or pieces of strings and objects that belong together without anything between. */
static struct text joined_text(const struct json_node *n, struct arena *mem)
{
    size_t len = 0, at = 0;
    char *out;

    if (!n)
        return NONE;
    if (n->kind != PULL_ARRAY)
        return n->kind == PULL_STRING ? n->value : NONE;
    for (const struct json_node *p = n->child; p; p = p->next)
        len += (p->kind == PULL_STRING ? p->value : json_get_text(p, "text")).len;
    out = arena_alloc(mem, len + 1);
    for (const struct json_node *p = n->child; p; p = p->next) {
        struct text piece = p->kind == PULL_STRING ? p->value : json_get_text(p, "text");

        if (piece.len)
            memcpy(out + at, piece.ptr, piece.len);
        at += piece.len;
    }
    return (struct text){ out, len };
}

/* The formatting, where there is any. */
static struct text entities_of(const struct json_node *m, struct arena *mem)
{
    const struct json_node *list = json_get(m, "text_entities");
    struct buf raw = BUF_INIT(4u * 1024 * 1024);
    struct json_out j = json_out(&raw);
    struct text out = NONE;
    bool formatted = false;

    if (!list)
        list = json_get(m, "text");
    if (!list || list->kind != PULL_ARRAY || json_node_depth(list) >= JSON_OUT_DEPTH)
        return NONE;
    for (const struct json_node *c = list->child; c; c = c->next)
        formatted |= c->kind == PULL_OBJECT && !text_equal(json_get_text(c, "type"), TEXT("plain"));
    if (!formatted)
        return NONE;
    json_node_write(&j, list);
    if (!raw.failed)
        out = arena_text(mem, buf_as_text(&raw));
    buf_fini(&raw);
    return out;
}

static struct text base_name(struct text path)
{
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;

    return slash ? (struct text){ slash + 1, (size_t)(path.ptr + path.len - slash - 1) } : path;
}

/* The exporter writes a sentence in place of a path it left out, perhaps after a name. */
static bool is_left_out(struct text path)
{
    return path.len && path.ptr[path.len - 1] == ')' && str_find(path, TEXT("(File ")) != NULL;
}

static enum attachment_type file_type(struct text media)
{
    static const struct {
        const char *word;
        enum attachment_type type;
    } types[] = {
        { "sticker", ATTACHMENT_STICKER },     { "video_message", ATTACHMENT_VIDEO }, { "voice_message", ATTACHMENT_VOICE },
        { "animation", ATTACHMENT_VIDEO },     { "video_file", ATTACHMENT_VIDEO },    { "audio_file", ATTACHMENT_AUDIO },
    };

    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (text_equal(media, text_of(types[i].word)))
            return types[i].type;
    return ATTACHMENT_FILE;
}

static double number_of(const struct json_node *object, const char *key, struct arena *mem)
{
    struct text t = json_get_text(object, key);

    return t.len ? strtod(arena_copy(mem, t), NULL) : 0;
}

struct made {
    struct event_attachment list[4];
    size_t count;
    const char *left_out;          /* kind of media that the export left out */
};

static void add_file(struct made *made, const struct json_node *m, enum attachment_type type, const char *path_key,
                     const char *size_key)
{
    struct text path = json_get_text(m, path_key), name = json_get_text(m, "file_name");
    struct event_attachment *a = &made->list[made->count];
    int64_t size;

    if (!path.len)
        return;
    if (is_left_out(path)) {
        made->left_out = attachment_type_word(type);
        return;
    }
    made->count++;
    *a = (struct event_attachment){ .type = type, .size = -1, .ref = path };
    a->name = name.len ? name : base_name(path);
    a->mime = json_get_text(m, "mime_type");
    if (str_whole_i64(json_get_text(m, size_key), &size, 0, INT64_MAX) == 0)
        a->size = size;
}

/* "Sari Wati +62811…" */
static struct text contact_name(const struct json_node *contact, struct arena *mem)
{
    static const char *const keys[] = { "first_name", "last_name", "phone_number" };
    struct text name = TEXT("");

    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct text part = json_get_text(contact, keys[i]);

        if (part.len)
            name = text_of(arena_printf(mem, "%.*s%s%.*s", (int)name.len, name.ptr, name.len ? " " : "", (int)part.len,
                                        part.ptr));
    }
    return name;
}

static void add_others(struct made *made, const struct json_node *m, struct arena *mem)
{
    const struct json_node *contact = json_get(m, "contact_information"), *place = json_get(m, "location_information");

    if (contact) {
        struct text card = json_get_text(m, "contact_vcard");

        made->list[made->count++] = (struct event_attachment){
            .type = ATTACHMENT_CONTACT, .size = -1, .name = contact_name(contact, mem),
            .ref = is_left_out(card) ? NONE : card,
        };
    }
    if (place && place->kind == PULL_OBJECT) {
        struct event_attachment *a = &made->list[made->count++];

        *a = (struct event_attachment){ .type = ATTACHMENT_LOCATION, .size = -1, .name = json_get_text(m, "place_name") };
        a->lat = number_of(place, "latitude", mem);
        a->lon = number_of(place, "longitude", mem);
        a->has_position = a->lat >= -90 && a->lat <= 90 && a->lon >= -180 && a->lon <= 180;
    }
}

/* A question and its answers, as a person would read them. */
static struct text poll_text(const struct json_node *poll, struct arena *mem)
{
    struct buf out = BUF_INIT(256u * 1024);
    struct text t;
    const struct json_node *answers = json_get(poll, "answers");

    buf_text(&out, json_get_text(poll, "question"));
    for (const struct json_node *a = answers ? answers->child : NULL; a; a = a->next) {
        buf_str(&out, "\n- ");
        buf_text(&out, json_get_text(a, "text"));
    }
    t = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return t;
}

static struct text detail_of(const struct json_node *m, const struct made *made, bool is_service, time_us edited_at,
                             struct arena *mem)
{
    static const char *const worth[] = { "via_bot", "sticker_emoji", "signature", "game_title" };
    const struct json_node *forwarded = NULL;
    struct buf raw = BUF_INIT(1024u * 1024);
    struct json_out j = json_out(&raw);
    struct text out;

    for (const struct json_node *n = m->child; n; n = n->next)
        if (text_equal(n->key, TEXT("forwarded_from")))
            forwarded = n;
    jo_object(&j);
    if (edited_at != TIME_NONE) {
        jo_kv(&j, "edited", jo_bool, true);
        jo_kv(&j, "edited_at", jo_time, edited_at);
    }
    if (is_service)
        jo_kv(&j, "notice", jo_text, json_get_text(m, "action"));
    if (is_service && text_equal(json_get_text(m, "action"), TEXT("phone_call")))
        jo_kv(&j, "call", jo_str, "voice");
    if (is_service && json_get_text(m, "duration_seconds").len)
        jo_kv(&j, "duration_s", jo_raw, json_get_text(m, "duration_seconds"));
    if (forwarded)
        jo_kv(&j, "forwarded", jo_text, forwarded->kind == PULL_STRING ? forwarded->value : TEXT(""));
    if (made->left_out) {
        jo_kv(&j, "media", jo_str, "omitted");
        jo_kv(&j, "media_type", jo_str, made->left_out);
    }
    if (json_get(m, "poll"))
        jo_kv(&j, "poll", jo_bool, true);
    if (json_get(m, "invoice_information"))
        jo_kv(&j, "invoice", jo_bool, true);
    for (size_t i = 0; i < COUNT_OF(worth); i++)
        if (json_get_text(m, worth[i]).len)
            jo_kv(&j, worth[i], jo_text, json_get_text(m, worth[i]));
    jo_end_object(&j);
    out = raw.len > 2 ? arena_text(mem, buf_as_text(&raw)) : NONE;
    buf_fini(&raw);
    return out;
}

static struct text id_of(struct text chat, struct text message, struct arena *mem)
{
    return text_of(arena_printf(mem, "%.*s/%.*s", (int)chat.len, chat.ptr, (int)message.len, message.ptr));
}

static bool is_group_type(struct text type)
{
    return str_find(type, TEXT("group")) || str_find(type, TEXT("channel"));
}

/* In a private chat the chat's id is the other side's. */
static enum direction side_of(const struct event *ev, const struct tg_chat *chat, const struct tg_self *self)
{
    if (self->id.len && ev->author.id.len)
        return text_equal(ev->author.id, self->id) ? DIRECTION_OUT : DIRECTION_IN;
    if (self->name.len && ev->author.name.len)
        return text_equal(ev->author.name, self->name) ? DIRECTION_OUT : DIRECTION_IN;
    if (!text_equal(chat->type, TEXT("personal_chat")) && !text_equal(chat->type, TEXT("bot_chat")))
        return text_equal(chat->type, TEXT("saved_messages")) ? DIRECTION_OUT : DIRECTION_UNKNOWN;
    if (ev->author.id.len)
        return text_equal(ev->author.id, chat->id) ? DIRECTION_IN : DIRECTION_OUT;
    if (ev->author.name.len && chat->name.len)
        return text_equal(ev->author.name, chat->name) ? DIRECTION_IN : DIRECTION_OUT;
    return DIRECTION_UNKNOWN;
}

static void set_author(const struct json_node *m, bool is_service, const struct tg_chat *chat, const struct tg_self *self,
                       struct event *ev)
{
    ev->author.name = json_get_text(m, is_service ? "actor" : "from");
    ev->author.id = tg_user_id(json_get_text(m, is_service ? "actor_id" : "from_id"));
    if (!ev->author.name.ptr && !is_service)
        ev->author.name = json_get_text(m, "author");
    ev->direction = is_service ? DIRECTION_SYSTEM : side_of(ev, chat, self);
    ev->sender_kind = is_service                          ? SENDER_SYSTEM
                      : ev->direction == DIRECTION_OUT    ? SENDER_AGENT
                      : ev->direction == DIRECTION_IN     ? SENDER_CUSTOMER
                                                          : SENDER_UNKNOWN;
}

static void set_content(const struct json_node *m, bool is_service, time_us edited_at, struct arena *mem,
                        struct event *ev)
{
    struct made made = { .count = 0 };
    struct event_attachment *list;
    const struct json_node *poll = json_get(m, "poll");

    ev->text = joined_text(json_get(m, "text"), mem);
    if (!ev->text.ptr)
        ev->text = joined_text(json_get(m, "text_entities"), mem);
    if (!ev->text.len && poll)
        ev->text = poll_text(poll, mem);
    if (!ev->text.ptr)
        ev->text = TEXT("");
    ev->entities = entities_of(m, mem);
    if (!is_service) {
        add_file(&made, m, ATTACHMENT_IMAGE, "photo", "photo_file_size");
        add_file(&made, m, file_type(json_get_text(m, "media_type")), "file", "file_size");
        add_others(&made, m, mem);
    }
    list = arena_array(mem, struct event_attachment, COUNT_OF(made.list));
    memcpy(list, made.list, made.count * sizeof(*list));
    ev->attachments = made.count ? list : NULL;
    ev->attachment_count = made.count;
    ev->detail = detail_of(m, &made, is_service, edited_at, mem);
}

enum tg_made tg_message(const struct json_node *m, const struct tg_chat *chat, const struct tg_self *self,
                        const struct zone *zone, struct arena *mem, struct event *out)
{
    struct text id = json_get_text(m, "id"), type = json_get_text(m, "type"), reply = json_get_text(m, "reply_to_message_id"), peer;
    bool is_service = text_equal(type, TEXT("service"));
    struct event ev;

    if (!id.len || !chat->id.len)
        return TG_BAD;
    if (!is_service && !text_equal(type, TEXT("message")))
        return TG_UNSUPPORTED;
    event_init(&ev);
    ev.platform = PLATFORM_TELEGRAM;
    ev.device = DEVICE_IMPORT;
    ev.id = id_of(chat->id, id, mem);
    ev.sent_at = time_of(m, "date_unixtime", "date", zone);
    if (ev.sent_at == TIME_NONE)
        return TG_NO_TIME;
    ev.thread.present = true;
    ev.thread.type = is_group_type(chat->type) ? THREAD_GROUP : THREAD_DIRECT;
    ev.thread.id = chat->id;
    ev.thread.name = chat->name;
    set_author(m, is_service, chat, self, &ev);
    set_content(m, is_service, time_of(m, "edited_unixtime", "edited", zone), mem, &ev);
    if (reply.len) {
        peer = json_get_text(m, "reply_to_peer_id");
        while (peer.len && (*peer.ptr < '0' || *peer.ptr > '9'))
            peer = (struct text){ peer.ptr + 1, peer.len - 1 };
        ev.reply_to = id_of(peer.len ? peer : chat->id, reply, mem);
    }
    *out = ev;
    return TG_EVENT;
}

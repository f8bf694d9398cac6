/* What a Telegram message holds: words, files, places, and the service notices that are no words at all. */
#include "telegram_priv.h"

#include "util/enc.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>

struct text telegram_name(struct arena *mem, const json_t *who)
{
    struct text first = payload_text(who, "first_name");
    struct text last = payload_text(who, "last_name");

    if (payload_text(who, "title").len)
        return payload_text(who, "title");
    if (last.len == 0)
        return first;
    return text_of(arena_printf(mem, "%.*s %.*s", (int)first.len, first.ptr, (int)last.len, last.ptr));
}

static void attach_file(struct arena *mem, struct event *ev, enum attachment_type type, const json_t *file)
{
    struct event_attachment *a = payload_attach(mem, ev, type);
    const json_t *size = json_object_get(file, "file_size");

    a->ref = payload_text(file, "file_id");
    a->mime = payload_text(file, "mime_type");
    a->name = payload_text(file, "file_name");
    if (json_is_integer(size) && json_integer_value(size) >= 0)
        a->size = json_integer_value(size);
}

/* The same picture comes in several sizes: the largest is the picture. */
static const json_t *largest(const json_t *sizes)
{
    const json_t *best = NULL;
    json_int_t most = -1;

    for (size_t i = 0; i < json_array_size(sizes); i++) {
        const json_t *size = json_array_get(sizes, i);
        json_int_t width = json_integer_value(json_object_get(size, "width"));
        json_int_t height = json_integer_value(json_object_get(size, "height"));
        json_int_t area = width > 0 && width < 100000 && height > 0 && height < 100000 ? width * height : 0;

        if (area > most) {
            most = area;
            best = size;
        }
    }
    return best;
}

static void take_photo(struct arena *mem, struct event *ev, const json_t *sizes)
{
    const json_t *size = largest(sizes);

    if (size)
        attach_file(mem, ev, ATTACHMENT_IMAGE, size);
}

static void take_sticker(struct arena *mem, struct event *ev, const json_t *sticker, json_t *detail)
{
    const json_t *still = json_object_get(sticker, "thumbnail");
    bool moves = payload_true(sticker, "is_animated") || payload_true(sticker, "is_video");

    attach_file(mem, ev, ATTACHMENT_STICKER, moves && json_is_object(still) ? still : sticker);
    if (json_object_get(sticker, "emoji"))
        json_object_set(detail, "emoji", json_object_get(sticker, "emoji"));
}

static void take_place(struct arena *mem, struct event *ev, const json_t *location, const json_t *venue, json_t *detail)
{
    struct event_attachment *a = payload_attach(mem, ev, ATTACHMENT_LOCATION);
    const json_t *lat = json_object_get(location, "latitude"), *lon = json_object_get(location, "longitude");

    a->has_position = json_is_number(lat) && json_is_number(lon);
    a->lat = json_number_value(lat);
    a->lon = json_number_value(lon);
    a->name = payload_text(venue, "title");
    if (json_is_string(json_object_get(venue, "address")))
        json_object_set(detail, "address", json_object_get(venue, "address"));
    if (json_object_get(location, "live_period"))
        json_object_set_new(detail, "live", json_true());
}

static void take_contact(struct arena *mem, struct event *ev, const json_t *contact, json_t *detail)
{
    payload_attach(mem, ev, ATTACHMENT_CONTACT)->name = telegram_name(mem, contact);
    if (json_is_string(json_object_get(contact, "phone_number")))
        json_object_set(detail, "phone", json_object_get(contact, "phone_number"));
}

static void take_paid(struct arena *mem, struct event *ev, const json_t *paid)
{
    const json_t *list = json_object_get(paid, "paid_media");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (json_is_array(json_object_get(item, "photo")))
            take_photo(mem, ev, json_object_get(item, "photo"));
        else if (json_is_object(json_object_get(item, "video")))
            attach_file(mem, ev, ATTACHMENT_VIDEO, json_object_get(item, "video"));
        else
            payload_attach(mem, ev, ATTACHMENT_IMAGE);
    }
}

static struct text take_poll(const json_t *poll, json_t *detail)
{
    json_t *options = json_array();
    const json_t *list = json_object_get(poll, "options");

    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append(options, json_object_get(json_array_get(list, i), "text"));
    json_object_set_new(detail, "poll", options);
    return payload_text(poll, "question");
}

static struct text buf_to_arena(struct arena *mem, struct buf *b)
{
    struct text kept = arena_text(mem, buf_as_text(b));

    buf_fini(b);
    return kept;
}

static struct text take_checklist(struct arena *mem, const json_t *checklist)
{
    struct buf b = BUF_INIT(1 << 16);
    const json_t *tasks = json_object_get(checklist, "tasks");

    buf_text(&b, payload_text(checklist, "title"));
    for (size_t i = 0; i < json_array_size(tasks); i++) {
        buf_str(&b, "\n- ");
        buf_text(&b, payload_text(json_array_get(tasks, i), "text"));
    }
    return buf_to_arena(mem, &b);
}

/* A rich message is a tree of blocks: its words are every "text" in it, in order. */
static void gather_words(const json_t *value, unsigned depth, struct buf *out)
{
    if (depth > 32)
        return;
    if (json_is_string(value)) {
        buf_text(out, (struct text){ json_string_value(value), json_string_length(value) });
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            gather_words(json_array_get(value, i), depth + 1, out);
    } else if (json_is_object(value)) {
        static const char *const inner[] = { "text", "blocks", "items", "cells", "rows", "caption", "summary" };

        for (size_t i = 0; i < COUNT_OF(inner); i++)
            gather_words(json_object_get(value, inner[i]), depth + 1, out);
        if (json_object_get(value, "type") && depth == 2)
            buf_char(out, '\n');
    }
}

static struct text take_rich(struct arena *mem, const json_t *rich)
{
    struct buf b = BUF_INIT(1 << 18);

    gather_words(json_object_get(rich, "blocks"), 1, &b);
    if (b.len && b.ptr[b.len - 1] == '\n')
        b.len--;
    return buf_to_arena(mem, &b);
}

static struct text take_dice(struct arena *mem, const json_t *dice)
{
    struct text emoji = payload_text(dice, "emoji");

    return text_of(arena_printf(mem, "%.*s %d", (int)emoji.len, emoji.ptr ? emoji.ptr : "",
                                (int)json_integer_value(json_object_get(dice, "value"))));
}

/* Where two fields tell the same thing, the first one here is the truth: an animation also comes as a document, a venue
 * also as a location, a live photo also as a photo. */
static bool take_media(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    static const struct {
        const char *key;
        enum attachment_type type;
    } files[] = {
        { "animation", ATTACHMENT_VIDEO }, { "video", ATTACHMENT_VIDEO },      { "video_note", ATTACHMENT_VIDEO },
        { "voice", ATTACHMENT_VOICE },     { "audio", ATTACHMENT_AUDIO },      { "document", ATTACHMENT_FILE },
    };
    const json_t *found;

    for (size_t i = 0; i < COUNT_OF(files); i++)
        if (json_is_object(found = json_object_get(m, files[i].key)))
            return attach_file(mem, ev, files[i].type, found), true;
    if (json_is_array(found = json_object_get(m, "photo")))
        return take_photo(mem, ev, found), true;
    if (json_is_object(found = json_object_get(m, "live_photo")))
        return attach_file(mem, ev, ATTACHMENT_VIDEO, found), true;
    if (json_is_object(found = json_object_get(m, "sticker")))
        return take_sticker(mem, ev, found, detail), true;
    if (json_is_object(found = json_object_get(m, "venue")))
        return take_place(mem, ev, json_object_get(found, "location"), found, detail), true;
    if (json_is_object(found = json_object_get(m, "location")))
        return take_place(mem, ev, found, NULL, detail), true;
    if (json_is_object(found = json_object_get(m, "contact")))
        return take_contact(mem, ev, found, detail), true;
    if (json_is_object(found = json_object_get(m, "paid_media")))
        return take_paid(mem, ev, found), true;
    return false;
}

static bool take_words(struct arena *mem, const json_t *m, struct event *ev, json_t *detail)
{
    const json_t *found;

    if (json_is_object(found = json_object_get(m, "poll")))
        ev->text = take_poll(found, detail);
    else if (json_is_object(found = json_object_get(m, "checklist")))
        ev->text = take_checklist(mem, found);
    else if (json_is_object(found = json_object_get(m, "rich_message")))
        ev->text = take_rich(mem, found);
    else if (json_is_object(found = json_object_get(m, "dice")))
        ev->text = take_dice(mem, found);
    else
        return false;
    return true;
}

/* What surrounds the content of a message. Whatever else stands in it is the content, known or not. */
static bool is_envelope(const char *key)
{
    static const char *const keys[] = {
        "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat", "sender_boost_count",
        "sender_business_bot", "sender_tag", "date", "guest_query_id", "business_connection_id", "chat",
        "forward_origin", "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply", "quote",
        "reply_to_story", "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot", "guest_bot_caller_user",
        "guest_bot_caller_chat", "edit_date", "has_protected_content", "is_from_offline", "is_paid_post",
        "media_group_id", "author_signature", "paid_star_count", "link_preview_options", "suggested_post_info",
        "effect_id", "caption", "caption_entities", "show_caption_above_media", "has_media_spoiler", "reply_markup",
        "entities",
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static const char *unknown_type(const json_t *message)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)message, key, value) {
        if (!is_envelope(key))
            return key;
    }
    return "empty";
}

bool telegram_content(struct arena *mem, const json_t *m, struct event *ev, json_t *detail, const char **type)
{
    struct text text = payload_text(m, "text");
    struct text caption = payload_text(m, "caption");
    const json_t *entities = json_object_get(m, text.ptr ? "entities" : "caption_entities");

    if (take_media(mem, m, ev, detail)) {
        ev->text = caption;
    } else if (text.ptr) {
        ev->text = text;
    } else if (!take_words(mem, m, ev, detail)) {
        ev->text = caption;
        *type = unknown_type(m);
        return false;
    }
    if (json_array_size(entities) && ev->text.ptr)
        ev->entities = payload_dump(mem, entities);
    return true;
}

const char *telegram_notice(const json_t *message)
{
    static const char *const notices[] = {
        "new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed", "new_chat_title",
        "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
        "message_auto_delete_timer_changed", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message",
        "connected_website", "write_access_allowed", "proximity_alert_triggered", "boost_added", "chat_background_set",
        "checklist_tasks_done", "checklist_tasks_added", "direct_message_price_changed", "forum_topic_created",
        "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "general_forum_topic_hidden",
        "general_forum_topic_unhidden", "giveaway_created", "giveaway_completed", "managed_bot_created",
        "paid_message_price_changed", "poll_option_added", "poll_option_deleted", "suggested_post_approved",
        "suggested_post_approval_failed", "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded",
        "video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited",
    };

    for (size_t i = 0; i < COUNT_OF(notices); i++)
        if (json_object_get(message, notices[i]))
            return notices[i];
    return NULL;
}

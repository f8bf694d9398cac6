/* What goes into a reply or a push: up to five message objects, here at most two. */
#include "line_priv.h"

#include "util/str.h"

#define CHOICES_MAX 13
#define LABEL_UNITS 20
#define CHOICE_UNITS 300

static bool is_public(struct text url)
{
    return text_starts(url, TEXT("https://")) && url.len > 8 && url.len <= 2000;
}

static json_t *text_message(struct text words)
{
    return json_pack("{s:s,s:s%}", "type", "text", "text", words.ptr, words.len);
}

static json_t *image_message(struct text url)
{
    return json_pack("{s:s,s:s%,s:s%}", "type", "image", "originalContentUrl", url.ptr, url.len, "previewImageUrl",
                     url.ptr, url.len);
}

/* Title and address are required: a place without a name is called by its position. */
static json_t *location_message(struct arena *mem, const struct event_attachment *a)
{
    struct text name = str_utf16_cut(a->name, 100);

    if (!name.len)
        name = text_of(arena_printf(mem, "%.5f, %.5f", a->lat, a->lon));
    return json_pack("{s:s,s:s%,s:s%,s:f,s:f}", "type", "location", "title", name.ptr, name.len, "address", name.ptr,
                     name.len, "latitude", a->lat, "longitude", a->lon);
}

/* LINE takes no uploads, and of links only those that tell what it wants to know: a clip's length and a still of a film
 * are not known here, so these go out as a link in words. */
static json_t *link_message(struct arena *mem, const struct event_attachment *a)
{
    struct text name = str_utf16_cut(a->name, 200);

    return text_message(text_of(arena_printf(mem, "%.*s%s%.*s", (int)name.len, name.ptr ? name.ptr : "",
                                             name.len ? "\n" : "", (int)a->url.len, a->url.ptr)));
}

/* Labels on the buttons are short; what is sent when one is pressed is whole. */
static json_t *quick_reply(struct text choices)
{
    AUTO(json) json_t *list = choices.len ? json_loadb(choices.ptr, choices.len, 0, NULL) : NULL;
    json_t *items = json_array();

    for (size_t i = 0; i < json_array_size(list) && json_array_size(items) < CHOICES_MAX; i++) {
        const json_t *one = json_array_get(list, i);
        struct text whole = { json_string_value(one), json_string_length(one) };
        struct text label = str_utf16_cut(whole, LABEL_UNITS), words = str_utf16_cut(whole, CHOICE_UNITS);

        if (whole.len)
            json_array_append_new(items, json_pack("{s:s,s:{s:s,s:s%,s:s%}}", "type", "action", "action", "type",
                                                   "message", "label", label.ptr, label.len, "text", words.ptr,
                                                   words.len));
    }
    if (json_array_size(items))
        return json_pack("{s:o}", "items", items);
    json_decref(items);
    return NULL;
}

static void add_attachment(struct arena *mem, const struct op *op, json_t *messages)
{
    const struct event_attachment *a = op->attachment;

    if (a->type == ATTACHMENT_LOCATION && a->has_position)
        json_array_append_new(messages, location_message(mem, a));
    else if (!is_public(a->url))
        return;
    else if (a->type == ATTACHMENT_IMAGE)
        json_array_append_new(messages, image_message(a->url));
    else
        json_array_append_new(messages, link_message(mem, a));
}

json_t *line_messages(struct arena *mem, const struct op *op)
{
    json_t *messages = json_array(), *choices;
    json_error_t ignored;

    if (op->attachment)
        add_attachment(mem, op, messages);
    if (op->attachment && json_array_size(messages) == 0) {
        json_decref(messages);
        return NULL;
    }
    if (op->text.len) {
        json_t *words = text_message(op->text);
        AUTO(json) json_t *about = op->target_detail.len
                                       ? json_loadb(op->target_detail.ptr, op->target_detail.len, 0, &ignored) : NULL;

        if (op->reply_to.len && op->part == 0)
            line_set_member(words, "quoteToken", payload_text(about, "quote_token"));
        json_array_append_new(messages, words);
    }
    choices = quick_reply(op->choices);
    if (choices)
        json_object_set_new(json_array_get(messages, json_array_size(messages) - 1), "quickReply", choices);
    return messages;
}

/* Reading what platforms send: members of a JSON object as the texts, ids and times that an event wants. */
#include "payload.h"

#include "util/enc.h"
#include "util/str.h"

struct text payload_text(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? (struct text){ json_string_value(value), json_string_length(value) }
                                 : (struct text){ NULL, 0 };
}

struct text payload_id_value(struct arena *mem, const json_t *value)
{
    if (json_is_integer(value))
        return text_of(arena_printf(mem, "%" JSON_INTEGER_FORMAT, json_integer_value(value)));
    return json_is_string(value) ? (struct text){ json_string_value(value), json_string_length(value) }
                                 : (struct text){ NULL, 0 };
}

struct text payload_id(struct arena *mem, const json_t *object, const char *key)
{
    return payload_id_value(mem, json_object_get(object, key));
}

bool payload_true(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

int64_t payload_number(const json_t *object, const char *key, int64_t missing)
{
    const json_t *value = json_object_get(object, key);
    int64_t n;

    if (json_is_integer(value))
        return json_integer_value(value);
    return str_whole_i64(payload_text(object, key), &n, INT64_MIN, INT64_MAX) == 0 ? n : missing;
}

static bool moment_of(int64_t count, int64_t unit_us, time_us *out)
{
    const int64_t year_9999_s = 253402300799;

    if (count <= 0 || count > year_9999_s * (US_PER_S / unit_us))
        return false;
    *out = count * unit_us;
    return true;
}

bool payload_seconds(const json_t *object, const char *key, time_us *out)
{
    return moment_of(payload_number(object, key, 0), US_PER_S, out);
}

bool payload_millis(const json_t *object, const char *key, time_us *out)
{
    return moment_of(payload_number(object, key, 0), 1000, out);
}

bool payload_moment(const json_t *object, const char *key, time_us *out)
{
    return time_parse(payload_text(object, key), out) == 0;
}

struct text payload_dump(struct arena *mem, const json_t *value)
{
    size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT | JSON_ENCODE_ANY);
    char *out = arena_alloc(mem, len + 1);

    return (struct text){ out, json_dumpb(value, out, len, JSON_COMPACT | JSON_ENCODE_ANY) };
}

/* The code unit that a \uXXXX at this place stands for, or -1. */
static int32_t unit_at(struct text t)
{
    uint8_t bytes[2];

    if (t.len < 6 || t.ptr[0] != '\\' || t.ptr[1] != 'u' || dec_hex((struct text){ t.ptr + 2, 4 }, bytes, 2))
        return -1;
    return bytes[0] << 8 | bytes[1];
}

/* How many bytes at the front stand as they are; 0: what is there has to go. `skip`: how much that is. */
static size_t sound_at(struct text t, size_t *skip)
{
    struct text rest = t;
    int32_t unit = unit_at(t), low;

    if (unit >= 0) {
        low = unit >= 0xd800 && unit < 0xdc00 ? unit_at((struct text){ t.ptr + 6, t.len - 6 }) : -1;
        *skip = 6;
        if (low >= 0xdc00 && low < 0xe000)
            return 12;
        return unit == 0 || (unit >= 0xd800 && unit < 0xe000) ? 0 : 6;
    }
    if (t.ptr[0] == '\\' && t.len > 1 && t.ptr[1] != '\0' && !(t.ptr[1] & 0x80))
        return 2;
    unit = str_utf8_next(&rest);
    *skip = t.len - rest.len;
    return unit > 0 ? *skip : 0;
}

struct text payload_mend(struct arena *mem, struct text body)
{
    char *out = NULL;
    size_t len = 0, skip = 0;

    for (struct text rest = body; rest.len;) {
        size_t sound = sound_at(rest, &skip), step = sound ? sound : skip;

        if (!sound && !out) {
            out = arena_alloc(mem, arena_size_of_array(3, body.len));
            len = body.len - rest.len;
            memcpy(out, body.ptr, len);
        }
        if (out) {
            memcpy(out + len, sound ? rest.ptr : "\xEF\xBF\xBD", sound ? sound : 3);
            len += sound ? sound : 3;
        }
        rest.ptr += step;
        rest.len -= step;
    }
    return out ? (struct text){ out, len } : body;
}

json_t *payload_load(struct arena *mem, struct text body, json_error_t *error)
{
    json_t *root = json_loadb(body.ptr ? body.ptr : "", body.len, 0, error);
    struct text mended;

    if (root || !body.len)
        return root;
    mended = payload_mend(mem, body);
    return mended.ptr == body.ptr ? NULL : json_loadb(mended.ptr, mended.len, 0, error);
}

/* The last place in `cut` after `mark` that leaves at least half of it, or 0. */
static size_t cut_after(struct text cut, char mark)
{
    for (size_t i = cut.len; i > cut.len / 2; i--)
        if (cut.ptr[i - 1] == mark)
            return i;
    return 0;
}

static struct text next_part(struct text rest, size_t units)
{
    struct text cut = str_utf16_cut(rest, units);
    size_t at;

    if (cut.len == rest.len || cut.len == 0)
        return rest;
    at = cut_after(cut, '\n');
    if (at == 0)
        at = cut_after(cut, ' ');
    if (at)
        cut.len = at;
    return cut;
}

struct text payload_part(struct text whole, size_t units, unsigned n, unsigned *count)
{
    struct text wanted = { whole.ptr, 0 };
    unsigned at = 0;

    do {
        struct text part = next_part(whole, units);

        if (at++ == n)
            wanted = part;
        whole.ptr += part.len;
        whole.len -= part.len;
    } while (whole.len);
    *count = at;
    return wanted;
}

/* ---- words of what is not known ---- */

#define WORDS_DEPTH 16
#define WORDS_MAX ((size_t)1 << 20)

static bool holds_words(const char *key)
{
    static const char *const keys[] = {
        "text",     "full_text", "plain_text", "body",     "message",  "caption", "title",   "subtitle", "headline",
        "summary",  "comment",   "content",    "question", "options",  "answer",  "response", "reply",   "note",
        "quote",    "reason",    "subject",    "footer",   "header",   "emoji",   "ad_title", "story",   "review_text",
        "description",
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* A choice of a poll has a name where others have a text. */
static void gather(struct buf *out, const json_t *value, bool is_words, unsigned depth)
{
    const char *key;
    json_t *inner;

    if (depth > WORDS_DEPTH)
        return;
    if (is_words && json_string_length(value) && out->len + json_string_length(value) < WORDS_MAX - 1) {
        if (out->len)
            buf_char(out, '\n');
        buf_add(out, json_string_value(value), json_string_length(value));
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        gather(out, json_array_get(value, i), is_words, depth + 1);
    json_object_foreach((json_t *)(uintptr_t)value, key, inner)
        gather(out, inner, holds_words(key) || (is_words && strcmp(key, "name") == 0), depth + 1);
}

struct text payload_words(struct arena *mem, const json_t *value)
{
    struct buf words = BUF_INIT(WORDS_MAX);
    struct text out = { NULL, 0 };

    gather(&words, value, true, 0);
    if (words.len && !words.failed)
        out = arena_text(mem, buf_as_text(&words));
    buf_fini(&words);
    return out;
}

struct event_attachment *payload_attach(struct arena *mem, struct event *ev, enum attachment_type type)
{
    size_t count = ev->attachment_count;
    struct event_attachment *added;

    /* There is room for the next power of two: a body of a megabyte may name ten thousand. */
    if ((count & (count - 1)) == 0 || count == 0) {
        struct event_attachment *grown = arena_array(mem, struct event_attachment, count ? 2 * count : 1);

        if (count)
            memcpy(grown, ev->attachments, count * sizeof(*grown));
        ev->attachments = grown;
    }
    added = (struct event_attachment *)(uintptr_t)&ev->attachments[count];
    ev->attachment_count++;
    added->type = type;
    added->size = -1;
    return added;
}

void payload_add_line(struct arena *mem, struct payload_lines *lines, struct text *to, struct text line)
{
    size_t len = to->len + (to->len ? 1 : 0) + line.len;

    if (!line.len)
        return;
    if (!lines->ptr || to->ptr != lines->ptr || len >= lines->cap) {
        size_t cap = len < 64 ? 128 : 2 * len;
        char *grown = arena_alloc(mem, cap);

        if (to->len)
            memcpy(grown, to->ptr, to->len);
        *lines = (struct payload_lines){ grown, cap };
    }
    if (to->len)
        lines->ptr[to->len] = '\n';
    memcpy(lines->ptr + len - line.len, line.ptr, line.len);
    *to = (struct text){ lines->ptr, len };
}

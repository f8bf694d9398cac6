/* The registry of archive readers and what they have in common. */
#include "reader_priv.h"

#include "util/str.h"

#include <stdlib.h>

static const struct {
    const char *word;
    struct reader *(*make)(struct arena *mem);
    bool is_tree;
} formats[ARCHIVE_FORMAT_COUNT] = {
    [ARCHIVE_AUTO] = { "auto", NULL, false },
    [ARCHIVE_WHATSAPP] = { "whatsapp", whatsapp_reader_new, false },
    [ARCHIVE_TELEGRAM] = { "telegram", telegram_reader_new, false },
    [ARCHIVE_EVENTS] = { "events", events_reader_new, false },
    [ARCHIVE_FACEBOOK] = { "facebook", facebook_reader_new, true },
    [ARCHIVE_INSTAGRAM] = { "instagram", instagram_reader_new, true },
    [ARCHIVE_X] = { "x", x_reader_new, true },
    [ARCHIVE_LINE] = { "line", line_reader_new, true },
    [ARCHIVE_YOUTUBE] = { "youtube", youtube_reader_new, true },
    [ARCHIVE_CSV] = { "csv", csv_reader_new, false },
};

const char *archive_format_word(enum archive_format f)
{
    return f < ARCHIVE_FORMAT_COUNT ? formats[f].word : "";
}

bool archive_format_from_word(struct text word, enum archive_format *out)
{
    for (int i = 0; i < ARCHIVE_FORMAT_COUNT; i++)
        if (text_equal(word, text_of(formats[i].word))) {
            *out = (enum archive_format)i;
            return true;
        }
    return false;
}

struct reader *reader_new(enum archive_format format, const struct archive_options *options, event_sink *sink,
                          void *arg)
{
    struct arena *mem;
    struct reader *r;
    struct text *entries;

    if (format >= ARCHIVE_FORMAT_COUNT || !formats[format].make)
        return NULL;
    mem = arena_new(0);
    r = formats[format].make(mem);
    r->mem = mem;
    r->options = *options;
    r->sink = sink;
    r->arg = arg;
    r->summary.format = format;
    r->summary.first_at = r->summary.last_at = TIME_NONE;
    if (options->self.ptr)
        r->options.self = arena_text(mem, options->self);
    if (options->file_name.ptr)
        r->options.file_name = arena_text(mem, options->file_name);
    r->file_name = r->options.file_name;
    entries = arena_array(mem, struct text, options->entry_count + 1);
    for (size_t i = 0; i < options->entry_count; i++)
        entries[i] = arena_text(mem, options->entries[i]);
    r->options.entries = entries;
    return r;
}

bool archive_is_tree(enum archive_format f)
{
    return f < ARCHIVE_FORMAT_COUNT && formats[f].is_tree;
}

void reader_free(struct reader *r)
{
    if (!r)
        return;
    r->ops->free(r);
    arena_free(r->file_mem);
    arena_free(r->mem);
}

unsigned reader_passes(const struct reader *r)
{
    return r->ops->passes;
}

/* The end of a long path tells more than its beginning. */
static int named(const struct reader *r, int rc, struct fail *why)
{
    struct text name = r->file_name;
    size_t cut = name.len < sizeof(why->field) ? 0 : name.len - sizeof(why->field) + 1;

    if (!rc || !r->in_tree || why->field[0])
        return rc;
    while (cut < name.len && cut > 0 && ((unsigned char)name.ptr[cut] & 0xc0) == 0x80)
        cut++;
    if (name.len > cut)
        memcpy(why->field, name.ptr + cut, name.len - cut);
    why->field[name.len - cut] = '\0';
    return rc;
}

static int end_file(struct reader *r, struct fail *why)
{
    return r->ops->end_file ? named(r, r->ops->end_file(r, why), why) : 0;
}

int reader_next_file(struct reader *r, struct text name, struct fail *why)
{
    if (r->in_tree) {
        if (end_file(r, why))
            return -1;
        r->file++;
    }
    r->in_tree = true;
    if (!r->file_mem)
        r->file_mem = arena_new(0);
    arena_reset(r->file_mem);
    r->file_name = arena_text(r->file_mem, name);
    return 0;
}

int reader_feed(struct reader *r, struct text piece, struct fail *why)
{
    return piece.len ? named(r, r->ops->feed(r, piece, why), why) : 0;
}

int reader_end_pass(struct reader *r, struct fail *why)
{
    if (end_file(r, why) || (r->ops->end_pass && r->ops->end_pass(r, why)))
        return -1;
    r->in_tree = false;
    r->file = 0;
    r->file_name = r->options.file_name;
    r->pass++;
    return 0;
}

const struct archive_summary *reader_summary(const struct reader *r)
{
    return &r->summary;
}

int reader_emit(struct reader *r, const struct event *ev, struct fail *why)
{
    struct archive_summary *s = &r->summary;

    s->records++;
    s->events++;
    if (ev->sent_at != TIME_NONE) {
        if (s->first_at == TIME_NONE || ev->sent_at < s->first_at)
            s->first_at = ev->sent_at;
        if (s->last_at == TIME_NONE || ev->sent_at > s->last_at)
            s->last_at = ev->sent_at;
    }
    if (r->sink(ev, r->arg))
        return fail(why, FAIL_NOT_POSSIBLE, "stopped by the receiver of events");
    return 0;
}

void reader_skip(struct reader *r, enum skip_reason reason, long line)
{
    r->summary.records++;
    if (r->summary.skipped[reason]++ == 0)
        r->summary.skipped_line[reason] = line;
}

void reader_count_author(struct reader *r, struct text name, int64_t messages)
{
    struct archive_summary *s = &r->summary;

    for (size_t i = 0; i < s->author_count; i++)
        if (text_equal(s->authors[i].name, name)) {
            s->authors[i].messages += messages;
            return;
        }
    if (s->author_count == SUMMARY_AUTHORS)
        return;
    s->authors[s->author_count].name = arena_text(r->mem, name);
    s->authors[s->author_count++].messages = messages;
}

struct text reader_base_name(struct text path)
{
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;

    return slash ? (struct text){ slash + 1, (size_t)(path.ptr + path.len - slash - 1) } : path;
}

void utf16_init(struct utf16 *u)
{
    *u = (struct utf16){ .out = BUF_INIT(SIZE_MAX / 4) };
}

void utf16_fini(struct utf16 *u)
{
    buf_fini(&u->out);
}

static void utf16_unit_bytes(struct utf16 *u, const unsigned char *p, size_t len)
{
    size_t i = 0;

    while (len - i >= 2) {
        uint32_t c = u->kind == UTF16_LE ? (uint32_t)p[i] | (uint32_t)p[i + 1] << 8
                                         : (uint32_t)p[i + 1] | (uint32_t)p[i] << 8;
        size_t used = 2;
        char utf8[4];

        if (c >= 0xd800 && c < 0xdc00) {
            uint32_t low;

            if (len - i < 4)
                break;
            low = u->kind == UTF16_LE ? (uint32_t)p[i + 2] | (uint32_t)p[i + 3] << 8
                                      : (uint32_t)p[i + 3] | (uint32_t)p[i + 2] << 8;
            if (low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                used = 4;
            }
        }
        buf_add(&u->out, utf8, str_utf8_encode(c >= 0xd800 && c < 0xe000 ? 0xfffd : c, utf8));
        i += used;
    }
    u->left_len = len - i;
    memmove(u->left, p + i, u->left_len);
}

int utf16_feed(struct utf16 *u, struct text piece, struct text *out)
{
    const unsigned char *p = (const unsigned char *)piece.ptr;

    if (u->kind == UTF16_NO) {
        *out = piece;
        return 1;
    }
    buf_reset(&u->out);
    while (piece.len && u->left_len < (u->kind == UTF16_UNKNOWN ? 2u : 4u) &&
           (u->kind == UTF16_UNKNOWN || u->left_len > 0)) {
        u->left[u->left_len++] = *p++;
        piece.len--;
        if (u->kind != UTF16_UNKNOWN && u->left_len % 2 == 0) {
            unsigned char unit[4];
            size_t len = u->left_len;

            memcpy(unit, u->left, len);
            utf16_unit_bytes(u, unit, len);
        }
    }
    if (u->kind == UTF16_UNKNOWN) {
        if (u->left_len < 2)
            return 0;
        u->kind = u->left[0] == 0xff && u->left[1] == 0xfe   ? UTF16_LE
                  : u->left[0] == 0xfe && u->left[1] == 0xff ? UTF16_BE
                                                             : UTF16_NO;
        u->left_len = u->kind == UTF16_NO ? 2 : 0;
        if (u->kind == UTF16_NO) {
            buf_add(&u->out, u->left, 2);
            buf_add(&u->out, p, piece.len);
            *out = buf_as_text(&u->out);
            u->left_len = 0;
            return 1;
        }
    }
    if (piece.len)
        utf16_unit_bytes(u, p, piece.len);
    *out = buf_as_text(&u->out);
    return out->len > 0;
}

struct text utf16_end(struct utf16 *u)
{
    struct text rest = { NULL, 0 };

    buf_reset(&u->out);
    if (u->left_len && u->kind == UTF16_UNKNOWN)
        buf_add(&u->out, u->left, u->left_len);
    else if (u->left_len)
        buf_str(&u->out, "\xef\xbf\xbd");
    rest = buf_as_text(&u->out);
    u->kind = UTF16_UNKNOWN;
    u->left_len = 0;
    return rest;
}

/* Nothing to mend in these bytes? Eight at a time while they are plain ASCII. */
static bool is_plain(struct text t)
{
    size_t i = 0;
    bool ascii = true;

    for (; i + 8 <= t.len && ascii; i += 8) {
        uint64_t w;

        memcpy(&w, t.ptr + i, 8);
        /* a byte below 0x0e (NUL, CR and LF among them) or above 0x7f needs the slow look */
        if ((w | (w - 0x0e0e0e0e0e0e0e0eu)) & 0x8080808080808080u)
            ascii = false;
    }
    if (ascii && i == t.len)
        return true;
    return !memchr(t.ptr, '\0', t.len) && !memchr(t.ptr, '\r', t.len) && str_utf8_valid(t);
}

struct text reader_clean(struct text t, struct buf *scratch)
{
    if (!t.len || is_plain(t))
        return t;
    buf_reset(scratch);
    for (struct text rest = t; rest.len;) {
        const char *at = rest.ptr;
        int32_t c = str_utf8_next(&rest);

        if (c <= 0)
            buf_str(scratch, "\xef\xbf\xbd");
        else if (!(c == '\r' && rest.len && *rest.ptr == '\n'))
            buf_add(scratch, at, (size_t)(rest.ptr - at));
    }
    return buf_as_text(scratch);
}

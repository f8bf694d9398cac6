/* Reader of YouTube's comments and live chat messages in Google Takeout (exports.md 5): the account's own words only. */
#include "csv_rows.h"
#include "reader_priv.h"

#include "util/json_out.h"
#include "util/json_pull.h"
#include "util/str.h"

#define NONE ((struct text){ NULL, 0 })

enum field { FIELD_ID, FIELD_CHANNEL, FIELD_TIME, FIELD_PRICE, FIELD_PARENT, FIELD_VIDEO, FIELD_TEXT, FIELD_COUNT };

struct youtube {
    struct reader base;
    struct csv_rows rows;
    struct utf16 utf16;
    bool has_header, is_live;
    size_t at[FIELD_COUNT];        /* column + 1; 0: none */
    struct buf text, quoted, detail, clean;
};

/* ---- the header ---- */

static const struct {
    const char *word;
    enum field field;
} words[] = {
    { "comment id", FIELD_ID },
    { "live chat id", FIELD_ID },
    { "channel id", FIELD_CHANNEL },
    { "comment create timestamp", FIELD_TIME },
    { "live chat create timestamp", FIELD_TIME },
    { "price", FIELD_PRICE },
    { "parent comment id", FIELD_PARENT },
    { "video id", FIELD_VIDEO },
    { "comment text", FIELD_TEXT },
    { "live chat text", FIELD_TEXT },
};

static struct text without_bom(struct text t)
{
    return text_starts(t, TEXT("\xef\xbb\xbf")) ? (struct text){ t.ptr + 3, t.len - 3 } : t;
}

static int take_header(struct youtube *y, const struct csv_row *row, struct fail *why)
{
    memset(y->at, 0, sizeof(y->at));
    y->is_live = false;
    for (size_t i = 0; i < row->count; i++) {
        struct text cell = str_trim(i ? row->cells[i] : without_bom(row->cells[i]));

        for (size_t w = 0; w < COUNT_OF(words); w++)
            if (str_equal_nocase(cell, text_of(words[w].word)))
                y->at[words[w].field] = i + 1;
        y->is_live |= str_equal_nocase(cell, TEXT("live chat id"));
    }
    y->has_header = true;
    if (!y->at[FIELD_ID] || !y->at[FIELD_TIME] || !y->at[FIELD_TEXT])
        return fail_line(why, FAIL_BAD_FILE, row->line,
                         "no YouTube comments: the columns for id, timestamp and text are not all there");
    return 0;
}

/* Headers are translated in some accounts; ids and times look the same everywhere. */
static bool is_header(const struct csv_row *row)
{
    time_us ignored;

    for (size_t i = 0; i < row->count; i++)
        if (time_parse(row->cells[i], &ignored) == 0)
            return false;
    return true;
}

static bool is_time(struct text t)
{
    time_us ignored;

    return time_parse(t, &ignored) == 0;
}

static void guess_columns(struct youtube *y, const struct csv_row *row)
{
    size_t ids = 0;

    memset(y->at, 0, sizeof(y->at));
    for (size_t i = 0; i < row->count; i++) {
        struct text c = row->cells[i];

        if (is_time(c))
            y->at[FIELD_TIME] = i + 1;
        else if (text_starts(c, TEXT("UC")) && c.len == 24)
            y->at[FIELD_CHANNEL] = i + 1;
        else if (text_starts(c, TEXT("Ug")))
            y->at[ids++ ? FIELD_PARENT : FIELD_ID] = i + 1;
        else if (text_starts(c, TEXT("{\"")))
            y->at[FIELD_TEXT] = i + 1;
        else if (c.len == 11)
            y->at[FIELD_VIDEO] = i + 1;
    }
}

/* ---- the text ---- */

static struct text after_blanks(struct text t)
{
    while (t.len && (*t.ptr == ' ' || *t.ptr == '\n' || *t.ptr == '\r' || *t.ptr == '\t'))
        t = (struct text){ t.ptr + 1, t.len - 1 };
    return t;
}

/* Does the quote at the start of t end a string of the cell's JSON? Inner quotes are not always escaped. */
static bool ends_string(struct text t)
{
    struct text rest = after_blanks((struct text){ t.ptr + 1, t.len - 1 });

    if (!rest.len || *rest.ptr == '}')
        return true;
    if (*rest.ptr != ',')
        return false;
    rest = after_blanks((struct text){ rest.ptr + 1, rest.len - 1 });
    return rest.len && *rest.ptr == '"';
}

/* Reads on from behind the opening quote; the string's raw content, made fit for JSON, is in y->quoted. */
static struct text take_string(struct youtube *y, struct text t)
{
    buf_reset(&y->quoted);
    buf_char(&y->quoted, '"');
    for (; t.len; t = (struct text){ t.ptr + 1, t.len - 1 }) {
        if (*t.ptr == '"' && ends_string(t)) {
            t = (struct text){ t.ptr + 1, t.len - 1 };
            break;
        }
        if (*t.ptr == '"')
            buf_str(&y->quoted, "\\\"");
        else if ((unsigned char)*t.ptr < 0x20)
            buf_printf(&y->quoted, "\\u%04x", (unsigned char)*t.ptr);
        else
            buf_char(&y->quoted, *t.ptr);
        if (*t.ptr == '\\' && t.len > 1) {
            t = (struct text){ t.ptr + 1, t.len - 1 };
            buf_char(&y->quoted, *t.ptr);
        }
    }
    buf_char(&y->quoted, '"');
    return t;
}

static void add_string(struct youtube *y)
{
    struct json_pull *p = json_pull_new(CSV_RECORD_MAX);

    json_pull_feed(p, buf_as_text(&y->quoted));
    if (json_pull_next(p) == PULL_STRING)
        buf_text(&y->text, json_pull_value(p));
    else
        buf_add(&y->text, y->quoted.ptr + 1, y->quoted.len - 2);
    json_pull_free(p);
}

/* {"takeoutSegments":[{"text":"a"},…]}, or the objects alone with commas between, raw line ends in their strings. */
static struct text text_of_cell(struct youtube *y, struct text cell)
{
    struct text rest = cell;
    const char *at;
    bool found = false;

    if (!cell.len || *cell.ptr != '{')
        return cell;
    buf_reset(&y->text);
    while ((at = str_find(rest, TEXT("\"text\""))) != NULL) {
        struct text next = { at + 6, (size_t)(rest.ptr + rest.len - at - 6) };

        next = after_blanks(next);
        if (!str_skip_char(&next, ':')) {
            rest = next;
            continue;
        }
        next = after_blanks(next);
        if (!str_skip_char(&next, '"')) {
            rest = next;
            continue;
        }
        rest = take_string(y, next);
        add_string(y);
        found = true;
    }
    return found ? (struct text){ y->text.ptr ? y->text.ptr : "", y->text.len } : cell;
}

/* ---- a record ---- */

static struct text cell_of(const struct youtube *y, const struct csv_row *row, enum field f)
{
    size_t at = y->at[f];

    return at && at <= row->count ? row->cells[at - 1] : NONE;
}

/* A column that only adds something is left out where it is damaged. */
static struct text sound_cell(const struct youtube *y, const struct csv_row *row, enum field f)
{
    struct text t = cell_of(y, row, f);

    return str_utf8_valid(t) ? t : NONE;
}

static struct text detail_of(struct youtube *y, struct text price)
{
    struct json_out j;

    if (!y->is_live && (!price.len || text_equal(price, TEXT("0"))))
        return NONE;
    buf_reset(&y->detail);
    j = json_out(&y->detail);
    jo_object(&j);
    if (y->is_live)
        jo_kv(&j, "live_chat", jo_bool, true);
    if (price.len && !text_equal(price, TEXT("0")))
        jo_kv(&j, "price", jo_text, price);
    jo_end_object(&j);
    return buf_as_text(&y->detail);
}

static int take_record(struct youtube *y, const struct csv_row *row, struct fail *why)
{
    struct text id = cell_of(y, row, FIELD_ID), parent = cell_of(y, row, FIELD_PARENT);
    struct event ev;
    const char *dot = id.len ? memchr(id.ptr, '.', id.len) : NULL;

    event_init(&ev);
    if (!id.len || !str_utf8_valid(id) || !str_utf8_valid(parent))
        return fail_line(why, FAIL_BAD_FILE, row->line, "a comment has no id that can be read");
    if (time_parse(cell_of(y, row, FIELD_TIME), &ev.sent_at)) {
        reader_skip(&y->base, SKIP_NO_TIME, row->line);
        return 0;
    }
    if (!parent.len && dot)
        parent = (struct text){ id.ptr, (size_t)(dot - id.ptr) };
    ev.platform = PLATFORM_YOUTUBE;
    ev.channel = sound_cell(y, row, FIELD_CHANNEL);
    ev.id = id;
    ev.thread.present = true;
    ev.thread.type = THREAD_COMMENT;
    ev.thread.id = parent.len ? parent : id;
    ev.thread.post = sound_cell(y, row, FIELD_VIDEO);
    ev.thread.parent = ev.reply_to = parent.len ? parent : NONE;
    ev.direction = DIRECTION_OUT;
    ev.sender_kind = SENDER_AGENT;
    ev.device = DEVICE_IMPORT;
    ev.author.id = ev.channel;
    ev.text = reader_clean(text_of_cell(y, cell_of(y, row, FIELD_TEXT)), &y->clean);
    if (!ev.text.ptr)
        ev.text = TEXT("");
    ev.detail = detail_of(y, sound_cell(y, row, FIELD_PRICE));
    return reader_emit(&y->base, &ev, why);
}

static int take_row(const struct csv_row *row, void *arg, struct fail *why)
{
    struct youtube *y = arg;

    if (y->has_header)
        return take_record(y, row, why);
    if (is_header(row) && row->line == 1) {
        struct fail ignored = { .code = FAIL_NONE };

        if (take_header(y, row, &ignored) == 0)
            return 0;
        memset(y->at, 0, sizeof(y->at));
        y->has_header = false;
        return 0;
    }
    guess_columns(y, row);
    y->has_header = true;
    if (!y->at[FIELD_ID] || !y->at[FIELD_TIME] || !y->at[FIELD_TEXT])
        return fail_line(why, FAIL_BAD_FILE, row->line,
                         "no YouTube comments: the columns for id, timestamp and text are not all there");
    return take_record(y, row, why);
}

static int youtube_feed(struct reader *r, struct text piece, struct fail *why)
{
    struct youtube *y = (struct youtube *)r;
    struct text bytes;

    return utf16_feed(&y->utf16, piece, &bytes) ? csv_rows_feed(&y->rows, bytes, why) : 0;
}

static int youtube_end_file(struct reader *r, struct fail *why)
{
    struct youtube *y = (struct youtube *)r;

    if (csv_rows_feed(&y->rows, utf16_end(&y->utf16), why) || csv_rows_end(&y->rows, why))
        return -1;
    if (!y->has_header && !r->in_tree)
        return fail_line(why, FAIL_BAD_FILE, 1, "no YouTube comments in this file");
    y->has_header = false;
    return 0;
}

static void youtube_free(struct reader *r)
{
    struct youtube *y = (struct youtube *)r;

    csv_rows_fini(&y->rows);
    utf16_fini(&y->utf16);
    buf_fini(&y->text);
    buf_fini(&y->quoted);
    buf_fini(&y->detail);
    buf_fini(&y->clean);
}

struct reader *youtube_reader_new(struct arena *mem)
{
    static const struct reader_ops ops = { 1, youtube_feed, NULL, youtube_free, youtube_end_file };
    struct youtube *y = arena_new_of(mem, struct youtube);

    y->base.ops = &ops;
    csv_rows_init(&y->rows, ',', take_row, y);
    utf16_init(&y->utf16);
    y->text = BUF_INIT(4 * CSV_RECORD_MAX);
    y->quoted = BUF_INIT(8 * CSV_RECORD_MAX);
    y->detail = BUF_INIT(CSV_RECORD_MAX * 8);
    y->clean = BUF_INIT(8 * CSV_RECORD_MAX);
    y->base.summary.own_words_only = y->base.summary.has_ids = true;
    return &y->base;
}

/* Reader of LINE's exported chat history (exports.md 6). Two passes: how dates are to be read, then the records. */
#include "line_priv.h"

#include "util/json_out.h"
#include "util/str.h"

#define TEXT_MAX   (1u * 1024 * 1024)
/* LINE takes 10,000 characters. */
#define QUOTED_MAX (256u * 1024)
#define NONE       ((struct text){ NULL, 0 })
#define DAY_S      86400

enum { PASS_SURVEY, PASS_EMIT };

struct line_reader {
    struct reader base;
    struct utf16 utf16;
    struct buf held;                   /* the unfinished line */
    long line;
    /* survey */
    int64_t days, fits[2], over[2];    /* of dates by fields: day first, month first */
    enum date_order order;
    /* the file */
    struct arena *file_mem;
    struct text title;
    bool is_group, has_header;
    char thread_id[MADE_ID_SIZE];
    int64_t day;
    bool has_day, has_records;
    /* the open record */
    bool is_open;
    long record_line;
    int seconds;
    bool is_notice;
    struct buf author, words, clean_author, clean_words, key, detail;
    size_t blank_lines;                /* seen after it, not yet part of it */
    /* a text in quotes whose end is not found yet: its lines, one after the other */
    bool in_quotes, ends_here;         /* ends_here: the last line may have been its end; the next one tells */
    struct buf quoted;
    struct made_seen *seen;
};

/* ---- events ---- */

static void begin_thread(struct line_reader *l)
{
    static const uint8_t seed[16] = "tanggap line v1";

    if (!l->title.ptr)
        l->title = line_title_of_name(l->base.file_name);
    buf_reset(&l->key);
    buf_text(&l->key, l->title.ptr ? l->title : reader_base_name(l->base.file_name));
    made_id(NULL, seed, &l->key, l->thread_id);
}

static void set_side(struct line_reader *l, struct event *ev)
{
    struct text self = l->base.options.self;

    if (l->is_notice) {
        ev->direction = DIRECTION_SYSTEM;
        ev->sender_kind = SENDER_SYSTEM;
        return;
    }
    if (self.ptr)
        ev->direction = text_equal(ev->author.name, self) ? DIRECTION_OUT : DIRECTION_IN;
    else if (l->title.ptr && !l->is_group)
        ev->direction = text_equal(ev->author.name, l->title) ? DIRECTION_IN : DIRECTION_OUT;
    ev->sender_kind = ev->direction == DIRECTION_IN    ? SENDER_CUSTOMER
                      : ev->direction == DIRECTION_OUT ? SENDER_AGENT
                                                       : SENDER_UNKNOWN;
}

static void set_id(struct line_reader *l, struct event *ev, char id[MADE_ID_SIZE])
{
    static const uint8_t seed[16] = "tanggap line v1";
    int64_t minute = l->day * 1440 + l->seconds / 60;

    buf_reset(&l->key);
    buf_str(&l->key, l->thread_id);
    buf_add(&l->key, &minute, sizeof(minute));
    buf_text(&l->key, ev->author.name);
    buf_char(&l->key, '\0');
    buf_text(&l->key, ev->text);
    made_id(l->seen, seed, &l->key, id);
    ev->id = (struct text){ id, MADE_ID_SIZE - 1 };
}

static struct text detail_of(struct line_reader *l, struct text words)
{
    struct line_kind k = line_classify(words, l->is_notice);
    struct json_out j;

    if (!k.notice && !k.media_type && !k.is_call)
        return NONE;
    buf_reset(&l->detail);
    j = json_out(&l->detail);
    jo_object(&j);
    if (k.notice)
        jo_kv(&j, "notice", jo_str, k.notice);
    if (k.media_type) {
        jo_kv(&j, "media", jo_str, "omitted");
        jo_kv(&j, "media_type", jo_str, k.media_type);
    }
    if (k.is_call)
        jo_kv(&j, "call", jo_str, "voice");
    jo_end_object(&j);
    return buf_as_text(&l->detail);
}

static int emit(struct line_reader *l, struct fail *why)
{
    char id[MADE_ID_SIZE];
    struct event ev;
    int64_t wall;

    l->is_open = false;
    if (!l->has_day) {
        reader_skip(&l->base, SKIP_NO_TIME, l->record_line);
        return 0;
    }
    if (l->words.failed) {
        reader_skip(&l->base, SKIP_TOO_LONG, l->record_line);
        return 0;
    }
    event_init(&ev);
    wall = (l->day * DAY_S + l->seconds) * US_PER_S;
    ev.platform = PLATFORM_LINE;
    ev.device = DEVICE_IMPORT;
    ev.sent_at = l->base.options.zone ? zone_to_utc(l->base.options.zone, wall, TIME_NONE) : wall;
    ev.text = reader_clean(buf_as_text(&l->words), &l->clean_words);
    ev.text = ev.text.ptr ? ev.text : TEXT("");
    if (l->author.len)
        ev.author.name = reader_clean(buf_as_text(&l->author), &l->clean_author);
    ev.thread.present = true;
    ev.thread.type = l->is_group ? THREAD_GROUP : THREAD_DIRECT;
    ev.thread.id = text_of(l->thread_id);
    ev.thread.name = l->title;
    set_side(l, &ev);
    set_id(l, &ev, id);
    ev.detail = detail_of(l, ev.text);
    if (ev.author.name.len && !l->is_notice)
        reader_count_author(&l->base, ev.author.name, 1);
    if (ev.direction == DIRECTION_OUT && !l->base.summary.self.ptr) {
        l->base.summary.self = arena_text(l->base.mem, ev.author.name);
        l->base.summary.self_sure = true;
    }
    return reader_emit(&l->base, &ev, why);
}

static int close_record(struct line_reader *l, struct fail *why)
{
    l->blank_lines = 0;
    return l->is_open ? emit(l, why) : 0;
}

/* ---- lines ---- */

static int take_line(struct line_reader *l, struct text t, bool may_quote, struct fail *why);

static void survey_day(struct line_reader *l, const struct line_day *d)
{
    if (d->is_year_first)
        return;
    l->days++;
    l->fits[0] += line_day_fits(d, DATE_ORDER_DMY);
    l->fits[1] += line_day_fits(d, DATE_ORDER_MDY);
    l->over[0] += d->first > 12;
    l->over[1] += d->second > 12;
}

static int take_day(struct line_reader *l, const struct line_day *d, struct fail *why)
{
    int64_t day;

    if (l->base.pass == PASS_SURVEY) {
        survey_day(l, d);
        return 0;
    }
    if (!line_day_number(d, l->order, &day))
        return fail_line(why, FAIL_BAD_FILE, l->line, "a date that does not exist");
    l->day = day;
    l->has_day = true;
    return 0;
}

static int open_record(struct line_reader *l, const struct line_record *r, bool may_quote)
{
    l->is_open = l->has_records = true;
    l->record_line = l->line;
    l->seconds = r->seconds;
    l->is_notice = !r->author.len;
    buf_reset(&l->author);
    buf_text(&l->author, r->author);
    buf_reset(&l->words);
    if (may_quote && r->words.len && *r->words.ptr == '"') {
        l->in_quotes = true;
        l->ends_here = false;
        buf_reset(&l->quoted);
        return 1;
    }
    buf_text(&l->words, r->words);
    return 0;
}

/* What becomes of the quotes in a piece of a quoted text: WITHIN none ends it, END one stands at the end of the line,
 * LITERAL one stands where none can. */
enum quotes { QUOTES_WITHIN, QUOTES_END, QUOTES_LITERAL };

static enum quotes look_at_quotes(struct text t)
{
    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] != '"')
            continue;
        if (i + 1 < t.len && t.ptr[i + 1] == '"')
            i++;
        else
            return i + 1 == t.len ? QUOTES_END : QUOTES_LITERAL;
    }
    return QUOTES_WITHIN;
}

/* The quotes meant nothing: the lines are read again as they stand. */
static int replay(struct line_reader *l, struct fail *why)
{
    struct buf lines = l->quoted;
    struct text rest = buf_as_text(&lines), t;
    long line = l->line;
    int rc = 0;

    l->quoted = BUF_INIT(TEXT_MAX);
    l->in_quotes = l->ends_here = false;
    l->line = l->record_line;
    if (str_line(&rest, &t))
        buf_text(&l->words, t);
    while (rc == 0 && str_line(&rest, &t)) {
        l->line++;
        rc = take_line(l, t, true, why);
    }
    /* a quoted text may have begun again among them; it goes on with what follows */
    if (rc == 0)
        l->line = line;
    buf_fini(&lines);
    return rc;
}

static void unquote(struct line_reader *l)
{
    struct text t = buf_as_text(&l->quoted);

    for (size_t i = 1; i + 1 < t.len; i++) {
        if (t.ptr[i] == '"' && i + 2 < t.len && t.ptr[i + 1] == '"')
            i++;
        buf_char(&l->words, t.ptr[i]);
    }
    l->in_quotes = l->ends_here = false;
}

static bool is_plausible_next(struct text t)
{
    struct line_record r;
    struct line_day d;

    return !t.len || line_record_parse(t, &r) || line_day_parse(t, &d);
}

/* A further line while a quote is open. 1: it was taken; 0: the text had ended before it. */
static int quoted_line(struct line_reader *l, struct text t, struct fail *why)
{
    if (l->ends_here && is_plausible_next(t)) {
        unquote(l);
        return 0;
    }
    if (l->ends_here || l->quoted.len + t.len > QUOTED_MAX)
        return replay(l, why) ? -1 : 0;
    buf_char(&l->quoted, '\n');
    buf_text(&l->quoted, t);
    switch (look_at_quotes(t)) {
    case QUOTES_END:
        l->ends_here = true;
        break;
    case QUOTES_LITERAL:
        return replay(l, why) ? -1 : 1;
    case QUOTES_WITHIN:
        break;
    }
    return 1;
}

static int begin_quotes(struct line_reader *l, struct text words, struct fail *why)
{
    buf_text(&l->quoted, words);
    switch (look_at_quotes((struct text){ words.ptr + 1, words.len - 1 })) {
    case QUOTES_END:
        l->ends_here = true;
        return 0;
    case QUOTES_LITERAL:
        return replay(l, why);
    case QUOTES_WITHIN:
        break;
    }
    return 0;
}

static void first_line(struct line_reader *l, struct text t)
{
    bool is_group = false;
    struct text title;

    if (!line_header_parse(t, &title, &is_group))
        return;
    l->has_header = true;
    l->is_group = is_group;
    if (title.ptr)
        l->title = arena_text(l->file_mem, title);
}

static void continue_record(struct line_reader *l, struct text t)
{
    if (!l->is_open)
        return;
    if (!t.len) {
        l->blank_lines++;
        return;
    }
    for (; l->blank_lines; l->blank_lines--)
        buf_char(&l->words, '\n');
    buf_char(&l->words, '\n');
    buf_text(&l->words, t);
}

static int take_line(struct line_reader *l, struct text t, bool may_quote, struct fail *why)
{
    struct line_record r;
    struct line_day d;

    while (l->in_quotes) {
        int rc = quoted_line(l, t, why);

        if (rc)
            return rc < 0 ? -1 : 0;
    }
    if (l->line == 1)
        first_line(l, t);
    if (line_day_parse(t, &d))
        return close_record(l, why) || take_day(l, &d, why) ? -1 : 0;
    if (l->base.pass == PASS_SURVEY)
        return 0;
    if (!line_record_parse(t, &r)) {
        continue_record(l, t);
        return 0;
    }
    if (close_record(l, why))
        return -1;
    if (!l->thread_id[0])
        begin_thread(l);
    return open_record(l, &r, may_quote) ? begin_quotes(l, r.words, why) : 0;
}

static int feed_lines(struct line_reader *l, struct text piece, struct fail *why)
{
    while (piece.len) {
        const char *nl = memchr(piece.ptr, '\n', piece.len);
        size_t len = nl ? (size_t)(nl - piece.ptr) : piece.len;
        struct text t = { piece.ptr, len };

        piece = (struct text){ piece.ptr + len + (nl ? 1 : 0), piece.len - len - (nl ? 1 : 0) };
        if (!nl || l->held.len) {
            buf_text(&l->held, t);
            if (l->held.failed)
                return fail_line(why, FAIL_BAD_FILE, l->line + 1, "a line is longer than %u bytes", TEXT_MAX);
            if (!nl)
                return 0;
            t = buf_as_text(&l->held);
        }
        l->line++;
        if (l->line == 1)
            (void)str_skip(&t, TEXT("\xef\xbb\xbf"));
        if (t.len && t.ptr[t.len - 1] == '\r')
            t.len--;
        if (take_line(l, t, true, why))
            return -1;
        buf_reset(&l->held);
    }
    return 0;
}

/* ---- the reader ---- */

static int line_feed(struct reader *r, struct text piece, struct fail *why)
{
    struct line_reader *l = (struct line_reader *)r;
    struct text bytes;

    return utf16_feed(&l->utf16, piece, &bytes) ? feed_lines(l, bytes, why) : 0;
}

static int end_lines(struct line_reader *l, struct fail *why)
{
    if (feed_lines(l, utf16_end(&l->utf16), why) || (l->held.len && feed_lines(l, TEXT("\n"), why)))
        return -1;
    while (l->in_quotes) {
        if (l->ends_here)
            unquote(l);
        else if (replay(l, why))
            return -1;
    }
    return close_record(l, why);
}

static int line_end_file(struct reader *r, struct fail *why)
{
    struct line_reader *l = (struct line_reader *)r;
    bool is_emitting = r->pass == PASS_EMIT;

    if (end_lines(l, why))
        return -1;
    if (is_emitting && !l->has_records && !l->has_header && !r->in_tree)
        return fail_line(why, FAIL_BAD_FILE, 1, "no LINE chat in this file");
    if (is_emitting && !l->has_records && l->has_header && l->line > 4)
        return fail_line(why, FAIL_BAD_FILE, 4,
                         "this LINE chat history was saved by the desktop program, which does not tell names from words; "
                         "export it from the phone");
    r->summary.is_group |= l->is_group;
    if (l->title.ptr && !r->summary.title.ptr)
        r->summary.title = arena_text(r->mem, l->title);
    l->has_day = l->has_records = l->has_header = l->is_group = false;
    l->title = NONE;
    l->thread_id[0] = '\0';
    l->line = 0;
    buf_reset(&l->held);
    arena_reset(l->file_mem);
    return 0;
}

static void decide_order(struct line_reader *l)
{
    struct archive_summary *s = &l->base.summary;
    const struct archive_options *o = &l->base.options;

    s->date_sure = true;
    s->date_order = DATE_ORDER_YMD;
    s->date_rule = "year_first";
    if (!l->days)
        return;
    s->date_rule = "weekday";
    if (o->date_order != DATE_ORDER_AUTO) {
        s->date_order = o->date_order;
        s->date_rule = "given";
    } else if (l->fits[0] != l->fits[1]) {
        s->date_order = l->fits[0] > l->fits[1] ? DATE_ORDER_DMY : DATE_ORDER_MDY;
    } else if (l->over[0] != l->over[1]) {
        s->date_order = l->over[0] > l->over[1] ? DATE_ORDER_DMY : DATE_ORDER_MDY;
        s->date_rule = "over_12";
    } else {
        s->date_order = o->region_order == DATE_ORDER_MDY ? DATE_ORDER_MDY : DATE_ORDER_DMY;
        s->date_rule = "region";
        s->date_sure = false;
    }
    l->order = s->date_order;
}

static int line_end_pass(struct reader *r, struct fail *why)
{
    (void)why;
    if (r->pass == PASS_SURVEY) {
        decide_order((struct line_reader *)r);
        if (r->options.self.ptr) {
            r->summary.self = r->options.self;
            r->summary.self_sure = true;
        }
    }
    return 0;
}

static void line_free(struct reader *r)
{
    struct line_reader *l = (struct line_reader *)r;
    struct buf *all[] = { &l->held, &l->author, &l->words, &l->clean_author, &l->clean_words, &l->key, &l->detail, &l->quoted };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        buf_fini(all[i]);
    utf16_fini(&l->utf16);
    arena_free(l->file_mem);
}

struct reader *line_reader_new(struct arena *mem)
{
    static const struct reader_ops ops = { 2, line_feed, line_end_pass, line_free, line_end_file };
    struct line_reader *l = arena_new_of(mem, struct line_reader);

    l->base.ops = &ops;
    utf16_init(&l->utf16);
    l->file_mem = arena_new(0);
    l->held = l->author = l->words = l->quoted = BUF_INIT(TEXT_MAX);
    l->clean_author = l->clean_words = l->key = l->detail = BUF_INIT(8 * TEXT_MAX);
    l->seen = made_seen_new(mem);
    return &l->base;
}

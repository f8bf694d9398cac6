/* Reader of WhatsApp exports: pass 1 surveys, pass 2 cuts the file into records and hands them over as events.
 * Only the open record is kept; bytes are copied only when a record crosses two pieces. Pass 2 gives the same events
 * however the bytes are cut: nothing is decided before a whole line, or its first WA_HEAD_MAX bytes, is there. */
#include "whatsapp_event.h"

#include "util/str.h"

#include <stdint.h>

#define DAY_S INT64_C(86400)
/* A message is cut once it is this much longer, so that a few bytes never make a part of their own. */
#define CUT_AT (WA_TEXT_MAX + 16)

struct wa {
    struct reader base;
    struct utf16 utf16;
    struct wa_survey *survey;
    struct wa_events events;
    struct buf held;                  /* the open record and the unfinished line, where they cross pieces */
    long line;                        /* number of the line that begins at line_at */
    enum wa_line_end before;          /* how the line before it ended */
    size_t line_at;                   /* offset of that line in the window */
    bool is_decided;                  /* a long unfinished line: known whether it is a header */
    bool ends_cr;                     /* pass 1: the last byte of the unfinished line */
    struct wa_record open;
    size_t open_at;                   /* offset of the open record's remaining text in the window */
    bool is_crlf;
    struct wa_memo memo;
    size_t segment;
    int64_t level, accepted;          /* seconds of the last accepted header of this segment, and how many there were */
};

/* ---- pass 1 ---- */

static struct wa *survey_begin(struct wa *w)
{
    if (!w->survey) {
        w->survey = arena_new_of(w->base.mem, struct wa_survey);
        wa_survey_init(w->survey, &w->base.options, w->base.mem);
    }
    return w;
}

static void survey_piece(struct wa *w, struct text piece)
{
    size_t at = 0;

    while (at < piece.len) {
        const char *from = piece.ptr + at, *nl = memchr(from, '\n', piece.len - at);
        size_t len = nl ? (size_t)(nl - from) : piece.len - at;
        struct text line = { from, len };

        at += len + (nl ? 1 : 0);
        if (w->held.len || !nl) {
            size_t room = w->held.len < WA_HEAD_MAX ? WA_HEAD_MAX - w->held.len : 0;

            /* of a cut line only the head matters, and its last byte for the line end */
            buf_add(&w->held, from, len < room ? len : room);
            w->ends_cr = len ? from[len - 1] == '\r' : w->ends_cr;
            if (!nl)
                return;
            line = buf_as_text(&w->held);
        } else {
            w->ends_cr = len && from[len - 1] == '\r';
        }
        if (line.len > WA_HEAD_MAX)
            line.len = WA_HEAD_MAX;
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        wa_survey_line(w->survey, line, w->line, w->before);
        w->before = w->ends_cr ? WA_CRLF : WA_LF;
        w->ends_cr = false;
        w->line++;
        buf_reset(&w->held);
    }
}

static int survey_end(struct wa *w, struct fail *why)
{
    struct wa_survey *s = w->survey;

    if (w->held.len)
        wa_survey_line(s, buf_as_text(&w->held), w->line, w->before);
    wa_survey_end(s);
    if (s->segment_count == 0 && s->without_year)
        return fail_line(why, FAIL_BAD_FILE, 1,
                         "the dates have no year: this was copied from the screen; use WhatsApp's \"Export chat\"");
    if (s->segment_count == 0)
        return fail_line(why, FAIL_BAD_FILE, 1, "no WhatsApp message found");
    w->is_crlf = wa_survey_is_crlf(s);
    wa_events_begin(&w->events, &w->base, s);
    return 0;
}

/* ---- pass 2 ---- */

static int64_t wall_seconds(const struct wa_stamp *s, int64_t day)
{
    return day * DAY_S + s->hour * 3600 + s->minute * 60 + s->second;
}

/* Is this header one of the file's own, not a quotation? */
static bool accept(struct wa *w, const struct wa_stamp *s, int64_t *wall)
{
    const struct wa_survey *v = w->survey;
    const struct archive_options *o = &w->base.options;
    const struct wa_segment *seg;
    const struct wa_flow *flow;
    int64_t day;

    while (w->segment + 1 < v->segment_count && w->line >= v->segments[w->segment + 1].first_line) {
        w->segment++;
        w->accepted = 0;
    }
    seg = &v->segments[w->segment];
    if (s->no_year || !wa_segment_has(seg, s) || !wa_stamp_day(s, seg->order, &day))
        return false;
    *wall = wall_seconds(s, day);
    if (o->not_after != TIME_NONE && *wall - DAY_S > o->not_after / US_PER_S)
        return false;
    flow = &v->flow[wa_reading_of(seg->order)];
    if (wa_flow_is_restart(flow, w->line))
        w->accepted = 0;
    if (wa_flow_is_quoted(flow, w->line) || (w->accepted >= 2 && *wall < w->level - DAY_S))
        return false;
    w->level = *wall;
    w->accepted++;
    return true;
}

/* Hands over what belongs to the open record, in parts if it is long. `is_last`: the record ends here. */
static int flush(struct wa *w, const char *window, size_t end, bool is_last, struct fail *why)
{
    if (!w->open.is_open)
        return 0;
    if (!window)
        window = "";
    while (end > w->open_at && end - w->open_at >= CUT_AT) {
        size_t cut = str_utf8_cut((struct text){ window + w->open_at, end - w->open_at }, WA_TEXT_MAX).len;

        if (window[w->open_at + cut - 1] == '\r')
            cut--;
        if (wa_events_emit(&w->events, &w->open, (struct text){ window + w->open_at, cut }, false, why))
            return -1;
        w->open_at += cut;
    }
    if (!is_last)
        return 0;
    w->open.is_open = false;
    return wa_events_emit(&w->events, &w->open,
                          (struct text){ window + w->open_at, end > w->open_at ? end - w->open_at : 0 }, true, why);
}

/* What a line is decided by: its first WA_HEAD_MAX bytes without the line end. */
static struct text line_head(const char *line, size_t len)
{
    struct text head = { line, len < WA_HEAD_MAX ? len : WA_HEAD_MAX };

    if (head.len && head.ptr[head.len - 1] == '\n')
        head.len--;
    if (head.len && head.ptr[head.len - 1] == '\r')
        head.len--;
    return head;
}

/* Decides what the line at line_at is, of which len bytes are there. 1: a header, 0: text, -1. */
static int take_line(struct wa *w, const char *window, size_t len, struct fail *why)
{
    struct text head = line_head(window + w->line_at, len), body;
    struct wa_stamp stamp;
    int64_t wall = 0;
    size_t at = 0;

    if (!(w->is_crlf && w->before == WA_LF))
        at = wa_stamp_parse(&w->memo, head, &stamp);
    if (!at || !accept(w, &stamp, &wall)) {
        if (!w->open.is_open && str_trim((struct text){ head.ptr, head.len }).len > wa_marks(head))
            reader_skip(&w->base, SKIP_NO_TIME, w->line);
        return 0;
    }
    if (flush(w, window, w->line_at, true, why))
        return -1;
    body = (struct text){ head.ptr + at, head.len - at };
    wa_events_open(&w->events, &w->open, body, &stamp, wall, w->line);
    w->open_at = w->line_at + at + w->open.text_at;
    return 1;
}

static void end_line(struct wa *w, const char *window, size_t next)
{
    w->before = next - w->line_at >= 2 && window[next - 2] == '\r' ? WA_CRLF : WA_LF;
    w->line_at = next;
    w->line++;
    w->is_decided = false;
}

/* Keeps what is not yet handed over; offsets then count from the start of held. */
static void hold(struct wa *w, struct text window)
{
    size_t from = w->line_at;

    if (w->open.is_open)
        from = w->open_at;
    else if (w->is_decided && window.len > w->line_at)
        from = window.len - 1;              /* its last byte tells the line end */
    if (window.ptr == w->held.ptr) {
        memmove(w->held.ptr, w->held.ptr + from, w->held.len - from);
        w->held.len -= from;
    } else {
        buf_reset(&w->held);
        buf_add(&w->held, window.ptr + from, window.len - from);
    }
    w->line_at -= from < w->line_at ? from : w->line_at;
    w->open_at -= from < w->open_at ? from : w->open_at;
}

/* Reads from the held bytes until a header begins in the piece itself. Returns how much of the piece was used. */
static int read_held(struct wa *w, struct text piece, size_t *used, struct fail *why)
{
    while (*used < piece.len && w->held.len) {
        const char *from = piece.ptr + *used, *nl = memchr(from, '\n', piece.len - *used);
        size_t len = nl ? (size_t)(nl - from) + 1 : piece.len - *used, line_len;
        bool fresh = w->line_at == w->held.len;
        int header = 0;

        if (len > WA_TEXT_MAX) {
            len = WA_TEXT_MAX;
            nl = NULL;
        }
        buf_add(&w->held, from, len);
        line_len = w->held.len - w->line_at;
        if (!w->is_decided && (nl || line_len >= WA_HEAD_MAX)) {
            header = take_line(w, w->held.ptr, line_len, why);
            w->is_decided = true;
            if (header < 0)
                return -1;
        }
        if (header && fresh && nl) {
            /* from here the piece itself serves */
            w->open_at -= w->line_at;
            w->open_at += *used;
            w->line_at = *used;
            *used += len;
            end_line(w, piece.ptr, *used);
            buf_reset(&w->held);
            return 0;
        }
        *used += len;
        if (w->is_decided && flush(w, w->held.ptr, w->held.len, false, why))
            return -1;
        if (nl)
            end_line(w, w->held.ptr, w->held.len);
        if (header || w->held.len > CUT_AT)
            hold(w, buf_as_text(&w->held));
        if (!w->open.is_open && w->line_at == w->held.len) {
            buf_reset(&w->held);
            w->line_at = *used;
        }
    }
    return 0;
}

static int read_piece(struct wa *w, struct text piece, struct fail *why)
{
    size_t at = 0;

    if (w->held.len) {
        if (read_held(w, piece, &at, why))
            return -1;
        if (w->held.len)
            return 0;
    } else {
        w->line_at = 0;
    }
    while (at < piece.len) {
        const char *nl = memchr(piece.ptr + at, '\n', piece.len - at);
        size_t next = nl ? (size_t)(nl - piece.ptr) + 1 : piece.len;

        if (!nl && next - w->line_at < WA_HEAD_MAX)
            break;
        if (take_line(w, piece.ptr, next - w->line_at, why) < 0)
            return -1;
        at = next;
        if (nl)
            end_line(w, piece.ptr, next);
        else
            w->is_decided = true;
    }
    if (flush(w, piece.ptr, w->is_decided ? piece.len : w->line_at, false, why))
        return -1;
    hold(w, piece);
    return 0;
}

static int read_end(struct wa *w, struct fail *why)
{
    if (w->line_at < w->held.len && !w->is_decided && take_line(w, w->held.ptr, w->held.len - w->line_at, why) < 0)
        return -1;
    if (flush(w, w->held.ptr, w->held.len, true, why))
        return -1;
    wa_events_end(&w->events);
    return 0;
}

/* ---- the reader ---- */

static int whatsapp_feed(struct reader *r, struct text piece, struct fail *why)
{
    struct wa *w = (struct wa *)r;
    struct text now;

    if (!utf16_feed(&w->utf16, piece, &now))
        return 0;
    if (r->pass == 0)
        survey_piece(survey_begin(w), now);
    else if (read_piece(w, now, why))
        return -1;
    return w->held.failed ? fail_line(why, FAIL_TOO_LARGE, w->line, "a line is too long") : 0;
}

static int whatsapp_end_pass(struct reader *r, struct fail *why)
{
    struct wa *w = (struct wa *)r;
    struct text rest = utf16_end(&w->utf16);
    int rc;

    survey_begin(w);
    if (rest.len && r->pass == 0)
        survey_piece(w, rest);
    else if (rest.len && read_piece(w, rest, why))
        return -1;
    rc = r->pass == 0 ? survey_end(w, why) : read_end(w, why);
    buf_reset(&w->held);
    w->line = 1;
    w->line_at = 0;
    w->before = WA_START;
    w->is_decided = false;
    return rc;
}

static void whatsapp_free(struct reader *r)
{
    struct wa *w = (struct wa *)r;

    utf16_fini(&w->utf16);
    buf_fini(&w->held);
    wa_events_fini(&w->events);
}

struct reader *whatsapp_reader_new(struct arena *mem)
{
    static const struct reader_ops ops = { 2, whatsapp_feed, whatsapp_end_pass, whatsapp_free, NULL };
    struct wa *w = arena_new_of(mem, struct wa);

    w->base.ops = &ops;
    utf16_init(&w->utf16);
    w->held = BUF_INIT(8 * WA_TEXT_MAX);
    w->line = 1;
    return &w->base;
}

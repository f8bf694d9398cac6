/* Reader of our own normal form: one JSON object a line, as `tanggap parse` and `export` write it. */
#include "reader_priv.h"

#include "util/str.h"

#define LINE_MAX_BYTES (8u * 1024 * 1024)

struct events {
    struct reader base;
    struct buf held;               /* the unfinished line */
    struct arena *line_mem;        /* of one event */
    long line;
};

static int take_line(struct events *e, struct text line, struct fail *why)
{
    struct event ev;

    e->line++;
    if (e->line == 1 && text_starts(line, TEXT("\xef\xbb\xbf")))
        line = (struct text){ line.ptr + 3, line.len - 3 };
    line = str_trim(line);
    if (!line.len)
        return 0;
    arena_reset(e->line_mem);
    if (event_read(line, e->line_mem, &ev, why)) {
        why->code = FAIL_BAD_FILE;
        why->line = e->line;
        return -1;
    }
    if (ev.author.name.ptr && ev.direction != DIRECTION_SYSTEM)
        reader_count_author(&e->base, ev.author.name, 1);
    e->base.summary.is_group |= ev.thread.present && ev.thread.type == THREAD_GROUP;
    return reader_emit(&e->base, &ev, why);
}

static int events_feed(struct reader *r, struct text piece, struct fail *why)
{
    struct events *e = (struct events *)r;
    struct text line;

    while (piece.len) {
        const char *nl = memchr(piece.ptr, '\n', piece.len);
        size_t len = nl ? (size_t)(nl - piece.ptr) : piece.len;

        line = (struct text){ piece.ptr, len };
        piece = (struct text){ piece.ptr + len + (nl ? 1 : 0), piece.len - len - (nl ? 1 : 0) };
        if (!nl || e->held.len) {
            buf_text(&e->held, line);
            if (e->held.failed)
                return fail_line(why, FAIL_BAD_FILE, e->line + 1, "a line is longer than %u bytes", LINE_MAX_BYTES);
            if (!nl)
                return 0;
            line = buf_as_text(&e->held);
        }
        if (take_line(e, line, why))
            return -1;
        buf_reset(&e->held);
    }
    return 0;
}

static int events_end_pass(struct reader *r, struct fail *why)
{
    struct events *e = (struct events *)r;

    return e->held.len ? take_line(e, buf_as_text(&e->held), why) : 0;
}

static void events_free(struct reader *r)
{
    struct events *e = (struct events *)r;

    buf_fini(&e->held);
    arena_free(e->line_mem);
}

struct reader *events_reader_new(struct arena *mem)
{
    static const struct reader_ops ops = { 1, events_feed, events_end_pass, events_free, NULL };
    struct events *e = arena_new_of(mem, struct events);

    e->base.ops = &ops;
    e->held = BUF_INIT(LINE_MAX_BYTES);
    e->line_mem = arena_new(0);
    return &e->base;
}

/* An archive into a channel: staged, aligned, and fed to the ingest page by page in one transaction. */
#include "domain/import.h"

#include "db/copy.h"
#include "import_priv.h"

#define COPY_STAGE     "COPY import_stage (n, thread, at, side, words, detail, file, line) FROM STDIN (FORMAT binary)"
#define LINE_MAX_BYTES ((size_t)8 << 20)
#define PAGE_ROWS      2000

/* 1 the channel has threads, 0 it is empty, -1. */
static int has_rows(struct import *im)
{
    int64_t one = 0;

    return db_one(im->c, SQL_IMPORT_HAS_ROWS, IN(IN_I64(im->c->who.business), IN_I64(im->options.channel_id)),
                  OUT(OUT_I64(&one)));
}

/* From here on nobody else writes. What was staged for an empty channel can't be laid over one that filled meanwhile. */
static int lock_for_merge(struct import *im)
{
    int rc = ingest_lock(im->c) ? -1 : im->aligns || im->options.has_ids ? 0 : has_rows(im);

    return rc == 1 ? fail(&im->c->fail, FAIL_TRY_AGAIN, "the channel had its first messages meanwhile") : rc;
}

int import_begin(struct ctx *c, const struct import_options *options, struct import **out)
{
    struct arena *mem = arena_new(0);
    struct import *im = arena_new_of(mem, struct import);
    int rc;

    im->c = c;
    im->mem = mem;
    im->options = *options;
    im->line = BUF_INIT(LINE_MAX_BYTES);
    im->summary.first_at = im->summary.last_at = TIME_NONE;
    im->deferral.mem = mem;
    key_map_init(&im->people, mem);
    key_map_init(&im->threads, mem);
    key_map_init(&im->orders, mem);
    rc = db_do(c, SQL_IMPORT_LOCK, IN(IN_I64(c->who.business))) < 0 ? -1 : has_rows(im);
    im->aligns = rc == 1 && !options->has_ids;
    if (rc < 0 || db_do(c, SQL_IMPORT_MAKE_STAGE, NO_IN) < 0 ||
        db_copy_begin(c, COPY_STAGE, &im->copy)) {
        import_free(im);
        return -1;
    }
    *out = im;
    return 0;
}

void import_free(struct import *im)
{
    if (!im)
        return;
    db_copy_abort(im->copy);
    buf_fini(&im->line);
    arena_free(im->mem);
}

static void note_author(struct import *im, const struct event *ev)
{
    const struct event_author *a = &ev->author;
    struct text who = a->id.len ? a->id : a->name;

    if (!who.len || ev->direction == DIRECTION_OUT || key_map_find(&im->people, 0, who) != NO_INDEX)
        return;
    (void)key_map_put(&im->people, 0, arena_text(im->mem, who));
}

static bool is_said(const struct event *ev)
{
    return ev->kind == EVENT_MESSAGE || ev->kind == EVENT_POST || ev->kind == EVENT_UNSUPPORTED;
}

/* Files without seconds put many messages into one instant, in an order that their ids don't tell: a microsecond each
 * keeps it. */
static time_us in_order(struct import *im, const struct event *ev, time_us base)
{
    struct strand_message now = { .sent_at = base, .external_id = ev->id }, before;
    size_t known = im->orders.count, at;
    struct order *last;

    if (!is_said(ev))
        return base;
    at = key_map_find(&im->orders, 0, ev->thread.id);
    if (at == NO_INDEX) {
        at = key_map_put(&im->orders, 0, arena_text(im->mem, ev->thread.id));
        if (known == im->last_room) {
            struct order *wider = arena_array(im->mem, struct order, known ? known * 2 : 32);

            if (known)
                memcpy(wider, im->last, known * sizeof *wider);
            im->last = wider;
            im->last_room = known ? known * 2 : 32;
        }
        im->last[at] = (struct order) { .base = TIME_NONE };
    }
    last = &im->last[at];
    if (last->base == base) {
        before = (struct strand_message) { .sent_at = last->at, .external_id = { last->id, last->id_len } };
        now.sent_at = last->at;
        if (strand_order(&before, &now) > 0)
            now.sent_at++;
    }
    last->id_len = ev->id.len < sizeof last->id ? ev->id.len : sizeof last->id;
    if (last->id_len)
        memcpy(last->id, ev->id.ptr, last->id_len);
    last->base = base;
    last->at = now.sent_at;
    return now.sent_at;
}

int import_add(struct import *im, const struct event *ev)
{
    struct text absent = { NULL, 0 }, line;
    struct text file = ev->attachment_count ? ev->attachments[0].name : absent;
    time_us at = ev->sent_at == TIME_NONE ? clock_now() : ev->sent_at;
    bool aligns = im->aligns && ev->kind == EVENT_MESSAGE;
    struct arena_mark mark = arena_mark(im->c->mem);
    int rc;

    buf_reset(&im->line);
    event_write(ev, &im->line);
    if (im->line.failed || !im->line.len)
        return fail(&im->c->fail, FAIL_TOO_LARGE, "message %lld is too large", (long long)im->rows + 1);
    if (is_said(ev))
        im->summary.read++;
    else
        im->summary.changes++;
    note_author(im, ev);
    line = ingest_clean(im->c->mem, (struct text) { im->line.ptr, im->line.len - 1 });
    rc = db_copy_row(im->copy,
                     IN(IN_I64(++im->rows), IN_TEXT(text_or_empty(ingest_clean(im->c->mem, ev->thread.id))),
                        IN_TIME(in_order(im, ev, at)), IN_I16((int16_t)ev->direction),
                        IN_TEXT(aligns ? text_or_empty(ingest_clean(im->c->mem, ev->text)) : absent),
                        IN_TEXT(aligns ? ingest_clean_json(im->c->mem, ev->detail) : absent),
                        IN_TEXT(aligns ? ingest_clean(im->c->mem, file) : absent), IN_TEXT(line)));
    arena_rewind(im->c->mem, mark);
    if (im->summary.first_at == TIME_NONE || at < im->summary.first_at)
        im->summary.first_at = at;
    if (im->summary.last_at == TIME_NONE || at > im->summary.last_at)
        im->summary.last_at = at;
    return rc;
}

/* ---- pages ---- */

struct page {
    struct import *im;
    struct ingest_item *items;
    size_t count;
    int64_t n;
    time_us at;
    struct text line;
};

static void redirect(const struct import *im, struct event *ev)
{
    size_t at = im->renamed.count ? key_map_find(&im->renamed, 0, ev->thread.id) : NO_INDEX;

    if (at == NO_INDEX)
        return;
    const struct renamed *r = &im->renames[at];
    ev->thread.id = r->external_id;
    if (r->author_id.len && ev->direction == DIRECTION_IN) {
        /* The person under their old name here; the phone's new one is not told by a platform. */
        ev->author = (struct event_author) { .name = r->author_id };
    }
}

static int take_line(void *arg)
{
    struct page *p = arg;
    struct import *im = p->im;
    struct ingest_item *item = &p->items[p->count];

    *item = (struct ingest_item) { .channel_id = im->options.channel_id, .received_at = im->now, .is_backfill = true };
    if (event_read(p->line, im->c->mem, &item->event, &im->c->fail))
        return -1;
    redirect(im, &item->event);
    item->event.sent_at = p->at - (int64_t)im->summary.shift_minutes * 60 * US_PER_S;
    p->count++;
    return 0;
}

static void note_result(struct import *im, const struct ingest_result *r)
{
    im->summary.fresh += r->messages_new;
    im->summary.skipped += r->forgotten;
    im->summary.edited += r->edits;
    im->summary.deleted += r->deletes;
    for (size_t i = 0; i < r->thread_count && i < INGEST_MAX_THREADS; i++)
        (void)key_map_put(&im->threads, r->threads[i], TEXT("t"));
}

static int merge_page(struct import *im, int64_t after)
{
    struct ctx *c = im->c;
    struct ingest_result result = { 0 };
    struct batch b = {
        .c = c, .out = &result, .deferral = &im->deferral, .gap_us = im->gap_us, .archive_id = im->options.archive_id
    };
    struct arena_mark mark = arena_mark(c->mem);
    struct page p = { .im = im, .items = arena_array(c->mem, struct ingest_item, PAGE_ROWS) };

    if (db_each(c, SQL_IMPORT_PAGE, IN(IN_I64(after), IN_I64(after + PAGE_ROWS)),
                OUT(OUT_I64(&p.n), OUT_TIME(&p.at), OUT_TEXT(&p.line)), take_line, &p) ||
        ingest_run(&b, p.items, p.count))
        return -1;
    for (size_t i = 0; i < p.count; i++)
        im->summary.skipped += is_said(&p.items[i].event) && !p.items[i].event.thread.present;
    note_result(im, &result);
    arena_rewind(c->mem, mark);
    return 0;
}

static int report(struct import *im)
{
    size_t n = im->threads.count;
    int64_t *ids = arena_array(im->c->mem, int64_t, n);
    struct import_summary *s = &im->summary;

    for (size_t i = 0; i < n; i++)
        ids[i] = im->threads.keys[i].scope;
    s->people = (int64_t)im->people.count;
    s->known = s->read - s->fresh - s->skipped;
    return db_one(im->c, SQL_IMPORT_OUTCOME,
                  IN(IN_I64(im->c->who.business), IN_I64S(ids, n), IN_TIME(s->first_at), IN_TIME(s->last_at)),
                  OUT(OUT_I64(&s->conversations), OUT_I64(&s->unanswered))) == 1
               ? 0
               : -1;
}

int import_merge(struct import *im, void (*tick)(int64_t done, int64_t total, void *arg), void *arg,
                 struct import_summary *out)
{
    struct ctx *c = im->c;
    struct db_copy *copy = im->copy;

    im->copy = NULL;
    im->now = clock_now();
    if (db_copy_end(copy) < 0 || ingest_gap(c, &im->gap_us) || db_do(c, SQL_IMPORT_INDEX_STAGE, NO_IN) < 0 ||
        db_do(c, SQL_IMPORT_ANALYZE_STAGE, NO_IN) < 0 || lock_for_merge(im) || (im->aligns && import_align(im)))
        return -1;
    if (im->aligns && im->options.archive_id &&
        db_do(c, SQL_IMPORT_TOLD, IN(IN_I64(c->who.business), IN_I64(im->options.archive_id))) < 0)
        return -1;
    for (int64_t done = 0; done < im->rows; done += PAGE_ROWS) {
        if (merge_page(im, done))
            return -1;
        if (tick)
            tick(done + PAGE_ROWS < im->rows ? done + PAGE_ROWS : im->rows, im->rows, arg);
    }
    if (ingest_finish(c, im->gap_us, &im->deferral) || report(im))
        return -1;
    *out = im->summary;
    return 0;
}

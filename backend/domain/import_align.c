/* Two exports of one chat laid on each other (exports.md 8.2): what is the same, by how much the whole is shifted, and
 * what became of known messages at their source. */
#include "import_priv.h"

#include <stdlib.h>

#define RENAMES_MAX 256

struct mapped {
    struct import *im;
    struct text thread, external_id, author_id, author_name;
    int16_t type;
};

static int take_mapped(void *arg)
{
    struct mapped *m = arg;
    struct import *im = m->im;

    if (im->renamed.count == RENAMES_MAX)
        return 0;
    size_t at = key_map_put(&im->renamed, 0, arena_text(im->mem, m->thread));
    im->renames[at] = (struct renamed) { arena_text(im->mem, m->external_id), { NULL, 0 } };
    if (m->type == THREAD_DIRECT && m->author_id.len)
        im->renames[at].author_id = arena_text(im->mem, m->author_id);
    return 0;
}

static int map_threads(struct import *im)
{
    struct ctx *c = im->c;
    struct mapped m = { .im = im };
    const struct db_in both[] = { IN_I64(c->who.business), IN_I64(im->options.channel_id) };
    const struct db_ins in = { both, 2 };

    key_map_init(&im->renamed, im->mem);
    im->renames = arena_array(im->mem, struct renamed, RENAMES_MAX);
    if (db_do(c, SQL_IMPORT_MAKE_STORED, NO_IN) < 0 || db_do(c, SQL_IMPORT_MAKE_STAGED, NO_IN) < 0 ||
        db_do(c, SQL_IMPORT_FILL_STAGED, NO_IN) < 0 || db_do(c, SQL_IMPORT_FILL_STORED, in) < 0 ||
        db_do(c, SQL_IMPORT_ANALYZE_SETS, NO_IN) < 0 || db_do(c, SQL_IMPORT_MAP_THREADS, in) < 0 ||
        db_do(c, SQL_IMPORT_GUESS_THREADS, NO_IN) < 0)
        return -1;
    return db_each(c, SQL_IMPORT_MAPPED_THREADS, IN(IN_I64(c->who.business)),
                   OUT(OUT_TEXT(&m.thread), OUT_TEXT(&m.external_id), OUT_I16(&m.type), OUT_TEXT(&m.author_id),
                       OUT_TEXT(&m.author_name)),
                   take_mapped, &m);
}

static int match(struct import *im)
{
    struct ctx *c = im->c;
    int32_t off = 0;
    int rc = db_one(c, SQL_IMPORT_FIND_SHIFT, NO_IN, OUT(OUT_I32(&off)));

    if (rc < 0)
        return -1;
    im->summary.shift_minutes = rc == 1 ? off : 0;
    if (im->summary.shift_minutes && db_do(c, SQL_IMPORT_SHIFT, IN(IN_I32(off))) < 0)
        return -1;
    return db_do(c, SQL_IMPORT_MATCH_MINUTES, NO_IN) < 0 || db_do(c, SQL_IMPORT_MATCH_LIVE, NO_IN) < 0 ||
                   db_do(c, SQL_IMPORT_MATCH_CHANGED, NO_IN) < 0 || db_do(c, SQL_IMPORT_MARK, NO_IN) < 0
               ? -1
               : 0;
}

/* ---- what became of known messages ---- */

struct deed {
    struct import *im;
    struct ingest_item *edits;
    size_t edit_count, edit_room;
    int16_t kind;
    int64_t message;
    struct text external_id, line;
};

static int note_source(struct import *im, int64_t message, struct text what)
{
    return db_do(im->c, SQL_IMPORT_NOTE_SOURCE, IN(IN_I64(im->c->who.business), IN_I64(message), IN_TEXT(what))) < 0
               ? -1
               : 0;
}

static void add_edit(struct deed *d, const struct event *ev)
{
    struct ingest_item *item;

    if (d->edit_count == d->edit_room) {
        size_t room = d->edit_room ? d->edit_room * 2 : 32;
        struct ingest_item *wider = arena_array(d->im->c->mem, struct ingest_item, room);

        if (d->edit_count)
            memcpy(wider, d->edits, d->edit_count * sizeof *wider);
        d->edits = wider;
        d->edit_room = room;
    }
    item = &d->edits[d->edit_count++];
    *item = (struct ingest_item) {
        .event = *ev, .channel_id = d->im->options.channel_id, .received_at = d->im->now, .is_backfill = true
    };
    item->event.kind = EVENT_EDIT;
    item->event.target = d->external_id;
    item->event.id = (struct text) { NULL, 0 };
    /* When it was edited, nobody tells; it was before this file was made. */
    item->event.sent_at = d->im->now;
}

/* Rows of one query can't run others: they are kept until it is through. */
struct deeds {
    struct deed now;
    struct deed_row {
        int16_t kind;
        int64_t message;
        struct text external_id, line;
    } * all;
    size_t count, room;
};

static int take_deed(void *arg)
{
    struct deeds *d = arg;

    if (d->count == d->room) {
        size_t room = d->room ? d->room * 2 : 64;
        struct deed_row *wider = arena_array(d->now.im->c->mem, struct deed_row, room);

        if (d->count)
            memcpy(wider, d->all, d->count * sizeof *wider);
        d->all = wider;
        d->room = room;
    }
    d->all[d->count++] = (struct deed_row) { d->now.kind, d->now.message, d->now.external_id, d->now.line };
    return 0;
}

static int do_deed(struct deed *d)
{
    struct import *im = d->im;
    struct ctx *c = im->c;
    struct event ev;

    if (d->kind == 2) {
        im->summary.deleted++;
        return note_source(im, d->message, TEXT("{\"deleted\":true}"));
    }
    if (event_read(d->line, c->mem, &ev, &c->fail))
        return -1;
    if (d->kind == 1) {
        add_edit(d, &ev);
        return note_source(im, d->message, TEXT("{\"edited\":true}"));
    }
    if (!ev.attachment_count)
        return 0;
    im->summary.edited++;
    return db_do(c, SQL_IMPORT_GIVE_MEDIA,
                 IN(IN_I64(c->who.business), IN_I64(d->message), IN_TEXT(text_or_empty(ev.text)),
                    IN_I16((int16_t)ev.attachments[0].type), IN_TEXT(text_or_empty(ev.attachments[0].name)),
                    IN_TEXT(text_or_empty(ev.attachments[0].ref)))) < 0
               ? -1
               : 0;
}

static int do_deeds(struct import *im)
{
    struct ctx *c = im->c;
    struct deeds all = { .now = { .im = im } };
    struct deed *d = &all.now;
    struct ingest_result result = { 0 };
    struct batch b = { .c = c, .out = &result, .deferral = &im->deferral, .gap_us = im->gap_us };

    if (db_each(c, SQL_IMPORT_DEEDS, IN(IN_I64(c->who.business)),
                OUT(OUT_I16(&d->kind), OUT_I64(&d->message), OUT_TEXT(&d->external_id), OUT_TEXT(&d->line)), take_deed,
                &all))
        return -1;
    for (size_t i = 0; i < all.count; i++) {
        d->kind = all.all[i].kind;
        d->message = all.all[i].message;
        d->external_id = all.all[i].external_id;
        d->line = all.all[i].line;
        if (do_deed(d))
            return -1;
    }
    if (ingest_run(&b, d->edits, d->edit_count))
        return -1;
    im->summary.edited += result.edits;
    return 0;
}

int import_align(struct import *im)
{
    struct arena_mark mark = arena_mark(im->c->mem);

    if (map_threads(im) || match(im) || do_deeds(im))
        return -1;
    arena_rewind(im->c->mem, mark);
    return 0;
}

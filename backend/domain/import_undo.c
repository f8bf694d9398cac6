/* An imported file taken back: exactly what it brought goes. */
#include "domain/import.h"

#include "domain/archive.h"
#include "domain/audit.h"
#include "ingest_priv.h"

#include "util/json_out.h"

struct undoing {
    struct ctx *c;
    int64_t archive;
    struct import_undone done;
    struct refresh one, *threads;
    size_t thread_count, thread_room;
    int64_t contact, *contacts;
    size_t contact_count, contact_room;
};

static void *wider(struct arena *mem, const void *old, size_t count, size_t *room, size_t item)
{
    void *fresh;

    *room = *room ? *room * 2 : 64;
    fresh = arena_alloc(mem, arena_size_of_array(item, *room));
    if (count)
        memcpy(fresh, old, count * item);
    return fresh;
}

static int take_thread(void *arg)
{
    struct undoing *u = arg;

    if (u->thread_count == u->thread_room)
        u->threads = wider(u->c->mem, u->threads, u->thread_count, &u->thread_room, sizeof *u->threads);
    u->one.to = TIME_LAST;
    u->threads[u->thread_count++] = u->one;
    return 0;
}

static int take_contact(void *arg)
{
    struct undoing *u = arg;

    if (u->contact_count == u->contact_room)
        u->contacts = wider(u->c->mem, u->contacts, u->contact_count, &u->contact_room, sizeof *u->contacts);
    u->contacts[u->contact_count++] = u->contact;
    return 0;
}

static int lock(struct undoing *u)
{
    struct ctx *c = u->c;
    int16_t state = 0;
    int rc;

    if (db_do(c, SQL_IMPORT_LOCK, IN(IN_I64(c->who.business))) < 0 || ingest_lock(c))
        return -1;
    rc = db_one(c, SQL_UNDO_LOCK, IN(IN_I64(c->who.business), IN_I64(u->archive)), OUT(OUT_I16(&state)));
    if (rc <= 0)
        return rc < 0 ? -1 : fail(&c->fail, FAIL_NOT_FOUND, "no archive %lld", (long long)u->archive);
    if (state != ARCHIVE_DONE && state != ARCHIVE_UNDOING)
        return fail(&c->fail, FAIL_CONFLICT, "archive %lld is not imported", (long long)u->archive);
    return 0;
}

static int remove_rows(struct undoing *u)
{
    struct ctx *c = u->c;
    const struct db_in both[] = { IN_I64(c->who.business), IN_I64(u->archive) };
    const struct db_ins in = { both, 2 };

    if ((u->done.kept = db_do(c, SQL_UNDO_BEQUEATH, in)) < 0 || db_do(c, SQL_UNDO_FORGET_TOLD, in) < 0 ||
        db_do(c, SQL_UNDO_MAKE_GONE, NO_IN) < 0 ||
        db_one(c, SQL_UNDO_MESSAGES, in, OUT(OUT_I64(&u->done.messages))) != 1 || db_do(c, SQL_UNDO_THREADS, in) < 0)
        return -1;
    return db_each(c, SQL_UNDO_REMAINING, IN(IN_I64(c->who.business)), OUT(OUT_I64(&u->one.thread_id), OUT_TIME(&u->one.from)),
                   take_thread, u);
}

/* One strand at a time: memory then does not grow with the file. */
static int reckon_again(struct undoing *u)
{
    struct ctx *c = u->c;
    int64_t gap_us;

    if (ingest_gap(c, &gap_us))
        return -1;
    for (size_t i = 0; i < u->thread_count; i++) {
        struct arena_mark mark = arena_mark(c->mem);

        if (ingest_refresh(c, gap_us, &u->threads[i], 1, NULL, 0, false))
            return -1;
        arena_rewind(c->mem, mark);
    }
    return 0;
}

static int remove_people(struct undoing *u)
{
    struct ctx *c = u->c;
    int64_t n;

    if (db_each(c, SQL_UNDO_PEOPLE, IN(IN_I64(c->who.business), IN_I64(u->archive)), OUT(OUT_I64(&u->contact)), take_contact, u))
        return -1;
    if (!u->contact_count)
        return 0;
    n = db_do(c, SQL_UNDO_CONTACTS,
              IN(IN_I64(c->who.business), IN_I64(u->archive), IN_I64S(u->contacts, u->contact_count)));
    u->done.people = n;
    return n < 0 ? -1 : 0;
}

static int run(struct ctx *c, void *arg)
{
    struct undoing *u = arg;

    *u = (struct undoing) { .c = c, .archive = u->archive };
    if (lock(u) || remove_rows(u) || reckon_again(u) || remove_people(u) ||
        db_do(c, SQL_UNDO_DONE,
              IN(IN_I64(c->who.business), IN_I64(u->archive), IN_I64(u->done.messages), IN_I64(u->done.kept))) < 0)
        return -1;
    return audit_add(c, "archive.undo", arena_printf(c->mem, "archive:%lld", (long long)u->archive),
                     (struct text) { NULL, 0 });
}

int import_undo(struct ctx *c, int64_t archive, struct import_undone *out)
{
    struct undoing u = { .archive = archive };

    if (db_tx(c, run, &u))
        return -1;
    *out = u.done;
    return 0;
}

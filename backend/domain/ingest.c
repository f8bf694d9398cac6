/* One batch of events into rows: collect, find what is there, write what is new, then apply what changes the old. */
#include "ingest_priv.h"

#include "db/jobq.h"
#include "domain/needs_reply.h"

#include <jansson.h>
#include <stdlib.h>

int ingest_lock(struct ctx *c)
{
    return db_do(c, SQL_INGEST_LOCK, IN(IN_I64(c->who.business))) < 0 ? -1 : 0;
}

int ingest_try_lock(struct ctx *c)
{
    return db_one(c, SQL_INGEST_TRY_LOCK, IN(IN_I64(c->who.business)), OUT(OUT_SKIP));
}

struct deferred *ingest_deferred(struct deferral *d, int64_t thread_id)
{
    for (size_t i = 0; d && i < d->count; i++)
        if (d->all[i].thread_id == thread_id)
            return &d->all[i];
    return NULL;
}

static void defer(struct deferral *d, int64_t thread_id, time_us at)
{
    struct deferred *known = ingest_deferred(d, thread_id);

    if (known) {
        known->from = at < known->from ? at : known->from;
        known->to = at > known->to ? at : known->to;
        return;
    }
    if (d->count == d->room) {
        size_t room = d->room ? d->room * 2 : 32;
        struct deferred *wider = arena_array(d->mem, struct deferred, room);

        if (d->count)
            memcpy(wider, d->all, d->count * sizeof *wider);
        d->all = wider;
        d->room = room;
    }
    d->all[d->count++] = (struct deferred) { .thread_id = thread_id, .from = at, .to = at };
}

void ingest_mark_late(struct batch *b, int64_t thread_id, time_us at)
{
    if (b->deferral) {
        defer(b->deferral, thread_id, at);
        return;
    }
    for (size_t i = 0; i < b->late_count; i++) {
        if (b->late[i].thread_id != thread_id)
            continue;
        if (at < b->late[i].from)
            b->late[i].from = at;
        if (at > b->late[i].to)
            b->late[i].to = at;
        return;
    }
    if (b->late_count == b->late_room) {
        size_t room = b->late_room ? b->late_room * 2 : 32;
        struct refresh *wider = arena_array(b->c->mem, struct refresh, room);

        if (b->late_count)
            memcpy(wider, b->late, b->late_count * sizeof *wider);
        b->late = wider;
        b->late_room = room;
    }
    b->late[b->late_count++] = (struct refresh) { thread_id, at, at };
}

/* ---- collecting ---- */

static bool is_kept_message(const struct event *ev)
{
    return (ev->kind == EVENT_MESSAGE || ev->kind == EVENT_POST || ev->kind == EVENT_UNSUPPORTED) && ev->id.len &&
           ev->id.len <= ID_BYTES && ev->thread.present && ev->thread.id.len && ev->thread.id.len <= ID_BYTES;
}

static void note_owner(struct batch *b, const struct incoming *in)
{
    struct thread_row *t = &b->threads[in->thread];
    const struct event *ev = &in->item->event;

    if (in->author == NO_INDEX || in->m.direction != DIRECTION_IN || in->m.sender_kind != SENDER_CUSTOMER)
        return;
    if (t->type == THREAD_DIRECT || (t->type == THREAD_COMMENT && text_equal(ev->id, ev->thread.id)))
        t->owner = in->author;
}

static void judge(struct incoming *in, enum thread_type thread)
{
    const struct event *ev = &in->item->event;
    struct strand_message *m = &in->m;

    if (strand_is_customer(m))
        m->reply_class =
            (uint8_t)needs_reply_judge(in->words, ev->attachment_count > 0,
                                       ev->attachment_count ? ev->attachments[0].type : ATTACHMENT_FILE, thread);
}

static void fill_message(struct batch *b, struct incoming *in)
{
    const struct event *ev = &in->item->event;
    struct arena *mem = b->c->mem;
    time_us received = in->item->received_at == TIME_NONE ? b->now : in->item->received_at;

    in->reply_to = ev->reply_to.len ? ingest_clean(mem, ev->reply_to) : (struct text) { NULL, 0 };
    in->words = text_or_empty(ingest_clean(mem, ev->text));
    in->entities = ingest_clean_json(mem, ev->entities);
    in->detail = ingest_clean_json(mem, ev->detail);
    in->m = (struct strand_message) {
        .sent_at = ev->sent_at == TIME_NONE ? received : ev->sent_at,
        .received_at = received,
        .external_id = in->external_id,
        .person_id = in->item->person_id,
        .direction = (uint8_t)ev->direction,
        .sender_kind = (uint8_t)ev->sender_kind,
        .device = (uint8_t)ev->device,
        .is_post = ev->kind == EVENT_POST,
        .is_backfill = in->item->is_backfill,
        .deleted_at = TIME_NONE,
        .text = in->words,
    };
    in->person_id = in->item->person_id;
    judge(in, ev->thread.type);
}

/* The same message twice in a batch: what the second knows of its sender counts. */
static void fold_repeat(struct incoming *in, const struct ingest_item *item)
{
    if (!item->person_id || in->person_id)
        return;
    in->person_id = in->m.person_id = item->person_id;
    in->m.device = DEVICE_PANEL;
    in->m.sender_kind = SENDER_AGENT;
}

static void collect_message(struct batch *b, const struct ingest_item *item)
{
    struct text id = ingest_clean(b->c->mem, item->event.id);
    size_t before = b->message_keys.count, at = key_map_put(&b->message_keys, item->channel_id, id);
    struct incoming *in = &b->messages[at];

    if (at != before) {
        b->out->messages_known++;
        fold_repeat(in, item);
        return;
    }
    *in = (struct incoming) { .item = item, .external_id = id, .parent = NO_INDEX, .author = NO_INDEX };
    fill_message(b, in);
    in->thread = ingest_note_thread(b, item->channel_id, &item->event.thread, item->event.thread.id);
    if (item->event.thread.parent.len)
        in->parent = ingest_note_thread(b, item->channel_id, &item->event.thread, item->event.thread.parent);
    if (in->m.direction == DIRECTION_IN || in->m.direction == DIRECTION_UNKNOWN)
        in->author = ingest_note_person(b, item);
    b->message_count++;
}

static void collect(struct batch *b, const struct ingest_item *items, size_t count)
{
    struct arena *mem = b->c->mem;

    key_map_init(&b->thread_keys, mem);
    key_map_init(&b->person_keys, mem);
    key_map_init(&b->message_keys, mem);
    b->messages = arena_array(mem, struct incoming, count);
    b->changes = arena_array(mem, const struct ingest_item *, count);
    for (size_t i = 0; i < count; i++) {
        const struct event *ev = &items[i].event;

        if (ingest_is_numbers_only(b, ev)) {
            b->out->statuses++;
        } else if (is_kept_message(ev)) {
            b->out->unsupported += ev->kind == EVENT_UNSUPPORTED;
            collect_message(b, &items[i]);
        } else if (ev->kind == EVENT_MESSAGE || ev->kind == EVENT_POST || ev->kind == EVENT_UNSUPPORTED ||
                   ev->kind == EVENT_ACCOUNT) {
            b->out->unsupported++;
        } else {
            if (ev->kind == EVENT_PROFILE)
                (void)ingest_note_person(b, &items[i]);
            b->changes[b->change_count++] = &items[i];
        }
    }
}

/* An answer below a comment names the comment's thread where we have one; in a plain group it is just an answer. */
static void choose_threads(struct batch *b)
{
    for (size_t i = 0; i < b->message_count; i++) {
        struct incoming *in = &b->messages[i];

        if (in->parent != NO_INDEX && b->threads[in->parent].id && b->threads[in->parent].type == THREAD_COMMENT)
            in->thread = in->parent;
        if (in->is_known)
            continue;
        b->threads[in->thread].is_wanted = true;
        note_owner(b, in);
    }
}

/* ---- what is there already ---- */

struct found_message {
    struct batch *b;
    int64_t n, id, thread_id, person_id, archive_id;
    time_us sent_at;
    int64_t *told;             /* known ones that a file had brought, and another source tells now */
    size_t told_count;
};

static int take_known(void *arg)
{
    struct found_message *f = arg;
    struct batch *b = f->b;
    struct incoming *in = &b->messages[f->n - 1];

    in->is_known = true;
    in->m.id = f->id;
    b->out->messages_known++;
    if (f->archive_id && f->archive_id != b->archive_id)
        f->told[f->told_count++] = f->id;
    if (in->person_id && !f->person_id) {
        b->claimed_ids[b->claim_count] = f->id;
        b->claimed_people[b->claim_count++] = in->person_id;
        ingest_mark_late(b, f->thread_id, f->sent_at);
    }
    return 0;
}

/* Taking back the file must leave these. */
static int note_told(struct batch *b, const struct found_message *f)
{
    if (!f->told_count)
        return 0;
    if (b->archive_id)
        return db_do(b->c, SQL_INGEST_TOLD_AGAIN,
                     IN(IN_I64(b->c->who.business), IN_I64(b->archive_id), IN_I64S(f->told, f->told_count))) < 0 ? -1 : 0;
    return db_do(b->c, SQL_INGEST_TOLD_LIVE, IN(IN_I64(b->c->who.business), IN_I64S(f->told, f->told_count))) < 0 ? -1 : 0;
}

static int find_known(struct batch *b)
{
    size_t n = b->message_count;
    int64_t *channels = arena_array(b->c->mem, int64_t, n);
    struct text *ids = arena_array(b->c->mem, struct text, n);
    struct found_message f = { .b = b };

    if (!n)
        return 0;
    f.told = arena_array(b->c->mem, int64_t, n);
    b->claimed_ids = arena_array(b->c->mem, int64_t, n);
    b->claimed_people = arena_array(b->c->mem, int64_t, n);
    for (size_t i = 0; i < n; i++) {
        channels[i] = b->messages[i].item->channel_id;
        ids[i] = b->messages[i].external_id;
    }
    if (db_each(b->c, SQL_INGEST_KNOWN, IN(IN_I64(b->c->who.business), IN_I64S(channels, n), IN_TEXTS(ids, n)),
                OUT(OUT_I64(&f.n), OUT_I64(&f.id), OUT_I64(&f.thread_id), OUT_TIME(&f.sent_at), OUT_I64(&f.person_id),
                    OUT_I64(&f.archive_id)),
                take_known, &f) ||
        note_told(b, &f))
        return -1;
    if (!b->claim_count)
        return 0;
    return db_do(b->c, SQL_INGEST_CLAIM_SENT,
                 IN(IN_I64(b->c->who.business), IN_I64S(b->claimed_ids, b->claim_count),
                    IN_I64S(b->claimed_people, b->claim_count))) < 0
               ? -1
               : 0;
}

/* ---- after the rows are there ---- */

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return a < b ? -1 : a > b;
}

static int refresh_late(struct batch *b)
{
    int64_t *provisional = arena_array(b->c->mem, int64_t, b->message_count);
    size_t n = 0;

    for (size_t i = 0; i < b->message_count; i++)
        if (!b->messages[i].is_known && b->threads[b->messages[i].thread].is_late)
            provisional[n++] = b->messages[i].m.id;
    if (n)
        qsort(provisional, n, sizeof *provisional, by_number);
    return ingest_refresh(b->c, b->gap_us, b->late, b->late_count, provisional, n, false);
}

static int queue_media(struct batch *b)
{
    struct buf out = BUF_INIT(1 << 20);
    int rc;

    if (!b->media_count)
        return 0;
    buf_str(&out, "{\"messages\":[");
    for (size_t i = 0; i < b->media_count; i++)
        buf_printf(&out, "%s\"%lld\"", i ? "," : "", (long long)b->media[i]);
    buf_str(&out, "]}");
    rc = jobq_add(b->c, JOB_MEDIA, TEXT(""), buf_as_text(&out), TIME_NONE);
    buf_fini(&out);
    return rc;
}

static void note_thread(struct ingest_result *out, int64_t id)
{
    size_t shown = out->thread_count < INGEST_MAX_THREADS ? out->thread_count : INGEST_MAX_THREADS;

    for (size_t i = 0; i < shown; i++)
        if (out->threads[i] == id)
            return;
    if (out->thread_count < INGEST_MAX_THREADS)
        out->threads[out->thread_count] = id;
    out->thread_count = out->thread_count < INGEST_MAX_THREADS ? out->thread_count + 1 : INGEST_MAX_THREADS + 1;
}

static void report(struct batch *b)
{
    for (size_t i = 0; i < b->message_count; i++)
        b->out->messages_new += !b->messages[i].is_known;
    for (size_t i = 0; i < b->thread_keys.count; i++)
        if (b->threads[i].incoming_count)
            note_thread(b->out, b->threads[i].id);
    for (size_t i = 0; i < b->late_count; i++)
        note_thread(b->out, b->late[i].thread_id);
}

int ingest_run(struct batch *b, const struct ingest_item *items, size_t count)
{
    if (!count)
        return 0;
    b->now = clock_now();
    if (ingest_leave_erased(b, &items, &count))
        return -1;
    if (!count)
        return 0;
    collect(b, items, count);
    if (ingest_find_threads(b) || find_known(b))
        return -1;
    choose_threads(b);
    if (ingest_find_people(b) || ingest_store_people(b) || ingest_store_threads(b) || ingest_place(b) ||
        ingest_apply_changes(b) || ingest_take_posts(b, items, count) || ingest_follow_posts(b, items, count) ||
        refresh_late(b) || queue_media(b))
        return -1;
    report(b);
    return 0;
}

int ingest_finish(struct ctx *c, int64_t gap_us, struct deferral *d)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct refresh one = { d->all[i].thread_id, d->all[i].from, d->all[i].to };
        struct arena_mark mark = arena_mark(c->mem);

        if (ingest_refresh(c, gap_us, &one, 1, NULL, 0, false))
            return -1;
        arena_rewind(c->mem, mark);
    }
    return 0;
}

int ingest_gap(struct ctx *c, int64_t *gap_us)
{
    int rc = db_one(c, SQL_INGEST_GAP, IN(IN_I64(c->who.business)), OUT(OUT_I64(gap_us)));

    return rc < 0 ? -1 : rc == 1 ? 0 : fail(&c->fail, FAIL_NOT_FOUND, "no such business");
}

int ingest_events(struct ctx *c, const struct ingest_item *items, size_t count, struct ingest_result *out)
{
    struct batch b = { .c = c, .out = out };

    return ingest_gap(c, &b.gap_us) || ingest_run(&b, items, count) ? -1 : 0;
}

/* Fresh messages into episodes: the quick way for threads where all of them come after what is stored. Others are
 * stored in the head for the moment and sorted in by ingest_refresh. */
#include "ingest_priv.h"

#include <assert.h>
#include <stdlib.h>

struct placing {
    struct batch *b;
    struct incoming **order; /* fresh messages, by thread, then in order */
    size_t count;
    struct strand *strands; /* one a thread with fresh messages, by thread index */
    struct conversation_row *added, *changed;
    size_t added_count, changed_count;
    struct wait_row *waits;
    size_t wait_count;
    int64_t *dropped; /* waits that imported history has answered */
    size_t drop_count;
};

static int by_thread_then_order(const void *left, const void *right)
{
    const struct incoming *a = *(struct incoming *const *)left, *b = *(struct incoming *const *)right;

    if (a->thread != b->thread)
        return a->thread < b->thread ? -1 : 1;
    return strand_order(&a->m, &b->m);
}

static void sort_fresh(struct placing *p)
{
    struct batch *b = p->b;

    p->order = arena_array(b->c->mem, struct incoming *, b->message_count);
    for (size_t i = 0; i < b->message_count; i++)
        if (!b->messages[i].is_known)
            p->order[p->count++] = &b->messages[i];
    if (p->count)
        qsort(p->order, p->count, sizeof *p->order, by_thread_then_order);
    for (size_t i = 0; i < p->count; i++) {
        struct thread_row *t = &b->threads[p->order[i]->thread];

        if (!t->incoming_count++)
            t->first_incoming = i;
    }
}

/* Nothing stored comes after the first fresh one. Ties go by external id. */
static bool is_late(const struct thread_row *t, const struct strand_message *first)
{
    struct strand_message last = { .sent_at = t->tail_at, .external_id = t->tail_external_id };

    return t->has_head && strand_order(first, &last) <= 0;
}

static void begin_strands(struct placing *p)
{
    struct batch *b = p->b;

    p->strands = arena_array(b->c->mem, struct strand, b->thread_keys.count);
    for (size_t i = 0; i < b->thread_keys.count; i++) {
        struct thread_row *t = &b->threads[i];

        if (!t->incoming_count)
            continue;
        const struct strand_message *first = &p->order[t->first_incoming]->m;

        t->is_late = is_late(t, first) || ingest_deferred(b->deferral, t->id);
        if (t->is_late) {
            ingest_mark_late(b, t->id, first->sent_at);
            ingest_mark_late(b, t->id, p->order[t->first_incoming + t->incoming_count - 1]->m.sent_at);
            continue;
        }
        strand_init(&p->strands[i], b->c->mem, b->gap_us);
        if (t->has_head)
            p->strands[i].current = strand_know(&p->strands[i], &t->head);
    }
}

struct found_wait {
    struct placing *p;
    int64_t thread_id;
    size_t thread; /* where the last one was found */
    struct wait w;
};

static int take_wait(void *arg)
{
    struct found_wait *f = arg;
    struct batch *b = f->p->b;

    while (f->thread < b->thread_keys.count &&
           (b->threads[f->thread].id != f->thread_id || !b->threads[f->thread].incoming_count))
        f->thread++;
    if (f->thread == b->thread_keys.count) {
        f->thread = 0;
        while (b->threads[f->thread].id != f->thread_id || !b->threads[f->thread].incoming_count)
            f->thread++;
    }
    const struct thread_row *t = &b->threads[f->thread];

    f->w.episode = f->w.conversation == t->head.conversation ? 0 : EPISODE_ELSEWHERE;
    f->w.end = WAIT_OPEN;
    f->w.ended_at = TIME_NONE;
    /* It is open, so something in it stands, and what people did so far has not ended it. */
    f->w.has_live = true;
    f->w.seen_at = INT64_MAX;
    strand_know_wait(&f->p->strands[f->thread], &f->w);
    return 0;
}

static int load_waits(struct placing *p)
{
    struct batch *b = p->b;
    int64_t *threads = arena_array(b->c->mem, int64_t, b->thread_keys.count);
    struct found_wait f = { .p = p };
    size_t n = 0;

    for (size_t i = 0; i < b->thread_keys.count; i++) {
        const struct thread_row *t = &b->threads[i];

        if (t->incoming_count && !t->is_late && t->wait_since != TIME_NONE)
            threads[n++] = t->id;
    }
    if (!n)
        return 0;
    return db_each(b->c, SQL_INGEST_OPEN_WAITS, IN(IN_I64(b->c->who.business), IN_I64S(threads, n)),
                   OUT(OUT_I64(&f.w.row), OUT_I64(&f.thread_id), OUT_I64(&f.w.conversation), OUT_TIME(&f.w.started_at),
                       OUT_I64(&f.w.started_by), OUT_BOOL(&f.w.is_backfill)),
                   take_wait, &f);
}

static bool wants_scratch(const struct batch *b, const struct thread_row *t)
{
    const struct deferred *d = t->incoming_count && t->is_late ? ingest_deferred(b->deferral, t->id) : NULL;

    return d && !d->scratch;
}

static size_t feed_all(struct placing *p)
{
    struct batch *b = p->b;
    size_t fresh_episodes = 0;

    for (size_t i = 0; i < b->thread_keys.count; i++) {
        struct thread_row *t = &b->threads[i];
        struct strand *s = &p->strands[i];

        fresh_episodes += wants_scratch(b, t);
        if (!t->incoming_count || t->is_late)
            continue;
        for (size_t k = 0; k < t->incoming_count; k++) {
            struct incoming *in = p->order[t->first_incoming + k];

            strand_feed(s, &in->m);
            if (in->person_id)
                s->episodes[in->m.episode].is_touched = true;
            in->wakes = strand_is_customer(&in->m) && !in->m.is_backfill;
        }
        strand_finish(s);
        for (size_t e = 0; e < s->episode_count; e++)
            fresh_episodes += !s->episodes[e].is_stored;
    }
    return fresh_episodes;
}

static bool wakes(const struct placing *p, const struct thread_row *t)
{
    if (!t->head.is_snoozed)
        return false;
    for (size_t k = 0; k < t->incoming_count; k++) {
        const struct incoming *in = p->order[t->first_incoming + k];

        if (in->wakes && in->m.episode == 0)
            return true;
    }
    return false;
}

static void collect_thread(struct placing *p, size_t index, const int64_t *ids, size_t *drawn)
{
    struct batch *b = p->b;
    struct thread_row *t = &b->threads[index];
    struct strand *s = &p->strands[index];

    for (size_t i = 0; i < s->episode_count; i++) {
        struct episode *e = &s->episodes[i];
        struct conversation_row row = { .thread_id = t->id,
                                        .channel_id = t->channel_id,
                                        .contact_id = t->contact_id,
                                        .is_head = i == s->current,
                                        .wait_since = strand_wait_since(s) };

        if (!e->is_stored)
            e->conversation = ids[(*drawn)++];
        else
            row.wakes = wakes(p, t);
        row.e = *e;
        if (e->is_stored)
            p->changed[p->changed_count++] = row;
        else
            p->added[p->added_count++] = row;
    }
    for (size_t i = 0; i < s->wait_count; i++) {
        struct wait *w = &s->waits[i];

        if (w->episode != EPISODE_ELSEWHERE)
            w->conversation = s->episodes[w->episode].conversation;
        if (w->is_changed && store_wants_wait(w))
            p->waits[p->wait_count++] = (struct wait_row) { t->id, *w };
        else if (w->is_changed && w->row)
            p->dropped[p->drop_count++] = w->row;
    }
    for (size_t k = 0; k < t->incoming_count; k++) {
        struct incoming *in = p->order[t->first_incoming + k];

        in->conversation = s->episodes[in->m.episode].conversation;
    }
}

/* Where late messages lie until the thread is computed again. */
static int64_t provisional(struct placing *p, const struct thread_row *t, const int64_t *ids, size_t *drawn)
{
    struct deferred *d = ingest_deferred(p->b->deferral, t->id);
    struct conversation_row row = {
        .thread_id = t->id, .channel_id = t->channel_id, .contact_id = t->contact_id, .wait_since = TIME_NONE
    };

    if (!d)
        return t->head.conversation;
    if (!d->scratch) {
        d->scratch = ids[(*drawn)++];
        episode_init(&row.e);
        row.e.conversation = d->scratch;
        row.e.first_at = row.e.last_at = p->order[t->first_incoming]->m.sent_at;
        p->added[p->added_count++] = row;
    }
    return d->scratch;
}

static void collect(struct placing *p, const int64_t *ids)
{
    struct batch *b = p->b;
    size_t waits = 0, episodes = 0, drawn = 0;

    for (size_t i = 0; i < b->thread_keys.count; i++) {
        waits += p->strands[i].wait_count;
        episodes += p->strands[i].episode_count + wants_scratch(b, &b->threads[i]);
    }
    p->added = arena_array(b->c->mem, struct conversation_row, episodes);
    p->changed = arena_array(b->c->mem, struct conversation_row, episodes);
    p->waits = arena_array(b->c->mem, struct wait_row, waits);
    p->dropped = arena_array(b->c->mem, int64_t, waits);
    for (size_t i = 0; i < b->thread_keys.count; i++) {
        struct thread_row *t = &b->threads[i];

        if (!t->incoming_count)
            continue;
        if (!t->is_late) {
            collect_thread(p, i, ids, &drawn);
            continue;
        }
        int64_t conversation = provisional(p, t, ids, &drawn);

        for (size_t k = 0; k < t->incoming_count; k++)
            p->order[t->first_incoming + k]->conversation = conversation;
    }
}

int ingest_place(struct batch *b)
{
    struct placing p = { .b = b };
    struct draw d = { 0 };

    sort_fresh(&p);
    if (!p.count)
        return 0;
    d.messages = p.count;
    if (store_draw(b->c, &d))
        return -1;
    for (size_t i = 0; i < p.count; i++)
        p.order[i]->m.id = d.ids[i];
    begin_strands(&p);
    if (load_waits(&p))
        return -1;
    d = (struct draw) { .conversations = feed_all(&p) };
    if (d.conversations && store_draw(b->c, &d))
        return -1;
    collect(&p, d.ids);
    /* Heads that are none any more leave first: the inbox shows one row a strand at any moment. */
    return store_set_conversations(b->c, p.changed, p.changed_count) ||
                   store_add_conversations(b->c, p.added, p.added_count) || store_messages(b) ||
                   store_put_waits(b->c, p.waits, p.wait_count) || store_drop_waits(b->c, p.dropped, p.drop_count)
               ? -1
               : 0;
}

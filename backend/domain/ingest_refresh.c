/* Threads computed again from a point on: the messages of a window are read back, run through the same strand as fresh
 * ones, and what came out differently is written. */
#include "ingest_priv.h"

#include "domain/ingest.h"

#include <stdlib.h>

struct stored_conversation {
    int64_t thread_id, id;
    int16_t status;
    bool is_touched, is_head, is_kept;
    time_us resolved_at, spam_at;
    time_us *dismissed;
    size_t dismissed_count;
};

struct stored_wait {
    int64_t row;
    struct wait w;
    bool is_kept;
};

struct window {
    int64_t thread_id, channel_id, contact_id;
    time_us since, before_at;
    time_us until;      /* an episode that nothing here reaches; TIME_NONE: the thread's end */
    time_us settled_at; /* with until: the reply that answers all that could have changed */
    bool before_replied;
    size_t first, count; /* its messages */
};

/* Growing lists of what the window's queries give. */
struct loading {
    struct ctx *c;
    struct window *windows;
    size_t window_count;
    struct stored_conversation *conversations;
    size_t conversation_count, conversation_room;
    struct loaded {
        int64_t thread_id, home;
        struct strand_message m;
        int16_t kind, state;
    } * messages;
    size_t message_count, message_room;
    struct stored_wait *waits;
    size_t wait_count, wait_room;
    struct {
        int64_t conversation, kind;
        time_us at;
    } act;
    int16_t act_kind;
    struct window w;
    struct stored_conversation v;
    struct loaded m;
    struct stored_wait x;
    int16_t direction, sender, device, reply_class, end;
    const int64_t *free_ids;
    size_t free_count;
    bool keep;
};

static void *room_for(struct arena *mem, void *old, size_t count, size_t *room, size_t item)
{
    if (count < *room)
        return old;
    *room = *room ? *room * 2 : 32;
    void *fresh = arena_alloc(mem, arena_size_of_array(item, *room));

    if (count)
        memcpy(fresh, old, count * item);
    return fresh;
}

static int take_window(void *arg)
{
    struct loading *l = arg;

    l->windows[l->window_count++] = l->w;
    return 0;
}

static int take_conversation(void *arg)
{
    struct loading *l = arg;

    l->conversations =
        room_for(l->c->mem, l->conversations, l->conversation_count, &l->conversation_room, sizeof *l->conversations);
    l->v.spam_at = TIME_NONE;
    l->v.is_touched = l->v.is_touched || l->keep;
    l->conversations[l->conversation_count++] = l->v;
    return 0;
}

static int by_conversation(const void *left, const void *right)
{
    const struct stored_conversation *a = left, *b = right;

    return a->id < b->id ? -1 : a->id > b->id;
}

/* Once they are sorted. */
static struct stored_conversation *find_conversation(const struct loading *l, int64_t id)
{
    struct stored_conversation key = { .id = id };

    if (!l->conversation_count)
        return NULL;
    return bsearch(&key, l->conversations, l->conversation_count, sizeof key, by_conversation);
}

static int by_start(const void *left, const void *right)
{
    const struct stored_wait *a = left, *b = right;

    return a->w.started_by < b->w.started_by ? -1 : a->w.started_by > b->w.started_by;
}

static int take_act(void *arg)
{
    struct loading *l = arg;
    struct stored_conversation *v = find_conversation(l, l->act.conversation);

    if (!v)
        return 0;
    if (l->act_kind == 5) {
        v->spam_at = l->act.at;
        return 0;
    }
    time_us *more = arena_array(l->c->mem, time_us, v->dismissed_count + 1);

    if (v->dismissed_count)
        memcpy(more, v->dismissed, v->dismissed_count * sizeof *more);
    more[v->dismissed_count++] = l->act.at;
    v->dismissed = more;
    return 0;
}

static int by_id(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return a < b ? -1 : a > b;
}

static int take_message(void *arg)
{
    struct loading *l = arg;
    struct strand_message *m = &l->m.m;
    bool is_free = l->free_count && bsearch(&m->id, l->free_ids, l->free_count, sizeof m->id, by_id);

    l->messages = room_for(l->c->mem, l->messages, l->message_count, &l->message_room, sizeof *l->messages);
    m->direction = (uint8_t)l->direction;
    m->sender_kind = (uint8_t)l->sender;
    m->device = (uint8_t)l->device;
    m->reply_class = (uint8_t)l->reply_class;
    m->is_failed = l->m.state == 4;
    m->is_post = l->m.kind == 3;
    m->home = is_free ? 0 : l->m.home;
    l->messages[l->message_count++] = l->m;
    return 0;
}

static int take_stored_wait(void *arg)
{
    struct loading *l = arg;

    l->waits = room_for(l->c->mem, l->waits, l->wait_count, &l->wait_room, sizeof *l->waits);
    l->x.w.end = (enum wait_end)l->end;
    l->waits[l->wait_count++] = l->x;
    return 0;
}

static int load_conversations(struct loading *l, const int64_t *threads, const time_us *since, const time_us *until)
{
    struct ctx *c = l->c;
    struct stored_conversation *v = &l->v;
    int64_t business = c->who.business, *ids;

    if (db_each(c, SQL_INGEST_WINDOW_CONVERSATIONS,
                IN(IN_I64(business), IN_I64S(threads, l->window_count), IN_TIMES(since, l->window_count),
                   IN_TIMES(until, l->window_count)),
                OUT(OUT_I64(&v->thread_id), OUT_I64(&v->id), OUT_I16(&v->status), OUT_BOOL(&v->is_touched),
                    OUT_TIME(&v->resolved_at), OUT_BOOL(&v->is_head)),
                take_conversation, l))
        return -1;
    if (l->conversation_count)
        qsort(l->conversations, l->conversation_count, sizeof *l->conversations, by_conversation);
    ids = arena_array(c->mem, int64_t, l->conversation_count);
    for (size_t i = 0; i < l->conversation_count; i++)
        ids[i] = l->conversations[i].id;
    if (db_each(c, SQL_INGEST_WINDOW_ACTS, IN(IN_I64(business), IN_I64S(ids, l->conversation_count)),
                OUT(OUT_I64(&l->act.conversation), OUT_I16(&l->act_kind), OUT_TIME(&l->act.at)), take_act, l))
        return -1;
    return db_each(c, SQL_INGEST_WINDOW_WAITS, IN(IN_I64(business), IN_I64S(ids, l->conversation_count)),
                   OUT(OUT_I64(&l->x.row), OUT_I64(&l->x.w.conversation), OUT_TIME(&l->x.w.started_at),
                       OUT_I64(&l->x.w.started_by), OUT_TIME(&l->x.w.ended_at), OUT_I64(&l->x.w.ended_by),
                       OUT_I64(&l->x.w.agent_id), OUT_I16(&l->end)),
                   take_stored_wait, l);
}

static int load(struct loading *l, const struct refresh *wanted, size_t count)
{
    struct ctx *c = l->c;
    int64_t *threads = arena_array(c->mem, int64_t, count), business = c->who.business;
    time_us *at = arena_array(c->mem, time_us, count), *to = arena_array(c->mem, time_us, count);
    struct strand_message *m = &l->m.m;

    for (size_t i = 0; i < count; i++) {
        threads[i] = wanted[i].thread_id;
        at[i] = wanted[i].from;
        to[i] = wanted[i].to;
    }
    l->windows = arena_array(c->mem, struct window, count);
    if (db_each(c, SQL_INGEST_WINDOW,
                IN(IN_I64(business), IN_I64S(threads, count), IN_TIMES(at, count), IN_TIMES(to, count)),
                OUT(OUT_I64(&l->w.thread_id), OUT_I64(&l->w.channel_id), OUT_I64(&l->w.contact_id),
                    OUT_TIME(&l->w.since), OUT_TIME(&l->w.until), OUT_TIME(&l->w.settled_at), OUT_TIME(&l->w.before_at),
                    OUT_BOOL(&l->w.before_replied)),
                take_window, l))
        return -1;
    for (size_t i = 0; i < l->window_count; i++) {
        threads[i] = l->windows[i].thread_id;
        at[i] = l->windows[i].since;
        to[i] = l->windows[i].until;
    }
    if (load_conversations(l, threads, at, to))
        return -1;
    int64_t *ids = arena_array(c->mem, int64_t, l->conversation_count);

    for (size_t i = 0; i < l->conversation_count; i++)
        ids[i] = l->conversations[i].id;
    return db_each(c, SQL_INGEST_WINDOW_MESSAGES,
                   IN(IN_I64(business), IN_I64S(ids, l->conversation_count), IN_I64S(l->free_ids, l->free_count)),
                   OUT(OUT_I64(&l->m.thread_id), OUT_I64(&m->id), OUT_I64(&l->m.home), OUT_TIME(&m->sent_at),
                       OUT_TIME(&m->received_at), OUT_TEXT(&m->external_id), OUT_I16(&l->m.kind),
                       OUT_I16(&l->direction), OUT_I16(&l->sender), OUT_I16(&l->device), OUT_I16(&l->m.state),
                       OUT_I16(&l->reply_class), OUT_BOOL(&m->needs_reply), OUT_BOOL(&m->is_backfill),
                       OUT_TIME(&m->deleted_at), OUT_I64(&m->person_id), OUT_TEXT(&m->text)),
                   take_message, l);
}

/* Windows and messages both come by thread. */
static void split_messages(struct loading *l)
{
    size_t at = 0;

    for (size_t i = 0; i < l->window_count; i++) {
        struct window *w = &l->windows[i];

        w->first = at;
        while (at < l->message_count && l->messages[at].thread_id == w->thread_id)
            at++;
        w->count = at - w->first;
    }
    if (l->wait_count)
        qsort(l->waits, l->wait_count, sizeof *l->waits, by_start);
}

/* ---- what came out ---- */

struct outcome {
    struct loading *l;
    struct strand *strands; /* one a window */
    struct conversation_row *added, *changed;
    size_t added_count, changed_count;
    struct wait_row *waits;
    size_t wait_count;
    int64_t *moved, *homes, *dropped_waits, *dropped;
    bool *needs;
    size_t move_count, drop_wait_count, drop_count;
};

static void know_touched(struct loading *l, const struct window *w, struct strand *s)
{
    for (size_t i = 0; i < l->conversation_count; i++) {
        const struct stored_conversation *v = &l->conversations[i];
        struct episode e;

        if (v->thread_id != w->thread_id || !v->is_touched)
            continue;
        episode_init(&e);
        e.conversation = v->id;
        e.is_touched = true;
        e.is_spam = v->status == 3;
        e.spam_at = v->spam_at;
        e.resolved_at = v->resolved_at;
        e.dismissed_at = v->dismissed;
        e.dismissed_count = v->dismissed_count;
        (void)strand_know(s, &e);
    }
}

static void run_window(struct outcome *o, size_t index, int64_t gap_us)
{
    struct loading *l = o->l;
    struct strand *s = &o->strands[index];
    const struct window *w = &l->windows[index];

    strand_init(s, l->c->mem, gap_us);
    s->before_at = w->before_at;
    s->before_replied = w->before_replied;
    know_touched(l, w, s);
    for (size_t i = w->first; i < w->first + w->count; i++) {
        struct loaded *m = &l->messages[i];
        const struct stored_conversation *home = m->m.home ? find_conversation(l, m->m.home) : NULL;
        bool needed = m->m.needs_reply;

        m->m.is_pinned = home && home->is_touched;
        strand_feed(s, &m->m);
        /* remembered in kind's place: was it judged otherwise before? */
        m->kind = needed != m->m.needs_reply;
    }
    strand_finish(s);
}

static int draw_rows(struct outcome *o)
{
    struct loading *l = o->l;
    struct draw d = { 0 };
    size_t at = 0;

    for (size_t i = 0; i < l->window_count; i++)
        for (size_t k = 0; k < o->strands[i].episode_count; k++)
            d.conversations += o->strands[i].episodes[k].message_count && !o->strands[i].episodes[k].conversation;
    if (!d.conversations)
        return 0;
    if (store_draw(l->c, &d))
        return -1;
    for (size_t i = 0; i < l->window_count; i++) {
        struct strand *s = &o->strands[i];

        for (size_t k = 0; k < s->episode_count; k++)
            if (s->episodes[k].message_count && !s->episodes[k].conversation)
                s->episodes[k].conversation = d.ids[at++];
    }
    return 0;
}

static void collect_episodes(struct outcome *o, size_t index)
{
    struct loading *l = o->l;
    const struct window *w = &l->windows[index];
    struct strand *s = &o->strands[index];

    for (size_t i = 0; i < s->episode_count; i++) {
        const struct episode *e = &s->episodes[i];
        struct conversation_row row = { .thread_id = w->thread_id,
                                        .channel_id = w->channel_id,
                                        .contact_id = w->contact_id,
                                        .is_head = i == s->current && w->until == TIME_NONE,
                                        .wait_since = strand_wait_since(s),
                                        .e = *e };
        struct stored_conversation *v = e->conversation ? find_conversation(l, e->conversation) : NULL;

        if (!e->message_count)
            continue;
        if (v) {
            v->is_kept = true;
            row.e.is_touched = false; /* only ever set, and by whoever touches */
            o->changed[o->changed_count++] = row;
        } else {
            o->added[o->added_count++] = row;
        }
    }
}

static bool same_wait(const struct wait *a, const struct wait *b)
{
    return a->conversation == b->conversation && a->started_at == b->started_at && a->ended_at == b->ended_at &&
           a->ended_by == b->ended_by && a->agent_id == b->agent_id && a->end == b->end;
}

static struct stored_wait *find_wait(const struct loading *l, const struct wait *w)
{
    const struct stored_wait key = { .w = *w };

    return l->wait_count ? bsearch(&key, l->waits, l->wait_count, sizeof key, by_start) : NULL;
}

static void collect_waits(struct outcome *o, size_t index)
{
    struct loading *l = o->l;
    const struct window *window = &l->windows[index];
    struct strand *s = &o->strands[index];

    for (size_t i = 0; i < s->wait_count; i++) {
        struct wait *w = &s->waits[i];
        struct stored_wait *x = find_wait(l, w);

        w->conversation = s->episodes[w->episode].conversation;
        /* It may well end after the window; nothing here has changed that. */
        if (window->until != TIME_NONE && w->started_at > window->settled_at) {
            if (!x)
                continue;
            *w = (struct wait) { .conversation = w->conversation,
                                 .started_at = w->started_at,
                                 .started_by = w->started_by,
                                 .ended_at = x->w.ended_at,
                                 .ended_by = x->w.ended_by,
                                 .agent_id = x->w.agent_id,
                                 .end = x->w.end,
                                 .is_backfill = w->is_backfill };
        } else if (!store_wants_wait(w)) {
            continue;
        }
        if (x && x->w.conversation == w->conversation)
            x->is_kept = true;
        if (!x || !same_wait(&x->w, w))
            o->waits[o->wait_count++] = (struct wait_row) { window->thread_id, *w };
    }
}

static void collect_moves(struct outcome *o, size_t index)
{
    struct loading *l = o->l;
    const struct strand *s = &o->strands[index];
    const struct window *w = &l->windows[index];

    for (size_t i = w->first; i < w->first + w->count; i++) {
        const struct loaded *m = &l->messages[i];
        int64_t home = s->episodes[m->m.episode].conversation;

        if (home == m->home && !m->kind)
            continue;
        o->moved[o->move_count] = m->m.id;
        o->homes[o->move_count] = home;
        o->needs[o->move_count++] = m->m.needs_reply;
    }
}

static void collect_all(struct outcome *o)
{
    struct loading *l = o->l;
    struct arena *mem = l->c->mem;
    size_t episodes = 0, waits = 0;

    for (size_t i = 0; i < l->window_count; i++) {
        episodes += o->strands[i].episode_count;
        waits += o->strands[i].wait_count;
    }
    o->added = arena_array(mem, struct conversation_row, episodes);
    o->changed = arena_array(mem, struct conversation_row, episodes);
    o->waits = arena_array(mem, struct wait_row, waits);
    o->moved = arena_array(mem, int64_t, l->message_count);
    o->homes = arena_array(mem, int64_t, l->message_count);
    o->needs = arena_array(mem, bool, l->message_count);
    o->dropped_waits = arena_array(mem, int64_t, l->wait_count);
    o->dropped = arena_array(mem, int64_t, l->conversation_count);
    for (size_t i = 0; i < l->window_count; i++) {
        collect_episodes(o, i);
        collect_waits(o, i);
        collect_moves(o, i);
    }
    for (size_t i = 0; i < l->wait_count; i++)
        if (!l->waits[i].is_kept)
            o->dropped_waits[o->drop_wait_count++] = l->waits[i].row;
    for (size_t i = 0; i < l->conversation_count; i++)
        if (!l->conversations[i].is_kept && !l->conversations[i].is_touched)
            o->dropped[o->drop_count++] = l->conversations[i].id;
}

static int write_all(struct outcome *o)
{
    struct ctx *c = o->l->c;
    int64_t business = c->who.business;

    if (store_drop_waits(c, o->dropped_waits, o->drop_wait_count) ||
        store_set_conversations(c, o->changed, o->changed_count) ||
        store_add_conversations(c, o->added, o->added_count))
        return -1;
    if (o->move_count && db_do(c, SQL_INGEST_MOVE_MESSAGES,
                               IN(IN_I64(business), IN_I64S(o->moved, o->move_count), IN_I64S(o->homes, o->move_count),
                                  IN_BOOLS(o->needs, o->move_count))) < 0)
        return -1;
    if (o->drop_count &&
        db_do(c, SQL_INGEST_DROP_CONVERSATIONS, IN(IN_I64(business), IN_I64S(o->dropped, o->drop_count))) < 0)
        return -1;
    return store_put_waits(c, o->waits, o->wait_count);
}

int ingest_refresh(struct ctx *c, int64_t gap_us, const struct refresh *threads, size_t count, const int64_t *free_ids,
                   size_t free_count, bool keep)
{
    struct loading l = { .c = c, .free_ids = free_ids, .free_count = free_count, .keep = keep };
    struct outcome o = { .l = &l };

    if (!count)
        return 0;
    if (load(&l, threads, count))
        return -1;
    split_messages(&l);
    o.strands = arena_array(c->mem, struct strand, l.window_count);
    for (size_t i = 0; i < l.window_count; i++)
        run_window(&o, i, gap_us);
    if (draw_rows(&o))
        return -1;
    collect_all(&o);
    return write_all(&o);
}

int ingest_refresh_threads(struct ctx *c, const int64_t *threads, size_t count)
{
    struct refresh *wanted = arena_array(c->mem, struct refresh, count);
    int64_t gap_us = 0;

    if (!count)
        return 0;
    if (ingest_lock(c) || ingest_gap(c, &gap_us))
        return -1;
    for (size_t i = 0; i < count; i++)
        wanted[i] = (struct refresh) { threads[i], clock_now(), TIME_LAST };
    return ingest_refresh(c, gap_us, wanted, count, NULL, 0, true);
}

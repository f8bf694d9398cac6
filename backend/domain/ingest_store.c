/* Structs into rows, a batch at a time. */
#include "ingest_priv.h"

#include <assert.h>

struct drawn {
    struct draw *d;
    size_t at, want;
    int64_t id;
};

static int take_id(void *arg)
{
    struct drawn *n = arg;

    if (n->at < n->want)
        n->d->ids[n->at++] = n->id;
    return 0;
}

int store_draw(struct ctx *c, struct draw *d)
{
    struct drawn n = { .d = d, .want = d->contacts + d->identities + d->threads + d->conversations + d->messages };

    d->ids = arena_array(c->mem, int64_t, n.want);
    if (db_each(c, SQL_INGEST_DRAW,
                IN(IN_I32((int32_t)d->contacts), IN_I32((int32_t)d->identities), IN_I32((int32_t)d->threads),
                   IN_I32((int32_t)d->conversations), IN_I32((int32_t)d->messages)),
                OUT(OUT_I64(&n.id)), take_id, &n))
        return -1;
    if (n.at != n.want)
        return fail(&c->fail, FAIL_INTERNAL, "drew %zu ids of %zu", n.at, n.want);
    return 0;
}

/* The columns that a conversation's insert and update share, as arrays. */
struct columns {
    int64_t *id, *thread, *channel, *contact, *count, *last_message;
    bool *head, *touched, *backfill, *replied, *follows, *wakes;
    time_us *first, *last, *last_in, *since;
    int16_t *started, *side, *turn;
    struct text *text;
};

static struct columns columns_of(struct arena *mem, const struct conversation_row *rows, size_t n)
{
    struct columns k = {
        .id = arena_array(mem, int64_t, n),
        .thread = arena_array(mem, int64_t, n),
        .channel = arena_array(mem, int64_t, n),
        .contact = arena_array(mem, int64_t, n),
        .count = arena_array(mem, int64_t, n),
        .last_message = arena_array(mem, int64_t, n),
        .head = arena_array(mem, bool, n),
        .touched = arena_array(mem, bool, n),
        .backfill = arena_array(mem, bool, n),
        .replied = arena_array(mem, bool, n),
        .follows = arena_array(mem, bool, n),
        .wakes = arena_array(mem, bool, n),
        .first = arena_array(mem, time_us, n),
        .last = arena_array(mem, time_us, n),
        .last_in = arena_array(mem, time_us, n),
        .since = arena_array(mem, time_us, n),
        .started = arena_array(mem, int16_t, n),
        .side = arena_array(mem, int16_t, n),
        .turn = arena_array(mem, int16_t, n),
        .text = arena_array(mem, struct text, n),
    };

    for (size_t i = 0; i < n; i++) {
        const struct episode *e = &rows[i].e;

        k.id[i] = e->conversation;
        k.thread[i] = rows[i].thread_id;
        k.channel[i] = rows[i].channel_id;
        k.contact[i] = rows[i].contact_id;
        k.count[i] = e->message_count;
        k.last_message[i] = e->last_message;
        k.head[i] = rows[i].is_head;
        k.touched[i] = e->is_touched;
        k.backfill[i] = e->is_backfill;
        k.replied[i] = e->has_human_reply;
        k.follows[i] = e->follows_reply;
        k.wakes[i] = rows[i].wakes;
        k.first[i] = e->first_at;
        k.last[i] = e->last_at;
        k.last_in[i] = e->last_in_at;
        k.since[i] = rows[i].is_head ? rows[i].wait_since : TIME_NONE;
        k.started[i] = e->started_by;
        k.side[i] = e->last_side;
        k.turn[i] = e->turn_side;
        k.text[i] = text_or_empty(ingest_head_text(e->last_text));
    }
    return k;
}

int store_add_conversations(struct ctx *c, const struct conversation_row *rows, size_t n)
{
    struct columns k;

    if (!n)
        return 0;
    k = columns_of(c->mem, rows, n);
    return db_do(c, SQL_INGEST_ADD_CONVERSATIONS,
                 IN(IN_I64(c->who.business), IN_I64S(k.id, n), IN_I64S(k.thread, n), IN_I64S(k.channel, n),
                    IN_I64S(k.contact, n), IN_BOOLS(k.head, n), IN_BOOLS(k.touched, n), IN_BOOLS(k.backfill, n),
                    IN_TIMES(k.first, n), IN_TIMES(k.last, n), IN_TIMES(k.last_in, n), IN_I16S(k.started, n),
                    IN_TIMES(k.since, n), IN_BOOLS(k.replied, n), IN_BOOLS(k.follows, n), IN_I64S(k.count, n),
                    IN_I64S(k.last_message, n), IN_TEXTS(k.text, n), IN_I16S(k.side, n), IN_I16S(k.turn, n))) < 0
               ? -1
               : 0;
}

int store_set_conversations(struct ctx *c, const struct conversation_row *rows, size_t n)
{
    struct columns k;

    if (!n)
        return 0;
    k = columns_of(c->mem, rows, n);
    return db_do(c, SQL_INGEST_SET_CONVERSATIONS,
                 IN(IN_I64(c->who.business), IN_I64S(k.id, n), IN_BOOLS(k.head, n), IN_BOOLS(k.touched, n),
                    IN_BOOLS(k.backfill, n), IN_TIMES(k.first, n), IN_TIMES(k.last, n), IN_TIMES(k.last_in, n),
                    IN_I16S(k.started, n), IN_TIMES(k.since, n), IN_BOOLS(k.replied, n), IN_BOOLS(k.follows, n),
                    IN_I64S(k.count, n), IN_I64S(k.last_message, n), IN_TEXTS(k.text, n), IN_I16S(k.side, n),
                    IN_I16S(k.turn, n), IN_BOOLS(k.wakes, n))) < 0
               ? -1
               : 0;
}

bool store_wants_wait(const struct wait *w)
{
    return !(w->is_backfill && w->end == WAIT_ANSWERED && w->ended_in_history);
}

int store_put_waits(struct ctx *c, const struct wait_row *rows, size_t n)
{
    struct arena *mem = c->mem;
    int64_t *conversations = arena_array(mem, int64_t, n), *threads = arena_array(mem, int64_t, n);
    int64_t *started_by = arena_array(mem, int64_t, n), *ended_by = arena_array(mem, int64_t, n);
    int64_t *agents = arena_array(mem, int64_t, n);
    time_us *started = arena_array(mem, time_us, n), *ended = arena_array(mem, time_us, n);
    int16_t *kinds = arena_array(mem, int16_t, n);
    bool *backfill = arena_array(mem, bool, n);

    if (!n)
        return 0;
    for (size_t i = 0; i < n; i++) {
        const struct wait *w = &rows[i].w;

        conversations[i] = w->conversation;
        threads[i] = rows[i].thread_id;
        started[i] = w->started_at;
        started_by[i] = w->started_by;
        ended[i] = w->ended_at;
        ended_by[i] = w->ended_by;
        agents[i] = w->agent_id;
        kinds[i] = (int16_t)w->end;
        backfill[i] = w->is_backfill;
    }
    return db_do(c, SQL_INGEST_PUT_WAITS,
                 IN(IN_I64(c->who.business), IN_I64S(conversations, n), IN_I64S(threads, n), IN_TIMES(started, n),
                    IN_I64S(started_by, n), IN_TIMES(ended, n), IN_I64S(ended_by, n), IN_I64S(agents, n),
                    IN_I16S(kinds, n), IN_BOOLS(backfill, n))) < 0
               ? -1
               : 0;
}

int store_drop_waits(struct ctx *c, const int64_t *rows, size_t n)
{
    return n && db_do(c, SQL_INGEST_DROP_WAITS, IN(IN_I64(c->who.business), IN_I64S(rows, n))) < 0 ? -1 : 0;
}

/* ---- messages ---- */

static int16_t kind_of(const struct event *ev)
{
    if (ev->kind == EVENT_UNSUPPORTED)
        return 1;
    if (ev->kind == EVENT_POST)
        return 3;
    return ev->direction == DIRECTION_SYSTEM || ev->sender_kind == SENDER_SYSTEM ? 2 : 0;
}

static int insert_messages(struct batch *b, const struct incoming *const *fresh, size_t n)
{
    struct arena *mem = b->c->mem;
    int64_t *ids = arena_array(mem, int64_t, n), *threads = arena_array(mem, int64_t, n);
    int64_t *conversations = arena_array(mem, int64_t, n), *channels = arena_array(mem, int64_t, n);
    int64_t *identities = arena_array(mem, int64_t, n), *people = arena_array(mem, int64_t, n);
    int16_t *kinds = arena_array(mem, int16_t, n), *directions = arena_array(mem, int16_t, n);
    int16_t *senders = arena_array(mem, int16_t, n), *devices = arena_array(mem, int16_t, n);
    int16_t *states = arena_array(mem, int16_t, n), *classes = arena_array(mem, int16_t, n);
    bool *needs = arena_array(mem, bool, n), *backfill = arena_array(mem, bool, n), *has = arena_array(mem, bool, n);
    time_us *sent = arena_array(mem, time_us, n), *received = arena_array(mem, time_us, n);
    time_us *deleted = arena_array(mem, time_us, n);
    struct text *external = arena_array(mem, struct text, n), *texts = arena_array(mem, struct text, n);
    struct text *replies = arena_array(mem, struct text, n), *entities = arena_array(mem, struct text, n);
    struct text *details = arena_array(mem, struct text, n);

    for (size_t i = 0; i < n; i++) {
        const struct incoming *in = fresh[i];
        const struct thread_row *t = &b->threads[in->thread];

        ids[i] = in->m.id;
        threads[i] = t->id;
        conversations[i] = in->conversation;
        channels[i] = in->item->channel_id;
        identities[i] = in->author == NO_INDEX ? 0 : b->people[in->author].id;
        people[i] = in->person_id;
        kinds[i] = kind_of(&in->item->event);
        directions[i] = in->m.direction;
        senders[i] = in->m.sender_kind;
        devices[i] = in->m.device;
        states[i] = in->m.direction == DIRECTION_OUT && t->peer_read_at != TIME_NONE && in->m.sent_at <= t->peer_read_at
                        ? 3
                        : in->person_id != 0;
        classes[i] = in->m.reply_class;
        needs[i] = in->m.needs_reply;
        backfill[i] = in->m.is_backfill;
        has[i] = in->item->event.attachment_count > 0;
        sent[i] = in->m.sent_at;
        received[i] = in->m.received_at;
        deleted[i] = in->m.deleted_at;
        external[i] = in->external_id;
        texts[i] = in->words;
        replies[i] = in->reply_to;
        entities[i] = in->entities;
        details[i] = in->detail;
    }
    return db_do(b->c, SQL_INGEST_ADD_MESSAGES,
                 IN(IN_I64(b->c->who.business), IN_I64S(ids, n), IN_I64S(threads, n), IN_I64S(conversations, n),
                    IN_I64S(channels, n), IN_TEXTS(external, n), IN_I16S(kinds, n), IN_I16S(directions, n),
                    IN_I16S(senders, n), IN_I16S(devices, n), IN_I16S(states, n), IN_I16S(classes, n),
                    IN_BOOLS(needs, n), IN_BOOLS(backfill, n), IN_BOOLS(has, n), IN_TIMES(sent, n),
                    IN_TIMES(received, n), IN_TIMES(deleted, n), IN_I64S(identities, n), IN_I64S(people, n),
                    IN_TEXTS(texts, n), IN_TEXTS(replies, n), IN_TEXTS(entities, n), IN_TEXTS(details, n),
                    IN_ID(b->archive_id))) < 0
               ? -1
               : 0;
}

/* Platform media is fetched later; what a file or a link needs is there already. */
static bool is_wanted(const struct incoming *in, const struct event_attachment *a)
{
    return a->ref.len && in->item->event.device != DEVICE_IMPORT && !in->m.is_backfill &&
           a->type != ATTACHMENT_LOCATION && a->type != ATTACHMENT_CONTACT && a->type != ATTACHMENT_LINK;
}

static struct text degrees(struct arena *mem, const struct event_attachment *a, double value)
{
    return a->has_position ? text_of(arena_printf(mem, "%.17g", value)) : (struct text) { NULL, 0 };
}

static int insert_attachments(struct batch *b, const struct incoming *const *fresh, size_t count, size_t n)
{
    struct arena *mem = b->c->mem;
    int64_t *ids = arena_array(mem, int64_t, n), *sizes = arena_array(mem, int64_t, n);
    int16_t *positions = arena_array(mem, int16_t, n), *types = arena_array(mem, int16_t, n);
    int16_t *states = arena_array(mem, int16_t, n);
    struct text *mimes = arena_array(mem, struct text, n), *names = arena_array(mem, struct text, n);
    struct text *refs = arena_array(mem, struct text, n), *urls = arena_array(mem, struct text, n);
    struct text *lats = arena_array(mem, struct text, n), *lons = arena_array(mem, struct text, n);
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        const struct event *ev = &fresh[i]->item->event;

        for (size_t k = 0; k < ev->attachment_count; k++, at++) {
            const struct event_attachment *a = &ev->attachments[k];

            ids[at] = fresh[i]->m.id;
            positions[at] = (int16_t)k;
            types[at] = (int16_t)a->type;
            states[at] = is_wanted(fresh[i], a);
            mimes[at] = text_or_empty(ingest_clean(mem, a->mime));
            names[at] = text_or_empty(ingest_clean(mem, a->name));
            sizes[at] = a->size < 0 ? -1 : a->size;
            refs[at] = text_or_empty(ingest_clean(mem, a->ref));
            urls[at] = text_or_empty(ingest_clean(mem, a->url));
            lats[at] = degrees(mem, a, a->lat);
            lons[at] = degrees(mem, a, a->lon);
            if (states[at] && (!b->media_count || b->media[b->media_count - 1] != ids[at]))
                b->media[b->media_count++] = ids[at];
            b->out->media_wanted += states[at];
        }
    }
    return db_do(b->c, SQL_INGEST_ADD_ATTACHMENTS,
                 IN(IN_I64(b->c->who.business), IN_I64S(ids, n), IN_I16S(positions, n), IN_I16S(types, n),
                    IN_I16S(states, n), IN_TEXTS(mimes, n), IN_TEXTS(names, n), IN_I64S(sizes, n), IN_TEXTS(refs, n),
                    IN_TEXTS(urls, n), IN_TEXTS(lats, n), IN_TEXTS(lons, n))) < 0
               ? -1
               : 0;
}

int store_messages(struct batch *b)
{
    const struct incoming **fresh = arena_array(b->c->mem, const struct incoming *, b->message_count);
    size_t n = 0, attachments = 0;

    b->media = arena_array(b->c->mem, int64_t, b->message_count);
    for (size_t i = 0; i < b->message_count; i++) {
        if (b->messages[i].is_known)
            continue;
        fresh[n++] = &b->messages[i];
        attachments += b->messages[i].item->event.attachment_count;
    }
    if (n && insert_messages(b, fresh, n))
        return -1;
    return attachments ? insert_attachments(b, fresh, n, attachments) : 0;
}

/* Who was forgotten stays forgotten: what they said before that, and was still on its way in (a body not read yet, a file
 * handed in again, an old page of a platform's history), is left out. What they say afterwards is a new person's. */
#include "ingest_priv.h"

#include "domain/erase.h"

static time_us said_at(const struct ingest_item *item)
{
    return item->event.sent_at != TIME_NONE ? item->event.sent_at : item->received_at;
}

/* The newest promise; TIME_NONE: none. */
static int newest_erasure(struct batch *b, time_us *at)
{
    *at = TIME_NONE;
    return db_one(b->c, SQL_INGEST_LAST_ERASURE, IN(IN_I64(b->c->who.business)), OUT(OUT_TIME(at))) < 0 ? -1 : 0;
}

struct marks {
    struct text *hashes;
    time_us *at;
    int64_t *item;
    size_t count;
    int64_t n;                         /* being read, from 1 */
    bool *is_dropped;
};

static void mark(struct batch *b, struct marks *m, size_t item, time_us at, const uint8_t hash[CRYPTO_HASH_SIZE])
{
    m->hashes[m->count] = arena_text(b->c->mem, (struct text) { (const char *)hash, CRYPTO_HASH_SIZE });
    m->at[m->count] = at;
    m->item[m->count++] = (int64_t)item;
}

static int take_mark(void *arg)
{
    struct marks *m = arg;

    m->is_dropped[m->item[m->n - 1]] = true;
    return 0;
}

static void mark_item(struct batch *b, struct marks *m, const struct ingest_item *items, size_t i)
{
    const struct event *ev = &items[i].event;
    uint8_t hash[CRYPTO_HASH_SIZE];
    struct text scope, id;

    if (ev->direction != DIRECTION_OUT && ingest_person_key(b, &items[i], &scope, &id)) {
        erase_hash_handle(b->c->mem, (int)ev->platform, scope, id, hash);
        mark(b, m, i, said_at(&items[i]), hash);
    }
    if (ev->thread.present && ev->thread.type != THREAD_GROUP) {
        erase_hash_thread(b->c->mem, items[i].channel_id, ingest_clean(b->c->mem, ev->thread.id), hash);
        mark(b, m, i, said_at(&items[i]), hash);
    }
}

int ingest_leave_erased(struct batch *b, const struct ingest_item **items, size_t *count)
{
    struct arena *mem = b->c->mem;
    struct marks m = { .count = 0 };
    time_us newest;
    size_t kept = 0;

    if (newest_erasure(b, &newest))
        return -1;
    if (newest == TIME_NONE)
        return 0;
    m.hashes = arena_array(mem, struct text, 2 * *count);
    m.at = arena_array(mem, time_us, 2 * *count);
    m.item = arena_array(mem, int64_t, 2 * *count);
    m.is_dropped = arena_array(mem, bool, *count);
    for (size_t i = 0; i < *count; i++) {
        m.is_dropped[i] = false;
        if (said_at(&(*items)[i]) <= newest)
            mark_item(b, &m, *items, i);
    }
    if (!m.count)
        return 0;
    if (db_each(b->c, SQL_INGEST_ERASED,
                IN(IN_I64(b->c->who.business), IN_BYTESS(m.hashes, m.count), IN_TIMES(m.at, m.count)),
                OUT(OUT_I64(&m.n)), take_mark, &m))
        return -1;
    struct ingest_item *rest = arena_array(mem, struct ingest_item, *count);
    for (size_t i = 0; i < *count; i++)
        if (!m.is_dropped[i])
            rest[kept++] = (*items)[i];
    b->out->forgotten += (int64_t)(*count - kept);
    *items = rest;
    *count = kept;
    return 0;
}

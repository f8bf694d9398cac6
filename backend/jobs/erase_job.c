/* Forgetting: a contact that asked for it (payload {"contact":"ID"}), and files that nothing refers to any more. */
#include "runner_priv.h"

#include "domain/erase.h"
#include "jobs/forget.h"
#include "jobs/store.h"
#include "util/str.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct holding {
    struct ctx *c;
    int64_t business;                  /* being read */
    int64_t *businesses;
    size_t business_count, business_cap;
    struct text hash;                  /* being read */
    const struct text *hashes;
    bool *is_held;
    size_t count;
};

static int keep_business(void *arg)
{
    struct holding *h = arg;

    if (h->business_count == h->business_cap) {
        size_t cap = h->business_cap ? h->business_cap * 2 : 64;
        int64_t *grown = arena_array(h->c->mem, int64_t, cap);

        if (h->business_count)
            memcpy(grown, h->businesses, h->business_count * sizeof(*grown));
        h->businesses = grown;
        h->business_cap = cap;
    }
    h->businesses[h->business_count++] = h->business;
    return 0;
}

static int mark_held(void *arg)
{
    struct holding *h = arg;

    for (size_t i = 0; i < h->count; i++)
        h->is_held[i] = h->is_held[i] || text_equal(h->hashes[i], h->hash);
    return 0;
}

static int ask_everyone(struct ctx *c, struct holding *h)
{
    int rc;

    db_enter_system(c);
    rc = db_each(c, SQL_HOUSEKEEP_BUSINESSES, NO_IN, OUT(OUT_I64(&h->business)), keep_business, h);
    db_leave(c);
    for (size_t i = 0; i < h->business_count && rc == 0; i++) {
        db_enter_business(c, h->businesses[i]);
        rc = db_each(c, SQL_MEDIA_HELD, IN(IN_I64(h->businesses[i]), IN_BYTESS(h->hashes, h->count)),
                     OUT(OUT_TEXT(&h->hash)), mark_held, h);
        db_leave(c);
    }
    return rc;
}

int forget_files(struct ctx *c, const struct text *hashes, size_t count)
{
    struct holding h = { .c = c, .hashes = hashes, .count = count, .is_held = arena_array(c->mem, bool, count + 1) };
    int64_t business = c->who.business;
    int rc;

    if (count == 0)
        return 0;
    db_leave(c);
    rc = ask_everyone(c, &h);
    db_enter_business(c, business);
    for (size_t i = 0; i < count && rc == 0; i++)
        if (!h.is_held[i] && hashes[i].len == CRYPTO_HASH_SIZE)
            store_forget(c->cfg, (const uint8_t *)hashes[i].ptr);
    return rc;
}

struct erasing {
    int64_t contact;
    struct erase_result result;
};

static int erase(struct ctx *c, void *arg)
{
    struct erasing *e = arg;

    return erase_contact(c, e->contact, &e->result);
}

int erase_job(struct runner *r, struct ctx *c, const struct job *j)
{
    json_error_t ignored;
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, &ignored);
    const json_t *id = json_object_get(payload, "contact");
    struct erasing e = { 0 };

    if (!json_is_string(id) || str_whole_i64(text_of(json_string_value(id)), &e.contact, 1, INT64_MAX))
        return fail_field(&c->fail, "contact", "the job does not say whom");
    if (db_tx(c, erase, &e) || forget_files(c, e.result.files, e.result.file_count))
        return -1;
    notifier_panel(r->notifier, c->who.business, "conversation", 0);
    return 0;
}

struct sweeping {
    const struct text *files;
    size_t count;
};

static int sweep(struct ctx *c, void *arg)
{
    struct sweeping *s = arg;

    return erase_orphans(c, &s->files, &s->count);
}

int sweep_job(struct runner *r, struct ctx *c, const struct job *j)
{
    struct sweeping s = { NULL, 0 };

    (void)r;
    (void)j;
    return db_tx(c, sweep, &s) || forget_files(c, s.files, s.count) ? -1 : 0;
}

/* Forgetting a person. */
#include "domain/erase.h"

#include "domain/audit.h"
#include "domain/ingest.h"

#include "util/crypto.h"

#define HANDLES_MAX 1000
/* A shorter one would be found in every body. */
#define HANDLE_BYTES_MIN 4

struct handles {
    struct ctx *c;
    int64_t id, ids[HANDLES_MAX];
    struct text hashes[2 * HANDLES_MAX], words[2 * HANDLES_MAX];
    struct text names[HANDLES_MAX];
    size_t count, hash_count, word_count, name_count;
    int64_t channel;
    int16_t platform;
    struct text scope, external_id, username, phone, name;
};

static void note_word(struct handles *h, struct text word)
{
    if (word.len >= HANDLE_BYTES_MIN && h->word_count < COUNT_OF(h->words))
        h->words[h->word_count++] = word;
}

void erase_hash_handle(struct arena *mem, int platform, struct text scope, struct text external_id,
                       uint8_t out[CRYPTO_HASH_SIZE])
{
    crypto_sha256(text_of(arena_printf(mem, "%d\x1f%.*s\x1f%.*s", platform, (int)scope.len, scope.ptr ? scope.ptr : "",
                                       (int)external_id.len, external_id.ptr ? external_id.ptr : "")),
                  out);
}

void erase_hash_thread(struct arena *mem, int64_t channel_id, struct text external_id, uint8_t out[CRYPTO_HASH_SIZE])
{
    crypto_sha256(text_of(arena_printf(mem, "thread\x1f%lld\x1f%.*s", (long long)channel_id, (int)external_id.len,
                                       external_id.ptr ? external_id.ptr : "")),
                  out);
}

static void note_hash(struct handles *h, const uint8_t *hash)
{
    h->hashes[h->hash_count++] = (struct text) { (const char *)hash, CRYPTO_HASH_SIZE };
}

static int take_strand(void *arg)
{
    struct handles *h = arg;
    uint8_t *hash = arena_alloc(h->c->mem, CRYPTO_HASH_SIZE);

    if (h->hash_count == COUNT_OF(h->hashes))
        return fail(&h->c->fail, FAIL_NOT_POSSIBLE, "more than %d handles", HANDLES_MAX);
    erase_hash_thread(h->c->mem, h->channel, h->external_id, hash);
    note_hash(h, hash);
    return 0;
}

static int take_handle(void *arg)
{
    struct handles *h = arg;
    uint8_t *hash = arena_alloc(h->c->mem, CRYPTO_HASH_SIZE);

    if (h->count == HANDLES_MAX)
        return fail(&h->c->fail, FAIL_NOT_POSSIBLE, "more than %d handles", HANDLES_MAX);
    erase_hash_handle(h->c->mem, h->platform, h->scope, h->external_id, hash);
    h->ids[h->count++] = h->id;
    note_hash(h, hash);
    if (!text_starts(h->external_id, TEXT("erased:")))
        note_word(h, h->external_id);
    note_word(h, h->phone);
    if (h->name.len)
        h->names[h->name_count++] = h->name;
    return 0;
}

struct orphans {
    struct ctx *c;
    struct text hash, *all;
    size_t count, room;
};

static int take_orphan(void *arg)
{
    struct orphans *o = arg;

    if (o->count == o->room) {
        size_t room = o->room ? o->room * 2 : 16;
        struct text *wider = arena_array(o->c->mem, struct text, room);

        if (o->count)
            memcpy(wider, o->all, o->count * sizeof *wider);
        o->all = wider;
        o->room = room;
    }
    o->all[o->count++] = o->hash;
    return 0;
}

int erase_orphans(struct ctx *c, const struct text **files, size_t *count)
{
    struct orphans o = { .c = c };

    if (db_do(c, SQL_ERASE_PARKED_WORDS, IN(IN_I64(c->who.business))) < 0 ||
        db_each(c, SQL_ERASE_ORPHANS, IN(IN_I64(c->who.business)), OUT(OUT_TEXT(&o.hash)), take_orphan, &o))
        return -1;
    *files = o.all;
    *count = o.count;
    return 0;
}

static int wipe(struct ctx *c, int64_t contact, const struct handles *h, struct erase_result *out)
{
    int64_t business = c->who.business;

    out->identities = (int64_t)h->count;
    out->messages = db_do(c, SQL_ERASE_MESSAGES, IN(IN_I64(business), IN_I64(contact), IN_I64S(h->ids, h->count)));
    if (out->messages < 0 || db_do(c, SQL_ERASE_THREADS, IN(IN_I64(business), IN_I64(contact))) < 0 ||
        db_do(c, SQL_ERASE_TITLES, IN(IN_I64(business), IN_TEXTS(h->names, h->name_count))) < 0 ||
        db_do(c, SQL_ERASE_TRACES, IN(IN_I64(business), IN_TEXTS(h->words, h->word_count))) < 0)
        return -1;
    out->deliveries = db_do(c, SQL_ERASE_DELIVERIES, IN(IN_I64(business), IN_BYTESS(h->words, h->word_count)));
    if (out->deliveries < 0 ||
        db_do(c, SQL_ERASE_PEOPLE, IN(IN_I64(business), IN_I64(contact), IN_I64S(h->ids, h->count))) < 0 ||
        db_do(c, SQL_ERASE_NOTE, IN(IN_I64(business), IN_I64(contact), IN_BYTESS(h->hashes, h->hash_count))) < 0)
        return -1;
    return erase_orphans(c, &out->files, &out->file_count);
}

int erase_contact(struct ctx *c, int64_t contact_id, struct erase_result *out)
{
    struct handles *h = arena_new_of(c->mem, struct handles);
    struct erase_result done = { 0 };
    char ref[AUDIT_REF_SIZE];
    int rc;

    h->c = c;
    if (ingest_lock(c))
        return -1;
    rc = audit_contact_ref(c, contact_id, ref);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return fail(&c->fail, FAIL_NOT_FOUND, "no such contact, or forgotten already");
    if (db_each(c, SQL_ERASE_HANDLES, IN(IN_I64(c->who.business), IN_I64(contact_id)),
                OUT(OUT_I64(&h->id), OUT_I16(&h->platform), OUT_TEXT(&h->scope), OUT_TEXT(&h->external_id),
                    OUT_TEXT(&h->username), OUT_TEXT(&h->phone), OUT_TEXT(&h->name)),
                take_handle, h) ||
        db_each(c, SQL_ERASE_STRANDS, IN(IN_I64(c->who.business), IN_I64(contact_id)),
                OUT(OUT_I64(&h->channel), OUT_TEXT(&h->external_id)), take_strand, h) ||
        wipe(c, contact_id, h, &done) ||
        audit_add(c, "contact.erase", arena_printf(c->mem, "contact:%s", ref),
                  text_of(arena_printf(c->mem, "{\"messages\":%lld,\"identities\":%lld}", (long long)done.messages,
                                       (long long)done.identities))))
        return -1;
    *out = done;
    return 0;
}

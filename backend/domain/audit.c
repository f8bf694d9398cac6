/* The audit log and its hash chain. audit_append() in the schema writes it; here it is recomputed independently. */
#include "domain/audit.h"

#include "util/enc.h"

#include <assert.h>
#include <stdio.h>

#define PAGE_ROWS 500

int audit_add(struct ctx *c, const char *action, const char *object, struct text detail)
{
    int64_t seq = 0;
    struct text more = detail.ptr ? detail : TEXT("{}");

    /* The person is known only once the entrance has been answered; costs nothing when it has. */
    if (db_who(c))
        return -1;
    return db_one(c, SQL_AUDIT_APPEND,
                  IN(IN_I64(c->who.business), IN_ID(c->who.person), IN_STR(action), IN_STR(object), IN_TEXT(more)),
                  OUT(OUT_I64(&seq))) == 1
               ? 0
               : -1;
}

struct chain {
    int64_t seq, person;
    time_us at;
    struct text action, object, detail, prev_hash, hash;
    uint8_t last[CRYPTO_HASH_SIZE]; /* hash of the row before */
    size_t last_len;                /* 0 before the first row */
    int64_t last_seq, first_bad;    /* first_bad 0: none so far */
    int64_t end_seq;                /* what audit_head says, 0 nothing */
    struct text end_hash;
    int rows;
};

/* The same bytes as audit_append() hashes: the previous hash, then the fields joined by 0x1f. */
static void hash_of(const struct chain *k, uint8_t out[CRYPTO_HASH_SIZE])
{
    struct buf b = BUF_INIT((size_t)16 << 20);
    int64_t seconds = k->at / US_PER_S, fraction = k->at % US_PER_S;

    buf_add(&b, k->last, k->last_len);
    buf_i64(&b, k->seq);
    buf_printf(&b, "\x1f%lld.%06lld\x1f%lld\x1f", (long long)seconds, (long long)fraction, (long long)k->person);
    buf_text(&b, k->action);
    buf_char(&b, '\x1f');
    buf_text(&b, k->object);
    buf_char(&b, '\x1f');
    buf_text(&b, k->detail);
    crypto_sha256(buf_as_text(&b), out);
    buf_fini(&b);
}

static int check_row(void *arg)
{
    struct chain *k = arg;
    uint8_t hash[CRYPTO_HASH_SIZE];

    k->rows++;
    if (k->first_bad)
        return 0;
    hash_of(k, hash);
    struct text mine = { (const char *)hash, sizeof hash };
    bool is_next = k->seq == k->last_seq + 1;
    bool is_chained = text_equal(k->prev_hash, (struct text) { (const char *)k->last, k->last_len });
    bool is_end = k->seq != k->end_seq || text_equal(mine, k->end_hash);
    if (!is_next || !is_chained || !is_end || !text_equal(k->hash, mine)) {
        k->first_bad = k->last_seq + 1;
        return 0;
    }
    memcpy(k->last, hash, sizeof hash);
    k->last_len = sizeof hash;
    k->last_seq = k->seq;
    return 0;
}

static int check_page(struct ctx *c, struct chain *k)
{
    struct arena_mark mark = arena_mark(c->mem);

    k->rows = 0;
    int rc = db_each(c, SQL_AUDIT_PAGE, IN(IN_I64(c->who.business), IN_I64(k->last_seq), IN_I64(PAGE_ROWS)),
                     OUT(OUT_I64(&k->seq), OUT_TIME(&k->at), OUT_I64(&k->person), OUT_TEXT(&k->action),
                         OUT_TEXT(&k->object), OUT_TEXT(&k->detail), OUT_TEXT(&k->prev_hash), OUT_TEXT(&k->hash)),
                     check_row, k);
    arena_rewind(c->mem, mark);
    return rc;
}

static int read_end(struct ctx *c, struct chain *k)
{
    return db_one(c, SQL_AUDIT_END, IN(IN_I64(c->who.business)), OUT(OUT_I64(&k->end_seq), OUT_TEXT(&k->end_hash)));
}

/* The end is read before the rows: the chain only grows, so whatever the end names must be found afterwards. */
int audit_verify(struct ctx *c, int64_t *first_bad)
{
    struct chain k = { .end_seq = 0 };

    if (read_end(c, &k) < 0)
        return -1;
    do {
        if (check_page(c, &k))
            return -1;
    } while (k.rows == PAGE_ROWS && !k.first_bad);
    /* Rows without an end: the chain began this moment, or its end was taken away. */
    int rc = k.end_seq == 0 && k.last_seq > 0 ? read_end(c, &k) : 1;
    if (rc < 0)
        return -1;
    if (!k.first_bad && (rc == 0 || k.last_seq < k.end_seq))
        k.first_bad = k.last_seq + 1;
    if (!k.first_bad)
        return 1;
    *first_bad = k.first_bad;
    return 0;
}

int audit_contact_ref(struct ctx *c, int64_t contact, char out[AUDIT_REF_SIZE])
{
    uint8_t fresh[16], hash[16];
    struct text key = { NULL, 0 };
    char what[40];
    int rc = 0;

    crypto_random(fresh, sizeof fresh);
    /* Twice, because a key that another transaction makes at this moment shows only to the next statement. */
    for (int i = 0; i < 2 && rc == 0; i++)
        rc = db_one(c, SQL_AUDIT_CONTACT_KEY,
                    IN(IN_I64(c->who.business), IN_I64(contact),
                       IN_BYTES(((struct text) { (const char *)fresh, sizeof fresh }))),
                    OUT(OUT_TEXT(&key)));
    if (rc != 1)
        return rc;
    if (key.len != 16)
        return fail(&c->fail, FAIL_INTERNAL, "a contact's key has %zu bytes", key.len);
    snprintf(what, sizeof what, "contact:%lld", (long long)contact);
    crypto_hash128((const uint8_t *)key.ptr, text_of(what), hash);
    enc_hex(hash, sizeof hash, out);
    return 1;
}

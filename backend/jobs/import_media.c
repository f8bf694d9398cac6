/* The pictures and voices of an imported zip: stored by content, hung on the messages that name them. */
#include "jobs/import_run.h"

#include "jobs/store.h"
#include "jobs/unpack.h"

#include <stdlib.h>
#include <unistd.h>

enum { STATE_STORED = 2, STATE_TOO_LARGE = 3 };

struct gathering {
    struct ctx *c;
    int64_t archive;
    struct text row;                   /* being read */
    struct text *names;                /* wanted, sorted */
    size_t count, cap;
    const struct unpack_entry *entries;
    struct store_file file;
    size_t open_entry;
    int64_t size;
    bool is_open, is_too_large;
    int64_t message;                   /* being read */
    int16_t position;
    struct stored stored;
    int (*going)(struct ctx *c, void *arg);
    void *arg;
};

static int by_text(const void *a, const void *b)
{
    const struct text *x = a, *y = b;
    size_t len = x->len < y->len ? x->len : y->len;
    int order = len ? memcmp(x->ptr, y->ptr, len) : 0;

    return order ? order : x->len < y->len ? -1 : x->len > y->len;
}

static int keep_name(void *arg)
{
    struct gathering *g = arg;

    if (g->count == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 64;
        struct text *grown = arena_array(g->c->mem, struct text, cap);

        if (g->count)
            memcpy(grown, g->names, g->count * sizeof(*grown));
        g->names = grown;
        g->cap = cap;
    }
    g->names[g->count++] = g->row;
    return 0;
}

static bool is_wanted(size_t index, void *arg)
{
    const struct gathering *g = arg;

    return g->count && bsearch(&g->entries[index].base, g->names, g->count, sizeof(*g->names), by_text);
}

static int hang(void *arg)
{
    struct gathering *g = arg;
    struct text hash = { (const char *)g->stored.hash, sizeof(g->stored.hash) };
    struct ctx *c = g->c;

    if (g->is_too_large)
        return db_do(c, SQL_MEDIA_ATTACH,
                     IN(IN_I64(c->who.business), IN_I64(g->message), IN_I16(g->position), IN_I16(STATE_TOO_LARGE),
                        IN_NULL, IN_STR(""), IN_NULL, IN_STR(""))) < 0 ? -1 : 0;
    return db_do(c, SQL_MEDIA_ATTACH,
                 IN(IN_I64(c->who.business), IN_I64(g->message), IN_I16(g->position), IN_I16(STATE_STORED),
                    IN_BYTES(hash), IN_STR(g->stored.mime), IN_I64(g->stored.size), IN_STR(""))) < 0 ? -1 : 0;
}

struct place {
    int64_t message;
    int16_t position;
};

struct places {
    struct gathering *g;
    struct place *at;
    size_t count, cap;
};

static int keep_place(void *arg)
{
    struct places *p = arg;

    if (p->count == p->cap) {
        size_t cap = p->cap ? p->cap * 2 : 8;
        struct place *grown = realloc(p->at, cap * sizeof(*grown));

        if (!grown)
            return fail(&p->g->c->fail, FAIL_INTERNAL, "out of memory");
        p->at = grown;
        p->cap = cap;
    }
    p->at[p->count++] = (struct place){ p->g->message, p->g->position };
    return 0;
}

static int hang_all(struct ctx *c, void *arg)
{
    struct gathering *g = arg;
    struct places p = { .g = g };
    struct text hash = { (const char *)g->stored.hash, sizeof(g->stored.hash) };
    int rc = 0;

    if (!g->is_too_large)
        rc = db_do(c, SQL_MEDIA_KEPT,
                   IN(IN_I64(c->who.business), IN_BYTES(hash), IN_I64(g->stored.size), IN_STR(g->stored.mime))) < 0
                 ? -1 : 0;
    if (rc == 0)
        rc = db_each(c, SQL_MEDIA_BY_NAME,
                     IN(IN_I64(c->who.business), IN_I64(g->archive), IN_TEXT(g->entries[g->open_entry].base)),
                     OUT(OUT_I64(&g->message), OUT_I16(&g->position)), keep_place, &p);
    for (size_t i = 0; i < p.count && rc == 0; i++) {
        g->message = p.at[i].message;
        g->position = p.at[i].position;
        rc = hang(g);
    }
    free(p.at);
    return rc;
}

static int end_entry(struct gathering *g)
{
    g->is_open = false;
    if (g->is_too_large)
        store_abort(&g->file);
    else if (store_end(g->c->cfg, &g->file, &g->stored, &g->c->fail))
        return -1;
    return db_tx(g->c, hang_all, g);
}

static int take(size_t index, struct text bytes, void *arg)
{
    struct gathering *g = arg;

    if (g->going && g->going(g->c, g->arg))
        return -1;
    if (!g->is_open) {
        if (store_begin(g->c->cfg, &g->file, &g->c->fail))
            return -1;
        g->is_open = true;
        g->is_too_large = false;
        g->open_entry = index;
        g->size = 0;
    }
    if (bytes.len == 0)
        return end_entry(g);
    g->size += (int64_t)bytes.len;
    g->is_too_large = g->is_too_large || g->size > g->c->cfg->media_max_bytes;
    while (bytes.len && !g->is_too_large) {
        ssize_t n = write(g->file.fd, bytes.ptr, bytes.len);

        if (n <= 0)
            return fail(&g->c->fail, FAIL_INTERNAL, "cannot write a file of the archive");
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return 0;
}

int import_media(struct ctx *c, int fd, int64_t archive, int (*going)(struct ctx *c, void *arg), void *arg)
{
    struct gathering g = { .c = c, .archive = archive, .going = going, .arg = arg };
    struct unpack_visitor visitor = { is_wanted, take, &g };
    char magic[4] = { 0 };
    struct unpack *zip;
    size_t count;
    int rc;

    if (pread(fd, magic, sizeof(magic), 0) != (ssize_t)sizeof(magic) || memcmp(magic, "PK\3\4", sizeof(magic)) != 0)
        return 0;
    if (db_each(c, SQL_MEDIA_NAMES, IN(IN_I64(c->who.business), IN_I64(archive)), OUT(OUT_TEXT(&g.row)), keep_name, &g))
        return -1;
    if (g.count == 0)
        return 0;
    qsort(g.names, g.count, sizeof(*g.names), by_text);
    if (unpack_open(fd, NULL, &zip, &c->fail))
        return -1;
    g.entries = unpack_entries(zip, &count);
    rc = unpack_each(zip, &visitor, &c->fail);
    if (g.is_open)
        store_abort(&g.file);
    unpack_close(zip);
    return rc;
}

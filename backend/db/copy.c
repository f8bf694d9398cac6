/* Binary COPY into a staging table. */
#include "db/copy.h"

#include "conn_priv.h"
#include "wire_priv.h"

#include "util/str.h"

#include <endian.h>
#include <stdlib.h>

#define CHUNK ((size_t)64 << 10)

/* The signature with its NUL, then flags and the length of the header's extension, both 0. */
static const char header[19] = "PGCOPY\n\377\r\n";

struct db_copy {
    struct ctx *c;
    struct buf out;
};

static int lost(struct ctx *c)
{
    int rc = query_failed(c->db, NULL, "copy", &c->fail);

    conn_drop(c->db);
    return rc;
}

int db_copy_begin(struct ctx *c, const char *copy_sql, struct db_copy **out)
{
    struct db *db = c->db;

    if (query_open_tx(c))
        return -1;
    PGconn *pg = db_handle(db);
    if (!pg)
        return lost(c);
    AUTO(result) PGresult *res = PQexec(pg, copy_sql);
    if (PQresultStatus(res) != PGRES_COPY_IN)
        return query_failed(db, res, "copy", &c->fail);
    struct db_copy *copy = calloc(1, sizeof *copy);
    if (!copy)
        abort();
    copy->c = c;
    copy->out = BUF_INIT((size_t)256 << 20);
    buf_add(&copy->out, header, sizeof header);
    db->copying = true;
    *out = copy;
    return 0;
}

static int flush(struct db_copy *copy)
{
    struct ctx *c = copy->c;

    if (!c->db->copying)
        return fail(&c->fail, FAIL_TRY_AGAIN, "copy: connection lost");
    if (PQputCopyData(c->db->pg, copy->out.ptr, (int)copy->out.len) != 1)
        return lost(c);
    if (copy->out.cap > 4 * CHUNK)
        buf_fini(&copy->out);
    buf_reset(&copy->out);
    return 0;
}

int db_copy_row(struct db_copy *copy, struct db_ins row)
{
    struct buf *b = &copy->out;

    wire_add_i16(b, (int16_t)row.count);
    for (size_t i = 0; i < row.count; i++) {
        size_t at = b->len;

        wire_add_i32(b, -1);
        if (!wire_add(b, &row.at[i]) || b->failed)
            continue;
        uint32_t len = htobe32((uint32_t)(b->len - at - 4));
        memcpy(b->ptr + at, &len, sizeof len);
    }
    if (b->failed)
        return fail(&copy->c->fail, FAIL_TOO_LARGE, "copy: a row is too large");
    return b->len >= CHUNK ? flush(copy) : 0;
}

static void finish(struct db_copy *copy)
{
    copy->c->db->copying = false;
    buf_fini(&copy->out);
    free(copy);
}

/* Reads up to the end of the COPY. `error`: what the server is told, NULL = all is well. */
static int64_t end(struct ctx *c, const char *error)
{
    struct db *db = c->db;
    int64_t rows = 0, rc = 0;

    if (PQputCopyEnd(db->pg, error) != 1)
        return lost(c);
    for (PGresult *res; db->pg && (res = PQgetResult(db->pg)) != NULL; PQclear(res)) {
        if (rc < 0)
            continue;
        if (PQresultStatus(res) == PGRES_COMMAND_OK &&
            str_whole_i64(text_of(PQcmdTuples(res)), &rows, 0, INT64_MAX) == 0)
            rc = rows;
        else
            rc = query_failed(db, res, "copy", &c->fail);
    }
    return rc;
}

int64_t db_copy_end(struct db_copy *copy)
{
    struct ctx *c = copy->c;
    int64_t rows = -1;

    wire_add_i16(&copy->out, -1);
    if (flush(copy) == 0)
        rows = end(c, NULL);
    finish(copy);
    return rows;
}

void db_copy_abort(struct db_copy *copy)
{
    if (!copy)
        return;
    struct ctx *c = copy->c;
    struct fail first = c->fail;

    /* The refusal makes the transaction fail, which is what whoever aborts is about to do anyway. */
    if (c->db->copying && c->db->pg)
        (void)end(c, "aborted");
    c->fail = first;
    finish(copy);
}

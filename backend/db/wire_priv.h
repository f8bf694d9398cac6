/* Values in PostgreSQL's binary format, for parameters, COPY and results. */
#ifndef TANGGAP_DB_WIRE_PRIV_H
#define TANGGAP_DB_WIRE_PRIV_H

#include "db/query.h"
#include "util/buf.h"

#include <libpq-fe.h>

#define WIRE_PARAMS_MAX 64

struct wire_params {
    int count;
    const char *values[WIRE_PARAMS_MAX];
    int lengths[WIRE_PARAMS_MAX];
    int formats[WIRE_PARAMS_MAX];
};

void wire_add_i16(struct buf *out, int16_t v);
void wire_add_i32(struct buf *out, int32_t v);
/* Appends one value without its length. False: it is SQL NULL, nothing was added. */
bool wire_add(struct buf *out, const struct db_in *in);
/* Borrows texts from `in` and everything else from `scratch`, which is reset first. -1: too many or too large. */
MUST_CHECK int wire_params(struct db_ins in, struct buf *scratch, struct wire_params *out);
/* Do the columns of res fit the outputs? 0, or the 1-based column that does not (-1: their number). */
int wire_check(const PGresult *res, struct db_outs outs);
/* Writes one row that wire_check() passed; texts are copied into mem. */
void wire_read_row(const PGresult *res, int row, struct db_outs outs, struct arena *mem);

#endif

/* Binary COPY into a temporary staging table (COPY refuses tables under row-level security). */
#ifndef TANGGAP_DB_COPY_H
#define TANGGAP_DB_COPY_H

#include "db/query.h"

struct db_copy;

/* Inside db_tx. `copy_sql`: "COPY stage (…) FROM STDIN (FORMAT binary)". */
MUST_CHECK int db_copy_begin(struct ctx *c, const char *copy_sql, struct db_copy **out);
/* One row; the same kinds as statement parameters, no arrays. Buffers about 64 KiB. */
MUST_CHECK int db_copy_row(struct db_copy *copy, struct db_ins row);
MUST_CHECK int64_t db_copy_end(struct db_copy *copy);        /* rows; frees in any case */
void db_copy_abort(struct db_copy *copy);                    /* NULL is fine */

#endif

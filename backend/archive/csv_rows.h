/* Records of a comma-separated file (RFC 4180, and what is written in its name): fed in pieces, one record in memory.
 * A quote inside a quoted cell that nothing explains is taken as itself; a lone CR ends a record too. Records without
 * anything in them are left out. Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_CSV_ROWS_H
#define TANGGAP_ARCHIVE_CSV_ROWS_H

#include "util/buf.h"
#include "util/fail.h"

#define CSV_CELLS_MAX  256
#define CSV_RECORD_MAX (8u * 1024 * 1024)

struct csv_row {
    const struct text *cells;      /* of the first CSV_CELLS_MAX; valid during the call */
    size_t count;
    long line;                     /* where it begins */
};

/* 0, or -1 with the reason. */
typedef int csv_take(const struct csv_row *row, void *arg, struct fail *why);

struct csv_rows {
    char delimiter;
    csv_take *take;
    void *arg;
    enum { CSV_BEGIN, CSV_PLAIN, CSV_QUOTED, CSV_QUOTE_SEEN } state;
    bool skip_lf;
    struct buf bytes;              /* of the record's cells, one after the other */
    size_t ends[CSV_CELLS_MAX];
    size_t count;
    long line, record_line;
};

void csv_rows_init(struct csv_rows *c, char delimiter, csv_take *take, void *arg);
void csv_rows_fini(struct csv_rows *c);
/* UTF-8, or any other superset of ASCII. */
MUST_CHECK int csv_rows_feed(struct csv_rows *c, struct text piece, struct fail *why);
/* The last record, and back to the beginning. BAD_FILE for a quote that never ends. */
MUST_CHECK int csv_rows_end(struct csv_rows *c, struct fail *why);

#endif

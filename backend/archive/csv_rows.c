/* Records of a comma-separated file. */
#include "csv_rows.h"

void csv_rows_init(struct csv_rows *c, char delimiter, csv_take *take, void *arg)
{
    *c = (struct csv_rows){ .delimiter = delimiter, .take = take, .arg = arg, .line = 1, .record_line = 1 };
    c->bytes = BUF_INIT(CSV_RECORD_MAX);
}

void csv_rows_fini(struct csv_rows *c)
{
    buf_fini(&c->bytes);
}

static void end_cell(struct csv_rows *c)
{
    if (c->count < CSV_CELLS_MAX)
        c->ends[c->count++] = c->bytes.len;
    c->state = CSV_BEGIN;
}

static int end_record(struct csv_rows *c, struct fail *why)
{
    struct text cells[CSV_CELLS_MAX];
    struct csv_row row = { cells, c->count, c->record_line };
    bool is_blank = c->count == 1 && c->ends[0] == 0;
    size_t from = 0;
    int rc;

    if (c->bytes.failed)
        return fail_line(why, FAIL_BAD_FILE, c->record_line, "a record is longer than %u bytes", CSV_RECORD_MAX);
    for (size_t i = 0; i < c->count; i++) {
        cells[i] = (struct text){ c->bytes.ptr ? c->bytes.ptr + from : "", c->ends[i] - from };
        from = c->ends[i];
    }
    rc = is_blank ? 0 : c->take(&row, c->arg, why);
    c->count = 0;
    buf_reset(&c->bytes);
    c->record_line = c->line;
    return rc;
}

/* Cells beyond the last that counts are read and dropped. */
static void add(struct csv_rows *c, const char *bytes, size_t len)
{
    if (c->count < CSV_CELLS_MAX)
        buf_add(&c->bytes, bytes, len);
}

/* A line end outside quotes. */
static int end_line(struct csv_rows *c, char b, struct fail *why)
{
    c->line++;
    c->skip_lf = b == '\r';
    end_cell(c);
    return end_record(c, why);
}

/* Bytes that mean nothing but themselves in this state. */
static size_t plain_run(const struct csv_rows *c, struct text t)
{
    const char *quote;
    size_t i = 0;

    if (c->state == CSV_QUOTED) {
        quote = memchr(t.ptr, '"', t.len);
        return quote ? (size_t)(quote - t.ptr) : t.len;
    }
    if (c->state == CSV_PLAIN)
        while (i < t.len && t.ptr[i] != c->delimiter && t.ptr[i] != '\n' && t.ptr[i] != '\r')
            i++;
    return i;
}

static void count_lines(struct csv_rows *c, struct text t)
{
    for (const char *nl; t.len && (nl = memchr(t.ptr, '\n', t.len)) != NULL;) {
        c->line++;
        t.len -= (size_t)(nl + 1 - t.ptr);
        t.ptr = nl + 1;
    }
}

static int take_byte(struct csv_rows *c, char b, struct fail *why)
{
    switch (c->state) {
    case CSV_QUOTED:
        c->state = CSV_QUOTE_SEEN;
        return 0;
    case CSV_QUOTE_SEEN:
        if (b == '"') {
            add(c, "\"", 1);
            c->state = CSV_QUOTED;
            return 0;
        }
        if (b != c->delimiter && b != '\n' && b != '\r') {
            add(c, "\"", 1);
            add(c, &b, 1);
            c->state = CSV_QUOTED;
            return 0;
        }
        break;
    case CSV_BEGIN:
        if (b == '"') {
            c->state = CSV_QUOTED;
            return 0;
        }
        break;
    case CSV_PLAIN:
        break;
    }
    if (b == c->delimiter)
        end_cell(c);
    else if (b == '\n' || b == '\r')
        return end_line(c, b, why);
    else {
        add(c, &b, 1);
        c->state = CSV_PLAIN;
    }
    return 0;
}

int csv_rows_feed(struct csv_rows *c, struct text piece, struct fail *why)
{
    while (piece.len) {
        size_t run;

        if (c->skip_lf && *piece.ptr == '\n') {
            c->skip_lf = false;
            piece = (struct text){ piece.ptr + 1, piece.len - 1 };
            continue;
        }
        c->skip_lf = false;
        run = plain_run(c, piece);
        add(c, piece.ptr, run);
        if (c->state == CSV_QUOTED)
            count_lines(c, (struct text){ piece.ptr, run });
        piece = (struct text){ piece.ptr + run, piece.len - run };
        if (c->bytes.failed)
            return fail_line(why, FAIL_BAD_FILE, c->record_line, "a record is longer than %u bytes", CSV_RECORD_MAX);
        if (piece.len && take_byte(c, *piece.ptr, why))
            return -1;
        if (piece.len)
            piece = (struct text){ piece.ptr + 1, piece.len - 1 };
    }
    return 0;
}

int csv_rows_end(struct csv_rows *c, struct fail *why)
{
    int rc = 0;

    if (c->state == CSV_QUOTED)
        return fail_line(why, FAIL_BAD_FILE, c->record_line, "a quote that begins in this record never ends");
    if (c->count || c->state != CSV_BEGIN || c->bytes.len) {
        end_cell(c);
        rc = end_record(c, why);
    }
    c->state = CSV_BEGIN;
    c->skip_lf = false;
    c->line = c->record_line = 1;
    return rc;
}

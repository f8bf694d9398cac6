/* Which column of a table is what: by the words of its header (English and Indonesian), else by what the cells look like.
 * Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_CSV_MAP_H
#define TANGGAP_ARCHIVE_CSV_MAP_H

#include "csv_rows.h"
#include "reader_priv.h"

#define CSV_FIELDS(X)                                                                                                  \
    X(TIME, "sent_at") X(DATE, "date") X(CLOCK, "clock") X(TEXT, "text") X(AUTHOR, "author") X(AUTHOR_ID, "author_id") \
    X(PHONE, "phone") X(RECIPIENT, "recipient") X(DIRECTION, "direction") X(CHANNEL, "channel")                        \
    X(CONVERSATION, "conversation") X(ID, "id") X(ATTACHMENT, "attachment")
#define X(name, word) CSV_##name,
enum csv_field { CSV_FIELDS(X) CSV_FIELD_COUNT };
#undef X

struct csv_map {
    size_t at[CSV_FIELD_COUNT];    /* column + 1; 0: none */
    struct archive_mapping shown;
};

/* Finds delimiter and columns in the file's beginning. is_whole: nothing follows. Texts go to mem. BAD_FILE when there is no
 * table, or no column for the text or the time. */
MUST_CHECK int csv_map_guess(struct csv_map *map, struct text head, bool is_whole, struct arena *mem, char *delimiter,
                             struct fail *why);
/* Does a first line name columns, or hold a time beside something else? */
bool csv_looks_like(struct text first_line);
struct text csv_map_cell(const struct csv_map *map, const struct csv_row *row, enum csv_field f);
/* The line "sep=;" that spreadsheets write. */
bool csv_is_separator_line(const struct csv_row *row);

#endif

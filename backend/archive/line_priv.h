/* What the lines of a LINE chat history can be (exports.md 6). Pure. Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_LINE_PRIV_H
#define TANGGAP_ARCHIVE_LINE_PRIV_H

#include "reader_priv.h"

struct line_day {
    int year, first, second;       /* year first in the file: first = month, second = day */
    bool is_year_first;
    int weekday;                   /* 0 Sunday; -1: not told in words we know */
};

/* "2024/06/01(Sat)", "2024.06.01 Saturday", "Sat, 06/01/2024" … */
bool line_day_parse(struct text t, struct line_day *out);
/* The day under an order; false when there is no such day. */
bool line_day_number(const struct line_day *d, enum date_order order, int64_t *day);
bool line_day_fits(const struct line_day *d, enum date_order order);        /* the told weekday is that day's */

struct line_record {
    int seconds;                   /* since midnight */
    struct text author, words;     /* author absent: a notice of the app's */
};
/* "08:01<TAB>Sari<TAB>Halo" */
bool line_record_parse(struct text t, struct line_record *out);

/* The first line: "[LINE] Chat history with Sari". */
bool line_header_parse(struct text t, struct text *title, bool *is_group);
/* The same from "[LINE] Sari.txt"; absent when it is no such name. */
struct text line_title_of_name(struct text file_name);

struct line_kind {
    const char *notice;            /* unsent, other */
    const char *media_type;        /* of what was left out */
    bool is_call;
};
struct line_kind line_classify(struct text words, bool is_notice);

#endif

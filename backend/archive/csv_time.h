/* Times as people's tables write them (exports.md 7): RFC 3339, seconds or milliseconds since 1970, spreadsheet day
 * numbers, and dates by fields whose order another cell may tell. Pure. Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_CSV_TIME_H
#define TANGGAP_ARCHIVE_CSV_TIME_H

#include "archive/reader.h"

struct csv_time {
    /* INSTANT: at. WALL: wall. FIELDS: a date whose order is open, and the clock; wall is the clock alone. */
    enum { CSV_TIME_NONE, CSV_TIME_INSTANT, CSV_TIME_WALL, CSV_TIME_FIELDS } kind;
    time_us at;
    int64_t wall;                  /* microseconds since 1970 of the clock on the wall */
    int first, second, year;
    char separator;                /* between the date's fields */
    bool has_clock;
};

/* NONE when it is no time. */
struct csv_time csv_time_parse(struct text t);
/* A clock alone ("21:05", "9.05 pm"), in microseconds; -1 when it is none. */
int64_t csv_clock_parse(struct text t);
/* TIME_NONE when the date does not exist in that order. */
time_us csv_time_resolve(const struct csv_time *t, enum date_order order, const struct zone *zone);

#endif

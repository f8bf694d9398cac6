/* Time: wall microseconds since 1970 for what is stored and shown, monotonic for deadlines. Two types, so that the
 * compiler keeps them apart. What must be tested at a fixed time takes it as a parameter. */
#ifndef TANGGAP_UTIL_CLOCK_H
#define TANGGAP_UTIL_CLOCK_H

#include "util/text.h"

#include <stdint.h>

typedef int64_t time_us;                    /* wall, UTC; TIME_NONE = absent */
#define TIME_NONE INT64_MIN
#define US_PER_S INT64_C(1000000)

struct mono_us {
    int64_t us;
};

time_us clock_now(void);
struct mono_us clock_mono(void);
struct mono_us mono_after_ms(int64_t ms);
bool mono_passed(struct mono_us deadline);
int64_t mono_left_ms(struct mono_us deadline);      /* ≥ 0 */
int64_t mono_since_us(struct mono_us start);

/* Days since 1970-01-01 of a proleptic Gregorian date, and back. Pure arithmetic, any year 1..9999. */
int64_t civil_to_days(int year, int month, int day);
void days_to_civil(int64_t days, int *year, int *month, int *day);
bool civil_valid(int year, int month, int day);

#define TIME_TEXT_SIZE 32
/* "2026-11-24T21:39:05.123Z": RFC 3339 with milliseconds, held to the years 1..9999; returns out. */
char *time_format(time_us t, char out[TIME_TEXT_SIZE]);
/* RFC 3339 with any offset (also Meta's "+0000") and 0-6 fraction digits, years 1..9999. 0 or -1. */
MUST_CHECK int time_parse(struct text t, time_us *out);

#endif

/* Time: the two clocks, civil dates, RFC 3339. */
#include "util/clock.h"

#include <time.h>

#define US_PER_DAY (86400 * US_PER_S)
#define EARLIEST   (INT64_C(-719162) * US_PER_DAY)     /* 0001-01-01 */
#define LATEST     (INT64_C(2932897) * US_PER_DAY - 1) /* 9999-12-31, last microsecond */

static int64_t read_clock(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000;
}

time_us clock_now(void)
{
    return read_clock(CLOCK_REALTIME);
}

struct mono_us clock_mono(void)
{
    return (struct mono_us) { read_clock(CLOCK_MONOTONIC) };
}

struct mono_us mono_after_ms(int64_t ms)
{
    return (struct mono_us) { clock_mono().us + ms * 1000 };
}

bool mono_passed(struct mono_us deadline)
{
    return clock_mono().us >= deadline.us;
}

int64_t mono_left_ms(struct mono_us deadline)
{
    int64_t left = deadline.us - clock_mono().us;

    return left > 0 ? (left + 999) / 1000 : 0;
}

int64_t mono_since_us(struct mono_us start)
{
    return clock_mono().us - start.us;
}

/* Counts in years that begin in March, so that the leap day is the last; 146097 days make 400 years. */
int64_t civil_to_days(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void days_to_civil(int64_t days, int *year, int *month, int *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool civil_valid(int year, int month, int day)
{
    static const signed char length[13] = { 0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= length[month] + (month == 2 && is_leap(year));
}

static char *put(char *p, int value, int width)
{
    for (int i = width - 1; i >= 0; i--) {
        p[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return p + width;
}

char *time_format(time_us t, char out[TIME_TEXT_SIZE])
{
    int year, month, day;

    /* Beyond the four-digit years nothing is a time that anybody meant. */
    t = t < EARLIEST ? EARLIEST : t > LATEST ? LATEST : t;
    int64_t days = (t >= 0 ? t : t - (US_PER_DAY - 1)) / US_PER_DAY;
    int ms = (int)((t - days * US_PER_DAY) / 1000);
    days_to_civil(days, &year, &month, &day);

    char *p = put(out, year, 4);
    *p++ = '-';
    p = put(p, month, 2);
    *p++ = '-';
    p = put(p, day, 2);
    *p++ = 'T';
    p = put(p, ms / 3600000, 2);
    *p++ = ':';
    p = put(p, ms / 60000 % 60, 2);
    *p++ = ':';
    p = put(p, ms / 1000 % 60, 2);
    *p++ = '.';
    p = put(p, ms % 1000, 3);
    *p++ = 'Z';
    *p = '\0';
    return out;
}

static bool take_number(struct text *cur, int digits, int *out)
{
    int n = 0;

    if (cur->len < (size_t)digits)
        return false;
    for (int i = 0; i < digits; i++) {
        if (cur->ptr[i] < '0' || cur->ptr[i] > '9')
            return false;
        n = n * 10 + (cur->ptr[i] - '0');
    }
    cur->ptr += digits;
    cur->len -= (size_t)digits;
    *out = n;
    return true;
}

static bool take_char(struct text *cur, char a, char b)
{
    if (cur->len == 0 || (cur->ptr[0] != a && cur->ptr[0] != b))
        return false;
    cur->ptr++;
    cur->len--;
    return true;
}

/* ".5" → 500000 µs; at most six digits. */
static bool take_fraction(struct text *cur, int *us)
{
    int digits = 0, n = 0, digit;

    *us = 0;
    if (!take_char(cur, '.', '.'))
        return true;
    while (digits < 6 && take_number(cur, 1, &digit)) {
        n = n * 10 + digit;
        digits++;
    }
    if (digits == 0)
        return false;
    for (; digits < 6; digits++)
        n *= 10;
    *us = n;
    return true;
}

/* "Z", "+07:00", and Meta's "+0000". */
static bool take_offset(struct text *cur, int *seconds)
{
    int hours, minutes;

    if (take_char(cur, 'Z', 'z')) {
        *seconds = 0;
        return true;
    }
    bool west = cur->len > 0 && cur->ptr[0] == '-';
    if (!take_char(cur, '+', '-') || !take_number(cur, 2, &hours))
        return false;
    take_char(cur, ':', ':');
    if (!take_number(cur, 2, &minutes) || hours > 23 || minutes > 59)
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
    return true;
}

int time_parse(struct text t, time_us *out)
{
    int year, month, day, hour, minute, second, us, offset;

    if (!take_number(&t, 4, &year) || !take_char(&t, '-', '-') || !take_number(&t, 2, &month) ||
        !take_char(&t, '-', '-') || !take_number(&t, 2, &day) || !civil_valid(year, month, day))
        return -1;
    if ((!take_char(&t, 'T', 't') && !take_char(&t, ' ', ' ')) || !take_number(&t, 2, &hour) ||
        !take_char(&t, ':', ':') || !take_number(&t, 2, &minute) || !take_char(&t, ':', ':') ||
        !take_number(&t, 2, &second))
        return -1;
    /* 60 is a leap second: the first microsecond of the next minute. */
    if (hour > 23 || minute > 59 || second > 60)
        return -1;
    if (!take_fraction(&t, &us) || !take_offset(&t, &offset) || t.len)
        return -1;
    time_us when = civil_to_days(year, month, day) * US_PER_DAY +
                   ((int64_t)hour * 3600 + minute * 60 + second - offset) * US_PER_S + us;
    if (when < EARLIEST || when > LATEST)
        return -1;
    *out = when;
    return 0;
}

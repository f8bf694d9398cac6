/* POSIX TZ strings, with the extensions of RFC 8536: parsing, and the offset at an instant. */
#include "zone_priv.h"

#include "util/clock.h"
#include "util/str.h"

#define DAY_S 86400

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "WIB" or "<+07>". */
static bool skip_name(struct text *cur)
{
    size_t n = 0;

    if (str_skip_char(cur, '<')) {
        struct text name;
        return str_split(cur, '>', &name) && name.len > 0;
    }
    while (n < cur->len && is_letter(cur->ptr[n]))
        n++;
    cur->ptr += n;
    cur->len -= n;
    return n >= 3;
}

/* "[+-]hh[:mm[:ss]]" */
static bool read_seconds(struct text *cur, int most_hours, int32_t *out)
{
    bool is_minus = str_skip_char(cur, '-');
    int64_t hours, part[2] = { 0, 0 };

    if (!is_minus)
        str_skip_char(cur, '+');
    if (cur->len == 0 || cur->ptr[0] == '-' || str_i64(cur, &hours, 0, most_hours))
        return false;
    for (int i = 0; i < 2 && str_skip_char(cur, ':'); i++)
        if (cur->len == 0 || cur->ptr[0] == '-' || str_i64(cur, &part[i], 0, 59))
            return false;
    int32_t seconds = (int32_t)(hours * 3600 + part[0] * 60 + part[1]);
    *out = is_minus ? -seconds : seconds;
    return true;
}

static bool read_int(struct text *cur, int min, int max, int *out)
{
    int64_t n;

    if (cur->len == 0 || cur->ptr[0] == '-' || str_i64(cur, &n, min, max))
        return false;
    *out = (int)n;
    return true;
}

static bool read_day(struct text *cur, struct zone_day *out)
{
    struct zone_day d = { .at = 2 * 3600 };
    bool good;

    if (str_skip_char(cur, 'M')) {
        d.kind = DAY_OF_MONTH_WEEK;
        good = read_int(cur, 1, 12, &d.month) && str_skip_char(cur, '.') && read_int(cur, 1, 5, &d.week) &&
               str_skip_char(cur, '.') && read_int(cur, 0, 6, &d.weekday);
    } else if (str_skip_char(cur, 'J')) {
        d.kind = DAY_WITHOUT_LEAP;
        good = read_int(cur, 1, 365, &d.day);
    } else {
        d.kind = DAY_OF_YEAR;
        good = read_int(cur, 0, 365, &d.day);
    }
    if (good && str_skip_char(cur, '/'))
        good = read_seconds(cur, 167, &d.at);
    *out = d;
    return good;
}

int zone_rule_parse(struct text t, struct zone_rule *out)
{
    struct zone_rule r = { .has_summer = false };
    int32_t west;

    if (!skip_name(&t) || !read_seconds(&t, 24, &west))
        return -1;
    r.standard = -west;
    if (t.len) {
        r.has_summer = true;
        r.summer = r.standard + 3600;
        if (!skip_name(&t))
            return -1;
        if (t.len && t.ptr[0] != ',') {
            if (!read_seconds(&t, 24, &west))
                return -1;
            r.summer = -west;
        }
        if (!str_skip_char(&t, ',') || !read_day(&t, &r.starts) || !str_skip_char(&t, ',') || !read_day(&t, &r.ends) ||
            t.len)
            return -1;
    }
    *out = r;
    return 0;
}

/* Days since 1970 of the rule's day in a year. */
static int64_t day_in_year(const struct zone_day *d, int year)
{
    int64_t first = civil_to_days(year, 1, 1);

    if (d->kind == DAY_OF_YEAR)
        return first + d->day;
    if (d->kind == DAY_WITHOUT_LEAP)
        return first + d->day - 1 + (d->day >= 60 && civil_valid(year, 2, 29));
    int64_t day = civil_to_days(year, d->month, 1);
    /* 1970-01-01 was a Thursday, day 4 of a week that begins on Sunday. */
    int64_t weekday = ((day + 4) % 7 + 7) % 7;
    day += (d->weekday - weekday + 7) % 7 + INT64_C(7) * (d->week - 1);
    int64_t next_month = d->month == 12 ? civil_to_days(year + 1, 1, 1) : civil_to_days(year, d->month + 1, 1);
    return day >= next_month ? day - 7 : day;
}

int32_t zone_rule_offset(const struct zone_rule *r, int64_t utc_s)
{
    int year, month, day;

    if (!r->has_summer)
        return r->standard;
    int64_t local = utc_s + r->standard;
    days_to_civil((local >= 0 ? local : local - (DAY_S - 1)) / DAY_S, &year, &month, &day);
    int64_t starts = day_in_year(&r->starts, year) * DAY_S + r->starts.at - r->standard;
    int64_t ends = day_in_year(&r->ends, year) * DAY_S + r->ends.at - r->summer;
    bool is_summer = starts < ends ? utc_s >= starts && utc_s < ends : utc_s >= starts || utc_s < ends;
    return is_summer ? r->summer : r->standard;
}

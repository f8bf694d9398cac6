/* Times as people's tables write them. */
#include "csv_time.h"

#include "util/str.h"

#define DAY_S 86400
/* Spreadsheets count days from here. */
#define SERIAL_ZERO (-25569)

static void skip_blanks(struct text *t)
{
    while (str_skip_char(t, ' ') || str_skip_char(t, '\t') || str_skip(t, TEXT("\xc2\xa0")) ||
           str_skip(t, TEXT("\xe2\x80\xaf")))
        ;
}

static bool two_digits(struct text *t, int64_t *out, int64_t max)
{
    struct text was = *t;
    int64_t n;

    if (!t->len || *t->ptr < '0' || *t->ptr > '9' || str_i64(t, &n, 0, max) || was.len - t->len > 2) {
        *t = was;
        return false;
    }
    *out = n;
    return true;
}

/* "am", "PM", "a.m."; 1 am, 2 pm, 0 none. */
static int take_marker(struct text *t)
{
    static const struct {
        struct text word;
        int kind;
    } words[] = { { TEXT_INIT("am"), 1 }, { TEXT_INIT("pm"), 2 }, { TEXT_INIT("a.m."), 1 }, { TEXT_INIT("p.m."), 2 } };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (t->len >= words[i].word.len &&
            str_equal_nocase((struct text){ t->ptr, words[i].word.len }, words[i].word)) {
            *t = (struct text){ t->ptr + words[i].word.len, t->len - words[i].word.len };
            return words[i].kind;
        }
    return 0;
}

/* Digits of a fraction, as microseconds. */
static int64_t take_fraction(struct text *t)
{
    int64_t us = 0, unit = 100000;

    while (t->len && *t->ptr >= '0' && *t->ptr <= '9') {
        us += (*t->ptr - '0') * unit;
        unit /= 10;
        *t = (struct text){ t->ptr + 1, t->len - 1 };
    }
    return us;
}

/* "21:05", "21.05:07", "9:05:07.123 PM"; false: there is none and t stays. */
static bool take_clock(struct text *t, int64_t *us)
{
    struct text was = *t;
    int64_t h, m, s = 0, fraction = 0;
    int marker;

    if (!two_digits(t, &h, 23) || !(str_skip_char(t, ':') || str_skip_char(t, '.')) || !two_digits(t, &m, 59)) {
        *t = was;
        return false;
    }
    if (t->len && (*t->ptr == ':' || *t->ptr == '.')) {
        *t = (struct text){ t->ptr + 1, t->len - 1 };
        if (!two_digits(t, &s, 59)) {
            *t = was;
            return false;
        }
        if (str_skip_char(t, '.') || str_skip_char(t, ','))
            fraction = take_fraction(t);
    }
    was = *t;
    skip_blanks(t);
    marker = take_marker(t);
    if (!marker)
        *t = was;
    /* "23:59 PM" and "00:04 AM" exist: the marker is then ignored */
    if (marker == 2 && h > 0 && h < 12)
        h += 12;
    else if (marker == 1 && h == 12)
        h = 0;
    *us = ((h * 60 + m) * 60 + s) * US_PER_S + fraction;
    return true;
}

int64_t csv_clock_parse(struct text t)
{
    int64_t us;

    t = str_trim(t);
    return take_clock(&t, &us) && !t.len ? us : -1;
}

static struct csv_time of_number(struct text t)
{
    struct csv_time out = { .kind = CSV_TIME_NONE };
    size_t whole = 0;
    int64_t n, part = 0;
    struct text rest;

    while (whole < t.len && t.ptr[whole] >= '0' && t.ptr[whole] <= '9')
        whole++;
    if (str_whole_i64((struct text){ t.ptr, whole }, &n, 0, INT64_MAX))
        return out;
    rest = (struct text){ t.ptr + whole, t.len - whole };
    if (rest.len && (str_skip_char(&rest, '.') || str_skip_char(&rest, ',')))
        part = take_fraction(&rest);
    if (rest.len)
        return out;
    if (whole == 5) {
        out.kind = CSV_TIME_WALL;
        out.wall = ((n + SERIAL_ZERO) * US_PER_S + part) * DAY_S;
        /* a day's fraction in six digits is a guess at the second */
        out.wall = (out.wall + US_PER_S / 2) / US_PER_S * US_PER_S;
        out.has_clock = true;
    } else if (whole == 10 || whole == 13 || whole == 16) {
        out.kind = CSV_TIME_INSTANT;
        out.at = whole == 10 ? n * US_PER_S + part : whole == 13 ? n * 1000 : n;
    }
    return out;
}

/* What may stand behind a clock: a zone. False: something else does. */
static bool take_offset(struct text *t, int64_t *offset_s, bool *found)
{
    struct text was = *t;
    int64_t h, m = 0;
    bool is_west;

    skip_blanks(t);
    *found = true;
    *offset_s = 0;
    if (str_skip(t, TEXT("UTC")) || str_skip(t, TEXT("GMT")) || str_skip_char(t, 'Z'))
        return true;
    is_west = t->len && *t->ptr == '-';
    if (t->len && (*t->ptr == '+' || is_west)) {
        *t = (struct text){ t->ptr + 1, t->len - 1 };
        if (!t->len || t->len < 2 || str_whole_i64((struct text){ t->ptr, 2 }, &h, 0, 18))
            return false;
        *t = (struct text){ t->ptr + 2, t->len - 2 };
        (void)str_skip_char(t, ':');
        if (t->len >= 2 && str_whole_i64((struct text){ t->ptr, 2 }, &m, 0, 59) == 0)
            *t = (struct text){ t->ptr + 2, t->len - 2 };
        *offset_s = (is_west ? -1 : 1) * (h * 60 + m) * 60;
        return true;
    }
    *t = was;
    *found = false;
    return true;
}

static bool is_separator(char c)
{
    return c == '/' || c == '-' || c == '.';
}

static bool take_date(struct text *t, int64_t v[3], size_t lens[3], char *separator)
{
    for (int i = 0; i < 3; i++) {
        struct text was = *t;

        if (!t->len || *t->ptr < '0' || *t->ptr > '9' || str_i64(t, &v[i], 0, 9999))
            return false;
        lens[i] = was.len - t->len;
        if (i == 2)
            break;
        if (!t->len || !is_separator(*t->ptr) || (i == 1 && *t->ptr != *separator))
            return false;
        *separator = *t->ptr;
        *t = (struct text){ t->ptr + 1, t->len - 1 };
    }
    return true;
}

struct csv_time csv_time_parse(struct text t)
{
    struct csv_time out = { .kind = CSV_TIME_NONE }, none = out;
    int64_t v[3], clock = 0, offset = 0;
    size_t lens[3];
    bool has_offset = false;

    t = str_trim(t);
    if (time_parse(t, &out.at) == 0) {
        out.kind = CSV_TIME_INSTANT;
        return out;
    }
    out = of_number(t);
    if (out.kind != CSV_TIME_NONE || !take_date(&t, v, lens, &out.separator))
        return out;
    (void)(str_skip_char(&t, ',') || str_skip_char(&t, 'T'));
    skip_blanks(&t);
    out.has_clock = take_clock(&t, &clock);
    if (!take_offset(&t, &offset, &has_offset) || str_trim(t).len)
        return none;
    clock -= offset * US_PER_S;
    if (lens[0] == 4) {
        if (!civil_valid((int)v[0], (int)v[1], (int)v[2]))
            return none;
        out.kind = has_offset ? CSV_TIME_INSTANT : CSV_TIME_WALL;
        out.at = out.wall = civil_to_days((int)v[0], (int)v[1], (int)v[2]) * DAY_S * US_PER_S + clock;
        return out;
    }
    if (lens[0] > 2 || lens[1] > 2 || (lens[2] != 4 && lens[2] != 2) || has_offset)
        return none;
    out.kind = CSV_TIME_FIELDS;
    out.first = (int)v[0];
    out.second = (int)v[1];
    out.year = (int)(lens[2] == 2 ? 2000 + v[2] : v[2]);
    out.wall = clock;
    return (out.first < 1 || out.second < 1 || out.first > 31 || out.second > 31) ? none : out;
}

time_us csv_time_resolve(const struct csv_time *t, enum date_order order, const struct zone *zone)
{
    int64_t wall = t->wall;
    int day = order == DATE_ORDER_MDY ? t->second : t->first, month = order == DATE_ORDER_MDY ? t->first : t->second;

    if (t->kind == CSV_TIME_INSTANT)
        return t->at;
    if (t->kind == CSV_TIME_NONE || (t->kind == CSV_TIME_FIELDS && !civil_valid(t->year, month, day)))
        return TIME_NONE;
    if (t->kind == CSV_TIME_FIELDS)
        wall += civil_to_days(t->year, month, day) * DAY_S * US_PER_S;
    return zone ? zone_to_utc(zone, wall, TIME_NONE) : wall;
}

/* What the lines of a LINE chat history can be. */
#include "line_priv.h"

#include "util/str.h"

static bool number(struct text *t, int64_t *out, size_t min, size_t max)
{
    struct text was = *t;

    if (!t->len || *t->ptr < '0' || *t->ptr > '9' || str_i64(t, out, 0, 9999) || was.len - t->len < min ||
        was.len - t->len > max) {
        *t = was;
        return false;
    }
    return true;
}

/* ---- days ---- */

static int weekday_of(struct text t)
{
    static const char *const words[][7] = {
        { "sun", "mon", "tue", "wed", "thu", "fri", "sat" },
        { "min", "sen", "sel", "rab", "kam", "jum", "sab" },
        { "\xe6\x97\xa5", "\xe6\x9c\x88", "\xe7\x81\xab", "\xe6\xb0\xb4", "\xe6\x9c\xa8", "\xe9\x87\x91", "\xe5\x9c\x9f" },
        { "\xe9\x80\xb1\xe6\x97\xa5", "\xe9\x80\xb1\xe4\xb8\x80", "\xe9\x80\xb1\xe4\xba\x8c", "\xe9\x80\xb1\xe4\xb8\x89",
          "\xe9\x80\xb1\xe5\x9b\x9b", "\xe9\x80\xb1\xe4\xba\x94", "\xe9\x80\xb1\xe5\x85\xad" },
    };

    (void)str_skip_char(&t, '(');
    for (size_t l = 0; l < COUNT_OF(words); l++)
        for (int d = 0; d < 7; d++) {
            size_t len = strlen(words[l][d]);

            if (t.len >= len && str_equal_nocase((struct text){ t.ptr, len }, text_of(words[l][d])))
                return d;
        }
    return -1;
}

/* What may stand behind a date: nothing, or a weekday. */
static bool is_weekday_tail(struct text t)
{
    return !t.len || (t.len <= 40 && !memchr(t.ptr, '\t', t.len) && !memchr(t.ptr, ':', t.len) &&
                      (*t.ptr == '(' || *t.ptr == ' ' || (unsigned char)*t.ptr >= 0x80));
}

static bool year_first(struct text t, struct line_day *out)
{
    int64_t y, m, d;
    char separator;

    if (!number(&t, &y, 4, 4) || !t.len || !strchr("/.-", *t.ptr))
        return false;
    separator = *t.ptr;
    if (!str_skip_char(&t, separator) || !number(&t, &m, 1, 2) || !str_skip_char(&t, separator) ||
        !number(&t, &d, 1, 2) || !is_weekday_tail(t) || !civil_valid((int)y, (int)m, (int)d))
        return false;
    *out = (struct line_day){ (int)y, (int)m, (int)d, true, weekday_of(str_trim(t)) };
    return true;
}

bool line_day_parse(struct text t, struct line_day *out)
{
    struct text rest = t, head;
    int64_t a, b, y;
    char separator;

    if (year_first(t, out))
        return true;
    if (!str_split(&rest, ',', &head) || head.len > 24 || !str_skip_char(&rest, ' ') || !number(&rest, &a, 1, 2) ||
        !rest.len || !strchr("/.-", *rest.ptr))
        return false;
    separator = *rest.ptr;
    if (!str_skip_char(&rest, separator) || !number(&rest, &b, 1, 2) || !str_skip_char(&rest, separator) ||
        !number(&rest, &y, 4, 4) || str_trim(rest).len || a < 1 || b < 1 || a > 31 || b > 31)
        return false;
    *out = (struct line_day){ (int)y, (int)a, (int)b, false, weekday_of(head) };
    return true;
}

bool line_day_number(const struct line_day *d, enum date_order order, int64_t *day)
{
    bool month_first = d->is_year_first || order == DATE_ORDER_MDY;
    int m = month_first ? d->first : d->second, n = month_first ? d->second : d->first;

    if (!civil_valid(d->year, m, n))
        return false;
    *day = civil_to_days(d->year, m, n);
    return true;
}

bool line_day_fits(const struct line_day *d, enum date_order order)
{
    int64_t day;

    /* 1970-01-01 was a Thursday */
    return d->weekday >= 0 && line_day_number(d, order, &day) && (day % 7 + 11) % 7 == d->weekday;
}

/* ---- records ---- */

/* "08:01", "8:01AM", "午後8:01" */
static bool clock_parse(struct text t, int *seconds)
{
    static const struct {
        struct text word;
        bool is_pm;
    } marks[] = {
        { TEXT_INIT("\xe5\x8d\x88\xe5\x89\x8d"), false }, { TEXT_INIT("\xe5\x8d\x88\xe5\xbe\x8c"), true },
        { TEXT_INIT("\xe4\xb8\x8a\xe5\x8d\x88"), false }, { TEXT_INIT("\xe4\xb8\x8b\xe5\x8d\x88"), true },
        { TEXT_INIT("\xec\x98\xa4\xec\xa0\x84"), false }, { TEXT_INIT("\xec\x98\xa4\xed\x9b\x84"), true },
    };
    int64_t h, m;
    bool is_am = false, is_pm = false;

    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (str_skip(&t, marks[i].word)) {
            is_pm = marks[i].is_pm;
            is_am = !is_pm;
            (void)str_skip_char(&t, ' ');
        }
    if (!number(&t, &h, 1, 2) || h > 23 || !str_skip_char(&t, ':') || !number(&t, &m, 2, 2) || m > 59)
        return false;
    t = str_trim(t);
    if (str_equal_nocase(t, TEXT("am")))
        is_am = true;
    else if (str_equal_nocase(t, TEXT("pm")))
        is_pm = true;
    else if (t.len)
        return false;
    if (is_pm && h > 0 && h < 12)
        h += 12;
    else if (is_am && h == 12)
        h = 0;
    *seconds = (int)(h * 60 + m) * 60;
    return true;
}

bool line_record_parse(struct text t, struct line_record *out)
{
    struct text rest = t, clock;
    struct line_record r = { .author = { NULL, 0 } };

    if (!str_split(&rest, '\t', &clock) || clock.len > 16 || !clock_parse(clock, &r.seconds))
        return false;
    r.words = rest;
    if (rest.len && memchr(rest.ptr, '\t', rest.len)) {
        (void)str_split(&rest, '\t', &r.author);
        r.words = rest;
        if (!r.author.len)
            r.author.ptr = NULL;
    }
    *out = r;
    return true;
}

/* ---- the header ---- */

bool line_header_parse(struct text t, struct text *title, bool *is_group)
{
    static const struct {
        const char *before, *after;
        bool is_group;
    } shapes[] = {
        { "Chat history with ", "", false },
        { "Chat history in ", "", true },
        { "Riwayat chat dengan ", "", false },
        { "Riwayat obrolan dengan ", "", false },
        { "Riwayat chat di ", "", true },
        { "", "\xe3\x81\xa8\xe3\x81\xae\xe3\x83\x88\xe3\x83\xbc\xe3\x82\xaf\xe5\xb1\xa5\xe6\xad\xb4", false },
        { "", "\xe3\x81\xae\xe3\x83\x88\xe3\x83\xbc\xe3\x82\xaf\xe5\xb1\xa5\xe6\xad\xb4", true },
        { "\xe8\x88\x87", "\xe7\x9a\x84\xe8\x81\x8a\xe5\xa4\xa9\xe8\xa8\x98\xe9\x8c\x84", false },
        { "\xe4\xb8\x8e", "\xe7\x9a\x84\xe8\x81\x8a\xe5\xa4\xa9\xe8\xae\xb0\xe5\xbd\x95", false },
        { "", "\xe7\x9a\x84\xe8\x81\x8a\xe5\xa4\xa9\xe8\xa8\x98\xe9\x8c\x84", true },
        { "", "\xe7\x9a\x84\xe8\x81\x8a\xe5\xa4\xa9\xe8\xae\xb0\xe5\xbd\x95", true },
        { "\xe0\xb8\x9b\xe0\xb8\xa3\xe0\xb8\xb0\xe0\xb8\xa7\xe0\xb8\xb1\xe0\xb8\x95\xe0\xb8\xb4\xe0\xb8\x81\xe0\xb8\xb2\xe0"
          "\xb8\xa3\xe0\xb9\x81\xe0\xb8\x8a\xe0\xb8\x97\xe0\xb8\x81\xe0\xb8\xb1\xe0\xb8\x9a ",
          "", false },
    };
    bool has_mark = str_skip(&t, TEXT("[LINE]"));

    t = str_trim(t);
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct text before = text_of(shapes[i].before), after = text_of(shapes[i].after);

        if (t.len <= before.len + after.len || !text_starts(t, before) ||
            memcmp(t.ptr + t.len - after.len, after.ptr, after.len) != 0)
            continue;
        *title = (struct text){ t.ptr + before.len, t.len - before.len - after.len };
        *is_group = shapes[i].is_group;
        return true;
    }
    *title = (struct text){ NULL, 0 };
    return has_mark;
}

struct text line_title_of_name(struct text name)
{
    name = reader_base_name(name);
    if (!str_skip(&name, TEXT("[LINE]")) || name.len < 5 ||
        !str_equal_nocase((struct text){ name.ptr + name.len - 4, 4 }, TEXT(".txt")))
        return (struct text){ NULL, 0 };
    name = str_trim((struct text){ name.ptr, name.len - 4 });
    return name.len ? name : (struct text){ NULL, 0 };
}

/* ---- kinds ---- */

struct line_kind line_classify(struct text words, bool is_notice)
{
    static const struct {
        const char *word, *type;
    } media[] = {
        { "[Photo]", "image" }, { "[Video]", "video" }, { "[Sticker]", "sticker" }, { "[Voice message]", "voice" },
        { "[File]", "file" }, { "[Location]", "location" }, { "[Contact]", "contact" }, { "[Album]", "image" },
        { "[Foto]", "image" }, { "[Stiker]", "sticker" }, { "[Pesan suara]", "voice" }, { "[Lokasi]", "location" },
        { "[Kontak]", "contact" }, { "[\xe5\x86\x99\xe7\x9c\x9f]", "image" },
        { "[\xe5\x8b\x95\xe7\x94\xbb]", "video" }, { "[\xe3\x82\xb9\xe3\x82\xbf\xe3\x83\xb3\xe3\x83\x97]", "sticker" },
        { "[\xe3\x83\x9c\xe3\x82\xa4\xe3\x82\xb9\xe3\x83\xa1\xe3\x83\x83\xe3\x82\xbb\xe3\x83\xbc\xe3\x82\xb8]", "voice" },
        { "[\xe3\x83\x95\xe3\x82\xa1\xe3\x82\xa4\xe3\x83\xab]", "file" }, { "[\xe7\x85\xa7\xe7\x89\x87]", "image" },
        { "[\xe5\xbd\xb1\xe7\x89\x87]", "video" }, { "[\xe8\xb2\xbc\xe5\x9c\x96]", "sticker" },
        { "[\xe8\xaa\x9e\xe9\x9f\xb3\xe8\xa8\x8a\xe6\x81\xaf]", "voice" }, { "[\xe6\xaa\x94\xe6\xa1\x88]", "file" },
    };
    static const char *const unsent[] = { " unsent a message.", "You unsent a message.",
                                          "\xe3\x83\xa1\xe3\x83\x83\xe3\x82\xbb\xe3\x83\xbc\xe3\x82\xb8\xe3\x81\xae\xe9\x80\x81\xe4"
                                          "\xbf\xa1\xe3\x82\x92\xe5\x8f\x96\xe3\x82\x8a\xe6\xb6\x88\xe3\x81\x97\xe3\x81\xbe\xe3\x81"
                                          "\x97\xe3\x81\x9f",
                                          "\xe5\xb7\xb2\xe6\x94\xb6\xe5\x9b\x9e\xe8\xa8\x8a\xe6\x81\xaf" };
    struct line_kind k = { NULL, NULL, false };

    if (is_notice) {
        k.notice = "other";
        for (size_t i = 0; i < COUNT_OF(unsent); i++)
            if (str_find(words, text_of(unsent[i])))
                k.notice = "unsent";
        return k;
    }
    for (size_t i = 0; i < COUNT_OF(media); i++)
        if (text_equal(words, text_of(media[i].word)))
            k.media_type = media[i].type;
    k.is_call = text_starts(words, TEXT("\xe2\x98\x8e"));
    return k;
}

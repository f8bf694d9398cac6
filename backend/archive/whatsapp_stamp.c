/* Headers of WhatsApp exports: every shape of date and clock that exports.md 1.3 lists, in any digits. */
#include "whatsapp_stamp.h"

#include "util/str.h"

/* Words that stand for half a day; the latin a/p forms with dots and blanks are parsed by hand. */
static const struct {
    const char *word;
    enum marker_kind kind;
} markers[] = {
    { "上午", MARKER_AM },       { "下午", MARKER_PM },       { "凌晨", MARKER_AM },      { "清晨", MARKER_AM },
    { "早上", MARKER_AM },       { "中午", MARKER_NOON },     { "晚上", MARKER_NIGHT },   { "午前", MARKER_AM },
    { "午後", MARKER_PM },       { "오전", MARKER_AM },       { "오후", MARKER_PM },      { "ص", MARKER_AM },
    { "م", MARKER_PM },          { "ق.ظ.", MARKER_AM },       { "ب.ظ.", MARKER_PM },      { "morgens", MARKER_AM },
    { "vorm.", MARKER_AM },      { "vormittags", MARKER_AM }, { "mittags", MARKER_NOON }, { "nachm.", MARKER_PM },
    { "nachmittags", MARKER_PM }, { "abends", MARKER_PM },    { "nachts", MARKER_NIGHT }, { "SA", MARKER_AM },
    { "CH", MARKER_PM },         { "ÖÖ", MARKER_AM },         { "ÖS", MARKER_PM },        { "π.μ.", MARKER_AM },
    { "μ.μ.", MARKER_PM },       { "पूर्वाह्न", MARKER_AM },     { "अपराह्न", MARKER_PM },    { "পূর্বাহ্ণ", MARKER_AM },
    { "অপরাহ্ণ", MARKER_PM },     { "ก่อนเที่ยง", MARKER_AM },    { "หลังเที่ยง", MARKER_PM },  { "de.", MARKER_AM },
    { "du.", MARKER_PM },        { "dop.", MARKER_AM },       { "odp.", MARKER_PM },      { "ap.", MARKER_AM },
    { "ip.", MARKER_PM },        { "fm", MARKER_AM },         { "em", MARKER_PM },        { "PTG", MARKER_PM },
    { "PG", MARKER_AM },         { "PD", MARKER_AM },         { "MD", MARKER_PM },        { "дп", MARKER_AM },
    { "пп", MARKER_PM },         { "לפנה״צ", MARKER_AM },     { "אחה״צ", MARKER_PM },     { "ч.", MARKER_NONE },
    { "Uhr", MARKER_NONE },      { "น.", MARKER_NONE },
};

static const char *const joiners[] = { "klo", "kl.", "kl", "pukul", "um", "at" };

size_t wa_marks(struct text t)
{
    size_t n = 0;

    while (t.len - n >= 3 && (memcmp(t.ptr + n, "\xe2\x80\x8e", 3) == 0 || memcmp(t.ptr + n, "\xe2\x80\x8f", 3) == 0 ||
                              memcmp(t.ptr + n, "\xef\xbb\xbf", 3) == 0))
        n += 3;
    return n;
}

/* Also those that embed: around and between the parts of a date. */
static void skip_marks(struct cur *c)
{
    const unsigned char *p = c->p;

    while (c->end - p >= 2 && *p >= 0x80) {
        if (c->end - p >= 3 && p[0] == 0xe2 &&
            ((p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xaa && p[2] <= 0xae))) ||
             (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
            p += 3;
        else if (c->end - p >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
            p += 3;
        else if (p[0] == 0xd8 && p[1] == 0x9c)
            p += 2;
        else
            break;
    }
    c->p = p;
}

/* Blanks and marks; true if there was a blank. */
static bool skip_blanks(struct cur *c)
{
    bool any = false;

    for (;; any = true) {
        skip_marks(c);
        if (c->p < c->end && *c->p == ' ')
            c->p++;
        else if (c->end - c->p >= 2 && c->p[0] == 0xc2 && c->p[1] == 0xa0)
            c->p += 2;
        else if (c->end - c->p >= 3 && c->p[0] == 0xe2 && c->p[1] == 0x80 && (c->p[2] == 0xaf || c->p[2] == 0x89))
            c->p += 3;
        else
            return any;
    }
}

static bool skip_word(struct cur *c, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(c->end - c->p) < len || memcmp(c->p, word, len) != 0)
        return false;
    c->p += len;
    return true;
}

static bool skip_byte(struct cur *c, char b)
{
    if (c->p >= c->end || *c->p != (unsigned char)b)
        return false;
    c->p++;
    return true;
}

/* Value of the digit at the cursor in any of the scripts that phones write, or -1; *len its bytes. */
static int digit_at(const struct cur *c, size_t *len)
{
    static const struct {
        unsigned char lead[2];
        unsigned char lead_len, zero;
    } scripts[] = {
        { { 0xd9, 0 }, 1, 0xa0 },    { { 0xdb, 0 }, 1, 0xb0 },    { { 0xe0, 0xa5 }, 2, 0xa6 }, { { 0xe0, 0xa7 }, 2, 0xa6 },
        { { 0xe0, 0xb9 }, 2, 0x90 }, { { 0xe1, 0x81 }, 2, 0x80 }, { { 0xef, 0xbc }, 2, 0x90 },
    };

    if (c->p >= c->end)
        return -1;
    *len = 1;
    if (*c->p < 0x80)
        return *c->p >= '0' && *c->p <= '9' ? *c->p - '0' : -1;
    for (size_t i = 0; i < COUNT_OF(scripts); i++) {
        size_t lead = scripts[i].lead_len;
        int v;

        if ((size_t)(c->end - c->p) <= lead || memcmp(c->p, scripts[i].lead, lead) != 0)
            continue;
        v = c->p[lead] - scripts[i].zero;
        *len = lead + 1;
        return v >= 0 && v <= 9 ? v : -1;
    }
    return -1;
}

/* A number of 1..max digits; 0 digits: none. */
static int read_number(struct cur *c, int max, int *value)
{
    int n = 0, v = 0, d;
    size_t len;
    const unsigned char *at = c->p;

    while (n <= max && (d = digit_at(c, &len)) >= 0) {
        c->other_digits |= len > 1;
        v = v * 10 + d;
        c->p += len;
        n++;
    }
    *value = v;
    if (n > 0 && n <= max && c->numbers < WA_NUMBERS) {
        c->number[c->numbers].at = at;
        c->number[c->numbers++].digits = n;
    }
    return n > max ? 0 : n;
}

static int read_era(struct cur *c)
{
    size_t len;
    struct cur next = *c;
    int first = 0;

    if (skip_byte(&next, 'R') || skip_word(&next, "令和"))
        first = 2019;
    else if (skip_byte(&next, 'H') || skip_word(&next, "平成"))
        first = 1989;
    if (!first || digit_at(&next, &len) < 0)
        return 0;
    *c = next;
    return first;
}

static int read_date_sep(struct cur *c)
{
    static const char *const units[] = { "年", "月", "日", "년", "월", "일" };

    skip_marks(c);
    if (skip_byte(c, '/')) {
        skip_marks(c);
        return SEP_SLASH;
    }
    if (skip_byte(c, '-'))
        return SEP_DASH;
    if (skip_byte(c, '.')) {
        skip_blanks(c);
        return SEP_DOT;
    }
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (skip_word(c, units[i])) {
            skip_blanks(c);
            return SEP_CJK;
        }
    return 0;
}

static void set_year(struct wa_stamp *s, int at, int year)
{
    s->year_at = at;
    s->year = year >= 2400 ? year - 543 : year;
}

/* Also takes "15/06" and tells so in no_year. */
static bool read_date(struct cur *c, struct wa_stamp *s)
{
    int sep = 0, digits[3] = { 0 };

    s->year = s->year_at = -1;
    for (int i = 0; i < 3; i++) {
        int era = read_era(c), this_sep;

        digits[i] = read_number(c, 4, &s->field[i]);
        if (digits[i] == 0 || digits[i] == 3)
            return false;
        s->has_era |= era > 0;
        if (era)
            set_year(s, i, era + s->field[i] - 1);
        else if (digits[i] == 4)
            set_year(s, i, s->field[i]);
        else if (digits[i] == 1 || s->field[i] < 10)
            s->pad[i] = digits[i] == 1 ? PAD_NONE : PAD_ZERO;
        if (i == 2)
            break;
        this_sep = read_date_sep(c);
        if (i == 1 && !this_sep && sep == SEP_SLASH) {
            s->no_year = true;
            return true;
        }
        if (!this_sep || (sep && this_sep != sep))
            return false;
        sep = this_sep;
    }
    if (s->year_at == 1)
        return false;
    if (sep == SEP_CJK && !read_date_sep(c))
        return false;
    skip_marks(c);
    if (sep == SEP_DOT)
        skip_byte(c, '.');
    s->has_weak_sep = sep == SEP_DOT || sep == SEP_DASH;
    s->shape |= (uint32_t)sep << SHAPE_DATE_SEP;
    return true;
}

/* "2567 BE", "67 BE". */
static void read_buddhist(struct cur *c, struct wa_stamp *s)
{
    struct cur next = *c;

    skip_blanks(&next);
    if (!skip_word(&next, "BE") && !skip_word(&next, "B.E.") && !skip_word(&next, "พ.ศ."))
        return;
    if (s->year_at < 0)
        set_year(s, 2, 2500 + s->field[2]);
    s->has_era = true;
    *c = next;
}

static bool is_letter(const struct cur *c)
{
    return c->p < c->end && ((*c->p | 0x20) >= 'a' && (*c->p | 0x20) <= 'z');
}

/* AM, pm, a.m., p. m. … with any blank inside. */
static enum marker_kind read_latin_marker(struct cur *c, struct wa_stamp *s, bool *found)
{
    struct cur next = *c;
    unsigned char half = next.p < next.end ? *next.p : 0;
    bool dot;

    if ((half | 0x20) != 'a' && (half | 0x20) != 'p')
        return MARKER_NONE;
    next.p++;
    dot = skip_byte(&next, '.');
    skip_blanks(&next);
    if (next.p >= next.end || (*next.p | 0x20) != 'm')
        return MARKER_NONE;
    next.p++;
    if (dot)
        skip_byte(&next, '.');
    if (is_letter(&next))
        return MARKER_NONE;
    s->has_lower = dot || half >= 'a';
    *found = true;
    *c = next;
    return (half | 0x20) == 'a' ? MARKER_AM : MARKER_PM;
}

static enum marker_kind read_marker(struct cur *c, struct wa_stamp *s, bool *found)
{
    enum marker_kind kind;

    *found = false;
    if (c->p >= c->end || *c->p == ']' || *c->p == '-' || *c->p == ',')
        return MARKER_NONE;
    kind = read_latin_marker(c, s, found);
    for (size_t i = 0; !*found && i < COUNT_OF(markers); i++) {
        struct cur next = *c;

        if ((unsigned char)markers[i].word[0] != *c->p || !skip_word(&next, markers[i].word) || is_letter(&next))
            continue;
        *found = true;
        *c = next;
        kind = markers[i].kind;
        s->has_lower = kind != MARKER_NONE;
    }
    return kind;
}

void wa_apply_marker(struct wa_stamp *s, enum marker_kind kind)
{
    int h = s->hour;

    if (h > 12 || h == 0)
        return;
    if (kind == MARKER_AM)
        s->hour = h == 12 ? 0 : h;
    else if (kind == MARKER_PM)
        s->hour = h == 12 ? 12 : h + 12;
    else if (kind == MARKER_NOON)
        s->hour = h <= 4 ? h + 12 : h;
    else if (kind == MARKER_NIGHT)
        s->hour = h == 12 ? 0 : h >= 6 ? h + 12 : h;
}

static int read_time_sep(struct cur *c)
{
    struct cur next = *c;

    if (skip_byte(c, ':'))
        return TIME_COLON;
    if (skip_byte(c, '.'))
        return TIME_DOT;
    skip_blanks(&next);
    if (!skip_byte(&next, 'h'))
        return 0;
    skip_blanks(&next);
    *c = next;
    return TIME_H;
}

static bool read_time(struct cur *c, struct wa_stamp *s)
{
    bool has_first, has_last = false;
    enum marker_kind first = read_marker(c, s, &has_first), last = MARKER_NONE;
    struct cur next;
    int sep, digits, n;

    if (has_first)
        skip_blanks(c);
    if (!(digits = read_number(c, 2, &s->hour)) || !(sep = read_time_sep(c)) || read_number(c, 2, &s->minute) != 2)
        return false;
    next = *c;
    if (read_time_sep(&next) == sep && (n = read_number(&next, 2, &s->second)) == 2) {
        s->shape |= SHAPE_SECONDS;
        *c = next;
    } else {
        s->second = 0;
    }
    if (s->hour > 23 || s->minute > 59 || s->second > 59)
        return false;
    if (!has_first) {
        next = *c;
        skip_blanks(&next);
        last = read_marker(&next, s, &has_last);
        if (has_last)
            *c = next;
    }
    c->marker = has_first ? (int)first : has_last ? (int)last : MARKER_NONE;
    wa_apply_marker(s, (enum marker_kind)c->marker);
    s->has_marker = has_first || (has_last && last != MARKER_NONE);
    s->shape |= (s->has_marker ? SHAPE_MARKER : 0u) | (has_first ? SHAPE_MARKER_FIRST : 0u) |
                (uint32_t)sep << SHAPE_TIME_SEP;
    return true;
}

/* Comma, blanks and a word like "klo" between date and time. */
static bool read_between(struct cur *c, struct wa_stamp *s)
{
    bool comma, blank;

    skip_marks(c);
    comma = skip_byte(c, ',') || skip_word(c, "،") || skip_word(c, "、") || skip_word(c, "，");
    blank = skip_blanks(c);
    if (comma)
        s->shape |= SHAPE_COMMA;
    for (size_t i = 0; i < COUNT_OF(joiners); i++) {
        struct cur next = *c;

        if (!skip_word(&next, joiners[i]) || !skip_blanks(&next))
            continue;
        *c = next;
        s->shape |= SHAPE_JOINER;
        break;
    }
    return comma || blank || c->p[-1] == '.' || ((s->shape >> SHAPE_DATE_SEP) & 7) == SEP_CJK ||
           c->p[-1] == 0xa0 || c->p[-1] == 0xaf;
}

static bool read_date_then_time(struct cur *c, struct wa_stamp *s)
{
    if (!read_date(c, s))
        return false;
    read_buddhist(c, s);
    return c->p < c->end && read_between(c, s) && read_time(c, s);
}

static bool read_time_then_date(struct cur *c, struct wa_stamp *s)
{
    if (!read_time(c, s) || c->p >= c->end || !read_between(c, s) || !read_date(c, s) || s->no_year)
        return false;
    read_buddhist(c, s);
    s->shape |= SHAPE_TIME_FIRST;
    return true;
}

static bool read_tail(struct cur *c, struct wa_stamp *s)
{
    bool blank;

    if (s->shape & SHAPE_BRACKET) {
        skip_blanks(c);
        if (!skip_byte(c, ']'))
            return false;
        skip_marks(c);
        if (c->p < c->end && *c->p != ' ' && *c->p != '\r' && *c->p != 0xc2)
            return false;
    } else {
        int tail = 0;

        blank = skip_blanks(c);
        if (blank && (skip_byte(c, '-') || skip_word(c, "–") || skip_word(c, "—")))
            tail = TAIL_DASH;
        else if (!blank && skip_byte(c, ':'))
            tail = TAIL_COLON;
        else if (!blank && (s->shape & SHAPE_MARKER_FIRST) && skip_byte(c, ','))
            tail = TAIL_COMMA;
        if (!tail || (c->p < c->end && *c->p != ' ' && *c->p != '\r' && !(*c->p == 0xe2 && c->p[-1] != ':')))
            return false;
        s->shape |= (uint32_t)tail << SHAPE_TAIL;
    }
    while (c->p < c->end && *c->p == ' ')
        c->p++;
    return true;
}

static size_t parse_any(struct wa_memo *memo, struct text line, struct wa_stamp *out)
{
    struct wa_stamp s = { 0 };
    struct cur c = { .p = (const unsigned char *)line.ptr, .end = (const unsigned char *)line.ptr + line.len }, start;

    skip_marks(&c);
    if (c.p >= c.end || (*c.p < 0x80 && *c.p != '[' && *c.p != 'R' && *c.p != 'H' && (*c.p < '0' || *c.p > '9')))
        return 0;
    if (skip_byte(&c, '[')) {
        s.shape = SHAPE_BRACKET;
        skip_blanks(&c);
    }
    start = c;
    if (!read_date_then_time(&c, &s)) {
        s = (struct wa_stamp){ .shape = s.shape & SHAPE_BRACKET };
        c = start;
        if (!read_time_then_date(&c, &s))
            return 0;
    }
    if (!read_tail(&c, &s))
        return 0;
    s.shape |= (s.year_at >= 0 ? SHAPE_YEAR_TOLD : 0u) | (s.year_at == 0 ? SHAPE_YEAR_FIRST : 0u) |
               (c.other_digits ? SHAPE_OTHER_DIGITS : 0u);
    s.has_weak_sep |= c.other_digits;
    if (memo)
        wa_layout_keep(memo, &c, line, &s);
    *out = s;
    return (size_t)((const char *)c.p - line.ptr);
}

size_t wa_stamp_parse(struct wa_memo *memo, struct text line, struct wa_stamp *out)
{
    unsigned char first = line.len ? (unsigned char)*line.ptr : 'x';
    size_t at;

    if (first < 0x80 && first != '[' && (first < '0' || first > '9') && first != 'R' && first != 'H')
        return 0;
    for (unsigned i = 0; memo && i < memo->count; i++) {
        unsigned which = (memo->latest + i) % WA_LAYOUTS;

        if (which < memo->count && (at = wa_layout_parse(&memo->layouts[which], line, out))) {
            memo->latest = which;
            return at;
        }
    }
    return parse_any(memo, line, out);
}

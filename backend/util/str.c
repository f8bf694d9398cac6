/* Cursor parsing and UTF-8. */
#include "util/str.h"

static void advance(struct text *cur, size_t n)
{
    cur->ptr += n;
    cur->len -= n;
}

int str_i64(struct text *cur, int64_t *out, int64_t min, int64_t max)
{
    size_t at = 0;
    bool minus = cur->len > 0 && cur->ptr[0] == '-';
    int64_t n = 0;

    if (minus)
        at = 1;
    size_t first = at;
    /* Counts downwards: INT64_MIN has no positive twin. */
    for (; at < cur->len && cur->ptr[at] >= '0' && cur->ptr[at] <= '9'; at++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, cur->ptr[at] - '0', &n))
            return -1;
    if (at == first)
        return -1;
    if (!minus && __builtin_sub_overflow(0, n, &n))
        return -1;
    if (n < min || n > max)
        return -1;
    advance(cur, at);
    *out = n;
    return 0;
}

int str_whole_i64(struct text t, int64_t *out, int64_t min, int64_t max)
{
    int64_t n;

    if (str_i64(&t, &n, min, max) || t.len)
        return -1;
    *out = n;
    return 0;
}

bool str_skip_char(struct text *cur, char c)
{
    if (cur->len == 0 || cur->ptr[0] != c)
        return false;
    advance(cur, 1);
    return true;
}

bool str_skip(struct text *cur, struct text prefix)
{
    if (!text_starts(*cur, prefix))
        return false;
    if (prefix.len)
        advance(cur, prefix.len);
    return true;
}

bool str_split(struct text *cur, char sep, struct text *head)
{
    const char *at = cur->len ? memchr(cur->ptr, sep, cur->len) : NULL;

    *head = *cur;
    if (!at) {
        if (cur->len)
            advance(cur, cur->len);
        return false;
    }
    head->len = (size_t)(at - cur->ptr);
    advance(cur, head->len + 1);
    return true;
}

bool str_line(struct text *cur, struct text *line)
{
    if (cur->len == 0)
        return false;
    str_split(cur, '\n', line);
    if (line->len && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct text str_trim(struct text t)
{
    while (t.len && is_blank(t.ptr[0]))
        advance(&t, 1);
    while (t.len && is_blank(t.ptr[t.len - 1]))
        t.len--;
    return t;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool str_equal_nocase(struct text a, struct text b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

const char *str_find(struct text hay, struct text needle)
{
    if (needle.len == 0)
        return hay.ptr ? hay.ptr : "";
    return hay.len ? memmem(hay.ptr, hay.len, needle.ptr, needle.len) : NULL;
}

/* Length of the sequence that begins at p, 0 if malformed (RFC 3629 table of well-formed sequences). */
static size_t sequence(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    if (p[0] < 0xC2 || p[0] > 0xF4)
        return 0;
    size_t len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    unsigned char least = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char most = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    if (left < len || p[1] < least || p[1] > most)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

int32_t str_utf8_next(struct text *cur)
{
    static const unsigned char first_mask[5] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    const unsigned char *p = (const unsigned char *)cur->ptr;

    if (cur->len == 0)
        return -1;
    size_t len = sequence(p, cur->len);
    if (len == 0) {
        advance(cur, 1);
        return -1;
    }
    int32_t code = p[0] & first_mask[len];
    for (size_t i = 1; i < len; i++)
        code = (code << 6) | (p[i] & 0x3F);
    advance(cur, len);
    return code;
}

static size_t ascii_run(const char *p, size_t len)
{
    size_t at = 0;

    for (; len - at >= 8; at += 8) {
        uint64_t word;

        memcpy(&word, p + at, 8);
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < len && (unsigned char)p[at] < 0x80)
        at++;
    return at;
}

bool str_utf8_valid(struct text t)
{
    while (t.len) {
        size_t run = ascii_run(t.ptr, t.len);

        advance(&t, run);
        if (t.len == 0)
            return true;
        size_t len = sequence((const unsigned char *)t.ptr, t.len);
        if (len == 0)
            return false;
        advance(&t, len);
    }
    return true;
}

struct text str_utf8_cut(struct text t, size_t max)
{
    if (t.len <= max)
        return t;
    size_t at = max;
    /* A well-formed sequence has at most three continuation bytes; more are garbage and may be cut anywhere. */
    for (int back = 0; back < 3 && at > 0 && ((unsigned char)t.ptr[at] & 0xC0) == 0x80; back++)
        at--;
    if (((unsigned char)t.ptr[at] & 0xC0) == 0x80)
        at = max;
    return (struct text) { t.ptr, at };
}

size_t str_utf8_encode(uint32_t code_point, char out[4])
{
    uint32_t c = code_point;

    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t str_utf16_units(struct text t)
{
    size_t units = 0;

    while (t.len)
        units += str_utf8_next(&t) > 0xFFFF ? 2 : 1;
    return units;
}

struct text str_utf16_cut(struct text t, size_t max)
{
    struct text rest = t;
    size_t units = 0;

    while (rest.len) {
        struct text before = rest;

        units += str_utf8_next(&rest) > 0xFFFF ? 2 : 1;
        if (units > max)
            return (struct text) { t.ptr, t.len - before.len };
    }
    return t;
}

/* Telephone numbers in one form. */
#include "util/phone.h"

#include "util/str.h"

#define DIGITS_MIN 8
#define DIGITS_MAX 15
/* A number in running text with all its blanks and brackets. */
#define WRITTEN_MAX 48

static bool is_digit(int32_t c)
{
    return c >= '0' && c <= '9';
}

/* Blanks, dashes and the marks that steer the direction of writing. */
static bool is_filler(int32_t c)
{
    return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/' || c == '\t' || c == 0xa0 || c == 0xad ||
           (c >= 0x2007 && c <= 0x2015) || c == 0x202f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x2069) ||
           c == 0xfeff;
}

struct written {
    char digits[32];
    size_t count;
    bool has_plus;
};

/* The digits and whether a plus stands before them; false when anything else does. "(0)" is no digit to dial. */
static bool read_written(struct text t, struct written *w)
{
    *w = (struct written) { .count = 0 };
    while (t.len) {
        int32_t c = str_utf8_next(&t);

        if (c == '(' && w->has_plus && w->count && str_skip(&t, TEXT("0)")))
            continue;
        if (c == '+' && !w->count && !w->has_plus)
            w->has_plus = true;
        else if (is_digit(c) && w->count < sizeof w->digits)
            w->digits[w->count++] = (char)c;
        else if (!is_filler(c))
            return false;
    }
    return true;
}

/* Within a country the trunk 0 goes; Indonesia's subscribers have 7 to 12 digits, the first from 2 up. */
static bool is_possible(const char *digits, size_t count)
{
    if (count < DIGITS_MIN || count > DIGITS_MAX || digits[0] == '0')
        return false;
    if (digits[0] == '6' && digits[1] == '2')
        return count >= 9 && count <= 14 && digits[2] >= '2';
    return digits[0] != '1' || count == 11;
}

static bool put(const char *country, struct text rest, char out[PHONE_SIZE])
{
    size_t head = strlen(country), zeros = head && rest.len && rest.ptr[0] == '0';
    char all[40];

    if (head + rest.len - zeros > DIGITS_MAX)
        return false;
    if (head)
        memcpy(all, country, head);
    memcpy(all + head, rest.ptr + zeros, rest.len - zeros);
    if (!is_possible(all, head + rest.len - zeros))
        return false;
    memcpy(out, all, head + rest.len - zeros);
    out[head + rest.len - zeros] = '\0';
    return true;
}

bool phone_normal(struct text t, const char *country, char out[PHONE_SIZE])
{
    struct written w;
    size_t code = strlen(country), skip = 0;

    if (!read_written(t, &w) || !w.count)
        return false;
    struct text digits = { w.digits, w.count };
    bool is_full = w.has_plus;
    if (!is_full && text_starts(digits, TEXT("00"))) {
        is_full = true;
        skip = 2;
    }
    digits = (struct text) { digits.ptr + skip, digits.len - skip };
    if (text_starts(digits, text_of(country)))
        return put(country, (struct text) { digits.ptr + code, digits.len - code }, out);
    if (is_full)
        return put("", digits, out);
    return digits.len && digits.ptr[0] == '0' && put(country, digits, out);
}

bool phone_is_normal(struct text t)
{
    if (t.len < DIGITS_MIN || t.len > DIGITS_MAX || t.ptr[0] == '0')
        return false;
    for (size_t i = 0; i < t.len; i++)
        if (!is_digit((unsigned char)t.ptr[i]))
            return false;
    return true;
}

bool phone_part(struct text t, const char *country, char out[PHONE_SIZE])
{
    struct written w;
    size_t skip = 0;

    if (phone_normal(t, country, out))
        return true;
    if (!read_written(t, &w))
        return false;
    while (skip < 2 && skip < w.count && w.digits[skip] == '0')
        skip++;
    if (w.count - skip < 4 || w.count - skip > DIGITS_MAX)
        return false;
    memcpy(out, w.digits + skip, w.count - skip);
    out[w.count - skip] = '\0';
    return true;
}

static bool is_letter(int32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' || c == '#';
}

/* Who writes a number of another country says so; ours is one that people write messages from. */
static bool is_sure(struct text written, const char *country, const char *number)
{
    bool is_ours = text_starts(text_of(number), text_of(country));

    if (written.ptr[0] == '+')
        return true;
    if (text_starts(written, TEXT("00")))
        return is_ours && number[strlen(country)] == '8';
    return is_ours && (strcmp(country, PHONE_INDONESIA) != 0 || (number[2] == '8' && strlen(number) >= 11));
}

/* The run of digits and fillers at the start of t; *digits how many. */
static size_t run_length(struct text t, size_t *digits)
{
    struct text rest = t;
    size_t end = 0;

    *digits = 0;
    while (rest.len && t.len - rest.len < WRITTEN_MAX) {
        int32_t c = str_utf8_next(&rest);

        if (is_digit(c)) {
            ++*digits;
            end = t.len - rest.len;
        } else if (!is_filler(c) && !(c == '+' && end == 0)) {
            break;
        }
    }
    return end;
}

bool phone_next(struct text *cur, const char *country, char out[PHONE_SIZE])
{
    int32_t before = ' ';

    while (cur->len) {
        struct text here = *cur;
        int32_t c = str_utf8_next(cur);
        bool starts = (c == '+' || is_digit(c)) && !is_digit(before) && !is_letter(before) && before != '+';

        before = c;
        if (!starts)
            continue;
        size_t count, length = run_length(here, &count);
        struct text written = { here.ptr, length };
        char number[PHONE_SIZE];
        /* What follows at once makes it part of a word: an order number, a version. */
        struct text after = { here.ptr + length, here.len - length };
        bool is_word = after.len && is_letter((unsigned char)after.ptr[0]);
        if (!length)
            continue;
        *cur = after;
        before = '0';
        if (!is_word && count >= DIGITS_MIN && phone_normal(written, country, number) &&
            is_sure(written, country, number)) {
            memcpy(out, number, sizeof number);
            return true;
        }
    }
    return false;
}

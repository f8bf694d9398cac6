/* Reasons of failure: the one list of codes, and the ways to fill one in. */
#include "util/fail.h"

#include "util/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Texts are cut where their array ends; a code point cut in two would make the whole reason unprintable. */
static void drop_half_character(char *s, size_t len)
{
    size_t at = len;

    while (at > 0 && len - at < 3 && ((unsigned char)s[at - 1] & 0xC0) == 0x80)
        at--;
    if (at == 0 || (unsigned char)s[at - 1] < 0xC0)
        return;
    struct text last = { s + at - 1, len - at + 1 };
    if (str_utf8_next(&last) < 0)
        s[at - 1] = '\0';
}

static void set(struct fail *f, enum fail_code code, const char *field, long line, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

static void set(struct fail *f, enum fail_code code, const char *field, long line, const char *format, va_list args)
{
    if (!f)
        return;
    struct fail made = { .code = code, .line = line };
    /* Formatted aside first: an argument may point into the reason that is being replaced. */
    vsnprintf(made.text, sizeof(made.text), format, args);
    snprintf(made.field, sizeof(made.field), "%s", field ? field : "");
    drop_half_character(made.text, strlen(made.text));
    drop_half_character(made.field, strlen(made.field));
    *f = made;
}

int fail(struct fail *f, enum fail_code code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(f, code, NULL, 0, format, args);
    va_end(args);
    return -1;
}

int fail_field(struct fail *f, const char *field, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(f, FAIL_BAD_FIELD, field, 0, format, args);
    va_end(args);
    return -1;
}

int fail_line(struct fail *f, enum fail_code code, long line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    set(f, code, NULL, line, format, args);
    va_end(args);
    return -1;
}

void fail_clear(struct fail *f)
{
    *f = (struct fail) { .code = FAIL_NONE };
}

static const struct {
    int status;
    const char *word;
} codes[FAIL_CODE_COUNT] = {
#define X(name, http, wire) [FAIL_##name] = { (http), (wire) },
    FAIL_CODES(X)
#undef X
};

int fail_http_status(enum fail_code code)
{
    return codes[code].status;
}

const char *fail_word(enum fail_code code)
{
    return codes[code].word;
}

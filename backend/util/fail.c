/* Reasons of failure: the one list of codes, and the ways to fill one in. */
#include "util/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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

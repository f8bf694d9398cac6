/* Growing byte buffer with a maximum and a sticky error. */
#include "util/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SMALLEST ((size_t)240)

void buf_fini(struct buf *b)
{
    free(b->ptr);
    *b = BUF_INIT(b->max);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
    if (b->ptr)
        b->ptr[0] = '\0';
}

char *buf_take(struct buf *b, size_t *len)
{
    if (b->failed || b->len == 0) {
        buf_fini(b);
        return NULL;
    }
    char *out = b->ptr;
    *len = b->len;
    *b = BUF_INIT(b->max);
    return out;
}

static char *give_up(struct buf *b)
{
    b->failed = true;
    b->len = 0;
    if (b->ptr)
        b->ptr[0] = '\0';
    return NULL;
}

/* Out of line so that the common case, which has room, stays a compare and a copy. */
static char *grow(struct buf *b, size_t len)
{
    if (b->failed || len > b->max || b->len > b->max - len)
        return give_up(b);
    size_t need = b->len + len + 1;
    size_t cap = b->cap < SMALLEST ? SMALLEST : b->cap;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > b->max && need <= b->max)
        cap = b->max + 1;
    char *p = realloc(b->ptr, cap);
    if (!p)
        return give_up(b);
    b->ptr = p;
    b->cap = cap;
    return p + b->len;
}

char *buf_room(struct buf *b, size_t len)
{
    if (!b->failed && len < b->cap - b->len && b->len + len <= b->max)
        return b->ptr + b->len;
    return grow(b, len);
}

void buf_add(struct buf *b, const void *bytes, size_t len)
{
    char *p = buf_room(b, len);

    if (!p)
        return;
    if (len)
        memcpy(p, bytes, len);
    buf_wrote(b, len);
}

void buf_text(struct buf *b, struct text t)
{
    buf_add(b, t.ptr, t.len);
}

void buf_str(struct buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    char *p = buf_room(b, 1);

    if (!p)
        return;
    *p = c;
    buf_wrote(b, 1);
}

void buf_i64(struct buf *b, int64_t n)
{
    char digits[20];
    size_t at = sizeof(digits);
    uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (n < 0)
        digits[--at] = '-';
    buf_add(b, digits + at, sizeof(digits) - at);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = len < 0 ? give_up(b) : buf_room(b, (size_t)len);
    if (!p)
        return;
    va_start(args, format);
    vsnprintf(p, (size_t)len + 1, format, args);
    va_end(args);
    buf_wrote(b, (size_t)len);
}

/* Growing byte buffer whose maximum is given at birth. Errors stick: append freely, ask once at the end.
 * On overflow the content is dropped and `failed` stays true until reset, so nothing half-written gets out. */
#ifndef TANGGAP_UTIL_BUF_H
#define TANGGAP_UTIL_BUF_H

#include "util/text.h"

#include <stdint.h>

struct buf {
    char *ptr;       /* always NUL-terminated once anything was added */
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
};

#define BUF_INIT(max_bytes) ((struct buf){ NULL, 0, 0, (max_bytes), false })

void buf_fini(struct buf *b);                                 /* releases; safe to call twice        */
void buf_reset(struct buf *b);                                /* len 0, failed false, memory kept    */
char *buf_take(struct buf *b, size_t *len);                   /* ownership out (free()); NULL if failed or empty */

void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_text(struct buf *b, struct text t);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_i64(struct buf *b, int64_t n);                       /* decimal                             */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *buf_room(struct buf *b, size_t len);                    /* at least len writable bytes at ptr+len, or NULL */
/* After buf_room(): that many bytes were written there. */
static inline void buf_wrote(struct buf *b, size_t len)
{
    b->len += len;
    b->ptr[b->len] = '\0';
}
static inline struct text buf_as_text(const struct buf *b) { return (struct text){ b->ptr, b->len }; }

#endif

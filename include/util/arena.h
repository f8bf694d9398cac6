/* Bump allocator: one per request, job or batch. Nothing is freed singly; all goes at reset or free.
 * Small internal allocations abort when memory runs out (the supervisor restarts us, leases keep the work);
 * sizes chosen by a peer go through `arena_try` or a capped `buf`. Not thread-safe: one owner at a time. */
#ifndef TANGGAP_UTIL_ARENA_H
#define TANGGAP_UTIL_ARENA_H

#include "util/text.h"

#include <stddef.h>

struct arena;

/* A place to come back to: everything allocated after the mark goes when rewound. */
struct arena_mark {
    void *block;
    size_t used;
};

struct arena *arena_new(size_t block_size);      /* block_size 0 = 4 KiB first block, doubling to 256 KiB */
void arena_free(struct arena *a);                /* NULL is fine; runs the cleanups                       */
void arena_reset(struct arena *a);               /* keeps the first block; runs the cleanups              */
size_t arena_bytes(const struct arena *a);       /* held from the system now                              */

void *arena_alloc(struct arena *a, size_t size) __attribute__((malloc, returns_nonnull));   /* 16-aligned, zeroed */
void *arena_try(struct arena *a, size_t size, size_t max);    /* NULL when size > max; else as arena_alloc */
#define arena_new_of(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc((a), arena_size_of_array(sizeof(type), (n))))
size_t arena_size_of_array(size_t item, size_t n);            /* aborts on overflow                        */

char *arena_copy(struct arena *a, struct text t);             /* NUL-terminated copy                       */
struct text arena_text(struct arena *a, struct text t);       /* copy as text (also NUL-terminated)        */
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark m);      /* cleanups registered since the mark run    */

/* Runs fn(object) when the arena is reset, rewound past here or freed; last registered first. */
void arena_cleanup(struct arena *a, void (*fn)(void *), void *object);

#endif

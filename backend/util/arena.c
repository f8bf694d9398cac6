/* Bump allocator over a chain of growing blocks. Under AddressSanitizer everything not handed out is poisoned, so a
 * text that outlives its rewind is caught as a use after free. */
#include "util/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#define RED_ZONE   16u
#else
#define HIDE(p, n) ((void)(p), (void)(n))
#define SHOW(p, n) ((void)(p), (void)(n))
#define RED_ZONE   0u
#endif

#define ALIGN        16u
#define FIRST_BLOCK  ((size_t)4096)
#define LARGEST_STEP ((size_t)256 * 1024)

struct block {
    struct block *older;
    size_t number; /* grows along the chain: tells which of two places came later */
    size_t size;   /* of data */
    size_t used;
    _Alignas(ALIGN) char data[];
};

struct cleanup {
    struct cleanup *older;
    void (*fn)(void *);
    void *object;
    size_t number, used; /* where the arena stood when it was registered */
};

struct arena {
    struct block *newest;
    struct cleanup *cleanups;
    size_t next_size;
    size_t bytes;
};

static _Noreturn void out_of_memory(void)
{
    fputs("level=error msg=\"out of memory\"\n", stderr);
    abort();
}

static struct block *block_new(size_t size, struct block *older)
{
    if (size > SIZE_MAX - sizeof(struct block))
        out_of_memory();
    struct block *b = malloc(sizeof(*b) + size);
    if (!b)
        out_of_memory();
    *b = (struct block) { .older = older, .number = older ? older->number + 1 : 0, .size = size, .used = 0 };
    HIDE(b->data, size);
    return b;
}

static void block_free(struct arena *a, struct block *b)
{
    a->bytes -= sizeof(*b) + b->size;
    SHOW(b->data, b->size);
    free(b);
}

struct arena *arena_new(size_t block_size)
{
    struct arena *a = calloc(1, sizeof(*a));

    if (!a)
        out_of_memory();
    size_t size = block_size ? (block_size + ALIGN - 1) & ~(size_t)(ALIGN - 1) : FIRST_BLOCK;
    a->newest = block_new(size, NULL);
    a->bytes = sizeof(*a) + sizeof(struct block) + size;
    a->next_size = size < LARGEST_STEP ? size * 2 : size;
    return a;
}

static bool is_past(const struct cleanup *c, size_t number, size_t used)
{
    return c->number > number || (c->number == number && c->used >= used);
}

/* A cleanup may itself use the arena's memory, so all run before any block goes. */
static void back_to(struct arena *a, size_t number, size_t used)
{
    while (a->cleanups && is_past(a->cleanups, number, used)) {
        struct cleanup *c = a->cleanups;

        a->cleanups = c->older;
        c->fn(c->object);
    }
    while (a->newest->number > number) {
        struct block *gone = a->newest;

        a->newest = gone->older;
        block_free(a, gone);
    }
    a->newest->used = used;
    HIDE(a->newest->data + used, a->newest->size - used);
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    back_to(a, 0, 0);
    block_free(a, a->newest);
    free(a);
}

void arena_reset(struct arena *a)
{
    back_to(a, 0, 0);
    a->next_size = a->newest->size < LARGEST_STEP ? a->newest->size * 2 : a->newest->size;
}

size_t arena_bytes(const struct arena *a)
{
    return a->bytes;
}

static void add_block(struct arena *a, size_t need)
{
    size_t size = need > a->next_size ? need : a->next_size;

    a->newest = block_new(size, a->newest);
    a->bytes += sizeof(struct block) + size;
    if (a->next_size < LARGEST_STEP)
        a->next_size *= 2;
}

static char *take(struct arena *a, size_t size)
{
    if (size > SIZE_MAX - ALIGN - RED_ZONE)
        out_of_memory();
    size_t need = ((size + ALIGN - 1) & ~(size_t)(ALIGN - 1)) + RED_ZONE;
    if (need > a->newest->size - a->newest->used)
        add_block(a, need);
    char *p = a->newest->data + a->newest->used;
    a->newest->used += need;
    SHOW(p, size);
    return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return memset(take(a, size), 0, size);
}

void *arena_try(struct arena *a, size_t size, size_t max)
{
    return size > max ? NULL : arena_alloc(a, size);
}

size_t arena_size_of_array(size_t item, size_t n)
{
    size_t size;

    if (__builtin_mul_overflow(item, n, &size))
        out_of_memory();
    return size;
}

char *arena_copy(struct arena *a, struct text t)
{
    char *p = take(a, t.len + 1);

    if (t.len)
        memcpy(p, t.ptr, t.len);
    p[t.len] = '\0';
    return p;
}

struct text arena_text(struct arena *a, struct text t)
{
    return (struct text) { arena_copy(a, t), t.len };
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        out_of_memory();
    char *p = take(a, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(p, (size_t)len + 1, format, args);
    va_end(args);
    return p;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark) { a->newest, a->newest->used };
}

void arena_rewind(struct arena *a, struct arena_mark m)
{
    const struct block *b = m.block;

    back_to(a, b->number, m.used);
}

void arena_cleanup(struct arena *a, void (*fn)(void *), void *object)
{
    size_t number = a->newest->number, used = a->newest->used;
    struct cleanup *c = arena_alloc(a, sizeof(*c));

    *c = (struct cleanup) { a->cleanups, fn, object, number, used };
    a->cleanups = c;
}

/* A borrowed run of bytes, and the cleanup attribute. The smallest vocabulary that every other header uses. */
#ifndef TANGGAP_UTIL_TEXT_H
#define TANGGAP_UTIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* Bytes that somebody else owns. ptr may be NULL only when len is 0; never NUL-terminated by promise. */
struct text {
    const char *ptr;
    size_t len;
};

#define TEXT(literal) ((struct text){ "" literal "", sizeof(literal) - 1 })
#define TEXT_INIT(literal) { "" literal "", sizeof(literal) - 1 }      /* in static tables */

static inline struct text text_of(const char *s)
{
    return (struct text){ s, s ? strlen(s) : 0 };
}

static inline bool text_equal(struct text a, struct text b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool text_starts(struct text t, struct text prefix)
{
    return t.len >= prefix.len && (prefix.len == 0 || memcmp(t.ptr, prefix.ptr, prefix.len) == 0);
}

/* AUTO_DEFINE(json, json_t *, NULL, json_decref) lets `AUTO(json) json_t *j = …` release itself at scope end;
 * TAKE(j) hands it out and empties the slot. */
#define AUTO_DEFINE(name, type, empty, release)        \
    __attribute__((unused)) static inline void auto_##name##_release(type *slot) \
    {                                                  \
        if (*slot != (empty))                          \
            release(*slot);                            \
    }
#define AUTO(name) __attribute__((cleanup(auto_##name##_release)))
#define TAKE(slot)                          \
    __extension__({                         \
        __typeof__(slot) taken_ = (slot);   \
        (slot) = NULL;                      \
        taken_;                             \
    })

#define MUST_CHECK __attribute__((warn_unused_result))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif

/* logfmt on stderr, one line an event. Only edges log (bridge, job runner, main); libraries return reasons.
 * Values are quoted and control characters escaped; there is no way to print a secret, since secrets are never text. */
#ifndef TANGGAP_UTIL_LOG_H
#define TANGGAP_UTIL_LOG_H

#include "util/text.h"

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_pair {
    const char *key;
    const char *text;      /* NULL: the number counts */
    int64_t number;
};

static inline struct log_pair log_pair_str(const char *key, const char *text)
{
    return (struct log_pair){ key, text ? text : "", 0 };
}

#define KV_S(k, v) log_pair_str((k), (v))
#define KV_I(k, v) ((struct log_pair){ (k), NULL, (int64_t)(v) })

/* The level and the program's name stand in the process environment of the log: set once by main before threads. */
void log_setup(const char *program, enum log_level least);
enum log_level log_least(void);
/* Never waits: a line for which a pipe, socket or terminal has no room is dropped, and counted in a later line. */
void log_line(enum log_level level, const char *msg, const struct log_pair *pairs, size_t count);

/* At least one pair; KV_NONE when there is nothing to add. */
#define KV_NONE ((struct log_pair){ NULL, NULL, 0 })
#define log_at(level, msg, ...)                                             \
    do {                                                                    \
        const struct log_pair log_pairs_[] = { __VA_ARGS__ };               \
        log_line((level), (msg), log_pairs_, COUNT_OF(log_pairs_));         \
    } while (0)
#define log_debug(msg, ...) log_at(LOG_DEBUG, msg, __VA_ARGS__)
#define log_info(msg, ...) log_at(LOG_INFO, msg, __VA_ARGS__)
#define log_warn(msg, ...) log_at(LOG_WARN, msg, __VA_ARGS__)
#define log_error(msg, ...) log_at(LOG_ERROR, msg, __VA_ARGS__)

#endif

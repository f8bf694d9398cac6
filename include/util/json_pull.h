/* Streaming JSON reader for big or foreign documents: fed in pieces of any size, bounded memory.
 * Lenient where the platforms' exports need it: `\xHH` escapes, duplicate keys, lone surrogates (become U+FFFD and
 * set `patched`), a leading byte-order mark. NUL and malformed UTF-8 become U+FFFD too. Strict elsewhere: depth ≤ 64, no
 * trailing garbage, no control characters in strings. The tokens do not depend on how the input was cut. */
#ifndef TANGGAP_UTIL_JSON_PULL_H
#define TANGGAP_UTIL_JSON_PULL_H

#include "util/fail.h"
#include "util/text.h"

#include <stdint.h>

enum pull_token {
    PULL_MORE,          /* feed more bytes */
    PULL_OBJECT, PULL_OBJECT_END, PULL_ARRAY, PULL_ARRAY_END,
    PULL_KEY, PULL_STRING, PULL_NUMBER, PULL_TRUE, PULL_FALSE, PULL_NULL,
    PULL_END,           /* the document is complete */
    PULL_BAD,           /* json_pull_why() tells line and reason */
};

struct json_pull;

struct json_pull *json_pull_new(size_t max_string);   /* a longer string is BAD; typically 1 MiB */
void json_pull_free(struct json_pull *p);
/* Gives the next piece; `bytes` must stay valid until PULL_MORE comes back. Empty piece = end of input. */
void json_pull_feed(struct json_pull *p, struct text bytes);
enum pull_token json_pull_next(struct json_pull *p);
/* Of the last KEY, STRING or NUMBER (number as written): valid until the next call. */
struct text json_pull_value(const struct json_pull *p);
unsigned json_pull_depth(const struct json_pull *p);
bool json_pull_patched(const struct json_pull *p);
long json_pull_line(const struct json_pull *p);
int64_t json_pull_offset(const struct json_pull *p);
void json_pull_why(const struct json_pull *p, struct fail *why);
/* After OBJECT or ARRAY: swallows up to the matching end and returns that end; after KEY: swallows the member's value
 * and returns its last token. At PULL_MORE feed and call it again. After anything else there is nothing to swallow. */
enum pull_token json_pull_skip(struct json_pull *p);

#endif

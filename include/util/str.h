/* Cursor parsing and UTF-8, for bytes from outside. A cursor is a struct text that shrinks from the left;
 * on failure it is left where it was. */
#ifndef TANGGAP_UTIL_STR_H
#define TANGGAP_UTIL_STR_H

#include "util/text.h"

#include <stdint.h>

/* Reads an optional '-' and digits; refuses overflow and anything outside [min, max]. 0 or -1. */
MUST_CHECK int str_i64(struct text *cur, int64_t *out, int64_t min, int64_t max);
/* The whole text must be one number. */
MUST_CHECK int str_whole_i64(struct text t, int64_t *out, int64_t min, int64_t max);
bool str_skip_char(struct text *cur, char c);
bool str_skip(struct text *cur, struct text prefix);
/* Splits at the first `sep`: *head gets what is before, cur what is after. False (and head = all) if none. */
bool str_split(struct text *cur, char sep, struct text *head);
/* Next line without its end ("\n" or "\r\n"); false at the end of input. */
bool str_line(struct text *cur, struct text *line);
struct text str_trim(struct text t);                          /* ASCII blanks at both ends */
bool str_equal_nocase(struct text a, struct text b);          /* ASCII only */
const char *str_find(struct text hay, struct text needle);    /* NULL if absent */

/* Decodes one code point, advancing cur. Returns the code point, or -1 at a malformed byte (cur moves one byte). */
int32_t str_utf8_next(struct text *cur);
bool str_utf8_valid(struct text t);                           /* RFC 3629: no surrogates, no overlong, ≤ 10FFFF */
/* Longest prefix of at most max bytes that does not cut a code point. */
struct text str_utf8_cut(struct text t, size_t max);
size_t str_utf8_encode(uint32_t code_point, char out[4]);     /* bytes written, 0 if not a scalar value */
size_t str_utf16_units(struct text t);                        /* what Telegram and browsers count */
/* Longest prefix of at most max UTF-16 units that does not cut a code point. */
struct text str_utf16_cut(struct text t, size_t max);

#endif

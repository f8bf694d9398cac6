/* Table-driven decoder for bodies of our own API: strict, with the field's path in the error. Unknown and duplicate
 * members are refused, lengths and ranges stand in the table, the target is a plain struct. */
#ifndef TANGGAP_UTIL_JSON_IN_H
#define TANGGAP_UTIL_JSON_IN_H

#include "util/arena.h"
#include "util/clock.h"
#include "util/fail.h"

#include <stdint.h>

enum json_in_type {
    JSON_IN_TYPE_END,
    JSON_IN_TYPE_TEXT,      /* struct text; min/max are bytes; must be valid UTF-8 without NUL */
    JSON_IN_TYPE_I64,       /* int64_t; min/max are values; accepts a JSON integer or a decimal string (our ids) */
    JSON_IN_TYPE_BOOL,      /* bool */
    JSON_IN_TYPE_TIME,      /* time_us, RFC 3339 */
    JSON_IN_TYPE_WORD,      /* int: index into words[] */
    JSON_IN_TYPE_OBJECT,    /* nested struct described by fields */
    JSON_IN_TYPE_IDS,       /* struct json_in_ids: array of at most max ids */
    JSON_IN_TYPE_LIST,      /* struct text: an array of texts or objects, written out again; max is bytes */
};

struct json_in_ids {
    int64_t *ids;
    size_t count;
};

struct json_in_field {
    const char *name;
    enum json_in_type type;
    bool required;
    size_t offset;
    int64_t min;
    int64_t max;
    const struct json_in_field *fields;     /* OBJECT */
    const char *const *words;               /* WORD, NULL-terminated */
};

#define JSON_IN_TEXT(type, member, required, min, max) \
    { #member, JSON_IN_TYPE_TEXT, (required), offsetof(type, member), (min), (max), NULL, NULL }
#define JSON_IN_I64(type, member, required, min, max) \
    { #member, JSON_IN_TYPE_I64, (required), offsetof(type, member), (min), (max), NULL, NULL }
#define JSON_IN_BOOL(type, member, required) \
    { #member, JSON_IN_TYPE_BOOL, (required), offsetof(type, member), 0, 0, NULL, NULL }
#define JSON_IN_TIME(type, member, required) \
    { #member, JSON_IN_TYPE_TIME, (required), offsetof(type, member), 0, 0, NULL, NULL }
#define JSON_IN_WORD(type, member, required, words) \
    { #member, JSON_IN_TYPE_WORD, (required), offsetof(type, member), 0, 0, NULL, (words) }
#define JSON_IN_IDS(type, member, required, max) \
    { #member, JSON_IN_TYPE_IDS, (required), offsetof(type, member), 0, (max), NULL, NULL }
#define JSON_IN_LIST(type, member, required, max) \
    { #member, JSON_IN_TYPE_LIST, (required), offsetof(type, member), 0, (max), NULL, NULL }
#define JSON_IN_OBJECT(type, member, required, table) \
    { #member, JSON_IN_TYPE_OBJECT, (required), offsetof(type, member), 0, 0, (table), NULL }
#define JSON_IN_END { NULL, JSON_IN_TYPE_END, false, 0, 0, 0, NULL, NULL }

/* Fills target (texts are copied into mem). An absent optional member or an explicit null leaves the struct's own
 * initial value. Returns -1 with BAD_REQUEST (not JSON) or BAD_FIELD (path in why->field). */
MUST_CHECK int json_in_decode(struct text body, const struct json_in_field *fields, struct arena *mem, void *target,
                              struct fail *why);

#endif

/* JSON writer straight into a buf: no tree, no allocation of its own. Commas are its business, nesting is checked. */
#ifndef TANGGAP_UTIL_JSON_OUT_H
#define TANGGAP_UTIL_JSON_OUT_H

#include "util/buf.h"
#include "util/clock.h"

#define JSON_OUT_DEPTH 32

struct json_out {
    struct buf *out;
    unsigned depth;
    bool first[JSON_OUT_DEPTH];
    bool after_key;
};

struct json_out json_out(struct buf *out);
void jo_object(struct json_out *j);                 /* {  */
void jo_end_object(struct json_out *j);             /* }  */
void jo_array(struct json_out *j);                  /* [  */
void jo_end_array(struct json_out *j);              /* ]  */
void jo_key(struct json_out *j, const char *key);   /* key must need no escaping */
void jo_key_text(struct json_out *j, struct text key);
void jo_text(struct json_out *j, struct text value);     /* invalid UTF-8 and NUL become U+FFFD; ptr NULL is null */
void jo_str(struct json_out *j, const char *value);      /* NULL writes null */
void jo_i64(struct json_out *j, int64_t value);          /* a JSON number */
void jo_id(struct json_out *j, int64_t value);           /* ids are strings: a browser's number ends at 2^53 */
void jo_double(struct json_out *j, double value);        /* shortest that reads back; not finite writes null */
void jo_bool(struct json_out *j, bool value);
void jo_null(struct json_out *j);
void jo_time(struct json_out *j, time_us value);         /* RFC 3339 with ms; TIME_NONE writes null */
void jo_raw(struct json_out *j, struct text json);       /* a value that is JSON already */

/* Member shorthands: key and value at once. */
#define jo_kv(j, key, writer, value) (jo_key((j), (key)), writer((j), (value)))

#endif

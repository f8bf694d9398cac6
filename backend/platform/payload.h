/* What all connectors share: reading members of foreign JSON, and growing an event. No function here fails: what is
 * not there, or is of another kind, comes out as absent. */
#ifndef TANGGAP_PLATFORM_PAYLOAD_H
#define TANGGAP_PLATFORM_PAYLOAD_H

#include "platform/connector.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

/* A string member, borrowed from the tree. */
struct text payload_text(const json_t *object, const char *key);
/* The same, or an integer in decimal (in mem): platforms write one id now this way, now that. */
struct text payload_id(struct arena *mem, const json_t *object, const char *key);
/* An element that is itself an id. */
struct text payload_id_value(struct arena *mem, const json_t *value);
bool payload_true(const json_t *object, const char *key);
/* A whole number, written as such or as decimal text; `missing` otherwise. */
int64_t payload_number(const json_t *object, const char *key, int64_t missing);
/* Unix seconds or milliseconds, as number or text; RFC 3339 or Meta's form of it. False and *out untouched otherwise. */
bool payload_seconds(const json_t *object, const char *key, time_us *out);
bool payload_millis(const json_t *object, const char *key, time_us *out);
bool payload_moment(const json_t *object, const char *key, time_us *out);
struct text payload_dump(struct arena *mem, const json_t *value);
/* A body as a tree. What a customer typed may hold what JSON readers refuse, a NUL or half a surrogate pair or bytes that
 * are no UTF-8: each becomes U+FFFD, since one such letter must not keep a page of messages out. NULL: not JSON. */
json_t *payload_load(struct arena *mem, struct text body, json_error_t *error);
/* The bytes that payload_load reads; `body` itself where nothing is to be mended. */
struct text payload_mend(struct arena *mem, struct text body);

/* connector.part for platforms that count UTF-16 units: cut at line ends, else at blanks, never inside a letter. */
struct text payload_part(struct text whole, size_t units, unsigned n, unsigned *count);

/* All that reads like words in a value of unknown form, a line each: what stands under "text", "caption" and the like, at
 * any depth; a string by itself. ptr NULL: none. For kinds that no connector knows: a person's words are never dropped. */
struct text payload_words(struct arena *mem, const json_t *value);

/* One more attachment, of unknown size and otherwise empty; the pointer is good until the next call. Whoever has begun an
 * event's list with it adds to it with nothing else. */
struct event_attachment *payload_attach(struct arena *mem, struct event *ev, enum attachment_type type);

/* Where the text that grew last lies, and what fits there. Zero: nothing yet. */
struct payload_lines {
    char *ptr;
    size_t cap;
};

/* `line` under *to, both kept in mem, at a cost that grows with the line and not with what is there; nothing when empty. */
void payload_add_line(struct arena *mem, struct payload_lines *lines, struct text *to, struct text line);

#endif

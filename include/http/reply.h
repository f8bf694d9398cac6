/* The answer as a handler writes it: status, a few headers and exactly one kind of body. Filled on any thread, sent
 * by the bridge. */
#ifndef TANGGAP_HTTP_REPLY_H
#define TANGGAP_HTTP_REPLY_H

#include "http/request.h"
#include "util/json_out.h"

#define REPLY_HEADERS 8
#define REPLY_MAX_BODY ((size_t)16 * 1024 * 1024)

struct sse_stream;

struct reply {
    int status;
    const char *type;                     /* Content-Type; NULL: no body                              */
    struct buf body;
    struct text fixed;                    /* instead of body: bytes that outlive the request          */
    int fd;                               /* instead of body: a file from offset, size bytes; -1 none */
    int64_t offset, size;
    struct sse_stream *stream;            /* instead of body: events, without end                     */
    struct header headers[REPLY_HEADERS]; /* values NUL-terminated, in the request's arena or constant */
    size_t header_count;
    const char *cache;                    /* Cache-Control; NULL: "no-store"                          */
    const char *policy;                   /* Content-Security-Policy; NULL: nothing may be loaded     */
    bool close;
    struct json_out json;
};

void reply_init(struct reply *rp);                             /* keeps the body's memory  */
void reply_header(struct reply *rp, const char *name, struct text value);    /* asserts that it fits   */
/* Begins a JSON answer; the handler writes one value and returns 0. */
struct json_out *reply_json(struct reply *rp, int status);
int reply_empty(struct reply *rp, int status);                 /* returns 0 */
/* RFC 9457 problem out of the reason: replaces whatever was begun. `language` "id" or "en". */
void reply_problem(struct reply *rp, const struct fail *why, const char *language, struct arena *mem);
/* Begins the same so that the handler may add members, then closes the object itself; returns the writer. */
struct json_out *reply_problem_open(struct reply *rp, const struct fail *why, const char *language, struct arena *mem);

#endif

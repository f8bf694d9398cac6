/* One request as a handler sees it: a snapshot that any thread may read. Everything in it lives until the answer is
 * out. Handlers never see libmicrohttpd. */
#ifndef TANGGAP_HTTP_REQUEST_H
#define TANGGAP_HTTP_REQUEST_H

#include "db/ctx.h"
#include "http/route.h"
#include "platform/connector.h"

struct app;

struct request {
    struct ctx *ctx;
    struct app *app;
    const struct route *route;
    enum method method;
    bool is_head;
    struct text path, query;              /* raw, still percent-encoded      */
    struct text args[ROUTE_ARGS];         /* of the pattern's {…}, decoded   */
    size_t arg_count;
    const struct header *headers;
    size_t header_count;
    struct text body;
    char address[64];                     /* of the client; behind a trusted proxy what that one says */
    char token[CRYPTO_TOKEN_SIZE];        /* session cookie, "" if none      */
    void (*finish)(struct request *rq);   /* the bridge's; see request_finish */
};

struct text request_header(const struct request *rq, const char *name);      /* ptr NULL if absent; the first one */
/* Decoded value of a query parameter; 1 there, 0 absent, -1 BAD_FIELD (bad escape, too long). */
int request_query(struct request *rq, const char *name, struct text *out);
/* Same, as a number in [min, max]; absent leaves *out as it is. 0 or -1. */
MUST_CHECK int request_query_i64(struct request *rq, const char *name, int64_t min, int64_t max, int64_t *out);
/* Path argument n as an id (1 … 2^63-1); NOT_FOUND otherwise, since such a thing cannot exist. */
MUST_CHECK int request_id(struct request *rq, size_t n, int64_t *out);
/* The JSON body by the route's own table. */
MUST_CHECK int request_decode(struct request *rq, void *target);
/* The Idempotency-Key, checked: 8–64 of [A-Za-z0-9_-]. */
MUST_CHECK int request_key(struct request *rq, struct text *out);
/* For who returned HANDLER_LATER: the reply is complete. The request may be gone when this returns. */
void request_finish(struct request *rq);

/* Keyset cursors "<time>-<id>": where a page ended. Absent parameter: far end, so that the first page is no special
 * case. */
struct cursor {
    time_us at;
    int64_t id;
};
#define CURSOR_NEWEST ((struct cursor){ INT64_C(253402214400000000), INT64_MAX })
#define CURSOR_OLDEST ((struct cursor){ INT64_C(-2208988800000000), 0 })
MUST_CHECK int request_cursor(struct request *rq, struct cursor *out);       /* absent leaves *out as it is */
struct json_out;
void cursor_write(struct json_out *j, const char *key, const struct cursor *next);      /* NULL: null */

/* The token that proves a request comes from our own page: derived from the session, stored nowhere. */
void csrf_token(const char *session_token, char out[CRYPTO_TOKEN_SIZE]);

#endif

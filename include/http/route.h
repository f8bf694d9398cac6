/* The route table: which method and path lead to which handler, and everything that is enforced before the handler
 * runs (permission, tenant, body limit, lane, CSRF, idempotency key). Pure data and pure matching; no I/O. */
#ifndef TANGGAP_HTTP_ROUTE_H
#define TANGGAP_HTTP_ROUTE_H

#include "http/permission.h"
#include "util/arena.h"
#include "util/json_in.h"

enum method { METHOD_GET, METHOD_POST, METHOD_PUT, METHOD_PATCH, METHOD_DELETE, METHOD_COUNT };

struct request;
struct reply;

/* 0: rp holds the answer. -1: the reason is in rq->ctx->fail. HANDLER_LATER: somebody else will fill rp and call
 * request_finish(); HANDLER_TO_WORKER (only from `direct`): this needs the database, run `handle` on a worker. */
typedef int handler_fn(struct request *rq, struct reply *rp);
enum { HANDLER_LATER = 1, HANDLER_TO_WORKER = 2 };

#define ROUTE_BULK 1u        /* slow: the bulk lane                                                        */
#define ROUTE_RAW 2u         /* the body is bytes, not JSON                                                */
#define ROUTE_NO_CSRF 4u     /* no session is involved: login, webhooks                                    */
#define ROUTE_KEY 8u         /* creates something: Idempotency-Key is required                             */
#define ROUTE_DEFERS 16u     /* `direct` may return HANDLER_LATER: the connection sleeps before it is called */
#define ROUTE_QUIET 32u      /* answered without the headers meant for browsers, logged at debug level     */

struct route {
    enum method method;
    const char *pattern;                  /* "/api/v1/b/{business}/conversations/{id}"; "*" = panel files    */
    enum permission permission;           /* PERM_PUBLIC must be spelled out                                 */
    unsigned flags;
    size_t max_body;                      /* 0: no body accepted                                             */
    handler_fn *handle;                   /* on a worker, with its database connection; may be NULL          */
    handler_fn *direct;                   /* on the bridge's own thread, must not block; may be NULL         */
    const struct json_in_field *in;       /* members of the JSON body, NULL: none                            */
    const char *query;                    /* names of query parameters, blank-separated                      */
    int status;                           /* of success                                                      */
    const char *out;                      /* schema of the answer (http/openapi_schemas.c); NULL: no body    */
    const char *summary;
};

extern const struct route routes[];
extern const size_t route_count;

#define ROUTE_ARGS 4
struct route_match {
    const struct route *route;            /* NULL: see allowed                             */
    struct text args[ROUTE_ARGS];         /* percent-decoded, in mem                       */
    size_t arg_count;
    unsigned allowed;                     /* bit (1 << method) of rows with this path      */
};

/* Fills *out. Returns 1 found, 0 no row for the path (allowed 0) or for the method (allowed not 0), -1 the path is
 * malformed: bad escape, NUL, '/' or a control byte inside a segment. */
int route_find(enum method method, struct text path, struct arena *mem, struct route_match *out);
const char *method_name(enum method m);
bool method_from(struct text name, enum method *out);       /* HEAD counts as GET */
/* Does the row belong to a business ({business} is its first argument)? */
bool route_is_tenant(const struct route *r);

#endif

/* What all requests share: made by command_serve before the first request, gone after the last. Everything in it is
 * constant or locks for itself. */
#ifndef TANGGAP_HTTP_APP_H
#define TANGGAP_HTTP_APP_H

#include "db/listen.h"
#include "util/config.h"
#include "util/crypto.h"
#include "util/metrics.h"

#include <stdatomic.h>

struct files;
struct hooks;
struct reply;
struct request;
struct sse_hub;

struct app {
    const struct config *cfg;
    const struct seal_key *seal;          /* public half only                                   */
    struct db_options db;                 /* of the quick lane                                  */
    struct metrics *metrics;
    struct notifier *notifier;
    struct files *files;
    struct hooks *hooks;
    struct sse_hub *hub;
    bool is_https;                        /* people reach us by https: Secure cookies, HSTS     */
    char dummy_hash[CRYPTO_PASSWORD_SIZE];   /* verified for unknown e-mails, so that time tells nothing */
    atomic_bool stopping;                 /* new requests get 503                               */
};

/* Runs a matched request on a worker: entrance, CSRF, permission, handler, and the problem if it failed. Returns
 * HANDLER_LATER when the handler has handed the request on, else 0. */
int dispatch(struct request *rq, struct reply *rp);
/* The same checks and answer for what runs on the bridge's own thread. */
int dispatch_direct(struct request *rq, struct reply *rp);
/* Answers with the problem in rq->ctx->fail. */
void dispatch_fail(struct request *rq, struct reply *rp);

#endif

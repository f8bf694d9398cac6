/* Calls to the outside world: one thread with one curl multi handle, safe against what a tenant or a platform can put
 * into an address.
 *
 * - Only https; plain http goes to a configured base URL and nowhere else. No redirects, no proxy, no cookies.
 * - The address guard looks at the address that is about to be connected to, after name resolution, so a name that
 *   resolves to something else the second time gains nothing. Loopback, private, link-local, multicast and metadata
 *   addresses are refused, unless the host is that of a configured base URL or allow_private says so (tests).
 * - Every call has a time limit and a cap on the answer. URLs are never logged: they may hold a token.
 * - A call that must not be repeated gets a connection of its own: on a kept connection that turns out dead curl would
 *   send the request again by itself, and a message could go out twice. */
#ifndef TANGGAP_NET_HTTPC_H
#define TANGGAP_NET_HTTPC_H

#include "util/fail.h"
#include "util/text.h"

#include <stdint.h>

struct httpc;

struct httpc_options {
    const char *const *bases;          /* configured base URLs, borrowed until httpc_free() */
    size_t base_count;
    bool allow_private;
    long max_per_host, max_total;      /* connections; 0 = 8 and 64 */
};

struct httpc_header {
    struct text name, value;
};

struct httpc_call {
    const char *method;                /* "GET", "POST", "PUT", "PATCH" or "DELETE"; a body goes along with any but GET */
    const char *url;
    const struct httpc_header *headers;
    size_t header_count;
    struct text body;
    int timeout_ms;
    int64_t max_reply;                 /* the call fails when the answer is longer */
    int to_fd;                         /* ≥ 0: the body of a 200 is written there; -1: kept in memory */
    bool may_repeat;
};

struct httpc_reply {
    int status;                        /* 0: no answer, see error */
    bool sent;                         /* with status 0: the request may have arrived */
    bool too_large;                    /* the answer went over max_reply */
    struct text body;
    const struct httpc_header *headers;
    size_t header_count;
    char error[120];                   /* transport's own words, without the address */
};

/* Called once for each started call, on httpc's thread; takes the reply. Must not block long. */
typedef void httpc_done(struct httpc_reply *reply, void *arg);

struct httpc *httpc_new(const struct httpc_options *options, struct fail *why);      /* NULL on failure */
/* Ends what is under way (status 0), waits for the thread, frees. NULL is fine. */
void httpc_free(struct httpc *h);
/* Copies all of `call` but to_fd, which must stay open until done. -1 (with why): not started, done is not called. */
MUST_CHECK int httpc_start(struct httpc *h, const struct httpc_call *call, httpc_done *done, void *arg,
                           struct fail *why);
/* The same, waiting for the answer. NULL: not started. */
struct httpc_reply *httpc_call_wait(struct httpc *h, const struct httpc_call *call, struct fail *why);
void httpc_reply_free(struct httpc_reply *reply);
/* Ends all calls that are under way now, as if the line had been cut. */
void httpc_abort_all(struct httpc *h);

/* For the guard's tests: would a connection to this address be refused? `address` is a struct sockaddr. */
bool httpc_address_is_private(const void *address, size_t len);

#endif

/* Between libmicrohttpd and the handlers: one epoll thread that reads, checks the framing, matches the route and
 * sleeps the connection while a worker answers. The only module that knows libmicrohttpd. */
#ifndef TANGGAP_HTTP_BRIDGE_H
#define TANGGAP_HTTP_BRIDGE_H

#include "http/app.h"
#include "http/request.h"

struct bridge;

/* Opens the address of http.listen: "127.0.0.1:8080", "[::1]:8080" (port 0: any) or "unix:/path". Returns the
 * descriptor, or -1; *port gets the real port, 0 for a unix socket. */
MUST_CHECK int bridge_listen(const char *address, int *port, struct fail *why);
/* Takes listen_fd. NULL with the reason. */
struct bridge *bridge_start(struct app *app, int listen_fd, struct fail *why);
/* In the order that keeps promises: stop accepting, answer 503 to what still comes, end the event streams, wait for
 * requests in flight (at most `drain_ms`), stop the workers. Returns how many had to be cut off. */
int bridge_stop(struct bridge *b, int64_t drain_ms);

/* More are refused; so whoever reads a request's headers sees all of them. */
#define FRAMING_MAX_HEADERS 100

/* What the first look at a request's headers found. */
struct framing {
    unsigned headers, content_lengths, transfer_encodings, hosts;
    bool is_chunked;              /* Transfer-Encoding is exactly "chunked"                     */
    bool bad_name;                /* a header name with a blank or a byte that is no token      */
    bool bad_length;              /* Content-Length is not a plain number                       */
    size_t uri_len, query_len;
    uint64_t content_length;
};
void framing_note(struct framing *f, struct text name, struct text value);
/* NULL if unambiguous, else why the request is refused with 400. */
const char *framing_fault(const struct framing *f);

#endif

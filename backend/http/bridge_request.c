/* From the daemon's view of a request to ours: headers, client address, cookie, route. */
#include "bridge_priv.h"

#include "util/log.h"
#include "util/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#define COOKIE "tanggap"

struct reading {
    struct exchange *x;
    struct framing *f;
    struct header *headers;
    size_t count;
};

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                 const char *value, size_t value_len)
{
    struct reading *r = cls;
    struct header h = { { name, name_len }, { value ? value : "", value_len } };

    (void)kind;
    framing_note(r->f, h.name, h.value);
    if (r->count < FRAMING_MAX_HEADERS)
        r->headers[r->count++] = h;
    return MHD_YES;
}

static void peer_address(struct exchange *x, char out[64])
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->con, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *sa = info ? info->client_addr : NULL;

    snprintf(out, 64, "unix");
    if (sa && sa->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, sa, sizeof(four));
        inet_ntop(AF_INET, &four.sin_addr, out, 64);
    } else if (sa && sa->sa_family == AF_INET6) {
        struct sockaddr_in6 six;
        memcpy(&six, sa, sizeof(six));
        inet_ntop(AF_INET6, &six.sin6_addr, out, 64);
    }
}

/* What a trusted proxy says is believed, and only its own, last word; "unix" trusts whoever may use our socket. */
static void client_address(struct exchange *x)
{
    const char *trusted = x->b->app->cfg->http_trusted_proxy;
    struct text said = { NULL, 0 }, head;
    char word[INET6_ADDRSTRLEN];
    struct in6_addr any;

    peer_address(x, x->rq.address);
    if (!trusted[0] || strcmp(trusted, x->rq.address) != 0)
        return;
    /* Some proxies add a line of their own below the client's. */
    for (size_t i = 0; i < x->rq.header_count; i++)
        if (str_equal_nocase(x->rq.headers[i].name, TEXT("X-Forwarded-For")))
            said = x->rq.headers[i].value;
    while (str_split(&said, ',', &head))
        ;
    said = str_trim(head);
    if (said.len >= sizeof(word))
        return;
    if (said.len)
        memcpy(word, said.ptr, said.len);
    word[said.len] = '\0';
    if (inet_pton(AF_INET, word, &any) == 1 || inet_pton(AF_INET6, word, &any) == 1)
        memcpy(x->rq.address, word, said.len + 1);
}

static void session_cookie(struct exchange *x)
{
    struct text rest = request_header(&x->rq, "Cookie"), pair, name;

    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, ';', &pair);
        pair = str_trim(pair);
        if (!str_split(&pair, '=', &name) || !text_equal(name, TEXT(COOKIE)) || !pair.len ||
            pair.len >= CRYPTO_TOKEN_SIZE)
            continue;
        memcpy(x->rq.token, pair.ptr, pair.len);
        x->rq.token[pair.len] = '\0';
        return;
    }
}

void exchange_read_headers(struct exchange *x, struct framing *f)
{
    struct reading r = { x, f, arena_array(x->mem, struct header, FRAMING_MAX_HEADERS), 0 };

    memset(f, 0, sizeof(*f));
    MHD_get_connection_values_n(x->con, MHD_HEADER_KIND, on_header, &r);
    x->rq.headers = r.headers;
    x->rq.header_count = r.count;
    x->rq.path = x->uri;
    struct text rest = x->uri;
    if (str_split(&rest, '?', &x->rq.path))
        x->rq.query = rest;
    f->uri_len = x->uri.len;
    f->query_len = x->rq.query.len;
    client_address(x);
    session_cookie(x);
}

static int refuse_method(struct exchange *x, unsigned allowed)
{
    struct buf list = BUF_INIT(128);

    for (int m = 0; m < METHOD_COUNT; m++)
        if (allowed & (1u << m)) {
            buf_str(&list, list.len ? ", " : "");
            buf_str(&list, method_name((enum method)m));
            if (m == METHOD_GET)
                buf_str(&list, ", HEAD");
        }
    x->allow = arena_text(x->mem, buf_as_text(&list));
    buf_fini(&list);
    return fail(&x->ctx.fail, FAIL_BAD_METHOD, "this address takes %.*s", (int)x->allow.len, x->allow.ptr);
}

int exchange_route(struct exchange *x, const char *method, const struct framing *f)
{
    const char *fault = framing_fault(f);
    struct route_match match;
    struct fail *why = &x->ctx.fail;

    if (fault) {
        metrics_add(x->b->app->metrics, METRIC_HTTP_REFUSED, 1);
        x->rp.close = true;
        return fail(why, FAIL_BAD_REQUEST, "%s", fault);
    }
    x->rq.is_head = strcmp(method, "HEAD") == 0;
    bool known = method_from(text_of(method), &x->rq.method);
    int rc = route_find(known ? x->rq.method : METHOD_GET, x->rq.path, x->mem, &match);
    if (rc < 0)
        return fail(why, FAIL_BAD_REQUEST, "malformed path");
    if ((rc == 0 || !known) && match.allowed)
        return refuse_method(x, match.allowed);
    if (rc == 0)
        return fail(why, FAIL_NOT_FOUND, "no such address");
    x->rq.route = match.route;
    x->rq.arg_count = match.arg_count;
    memcpy(x->rq.args, match.args, sizeof(match.args));
    if (atomic_load(&x->b->app->stopping)) {
        x->rp.close = true;
        return fail(why, FAIL_TRY_AGAIN, "stopping");
    }
    if (f->content_length > match.route->max_body)
        return fail(why, FAIL_TOO_LARGE, "at most %zu bytes", match.route->max_body);
    /* Whether the cookie is good a worker finds out; without one no body is worth reading. */
    if (match.route->permission != PERM_PUBLIC && !x->rq.token[0])
        return fail(why, FAIL_NOT_LOGGED_IN, "no session cookie");
    return 0;
}

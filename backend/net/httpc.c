/* The curl multi loop: starts calls, guards their addresses, caps their answers, hands over the replies. */
#include "net/httpc.h"

#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_MAX 64

struct transfer {
    struct transfer *next;             /* waiting to start; then doubly linked among the running */
    struct transfer *prev;
    struct httpc *h;
    CURL *easy;
    struct curl_slist *headers;
    struct buf in;                     /* request body, ours while it runs */
    struct buf out;
    int64_t max_reply, got;
    int to_fd;
    bool is_base;                      /* the host of a configured base URL */
    bool was_refused;                  /* by the address guard */
    struct httpc_reply *reply;
    struct arena *mem;                 /* the reply's */
    httpc_done *done;
    void *arg;
};

/* What a reply hands to its owner: itself first, so that a pointer to it is a pointer to the whole. */
struct owned_reply {
    struct httpc_reply reply;
    struct arena *mem;
    struct buf body;
    struct httpc_header headers[HEADER_MAX];
};

struct httpc {
    CURLM *multi;
    struct httpc_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    struct transfer *fresh;            /* under lock: not yet known to curl */
    struct transfer *running;          /* the thread's own */
    bool stopping, aborting;           /* under lock */
};

static void transfer_free(struct transfer *t)
{
    if (t->easy)
        curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    buf_fini(&t->in);
    buf_fini(&t->out);
    free(t);
}

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct transfer *t = arg;
    const struct httpc_options *o = &t->h->options;

    (void)purpose;
    if (!t->is_base && !o->allow_private && httpc_address_is_private(&to->addr, to->addrlen)) {
        t->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);

        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static size_t on_body(char *bytes, size_t one, size_t len, void *arg)
{
    struct transfer *t = arg;
    long status = 0;

    (void)one;
    t->got += (int64_t)len;
    if (t->got > t->max_reply) {
        t->reply->too_large = true;
        return 0;
    }
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    if (t->to_fd >= 0 && status == 200)
        return write_all(t->to_fd, bytes, len) ? len : 0;
    buf_add(&t->out, bytes, len);
    return t->out.failed ? 0 : len;
}

static size_t on_header(char *bytes, size_t one, size_t len, void *arg)
{
    struct transfer *t = arg;
    struct owned_reply *o = (struct owned_reply *)t->reply;
    struct text rest = { bytes, len }, name;

    (void)one;
    if (!str_split(&rest, ':', &name) || o->reply.header_count == HEADER_MAX || len > 4096)
        return len;
    o->headers[o->reply.header_count].name = arena_text(t->mem, str_trim(name));
    o->headers[o->reply.header_count++].value = arena_text(t->mem, str_trim(rest));
    return len;
}

static void describe(struct transfer *t, CURLcode code, struct httpc_reply *reply)
{
    long status = 0, request_bytes = 0;
    curl_off_t ready_us = 0;

    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us);
    if (code == CURLE_OK) {
        reply->status = (int)status;
        return;
    }
    reply->sent = request_bytes > 0 || ready_us > 0;
    (void)snprintf(reply->error, sizeof(reply->error), "%s",
                   t->was_refused ? "address not allowed" : curl_easy_strerror(code));
}

static void finish(struct transfer *t, CURLcode code)
{
    struct owned_reply *o = (struct owned_reply *)t->reply;

    if (t->prev)
        t->prev->next = t->next;
    else
        t->h->running = t->next;
    if (t->next)
        t->next->prev = t->prev;
    describe(t, code, &o->reply);
    curl_multi_remove_handle(t->h->multi, t->easy);
    o->body = t->out;
    t->out = BUF_INIT(0);
    o->reply.body = (struct text){ o->body.ptr, o->body.len };
    o->reply.headers = o->headers;
    t->done(&o->reply, t->arg);
    transfer_free(t);
}

static void start_fresh(struct httpc *h)
{
    struct transfer *list, *next;

    pthread_mutex_lock(&h->lock);
    list = h->fresh;
    h->fresh = NULL;
    pthread_mutex_unlock(&h->lock);
    for (struct transfer *t = list; t; t = next) {
        next = t->next;
        t->prev = NULL;
        t->next = h->running;
        if (h->running)
            h->running->prev = t;
        h->running = t;
        if (curl_multi_add_handle(h->multi, t->easy) != CURLM_OK)
            finish(t, CURLE_FAILED_INIT);
    }
}

static void collect(struct httpc *h)
{
    CURLMsg *msg;
    int left;

    while ((msg = curl_multi_info_read(h->multi, &left))) {
        struct transfer *t = NULL;

        if (msg->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        finish(t, msg->data.result);
    }
}

static void *loop(void *arg)
{
    struct httpc *h = arg;
    bool stop = false;

    while (!stop) {
        int running;
        bool abort;

        start_fresh(h);
        curl_multi_perform(h->multi, &running);
        collect(h);
        pthread_mutex_lock(&h->lock);
        stop = h->stopping;
        abort = h->aborting || stop;
        h->aborting = false;
        pthread_mutex_unlock(&h->lock);
        if (abort) {
            start_fresh(h);
            while (h->running)
                finish(h->running, CURLE_ABORTED_BY_CALLBACK);
        }
        if (!stop)
            curl_multi_poll(h->multi, NULL, 0, 1000, NULL);
    }
    return NULL;
}

struct httpc *httpc_new(const struct httpc_options *options, struct fail *why)
{
    struct httpc *h = calloc(1, sizeof(*h));

    if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) || !(h->multi = curl_multi_init())) {
        free(h);
        fail(why, FAIL_INTERNAL, "cannot start the HTTP client");
        return NULL;
    }
    h->options = *options;
    curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, options->max_per_host ? options->max_per_host : 8L);
    curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, options->max_total ? options->max_total : 64L);
    pthread_mutex_init(&h->lock, NULL);
    if (pthread_create(&h->thread, NULL, loop, h)) {
        curl_multi_cleanup(h->multi);
        free(h);
        fail(why, FAIL_INTERNAL, "cannot start a thread");
        return NULL;
    }
    return h;
}

static void poke(struct httpc *h, bool stop)
{
    pthread_mutex_lock(&h->lock);
    h->aborting = true;
    h->stopping = h->stopping || stop;
    pthread_mutex_unlock(&h->lock);
    curl_multi_wakeup(h->multi);
}

void httpc_abort_all(struct httpc *h)
{
    poke(h, false);
}

void httpc_free(struct httpc *h)
{
    if (!h)
        return;
    poke(h, true);
    pthread_join(h->thread, NULL);
    curl_multi_cleanup(h->multi);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

void httpc_reply_free(struct httpc_reply *reply)
{
    struct owned_reply *o = (struct owned_reply *)reply;

    if (!o)
        return;
    buf_fini(&o->body);
    arena_free(o->mem);
    free(o);
}

/* Scheme, host and port of a URL, as curl reads it. */
struct origin {
    char *scheme, *host, *port;
};

static void origin_fini(struct origin *o)
{
    curl_free(o->scheme);
    curl_free(o->host);
    curl_free(o->port);
}

static bool origin_of(const char *url, struct origin *out)
{
    CURLU *u = curl_url();
    bool ok = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &out->scheme, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_HOST, &out->host, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_PORT, &out->port, CURLU_DEFAULT_PORT) == CURLUE_OK;

    curl_url_cleanup(u);
    return ok;
}

static bool is_base_of(const char *base, const struct origin *o)
{
    struct origin b = { NULL, NULL, NULL };
    bool same = base && base[0] && origin_of(base, &b) && strcmp(b.scheme, o->scheme) == 0 &&
                strcasecmp(b.host, o->host) == 0 && strcmp(b.port, o->port) == 0;

    origin_fini(&b);
    return same;
}

/* Judges the address before anything is resolved. */
static int judge(const struct httpc *h, const char *url, bool *is_base, struct fail *why)
{
    struct origin o = { NULL, NULL, NULL };
    bool is_http, is_https;

    *is_base = false;
    if (!origin_of(url, &o)) {
        origin_fini(&o);
        return fail(why, FAIL_NOT_POSSIBLE, "not a web address");
    }
    for (size_t i = 0; i < h->options.base_count && !*is_base; i++)
        *is_base = is_base_of(h->options.bases[i], &o);
    is_https = strcmp(o.scheme, "https") == 0;
    is_http = strcmp(o.scheme, "http") == 0;
    origin_fini(&o);
    if (!is_https && !(is_http && *is_base))
        return fail(why, FAIL_NOT_POSSIBLE, "only https addresses are allowed");
    return 0;
}

static void set_headers(struct transfer *t, const struct httpc_call *call)
{
    t->headers = curl_slist_append(t->headers, "Expect:");
    t->headers = curl_slist_append(t->headers, "Content-Type:");        /* curl's guess of a form; the caller's follows */
    for (size_t i = 0; i < call->header_count; i++) {
        const struct httpc_header *one = &call->headers[i];
        char *line = arena_printf(t->mem, "%.*s: %.*s", (int)one->name.len, one->name.ptr, (int)one->value.len,
                                  one->value.ptr);

        if (!strpbrk(line, "\r\n"))
            t->headers = curl_slist_append(t->headers, line);
    }
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static void set_limits(struct transfer *t, const struct httpc_call *call)
{
    CURL *e = t->easy;

    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, t->is_base ? "http,https" : "https");
    /* curl sends none by itself, and some platforms refuse to hand out media to nobody. */
    curl_easy_setopt(e, CURLOPT_USERAGENT, "tanggap");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, 3000L);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)(call->timeout_ms > 0 ? call->timeout_ms : 15000));
    curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)call->max_reply);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
    if (!call->may_repeat) {
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    }
}

static struct transfer *transfer_new(struct httpc *h, const struct httpc_call *call, httpc_done *done, void *arg)
{
    struct transfer *t = calloc(1, sizeof(*t));
    struct owned_reply *o = calloc(1, sizeof(*o));

    if (!t || !o || !(t->easy = curl_easy_init())) {
        free(t);
        free(o);
        return NULL;
    }
    o->mem = arena_new(0);
    *t = (struct transfer){ .h = h, .easy = t->easy, .max_reply = call->max_reply, .to_fd = call->to_fd,
                            .reply = &o->reply, .mem = o->mem, .done = done, .arg = arg };
    t->in = BUF_INIT(call->body.len + 1);
    t->out = BUF_INIT((size_t)call->max_reply + 1);
    buf_text(&t->in, call->body);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_URL, call->url);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    if (strcmp(call->method, "GET") != 0)
        curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, call->method);
    if (call->body.len || strcmp(call->method, "POST") == 0 || strcmp(call->method, "PUT") == 0) {
        curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->in.ptr ? t->in.ptr : "");
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    }
    set_headers(t, call);
    return t;
}

int httpc_start(struct httpc *h, const struct httpc_call *call, httpc_done *done, void *arg, struct fail *why)
{
    bool is_base, is_stopping;
    struct transfer *t;

    if (judge(h, call->url, &is_base, why))
        return -1;
    t = transfer_new(h, call, done, arg);
    if (!t)
        return fail(why, FAIL_INTERNAL, "out of memory");
    t->is_base = is_base;
    set_limits(t, call);
    pthread_mutex_lock(&h->lock);
    is_stopping = h->stopping;
    if (!is_stopping) {
        t->next = h->fresh;
        h->fresh = t;
    }
    pthread_mutex_unlock(&h->lock);
    if (is_stopping) {
        httpc_reply_free(t->reply);
        transfer_free(t);
        return fail(why, FAIL_TRY_AGAIN, "stopping");
    }
    curl_multi_wakeup(h->multi);
    return 0;
}

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct httpc_reply *reply;
};

static void wake_up(struct httpc_reply *reply, void *arg)
{
    struct waiting *w = arg;

    pthread_mutex_lock(&w->lock);
    w->reply = reply;
    pthread_cond_signal(&w->answered);
    pthread_mutex_unlock(&w->lock);
}

struct httpc_reply *httpc_call_wait(struct httpc *h, const struct httpc_call *call, struct fail *why)
{
    struct waiting w = { .reply = NULL };

    pthread_mutex_init(&w.lock, NULL);
    pthread_cond_init(&w.answered, NULL);
    if (httpc_start(h, call, wake_up, &w, why) == 0) {
        pthread_mutex_lock(&w.lock);
        while (!w.reply)
            pthread_cond_wait(&w.answered, &w.lock);
        pthread_mutex_unlock(&w.lock);
    }
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.answered);
    return w.reply;
}

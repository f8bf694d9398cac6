/* LISTEN on a connection and a thread of its own. */
#include "db/listen.h"

#include "conn_priv.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* How often an idle connection is asked whether it still lives: a cut line sends nothing. */
#define PROBE_MS 30000

struct listener {
    char *url, *user, *name;
    const char *const *channels;
    listener_fn *fn;
    void *arg;
    pthread_t thread;
    int stop_fd; /* eventfd, readable once told to stop */
};

static bool stopped_within(const struct listener *l, int other_fd, int timeout_ms)
{
    struct pollfd fds[2] = { { .fd = l->stop_fd, .events = POLLIN }, { .fd = other_fd, .events = POLLIN } };

    return poll(fds, other_fd < 0 ? 1 : 2, timeout_ms) > 0 && fds[0].revents;
}

static bool execute(PGconn *pg, const char *sql)
{
    PGresult *res = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(res);

    PQclear(res);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
}

static PGconn *open_listening(const struct listener *l)
{
    const struct db_options o = { .url = l->url, .user = l->user, .name = l->name };
    struct fail ignored = { 0 };
    PGconn *pg = conn_open(&o, &ignored);

    for (size_t i = 0; pg && l->channels[i]; i++) {
        char *quoted = PQescapeIdentifier(pg, l->channels[i], strlen(l->channels[i]));
        struct buf sql = BUF_INIT(200);

        buf_printf(&sql, "LISTEN %s", quoted ? quoted : "");
        bool ok = quoted && execute(pg, sql.ptr);
        PQfreemem(quoted);
        buf_fini(&sql);
        if (!ok) {
            PQfinish(pg);
            pg = NULL;
        }
    }
    return pg;
}

static void deliver(const struct listener *l, PGconn *pg)
{
    for (PGnotify *n; (n = PQnotifies(pg)) != NULL; PQfreemem(n))
        l->fn(n->relname, text_of(n->extra), l->arg);
}

/* Returns when told to stop (true) or when the connection broke (false). */
static bool listen_on(const struct listener *l, PGconn *pg)
{
    for (;;) {
        deliver(l, pg);
        if (stopped_within(l, PQsocket(pg), PROBE_MS))
            return true;
        struct pollfd readable = { .fd = PQsocket(pg), .events = POLLIN };
        if (poll(&readable, 1, 0) == 0 && !execute(pg, ""))
            return false;
        if (!PQconsumeInput(pg) || PQstatus(pg) != CONNECTION_OK)
            return false;
    }
}

static void *run(void *arg)
{
    const struct listener *l = arg;
    int64_t wait_ms = 0;
    bool was_up = false;

    for (;;) {
        PGconn *pg = open_listening(l);

        if (pg) {
            wait_ms = 0;
            for (size_t i = 0; was_up && l->channels[i]; i++)
                l->fn(l->channels[i], (struct text) { NULL, 0 }, l->arg);
            was_up = true;
            bool stopped = listen_on(l, pg);
            PQfinish(pg);
            if (stopped)
                return NULL;
        }
        wait_ms = conn_next_wait_ms(wait_ms);
        if (stopped_within(l, -1, (int)wait_ms))
            return NULL;
    }
}

struct listener *listener_new(const struct db_options *options, const char *const *channels, listener_fn *fn, void *arg)
{
    struct listener *l = calloc(1, sizeof *l);

    if (!l)
        abort();
    l->url = conn_copy(options->url);
    l->user = conn_copy(options->user);
    l->name = conn_copy(options->name);
    l->channels = channels;
    l->fn = fn;
    l->arg = arg;
    l->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (l->stop_fd < 0 || conn_thread(&l->thread, run, l))
        abort();
    return l;
}

void listener_free(struct listener *l)
{
    uint64_t one = 1;

    if (!l)
        return;
    if (write(l->stop_fd, &one, sizeof one) != sizeof one)
        abort();
    pthread_join(l->thread, NULL);
    close(l->stop_fd);
    free(l->url);
    free(l->user);
    free(l->name);
    free(l);
}

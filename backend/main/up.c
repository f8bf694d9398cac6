/* tanggap up: everything, in the right order. Two supervisors under two users, joined by a socket: one keeps serve, the
 * other the database and work. The second decides; the first serves when told and stops first. */
#include "db/migrate.h"
#include "main/cluster.h"
#include "main/command.h"
#include "main/ready.h"
#include "main/state.h"
#include "main/supervise.h"
#include "util/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORD_GO   'g'
#define WORD_STOP 's'

#define DATABASE_START_MS 60000
#define SERVE_STOP_MS     15000
#define LINK_STOP_MS      (SERVE_STOP_MS + 5000)

struct options {
    bool demo, with_database_only;
};

/* One supervisor. Both have one; most of it is the second's. */
struct up {
    const struct invocation *in;
    struct options options;
    struct config *cfg;
    struct arena *mem;
    struct mono_us begun;
    int signals; /* signalfd: SIGTERM, SIGINT, SIGCHLD  */
    int link;    /* to the other supervisor             */
    pid_t other;
    bool is_stopping;
    bool is_announced;
    struct cluster cluster;
    struct child database, work, serve;
    struct fail fail;
};

static char **own_command(struct up *u, const char *name, const char *more)
{
    char **argv = arena_array(u->mem, char *, 6);
    size_t n = 0;

    argv[n++] = arena_copy(u->mem, text_of(command_own_path(u->mem)));
    argv[n++] = arena_copy(u->mem, text_of(name));
    if (u->in->config_path) {
        argv[n++] = arena_copy(u->mem, TEXT("--config"));
        argv[n++] = arena_copy(u->mem, text_of(u->in->config_path));
    }
    if (more)
        argv[n++] = arena_copy(u->mem, text_of(more));
    return argv;
}

static int open_signals(struct up *u)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
    u->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return u->signals < 0 ? fail(&u->fail, FAIL_INTERNAL, "no signalfd: %s", strerror(errno)) : 0;
}

/* Waits for news; notes a wish to stop. Returns what came over the link: a word, 0 nothing, -1 it is closed. */
static int wait_news(struct up *u, int64_t timeout_ms)
{
    struct pollfd fds[] = { { .fd = u->signals, .events = POLLIN }, { .fd = u->link, .events = POLLIN } };
    struct signalfd_siginfo info;
    char word;

    if (poll(fds, COUNT_OF(fds), timeout_ms < 0 || timeout_ms > 60000 ? 60000 : (int)timeout_ms) <= 0)
        return 0;
    while (read(u->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo != SIGCHLD)
            u->is_stopping = true;
    if (!(fds[1].revents & (POLLIN | POLLHUP)))
        return 0;
    ssize_t n = read(u->link, &word, 1);
    return n == 1 ? word : n < 0 && errno == EINTR ? 0 : -1;
}

/* A signal to the whole group reaches the other half too, which may be gone before our own copy is read. */
static bool was_told_to_stop(struct up *u)
{
    struct pollfd fd = { .fd = u->signals, .events = POLLIN };
    struct signalfd_siginfo info;

    while (!u->is_stopping && poll(&fd, 1, 200) > 0)
        while (read(u->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
            if (info.ssi_signo != SIGCHLD)
                u->is_stopping = true;
    return u->is_stopping;
}

static void say(struct up *u, char word)
{
    /* When nobody listens any more, the closed link tells us soon enough. */
    if (write(u->link, &word, 1) != 1)
        log_debug("the other half is gone", KV_NONE);
}

/* The half that keeps serve. Runs as the web user; returns the exit code. */
static int keep_serve(struct up *u)
{
    struct child *const children[] = { &u->serve };
    int64_t next = -1;

    u->serve = (struct child) { "serve", own_command(u, "serve", NULL), SIGTERM, SERVE_STOP_MS, .pid = 0 };
    while (!u->is_stopping) {
        int word = wait_news(u, next);

        if (word < 0 || word == WORD_STOP)
            break;
        if (word == WORD_GO)
            u->serve.is_wanted = true;
        children_reap(children, COUNT_OF(children));
        next = children_start_due(children, COUNT_OF(children));
    }
    child_stop(&u->serve);
    return COMMAND_DONE;
}

static int start_database(struct up *u)
{
    struct child *const children[] = { &u->database };
    struct mono_us deadline = mono_after_ms(DATABASE_START_MS);

    if (!cluster_is_ours(u->cfg))
        return 0;
    if (cluster_find(u->cfg, u->mem, &u->cluster, &u->fail) || cluster_prepare(&u->cluster, &u->fail))
        return -1;
    u->database = (struct child) { "database", cluster_command(&u->cluster, u->mem), SIGINT, 60000, .is_wanted = true };
    u->database.stderr_path = arena_printf(u->mem, "%s/log/start.log", u->cluster.state);
    while (!u->is_stopping) {
        children_start_due(children, COUNT_OF(children));
        if (cluster_answers(&u->cluster) > 0)
            return cluster_provision(&u->cluster, &u->fail);
        if (mono_passed(deadline))
            return fail(&u->fail, FAIL_TRY_AGAIN, "the database did not start in %d s; see %s/log",
                        DATABASE_START_MS / 1000, u->cluster.state);
        if (wait_news(u, 20) < 0)
            u->is_stopping = true;
        children_reap(children, COUNT_OF(children));
    }
    return 0;
}

static int migrate(struct up *u)
{
    struct db_options options = desk_db_options(u->cfg, DESK_OWNER, "tanggap-migrate", u->mem);
    struct db *db = db_new(&options);
    struct migrate_report report;
    int rc = migrate_up(db, &report, &u->fail);

    db_free(db);
    if (rc == 0 && report.applied)
        log_info("the schema was brought up", KV_I("version", report.version), KV_I("steps", report.applied));
    return rc;
}

/* Runs a command of ours to its end. */
static int run_once(struct up *u, const char *name, const char *more)
{
    struct child once = { name, own_command(u, name, more), SIGTERM, 5000, .pid = 0 };
    int status;

    if (child_start(&once))
        return fail(&u->fail, FAIL_INTERNAL, "cannot start %s", name);
    while (waitpid(once.pid, &status, 0) < 0)
        if (errno != EINTR)
            return fail(&u->fail, FAIL_INTERNAL, "cannot wait for %s", name);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(&u->fail, FAIL_INTERNAL, "%s failed", name);
    return 0;
}

static void announce(struct up *u)
{
    const char *public_url = u->cfg->http_public_url;
    const char *listen = u->cfg->http_listen;

    u->is_announced = true;
    fprintf(stderr, "\nTanggap answers at %s%s (ready after %.2f s). Ctrl-C stops it.\n\n",
            public_url[0] || strncmp(listen, "unix:", 5) == 0 ? "" : "http://", public_url[0] ? public_url : listen,
            (double)mono_since_us(u->begun) / 1e6);
}

static void keep_running(struct up *u)
{
    struct child *const children[] = { &u->database, &u->work };

    while (!u->is_stopping) {
        int64_t next = children_start_due(children, COUNT_OF(children));

        if (!u->is_announced && !u->options.with_database_only)
            next = 20;
        if (wait_news(u, next) < 0) {
            if (!was_told_to_stop(u))
                log_error("the half that keeps serve is gone", KV_NONE);
            u->is_stopping = true;
        }
        children_reap(children, COUNT_OF(children));
        if (next == 20 && !u->is_announced && ready_ask(u->cfg->http_listen) > 0)
            announce(u);
    }
}

/* serve first, so that nothing more is accepted; then work; then the database. */
static void stop_all(struct up *u)
{
    struct mono_us deadline = mono_after_ms(LINK_STOP_MS);

    log_info("stopping", KV_NONE);
    say(u, WORD_STOP);
    while (!mono_passed(deadline) && wait_news(u, mono_left_ms(deadline)) >= 0)
        ;
    close(u->link);
    child_stop(&u->work);
    child_stop(&u->database);
    waitpid(u->other, NULL, 0);
    log_info("stopped", KV_NONE);
}

/* The half that decides. Runs as the work user; returns the exit code. */
static int keep_rest(struct up *u)
{
    int lock = state_lock(u->cfg, &u->fail);
    int rc = COMMAND_FAILED;

    if (lock < 0 || state_make_keys(u->cfg, &u->fail) || start_database(u))
        goto out;
    if (!u->is_stopping && (migrate(u) || (u->options.demo && run_once(u, "demo", "--when-empty"))))
        goto out;
    if (!u->is_stopping && !u->options.with_database_only) {
        u->work = (struct child) { "work", own_command(u, "work", NULL), SIGTERM, 30000, .is_wanted = true };
        say(u, WORD_GO);
    }
    keep_running(u);
    rc = COMMAND_DONE;
out:
    if (rc != COMMAND_DONE)
        command_failed(u->in, &u->fail);
    stop_all(u);
    return rc;
}

/* Nothing keeps running as root: both halves become somebody else before they do anything. */
static int split(struct up *u)
{
    struct state_user web, work;
    bool is_root = geteuid() == 0;
    int ends[2];

    if (is_root && !state_users(&web, &work))
        return fail(&u->fail, FAIL_NOT_POSSIBLE,
                    "started by root, it needs the users " STATE_USER_WEB " and " STATE_USER_WORK
                    " and the group " STATE_GROUP ": deploy/run makes them");
    if (is_root && u->cfg->state_dir[0] != '/')
        return fail(&u->fail, FAIL_BAD_FIELD,
                    "started by root, state.dir must be an absolute path (deploy/run sets it)");
    if (state_prepare(u->cfg, is_root ? &work : NULL, &u->fail))
        return -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) || open_signals(u))
        return fail(&u->fail, FAIL_INTERNAL, "cannot join the two halves: %s", strerror(errno));
    u->other = fork();
    if (u->other < 0)
        return fail(&u->fail, FAIL_INTERNAL, "cannot fork: %s", strerror(errno));
    bool is_web = u->other == 0;
    u->link = ends[is_web];
    close(ends[!is_web]);
    if (is_root && state_become(is_web ? &web : &work, &u->fail)) {
        command_failed(u->in, &u->fail);
        exit(COMMAND_FAILED);
    }
    return is_web ? 1 : 0;
}

int command_up(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "demo", OPTION_FLAG, false, offsetof(struct options, demo), NULL,
          "make a demo business with invented customers if there is no business yet" },
        { "database-only", OPTION_FLAG, false, offsetof(struct options, with_database_only), NULL,
          "keep only the private database, migrated" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "",
        "Runs everything: the private database (unless database.url names another), serve and work.\n"
        "Started by root, serve runs as " STATE_USER_WEB " and the rest as " STATE_USER_WORK ".",
        rows, 0, 0
    };
    struct up u = { .in = in, .begun = clock_mono() };
    int stop = command_options(in, &usage, &u.options);

    if (stop >= 0)
        return stop;
    u.cfg = command_config(in);
    if (!u.cfg)
        return COMMAND_FAILED;
    u.mem = arena_new(0);
    int half = split(&u);
    int rc = half < 0 ? command_failed(in, &u.fail) : half ? keep_serve(&u) : keep_rest(&u);
    arena_free(u.mem);
    config_free(u.cfg);
    return rc;
}

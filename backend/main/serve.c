/* `tanggap serve`: the listener. No way out to the internet, no key that opens a stored token. */
#include "main/command.h"
#include "main/state.h"

#include "http/bridge.h"
#include "http/files.h"
#include "http/hooks.h"
#include "http/sse.h"
#include "util/log.h"
#include "util/str.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAIN_MS     10000
#define WANTED_FILES 16384

/* Blocked before the first thread exists, so that every thread inherits it and only sigwait() sees them. */
static void block_signals(sigset_t *stop)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };

    sigaction(SIGPIPE, &ignore, NULL);
    sigemptyset(stop);
    sigaddset(stop, SIGTERM);
    sigaddset(stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, stop, NULL);
}

static void raise_file_limit(void)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur >= WANTED_FILES)
        return;
    l.rlim_cur = l.rlim_max < WANTED_FILES ? l.rlim_max : WANTED_FILES;
    setrlimit(RLIMIT_NOFILE, &l);
}

static int make_folder(const struct config *cfg, const char *name, struct arena *mem, struct fail *why)
{
    const char *path = arena_printf(mem, "%s/%s", cfg->state_dir, name);

    if (mkdir(path, 0750) && errno != EEXIST)
        return fail(why, FAIL_INTERNAL, "cannot make %s: %s", path, strerror(errno));
    return 0;
}

static int make_dummy_hash(struct app *app, struct fail *why)
{
    char nobody[CRYPTO_TOKEN_SIZE];

    crypto_token(nobody);
    if (crypto_password_hash(text_of(nobody), app->dummy_hash))
        return fail(why, FAIL_INTERNAL, "hashing does not work");
    return 0;
}

static struct listener *listen_for_news(struct app *app)
{
    static const char *const channels[] = { NOTICE_PANEL, NULL };
    struct db_options options = app->db;

    options.statement_timeout_ms = 0;
    return listener_new(&options, channels, sse_on_notice, app->hub);
}

static int run(struct app *app, int listen_fd, int port, const sigset_t *stop, struct fail *why)
{
    int got = 0;
    struct listener *listener = listen_for_news(app);
    struct bridge *bridge = bridge_start(app, listen_fd, why);

    if (!bridge) {
        listener_free(listener);
        return -1;
    }
    log_info("serving", KV_S("listen", app->cfg->http_listen), KV_I("port", port),
             KV_I("files", files_count(app->files)), KV_I("pid", getpid()));
    sigwait(stop, &got);
    log_info("stopping", KV_I("signal", got));
    int left = bridge_stop(bridge, DRAIN_MS);
    listener_free(listener);
    log_info("stopped", KV_I("cut_off", left));
    return 0;
}

static int make_app(struct app *app, const struct config *cfg, struct arena *mem, struct fail *why)
{
    app->cfg = cfg;
    app->is_https = text_starts(text_of(cfg->http_public_url), TEXT("https://"));
    app->db = desk_db_options(cfg, DESK_WEB, "tanggap-serve", mem);
    app->db.statement_timeout_ms = 3000;
    app->db.lock_timeout_ms = 1000;
    if (make_folder(cfg, "uploads", mem, why) || make_dummy_hash(app, why) ||
        files_load(cfg->http_web_dir, &app->files, why))
        return -1;
    app->metrics = metrics_new();
    app->notifier = notifier_new(&app->db);
    app->hub = sse_hub_new(&app->db, app->metrics);
    app->hooks = hooks_new(app);
    return 0;
}

static void drop_app(struct app *app)
{
    hooks_free(app->hooks);
    sse_hub_free(app->hub);
    notifier_free(app->notifier);
    metrics_free(app->metrics);
    files_free(app->files);
}

int command_serve(struct invocation *in)
{
    static const struct option_row rows[] = { OPTION_ROWS_END };
    static const struct command_usage usage = { "", "Answers browsers and platforms until told to stop.", rows, 0, 0 };
    struct app app = { 0 };
    struct seal_key key = { 0 };
    struct fail why = { 0 };
    sigset_t stop;
    int port = 0, fd = -1, rc = -1, said = command_options(in, &usage, NULL);

    if (said >= 0)
        return said;
    struct config *cfg = command_config(in);
    if (!cfg)
        return COMMAND_FAILED;
    struct arena *mem = arena_new(0);
    block_signals(&stop);
    raise_file_limit();
    app.seal = &key;
    /* The address first: a second serve must stop here and touch nothing. */
    fd = bridge_listen(cfg->http_listen, &port, &why);
    if (fd >= 0 && state_load_keys(cfg, false, &key, &why) == 0 && make_app(&app, cfg, mem, &why) == 0)
        rc = run(&app, fd, port, &stop, &why);
    if (rc)
        command_failed(in, &why);
    drop_app(&app);
    arena_free(mem);
    config_free(cfg);
    return rc ? COMMAND_FAILED : COMMAND_DONE;
}

/* One connection: opening with the session's settings, back-off when the server is away. */
#include "conn_priv.h"

#include "util/clock.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define WAIT_LEAST_MS 100
#define WAIT_MOST_MS  5000
/* Longest pause inside a transaction where statements themselves are unlimited. */
#define IDLE_BULK_MS  60000
#define IDLE_LEAST_MS 10000

char *conn_copy(const char *s)
{
    if (!s)
        return NULL;
    char *copy = strdup(s);
    if (!copy)
        abort();
    return copy;
}

int conn_thread(pthread_t *thread, void *(*run)(void *arg), void *arg)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc ? -1 : 0;
}

struct db *db_new(const struct db_options *options)
{
    struct db *db = calloc(1, sizeof *db);

    if (!db)
        abort();
    db->url = conn_copy(options->url ? options->url : "");
    db->user = conn_copy(options->user);
    db->name = conn_copy(options->name ? options->name : "tanggap");
    db->statement_timeout_ms = options->statement_timeout_ms;
    db->lock_timeout_ms = options->lock_timeout_ms;
    db->scratch = BUF_INIT((size_t)256 << 20);
    db->entrance_scratch = BUF_INIT(1024);
    return db;
}

void db_free(struct db *db)
{
    if (!db)
        return;
    conn_drop(db);
    buf_fini(&db->scratch);
    buf_fini(&db->entrance_scratch);
    free(db->url);
    free(db->user);
    free(db->name);
    free(db);
}

static void ignore_notice(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

/* Keeps what the url itself says in `options` and puts ours behind it. False: the url does not parse. */
static bool session_options(const struct db_options *o, struct buf *out, struct fail *why)
{
    PQconninfoOption *parsed = PQconninfoParse(o->url ? o->url : "", NULL);

    /* libpq's own words would repeat what it could not read, and that may be a password. */
    if (!parsed) {
        fail(why, FAIL_INTERNAL, "database.url is not a connection string that libpq understands");
        return false;
    }
    for (const PQconninfoOption *p = parsed; p->keyword; p++)
        if (strcmp(p->keyword, "options") == 0 && p->val)
            buf_printf(out, "%s ", p->val);
    PQconninfoFree(parsed);

    int idle = o->statement_timeout_ms > IDLE_LEAST_MS ? o->statement_timeout_ms : IDLE_LEAST_MS;
    if (o->statement_timeout_ms == 0)
        idle = IDLE_BULK_MS;
    buf_printf(out, "-c statement_timeout=%d -c lock_timeout=%d -c idle_in_transaction_session_timeout=%d",
               o->statement_timeout_ms, o->lock_timeout_ms, idle);
    buf_str(out, " -c TimeZone=UTC -c search_path=public -c jit=off");
    if (out->failed)
        fail(why, FAIL_INTERNAL, "database.url: options are too long");
    return !out->failed;
}

/* key='value', as libpq reads it. */
static void add_keyword(struct buf *out, const char *keyword, const char *value)
{
    buf_printf(out, "%s%s='", out->len ? " " : "", keyword);
    for (const char *p = value; *p; p++) {
        if (*p == '\'' || *p == '\\')
            buf_char(out, '\\');
        buf_char(out, *p);
    }
    buf_char(out, '\'');
}

int db_split_secret(const char *url, struct arena *mem, const char **rest, const char **password, struct fail *why)
{
    PQconninfoOption *parsed = PQconninfoParse(url, NULL);
    struct buf out = BUF_INIT(65536);
    const char *secret = NULL;

    if (!parsed)
        return fail(why, FAIL_INTERNAL, "database.url is not a connection string that libpq understands");
    for (const PQconninfoOption *p = parsed; p->keyword; p++) {
        if (!p->val || strcmp(p->keyword, "sslpassword") == 0)
            continue;
        if (strcmp(p->keyword, "password") == 0)
            secret = arena_copy(mem, text_of(p->val));
        else
            add_keyword(&out, p->keyword, p->val);
    }
    PQconninfoFree(parsed);
    bool is_whole = !out.failed;
    const char *whole = is_whole ? arena_copy(mem, buf_as_text(&out)) : "";
    buf_fini(&out);
    if (!is_whole)
        return fail(why, FAIL_INTERNAL, "database.url is too long");
    *rest = whole;
    *password = secret;
    return 0;
}

PGconn *conn_open(const struct db_options *o, struct fail *why)
{
    struct buf options = BUF_INIT(4096);

    if (!session_options(o, &options, why)) {
        buf_fini(&options);
        return NULL;
    }
    const char *keys[] = { "dbname",          "application_name", "client_encoding",       "options", "connect_timeout",
                           "keepalives_idle", "tcp_user_timeout", o->user ? "user" : NULL, NULL };
    const char *values[] = {
        o->url ? o->url : "", o->name ? o->name : "tanggap", "UTF8", options.ptr, "3", "30", "20000", o->user, NULL
    };
    PGconn *pg = PQconnectdbParams(keys, values, 1);

    buf_fini(&options);
    if (pg && PQstatus(pg) == CONNECTION_OK) {
        PQsetNoticeProcessor(pg, ignore_notice, NULL);
        return pg;
    }
    const char *message = pg ? PQerrorMessage(pg) : "out of memory";
    fail(why, FAIL_TRY_AGAIN, "database: %.*s", (int)strcspn(message, "\n"), message);
    why->retry_after_s = 1;
    PQfinish(pg);
    return NULL;
}

int64_t conn_next_wait_ms(int64_t wait_ms)
{
    uint8_t noise = 0;
    int64_t next = wait_ms ? wait_ms * 2 : WAIT_LEAST_MS;

    if (next > WAIT_MOST_MS)
        next = WAIT_MOST_MS;
    crypto_random(&noise, sizeof noise);
    return next - next * noise / 1024;
}

void conn_drop(struct db *db)
{
    PQfinish(db->pg);
    db->pg = NULL;
    db->entrance.done = false;
    db->copying = false;
    if (db->tx == TX_OPEN) {
        db->tx = TX_FAILED;
        db->tx_code = FAIL_TRY_AGAIN;
    }
    memset(db->prepared, 0, sizeof db->prepared);
}

int db_connect(struct db *db, struct fail *why)
{
    const struct db_options o = {
        .url = db->url,
        .user = db->user,
        .name = db->name,
        .statement_timeout_ms = db->statement_timeout_ms,
        .lock_timeout_ms = db->lock_timeout_ms,
    };

    if (db_is_up(db))
        return 0;
    conn_drop(db);
    db->pg = conn_open(&o, why);
    if (!db->pg) {
        db->wait_ms = conn_next_wait_ms(db->wait_ms);
        db->retry_at = mono_after_ms(db->wait_ms);
        return -1;
    }
    db->wait_ms = 0;
    return 0;
}

bool db_is_up(const struct db *db)
{
    return db->pg && PQstatus(db->pg) == CONNECTION_OK;
}

/* A server that went away has said so or has closed our socket: reading shows it before a statement is lost on it. */
static bool is_alive(PGconn *pg)
{
    for (int round = 0; round < 4; round++) {
        struct pollfd readable = { .fd = PQsocket(pg), .events = POLLIN };

        if (poll(&readable, 1, 0) == 0)
            return PQstatus(pg) == CONNECTION_OK;
        if (!PQconsumeInput(pg) || PQstatus(pg) != CONNECTION_OK)
            return false;
    }
    return true;
}

int conn_ready(struct db *db, bool probe, struct fail *why)
{
    if (probe && db->pg && !is_alive(db->pg))
        conn_drop(db);
    if (db_is_up(db))
        return 0;
    if (db->tx == TX_FAILED)
        return fail(why, FAIL_TRY_AGAIN, "database: connection lost within a transaction");
    if (db->wait_ms && !mono_passed(db->retry_at)) {
        fail(why, FAIL_TRY_AGAIN, "database: unreachable, trying again in %ld ms", (long)mono_left_ms(db->retry_at));
        why->retry_after_s = 1;
        return -1;
    }
    return db_connect(db, why);
}

struct pg_conn *db_handle(struct db *db)
{
    if (!db_is_up(db))
        return NULL;
    if (PQpipelineStatus(db->pg) != PQ_PIPELINE_OFF && !PQexitPipelineMode(db->pg)) {
        conn_drop(db);
        return NULL;
    }
    return db->pg;
}

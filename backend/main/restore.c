/* tanggap restore FILE: a backup into an empty system, compared table by table with what was backed up. Whatever goes
 * wrong before the comparison is done, the system is empty again. */
#include "db/migrate.h"
#include "db/query.h"
#include "jobs/erasures.h"
#include "main/bundle.h"
#include "main/command.h"
#include "main/pipe.h"
#include "main/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_MAX    512
#define TABLES_MAX (1u << 20)

AUTO_DEFINE(fd, int, -1, close)

struct options {
    const char *passphrase_file;
};

struct restore {
    struct desk *d;
    struct bundle_reader reader;
    struct buf tables, public_key, secret_key;
    bool has_database;
    int64_t media;
    struct arena *made_mem;
    struct made {
        struct made *next;
        const char *path;
    } *made;                           /* files and folders that were not here before, newest first */
};

/* Where the bytes of one file go. */
struct target {
    struct fail *why;
    int fd;
    struct buf *buf;
    const char *name;
};

static int take_piece(struct text piece, void *arg)
{
    struct target *t = arg;

    if (t->buf) {
        buf_text(t->buf, piece);
        return t->buf->failed ? fail(t->why, FAIL_BAD_FILE, "%s in the backup is too large", t->name) : 0;
    }
    while (piece.len) {
        ssize_t n = write(t->fd, piece.ptr, piece.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(t->why, FAIL_INTERNAL, "cannot write %s: %s", t->name, strerror(errno));
        piece = (struct text) { piece.ptr + n, piece.len - (size_t)n };
    }
    return 0;
}

static struct db_options owner_of(const struct desk *d)
{
    return desk_db_options(d->cfg, DESK_OWNER, "tanggap-restore", d->mem);
}

/* The schema belongs to the database's owner, so the owner may make it anew. */
static int wipe_schema(struct desk *d)
{
    struct db_options o = owner_of(d);
    const char *url, *password;

    if (db_split_secret(o.url, d->mem, &url, &password, &d->c.fail))
        return -1;
    char *const argv[] = { arena_copy(d->mem, TEXT("psql")),
                           arena_copy(d->mem, TEXT("--no-psqlrc")),
                           arena_copy(d->mem, TEXT("--quiet")),
                           arena_copy(d->mem, TEXT("--set=ON_ERROR_STOP=1")),
                           arena_printf(d->mem, "--username=%s", o.user),
                           arena_printf(d->mem, "--dbname=%s", url),
                           arena_copy(d->mem, TEXT("--command=SET client_min_messages = warning; DROP SCHEMA public "
                                                   "CASCADE; CREATE SCHEMA public;")),
                           NULL };

    return pipe_run(argv, password, &d->c.fail);
}

static int take_database(struct restore *r)
{
    struct desk *d = r->d;
    struct db_options o = owner_of(d);
    const char *url, *password;

    if (db_split_secret(o.url, d->mem, &url, &password, &d->c.fail))
        return -1;
    char *const argv[] = {
        arena_copy(d->mem, TEXT("pg_restore")),           arena_copy(d->mem, TEXT("--no-owner")),
        arena_copy(d->mem, TEXT("--no-privileges")),      arena_copy(d->mem, TEXT("--schema=public")),
        arena_copy(d->mem, TEXT("--single-transaction")), arena_printf(d->mem, "--username=%s", o.user),
        arena_printf(d->mem, "--dbname=%s", url),       NULL
    };
    struct target to = { &d->c.fail, -1, NULL, "the database" };
    pid_t pid;

    to.fd = pipe_open(argv, password, true, &pid, &d->c.fail);
    if (to.fd < 0)
        return -1;
    int rc = bundle_read(&r->reader, take_piece, &to, &d->c.fail);
    close(to.fd);
    if (pipe_wait("pg_restore", pid, &d->c.fail) || rc)
        return -1;
    r->has_database = true;
    return 0;
}

static void note_made(struct restore *r, const char *path)
{
    struct made *m = arena_new_of(r->made_mem, struct made);

    *m = (struct made) { r->made, arena_copy(r->made_mem, text_of(path)) };
    r->made = m;
}

static void remove_made(struct restore *r)
{
    for (const struct made *m = r->made; m; m = m->next)
        if (unlink(m->path) && errno == EISDIR)
            (void)rmdir(m->path); /* not empty: somebody else's files */
    r->made = NULL;
}

/* "media/ab/…": the reader has checked that the name stays below. */
static int take_media(struct restore *r, const char *name)
{
    struct desk *d = r->d;
    char *path = arena_printf(d->mem, "%s/%s", d->cfg->state_dir, name);

    for (char *p = path + strlen(d->cfg->state_dir) + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            bool is_new = mkdir(path, 02750) == 0, failed = !is_new && errno != EEXIST;
            if (is_new)
                note_made(r, path);
            *p = '/';
            if (failed)
                return fail(&d->c.fail, FAIL_INTERNAL, "cannot make a folder for %s: %s", path, strerror(errno));
        }
    bool is_new = access(path, F_OK) != 0;
    AUTO(fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    struct target to = { &d->c.fail, fd, NULL, name };
    if (fd < 0)
        return fail(&d->c.fail, FAIL_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    if (is_new)
        note_made(r, path);
    r->media++;
    return bundle_read(&r->reader, take_piece, &to, &d->c.fail);
}

static int take_file(struct restore *r, const char *name)
{
    struct target to = { &r->d->c.fail, -1, NULL, name };

    if (strcmp(name, "database") == 0)
        return take_database(r);
    if (strncmp(name, "media/", 6) == 0)
        return take_media(r, name);
    to.buf = strcmp(name, "tables") == 0          ? &r->tables
             : strcmp(name, "keys/seal.pub") == 0 ? &r->public_key
             : strcmp(name, "keys/seal.key") == 0 ? &r->secret_key
                                                  : NULL;
    if (!to.buf)
        return fail(to.why, FAIL_BAD_FILE, "the backup holds %s, which this program does not know", name);
    return bundle_read(&r->reader, take_piece, &to, to.why);
}

static int take_all(struct restore *r)
{
    char name[BUNDLE_NAME_MAX];
    struct fail *why = &r->d->c.fail;
    int rc;

    while ((rc = bundle_next(&r->reader, name, why)) == 1) {
        struct arena_mark mark = arena_mark(r->d->mem);

        if (take_file(r, name))
            return -1;
        arena_rewind(r->d->mem, mark);
    }
    if (rc == 0 && (!r->has_database || !r->tables.len || !r->public_key.len || !r->secret_key.len))
        return fail(why, FAIL_BAD_FILE, "the backup is not complete");
    return rc;
}

/* Files, their names and the folders of those, all at once. */
static int make_durable(struct restore *r)
{
    struct desk *d = r->d;
    AUTO(fd) int fd = open(d->cfg->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 || syncfs(fd) ? fail(&d->c.fail, FAIL_INTERNAL, "cannot write %s: %s", d->cfg->state_dir, strerror(errno))
                                : 0;
}

static int compare(struct restore *r)
{
    struct ctx *c = &r->d->c;
    struct text now;

    db_enter_system(c);
    int rc = db_one(c, SQL_DESK_TABLES, NO_IN, OUT(OUT_TEXT(&now)));
    db_leave(c);
    if (rc != 1)
        return -1;
    return text_equal(now, buf_as_text(&r->tables))
               ? 0
               : fail(&c->fail, FAIL_INTERNAL, "what was restored is not what was backed up");
}

static int write_key(struct desk *d, const char *name, const struct buf *bytes, mode_t mode)
{
    const char *path = arena_printf(d->mem, "%s/%s", d->cfg->keys_dir, name);
    const char *fresh = arena_printf(d->mem, "%s.new", path);
    struct target to = { &d->c.fail, -1, NULL, name };

    unlink(fresh);
    AUTO(fd) int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    to.fd = fd;
    if (fd < 0 || fchmod(fd, mode) || take_piece(buf_as_text(bytes), &to) || fsync(fd) || rename(fresh, path))
        return fail(&d->c.fail, FAIL_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

/* What was to be sent then may be with the customer by now: a person decides, nothing is sent again by itself. */
static int doubt_sends(struct desk *d)
{
    struct ctx *c = &d->c;

    db_enter_system(c);
    int64_t rows = db_do(c, SQL_DESK_DOUBT_SENDS, NO_IN);
    db_leave(c);
    if (rows > 0)
        fprintf(stderr, "%lld replies were on their way when the backup was made: whether they went out is undecided.\n",
                (long long)rows);
    return rows < 0 ? -1 : 0;
}

/* -1 with an empty system again. */
static int restore_into(struct restore *r)
{
    struct desk *d = r->d;
    struct migrate_report report;
    struct fail first;

    if (wipe_schema(d) == 0 && take_all(r) == 0) {
        desk_reconnect(d, DESK_OWNER, false); /* the old connection knows the schema that is gone */
        if (compare(r) == 0 && make_durable(r) == 0 && write_key(d, "seal.key", &r->secret_key, 0600) == 0 &&
            write_key(d, "seal.pub", &r->public_key, 0644) == 0 && migrate_up(d->db, &report, &d->c.fail) == 0 &&
            doubt_sends(d) == 0)
            return 0;
    }
    first = d->c.fail;
    remove_made(r);
    if (wipe_schema(d) == 0) {
        desk_reconnect(d, DESK_OWNER, false);
        if (migrate_up(d->db, &report, &d->c.fail) == 0)
            fputs("Nothing was restored; the system is empty as before.\n", stderr);
    }
    d->c.fail = first;
    return -1;
}

static int check_empty(struct desk *d)
{
    struct ctx *c = &d->c;
    struct text running = { NULL, 0 };
    bool is_empty = false;

    db_enter_system(c);
    int rc = db_one(c, SQL_DESK_IS_EMPTY, NO_IN, OUT(OUT_BOOL(&is_empty)));
    if (rc == 1)
        rc = db_one(c, SQL_DESK_RUNNING, NO_IN, OUT(OUT_TEXT(&running)));
    db_leave(c);
    if (rc != 1)
        return -1;
    if (!is_empty)
        return fail(&c->fail, FAIL_CONFLICT, "this system holds businesses or people; a backup goes into an empty one");
    if (running.len)
        return fail(&c->fail, FAIL_CONFLICT, "%.*s must not run meanwhile (tanggap up --database-only)",
                    (int)running.len, running.ptr);
    return 0;
}

static int restore(struct desk *d, int fd, struct text passphrase)
{
    struct fail *why = &d->c.fail;
    struct vault *vault = vault_open(fd, passphrase, why);
    struct restore r = { .d = d,
                         .reader = BUNDLE_READER(vault),
                         .made_mem = arena_new(0),
                         .tables = BUF_INIT(TABLES_MAX),
                         .public_key = BUF_INIT(KEY_MAX),
                         .secret_key = BUF_INIT(KEY_MAX) };
    int rc = vault ? check_empty(d) : -1;

    int64_t erased = 0;

    if (rc == 0)
        rc = restore_into(&r);
    if (rc == 0)
        fprintf(stderr, "Restored and compared, table by table (%lld media files).\n", (long long)r.media);
    if (rc == 0)
        rc = erasures_replay(&d->c, &erased);
    if (erased)
        fprintf(stderr, "%lld people who were erased since the backup are forgotten again.\n", (long long)erased);
    if (r.secret_key.ptr)
        crypto_wipe(r.secret_key.ptr, r.secret_key.cap);
    buf_fini(&r.tables);
    buf_fini(&r.public_key);
    buf_fini(&r.secret_key);
    bundle_reader_fini(&r.reader);
    arena_free(r.made_mem);
    vault_free(vault);
    return rc;
}

int command_restore(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "passphrase-file", OPTION_TEXT, false, offsetof(struct options, passphrase_file), "FILE",
          "its first line is the passphrase; default stdin" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "FILE",
        "Brings a backup into an empty system and compares every table with what was backed up. Only the database\n"
        "may run meanwhile: tanggap up --database-only.",
        rows, 1, 1
    };
    struct options o = { .passphrase_file = NULL };
    struct buf passphrase = BUF_INIT(8192);
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    AUTO(fd) int fd = open(in->argv[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "tanggap %s: cannot read %s: %s\n", in->name, in->argv[0], strerror(errno));
        return COMMAND_FAILED;
    }
    int rc = COMMAND_FAILED;
    if (command_read_secret(in, o.passphrase_file, "passphrase", &passphrase) == 0 &&
        desk_open(&d, in, DESK_OWNER) == 0) {
        rc = restore(&d, fd, buf_as_text(&passphrase)) ? command_failed(in, &d.c.fail) : COMMAND_DONE;
        desk_close(&d);
    }
    if (passphrase.ptr)
        crypto_wipe(passphrase.ptr, passphrase.cap);
    buf_fini(&passphrase);
    return rc;
}

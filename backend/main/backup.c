/* tanggap backup FILE: database, media and keys in one file that a passphrase opens. While it runs everything else
 * goes on: the dump and the sums it is compared with later are of one snapshot. */
#include "db/query.h"
#include "main/bundle.h"
#include "main/command.h"
#include "main/pipe.h"
#include "main/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define MEDIA_DEPTH 4

AUTO_DEFINE(fd, int, -1, close)

struct options {
    const char *passphrase_file;
};

struct backup {
    struct desk *d;
    struct vault *vault;
    int64_t media;
};

static int add_dump(struct backup *b, struct text snapshot)
{
    struct ctx *c = &b->d->c;
    struct db_options o = desk_db_options(b->d->cfg, DESK_OWNER, "tanggap-backup", c->mem);
    const char *url, *password;

    if (db_split_secret(o.url, c->mem, &url, &password, &c->fail))
        return -1;
    char *const argv[] = { arena_copy(c->mem, TEXT("pg_dump")),
                           arena_copy(c->mem, TEXT("--format=custom")),
                           arena_copy(c->mem, TEXT("--no-password")),
                           arena_printf(c->mem, "--snapshot=%.*s", (int)snapshot.len, snapshot.ptr),
                           arena_printf(c->mem, "--username=%s", o.user),
                           arena_printf(c->mem, "--dbname=%s", url),
                           NULL };
    pid_t pid;
    AUTO(fd) int fd = pipe_open(argv, password, false, &pid, &c->fail);

    if (fd < 0)
        return -1;
    int rc = bundle_add_fd(b->vault, "database", fd, &c->fail);
    close(fd);
    fd = -1;
    return pipe_wait("pg_dump", pid, &c->fail) || rc ? -1 : 0;
}

static int add_database(struct ctx *c, void *arg)
{
    struct backup *b = arg;
    struct text snapshot, tables;

    if (db_one(c, SQL_DESK_SNAPSHOT, NO_IN, OUT(OUT_TEXT(&snapshot))) != 1 ||
        db_one(c, SQL_DESK_TABLES, NO_IN, OUT(OUT_TEXT(&tables))) != 1)
        return -1;
    return bundle_add(b->vault, "tables", tables, &c->fail) ? -1 : add_dump(b, snapshot);
}

/* Files come and go meanwhile; one that has gone is no part of the snapshot any more. */
static int add_file(struct backup *b, int folder, const char *entry, const char *name)
{
    struct fail *why = &b->d->c.fail;
    struct stat st;
    AUTO(fd) int fd = openat(folder, entry, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? 0 : fail(why, FAIL_INTERNAL, "cannot read %s: %s", name, strerror(errno));
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        return 0;
    b->media++;
    return bundle_add_fd(b->vault, name, fd, why);
}

/* Takes folder. */
static int add_folder(struct backup *b, int folder, const char *name, int depth)
{
    DIR *dir = fdopendir(folder);
    int rc = 0;

    if (!dir) {
        close(folder);
        return fail(&b->d->c.fail, FAIL_INTERNAL, "cannot read %s: %s", name, strerror(errno));
    }
    for (struct dirent *e; rc == 0 && (e = readdir(dir));) {
        struct arena_mark mark = arena_mark(b->d->mem);
        const char *path = arena_printf(b->d->mem, "%s/%s", name, e->d_name);
        int inner = -1;

        if (e->d_name[0] != '.' && depth < MEDIA_DEPTH)
            inner = openat(folder, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inner >= 0)
            rc = add_folder(b, inner, path, depth + 1);
        else if (e->d_name[0] != '.')
            rc = add_file(b, folder, e->d_name, path);
        arena_rewind(b->d->mem, mark);
    }
    closedir(dir);
    return rc;
}

static int add_files(struct backup *b)
{
    struct desk *d = b->d;
    struct fail *why = &d->c.fail;
    AUTO(fd) int keys = open(d->cfg->keys_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *media = arena_printf(d->mem, "%s/media", d->cfg->state_dir);
    int folder = open(media, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder >= 0 && add_folder(b, folder, "media", 0))
        return -1;
    if (keys < 0)
        return fail(why, FAIL_INTERNAL, "cannot read %s: %s", d->cfg->keys_dir, strerror(errno));
    int64_t counted = b->media;
    int rc = add_file(b, keys, "seal.pub", "keys/seal.pub") || add_file(b, keys, "seal.key", "keys/seal.key");
    if (rc == 0 && b->media != counted + 2)
        rc = fail(why, FAIL_INTERNAL, "a key is missing in %s", d->cfg->keys_dir);
    b->media = counted;
    return rc;
}

static int write_all(struct backup *b, int fd, struct text passphrase)
{
    struct ctx *c = &b->d->c;

    b->vault = vault_create(fd, passphrase, &c->fail);
    if (!b->vault)
        return -1;
    db_enter_system(c);
    int rc = db_tx(c, add_database, b);
    db_leave(c);
    if (rc || add_files(b) || vault_finish(b->vault, &c->fail))
        return -1;
    return fsync(fd) ? fail(&c->fail, FAIL_INTERNAL, "cannot write the file: %s", strerror(errno)) : 0;
}

int command_backup(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "passphrase-file", OPTION_TEXT, false, offsetof(struct options, passphrase_file), "FILE",
          "its first line is the passphrase; default stdin" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "FILE",
        "Writes everything (database, media, keys) into one new file, sealed with a passphrase. Keep that apart from\n"
        "the file: without it nobody, you included, can open the backup. Tanggap may go on running.",
        rows, 1, 1
    };
    struct options o = { .passphrase_file = NULL };
    struct buf passphrase = BUF_INIT(8192);
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    const char *path = in->argv[0];
    AUTO(fd) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        fprintf(stderr, "tanggap %s: cannot make %s: %s\n", in->name, path, strerror(errno));
        return COMMAND_FAILED;
    }
    int rc = COMMAND_FAILED;
    int folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (command_read_secret(in, o.passphrase_file, "passphrase", &passphrase) == 0 &&
        desk_open(&d, in, DESK_OWNER) == 0) {
        struct backup b = { .d = &d };

        desk_reconnect(&d, DESK_OWNER, true);
        rc = write_all(&b, fd, buf_as_text(&passphrase)) ? command_failed(in, &d.c.fail) : COMMAND_DONE;
        if (rc == COMMAND_DONE)
            fprintf(stderr, "Everything is in %s (%lld media files).\n", path, (long long)b.media);
        vault_free(b.vault);
        desk_close(&d);
    }
    /* Half a backup would only look like one. A command of root's is somebody else by now, so this may not work. */
    if (rc != COMMAND_DONE && (unlinkat(folder, path, 0) && ftruncate(fd, 0)))
        fprintf(stderr, "Remove %s; it is no backup.\n", path);
    if (folder >= 0)
        close(folder);
    if (passphrase.ptr)
        crypto_wipe(passphrase.ptr, passphrase.cap);
    buf_fini(&passphrase);
    return rc;
}

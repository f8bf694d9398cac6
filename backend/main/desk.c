/* The desk of a command: settings, keys, connection, and the things that people name by words. */
#include "main/command.h"

#include "db/query.h"
#include "main/cluster.h"
#include "main/state.h"
#include "util/log.h"
#include "util/phone.h"
#include "util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <termios.h>
#include <unistd.h>

#define INSTALLED_UNDER  "/usr/local/lib/tanggap/"
#define INSTALLED_CONFIG "/etc/tanggap/tanggap.conf"
#define SECRET_MAX       4096

AUTO_DEFINE(fd, int, -1, close)
AUTO_DEFINE(arena, struct arena *, NULL, arena_free)

const char *command_own_path(struct arena *mem)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (len > 0)
        return arena_copy(mem, (struct text) { path, (size_t)len });
    const char *started_as = (const char *)getauxval(AT_EXECFN);
    return started_as && realpath(started_as, path) ? arena_copy(mem, text_of(path)) : "";
}

/* A program that runs from a checkout never takes the settings of the installed one. */
static const char *find_config(const struct invocation *in)
{
    AUTO(arena) struct arena *mem = arena_new(0);

    if (in->config_path)
        return in->config_path;
    bool is_installed = text_starts(text_of(command_own_path(mem)), TEXT(INSTALLED_UNDER));
    return is_installed && access(INSTALLED_CONFIG, R_OK) == 0 ? INSTALLED_CONFIG : NULL;
}

struct config *command_config(const struct invocation *in)
{
    static const char *const levels[] = { "debug", "info", "warn", "error" };
    struct fail why = { .code = FAIL_NONE };
    struct config *cfg;

    if (config_load(find_config(in), &cfg, &why)) {
        command_failed(in, &why);
        return NULL;
    }
    for (size_t i = 0; i < COUNT_OF(levels); i++)
        if (strcmp(cfg->log_level, levels[i]) == 0)
            log_setup(in->name, (enum log_level)i);
    return cfg;
}

const char *desk_role_name(enum desk_role role)
{
    static const char *const names[] = { "tanggap_web", "tanggap_work", "tanggap_owner" };

    return names[role];
}

struct db_options desk_db_options(const struct config *cfg, enum desk_role role, const char *application,
                                  struct arena *mem)
{
    struct db_options options = { .url = cfg->database_url, .user = desk_role_name(role), .name = application };
    struct fail ignored = { .code = FAIL_NONE };
    struct cluster cl;

    if (!cluster_is_ours(cfg))
        return options;
    /* No state folder yet: an address at which nobody answers, so that connecting tells why. */
    options.url = cluster_find(cfg, mem, &cl, &ignored) ? "host=/nonexistent dbname=tanggap"
                                                        : cluster_address(&cl, "tanggap", mem);
    return options;
}

int desk_open(struct desk *d, const struct invocation *in, enum desk_role role)
{
    struct fail why = { .code = FAIL_NONE };

    memset(d, 0, sizeof(*d));
    d->cfg = command_config(in);
    if (!d->cfg)
        return -1;
    d->mem = arena_new(0);
    struct db_options options;
    if (state_become_owner(d->cfg, &why))
        goto failed;
    bool has_keys = state_load_keys(d->cfg, role != DESK_WEB, &d->seal, &why) == 0;
    fail_clear(&why);
    options = desk_db_options(d->cfg, role, "tanggap-command", d->mem);
    d->db = db_new(&options);
    d->c = (struct ctx) { .db = d->db, .mem = d->mem, .cfg = d->cfg, .seal = has_keys ? &d->seal : NULL };
    snprintf(d->c.id, sizeof(d->c.id), "%.16s", in->name);
    if (db_connect(d->db, &why))
        goto failed;
    return 0;
failed:
    command_failed(in, &why);
    if (why.code == FAIL_TRY_AGAIN || why.code == FAIL_NOT_FOUND)
        fputs("Is Tanggap running? deploy/run (or tanggap up) starts it; tanggap doctor looks closer.\n", stderr);
    desk_close(d);
    return -1;
}

void desk_close(struct desk *d)
{
    crypto_wipe(&d->seal, sizeof(d->seal));
    db_free(d->db);
    arena_free(d->mem);
    config_free(d->cfg);
    memset(d, 0, sizeof(*d));
}

/* Every statement of a transaction sees the same rows, and times are written alike everywhere. */
static const char *steady(const char *url, struct arena *mem)
{
    if (strstr(url, "://"))
        return arena_printf(mem, "%s%coptions=-c%%20default_transaction_isolation%%3Drepeatable%%5C%%20read", url,
                            strchr(url, '?') ? '&' : '?');
    return arena_printf(mem, "%s options='-c default_transaction_isolation=repeatable\\\\ read'", url);
}

void desk_reconnect(struct desk *d, enum desk_role role, bool is_steady)
{
    struct db_options o = desk_db_options(d->cfg, role, "tanggap-command", d->mem);

    if (is_steady)
        o.url = steady(o.url, d->mem);
    db_free(d->db);
    d->db = db_new(&o);
    d->c.db = d->db;
}

int desk_enter_business(struct desk *d, const char *business)
{
    struct ctx *c = &d->c;
    int64_t id = 0, count = 0;

    db_enter_system(c);
    int rc =
        db_one(c, SQL_DESK_FIND_BUSINESS, IN(IN_STR(business ? business : "")), OUT(OUT_I64(&count), OUT_I64(&id)));
    db_leave(c);
    if (rc < 0)
        return -1;
    if (count == 0)
        return business && business[0]
                   ? fail(&c->fail, FAIL_NOT_FOUND, "there is no business \"%s\" (tanggap business list)", business)
                   : fail(&c->fail, FAIL_NOT_FOUND, "there is no business yet (tanggap business add)");
    if (count > 1)
        return fail(&c->fail, FAIL_BAD_FIELD, "say which of the %lld businesses is meant: --business NUMBER",
                    (long long)count);
    db_enter_business(c, id);
    c->who.business = id;
    return 0;
}

int desk_find_channel(struct desk *d, const char *channel, int64_t *id)
{
    struct ctx *c = &d->c;
    int64_t found = 0, count = 0;

    if (db_one(c, SQL_DESK_FIND_CHANNEL, IN(IN_I64(c->who.business), IN_STR(channel)),
               OUT(OUT_I64(&count), OUT_I64(&found))) < 0)
        return -1;
    if (count == 0)
        return fail(&c->fail, FAIL_NOT_FOUND, "there is no channel \"%s\" (tanggap channel list)", channel);
    if (count > 1)
        return fail(&c->fail, FAIL_BAD_FIELD, "%lld channels are called \"%s\": give the number", (long long)count,
                    channel);
    *id = found;
    return 0;
}

int desk_find_contact(struct desk *d, const char *who, int64_t *id, const char **name)
{
    struct ctx *c = &d->c;
    struct text words = { NULL, 0 };
    char number[PHONE_SIZE] = "";
    int64_t found = 0, count = 0;

    phone_normal(text_of(who), PHONE_INDONESIA, number);
    if (db_one(c, SQL_DESK_FIND_CONTACT, IN(IN_I64(c->who.business), IN_STR(who), IN_STR(number)),
               OUT(OUT_I64(&count), OUT_I64(&found), OUT_TEXT(&words))) < 0)
        return -1;
    if (count == 0)
        return fail(&c->fail, FAIL_NOT_FOUND, "there is no contact \"%s\" here", who);
    if (count > 1)
        return fail(&c->fail, FAIL_BAD_FIELD, "%lld contacts are called \"%s\": give the number", (long long)count,
                    who);
    *id = found;
    if (name)
        *name = arena_copy(c->mem, words);
    return 0;
}

/* Bytes up to the first line's end. */
static int read_line(int fd, struct buf *out)
{
    char c;
    ssize_t n;

    while ((n = read(fd, &c, 1)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (c == '\n')
            break;
        buf_char(out, c);
    }
    if (out->len && out->ptr[out->len - 1] == '\r')
        out->ptr[--out->len] = '\0';
    return out->failed || out->len > SECRET_MAX ? -1 : 0;
}

int command_read_secret(const struct invocation *in, const char *path, const char *prompt, struct buf *out)
{
    struct termios shown, hidden;
    AUTO(fd) int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    int fd = path ? file : STDIN_FILENO;

    if (fd < 0) {
        fprintf(stderr, "tanggap %s: cannot read %s: %s\n", in->name, path, strerror(errno));
        return -1;
    }
    bool is_terminal = tcgetattr(fd, &shown) == 0;
    if (is_terminal) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        fprintf(stderr, "%s: ", prompt);
        tcsetattr(fd, TCSAFLUSH, &hidden);
    }
    int rc = read_line(fd, out);
    if (is_terminal) {
        tcsetattr(fd, TCSAFLUSH, &shown);
        fputc('\n', stderr);
    }
    if (rc)
        fprintf(stderr, "tanggap %s: the %s cannot be read or is too long\n", in->name, prompt);
    else if (out->len == 0)
        fprintf(stderr, "tanggap %s: the %s is empty; it is read from stdin%s\n", in->name, prompt,
                path ? " or the file" : "");
    return rc || out->len == 0 ? -1 : 0;
}

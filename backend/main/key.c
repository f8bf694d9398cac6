/* tanggap key rotate: a new sealing key, everything sealed again. The new key lies beside the old one before the
 * database changes and takes its place after, so that a crash in between loses nothing. */
#include "db/query.h"
#include "main/command.h"
#include "main/state.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct value {
    int16_t kind; /* 1 a channel's token, 2 an app's secret */
    int64_t business, id;
    struct text sealed;
};

struct rotation {
    struct ctx *c;
    struct seal_key old_key, new_key;
    const char *public_path, *secret_path, *next_public_path, *next_secret_path;
    struct value at;
    struct value *values;
    size_t count, room;
    int64_t done;
};

static int keep_value(void *arg)
{
    struct rotation *r = arg;

    if (r->count == r->room) {
        size_t room = r->room ? r->room * 2 : 64;
        struct value *more = arena_array(r->c->mem, struct value, room);

        if (r->count)
            memcpy(more, r->values, r->count * sizeof(*more));
        r->values = more;
        r->room = room;
    }
    r->values[r->count++] = r->at;
    return 0;
}

/* A value may be under the new key already: a rotation before this one was cut off after its commit. */
static int reseal(struct rotation *r, const struct value *v)
{
    struct ctx *c = r->c;
    struct buf plain = BUF_INIT(1 << 20), fresh = BUF_INIT(1 << 20);
    bool is_new = v->sealed.len > 8 && memcmp(v->sealed.ptr, r->new_key.id, 8) == 0;
    int rc = 0;

    if (!is_new) {
        rc = crypto_open(&r->old_key, v->sealed, &plain, &c->fail);
        if (rc == 0 && crypto_seal(&r->new_key, buf_as_text(&plain), &fresh))
            rc = fail(&c->fail, FAIL_INTERNAL, "cannot seal");
        if (rc == 0 && v->kind == 1)
            rc = db_do(c, SQL_DESK_RESEAL_CHANNEL,
                       IN(IN_I64(v->business), IN_I64(v->id), IN_BYTES(buf_as_text(&fresh)))) < 0;
        else if (rc == 0)
            rc = db_do(c, SQL_DESK_RESEAL_APP, IN(IN_I64(v->id), IN_BYTES(buf_as_text(&fresh)))) < 0;
        r->done += rc == 0;
    }
    if (plain.ptr)
        crypto_wipe(plain.ptr, plain.cap);
    buf_fini(&plain);
    buf_fini(&fresh);
    return rc ? -1 : 0;
}

static int reseal_all(struct ctx *c, void *arg)
{
    struct rotation *r = arg;

    r->values = NULL;
    r->count = r->room = 0;
    r->done = 0;
    if (db_each(c, SQL_DESK_SEALED_VALUES, NO_IN,
                OUT(OUT_I16(&r->at.kind), OUT_I64(&r->at.business), OUT_I64(&r->at.id), OUT_TEXT(&r->at.sealed)),
                keep_value, r) < 0)
        return -1;
    for (size_t i = 0; i < r->count; i++)
        if (reseal(r, &r->values[i]))
            return -1;
    return 0;
}

/* The key that a rotation which was cut off had begun with, or a new one. */
static int next_key(struct rotation *r)
{
    struct fail ignored = { .code = FAIL_NONE };

    if (access(r->next_public_path, F_OK) == 0 &&
        crypto_seal_load(r->next_public_path, r->next_secret_path, &r->new_key, &ignored) == 0)
        return 0;
    crypto_seal_new(&r->new_key);
    return crypto_seal_store(&r->new_key, r->next_public_path, r->next_secret_path, &r->c->fail);
}

static int rotate(struct desk *d, struct rotation *r)
{
    struct ctx *c = &d->c;
    struct text running = { NULL, 0 };

    if (!c->seal || !c->seal->can_open)
        return fail(&c->fail, FAIL_NOT_POSSIBLE, "the sealing key in %s cannot be read", d->cfg->keys_dir);
    if (db_one(c, SQL_DESK_RUNNING, NO_IN, OUT(OUT_TEXT(&running))) < 0)
        return -1;
    if (running.len)
        return fail(&c->fail, FAIL_CONFLICT,
                    "%.*s would go on with the old key: stop Tanggap and keep only the database "
                    "(tanggap up --database-only) meanwhile",
                    (int)running.len, running.ptr);
    r->old_key = *c->seal;
    if (next_key(r) || db_tx(c, reseal_all, r))
        return -1;
    /* The public half first: what is sealed from here on opens with a secret that exists, wherever this is cut off. */
    if (rename(r->next_public_path, r->public_path) || rename(r->next_secret_path, r->secret_path))
        return fail(&c->fail, FAIL_INTERNAL, "cannot put the new key in place: %s; run this again", strerror(errno));
    return 0;
}

static int key_rotate(struct invocation *in)
{
    static const struct option_row rows[] = { OPTION_ROWS_END };
    static const struct command_usage usage = {
        "", "Makes a new sealing key and seals every stored token again. serve and work must not run.", rows, 0, 0
    };
    struct desk d;
    int stop = command_options(in, &usage, NULL);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    struct rotation r = {
        .c = &d.c,
        .public_path = arena_printf(d.mem, "%s/seal.pub", d.cfg->keys_dir),
        .secret_path = arena_printf(d.mem, "%s/seal.key", d.cfg->keys_dir),
        .next_public_path = arena_printf(d.mem, "%s/seal.pub.next", d.cfg->keys_dir),
        .next_secret_path = arena_printf(d.mem, "%s/seal.key.next", d.cfg->keys_dir),
    };
    db_enter_system(&d.c);
    int rc = rotate(&d, &r) ? command_failed(in, &d.c.fail) : COMMAND_DONE;
    db_leave(&d.c);
    if (rc == COMMAND_DONE)
        fprintf(stderr, "There is a new key; %lld values were sealed again.\n", (long long)r.done);
    crypto_wipe(&r.old_key, sizeof(r.old_key));
    crypto_wipe(&r.new_key, sizeof(r.new_key));
    desk_close(&d);
    return rc;
}

int command_key(struct invocation *in)
{
    static const struct command table[] = { { "key rotate", key_rotate, "a new sealing key" } };

    return command_of_two(in, table, COUNT_OF(table));
}

/* Archives while they arrive. */
#include "domain/archive.h"

#include "db/jobq.h"
#include "domain/audit.h"
#include "domain/session.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct rows {
    struct archive_view at;
    archive_fn *row;
    void *arg;
};

static int each_row(void *arg)
{
    struct rows *r = arg;

    return r->row(&r->at, r->arg);
}

int archive_each(struct ctx *c, int64_t only, archive_fn *row, void *arg)
{
    struct rows r = { .row = row, .arg = arg };
    struct archive_view *v = &r.at;

    return db_each(c, SQL_ARCHIVE_LIST, IN(IN_I64(c->who.business), IN_ID(only)),
                   OUT(OUT_I64(&v->id), OUT_TEXT(&v->file_name), OUT_I64(&v->size), OUT_I64(&v->received),
                       OUT_TEXT(&v->format), OUT_I16(&v->state), OUT_TEXT(&v->options), OUT_TEXT(&v->progress),
                       OUT_TEXT(&v->summary), OUT_TEXT(&v->error), OUT_I64(&v->channel), OUT_TIME(&v->created_at),
                       OUT_TIME(&v->done_at)),
                   each_row, &r);
}

const char *archive_path(struct ctx *c, int64_t id)
{
    return arena_printf(c->mem, "%s/uploads/%lld-%lld", c->cfg->state_dir, (long long)c->who.business, (long long)id);
}

struct work {
    int64_t id, offset, received, size, channel;
    struct text key, file_name, bytes, options;
};

static int run_add(struct ctx *c, void *arg)
{
    struct work *w = arg;
    int rc = made_once_find(c, w->key, "archive", &w->id);

    if (rc)
        return rc < 0 ? -1 : 0;
    rc = db_one(c, SQL_ARCHIVE_ADD, IN(IN_I64(c->who.business), IN_TEXT(w->file_name), IN_I64(w->size)),
                OUT(OUT_I64(&w->id)));
    return rc == 1 ? made_once_note(c, w->key, "archive", w->id) : -1;
}

int archive_add(struct ctx *c, struct text key, struct text file_name, int64_t size, int64_t *id)
{
    struct work w = { .key = key, .file_name = file_name, .size = size };

    if (db_tx(c, run_add, &w))
        return -1;
    *id = w.id;
    return 0;
}

static int write_at(struct ctx *c, const char *path, int64_t offset, struct text bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

    if (fd < 0)
        return fail(&c->fail, FAIL_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = pwrite(fd, bytes.ptr + done, bytes.len - done, offset + (int64_t)done);
        if (n <= 0) {
            fail(&c->fail, errno == ENOSPC ? FAIL_TRY_AGAIN : FAIL_INTERNAL, "cannot write %s: %s", path,
                 strerror(errno));
            close(fd);
            return -1;
        }
        done += (size_t)n;
    }
    /* The row will say that these bytes are here. */
    if (fdatasync(fd) || close(fd))
        return fail(&c->fail, FAIL_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

static int lock(struct ctx *c, struct work *w, int16_t *state)
{
    int rc = db_one(c, SQL_ARCHIVE_LOCK, IN(IN_I64(c->who.business), IN_I64(w->id)),
                    OUT(OUT_I16(state), OUT_I64(&w->size), OUT_I64(&w->received)));

    return rc == 0 ? fail(&c->fail, FAIL_NOT_FOUND, "no archive %lld", (long long)w->id) : rc == 1 ? 0 : -1;
}

static int run_write(struct ctx *c, void *arg)
{
    struct work *w = arg;
    int16_t state = 0;

    if (lock(c, w, &state))
        return -1;
    if (state != ARCHIVE_UPLOADING)
        return fail(&c->fail, FAIL_CONFLICT, "the upload is over");
    if (w->offset != w->received)
        return fail(&c->fail, FAIL_BAD_OFFSET, "%lld bytes are here", (long long)w->received);
    if (w->offset + (int64_t)w->bytes.len > w->size)
        return fail(&c->fail, FAIL_TOO_LARGE, "more than the %lld bytes announced", (long long)w->size);
    if (write_at(c, archive_path(c, w->id), w->offset, w->bytes))
        return -1;
    w->received += (int64_t)w->bytes.len;
    return db_do(c, SQL_ARCHIVE_RECEIVED, IN(IN_I64(c->who.business), IN_I64(w->id), IN_I64(w->received))) < 0 ? -1 : 0;
}

int archive_write(struct ctx *c, int64_t id, int64_t offset, struct text bytes, int64_t *received)
{
    struct work w = { .id = id, .offset = offset, .bytes = bytes };
    int rc = db_tx(c, run_write, &w);

    *received = w.received;
    return rc;
}

static int run_start(struct ctx *c, void *arg)
{
    struct work *w = arg;
    int16_t state = 0;

    if (lock(c, w, &state))
        return -1;
    if (state == ARCHIVE_QUEUED)
        return 0;
    if (state != ARCHIVE_UPLOADING && state != ARCHIVE_QUESTION && state != ARCHIVE_FAILED)
        return fail(&c->fail, FAIL_CONFLICT, "not possible in state %d", state);
    if (w->received != w->size || !w->size)
        return fail(&c->fail, FAIL_CONFLICT, "%lld of %lld bytes are here", (long long)w->received,
                    (long long)w->size);
    struct text id = text_of(arena_printf(c->mem, "%lld", (long long)w->id));
    struct text payload = text_of(arena_printf(c->mem, "{\"archive\":\"%lld\"}", (long long)w->id));
    if (db_do(c, SQL_ARCHIVE_START,
              IN(IN_I64(c->who.business), IN_I64(w->id), IN_JSON(w->options), IN_ID(w->channel))) < 0 ||
        jobq_add(c, JOB_IMPORT, id, payload, TIME_NONE))
        return -1;
    return audit_add(c, "archive.start", arena_printf(c->mem, "archive:%lld", (long long)w->id),
                      (struct text){ NULL, 0 });
}

int archive_start(struct ctx *c, int64_t id, struct text options, int64_t channel)
{
    struct work w = { .id = id, .options = options, .channel = channel };

    return db_tx(c, run_start, &w);
}

static int run_undo(struct ctx *c, void *arg)
{
    struct work *w = arg;
    struct text id = text_of(arena_printf(c->mem, "undo %lld", (long long)w->id));
    struct text payload = text_of(arena_printf(c->mem, "{\"archive\":\"%lld\"}", (long long)w->id));
    int16_t state = 0;

    if (lock(c, w, &state))
        return -1;
    if (state == ARCHIVE_UNDOING)
        return 0;
    int64_t n = db_do(c, SQL_ARCHIVE_UNDO, IN(IN_I64(c->who.business), IN_I64(w->id)));
    if (n == 0)
        return fail(&c->fail, FAIL_CONFLICT, "not possible in state %d", state);
    return n < 0 ? -1 : jobq_add(c, JOB_IMPORT, id, payload, TIME_NONE);
}

int archive_undo(struct ctx *c, int64_t id)
{
    struct work w = { .id = id };

    return db_tx(c, run_undo, &w);
}

static int run_cancel(struct ctx *c, void *arg)
{
    struct work *w = arg;
    int16_t state = 0;

    if (lock(c, w, &state))
        return -1;
    int64_t n = db_do(c, SQL_ARCHIVE_CANCEL, IN(IN_I64(c->who.business), IN_I64(w->id)));
    if (n == 0)
        return fail(&c->fail, FAIL_CONFLICT, "not possible in state %d", state);
    return n < 0 ? -1
                 : audit_add(c, "archive.cancel", arena_printf(c->mem, "archive:%lld", (long long)w->id),
                              (struct text){ NULL, 0 });
}

int archive_cancel(struct ctx *c, int64_t id)
{
    struct work w = { .id = id };

    if (db_tx(c, run_cancel, &w))
        return -1;
    unlink(archive_path(c, id));
    return 0;
}

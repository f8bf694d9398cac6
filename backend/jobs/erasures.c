/* Forgetting people, and remembering that we promised to. */
#include "jobs/erasures.h"

#include "db/query.h"
#include "domain/erase.h"
#include "util/enc.h"
#include "util/json_out.h"
#include "util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_MAX (64u << 20)
#define HANDLES_MAX 4096

AUTO_DEFINE(fd, int, -1, close)

struct one {
    int64_t contact;
    struct erase_result result;
};

static int erase_one(struct ctx *c, void *arg)
{
    struct one *one = arg;

    return erase_contact(c, one->contact, &one->result);
}

int erasures_remove_files(struct ctx *c, const struct text *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char hex[2 * CRYPTO_HASH_SIZE + 1];
        bool is_used = true;

        if (files[i].len != CRYPTO_HASH_SIZE)
            continue;
        if (db_one(c, SQL_ERASE_FILE_IS_USED, IN(IN_BYTES(files[i])), OUT(OUT_BOOL(&is_used))) != 1)
            return -1;
        enc_hex(files[i].ptr, files[i].len, hex);
        /* A file that is gone already is as good. */
        if (!is_used)
            unlink(arena_printf(c->mem, "%s/media/%.2s/%s", c->cfg->state_dir, hex, hex));
    }
    return 0;
}

int erasures_erase(struct ctx *c, int64_t contact, int64_t *messages)
{
    struct one one = { .contact = contact };

    if (db_tx(c, erase_one, &one) || erasures_remove_files(c, one.result.files, one.result.file_count))
        return -1;
    *messages = one.result.messages;
    return 0;
}

struct handles {
    struct text hex;
    struct json_out *out;
};

static int add_handle(void *arg)
{
    struct handles *h = arg;

    jo_text(h->out, h->hex);
    return 0;
}

static int append(struct ctx *c, struct text line)
{
    const char *path = arena_printf(c->mem, "%s/erasures.log", c->cfg->state_dir);
    AUTO(fd) int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, line.ptr, line.len) != (ssize_t)line.len || fsync(fd))
        return fail(&c->fail, FAIL_INTERNAL, "cannot note the erasure in %s: %s", path, strerror(errno));
    return 0;
}

int erasures_note(struct ctx *c, int64_t contact)
{
    struct buf line = BUF_INIT(JOURNAL_MAX);
    struct json_out j = json_out(&line);
    struct handles h = { .out = &j };

    jo_object(&j);
    jo_kv(&j, "at", jo_time, clock_now());
    jo_kv(&j, "business", jo_id, c->who.business);
    jo_key(&j, "handles");
    jo_array(&j);
    int rc = db_each(c, SQL_ERASE_PROMISED, IN(IN_I64(c->who.business), IN_I64(contact)), OUT(OUT_TEXT(&h.hex)),
                     add_handle, &h);
    jo_end_array(&j);
    jo_end_object(&j);
    buf_char(&line, '\n');
    rc = rc < 0 || line.failed ? -1 : append(c, buf_as_text(&line));
    buf_fini(&line);
    return rc;
}

struct found {
    int64_t at, ids[64];
    size_t count;
};

static int keep_found(void *arg)
{
    struct found *f = arg;

    if (f->count < COUNT_OF(f->ids))
        f->ids[f->count++] = f->at;
    return 0;
}

/* One handle of one line: whoever has it again. */
static int replay_handle(struct ctx *c, int64_t business, struct text hex, int64_t *erased)
{
    struct found f = { .count = 0 };
    int64_t messages;

    db_enter_business(c, business);
    int rc = db_each(c, SQL_ERASE_FIND_BY_HANDLE, IN(IN_I64(business), IN_TEXT(hex)), OUT(OUT_I64(&f.at)), keep_found,
                     &f) < 0
                 ? -1
                 : 0;
    for (size_t i = 0; rc == 0 && i < f.count; i++) {
        rc = erasures_erase(c, f.ids[i], &messages);
        *erased += rc == 0;
    }
    db_leave(c);
    return rc;
}

/* {"at":…,"business":"1","handles":["hex",…]}: written by ourselves, so a simple reading is enough; what does not look
 * like a hash is passed over. */
static int replay_line(struct ctx *c, struct text line, int64_t *erased)
{
    const char *mark = str_find(line, TEXT("\"business\":\""));
    struct text rest, part;
    int64_t business;

    if (!mark)
        return 0;
    rest = (struct text) { mark + 12, line.len - (size_t)(mark + 12 - line.ptr) };
    if (str_i64(&rest, &business, 1, INT64_MAX))
        return 0;
    for (bool more = true; more;) {
        more = str_split(&rest, '"', &part);
        if (part.len == 2 * CRYPTO_HASH_SIZE && replay_handle(c, business, part, erased))
            return -1;
    }
    return 0;
}

int erasures_replay(struct ctx *c, int64_t *erased)
{
    const char *path = arena_printf(c->mem, "%s/erasures.log", c->cfg->state_dir);
    struct buf all = BUF_INIT(JOURNAL_MAX);
    AUTO(fd) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    int rc = 0;

    *erased = 0;
    if (fd < 0)
        return errno == ENOENT ? 0 : fail(&c->fail, FAIL_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    for (;;) {
        char *room = buf_room(&all, 64 * 1024);
        ssize_t n = room ? read(fd, room, 64 * 1024) : -1;

        if (n <= 0) {
            rc = n < 0 ? fail(&c->fail, FAIL_INTERNAL, "cannot read %s", path) : 0;
            break;
        }
        buf_wrote(&all, (size_t)n);
    }
    struct text rest = buf_as_text(&all), line;
    while (rc == 0 && str_line(&rest, &line))
        rc = replay_line(c, line, erased);
    buf_fini(&all);
    return rc;
}

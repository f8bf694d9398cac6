/* The file that goes along with a reply: from where serve put it into the media store, and from there into the call. */
#include "deliver_priv.h"

#include "domain/upload.h"
#include "jobs/store.h"
#include "util/enc.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_all(int fd, char *to, size_t size)
{
    for (size_t at = 0; at < size;) {
        ssize_t n = pread(fd, to + at, size - at, (off_t)at);

        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

/* The whole file in mem; ptr NULL: not there, or larger than max. */
static struct text read_file(const char *path, size_t max, struct arena *mem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct text got = { NULL, 0 };
    struct stat st;
    char *bytes = NULL;

    if (fd < 0)
        return got;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
        bytes = arena_try(mem, (size_t)st.st_size, max);
    if (bytes && read_all(fd, bytes, (size_t)st.st_size))
        got = (struct text){ bytes, (size_t)st.st_size };
    close(fd);
    return got;
}

static int store(struct ctx *c, struct text bytes, struct stored *out)
{
    struct store_file file;

    if (store_begin(c->cfg, &file, &c->fail))
        return -1;
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = write(file.fd, bytes.ptr + done, bytes.len - done);

        if (n <= 0) {
            store_abort(&file);
            return fail(&c->fail, FAIL_TRY_AGAIN, "a file cannot be stored");
        }
        done += (size_t)n;
    }
    return store_end(c->cfg, &file, out, &c->fail);
}

int deliver_take_file(struct ctx *c, struct flight *f)
{
    struct outbox_row *r = &f->row;
    const char *path;
    struct text bytes, hash;
    struct stored stored;

    if (!r->media_hash.len || r->part > 0 || r->media_mime.len)
        return 0;
    path = upload_path(c, r->media_hash);
    bytes = read_file(path, (size_t)c->cfg->media_max_bytes, f->mem);
    if (!bytes.ptr)
        return 0;
    if (store(c, bytes, &stored))
        return -1;
    hash = (struct text){ (const char *)stored.hash, sizeof(stored.hash) };
    if (db_do(c, SQL_MEDIA_KEPT,
              IN(IN_I64(r->business), IN_BYTES(hash), IN_I64(stored.size), IN_STR(stored.mime))) < 0)
        return -1;
    r->media_mime = text_of(stored.mime);
    (void)unlink(path);
    return 0;
}

int deliver_load_file(const struct config *cfg, struct flight *f, struct step *out)
{
    char hex[2 * CRYPTO_HASH_SIZE + 1];
    struct text bytes;

    if (f->row.media_hash.len != CRYPTO_HASH_SIZE || !f->row.media_mime.len)
        return deliver_refuse(out, "file_gone");
    enc_hex((const uint8_t *)f->row.media_hash.ptr, CRYPTO_HASH_SIZE, hex);
    bytes = read_file(arena_printf(f->mem, "%s/media/%.2s/%s", cfg->state_dir, hex, hex), (size_t)cfg->media_max_bytes,
                      f->mem);
    if (!bytes.ptr)
        return deliver_refuse(out, "file_gone");
    f->op.attachment_bytes = bytes;
    f->file.size = (int64_t)bytes.len;
    return 1;
}

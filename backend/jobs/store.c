/* The media store: temporary file, hash, flush, rename. */
#include "jobs/store.h"

#include "util/enc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 512

const char *store_sniff(struct text head)
{
    static const struct {
        size_t at;
        const char *bytes;
        size_t len;
        const char *mime;
    } signatures[] = {
        { 0, "\xff\xd8\xff", 3, "image/jpeg" },
        { 0, "\x89PNG\r\n\x1a\n", 8, "image/png" },
        { 0, "GIF8", 4, "image/gif" },
        { 8, "WEBP", 4, "image/webp" },
        { 4, "ftyp", 4, "video/mp4" },
        { 0, "OggS", 4, "audio/ogg" },
        { 0, "ID3", 3, "audio/mpeg" },
        { 0, "%PDF-", 5, "application/pdf" },
    };

    for (size_t i = 0; i < COUNT_OF(signatures); i++)
        if (head.len >= signatures[i].at + signatures[i].len &&
            memcmp(head.ptr + signatures[i].at, signatures[i].bytes, signatures[i].len) == 0)
            return signatures[i].mime;
    return "application/octet-stream";
}

static int make_folder(const char *path, struct fail *why)
{
    if (mkdir(path, 0750) && errno != EEXIST)
        return fail(why, FAIL_INTERNAL, "cannot make %s: errno %d", path, errno);
    return 0;
}

int store_begin(const struct config *cfg, struct store_file *out, struct fail *why)
{
    char folder[PATH_SIZE];
    struct store_file f;

    if (snprintf(folder, sizeof(folder), "%s/media", cfg->state_dir) >= (int)sizeof(folder) - 80)
        return fail(why, FAIL_INTERNAL, "the state folder's name is too long");
    if (make_folder(folder, why))
        return -1;
    (void)snprintf(f.temp, sizeof(f.temp), "%.400s/.new-XXXXXX", folder);
    f.fd = mkostemp(f.temp, O_CLOEXEC);
    if (f.fd < 0)
        return fail(why, FAIL_INTERNAL, "cannot write below %s: errno %d", folder, errno);
    /* serve reads it under another user of the same group. */
    (void)fchmod(f.fd, 0640);
    *out = f;
    return 0;
}

void store_abort(struct store_file *f)
{
    if (f->fd < 0)
        return;
    close(f->fd);
    unlink(f->temp);
    f->fd = -1;
}

static int measure(struct store_file *f, struct stored *out, struct fail *why)
{
    struct stat st;
    void *map;

    if (fstat(f->fd, &st) || fsync(f->fd))
        return fail(why, FAIL_INTERNAL, "cannot flush a file: errno %d", errno);
    out->size = st.st_size;
    if (st.st_size == 0) {
        crypto_sha256(TEXT(""), out->hash);
        out->mime = store_sniff(TEXT(""));
        return 0;
    }
    map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, f->fd, 0);
    if (map == MAP_FAILED)
        return fail(why, FAIL_INTERNAL, "cannot read a file back: errno %d", errno);
    crypto_sha256((struct text){ map, (size_t)st.st_size }, out->hash);
    out->mime = store_sniff((struct text){ map, (size_t)st.st_size < 64 ? (size_t)st.st_size : 64 });
    munmap(map, (size_t)st.st_size);
    return 0;
}

static void flush_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static int put(const struct config *cfg, struct store_file *f, struct stored *out, struct fail *why)
{
    char hex[2 * CRYPTO_HASH_SIZE + 1], folder[PATH_SIZE], path[PATH_SIZE + 80];

    if (measure(f, out, why))
        return -1;
    enc_hex(out->hash, sizeof(out->hash), hex);
    (void)snprintf(folder, sizeof(folder), "%.400s/media/%.2s", cfg->state_dir, hex);
    (void)snprintf(path, sizeof(path), "%s/%s", folder, hex);
    if (make_folder(folder, why))
        return -1;
    if (rename(f->temp, path))
        return fail(why, FAIL_INTERNAL, "cannot keep a file: errno %d", errno);
    flush_folder(folder);
    close(f->fd);
    f->fd = -1;
    return 0;
}

int store_end(const struct config *cfg, struct store_file *f, struct stored *out, struct fail *why)
{
    struct stored got;

    if (put(cfg, f, &got, why)) {
        store_abort(f);
        return -1;
    }
    *out = got;
    return 0;
}

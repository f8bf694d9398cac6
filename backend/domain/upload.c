/* Files on their way out. */
#include "domain/upload.h"

#include "util/enc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char *upload_path(struct ctx *c, struct text hash)
{
    char hex[2 * CRYPTO_HASH_SIZE + 1];

    enc_hex((const uint8_t *)hash.ptr, CRYPTO_HASH_SIZE, hex);
    return arena_printf(c->mem, "%s/uploads/%lld-f-%s", c->cfg->state_dir, (long long)c->who.business, hex);
}

static bool write_all(int fd, struct text bytes)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = write(fd, bytes.ptr + done, bytes.len - done);

        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return fsync(fd) == 0;
}

int upload_keep(struct ctx *c, struct text bytes, uint8_t hash[CRYPTO_HASH_SIZE])
{
    uint8_t sum[CRYPTO_HASH_SIZE];
    const char *path;
    char *temp;
    bool is_kept;
    int fd;

    crypto_sha256(bytes, sum);
    path = upload_path(c, (struct text){ (const char *)sum, sizeof(sum) });
    temp = arena_printf(c->mem, "%s.XXXXXX", path);
    fd = mkostemp(temp, O_CLOEXEC);
    if (fd < 0)
        return fail(&c->fail, FAIL_INTERNAL, "cannot write %s: errno %d", temp, errno);
    /* work reads it under another user of the same group. */
    (void)fchmod(fd, 0640);
    is_kept = write_all(fd, bytes);
    close(fd);
    if (!is_kept || rename(temp, path)) {
        (void)fail(&c->fail, errno == ENOSPC ? FAIL_TRY_AGAIN : FAIL_INTERNAL, "cannot keep %s: errno %d", path, errno);
        (void)unlink(temp);
        return -1;
    }
    memcpy(hash, sum, sizeof(sum));
    return 0;
}

int upload_is_there(struct ctx *c, struct text hash)
{
    struct stat st;

    if (hash.len != CRYPTO_HASH_SIZE)
        return 0;
    if (stat(upload_path(c, hash), &st) == 0 && S_ISREG(st.st_mode))
        return 1;
    return db_one(c, SQL_MEDIA_GET, IN(IN_I64(c->who.business), IN_BYTES(hash)), OUT(OUT_SKIP, OUT_SKIP));
}

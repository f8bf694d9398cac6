/* What a crash left in the media store: half-written files, and whole ones whose row was never made or is gone. */
#include "jobs/store.h"

#include "util/enc.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEMP_AGE_S (24 * 3600)
/* A file is named before its row is committed. */
#define FILE_AGE_S 3600
#define UNSENT_AGE_S (30 * 24 * 3600)

struct sweeping {
    struct ctx *c;
    time_us now;
    int64_t removed;
};

static bool is_older(const struct sweeping *s, int dir, const char *name, int64_t seconds)
{
    struct stat st;

    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
           s->now / US_PER_S - (int64_t)st.st_mtime > seconds;
}

static int sweep_file(struct sweeping *s, int dir, const char *name)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    bool is_used = true;

    if (dec_hex(text_of(name), hash, sizeof(hash)) || !is_older(s, dir, name, FILE_AGE_S))
        return 0;
    if (db_one(s->c, SQL_ERASE_FILE_IS_USED, IN(IN_BYTES(((struct text){ (const char *)hash, sizeof(hash) }))),
               OUT(OUT_BOOL(&is_used))) != 1)
        return -1;
    /* Looked at once more: the same content may just have come again. */
    if (!is_used && is_older(s, dir, name, FILE_AGE_S) && unlinkat(dir, name, 0) == 0)
        s->removed++;
    return 0;
}

static int each_file(struct sweeping *s, int parent, const char *folder,
                     int (*visit)(struct sweeping *s, int dir, const char *name))
{
    int fd = openat(parent, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    int rc = 0;

    if (!dir) {
        if (fd >= 0)
            close(fd);
        return 0;
    }
    while (rc == 0 && (entry = readdir(dir)))
        rc = visit(s, dirfd(dir), entry->d_name);
    closedir(dir);
    return rc;
}

static int sweep_top(struct sweeping *s, int dir, const char *name)
{
    uint8_t first;

    if (text_starts(text_of(name), TEXT(".new-"))) {
        if (is_older(s, dir, name, TEMP_AGE_S) && unlinkat(dir, name, 0) == 0)
            s->removed++;
        return 0;
    }
    return dec_hex(text_of(name), &first, 1) ? 0 : each_file(s, dir, name, sweep_file);
}

/* Uploaded to be sent, and never sent (domain/upload.h). */
static int sweep_unsent(struct sweeping *s, int dir, const char *name)
{
    if (strstr(name, "-f-") && is_older(s, dir, name, UNSENT_AGE_S) && unlinkat(dir, name, 0) == 0)
        s->removed++;
    return 0;
}

int store_sweep(struct ctx *c, int64_t *removed)
{
    struct sweeping s = { .c = c, .now = clock_now() };

    if (each_file(&s, AT_FDCWD, arena_printf(c->mem, "%s/media", c->cfg->state_dir), sweep_top) ||
        each_file(&s, AT_FDCWD, arena_printf(c->mem, "%s/uploads", c->cfg->state_dir), sweep_unsent))
        return -1;
    *removed = s.removed;
    return 0;
}

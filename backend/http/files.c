/* The panel's files in memory. */
#include "http/files.h"

#include "http/app.h"
#include "util/enc.h"
#include "util/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 2048
#define MAX_FILE ((size_t)16 * 1024 * 1024)
#define MAX_DEPTH 8

#define PAGE_POLICY                                                                                                  \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "         \
    "connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "          \
    "form-action 'self'; frame-ancestors 'none'"

enum coding { CODING_PLAIN, CODING_BR, CODING_GZIP, CODING_COUNT };

struct file {
    const char *path;                     /* "/assets/app-3fa2.js", without .br or .gz */
    struct text bytes[CODING_COUNT];
    const char *etag[CODING_COUNT];
    const char *type;
    bool is_hashed;
};

struct files {
    struct arena *mem;
    struct file at[MAX_FILES];
    size_t count;
    const struct file *index;
};

static const char *type_of(const char *path)
{
    static const struct {
        const char *end, *type;
    } types[] = {
        { ".html", "text/html; charset=utf-8" },      { ".js", "text/javascript; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },        { ".json", "application/json" },
        { ".webmanifest", "application/manifest+json" }, { ".svg", "image/svg+xml" },
        { ".png", "image/png" },                      { ".ico", "image/x-icon" },
        { ".webp", "image/webp" },                    { ".woff2", "font/woff2" },
        { ".txt", "text/plain; charset=utf-8" },      { ".map", "application/json" },
    };
    size_t len = strlen(path);

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        size_t n = strlen(types[i].end);
        if (len > n && strcmp(path + len - n, types[i].end) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}

/* "app-1A2B3C4D.js", "app.1a2b3c4d.js": at least eight letters or digits, one of them a digit or upper case, before
 * the extension. */
static bool is_hashed_name(const char *path)
{
    const char *base = strrchr(path, '/') + 1, *dot = strrchr(base, '.');
    size_t n = 0;
    bool odd = false;

    if (!dot)
        return false;
    for (const char *p = dot; p > base; n++) {
        char c = *--p;
        bool digit = c >= '0' && c <= '9', upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';

        if (!digit && !upper && !lower)
            return n >= 8 && odd && (c == '-' || c == '.');
        odd = odd || digit || upper;
    }
    return false;
}

static struct file *file_at(struct files *f, struct text path)
{
    for (size_t i = 0; i < f->count; i++)
        if (text_equal(text_of(f->at[i].path), path))
            return &f->at[i];
    if (f->count == MAX_FILES)
        return NULL;
    struct file *one = &f->at[f->count++];
    one->path = arena_copy(f->mem, path);
    one->type = type_of(one->path);
    one->is_hashed = is_hashed_name(one->path);
    return one;
}

static int read_whole(int dir, const char *name, struct arena *mem, struct text *out, struct fail *why)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *bytes = NULL;
    size_t got = 0;

    if (fd < 0 || fstat(fd, &st))
        goto broken;
    bytes = arena_try(mem, (size_t)st.st_size + 1, MAX_FILE);
    if (!bytes) {
        close(fd);
        return fail(why, FAIL_TOO_LARGE, "panel file %s is too large", name);
    }
    while (got < (size_t)st.st_size) {
        ssize_t n = read(fd, bytes + got, (size_t)st.st_size - got);
        if (n <= 0)
            goto broken;
        got += (size_t)n;
    }
    close(fd);
    *out = (struct text){ bytes, got };
    return 0;
broken:
    fail(why, FAIL_INTERNAL, "cannot read panel file %s: %s", name, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static int load_file(struct files *f, int dir, const char *prefix, const char *name, struct fail *why)
{
    static const char *const ends[CODING_COUNT] = { "", ".br", ".gz" };
    struct text path = text_of(arena_printf(f->mem, "%s/%s", prefix, name)), bytes;
    enum coding coding = CODING_PLAIN;
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[33];

    for (int i = 1; i < CODING_COUNT; i++) {
        size_t n = strlen(ends[i]);
        if (path.len > n && memcmp(path.ptr + path.len - n, ends[i], n) == 0) {
            coding = (enum coding)i;
            path.len -= n;
        }
    }
    struct file *one = file_at(f, path);
    if (!one)
        return fail(why, FAIL_TOO_LARGE, "more than %d panel files", MAX_FILES);
    if (read_whole(dir, name, f->mem, &bytes, why))
        return -1;
    crypto_sha256(bytes, hash);
    enc_hex(hash, 16, hex);
    one->bytes[coding] = bytes;
    one->etag[coding] = arena_printf(f->mem, "\"%s\"", hex);
    return 0;
}

static int load_folder(struct files *f, int fd, const char *prefix, int depth, struct fail *why)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    int rc = 0;

    if (!dir) {
        close(fd);
        return fail(why, FAIL_INTERNAL, "cannot list the panel's folder: %s", strerror(errno));
    }
    while (rc == 0 && (entry = readdir(dir))) {
        struct stat st;

        if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &st, 0))
            continue;
        if (S_ISREG(st.st_mode)) {
            rc = load_file(f, dirfd(dir), prefix, entry->d_name, why);
        } else if (S_ISDIR(st.st_mode) && depth < MAX_DEPTH) {
            int sub = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (sub >= 0)
                rc = load_folder(f, sub, arena_printf(f->mem, "%s/%s", prefix, entry->d_name), depth + 1, why);
        }
    }
    closedir(dir);
    return rc;
}

int files_load(const char *folder, struct files **out, struct fail *why)
{
    struct files *f = calloc(1, sizeof(*f));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (!f)
        abort();
    f->mem = arena_new(0);
    if (fd >= 0 && load_folder(f, fd, "", 0, why)) {
        files_free(f);
        return -1;
    }
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->at[i].path, "/index.html") == 0)
            f->index = &f->at[i];
    *out = f;
    return 0;
}

void files_free(struct files *f)
{
    if (!f)
        return;
    arena_free(f->mem);
    free(f);
}

size_t files_count(const struct files *f)
{
    return f->count;
}

/* A client-side address ("/inbox/12") is the index page; a missing file ("/x.js") is missing. */
static const struct file *file_for(const struct files *f, struct text path)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->at[i].bytes[CODING_PLAIN].ptr && text_equal(text_of(f->at[i].path), path))
            return &f->at[i];
    return path.len && memchr(path.ptr, '.', path.len) ? NULL : f->index;
}

static bool accepts(struct text header, struct text coding)
{
    struct text rest = header, part, name;

    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, ',', &part);
        part = str_trim(part);
        bool has_q = str_split(&part, ';', &name);
        name = str_trim(name);
        if (str_equal_nocase(name, coding))
            return !has_q || !text_equal(str_trim(part), TEXT("q=0"));
    }
    return false;
}

static enum coding coding_for(const struct request *rq, const struct file *one)
{
    struct text accept = request_header(rq, "Accept-Encoding");

    if (one->bytes[CODING_BR].ptr && accepts(accept, TEXT("br")))
        return CODING_BR;
    if (one->bytes[CODING_GZIP].ptr && accepts(accept, TEXT("gzip")))
        return CODING_GZIP;
    return CODING_PLAIN;
}

int h_file(struct request *rq, struct reply *rp)
{
    const struct file *one = file_for(rq->app->files, rq->path);

    if (!one)
        return fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no such file");
    enum coding coding = coding_for(rq, one);
    rp->cache = one->is_hashed ? "public, max-age=31536000, immutable" : "no-cache";
    rp->policy = PAGE_POLICY;
    reply_header(rp, "ETag", text_of(one->etag[coding]));
    if (one->bytes[CODING_BR].ptr || one->bytes[CODING_GZIP].ptr)
        reply_header(rp, "Vary", TEXT("Accept-Encoding"));
    if (str_find(request_header(rq, "If-None-Match"), text_of(one->etag[coding])))
        return reply_empty(rp, 304);
    if (coding != CODING_PLAIN)
        reply_header(rp, "Content-Encoding", coding == CODING_BR ? TEXT("br") : TEXT("gzip"));
    rp->status = 200;
    rp->type = one->type;
    rp->fixed = one->bytes[coding];
    return 0;
}

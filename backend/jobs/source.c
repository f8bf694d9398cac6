/* An export as it was handed in, as the bytes that a reader wants. */
#include "jobs/source.h"

#include "jobs/unpack.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES (256u * 1024)
#define HEAD_BYTES  (64u * 1024)

struct source {
    int fd;
    struct arena *mem;
    struct unpack *zip;                /* NULL: a plain file */
    const struct unpack_entry *entries;
    size_t count;
    uint8_t *found;                    /* by entry: enum archive_format of its content, 0 unknown or not looked at */
    bool *is_wanted;                   /* by entry */
    enum archive_format format, given;
    struct text file_name;
    struct text *names;                /* entries' last parts */
    int64_t size;
    struct buf head;
    struct fail doubt;                 /* why the entry last looked at is none that we know */
    size_t doubted;
    char *piece;
    /* while reading */
    struct reader *reader;
    int (*tick)(size_t bytes, void *arg);
    void *arg;
    struct fail *why;
    size_t open_entry;
};

/* ---- a plain file ---- */

static ssize_t read_at(int fd, char *bytes, size_t len, int64_t at)
{
    ssize_t n;

    do
        n = pread(fd, bytes, len, at);
    while (n < 0 && errno == EINTR);
    return n;
}

static int open_plain(struct source *s, struct fail *why)
{
    char *head = arena_alloc(s->mem, HEAD_BYTES);
    size_t len = 0;
    ssize_t n;

    while (len < HEAD_BYTES && (n = read_at(s->fd, head + len, HEAD_BYTES - len, (int64_t)len)) > 0)
        len += (size_t)n;
    if (s->format == ARCHIVE_AUTO)
        s->format = archive_sniff((struct text){ head, len }, s->file_name, why);
    return s->format == ARCHIVE_AUTO ? -1 : 0;
}

static int read_plain(struct source *s)
{
    int64_t at = 0;
    ssize_t n;

    while ((n = read_at(s->fd, s->piece, PIECE_BYTES, at)) > 0) {
        if (reader_feed(s->reader, (struct text){ s->piece, (size_t)n }, s->why) ||
            (s->tick && s->tick((size_t)n, s->arg)))
            return -1;
        at += n;
    }
    return n == 0 ? 0 : fail(s->why, FAIL_INTERNAL, "cannot read the file: errno %d", errno);
}

/* ---- a zip: what is in it ---- */

static bool ends_nocase(struct text t, const char *tail)
{
    size_t n = strlen(tail);

    return t.len >= n && str_equal_nocase((struct text){ t.ptr + t.len - n, n }, text_of(tail));
}

static bool is_looked_at(size_t index, void *arg)
{
    static const char *const tails[] = { ".txt", ".json", ".jsonl", ".js", ".csv", ".tsv", ".html" };
    const struct source *s = arg;

    for (size_t i = 0; i < COUNT_OF(tails); i++)
        if (ends_nocase(s->entries[index].base, tails[i]))
            return true;
    return false;
}

static int look(size_t index, struct text bytes, void *arg)
{
    struct source *s = arg;
    size_t room = HEAD_BYTES - s->head.len;

    if (bytes.len) {
        buf_add(&s->head, bytes.ptr, bytes.len < room ? bytes.len : room);
        return 0;
    }
    s->found[index] = (uint8_t)archive_sniff(buf_as_text(&s->head), s->entries[index].name, &s->doubt);
    if (!s->found[index])
        s->doubted = index;
    buf_reset(&s->head);
    return 0;
}

static bool is_meta(enum archive_format f)
{
    return f == ARCHIVE_FACEBOOK || f == ARCHIVE_INSTAGRAM;
}

static size_t count_found(const struct source *s, enum archive_format f)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        n += s->found[i] == f;
    return n;
}

/* A chat goes before what may lie beside it: attached tables, texts, other people's files. */
static enum archive_format choose_format(const struct source *s)
{
    static const enum archive_format order[] = { ARCHIVE_WHATSAPP, ARCHIVE_TELEGRAM, ARCHIVE_INSTAGRAM, ARCHIVE_FACEBOOK,
                                                 ARCHIVE_X, ARCHIVE_YOUTUBE, ARCHIVE_LINE, ARCHIVE_EVENTS, ARCHIVE_CSV };

    if (s->given != ARCHIVE_AUTO)
        return s->given;
    for (size_t i = 0; i < COUNT_OF(order); i++)
        if (count_found(s, order[i]))
            return order[i];
    return ARCHIVE_AUTO;
}

static void want(struct source *s, size_t index)
{
    int64_t size = s->entries[index].size;

    s->is_wanted[index] = true;
    s->size = s->size < 0 || size < 0 ? -1 : s->size + size;
}

/* One of Facebook's and Instagram's files alone does not always tell whose it is: the whole does. */
static size_t want_tree(struct source *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->found[i] == s->format || (is_meta(s->format) && is_meta((enum archive_format)s->found[i]))) {
            want(s, i);
            n++;
        }
    return n;
}

/* The entry itself names the chat, unless it is "_chat.txt" as in every zip of an iPhone. */
static void want_one(struct source *s, size_t index)
{
    want(s, index);
    if (!text_equal(s->entries[index].base, TEXT("_chat.txt")))
        s->file_name = s->entries[index].base;
}

static bool find_one(const struct source *s, size_t *index)
{
    static const char *const first[] = { "_chat.txt", "result.json" };

    for (size_t f = 0; f < COUNT_OF(first); f++)
        for (size_t i = 0; i < s->count; i++)
            if (s->found[i] == s->format && text_equal(s->entries[i].base, text_of(first[f]))) {
                *index = i;
                return true;
            }
    for (size_t i = 0; i < s->count; i++)
        if (s->found[i] == s->format) {
            *index = i;
            return true;
        }
    return false;
}

/* Nothing was recognised: the entry that looks like the chat by its name says what is wrong with it. */
static int choose_by_name(struct source *s, struct fail *why)
{
    size_t index;

    if (unpack_choose(s->zip, &index, why))
        return -1;
    want_one(s, index);
    if (s->format != ARCHIVE_AUTO)
        return 0;
    if (s->doubted == index && s->doubt.code) {
        *why = s->doubt;
        return -1;
    }
    return fail(why, FAIL_BAD_FILE, "\"%.*s\" in the zip is not an export that we know",
                (int)(s->entries[index].base.len < 80 ? s->entries[index].base.len : 80), s->entries[index].base.ptr);
}

static int open_zip(struct source *s, struct fail *why)
{
    struct unpack_visitor visitor = { is_looked_at, look, s };
    size_t index;

    if (unpack_open(s->fd, NULL, &s->zip, why))
        return -1;
    s->entries = unpack_entries(s->zip, &s->count);
    s->found = arena_array(s->mem, uint8_t, s->count + 1);
    s->is_wanted = arena_array(s->mem, bool, s->count + 1);
    s->names = arena_array(s->mem, struct text, s->count + 1);
    for (size_t i = 0; i < s->count; i++)
        s->names[i] = s->entries[i].base;
    s->size = 0;
    s->doubted = SIZE_MAX;
    if (unpack_each(s->zip, &visitor, why))
        return -1;
    s->format = choose_format(s);
    if (archive_is_tree(s->format) && want_tree(s))
        return 0;
    if (s->format != ARCHIVE_AUTO && find_one(s, &index)) {
        want_one(s, index);
        return 0;
    }
    return choose_by_name(s, why);
}

/* ---- a zip: its bytes ---- */

static bool is_entry_wanted(size_t index, void *arg)
{
    return ((const struct source *)arg)->is_wanted[index];
}

static int take(size_t index, struct text bytes, void *arg)
{
    struct source *s = arg;

    if (index != s->open_entry && archive_is_tree(s->format) &&
        reader_next_file(s->reader, s->entries[index].name, s->why))
        return -1;
    s->open_entry = index;
    if (!bytes.len)
        return 0;
    return reader_feed(s->reader, bytes, s->why) || (s->tick && s->tick(bytes.len, s->arg)) ? -1 : 0;
}

static int read_zip(struct source *s)
{
    struct unpack_visitor visitor = { is_entry_wanted, take, s };
    struct fail why = { .code = FAIL_NONE };
    int rc;

    s->open_entry = SIZE_MAX;
    fail_clear(s->why);
    rc = unpack_each(s->zip, &visitor, &why);
    /* the reader's own reason, where it was the reader who stopped */
    if (rc && s->why->code == FAIL_NONE)
        *s->why = why;
    return rc;
}

/* ---- */

int source_open(int fd, struct text name, enum archive_format format, struct source **out, struct fail *why)
{
    struct arena *mem = arena_new(0);
    struct source *s = arena_new_of(mem, struct source);
    char magic[4] = { 0 };
    struct stat st;
    int rc;

    s->mem = mem;
    s->fd = fd;
    s->format = s->given = format;
    s->file_name = name.len ? arena_text(mem, name) : (struct text){ NULL, 0 };
    s->head = BUF_INIT(HEAD_BYTES + 1);
    if (fstat(fd, &st) || read_at(fd, magic, sizeof(magic), 0) < 0) {
        source_close(s);
        return fail(why, FAIL_INTERNAL, "cannot read the file: errno %d", errno);
    }
    s->size = st.st_size;
    rc = memcmp(magic, "PK\3\4", sizeof(magic)) == 0 ? open_zip(s, why) : open_plain(s, why);
    if (rc) {
        source_close(s);
        return -1;
    }
    s->piece = arena_alloc(mem, PIECE_BYTES);
    *out = s;
    return 0;
}

void source_close(struct source *s)
{
    if (!s)
        return;
    unpack_close(s->zip);
    buf_fini(&s->head);
    arena_free(s->mem);
}

enum archive_format source_format(const struct source *s)
{
    return s->format;
}

int64_t source_size(const struct source *s)
{
    return s->size;
}

void source_options(const struct source *s, struct archive_options *options)
{
    options->file_name = s->file_name;
    options->entries = s->names;
    options->entry_count = s->count;
}

int source_read(struct source *s, struct reader *r, int (*tick)(size_t bytes, void *arg), void *arg, struct fail *why)
{
    s->reader = r;
    s->tick = tick;
    s->arg = arg;
    s->why = why;
    for (unsigned pass = 0; pass < reader_passes(r); pass++) {
        if (s->zip ? read_zip(s) : read_plain(s))
            return -1;
        if (reader_end_pass(r, why))
            return -1;
    }
    return 0;
}

/* Zip containers: what the confined child reports is checked here before anybody believes it. */
#include "unpack_priv.h"

#include "archive/reader.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/str.h"

#include <stdlib.h>
#include <sys/stat.h>

#define NAME_MAX_BYTES 1024
#define HEAD_BYTES     8192
#define RATIO_FROM     (1024 * 1024)

struct unpack {
    int fd;
    struct unpack_limits limits;
    int64_t packed;
    struct arena *mem;
    struct unpack_entry *entries;
    int64_t *ordinals;             /* of the entries in the zip, folders included */
    size_t count, room;
    int64_t all;                   /* ordinals seen */
    char piece[UNPACK_PIECE];
};

static const struct unpack_limits usual = { 20000, INT64_C(8) << 30, INT64_C(2) << 30, 200, 300 };

/* Upper half of the old PC's character set, which zips without the UTF-8 flag use. */
static const uint16_t cp437[128] = {
    0xc7,   0xfc,   0xe9,   0xe2,   0xe4,   0xe0,   0xe5,   0xe7,   0xea,   0xeb,   0xe8,   0xef,   0xee,   0xec,   0xc4,
    0xc5,   0xc9,   0xe6,   0xc6,   0xf4,   0xf6,   0xf2,   0xfb,   0xf9,   0xff,   0xd6,   0xdc,   0xa2,   0xa3,   0xa5,
    0x20a7, 0x192,  0xe1,   0xed,   0xf3,   0xfa,   0xf1,   0xd1,   0xaa,   0xba,   0xbf,   0x2310, 0xac,   0xbd,   0xbc,
    0xa1,   0xab,   0xbb,   0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569,
    0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518,
    0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x3b1,  0xdf,   0x393,  0x3c0,  0x3a3,  0x3c3,  0xb5,   0x3c4,  0x3a6,
    0x398,  0x3a9,  0x3b4,  0x221e, 0x3c6,  0x3b5,  0x2229, 0x2261, 0xb1,   0x2265, 0x2264, 0x2320, 0x2321, 0xf7,   0x2248,
    0xb0,   0x2219, 0xb7,   0x221a, 0x207f, 0xb2,   0x25a0, 0xa0,
};

static struct text decode_name(struct text raw, struct arena *mem)
{
    struct buf out = BUF_INIT(4 * NAME_MAX_BYTES);
    struct text name;
    char utf8[4];

    if (str_utf8_valid(raw))
        return arena_text(mem, raw);
    for (size_t i = 0; i < raw.len; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];

        buf_add(&out, utf8, str_utf8_encode(c < 0x80 ? c : cp437[c - 0x80], utf8));
    }
    name = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return name;
}

/* Relative, no way up, nothing that a shell or a terminal would trip over. Backslashes separate too: Windows wrote them. */
static bool is_plain_name(struct text name)
{
    size_t from = 0;

    if (!name.len || name.len > NAME_MAX_BYTES || name.ptr[0] == '/' || name.ptr[0] == '\\' ||
        (name.len > 1 && name.ptr[1] == ':'))
        return false;
    for (size_t i = 0; i <= name.len; i++) {
        unsigned char c = i < name.len ? (unsigned char)name.ptr[i] : '/';

        if (c < 0x20 || c == 0x7f)
            return false;
        if (c != '/' && c != '\\')
            continue;
        if (i - from == 2 && name.ptr[from] == '.' && name.ptr[from + 1] == '.')
            return false;
        from = i + 1;
    }
    return true;
}

static struct text base_of(struct text name)
{
    size_t at = name.len;

    while (at > 0 && name.ptr[at - 1] != '/' && name.ptr[at - 1] != '\\')
        at--;
    return (struct text){ name.ptr + at, name.len - at };
}

static int refuse(struct fail *why, struct text name, const char *what)
{
    return fail(why, FAIL_BAD_FILE, "the zip has an entry \"%.*s\" that %s", (int)(name.len < 80 ? name.len : 80),
                name.ptr, what);
}

static void grow(struct unpack *u)
{
    size_t room = u->room ? u->room * 2 : 64;
    struct unpack_entry *entries = arena_array(u->mem, struct unpack_entry, room);
    int64_t *ordinals = arena_array(u->mem, int64_t, room);

    if (u->count) {
        memcpy(entries, u->entries, u->count * sizeof(*entries));
        memcpy(ordinals, u->ordinals, u->count * sizeof(*ordinals));
    }
    u->entries = entries;
    u->ordinals = ordinals;
    u->room = room;
}

static int take_entry(struct unpack *u, const struct unpack_frame *f, int64_t *total, struct fail *why)
{
    struct text name = decode_name((struct text){ u->piece, f->len }, u->mem);

    if (++u->all > (int64_t)u->limits.entries)
        return fail(why, FAIL_TOO_LARGE, "the zip has more than %zu entries", u->limits.entries);
    if (!is_plain_name(name))
        return refuse(why, TEXT("…"), "has a name which leads out of its folder");
    if (f->flags & ENTRY_FOLDER)
        return 0;
    if (f->flags & ENTRY_ODD)
        return refuse(why, name, "is not a plain file");
    if (f->flags & ENTRY_ENCRYPTED)
        return refuse(why, name, "is locked with a password");
    if (f->size > u->limits.entry_bytes)
        return fail(why, FAIL_TOO_LARGE, "an entry of the zip is larger than %lld bytes",
                    (long long)u->limits.entry_bytes);
    *total += f->size > 0 ? f->size : 0;
    if (*total > u->limits.total_bytes || (*total > RATIO_FROM && *total / u->limits.ratio > u->packed))
        return fail(why, FAIL_TOO_LARGE, "the zip unpacks to too much");
    if (u->count == u->room)
        grow(u);
    u->ordinals[u->count] = f->ordinal;
    u->entries[u->count++] = (struct unpack_entry){ name, base_of(name), f->size < 0 ? -1 : f->size };
    return 0;
}

static int list(struct unpack *u, struct fail *why)
{
    struct unpack_child child;
    struct unpack_frame f;
    int64_t total = 0;
    int rc;

    if (unpack_spawn(u->fd, &u->limits, NULL, 0, &child, why))
        return -1;
    do
        rc = unpack_next(&child, &f, u->piece, why);
    while (rc == 0 && f.type == FRAME_ENTRY && (rc = take_entry(u, &f, &total, why)) == 0);
    if (rc == 0 && f.type != FRAME_DONE)
        rc = fail(why, FAIL_BAD_FILE, "the zip's reader gave up");
    unpack_reap(&child);
    if (rc == 0 && u->count == 0)
        rc = fail(why, FAIL_BAD_FILE, "the zip is empty");
    return rc;
}

int unpack_open(int fd, const struct unpack_limits *limits, struct unpack **out, struct fail *why)
{
    struct arena *mem = arena_new(0);
    struct unpack *u = arena_new_of(mem, struct unpack);
    struct stat st;

    u->mem = mem;
    u->fd = fd;
    u->limits = limits ? *limits : usual;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        unpack_close(u);
        return fail(why, FAIL_INTERNAL, "the zip is not a plain file");
    }
    u->packed = st.st_size;
    if (list(u, why)) {
        unpack_close(u);
        return -1;
    }
    *out = u;
    return 0;
}

void unpack_close(struct unpack *u)
{
    if (u)
        arena_free(u->mem);
}

const struct unpack_entry *unpack_entries(const struct unpack *u, size_t *count)
{
    *count = u->count;
    return u->entries;
}

int unpack_each(struct unpack *u, const struct unpack_visitor *visitor, struct fail *why)
{
    size_t bytes = (size_t)u->all / 8 + 1, at = 0;
    uint8_t *wanted = arena_array(u->mem, uint8_t, bytes);
    struct unpack_child child;
    struct unpack_frame f;
    int64_t total = 0;
    int rc;

    for (size_t i = 0; i < u->count; i++)
        if (visitor->want(i, visitor->arg))
            wanted[u->ordinals[i] / 8] |= (uint8_t)(1u << (u->ordinals[i] % 8));
    if (unpack_spawn(u->fd, &u->limits, wanted, (size_t)u->all, &child, why))
        return -1;
    while ((rc = unpack_next(&child, &f, u->piece, why)) == 0 && f.type != FRAME_DONE) {
        while (at < u->count && u->ordinals[at] < f.ordinal)
            at++;
        total += f.len;
        if ((f.type != FRAME_DATA && f.type != FRAME_ENTRY_END) || at == u->count || u->ordinals[at] != f.ordinal)
            rc = fail(why, FAIL_BAD_FILE, "the zip's reader gave up");
        else if (f.size > u->limits.entry_bytes || total > u->limits.total_bytes ||
                 (total > RATIO_FROM && total / u->limits.ratio > u->packed))
            rc = fail(why, FAIL_TOO_LARGE, "the zip unpacks to too much");
        else if (f.type == FRAME_DATA ? f.len > 0 : f.len == 0)
            rc = visitor->take(at, (struct text){ u->piece, f.len }, visitor->arg) ? -1 : 0;
        /* A receiver that shares why has said why. */
        if (rc && !why->code)
            rc = fail(why, FAIL_NOT_POSSIBLE, "stopped by the receiver of the zip's content");
        if (rc)
            break;
    }
    unpack_reap(&child);
    return rc;
}

struct one {
    size_t index;
    unpack_sink *sink;
    void *arg;
};

static bool want_one(size_t index, void *arg)
{
    return index == ((const struct one *)arg)->index;
}

static int take_one(size_t index, struct text bytes, void *arg)
{
    const struct one *one = arg;

    (void)index;
    return bytes.len ? one->sink(bytes, one->arg) : 0;
}

int unpack_read(struct unpack *u, size_t index, unpack_sink *sink, void *arg, struct fail *why)
{
    struct one one = { index, sink, arg };

    return unpack_each(u, &(struct unpack_visitor){ want_one, take_one, &one }, why);
}

/* ---- which entry is the chat ---- */

static bool ends_nocase(struct text t, const char *tail)
{
    size_t n = strlen(tail);

    return t.len >= n && str_equal_nocase((struct text){ t.ptr + t.len - n, n }, text_of(tail));
}

static size_t find_named(const struct unpack *u, const char *base)
{
    size_t i = 0;

    while (i < u->count && !text_equal(u->entries[i].base, text_of(base)))
        i++;
    return i;
}

static size_t count_ending(const struct unpack *u, const char *tail, size_t *last)
{
    size_t n = 0;

    for (size_t i = 0; i < u->count; i++)
        if (ends_nocase(u->entries[i].base, tail)) {
            n++;
            *last = i;
        }
    return n;
}

struct heads {
    const struct unpack *u;
    struct buf head;
    size_t best;
    bool found;
};

static bool want_text(size_t index, void *arg)
{
    return ends_nocase(((const struct heads *)arg)->u->entries[index].base, ".txt");
}

static int take_head(size_t index, struct text bytes, void *arg)
{
    struct heads *h = arg;
    struct fail ignored;

    if (bytes.len && h->head.len < HEAD_BYTES)
        buf_add(&h->head, bytes.ptr, bytes.len < HEAD_BYTES - h->head.len ? bytes.len : HEAD_BYTES - h->head.len);
    if (bytes.len)
        return 0;
    if (!h->found && archive_sniff(buf_as_text(&h->head), h->u->entries[index].base, &ignored) == ARCHIVE_WHATSAPP) {
        h->found = true;
        h->best = index;
    }
    buf_reset(&h->head);
    return 0;
}

int unpack_choose(struct unpack *u, size_t *index, struct fail *why)
{
    struct heads heads = { .u = u, .head = BUF_INIT(HEAD_BYTES) };
    size_t at, texts;
    int rc = 0;

    if ((at = find_named(u, "_chat.txt")) < u->count || (at = find_named(u, "result.json")) < u->count) {
        *index = at;
        return 0;
    }
    texts = count_ending(u, ".txt", &at);
    if (texts > 1) {
        rc = unpack_each(u, &(struct unpack_visitor){ want_text, take_head, &heads }, why);
        buf_fini(&heads.head);
        at = heads.best;
        texts = heads.found;
    }
    if (rc)
        return -1;
    if (texts == 1 || (texts == 0 && count_ending(u, ".jsonl", &at) + count_ending(u, ".json", &at) == 1)) {
        *index = at;
        return 0;
    }
    if (find_named(u, "messages.html") < u->count)
        return fail(why, FAIL_BAD_FILE,
                    "this looks like a Telegram export as web page; export again and choose \"Machine-readable JSON\"");
    if (count_ending(u, ".zip", &at))
        return fail(why, FAIL_BAD_FILE, "the zip holds another zip and no chat; unpack it and give the inner one");
    return fail(why, FAIL_BAD_FILE, "no chat found in the zip");
}

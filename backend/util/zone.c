/* IANA time zones from TZif files (RFC 8536, version 2 and later). */
#include "util/zone.h"

#include "util/str.h"
#include "zone_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONE_DIR       "/usr/share/zoneinfo/"
#define NAME_MAX_BYTES 64
#define FILE_MAX_BYTES (64 * 1024)
#define HEADER_SIZE    44
#define TYPES_MAX      256
#define TIMES_MAX      4096
/* RFC 8536 keeps offsets within -25 h … +26 h: no transition further away can matter to a wall clock reading. */
#define REACH_S (INT64_C(26) * 3600)

struct change {
    int64_t at;     /* UTC seconds */
    int32_t offset; /* from then on */
};

struct zone {
    char name[NAME_MAX_BYTES + 1];
    int32_t first_offset; /* before the first change */
    bool has_rule;
    struct zone_rule rule;
    size_t count;
    struct change changes[];
};

AUTO_DEFINE(fd, int, -1, close)
AUTO_DEFINE(bytes, char *, NULL, free)

static bool is_name(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > NAME_MAX_BYTES || name[0] == '/' || name[len - 1] == '/')
        return false;
    for (const char *p = name; *p; p++) {
        bool is_letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z');

        if (!is_letter && !(*p >= '0' && *p <= '9') && *p != '_' && *p != '-' && *p != '+' && *p != '/')
            return false;
    }
    return true;
}

/* Whole file in memory, or NULL. */
static char *read_file(const char *name, size_t *len)
{
    char path[sizeof(ZONE_DIR) + NAME_MAX_BYTES];
    struct stat st;

    snprintf(path, sizeof(path), "%s%s", ZONE_DIR, name);
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FILE_MAX_BYTES)
        return NULL;
    AUTO(bytes) char *bytes = malloc((size_t)st.st_size);
    if (!bytes || read(fd, bytes, (size_t)st.st_size) != st.st_size)
        return NULL;
    *len = (size_t)st.st_size;
    return TAKE(bytes);
}

struct header {
    size_t ut_count, standard_count, leap_count, time_count, type_count, char_count;
};

static int64_t big_endian(const char *p, size_t size)
{
    uint64_t n = (unsigned char)p[0] & 0x80 ? UINT64_MAX : 0;

    for (size_t i = 0; i < size; i++)
        n = n << 8 | (unsigned char)p[i];
    return (int64_t)n;
}

static bool take(struct text *cur, size_t size, const char **out)
{
    if (cur->len < size)
        return false;
    *out = cur->ptr;
    cur->ptr += size;
    cur->len -= size;
    return true;
}

static bool read_header(struct text *cur, struct header *h)
{
    const char *p;
    size_t counts[6];

    if (!take(cur, HEADER_SIZE, &p) || memcmp(p, "TZif", 4) != 0 || p[4] < '2')
        return false;
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        int64_t n = big_endian(p + 20 + 4 * i, 4);

        if (n < 0 || n > FILE_MAX_BYTES)
            return false;
        counts[i] = (size_t)n;
    }
    *h = (struct header) { counts[0], counts[1], counts[2], counts[3], counts[4], counts[5] };
    return true;
}

/* The first block has 32-bit times and is there for old readers only. */
static bool skip_first_block(struct text *cur)
{
    struct header h;
    const char *p;

    return read_header(cur, &h) &&
           take(cur,
                h.time_count * 5 + h.type_count * 6 + h.char_count + h.leap_count * 8 + h.standard_count + h.ut_count,
                &p);
}

static bool fill(struct zone *z, const struct header *h, const char *times, const char *indexes, const char *types)
{
    for (size_t i = 0; i < h->type_count; i++) {
        int64_t offset = big_endian(types + 6 * i, 4);

        if (offset < -25 * 3600 || offset > 26 * 3600)
            return false;
    }
    z->first_offset = (int32_t)big_endian(types, 4);
    z->count = h->time_count;
    for (size_t i = 0; i < z->count; i++) {
        size_t type = (unsigned char)indexes[i];

        if (type >= h->type_count)
            return false;
        z->changes[i].at = big_endian(times + 8 * i, 8);
        z->changes[i].offset = (int32_t)big_endian(types + 6 * type, 4);
        if (i > 0 && z->changes[i].at <= z->changes[i - 1].at)
            return false;
    }
    return true;
}

static bool read_footer(struct zone *z, struct text cur)
{
    struct text rule;

    if (!str_skip_char(&cur, '\n') || !str_split(&cur, '\n', &rule))
        return false;
    z->has_rule = rule.len > 0;
    return !z->has_rule || zone_rule_parse(rule, &z->rule) == 0;
}

struct zone *zone_parse(struct text bytes)
{
    struct text cur = bytes;
    struct header h;
    const char *times, *indexes, *types, *rest;

    /* Files with leap seconds count another time than the rest of the world. */
    if (!skip_first_block(&cur) || !read_header(&cur, &h) || h.leap_count || h.time_count > TIMES_MAX ||
        h.type_count == 0 || h.type_count > TYPES_MAX)
        return NULL;
    if (!take(&cur, h.time_count * 8, &times) || !take(&cur, h.time_count, &indexes) ||
        !take(&cur, h.type_count * 6, &types) || !take(&cur, h.char_count + h.standard_count + h.ut_count, &rest))
        return NULL;
    struct zone *z = calloc(1, sizeof(*z) + h.time_count * sizeof(z->changes[0]));
    if (z && fill(z, &h, times, indexes, types) && read_footer(z, cur))
        return z;
    free(z);
    return NULL;
}

struct zone *zone_open(const char *name, struct fail *why)
{
    size_t len;

    if (!is_name(name)) {
        fail(why, FAIL_BAD_FIELD, "not the name of a time zone");
        return NULL;
    }
    AUTO(bytes) char *bytes = read_file(name, &len);
    struct zone *z = bytes ? zone_parse((struct text) { bytes, len }) : NULL;
    if (!z) {
        fail(why, FAIL_BAD_FIELD, "unknown time zone %s", name);
        return NULL;
    }
    snprintf(z->name, sizeof(z->name), "%s", name);
    return z;
}

void zone_free(struct zone *z)
{
    free(z);
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

/* Number of changes at or before the second. */
static size_t changes_until(const struct zone *z, int64_t utc_s)
{
    size_t low = 0, high = z->count;

    if (high && z->changes[high - 1].at <= utc_s)
        return high;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (z->changes[middle].at <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int32_t offset_after(const struct zone *z, size_t changes, int64_t utc_s)
{
    if (changes == z->count && z->has_rule)
        return zone_rule_offset(&z->rule, utc_s);
    return changes ? z->changes[changes - 1].offset : z->first_offset;
}

static int32_t offset_at(const struct zone *z, int64_t utc_s)
{
    return offset_after(z, changes_until(z, utc_s), utc_s);
}

static int64_t whole_seconds(int64_t us)
{
    return (us >= 0 ? us : us - (US_PER_S - 1)) / US_PER_S;
}

int32_t zone_offset_at(const struct zone *z, time_us instant)
{
    return offset_at(z, whole_seconds(instant));
}

/* Offsets that hold within reach of a wall clock reading, in order of time; at least one. */
static size_t offsets_near(const struct zone *z, int64_t wall_s, int32_t out[], size_t max)
{
    size_t first = changes_until(z, wall_s - REACH_S), last = changes_until(z, wall_s + REACH_S), n = 0;

    out[n++] = offset_after(z, first, wall_s - REACH_S);
    for (size_t i = first; i < last && n + 1 < max; i++)
        if (z->changes[i].offset != out[n - 1])
            out[n++] = z->changes[i].offset;
    int32_t after = offset_after(z, last, wall_s + REACH_S);
    if (after != out[n - 1])
        out[n++] = after;
    return n;
}

time_us zone_to_utc(const struct zone *z, int64_t wall_us, time_us not_before)
{
    int64_t wall_s = whole_seconds(wall_us);
    int32_t offsets[8];
    time_us earliest = TIME_NONE, latest = TIME_NONE;
    size_t n = offsets_near(z, wall_s, offsets, COUNT_OF(offsets));

    if (n == 1)
        return wall_us - offsets[0] * US_PER_S;
    for (size_t i = 0; i < n; i++) {
        time_us t = wall_us - offsets[i] * US_PER_S;

        if (offset_at(z, wall_s - offsets[i]) != offsets[i])
            continue;
        earliest = earliest == TIME_NONE || t < earliest ? t : earliest;
        latest = latest == TIME_NONE || t > latest ? t : latest;
    }
    if (earliest != TIME_NONE)
        return not_before != TIME_NONE && earliest < not_before ? latest : earliest;
    /* In a gap: counted with the offset from before it, which lands after it. */
    for (size_t i = 0; i + 1 < n; i++)
        if (offset_at(z, wall_s - offsets[i]) == offsets[i + 1])
            return wall_us - offsets[i] * US_PER_S;
    return wall_us - offsets[0] * US_PER_S;
}

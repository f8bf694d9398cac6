/* Exports that come as a zip: listed and read by a confined child process that has no files but its pipes and the zip
 * (libarchive's zip reader only). Nothing in a zip is believed: exports.md 8.3.
 *
 *     unpack_open(fd, NULL, &u, why)            -- lists everything, refuses what is not plain
 *     unpack_choose(u, &chat, why)              -- which entry is the chat
 *     unpack_read(u, chat, sink, arg, why)      -- its bytes
 *     unpack_each(u, want, sink, arg, why)      -- many entries in one pass, for media
 *     unpack_close(u)
 *
 * What the bytes are (media sniffed by content) is the caller's business. Not thread-safe: one owner at a time. */
#ifndef TANGGAP_JOBS_UNPACK_H
#define TANGGAP_JOBS_UNPACK_H

#include "util/fail.h"
#include "util/text.h"

#include <stdint.h>

struct unpack_limits {
    size_t entries;              /* 20,000 */
    int64_t total_bytes;         /* unpacked, of all entries: 8 GiB */
    int64_t entry_bytes;         /* unpacked, of one: 2 GiB */
    int64_t ratio;               /* unpacked to packed, once more than 1 MiB came out: 200 */
    unsigned cpu_s;              /* of a child: 300 */
};

struct unpack_entry {
    struct text name;            /* valid UTF-8, relative, no "..", no control characters */
    struct text base;            /* its last part */
    int64_t size;                /* as the zip declares, -1 unknown */
};

struct unpack;

/* Takes bytes in order; -1 stops. */
typedef int unpack_sink(struct text bytes, void *arg);

/* fd: the zip, seekable; borrowed until close, its offset moves. limits NULL: those above. BAD_FILE or TOO_LARGE with
 * the entry's name when the zip is broken or hostile. */
MUST_CHECK int unpack_open(int fd, const struct unpack_limits *limits, struct unpack **out, struct fail *why);
void unpack_close(struct unpack *u);

/* Folders are left out. Borrowed from u. */
const struct unpack_entry *unpack_entries(const struct unpack *u, size_t *count);

/* The chat: "_chat.txt", else "result.json", else the only .txt, else the .txt whose first lines look most like a chat's,
 * else the only .json or .jsonl. BAD_FILE if there is none, or only another zip: zips are not opened inside zips. */
MUST_CHECK int unpack_choose(struct unpack *u, size_t *index, struct fail *why);

MUST_CHECK int unpack_read(struct unpack *u, size_t index, unpack_sink *sink, void *arg, struct fail *why);

/* One pass over the zip: want() is asked about each entry, take() then gets its bytes, and an empty text at its end. */
struct unpack_visitor {
    bool (*want)(size_t index, void *arg);
    int (*take)(size_t index, struct text bytes, void *arg);
    void *arg;
};
MUST_CHECK int unpack_each(struct unpack *u, const struct unpack_visitor *visitor, struct fail *why);

#endif

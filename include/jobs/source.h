/* An export as it was handed in: one plain file, or a zip whose entries that matter are found by what is in them. Feeds an
 * archive reader, all its passes, through the zip's confined child (jobs/unpack.h) where there is one.
 *
 *     source_open(fd, name, ARCHIVE_AUTO, &s, why)
 *     source_options(s, &options); r = reader_new(source_format(s), &options, …)
 *     source_read(s, r, tick, arg, why)
 *     source_close(s)
 */
#ifndef TANGGAP_JOBS_SOURCE_H
#define TANGGAP_JOBS_SOURCE_H

#include "archive/reader.h"

struct source;

/* fd: seekable, borrowed until close. name: the outer file's, copied. format AUTO: found out; else only that one is looked
 * for. BAD_FILE when it is none that we know, with words that name what it looks like. */
MUST_CHECK int source_open(int fd, struct text name, enum archive_format format, struct source **out, struct fail *why);
void source_close(struct source *s);
enum archive_format source_format(const struct source *s);
int64_t source_size(const struct source *s);               /* bytes of one pass, unpacked; -1 unknown */
/* Sets file_name and entries; they live as long as s. */
void source_options(const struct source *s, struct archive_options *options);
/* tick: bytes of a piece that was read; -1 stops (the reason is its own business). NULL fine. */
MUST_CHECK int source_read(struct source *s, struct reader *r, int (*tick)(size_t bytes, void *arg), void *arg,
                           struct fail *why);

#endif

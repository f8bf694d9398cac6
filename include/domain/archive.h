/* Export files that people hand in: the row, and the bytes under the state folder while they arrive. */
#ifndef TANGGAP_DOMAIN_ARCHIVE_H
#define TANGGAP_DOMAIN_ARCHIVE_H

#include "db/query.h"

enum archive_state {
    ARCHIVE_UPLOADING, ARCHIVE_QUEUED, ARCHIVE_READING, ARCHIVE_MERGING, ARCHIVE_DONE, ARCHIVE_FAILED, ARCHIVE_QUESTION,
    ARCHIVE_UNDOING, ARCHIVE_UNDONE
};

struct archive_view {
    int64_t id, size, received, channel;
    int16_t state;
    struct text file_name, format, options, progress, summary, error;      /* the last four JSON */
    time_us created_at, done_at;
};
typedef int archive_fn(const struct archive_view *v, void *arg);
/* Newest 100; only 0: all. */
MUST_CHECK int archive_each(struct ctx *c, int64_t only, archive_fn *row, void *arg);
MUST_CHECK int archive_add(struct ctx *c, struct text key, struct text file_name, int64_t size, int64_t *id);
/* Writes bytes at offset, which must be what has been received so far: BAD_OFFSET with *received otherwise. */
MUST_CHECK int archive_write(struct ctx *c, int64_t id, int64_t offset, struct text bytes, int64_t *received);
/* The whole file is here (CONFLICT otherwise): queue the import. `options` JSON object; channel 0: as it is. */
MUST_CHECK int archive_start(struct ctx *c, int64_t id, struct text options, int64_t channel);
MUST_CHECK int archive_cancel(struct ctx *c, int64_t id);
/* An imported file is to be taken back (domain/import.h import_undo): queues that. CONFLICT when it is not imported. */
MUST_CHECK int archive_undo(struct ctx *c, int64_t id);
/* <state>/uploads/<business>-<archive> in c->mem. */
const char *archive_path(struct ctx *c, int64_t id);

#endif

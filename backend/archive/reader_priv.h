/* What all readers of export files share. Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_READER_PRIV_H
#define TANGGAP_ARCHIVE_READER_PRIV_H

#include "archive/reader.h"
#include "util/arena.h"
#include "util/buf.h"

struct reader_ops {
    unsigned passes;
    int (*feed)(struct reader *r, struct text piece, struct fail *why);
    int (*end_pass)(struct reader *r, struct fail *why);     /* NULL fine where end_file says it all */
    void (*free)(struct reader *r);        /* releases what is not in mem */
    int (*end_file)(struct reader *r, struct fail *why);     /* of trees: the file's bytes are all there, another may come */
};

/* First member of every reader. */
struct reader {
    const struct reader_ops *ops;
    struct archive_options options;        /* texts copied into mem */
    event_sink *sink;
    void *arg;
    struct arena *mem;                     /* lives as long as the reader; the reader itself is in it */
    struct archive_summary summary;
    unsigned pass;
    size_t file;                           /* ordinal within the pass; of trees */
    struct text file_name;                 /* of the file being read, with folders; the outer name for a single file */
    bool in_tree;
    struct arena *file_mem;                /* of file_name; NULL outside trees */
};

struct reader *whatsapp_reader_new(struct arena *mem);
struct reader *telegram_reader_new(struct arena *mem);
struct reader *events_reader_new(struct arena *mem);
struct reader *facebook_reader_new(struct arena *mem);
struct reader *instagram_reader_new(struct arena *mem);
struct reader *x_reader_new(struct arena *mem);
struct reader *line_reader_new(struct arena *mem);
struct reader *youtube_reader_new(struct arena *mem);
struct reader *csv_reader_new(struct arena *mem);

/* Hands an event to the sink and counts it; -1 when the sink stops us. */
int reader_emit(struct reader *r, const struct event *ev, struct fail *why);
void reader_skip(struct reader *r, enum skip_reason reason, long line);
struct text reader_base_name(struct text path);
/* Counts a message of an author in the summary. */
void reader_count_author(struct reader *r, struct text name, int64_t messages);

/* A stable id of a record without one: 32 hex digits of its key, and of the number of equal keys that came before it
 * (among the latest 4096 different ones). Appends to key. seen NULL: equal keys are one and the same. */
#define MADE_ID_SIZE 33
struct made_seen;
struct made_seen *made_seen_new(struct arena *mem);
void made_id(struct made_seen *seen, const uint8_t seed[16], struct buf *key, char out[MADE_ID_SIZE]);

/* UTF-16 with a byte-order mark becomes UTF-8 on the way in; anything else passes unchanged. */
struct utf16 {
    enum { UTF16_UNKNOWN, UTF16_NO, UTF16_LE, UTF16_BE } kind;
    unsigned char left[4];
    size_t left_len;
    struct buf out;
};
void utf16_init(struct utf16 *u);
void utf16_fini(struct utf16 *u);
/* 1: *out holds what to read now (valid until the next call), 0: more bytes are needed first. */
int utf16_feed(struct utf16 *u, struct text piece, struct text *out);
/* What is left at the end of input, and back to the beginning. */
struct text utf16_end(struct utf16 *u);

/* Makes bytes from a foreign file fit to store: invalid UTF-8 and NUL become U+FFFD, "\r\n" becomes "\n". Returns t itself
 * when nothing had to change, else a text in scratch. */
struct text reader_clean(struct text t, struct buf *scratch);

#endif

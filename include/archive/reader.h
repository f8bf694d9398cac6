/* Readers of export files: bytes in, events out. Pure: no I/O, no clock, no global; memory bounded whatever the size.
 * The caller feeds the same bytes `passes` times (a WhatsApp file must be surveyed before its dates can be believed):
 *
 *     r = reader_new(format, &options, sink, arg);
 *     for (pass = 0; pass < reader_passes(r); pass++)
 *         while (bytes) reader_feed(r, piece);      -- any split
 *         reader_end_pass(r);
 *     reader_summary(r)                             -- what was read and what was left out, and why
 *
 * A file that turns out broken fails with BAD_FILE and the line; the caller must then throw away what the sink got. */
#ifndef TANGGAP_ARCHIVE_READER_H
#define TANGGAP_ARCHIVE_READER_H

#include "domain/event.h"
#include "util/zone.h"

enum archive_format { ARCHIVE_AUTO, ARCHIVE_WHATSAPP, ARCHIVE_TELEGRAM, ARCHIVE_EVENTS, ARCHIVE_FORMAT_COUNT };
enum date_order { DATE_ORDER_AUTO, DATE_ORDER_DMY, DATE_ORDER_MDY, DATE_ORDER_YMD };

struct archive_options {
    const struct zone *zone;          /* of zone-less times                                    */
    struct text self;                 /* our own name or id in the file; absent = find out      */
    enum date_order date_order;
    enum date_order region_order;     /* last resort when nothing in the file decides           */
    struct text file_name;            /* outer name: its title may name the peer; absent fine   */
    time_us not_after;                /* no reading may lie later (upload time + 1 day); TIME_NONE = no bound */
    const struct text *entries;       /* names beside the chat in its zip, for "attached" lines */
    size_t entry_count;
    bool without_ids;                 /* the sink looks at no ids: made-up ones (WhatsApp) are then not reckoned */
};

#define SKIP_REASONS(X) X(NO_TIME, "no_time") X(UNSUPPORTED, "unsupported") X(TOO_LONG, "too_long") X(EMPTY, "empty")
#define X(name, word) SKIP_##name,
enum skip_reason { SKIP_REASONS(X) SKIP_REASON_COUNT };
#undef X

#define SUMMARY_AUTHORS 16
struct archive_summary {
    enum archive_format format;
    int64_t records;                          /* = events emitted + skipped */
    int64_t events;
    int64_t skipped[SKIP_REASON_COUNT];
    long skipped_line[SKIP_REASON_COUNT];     /* first line with that reason */
    time_us first_at, last_at;
    enum date_order date_order;               /* decided */
    const char *date_rule;                    /* "year_first", "over_12", "media_name", "jumps", "shape", "not_after", "region", "given" */
    bool date_sure;                           /* false: ask the person, show samples */
    bool is_group;
    bool probably_truncated;                  /* near WhatsApp's 40,000 / 10,000 limits */
    struct text self;                         /* found or given; absent = must be asked */
    bool self_sure;
    size_t author_count;                      /* of the first SUMMARY_AUTHORS distinct authors */
    struct { struct text name; int64_t messages; } authors[SUMMARY_AUTHORS];
    struct text title;                        /* chat title or peer, where known */
};

struct reader;

/* Says what the first bytes look like; ARCHIVE_AUTO = not recognised (why->text names a likely other kind). */
enum archive_format archive_sniff(struct text head, struct text file_name, struct fail *why);
const char *archive_format_word(enum archive_format f);
bool archive_format_from_word(struct text word, enum archive_format *out);

struct reader *reader_new(enum archive_format format, const struct archive_options *options, event_sink *sink,
                          void *arg);
void reader_free(struct reader *r);
unsigned reader_passes(const struct reader *r);
MUST_CHECK int reader_feed(struct reader *r, struct text piece, struct fail *why);
MUST_CHECK int reader_end_pass(struct reader *r, struct fail *why);
const struct archive_summary *reader_summary(const struct reader *r);   /* borrowed from r */

#endif

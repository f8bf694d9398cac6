/* Readers of export files: bytes in, events out. Pure: no I/O, no clock, no global; memory bounded whatever the size.
 * The caller feeds the same bytes `passes` times (a WhatsApp file must be surveyed before its dates can be believed):
 *
 *     r = reader_new(format, &options, sink, arg);
 *     for (pass = 0; pass < reader_passes(r); pass++)
 *         while (bytes) reader_feed(r, piece);      -- any split
 *         reader_end_pass(r);
 *     reader_summary(r)                             -- what was read and what was left out, and why
 *
 * Some exports are a tree of files (archive_is_tree): reader_next_file() then comes before the bytes of each, in every
 * pass, always in the same order. One file of such a tree may be read alone, without it.
 *
 * A file that turns out broken fails with BAD_FILE and the line; the caller must then throw away what the sink got. */
#ifndef TANGGAP_ARCHIVE_READER_H
#define TANGGAP_ARCHIVE_READER_H

#include "domain/event.h"
#include "util/zone.h"

/* FACEBOOK and INSTAGRAM: "Download your information" as JSON. X: the archive's .js files. YOUTUBE: Google Takeout. */
enum archive_format {
    ARCHIVE_AUTO, ARCHIVE_WHATSAPP, ARCHIVE_TELEGRAM, ARCHIVE_EVENTS, ARCHIVE_FACEBOOK, ARCHIVE_INSTAGRAM, ARCHIVE_X,
    ARCHIVE_LINE, ARCHIVE_YOUTUBE, ARCHIVE_CSV, ARCHIVE_FORMAT_COUNT
};
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

/* How a table without a format of its own was understood: for a person to look at before believing it. */
#define MAPPING_COLUMNS 64
#define MAPPING_SAMPLES 10
struct archive_mapping {
    const char *delimiter;                    /* "," ";" "|" or "tab" */
    const char *encoding;                     /* "utf-8", "utf-16", "windows-1252" (a guess: neither of the others) */
    bool has_header;
    size_t column_count;                      /* of the first MAPPING_COLUMNS */
    struct archive_column {
        struct text header;                   /* empty without a header */
        const char *field;                    /* "sent_at", "author", "text", "direction" …; NULL: not used */
    } columns[MAPPING_COLUMNS];
    size_t sample_count;                      /* first records, header left out */
    struct text samples[MAPPING_SAMPLES][MAPPING_COLUMNS];     /* cut to 80 bytes */
};

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
    bool own_words_only;                      /* what was read holds only what the account's owner wrote: no customer's words */
    bool sides_known;                         /* every record tells by itself who spoke: nobody need say which name is ours */
    bool has_ids;                             /* the ids are the platform's (or the file's) own, not made up here */
    int64_t repaired, unrepaired;             /* texts whose damaged letters were mended; that looked damaged and were kept */
    bool probably_truncated;                  /* near WhatsApp's 40,000 / 10,000 limits */
    struct text self;                         /* found or given; absent = must be asked */
    bool self_sure;
    size_t author_count;                      /* of the first SUMMARY_AUTHORS distinct authors */
    struct { struct text name; int64_t messages; } authors[SUMMARY_AUTHORS];
    struct text title;                        /* chat title or peer, where known */
    const struct archive_mapping *mapping;    /* NULL but for CSV */
};

/* As a JSON object: {"delimiter","encoding","header","columns":[{"column","field","samples":[]}]}. */
struct json_out;
void archive_mapping_write(const struct archive_mapping *m, struct json_out *j);

struct reader;

/* Says what the first bytes look like; ARCHIVE_AUTO = not recognised (why->text names a likely other kind). */
enum archive_format archive_sniff(struct text head, struct text file_name, struct fail *why);
const char *archive_format_word(enum archive_format f);
bool archive_format_from_word(struct text word, enum archive_format *out);

struct reader *reader_new(enum archive_format format, const struct archive_options *options, event_sink *sink,
                          void *arg);
void reader_free(struct reader *r);
bool archive_is_tree(enum archive_format f);
/* Ends the file before. name: as in the zip, with its folders; copied. A failure names the file in why->field. */
MUST_CHECK int reader_next_file(struct reader *r, struct text name, struct fail *why);
unsigned reader_passes(const struct reader *r);
MUST_CHECK int reader_feed(struct reader *r, struct text piece, struct fail *why);
MUST_CHECK int reader_end_pass(struct reader *r, struct fail *why);
const struct archive_summary *reader_summary(const struct reader *r);   /* borrowed from r */

#endif

/* Parts of the WhatsApp reader (exports.md 1), split by subject. Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_WHATSAPP_PRIV_H
#define TANGGAP_ARCHIVE_WHATSAPP_PRIV_H

#include "archive/reader.h"
#include "util/arena.h"
#include "util/buf.h"

#include <stdint.h>

#define WA_HEAD_MAX 2048            /* a header and its author lie within these first bytes of a line */
#define WA_NAME_MAX 256
#define WA_TEXT_MAX (1024 * 1024)   /* a longer message goes out in parts */

/* ---- stamps: whatsapp_stamp.c reads them, whatsapp_day.c says what they mean ---- */

/* Bits of a stamp's shape. */
enum {
    SHAPE_BRACKET = 1u << 0,
    SHAPE_COMMA = 1u << 1,
    SHAPE_SECONDS = 1u << 2,
    SHAPE_MARKER = 1u << 3,
    SHAPE_MARKER_FIRST = 1u << 4,
    SHAPE_TIME_FIRST = 1u << 5,
    SHAPE_YEAR_TOLD = 1u << 6,
    SHAPE_YEAR_FIRST = 1u << 7,
    SHAPE_OTHER_DIGITS = 1u << 8,
    SHAPE_JOINER = 1u << 9,
    SHAPE_DATE_SEP = 10,            /* 3 bits */
    SHAPE_TIME_SEP = 13,            /* 2 bits */
    SHAPE_TAIL = 15,                /* 2 bits */
};

enum { SEP_SLASH = 1, SEP_DOT, SEP_DASH, SEP_CJK };
enum { TIME_COLON = 1, TIME_DOT, TIME_H };
enum { TAIL_DASH = 1, TAIL_COLON, TAIL_COMMA };

enum wa_pad { PAD_OPEN, PAD_NONE, PAD_ZERO };

struct wa_stamp {
    uint32_t shape;                 /* separators, brackets, clock …: equal for all headers of one export */
    int field[3];                   /* the date's numbers as written */
    int year;                       /* Gregorian, where the file tells (four digits, era, Buddhist); else -1 */
    int year_at;                    /* which field that is; -1: none told */
    int hour, minute, second;       /* 24 h clock */
    /* Of each number of the date: PAD_NONE one digit, PAD_ZERO a zero before it, PAD_OPEN cannot tell ("15"). One phone
     * pads always alike. */
    uint8_t pad[3];
    bool has_marker, has_lower;     /* 12 h marker; it was not plain AM or PM */
    bool has_era;                   /* R6, H31, 2567 BE: a phone set to another calendar */
    bool has_weak_sep;              /* '.' or '-' between the date's numbers, or other digits than ASCII's */
    bool no_year;                   /* [15/06, 21:05]: copied from the screen, not an export */
};

/* Layouts of headers read lately: the next one is most likely the same but for its digits. Zero = none yet. */
#define WA_LAYOUTS    6
#define WA_LITERAL    24
#define WA_NUMBERS    6
struct wa_layout {
    struct wa_stamp stamp;          /* of the header it was made from */
    int marker;
    bool is_time_first;
    uint8_t numbers, year_digits, lead_len[WA_NUMBERS + 1];
    char lead[WA_NUMBERS + 1][WA_LITERAL];       /* bytes before each number, and after the last */
};
struct wa_memo {
    struct wa_layout layouts[WA_LAYOUTS];
    unsigned count, next, latest;
};

/* Length of the header at the start of line (marks before it included) up to its body; 0: none. A memo (NULL is fine)
 * makes it faster, never different. */
size_t wa_stamp_parse(struct wa_memo *memo, struct text line, struct wa_stamp *out);
/* Days since 1970 under a reading; false if that is no date WhatsApp can have written. */
bool wa_stamp_day(const struct wa_stamp *s, enum date_order order, int64_t *day);
bool wa_stamp_is_korean(uint32_t shape);          /* "…, Name : text" */
bool wa_stamp_is_bracket(uint32_t shape);
bool wa_stamp_tells_year(uint32_t shape);         /* four digits, era … */
/* Length of the left-to-right, right-to-left and byte-order marks at the start of t. */
size_t wa_marks(struct text t);

/* ---- date order and segments: whatsapp_order.c ---- */

enum wa_reading { WA_DMY, WA_MDY, WA_YMD, WA_READINGS };

/* One date under all readings; kept while the date stays the same. */
struct wa_days {
    int field[3], year, year_at;
    bool valid[WA_READINGS];
    int64_t day[WA_READINGS];
};
void wa_days_of(struct wa_days *d, const struct wa_stamp *s);

#define WA_SEGMENTS 24
#define WA_RANGES 64
#define WA_RUN 20                   /* so many headers in a row make another shape or an earlier time believable */

struct wa_candidate {
    long line;
    int64_t media_day;              /* told by a file's name; 0 none */
    struct wa_stamp stamp;
};

/* One export of possibly several glued together. */
struct wa_segment {
    long first_line;
    uint32_t shape;
    uint8_t pad[3];
    int64_t count, short_count, padded, marked, lower, weak_sep, told_first, era;
    enum date_order side;           /* what numbers over 12 have shown; AUTO: nothing yet */
    int64_t support;
    int64_t invalid[WA_READINGS], late[WA_READINGS], jumps[WA_READINGS], media[WA_READINGS];
    int64_t last_day[WA_READINGS];
    /* numbers over 12 that contradict, since the last that supported */
    int64_t against, against_records;
    long against_line;
    enum date_order order;
    const char *rule;
    bool is_sure;
};

/* What pass 1 learns about times under one reading. */
struct wa_flow {
    int64_t level;                  /* seconds of the last believed header */
    int64_t seen, total;
    int64_t before_jump;            /* level before the last leap forward */
    long jump_line;
    int64_t since_jump;             /* headers since; > WA_QUOTE: the leap was real */
    int64_t back_run;
    int64_t back_level;
    long back_line;
    struct { long from, to; } quoted[WA_RANGES];
    size_t quoted_count;
    long restart[WA_RANGES];        /* lines where time begins again: glued exports */
    size_t restart_count;
};

/* Of the segment's shape, and padded like its other dates? */
bool wa_segment_has(const struct wa_segment *seg, const struct wa_stamp *s);
void wa_segment_count(struct wa_segment *seg, const struct wa_candidate *c, const struct wa_days *days, int64_t late_day);
/* Media names carry their own date: the day that one in body tells, or 0. */
int64_t wa_media_day(struct text body);
void wa_segment_decide(struct wa_segment *seg, const struct archive_options *options);
/* False: under this reading the header is a quotation (more than a day before what was believed). */
bool wa_flow_take(struct wa_flow *f, int64_t seconds, long line);
/* In a short file fewer headers than WA_RUN make a glued export believable. */
void wa_flow_end(struct wa_flow *f);
bool wa_flow_is_quoted(const struct wa_flow *f, long line);
bool wa_flow_is_restart(const struct wa_flow *f, long line);
enum wa_reading wa_reading_of(enum date_order order);

/* ---- names: whatsapp_author.c ---- */

struct wa_name {
    struct text name;               /* as written */
    struct text phone;              /* E.164 where the name is only a number */
    uint64_t hash;
    int64_t count;                  /* header lines with this prefix before a colon */
    int64_t alone;                  /* … with no further colon that could belong to the name */
    int64_t covered;                /* … with a longer prefix that repeats */
    int64_t proven;                 /* … with nothing behind it but what the app writes, which is always a whole text */
    struct wa_name *parent;         /* the shorter prefix, or NULL */
    int64_t messages;               /* handed over in pass 2 */
    bool has_verb;                  /* reads like a notice */
    bool has_quote;                 /* may hold a quotation mark */
    bool has_longer;                /* some longer prefix is in the table */
    bool is_author;                 /* decided by wa_names_settle */
    bool is_self;
};

#define WA_NAMES 4096
struct wa_names {
    struct arena *mem;
    struct wa_name **all;
    uint16_t *index;                /* open addressing, value = position + 1 */
    size_t count;
};

void wa_names_init(struct wa_names *n, struct arena *mem);
/* Learns from one record's first line, without its end; returns the entry of its likely author or NULL (a notice). */
struct wa_name *wa_names_learn(struct wa_names *n, struct text body, bool is_korean);
void wa_names_settle(struct wa_names *n, struct text title);
/* Splits a record's first line, without its end: 1 = author found, *text the rest of the line and *own_line whether it began on the next line. 0 = notice.
 * A known author gives *entry; a name not in the table leaves it NULL with *name set. */
int wa_names_split(const struct wa_names *n, struct text body, bool is_korean, struct wa_name **entry,
                   struct text *name, struct text *text, bool *own_line);
/* Does the longer prefix belong to the name? Either the shorter one hardly ever stands alone, or the app's own words
 * stood right behind the longer one. */
bool wa_is_longer_name(const struct wa_name *shorter, const struct wa_name *longer);
/* "+628110000001" of a number as WhatsApp writes it, into out (needs 20 bytes); empty if t is not a number. */
struct text wa_phone(struct text t, char out[20]);
/* Same name but for blanks and marks? */
bool wa_name_same(struct text a, struct text b);
/* The peer or group that an export's file name tells; absent if it tells none. Lives in mem. */
struct text wa_title(struct text file_name, struct arena *mem);
/* What the file is called, for a group whose name is not told; absent where it is called as every export is. */
struct text wa_file_words(struct text file_name, struct arena *mem);

/* ---- pass 1: whatsapp_survey.c ---- */

#define WA_EARLY 200                /* headers that vote for the shape */

enum wa_line_end { WA_START, WA_LF, WA_CRLF };


struct wa_survey {
    const struct archive_options *options;
    struct wa_memo memo;
    struct wa_days days;
    struct wa_names names;
    struct wa_segment segments[WA_SEGMENTS];
    size_t segment_count;           /* 0: the early vote is not over */
    struct wa_flow flow[WA_READINGS];
    struct wa_candidate early[WA_EARLY];
    size_t early_count;
    struct wa_candidate rival[WA_RUN];      /* headers in a row of another shape than the current */
    size_t rival_count;
    long turn_line;                 /* where the current reading first ran backwards since it was last confirmed */
    int64_t turn_day;
    int64_t headers[3], texts[3];   /* lines by how the line before ended: headers of the shape, everything else */
    int64_t total, without_year;
    struct text title;              /* as the file's name tells it */
    struct wa_name *named_by_delete;/* wrote "You deleted this message": us */
    struct wa_name *first_peer;     /* author of iOS's first notice: the other side */
    bool has_group_notice;
};

void wa_survey_init(struct wa_survey *s, const struct archive_options *options, struct arena *mem);
/* A line without its end; `before` is how the line before it ended. */
void wa_survey_line(struct wa_survey *s, struct text line, long number, enum wa_line_end before);
void wa_survey_end(struct wa_survey *s);
/* Only CRLF ends a record (iOS): a bare LF is part of the text. */
bool wa_survey_is_crlf(const struct wa_survey *s);

/* ---- phrases: whatsapp_phrases.c ---- */

enum wa_what { WA_TEXT, WA_OMITTED, WA_ATTACHED, WA_LOCATION, WA_LIVE_LOCATION, WA_DELETED, WA_DELETED_BY_US, WA_CALL,
               WA_WAITING, WA_NOTICE };

struct wa_kind {
    enum wa_what what;
    const char *word;               /* kind of notice, call or left-out media; NULL */
    bool is_edited, is_group;
    struct text file;               /* ATTACHED: name; LOCATION: the link */
    size_t clean_len;               /* text without an edited mark */
};

/* What an author's text is. is_ios: texts of the app itself begin with a mark. */
void wa_classify(struct text text, bool is_ios, bool is_first, const struct archive_options *options,
                 struct wa_kind *out);
/* Is the whole text something the app puts in place of a message (left-out media, an attachment, a removal)? */
bool wa_is_app_text(struct text text);
/* What a line without author says: fills word and is_group. */
void wa_classify_notice(struct text text, struct wa_kind *out);
/* Does this read like the beginning of a notice ("Sari changed the subject to \"Promo")? */
bool wa_has_verb(struct text prefix);
enum attachment_type wa_attachment_type(struct text file_name);

#endif

/* From a WhatsApp record to an event: times, sides, kinds, ids. Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_WHATSAPP_EVENT_H
#define TANGGAP_ARCHIVE_WHATSAPP_EVENT_H

#include "reader_priv.h"
#include "whatsapp_priv.h"

/* The record that is being read. */
struct wa_record {
    bool is_open;
    int64_t wall;                  /* seconds since 1970 as if UTC */
    long line;
    bool is_ios;
    bool is_first;                 /* of the file */
    bool skip_line_end;            /* "Name:" ended its line: the text begins on the next */
    bool is_continued;             /* a part of it went out already */
    size_t text_at;                /* where the text begins in the body */
    struct wa_name *entry;         /* author known from pass 1, or NULL */
    struct text name;              /* author as written, in name_bytes or the entry; absent: a notice */
    char name_bytes[WA_NAME_MAX];
};


struct wa_events {
    struct reader *base;
    const struct wa_survey *survey;
    struct made_seen *seen;
    struct buf clean, key, name, detail;
    struct event blank;            /* what all events of the file share */
    uint8_t thread_key[16];
    char thread_id[40];
    bool is_group;
    int64_t records;
    /* the day whose distance from UTC is known, where it is the same all day */
    int64_t flat_day, flat_offset_us;
    bool has_flat_day;
    time_us last_at;
};

/* After pass 1: who is who, group or not, the summary's first half. */
void wa_events_begin(struct wa_events *e, struct reader *base, struct wa_survey *survey);
/* A header was found: fills record from the body behind it. */
void wa_events_open(struct wa_events *e, struct wa_record *record, struct text body, const struct wa_stamp *stamp,
                    int64_t wall, long line);
/* One event of the record; raw may still hold the record's closing line end if is_last. */
int wa_events_emit(struct wa_events *e, struct wa_record *record, struct text raw, bool is_last, struct fail *why);
void wa_events_end(struct wa_events *e);
void wa_events_fini(struct wa_events *e);

#endif

/* An archive's events into a channel: staged in bounded memory, aligned with what is stored (exports.md 8.2), merged
 * all or nothing. One struct import lives inside one db_tx. */
#ifndef TANGGAP_DOMAIN_IMPORT_H
#define TANGGAP_DOMAIN_IMPORT_H

#include "db/query.h"
#include "domain/event.h"

struct import_options {
    int64_t channel_id;
    int64_t archive_id;
    bool has_ids;                 /* the source has message ids of its own (Telegram, events): exact, no alignment */
};

struct import_summary {
    int64_t read, fresh, known, skipped;       /* read = fresh + known + skipped (skipped: see the reader's summary) */
    int64_t changes;                           /* reactions and the like, which say nothing themselves; not in read */
    int64_t edited, deleted;                   /* known messages whose text changed or vanished at the source */
    int64_t people, conversations, unanswered;
    time_us first_at, last_at;
    int32_t shift_minutes;                     /* the whole file lies this much off what is stored; 0 = none */
};

struct import;

MUST_CHECK int import_begin(struct ctx *c, const struct import_options *options, struct import **out);
MUST_CHECK int import_add(struct import *im, const struct event *ev);       /* an event_sink's body */
/* Aligns and merges. Calls tick() now and then with rows merged so far (progress is written on another connection). */
MUST_CHECK int import_merge(struct import *im, void (*tick)(int64_t done, int64_t total, void *arg), void *arg,
                            struct import_summary *out);
void import_free(struct import *im);

struct import_undone {
    int64_t messages;             /* gone */
    int64_t kept;                 /* brought by this file and told by another too: they stay, as that one's */
    int64_t people;
};
/* Takes a whole file back: its messages, and the strands and people that nothing else knows; what remains around them is
 * reckoned again. Stays: what its platform or another file told too, edits it brought to others' messages, reactions on
 * them, and the channel. Opens its own transaction. NOT_FOUND; CONFLICT when it was not imported or is taken back already. */
MUST_CHECK int import_undo(struct ctx *c, int64_t archive, struct import_undone *out);

#endif

/* From events in normal form to rows: once, for every source. Exactly-once, in any order, set-based.
 * The same set of events gives the same rows, whatever the order, the batching or the repetition (design promise 2):
 * messages by (business, channel, external id); edits, deletes, reactions and statuses that overtake their message are
 * parked and applied when it comes; conversations are episodes by the business's gap (metrics 2.1); waits by 2.2. */
#ifndef TANGGAP_DOMAIN_INGEST_H
#define TANGGAP_DOMAIN_INGEST_H

#include "db/query.h"
#include "domain/event.h"

struct ingest_item {
    struct event event;           /* borrowed                                                    */
    int64_t channel_id;
    time_us received_at;
    bool is_backfill;             /* history: volume yes, speed no, no notice                    */
    int64_t person_id;            /* our own send, by whom: MESSAGE, direction out, device panel, the id the platform
                                   * gave. Its echo may be here already or come later; one row results. 0 otherwise. */
};

#define INGEST_MAX_THREADS 256
struct ingest_result {
    int64_t messages_new, messages_known, edits, deletes, reactions, statuses, parked, unsupported;
    int64_t threads[INGEST_MAX_THREADS];    /* touched, for the panels' notice; distinct */
    size_t thread_count;                    /* > INGEST_MAX_THREADS: too many, refresh all */
    int64_t forgotten;                      /* left out: said by somebody before we promised to forget them */
    int64_t media_wanted;                   /* attachments to fetch; a JOB_MEDIA {"messages":["id",…]} was queued */
};

/* In the caller's transaction, inside the entered business, whose ingest must be serialised by the caller
 * (ingest_lock). Adds to *out. */
MUST_CHECK int ingest_events(struct ctx *c, const struct ingest_item *items, size_t count, struct ingest_result *out);

/* Transaction-scoped advisory lock: one ingest a business at a time, across processes. */
MUST_CHECK int ingest_lock(struct ctx *c);
/* The same without waiting: 1 ours, 0 held by somebody else, -1. */
MUST_CHECK int ingest_try_lock(struct ctx *c);

/* Recomputes episodes, waits and head columns of threads after a person's act or a repair: write the act first
 * (conversation.status, resolved_at, is_touched; activity kind 4 "no reply needed" or 5 "spam" with its time), then
 * call this; never write waits yourself. Takes ingest_lock first. */
MUST_CHECK int ingest_refresh_threads(struct ctx *c, const int64_t *threads, size_t count);

#endif

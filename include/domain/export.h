/* What a business owns, out again as events in the normal form: by thread, in order, each message with its edits, its
 * deletion and its reactions behind it. Importing the lines gives the same rows, exporting those the same bytes. */
#ifndef TANGGAP_DOMAIN_EXPORT_H
#define TANGGAP_DOMAIN_EXPORT_H

#include "db/query.h"
#include "domain/event.h"

struct export_filter {
    int64_t channel_id;           /* 0: all channels */
    int64_t contact_id;           /* 0: everybody; else the threads that are theirs and what they said in groups */
};

/* Inside db_tx (one snapshot: open it REPEATABLE READ or accept what is committed meanwhile) or outside. Memory stays
 * flat. -1 when the sink stops or the database fails. NOT_FOUND: no such channel or contact. */
MUST_CHECK int export_events(struct ctx *c, const struct export_filter *filter, event_sink *sink, void *arg);

#endif

/* The inbox list: pages of rows, each page one statement. */
#ifndef TANGGAP_DOMAIN_INBOX_H
#define TANGGAP_DOMAIN_INBOX_H

#include "db/query.h"

enum inbox_view { INBOX_WAITING, INBOX_OPEN, INBOX_MINE, INBOX_UNASSIGNED, INBOX_RESOLVED, INBOX_SPAM, INBOX_VIEW_COUNT };
enum conversation_status { CONVERSATION_OPEN, CONVERSATION_SNOOZED, CONVERSATION_RESOLVED, CONVERSATION_SPAM };

struct inbox_row {
    int64_t id, thread, channel, contact, assignee;      /* 0: none */
    int16_t type, platform, last_side, status;
    struct text name, preview;
    time_us last_at, wait_since, first_at;
    time_us last_in_at;           /* the customer's last word, of direct strands */
    bool unread, is_backfill;
};
typedef int inbox_row_fn(const struct inbox_row *row, void *arg);

struct inbox_query {
    enum inbox_view view;
    int64_t channel;              /* 0: all                          */
    time_us after_at;             /* where the last page ended       */
    int64_t after_id;
    int64_t limit;
};

MUST_CHECK int inbox_page(struct ctx *c, const struct inbox_query *q, inbox_row_fn *row, void *arg);
/* 1/0/-1 */
MUST_CHECK int inbox_get(struct ctx *c, int64_t conversation, struct inbox_row *out);
MUST_CHECK int inbox_of_contact(struct ctx *c, int64_t contact, inbox_row_fn *row, void *arg);

struct inbox_counts {
    int64_t waiting, mine, open, unassigned, channels_ill;      /* capped at 1000 */
    time_us oldest_wait;
};
MUST_CHECK int inbox_counts(struct ctx *c, struct inbox_counts *out);

#endif

/* Waits of a thread (metrics.md 2.2), pure. A wait starts at the first customer message of a turn that needs a reply
 * and is ended by the first of: a human reply anywhere in the thread; the customer deleting all that waits; a person
 * saying that no reply is needed, resolving, or marking spam. Automatic messages, edits, reactions and deleted or
 * failed replies have no effect, so taking a reply away reopens the clock from its original start. */
#ifndef TANGGAP_DOMAIN_WAITS_H
#define TANGGAP_DOMAIN_WAITS_H

#include "domain/episode.h"

enum wait_end { WAIT_OPEN, WAIT_ANSWERED, WAIT_WITHDRAWN, WAIT_DISMISSED, WAIT_SPAM, WAIT_CLOSED };

#define EPISODE_ELSEWHERE SIZE_MAX
struct wait {
    size_t episode;               /* index, or EPISODE_ELSEWHERE: an older one, named by conversation */
    int64_t conversation;         /* row, where known */
    int64_t row;                  /* of the wait itself, 0: not stored */
    time_us started_at, seen_at;  /* seen_at: when we received what started it */
    int64_t started_by;
    time_us ended_at;             /* TIME_NONE while open */
    int64_t ended_by, agent_id;
    enum wait_end end;
    bool is_backfill;
    bool is_changed;              /* differs from what was handed in */
    bool has_live;                /* some waiting message stands */
    bool ended_in_history;        /* the answer is imported as well: the wait is not worth a row */
    time_us withdrawn_at;         /* newest deletion of a waiting message */
};

/* Everything a thread's messages add up to. Start empty for a whole window, or with the head episode and the open waits
 * to go on from there; either way the same messages give the same end. */
struct strand {
    struct arena *mem;
    int64_t gap_us;
    struct episode *episodes;
    size_t episode_count, episode_room;
    size_t current;               /* index; EPISODE_ELSEWHERE: none yet */
    time_us before_at;            /* end of the episode before the window, TIME_NONE: none */
    bool before_replied;          /* and whether we had answered there */
    struct wait *waits;
    size_t wait_count, wait_room;
    size_t wait_open;             /* all before this one have ended */
    int64_t last_reply_id, last_reply_person;      /* newest reply sent from here */
    time_us last_reply_at, last_reply_received_at;
    bool last_reply_backfill;
};

void strand_init(struct strand *s, struct arena *mem, int64_t gap_us);
/* Adds an episode known beforehand (a touched one, or the head to go on from); returns its index. */
size_t strand_know(struct strand *s, const struct episode *e);
void strand_know_wait(struct strand *s, const struct wait *w);
/* Next message in order; sets m->episode and m->needs_reply. */
void strand_feed(struct strand *s, struct strand_message *m);
/* After the last message: lets acts and deletions end what they end. */
void strand_finish(struct strand *s);
/* Start of the oldest open wait, or TIME_NONE. */
time_us strand_wait_since(const struct strand *s);

#endif

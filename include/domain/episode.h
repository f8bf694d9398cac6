/* Episodes of a thread (metrics.md 2.1), pure: messages in the order (sent_at, external id) are fed one by one, and an
 * episode ends where a new one begins:
 *   - a message of either side after the gap of silence (counted from the last message that is not a system line),
 *     unless it is our late answer to the customer, which belongs to the question;
 *   - a customer's first message after a person resolved the episode, or one that person could not have seen yet.
 * An episode that a person touched keeps its messages and its row for ever: newcomers may join it, nothing leaves it,
 * and two of them never merge. System lines join what is there. */
#ifndef TANGGAP_DOMAIN_EPISODE_H
#define TANGGAP_DOMAIN_EPISODE_H

#include "domain/event.h"

#include <stdint.h>

/* What a message's words ask for (message.reply_class). */
enum reply_class { REPLY_NONE, REPLY_NEEDED, REPLY_ACK, REPLY_NEVER };

struct strand_message {
    int64_t id;
    time_us sent_at, received_at;
    struct text external_id;      /* orders messages of one instant */
    int64_t home;                 /* conversation it is stored in, 0: none yet */
    bool is_pinned;               /* home was touched by a person */
    int64_t person_id;
    uint8_t direction;            /* enum direction   */
    uint8_t sender_kind;          /* enum sender_kind */
    uint8_t device;               /* enum device      */
    uint8_t reply_class;          /* enum reply_class */
    bool is_failed;               /* never reached the customer */
    bool is_post;                 /* published for all: talks to nobody */
    bool is_backfill;
    time_us deleted_at;           /* TIME_NONE: it stands */
    bool needs_reply;             /* as stored; rewritten by strand_feed */
    struct text text;             /* its first words, for the list; may be absent */
    size_t episode;               /* result: index into the strand's episodes */
};

struct episode {
    int64_t conversation;         /* row it has, 0: none yet */
    bool is_touched, is_spam, is_snoozed, is_stored;
    time_us resolved_at;          /* TIME_NONE: not */
    time_us spam_at;              /* with is_spam; TIME_NONE: since ever */
    const time_us *dismissed_at;  /* "no reply needed", ascending */
    size_t dismissed_count;

    bool has_real;                /* holds something else than system lines */
    bool is_backfill;             /* all of it is imported history */
    bool has_human_reply;
    bool follows_reply;           /* cut by a resolve, not by silence, from an episode that had one */
    uint8_t started_by, turn_side, last_side;
    time_us first_at, last_at, last_in_at;
    int64_t last_message;
    struct text last_text;
    int32_t message_count;
};

void episode_init(struct episode *e);
/* Would m begin a new episode after e? Pins are the caller's business. */
bool episode_begins(const struct episode *e, const struct strand_message *m, int64_t gap_us);
void episode_take(struct episode *e, const struct strand_message *m);

/* A reply that stops clocks: a person wrote it, and it stands and arrived. */
bool strand_is_human_reply(const struct strand_message *m);
bool strand_is_customer(const struct strand_message *m);
bool strand_is_system(const struct strand_message *m);
/* -1, 0, 1 by (sent_at, external id). */
int strand_order(const struct strand_message *a, const struct strand_message *b);

#endif

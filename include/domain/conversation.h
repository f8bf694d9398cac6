/* One conversation: its thread's messages, and what people do to it. Acts write a line of activity and one of audit
 * in the same transaction. */
#ifndef TANGGAP_DOMAIN_CONVERSATION_H
#define TANGGAP_DOMAIN_CONVERSATION_H

#include "domain/inbox.h"

struct conversation_place {
    int64_t conversation, thread, channel, contact, last_message;
    int16_t status, type, platform, transport, channel_status;
    bool is_head, is_blocked;
    struct text detail;           /* of the thread: JSON */
    time_us last_in_at;           /* the customer's last word; TIME_NONE: none yet */
};
/* 0, or -1 with NOT_FOUND. */
MUST_CHECK int conversation_place(struct ctx *c, int64_t id, struct conversation_place *out);

struct episode {
    int64_t id;
    time_us first_at, last_at, resolved_at;
    int16_t status;
    struct text resolved_by;
};
typedef int episode_fn(const struct episode *e, void *arg);
MUST_CHECK int conversation_episodes(struct ctx *c, int64_t thread, episode_fn *row, void *arg);

struct message_view {
    int64_t id, conversation, identity, person, reply_to;
    int16_t direction, sender_kind, device, kind, delivery, version;
    struct text external_id, author_name, person_name, text, entities, reply_text, reply_name, fail_text, detail;
    struct text attachments, reactions;       /* JSON arrays or absent */
    struct text moderation;                   /* JSON: the act that is on its way or was refused; absent: none */
    time_us sent_at, edited_at, deleted_at;
    bool has_reply_to, is_backfill;
};
typedef int message_fn(const struct message_view *m, void *arg);
/* What stands beside a page of messages: whether replies are on their way or people have acted in the thread. */
struct conversation_beside {
    int64_t thread;
    bool has_pending, has_activity;
};
/* Newest first, older than (at, id), of the conversation's whole thread. NOT_FOUND. */
MUST_CHECK int message_page(struct ctx *c, int64_t conversation, time_us at, int64_t id, int64_t limit, message_fn *row,
                            void *arg, struct conversation_beside *beside);

/* The one message, if it is there. */
MUST_CHECK int message_at(struct ctx *c, int64_t id, message_fn *row, void *arg);

struct message_version_view {
    int16_t version;
    time_us seen_at;
    struct text text;
};
typedef int message_version_fn(const struct message_version_view *v, void *arg);
MUST_CHECK int message_versions(struct ctx *c, int64_t message, message_version_fn *row, void *arg);

enum activity_kind {
    ACTIVITY_RESOLVED = 1, ACTIVITY_REOPENED, ACTIVITY_ASSIGNED, ACTIVITY_NO_REPLY, ACTIVITY_SPAM, ACTIVITY_NOT_SPAM,
    ACTIVITY_MODERATED, ACTIVITY_MERGED, ACTIVITY_SPLIT
};
struct activity_view {
    int64_t id, conversation;
    int16_t kind;
    struct text person, detail;
    time_us at;
};
typedef int activity_fn(const struct activity_view *a, void *arg);
MUST_CHECK int activity_since(struct ctx *c, int64_t thread, time_us since, activity_fn *row, void *arg);

/* What a person may do; the thread it happened in comes out for the panels' notice. CONFLICT when the state does not
 * allow it, NOT_FOUND. Doing again what is done already changes nothing and succeeds. */
enum conversation_act { ACT_RESOLVE, ACT_REOPEN, ACT_SPAM, ACT_NOT_SPAM, ACT_NO_REPLY, ACT_COUNT };
MUST_CHECK int conversation_act(struct ctx *c, int64_t id, enum conversation_act act, const char *reason,
                                int64_t *thread);
/* person 0: nobody. BAD_FIELD "person" when she is no member. */
MUST_CHECK int conversation_assign(struct ctx *c, int64_t id, int64_t person, int64_t *thread);
/* Read up to this message. */
MUST_CHECK int conversation_read(struct ctx *c, int64_t id, int64_t message);

#endif

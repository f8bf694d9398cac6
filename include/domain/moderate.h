/* What people do to messages at their platform: hidden, deleted, liked, edited … A row says what is wanted; `work` asks
 * the platform and notes the outcome as events, so that it looks the same whoever did it. */
#ifndef TANGGAP_DOMAIN_MODERATE_H
#define TANGGAP_DOMAIN_MODERATE_H

#include "db/query.h"

/* Stored: append only. The first eight are enum moderation of platform/connector.h, in its order. */
#define MODERATE_ACTS(X)                                                                                    \
    X(HIDE, "hide") X(UNHIDE, "unhide") X(DELETE, "delete") X(LIKE, "like") X(UNLIKE, "unlike")             \
    X(HOLD, "hold") X(PUBLISH, "publish") X(REJECT, "reject") X(EDIT, "edit") X(REACT, "react")
#define X(name, word) MODERATE_ACT_##name,
enum moderate_act { MODERATE_ACTS(X) MODERATE_ACT_COUNT };
#undef X
/* NULL-terminated, by number. */
extern const char *const moderate_words[];

/* Why something is taken out of sight (metrics 3.7 G-07). Criticism is no reason, and so no word for it is here. */
extern const char *const moderate_reasons[];
/* Must a reason be given? */
bool moderate_needs_reason(enum moderate_act act);

/* Where a message stands, for deciding what may be done to it. */
struct moderate_place {
    int64_t thread, conversation, channel;
    int16_t type, direction, kind, platform, transport;
    time_us deleted_at;
    bool is_private;                    /* an answer to a comment that went to its author alone */
};
/* 1, 0 no such message, or its channel is removed, -1. */
MUST_CHECK int moderate_place(struct ctx *c, int64_t message, struct moderate_place *out);

struct moderate {
    struct text key;                    /* the client's; the same again gives the same act */
    int64_t message;
    enum moderate_act act;
    const char *reason;                 /* NULL: none */
    struct text text;                   /* EDIT: the new words; REACT: one emoji, empty takes it back */
};
/* Queues the act with its job, and a line of audit. What waits and would be undone by it is dropped. CONFLICT when the
 * key was used for something else. */
MUST_CHECK int moderate_ask(struct ctx *c, const struct moderate *in, const struct moderate_place *at, int64_t *id);

struct moderation_view {
    int64_t id, message;
    int16_t act, state;
    struct text reason, fail_code, fail_text, person;
    time_us created_at;
};
MUST_CHECK int moderation_get(struct ctx *c, int64_t id, struct moderation_view *out);       /* 1, 0, -1 */

#endif

/* Messages of a thread in shorthand, for the tests of episodes and waits. Times are minutes. */
#ifndef TANGGAP_TESTS_STRAND_KIT_H
#define TANGGAP_TESTS_STRAND_KIT_H

#include "unit.h"

#include "domain/waits.h"

#define MIN (60 * US_PER_S)
#define DAY (24 * 60)

/* in: needs a reply; ack: thanks; out: a person of ours; bot; note: a system line */
enum say { SAY_IN, SAY_ACK, SAY_NEVER, SAY_OUT, SAY_BOT, SAY_NOTE };

struct told {
    enum say say;
    int64_t at;         /* minutes */
    int64_t deleted_at; /* minutes, 0: stands */
    bool failed, backfill, panel;
    int64_t home;        /* touched conversation it lies in, 0: none */
    int64_t received_at; /* minutes, 0: when it was sent */
};

static inline struct strand_message kit_message(const struct told *t, int64_t id)
{
    struct strand_message m = { .id = id,
                                .sent_at = t->at * MIN,
                                .deleted_at = t->deleted_at ? t->deleted_at * MIN : TIME_NONE,
                                .received_at = (t->received_at ? t->received_at : t->at) * MIN,
                                .is_failed = t->failed,
                                .is_backfill = t->backfill,
                                .home = t->home,
                                .is_pinned = t->home != 0,
                                .person_id = t->panel ? 42 : 0,
                                .device = t->panel ? DEVICE_PANEL : DEVICE_NATIVE };

    m.direction = t->say <= SAY_NEVER ? DIRECTION_IN : t->say == SAY_NOTE ? DIRECTION_SYSTEM : DIRECTION_OUT;
    m.sender_kind = t->say <= SAY_NEVER ? SENDER_CUSTOMER
                    : t->say == SAY_OUT ? SENDER_AGENT
                    : t->say == SAY_BOT ? SENDER_AUTO
                                        : SENDER_SYSTEM;
    m.reply_class = t->say == SAY_IN      ? REPLY_NEEDED
                    : t->say == SAY_ACK   ? REPLY_ACK
                    : t->say == SAY_NEVER ? REPLY_NEVER
                                          : 0;
    return m;
}

static inline void kit_feed(struct strand *s, const struct told *told, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct strand_message m = kit_message(&told[i], (int64_t)i + 1);

        strand_feed(s, &m);
    }
}

#define STRAND(s, ...)                                                                                                 \
    do {                                                                                                               \
        static const struct told told_[] = { __VA_ARGS__ };                                                            \
        strand_init((s), kit_mem, DAY *MIN);                                                                           \
        kit_feed((s), told_, COUNT_OF(told_));                                                                         \
        strand_finish(s);                                                                                              \
    } while (0)

#endif

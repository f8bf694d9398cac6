/* Bounded two-lane work queue with its threads. The quick lane may use every thread, the bulk lane at most half, so
 * that slow reports never starve the inbox. An item belongs to the queue once pushed and is always run exactly once:
 * at stop the remaining items are run too (with `stopping` true, so that they can answer "try again"). */
#ifndef TANGGAP_UTIL_WORKQ_H
#define TANGGAP_UTIL_WORKQ_H

#include "util/text.h"

enum lane { LANE_QUICK, LANE_BULK, LANE_COUNT };

struct workq_item {
    struct workq_item *next;
};

struct workq;

/* `thread_begin` makes the thread's own state (its database connection); `run` gets it; `thread_end` undoes it. Without
 * `thread_begin` the state is `shared` itself. */
struct workq_ops {
    void *(*thread_begin)(void *shared, unsigned index);
    void (*run)(struct workq_item *item, void *state, bool stopping);
    void (*thread_end)(void *state);
};

struct workq *workq_new(unsigned threads, unsigned bound_per_lane, const struct workq_ops *ops, void *shared);
/* 0, or -1 when the lane is full or the queue is stopping: the item still belongs to the caller. */
MUST_CHECK int workq_push(struct workq *q, struct workq_item *item, enum lane lane);
unsigned workq_depth(struct workq *q, enum lane lane);
void workq_stop(struct workq *q);       /* runs what is left, joins the threads, frees; NULL is fine */

#endif

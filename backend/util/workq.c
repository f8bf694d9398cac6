/* Bounded two-lane work queue with its threads. */
#include "util/workq.h"

#include <pthread.h>
#include <stdlib.h>

struct waiting {
    struct workq_item *first, *last;
    unsigned depth;
    unsigned running;
    unsigned most_running;
};

struct workq {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct waiting lanes[LANE_COUNT];
    unsigned bound;
    bool stopping;
    struct workq_ops ops;
    void *shared;
    unsigned threads;
    struct worker {
        pthread_t id;
        struct workq *q;
        unsigned index;
    } workers[];
};

/* Under the lock. Quick work goes first; the bulk lane keeps to its share. */
static struct workq_item *take(struct workq *q, enum lane *lane)
{
    for (int i = LANE_QUICK; i < LANE_COUNT; i++) {
        struct waiting *w = &q->lanes[i];

        if (!w->first || w->running >= w->most_running)
            continue;
        struct workq_item *item = w->first;
        w->first = item->next;
        if (!w->first)
            w->last = NULL;
        item->next = NULL;
        w->depth--;
        w->running++;
        *lane = (enum lane)i;
        return item;
    }
    return NULL;
}

static bool is_empty(const struct workq *q)
{
    return !q->lanes[LANE_QUICK].first && !q->lanes[LANE_BULK].first;
}

static void *work(void *arg)
{
    struct worker *me = arg;
    struct workq *q = me->q;
    void *state = q->ops.thread_begin ? q->ops.thread_begin(q->shared, me->index) : q->shared;
    enum lane lane;

    pthread_mutex_lock(&q->lock);
    for (;;) {
        struct workq_item *item = take(q, &lane);

        if (!item) {
            if (q->stopping && is_empty(q))
                break;
            pthread_cond_wait(&q->changed, &q->lock);
            continue;
        }
        bool stopping = q->stopping;
        pthread_mutex_unlock(&q->lock);
        q->ops.run(item, state, stopping);
        pthread_mutex_lock(&q->lock);
        q->lanes[lane].running--;
        /* A sleeper may have been held back by the bulk lane's share, or wait for the queue to run dry. */
        if (q->stopping)
            pthread_cond_broadcast(&q->changed);
        else if (lane == LANE_BULK && q->lanes[LANE_BULK].first)
            pthread_cond_signal(&q->changed);
    }
    pthread_mutex_unlock(&q->lock);
    if (q->ops.thread_end)
        q->ops.thread_end(state);
    return NULL;
}

struct workq *workq_new(unsigned threads, unsigned bound_per_lane, const struct workq_ops *ops, void *shared)
{
    struct workq *q = threads ? calloc(1, sizeof(*q) + threads * sizeof(q->workers[0])) : NULL;

    if (!q)
        return NULL;
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->changed, NULL);
    q->lanes[LANE_QUICK].most_running = threads;
    q->lanes[LANE_BULK].most_running = threads > 1 ? threads / 2 : 1;
    q->bound = bound_per_lane;
    q->ops = *ops;
    q->shared = shared;
    for (unsigned i = 0; i < threads; i++) {
        q->workers[i].q = q;
        q->workers[i].index = i;
        if (pthread_create(&q->workers[i].id, NULL, work, &q->workers[i])) {
            workq_stop(q);
            return NULL;
        }
        q->threads = i + 1;
    }
    return q;
}

int workq_push(struct workq *q, struct workq_item *item, enum lane lane)
{
    struct waiting *w = &q->lanes[lane];
    int rc = -1;

    pthread_mutex_lock(&q->lock);
    if (!q->stopping && w->depth < q->bound) {
        item->next = NULL;
        if (w->last)
            w->last->next = item;
        else
            w->first = item;
        w->last = item;
        w->depth++;
        pthread_cond_signal(&q->changed);
        rc = 0;
    }
    pthread_mutex_unlock(&q->lock);
    return rc;
}

unsigned workq_depth(struct workq *q, enum lane lane)
{
    pthread_mutex_lock(&q->lock);
    unsigned depth = q->lanes[lane].depth;
    pthread_mutex_unlock(&q->lock);
    return depth;
}

void workq_stop(struct workq *q)
{
    if (!q)
        return;
    pthread_mutex_lock(&q->lock);
    q->stopping = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->lock);
    for (unsigned i = 0; i < q->threads; i++)
        pthread_join(q->workers[i].id, NULL);
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

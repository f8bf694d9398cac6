#include "unit.h"

#include "util/workq.h"

#include <pthread.h>
#include <stdlib.h>

/* Items run in here; a gate holds them while a test looks. */
struct place {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_open;
    unsigned inside, most_inside;
    unsigned done, told_to_stop;
    unsigned threads_begun, threads_ended;
};

struct item {
    struct workq_item link; /* first: the queue hands this back */
    bool is_gated;
    unsigned runs;
};

static void *thread_begin(void *shared, unsigned index)
{
    struct place *p = shared;

    (void)index;
    pthread_mutex_lock(&p->lock);
    p->threads_begun++;
    pthread_mutex_unlock(&p->lock);
    return p;
}

static void thread_end(void *state)
{
    struct place *p = state;

    pthread_mutex_lock(&p->lock);
    p->threads_ended++;
    pthread_mutex_unlock(&p->lock);
}

static void run(struct workq_item *link, void *state, bool stopping)
{
    struct place *p = state;
    struct item *it = (struct item *)link;

    pthread_mutex_lock(&p->lock);
    p->inside++;
    if (p->inside > p->most_inside)
        p->most_inside = p->inside;
    pthread_cond_broadcast(&p->changed);
    while (it->is_gated && !p->is_open)
        pthread_cond_wait(&p->changed, &p->lock);
    p->inside--;
    it->runs++;
    p->done++;
    p->told_to_stop += stopping;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static const struct workq_ops ops = { thread_begin, run, thread_end };

static void place_init(struct place *p)
{
    *p = (struct place) { .is_open = false };
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
}

static void wait_for(struct place *p, const unsigned *number, unsigned value)
{
    pthread_mutex_lock(&p->lock);
    while (*number < value)
        pthread_cond_wait(&p->changed, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static void open_gate(struct place *p)
{
    pthread_mutex_lock(&p->lock);
    p->is_open = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

static void bulk_work_leaves_half_the_threads_to_quick_work(void **state)
{
    struct place p;
    struct item bulk[8] = { { .is_gated = true } }, quick[4] = { { .is_gated = false } };

    (void)state;
    place_init(&p);
    struct workq *q = workq_new(4, 100, &ops, &p);
    for (size_t i = 0; i < COUNT_OF(bulk); i++) {
        bulk[i].is_gated = true;
        assert_int_equal(workq_push(q, &bulk[i].link, LANE_BULK), 0);
    }
    wait_for(&p, &p.inside, 2);
    for (size_t i = 0; i < COUNT_OF(quick); i++)
        assert_int_equal(workq_push(q, &quick[i].link, LANE_QUICK), 0);
    wait_for(&p, &p.done, COUNT_OF(quick));
    assert_int_equal(workq_depth(q, LANE_BULK), COUNT_OF(bulk) - 2);
    open_gate(&p);
    wait_for(&p, &p.done, COUNT_OF(quick) + COUNT_OF(bulk));
    workq_stop(q);
    for (size_t i = 0; i < COUNT_OF(bulk); i++)
        assert_int_equal(bulk[i].runs, 1);
}

static void quick_work_may_use_every_thread(void **state)
{
    struct place p;
    struct item items[4] = { { .is_gated = true }, { .is_gated = true }, { .is_gated = true }, { .is_gated = true } };

    (void)state;
    place_init(&p);
    struct workq *q = workq_new(4, 100, &ops, &p);
    for (size_t i = 0; i < COUNT_OF(items); i++)
        assert_int_equal(workq_push(q, &items[i].link, LANE_QUICK), 0);
    wait_for(&p, &p.inside, 4);
    open_gate(&p);
    workq_stop(q);
    assert_int_equal(p.done, 4);
    assert_int_equal(p.threads_begun, 4);
    assert_int_equal(p.threads_ended, 4);
}

static void a_full_lane_refuses_and_the_item_stays_the_callers(void **state)
{
    struct place p;
    struct item items[4] = { { .is_gated = true } };

    (void)state;
    place_init(&p);
    struct workq *q = workq_new(1, 2, &ops, &p);
    assert_int_equal(workq_push(q, &items[0].link, LANE_QUICK), 0);
    wait_for(&p, &p.inside, 1);
    assert_int_equal(workq_push(q, &items[1].link, LANE_QUICK), 0);
    assert_int_equal(workq_push(q, &items[2].link, LANE_QUICK), 0);
    assert_int_equal(workq_push(q, &items[3].link, LANE_QUICK), -1);
    assert_int_equal(workq_push(q, &items[3].link, LANE_BULK), 0);
    open_gate(&p);
    workq_stop(q);
    for (size_t i = 0; i < COUNT_OF(items); i++)
        assert_int_equal(items[i].runs, 1);
}

static void *opener(void *arg)
{
    open_gate(arg);
    return NULL;
}

static void what_is_left_at_stop_is_told_so_and_still_runs_once(void **state)
{
    struct place p;
    struct item items[50] = { { .is_gated = true } };
    pthread_t other;

    (void)state;
    place_init(&p);
    struct workq *q = workq_new(2, 100, &ops, &p);
    items[1].is_gated = true;
    assert_int_equal(workq_push(q, &items[0].link, LANE_QUICK), 0);
    assert_int_equal(workq_push(q, &items[1].link, LANE_QUICK), 0);
    wait_for(&p, &p.inside, 2);
    for (size_t i = 2; i < COUNT_OF(items); i++)
        assert_int_equal(workq_push(q, &items[i].link, i % 2 ? LANE_QUICK : LANE_BULK), 0);
    assert_int_equal(pthread_create(&other, NULL, opener, &p), 0);
    workq_stop(q);
    pthread_join(other, NULL);
    assert_int_equal(p.done, COUNT_OF(items));
    for (size_t i = 0; i < COUNT_OF(items); i++)
        assert_int_equal(items[i].runs, 1);
    workq_stop(NULL);
}

struct pusher {
    struct workq *q;
    struct item items[2000];
    unsigned refused;
};

static void *push_many(void *arg)
{
    struct pusher *me = arg;

    for (size_t i = 0; i < COUNT_OF(me->items); i++)
        while (workq_push(me->q, &me->items[i].link, i % 3 ? LANE_QUICK : LANE_BULK)) {
            me->refused++;
            sched_yield();
        }
    return NULL;
}

static void many_threads_push_and_nothing_is_lost(void **state)
{
    struct place p;
    struct pusher *pushers = calloc(3, sizeof(*pushers));
    pthread_t ids[3];

    (void)state;
    assert_non_null(pushers);
    place_init(&p);
    struct workq *q = workq_new(4, 16, &ops, &p);
    for (int i = 0; i < 3; i++) {
        pushers[i].q = q;
        assert_int_equal(pthread_create(&ids[i], NULL, push_many, &pushers[i]), 0);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(ids[i], NULL);
    workq_stop(q);
    assert_int_equal(p.done, 3 * COUNT_OF(pushers[0].items));
    for (int i = 0; i < 3; i++)
        for (size_t k = 0; k < COUNT_OF(pushers[i].items); k++)
            assert_int_equal(pushers[i].items[k].runs, 1);
    free(pushers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bulk_work_leaves_half_the_threads_to_quick_work),
        cmocka_unit_test(quick_work_may_use_every_thread),
        cmocka_unit_test(a_full_lane_refuses_and_the_item_stays_the_callers),
        cmocka_unit_test(what_is_left_at_stop_is_told_so_and_still_runs_once),
        cmocka_unit_test(many_threads_push_and_nothing_is_lost),
    };
    return RUN(tests);
}

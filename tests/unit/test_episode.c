#include "strand_kit.h"

static struct arena *kit_mem;

static void assert_episodes(const struct strand *s, size_t count, const int32_t *messages)
{
    size_t shown = 0;

    for (size_t i = 0; i < s->episode_count; i++) {
        if (!s->episodes[i].message_count)
            continue;
        assert_true(shown < count);
        assert_int_equal(s->episodes[i].message_count, messages[shown]);
        shown++;
    }
    assert_int_equal(shown, count);
}
#define EPISODES(s, ...)                                                                                               \
    do {                                                                                                               \
        static const int32_t messages_[] = { __VA_ARGS__ };                                                            \
        assert_episodes((s), COUNT_OF(messages_), messages_);                                                          \
    } while (0)

static void silence_of_a_day_begins_another(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 0 }, { .say = SAY_OUT, .at = 5 }, { .say = SAY_IN, .at = 5 + DAY - 1 },
           { .say = SAY_OUT, .at = 4 + DAY });
    EPISODES(&s, 4);
    STRAND(&s, { .say = SAY_IN, .at = 0 }, { .say = SAY_OUT, .at = 5 }, { .say = SAY_IN, .at = 5 + DAY },
           { .say = SAY_OUT, .at = 6 + DAY });
    EPISODES(&s, 2, 2);
    assert_int_equal(s.episodes[1].started_by, DIRECTION_IN);
}

static void either_side_breaks_the_silence(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 0 }, { .say = SAY_OUT, .at = DAY - 60 }, { .say = SAY_IN, .at = 2 * DAY - 120 });
    EPISODES(&s, 3);
}

static void a_late_answer_belongs_to_its_question(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 0 }, { .say = SAY_OUT, .at = 39 * 60 }, { .say = SAY_IN, .at = 40 * 60 });
    EPISODES(&s, 3);
    /* but what we say unasked after a day is a beginning of ours */
    STRAND(&s, { .say = SAY_IN, .at = 0 }, { .say = SAY_OUT, .at = 5 }, { .say = SAY_OUT, .at = 39 * 60 },
           { .say = SAY_IN, .at = 40 * 60 });
    EPISODES(&s, 2, 2);
    assert_int_equal(s.episodes[1].started_by, DIRECTION_OUT);
}

static void system_lines_join_and_keep_nothing_alive(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 0 }, { .say = SAY_NOTE, .at = DAY - 10 }, { .say = SAY_NOTE, .at = 3 * DAY },
           { .say = SAY_IN, .at = 3 * DAY + 1 });
    EPISODES(&s, 3, 1);
    STRAND(&s, { .say = SAY_NOTE, .at = 0 }, { .say = SAY_IN, .at = 10 });
    EPISODES(&s, 2);
    assert_int_equal(s.episodes[0].last_side, DIRECTION_IN);
}

static void bots_do_not_start_conversations(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_BOT, .at = 0 }, { .say = SAY_IN, .at = 1 });
    EPISODES(&s, 2);
    assert_int_equal(s.episodes[0].started_by, DIRECTION_IN);
}

static struct episode touched(int64_t conversation, int64_t resolved)
{
    struct episode e;

    episode_init(&e);
    e.conversation = conversation;
    e.is_touched = true;
    e.resolved_at = resolved ? resolved * MIN : TIME_NONE;
    return e;
}

static void run_with(struct strand *s, const struct episode *e, size_t n, const struct told *told, size_t count)
{
    strand_init(s, kit_mem, DAY * MIN);
    for (size_t i = 0; i < n; i++)
        (void)strand_know(s, &e[i]);
    kit_feed(s, told, count);
    strand_finish(s);
}

static void a_customer_after_a_resolve_begins_another(void **state)
{
    const struct episode e[] = { touched(7, 10) };
    static const struct told told[] = { { .say = SAY_IN, .at = 0, .home = 7 },
                                        { .say = SAY_OUT, .at = 5, .home = 7 },
                                        { .say = SAY_OUT, .at = 11 },
                                        { .say = SAY_IN, .at = 20 } };
    struct strand s;

    (void)state;
    run_with(&s, e, 1, told, COUNT_OF(told));
    EPISODES(&s, 3, 1);
    assert_int_equal(s.episodes[0].conversation, 7);
    assert_int_equal(s.episodes[1].conversation, 0);
}

static void what_came_after_the_resolve_was_not_seen_by_it(void **state)
{
    const struct episode e[] = { touched(7, 10) };
    static const struct told told[] = { { .say = SAY_IN, .at = 0, .home = 7 },
                                        { .say = SAY_IN, .at = 9, .received_at = 12 } };
    struct strand s;

    (void)state;
    run_with(&s, e, 1, told, COUNT_OF(told));
    EPISODES(&s, 1, 1);
    assert_int_equal(strand_wait_since(&s), 9 * MIN);
}

static void touched_episodes_never_merge_nor_lose_anything(void **state)
{
    const struct episode e[] = { touched(7, 0), touched(8, 0) };
    static const struct told told[] = { { .say = SAY_IN, .at = 0, .home = 7 },
                                        { .say = SAY_IN, .at = DAY - 60 },
                                        { .say = SAY_IN, .at = DAY + 60, .home = 8 },
                                        { .say = SAY_IN, .at = DAY + 90 } };
    struct strand s;

    (void)state;
    run_with(&s, e, 2, told, COUNT_OF(told));
    EPISODES(&s, 2, 2);
}

static void an_untouched_run_before_a_touched_one_becomes_part_of_it(void **state)
{
    const struct episode e[] = { touched(8, 0) };
    static const struct told told[] = { { .say = SAY_IN, .at = 0 },
                                        { .say = SAY_IN, .at = 100, .home = 8 },
                                        { .say = SAY_OUT, .at = 200 } };
    struct strand s;

    (void)state;
    run_with(&s, e, 1, told, COUNT_OF(told));
    EPISODES(&s, 3);
    for (size_t i = 0; i < s.episode_count; i++)
        assert_int_equal(s.episodes[i].conversation, s.episodes[i].message_count ? 8 : 0);
}

static void ids_of_one_instant_count_like_numbers(void **state)
{
    struct strand_message nine = { .external_id = TEXT("5/9") }, ten = { .external_id = TEXT("5/10") };

    (void)state;
    assert_int_equal(strand_order(&nine, &ten), -1);
    assert_int_equal(strand_order(&ten, &nine), 1);
    assert_int_equal(strand_order(&ten, &ten), 0);
}

/* Going on from the head and its open waits gives what the whole gives. */
static void one_by_one_is_the_same_as_all_at_once(void **state)
{
    uint64_t dice = 9;

    (void)state;
    for (int round = 0; round < 400; round++) {
        struct strand whole, head;
        struct episode last;
        int64_t at = 0;

        arena_reset(kit_mem);
        strand_init(&whole, kit_mem, DAY * MIN);
        episode_init(&last);
        strand_init(&head, kit_mem, DAY * MIN);
        for (int i = 1; i <= 40; i++) {
            dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
            struct told t = { .say = (enum say)((dice >> 33) % 6) };

            at += (int64_t)((dice >> 40) % 5 ? (dice >> 45) % 300 : (dice >> 45) % 4000);
            t.at = at;
            struct strand_message m = kit_message(&t, i), again = m;

            strand_feed(&whole, &m);
            strand_feed(&head, &again);
            strand_finish(&head);
            assert_int_equal(m.needs_reply, again.needs_reply);
            /* what is stored between two batches: the newest episode and the waits that are open */
            struct strand next;
            strand_init(&next, kit_mem, DAY * MIN);
            struct episode kept = head.episodes[head.current];
            kept.conversation = kept.conversation ? kept.conversation : i;
            kept.is_stored = true;
            next.current = strand_know(&next, &kept);
            for (size_t w = 0; w < head.wait_count; w++) {
                struct wait open = head.waits[w];

                if (open.end != WAIT_OPEN)
                    continue;
                open.episode = open.episode == head.current ? 0 : EPISODE_ELSEWHERE;
                open.seen_at = INT64_MAX;
                strand_know_wait(&next, &open);
            }
            head = next;
        }
        strand_finish(&whole);
        last = whole.episodes[whole.current];
        const struct episode *now = &head.episodes[head.current];
        assert_int_equal(last.message_count, now->message_count);
        assert_int_equal(last.has_human_reply, now->has_human_reply);
        assert_int_equal(last.follows_reply, now->follows_reply);
        assert_int_equal(last.first_at, now->first_at);
        assert_int_equal(last.last_at, now->last_at);
        assert_int_equal(last.turn_side, now->turn_side);
        assert_int_equal(last.started_by, now->started_by);
        assert_int_equal(strand_wait_since(&whole), strand_wait_since(&head));
    }
}

static int open_mem(void **state)
{
    (void)state;
    kit_mem = arena_new(0);
    return 0;
}

static int close_mem(void **state)
{
    (void)state;
    arena_free(kit_mem);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_of_a_day_begins_another),
        cmocka_unit_test(either_side_breaks_the_silence),
        cmocka_unit_test(a_late_answer_belongs_to_its_question),
        cmocka_unit_test(system_lines_join_and_keep_nothing_alive),
        cmocka_unit_test(bots_do_not_start_conversations),
        cmocka_unit_test(a_customer_after_a_resolve_begins_another),
        cmocka_unit_test(what_came_after_the_resolve_was_not_seen_by_it),
        cmocka_unit_test(touched_episodes_never_merge_nor_lose_anything),
        cmocka_unit_test(an_untouched_run_before_a_touched_one_becomes_part_of_it),
        cmocka_unit_test(ids_of_one_instant_count_like_numbers),
        cmocka_unit_test(one_by_one_is_the_same_as_all_at_once),
    };

    return cmocka_run_group_tests(tests, open_mem, close_mem);
}

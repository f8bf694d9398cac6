/* The table of metrics.md 2.2, row by row. */
#include "strand_kit.h"

static struct arena *kit_mem;

static void assert_wait(const struct strand *s, size_t n, int64_t start, enum wait_end end, int64_t ended)
{
    assert_true(n < s->wait_count);
    assert_int_equal(s->waits[n].started_at, start * MIN);
    assert_int_equal(s->waits[n].end, end);
    if (end == WAIT_OPEN)
        assert_int_equal(s->waits[n].ended_at, TIME_NONE);
    else
        assert_int_equal(s->waits[n].ended_at, ended * MIN);
}

static void more_messages_keep_the_first_start(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1 }, { .say = SAY_IN, .at = 5 }, { .say = SAY_ACK, .at = 9 });
    assert_int_equal(s.wait_count, 1);
    assert_wait(&s, 0, 1, WAIT_OPEN, 0);
    assert_int_equal(strand_wait_since(&s), 1 * MIN);
}

static void a_human_reply_stops_and_a_new_turn_starts_anew(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1 }, { .say = SAY_OUT, .at = 4, .panel = true }, { .say = SAY_OUT, .at = 5 },
           { .say = SAY_IN, .at = 9 });
    assert_int_equal(s.wait_count, 2);
    assert_wait(&s, 0, 1, WAIT_ANSWERED, 4);
    assert_int_equal(s.waits[0].ended_by, 2);
    assert_int_equal(s.waits[0].agent_id, 42);
    assert_wait(&s, 1, 9, WAIT_OPEN, 0);
}

static void thanks_after_a_reply_start_nothing(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1 }, { .say = SAY_OUT, .at = 4 }, { .say = SAY_ACK, .at = 5 });
    assert_int_equal(s.wait_count, 1);
    assert_int_equal(strand_wait_since(&s), TIME_NONE);
}

static void a_first_sticker_does_need_a_reply(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_ACK, .at = 3 });
    assert_wait(&s, 0, 3, WAIT_OPEN, 0);
}

static void praise_and_tags_start_nothing(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_NEVER, .at = 3 });
    assert_int_equal(s.wait_count, 0);
}

static void automatic_replies_have_no_effect(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1 }, { .say = SAY_BOT, .at = 1 }, { .say = SAY_NOTE, .at = 2 },
           { .say = SAY_IN, .at = 3 });
    assert_int_equal(s.wait_count, 1);
    assert_wait(&s, 0, 1, WAIT_OPEN, 0);
}

static void a_reply_after_a_day_answers_the_old_question(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 0 }, { .say = SAY_IN, .at = 2 * DAY }, { .say = SAY_OUT, .at = 2 * DAY + 5 });
    assert_int_equal(s.wait_count, 2);
    assert_wait(&s, 0, 0, WAIT_ANSWERED, 2 * DAY + 5);
    assert_wait(&s, 1, 2 * DAY, WAIT_ANSWERED, 2 * DAY + 5);
}

static void deleting_all_that_waits_withdraws_it(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1, .deleted_at = 20 }, { .say = SAY_IN, .at = 2, .deleted_at = 10 });
    assert_wait(&s, 0, 1, WAIT_WITHDRAWN, 20);
    STRAND(&s, { .say = SAY_IN, .at = 1, .deleted_at = 20 }, { .say = SAY_IN, .at = 2 });
    assert_wait(&s, 0, 1, WAIT_OPEN, 0);
}

static void deleting_after_the_reply_changes_nothing(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1, .deleted_at = 20 }, { .say = SAY_OUT, .at = 5 });
    assert_wait(&s, 0, 1, WAIT_ANSWERED, 5);
}

static void what_comes_after_a_withdrawal_waits_from_its_own_time(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1, .deleted_at = 3 }, { .say = SAY_IN, .at = 8 }, { .say = SAY_OUT, .at = 9 });
    assert_int_equal(s.wait_count, 2);
    assert_wait(&s, 0, 1, WAIT_WITHDRAWN, 3);
    assert_wait(&s, 1, 8, WAIT_ANSWERED, 9);
}

static void taking_our_reply_back_reopens_from_the_original_start(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1 }, { .say = SAY_OUT, .at = 5, .deleted_at = 7 }, { .say = SAY_IN, .at = 9 });
    assert_int_equal(s.wait_count, 1);
    assert_wait(&s, 0, 1, WAIT_OPEN, 0);
    STRAND(&s, { .say = SAY_IN, .at = 1 }, { .say = SAY_OUT, .at = 5, .deleted_at = 7 }, { .say = SAY_OUT, .at = 8 });
    assert_wait(&s, 0, 1, WAIT_ANSWERED, 8);
}

static void a_failed_reply_was_not_sent(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1 }, { .say = SAY_OUT, .at = 5, .failed = true });
    assert_wait(&s, 0, 1, WAIT_OPEN, 0);
}

static void a_reply_of_ours_by_a_slower_clock_takes_no_time(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_OUT, .at = 9, .panel = true, .received_at = 12 },
           { .say = SAY_IN, .at = 10, .received_at = 11 });
    assert_wait(&s, 0, 10, WAIT_ANSWERED, 10);
    /* not so what came after it */
    STRAND(&s, { .say = SAY_OUT, .at = 9, .panel = true, .received_at = 9 },
           { .say = SAY_IN, .at = 10, .received_at = 11 });
    assert_wait(&s, 0, 10, WAIT_OPEN, 0);
}

static void history_is_marked(void **state)
{
    struct strand s;

    (void)state;
    STRAND(&s, { .say = SAY_IN, .at = 1, .backfill = true }, { .say = SAY_OUT, .at = 2, .backfill = true },
           { .say = SAY_IN, .at = 3, .backfill = true });
    assert_true(s.waits[0].is_backfill);
    assert_true(s.waits[0].ended_in_history);
    assert_wait(&s, 1, 3, WAIT_OPEN, 0);
    assert_true(s.waits[1].is_backfill);
}

/* ---- what people do ---- */

static const time_us dismissed[] = { 30 * MIN };

static struct strand act(struct episode e, const struct told *told, size_t count)
{
    struct strand s;

    e.conversation = 7;
    e.is_touched = true;
    strand_init(&s, kit_mem, DAY * MIN);
    (void)strand_know(&s, &e);
    kit_feed(&s, told, count);
    strand_finish(&s);
    return s;
}

static struct episode untold(void)
{
    struct episode e;

    episode_init(&e);
    return e;
}

static void resolving_without_a_reply_counts_as_closed(void **state)
{
    static const struct told told[] = { { .say = SAY_IN, .at = 1, .home = 7 } };
    struct episode e = untold();
    struct strand s;

    (void)state;
    e.resolved_at = 40 * MIN;
    s = act(e, told, COUNT_OF(told));
    assert_wait(&s, 0, 1, WAIT_CLOSED, 40);
}

static void resolving_after_a_reply_closes_nothing(void **state)
{
    static const struct told told[] = { { .say = SAY_IN, .at = 1, .home = 7 }, { .say = SAY_OUT, .at = 2, .home = 7 } };
    struct episode e = untold();
    struct strand s;

    (void)state;
    e.resolved_at = 40 * MIN;
    s = act(e, told, COUNT_OF(told));
    assert_wait(&s, 0, 1, WAIT_ANSWERED, 2);
}

static void no_reply_needed_stops_only_what_was_there(void **state)
{
    static const struct told told[] = { { .say = SAY_IN, .at = 1, .home = 7 }, { .say = SAY_IN, .at = 35, .home = 7 } };
    struct episode e = untold();
    struct strand s;

    (void)state;
    e.dismissed_at = dismissed;
    e.dismissed_count = 1;
    s = act(e, told, COUNT_OF(told));
    assert_int_equal(s.wait_count, 2);
    assert_wait(&s, 0, 1, WAIT_DISMISSED, 30);
    assert_wait(&s, 1, 35, WAIT_OPEN, 0);
}

static void an_act_does_not_reach_what_its_author_had_not_seen(void **state)
{
    static const struct told told[] = { { .say = SAY_IN, .at = 1, .home = 7, .received_at = 33 } };
    struct episode e = untold();
    struct strand s;

    (void)state;
    e.dismissed_at = dismissed;
    e.dismissed_count = 1;
    s = act(e, told, COUNT_OF(told));
    assert_wait(&s, 0, 1, WAIT_OPEN, 0);
}

static void spam_waits_for_nobody(void **state)
{
    static const struct told told[] = { { .say = SAY_IN, .at = 1, .home = 7 },
                                        { .say = SAY_OUT, .at = 2, .home = 7 },
                                        { .say = SAY_IN, .at = 30, .home = 7 } };
    struct episode e = untold();
    struct strand s;

    (void)state;
    e.is_spam = true;
    e.spam_at = 20 * MIN;
    s = act(e, told, COUNT_OF(told));
    assert_wait(&s, 0, 1, WAIT_ANSWERED, 2);
    assert_wait(&s, 1, 30, WAIT_SPAM, 30);
}

static void thanks_after_a_resolve_still_answer_us(void **state)
{
    static const struct told told[] = { { .say = SAY_IN, .at = 1, .home = 7 },
                                        { .say = SAY_OUT, .at = 2, .home = 7 },
                                        { .say = SAY_ACK, .at = 50 } };
    struct episode e = untold();
    struct strand s;

    (void)state;
    e.resolved_at = 40 * MIN;
    s = act(e, told, COUNT_OF(told));
    assert_int_equal(s.wait_count, 1);
    assert_true(s.episodes[s.current].follows_reply);
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
        cmocka_unit_test(more_messages_keep_the_first_start),
        cmocka_unit_test(a_human_reply_stops_and_a_new_turn_starts_anew),
        cmocka_unit_test(thanks_after_a_reply_start_nothing),
        cmocka_unit_test(a_first_sticker_does_need_a_reply),
        cmocka_unit_test(praise_and_tags_start_nothing),
        cmocka_unit_test(automatic_replies_have_no_effect),
        cmocka_unit_test(a_reply_after_a_day_answers_the_old_question),
        cmocka_unit_test(deleting_all_that_waits_withdraws_it),
        cmocka_unit_test(deleting_after_the_reply_changes_nothing),
        cmocka_unit_test(what_comes_after_a_withdrawal_waits_from_its_own_time),
        cmocka_unit_test(taking_our_reply_back_reopens_from_the_original_start),
        cmocka_unit_test(a_failed_reply_was_not_sent),
        cmocka_unit_test(a_reply_of_ours_by_a_slower_clock_takes_no_time),
        cmocka_unit_test(history_is_marked),
        cmocka_unit_test(resolving_without_a_reply_counts_as_closed),
        cmocka_unit_test(resolving_after_a_reply_closes_nothing),
        cmocka_unit_test(no_reply_needed_stops_only_what_was_there),
        cmocka_unit_test(an_act_does_not_reach_what_its_author_had_not_seen),
        cmocka_unit_test(spam_waits_for_nobody),
        cmocka_unit_test(thanks_after_a_resolve_still_answer_us),
    };

    return cmocka_run_group_tests(tests, open_mem, close_mem);
}

/* How long a conversation may be answered, and as what. */
#include "unit.h"

#include "platform/window.h"

#define HOUR_US (3600 * US_PER_S)
#define DAY_US (24 * HOUR_US)
#define SAID (1000 * DAY_US)

static const struct connector plain = { .caps = CAP_SEND };
static const struct connector day = { .caps = CAP_SEND | CAP_TEMPLATES, .window_s = 86400 };
static const struct connector week = { .caps = CAP_SEND | CAP_HUMAN_AGENT, .window_s = 86400, .late_window_s = 7 * 86400 };

static void what_has_no_window_is_always_answered(void **state)
{
    struct reply_window w;
    enum send_as as = SEND_TEMPLATE;

    (void)state;
    reply_window_of(&plain, THREAD_DIRECT, TIME_NONE, &w);
    assert_false(w.is_limited);
    assert_true(reply_window_allows(&w, SAID, &as));
    assert_int_equal(as, SEND_PLAIN);
    reply_window_of(&day, THREAD_COMMENT, SAID, &w);
    assert_false(w.is_limited);
    reply_window_of(NULL, THREAD_DIRECT, SAID, &w);
    assert_false(w.is_limited);
}

static void a_day_ends_to_the_second_and_leaves_templates(void **state)
{
    struct reply_window w;
    enum send_as as = SEND_TEMPLATE;

    (void)state;
    reply_window_of(&day, THREAD_DIRECT, SAID, &w);
    assert_true(w.is_limited);
    assert_int_equal(w.closes_at, SAID + DAY_US);
    assert_int_equal(w.late_closes_at, TIME_NONE);
    assert_string_equal(w.then, "template");
    assert_true(reply_window_allows(&w, SAID + DAY_US - 1, &as));
    assert_int_equal(as, SEND_PLAIN);
    assert_false(reply_window_allows(&w, SAID + DAY_US, &as));
}

static void a_person_may_be_late_for_a_week(void **state)
{
    struct reply_window w;
    enum send_as as = SEND_PLAIN;

    (void)state;
    reply_window_of(&week, THREAD_DIRECT, SAID, &w);
    assert_string_equal(w.then, "human_agent");
    assert_int_equal(w.late_closes_at, SAID + 7 * DAY_US);
    assert_true(reply_window_allows(&w, SAID + DAY_US, &as));
    assert_int_equal(as, SEND_HUMAN_AGENT);
    assert_false(reply_window_allows(&w, SAID + 7 * DAY_US, &as));
}

static void who_never_wrote_is_not_answered(void **state)
{
    struct reply_window w;
    enum send_as as = SEND_PLAIN;

    (void)state;
    reply_window_of(&week, THREAD_DIRECT, TIME_NONE, &w);
    assert_true(w.is_limited);
    assert_int_equal(w.closes_at, TIME_NONE);
    assert_false(reply_window_allows(&w, SAID, &as));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_no_window_is_always_answered),
        cmocka_unit_test(a_day_ends_to_the_second_and_leaves_templates),
        cmocka_unit_test(a_person_may_be_late_for_a_week),
        cmocka_unit_test(who_never_wrote_is_not_answered),
    };

    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}

/* What may be done to a message, platform by platform. */
#include "platform/connector.h"
#include "unit.h"

#define BIT(act) (1u << (act))

static unsigned theirs(enum platform p, enum thread_type type)
{
    return connector_acts(connector_for(p), type, DIRECTION_IN);
}

static unsigned ours(enum platform p, enum thread_type type)
{
    return connector_acts(connector_for(p), type, DIRECTION_OUT);
}

static void others_comments_are_deleted_only_where_the_place_is_ours(void **state)
{
    (void)state;
    const unsigned hides = BIT(MODERATE_HIDE) | BIT(MODERATE_UNHIDE);

    assert_int_equal(theirs(PLATFORM_FACEBOOK, THREAD_COMMENT),
                     hides | BIT(MODERATE_DELETE) | BIT(MODERATE_LIKE) | BIT(MODERATE_UNLIKE));
    assert_int_equal(theirs(PLATFORM_INSTAGRAM, THREAD_COMMENT), hides | BIT(MODERATE_DELETE));
    assert_int_equal(theirs(PLATFORM_X, THREAD_COMMENT), hides);
    assert_int_equal(theirs(PLATFORM_YOUTUBE, THREAD_COMMENT),
                     BIT(MODERATE_HOLD) | BIT(MODERATE_PUBLISH) | BIT(MODERATE_REJECT));
}

static void in_private_there_is_only_a_reaction(void **state)
{
    (void)state;
    assert_int_equal(theirs(PLATFORM_WHATSAPP, THREAD_DIRECT), BIT(ACT_REACT));
    assert_int_equal(theirs(PLATFORM_INSTAGRAM, THREAD_DIRECT), BIT(ACT_REACT));
    assert_int_equal(theirs(PLATFORM_LINE, THREAD_DIRECT), 0);
    assert_int_equal(ours(PLATFORM_INSTAGRAM, THREAD_DIRECT), 0);
}

static void our_own_words_can_be_changed_where_the_platform_lets_us(void **state)
{
    (void)state;
    assert_int_equal(ours(PLATFORM_FACEBOOK, THREAD_COMMENT), BIT(ACT_EDIT) | BIT(MODERATE_DELETE));
    assert_int_equal(ours(PLATFORM_YOUTUBE, THREAD_COMMENT), BIT(ACT_EDIT) | BIT(MODERATE_DELETE));
    assert_int_equal(ours(PLATFORM_X, THREAD_COMMENT), BIT(MODERATE_DELETE));
    assert_int_equal(ours(PLATFORM_WHATSAPP, THREAD_DIRECT), 0);
    assert_int_equal(connector_acts(connector_for(PLATFORM_FACEBOOK), THREAD_COMMENT, DIRECTION_SYSTEM), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_comments_are_deleted_only_where_the_place_is_ours),
        cmocka_unit_test(in_private_there_is_only_a_reaction),
        cmocka_unit_test(our_own_words_can_be_changed_where_the_platform_lets_us),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

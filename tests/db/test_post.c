/* Posts and their numbers: by day, at seven days of age, and never nought for not told. */
#include "ingest_kit.h"

#define DAY (24 * HOUR)

static struct event post_event(const char *id, time_us at, const char *words, const char *detail)
{
    struct event ev = kit_event(EVENT_POST, id, id, at);

    ev.platform = PLATFORM_FACEBOOK;
    ev.thread.type = THREAD_COMMENT;
    ev.thread.post = text_of(id);
    ev.direction = DIRECTION_OUT;
    ev.sender_kind = SENDER_AGENT;
    ev.device = DEVICE_NATIVE;
    ev.text = text_of(words);
    ev.detail = text_of(detail);
    return ev;
}

static void tell(struct kit *k, struct event ev, time_us received)
{
    struct ingest_item item = kit_item(k, ev);

    item.received_at = received;
    kit_ingest(k, &item, 1);
}

static int64_t count(struct kit *k, const char *table, const char *where)
{
    return harness_i64(k->h, "SELECT count(*) FROM %s WHERE business_id = %lld AND %s", table, (long long)k->business,
                       where);
}

static void numbers_stand_by_day_and_nearest_to_seven_days(void **state)
{
    static const struct {
        time_us after;
        const char *detail;
    } told[] = { { HOUR, "{\"likes\":1}" },
                 { 2 * HOUR, "{\"likes\":2,\"comments\":1}" },
                 { 6 * DAY, "{\"likes\":40}" },
                 { 7 * DAY + HOUR, "{\"likes\":50}" },
                 { 9 * DAY, "{\"likes\":90}" } };
    struct kit k;

    kit_open(&k, *state);
    for (size_t i = 0; i < COUNT_OF(told); i++)
        tell(&k, post_event("p1", kit_time(0), "Nasi kotak", told[i].detail), kit_time(told[i].after));
    assert_int_equal(count(&k, "post", "external_id = 'p1' AND text = 'Nasi kotak' AND likes = 90 AND comments = 1 AND shares IS NULL"), 1);
    assert_int_equal(count(&k, "post_numbers", "kind = 0"), 4);
    assert_int_equal(count(&k, "post_numbers", "kind = 0 AND likes = 2 AND shares IS NULL AND views IS NULL"), 1);
    assert_int_equal(count(&k, "post_numbers", "kind = 1"), 1);
    assert_int_equal(count(&k, "post_numbers", "kind = 1 AND likes = 50 AND day = '2026-11-16'"), 1);
    /* the same words are one message, whatever the numbers */
    assert_int_equal(count(&k, "message", "external_id = 'p1' AND kind = 3"), 1);
}

static void an_older_telling_changes_no_newer_number(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    tell(&k, post_event("p1", kit_time(0), "Soto", "{\"likes\":5}"), kit_time(2 * HOUR));
    tell(&k, post_event("p1", kit_time(0), "Soto", "{\"likes\":3,\"views\":9}"), kit_time(HOUR));
    assert_int_equal(count(&k, "post", "likes = 5 AND numbers_at = '2026-11-09T04:00:00Z'"), 1);
}

static void numbers_without_words_make_no_message(void **state)
{
    struct kit k;
    struct event account = post_event("page", kit_time(0), "", "{\"followers\":1250}");

    kit_open(&k, *state);
    account.thread.present = false;
    tell(&k, post_event("p1", TIME_NONE, "", "{\"views\":240}"), kit_time(HOUR));
    tell(&k, account, kit_time(HOUR));
    assert_int_equal(count(&k, "message", "true"), 0);
    assert_int_equal(count(&k, "post", "external_id = 'p1' AND posted_at IS NULL AND views = 240 AND likes IS NULL"), 1);
    assert_int_equal(count(&k, "post_numbers", "kind = 1"), 0);
    assert_int_equal(count(&k, "channel_numbers", "followers = 1250 AND day = '2026-11-09'"), 1);
    tell(&k, post_event("p1", kit_time(0), "Kini berkata", "{}"), kit_time(2 * HOUR));
    assert_int_equal(count(&k, "post", "text = 'Kini berkata' AND posted_at = '2026-11-09T02:00:00Z' AND views = 240"), 1);
}

static void a_post_follows_its_edit_and_its_deletion_in_either_order(void **state)
{
    struct kit k;
    struct event edit = kit_about(EVENT_EDIT, "p1", "p1", kit_time(HOUR));

    kit_open(&k, *state);
    edit.text = TEXT("Soto Betawi");
    tell(&k, post_event("p1", kit_time(0), "Soto", "{\"likes\":5}"), kit_time(0));
    tell(&k, edit, kit_time(HOUR));
    assert_int_equal(count(&k, "post", "text = 'Soto Betawi' AND deleted_at IS NULL"), 1);
    tell(&k, kit_about(EVENT_DELETE, "p1", "p1", kit_time(2 * HOUR)), kit_time(2 * HOUR));
    assert_int_equal(count(&k, "post", "external_id = 'p1' AND text = '' AND deleted_at = '2026-11-09T04:00:00Z' AND likes = 5"), 1);
    tell(&k, post_event("p1", kit_time(0), "Soto", "{}"), kit_time(3 * HOUR));
    tell(&k, kit_about(EVENT_DELETE, "p2", "p2", kit_time(HOUR)), kit_time(HOUR));
    tell(&k, post_event("p2", kit_time(0), "Rawon", "{}"), kit_time(2 * HOUR));
    assert_int_equal(count(&k, "post", "deleted_at IS NOT NULL AND text = ''"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stand_by_day_and_nearest_to_seven_days),
        cmocka_unit_test(an_older_telling_changes_no_newer_number),
        cmocka_unit_test(numbers_without_words_make_no_message),
        cmocka_unit_test(a_post_follows_its_edit_and_its_deletion_in_either_order),
    };

    return HARNESS_RUN(tests);
}

#include "unit.h"

#include "util/clock.h"

static time_us at(const char *s)
{
    time_us t = 0;

    assert_int_equal(time_parse(text_of(s), &t), 0);
    return t;
}

static void times_read_back_as_they_were_written(void **state)
{
    static const char *const times[] = { "1970-01-01T00:00:00.000Z", "2026-11-24T21:39:05.123Z",
                                         "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z",
                                         "2024-02-29T23:59:59.001Z", "1969-12-31T23:59:59.999Z" };
    char out[TIME_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(times); i++)
        assert_string_equal(time_format(at(times[i]), out), times[i]);
    assert_true(at("1970-01-01T00:00:01Z") == US_PER_S);
}

static void offsets_and_fractions_are_understood(void **state)
{
    (void)state;
    assert_true(at("2026-11-24T21:39:05+07:00") == at("2026-11-24T14:39:05Z"));
    assert_true(at("2026-11-24T21:39:05-0330") == at("2026-11-25T01:09:05Z"));
    assert_true(at("2026-11-24t21:39:05.5z") == at("2026-11-24T21:39:05.500000Z"));
    assert_true(at("2026-11-24 21:39:05.000001Z") == at("2026-11-24T21:39:05Z") + 1);
    assert_true(at("2016-12-31T23:59:60Z") == at("2017-01-01T00:00:00Z"));
}

static void nonsense_is_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "2026-11-24",
                                       "2026-11-24T21:39Z",
                                       "2026-13-01T00:00:00Z",
                                       "2026-02-29T00:00:00Z",
                                       "2026-11-24T24:00:00Z",
                                       "2026-11-24T21:60:00Z",
                                       "2026-11-24T21:39:61Z",
                                       "2026-11-24T21:39:05",
                                       "2026-11-24T21:39:05.Z",
                                       "2026-11-24T21:39:05.1234567Z",
                                       "2026-11-24T21:39:05Z ",
                                       "0000-01-01T00:00:00Z",
                                       "0001-01-01T00:00:00+01:00",
                                       "9999-12-31T23:59:59-01:00",
                                       "2026-11-24T21:39:05+24:00",
                                       "2026-11-24T21:39:05+7:00" };
    time_us t = 7;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(time_parse(text_of(bad[i]), &t), -1);
    assert_int_equal(t, 7);
}

static void every_day_of_the_calendar_is_one_more(void **state)
{
    int64_t expected = civil_to_days(1, 1, 1);

    (void)state;
    assert_int_equal(civil_to_days(1970, 1, 1), 0);
    for (int year = 1; year <= 9999; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; civil_valid(year, month, day); day++) {
                int y, m, d;

                if (civil_to_days(year, month, day) != expected)
                    fail_msg("%d-%d-%d", year, month, day);
                days_to_civil(expected, &y, &m, &d);
                if (y != year || m != month || d != day)
                    fail_msg("back from %lld", (long long)expected);
                expected++;
            }
    assert_int_equal(expected, civil_to_days(10000, 1, 1));
}

static void times_beyond_the_calendar_are_held_at_its_ends(void **state)
{
    char out[TIME_TEXT_SIZE];

    (void)state;
    assert_string_equal(time_format(INT64_MAX, out), "9999-12-31T23:59:59.999Z");
    assert_string_equal(time_format(INT64_MIN + 1, out), "0001-01-01T00:00:00.000Z");
}

static void deadlines_pass(void **state)
{
    (void)state;
    assert_true(mono_passed(mono_after_ms(0)));
    assert_false(mono_passed(mono_after_ms(100000)));
    assert_true(mono_left_ms(mono_after_ms(100000)) > 99000);
    assert_int_equal(mono_left_ms(mono_after_ms(-5)), 0);
    assert_true(mono_since_us(mono_after_ms(-5)) >= 5000);
    assert_true(clock_now() > at("2024-01-01T00:00:00Z"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_read_back_as_they_were_written),
        cmocka_unit_test(offsets_and_fractions_are_understood),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(every_day_of_the_calendar_is_one_more),
        cmocka_unit_test(times_beyond_the_calendar_are_held_at_its_ends),
        cmocka_unit_test(deadlines_pass),
    };
    return RUN(tests);
}

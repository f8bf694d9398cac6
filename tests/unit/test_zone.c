#include "unit.h"

#include "../../backend/util/zone_priv.h"
#include "util/zone.h"

#include <stdlib.h>
#include <time.h>

static time_us at(const char *s)
{
    time_us t = 0;

    assert_int_equal(time_parse(text_of(s), &t), 0);
    return t;
}

static struct zone *open_zone(const char *name)
{
    struct fail why;
    struct zone *z = zone_open(name, &why);

    assert_non_null(z);
    assert_string_equal(zone_name(z), name);
    return z;
}

static void jakarta_is_seven_hours_ahead(void **state)
{
    struct zone *z = open_zone("Asia/Jakarta");

    (void)state;
    assert_int_equal(zone_offset_at(z, at("2026-11-24T00:00:00Z")), 7 * 3600);
    assert_true(zone_to_utc(z, at("2026-11-24T07:00:00.5Z"), TIME_NONE) == at("2026-11-24T00:00:00.5Z"));
    /* Wartime and colonial offsets stand in the table. */
    assert_int_equal(zone_offset_at(z, at("1943-01-01T00:00:00Z")), 9 * 3600);
    assert_int_equal(zone_offset_at(z, at("1900-01-01T00:00:00Z")), 7 * 3600 + 7 * 60 + 12);
    zone_free(z);
}

static void a_reading_in_a_gap_moves_forward(void **state)
{
    struct zone *z = open_zone("Europe/Berlin");

    (void)state;
    assert_true(zone_to_utc(z, at("2026-03-29T02:30:00Z"), TIME_NONE) == at("2026-03-29T01:30:00Z"));
    assert_true(zone_to_utc(z, at("2026-03-29T01:59:59Z"), TIME_NONE) == at("2026-03-29T00:59:59Z"));
    assert_true(zone_to_utc(z, at("2026-03-29T03:00:00Z"), TIME_NONE) == at("2026-03-29T01:00:00Z"));
    /* Long after the table, by the rule in the footer. */
    assert_true(zone_to_utc(z, at("2077-03-28T02:30:00Z"), TIME_NONE) == at("2077-03-28T01:30:00Z"));
    zone_free(z);
}

static void a_repeated_reading_goes_by_what_came_before(void **state)
{
    struct zone *z = open_zone("America/New_York");
    time_us wall = at("2026-11-01T01:30:00Z");

    (void)state;
    assert_true(zone_to_utc(z, wall, TIME_NONE) == at("2026-11-01T05:30:00Z"));
    assert_true(zone_to_utc(z, wall, at("2026-11-01T05:10:00Z")) == at("2026-11-01T05:30:00Z"));
    assert_true(zone_to_utc(z, wall, at("2026-11-01T05:45:00Z")) == at("2026-11-01T06:30:00Z"));
    zone_free(z);
}

static void a_day_that_never_was_is_a_gap_too(void **state)
{
    struct zone *z = open_zone("Pacific/Apia");

    (void)state;
    /* Samoa skipped 2011-12-30. */
    assert_true(zone_to_utc(z, at("2011-12-30T12:00:00Z"), TIME_NONE) == at("2011-12-30T22:00:00Z"));
    assert_int_equal(zone_offset_at(z, at("2012-01-01T00:00:00Z")), 14 * 3600);
    zone_free(z);
}

static void bad_names_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "/etc/passwd",
        "../../../etc/passwd",
        "Asia/../UTC",
        "Asia/",
        "Asia",
        "zone.tab",
        "Nowhere/Land",
        "Asia/Jakarta ",
        "leapseconds",
        "right/UTC",
        "Asia/Jakarta\n",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    };
    struct fail why;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_null(zone_open(bad[i], &why));
        assert_int_equal(why.code, FAIL_BAD_FIELD);
    }
    zone_free(NULL);
}

static int32_t rule_offset(const char *rule, const char *when)
{
    struct zone_rule r;

    assert_int_equal(zone_rule_parse(text_of(rule), &r), 0);
    return zone_rule_offset(&r, at(when) / US_PER_S);
}

static void rules_count_days_in_all_three_ways(void **state)
{
    (void)state;
    assert_int_equal(rule_offset("<+07>-7", "2026-06-01T00:00:00Z"), 7 * 3600);
    assert_int_equal(rule_offset("NST3:30", "2026-06-01T00:00:00Z"), -(3 * 3600 + 1800));
    assert_int_equal(rule_offset("AAA0BBB-2:00:30,M1.1.0,M12.5.0", "2026-06-01T00:00:00Z"), 2 * 3600 + 30);
    /* J60 is always the first of March; day 59 is it only in a common year. */
    assert_int_equal(rule_offset("AAA0BBB,J60/0,J300", "2024-02-29T23:59:59Z"), 0);
    assert_int_equal(rule_offset("AAA0BBB,J60/0,J300", "2024-03-01T00:00:00Z"), 3600);
    assert_int_equal(rule_offset("AAA0BBB,59/0,300", "2024-02-29T00:00:00Z"), 3600);
    assert_int_equal(rule_offset("AAA0BBB,59/0,300", "2023-02-28T23:59:59Z"), 0);
    assert_int_equal(rule_offset("AAA0BBB,59/0,300", "2023-03-01T00:00:00Z"), 3600);
    /* The south has its summer over the new year; the change may be hours before its day. */
    assert_int_equal(rule_offset("AAA0BBB,M10.1.0,M3.3.0", "2026-01-01T00:00:00Z"), 3600);
    assert_int_equal(rule_offset("AAA0BBB,M3.5.0/-1,M10.5.0", "2026-03-28T23:00:00Z"), 3600);
    assert_int_equal(rule_offset("AAA0BBB,M3.5.0/-1,M10.5.0", "2026-03-28T22:59:59Z"), 0);
}

static void broken_rules_are_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "AA0",
                                       "AAA",
                                       "<>0",
                                       "<+07-7",
                                       "AAA25",
                                       "AAA0:60",
                                       "AAA0BBB",
                                       "AAA0BBB,",
                                       "AAA0BBB,M3.5.0",
                                       "AAA0BBB,M13.5.0,M1.1.0",
                                       "AAA0BBB,M3.6.0,M1.1.0",
                                       "AAA0BBB,M3.5.7,M1.1.0",
                                       "AAA0BBB,J0,J1",
                                       "AAA0BBB,366,1",
                                       "AAA0BBB,M3.5.0/168,1",
                                       "AAA0BBB,M3.5.0,M1.1.0 ",
                                       "AAA--1",
                                       "AAA0BB,1,2",
                                       "AAA0BBB,-1,2" };
    struct zone_rule r;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (zone_rule_parse(text_of(bad[i]), &r) != -1)
            fail_msg("taken: %s", bad[i]);
}

/* The C library as the second opinion: it reads the same files by other code. */
static void all_agree_with_the_c_library(void **state)
{
    static const char *const names[] = {
        "UTC",         "Asia/Jakarta",        "Asia/Makassar",     "Asia/Kolkata",      "Asia/Kathmandu",
        "Asia/Gaza",   "Europe/Dublin",       "Africa/Casablanca", "America/Sao_Paulo", "America/Nuuk",
        "Asia/Tehran", "Australia/Lord_Howe", "America/Santiago",  "Antarctica/Troll",  "Pacific/Apia",
        "Etc/GMT+5",   "Europe/London",       "America/St_Johns",  "Pacific/Chatham",   "Asia/Pyongyang",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct zone *z = open_zone(names[i]);

        setenv("TZ", names[i], 1);
        tzset();
        for (int64_t s = at("1910-01-01T00:00:00Z") / US_PER_S; s < at("2120-01-01T00:00:00Z") / US_PER_S;
             s += 86400 * 3 + 1237) {
            time_t t = (time_t)s;
            struct tm tm;

            localtime_r(&t, &tm);
            if (zone_offset_at(z, s * US_PER_S) != tm.tm_gmtoff)
                fail_msg("%s at %lld: %d, libc %ld", names[i], (long long)s, zone_offset_at(z, s * US_PER_S),
                         tm.tm_gmtoff);
            /* And every instant comes back from its own wall clock, give or take a repeated hour. */
            time_us wall = (s + tm.tm_gmtoff) * US_PER_S;
            time_us back = zone_to_utc(z, wall, s * US_PER_S);
            if (back != s * US_PER_S)
                fail_msg("%s wall of %lld comes back as %lld", names[i], (long long)s, (long long)(back / US_PER_S));
        }
        zone_free(z);
    }
    unsetenv("TZ");
    tzset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jakarta_is_seven_hours_ahead),
        cmocka_unit_test(a_reading_in_a_gap_moves_forward),
        cmocka_unit_test(a_repeated_reading_goes_by_what_came_before),
        cmocka_unit_test(a_day_that_never_was_is_a_gap_too),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(rules_count_days_in_all_three_ways),
        cmocka_unit_test(broken_rules_are_refused),
        cmocka_unit_test(all_agree_with_the_c_library),
    };
    return RUN(tests);
}

/* Day first or month first, glued exports and quoted headers: exports.md 1.4 and 1.7. */
#include "archive.h"

/* The date of the given record (from 0) in what came out. */
static const char *date_of(const struct reading *r, int record)
{
    static char date[11];
    const char *line = r->out.ptr;

    for (int i = 0; i < record && line; i++)
        line = strchr(line, '\n') + 1;
    memcpy(date, line, 10);
    date[10] = '\0';
    return date;
}

static void run(struct reading *r, const char *input)
{
    if (reading_run(r, text_of(input)))
        fail_msg("line %ld: %s", r->why.line, r->why.text);
}

static const struct {
    const char *input, *first, *rule;
    enum date_order order;
    bool is_sure;
} decisions[] = {
    { "2024/06/05, 21:05 - A: x\n", "2024-06-05", "year_first", DATE_ORDER_YMD, true },
    { "5/6/24, 21:05 - A: x\n15/6/24, 21:05 - A: x\n", "2024-06-05", "over_12", DATE_ORDER_DMY, true },
    { "5/6/24, 21:05 - A: x\n5/16/24, 21:05 - A: x\n", "2024-05-06", "over_12", DATE_ORDER_MDY, true },
    { "[5/6/24, 21:05:07] A: \xe2\x80\x8e<attached: 00000042-PHOTO-2024-06-05-21-05-07.jpg>\r\n", "2024-06-05",
      "media_name", DATE_ORDER_DMY, true },
    { "[5/6/24, 21:05:07] A: \xe2\x80\x8e<attached: 00000042-PHOTO-2024-05-06-21-05-07.jpg>\r\n", "2024-05-06",
      "media_name", DATE_ORDER_MDY, true },
    { "5/6/24, 21:05 - A: IMG-20240605-WA0001.jpg (file attached)\n", "2024-06-05", "media_name", DATE_ORDER_DMY, true },
    /* June to October under one reading, five jumps back under the other */
    { "1/6/24, 1:05 - A: x\n1/7/24, 1:05 - A: x\n1/8/24, 1:05 - A: x\n2/6/24, 1:05 - A: x\n2/7/24, 1:05 - A: x\n"
      "3/6/24, 1:05 - A: x\n3/7/24, 1:05 - A: x\n4/6/24, 1:05 - A: x\n",
      "2024-01-06", "jumps", DATE_ORDER_MDY, true },
    { "5/6/24, 9:05 pm - A: x\n", "2024-06-05", "shape", DATE_ORDER_DMY, true },
    { "5/6/24, 9:05 p.m. - A: x\n", "2024-06-05", "shape", DATE_ORDER_DMY, true },
    { "5.6.24, 21:05 - A: x\n", "2024-06-05", "shape", DATE_ORDER_DMY, true },
    { "5-6-24 21:05 - A: x\n", "2024-06-05", "shape", DATE_ORDER_DMY, true },
    { "05/06/24, 21:05 - A: x\n", "2024-06-05", "shape", DATE_ORDER_DMY, true },
    { "5/6/24, 9:05 PM - A: x\n", "2024-05-06", "shape", DATE_ORDER_MDY, true },
    { "5/6/24, 21:05 - A: x\n", "2024-05-06", "shape", DATE_ORDER_MDY, false },
    { "[5/6/2024, 21:05:07] A: x\n", "2024-06-05", "region", DATE_ORDER_DMY, false },
    { "[5/6/2567 BE, 21:05:07] A: x\n", "2024-05-06", "shape", DATE_ORDER_MDY, true },
    { "[5/6/R6, 21:05:07] A: x\n", "2024-05-06", "shape", DATE_ORDER_MDY, true },
    { "05/06/67, 21:05 - A: x\n", "2024-06-05", "shape", DATE_ORDER_DMY, true },
    { "24. 6. 5. 21:05 - A: x\n24. 6. 6. 21:05 - A: x\n24. 6. 7. 21:05 - A: x\n24. 6. 8. 21:05 - A: x\n"
      "24. 6. 15. 21:05 - A: x\n24. 6. 16. 21:05 - A: x\n24. 6. 17. 21:05 - A: x\n24. 6. 18. 21:05 - A: x\n"
      "24. 6. 19. 21:05 - A: x\n24. 6. 20. 21:05 - A: x\n",
      "2024-06-05", "over_12", DATE_ORDER_YMD, true },
};

static void the_strongest_rule_decides_and_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(decisions); i++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP };

        run(&r, decisions[i].input);
        if (strcmp(date_of(&r, 0), decisions[i].first) != 0 || strcmp(r.summary.date_rule, decisions[i].rule) != 0 ||
            r.summary.date_order != decisions[i].order || r.summary.date_sure != decisions[i].is_sure)
            fail_msg("case %zu: %s by %s, order %d, sure %d", i, date_of(&r, 0), r.summary.date_rule,
                     (int)r.summary.date_order, r.summary.date_sure);
        reading_fini(&r);
    }
}

static void a_given_order_wins_over_everything_but_a_leading_year(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP, .options = { .date_order = DATE_ORDER_MDY } };

    (void)state;
    run(&r, "05/06/24, 21:05 - A: x\n");
    assert_string_equal(date_of(&r, 0), "2024-05-06");
    assert_string_equal(r.summary.date_rule, "given");
    run(&r, "2024/06/05, 21:05 - A: x\n");
    assert_string_equal(date_of(&r, 0), "2024-06-05");
    r.options.date_order = DATE_ORDER_YMD;
    run(&r, "24/06/05, 21:05 - A: x\n");
    assert_string_equal(date_of(&r, 0), "2024-06-05");
    reading_fini(&r);
}

static void the_region_decides_when_nothing_else_does(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP, .options = { .region_order = DATE_ORDER_MDY } };

    (void)state;
    run(&r, "[5/6/2024, 21:05:07] A: x\n");
    assert_string_equal(date_of(&r, 0), "2024-05-06");
    assert_string_equal(r.summary.date_rule, "region");
    assert_false(r.summary.date_sure);
    reading_fini(&r);
}

static void no_reading_may_lie_in_the_future(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_int_equal(time_parse(TEXT("2024-07-01T00:00:00Z"), &r.options.not_after), 0);
    run(&r, "5/6/24, 21:05 - A: x\n6/8/24, 21:05 - A: x\n");
    assert_string_equal(r.summary.date_rule, "not_after");
    assert_int_equal(r.summary.date_order, DATE_ORDER_MDY);
    reading_fini(&r);
}

/* n headers one day apart from (month, day) on, in the given order. */
static void days(struct buf *out, int n, int month, int day, bool month_first, const char *rest)
{
    int64_t first = civil_to_days(2024, month, day);

    for (int i = 0; i < n; i++) {
        int y, m, d;

        days_to_civil(first + i, &y, &m, &d);
        buf_printf(out, "%d/%d/%02d, 10:%02d%s", month_first ? m : d, month_first ? d : m, y % 100, i % 60, rest);
    }
}

static void two_exports_of_different_shape_are_both_read(void **state)
{
    struct buf in = BUF_INIT(1u << 20);
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    days(&in, 30, 3, 1, true, " AM - Sari: x\n");
    days(&in, 30, 4, 1, false, " - Toko: y\n");
    run(&r, in.ptr);
    assert_int_equal(r.summary.events, 60);
    assert_string_equal(date_of(&r, 0), "2024-03-01");
    assert_string_equal(date_of(&r, 29), "2024-03-30");
    assert_string_equal(date_of(&r, 30), "2024-04-01");
    assert_string_equal(date_of(&r, 59), "2024-04-30");
    buf_fini(&in);
    reading_fini(&r);
}

static void the_order_may_change_in_the_middle(void **state)
{
    struct buf in = BUF_INIT(1u << 20);
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    days(&in, 60, 3, 1, true, " - Sari: x\n");
    days(&in, 60, 5, 1, false, " - Sari: y\n");
    run(&r, in.ptr);
    assert_int_equal(r.summary.events, 120);
    assert_string_equal(date_of(&r, 0), "2024-03-01");
    assert_string_equal(date_of(&r, 59), "2024-04-29");
    assert_string_equal(date_of(&r, 60), "2024-05-01");
    assert_string_equal(date_of(&r, 119), "2024-06-29");
    buf_fini(&in);
    reading_fini(&r);
}

static void the_same_chat_exported_twice_and_glued_is_read_twice(void **state)
{
    struct buf in = BUF_INIT(1u << 20);
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    days(&in, 40, 3, 1, true, " AM - Sari: x\n");
    days(&in, 45, 3, 1, true, " AM - Sari: x\n");
    run(&r, in.ptr);
    assert_int_equal(r.summary.events, 85);
    assert_string_equal(date_of(&r, 39), "2024-04-09");
    assert_string_equal(date_of(&r, 40), "2024-03-01");
    buf_fini(&in);
    reading_fini(&r);
}

static void a_quoted_header_of_another_shape_is_text(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r,
                 "15/06/24 21.05 - Sari: dari bos:\n[6/14/24, 9:05:07 PM] Bos: kirim\n6/14/24, 9:05 PM - Bos: ya\n"
                 "15/06/24 21.06 - Toko: siap\n",
                 "2024-06-15 21:05:00|Sari|dari bos:\\n[6/14/24, 9:05:07 PM] Bos: kirim\\n6/14/24, 9:05 PM - Bos: "
                 "ya|\n2024-06-15 21:06:00|Toko|siap|\n");
    reading_fini(&r);
}

static void dates_padded_otherwise_are_of_another_phone(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r,
                 "5/3/24, 21:05 - A: a\n5/4/24, 21:05 - A: kutipan:\n04/05/24, 21:06 - B: x\n5/5/24, 21:05 - A: c\n"
                 "5/6/24, 21:05 - A: d\n",
                 "2024-05-03 21:05:00|A|a|\n2024-05-04 21:05:00|A|kutipan:\\n04/05/24, 21:06 - B: x|\n"
                 "2024-05-05 21:05:00|A|c|\n2024-05-06 21:05:00|A|d|\n");
    assert_reads(&r,
                 "5/3/24, 21:05 - A: a\n5/4/24, 21:05 - A: b\n5/5/24, 21:05 - A: c\n01/07/24, 21:05 - A: d\n"
                 "02/07/24, 21:05 - A: e\n03/07/24, 21:05 - A: f\n",
                 "2024-05-03 21:05:00|A|a|\n2024-05-04 21:05:00|A|b|\n2024-05-05 21:05:00|A|c|\n"
                 "2024-07-01 21:05:00|A|d|\n2024-07-02 21:05:00|A|e|\n2024-07-03 21:05:00|A|f|\n");
    reading_fini(&r);
}

static void a_quoted_header_of_an_earlier_day_is_text(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r,
                 "15/06/24 21.05 - Sari: a\n15/06/24 21.06 - Toko: b\n15/06/24 21.07 - Sari: dulu:\n"
                 "10/06/24 08.00 - Toko: janji\n15/06/24 21.08 - Toko: oh\n",
                 "2024-06-15 21:05:00|Sari|a|\n2024-06-15 21:06:00|Toko|b|\n2024-06-15 21:07:00|Sari|dulu:\\n"
                 "10/06/24 08.00 - Toko: janji|\n2024-06-15 21:08:00|Toko|oh|\n");
    reading_fini(&r);
}

static void a_quoted_header_of_a_later_day_does_not_swallow_the_rest(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r,
                 "15/06/24 21.05 - Sari: a\n15/06/24 21.06 - Toko: b\n15/06/24 21.07 - Sari: acara:\n"
                 "30/06/24 08.00 - Panitia: datang\n15/06/24 21.08 - Toko: oh\n16/06/24 21.08 - Toko: ya\n",
                 "2024-06-15 21:05:00|Sari|a|\n2024-06-15 21:06:00|Toko|b|\n2024-06-15 21:07:00|Sari|acara:\\n"
                 "30/06/24 08.00 - Panitia: datang|\n2024-06-15 21:08:00|Toko|oh|\n2024-06-16 21:08:00|Toko|ya|\n");
    reading_fini(&r);
}

static void the_first_notice_may_be_the_latest(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r,
                 "15/09/24 21.05 - Pesan dan panggilan terenkripsi secara end-to-end.\n15/06/24 21.06 - Toko: b\n"
                 "16/06/24 21.07 - Sari: c\n",
                 "2024-09-15 21:05:00|-|Pesan dan panggilan terenkripsi secara end-to-end.|system "
                 "{\"notice\":\"encryption\"}\n2024-06-15 21:06:00|Toko|b|\n2024-06-16 21:07:00|Sari|c|\n");
    reading_fini(&r);
}

static void times_are_of_the_given_zone(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };
    struct fail why;
    struct zone *zone = zone_open("Asia/Jakarta", &why);

    (void)state;
    r.options.zone = zone;
    assert_reads(&r, "15/06/24 06.05 - Sari: a\n", "2024-06-14 23:05:00|Sari|a|\n");
    zone_free(zone);
    zone = zone_open("Europe/Berlin", &why);
    r.options.zone = zone;
    /* the hour that happens twice: file order tells which of the two */
    assert_reads(&r, "27.10.24, 02:59 - A: a\n27.10.24, 02:01 - A: b\n27.10.24, 03:00 - A: c\n",
                 "2024-10-27 00:59:00|A|a|\n2024-10-27 01:01:00|A|b|\n2024-10-27 02:00:00|A|c|\n");
    zone_free(zone);
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_strongest_rule_decides_and_is_told),
        cmocka_unit_test(a_given_order_wins_over_everything_but_a_leading_year),
        cmocka_unit_test(the_region_decides_when_nothing_else_does),
        cmocka_unit_test(no_reading_may_lie_in_the_future),
        cmocka_unit_test(two_exports_of_different_shape_are_both_read),
        cmocka_unit_test(the_order_may_change_in_the_middle),
        cmocka_unit_test(the_same_chat_exported_twice_and_glued_is_read_twice),
        cmocka_unit_test(a_quoted_header_of_another_shape_is_text),
        cmocka_unit_test(dates_padded_otherwise_are_of_another_phone),
        cmocka_unit_test(a_quoted_header_of_an_earlier_day_is_text),
        cmocka_unit_test(a_quoted_header_of_a_later_day_does_not_swallow_the_rest),
        cmocka_unit_test(the_first_notice_may_be_the_latest),
        cmocka_unit_test(times_are_of_the_given_zone),
    };

    return RUN(tests);
}

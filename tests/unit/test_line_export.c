/* LINE's chat history: quoted texts with anything in them, all clocks and dates, our side by the header. exports.md 6. */
#include "archive.h"

#define HEAD "[LINE] Chat history with Sari\r\nSaved on: 2024/06/03 09:00\r\n\r\n2024/06/01(Sat)\r\n"

static void quoted_texts_may_hold_lines_that_look_like_records(void **state)
{
    struct reading r = { .format = ARCHIVE_LINE };

    (void)state;
    assert_reads(&r,
                 "\xef\xbb\xbf" HEAD "08:01\tSari\t\"Halo kak\nstok \"\"merah\"\" ada?\n09:00\tToko\tini bukan pesan\n"
                 "2024/06/05(Wed)\"\r\n08:02\tToko Contoh\tada\r\n\r\n2024/06/02(Sun)\r\n10:00PM\tSari\toke\r\n",
                 "2024-06-01 08:01:00|Sari|Halo kak\\nstok \"merah\" ada?\\n09:00\tToko\tini bukan pesan\\n2024/06/05(Wed)|in\n"
                 "2024-06-01 08:02:00|Toko Contoh|ada|out\n2024-06-02 22:00:00|Sari|oke|in\n");
    assert_string_equal(r.title, "Sari");
    assert_string_equal(r.self, "Toko Contoh");
    reading_fini(&r);
}

static void a_quote_that_never_ends_is_a_quote(void **state)
{
    struct reading r = { .format = ARCHIVE_LINE };

    (void)state;
    assert_reads(&r, HEAD "08:01\tSari\t\"halo\n08:02\tSari\tya\n08:03\tToko\t\"besar\" sekali\n08:04\tSari\t\"a\"\nlagi\n",
                 "2024-06-01 08:01:00|Sari|\"halo|in\n2024-06-01 08:02:00|Sari|ya|in\n"
                 "2024-06-01 08:03:00|Toko|\"besar\" sekali|out\n2024-06-01 08:04:00|Sari|\"a\"\\nlagi|in\n");
    reading_fini(&r);
}

static void clocks_of_every_language_are_read(void **state)
{
    struct reading r = { .format = ARCHIVE_LINE };

    (void)state;
    assert_reads(&r,
                 "[LINE] Sari\xe3\x81\xa8\xe3\x81\xae\xe3\x83\x88\xe3\x83\xbc\xe3\x82\xaf\xe5\xb1\xa5\xe6\xad\xb4\n\n\n"
                 "2024/6/1\xe9\x80\xb1\xe5\x85\xad\n\xe5\x8d\x88\xe5\xbe\x8c" "8:01\tSari\ta\n\xe4\xb8\x8b\xe5\x8d\x88" "03:04\tToko\tb\n"
                 "2024.06.02 Sunday\n8:01AM\tSari\tc\n12:00 AM\tSari\td\n",
                 "2024-06-01 20:01:00|Sari|a|in\n2024-06-01 15:04:00|Toko|b|out\n2024-06-02 08:01:00|Sari|c|in\n"
                 "2024-06-02 00:00:00|Sari|d|in\n");
    reading_fini(&r);
}

static void the_weekday_settles_day_and_month(void **state)
{
    struct reading r = { .format = ARCHIVE_LINE };

    (void)state;
    assert_reads(&r, "[LINE] Chat history with Sari\n\n\nMon, 06/03/2024\n08:01\tSari\ta\n", "2024-06-03 08:01:00|Sari|a|in\n");
    assert_int_equal(r.summary.date_order, DATE_ORDER_MDY);
    assert_string_equal(r.summary.date_rule, "weekday");
    assert_reads(&r, "[LINE] Chat history with Sari\n\n\nMon, 03/06/2024\n08:01\tSari\ta\n", "2024-06-03 08:01:00|Sari|a|in\n");
    assert_int_equal(r.summary.date_order, DATE_ORDER_DMY);
    assert_true(r.summary.date_sure);
    reading_fini(&r);
}

static void notices_and_what_was_left_out_are_told(void **state)
{
    struct reading r = { .format = ARCHIVE_LINE };

    (void)state;
    assert_reads(&r, HEAD "08:03\tSari\t[Sticker]\n08:04\t\tYou unsent a message.\n08:05\tSari joined\n08:06\tToko\t\xe2\x98\x8e Call time 1:23\n",
                 "2024-06-01 08:03:00|Sari|[Sticker]|in {\"media\":\"omitted\",\"media_type\":\"sticker\"}\n"
                 "2024-06-01 08:04:00|-|You unsent a message.|system {\"notice\":\"unsent\"}\n"
                 "2024-06-01 08:05:00|-|Sari joined|system {\"notice\":\"other\"}\n"
                 "2024-06-01 08:06:00|Toko|\xe2\x98\x8e Call time 1:23|out {\"call\":\"voice\"}\n");
    reading_fini(&r);
}

static void the_same_words_in_a_minute_stay_two_and_ids_last(void **state)
{
    static const char chat[] = HEAD "08:01\tSari\tok\n08:01\tSari\tok\n";
    struct reading a = { .format = ARCHIVE_LINE }, b = { .format = ARCHIVE_LINE };

    (void)state;
    assert_int_equal(reading_run(&a, text_of(chat)), 0);
    assert_int_equal(reading_run(&b, TEXT(HEAD "08:01\tSari\tok\n08:01\tSari\tok\n08:02\tToko\tbaru\n")), 0);
    assert_int_equal(memcmp(a.ids.ptr, b.ids.ptr, a.ids.len), 0);
    assert_int_not_equal(strncmp(a.ids.ptr, a.ids.ptr + 33, 32), 0);
    reading_fini(&a);
    reading_fini(&b);
}

static void a_group_leaves_the_side_to_be_asked(void **state)
{
    struct reading r = { .format = ARCHIVE_LINE };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT("[LINE] Chat history in Reseller\n\n\n2024/06/01(Sat)\n08:01\tSari\ta\n")), 0);
    assert_true(r.summary.is_group);
    assert_null(strstr(r.out.ptr, "|in"));
    reading_fini(&r);
}

static void the_desktop_programs_file_is_refused_in_words(void **state)
{
    struct reading r = { .format = ARCHIVE_LINE };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT("[LINE] Chat history with Sari\nSaved on: x\n\n2024.06.01 Saturday\n23:43 Sari halo\n")), -1);
    assert_int_equal(r.why.code, FAIL_BAD_FILE);
    assert_non_null(strstr(r.why.text, "phone"));
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quoted_texts_may_hold_lines_that_look_like_records),
        cmocka_unit_test(a_quote_that_never_ends_is_a_quote),
        cmocka_unit_test(clocks_of_every_language_are_read),
        cmocka_unit_test(the_weekday_settles_day_and_month),
        cmocka_unit_test(notices_and_what_was_left_out_are_told),
        cmocka_unit_test(the_same_words_in_a_minute_stay_two_and_ids_last),
        cmocka_unit_test(a_group_leaves_the_side_to_be_asked),
        cmocka_unit_test(the_desktop_programs_file_is_refused_in_words),
    };

    return RUN(tests);
}

/* Every header shape of exports.md 1.3, and what only looks like a header. */
#include "archive.h"

#define NB   "\xc2\xa0"
#define NNB  "\xe2\x80\xaf"
#define THIN "\xe2\x80\x89"
#define LRM  "\xe2\x80\x8e"
#define RLM  "\xe2\x80\x8f"
#define BOM  "\xef\xbb\xbf"

/* One header before "Sari: Kak" and when it was, as the wall clock showed. */
static const struct {
    const char *header, *time;
} shapes[] = {
    { "6/15/24, 9:05 PM - ", "2024-06-15 21:05:00" },
    { "6/15/24, 9:05" NNB "PM - ", "2024-06-15 21:05:00" },
    { "15/06/24, 9:05 pm - ", "2024-06-15 21:05:00" },
    { "15/06/24, 9:05" NNB "am - ", "2024-06-15 09:05:00" },
    { "15/06/2024, 9:05 pm - ", "2024-06-15 21:05:00" },
    { "15/06/2024, 21:05 - ", "2024-06-15 21:05:00" },
    { "6/15/24, 21:05 - ", "2024-06-15 21:05:00" },
    { "15/06/24, 21:05 - ", "2024-06-15 21:05:00" },
    { "15/06/24 21.05 - ", "2024-06-15 21:05:00" },
    { "15/06/24, 21.05 - ", "2024-06-15 21:05:00" },
    { "15/06/24 21:05 - ", "2024-06-15 21:05:00" },
    { "15.06.24, 21:05 - ", "2024-06-15 21:05:00" },
    { "15.06.2024, 21:05 - ", "2024-06-15 21:05:00" },
    { "15.06.24 21:05 - ", "2024-06-15 21:05:00" },
    { "15-06-2024 21:05 - ", "2024-06-15 21:05:00" },
    { "15-06-24 21:05 - ", "2024-06-15 21:05:00" },
    { "2024-06-15, 21:05 - ", "2024-06-15 21:05:00" },
    { "2024-06-15, 9:05 p.m. - ", "2024-06-15 21:05:00" },
    { "2024/06/15, 21:05 - ", "2024-06-15 21:05:00" },
    { "2024/06/15, 9:05 pm - ", "2024-06-15 21:05:00" },
    { "2024/06/15 21:05 - ", "2024-06-15 21:05:00" },
    { "2024/6/15 下午9:05 - ", "2024-06-15 21:05:00" },
    { "2024/6/15 上午9:05 - ", "2024-06-15 09:05:00" },
    { "2024/6/15 午後9:05 - ", "2024-06-15 21:05:00" },
    { "2024/6/15 午前12:05 - ", "2024-06-15 00:05:00" },
    { "2024/6/15 오후 9:05 - ", "2024-06-15 21:05:00" },
    { "2024. 6. 15. 오후 9:05 - ", "2024-06-15 21:05:00" },
    { "15.6.2024 klo 21.05 - ", "2024-06-15 21:05:00" },
    { "15. 06. 2024. 21:05 - ", "2024-06-15 21:05:00" },
    { "15/6/24, 9:05 p." NB "m. - ", "2024-06-15 21:05:00" },
    { "15/6/24, 9:05 p." NNB "m. - ", "2024-06-15 21:05:00" },
    { "15/6/24 9:05 a. m. - ", "2024-06-15 09:05:00" },
    { "15.06.24, 9:05 nachm. - ", "2024-06-15 21:05:00" },
    { "15.06.24, 9:05 vorm. - ", "2024-06-15 09:05:00" },
    { "15.06.24, 6:05 morgens - ", "2024-06-15 06:05:00" },
    { "15.06.24, 12:05 mittags - ", "2024-06-15 12:05:00" },
    { "15.06.24, 1:05 mittags - ", "2024-06-15 13:05:00" },
    { "15.06.24, 9:05 abends - ", "2024-06-15 21:05:00" },
    { "15.06.24, 12:05 nachts - ", "2024-06-15 00:05:00" },
    { "15.06.24, 2:05 nachts - ", "2024-06-15 02:05:00" },
    { "15.06.24, 11:05 nachts - ", "2024-06-15 23:05:00" },
    { "[6/15/24, 9:05:07 PM] ", "2024-06-15 21:05:07" },
    { "[6/15/24, 9:05:07" NNB "PM] ", "2024-06-15 21:05:07" },
    { "[15/06/2024, 21:05:07] ", "2024-06-15 21:05:07" },
    { "[15/06/2024, 9:05:07" NNB "pm] ", "2024-06-15 21:05:07" },
    { "[15/06/24 21:05:07] ", "2024-06-15 21:05:07" },
    { "[15/06/24 21.05.07] ", "2024-06-15 21:05:07" },
    { "[15.06.24, 21:05:07] ", "2024-06-15 21:05:07" },
    { "[2024/06/15, 21:05:07] ", "2024-06-15 21:05:07" },
    { "[2024/6/15 下午9:05:07] ", "2024-06-15 21:05:07" },
    { "[2024-06-15, 9:05:07 p.m.] ", "2024-06-15 21:05:07" },
    { "[21:05:07, 15/06/24] ", "2024-06-15 21:05:07" },
    { "[21:05:07, 15/6/2024] ", "2024-06-15 21:05:07" },
    { "21:05, 15/06/2024 - ", "2024-06-15 21:05:00" },
    { "[15" RLM "/6" RLM "/2024، 9:05:07" NB "م] ", "2024-06-15 21:05:07" },
    { "[١٥" RLM "/٠٦" RLM "/٢٠٢٤، ٩:٠٥:٠٧" NB "ص] ", "2024-06-15 09:05:07" },
    { "۱۵/۰۶/۲۰۲۴، ۲۱:۰۵ - ", "2024-06-15 21:05:00" },
    { "१५/०६/२४, २१:०५ - ", "2024-06-15 21:05:00" },
    { "[6/15/2567 BE, 21:05:07] ", "2024-06-15 21:05:07" },
    { "[15/06/2567 21:05:07] ", "2024-06-15 21:05:07" },
    { "[6/15/R6, 21:05:07] ", "2024-06-15 21:05:07" },
    { "[R6/6/15 21:05:07] ", "2024-06-15 21:05:07" },
    { "6/15/H31, 21:05 - ", "2019-06-15 21:05:00" },
    { "2024年6月15日 21:05 - ", "2024-06-15 21:05:00" },
    { "15/6/2567 21:05 น. - ", "2024-06-15 21:05:00" },
    { "15.06.24, 21:05 Uhr - ", "2024-06-15 21:05:00" },
    { "2024-06-15 21 h 05 - ", "2024-06-15 21:05:00" },
    { "15/06/2024 21h05 - ", "2024-06-15 21:05:00" },
    { "[9:05:07 CH, 15/06/2024] ", "2024-06-15 21:05:07" },
    { "[2024/6/15 晚上9:05:07] ", "2024-06-15 21:05:07" },
    { "[2024/6/15 凌晨12:05:07] ", "2024-06-15 00:05:07" },
    { "[15/06/24, 9:05:07 p m] ", "2024-06-15 21:05:07" },
    { RLM "[15" RLM "/6" RLM "/2024، 9:05:07" NB "م] ", "2024-06-15 21:05:07" },
    { "15/06/24, 21:05 – ", "2024-06-15 21:05:00" },
    { "15/06/24, 21:05:07: ", "2024-06-15 21:05:07" },
    { "15/06/24," THIN "21:05 - ", "2024-06-15 21:05:00" },
    { LRM "[15/06/24 21.05.07] ", "2024-06-15 21:05:07" },
    { BOM "[15/06/24 21.05.07] ", "2024-06-15 21:05:07" },
    /* phones that print a marker after a 24 h clock */
    { "15/06/24, 23:59 PM - ", "2024-06-15 23:59:00" },
    { "15/06/24, 00:04 AM - ", "2024-06-15 00:04:00" },
    { "15/06/24, 12:04 AM - ", "2024-06-15 00:04:00" },
    { "15/06/24, 12:04 PM - ", "2024-06-15 12:04:00" },
};

static void every_shape_is_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP };
        char input[512], expected[512];

        snprintf(input, sizeof(input), "%sSari: Kak\nlagi\n%sSari: dua\n", shapes[i].header, shapes[i].header);
        snprintf(expected, sizeof(expected), "%s|Sari|Kak\\nlagi|\n%s|Sari|dua|\n", shapes[i].time, shapes[i].time);
        r.step = 0;
        if (reading_run(&r, text_of(input)))
            fail_msg("%s: %s", shapes[i].header, r.why.text);
        if (strcmp(r.out.ptr, expected) != 0)
            fail_msg("%s was read as\n%s", shapes[i].header, r.out.ptr);
        reading_fini(&r);
    }
}

static void every_shape_is_recognised_by_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        char input[512];
        struct fail why;

        snprintf(input, sizeof(input), "%sSari: Kak\n%sSari: dua\n%sSari: tiga\n", shapes[i].header,
                 shapes[i].header, shapes[i].header);
        if (archive_sniff(text_of(input), TEXT(""), &why) != ARCHIVE_WHATSAPP)
            fail_msg("%s is not recognised", shapes[i].header);
    }
}

static void what_only_resembles_a_header_is_text(void **state)
{
    static const char *const lines[] = {
        "15/06/24",
        "15/06/24 jadi ya",
        "15/06/24 21.05 jadi ya",
        "[15/06, 21:05] Sari: dari layar",
        "Sat, Jun 15, 2024 9:05 PM - Sari: panjang",
        "Senin, 15 Jun 2024 | 21.05",
        "31/02/24 21.05 - tanggal salah",
        "15/13/24 21.05 - bulan salah",
        "15/06/24 25.05 - jam salah",
        "15/06/24 21.65 - menit salah",
        "15/06/08 21.05 - sebelum ada",
        "99/99/99 99.99 - x",
        "08:01\tSari\tteks",
        "[sticker]",
        "[]",
        "1.500.000 - harga",
        "1/2/3 4",
        "12.30-13.00 istirahat",
        "(15/06/24 21.05 - ",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP };
        char input[512], expected[512];

        snprintf(input, sizeof(input), "15/06/24 21.05 - Sari: satu\n%s\n15/06/24 21.06 - Sari: dua\n", lines[i]);
        snprintf(expected, sizeof(expected), "2024-06-15 21:05:00|Sari|satu\\n%s|\n2024-06-15 21:06:00|Sari|dua|\n",
                 lines[i]);
        assert_reads(&r, input, expected);
        reading_fini(&r);
    }
}

static void a_copy_from_the_screen_is_refused_with_a_hint(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT("[15/06, 21:05] Sari: a\n[15/06, 21:06] Sari: b\n")), -1);
    assert_int_equal(r.why.code, FAIL_BAD_FILE);
    assert_int_equal(r.why.line, 1);
    assert_non_null(strstr(r.why.text, "Export chat"));
    reading_fini(&r);
}

static void a_file_without_messages_is_refused(void **state)
{
    static const char *const inputs[] = { "", "\n\n", "halo\n", "\xef\xbb\xbf", "{}", "\xff\xfe" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(inputs); i++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP };

        assert_int_equal(reading_run(&r, text_of(inputs[i])), -1);
        assert_int_equal(r.why.code, FAIL_BAD_FILE);
        reading_fini(&r);
    }
}

static void korean_names_end_with_a_blank_before_the_colon(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r, "2024. 6. 15. 오후 9:05, Sari : 안녕\n2024. 6. 15. 오후 9:06, Toko : ya\n",
                 "2024-06-15 21:05:00|Sari|안녕|\n2024-06-15 21:06:00|Toko|ya|\n");
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape_is_read),
        cmocka_unit_test(every_shape_is_recognised_by_content),
        cmocka_unit_test(what_only_resembles_a_header_is_text),
        cmocka_unit_test(a_copy_from_the_screen_is_refused_with_a_hint),
        cmocka_unit_test(a_file_without_messages_is_refused),
        cmocka_unit_test(korean_names_end_with_a_blank_before_the_colon),
    };

    return RUN(tests);
}

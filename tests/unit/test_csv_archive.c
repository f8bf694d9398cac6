/* Tables of any make: delimiter, encoding, columns and dates found, and shown for a person to check. exports.md 7. */
#include "archive.h"

#include "util/json_out.h"

static void delimiters_quotes_and_headers_are_found(void **state)
{
    static const char expected[] = "2024-06-01 08:05:00|Sari|Halo; \"stok\" ada?\\nbaris dua|in\n2024-06-01 08:06:00|Toko|Ada|out\n";
    static const char *const files[] = {
        "waktu;pengirim;arah;pesan\r\n2024-06-01 08:05;Sari;masuk;\"Halo; \"\"stok\"\" ada?\r\nbaris dua\"\r\n"
        "2024-06-01 08:06;Toko;keluar;Ada\r\n",
        "sep=;\r\nTanggal;Jam;Nama;Arah Pesan;Isi\r\n01/06/2024;8:05;Sari;in;\"Halo; \"\"stok\"\" ada?\nbaris dua\"\r\n"
        "01/06/2024;08.06;Toko;out;Ada",
        "Message\tFrom\tDirection\tDate Time\n\"Halo; \"\"stok\"\" ada?\nbaris dua\"\tSari\tIN\t2024-06-01T08:05:00Z\nAda\tToko\tOUT\t"
        "1717229160\n",
        "text,author,direction,sent_at\n\"Halo; \"\"stok\"\" ada?\nbaris dua\",Sari,in,1717229100000\nAda,Toko,out,45444.3375\n",
    };
    struct reading r = { .format = ARCHIVE_CSV };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++)
        assert_reads(&r, files[i], expected);
    assert_true(r.summary.sides_known);
    reading_fini(&r);
}

static void the_order_of_dates_is_decided_by_the_whole_file(void **state)
{
    static const struct {
        const char *file, *rule;
        enum date_order order;
        bool sure;
    } cases[] = {
        { "waktu,pesan\n01/06/2024 08:00,a\n13/06/2024 08:00,b\n", "over_12", DATE_ORDER_DMY, true },
        { "waktu,pesan\n01/06/2024 08:00,a\n06/13/2024 08:00,b\n", "over_12", DATE_ORDER_MDY, true },
        { "waktu,pesan\n01.06.2024 08:00,a\n", "shape", DATE_ORDER_DMY, true },
        { "waktu,pesan\n01/06/2024 08:00,a\n", "region", DATE_ORDER_DMY, false },
        { "waktu,pesan\n2024-06-01,a\n", "year_first", DATE_ORDER_YMD, true },
    };
    struct reading r = { .format = ARCHIVE_CSV };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(reading_run(&r, text_of(cases[i].file)), 0);
        assert_string_equal(r.summary.date_rule, cases[i].rule);
        assert_int_equal(r.summary.date_order, cases[i].order);
        assert_int_equal(r.summary.date_sure, cases[i].sure);
    }
    reading_fini(&r);
}

static void other_encodings_become_utf8(void **state)
{
    static const char utf16[] = "\xff\xfe" "t\0i\0m\0e\0,\0t\0e\0x\0t\0\n\0" "2\0" "0\0" "2\0" "4\0-\0" "0\0" "6\0-\0" "0\0" "1\0,\0\xe9\0\n\0";
    static const size_t steps[] = { 0, 1, 7 };
    struct reading r = { .format = ARCHIVE_CSV };

    (void)state;
    assert_reads(&r, "time,text\n2024-06-01,caf\xe9 \x80\n", "2024-06-01 00:00:00|-|caf\xc3\xa9 \xe2\x82\xac|\n");
    assert_reads(&r, "\xef\xbb\xbftime,text\n2024-06-01,caf\xc3\xa9\n", "2024-06-01 00:00:00|-|caf\xc3\xa9|\n");
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        r.step = steps[i];
        assert_int_equal(reading_run(&r, (struct text){ utf16, sizeof(utf16) - 1 }), 0);
        assert_string_equal(r.out.ptr, "2024-06-01 00:00:00|-|\xc3\xa9|\n");
    }
    reading_fini(&r);
}

static void a_table_without_header_is_read_by_its_content(void **state)
{
    struct reading r = { .format = ARCHIVE_CSV };

    (void)state;
    assert_reads(&r, "Sari,2024-06-01 08:00,apakah masih ada yang merah\nBudi,2024-06-01 08:01,kalau yang biru bagaimana\n",
                 "2024-06-01 08:00:00|Sari|apakah masih ada yang merah|\n"
                 "2024-06-01 08:01:00|Budi|kalau yang biru bagaimana|\n");
    reading_fini(&r);
}

static void formulas_stay_text_and_rows_without_time_are_counted(void **state)
{
    struct reading r = { .format = ARCHIVE_CSV };

    (void)state;
    assert_reads(&r, "time,author,text\n2024-06-01,Sari,=1+1\nkapan,Sari,x\n2024-06-01,Sari,\n",
                 "2024-06-01 00:00:00|Sari|=1+1|\n");
    assert_int_equal(r.summary.skipped[SKIP_NO_TIME], 1);
    assert_int_equal(r.summary.skipped_line[SKIP_NO_TIME], 3);
    assert_int_equal(r.summary.skipped[SKIP_EMPTY], 1);
    reading_fini(&r);
}

static void ids_of_the_table_are_kept_and_made_ones_last(void **state)
{
    struct reading r = { .format = ARCHIVE_CSV }, longer = { .format = ARCHIVE_CSV };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT("time,text,message_id\n2024-06-01,a,M1\n")), 0);
    assert_string_equal(r.ids.ptr, "M1\n");
    assert_int_equal(reading_run(&r, TEXT("time,text\n2024-06-01,a\n2024-06-01,a\n")), 0);
    assert_int_equal(reading_run(&longer, TEXT("time,text\n2024-06-01,a\n2024-06-01,a\n2024-06-02,a\n")), 0);
    assert_int_equal(memcmp(r.ids.ptr, longer.ids.ptr, r.ids.len), 0);
    assert_int_not_equal(strncmp(r.ids.ptr, r.ids.ptr + 33, 32), 0);
    reading_fini(&r);
    reading_fini(&longer);
}


static int ignore(const struct event *ev, void *arg)
{
    (void)ev;
    (void)arg;
    return 0;
}

static void the_mapping_can_be_shown(void **state)
{
    static const char file[] = "Waktu;Nama;Pesan;Catatan\n2024-06-01 08:00;Sari;halo;x\n";
    struct archive_options options = { .not_after = TIME_NONE };
    struct reader *r = reader_new(ARCHIVE_CSV, &options, ignore, NULL);
    struct buf json = BUF_INIT(65536);
    struct json_out j = json_out(&json);
    struct fail why;

    (void)state;
    for (unsigned pass = 0; pass < reader_passes(r); pass++) {
        assert_int_equal(reader_feed(r, text_of(file), &why), 0);
        assert_int_equal(reader_end_pass(r, &why), 0);
    }
    archive_mapping_write(reader_summary(r)->mapping, &j);
    assert_string_equal(json.ptr,
                        "{\"delimiter\":\";\",\"encoding\":\"utf-8\",\"header\":true,\"columns\":["
                        "{\"column\":\"Waktu\",\"field\":\"sent_at\",\"samples\":[\"2024-06-01 08:00\"]},"
                        "{\"column\":\"Nama\",\"field\":\"author\",\"samples\":[\"Sari\"]},"
                        "{\"column\":\"Pesan\",\"field\":\"text\",\"samples\":[\"halo\"]},"
                        "{\"column\":\"Catatan\",\"field\":null,\"samples\":[\"x\"]}]}");
    buf_fini(&json);
    reader_free(r);
}

static void what_is_no_table_is_refused(void **state)
{
    static const struct {
        const char *file, *hint;
        long line;
    } cases[] = {
        { "halo\napa kabar\n", "no table", 1 },
        { "warna,harga\nmerah,5\n", "time", 1 },
        { "time,text\n2024-06-01,\"tanpa akhir\n", "never ends", 2 },
    };
    struct reading r = { .format = ARCHIVE_CSV };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(reading_run(&r, text_of(cases[i].file)), -1);
        assert_int_equal(r.why.code, FAIL_BAD_FILE);
        assert_int_equal(r.why.line, cases[i].line);
        if (!strstr(r.why.text, cases[i].hint))
            fail_msg("%s", r.why.text);
    }
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delimiters_quotes_and_headers_are_found),
        cmocka_unit_test(the_order_of_dates_is_decided_by_the_whole_file),
        cmocka_unit_test(other_encodings_become_utf8),
        cmocka_unit_test(a_table_without_header_is_read_by_its_content),
        cmocka_unit_test(formulas_stay_text_and_rows_without_time_are_counted),
        cmocka_unit_test(ids_of_the_table_are_kept_and_made_ones_last),
        cmocka_unit_test(the_mapping_can_be_shown),
        cmocka_unit_test(what_is_no_table_is_refused),
    };

    return RUN(tests);
}

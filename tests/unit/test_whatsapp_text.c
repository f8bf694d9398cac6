/* Texts of records: line ends, byte orders, what the app itself writes, long messages, ids. exports.md 1.1, 1.5, 1.7. */
#include "archive.h"

#include "util/str.h"

#define LRM "\xe2\x80\x8e"
#define BOM "\xef\xbb\xbf"
#define H   "15/06/24 21.05 - "
#define T   "2024-06-15 21:05:00|"
#define I   "[15/06/24 21.05.07] "
#define U   "2024-06-15 21:05:07|"

static const struct {
    const char *input, *expected;
} cases[] = {
    /* exactly one line end closes a record */
    { H "A: satu\n\ndua\n\n" H "A: x", T "A|satu\\n\\ndua\\n|\n" T "A|x|\n" },
    { H "A: x\n\n", T "A|x\\n|\n" },
    { H "A:  x \n", T "A| x |\n" },
    /* CRLF everywhere: ends of lines inside a text become plain */
    { H "A: satu\r\ndua\r\n" H "A: x\r\n", T "A|satu\\ndua|\n" T "A|x|\n" },
    /* iOS: only CRLF ends a record, so a quoted header behind a bare LF is text */
    { I "A: satu\r\n" I "A: dua\n" I "B: kutipan\r\n" I "A: tiga\r\n" I "A: empat\r\n" I "A: lima\r\n",
      U "A|satu|\n" U "A|dua\\n[15/06/24 21.05.07] B: kutipan|\n" U "A|tiga|\n" U "A|empat|\n" U "A|lima|\n" },
    /* line ends mixed without a system: every header counts */
    { H "A: satu\r\n" H "A: dua\n" H "A: tiga\r\n" H "A: empat\n", T "A|satu|\n" T "A|dua|\n" T "A|tiga|\n" T "A|empat|\n" },
    /* U+2028, vertical tab and form feed are text */
    { H "A: a\xe2\x80\xa8" H "\x0b\x0c\n", T "A|a\xe2\x80\xa8" H "\x0b\x0c|\n" },
    /* byte-order marks at the start and before every bracket; joiners and ligatures stay */
    { BOM I "A: x\r\n" BOM I "A: \xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8d\xb3 \xef\xac\x81 ①\r\n",
      U "A|x|\n" U "A|\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x8d\xb3 \xef\xac\x81 ①|\n" },
    /* bytes that are no UTF-8, and NUL, become U+FFFD */
    { H "A: caf\xe9 \xed\xa0\x80\n", T "A|caf\xef\xbf\xbd \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\n" },
    /* Android's own words */
    { H "A: <Media tidak disertakan>\n" H "A: <Media omitted>\nlaporan.pdf\n" H "A: <Medien ausgeschlossen>\n" H
        "A: <Video note omitted>\n" H "A: <hehe>\n" H "A: <b>tebal</b>\n",
      T "A|<Media tidak disertakan>| {\"media\":\"omitted\"}\n" T
        "A|<Media omitted>\\nlaporan.pdf| {\"media\":\"omitted\"}\n" T
        "A|<Medien ausgeschlossen>| {\"media\":\"omitted\"}\n" T
        "A|<Video note omitted>| {\"media\":\"omitted\",\"media_type\":\"video\"}\n" T "A|<hehe>|\n" T
        "A|<b>tebal</b>|\n" },
    { H "A: IMG-20240615-WA0001.jpg (file terlampir)\nyang ini ya\n" H "A: PTT-20240615-WA0002.opus (fichier joint)\n" H
        "A: Daftar harga.pdf (file attached)\n" H "A: gambar.jpg (bagus)\n",
      T "A|IMG-20240615-WA0001.jpg (file terlampir)\\nyang ini ya| [image IMG-20240615-WA0001.jpg]\n" T
        "A|PTT-20240615-WA0002.opus (fichier joint)| [voice PTT-20240615-WA0002.opus]\n" T
        "A|Daftar harga.pdf (file attached)| [file Daftar harga.pdf]\n" T "A|gambar.jpg (bagus)|\n" },
    { H "A: Pesan ini telah dihapus\n" H "A: Pesan ini dihapus\n" H "A: This message was deleted\n" H
        "A: You deleted this message\n" H "A: This message was deleted by mistake, sorry\n",
      T "A|Pesan ini telah dihapus|out {\"deleted\":true}\n" T "A|Pesan ini dihapus|out {\"deleted\":true}\n" T
        "A|This message was deleted|out {\"deleted\":true}\n" T "A|You deleted this message|out {\"deleted\":true}\n" T
        "A|This message was deleted by mistake, sorry|out\n" },
    { H "A: 50rb <Pesan ini diedit>\n" H "A: fifty <This message was edited>\n" H "A: satu\ndua <Pesan ini diedit>\n",
      T "A|50rb <Pesan ini diedit>| {\"edited\":true}\n" T "A|fifty <This message was edited>| {\"edited\":true}\n" T
        "A|satu\\ndua <Pesan ini diedit>| {\"edited\":true}\n" },
    { H "A: lokasi : https://maps.google.com/?q=-6.2,106.8\n" H "A: Panggilan suara tak terjawab\n" H "A: null\n" H
        "A: Missed video call at 9.05\n",
      T "A|lokasi : https://maps.google.com/?q=-6.2,106.8| [location ]\n" T
        "A|Panggilan suara tak terjawab| {\"call\":\"missed_voice\"}\n" T "A|null|\n" T
        "A|Missed video call at 9.05| {\"call\":\"missed_video\"}\n" },
    /* iOS: its own words begin with a mark, which stays part of the text */
    { LRM I "A: " LRM "gambar tidak disertakan\r\n" LRM I "A: " LRM "Contact card omitted\r\n" I
          "A: harga.pdf • " LRM "2 halaman " LRM "dokumen tidak disertakan\r\n" LRM I "A: " LRM
          "<terlampir: 00000042-PHOTO-2024-06-15-21-05-07.jpg>\r\n" I "A: image omitted\r\n" I "A: " LRM
          "Pesan ini dihapus.\r\n" I "A: ok " LRM "<Pesan ini diedit>\r\n" I "A: " LRM "Voice call. " LRM "2 min\r\n" I
          "A: " LRM "Menunggu pesan ini. Ini mungkin membutuhkan waktu beberapa saat.\r\n",
      U "A|" LRM "gambar tidak disertakan| {\"media\":\"omitted\",\"media_type\":\"image\"}\n" U "A|" LRM
        "Contact card omitted| {\"media\":\"omitted\",\"media_type\":\"contact\"}\n" U "A|harga.pdf • " LRM
        "2 halaman " LRM "dokumen tidak disertakan| {\"media\":\"omitted\",\"media_type\":\"file\"}\n" U "A|" LRM
        "<terlampir: 00000042-PHOTO-2024-06-15-21-05-07.jpg>| [image 00000042-PHOTO-2024-06-15-21-05-07.jpg]\n" U
        "A|image omitted|\n" U "A|" LRM "Pesan ini dihapus.| {\"deleted\":true}\n" U "A|ok " LRM
        "<Pesan ini diedit>| {\"edited\":true}\n" U "A|" LRM "Voice call. " LRM "2 min| {\"call\":\"voice\"}\n" U "A|"
        LRM "Menunggu pesan ini. Ini mungkin membutuhkan waktu beberapa saat.| {\"waiting\":true}\n" },
};

static void texts_are_kept_as_written_and_understood(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP };

        assert_reads(&r, cases[i].input, cases[i].expected);
        reading_fini(&r);
    }
}

static void utf16_is_read_by_its_mark(void **state)
{
    static const char text[] = H "Sari: caf\xc3\xa9 \xf0\x9f\x9b\xb5\n" H "Toko: ya\n";
    struct text rest = { text, sizeof(text) - 1 };
    struct buf le = BUF_INIT(4096), be = BUF_INIT(4096);

    (void)state;
    buf_add(&le, "\xff\xfe", 2);
    buf_add(&be, "\xfe\xff", 2);
    while (rest.len) {
        uint32_t c = (uint32_t)str_utf8_next(&rest);
        uint32_t units[2] = { c, 0 };
        int n = 1;

        if (c >= 0x10000) {
            units[0] = 0xd800 + ((c - 0x10000) >> 10);
            units[1] = 0xdc00 + ((c - 0x10000) & 0x3ff);
            n = 2;
        }
        for (int i = 0; i < n; i++) {
            buf_char(&le, (char)(units[i] & 0xff));
            buf_char(&le, (char)(units[i] >> 8));
            buf_char(&be, (char)(units[i] >> 8));
            buf_char(&be, (char)(units[i] & 0xff));
        }
    }
    for (size_t step = 0; step < 9; step++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP, .step = step };

        assert_int_equal(reading_run(&r, buf_as_text(&le)), 0);
        assert_string_equal(r.out.ptr, T "Sari|caf\xc3\xa9 \xf0\x9f\x9b\xb5|\n" T "Toko|ya|\n");
        assert_int_equal(reading_run(&r, buf_as_text(&be)), 0);
        assert_string_equal(r.out.ptr, T "Sari|caf\xc3\xa9 \xf0\x9f\x9b\xb5|\n" T "Toko|ya|\n");
        reading_fini(&r);
    }
    buf_fini(&le);
    buf_fini(&be);
}

static void nul_bytes_do_not_get_through(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT(H "A: a\0b\n")), 0);
    assert_string_equal(r.out.ptr, T "A|a\xef\xbf\xbd" "b|\n");
    reading_fini(&r);
}

static void a_long_message_goes_out_in_marked_parts(void **state)
{
    static const size_t steps[] = { 0, 1000, 65537, 1024 * 1024 + 3 };
    struct buf in = BUF_INIT(8u << 20);
    struct buf whole = BUF_INIT(8u << 20);

    (void)state;
    for (int lines = 0; lines < 2; lines++) {
        buf_reset(&in);
        buf_str(&in, H "Sari: ");
        while (in.len < 3u * 1024 * 1024)
            buf_str(&in, lines ? "é panjang sekali\n" : "é panjang sekali ");
        buf_str(&in, "\n" H "Toko: ya\n");
        for (size_t i = 0; i < COUNT_OF(steps); i++) {
            struct reading r = { .format = ARCHIVE_WHATSAPP, .step = steps[i] };

            assert_int_equal(reading_run(&r, buf_as_text(&in)), 0);
            assert_int_equal(r.summary.events, 4);
            assert_non_null(strstr(r.out.ptr, "{\"split\":true}"));
            if (i == 0) {
                buf_reset(&whole);
                buf_text(&whole, buf_as_text(&r.out));
            }
            assert_int_equal(whole.len, r.out.len);
            assert_memory_equal(whole.ptr, r.out.ptr, r.out.len);
            reading_fini(&r);
        }
    }
    buf_fini(&in);
    buf_fini(&whole);
}

static void a_megabyte_of_broken_bytes_is_not_lost(void **state)
{
    struct buf in = BUF_INIT(4u << 20);
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    buf_str(&in, H "Sari: ");
    for (int i = 0; i < 1024 * 1024; i++)
        buf_char(&in, '\xff');
    assert_int_equal(reading_run(&r, buf_as_text(&in)), 0);
    assert_true(r.out.len > 3u * 1024 * 1024);
    buf_fini(&in);
    reading_fini(&r);
}

static void lines_before_the_first_message_are_counted_as_left_out(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r, "Riwayat chat\n\n" H "A: x\n", T "A|x|\n");
    assert_int_equal(r.summary.records, 2);
    assert_int_equal(r.summary.events, 1);
    assert_int_equal(r.summary.skipped[SKIP_NO_TIME], 1);
    assert_int_equal(r.summary.skipped_line[SKIP_NO_TIME], 1);
    reading_fini(&r);
}

static void ids_are_the_same_every_time_and_never_twice(void **state)
{
    static const char input[] = H "A: ok\n" H "A: ok\n" H "B: ok\n15/06/24 21.06 - A: x\n" H "A: ok\n" H "A: beda\n";
    struct reading r = { .format = ARCHIVE_WHATSAPP };
    struct buf first = BUF_INIT(4096);
    struct text rest, line;

    (void)state;
    assert_int_equal(reading_run(&r, text_of(input)), 0);
    buf_text(&first, buf_as_text(&r.ids));
    r.step = 3;
    assert_int_equal(reading_run(&r, text_of(input)), 0);
    assert_int_equal(first.len, r.ids.len);
    assert_memory_equal(first.ptr, r.ids.ptr, first.len);
    rest = buf_as_text(&first);
    while (str_line(&rest, &line)) {
        const char *found = str_find(buf_as_text(&r.ids), line);

        assert_int_equal(line.len, 32);
        assert_null(str_find(text_of(found + 1), line));
    }
    buf_fini(&first);
    reading_fini(&r);
}

static void an_edited_mark_and_marks_do_not_change_the_id(void **state)
{
    struct reading a = { .format = ARCHIVE_WHATSAPP }, b = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_int_equal(reading_run(&a, TEXT(I "A: lima puluh\r\n")), 0);
    assert_int_equal(reading_run(&b, TEXT(I "A: lima puluh " LRM "<Pesan ini diedit>\r\n")), 0);
    buf_char(&a.ids, '\0');
    buf_char(&b.ids, '\0');
    assert_string_equal(a.ids.ptr, b.ids.ptr);
    reading_fini(&a);
    reading_fini(&b);
}

static void files_in_the_zip_are_known_by_name(void **state)
{
    static const struct text entries[] = { { "nota juni.pdf", 13 }, { "_chat.txt", 9 } };
    struct reading r = { .format = ARCHIVE_WHATSAPP, .as_json = true };

    (void)state;
    r.options.entries = entries;
    r.options.entry_count = COUNT_OF(entries);
    assert_int_equal(reading_run(&r, TEXT(H "A: nota juni.pdf (archivo)\n")), 0);
    assert_non_null(strstr(r.out.ptr, "\"ref\":\"nota juni.pdf\""));
    reading_fini(&r);
}

static void a_count_near_the_limit_is_probably_cut_off(void **state)
{
    struct buf in = BUF_INIT(4u << 20);
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    for (int i = 0; i < 10000; i++)
        buf_str(&in, H "A: x\n");
    assert_int_equal(reading_run(&r, buf_as_text(&in)), 0);
    assert_true(r.summary.probably_truncated);
    in.len /= 2;
    assert_int_equal(reading_run(&r, buf_as_text(&in)), 0);
    assert_false(r.summary.probably_truncated);
    buf_fini(&in);
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_kept_as_written_and_understood),
        cmocka_unit_test(utf16_is_read_by_its_mark),
        cmocka_unit_test(nul_bytes_do_not_get_through),
        cmocka_unit_test(a_long_message_goes_out_in_marked_parts),
        cmocka_unit_test(a_megabyte_of_broken_bytes_is_not_lost),
        cmocka_unit_test(lines_before_the_first_message_are_counted_as_left_out),
        cmocka_unit_test(ids_are_the_same_every_time_and_never_twice),
        cmocka_unit_test(an_edited_mark_and_marks_do_not_change_the_id),
        cmocka_unit_test(files_in_the_zip_are_known_by_name),
        cmocka_unit_test(a_count_near_the_limit_is_probably_cut_off),
    };

    return RUN(tests);
}

/* Who wrote it: names with colons, notices with and without author, our own side. exports.md 1.2, 1.6, 1.8. */
#include "archive.h"

#define NB  "\xc2\xa0"
#define LRM "\xe2\x80\x8e"
#define LRE "\xe2\x80\xaa"
#define PDF "\xe2\x80\xac"
#define NBH "\xe2\x80\x91"
#define H   "15/06/24 21.05 - "
#define T   "2024-06-15 21:05:00|"
#define I   "[15/06/24 21.05.07] "
#define U   "2024-06-15 21:05:07|"

static const struct {
    const char *input, *expected;
} cases[] = {
    /* a colon in the text is no author's */
    { H "Sari: jam 10.30: oke\n" H "Sari: Alamat: Jl. A\n" H "Toko: ya\n" H "Sari: Alamat: Jl. B\n",
      T "Sari|jam 10.30: oke|\n" T "Sari|Alamat: Jl. A|\n" T "Toko|ya|\n" T "Sari|Alamat: Jl. B|\n" },
    /* a name may hold a colon, with and without a blank */
    { H "Toko: Pusat: siap\n" H "Sari: halo\n" H "Toko: Pusat: ya: boleh\n" H "Toko: Cabang 2: ok\n" H
        "Toko: Cabang 2: dua\n",
      T "Toko: Pusat|siap|\n" T "Sari|halo|\n" T "Toko: Pusat|ya: boleh|\n" T "Toko: Cabang 2|ok|\n" T
        "Toko: Cabang 2|dua|\n" },
    /* … even where the shorter name is somebody else's: what the app writes is always a whole text */
    { H "Sari: halo\n" H "Sari: Toko: siap\n" H "Sari: ya\n" H "Sari: Toko: <Media omitted>\n" H "Sari: Total: 5\n",
      T "Sari|halo|\n" T "Sari: Toko|siap|\n" T "Sari|ya|\n" T "Sari: Toko|<Media omitted>| {\"media\":\"omitted\"}\n" T
        "Sari|Total: 5|\n" },
    { H "Budi :): hai\n" H "3:16 Cell: hai\n", T "Budi :)|hai|\n" T "3:16 Cell|hai|\n" },
    /* the text may begin on the next line, or be missing */
    { H "Sari:\nPromo hari ini\nbaris dua\n" H "Toko:\n" H "Sari: \n" H "Toko: x\n",
      T "Sari|Promo hari ini\\nbaris dua|\n" T "Toko||\n" T "Sari||\n" T "Toko|x|\n" },
    /* a link's colon is none either */
    { H "Lihat https://example.com/a:b\n", T "-|Lihat https://example.com/a:b|system {\"notice\":\"other\"}\n" },
    /* notices that hold ": " */
    { H "Sari changed the subject to \"Promo: Juni\"\n" H "Sari: ok\n",
      T "-|Sari changed the subject to \"Promo: Juni\"|system {\"notice\":\"subject\"}\n" T "Sari|ok|\n" },
    { H "Sari mengubah subjek dari \"A: B\" menjadi \"C\"\n" H "Sari mengubah subjek dari \"A: B\" menjadi \"C\"\n",
      T "-|Sari mengubah subjek dari \"A: B\" menjadi \"C\"|system {\"notice\":\"subject\"}\n" T
        "-|Sari mengubah subjek dari \"A: B\" menjadi \"C\"|system {\"notice\":\"subject\"}\n" },
    { H "Sari hat den Betreff zu „Promo: Juni“ geändert\n" H "Sari: ja\n",
      T "-|Sari hat den Betreff zu „Promo: Juni“ geändert|system {\"notice\":\"other\"}\n" T "Sari|ja|\n" },
    /* what looks like a notice but was said */
    { H "Sari: Budi left the group: serius?\n" H "Budi added sugar: enak\n" H "Budi added sugar: lagi\n",
      T "Sari|Budi left the group: serius?|\n" T "Budi added sugar|enak|\n" T "Budi added sugar|lagi|\n" },
    /* numbers and people who are not in the address book keep their bytes */
    { H LRE "+62" NB "811" NBH "0000" NBH "0001" PDF ": hai\n" H "~\xe2\x80\xafRina: hai\n",
      T LRE "+62" NB "811" NBH "0000" NBH "0001" PDF "|hai|\n" T "~\xe2\x80\xafRina|hai|\n" },
    /* notices by kind */
    { H "Anda membuat grup \"Toko\"\n" H "Sari menambahkan Rina\n" H "Rina keluar\n" H
        "Sari telah bergabung menggunakan tautan undangan grup ini\n" H "Anda sekarang admin\n" H
        "Kode keamanan Anda dengan Sari telah berubah. Ketuk untuk info selengkapnya.\n" H
        "Panggilan suara tak terjawab\n",
      T "-|Anda membuat grup \"Toko\"|system {\"notice\":\"created\"}\n" T
        "-|Sari menambahkan Rina|system {\"notice\":\"added\"}\n" T "-|Rina keluar|system {\"notice\":\"left\"}\n" T
        "-|Sari telah bergabung menggunakan tautan undangan grup ini|system {\"notice\":\"joined\"}\n" T
        "-|Anda sekarang admin|system {\"notice\":\"admin\"}\n" T
        "-|Kode keamanan Anda dengan Sari telah berubah. Ketuk untuk info selengkapnya.|system "
        "{\"notice\":\"security_code\"}\n" T "-|Panggilan suara tak terjawab|system {\"notice\":\"call\"}\n" },
    /* iOS: a marked line is a notice, and so is a marked text that reads like one */
    { I "Sari: " LRM "Messages and calls are end-to-end encrypted. Nobody else reads.\r\n" I "Sari: halo\r\n" I
        "Toko: siap\r\n",
      U "Sari|" LRM "Messages and calls are end-to-end encrypted. Nobody else reads.|system "
        "{\"notice\":\"encryption\"}\n" U "Sari|halo|in\n" U "Toko|siap|out\n" },
    { I LRM "Sari changed the group name to “A: B”\r\n" I "Sari: halo\r\n" I "Rina: ya\r\n" I "Budi: ya\r\n",
      U "-|" LRM "Sari changed the group name to “A: B”|system {\"notice\":\"subject\"}\n" U "Sari|halo|\n" U
        "Rina|ya|\n" U "Budi|ya|\n" },
    { I "Sari: " LRM "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt, niemand kann sie lesen.\r\n" I
        "Sari: hallo\r\n" I "Toko: ja\r\n",
      U "Sari|" LRM "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt, niemand kann sie lesen.|system "
        "{\"notice\":\"encryption\"}\n" U "Sari|hallo|in\n" U "Toko|ja|out\n" },
    /* said on Android, the same words are a person's */
    { H "Sari: Messages and calls are end-to-end encrypted\n" H "Toko: ya\n",
      T "Sari|Messages and calls are end-to-end encrypted|\n" T "Toko|ya|\n" },
};

static void lines_are_split_into_author_and_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP };

        assert_reads(&r, cases[i].input, cases[i].expected);
        reading_fini(&r);
    }
}

static void a_number_is_an_identity(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP, .as_json = true };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT(H LRE "+62" NB "811" NBH "0000" NBH "0001" PDF ": hai\n")), 0);
    assert_non_null(strstr(r.out.ptr, "\"id\":\"6281100000001\""));
    assert_non_null(strstr(r.out.ptr, "\"phone\":\"+6281100000001\""));
    reading_fini(&r);
}

static const char two[] = H "Sari: halo\n" H "Toko Contoh: siap\n";

static void our_side_is_known_from_the_title(void **state)
{
    static const char *const titles[] = {
        "WhatsApp Chat with Sari.txt", "Chat WhatsApp dengan Sari.txt", "/tmp/x/WhatsApp Chat - Sari.zip",
        "WhatsApp_Chat_with_Sari.txt", "Chat WhatsApp dengan Sari (1).txt", "WhatsApp-Chat mit Sari.txt",
        "与Sari的 WhatsApp 聊天.txt", "Chat de WhatsApp con Sari.txt.zip",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP, .options = { .file_name = text_of(titles[i]) } };

        assert_reads(&r, two, T "Sari|halo|in\n" T "Toko Contoh|siap|out\n");
        assert_string_equal(r.self, "Toko Contoh");
        assert_string_equal(r.title, "Sari");
        assert_false(r.summary.is_group);
        reading_fini(&r);
    }
}

/* A group without a title was shown as "group without a name". */
static void a_group_is_called_as_its_file_or_after_its_members(void **state)
{
    static const char body[] = H "Sari: halo\n" H "Toko Contoh: siap\n" H "Budi: oke\n" H "Wati: ya\n" H "Tono: sip\n";
    static const struct {
        const char *file, *name;
    } groups[] = {
        { "Chat WhatsApp dengan Arisan RT 5.txt", "\"name\":\"Arisan RT 5\"" },
        { "arisan_rt_5.txt", "\"name\":\"arisan rt 5\"" },
        { "_chat.txt", "\"name\":\"Sari, Budi, Wati +1\"" },
        { "WhatsApp Chat.zip", "\"name\":\"Sari, Budi, Wati +1\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        struct reading r = { .format = ARCHIVE_WHATSAPP, .as_json = true,
                             .options = { .file_name = text_of(groups[i].file), .self = TEXT("Toko Contoh") } };

        assert_int_equal(reading_run(&r, text_of(body)), 0);
        assert_true(r.summary.is_group);
        assert_non_null(strstr(r.out.ptr, groups[i].name));
        reading_fini(&r);
    }
}

static void our_side_is_known_from_what_we_deleted(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r, H "Sari: halo\n" H "Toko: Anda menghapus pesan ini\n" H "Toko: ya\n",
                 T "Sari|halo|in\n" T "Toko|Anda menghapus pesan ini|out {\"deleted\":true}\n" T "Toko|ya|out\n");
    reading_fini(&r);
}

static void signals_that_disagree_leave_the_side_open(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP,
                         .options = { .file_name = TEXT("WhatsApp Chat with Toko.txt") } };

    (void)state;
    assert_reads(&r, H "Sari: halo\n" H "Toko: Anda menghapus pesan ini\n",
                 T "Sari|halo|\n" T "Toko|Anda menghapus pesan ini| {\"deleted\":true}\n");
    assert_string_equal(r.self, "");
    reading_fini(&r);
}

static void our_side_may_be_given_by_name_or_number(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP, .options = { .self = TEXT("toko contoh") } };

    (void)state;
    r.options.self = TEXT("Toko Contoh");
    assert_reads(&r, two, T "Sari|halo|in\n" T "Toko Contoh|siap|out\n");
    r.options.self = TEXT("Toko" NB "Contoh");
    assert_reads(&r, two, T "Sari|halo|in\n" T "Toko Contoh|siap|out\n");
    r.options.self = TEXT("+6281100000001");
    assert_reads(&r, H "Sari: halo\n" H "+62 811-0000-0001: siap\n",
                 T "Sari|halo|in\n" T "+62 811-0000-0001|siap|out\n");
    r.options.self = TEXT("Orang Lain");
    assert_reads(&r, two, T "Sari|halo|in\n" T "Toko Contoh|siap|in\n");
    reading_fini(&r);
}

static void without_a_signal_the_direction_is_left_out(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_reads(&r, two, T "Sari|halo|\n" T "Toko Contoh|siap|\n");
    assert_false(r.summary.self_sure);
    reading_fini(&r);
}

static void three_people_or_a_group_notice_make_a_group(void **state)
{
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT(H "A: x\n" H "B: x\n")), 0);
    assert_false(r.summary.is_group);
    assert_int_equal(reading_run(&r, TEXT(H "A: x\n" H "B: x\n" H "C: x\n")), 0);
    assert_true(r.summary.is_group);
    assert_int_equal(reading_run(&r, TEXT(H "A menambahkan B\n" H "B: x\n")), 0);
    assert_true(r.summary.is_group);
    assert_int_equal(reading_run(&r, TEXT(H "A: x: y\n" H "A: z: y\n" H "B: Total: 5\n" H "B: ya\n")), 0);
    assert_false(r.summary.is_group);
    reading_fini(&r);
}

static void more_names_than_the_table_holds_are_still_read(void **state)
{
    struct buf in = BUF_INIT(4u << 20);
    struct reading r = { .format = ARCHIVE_WHATSAPP };

    (void)state;
    for (int i = 0; i < 6000; i++)
        buf_printf(&in, H "Orang %d: halo %d\n", i, i);
    assert_int_equal(reading_run(&r, buf_as_text(&in)), 0);
    assert_int_equal(r.summary.events, 6000);
    assert_non_null(strstr(r.out.ptr, "|Orang 5999|halo 5999|"));
    buf_fini(&in);
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_split_into_author_and_text),
        cmocka_unit_test(a_number_is_an_identity),
        cmocka_unit_test(our_side_is_known_from_the_title),
        cmocka_unit_test(a_group_is_called_as_its_file_or_after_its_members),
        cmocka_unit_test(our_side_is_known_from_what_we_deleted),
        cmocka_unit_test(signals_that_disagree_leave_the_side_open),
        cmocka_unit_test(our_side_may_be_given_by_name_or_number),
        cmocka_unit_test(without_a_signal_the_direction_is_left_out),
        cmocka_unit_test(three_people_or_a_group_notice_make_a_group),
        cmocka_unit_test(more_names_than_the_table_holds_are_still_read),
    };

    return RUN(tests);
}

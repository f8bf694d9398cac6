/* What of a zip goes to the reader, by content whatever the names, and what is said when nothing does. */
#include "zip.h"

#include "jobs/source.h"

struct file {
    const char *name, *content;
};

static int zip_of(const struct file *files, size_t count)
{
    struct entry entries[4];

    for (size_t i = 0; i < count; i++)
        entries[i] = (struct entry){ .name = files[i].name, .content = text_of(files[i].content) };
    return make_zip(entries, count);
}

static int take(const struct event *ev, void *arg)
{
    buf_text(arg, ev->text);
    buf_char(arg, '|');
    return 0;
}

static int read_zip(const struct file *files, size_t count, enum archive_format given, struct buf *out,
                    enum archive_format *found, struct fail *why)
{
    struct archive_options options = { .not_after = TIME_NONE };
    struct source *s = NULL;
    struct reader *r = NULL;
    int fd = zip_of(files, count);
    int rc = source_open(fd, TEXT("unggahan.zip"), given, &s, why);

    *why = rc ? *why : (struct fail){ .code = FAIL_NONE };
    if (rc == 0) {
        *found = source_format(s);
        source_options(s, &options);
        r = reader_new(*found, &options, take, out);
        rc = source_read(s, r, NULL, NULL, why);
    }
    reader_free(r);
    source_close(s);
    close(fd);
    return rc;
}

#define WHATSAPP "15/06/24 21.05 - A: x\n15/06/24 21.05 - B: y\n15/06/24 21.06 - A: z\n"
#define THREAD(text) \
    "{\"participants\":[{\"name\":\"A\"},{\"name\":\"B\"}],\"messages\":[{\"sender_name\":\"A\",\"timestamp_ms\":1717203660000," \
    "\"content\":\"" text "\"}],\"title\":\"A\"}"
#define CSV "waktu,pesan\n2024-06-01,tabel\n"

static void the_kind_of_a_zip_is_told_by_what_is_in_it(void **state)
{
    static const struct {
        struct file files[4];
        size_t count;
        enum archive_format format;
        const char *out;
    } cases[] = {
        { { { "a/daftar.csv", CSV }, { "a/chat.txt", WHATSAPP } }, 2, ARCHIVE_WHATSAPP, "x|y|z|" },
        { { { "messages/inbox/a_1/message_2.json", THREAD("dua") }, { "messages/inbox/a_1/message_1.json", THREAD("satu") },
            { "ads/x.json", "{\"a\":1}" }, { "media/a.bin", "\x01" } }, 4, ARCHIVE_FACEBOOK, "dua|satu|" },
        { { { "your_instagram_activity/messages/inbox/a_1/message_1.json", THREAD("satu") } }, 1, ARCHIVE_INSTAGRAM, "satu|" },
        { { { "YouTube und YouTube Music/Kommentare/Kommentare.csv",
              "Kommentar-ID,Kanal-ID,Zeit,Text\nUgxA,UC1234567890123456789012,2024-07-01T00:00:00+00:00,\"{\"\"text\"\":\"\"ja\"\"}\"\n" } },
          1, ARCHIVE_YOUTUBE, "ja|" },
        { { { "tabel.csv", CSV } }, 1, ARCHIVE_CSV, "tabel|" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out = BUF_INIT(65536);
        enum archive_format found = ARCHIVE_AUTO;
        struct fail why = { .code = FAIL_NONE };

        if (read_zip(cases[i].files, cases[i].count, ARCHIVE_AUTO, &out, &found, &why))
            fail_msg("case %zu: %s", i, why.text);
        assert_int_equal(found, cases[i].format);
        assert_string_equal(out.ptr, cases[i].out);
        buf_fini(&out);
    }
}

static void what_nobody_can_read_is_said_and_nothing_comes_out(void **state)
{
    static const struct {
        struct file file;
        const char *hint;
    } cases[] = {
        { { "lagi.zip", "PK" }, "another zip" },
        { { "a.jpg", "x" }, "no chat" },
        { { "catatan.txt", "halo\napa kabar\n" }, "not an export" },
        { { "warna.csv", "warna,harga\nmerah,5\n" }, "time" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf out = BUF_INIT(65536);
        enum archive_format found = ARCHIVE_AUTO;
        struct fail why = { .code = FAIL_NONE };

        assert_int_equal(read_zip(&cases[i].file, 1, ARCHIVE_AUTO, &out, &found, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_FILE);
        if (!strstr(why.text, cases[i].hint))
            fail_msg("case %zu: %s", i, why.text);
        assert_int_equal(out.len, 0);
        buf_fini(&out);
    }
}

static void a_broken_entry_is_named(void **state)
{
    static const struct file files[] = {
        { "messages/inbox/a_1/message_1.json", THREAD("satu") },
        { "messages/inbox/b_2/message_1.json", "{\"participants\":[{\"name\":\"A\"}],\n\"messages\":[{\"sender_name\" 1}]}" },
    };
    struct buf out = BUF_INIT(65536);
    enum archive_format found;
    struct fail why = { .code = FAIL_NONE };

    (void)state;
    assert_int_equal(read_zip(files, COUNT_OF(files), ARCHIVE_AUTO, &out, &found, &why), -1);
    assert_int_equal(why.code, FAIL_BAD_FILE);
    assert_int_equal(why.line, 2);
    assert_string_equal(why.field, files[1].name);
    buf_fini(&out);
}

static void a_format_that_was_given_is_the_only_one_looked_for(void **state)
{
    static const struct file files[] = { { "a.csv", CSV }, { "chat.txt", WHATSAPP } };
    struct buf out = BUF_INIT(65536);
    enum archive_format found;
    struct fail why = { .code = FAIL_NONE };

    (void)state;
    assert_int_equal(read_zip(files, COUNT_OF(files), ARCHIVE_CSV, &out, &found, &why), 0);
    assert_string_equal(out.ptr, "tabel|");
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_of_a_zip_is_told_by_what_is_in_it),
        cmocka_unit_test(what_nobody_can_read_is_said_and_nothing_comes_out),
        cmocka_unit_test(a_broken_entry_is_named),
        cmocka_unit_test(a_format_that_was_given_is_the_only_one_looked_for),
    };

    return RUN(tests);
}

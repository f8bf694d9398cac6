/* Zips of exports, plain and hostile: exports.md 8.3. The zips are made here, byte by byte. */
#include "archive.h"
#include "zip.h"

#include "jobs/unpack.h"
#include "util/str.h"

#include <unistd.h>

static int add_bytes(struct text bytes, void *arg)
{
    buf_text(arg, bytes);
    return 0;
}

static const struct entry plain[] = {
    { .name = "media/", .mode = S_IFDIR | 0755 },
    { .name = "media/00000042-PHOTO.jpg", .content = { "jpeg", 4 } },
    { .name = "_chat.txt", .content = { "halo dunia halo dunia", 21 }, .deflated = true },
};

static void a_plain_zip_is_listed_and_read(void **state)
{
    int fd = make_zip(plain, COUNT_OF(plain));
    struct fail why = { .code = FAIL_NONE };
    struct unpack *u = NULL;
    const struct unpack_entry *entries;
    struct buf out = BUF_INIT(1 << 20);
    size_t count, chat;

    (void)state;
    if (unpack_open(fd, NULL, &u, &why))
        fail_msg("%s", why.text);
    entries = unpack_entries(u, &count);
    assert_int_equal(count, 2);
    assert_text(entries[0].name, "media/00000042-PHOTO.jpg");
    assert_text(entries[0].base, "00000042-PHOTO.jpg");
    assert_int_equal(entries[0].size, 4);
    assert_int_equal(unpack_choose(u, &chat, &why), 0);
    assert_text(entries[chat].name, "_chat.txt");
    assert_int_equal(unpack_read(u, chat, add_bytes, &out, &why), 0);
    assert_text(buf_as_text(&out), "halo dunia halo dunia");
    buf_reset(&out);
    assert_int_equal(unpack_read(u, 0, add_bytes, &out, &why), 0);
    assert_text(buf_as_text(&out), "jpeg");
    buf_fini(&out);
    unpack_close(u);
    close(fd);
}

static bool want_all(size_t index, void *arg)
{
    (void)index;
    (void)arg;
    return true;
}

static int note(size_t index, struct text bytes, void *arg)
{
    buf_printf(arg, "%zu:%zu ", index, bytes.len);
    return 0;
}

static void many_entries_come_in_one_pass_each_with_its_end(void **state)
{
    static const struct entry three[] = { { .name = "a", .content = { "x", 1 } },
                                          { .name = "b" },
                                          { .name = "c", .content = { "yy", 2 }, .deflated = true } };
    int fd = make_zip(three, COUNT_OF(three));
    struct fail why = { .code = FAIL_NONE };
    struct unpack *u = NULL;
    struct buf seen = BUF_INIT(1024);

    (void)state;
    assert_int_equal(unpack_open(fd, NULL, &u, &why), 0);
    assert_int_equal(unpack_each(u, &(struct unpack_visitor){ want_all, note, &seen }, &why), 0);
    assert_string_equal(seen.ptr, "0:1 0:0 1:0 2:2 2:0 ");
    buf_fini(&seen);
    unpack_close(u);
    close(fd);
}

static int open_one(const struct entry *entries, size_t count, const struct unpack_limits *limits, struct fail *why)
{
    int fd = make_zip(entries, count);
    struct unpack *u = NULL;
    int rc;

    *why = (struct fail){ .code = FAIL_NONE };
    rc = unpack_open(fd, limits, &u, why);
    unpack_close(u);
    close(fd);
    return rc;
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const names[] = { "/etc/passwd", "../x",      "a/../../x", "a/..",     "..",   "..\\x",
                                         "a\\..\\x",    "\\\\x\\y", "C:\\x",     "a\nb.txt", "\x1b", "" };
    struct fail why;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct entry e[] = { { .name = names[i], .content = { "x", 1 } }, plain[2] };

        if (open_one(e, COUNT_OF(e), NULL, &why) != -1)
            fail_msg("\"%s\" was let in", names[i]);
        assert_int_equal(why.code, FAIL_BAD_FILE);
    }
}

static void what_is_no_plain_file_is_refused(void **state)
{
    static const unsigned modes[] = { S_IFLNK | 0777, S_IFCHR | 0600 };
    struct fail why;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        const struct entry e[] = { { .name = "link", .content = { "/etc/passwd", 11 }, .mode = modes[i] } };

        if (open_one(e, 1, NULL, &why) != -1)
            fail_msg("mode %o was let in", modes[i]);
        assert_int_equal(why.code, FAIL_BAD_FILE);
    }
}

static void locked_entries_are_refused(void **state)
{
    static const struct entry e[] = { { .name = "_chat.txt", .content = { "xxxxxxxxxxxxxxxx", 16 }, .flags = 1 } };
    struct fail why;

    (void)state;
    assert_int_equal(open_one(e, 1, NULL, &why), -1);
    assert_non_null(strstr(why.text, "password"));
}

static void a_bomb_is_refused_by_what_it_declares_and_by_what_comes_out(void **state)
{
    char *zeros = calloc(1, 32u << 20);
    struct entry e[] = { { .name = "_chat.txt", .content = { zeros, 32u << 20 }, .deflated = true } };
    struct fail why;
    struct unpack *u = NULL;
    struct buf out = BUF_INIT(64u << 20);
    int fd;

    (void)state;
    assert_int_equal(open_one(e, 1, NULL, &why), -1);
    assert_int_equal(why.code, FAIL_TOO_LARGE);
    /* one that lies about its size is caught while it unpacks */
    e[0].declared = 1000;
    fd = make_zip(e, 1);
    if (unpack_open(fd, NULL, &u, &why) == 0)
        assert_int_equal(unpack_read(u, 0, add_bytes, &out, &why), -1);
    assert_true(out.len <= 8u << 20);
    unpack_close(u);
    buf_fini(&out);
    close(fd);
    free(zeros);
}

static void limits_hold(void **state)
{
    static const struct unpack_limits few = { 2, 1 << 20, 1 << 20, 200, 10 }, small = { 10, 10, 10, 200, 10 };
    struct fail why;

    (void)state;
    assert_int_equal(open_one(plain, COUNT_OF(plain), &few, &why), -1);
    assert_true(why.code == FAIL_TOO_LARGE || why.code == FAIL_BAD_FILE);
    assert_int_equal(open_one(plain, COUNT_OF(plain), &small, &why), -1);
    assert_int_equal(why.code, FAIL_TOO_LARGE);
}

static void the_chat_is_chosen_as_people_would(void **state)
{
    static const char header[] = "15/06/24 21.05 - A: x\n15/06/24 21.05 - A: x\n15/06/24 21.05 - A: x\n";
    static const struct {
        struct entry entries[3];
        size_t count;
        int chosen;             /* -1: refused */
        const char *hint;
    } cases[] = {
        { { { .name = "a.txt" }, { .name = "_chat.txt" } }, 2, 1, "" },
        { { { .name = "IMG.jpg" }, { .name = "Chat WhatsApp dengan Sari.txt" } }, 2, 1, "" },
        { { { .name = "a.txt", .content = { "catatan", 7 } }, { .name = "b.txt", .content = { header, sizeof(header) - 1 } } },
          2, 1, "" },
        { { { .name = "x/result.json" }, { .name = "x/a.txt" } }, 2, 0, "" },
        { { { .name = "ekspor.jsonl" }, { .name = "a.jpg" } }, 2, 0, "" },
        { { { .name = "messages.html" } }, 1, -1, "Machine-readable" },
        { { { .name = "chat.zip" } }, 1, -1, "another zip" },
        { { { .name = "a.jpg" } }, 1, -1, "no chat" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int fd = make_zip(cases[i].entries, cases[i].count);
        struct fail why = { .code = FAIL_NONE };
        struct unpack *u = NULL;
        size_t index = 99;

        if (unpack_open(fd, NULL, &u, &why))
            fail_msg("case %zu: %s", i, why.text);
        if (cases[i].chosen < 0) {
            assert_int_equal(unpack_choose(u, &index, &why), -1);
            assert_non_null(strstr(why.text, cases[i].hint));
        } else {
            assert_int_equal(unpack_choose(u, &index, &why), 0);
            assert_int_equal(index, cases[i].chosen);
        }
        unpack_close(u);
        close(fd);
    }
}

static void names_without_the_utf8_flag_are_decoded(void **state)
{
    static const struct entry e[] = { { .name = "caf\x82.txt", .content = { "x", 1 } } };
    int fd = make_zip(e, 1);
    struct fail why = { .code = FAIL_NONE };
    struct unpack *u = NULL;
    size_t count;

    (void)state;
    if (unpack_open(fd, NULL, &u, &why))
        fail_msg("%s", why.text);
    assert_text(unpack_entries(u, &count)[0].name, "café.txt");
    unpack_close(u);
    close(fd);
}

static void broken_zips_fail_cleanly(void **state)
{
    int fd = make_zip(plain, COUNT_OF(plain));
    off_t size = lseek(fd, 0, SEEK_END);
    struct fail why;

    (void)state;
    for (off_t cut = 0; cut < size; cut += 7) {
        struct unpack *u = NULL;

        assert_int_equal(ftruncate(fd, size - 1 - cut), 0);
        why = (struct fail){ .code = FAIL_NONE };
        if (unpack_open(fd, NULL, &u, &why)) {
            assert_int_equal(why.code, FAIL_BAD_FILE);
        } else {
            struct buf out = BUF_INIT(1 << 20);
            int rc = unpack_read(u, 0, add_bytes, &out, &why);

            assert_true(rc == 0 || why.code != FAIL_NONE);
            buf_fini(&out);
        }
        unpack_close(u);
    }
    close(fd);
}

static int stop(struct text bytes, void *arg)
{
    (void)bytes;
    (void)arg;
    return -1;
}

static void the_receiver_may_stop(void **state)
{
    int fd = make_zip(plain, COUNT_OF(plain));
    struct fail why = { .code = FAIL_NONE };
    struct unpack *u = NULL;

    (void)state;
    assert_int_equal(unpack_open(fd, NULL, &u, &why), 0);
    assert_int_equal(unpack_read(u, 0, stop, NULL, &why), -1);
    assert_int_equal(why.code, FAIL_NOT_POSSIBLE);
    unpack_close(u);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_zip_is_listed_and_read),
        cmocka_unit_test(many_entries_come_in_one_pass_each_with_its_end),
        cmocka_unit_test(names_that_lead_elsewhere_are_refused),
        cmocka_unit_test(what_is_no_plain_file_is_refused),
        cmocka_unit_test(locked_entries_are_refused),
        cmocka_unit_test(a_bomb_is_refused_by_what_it_declares_and_by_what_comes_out),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(the_chat_is_chosen_as_people_would),
        cmocka_unit_test(names_without_the_utf8_flag_are_decoded),
        cmocka_unit_test(broken_zips_fail_cleanly),
        cmocka_unit_test(the_receiver_may_stop),
    };

    return RUN(tests);
}

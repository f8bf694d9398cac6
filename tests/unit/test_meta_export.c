/* Facebook's and Instagram's downloads: letters mended, pages and threads put together, our side found. exports.md 3. */
#include "archive.h"

#include "../../backend/archive/mojibake.h"

#define ROOT "your_facebook_activity/messages/"

static void letters_are_mended_string_by_string(void **state)
{
    static const struct {
        const char *broken, *text;
        enum mojibake kind;
    } cases[] = {
        { "caf\xc3\x83\xc2\xa9", "caf\xc3\xa9", MOJIBAKE_MENDED },
        { "\xc3\xb0\xc2\x9f\xc2\x91\xc2\x8d", "\xf0\x9f\x91\x8d", MOJIBAKE_MENDED },
        { "halo", "halo", MOJIBAKE_NONE },
        { "sudah \xf0\x9f\x91\x8d caf\xc3\xa9", "sudah \xf0\x9f\x91\x8d caf\xc3\xa9", MOJIBAKE_NONE },
        { "caf\xc3\xa9", "caf\xc3\xa9", MOJIBAKE_DOUBTFUL },
        { "na\xc3\xafve caf\xc3\xa9", "na\xc3\xafve caf\xc3\xa9", MOJIBAKE_DOUBTFUL },
        { "caf\xc3\x83\xc2\xa9 \xc3\xb0\xc2\x9f", "caf\xc3\xa9 ", MOJIBAKE_MENDED },
        { "ya \xc3\xb0\xc2\x9f\xc2\x91", "ya ", MOJIBAKE_MENDED },
    };
    struct arena *mem = arena_new(0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct text out;

        assert_int_equal(mojibake_mend(text_of(cases[i].broken), mem, &out), cases[i].kind);
        if (!text_equal(out, text_of(cases[i].text)))
            fail_msg("case %zu: %.*s", i, (int)out.len, out.ptr);
    }
    arena_free(mem);
}

static const struct reading_file pages[] = {
    { ROOT "inbox/sari_1/message_1.json",
      "{\"participants\":[{\"name\":\"Sari \\u00e2\\u0098\\u0095\"},{\"name\":\"Toko\"}],\"messages\":["
      "{\"sender_name\":\"Toko\",\"timestamp_ms\":1717203720000,\"content\":\"Siap \\u00f0\\u009f\\u0091\\u008d\"},"
      "{\"sender_name\":\"Sari \\u00e2\\u0098\\u0095\",\"timestamp_ms\":1717203660000,\"content\":\"caf\\u00c3\\u00a9?\","
      "\"reactions\":[{\"reaction\":\"\\u00e2\\u009d\\u00a4\",\"actor\":\"Toko\",\"timestamp\":1717203700}]}],"
      "\"title\":\"Sari \\u00e2\\u0098\\u0095\",\"thread_path\":\"inbox\\/sari_1\"}" },
    { ROOT "inbox/sari_1/message_10.json",
      "{\"participants\":[{\"name\":\"Sari \\u00e2\\u0098\\u0095\"},{\"name\":\"Toko\"}],\"messages\":["
      "{\"sender_name\":\"Toko\",\"timestamp_ms\":1600000000000,\"content\":\"lama\"}],"
      "\"title\":\"Sari\",\"thread_path\":\"inbox/sari_1\"}" },
    { ROOT "autofill_information.json", "{\"messages\":[{\"x\":1}],\"other\":[[1,2]]}" },
    { ROOT "Budi_7.json",
      "\xef\xbb\xbf{\"participants\":[\"Toko\",\"Budi\"],\"threadName\":\"Budi_7\",\"messages\":[{\"senderName\":\"Budi\","
      "\"text\":\"caf\xc3\xa9 \xf0\x9f\x91\x8d\",\"timestamp\":1717203660000,\"type\":\"media\",\"isUnsent\":false,"
      "\"media\":[{\"uri\":\"./media/a.jpg\"},{\"uri\":\"../../etc/passwd\"}],\"reactions\":[]}]}" },
};

static void a_tree_of_files_is_one_archive(void **state)
{
    struct reading r = { .format = ARCHIVE_FACEBOOK };

    (void)state;
    assert_reads_files(&r, pages,
                       "2024-06-01 01:02:00|Toko|Siap \xf0\x9f\x91\x8d|out\n"
                       "2024-06-01 01:01:00|Sari \xe2\x98\x95|caf\xc3\xa9?|in\n"
                       "reaction 2024-06-01 01:01:40|Toko|\xe2\x9d\xa4|out\n"
                       "2020-09-13 12:26:40|Toko|lama|out\n"
                       "2024-06-01 01:01:00|Budi|caf\xc3\xa9 \xf0\x9f\x91\x8d|in [image a.jpg]\n");
    assert_string_equal(r.self, "Toko");
    assert_true(r.summary.self_sure);
    assert_false(r.summary.own_words_only);
    assert_false(r.summary.has_ids);
    reading_fini(&r);
}

static void one_page_alone_gives_the_same_ids(void **state)
{
    struct reading tree = { .format = ARCHIVE_FACEBOOK }, alone = { .format = ARCHIVE_FACEBOOK };

    (void)state;
    assert_int_equal(reading_run_files(&tree, TEXT(""), pages, COUNT_OF(pages)), 0);
    assert_int_equal(reading_run(&alone, text_of(pages[0].content)), 0);
    assert_int_equal(memcmp(tree.ids.ptr, alone.ids.ptr, alone.ids.len), 0);
    reading_fini(&tree);
    reading_fini(&alone);
}

static void equal_messages_of_one_moment_stay_two(void **state)
{
    struct reading r = { .format = ARCHIVE_INSTAGRAM };
    const char *second;

    (void)state;
    assert_int_equal(reading_run(&r, TEXT("{\"participants\":[{\"name\":\"A\"},{\"name\":\"B\"}],\"title\":\"A\",\"messages\":["
                                          "{\"sender_name\":\"A\",\"timestamp_ms\":1717203720000,\"content\":\"ok\"},"
                                          "{\"sender_name\":\"A\",\"timestamp_ms\":1717203720000,\"content\":\"ok\"}]}")),
                     0);
    second = strchr(r.ids.ptr, '\n') + 1;
    assert_int_not_equal(strncmp(r.ids.ptr, second, 32), 0);
    reading_fini(&r);
}

static void what_hangs_on_a_message_is_told(void **state)
{
    struct reading r = { .format = ARCHIVE_FACEBOOK, .options.self = TEXT("B") };

    (void)state;
    assert_reads(&r,
                 "{\"participants\":[{\"name\":\"A\"},{\"name\":\"B\"},{\"name\":\"C\"}],\"title\":\"G\",\"messages\":["
                 "{\"sender_name\":\"A\",\"timestamp_ms\":1717203720000,\"photos\":[{\"uri\":\"m/photos/1.jpg\"}],"
                 "\"audio_files\":[{\"uri\":\"m/2.m4a\"}],\"sticker\":{\"uri\":\"s/3.png\"}},"
                 "{\"sender_name\":\"A\",\"timestamp_ms\":1717203721000,\"is_unsent\":true},"
                 "{\"sender_name\":\"B\",\"timestamp_ms\":1717203722000,\"type\":\"Call\",\"call_duration\":63,\"missed\":true},"
                 "{\"sender_name\":\"A\",\"timestamp_ms\":1717203723000,\"content\":\"Reacted x to your message \"},"
                 "{\"sender_name\":\"A\",\"timestamp_ms\":1717203724000,\"share\":{\"link\":\"https://e.example/a\","
                 "\"share_text\":\"Promo\"}},"
                 "{\"sender_name\":\"A\"}]}",
                 "2024-06-01 01:02:00|A||in [image 1.jpg] [voice 2.m4a] [sticker 3.png]\n"
                 "2024-06-01 01:02:01|A||in {\"deleted\":true}\n"
                 "2024-06-01 01:02:02|B||out {\"call\":\"missed\",\"duration_s\":63}\n"
                 "2024-06-01 01:02:03|A|Reacted x to your message |system {\"notice\":\"reaction\"}\n"
                 "2024-06-01 01:02:04|A|Promo|in {\"shared\":\"Promo\"} [link ]\n");
    assert_int_equal(r.summary.skipped[SKIP_NO_TIME], 1);
    assert_true(r.summary.is_group);
    reading_fini(&r);
}

static void own_comments_and_posts_are_said_to_be_own(void **state)
{
    static const struct reading_file facebook[] = {
        { "comments_and_reactions/comments.json",
          "{\"comments_v2\":[{\"timestamp\":1717203660,\"data\":[{\"comment\":{\"timestamp\":1717203660,\"comment\":\"Terima "
          "kasih\",\"author\":\"Toko\"}}],\"title\":\"Toko membalas Sari\"}]}" },
        { "posts/your_posts_1.json",
          "[{\"timestamp\":1717203660,\"data\":[{\"post\":\"Promo \\u00f0\\u009f\\u008e\\u0089\"}],\"attachments\":[]}]" },
    };
    static const struct reading_file instagram[] = {
        { "comments/post_comments.json",
          "{\"comments_media_comments\":[{\"title\":\"sari\",\"string_list_data\":[{\"value\":\"Halo\",\"timestamp\":1717203660}]}]}" },
        { "comments/post_comments_1.json",
          "[{\"string_map_data\":{\"Komentar\":{\"value\":\"Ya\"},\"Pemilik\":{\"value\":\"sari\"},\"Waktu\":{\"timestamp\":"
          "1717203661}}}]" },
        { "content/posts_1.json",
          "[{\"media\":[{\"uri\":\"media/posts/1.jpg\",\"creation_timestamp\":1717203662,\"title\":\"Baru\"}]}]" },
    };
    struct reading r = { .format = ARCHIVE_FACEBOOK };

    (void)state;
    assert_reads_files(&r, facebook,
                       "2024-06-01 01:01:00|Toko|Terima kasih|out {\"about\":\"Toko membalas Sari\"}\n"
                       "post 2024-06-01 01:01:00|-|Promo \xf0\x9f\x8e\x89|out\n");
    assert_true(r.summary.own_words_only);
    r.format = ARCHIVE_INSTAGRAM;
    assert_reads_files(&r, instagram,
                       "2024-06-01 01:01:00|-|Halo|out {\"about\":\"sari\"}\n"
                       "2024-06-01 01:01:01|-|Ya|out {\"about\":\"sari\"}\n"
                       "post 2024-06-01 01:01:02|-|Baru|out [image 1.jpg]\n");
    assert_true(r.summary.own_words_only);
    assert_true(r.summary.sides_known);
    reading_fini(&r);
}

static void a_broken_file_of_the_tree_is_named_with_its_line(void **state)
{
    static const struct reading_file files[] = {
        { ROOT "inbox/a_1/message_1.json", "{\"participants\":[{\"name\":\"A\"}],\"messages\":[],\"title\":\"A\"}" },
        { ROOT "inbox/b_2/message_1.json", "{\"participants\":[{\"name\":\"B\"}],\n\"messages\":[\n{\"a\" 1}]}" },
    };
    struct reading r = { .format = ARCHIVE_FACEBOOK };

    (void)state;
    assert_int_equal(reading_run_files(&r, TEXT(""), files, COUNT_OF(files)), -1);
    assert_int_equal(r.why.code, FAIL_BAD_FILE);
    assert_int_equal(r.why.line, 3);
    assert_string_equal(r.why.field, ROOT "inbox/b_2/message_1.json");
    reading_fini(&r);
}

static void a_file_of_something_else_is_refused(void **state)
{
    struct reading r = { .format = ARCHIVE_FACEBOOK };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT("{\"a\":[1]}")), -1);
    assert_int_equal(r.why.code, FAIL_BAD_FILE);
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_mended_string_by_string),
        cmocka_unit_test(a_tree_of_files_is_one_archive),
        cmocka_unit_test(one_page_alone_gives_the_same_ids),
        cmocka_unit_test(equal_messages_of_one_moment_stay_two),
        cmocka_unit_test(what_hangs_on_a_message_is_told),
        cmocka_unit_test(own_comments_and_posts_are_said_to_be_own),
        cmocka_unit_test(a_broken_file_of_the_tree_is_named_with_its_line),
        cmocka_unit_test(a_file_of_something_else_is_refused),
    };

    return RUN(tests);
}

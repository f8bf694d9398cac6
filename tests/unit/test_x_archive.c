/* The X archive: whose it is, direct messages both ways, posts and replies. exports.md 4. */
#include "archive.h"

static const char account[] =
    "window.YTD.account.part0 = [ { \"account\" : { \"username\" : \"toko\", \"accountId\" : \"111\", "
    "\"accountDisplayName\" : \"Toko\" } } ]";
static const char direct[] =
    "window.YTD.direct_messages.part0 = [ {\n\"dmConversation\" : { \"conversationId\" : \"111-222\", \"messages\" : [ { "
    "\"messageCreate\" : { \"recipientId\" : \"222\", \"text\" : \"ada\", \"senderId\" : \"111\", \"id\" : \"2\", \"mediaUrls\" : "
    "[ \"https://ton.example/dm/1.jpg\" ], \"createdAt\" : \"2024-06-01T01:02:00.000Z\" } }, { \"messageCreate\" : { "
    "\"recipientId\" : \"111\", \"reactions\" : [ { \"senderId\" : \"111\", \"reactionKey\" : \"like\", \"eventId\" : \"9\", "
    "\"createdAt\" : \"2024-06-01T01:03:00.000Z\" } ], \"text\" : \"halo &amp; &lt;stok&gt;?\", \"senderId\" : \"222\", \"id\" : "
    "\"1\", \"createdAt\" : \"2024-06-01T01:01:00.000Z\" } } ] } } ];\n";

static void the_account_file_tells_our_side_wherever_it_lies(void **state)
{
    static const struct reading_file files[] = { { "data/direct-messages.js", direct }, { "data/account.js", account },
                                                 { "data/ad-impressions.js", "window.YTD.ad_impressions.part0 = [ broken" } };
    struct reading r = { .format = ARCHIVE_X };

    (void)state;
    assert_reads_files(&r, files,
                       "2024-06-01 01:02:00|Toko|ada|out [image ]\n"
                       "2024-06-01 01:01:00|-|halo & <stok>?|in\n"
                       "reaction 2024-06-01 01:03:00|Toko|\xe2\x9d\xa4|out\n");
    assert_string_equal(r.self, "Toko");
    assert_true(r.summary.has_ids);
    assert_false(r.summary.own_words_only);
    reading_fini(&r);
}

static void without_it_one_conversation_leaves_the_side_open(void **state)
{
    struct reading r = { .format = ARCHIVE_X };

    (void)state;
    assert_int_equal(reading_run(&r, text_of(direct)), 0);
    assert_false(r.summary.sides_known);
    assert_int_equal(r.summary.author_count, 2);
    r.options.self = TEXT("111");
    assert_int_equal(reading_run(&r, text_of(direct)), 0);
    assert_true(r.summary.sides_known);
    assert_non_null(strstr(r.out.ptr, "|ada|out"));
    reading_fini(&r);
}

static void who_is_in_every_conversation_is_us(void **state)
{
    struct reading r = { .format = ARCHIVE_X };

    (void)state;
    assert_reads(&r,
                 "window.YTD.direct_messages.part0 = [{\"dmConversation\":{\"conversationId\":\"5-7\",\"messages\":[{"
                 "\"messageCreate\":{\"id\":\"1\",\"senderId\":\"5\",\"recipientId\":\"7\",\"text\":\"a\",\"createdAt\":"
                 "\"2024-06-01T01:01:00.000Z\"}}]}},{\"dmConversation\":{\"conversationId\":\"7-9\",\"messages\":[{"
                 "\"messageCreate\":{\"id\":\"2\",\"senderId\":\"7\",\"recipientId\":\"9\",\"text\":\"b\",\"createdAt\":"
                 "\"2024-06-01T01:02:00.000Z\"}}]}}]",
                 "2024-06-01 01:01:00|-|a|in\n2024-06-01 01:02:00|-|b|out\n");
    assert_string_equal(r.self, "7");
    reading_fini(&r);
}

static void posts_and_replies_are_the_owners_own(void **state)
{
    struct reading r = { .format = ARCHIVE_X };

    (void)state;
    assert_reads(&r,
                 "window.YTD.tweets.part1 = [{\"tweet\":{\"id_str\":\"5\",\"created_at\":\"Sat Jun 01 01:05:00 +0000 2024\","
                 "\"full_text\":\"Promo &lt;Juni&gt;\"}},{\"tweet\":{\"id_str\":\"6\",\"created_at\":"
                 "\"Sat Jun 01 08:06:00 +0700 2024\",\"full_text\":\"ya\",\"in_reply_to_status_id_str\":\"4\"}},"
                 "{\"tweet\":{\"id_str\":\"7\",\"created_at\":\"kemarin\",\"full_text\":\"x\"}}]",
                 "post 2024-06-01 01:05:00|-|Promo <Juni>|out\n2024-06-01 01:06:00|-|ya|out\n");
    assert_true(r.summary.own_words_only);
    assert_int_equal(r.summary.skipped[SKIP_NO_TIME], 1);
    reading_fini(&r);
}

static void the_oldest_archives_are_read_too(void **state)
{
    struct reading r = { .format = ARCHIVE_X };

    (void)state;
    assert_reads(&r,
                 "Grailbird.data.tweets_2012_01 = \n[{\"id_str\":\"5\",\"text\":\"lama\",\"created_at\":"
                 "\"2012-01-31 23:59:59 +0000\"}]",
                 "post 2012-01-31 23:59:59|-|lama|out\n");
    reading_fini(&r);
}

static void groups_keep_their_comings_and_goings(void **state)
{
    struct reading r = { .format = ARCHIVE_X, .options.self = TEXT("1") };

    (void)state;
    assert_reads(&r,
                 "window.YTD.direct_messages_group.part0 = [{\"dmConversation\":{\"conversationId\":\"77\",\"messages\":[{"
                 "\"joinConversation\":{\"initiatingUserId\":\"2\",\"createdAt\":\"2024-06-01T01:00:00.000Z\"}},{"
                 "\"messageCreate\":{\"id\":\"1\",\"senderId\":\"2\",\"text\":\"a\",\"createdAt\":\"2024-06-01T01:01:00.000Z\"}},"
                 "{\"somethingNew\":{}}]}}]",
                 "2024-06-01 01:00:00|-||system {\"notice\":\"joinConversation\"}\n2024-06-01 01:01:00|-|a|in\n");
    assert_true(r.summary.is_group);
    assert_int_equal(r.summary.skipped[SKIP_UNSUPPORTED], 1);
    reading_fini(&r);
}

static void a_broken_file_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *file;
        long line;
    } cases[] = {
        { "window.YTD.tweets.part0 =\n[{\"tweet\":\n{\"id_str\" \"5\"}}]", 3 },
        { "window.YTD.tweets.part0 = [{\"tweet\":{", 1 },
        { "window.YTD.tweets.part0 = [] []", 1 },
        { "var x", 1 },
        { "window.YTD.like.part0 = [ ]", 1 },
    };
    struct reading r = { .format = ARCHIVE_X };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(reading_run(&r, text_of(cases[i].file)), -1);
        assert_int_equal(r.why.code, FAIL_BAD_FILE);
        assert_int_equal(r.why.line, cases[i].line);
    }
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_account_file_tells_our_side_wherever_it_lies),
        cmocka_unit_test(without_it_one_conversation_leaves_the_side_open),
        cmocka_unit_test(who_is_in_every_conversation_is_us),
        cmocka_unit_test(posts_and_replies_are_the_owners_own),
        cmocka_unit_test(the_oldest_archives_are_read_too),
        cmocka_unit_test(groups_keep_their_comings_and_goings),
        cmocka_unit_test(a_broken_file_is_refused_with_its_line),
    };

    return RUN(tests);
}

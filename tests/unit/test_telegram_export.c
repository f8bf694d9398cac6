/* Telegram Desktop's result.json, one chat and whole accounts: exports.md 2. */
#include "archive.h"

/* A private chat with Sari (10001) holding these messages. */
#define CHAT(messages) \
    "{\"name\":\"Sari\",\"type\":\"personal_chat\",\"id\":10001,\"messages\":[" messages "]}"
#define M(id, rest) \
    "{\"id\":" id ",\"type\":\"message\",\"date\":\"2024-06-01T08:00:00\",\"date_unixtime\":\"1717203600\"," rest "}"
#define FROM_SARI "\"from\":\"Sari\",\"from_id\":\"user10001\""
#define FROM_US   "\"from\":\"Toko\",\"from_id\":\"user20002\""
#define T         "2024-06-01 01:00:00|"

static const struct {
    const char *input, *expected;
} cases[] = {
    { CHAT(M("1", FROM_SARI ",\"text\":\"Kak\"") "," M("2", FROM_US ",\"text\":\"Ya\"")),
      T "Sari|Kak|in\n" T "Toko|Ya|out\n" },
    /* pieces of text belong together without anything between */
    { CHAT(M("1", FROM_SARI ",\"text\":[\"a \",{\"type\":\"bold\",\"text\":\"b\"},\"c\"]")), T "Sari|a bc|in\n" },
    { CHAT(M("1", FROM_SARI ",\"text_entities\":[{\"type\":\"plain\",\"text\":\"x\"}]")), T "Sari|x|in\n" },
    /* what is no JSON, and is written all the same */
    { CHAT(M("1", FROM_SARI ",\"text\":\"a\\x1Fb\\x7fc\"")), T "Sari|a\x1f" "b\x7f" "c|in\n" },
    { CHAT(M("1", FROM_SARI ",\"text\":\"\\ud800\"")), T "Sari|\xef\xbf\xbd|in\n" },
    /* who: absent names, bare numbers, channels */
    { CHAT(M("1", "\"from\":null,\"from_id\":\"user10001\",\"text\":\"x\"")), T "-|x|in\n" },
    { CHAT(M("1", "\"from\":\"Sari\",\"from_id\":10001,\"text\":\"x\"")), T "Sari|x|in\n" },
    { CHAT(M("1", "\"from\":\"Toko\",\"text\":\"x\"")), T "Toko|x|out\n" },
    /* service lines */
    { CHAT("{\"id\":3,\"type\":\"service\",\"date_unixtime\":\"1717203600\",\"actor\":\"Sari\",\"actor_id\":\"user10001\","
           "\"action\":\"phone_call\",\"duration_seconds\":61,\"text\":\"\"}"),
      T "Sari||system {\"notice\":\"phone_call\",\"call\":\"voice\",\"duration_s\":61}\n" },
    /* edits and forwards */
    { CHAT(M("1", FROM_SARI ",\"edited_unixtime\":\"1717203660\",\"forwarded_from\":\"Bos\",\"text\":\"x\"")),
      T "Sari|x|in {\"edited\":true,\"edited_at\":\"2024-06-01T01:01:00.000Z\",\"forwarded\":\"Bos\"}\n" },
    { CHAT(M("1", FROM_SARI ",\"forwarded_from\":null,\"text\":\"x\"")), T "Sari|x|in {\"forwarded\":\"\"}\n" },
    /* media, in the export and left out of it */
    { CHAT(M("1", FROM_SARI ",\"photo\":\"photos/photo_1.jpg\",\"width\":1,\"height\":1,\"text\":\"ini\"")),
      T "Sari|ini|in [image photo_1.jpg]\n" },
    { CHAT(M("1", FROM_SARI ",\"file\":\"files/a.ogg\",\"media_type\":\"voice_message\",\"text\":\"\"")),
      T "Sari||in [voice a.ogg]\n" },
    { CHAT(M("1", FROM_SARI ",\"file\":\"(File not included. Change data exporting settings to download.)\","
                            "\"media_type\":\"sticker\",\"sticker_emoji\":\"x\",\"text\":\"\"")),
      T "Sari||in {\"media\":\"omitted\",\"media_type\":\"sticker\",\"sticker_emoji\":\"x\"}\n" },
    { CHAT(M("1", FROM_SARI ",\"location_information\":{\"latitude\":-6.2,\"longitude\":106.8},\"text\":\"\"")),
      T "Sari||in [location ]\n" },
    { CHAT(M("1", FROM_SARI ",\"contact_information\":{\"first_name\":\"A\",\"phone_number\":\"+62\"},\"text\":\"\"")),
      T "Sari||in [contact A +62]\n" },
    { CHAT(M("1", FROM_SARI ",\"poll\":{\"question\":\"Warna?\",\"answers\":[{\"text\":\"Merah\"},{\"text\":\"Biru\"}]},"
                            "\"text\":\"\"")),
      T "Sari|Warna?\\n- Merah\\n- Biru|in {\"poll\":true}\n" },
    /* keys that we do not know are passed over, whatever they hold */
    { "{\"zzz\":[{\"messages\":[1]}],\"name\":\"Sari\",\"type\":\"personal_chat\",\"id\":10001,\"messages\":["
      M("1", FROM_SARI ",\"reactions\":[{\"type\":\"emoji\",\"recent\":[{}]}],\"text\":\"x\"") "],\"after\":{}}",
      T "Sari|x|in\n" },
    /* a time without epoch is the exporting computer's */
    { CHAT("{\"id\":1,\"type\":\"message\",\"date\":\"2024-06-01T08:00:00\"," FROM_SARI ",\"text\":\"x\"}"),
      "2024-06-01 08:00:00|Sari|x|in\n" },
    /* a whole account: our id stands in it */
    { "{\"about\":\"x\",\"personal_information\":{\"user_id\":20002,\"first_name\":\"Toko\"},\"contacts\":{\"list\":[{"
      "\"user_id\":5}]},\"chats\":{\"about\":\"\",\"list\":[{\"name\":\"Grup\",\"type\":\"private_group\",\"id\":7,"
      "\"messages\":[" M("1", FROM_SARI ",\"text\":\"x\"") "," M("2", FROM_US ",\"text\":\"y\"") "]},{\"type\":"
      "\"saved_messages\",\"id\":20002,\"messages\":[" M("1", FROM_US ",\"text\":\"z\"") "]}]},\"left_chats\":{\"list\":"
      "[{\"name\":null,\"type\":\"personal_chat\",\"id\":10001,\"messages\":[" M("4", FROM_SARI ",\"text\":\"w\"") "]}]}}",
      T "Sari|x|in\n" T "Toko|y|out\n" T "Toko|z|out\n" T "Sari|w|in\n" },
};

static void exports_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct reading r = { .format = ARCHIVE_TELEGRAM };

        assert_reads(&r, cases[i].input, cases[i].expected);
        reading_fini(&r);
    }
}

static void ids_replies_and_entities_are_as_the_platform_has_them(void **state)
{
    struct reading r = { .format = ARCHIVE_TELEGRAM, .as_json = true };

    (void)state;
    assert_reads(&r,
                 CHAT(M("3", FROM_US ",\"reply_to_message_id\":2,\"text\":[{\"type\":\"text_link\",\"text\":\"ini\","
                             "\"href\":\"https://example.com/a\"}]")),
                 "{\"kind\":\"message\",\"platform\":\"telegram\",\"id\":\"10001/3\",\"thread\":{\"type\":\"direct\","
                 "\"id\":\"10001\",\"name\":\"Sari\"},\"direction\":\"out\",\"sender_kind\":\"agent\",\"author\":{"
                 "\"id\":\"20002\",\"name\":\"Toko\"},\"sent_at\":\"2024-06-01T01:00:00.000Z\",\"text\":\"ini\","
                 "\"entities\":[{\"type\":\"text_link\",\"text\":\"ini\",\"href\":\"https://example.com/a\"}],"
                 "\"reply_to\":\"10001/2\",\"device\":\"import\"}\n");
    reading_fini(&r);
}

static void messages_without_time_or_kind_are_counted_as_left_out(void **state)
{
    struct reading r = { .format = ARCHIVE_TELEGRAM };

    (void)state;
    assert_reads(&r, CHAT("{\"id\":1,\"type\":\"unsupported\"},\n{\"id\":2,\"type\":\"message\",\"text\":\"x\"}"), "");
    assert_int_equal(r.summary.records, 2);
    assert_int_equal(r.summary.skipped[SKIP_UNSUPPORTED], 1);
    assert_int_equal(r.summary.skipped[SKIP_NO_TIME], 1);
    assert_int_equal(r.summary.skipped_line[SKIP_UNSUPPORTED], 1);
    assert_int_equal(r.summary.skipped_line[SKIP_NO_TIME], 2);
    reading_fini(&r);
}

static void our_side_may_be_given_by_id_or_name(void **state)
{
    static const char group[] = "{\"name\":\"G\",\"type\":\"private_group\",\"id\":7,\"messages\":[" M(
        "1", FROM_SARI ",\"text\":\"x\"") "," M("2", FROM_US ",\"text\":\"y\"") "]}";
    static const char *const given[] = { "20002", "user20002", "Toko" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(given); i++) {
        struct reading r = { .format = ARCHIVE_TELEGRAM, .options = { .self = text_of(given[i]) } };

        assert_reads(&r, group, T "Sari|x|in\n" T "Toko|y|out\n");
        assert_true(r.summary.is_group);
        reading_fini(&r);
    }
    struct reading r = { .format = ARCHIVE_TELEGRAM };
    assert_reads(&r, group, T "Sari|x|\n" T "Toko|y|\n");
    reading_fini(&r);
}

static void broken_files_fail_with_the_line(void **state)
{
    static const struct {
        const char *input;
        long line;
    } broken[] = {
        { "", 1 },
        { "[]", 1 },
        { "{}", 1 },
        { "{\"name\":\"x\"}", 1 },
        { "{\"name\":\"x\",\n\"messages\":[", 2 },
        { "{\"id\":1,\n\"messages\":[\n{\"id\":}]}", 3 },
        { CHAT(M("1", "\"text\":\"x\"")) "\nx", 2 },
        { "{\"messages\":[\n{\"id\":1,\"type\":\"message\"}]}", 2 },
        { CHAT("\n{\"type\":\"message\"}"), 2 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(broken); i++) {
        struct reading r = { .format = ARCHIVE_TELEGRAM };

        assert_int_equal(reading_run(&r, text_of(broken[i].input)), -1);
        assert_int_equal(r.why.code, FAIL_BAD_FILE);
        if (r.why.line != broken[i].line)
            fail_msg("case %zu: line %ld: %s", i, r.why.line, r.why.text);
        reading_fini(&r);
    }
}

static void a_message_too_large_is_left_out_and_the_rest_is_read(void **state)
{
    struct buf in = BUF_INIT(64u << 20);
    struct reading r = { .format = ARCHIVE_TELEGRAM };

    (void)state;
    buf_str(&in, "{\"name\":\"Sari\",\"type\":\"personal_chat\",\"id\":10001,\"messages\":[{\"id\":1,\"x\":[");
    while (in.len < 20u * 1024 * 1024)
        buf_str(&in, "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",");
    buf_str(&in, "[[[1]]]]}," M("2", FROM_SARI ",\"text\":\"x\"") "]}");
    assert_int_equal(reading_run(&r, buf_as_text(&in)), 0);
    assert_string_equal(r.out.ptr, T "Sari|x|in\n");
    assert_int_equal(r.summary.skipped[SKIP_TOO_LONG], 1);
    buf_fini(&in);
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exports_are_read),
        cmocka_unit_test(ids_replies_and_entities_are_as_the_platform_has_them),
        cmocka_unit_test(messages_without_time_or_kind_are_counted_as_left_out),
        cmocka_unit_test(our_side_may_be_given_by_id_or_name),
        cmocka_unit_test(broken_files_fail_with_the_line),
        cmocka_unit_test(a_message_too_large_is_left_out_and_the_rest_is_read),
    };

    return RUN(tests);
}

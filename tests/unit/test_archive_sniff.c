/* Files are recognised by content, and the ones that cannot be read are named. exports.md 8.4. */
#include "archive.h"

static const struct {
    const char *head, *hint;
} others[] = {
    { "<!DOCTYPE html>\n<html>\n <head><title>Exported Data</title>", "Machine-readable JSON" },
    { "<html><body>x", "web page" },
    { "PK\x03\x04", "zip" },
    { "", "empty" },
    { "\n \n", "empty" },
    { "{\"a\":1}", "not an export" },
    { "halo\napa kabar\n", "not an export" },
    { "[1,2,3]", "not an export" },
};

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct fail why = { .code = FAIL_NONE };

        assert_int_equal(archive_sniff(text_of(others[i].head), TEXT(""), &why), ARCHIVE_AUTO);
        assert_int_equal(why.code, FAIL_BAD_FILE);
        if (!strstr(why.text, others[i].hint))
            fail_msg("\"%s\" does not mention %s", why.text, others[i].hint);
    }
}

static void what_can_be_read_is_recognised(void **state)
{
    struct fail why;

    (void)state;
    assert_int_equal(archive_sniff(TEXT("{\n \"name\": \"Sari\",\n \"type\": \"personal_chat\",\n \"id\": 1,\n \"messages\": ["),
                                   TEXT(""), &why), ARCHIVE_TELEGRAM);
    assert_int_equal(archive_sniff(TEXT("{ \"about\": \"x\", \"personal_information\": { \"user_id\": 1 }"), TEXT(""), &why),
                     ARCHIVE_TELEGRAM);
    assert_int_equal(archive_sniff(TEXT("{\"kind\":\"message\",\"platform\":\"csv\",\"id\":\"1\"}\n"), TEXT(""), &why),
                     ARCHIVE_EVENTS);
    assert_int_equal(archive_sniff(TEXT("\xff\xfe" "1\0/\0" "6\0/\0" "2\0" "4\0 \0" "2\0" "1\0.\0" "0\0" "5\0 \0-\0 \0A\0:\0 \0x\0"),
                                   TEXT(""), &why), ARCHIVE_WHATSAPP);
    assert_int_equal(archive_sniff(TEXT("15/06/24 21.05 - A: x\n"), TEXT(""), &why), ARCHIVE_WHATSAPP);
}

static void every_kind_of_export_is_recognised_by_its_content(void **state)
{
    static const struct {
        const char *head, *name;
        enum archive_format format;
    } kinds[] = {
        { "window.YTD.direct_messages.part0 = [ {", "", ARCHIVE_X },
        { "window.__THAR_CONFIG = {", "", ARCHIVE_X },
        { "{\"participants\":[{\"name\":\"Sari\"}],\"messages\":[{\"sender_name\":\"Sari\",\"timestamp_ms\":1}]}", "",
          ARCHIVE_FACEBOOK },
        { "{\"participants\":[{\"name\":\"Sari\"}],\"messages\":[{\"sender_name\":\"Sari\",\"timestamp_ms\":1}]}",
          "your_instagram_activity/messages/inbox/sari_1/message_1.json", ARCHIVE_INSTAGRAM },
        { "{\"participants\":[\"Sari\"],\"threadName\":\"Sari_7\",\"messages\":[]}", "", ARCHIVE_FACEBOOK },
        { "{\"comments_v2\":[{\"timestamp\":1}]}", "", ARCHIVE_FACEBOOK },
        { "{\"comments_media_comments\":[]}", "", ARCHIVE_INSTAGRAM },
        { "[{\"timestamp\":1,\"data\":[{\"post\":\"x\"}]}]", "", ARCHIVE_FACEBOOK },
        { "[{\"media\":[{\"uri\":\"a\",\"creation_timestamp\":1}]}]", "", ARCHIVE_INSTAGRAM },
        { "[LINE] Chat history with Sari\r\nSaved on: 2024/06/03 09:00\r\n\r\n2024/06/01(Sat)\r\n08:01\tSari\tHalo\r\n", "",
          ARCHIVE_LINE },
        { "2024/06/01(Sat)\r\n08:01\tSari\tHalo\r\n08:02\tToko\tya\r\n", "", ARCHIVE_LINE },
        { "Channel ID,Comment Create Timestamp,Price,Comment ID,Parent Comment ID,Video ID,Comment Text\nUC1,2024,", "",
          ARCHIVE_YOUTUBE },
        { "\xef\xbb\xbf" "Comment ID,Channel ID,Comment create timestamp,Price\n", "", ARCHIVE_YOUTUBE },
        { "timestamp;channel;direction;author;text\r\n", "", ARCHIVE_CSV },
        { "Tanggal,Pengirim,Pesan\n01/06/2024,Sari,Halo\n", "", ARCHIVE_CSV },
        { "2024-06-01 08:00,Sari,Halo\n", "", ARCHIVE_CSV },
        { "apa,saja\n1,2\n", "catatan.csv", ARCHIVE_CSV },
        { "apa,saja\n1,2\n", "catatan.txt", ARCHIVE_AUTO },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct fail why;
        enum archive_format found = archive_sniff(text_of(kinds[i].head), text_of(kinds[i].name), &why);

        if (found != kinds[i].format)
            fail_msg("%s is taken for %s", kinds[i].head, archive_format_word(found));
    }
}

static void words_and_formats_agree(void **state)
{
    (void)state;
    for (int i = 0; i < ARCHIVE_FORMAT_COUNT; i++) {
        enum archive_format found;

        assert_true(archive_format_from_word(text_of(archive_format_word((enum archive_format)i)), &found));
        assert_int_equal(found, i);
    }
    assert_false(archive_format_from_word(TEXT("doc"), &(enum archive_format){ ARCHIVE_AUTO }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_read_is_named),
        cmocka_unit_test(what_can_be_read_is_recognised),
        cmocka_unit_test(every_kind_of_export_is_recognised_by_its_content),
        cmocka_unit_test(words_and_formats_agree),
    };

    return RUN(tests);
}

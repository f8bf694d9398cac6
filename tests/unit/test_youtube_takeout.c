/* YouTube's comments from Google Takeout: every header seen, cells that are nearly JSON. exports.md 5. */
#include "archive.h"

#define NEW "Channel ID,Comment Create Timestamp,Price,Comment ID,Parent Comment ID,Video ID,Comment Text\n"

static void every_header_and_cell_is_read(void **state)
{
    static const struct {
        const char *file, *out;
    } cases[] = {
        { "Comment ID,Channel ID,Comment Create Timestamp,Price,Parent Comment ID,Video ID,Comment Text\n"
          "UgxA,UCme,2023-09-19T17:42:53.434647+00:00,0,,vid1,\"{\"\"takeoutSegments\"\":[{\"\"text\"\":\"\"terima kasih\"\"}]}\"\n\n\n",
          "2023-09-19 17:42:53|-|terima kasih|out\n" },
        { NEW "UCme,2024-07-01T00:00:00+00:00,0,UgxB.child,UgxB,vid1,\"{\"\"text\"\":\"\"baris satu\"\"},{\"\"text\"\":\"\"\n"
              "\"\"},{\"\"text\"\":\"\"baris dua\"\"}\"\n",
          "2024-07-01 00:00:00|-|baris satu\\nbaris dua|out\n" },
        { "Channel ID,Comment create timestamp,Price,Comment ID,Parent comment ID,Video ID,Comment text\n"
          "UCme,2024-07-01T00:00:00+00:00,5,UgxB,,vid1,polos\n",
          "2024-07-01 00:00:00|-|polos|out {\"price\":\"5\"}\n" },
        { "Live Chat ID,Channel ID,Live Chat Create Timestamp,Price,Video ID,Live Chat Text\n"
          "Ab,UCme,2024-07-01T00:00:00+00:00,0,vid1,\"{\"\"text\"\":\"\"hai \\u2764\"\"}\"\n",
          "2024-07-01 00:00:00|-|hai \xe2\x9d\xa4|out {\"live_chat\":true}\n" },
        { NEW "UCme,2024-07-01T00:00:00+00:00,0,UgxB,,vid1,\"{\"\"text\"\":\"\"kata \"besar\" dan \"\"lagi\"\" \\n ya\"\"}\"\n",
          "2024-07-01 00:00:00|-|kata \"besar\" dan \"lagi\" \\n ya|out\n" },
        { "Kommentar-ID,Kanal-ID,Erstellt\nUgxC,UC1234567890123456789012,2024-07-01T00:00:00+00:00,\"{\"\"text\"\":\"\"ja\"\"}\"\n",
          "2024-07-01 00:00:00|-|ja|out\n" },
    };
    struct reading r = { .format = ARCHIVE_YOUTUBE };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        assert_reads(&r, cases[i].file, cases[i].out);
    assert_true(r.summary.own_words_only);
    assert_true(r.summary.has_ids);
    reading_fini(&r);
}

static void a_reply_lies_under_its_parent(void **state)
{
    struct reading r = { .format = ARCHIVE_YOUTUBE, .as_json = true };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT(NEW "UCme,2024-07-01T00:00:00+00:00,0,UgxB.child,,vid1,a\n")), 0);
    assert_non_null(strstr(r.out.ptr, "\"thread\":{\"type\":\"comment\",\"id\":\"UgxB\",\"post\":\"vid1\",\"parent\":\"UgxB\"}"));
    reading_fini(&r);
}

static void what_is_broken_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *file;
        long line;
    } cases[] = {
        { NEW "UCme,2024-07-01T00:00:00+00:00,0,UgxB,,vid1,\"tanpa akhir\n", 2 },
        { NEW "UCme,2024-07-01T00:00:00+00:00,0,,,vid1,a\n", 2 },
        { "a,b\nc,d\n", 2 },
    };
    struct reading r = { .format = ARCHIVE_YOUTUBE };

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
        cmocka_unit_test(every_header_and_cell_is_read),
        cmocka_unit_test(a_reply_lies_under_its_parent),
        cmocka_unit_test(what_is_broken_is_refused_with_its_line),
    };

    return RUN(tests);
}

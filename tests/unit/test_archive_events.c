/* Our own normal form as a format: what goes out comes back unchanged. */
#include "archive.h"

static const char full[] =
    "{\"kind\":\"message\",\"platform\":\"telegram\",\"channel\":\"99\",\"id\":\"10001/3\",\"thread\":{\"type\":"
    "\"direct\",\"id\":\"10001\",\"name\":\"Sari\"},\"direction\":\"in\",\"sender_kind\":\"customer\",\"author\":{\"id\":"
    "\"10001\",\"name\":\"Sari\",\"username\":\"sari\",\"phone\":\"+62811\"},\"sent_at\":\"2024-06-01T01:00:00.000Z\","
    "\"text\":\"a\\nb \\u001f\",\"entities\":[{\"type\":\"bold\",\"text\":\"a\"}],\"attachments\":[{\"type\":\"image\","
    "\"mime\":\"image/jpeg\",\"name\":\"a.jpg\",\"size\":5,\"ref\":\"r\",\"url\":\"https://example.com/a.jpg\"}],"
    "\"reply_to\":\"10001/2\",\"device\":\"import\",\"detail\":{\"edited\":true}}\n";

static void what_was_written_comes_back_unchanged(void **state)
{
    struct reading r = { .format = ARCHIVE_EVENTS, .as_json = true }, again = { .format = ARCHIVE_EVENTS, .as_json = true };

    (void)state;
    assert_int_equal(reading_run(&r, text_of(full)), 0);
    /* the writer's own order of members is the one that lasts */
    assert_reads(&again, r.out.ptr, r.out.ptr);
    assert_int_equal(again.summary.events, 1);
    assert_int_equal(again.summary.author_count, 1);
    assert_string_equal(r.out.ptr, full);
    reading_fini(&r);
    reading_fini(&again);
}

static void empty_lines_and_a_missing_last_line_end_are_fine(void **state)
{
    struct reading r = { .format = ARCHIVE_EVENTS };

    (void)state;
    assert_reads(&r,
                 "\xef\xbb\xbf{\"kind\":\"message\",\"platform\":\"csv\",\"id\":\"1\",\"sent_at\":"
                 "\"2024-06-01T01:00:00Z\",\"text\":\"x\"}\r\n\n{\"kind\":\"message\",\"platform\":\"csv\",\"id\":\"2\","
                 "\"sent_at\":\"2024-06-01T01:00:00Z\",\"text\":\"y\"}",
                 "2024-06-01 01:00:00|-|x|\n2024-06-01 01:00:00|-|y|\n");
    reading_fini(&r);
}

static void a_bad_line_is_named_with_its_field(void **state)
{
    struct reading r = { .format = ARCHIVE_EVENTS };

    (void)state;
    assert_int_equal(reading_run(&r, TEXT("{\"kind\":\"message\",\"platform\":\"csv\",\"id\":\"1\"}\n"
                                          "{\"kind\":\"letter\",\"platform\":\"csv\",\"id\":\"2\"}\n")),
                     -1);
    assert_int_equal(r.why.code, FAIL_BAD_FILE);
    assert_int_equal(r.why.line, 2);
    assert_string_equal(r.why.field, "kind");
    assert_int_equal(reading_run(&r, TEXT("\n\n{\"kind\"\n")), -1);
    assert_int_equal(r.why.line, 3);
    reading_fini(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_comes_back_unchanged),
        cmocka_unit_test(empty_lines_and_a_missing_last_line_end_are_fine),
        cmocka_unit_test(a_bad_line_is_named_with_its_field),
    };

    return RUN(tests);
}

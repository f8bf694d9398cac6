/* The samples beside the repository, record by record against the truth that stands beside each. */
#include "archive.h"

#include "util/str.h"

#include <jansson.h>

static const char *const names[] = { "android-de-5k", "android-en12-5k", "android-en24-5k", "android-id-5k",
                                     "ios-en-5k",     "ios-en12-5k",     "ios-id-5k" };

static struct buf load(const char *name, const char *tail)
{
    const char *shared = getenv("TANGGAP_SHARED");
    struct buf out = BUF_INIT(64u << 20);
    char path[512];
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "%s/samples/whatsapp/%s%s", shared ? shared : "../shared", name, tail);
    f = fopen(path, "rbe");
    if (!f)
        return out;
    while ((n = fread(buf_room(&out, 65536), 1, 65536, f)) > 0)
        out.len += n;
    fclose(f);
    return out;
}

static const char *member(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void assert_same(const char *name, int record, const char *what, const char *ours, const char *truth)
{
    if (strcmp(ours ? ours : "(none)", truth ? truth : "(none)") != 0)
        fail_msg("%s record %d: %s is \"%s\", not \"%s\"", name, record, what, ours ? ours : "(none)",
                 truth ? truth : "(none)");
}

static void compare(const char *name, int record, struct text ours, struct text truth)
{
    json_t *o = json_loadb(ours.ptr, ours.len, 0, NULL), *t = json_loadb(truth.ptr, truth.len, 0, NULL);
    const char *direction = member(o, "direction"), *kind = member(t, "k");
    const json_t *detail = json_object_get(o, "detail");
    char sent[20] = "";

    snprintf(sent, sizeof(sent), "%.19s", member(o, "sent_at"));
    assert_same(name, record, "time", sent, member(t, "t"));
    assert_same(name, record, "author", member(json_object_get(o, "author"), "name"), member(t, "a"));
    assert_same(name, record, "text", member(o, "text"), member(t, "m"));
    assert_int_equal(direction && strcmp(direction, "system") == 0, json_is_true(json_object_get(t, "s")));
    if (strcmp(kind, "media") == 0)
        assert_same(name, record, "media", member(detail, "media"), "omitted");
    if (strcmp(kind, "edited") == 0 || strcmp(kind, "deleted") == 0)
        assert_true(json_is_true(json_object_get(detail, kind)));
    if (strcmp(kind, "file") == 0)
        assert_int_equal(json_array_size(json_object_get(o, "attachments")), 1);
    if (strcmp(kind, "text") == 0)
        assert_null(detail);
    json_decref(o);
    json_decref(t);
}

static void every_record_of_the_samples_is_as_the_truth_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct buf input = load(names[i], ".txt"), truth = load(names[i], ".truth.jsonl");
        struct reading r = { .format = ARCHIVE_WHATSAPP, .as_json = true };
        struct text ours, theirs = buf_as_text(&truth), a, b;
        int record = 0;

        if (!input.len || !truth.len) {
            print_message("SKIPPED: no samples; set TANGGAP_SHARED to the folder that holds samples/\n");
            skip();
        }
        r.options.file_name = text_of(names[i]);
        assert_int_equal(reading_run(&r, buf_as_text(&input)), 0);
        ours = buf_as_text(&r.out);
        while (str_line(&theirs, &b)) {
            assert_true(str_line(&ours, &a));
            compare(names[i], ++record, a, b);
        }
        assert_int_equal(ours.len, 0);
        assert_int_equal(r.summary.records, record);
        buf_fini(&input);
        buf_fini(&truth);
        reading_fini(&r);
    }
}

static void any_cut_of_the_samples_gives_the_same(void **state)
{
    static const size_t steps[] = { 1, 7, 4096, 65537 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct buf input = load(names[i], ".txt");
        struct reading whole = { .format = ARCHIVE_WHATSAPP, .as_json = true };

        if (!input.len)
            skip();
        assert_int_equal(reading_run(&whole, buf_as_text(&input)), 0);
        for (size_t s = 0; s < COUNT_OF(steps); s++) {
            struct reading r = { .format = ARCHIVE_WHATSAPP, .as_json = true, .step = steps[s] };

            /* single bytes are slow under the sanitizers: the head of the file will do */
            input.len = steps[s] == 1 ? input.len / 8 : input.len;
            assert_int_equal(reading_run(&whole, buf_as_text(&input)), 0);
            assert_int_equal(reading_run(&r, buf_as_text(&input)), 0);
            assert_int_equal(r.out.len, whole.out.len);
            assert_memory_equal(r.out.ptr, whole.out.ptr, r.out.len);
            reading_fini(&r);
        }
        buf_fini(&input);
        reading_fini(&whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_of_the_samples_is_as_the_truth_says),
        cmocka_unit_test(any_cut_of_the_samples_gives_the_same),
    };

    return RUN(tests);
}

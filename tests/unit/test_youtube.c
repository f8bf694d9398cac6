#include "unit.h"

#include "platform/connector.h"
#include "util/str.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define FIXTURES "tests/fixtures/youtube"

static const struct channel_facts nobody = { .id = 1, .platform = PLATFORM_YOUTUBE };

static struct text read_file(struct arena *mem, const char *name)
{
    char *bytes = arena_alloc(mem, 1 << 20);
    FILE *f = fopen(arena_printf(mem, FIXTURES "/%s", name), "re");
    size_t len;

    assert_non_null(f);
    len = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return (struct text){ bytes, len };
}

static int write_event(const struct event *ev, void *arg)
{
    event_write(ev, arg);
    return 0;
}

/* The normal form of a body, a line an event. */
static const char *parsed(struct arena *mem, struct text body, const struct channel_facts *ch)
{
    struct buf out = BUF_INIT(1 << 22);
    struct fail why = { .code = FAIL_NONE };
    const char *kept;

    assert_int_equal(youtube_connector.parse(body, ch, mem, write_event, &out, &why), 0);
    kept = out.len ? arena_copy(mem, buf_as_text(&out)) : "";
    buf_fini(&out);
    return kept;
}

static const char *const names[] = { "threads", "comments", "posts", "odd", "page", "profile", "feed" };

static void every_kind_gives_its_normal_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *mem = arena_new(0);
        struct text body = read_file(mem, arena_printf(mem, "%s.json", names[i]));

        assert_string_equal(parsed(mem, body, &nobody),
                            arena_copy(mem, read_file(mem, arena_printf(mem, "%s.jsonl", names[i]))));
        arena_free(mem);
    }
}

static void a_body_cut_anywhere_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *mem = arena_new(0), *scratch = arena_new(0);
        struct text body = read_file(mem, arena_printf(mem, "%s.json", names[i]));

        for (size_t len = 0; len < body.len; len++) {
            char *cut = malloc(len + 1);
            struct buf out = BUF_INIT(1 << 20);
            struct fail why = { .code = FAIL_NONE };

            assert_non_null(cut);
            memcpy(cut, body.ptr, len);
            if (youtube_connector.parse((struct text){ cut, len }, &nobody, scratch, write_event, &out, &why)) {
                assert_int_equal(why.code, FAIL_BAD_REQUEST);
                assert_int_equal(out.len, 0);
            }
            buf_fini(&out);
            arena_reset(scratch);
            free(cut);
        }
        arena_free(scratch);
        arena_free(mem);
    }
}

static void what_is_no_json_is_a_bad_request(void **state)
{
    static const char *const bad[] = { "", " ", "{", "[1", "7", "\"x\"", "halo", "{\"a\":1e999}" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct arena *mem = arena_new(0);
        struct buf out = BUF_INIT(1 << 16);
        struct fail why = { .code = FAIL_NONE };

        assert_int_equal(youtube_connector.parse(text_of(bad[i]), &nobody, mem, write_event, &out, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_REQUEST);
        assert_int_equal(out.len, 0);
        arena_free(mem);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct lines in order: what a store that merges by content would hold. */
static const char *as_set(struct arena *mem, const char *lines)
{
    const char *all[512];
    size_t count = 0;
    struct buf out = BUF_INIT(1 << 22);
    struct text rest = text_of(lines), line;

    while (str_line(&rest, &line) && count < COUNT_OF(all))
        all[count++] = arena_copy(mem, line);
    qsort(all, count, sizeof *all, by_text);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(all[i], all[i - 1]) != 0)
            buf_printf(&out, "%s\n", all[i]);
    lines = out.len ? arena_copy(mem, buf_as_text(&out)) : "";
    buf_fini(&out);
    return lines;
}

static struct text dumped(struct arena *mem, const json_t *value)
{
    char *bytes = json_dumps(value, JSON_COMPACT);
    struct text kept = arena_text(mem, text_of(bytes));

    free(bytes);
    return kept;
}

/* Items of a page together, one by one, backwards, and twice over. */
static void the_same_set_in_gives_the_same_set_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names) - 1; i++) {
        struct arena *mem = arena_new(0);
        struct text body = read_file(mem, arena_printf(mem, "%s.json", names[i]));
        json_t *root = json_loadb(body.ptr, body.len, 0, NULL), *items = json_object_get(root, "items"), *backwards;
        const char *whole = as_set(mem, parsed(mem, body, &nobody));
        struct buf singly = BUF_INIT(1 << 22);

        if (!items)
            items = root;
        backwards = json_array();
        for (size_t k = json_array_size(items); k > 0; k--) {
            json_t *shell = json_is_object(root) ? json_copy(root) : json_object();

            json_object_set_new(shell, "items", json_pack("[O]", json_array_get(items, k - 1)));
            buf_str(&singly, parsed(mem, dumped(mem, shell), &nobody));
            buf_str(&singly, parsed(mem, dumped(mem, shell), &nobody));
            json_array_append(backwards, json_array_get(items, k - 1));
            json_decref(shell);
        }
        buf_char(&singly, '\0');
        assert_string_equal(as_set(mem, singly.ptr), whole);
        if (json_is_object(root))
            json_object_set(root, "items", backwards);
        assert_string_equal(as_set(mem, parsed(mem, dumped(mem, json_is_object(root) ? root : backwards), &nobody)), whole);
        buf_fini(&singly);
        json_decref(backwards);
        json_decref(root);
        arena_free(mem);
    }
}

static int keep_text(const struct event *ev, void *arg)
{
    if (ev->kind == EVENT_MESSAGE)
        *(struct text *)arg = ev->text;
    return 0;
}

static void html_becomes_what_the_person_wrote(void **state)
{
    static const struct {
        const char *html, *plain;
    } rows[] = {
        { "Bagus!", "Bagus!" },
        { "a<br>b<br />c<br/>d", "a\nb\nc\nd" },
        { "&quot;ya&quot; &amp; &#39;tidak&#39; &lt;3 &#128512; &#x1F600;", "\"ya\" & 'tidak' <3 😀 😀" },
        { "harga &lt; 10 &gt; 5", "harga < 10 > 5" },
        { "a < b dan <tidak tag>", "a < b dan <tidak tag>" },
        { "R&D; &bukan; & &#xZZ; &#0; &#x110000;", "R&D; &bukan; & &#xZZ; &#0; &#x110000;" },
        { "<b>tebal</b> <i>miring</i> <s>coret</s>", "tebal miring coret" },
        { "<a href=\"https://www.youtube.com/watch?v=x&amp;t=90\">1:30</a> <a href=\"/hashtag/sambal\">#sambal</a>",
          "1:30 #sambal" },
        { "<a href=\"https://a.example/x\">https://a.example/x</a>", "https://a.example/x" },
        { "<img alt=\"🌶\" src=\"x\"> pedas", "🌶 pedas" },
        { "<a href=\"tak ditutup", "<a href=\"tak ditutup" },
        { "<", "<" },
        { "&", "&" },
        { "</", "</" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *mem = arena_new(0);
        struct fail why = { .code = FAIL_NONE };
        struct text got = { NULL, 0 };
        json_t *body = json_pack("{s:s,s:{s:s}}", "id", "Ugx1", "snippet", "textDisplay", rows[i].html);

        assert_int_equal(youtube_connector.parse(dumped(mem, body), &nobody, mem, keep_text, &got, &why), 0);
        assert_text(got, rows[i].plain);
        json_decref(body);
        arena_free(mem);
    }
}

static void a_link_with_other_words_keeps_its_address(void **state)
{
    struct arena *mem = arena_new(0);

    (void)state;
    assert_non_null(strstr(
        parsed(mem,
               TEXT("{\"id\":\"Ugx1\",\"snippet\":{\"textDisplay\":\"<a href=\\\"https://a.example/?x=1&amp;y=2\\\">Toko"
                    "</a> <a href=\\\"https://b.example/\\\">https://b.example/</a>\"}}"),
               &nobody),
        "\"text\":\"Toko https://b.example/\",\"attachments\":[{\"type\":\"link\",\"name\":\"Toko\","
        "\"url\":\"https://a.example/?x=1&y=2\"}]"));
    arena_free(mem);
}

static void our_own_words_go_out_by_the_channels_id(void **state)
{
    static const struct text body = TEXT_INIT("{\"id\":\"Ugx1.2\",\"snippet\":{\"textDisplay\":\"ya\",\"channelId\":\"UCvideo"
                                              "\",\"authorChannelId\":{\"value\":\"UCkami\"}}}");
    struct channel_facts us = nobody;
    struct arena *mem = arena_new(0);

    (void)state;
    assert_non_null(strstr(parsed(mem, body, &us), "\"direction\":\"in\""));
    us.external_id = TEXT("UCkami");
    assert_non_null(strstr(parsed(mem, body, &us), "\"direction\":\"out\",\"sender_kind\":\"agent\""));
    arena_free(mem);
}

/* A body may hold what JSON readers refuse: it keeps nobody else's words out. */
static void half_letters_do_not_keep_a_page_out(void **state)
{
    struct arena *mem = arena_new(0);

    (void)state;
    assert_non_null(strstr(parsed(mem, TEXT("{\"items\":[{\"id\":\"a\",\"snippet\":{\"textOriginal\":\"\\ud83d\"}},"
                                            "{\"id\":\"b\",\"snippet\":{\"textOriginal\":\"utuh\"}}]}"),
                                  &nobody),
                           "utuh"));
    arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_gives_its_normal_form),
        cmocka_unit_test(a_body_cut_anywhere_is_read_or_refused),
        cmocka_unit_test(what_is_no_json_is_a_bad_request),
        cmocka_unit_test(the_same_set_in_gives_the_same_set_out),
        cmocka_unit_test(html_becomes_what_the_person_wrote),
        cmocka_unit_test(a_link_with_other_words_keeps_its_address),
        cmocka_unit_test(our_own_words_go_out_by_the_channels_id),
        cmocka_unit_test(half_letters_do_not_keep_a_page_out),
    };

    return RUN(tests);
}

#include "unit.h"

#include "platform/connector.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define FIXTURES "tests/fixtures/line"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_LINE,
    .external_id = TEXT_INIT("U00000000000000000000000000000099"),
    .hook_secret = TEXT_INIT("testsecret"),
};

static const char *const fixtures[] = { "messages", "others", "odd", "trial" };

static char *read_file(struct arena *mem, const char *name, const char *ending)
{
    FILE *f = fopen(arena_printf(mem, FIXTURES "/%s.%s", name, ending), "re");
    char *bytes = arena_alloc(mem, 1 << 17);

    assert_non_null(f);
    assert_true(fread(bytes, 1, (1 << 17) - 1, f) > 0);
    fclose(f);
    return bytes;
}

static int write_event(const struct event *ev, void *arg)
{
    event_write(ev, arg);
    return 0;
}

/* The rows that a body gives, as one text in mem. */
static const char *rows_of(struct arena *mem, struct text body, const struct channel_facts *ch)
{
    struct buf out = BUF_INIT(1 << 20);
    struct fail why = { .code = FAIL_NONE };
    const char *rows;

    assert_int_equal(line_connector.parse(body, ch, mem, write_event, &out, &why), 0);
    rows = arena_copy(mem, buf_as_text(&out));
    buf_fini(&out);
    return rows;
}

static void every_kind_gives_its_normal_form(void **state)
{
    struct channel_facts of_file = { .platform = PLATFORM_LINE };      /* as `tanggap parse` has it */

    (void)state;
    for (size_t i = 0; i < COUNT_OF(fixtures); i++) {
        struct arena *mem = arena_new(0);

        assert_string_equal(rows_of(mem, text_of(read_file(mem, fixtures[i], "json")), &of_file),
                            read_file(mem, fixtures[i], "jsonl"));
        arena_free(mem);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct rows, sorted and joined. */
static const char *set_of(struct arena *mem, const char *rows)
{
    char **lines = arena_array(mem, char *, strlen(rows) + 1), *copy = arena_copy(mem, text_of(rows));
    struct buf out = BUF_INIT(1 << 21);
    size_t count = 0;
    const char *kept;

    for (char *at = copy, *end; *at; at = end + 1) {
        end = strchr(at, '\n');
        *end = '\0';
        lines[count++] = at;
    }
    qsort(lines, count, sizeof(*lines), by_bytes);
    for (size_t i = 0; i < count; i++)
        if (i == 0 || strcmp(lines[i], lines[i - 1]) != 0) {
            buf_str(&out, lines[i]);
            buf_char(&out, '\n');
        }
    kept = arena_copy(mem, buf_as_text(&out));
    buf_fini(&out);
    return kept;
}

static const char *rows_of_tree(struct arena *mem, const json_t *tree)
{
    char *dumped = json_dumps(tree, JSON_COMPACT);
    const char *rows = rows_of(mem, arena_text(mem, text_of(dumped)), &channel);

    free(dumped);
    return rows;
}

static json_t *load(struct arena *mem, const char *name)
{
    json_t *tree = json_loads(read_file(mem, name, "json"), 0, NULL);

    assert_non_null(tree);
    return tree;
}

static void the_same_set_gives_the_same_rows_alone_shuffled_and_repeated(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct arena *mem = arena_new(0);
        json_t *tree = load(mem, fixtures[i]), *events = json_object_get(tree, "events"), *mixed = json_array();
        const char *wanted = set_of(mem, rows_of_tree(mem, tree));
        struct buf alone = BUF_INIT(1 << 20);
        size_t count = json_array_size(events);

        for (size_t k = 0; k < count; k++) {
            json_t *one = json_pack("{s:O,s:[O]}", "destination", json_object_get(tree, "destination"), "events",
                                    json_array_get(events, k));

            buf_str(&alone, rows_of_tree(mem, one));
            json_array_append(mixed, json_array_get(events, (k * 7 + 3) % count));
            json_array_append(mixed, json_array_get(events, k));
            json_decref(one);
        }
        assert_string_equal(set_of(mem, arena_copy(mem, buf_as_text(&alone))), wanted);
        json_object_set_new(tree, "events", mixed);
        assert_string_equal(set_of(mem, rows_of_tree(mem, tree)), wanted);
        buf_fini(&alone);
        json_decref(tree);
        arena_free(mem);
    }
}

static void a_redelivery_gives_the_same_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct arena *mem = arena_new(0);
        json_t *tree = load(mem, fixtures[i]), *event;
        const char *wanted = rows_of_tree(mem, tree);
        size_t at;

        json_array_foreach(json_object_get(tree, "events"), at, event)
            json_object_set_new(json_object_get(event, "deliveryContext"), "isRedelivery", json_true());
        assert_string_equal(rows_of_tree(mem, tree), wanted);
        json_decref(tree);
        arena_free(mem);
    }
}

/* Every text of digits becomes a number. */
static void numbers_for_digits(json_t *value)
{
    const char *key;
    void *next;
    json_t *member;
    size_t at;

    json_object_foreach_safe(value, next, key, member) {
        const char *text = json_string_value(member);

        if (text && *text && *text != '0' && strspn(text, "0123456789") == strlen(text))
            json_object_set_new(value, key, json_integer(strtoll(text, NULL, 10)));
        else
            numbers_for_digits(member);
    }
    json_array_foreach(value, at, member)
        numbers_for_digits(member);
}

static void ids_are_the_same_as_numbers_and_as_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct arena *mem = arena_new(0);
        json_t *tree = load(mem, fixtures[i]);
        const char *wanted = rows_of_tree(mem, tree);

        numbers_for_digits(tree);
        assert_string_equal(rows_of_tree(mem, tree), wanted);
        json_decref(tree);
        arena_free(mem);
    }
}

static int ignore_event(const struct event *ev, void *arg)
{
    (void)ev;
    (void)arg;
    return 0;
}

static void a_body_that_breaks_off_is_refused_wherever_it_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(fixtures); i++) {
        struct arena *mem = arena_new(0);
        struct text whole = text_of(read_file(mem, fixtures[i], "json"));

        while (whole.ptr[whole.len - 1] == '\n')
            whole.len--;
        for (size_t len = 0; len < whole.len; len += len < 500 ? 1 : 13) {
            struct fail why = { .code = FAIL_NONE };
            struct arena *scratch = arena_new(0);
            char *exact = malloc(len + !len);

            memcpy(exact, whole.ptr, len);
            assert_int_equal(line_connector.parse((struct text){ exact, len }, &channel, scratch, ignore_event, NULL, &why), -1);
            assert_int_equal(why.code, FAIL_BAD_REQUEST);
            free(exact);
            arena_free(scratch);
        }
        arena_free(mem);
    }
}

static void bodies_may_be_bare_empty_or_odd(void **state)
{
    static const struct {
        const char *body, *has;
    } rows[] = {
        { "{\"destination\":\"U1\",\"events\":[]}", NULL },
        { "[]", NULL },
        { "{\"type\":\"message\",\"message\":{\"id\":\"5\",\"type\":\"text\",\"text\":\"sendiri\"},\"source\":{\"userId\":\"U7\"}}",
          "\"text\":\"sendiri\"" },
        { "[{\"type\":\"unfollow\",\"source\":{\"userId\":\"U7\"}}]", "\"blocked\":true" },
        { "{\"events\":{\"type\":\"unfollow\",\"source\":{\"userId\":\"U7\"}}}", "\"blocked\":true" },
        { "{\"userId\":\"U7\",\"displayName\":\"Ani\",\"pictureUrl\":\"https://p.example/1\",\"statusMessage\":\"sibuk\"}",
          "\"author\":{\"id\":\"U7\",\"name\":\"Ani\"},\"detail\":{\"picture\":\"https://p.example/1\",\"about\":\"sibuk\"}" },
        { "{\"groupId\":\"C5\",\"groupName\":\"Reseller\"}", "\"thread\":{\"type\":\"group\",\"id\":\"C5\",\"name\":\"Reseller\"}" },
        { "{\"page\":\"profile\",\"thread_id\":\"C5\",\"profile\":{\"userId\":\"U7\",\"displayName\":\"Ani\"}}",
          "\"thread\":{\"type\":\"group\",\"id\":\"C5\"},\"author\":{\"id\":\"U7\",\"name\":\"Ani\"}" },
        { "{}", "\"kind\":\"unsupported\"" },
        { "{\"halo\":[1,{}]}", "\"kind\":\"unsupported\"" },
        { "{\"events\":[{\"type\":\"message\",\"message\":{\"id\":\"5\",\"type\":\"text\",\"text\":\"a\\u0000\\ud83dz\"}}]}", "z\"" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *mem = arena_new(0);
        const char *got = rows_of(mem, text_of(rows[i].body), &channel);

        if (rows[i].has)
            assert_non_null(strstr(got, rows[i].has));
        else
            assert_string_equal(got, "");
        arena_free(mem);
    }
}

static int refuse_second(const struct event *ev, void *arg)
{
    int *seen = arg;

    (void)ev;
    return ++*seen == 2 ? -1 : 0;
}

static void a_sink_can_stop_the_reader(void **state)
{
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };
    int seen = 0;

    (void)state;
    assert_int_equal(line_connector.parse(text_of(read_file(mem, "messages", "json")), &channel, mem, refuse_second, &seen, &why), -1);
    assert_int_equal(seen, 2);
    arena_free(mem);
}

static void the_signature_is_over_the_bytes_as_they_came(void **state)
{
    struct header headers[] = { { TEXT_INIT("Content-Type"), TEXT_INIT("application/json") },
                                { TEXT_INIT("X-Line-Signature"), TEXT_INIT("gRM7CuYTzNkYFQE8Cr/LnqWq8Q1y6k8cFzWU8qk5DFA=") } };
    struct hook_request rq = { .headers = headers, .header_count = 2, .body = TEXT("{\"destination\":\"U0\",\"events\":[]}") };
    struct channel_facts other = channel;

    (void)state;
    assert_true(line_connector.verify(&rq, &channel));
    headers[1].name = TEXT("x-line-signature");
    assert_true(line_connector.verify(&rq, &channel));
    rq.body = TEXT("{\"destination\": \"U0\",\"events\":[]}");
    assert_false(line_connector.verify(&rq, &channel));
    rq.body = TEXT("{\"destination\":\"U0\",\"events\":[]}");
    headers[1].value.len--;
    assert_false(line_connector.verify(&rq, &channel));
    headers[1].value = TEXT("");
    assert_false(line_connector.verify(&rq, &channel));
    rq.header_count = 1;
    assert_false(line_connector.verify(&rq, &channel));
    rq.header_count = 2;
    headers[1].value = TEXT("gRM7CuYTzNkYFQE8Cr/LnqWq8Q1y6k8cFzWU8qk5DFA=");
    other.hook_secret = TEXT("lain");
    assert_false(line_connector.verify(&rq, &other));
    other.hook_secret = TEXT("");
    assert_false(line_connector.verify(&rq, &other));
}

static void texts_are_cut_at_five_thousand_units_not_bytes(void **state)
{
    struct arena *mem = arena_new(0);
    char *emoji = arena_alloc(mem, 5001 * 4);
    unsigned count = 0;

    (void)state;
    for (size_t i = 0; i < 5001; i++)
        memcpy(emoji + 4 * i, "\xf0\x9f\x98\x80", 4);
    assert_int_equal(line_connector.part((struct text){ emoji, 2500 * 4 }, 0, &count).len, 2500 * 4);
    assert_int_equal(count, 1);
    assert_int_equal(line_connector.part((struct text){ emoji, 5001 * 4 }, 2, &count).len, 4);
    assert_int_equal(count, 3);
    arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_gives_its_normal_form),
        cmocka_unit_test(the_same_set_gives_the_same_rows_alone_shuffled_and_repeated),
        cmocka_unit_test(a_redelivery_gives_the_same_rows),
        cmocka_unit_test(ids_are_the_same_as_numbers_and_as_texts),
        cmocka_unit_test(a_body_that_breaks_off_is_refused_wherever_it_does),
        cmocka_unit_test(bodies_may_be_bare_empty_or_odd),
        cmocka_unit_test(a_sink_can_stop_the_reader),
        cmocka_unit_test(the_signature_is_over_the_bytes_as_they_came),
        cmocka_unit_test(texts_are_cut_at_five_thousand_units_not_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

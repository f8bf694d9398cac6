/* Bodies of the WhatsApp Cloud API: what a shop's customers say, however the platform wraps it. */
#include "unit.h"

#include "platform/connector.h"
#include "util/str.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define FIXTURES "tests/fixtures/whatsapp"

static const char *const names[] = { "messages", "statuses", "echoes", "history", "account", "odd" };

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_WHATSAPP,
    .external_id = { "106500000000001", 15 },
    .hook_secret = { "test_app_secret", 15 },
    .verify_token = { "kata-kita", 9 },
};

static struct text read_file(struct arena *mem, const char *name)
{
    static char path[512];
    FILE *f;
    char *bytes = arena_alloc(mem, 1 << 20);
    size_t len;

    snprintf(path, sizeof(path), FIXTURES "/%s", name);
    f = fopen(path, "re");
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

/* The events of a body, one a line; ptr to be freed. */
static char *events_of(struct text body)
{
    struct arena *mem = arena_new(0);
    struct buf out = BUF_INIT(1 << 22);
    struct fail why = { .code = FAIL_NONE };
    size_t len;

    assert_int_equal(whatsapp_connector.parse(body, &channel, mem, write_event, &out, &why), 0);
    buf_char(&out, '\0');
    arena_free(mem);
    return buf_take(&out, &len);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The set that a text of lines is: sorted, each once. */
static char *as_set(struct arena *mem, const char *lines)
{
    struct text rest = text_of(lines), line;
    struct buf out = BUF_INIT(1 << 22);
    char *all[512];
    size_t n = 0, len;

    while (n < COUNT_OF(all) && str_line(&rest, &line))
        all[n++] = arena_copy(mem, line);
    qsort(all, n, sizeof *all, by_text);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(all[i], all[i - 1]) != 0)
            buf_printf(&out, "%s\n", all[i]);
    buf_char(&out, '\0');
    return buf_take(&out, &len);
}

static void every_payload_kind_gives_its_normal_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *mem = arena_new(0);
        struct text wanted = read_file(mem, arena_printf(mem, "%s.jsonl", names[i]));
        char *got = events_of(read_file(mem, arena_printf(mem, "%s.json", names[i])));

        assert_string_equal(got, arena_copy(mem, wanted));
        free(got);
        arena_free(mem);
    }
}

static json_t *load(struct arena *mem, const char *name)
{
    struct text bytes = read_file(mem, name);
    json_t *root = json_loadb(bytes.ptr, bytes.len, 0, NULL);

    assert_non_null(root);
    return root;
}

/* Every list of every change with its elements turned around or doubled. */
static void rearrange(json_t *value, bool twice)
{
    static const char *const lists[] = { "messages", "statuses", "message_echoes", "state_sync", "calls" };

    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        json_t *list = json_object_get(value, lists[i]), *now = json_array();

        if (!json_is_array(list)) {
            json_decref(now);
            continue;
        }
        for (size_t k = json_array_size(list); k > 0; k--)
            for (int n = 0; n < (twice ? 2 : 1); n++)
                json_array_append(now, json_array_get(list, k - 1));
        json_object_set_new(value, lists[i], now);
    }
}

static void shuffled_and_repeated_bodies_give_the_same_set(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names) - 1; i++)
        for (int twice = 0; twice < 2; twice++) {
            struct arena *mem = arena_new(0);
            json_t *root = load(mem, arena_printf(mem, "%s.json", names[i])), *change;
            json_t *changes = json_object_get(json_array_get(json_object_get(root, "entry"), 0), "changes");
            char *plain = events_of(read_file(mem, arena_printf(mem, "%s.json", names[i])));
            size_t at;

            json_array_foreach(changes, at, change) rearrange(json_object_get(change, "value"), twice);
            char *bytes = json_dumps(root, 0), *other = events_of(text_of(bytes));
            char *left = as_set(mem, plain), *right = as_set(mem, other);
            assert_string_equal(left, right);
            free(left);
            free(right);
            free(plain);
            free(other);
            free(bytes);
            json_decref(root);
            arena_free(mem);
        }
}

static void one_body_an_element_gives_what_the_batch_gives(void **state)
{
    struct arena *mem = arena_new(0);
    json_t *root = load(mem, "messages.json"), *message;
    json_t *value = json_object_get(
        json_array_get(json_object_get(json_array_get(json_object_get(root, "entry"), 0), "changes"), 0), "value");
    json_t *messages = json_incref(json_object_get(value, "messages"));
    char *whole = events_of(read_file(mem, "messages.json"));
    struct buf parts = BUF_INIT(1 << 22);
    size_t at, len;

    (void)state;
    json_array_foreach(messages, at, message) {
        json_object_set_new(value, "messages", json_pack("[O]", message));
        char *bytes = json_dumps(root, 0), *one = events_of(text_of(bytes));
        buf_str(&parts, one);
        free(one);
        free(bytes);
    }
    buf_char(&parts, '\0');
    char *all = buf_take(&parts, &len);
    assert_string_equal(all, whole);
    free(all);
    free(whole);
    json_decref(messages);
    json_decref(root);
    arena_free(mem);
}

static int count_event(const struct event *ev, void *arg)
{
    (void)ev;
    ++*(int *)arg;
    return 0;
}

static void every_beginning_of_a_body_is_a_bad_request(void **state)
{
    struct arena *mem = arena_new(0);
    struct text body = read_file(mem, "messages.json");

    (void)state;
    while (body.len && (body.ptr[body.len - 1] == '\n' || body.ptr[body.len - 1] == ' '))
        body.len--;
    for (size_t len = 0; len < body.len; len += 7) {
        struct arena *scratch = arena_new(0);
        char *cut = malloc(len ? len : 1);        /* so that a read behind the end is seen */
        struct fail why = { .code = FAIL_NONE };
        int count = 0;

        assert_non_null(cut);
        memcpy(cut, body.ptr, len);
        assert_int_equal(whatsapp_connector.parse((struct text){ cut, len }, &channel, scratch, count_event, &count, &why),
                         -1);
        assert_int_equal(why.code, FAIL_BAD_REQUEST);
        assert_int_equal(count, 0);
        arena_free(scratch);
        free(cut);
    }
    arena_free(mem);
}

/* Whatever is cut out of a body, nothing crashes and the others of the batch stay. */
static void a_message_without_one_of_its_members_spoils_no_other(void **state)
{
    struct arena *mem = arena_new(0);
    json_t *root = load(mem, "messages.json"), *message, *value;
    json_t *messages = json_object_get(
        json_object_get(json_array_get(json_object_get(json_array_get(json_object_get(root, "entry"), 0), "changes"), 0),
                        "value"),
        "messages");
    size_t at, count = json_array_size(messages);
    const char *key;
    void *next;

    (void)state;
    json_array_foreach(messages, at, message) {
        json_t *copy = json_copy(message);

        json_object_foreach_safe(copy, next, key, value) {
            struct arena *scratch = arena_new(0);
            struct fail why;
            int seen = 0;

            json_object_del(message, key);
            char *bytes = json_dumps(root, 0);
            assert_int_equal(whatsapp_connector.parse(text_of(bytes), &channel, scratch, count_event, &seen, &why), 0);
            assert_true(seen >= (int)count);
            json_object_set(message, key, value);
            free(bytes);
            arena_free(scratch);
        }
        json_decref(copy);
    }
    json_decref(root);
    arena_free(mem);
}

static int keep_last(const struct event *ev, void *arg)
{
    *(struct event *)arg = *ev;
    return 0;
}

static const struct event *only(struct arena *mem, const char *body)
{
    struct event *ev = arena_new_of(mem, struct event);
    struct fail why = { .code = FAIL_NONE };

    assert_int_equal(whatsapp_connector.parse(text_of(body), &channel, mem, keep_last, ev, &why), 0);
    return ev;
}

static void one_number_has_one_spelling(void **state)
{
    static const char *const ways[] = { "6281234000002", "+62 812-3400-0002", "081234000002", "0062 812 3400 0002",
                                        "(0812) 3400.0002" };
    struct arena *mem = arena_new(0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        const struct event *ev = only(mem, arena_printf(mem,
                                                        "{\"messages\":[{\"from\":\"%s\",\"id\":\"w\",\"type\":\"text\","
                                                        "\"text\":{\"body\":\"x\"}}]}",
                                                        ways[i]));

        assert_text(ev->author.phone, "6281234000002");
        assert_text(ev->thread.id, "6281234000002");
    }
    arena_free(mem);
}

static void a_letter_that_json_readers_refuse_keeps_no_message_out(void **state)
{
    struct arena *mem = arena_new(0);
    const struct event *ev = only(mem, "{\"messages\":[{\"from\":\"6281234000002\",\"id\":\"w\",\"type\":\"text\","
                                       "\"text\":{\"body\":\"a\\u0000b\\ud800c\"}}]}");

    (void)state;
    assert_text(ev->text, "a\xEF\xBF\xBD" "b\xEF\xBF\xBD" "c");
    arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_payload_kind_gives_its_normal_form),
        cmocka_unit_test(shuffled_and_repeated_bodies_give_the_same_set),
        cmocka_unit_test(one_body_an_element_gives_what_the_batch_gives),
        cmocka_unit_test(every_beginning_of_a_body_is_a_bad_request),
        cmocka_unit_test(a_message_without_one_of_its_members_spoils_no_other),
        cmocka_unit_test(one_number_has_one_spelling),
        cmocka_unit_test(a_letter_that_json_readers_refuse_keeps_no_message_out),
    };

    return RUN(tests);
}

/* A Page's webhook bodies and what is read back from it: facebook and messenger share the parser. */
#include "unit.h"

#include "../../backend/platform/payload.h"

#include "util/crypto.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>

#define FIXTURES "tests/fixtures/page"

static const char *const names[] = { "public", "private", "read-feed", "read-comments", "read-conversations" };
static const struct channel_facts page_facts = { .id = 1, .platform = PLATFORM_FACEBOOK,
                                                 .external_id = TEXT_INIT("1122334455") };
static const struct channel_facts nobody = { .id = 1, .platform = PLATFORM_MESSENGER };

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

static void parse(const struct connector *connector, struct text body, const struct channel_facts *ch, struct arena *mem,
                  struct buf *out)
{
    struct fail why = { .code = FAIL_NONE };

    assert_int_equal(connector->parse(body, ch, mem, write_event, out, &why), 0);
}

static void each_body_gives_its_normal_form_to_either_connector(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *mem = arena_new(0);
        struct text wanted = read_file(mem, arena_printf(mem, "%s.jsonl", names[i]));
        struct text body = read_file(mem, arena_printf(mem, "%s.json", names[i]));
        const struct connector *const either[] = { &facebook_connector, &messenger_connector };

        for (size_t k = 0; k < COUNT_OF(either); k++)
            for (int known = 0; known < 2; known++) {
                struct buf out = BUF_INIT(1 << 20);

                parse(either[k], body, known ? &page_facts : &nobody, mem, &out);
                buf_char(&out, '\0');
                assert_string_equal(out.ptr, arena_copy(mem, wanted));
                buf_fini(&out);
            }
        arena_free(mem);
    }
}

/* ---- same set in, same rows out ---- */

static int by_text(const void *left, const void *right)
{
    const struct text *a = left, *b = right;
    size_t shorter = a->len < b->len ? a->len : b->len;
    int order = shorter ? memcmp(a->ptr, b->ptr, shorter) : 0;

    return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* The lines of all events, sorted, each once. */
static struct text rows_of(struct arena *mem, struct text lines)
{
    struct text *all = arena_array(mem, struct text, 1000), line;
    struct buf out = BUF_INIT(1 << 20);
    struct text made;
    size_t n = 0;

    while (str_line(&lines, &line))
        all[n++] = line;
    qsort(all, n, sizeof(*all), by_text);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !text_equal(all[i], all[i - 1])) {
            buf_text(&out, all[i]);
            buf_char(&out, '\n');
        }
    made = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return made;
}

/* Every element of every list of every entry as a body of its own, the last first. */
static void parse_apart(const json_t *root, bool backwards, struct arena *mem, struct buf *out)
{
    static const char *const lists[] = { "messaging", "changes", "standby", "changed_fields" };
    const json_t *entries = json_object_get(root, "entry");
    size_t count = json_array_size(entries);

    for (size_t e = 0; e < count; e++) {
        const json_t *entry = json_array_get(entries, backwards ? count - 1 - e : e);
        bool is_flat = json_object_get(entry, "field") != NULL;

        for (size_t l = 0; l < COUNT_OF(lists) + is_flat; l++) {
            const json_t *list = l < COUNT_OF(lists) ? json_object_get(entry, lists[l]) : NULL;
            size_t n = list ? json_array_size(list) : l == COUNT_OF(lists);

            for (size_t i = 0; i < n; i++) {
                AUTO(json) json_t *body = json_object();
                json_t *one = json_copy((json_t *)(uintptr_t)entry);

                for (size_t k = 0; k < COUNT_OF(lists); k++)
                    json_object_del(one, lists[k]);
                if (list) {
                    json_object_del(one, "field");
                    json_object_del(one, "value");
                    json_object_set_new(one, lists[l], json_pack("[O]", json_array_get(list, backwards ? n - 1 - i : i)));
                }
                json_object_set_new(body, "object", json_string("page"));
                json_object_set_new(body, "entry", json_pack("[o]", one));
                parse(&facebook_connector, payload_dump(mem, body), &nobody, mem, out);
            }
        }
    }
}

static void a_batch_says_the_same_as_its_parts_in_any_order_any_number_of_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct arena *mem = arena_new(0);
        struct text body = read_file(mem, arena_printf(mem, "%s.json", names[i]));
        struct buf whole = BUF_INIT(1 << 20), apart = BUF_INIT(1 << 20), back = BUF_INIT(1 << 22);
        json_error_t error;
        json_t *root = payload_load(mem, body, &error);
        struct text wanted;

        parse(&facebook_connector, body, &nobody, mem, &whole);
        wanted = rows_of(mem, buf_as_text(&whole));
        parse_apart(root, false, mem, &apart);
        assert_string_equal(arena_copy(mem, rows_of(mem, buf_as_text(&apart))), arena_copy(mem, wanted));
        parse_apart(root, true, mem, &back);
        parse_apart(root, false, mem, &back);
        assert_string_equal(arena_copy(mem, rows_of(mem, buf_as_text(&back))), arena_copy(mem, wanted));
        json_decref(root);
        buf_fini(&whole);
        buf_fini(&apart);
        buf_fini(&back);
        arena_free(mem);
    }
}

static bool is_number(const json_t *value)
{
    struct text t = { json_string_value(value), json_string_length(value) };
    int64_t n;

    return json_is_string(value) && t.len < 18 && t.ptr[0] != '0' && str_whole_i64(t, &n, 1, INT64_MAX) == 0;
}

/* Ids as the platform writes them today or tomorrow: numbers for texts, texts for numbers. */
static json_t *turned(const json_t *value, bool to_numbers)
{
    const char *key;
    json_t *one, *made;
    size_t at;

    if (json_is_object(value)) {
        made = json_object();
        json_object_foreach((json_t *)(uintptr_t)value, key, one) json_object_set_new(made, key, turned(one, to_numbers));
        return made;
    }
    if (json_is_array(value)) {
        made = json_array();
        json_array_foreach((json_t *)(uintptr_t)value, at, one) json_array_append_new(made, turned(one, to_numbers));
        return made;
    }
    if (to_numbers && is_number(value))
        return json_integer(strtoll(json_string_value(value), NULL, 10));
    if (!to_numbers && json_is_integer(value)) {
        char text[32];

        snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
        return json_string(text);
    }
    return json_incref((json_t *)(uintptr_t)value);
}

/* Made-up ids are hashes of what was written, so they differ; a score and a notification are words, not ids. */
static struct text without_hashes(struct arena *mem, struct text lines)
{
    struct buf out = BUF_INIT(1 << 20);
    struct text line, made;

    while (str_line(&lines, &line))
        if (!memmem(line.ptr, line.len, "/", 1) || !memmem(line.ptr, line.len, "\"id\":\"", 6) ||
            !(str_find(line, TEXT("notice")) || str_find(line, TEXT("unsupported")) || str_find(line, TEXT("postback")) ||
              str_find(line, TEXT("feedback")) || str_find(line, TEXT("account")))) {
            buf_text(&out, line);
            buf_char(&out, '\n');
        }
    made = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return made;
}

static void ids_may_be_numbers_or_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        for (int to_numbers = 0; to_numbers < 2; to_numbers++) {
            struct arena *mem = arena_new(0);
            struct text wanted = read_file(mem, arena_printf(mem, "%s.jsonl", names[i]));
            json_error_t error;
            json_t *root = payload_load(mem, read_file(mem, arena_printf(mem, "%s.json", names[i])), &error);
            json_t *other = turned(root, to_numbers);
            struct buf out = BUF_INIT(1 << 20);

            parse(&messenger_connector, payload_dump(mem, other), &nobody, mem, &out);
            assert_string_equal(arena_copy(mem, without_hashes(mem, buf_as_text(&out))),
                                arena_copy(mem, without_hashes(mem, wanted)));
            json_decref(root);
            json_decref(other);
            buf_fini(&out);
            arena_free(mem);
        }
}

static void a_body_that_is_cut_off_is_refused_and_harms_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *mem = arena_new(0);
        struct text body = str_trim(read_file(mem, arena_printf(mem, "%s.json", names[i])));

        for (size_t len = 0; len < body.len; len += len < 300 ? 1 : 37) {
            struct arena *own = arena_new(0);
            struct buf out = BUF_INIT(1 << 20);
            struct fail why = { .code = FAIL_NONE };

            assert_int_equal(facebook_connector.parse((struct text){ body.ptr, len }, &nobody, own, write_event, &out, &why),
                             -1);
            assert_int_equal(why.code, FAIL_BAD_REQUEST);
            assert_int_equal(out.len, 0);
            buf_fini(&out);
            arena_free(own);
        }
        arena_free(mem);
    }
}

static void a_broken_neighbour_takes_nobody_with_it(void **state)
{
    static const char body[] =
        "{\"object\":\"page\",\"entry\":[7,null,\"x\",{\"id\":\"1\",\"messaging\":[null,5,\"kata\",[],{},"
        "{\"sender\":null,\"message\":{\"mid\":\"m_1\",\"text\":\"satu\"}},{\"message\":\"dua\"},"
        "{\"sender\":{\"id\":\"6\"},\"recipient\":{\"id\":\"1\"},\"message\":{\"text\":\"tanpa id\",\"attachments\":[null,"
        "{\"type\":9},{\"payload\":[]}]}},"
        "{\"sender\":{\"id\":\"6\"},\"recipient\":{\"id\":\"1\"},\"reaction\":{},\"read\":{},\"delivery\":{}}],"
        "\"changes\":{\"field\":\"feed\",\"value\":{\"item\":\"comment\",\"message\":\"tiga\"}}},"
        "{\"changes\":[{\"field\":\"feed\",\"value\":null},{\"field\":7,\"value\":{\"x\":{\"text\":\"empat\"}}},"
        "{\"value\":{\"item\":\"comment\",\"comment_id\":\"1_2\",\"message\":\"lima\"}}]}]}";
    static const char *const words[] = { "satu", "dua", "tiga", "empat", "lima", "tanpa id", "kata" };
    struct arena *mem = arena_new(0);
    struct buf out = BUF_INIT(1 << 20);

    (void)state;
    parse(&facebook_connector, text_of(body), &nobody, mem, &out);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        assert_non_null(str_find(buf_as_text(&out), text_of(words[i])));
    buf_fini(&out);
    arena_free(mem);
}

static void bodies_come_in_other_wrappings_too(void **state)
{
    static const struct {
        const char *body, *has;
    } rows[] = {
        { "{\"sample\":{\"field\":\"feed\",\"value\":{\"item\":\"status\",\"post_id\":\"4_4\",\"verb\":\"add\","
          "\"published\":1,\"created_time\":1695000000,\"message\":\"Contoh isi\",\"from\":{\"name\":\"Uji\",\"id\":\"6\"}}}}",
          "\"text\":\"Contoh isi\"" },
        { "[{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"messaging\":[{\"sender\":{\"id\":\"6\"},\"recipient\":{\"id\":"
          "\"1\"},\"message\":{\"mid\":\"m\",\"text\":\"dalam larik\"}}]}]}]",
          "\"text\":\"dalam larik\"" },
        { "{\"id\":\"1\",\"time\":1,\"messaging\":[{\"sender\":{\"id\":\"6\"},\"recipient\":{\"id\":\"1\"},\"message\":{"
          "\"mid\":\"m\",\"text\":\"satu entri\"}}]}",
          "\"text\":\"satu entri\"" },
        { "{\"sender\":{\"id\":\"6\"},\"recipient\":{\"id\":\"1\"},\"message\":{\"mid\":\"m\",\"text\":\"satu butir\"}}",
          "\"channel\":\"1\",\"id\":\"m\",\"thread\":{\"type\":\"direct\",\"id\":\"6\"},\"direction\":\"in\"" },
        { "{\"sender\":{\"id\":\"1\"},\"recipient\":{\"id\":\"6\"},\"message\":{\"mid\":\"m\",\"text\":\"gema\",\"is_echo\":"
          "true}}",
          "\"channel\":\"1\",\"id\":\"m\",\"thread\":{\"type\":\"direct\",\"id\":\"6\"},\"direction\":\"out\"" },
        { "{\"object\":\"page\",\"entry\":{\"id\":\"1\",\"changes\":{\"field\":\"feed\",\"value\":{\"item\":\"comment\","
          "\"comment_id\":\"1_2\",\"message\":\"tanpa larik\"}}}}",
          "\"text\":\"tanpa larik\"" },
        { "{\"object\":\"permissions\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"pages_messaging\",\"value\":{"
          "\"verb\":\"revoked\",\"target_ids\":[\"1\"]}}]}]}",
          "\"detail\":{\"type\":\"permission_revoked\",\"permission\":\"pages_messaging\"}" },
        { "{\"object\":\"user\",\"entry\":[{\"id\":\"1\",\"changed_fields\":[\"email\"]}]}", "\"type\":\"email\"" },
        { "{\"data\":[{\"id\":\"1_2\",\"message\":\"dari daftar\",\"created_time\":\"2026-05-28T20:26:40+0000\"}]}",
          "\"kind\":\"post\"" },
        { "{\"page\":\"profile\",\"account\":\"1\",\"author\":\"6\",\"answer\":{\"first_name\":\"Ani\",\"last_name\":"
          "\"Contoh\"}}",
          "\"author\":{\"id\":\"6\",\"name\":\"Ani Contoh\"}" },
        { "{\"id\":\"1\",\"messaging\":[{\"recipient\":{\"id\":\"1\"},\"optin\":{\"ref\":\"r\",\"user_ref\":\"u9\"}}]}",
          "\"thread\":{\"type\":\"direct\",\"id\":\"ref:u9\"}" },
        { "{\"id\":\"1\",\"messaging\":[{\"sender\":{\"id\":\"6\"},\"recipient\":{\"id\":\"1\"},\"message\":{\"mid\":\"m\","
          "\"attachments\":[{\"type\":\"fallback\",\"title\":\"Lama\",\"URL\":\"https://x.example/\",\"payload\":null}]}}]}",
          "{\"type\":\"link\",\"name\":\"Lama\",\"url\":\"https://x.example/\"}" },
        { "{\"object\":\"group\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"comments\",\"value\":{\"comment_id\":"
          "\"1_2\",\"post_id\":\"1_1\",\"from\":{\"id\":\"6\"},\"message\":\"dari grup\"}}]}]}",
          "\"kind\":\"message\",\"platform\":\"facebook\",\"channel\":\"1\",\"id\":\"1_2\"" },
        { "{\"field\":\"feed\",\"value\":{\"item\":\"comment\",\"id\":\"c9\",\"post_id\":\"p1\",\"message\":\"x\",\"from\":{\"id\":\"u1\"}}}",
          "\"kind\":\"message\",\"platform\":\"facebook\",\"id\":\"c9\"" },
        { "{\"teks\":\"x\",\"isi\":{\"message\":\"tak dikenal\"}}", "\"text\":\"tak dikenal\"" },
        { "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"time\":1,\"messaging\":[{\"sender\":{\"id\":\"6\"},\"recipient\":"
          "{\"id\":\"1\"},\"message\":{\"mid\":\"m\",\"text\":\"setengah \\ud83d huruf\"}}]}]}",
          "setengah \xef\xbf\xbd huruf" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *mem = arena_new(0);
        struct buf out = BUF_INIT(1 << 20);

        parse(&messenger_connector, text_of(rows[i].body), &nobody, mem, &out);
        if (!str_find(buf_as_text(&out), text_of(rows[i].has)))
            fail_msg("%s\n%.*s", rows[i].body, (int)out.len, out.ptr);
        buf_fini(&out);
        arena_free(mem);
    }
}

static void a_body_made_to_cost_much_costs_little(void **state)
{
    static const char *const items[] = {
        "{\"type\":\"image\",\"payload\":{\"url\":\"https://x.example/",
        "{\"type\":\"image\",\"payload\":{\"sticker_id\":\"",
        "{\"type\":\"template\",\"payload\":{\"text\":\"t",
        "{\"type\":\"location\",\"payload\":{\"coordinates\":{},\"x\":\"",
    };

    (void)state;
    for (size_t k = 0; k < COUNT_OF(items); k++) {
        struct arena *mem = arena_new(0);
        struct buf body = BUF_INIT(16 << 20), out = BUF_INIT(1 << 20);

        buf_str(&body, "{\"id\":\"1\",\"messaging\":[{\"sender\":{\"id\":\"6\"},\"recipient\":{\"id\":\"1\"},\"message\":{\"mid\":"
                       "\"m\",\"attachments\":[");
        for (size_t i = 0; i < 100000; i++) {
            buf_str(&body, items[k]);
            buf_i64(&body, (int64_t)i);
            buf_str(&body, "\"}},");
        }
        buf_str(&body, "{}]}}]}");
        assert_false(body.failed);
        parse(&messenger_connector, buf_as_text(&body), &nobody, mem, &out);
        assert_non_null(str_find(buf_as_text(&out), TEXT("\"left_out\":99501")));
        assert_true(arena_bytes(mem) < (64u << 20));
        buf_fini(&body);
        buf_fini(&out);
        arena_free(mem);
    }
}

static int stop_at_first(const struct event *ev, void *arg)
{
    (void)ev;
    ++*(int *)arg;
    return -1;
}

static void a_sink_that_stops_is_not_asked_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *mem = arena_new(0);
        struct fail why = { .code = FAIL_NONE };
        int calls = 0;

        assert_int_equal(facebook_connector.parse(read_file(mem, arena_printf(mem, "%s.json", names[i])), &nobody, mem,
                                                  stop_at_first, &calls, &why),
                         -1);
        assert_int_equal(calls, 1);
        arena_free(mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_body_gives_its_normal_form_to_either_connector),
        cmocka_unit_test(a_batch_says_the_same_as_its_parts_in_any_order_any_number_of_times),
        cmocka_unit_test(ids_may_be_numbers_or_texts),
        cmocka_unit_test(a_body_that_is_cut_off_is_refused_and_harms_nothing),
        cmocka_unit_test(a_broken_neighbour_takes_nobody_with_it),
        cmocka_unit_test(bodies_come_in_other_wrappings_too),
        cmocka_unit_test(a_body_made_to_cost_much_costs_little),
        cmocka_unit_test(a_sink_that_stops_is_not_asked_again),
    };

    return crypto_init() ? 1 : RUN(tests);
}

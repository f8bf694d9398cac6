#include "unit.h"

#include "platform/connector.h"
#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIXTURES "tests/fixtures/instagram"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_INSTAGRAM,
    .external_id = TEXT_INIT("17841400000000001"),
    .hook_secret = TEXT_INIT("test_app_secret"),
    .state = TEXT_INIT("{\"login\":\"instagram\",\"username\":\"batik\",\"scoped_id\":\"9876543210987654\"}"),
};
static const struct channel_facts unknown = { .id = 1, .platform = PLATFORM_INSTAGRAM };

static struct text read_file(struct arena *mem, const char *name)
{
    static char path[512];
    char *bytes = arena_alloc(mem, 1 << 20);
    size_t len;
    FILE *f;

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

static struct text told_to(struct arena *mem, struct text body, const struct channel_facts *ch)
{
    struct buf out = BUF_INIT(1 << 22);
    struct fail why = { .code = FAIL_NONE };
    struct text lines;

    assert_int_equal(instagram_connector.parse(body, ch, mem, write_event, &out, &why), 0);
    lines = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return lines;
}

static struct text told(struct arena *mem, struct text body)
{
    return told_to(mem, body, &channel);
}

static int by_bytes(const void *a, const void *b)
{
    const struct text *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The different lines, in an order of their own: what a set of events comes to. */
static struct text as_set(struct arena *mem, struct text lines)
{
    struct text all[512], rest = lines;
    struct buf out = BUF_INIT(1 << 22);
    struct text made;
    size_t n = 0;

    while (n < COUNT_OF(all) && str_line(&rest, &all[n]))
        n++;
    qsort(all, n, sizeof(all[0]), by_bytes);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !text_equal(all[i], all[i - 1])) {
            buf_text(&out, all[i]);
            buf_char(&out, '\n');
        }
    made = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return made;
}

static void assert_same(struct text a, struct text b)
{
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
}

static void every_payload_kind_gives_its_normal_form(void **state)
{
    static const char *const names[] = { "direct", "public", "read" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *mem = arena_new(0);
        struct text wanted = read_file(mem, arena_printf(mem, "%s.jsonl", names[i]));
        struct text body = read_file(mem, arena_printf(mem, "%s.json", names[i]));

        assert_string_equal(told_to(mem, body, &unknown).ptr, arena_copy(mem, wanted));
        arena_free(mem);
    }
}

/* Nobody told which account it is: a body tells itself. */
static void a_body_alone_tells_whose_it_is(void **state)
{
    struct arena *mem = arena_new(0);
    struct text body = read_file(mem, "direct.json");

    (void)state;
    assert_same(told_to(mem, body, &unknown), told(mem, body));
    arena_free(mem);
}

static struct text dumped(struct arena *mem, const json_t *value)
{
    char *bytes = json_dumps(value, JSON_COMPACT);
    struct text t = arena_text(mem, text_of(bytes));

    free(bytes);
    return t;
}

/* One body an item, as {"entry":[{id,time,KEY:[item]}]}. */
static json_t *body_of(const json_t *entry, const char *key, json_t *item)
{
    json_t *one = json_pack("{s:[O]}", key, item);

    json_object_set(one, "id", json_object_get(entry, "id"));
    json_object_set(one, "time", json_object_get(entry, "time"));
    return json_pack("{s:s,s:[o]}", "object", "instagram", "entry", one);
}

static void the_same_items_give_the_same_rows_split_shuffled_and_repeated(void **state)
{
    static const char *const lists[] = { "messaging", "standby", "changes" };
    static const char *const names[] = { "direct.json", "public.json" };
    struct arena *mem = arena_new(0);

    (void)state;
    for (size_t f = 0; f < COUNT_OF(names); f++) {
        struct text body = read_file(mem, names[f]), whole = as_set(mem, told(mem, body));
        struct buf split = BUF_INIT(1 << 22);
        json_t *root = json_loadb(body.ptr, body.len, 0, NULL), *entries = json_object_get(root, "entry");

        for (size_t e = json_array_size(entries); e-- > 0;) {
            json_t *entry = json_array_get(entries, e), *rest = json_copy(entry), *left;

            for (size_t l = 0; l < COUNT_OF(lists); l++) {
                json_t *list = json_object_get(entry, lists[l]);

                for (size_t i = json_array_size(list); i-- > 0;) {
                    json_t *one = body_of(entry, lists[l], json_array_get(list, i));

                    buf_text(&split, told(mem, dumped(mem, one)));
                    if (i % 2)
                        buf_text(&split, told(mem, dumped(mem, one)));
                    json_decref(one);
                }
                json_object_del(rest, lists[l]);
            }
            left = json_pack("{s:[o]}", "entry", rest);
            buf_text(&split, told(mem, dumped(mem, left)));
            json_decref(left);
        }
        assert_same(as_set(mem, buf_as_text(&split)), whole);
        buf_fini(&split);
        json_decref(root);
    }
    arena_free(mem);
}

/* Every string of digits under a key that holds an id or a time becomes a number. */
static void numbers_for_ids(json_t *value)
{
    static const char *const keys[] = { "id", "timestamp", "parent_id", "media_id", "comment_id", "ad_id" };
    const char *key;
    json_t *member;
    int64_t n;

    for (size_t i = 0; i < json_array_size(value); i++)
        numbers_for_ids(json_array_get(value, i));
    json_object_foreach(value, key, member) {
        numbers_for_ids(member);
        for (size_t i = 0; json_is_string(member) && i < COUNT_OF(keys); i++)
            if (strcmp(key, keys[i]) == 0 && str_whole_i64(text_of(json_string_value(member)), &n, 0, INT64_MAX) == 0) {
                json_object_set_new(value, key, json_integer(n));
                break;
            }
    }
}

static struct text without_made_ids(struct arena *mem, struct text lines)
{
    struct buf out = BUF_INIT(1 << 22);
    struct text line, kept;

    while (str_line(&lines, &line))
        if (!str_find(line, TEXT("/")) || str_find(line, TEXT("https:/"))) {
            buf_text(&out, line);
            buf_char(&out, '\n');
        }
    kept = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return kept;
}

static void ids_may_be_numbers(void **state)
{
    static const char *const names[] = { "direct.json", "public.json", "read.json" };
    struct arena *mem = arena_new(0);

    (void)state;
    for (size_t f = 0; f < COUNT_OF(names); f++) {
        struct text body = read_file(mem, names[f]);
        json_t *root = json_loadb(body.ptr, body.len, 0, NULL);
        struct text wanted = without_made_ids(mem, told(mem, body));

        numbers_for_ids(root);
        assert_same(without_made_ids(mem, told(mem, dumped(mem, root))), wanted);
        json_decref(root);
    }
    arena_free(mem);
}

static void a_body_that_is_cut_off_is_a_bad_request_and_no_crash(void **state)
{
    static const char *const names[] = { "direct.json", "public.json", "read.json" };

    (void)state;
    for (size_t f = 0; f < COUNT_OF(names); f++) {
        struct arena *all = arena_new(0);
        struct text body = read_file(all, names[f]);

        while (body.len && body.ptr[body.len - 1] != '}' && body.ptr[body.len - 1] != ']')
            body.len--;
        for (size_t len = 0; len < body.len; len++) {
            struct arena *mem = arena_new(0);
            struct buf out = BUF_INIT(1 << 20);
            struct fail why = { .code = FAIL_NONE };

            assert_int_equal(instagram_connector.parse((struct text){ body.ptr, len }, &channel, mem, write_event, &out,
                                                       &why),
                             -1);
            assert_int_equal(why.code, FAIL_BAD_REQUEST);
            assert_int_equal(out.len, 0);
            buf_fini(&out);
            arena_free(mem);
        }
        arena_free(all);
    }
}

static void half_broken_items_lose_nobody_their_words(void **state)
{
    static const char *const bodies[] = {
        "{\"entry\":{\"id\":\"17841400000000001\",\"messaging\":{\"sender\":\"62\",\"message\":{\"text\":\"KATA\"}}}}",
        "{\"entry\":[null,7,{\"id\":\"1\",\"changes\":[null,{\"field\":\"comments\",\"value\":{\"text\":\"KATA\"}}]}]}",
        "{\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"comments\",\"value\":\"KATA\"}]}]}",
        "{\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"comments\",\"value\":[{\"id\":\"2\",\"text\":\"KATA\"}]}]}]}",
        "{\"entry\":[{\"changes\":[{\"field\":\"mimpi\",\"value\":{\"a\":[{\"b\":{\"text\":\"KATA\"}}]}}]}]}",
        "{\"entry\":[{\"messaging\":[{\"sender\":{\"id\":\"2\"},\"message\":{\"attachments\":[{\"type\":\"x\",\"payload\":"
        "{\"title\":\"KATA\"}}]}}]}]}",
        "{\"entry\":[{\"messaging\":[{\"message\":{\"mid\":\"m\",\"text\":\"KATA\"}}]}]}",
        "{\"object\":\"instagram\",\"sample\":{\"field\":\"comments\",\"value\":{\"id\":\"3\",\"text\":\"KATA\"}}}",
        "{\"field\":\"comments\",\"value\":{\"id\":\"3\",\"text\":\"KATA\"}}",
        "{\"sender\":{\"id\":\"1\"},\"recipient\":{\"id\":\"2\"},\"message\":{\"mid\":\"m\",\"text\":\"KATA\"}}",
        "[{\"data\":[{\"id\":\"9\",\"text\":\"KATA\"}]}]",
        "{\"id\":\"9\",\"text\":\"KATA\",\"timestamp\":\"2026-05-28T20:26:40+0000\"}",
        "{\"id\":\"1\",\"media\":{\"data\":[{\"id\":\"2\",\"caption\":\"x\",\"comments\":{\"data\":[{\"id\":\"3\",\"text\":"
        "\"KATA\"}]}}]}}",
        "{\"entry\":[{\"id\":\"1\",\"time\":3,\"messaging\":[{\"sender\":{\"id\":\"2\"},\"recipient\":{\"id\":\"1\"},"
        "\"message\":{\"mid\":\"m\",\"is_unsupported\":true,\"text\":\"KATA\"}}]}]}",
        "{\"entry\":[{\"id\":\"1\",\"ratings\":{\"review_text\":\"KATA\"}}]}",
        "{\"message\":\"KATA\",\"id\":\"m\",\"from\":{\"id\":\"2\"},\"created_time\":\"2026-05-28T20:26:40+0000\"}",
    };
    struct arena *mem = arena_new(0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        if (!str_find(told(mem, text_of(bodies[i])), TEXT("\"KATA\"")) &&
            !str_find(told(mem, text_of(bodies[i])), TEXT("KATA")))
            fail_msg("lost in %s", bodies[i]);
    assert_int_equal(told(mem, TEXT("{\"entry\":[]}")).len, 0);
    assert_int_equal(told(mem, TEXT("{}")).len, 0);
    arena_free(mem);
}

static void our_own_words_go_out_however_we_are_named(void **state)
{
    static const char *const froms[] = { "\"from\":{\"id\":\"17841400000000001\"}", "\"from\":{\"id\":9876543210987654}",
                                         "\"username\":\"Batik\"", "\"from\":{\"id\":\"5\",\"username\":\"batik\"}",
                                         "\"user\":{\"id\":\"17841400000000001\"}" };
    struct arena *mem = arena_new(0);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(froms); i++) {
        const char *body = arena_printf(mem, "{\"data\":[{\"id\":\"9\",\"text\":\"ya\",%s}]}", froms[i]);

        assert_non_null(str_find(told(mem, text_of(body)), TEXT("\"direction\":\"out\"")));
    }
    arena_free(mem);
}

static void a_call_needs_the_signature_of_either_login(void **state)
{
    uint8_t mac[CRYPTO_HASH_SIZE];
    char hex[2 * CRYPTO_HASH_SIZE + 1], value[80];
    struct header h = { TEXT_INIT("X-Hub-Signature-256"), { NULL, 0 } };
    struct hook_request rq = { .method = TEXT("POST"), .headers = &h, .header_count = 1, .body = TEXT("{}") };
    struct channel_facts both = channel;

    (void)state;
    crypto_hmac_sha256(TEXT("other"), rq.body, mac);
    enc_hex(mac, sizeof(mac), hex);
    snprintf(value, sizeof(value), "sha256=%s", hex);
    h.value = text_of(value);
    assert_false(instagram_connector.verify(&rq, &channel));
    both.app_secret = TEXT("other");
    assert_true(instagram_connector.verify(&rq, &both));
    both.hook_secret = TEXT("other");
    both.app_secret = (struct text){ NULL, 0 };
    assert_true(instagram_connector.verify(&rq, &both));
    both.hook_secret = TEXT("");
    assert_false(instagram_connector.verify(&rq, &both));
}

static void long_texts_are_cut_by_bytes_never_inside_a_letter(void **state)
{
    struct arena *mem = arena_new(0);
    char *emoji = arena_alloc(mem, 2001), *words = arena_alloc(mem, 1501);
    unsigned count, again;
    size_t sum = 0;

    (void)state;
    for (size_t i = 0; i < 500; i++)
        memcpy(emoji + 4 * i, "😀", 4);
    memmove(emoji + 1, emoji, 1999);
    emoji[0] = 'a';
    struct text whole = { emoji, 1 + 499 * 4 };
    instagram_connector.part(whole, 0, &count);
    assert_int_equal(count, 2);
    for (unsigned i = 0; i < count; i++) {
        struct text part = instagram_connector.part(whole, i, &again);

        assert_true(part.len <= 1000 && str_utf8_valid(part));
        sum += part.len;
    }
    assert_int_equal(sum, whole.len);
    memset(words, 'a', 1500);
    words[800] = ' ';
    assert_int_equal(instagram_connector.part((struct text){ words, 1500 }, 0, &count).len, 801);
    assert_int_equal(instagram_connector.part(TEXT(""), 0, &count).len, 0);
    assert_int_equal(count, 1);
    arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_payload_kind_gives_its_normal_form),
        cmocka_unit_test(a_body_alone_tells_whose_it_is),
        cmocka_unit_test(the_same_items_give_the_same_rows_split_shuffled_and_repeated),
        cmocka_unit_test(ids_may_be_numbers),
        cmocka_unit_test(a_body_that_is_cut_off_is_a_bad_request_and_no_crash),
        cmocka_unit_test(half_broken_items_lose_nobody_their_words),
        cmocka_unit_test(our_own_words_go_out_however_we_are_named),
        cmocka_unit_test(a_call_needs_the_signature_of_either_login),
        cmocka_unit_test(long_texts_are_cut_by_bytes_never_inside_a_letter),
    };

    return RUN(tests);
}

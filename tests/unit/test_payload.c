/* What all connectors share: bodies that are made to cost much cost little. Measured in the memory that they take. */
#include "unit.h"

#include "platform/connector.h"
#include "util/arena.h"
#include "util/buf.h"

AUTO_DEFINE(arena, struct arena *, NULL, arena_free)

#define BODY_MAX ((size_t)4 << 20)
#define COSTS_AT_MOST ((size_t)64 << 20)

static struct event kept;

static int keep(const struct event *ev, void *arg)
{
    kept = *ev;
    ++*(size_t *)arg;
    return 0;
}

/* Events that the body holds; what was last told is in `kept` until mem goes. */
static size_t cost_of(enum platform platform, struct buf *body, struct arena *mem)
{
    const struct channel_facts facts = { .platform = platform, .external_id = TEXT("111") };
    struct fail why = { .code = FAIL_NONE };
    size_t count = 0;

    assert_false(body->failed);
    assert_int_equal(connector_for(platform)->parse(buf_as_text(body), &facts, mem, keep, &count, &why), 0);
    assert_true(arena_bytes(mem) < COSTS_AT_MOST);
    buf_fini(body);
    return count;
}

static void many(struct buf *out, const char *format, int count)
{
    for (int i = 0; i < count; i++) {
        if (i)
            buf_char(out, ',');
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        buf_printf(out, format, i);
#pragma GCC diagnostic pop
    }
}

static void long_words(struct buf *out)
{
    for (int i = 0; i < 20000; i++)
        buf_str(out, "ada lagi, ");
}

static void ten_thousand_attachments_cost_no_more_than_each_of_them(void **state)
{
    struct buf body = BUF_INIT(BODY_MAX);
    AUTO(arena) struct arena *mem = arena_new(0);

    (void)state;
    buf_str(&body, "{\"object\":\"instagram\",\"entry\":[{\"id\":\"111\",\"messaging\":[{\"sender\":{\"id\":\"5\"},"
                   "\"recipient\":{\"id\":\"111\"},\"timestamp\":1700000000000,\"message\":{\"mid\":\"m\",\"attachments\":[");
    many(&body, "{\"type\":\"image\",\"payload\":{\"url\":\"https://gambar.example/%d\"}}", 10000);
    buf_str(&body, "]}}]}]}");
    assert_int_equal(cost_of(PLATFORM_INSTAGRAM, &body, mem), 1);
    assert_int_equal(kept.attachment_count, 10000);
    assert_text(kept.attachments[9999].url, "https://gambar.example/9999");
    assert_text(kept.attachments[0].url, "https://gambar.example/0");
}

static void cards_under_a_long_text_do_not_copy_it_each(void **state)
{
    static const struct {
        enum platform platform;
        const char *object;
    } places[] = { { PLATFORM_MESSENGER, "page" }, { PLATFORM_INSTAGRAM, "instagram" } };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct buf body = BUF_INIT(BODY_MAX);
        AUTO(arena) struct arena *mem = arena_new(0);

        buf_printf(&body, "{\"object\":\"%s\",\"entry\":[{\"id\":\"111\",\"messaging\":[{\"sender\":{\"id\":\"5\"},"
                          "\"recipient\":{\"id\":\"111\"},\"timestamp\":1700000000000,\"message\":{\"mid\":\"m\",\"text\":\"",
                   places[i].object);
        long_words(&body);
        buf_str(&body, "\",\"attachments\":[");
        many(&body, "{\"type\":\"template\",\"payload\":{\"elements\":[{\"title\":\"kartu %d\"},{\"title\":\"b\"}]}}", 400);
        buf_str(&body, "]}}]}]}");
        assert_int_equal(cost_of(places[i].platform, &body, mem), 1);
        assert_true(kept.text.len > 200000 + 400 * 9);
        assert_memory_equal(kept.text.ptr + kept.text.len - 11, "kartu 399\nb", 11);
    }
}

static void a_score_with_many_answers_keeps_their_words_once(void **state)
{
    struct buf body = BUF_INIT(BODY_MAX);
    AUTO(arena) struct arena *mem = arena_new(0);

    (void)state;
    buf_str(&body, "{\"object\":\"page\",\"entry\":[{\"id\":\"111\",\"messaging\":[{\"sender\":{\"id\":\"5\"},"
                   "\"recipient\":{\"id\":\"111\"},\"messaging_feedback\":{\"feedback_screens\":[{\"questions\":{");
    many(&body, "\"q%d\":{\"payload\":\"4\",\"follow_up\":{\"payload\":\"ya\"}}", 15000);
    buf_str(&body, "}}]}}]}]}");
    assert_int_equal(cost_of(PLATFORM_MESSENGER, &body, mem), 1);
    assert_int_equal(kept.text.len, 15000 * 3 - 1);
}

static void contacts_beside_many_messages_are_read_once(void **state)
{
    struct buf body = BUF_INIT(BODY_MAX);
    AUTO(arena) struct arena *mem = arena_new(0);

    (void)state;
    buf_str(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
                   "\"value\":{\"metadata\":{\"phone_number_id\":\"111\"},\"contacts\":[");
    many(&body, "{\"wa_id\":\"62811%05d\",\"profile\":{\"name\":\"Ani\"}}", 4000);
    buf_str(&body, "],\"messages\":[");
    many(&body, "{\"from\":\"62811%05d\",\"id\":\"w\",\"timestamp\":\"1700000000\",\"type\":\"text\",\"text\":{\"body\":\"a\"}}",
         4000);
    buf_str(&body, "]}}]}]}");
    assert_int_equal(cost_of(PLATFORM_WHATSAPP, &body, mem), 4000);
    assert_text(kept.author.name, "Ani");
}

static void the_errors_of_a_message_are_told_up_to_a_measure(void **state)
{
    struct buf body = BUF_INIT(BODY_MAX);
    AUTO(arena) struct arena *mem = arena_new(0);

    (void)state;
    buf_str(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"1\",\"changes\":[{\"field\":\"messages\","
                   "\"value\":{\"metadata\":{\"phone_number_id\":\"111\"},\"messages\":[{\"from\":\"62811000\",\"id\":\"w\","
                   "\"timestamp\":\"1700000000\",\"type\":\"unsupported\",\"errors\":[");
    many(&body, "{\"code\":131051,\"title\":\"salah %d\"}", 20000);
    buf_str(&body, "]}]}}]}]}");
    assert_int_equal(cost_of(PLATFORM_WHATSAPP, &body, mem), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_attachments_cost_no_more_than_each_of_them),
        cmocka_unit_test(cards_under_a_long_text_do_not_copy_it_each),
        cmocka_unit_test(a_score_with_many_answers_keeps_their_words_once),
        cmocka_unit_test(contacts_beside_many_messages_are_read_once),
        cmocka_unit_test(the_errors_of_a_message_are_told_up_to_a_measure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

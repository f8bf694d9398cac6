/* What a Page says, privately and publicly: requests, answers, and what each refusal comes to. */
#include "unit.h"

#include "../../backend/platform/page_priv.h"

#include "util/crypto.h"
#include "util/str.h"

#include <stdio.h>

#define NOW (1790000000 * US_PER_S)

static const struct channel_facts facts = {
    .id = 1,
    .platform = PLATFORM_MESSENGER,
    .external_id = TEXT_INIT("1122334455"),
    .token = TEXT_INIT("EAAPAGE"),
    .api_base = "https://graph.example",
    .api_version = "v25.0",
};

struct call {
    const struct connector *connector;
    struct arena *mem;
    struct channel_facts channel;
    struct op op;
    struct step_state state;
    struct step step;
};

static struct call call_new(const struct connector *connector, enum op_kind kind)
{
    struct call c = { .connector = connector, .mem = arena_new(0), .channel = facts, .op = { .kind = kind } };

    c.channel.platform = connector->platform;
    c.op.thread_id = connector == &messenger_connector ? TEXT("6100000000000001") : TEXT("700001_800001");
    c.op.target = TEXT("700001_800001");
    c.op.text = TEXT("Siap kak");
    c.op.sent_after = TIME_NONE;
    return c;
}

static void step(struct call *c, int status, const char *body)
{
    struct http_reply reply = { .status = status, .body = text_of(body) };
    struct fail why = { .code = FAIL_NONE };

    c->op.channel = &c->channel;
    assert_int_equal(c->connector->step(&c->op, &c->state, body ? &reply : NULL, NOW, c->mem, &c->step, &why), 0);
}

static void check_refusal(const struct connector *connector, enum send_as as, int64_t code, int64_t sub,
                          enum outcome outcome, const char *why, int pause_s)
{
    struct call c = call_new(connector, OP_SEND);
    char body[200];

    c.op.send_as = as;
    snprintf(body, sizeof(body), "{\"error\":{\"message\":\"kata\",\"code\":%lld,\"error_subcode\":%lld}}", (long long)code,
             (long long)sub);
    step(&c, 0, NULL);
    assert_int_equal(c.step.kind, STEP_CALL);
    assert_false(c.step.call.may_repeat);
    step(&c, 400, body);
    assert_int_equal(c.step.kind, STEP_RESULT);
    assert_int_equal(c.step.outcome, outcome);
    assert_string_equal(c.step.why_code, why);
    assert_true(c.step.until == (pause_s ? NOW + pause_s * US_PER_S : TIME_NONE));
    arena_free(c.mem);
}

static void every_refusal_of_a_message_has_its_reaction(void **state)
{
    static const struct {
        int64_t code, sub;
        enum outcome outcome;
        const char *why;
        int pause_s;
    } rows[] = {
        { 10, 2018278, OUTCOME_PERMANENT, "window_closed", 0 },
        { 10, 2534022, OUTCOME_PERMANENT, "window_closed", 0 },
        { 10, 2018065, OUTCOME_PERMANENT, "window_closed", 0 },
        { 200, 1545041, OUTCOME_PERMANENT, "not_available", 0 },
        { 551, 1545041, OUTCOME_PERMANENT, "not_available", 0 },
        { 551, 0, OUTCOME_PERMANENT, "not_available", 0 },
        { 10, 2018108, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 200, 2018028, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 200, 2018027, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 200, 2018021, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 100, 2018001, OUTCOME_PERMANENT, "chat_not_found", 0 },
        { 100, 2018109, OUTCOME_PERMANENT, "file_too_big", 0 },
        { 100, 1893061, OUTCOME_PERMANENT, "rejected", 0 },
        { 100, 2018218, OUTCOME_PERMANENT, "no_profile", 0 },
        { 100, 2018047, OUTCOME_RETRY, "file_unavailable", 0 },
        { 100, 2018007, OUTCOME_RETRY, "file_unavailable", 0 },
        { 100, 2018008, OUTCOME_RETRY, "file_unavailable", 0 },
        { 10, 1893063, OUTCOME_RETRY_AT, "restricted", META_DAY_S },
        { 10, 2534122, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 10, 2534029, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 10303, 0, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
        { 2018344, 0, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
        { 100, 2018344, OUTCOME_PERMANENT, "owned_elsewhere", 0 },
        { 1609005, 0, OUTCOME_PERMANENT, "file_unavailable", 0 },
        { 1200, 0, OUTCOME_RETRY, "unreachable", 0 },
        { 10900, 0, OUTCOME_PERMANENT, "said_already", 0 },
        { 10903, 0, OUTCOME_PERMANENT, "window_closed", 0 },
        { 10, 999999, OUTCOME_PERMANENT, "rejected", 0 },
        { 10, 0, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 190, 463, OUTCOME_AUTH, "unauthorized", 0 },
        { 80006, 0, OUTCOME_RETRY_AT, "slow_down", 300 },
        { 2, 0, OUTCOME_UNKNOWN, "unreachable", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_refusal(&messenger_connector, SEND_PLAIN, rows[i].code, rows[i].sub, rows[i].outcome, rows[i].why,
                      rows[i].pause_s);
        check_refusal(&facebook_connector, SEND_PRIVATE, rows[i].code, rows[i].sub, rows[i].outcome, rows[i].why,
                      rows[i].pause_s);
    }
}

static void every_refusal_of_a_comment_has_its_reaction(void **state)
{
    static const struct {
        int64_t code, sub;
        enum outcome outcome;
        const char *why;
        int pause_s;
    } rows[] = {
        { 100, 33, OUTCOME_PERMANENT, "gone", 0 },
        { 100, 0, OUTCOME_PERMANENT, "rejected", 0 },
        { 506, 0, OUTCOME_PERMANENT, "said_already", 0 },
        { 368, 0, OUTCOME_RETRY_AT, "restricted", META_DAY_S },
        { 200, 0, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 80001, 0, OUTCOME_RETRY_AT, "slow_down", 300 },
        { 32, 0, OUTCOME_RETRY_AT, "slow_down", 3600 },
        { 190, 492, OUTCOME_AUTH, "unauthorized", 0 },
        { 1, 0, OUTCOME_UNKNOWN, "unreachable", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        check_refusal(&facebook_connector, SEND_PLAIN, rows[i].code, rows[i].sub, rows[i].outcome, rows[i].why,
                      rows[i].pause_s);
}

static void an_answer_without_an_id_leaves_a_send_open(void **state)
{
    const struct connector *const both[] = { &messenger_connector, &facebook_connector };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        struct call c = call_new(both[i], OP_SEND);

        step(&c, 0, NULL);
        step(&c, 200, "{\"recipient_id\":\"6\"}");
        assert_int_equal(c.step.outcome, OUTCOME_UNKNOWN);
        arena_free(c.mem);
    }
}

static void what_cannot_be_done_is_said_at_once(void **state)
{
    const struct connector *const both[] = { &messenger_connector, &facebook_connector };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        struct call c = call_new(both[i], OP_TEMPLATES);

        step(&c, 0, NULL);
        assert_string_equal(c.step.why_code, "not_possible");
        c.op.kind = OP_SEND;
        c.op.send_as = SEND_TEMPLATE;
        step(&c, 0, NULL);
        assert_string_equal(c.step.why_code, "not_possible");
        c.op.send_as = SEND_PLAIN;
        c.op.text = TEXT("");
        step(&c, 0, NULL);
        assert_string_equal(c.step.why_code, "empty");
        c.op.kind = OP_MODERATE;
        c.op.moderation = MODERATE_HOLD;
        step(&c, 0, NULL);
        assert_string_equal(c.step.why_code, "not_possible");
        arena_free(c.mem);
    }
}

static void a_failed_upload_may_be_made_again(void **state)
{
    const struct event_attachment picture = { .type = ATTACHMENT_IMAGE };
    struct call c = call_new(&facebook_connector, OP_SEND);

    (void)state;
    c.op.attachment = &picture;
    c.op.attachment_bytes = TEXT("png");
    step(&c, 0, NULL);
    assert_true(c.step.call.may_repeat);
    step(&c, 502, "<html>");
    assert_int_equal(c.step.outcome, OUTCOME_RETRY);
    arena_free(c.mem);
}

static void a_refused_deletion_of_what_is_gone_is_done(void **state)
{
    struct call c = call_new(&facebook_connector, OP_MODERATE);

    (void)state;
    c.op.moderation = MODERATE_DELETE;
    step(&c, 0, NULL);
    assert_string_equal(c.step.call.method, "DELETE");
    step(&c, 400, "{\"error\":{\"code\":100,\"error_subcode\":33}}");
    assert_int_equal(c.step.outcome, OUTCOME_DUPLICATE_OK);
    arena_free(c.mem);
    c = call_new(&facebook_connector, OP_MODERATE);
    step(&c, 0, NULL);
    step(&c, 200, "{\"success\":\"false\"}");
    assert_int_equal(c.step.outcome, OUTCOME_PERMANENT);
    arena_free(c.mem);
    c = call_new(&facebook_connector, OP_MODERATE);
    step(&c, 0, NULL);
    step(&c, 200, "{\"success\":\"true\"}");
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    arena_free(c.mem);
}

static void a_broken_cursor_begins_anew(void **state)
{
    static const char *const cursors[] = { "", "x", "7", "[]", "{\"posts\":7}", "{\"posts\":[{}],\"feed\":9}" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        struct call c = call_new(&facebook_connector, OP_BACKFILL);

        c.op.cursor = text_of(cursors[i]);
        step(&c, 0, NULL);
        assert_true(text_starts(text_of(c.step.call.url), TEXT("https://graph.example/v25.0/1122334455/feed?")));
        step(&c, 200, "{\"data\":[]}");
        assert_true(c.step.is_last);
        arena_free(c.mem);
    }
}

static void long_texts_go_out_in_parts_that_join(void **state)
{
    struct arena *mem = arena_new(0);
    char *text = arena_alloc(mem, 9000);
    unsigned count = 0;

    (void)state;
    memset(text, 'a', 9000);
    for (size_t i = 99; i < 9000; i += 100)
        text[i] = ' ';
    assert_int_equal(messenger_connector.part((struct text){ text, 9000 }, 0, &count).len, 2000);
    assert_int_equal(count, 5);
    facebook_connector.part((struct text){ text, 9000 }, 1, &count);
    assert_int_equal(count, 2);
    assert_int_equal(messenger_connector.window_s, 86400);
    assert_int_equal(messenger_connector.late_window_s, 7 * 86400);
    arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_refusal_of_a_message_has_its_reaction),
        cmocka_unit_test(every_refusal_of_a_comment_has_its_reaction),
        cmocka_unit_test(an_answer_without_an_id_leaves_a_send_open),
        cmocka_unit_test(what_cannot_be_done_is_said_at_once),
        cmocka_unit_test(a_failed_upload_may_be_made_again),
        cmocka_unit_test(a_refused_deletion_of_what_is_gone_is_done),
        cmocka_unit_test(a_broken_cursor_begins_anew),
        cmocka_unit_test(long_texts_go_out_in_parts_that_join),
    };

    return crypto_init() ? 1 : RUN(tests);
}

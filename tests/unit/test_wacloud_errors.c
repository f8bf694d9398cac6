/* Every code of WhatsApp's own list, and of Graph's, as the answer to a send and as a failed status: the reaction that it
 * asks for (platforms-meta.md §8.3, §8.5). */
#include "unit.h"

#include "platform/connector.h"
#include "util/str.h"

#include <stdio.h>

#define NOW (INT64_C(1780000000) * US_PER_S)
#define HOUR 3600

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_WHATSAPP,
    .external_id = { "106500000000001", 15 },
    .token = { "EAAtesttoken", 12 },
    .state = { "{\"waba_id\":\"1\"}", 15 },
    .api_base = "https://graph.example",
    .file_base = "https://files.example",
    .api_version = "v25.0",
};

static const struct wanted {
    int first, last;
    enum outcome outcome;
    const char *code;
    int32_t pause_s;
} table[] = {
    { 0, 0, OUTCOME_AUTH, "unauthorized", 0 },
    { 190, 190, OUTCOME_AUTH, "unauthorized", 0 },
    { 102, 102, OUTCOME_AUTH, "unauthorized", 0 },
    { 3, 3, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 10, 10, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 200, 299, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 131005, 131005, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 4, 4, OUTCOME_RETRY_AT, "slow_down", 60 },
    { 80007, 80008, OUTCOME_RETRY_AT, "slow_down", 60 },
    { 130429, 130429, OUTCOME_RETRY_AT, "slow_down", 4 },
    { 131056, 131056, OUTCOME_RETRY_AT, "slow_down", 6 },
    { 131048, 131048, OUTCOME_RETRY_AT, "spam_limit", 24 * HOUR },
    { 131064, 131064, OUTCOME_RETRY_AT, "account_limited", 24 * HOUR },
    { 133016, 133016, OUTCOME_RETRY_AT, "account_limited", 72 * HOUR },
    { 131031, 131031, OUTCOME_RETRY_AT, "account_locked", 24 * HOUR },
    { 368, 368, OUTCOME_RETRY_AT, "account_locked", 24 * HOUR },
    { 1, 2, OUTCOME_UNKNOWN, "unreachable", 0 },
    { 131000, 131000, OUTCOME_UNKNOWN, "platform_trouble", 0 },
    { 131016, 131016, OUTCOME_RETRY, "platform_trouble", 0 },
    { 131057, 131057, OUTCOME_RETRY, "platform_trouble", 0 },
    { 135000, 135000, OUTCOME_RETRY, "platform_trouble", 0 },
    { 133004, 133004, OUTCOME_RETRY, "platform_trouble", 0 },
    { 139102, 139102, OUTCOME_RETRY, "platform_trouble", 0 },
    { 131047, 131047, OUTCOME_PERMANENT, "window_closed", 0 },
    { 131026, 131026, OUTCOME_PERMANENT, "undeliverable", 0 },
    { 131049, 131049, OUTCOME_PERMANENT, "held_back", 0 },
    { 130472, 130472, OUTCOME_PERMANENT, "held_back", 0 },
    { 131050, 131050, OUTCOME_PERMANENT, "marketing_stopped", 0 },
    { 130497, 130497, OUTCOME_PERMANENT, "country_refused", 0 },
    { 131008, 131009, OUTCOME_PERMANENT, "rejected", 0 },
    { 100, 100, OUTCOME_PERMANENT, "rejected", 0 },
    { 131021, 131021, OUTCOME_PERMANENT, "to_self", 0 },
    { 131030, 131030, OUTCOME_PERMANENT, "test_number", 0 },
    { 131037, 131037, OUTCOME_PERMANENT, "not_registered", 0 },
    { 131045, 131045, OUTCOME_PERMANENT, "not_registered", 0 },
    { 133010, 133010, OUTCOME_PERMANENT, "not_registered", 0 },
    { 131042, 131042, OUTCOME_PERMANENT, "billing", 0 },
    { 131051, 131051, OUTCOME_PERMANENT, "type_unknown", 0 },
    { 131052, 131053, OUTCOME_PERMANENT, "media_failed", 0 },
    { 131014, 131014, OUTCOME_PERMANENT, "media_failed", 0 },
    { 131062, 131062, OUTCOME_PERMANENT, "needs_phone", 0 },
    { 131063, 131063, OUTCOME_PERMANENT, "marketing_off", 0 },
    { 132000, 132000, OUTCOME_PERMANENT, "template_values", 0 },
    { 132005, 132005, OUTCOME_PERMANENT, "template_values", 0 },
    { 132008, 132008, OUTCOME_PERMANENT, "template_values", 0 },
    { 132012, 132012, OUTCOME_PERMANENT, "template_values", 0 },
    { 132018, 132018, OUTCOME_PERMANENT, "template_values", 0 },
    { 132001, 132001, OUTCOME_PERMANENT, "template_missing", 0 },
    { 132007, 132007, OUTCOME_PERMANENT, "template_paused", 0 },
    { 132015, 132016, OUTCOME_PERMANENT, "template_paused", 0 },
    { 132068, 132069, OUTCOME_PERMANENT, "flow_blocked", 0 },
    { 137000, 137000, OUTCOME_PERMANENT, "identity_changed", 0 },
    { 131020, 131020, OUTCOME_PERMANENT, "group_refused", 0 },
    { 131041, 131041, OUTCOME_PERMANENT, "group_refused", 0 },
    { 139100, 139101, OUTCOME_PERMANENT, "block_failed", 0 },
    { 139103, 139103, OUTCOME_PERMANENT, "block_failed", 0 },
    { 2593109, 2593109, OUTCOME_PERMANENT, "history_declined", 0 },
    { 999999, 999999, OUTCOME_PERMANENT, "rejected", 0 },
};

static void send_and_hear(struct arena *mem, unsigned tries, int status, const char *body, const struct header *headers,
                          size_t header_count, struct step *out)
{
    struct op op = { .kind = OP_SEND, .channel = &channel, .thread_id = TEXT("6281234000001"), .text = TEXT("x"),
                     .reply_to = TEXT("wamid.A1"), .tries = tries };
    struct step_state state = { 0 };
    struct http_reply reply = { .status = status, .sent = true, .body = text_of(body), .headers = headers,
                                .header_count = header_count };
    struct fail why = { .code = FAIL_NONE };

    assert_int_equal(whatsapp_connector.step(&op, &state, NULL, NOW, mem, out, &why), 0);
    assert_int_equal(out->kind, STEP_CALL);
    assert_int_equal(whatsapp_connector.step(&op, &state, &reply, NOW, mem, out, &why), 0);
}

static void every_code_asks_for_its_reaction(void **state)
{
    static const int statuses[] = { 400, 401, 403, 429, 500, 200 };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++)
        for (int code = table[i].first; code <= table[i].last; code++)
            for (size_t k = 0; k < COUNT_OF(statuses); k++) {
                struct arena *mem = arena_new(0);
                struct step step;
                const char *body = arena_printf(mem,
                                                "{\"error\":{\"code\":%d,\"message\":\"words\",\"error_data\":{\"details\":"
                                                "\"more words\"}}}",
                                                code);

                send_and_hear(mem, 0, statuses[k], body, NULL, 0, &step);
                if (step.outcome != table[i].outcome || strcmp(step.why_code, table[i].code) != 0)
                    fail_msg("%d: outcome %d, %s", code, (int)step.outcome, step.why_code);
                assert_text(step.why, "more words");
                if (step.outcome == OUTCOME_RETRY_AT)
                    assert_true(step.until == NOW + table[i].pause_s * US_PER_S);
                arena_free(mem);
            }
}

static void pauses_grow_with_every_try_up_to_a_minute(void **state)
{
    static const struct {
        int code;
        int32_t pauses_s[5];
    } cases[] = {
        { 131056, { 6, 24, 60, 60, 60 } },
        { 130429, { 4, 16, 60, 60, 60 } },
        { 131048, { 24 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR } },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        for (unsigned tries = 0; tries < 5; tries++) {
            struct arena *mem = arena_new(0);
            struct step step;

            send_and_hear(mem, tries, 429, arena_printf(mem, "{\"error\":{\"code\":%d}}", cases[i].code), NULL, 0, &step);
            assert_true(step.until == NOW + cases[i].pauses_s[tries] * US_PER_S);
            arena_free(mem);
        }
}

static void a_header_knows_better_how_long(void **state)
{
    static const struct header use[] = {
        { { "X-Business-Use-Case-Usage", 25 },
          { "{\"1\":[{\"type\":\"whatsapp\",\"call_count\":100,\"estimated_time_to_regain_access\":7}]}", 77 } },
    };
    struct arena *mem = arena_new(0);
    struct header told = { use[0].name, text_of(use[0].value.ptr) };
    struct step step;

    (void)state;
    send_and_hear(mem, 0, 400, "{\"error\":{\"code\":80007}}", &told, 1, &step);
    assert_true(step.until == NOW + 7 * 60 * US_PER_S);
    arena_free(mem);
}

static void an_answer_to_nothing_that_is_there_goes_without_it(void **state)
{
    struct arena *mem = arena_new(0);
    struct step step;

    (void)state;
    send_and_hear(mem, 0, 400,
                  "{\"error\":{\"code\":131009,\"message\":\"Parameter value is not valid\",\"error_data\":{\"details\":"
                  "\"Invalid context message_id\"}}}",
                  NULL, 0, &step);
    assert_int_equal(step.outcome, OUTCOME_RETRY);
    assert_true(step.is_refused_reply);
    arena_free(mem);
}

static int keep(const struct event *ev, void *arg)
{
    *(struct event *)arg = *ev;
    return 0;
}

static void a_failed_status_says_why_in_our_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        struct arena *mem = arena_new(0);
        struct event ev;
        struct fail why;
        const char *body = arena_printf(mem,
                                        "{\"statuses\":[{\"id\":\"w\",\"status\":\"failed\",\"errors\":[{\"code\":%d,"
                                        "\"title\":\"words\"}]}]}",
                                        table[i].first);

        assert_int_equal(whatsapp_connector.parse(text_of(body), &channel, mem, keep, &ev, &why), 0);
        assert_int_equal(ev.kind, EVENT_STATUS);
        if (table[i].first != 999999)
            assert_non_null(str_find(ev.detail, text_of(arena_printf(mem, "\"why\":\"%s\"", table[i].code))));
        assert_non_null(str_find(ev.detail, TEXT("\"error\":\"words\"")));
        arena_free(mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_asks_for_its_reaction),
        cmocka_unit_test(pauses_grow_with_every_try_up_to_a_minute),
        cmocka_unit_test(a_header_knows_better_how_long),
        cmocka_unit_test(an_answer_to_nothing_that_is_there_goes_without_it),
        cmocka_unit_test(a_failed_status_says_why_in_our_words),
    };

    return RUN(tests);
}

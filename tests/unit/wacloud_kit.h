/* A WhatsApp machine on the bench: an op, its calls, answers to them, and what came out. */
#ifndef TANGGAP_TESTS_WACLOUD_KIT_H
#define TANGGAP_TESTS_WACLOUD_KIT_H

#include "unit.h"

#include "platform/connector.h"
#include "util/str.h"

#include <jansson.h>

#define NOW (INT64_C(1780000000) * US_PER_S)
#define API "https://graph.example"

static inline struct channel_facts channel_of_test(void)
{
    return (struct channel_facts){
        .id = 1,
        .platform = PLATFORM_WHATSAPP,
        .external_id = TEXT("106500000000001"),
        .hook_secret = TEXT("test_app_secret"),
        .verify_token = TEXT("kata-kita"),
        .token = TEXT("EAAtesttoken"),
        .app_id = TEXT("99887766"),
        .app_secret = TEXT("test_app_secret"),
        .state = TEXT("{\"waba_id\":\"102290000000001\"}"),
        .api_base = API,
        .file_base = "https://files.example/wa",
        .api_version = "v25.0",
    };
}

struct run {
    struct arena *mem;
    struct channel_facts channel;
    struct op op;
    struct step_state state;
    struct step step;
};

static inline void start(struct run *r, enum op_kind kind)
{
    *r = (struct run){ .mem = arena_new(0), .channel = channel_of_test() };
    r->op = (struct op){ .kind = kind, .channel = &r->channel };
}

static inline void go(struct run *r, const struct http_reply *reply)
{
    struct fail why = { .code = FAIL_NONE };

    assert_int_equal(whatsapp_connector.step(&r->op, &r->state, reply, NOW, r->mem, &r->step, &why), 0);
}

static inline void answer(struct run *r, int status, const char *body)
{
    go(r, &(struct http_reply){ .status = status, .sent = true, .body = text_of(body) });
}

static inline void assert_call(const struct run *r, const char *method, const char *url_begins)
{
    assert_int_equal(r->step.kind, STEP_CALL);
    assert_string_equal(r->step.call.method, method);
    if (strncmp(r->step.call.url, url_begins, strlen(url_begins)) != 0)
        fail_msg("%s does not begin with %s", r->step.call.url, url_begins);
}

static inline void assert_body(const struct run *r, const char *wanted)
{
    json_t *has = json_loadb(r->step.call.body.ptr, r->step.call.body.len, 0, NULL);
    json_t *want = json_loads(wanted, 0, NULL);

    assert_non_null(want);
    if (!has || !json_equal(has, want))
        fail_msg("%.*s is not %s", (int)r->step.call.body.len, r->step.call.body.ptr, wanted);
    json_decref(has);
    json_decref(want);
}

static inline void assert_result(const struct run *r, enum outcome outcome, const char *code)
{
    assert_int_equal(r->step.kind, STEP_RESULT);
    assert_int_equal(r->step.outcome, outcome);
    if (code)
        assert_string_equal(r->step.why_code, code);
}

static inline void assert_facts(const struct run *r, const char *wanted)
{
    assert_text(r->step.facts, wanted);
}

static inline void stop(struct run *r)
{
    arena_free(r->mem);
}

#endif

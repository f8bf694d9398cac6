/* The WhatsApp Cloud connector: whatever a body holds, its events are normal forms and the same each time; whatever is
 * answered, the machine asks its own hosts only (anywhere else without a token), and ends. */
#include "fuzz.h"

#include "platform/connector.h"
#include "util/str.h"

#define API "http://graph.example"
#define FILES "http://files.example/wa"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_WHATSAPP,
    .external_id = TEXT_INIT("106500000000001"),
    .hook_secret = TEXT_INIT("secret"),
    .verify_token = TEXT_INIT("word"),
    .token = TEXT_INIT("EAAtoken"),
    .app_id = TEXT_INIT("99"),
    .app_secret = TEXT_INIT("secret"),
    .state = { NULL, 0 },
    .api_base = API,
    .file_base = FILES,
    .api_version = "v25.0",
};

static int check_event(const struct event *ev, void *arg)
{
    struct buf *all = arg;
    struct buf first = BUF_INIT(1 << 24), second = BUF_INIT(1 << 24);
    struct arena *mem = arena_new(0);
    struct event back;
    struct fail why;

    PROPERTY(ev->platform == PLATFORM_WHATSAPP);
    PROPERTY(ev->channel.len);
    PROPERTY(ev->kind != EVENT_MESSAGE || (ev->id.len && ev->thread.present && ev->thread.id.len));
    PROPERTY((ev->kind != EVENT_EDIT && ev->kind != EVENT_DELETE && ev->kind != EVENT_REACTION &&
              ev->kind != EVENT_STATUS) ||
             ev->target.len);
    event_write(ev, &first);
    PROPERTY(!first.failed);
    PROPERTY(event_read(buf_as_text(&first), mem, &back, &why) == 0);
    event_write(&back, &second);
    PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    buf_text(all, buf_as_text(&first));
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
    return 0;
}

static void check_parse(struct text body)
{
    struct buf first = BUF_INIT(1 << 26), second = BUF_INIT(1 << 26);
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };

    int rc = whatsapp_connector.parse(body, &channel, mem, check_event, &first, &why);
    PROPERTY(rc == 0 || why.code == FAIL_BAD_REQUEST);
    arena_reset(mem);
    PROPERTY(whatsapp_connector.parse(body, &channel, mem, check_event, &second, &why) == rc);
    PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
}

static void check_call(const struct http_call *call)
{
    PROPERTY(call->method && call->url && call->timeout_ms > 0);
    PROPERTY(call->any_host || text_starts(text_of(call->url), TEXT(API "/")) ||
             text_starts(text_of(call->url), TEXT(FILES "/")) ||
             text_starts(text_of(call->url), TEXT("https://lookaside.fbsbx.com/whatsapp_business/")));
    PROPERTY(!call->any_host || call->header_count == 0);
    for (const char *c = call->url; *c; c++)
        PROPERTY((unsigned char)*c > ' ' && *c != 0x7f);
}

/* A second answer, so that machines get past their first call. */
static struct text next_answer(const struct http_call *call, struct text body)
{
    if (strstr(call->url, "debug_token"))
        return TEXT("{\"data\":{\"granular_scopes\":[{\"scope\":\"whatsapp_business_management\",\"target_ids\":[7]}]}}");
    return body;
}

static void check_step(uint8_t kind, uint8_t answer, struct text body)
{
    static const int statuses[] = { 0, 200, 200, 200, 400, 401, 403, 404, 429, 500, 502 };
    static const struct event_attachment photo = { .type = ATTACHMENT_IMAGE, .mime = TEXT_INIT("image/jpeg"), .size = 3 };
    struct op op = { .kind = (enum op_kind)(kind % OP_KIND_COUNT),
                     .channel = &channel,
                     .thread_id = TEXT("6281234000001"),
                     .text = TEXT("halo"),
                     .reply_to = TEXT("wamid.A1"),
                     .target = TEXT("wamid.A1"),
                     .media_ref = answer & 64 ? body : TEXT("12"),
                     .max_bytes = 1000,
                     .code = TEXT("code"),
                     .tries = answer,
                     .template_name = TEXT("name"),
                     .template_language = TEXT("id"),
                     .hook_url = TEXT("https://toko.example/hooks/whatsapp/x") };
    struct http_reply reply = { .status = statuses[answer % COUNT_OF(statuses)], .sent = answer & 128, .body = body };
    struct step_state state = { .stage = 0 };
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };
    struct step s;
    int calls = 0;

    if (kind & 64) {
        op.attachment = &photo;
        op.attachment_bytes = TEXT("jpg");
    }
    if (kind & 128)
        op.send_as = SEND_TEMPLATE;
    if (answer & 64) {
        op.template_values = body;
        op.choices = body;
        op.cursor = body;
    }
    int rc = whatsapp_connector.step(&op, &state, NULL, 0, mem, &s, &why);
    while (rc == 0 && s.kind == STEP_CALL) {
        check_call(&s.call);
        PROPERTY(++calls < 10);
        reply.body = next_answer(&s.call, body);
        rc = whatsapp_connector.step(&op, &state, &reply, 0, mem, &s, &why);
    }
    PROPERTY(rc == 0 && s.kind == STEP_RESULT);
    PROPERTY(s.outcome <= OUTCOME_CONTACT_GONE);
    PROPERTY(s.outcome == OUTCOME_OK || s.why_code);
    PROPERTY(op.kind != OP_SEND || s.outcome != OUTCOME_OK || s.external_id.len);
    PROPERTY(op.kind == OP_SEND || s.outcome != OUTCOME_UNKNOWN);
    PROPERTY(s.outcome != OUTCOME_RETRY_AT || s.until > 0);
    PROPERTY(str_utf8_valid(s.why) && str_utf8_valid(s.facts));
    arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct text rest = fuzz_text(data + 3, size - 3);
    if (data[0] % 2)
        check_parse(rest);
    else
        check_step(data[1], data[2], rest);
    return 0;
}

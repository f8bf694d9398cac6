/* The X connector: whatever a body holds, its events are normal forms; whatever the server answers, the machine
 * asks its own server only (files apart, without a token), and ends; long texts are cut into parts that join to the
 * whole. */
#include "fuzz.h"

#include "platform/connector.h"
#include "util/str.h"

#include "../../backend/platform/x_priv.h"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_X,
    .external_id = TEXT_INIT("42"),
    .hook_secret = TEXT_INIT("secret"),
    .token = TEXT_INIT("token"),
    .refresh_token = TEXT_INIT("refresh"),
    .app_id = TEXT_INIT("app"),
    .app_secret = TEXT_INIT("secret"),
    .state = TEXT_INIT("{\"consumer_key\":\"k\",\"quota\":{\"limit\":1000}}"),
    .api_base = "http://api.example",
    .file_base = "http://file.example/file",
};

static int check_event(const struct event *ev, void *arg)
{
    struct buf *all = arg;
    struct buf first = BUF_INIT(1 << 22), second = BUF_INIT(1 << 22);
    struct arena *mem = arena_new(0);
    struct event back;
    struct fail why;

    PROPERTY(ev->platform == PLATFORM_X);
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
    struct buf first = BUF_INIT(1 << 24), second = BUF_INIT(1 << 24);
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };

    int rc = x_connector.parse(body, &channel, mem, check_event, &first, &why);
    PROPERTY(rc == 0 || why.code == FAIL_BAD_REQUEST);
    arena_reset(mem);
    PROPERTY(x_connector.parse(body, &channel, mem, check_event, &second, &why) == rc);
    PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
}

static void check_parts(struct text whole)
{
    unsigned count, again;
    const char *at = whole.ptr;

    x_connector.part(whole, 0, &count);
    PROPERTY(count >= 1);
    for (unsigned i = 0; i < count; i++) {
        struct text part = x_connector.part(whole, i, &again);

        PROPERTY(again == count);
        PROPERTY(part.ptr == at || part.len == 0);
        PROPERTY(x_weight(part) <= x_connector.max_text_units);
        PROPERTY(!str_utf8_valid(whole) || str_utf8_valid(part));
        at += part.len;
    }
    PROPERTY(at == whole.ptr + whole.len);
}

static void check_step(uint8_t kind, uint8_t answer, struct text body)
{
    static const int statuses[] = { 0, 200, 201, 200, 400, 401, 402, 403, 404, 429, 500 };
    static const struct event_attachment film = { .type = ATTACHMENT_VIDEO, .mime = TEXT_INIT("video/mp4"), .size = 3 };
    struct op op = { .kind = (enum op_kind)(kind % OP_KIND_COUNT),
                     .channel = &channel,
                     .thread_type = kind & 32 ? THREAD_COMMENT : THREAD_DIRECT,
                     .thread_id = kind & 32 ? TEXT("77") : TEXT("42-77"),
                     .send_as = answer & 64 ? SEND_PRIVATE : SEND_PLAIN,
                     .text = TEXT("halo"),
                     .reply_to = TEXT("5"),
                     .target = TEXT("5"),
                     .author_id = kind & 128 ? TEXT("77") : TEXT(""),
                     .cursor = answer & 32 ? body : TEXT("{\"m\":{\"since\":\"9\"}}"),
                     .media_ref = answer & 32 ? body : TEXT("dm/1/2/a.jpg"),
                     .code = TEXT("c"),
                     .code_verifier = TEXT("v"),
                     .max_bytes = 1000,
                     .hook_url = TEXT("https://toko.example/hooks/x/1") };
    struct http_reply reply = { .status = statuses[answer % COUNT_OF(statuses)], .sent = answer & 128, .body = body };
    struct step_state state = { .stage = 0 };
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };
    struct step s;
    int turns = 0;

    if (kind & 64) {
        op.attachment = &film;
        op.attachment_bytes = TEXT("mp4");
    }
    int rc = x_connector.step(&op, &state, NULL, 0, mem, &s, &why);
    while (rc == 0 && s.kind != STEP_RESULT) {
        PROPERTY(++turns < 200);
        if (s.kind == STEP_CALL) {
            PROPERTY(s.call.method && s.call.url && s.call.timeout_ms > 0);
            PROPERTY(s.call.any_host ? s.call.header_count == 0
                                     : text_starts(text_of(s.call.url), text_of(channel.api_base)));
        }
        rc = x_connector.step(&op, &state, s.kind == STEP_CALL ? &reply : NULL, 0, mem, &s, &why);
    }
    PROPERTY(rc == 0);
    PROPERTY(s.outcome <= OUTCOME_CONTACT_GONE);
    PROPERTY(op.kind != OP_SEND || s.outcome != OUTCOME_OK || s.external_id.len);
    PROPERTY(s.outcome != OUTCOME_RETRY_AT || s.until > 0);
    PROPERTY(str_utf8_valid(s.why));
    if (s.page.len)
        check_parse(s.page);
    arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct text rest = fuzz_text(data + 3, size - 3);
    switch (data[0] % 3) {
    case 0:
        check_parse(rest);
        break;
    case 1:
        check_parts(rest);
        break;
    default:
        check_step(data[1], data[2], rest);
        break;
    }
    return 0;
}

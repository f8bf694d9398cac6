/* The LINE connector: whatever a body holds, its events are normal forms; whatever a server answers, the machine asks
 * LINE's own servers only, with the token nowhere else, and ends. */
#include "fuzz.h"

#include "platform/connector.h"
#include "util/str.h"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_LINE,
    .external_id = TEXT_INIT("U99"),
    .hook_secret = TEXT_INIT("secret"),
    .token = TEXT_INIT("token"),
    .app_id = TEXT_INIT("2000"),
    .api_base = "http://api.example",
    .file_base = "http://data.example",
};

static int check_event(const struct event *ev, void *arg)
{
    struct buf *all = arg;
    struct buf first = BUF_INIT(1 << 22), second = BUF_INIT(1 << 22);
    struct arena *mem = arena_new(0);
    struct event back;
    struct fail why;

    PROPERTY(ev->platform == PLATFORM_LINE);
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

    int rc = line_connector.parse(body, &channel, mem, check_event, &first, &why);
    PROPERTY(rc == 0 || why.code == FAIL_BAD_REQUEST);
    arena_reset(mem);
    PROPERTY(line_connector.parse(body, &channel, mem, check_event, &second, &why) == rc);
    PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
}

static bool is_at_home(const char *url)
{
    return text_starts(text_of(url), text_of(channel.api_base)) ||
           text_starts(text_of(url), text_of(channel.file_base));
}

static void check_call(const struct http_call *call)
{
    PROPERTY(call->method && call->url && call->timeout_ms > 0);
    PROPERTY(is_at_home(call->url) != call->any_host);
    PROPERTY(!call->any_host || call->header_count == 0);
    for (size_t i = 0; i < call->header_count; i++)
        for (size_t k = 0; k < call->headers[i].value.len; k++)
            PROPERTY(call->headers[i].value.ptr[k] != '\r' && call->headers[i].value.ptr[k] != '\n');
}

static void check_result(const struct op *op, const struct step *s)
{
    bool is_sent = s->outcome == OUTCOME_OK || s->outcome == OUTCOME_DUPLICATE_OK;
    struct buf ignored = BUF_INIT(1 << 24);
    struct arena *mem = arena_new(0);
    struct fail why;

    PROPERTY(s->outcome <= OUTCOME_CONTACT_GONE);
    PROPERTY(is_sent || s->why_code);
    PROPERTY(op->kind != OP_SEND || !is_sent || s->external_id.len);
    PROPERTY((s->outcome != OUTCOME_RETRY_AT && s->outcome != OUTCOME_QUOTA) || s->until > 0);
    PROPERTY(str_utf8_valid(s->why));
    if (s->page.len)
        PROPERTY(line_connector.parse(s->page, &channel, mem, check_event, &ignored, &why) == 0);
    buf_fini(&ignored);
    arena_free(mem);
}

/* How it is asked comes from `how`, what is asked with from `asked`, what is answered from `body`. */
static void check_step(uint8_t kind, uint8_t how, uint8_t answer, struct text asked, struct text body)
{
    static const int statuses[] = { 0, 200, 200, 202, 400, 401, 403, 404, 409, 410, 413, 429, 500 };
    const struct event_attachment a = { .type = (enum attachment_type)(how % ATTACHMENT_TYPE_COUNT), .url = asked,
                                        .name = asked, .lat = 1, .lon = 2, .has_position = how & 8 };
    struct op op = { .kind = (enum op_kind)(kind % OP_KIND_COUNT), .channel = &channel, .thread_id = asked,
                     .text = asked, .reply_to = TEXT("5"), .target_detail = asked, .media_ref = asked, .max_bytes = 1000,
                     .author_id = asked, .thread_type = (enum thread_type)(how % THREAD_TYPE_COUNT),
                     .choices = how & 64 ? asked : TEXT(""), .attachment = how & 16 ? &a : NULL,
                     .reply_token = how & 32 ? TEXT("rt") : TEXT(""), .hook_url = TEXT("https://toko.example/h"),
                     .retry_key = how & 128 ? TEXT("0b1c2d3e-0000-4000-8000-000000000001") : asked };
    struct http_reply reply = { .status = statuses[answer % COUNT_OF(statuses)], .sent = answer & 128, .body = body };
    struct step_state state = { .stage = 0 };
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };
    struct step s;
    int calls = 0;

    PROPERTY(line_connector.step(&op, &state, NULL, 1, mem, &s, &why) == 0);
    while (s.kind == STEP_CALL) {
        check_call(&s.call);
        PROPERTY(++calls < 5);
        PROPERTY(line_connector.step(&op, &state, &reply, 1, mem, &s, &why) == 0);
    }
    PROPERTY(s.kind == STEP_RESULT);
    check_result(&op, &s);
    arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 5)
        return 0;
    struct text rest = fuzz_text(data + 5, size - 5);
    if (data[0] % 2) {
        check_parse(rest);
    } else {
        size_t head = data[4] < rest.len ? data[4] : rest.len;

        check_step(data[1], data[2], data[3], (struct text){ rest.ptr, head },
                   (struct text){ rest.ptr + head, rest.len - head });
    }
    return 0;
}

/* The Instagram connector: whatever a body holds, its events are normal forms; whatever a server answers, the machine
 * asks its own servers only, with the token nowhere else, and ends; long texts are cut into parts that join. */
#include "fuzz.h"

#include "platform/connector.h"
#include "util/str.h"

static const struct channel_facts instagram_login = {
    .id = 1,
    .platform = PLATFORM_INSTAGRAM,
    .external_id = TEXT_INIT("1784"),
    .hook_secret = TEXT_INIT("secret"),
    .token = TEXT_INIT("token"),
    .refresh_token = TEXT_INIT("person"),
    .app_id = TEXT_INIT("2000"),
    .app_secret = TEXT_INIT("secret"),
    .api_base = "http://api.example",
    .auth_base = "http://login.example",
    .api_version = "v25.0",
};

static int check_event(const struct event *ev, void *arg)
{
    struct buf *all = arg;
    struct buf first = BUF_INIT(1 << 22), second = BUF_INIT(1 << 22);
    struct arena *mem = arena_new(0);
    struct event back;
    struct fail why;

    PROPERTY(ev->platform == PLATFORM_INSTAGRAM);
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

    int rc = instagram_connector.parse(body, &instagram_login, mem, check_event, &first, &why);
    PROPERTY(rc == 0 || why.code == FAIL_BAD_REQUEST);
    arena_reset(mem);
    PROPERTY(instagram_connector.parse(body, &instagram_login, mem, check_event, &second, &why) == rc);
    PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
}

static void check_parts(struct text whole)
{
    unsigned count, again;
    const char *at = whole.ptr;

    instagram_connector.part(whole, 0, &count);
    for (unsigned i = 0; i < count; i++) {
        struct text part = instagram_connector.part(whole, i, &again);

        PROPERTY(again == count);
        PROPERTY(part.ptr == at || part.len == 0);
        PROPERTY(part.len <= instagram_connector.max_text_units);
        PROPERTY(!str_utf8_valid(whole) || str_utf8_valid(part));
        at += part.len;
    }
    PROPERTY(at == whole.ptr + whole.len);
}

static void check_call(const struct http_call *call)
{
    bool is_home = text_starts(text_of(call->url), text_of(instagram_login.api_base)) ||
                   text_starts(text_of(call->url), text_of(instagram_login.auth_base));

    PROPERTY(call->method && call->url && call->timeout_ms > 0);
    PROPERTY(is_home || call->any_host);
    PROPERTY(!call->any_host || call->header_count == 0);
    for (size_t i = 0; i < call->header_count; i++)
        for (size_t k = 0; k < call->headers[i].value.len; k++)
            PROPERTY(call->headers[i].value.ptr[k] != '\r' && call->headers[i].value.ptr[k] != '\n');
}

static void check_result(const struct op *op, const struct step *s)
{
    bool is_done = s->outcome == OUTCOME_OK || s->outcome == OUTCOME_DUPLICATE_OK;
    struct buf ignored = BUF_INIT(1 << 24);
    struct arena *mem = arena_new(0);
    struct fail why;

    PROPERTY(s->outcome <= OUTCOME_CONTACT_GONE);
    PROPERTY(is_done || s->why_code);
    PROPERTY(op->kind != OP_SEND || !is_done || s->external_id.len);
    PROPERTY((s->outcome != OUTCOME_RETRY_AT && s->outcome != OUTCOME_QUOTA) || s->until > 0);
    PROPERTY(str_utf8_valid(s->why));
    PROPERTY((op->kind != OP_POLL && op->kind != OP_BACKFILL) || !is_done || s->cursor.len || s->is_last);
    if (s->page.len)
        PROPERTY(instagram_connector.parse(s->page, op->channel, mem, check_event, &ignored, &why) == 0);
    buf_fini(&ignored);
    arena_free(mem);
}

/* How it is asked comes from `how`, what is asked with from `asked`, what is answered from `body`. */
static void check_step(uint8_t kind, uint8_t how, uint8_t answer, struct text asked, struct text body)
{
    static const int statuses[] = { 0, 200, 200, 200, 400, 401, 403, 404, 429, 500 };
    const struct event_attachment a = { .type = (enum attachment_type)(how % ATTACHMENT_TYPE_COUNT), .url = asked,
                                        .name = asked, .mime = asked };
    struct channel_facts ch = instagram_login;
    struct op op = { .kind = (enum op_kind)(kind % OP_KIND_COUNT), .channel = &ch, .thread_id = asked, .text = asked,
                     .reply_to = TEXT("5"), .target = asked, .target_detail = asked, .media_ref = asked,
                     .max_bytes = 1000, .author_id = asked, .cursor = asked, .code = asked,
                     .redirect_url = TEXT("https://toko.example/k"), .choices = how & 64 ? asked : TEXT(""),
                     .thread_type = (enum thread_type)(how % THREAD_TYPE_COUNT),
                     .send_as = (enum send_as)(how / 4 % 4), .moderation = (enum moderation)(how % 8),
                     .attachment = how & 16 ? &a : NULL, .attachment_bytes = how & 8 ? asked : TEXT("") };
    struct http_reply reply = { .status = statuses[answer % COUNT_OF(statuses)], .sent = answer & 128, .body = body };
    struct step_state state = { .stage = 0 };
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };
    struct step s;
    int calls = 0;

    if (how & 128)
        ch.state = TEXT("{\"login\":\"facebook\",\"username\":\"a\",\"page_id\":\"7\"}");
    else if (answer & 64)
        ch.state = asked;
    if (answer & 32)
        ch.external_id = (struct text){ NULL, 0 };
    PROPERTY(instagram_connector.step(&op, &state, NULL, 1, mem, &s, &why) == 0);
    while (s.kind == STEP_CALL) {
        check_call(&s.call);
        PROPERTY(++calls < 10);
        PROPERTY(instagram_connector.step(&op, &state, &reply, 1, mem, &s, &why) == 0);
    }
    PROPERTY(s.kind == STEP_RESULT);
    check_result(&op, &s);
    arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut;
    struct text rest;

    if (size < 5)
        return 0;
    rest = fuzz_text(data + 4, size - 4);
    switch (data[0] % 4) {
    case 0:
    case 1:
        check_parse(rest);
        break;
    case 2:
        check_parts(rest);
        break;
    default:
        cut = memchr(data + 4, '\n', size - 4);
        if (!cut)
            cut = data + size;
        check_step(data[1], data[2], data[3], (struct text){ rest.ptr, (size_t)(cut - data - 4) },
                   cut < data + size ? fuzz_text(cut + 1, size - (size_t)(cut - data) - 1) : TEXT(""));
    }
    return 0;
}

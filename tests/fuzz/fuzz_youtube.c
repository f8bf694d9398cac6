/* The YouTube connector: whatever a body holds, its events are normal forms; whatever is answered and whatever the cursor
 * holds, the machine asks its own servers only, keeps the token out of addresses, ends, and makes pages that it can
 * read; long texts are cut into parts that join to the whole. */
#include "fuzz.h"

#include "platform/connector.h"
#include "util/str.h"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_YOUTUBE,
    .external_id = TEXT_INIT("UCtoko"),
    .token = TEXT_INIT("ya29.secret"),
    .refresh_token = TEXT_INIT("1//secret"),
    .app_id = TEXT_INIT("klien"),
    .app_secret = TEXT_INIT("app secret"),
    .api_base = "http://api.example",
    .auth_base = "http://auth.example/token",
};

static int check_event(const struct event *ev, void *arg)
{
    struct buf *all = arg;
    struct buf first = BUF_INIT(1 << 22), second = BUF_INIT(1 << 22);
    struct arena *mem = arena_new(0);
    struct event back;
    struct fail why;

    PROPERTY(ev->platform == PLATFORM_YOUTUBE);
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

    int rc = youtube_connector.parse(body, &channel, mem, check_event, &first, &why);
    PROPERTY(rc == 0 || why.code == FAIL_BAD_REQUEST);
    arena_reset(mem);
    PROPERTY(youtube_connector.parse(body, &channel, mem, check_event, &second, &why) == rc);
    PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
}

static void check_parts(struct text whole)
{
    unsigned count, again;
    const char *at = whole.ptr;

    youtube_connector.part(whole, 0, &count);
    PROPERTY(count >= 1);
    for (unsigned i = 0; i < count; i++) {
        struct text part = youtube_connector.part(whole, i, &again);

        PROPERTY(again == count);
        PROPERTY(part.ptr == at || part.len == 0);
        PROPERTY(str_utf16_units(part) <= youtube_connector.max_text_units);
        at += part.len;
    }
    PROPERTY(at == whole.ptr + whole.len);
}

static void check_call(const struct http_call *call)
{
    struct text url = text_of(call->url);

    PROPERTY(call->method && call->timeout_ms > 0);
    PROPERTY(text_starts(url, TEXT("http://api.example/youtube/v3/")) || text_equal(url, text_of(channel.auth_base)));
    PROPERTY(!str_find(url, TEXT("secret")));
    for (size_t i = 0; i < url.len; i++)
        PROPERTY(url.ptr[i] > ' ' && url.ptr[i] < 127);
}

static void check_result(const struct op *op, const struct step *s, struct arena *mem)
{
    struct buf events = BUF_INIT(1 << 24);
    struct fail why = { .code = FAIL_NONE };

    PROPERTY(s->outcome <= OUTCOME_CONTACT_GONE);
    PROPERTY(s->outcome == OUTCOME_OK || s->why_code);
    PROPERTY(op->kind != OP_SEND || s->outcome != OUTCOME_OK || s->external_id.len);
    PROPERTY((s->outcome != OUTCOME_RETRY_AT && s->outcome != OUTCOME_QUOTA) || s->until > 0);
    PROPERTY(str_utf8_valid(s->why));
    PROPERTY(s->cursor.len <= 1 << 20);
    if (s->page.ptr)
        PROPERTY(youtube_connector.parse(s->page, &channel, mem, check_event, &events, &why) == 0);
    buf_fini(&events);
}

/* The rest is the cursor, a NUL, and what is answered. */
static void check_step(uint8_t kind, uint8_t answer, struct text rest)
{
    static const int statuses[] = { 0, 200, 200, 204, 400, 401, 403, 404, 409, 429, 500 };
    struct text cursor;
    bool has_cursor = str_split(&rest, '\0', &cursor);
    struct op op = { .kind = (enum op_kind)(kind % OP_KIND_COUNT),
                     .channel = &channel,
                     .thread_id = kind & 128 ? TEXT("vid00000001") : TEXT("UgxTop1"),
                     .thread_type = THREAD_COMMENT,
                     .text = TEXT("halo"),
                     .target = TEXT("UgxTop1"),
                     .author_id = TEXT("UCani"),
                     .code = TEXT("kode"),
                     .redirect_url = TEXT("https://toko.example/"),
                     .moderation = (enum moderation)(answer % (MODERATE_REJECT + 1)),
                     .sent_after = TIME_NONE,
                     .cursor = has_cursor ? cursor : TEXT("") };
    struct http_reply reply = { .status = statuses[answer % COUNT_OF(statuses)], .sent = answer & 128,
                                .body = has_cursor ? rest : cursor };
    struct step_state state = { .stage = 0 };
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };
    const time_us now = INT64_C(1790000000) * US_PER_S;
    struct step s;

    int rc = youtube_connector.step(&op, &state, NULL, now, mem, &s, &why);
    for (int turns = 0; rc == 0 && s.kind != STEP_RESULT; turns++) {
        PROPERTY(turns < 20);
        if (s.kind == STEP_CALL)
            check_call(&s.call);
        rc = youtube_connector.step(&op, &state, s.kind == STEP_CALL ? &reply : NULL, now, mem, &s, &why);
    }
    PROPERTY(rc == 0);
    check_result(&op, &s, mem);
    arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct text rest = fuzz_text(data + 3, size - 3);
    switch (data[0] % 4) {
    case 0:
    case 1:
        check_parse(rest);
        break;
    case 2:
        check_parts(rest);
        break;
    default:
        check_step(data[1], data[2], rest);
        break;
    }
    return 0;
}

/* The connectors of a Facebook Page: whatever a body holds, its events are normal forms, the same for both; whatever
 * Graph answers, the machines ask their own server only, and end; texts are cut into parts that join to the whole. */
#include "fuzz.h"

#include "platform/connector.h"
#include "platform/meta.h"
#include "util/str.h"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_FACEBOOK,
    .external_id = TEXT_INIT("1122334455"),
    .hook_secret = TEXT_INIT("secret"),
    .verify_token = TEXT_INIT("word"),
    .token = TEXT_INIT("EAAPAGE"),
    .refresh_token = TEXT_INIT("EAAperson"),
    .app_id = TEXT_INIT("99887766"),
    .app_secret = TEXT_INIT("secret"),
    .api_base = "http://graph.example",
    .auth_base = "http://login.example",
    .api_version = "v25.0",
};
static const struct connector *const both[] = { &facebook_connector, &messenger_connector };

static int check_event(const struct event *ev, void *arg)
{
    struct buf *all = arg;
    struct buf first = BUF_INIT(1 << 22), second = BUF_INIT(1 << 22);
    struct arena *mem = arena_new(0);
    struct event back;
    struct fail why;

    PROPERTY(ev->platform == PLATFORM_FACEBOOK || ev->platform == PLATFORM_MESSENGER);
    PROPERTY(ev->kind != EVENT_MESSAGE || ev->id.len);
    PROPERTY(ev->kind != EVENT_EDIT || ev->target.len);
    PROPERTY(ev->kind != EVENT_DELETE || ev->target.len);
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

    int rc = facebook_connector.parse(body, &channel, mem, check_event, &first, &why);
    PROPERTY(rc == 0 || why.code == FAIL_BAD_REQUEST);
    arena_reset(mem);
    PROPERTY(messenger_connector.parse(body, &channel, mem, check_event, &second, &why) == rc);
    PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
}

static int ignore_event(const struct event *ev, void *arg)
{
    (void)ev;
    (void)arg;
    return 0;
}

static void check_result(const struct connector *connector, const struct op *op, const struct step *s, struct arena *mem)
{
    struct fail why = { .code = FAIL_NONE };

    PROPERTY(s->outcome <= OUTCOME_CONTACT_GONE);
    PROPERTY(op->kind != OP_SEND || s->outcome != OUTCOME_OK || s->external_id.len);
    PROPERTY((s->outcome != OUTCOME_RETRY_AT && s->outcome != OUTCOME_QUOTA) || s->until > 0);
    PROPERTY(str_utf8_valid(s->why));
    PROPERTY(s->outcome == OUTCOME_OK || s->outcome == OUTCOME_DUPLICATE_OK || s->why_code);
    PROPERTY(op->kind != OP_BACKFILL || s->outcome != OUTCOME_OK || s->is_last || s->cursor.len);
    if (s->page.len)
        PROPERTY(connector->parse(s->page, op->channel, mem, ignore_event, NULL, &why) == 0);
}

static void check_step(uint8_t kind, uint8_t answer, struct text body)
{
    static const int statuses[] = { 0, 200, 200, 200, 400, 401, 403, 404, 429, 500 };
    static const struct event_attachment photo = { .type = ATTACHMENT_IMAGE, .mime = TEXT_INIT("image/jpeg"), .size = 3 };
    const struct connector *connector = both[kind & 1];
    struct channel_facts facts = channel;
    struct op op = { .kind = (enum op_kind)((kind >> 1) % OP_KIND_COUNT),
                     .channel = &facts,
                     .thread_type = connector == &facebook_connector ? THREAD_COMMENT : THREAD_DIRECT,
                     .thread_id = TEXT("1122334455_7"),
                     .target = TEXT("7_8"),
                     .text = TEXT("halo"),
                     .send_as = answer & 64 ? SEND_PRIVATE : SEND_PLAIN,
                     .author_id = TEXT("6"),
                     .code = TEXT("code"),
                     .redirect_url = TEXT("https://toko.example/"),
                     .cursor = answer & 32 ? body : (struct text){ NULL, 0 },
                     .media_ref = TEXT("http://graph.example/media"),
                     .max_bytes = 1000,
                     .moderation = (enum moderation)(answer % 8),
                     .hook_url = TEXT("https://toko.example/hooks/facebook/x") };
    struct http_reply reply = { .status = statuses[answer % COUNT_OF(statuses)], .sent = answer & 128, .body = body };
    struct step_state state = { .stage = 0 };
    struct arena *mem = arena_new(0);
    struct fail why = { .code = FAIL_NONE };
    struct step s;
    int calls = 0;

    facts.platform = connector->platform;
    if (kind & 128) {
        op.attachment = &photo;
        op.attachment_bytes = TEXT("jpg");
        op.text = connector == &facebook_connector ? op.text : TEXT("");
    }
    int rc = connector->step(&op, &state, NULL, 0, mem, &s, &why);
    while (rc == 0 && s.kind == STEP_CALL) {
        PROPERTY(s.call.method && s.call.url && s.call.timeout_ms > 0);
        PROPERTY(text_starts(text_of(s.call.url), text_of(channel.api_base)) ||
                 text_starts(text_of(s.call.url), text_of(channel.auth_base)));
        PROPERTY(!s.call.any_host || s.call.header_count == 0);
        for (const char *at = s.call.url; *at; at++)
            PROPERTY(*at > ' ' && *at <= '~');
        PROPERTY(++calls < 10);
        rc = connector->step(&op, &state, &reply, 0, mem, &s, &why);
    }
    if (rc == 0 && s.kind == STEP_RESULT)
        check_result(connector, &op, &s, mem);
    arena_free(mem);
}

static void check_parts(const struct connector *connector, struct text whole)
{
    unsigned count, again;
    const char *at = whole.ptr;

    connector->part(whole, 0, &count);
    for (unsigned i = 0; i < count; i++) {
        struct text part = connector->part(whole, i, &again);

        PROPERTY(again == count);
        PROPERTY(str_utf16_units(part) <= connector->max_text_units);
        PROPERTY(!str_utf8_valid(whole) || str_utf8_valid(part));
        at += part.len;
    }
    PROPERTY(at == whole.ptr + whole.len);
}

static void check_callbacks(struct text bytes)
{
    struct arena *mem = arena_new(0);
    struct text user = TEXT("untouched");
    struct hook_request rq = { .method = TEXT("GET"), .query = bytes, .body = bytes };
    struct buf out = BUF_INIT(1 << 16);

    if (meta_signed_request(bytes, TEXT("secret"), mem, &user))
        PROPERTY(text_equal(user, TEXT("untouched")));
    PROPERTY(facebook_connector.challenge(&rq, &channel, &out) == 0 || out.len == 0);
    PROPERTY(!facebook_connector.verify(&rq, &channel));
    buf_fini(&out);
    arena_free(mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    struct text rest = fuzz_text(data + 3, size - 3);
    switch (data[0] % 4) {
    case 0:
        check_parse(rest);
        break;
    case 1:
        check_parts(both[data[1] % 2], rest);
        break;
    case 2:
        check_callbacks(rest);
        break;
    default:
        check_step(data[1], data[2], rest);
        break;
    }
    return 0;
}

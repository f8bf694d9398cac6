#include "unit.h"

#include "platform/connector.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW (1790000000 * US_PER_S)            /* 2026-09-21 14:13:20 UTC */
#define KEY "0b1c2d3e-0000-4000-8000-000000000001"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_LINE,
    .external_id = TEXT_INIT("U99"),
    .hook_secret = TEXT_INIT("rahasia saluran"),
    .token = TEXT_INIT("token+panjang/=="),
    .app_id = TEXT_INIT("2000000001"),
    .api_base = "https://api.example",
    .file_base = "https://data.example",
};

struct call {
    struct arena *mem;
    struct channel_facts channel;
    struct op op;
    struct step_state state;
    struct step step;
};

static struct call call_new(enum op_kind kind)
{
    struct call c = { .mem = arena_new(0), .channel = channel };

    c.op.kind = kind;
    if (kind == OP_SEND) {
        c.op.thread_id = TEXT("U1");
        c.op.text = TEXT("Siap kak");
        c.op.retry_key = TEXT(KEY);
    }
    return c;
}

static void step(struct call *c, const struct http_reply *reply)
{
    struct fail why = { .code = FAIL_NONE };

    c->op.channel = &c->channel;
    assert_int_equal(line_connector.step(&c->op, &c->state, reply, NOW, c->mem, &c->step, &why), 0);
}

static void begin(struct call *c)
{
    c->state = (struct step_state){ .stage = 0 };
    step(c, NULL);
    assert_int_equal(c->step.kind, STEP_CALL);
    assert_true(c->step.call.any_host || text_starts(c->step.call.headers[0].name, TEXT("Authorization")) || c->op.kind == OP_RENEW);
}

static void answer(struct call *c, int status, const char *body)
{
    struct http_reply reply = { .status = status, .body = text_of(body) };

    step(c, &reply);
}

static const struct header *header_of(const struct call *c, const char *name)
{
    for (size_t i = 0; i < c->step.call.header_count; i++)
        if (text_equal(c->step.call.headers[i].name, text_of(name)))
            return &c->step.call.headers[i];
    return NULL;
}

#define SENT "{\"sentMessages\":[{\"id\":\"500000000000000501\",\"quoteToken\":\"q\"}]}"

static void a_push_carries_its_retry_key_and_tells_the_id(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    begin(&c);
    assert_string_equal(c.step.call.method, "POST");
    assert_string_equal(c.step.call.url, "https://api.example/v2/bot/message/push");
    assert_text(c.step.call.body, "{\"to\":\"U1\",\"messages\":[{\"type\":\"text\",\"text\":\"Siap kak\"}]}");
    assert_text(header_of(&c, "Authorization")->value, "Bearer token+panjang/==");
    assert_text(header_of(&c, "X-Line-Retry-Key")->value, KEY);
    assert_true(c.step.call.may_repeat);
    answer(&c, 200, SENT);
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    assert_text(c.step.external_id, "500000000000000501");
    arena_free(c.mem);
}

static void a_push_that_was_accepted_before_is_the_same_message(void **state)
{
    struct call c = call_new(OP_SEND);
    struct header h = { TEXT_INIT("x-line-accepted-request-id"), TEXT_INIT("req-1") };
    struct http_reply bare = { .status = 409, .body = TEXT("{\"message\":\"The retry key is already accepted\"}"), .headers = &h, .header_count = 1 };

    (void)state;
    begin(&c);
    answer(&c, 409, "{\"message\":\"The retry key is already accepted\",\"sentMessages\":[{\"id\":\"500000000000000501\"}]}");
    assert_int_equal(c.step.outcome, OUTCOME_DUPLICATE_OK);
    assert_text(c.step.external_id, "500000000000000501");
    begin(&c);
    step(&c, &bare);
    assert_int_equal(c.step.outcome, OUTCOME_DUPLICATE_OK);
    assert_text(c.step.external_id, "request/req-1");
    begin(&c);
    answer(&c, 200, "{}");                      /* as LINE answered before it told ids */
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    assert_text(c.step.external_id, "sent/" KEY);
    arena_free(c.mem);
}

static void a_fresh_reply_token_is_used_first(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    c.op.reply_token = TEXT("rt-1");
    c.op.reply_to = TEXT("500000000000000001");
    c.op.target_detail = TEXT("{\"quote_token\":\"q1\"}");
    begin(&c);
    assert_string_equal(c.step.call.url, "https://api.example/v2/bot/message/reply");
    assert_text(c.step.call.body, "{\"replyToken\":\"rt-1\",\"messages\":[{\"type\":\"text\",\"text\":\"Siap kak\",\"quoteToken\":\"q1\"}]}");
    assert_null(header_of(&c, "X-Line-Retry-Key"));
    assert_false(c.step.call.may_repeat);
    answer(&c, 200, SENT);
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    arena_free(c.mem);
}

static void a_refused_reply_token_becomes_a_push(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    c.op.reply_token = TEXT("rt-1");
    begin(&c);
    answer(&c, 400, "{\"message\":\"Invalid reply token\"}");
    assert_int_equal(c.step.kind, STEP_CALL);
    assert_string_equal(c.step.call.url, "https://api.example/v2/bot/message/push");
    assert_text(header_of(&c, "X-Line-Retry-Key")->value, KEY);
    answer(&c, 200, SENT);
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    arena_free(c.mem);
}

struct lost_row {
    bool is_reply, has_key;
    int status;
    bool sent;
    enum outcome outcome;
};

static void a_lost_answer_is_in_doubt_only_where_nothing_guards_it(void **state)
{
    static const struct lost_row rows[] = {
        { false, true, 0, true, OUTCOME_RETRY },   { false, true, 0, false, OUTCOME_RETRY },
        { false, true, 500, true, OUTCOME_RETRY }, { false, true, 503, true, OUTCOME_RETRY },
        { false, false, 0, true, OUTCOME_UNKNOWN }, { false, false, 0, false, OUTCOME_RETRY },
        { true, true, 0, true, OUTCOME_UNKNOWN },  { true, true, 0, false, OUTCOME_RETRY },
        { true, true, 500, true, OUTCOME_UNKNOWN }, { true, true, 504, true, OUTCOME_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_reply reply = { .status = rows[i].status, .sent = rows[i].sent, .error = TEXT("timeout") };
        struct call c = call_new(OP_SEND);

        c.op.reply_token = rows[i].is_reply ? TEXT("rt-1") : TEXT("");
        c.op.retry_key = rows[i].has_key ? TEXT(KEY) : TEXT("");
        begin(&c);
        step(&c, &reply);
        assert_int_equal(c.step.outcome, rows[i].outcome);
        assert_string_equal(c.step.why_code, "unreachable");
        arena_free(c.mem);
    }
}

struct error_row {
    enum op_kind op;
    int status;
    const char *body;
    enum outcome outcome;
    const char *code;
};

static void every_error_of_the_reference_has_its_reaction(void **state)
{
    static const struct error_row rows[] = {
        { OP_SEND, 400, "{\"message\":\"Failed to send messages\"}", OUTCOME_PERMANENT, "chat_not_found" },
        { OP_SEND, 400, "{\"message\":\"The property, 'to', in the request body is invalid (line: -, column: -)\"}", OUTCOME_PERMANENT, "chat_not_found" },
        { OP_SEND, 400, "{\"message\":\"The request body has 1 error(s)\",\"details\":[{\"message\":\"May not be empty\",\"property\":\"to\"}]}", OUTCOME_PERMANENT, "chat_not_found" },
        { OP_SEND, 400, "{\"message\":\"The request body has 2 error(s)\",\"details\":[{\"message\":\"May not be empty\",\"property\":\"messages[0].text\"}]}", OUTCOME_PERMANENT, "rejected" },
        { OP_SEND, 400, "{\"message\":\"The property, 'messages', in the request body is invalid\"}", OUTCOME_PERMANENT, "rejected" },
        { OP_SEND, 400, "bukan JSON", OUTCOME_PERMANENT, "rejected" },
        { OP_SEND, 401, "{\"message\":\"Authentication failed. Confirm that the access token in the authorization header is valid.\"}", OUTCOME_AUTH, "unauthorized" },
        { OP_CHECK, 401, "", OUTCOME_AUTH, "unauthorized" },
        { OP_SEND, 403, "{\"message\":\"Not available for your plan\"}", OUTCOME_PERMANENT, "forbidden" },
        { OP_SEND, 404, "{\"message\":\"Not found\"}", OUTCOME_PERMANENT, "chat_not_found" },
        { OP_PROFILE, 404, "{\"message\":\"Not found\"}", OUTCOME_PERMANENT, "not_found" },
        { OP_MEDIA, 404, "{\"message\":\"Not found\"}", OUTCOME_PERMANENT, "file_gone" },
        { OP_MEDIA, 410, "", OUTCOME_PERMANENT, "file_gone" },
        { OP_SEND, 413, "", OUTCOME_PERMANENT, "too_long" },
        { OP_SEND, 429, "{\"message\":\"You have reached your monthly limit.\"}", OUTCOME_QUOTA, "quota_used" },
        { OP_SEND, 429, "{\"message\":\"The API rate limit has been exceeded. Try again later.\"}", OUTCOME_RETRY, "slow_down" },
        { OP_SEND, 500, "{\"message\":\"Internal error\"}", OUTCOME_RETRY, "unreachable" },
        { OP_SEND, 502, "<html>", OUTCOME_RETRY, "unreachable" },
        { OP_CHECK, 503, "", OUTCOME_RETRY, "unreachable" },
        { OP_CHECK, 302, "", OUTCOME_RETRY, "unreachable" },
        { OP_CHECK, 200, "{}", OUTCOME_RETRY, "unreachable" },
        { OP_PROFILE, 200, "[", OUTCOME_RETRY, "unreachable" },
        { OP_CHECK, 409, "{\"message\":\"x\"}", OUTCOME_PERMANENT, "rejected" },
        { OP_CHECK, 418, "", OUTCOME_PERMANENT, "rejected" },
        { OP_RENEW, 400, "{\"error\":\"invalid_client\",\"error_description\":\"invalid client_secret\"}", OUTCOME_AUTH, "unauthorized" },
        { OP_RENEW, 200, "{}", OUTCOME_RETRY, "unreachable" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call c = call_new(rows[i].op);

        c.op.author_id = TEXT("U7");
        c.op.media_ref = TEXT("image/5");
        begin(&c);
        answer(&c, rows[i].status, rows[i].body);
        assert_int_equal(c.step.kind, STEP_RESULT);
        assert_int_equal(c.step.outcome, rows[i].outcome);
        assert_string_equal(c.step.why_code, rows[i].code);
        arena_free(c.mem);
    }
}

static void a_refusal_is_told_in_the_platforms_words(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    begin(&c);
    answer(&c, 400, "{\"message\":\"The request body has 1 error(s)\",\"details\":[{\"message\":\"May not be empty\",\"property\":\"messages[0].text\"}]}");
    assert_text(c.step.why, "The request body has 1 error(s): May not be empty (messages[0].text)");
    arena_free(c.mem);
}

static void a_spent_allowance_waits_for_the_month_in_japan(void **state)
{
    static const struct {
        const char *now, *until;
    } rows[] = {
        { "2026-11-30T14:59:59Z", "2026-11-30T15:00:00.000Z" },
        { "2026-11-30T15:00:00Z", "2026-12-31T15:00:00.000Z" },
        { "2026-12-31T20:00:00Z", "2027-01-31T15:00:00.000Z" },
        { "2028-02-01T00:00:00Z", "2028-02-29T15:00:00.000Z" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_reply reply = { .status = 429, .body = TEXT("{\"message\":\"You have reached your monthly limit.\"}") };
        struct call c = call_new(OP_SEND);
        struct fail why = { .code = FAIL_NONE };
        char until[TIME_TEXT_SIZE];
        time_us now;

        begin(&c);
        assert_int_equal(time_parse(text_of(rows[i].now), &now), 0);
        assert_int_equal(line_connector.step(&c.op, &c.state, &reply, now, c.mem, &c.step, &why), 0);
        assert_int_equal(c.step.outcome, OUTCOME_QUOTA);
        assert_string_equal(time_format(c.step.until, until), rows[i].until);
        arena_free(c.mem);
    }
}

static void a_pause_that_is_told_is_obeyed(void **state)
{
    struct header h = { TEXT_INIT("Retry-After"), TEXT_INIT("7") };
    struct http_reply reply = { .status = 429, .body = TEXT("{}"), .headers = &h, .header_count = 1 };
    struct call c = call_new(OP_SEND);

    (void)state;
    begin(&c);
    step(&c, &reply);
    assert_int_equal(c.step.outcome, OUTCOME_RETRY_AT);
    assert_true(c.step.until == NOW + 7 * US_PER_S);
    arena_free(c.mem);
}

static void what_cannot_be_sent_is_said_before_anything_leaves(void **state)
{
    static const struct event_attachment upload = { .type = ATTACHMENT_FILE, .size = 3 };
    static const struct event_attachment plain_http = { .type = ATTACHMENT_IMAGE, .url = TEXT_INIT("http://toko.example/1.jpg") };
    struct call c = call_new(OP_SEND);
    char *long_text = arena_alloc(c.mem, 5001);

    (void)state;
    memset(long_text, 'a', 5001);
    c.op.text = (struct text){ long_text, 5001 };
    step(&c, NULL);
    assert_string_equal(c.step.why_code, "too_long");
    c.op.text = TEXT("");
    step(&c, NULL);
    assert_string_equal(c.step.why_code, "empty");
    c.op.text = TEXT("ini kak");
    c.op.attachment = &upload;
    step(&c, NULL);
    assert_string_equal(c.step.why_code, "no_upload");
    c.op.attachment = &plain_http;
    step(&c, NULL);
    assert_string_equal(c.step.why_code, "no_upload");
    c.op.attachment = NULL;
    c.op.thread_id = TEXT("");
    step(&c, NULL);
    assert_string_equal(c.step.why_code, "chat_not_found");
    arena_free(c.mem);
}

static void pictures_places_links_and_choices_have_their_objects(void **state)
{
    static const struct {
        struct event_attachment a;
        const char *messages;
    } rows[] = {
        { { .type = ATTACHMENT_IMAGE, .url = TEXT_INIT("https://t.example/1.jpg") },
          "{\"type\":\"image\",\"originalContentUrl\":\"https://t.example/1.jpg\",\"previewImageUrl\":\"https://t.example/1.jpg\"}" },
        { { .type = ATTACHMENT_FILE, .name = TEXT_INIT("a.pdf"), .url = TEXT_INIT("https://t.example/a") },
          "{\"type\":\"text\",\"text\":\"a.pdf\\nhttps://t.example/a\"}" },
        { { .type = ATTACHMENT_VIDEO, .url = TEXT_INIT("https://t.example/a") }, "{\"type\":\"text\",\"text\":\"https://t.example/a\"}" },
        { { .type = ATTACHMENT_LOCATION, .lat = -6.5, .lon = 106.25, .has_position = true },
          "{\"type\":\"location\",\"title\":\"-6.50000, 106.25000\",\"address\":\"-6.50000, 106.25000\",\"latitude\":-6.5,\"longitude\":106.25}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call c = call_new(OP_SEND);

        c.op.attachment = &rows[i].a;
        c.op.choices = TEXT("[\"Ya\",\"\",7,\"Tidak jadi, terima kasih\"]");
        begin(&c);
        assert_text(c.step.call.body, arena_printf(c.mem,
                            "{\"to\":\"U1\",\"messages\":[%s,{\"type\":\"text\",\"text\":\"Siap kak\",\"quickReply\":{\"items\":["
                            "{\"type\":\"action\",\"action\":{\"type\":\"message\",\"label\":\"Ya\",\"text\":\"Ya\"}},"
                            "{\"type\":\"action\",\"action\":{\"type\":\"message\",\"label\":\"Tidak jadi, terima k\",\"text\":\"Tidak jadi, terima kasih\"}}]}}]}",
                            rows[i].messages));
        arena_free(c.mem);
    }
}

static void files_come_from_the_data_host_once_they_are_ready(void **state)
{
    struct header type = { TEXT_INIT("content-type"), TEXT_INIT("video/mp4; codecs=x") };
    struct http_reply got = { .status = 200, .headers = &type, .header_count = 1 };
    struct call c = call_new(OP_MEDIA);

    (void)state;
    c.op.media_ref = TEXT("video/501");
    c.op.max_bytes = 1000;
    begin(&c);
    assert_string_equal(c.step.call.url, "https://data.example/v2/bot/message/501/content/transcoding");
    answer(&c, 200, "{\"status\":\"processing\"}");
    assert_int_equal(c.step.outcome, OUTCOME_RETRY_AT);
    assert_true(c.step.until > NOW);
    begin(&c);
    answer(&c, 200, "{\"status\":\"succeeded\"}");
    assert_string_equal(c.step.call.url, "https://data.example/v2/bot/message/501/content");
    assert_true(c.step.call.to_file && !c.step.call.any_host);
    assert_int_equal(c.step.call.max_reply, 1000);
    step(&c, &got);
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    assert_text(c.step.media_mime, "video/mp4");
    c.op.media_ref = TEXT("image/502");
    begin(&c);
    assert_string_equal(c.step.call.url, "https://data.example/v2/bot/message/502/content");
    answer(&c, 202, "");
    assert_int_equal(c.step.outcome, OUTCOME_RETRY_AT);
    c.op.media_ref = TEXT("image/../../info?x=");
    begin(&c);
    assert_string_equal(c.step.call.url, "https://data.example/v2/bot/message/..%2F..%2Finfo%3Fx%3D/content");
    arena_free(c.mem);
}

static void a_file_elsewhere_is_fetched_without_our_token(void **state)
{
    struct call c = call_new(OP_MEDIA);

    (void)state;
    c.op.media_ref = TEXT("https://gambar.example/a.jpg");
    begin(&c);
    assert_string_equal(c.step.call.url, "https://gambar.example/a.jpg");
    assert_true(c.step.call.any_host);
    assert_int_equal(c.step.call.header_count, 0);
    c.op.media_ref = TEXT("http://gambar.example/a.jpg");
    begin(&c);
    assert_true(text_starts(text_of(c.step.call.url), text_of("https://data.example/")));
    arena_free(c.mem);
}

static void people_are_asked_for_where_they_are(void **state)
{
    static const struct {
        enum thread_type type;
        const char *thread, *author, *path;
    } rows[] = {
        { THREAD_DIRECT, "U7", "U7", "/v2/bot/profile/U7" },
        { THREAD_GROUP, "C5", "U7", "/v2/bot/group/C5/member/U7" },
        { THREAD_GROUP, "R6", "U7", "/v2/bot/room/R6/member/U7" },
        { THREAD_GROUP, "C5", "", "/v2/bot/group/C5/summary" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call c = call_new(OP_PROFILE);

        c.op.thread_type = rows[i].type;
        c.op.thread_id = text_of(rows[i].thread);
        c.op.author_id = text_of(rows[i].author);
        begin(&c);
        assert_string_equal(c.step.call.url + strlen(channel.api_base), rows[i].path);
        answer(&c, 200, "{\"userId\":\"U7\",\"displayName\":\"Ani\"}");
        assert_int_equal(c.step.outcome, OUTCOME_OK);
        assert_true(c.step.page.len > 0);
        arena_free(c.mem);
    }
}

static void a_check_tells_the_account_and_yesterdays_friends(void **state)
{
    static const struct {
        int status;
        const char *body, *facts;
    } rows[] = {
        { 200, "{\"status\":\"ready\",\"followers\":7620,\"targetedReaches\":5848,\"blocks\":237}",
          "{\"name\":\"Toko Uji\",\"username\":\"@toko\",\"followers\":7383,\"blocks\":237}" },
        { 200, "{\"status\":\"unready\"}", "{\"name\":\"Toko Uji\",\"username\":\"@toko\"}" },
        { 200, "[", "{\"name\":\"Toko Uji\",\"username\":\"@toko\"}" },
        { 403, "{\"message\":\"x\"}", "{\"name\":\"Toko Uji\",\"username\":\"@toko\"}" },
        { 0, "", "{\"name\":\"Toko Uji\",\"username\":\"@toko\"}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call c = call_new(OP_CHECK);

        begin(&c);
        assert_string_equal(c.step.call.url, "https://api.example/v2/bot/info");
        answer(&c, 200, "{\"userId\":\"U99\",\"displayName\":\"Toko Uji\",\"basicId\":\"@toko\"}");
        assert_string_equal(c.step.call.url, "https://api.example/v2/bot/insight/followers?date=20260920");
        answer(&c, rows[i].status, rows[i].body);
        assert_int_equal(c.step.outcome, OUTCOME_OK);
        assert_text(c.step.external_id, "U99");
        assert_text(c.step.facts, rows[i].facts);
        arena_free(c.mem);
    }
}

static void the_allowance_is_two_questions(void **state)
{
    struct call c = call_new(OP_QUOTA);

    (void)state;
    begin(&c);
    answer(&c, 200, "{\"type\":\"limited\",\"value\":200}");
    assert_string_equal(c.step.call.url, "https://api.example/v2/bot/message/quota/consumption");
    answer(&c, 200, "{\"totalUsage\":57}");
    assert_text(c.step.facts, "{\"limit\":200,\"used\":57,\"resets_at\":\"2026-09-30T15:00:00.000Z\"}");
    begin(&c);
    answer(&c, 200, "{\"type\":\"none\"}");
    answer(&c, 200, "{\"totalUsage\":57}");
    assert_text(c.step.facts, "{\"used\":57,\"resets_at\":\"2026-09-30T15:00:00.000Z\"}");
    arena_free(c.mem);
}

static void a_token_is_renewed_with_the_channels_own_secret(void **state)
{
    struct call c = call_new(OP_RENEW);

    (void)state;
    begin(&c);
    assert_string_equal(c.step.call.url, "https://api.example/oauth2/v3/token");
    assert_text(c.step.call.body, "grant_type=client_credentials&client_id=2000000001&client_secret=rahasia%20saluran");
    assert_null(header_of(&c, "Authorization"));
    answer(&c, 200, "{\"access_token\":\"baru\",\"expires_in\":900,\"token_type\":\"Bearer\"}");
    assert_text(c.step.grant.token, "baru");
    assert_true(c.step.grant.expires_at == NOW + 900 * US_PER_S);
    c.channel.app_id = TEXT("");
    c.state.stage = 0;
    step(&c, NULL);
    assert_int_equal(c.step.outcome, OUTCOME_AUTH);
    arena_free(c.mem);
}

static void a_token_that_cannot_stand_in_a_header_is_refused(void **state)
{
    static const char *const bad[] = { "", "a b", "a\r\nX: y", "a\x7f", "a\xc3\xa9" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct call c = call_new(OP_CHECK);

        c.channel.token = text_of(bad[i]);
        step(&c, NULL);
        assert_int_equal(c.step.kind, STEP_RESULT);
        assert_int_equal(c.step.outcome, OUTCOME_AUTH);
        arena_free(c.mem);
    }
}

static void reading_marks_need_the_messages_own_token(void **state)
{
    struct call c = call_new(OP_MARK_READ);

    (void)state;
    step(&c, NULL);
    assert_string_equal(c.step.why_code, "not_possible");
    c.op.target_detail = TEXT("{\"mark_read_token\":\"mr-1\"}");
    begin(&c);
    assert_text(c.step.call.body, "{\"markAsReadToken\":\"mr-1\"}");
    answer(&c, 200, "{}");
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    arena_free(c.mem);
}

static void what_line_does_not_have_is_not_possible(void **state)
{
    static const enum op_kind kinds[] = { OP_POLL, OP_HOOK_DROP, OP_LOOK, OP_EDIT, OP_MODERATE, OP_REACT, OP_BACKFILL, OP_TEMPLATES, OP_GRANT };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct call c = call_new(kinds[i]);

        step(&c, NULL);
        assert_int_equal(c.step.outcome, OUTCOME_PERMANENT);
        assert_string_equal(c.step.why_code, "not_possible");
        arena_free(c.mem);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_push_carries_its_retry_key_and_tells_the_id),
        cmocka_unit_test(a_push_that_was_accepted_before_is_the_same_message),
        cmocka_unit_test(a_fresh_reply_token_is_used_first),
        cmocka_unit_test(a_refused_reply_token_becomes_a_push),
        cmocka_unit_test(a_lost_answer_is_in_doubt_only_where_nothing_guards_it),
        cmocka_unit_test(every_error_of_the_reference_has_its_reaction),
        cmocka_unit_test(a_refusal_is_told_in_the_platforms_words),
        cmocka_unit_test(a_spent_allowance_waits_for_the_month_in_japan),
        cmocka_unit_test(a_pause_that_is_told_is_obeyed),
        cmocka_unit_test(what_cannot_be_sent_is_said_before_anything_leaves),
        cmocka_unit_test(pictures_places_links_and_choices_have_their_objects),
        cmocka_unit_test(files_come_from_the_data_host_once_they_are_ready),
        cmocka_unit_test(a_file_elsewhere_is_fetched_without_our_token),
        cmocka_unit_test(people_are_asked_for_where_they_are),
        cmocka_unit_test(a_check_tells_the_account_and_yesterdays_friends),
        cmocka_unit_test(the_allowance_is_two_questions),
        cmocka_unit_test(a_token_is_renewed_with_the_channels_own_secret),
        cmocka_unit_test(a_token_that_cannot_stand_in_a_header_is_refused),
        cmocka_unit_test(reading_marks_need_the_messages_own_token),
        cmocka_unit_test(what_line_does_not_have_is_not_possible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "unit.h"

#include "../../backend/platform/meta_priv.h"

#include "util/crypto.h"
#include "util/str.h"

#include <string.h>

#define NOW (1790000000 * US_PER_S)

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_FACEBOOK,
    .external_id = TEXT_INIT("1122334455"),
    .hook_secret = TEXT_INIT("test_app_secret"),
    .verify_token = TEXT_INIT("kata sandi+1"),
    .token = TEXT_INIT("EAAtesttoken"),
    .refresh_token = TEXT_INIT("EAAperson"),
    .app_id = TEXT_INIT("99887766"),
    .app_secret = TEXT_INIT("test_app_secret"),
    .api_base = "https://graph.example",
    .auth_base = "https://login.example",
    .api_version = "v25.0",
};

/* ---- signatures ---- */

static const char signed_body[] =
    "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"time\":1700000000000,\"messaging\":[{\"sender\":{\"id\":\"2\"},"
    "\"recipient\":{\"id\":\"1\"},\"timestamp\":1700000000000,\"message\":{\"mid\":\"m_1\",\"text\":"
    "\"\\u00e4\\u00f6\\u00e5 https:\\/\\/x.test\\/\"}}]}]}";
static const char same_in_utf8[] =
    "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"time\":1700000000000,\"messaging\":[{\"sender\":{\"id\":\"2\"},"
    "\"recipient\":{\"id\":\"1\"},\"timestamp\":1700000000000,\"message\":{\"mid\":\"m_1\",\"text\":"
    "\"\xc3\xa4\xc3\xb6\xc3\xa5 https://x.test/\"}}]}]}";

static bool is_signed(const char *signature, struct text body)
{
    struct header h[] = { { TEXT("X-Hub-Signature"), TEXT("sha1=0000000000000000000000000000000000000000") },
                          { TEXT("x-hub-signature-256"), text_of(signature) } };
    struct hook_request rq = { .method = TEXT("POST"), .headers = h, .header_count = 2, .body = body };

    return meta_verify(&rq, &channel);
}

static void only_the_raw_bytes_carry_the_signature(void **state)
{
    static const char v2[] = "sha256=a50a9487fdc4f329877765dab97c08b0e8617b32ff6d0fb8aef1c209443e7aa4";
    static const char v3[] = "sha256=6a8c85d267696f76facf191f986b01a6f42073d32434762b38824c67e6824794";
    static const char v4[] = "sha256=517bc4c7d1d8d400868e0ad6f64b77098b818a2f2595004253a1922302a602c0";

    (void)state;
    assert_int_equal(strlen(signed_body), 215);
    assert_int_equal(strlen(same_in_utf8), 200);
    assert_true(is_signed(v2, text_of(signed_body)));
    assert_false(is_signed(v2, text_of(same_in_utf8)));
    assert_true(is_signed(v3, text_of(same_in_utf8)));
    assert_true(is_signed(v4, TEXT("")));
    assert_false(is_signed(v2, TEXT("")));
}

static void a_signature_of_another_form_is_none(void **state)
{
    static const char *const bad[] = {
        "", "sha256=", "a50a9487fdc4f329877765dab97c08b0e8617b32ff6d0fb8aef1c209443e7aa4",
        "sha1=a50a9487fdc4f329877765dab97c08b0e8617b32ff6d0fb8aef1c209443e7aa4",
        "sha256=a50a9487fdc4f329877765dab97c08b0e8617b32ff6d0fb8aef1c209443e7aa",
        "sha256=a50a9487fdc4f329877765dab97c08b0e8617b32ff6d0fb8aef1c209443e7aa40",
        "sha256=z50a9487fdc4f329877765dab97c08b0e8617b32ff6d0fb8aef1c209443e7aa4",
        "sha256=a50a9487fdc4f329877765dab97c08b0e8617b32ff6d0fb8aef1c209443e7aa5",
    };
    struct hook_request bare = { .body = text_of(signed_body) };
    struct channel_facts open = channel;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(is_signed(bad[i], text_of(signed_body)));
    assert_false(meta_verify(&bare, &channel));
    open.hook_secret = TEXT("");
    struct header h = { TEXT("X-Hub-Signature-256"),
                        TEXT("sha256=b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad") };
    struct hook_request rq = { .headers = &h, .header_count = 1 };
    assert_false(meta_verify(&rq, &open));
}

static void the_handshake_repeats_the_challenge_to_whoever_knows_the_word(void **state)
{
    static const struct {
        const char *query, *answer;
    } rows[] = {
        { "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=kata%20sandi%2B1", "1158201444" },
        { "hub.verify_token=kata%20sandi%2B1&hub.challenge=a%26b&hub.mode=subscribe", "a&b" },
        { "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=kata%20sandi%2B1", NULL },
        { "hub.mode=subscribe&hub.challenge=1&hub.verify_token=salah", NULL },
        { "hub.mode=subscribe&hub.challenge=1&hub.verify_token=", NULL },
        { "hub.mode=subscribe&hub.challenge=1", NULL },
        { "hub.mode=subscribe&hub.verify_token=kata%20sandi%2B1", NULL },
        { "hub.mode=subscribe&hub.challenge=%zz&hub.verify_token=kata%20sandi%2B1", NULL },
        { "", NULL },
    };
    struct channel_facts open = channel;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct hook_request rq = { .method = TEXT("GET"), .query = text_of(rows[i].query) };
        struct buf out = BUF_INIT(4096);

        assert_int_equal(meta_challenge(&rq, &channel, &out), rows[i].answer ? 0 : -1);
        assert_text(buf_as_text(&out), rows[i].answer ? rows[i].answer : "");
        buf_fini(&out);
    }
    open.verify_token = TEXT("");
    struct hook_request rq = { .query = TEXT("hub.mode=subscribe&hub.challenge=1&hub.verify_token=") };
    struct buf out = BUF_INIT(4096);
    assert_int_equal(meta_challenge(&rq, &open, &out), -1);
    buf_fini(&out);
}

static void a_signed_request_names_its_person(void **state)
{
    static const struct {
        const char *request, *user;
    } rows[] = {
        { "ymlYdUfEpc-8NPnYxaSGI9x6NAeXA4oCRQNm3HAzYms."
          "eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTcwMDAwMDAwMCwidXNlcl9pZCI6IjIxODQ3MSJ9",
          "218471" },
        { "1UFYlr6u6J2jTnsRuZ8jh_gY5AiNPJ_TaYX-fHZySlw."
          "eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTcwMDAwMDAwMSwidXNlcl9pZCI6IjkifQ",
          "9" },
        { "1UFYlr6u6J2jTnsRuZ8jh_gY5AiNPJ_TaYX-fHZySlw."
          "eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTcwMDAwMDAwMCwidXNlcl9pZCI6IjIxODQ3MSJ9",
          NULL },
        { "eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsImlzc3VlZF9hdCI6MTcwMDAwMDAwMCwidXNlcl9pZCI6IjIxODQ3MSJ9", NULL },
        { ".eyJhbGdvcml0aG0iOiJITUFDLVNIQTI1NiIsInVzZXJfaWQiOiI5In0", NULL },
        { "", NULL },
        { ".", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *mem = arena_new(0);
        struct text user = TEXT("as before");

        assert_int_equal(meta_signed_request(text_of(rows[i].request), TEXT("test_app_secret"), mem, &user),
                         rows[i].user ? 0 : -1);
        assert_text(user, rows[i].user ? rows[i].user : "as before");
        user = TEXT("as before");
        assert_int_equal(meta_signed_request(text_of(rows[i].request), TEXT("other"), mem, &user), -1);
        assert_int_equal(meta_signed_request(text_of(rows[i].request), TEXT(""), mem, &user), -1);
        assert_text(user, "as before");
        arena_free(mem);
    }
}

/* ---- calls ---- */

static const struct header *header_named(const struct http_call *call, const char *name)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (str_equal_nocase(call->headers[i].name, text_of(name)))
            return &call->headers[i];
    return NULL;
}

static void a_call_carries_token_version_and_proof(void **state)
{
    struct arena *mem = arena_new(0);
    struct op op = { .kind = OP_CHECK, .channel = &channel };
    const struct meta_param params[] = { { "fields", TEXT("id,comments{a}") }, { "none", { NULL, 0 } } };
    struct step s = { .kind = STEP_RESULT };

    (void)state;
    assert_int_equal(meta_call(&op, mem,
                               &(struct meta_request){ .node = TEXT("a/../b"), .edge = "comments", .params = params,
                                                       .param_count = 2, .cursor = TEXT("QV=="),
                                                       .may_repeat = true },
                               &s),
                     0);
    assert_int_equal(s.kind, STEP_CALL);
    assert_string_equal(s.call.method, "GET");
    assert_string_equal(s.call.url,
                        "https://graph.example/v25.0/a%2F..%2Fb/comments?fields=id%2Ccomments%7Ba%7D&after=QV%3D%3D"
                        "&appsecret_proof=2f6c99f265a9e1644d725e8f9c96e439fcbf40a73357d1d98ba8b98fbfe445e4");
    assert_text(header_named(&s.call, "Authorization")->value, "Bearer EAAtesttoken");
    assert_null(header_named(&s.call, "Content-Type"));
    assert_true(s.call.may_repeat);
    assert_false(s.call.any_host);
    arena_free(mem);
}

static void a_token_that_could_end_a_header_is_never_sent(void **state)
{
    static const char *const bad[] = { "", "EAA\r\nHost: x", "EAA x", "EAA\x7f" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct arena *mem = arena_new(0);
        struct channel_facts ch = channel;
        struct op op = { .kind = OP_SEND, .channel = &ch };
        struct step s = { .kind = STEP_CALL };

        ch.token = text_of(bad[i]);
        assert_int_equal(meta_call(&op, mem, &(struct meta_request){ .body = json_object() }, &s), 0);
        assert_int_equal(s.kind, STEP_RESULT);
        assert_int_equal(s.outcome, OUTCOME_AUTH);
        arena_free(mem);
    }
}

static void a_file_goes_out_as_the_last_part_of_a_form(void **state)
{
    struct arena *mem = arena_new(0);
    struct op op = { .kind = OP_SEND, .channel = &channel };
    const struct meta_file file = { "filedata", TEXT("a\"\r\n.png"), TEXT("image/png"), TEXT("PNG") };
    struct step s = { .kind = STEP_RESULT };
    struct text body;

    (void)state;
    meta_call(&op, mem,
              &(struct meta_request){ .node = TEXT("me"), .edge = "messages", .file = &file,
                                      .body = json_pack("{s:{s:s}}", "recipient", "id", "7") },
              &s);
    body = s.call.body;
    assert_non_null(str_find(body, TEXT("name=\"recipient\"\r\n\r\n{\"id\":\"7\"}\r\n")));
    assert_non_null(str_find(body, TEXT("name=\"filedata\"; filename=\"a___.png\"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--")));
    assert_true(text_starts(header_named(&s.call, "Content-Type")->value, TEXT("multipart/form-data; boundary=")));
    assert_false(s.call.may_repeat);
    arena_free(mem);
}

static void the_next_page_is_asked_for_without_the_address_that_was_told(void **state)
{
    static const struct {
        const char *page, *cursor;
    } rows[] = {
        { "{\"paging\":{\"cursors\":{\"after\":\"B\"},\"next\":\"https://evil.example/?access_token=X&after=B\"}}", "B" },
        { "{\"paging\":{\"cursors\":{\"after\":\"B\"}}}", NULL },
        { "{\"paging\":{\"next\":\"https://evil.example/v25.0/1/feed?access_token=X&limit=25&until=17&__paging_token=t\"}}",
          "?limit=25&until=17&__paging_token=t" },
        { "{\"paging\":{\"next\":\"https://evil.example/\"}}", NULL },
        { "{\"data\":[]}", NULL },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct arena *mem = arena_new(0);
        json_error_t error;
        json_t *root = payload_load(mem, text_of(rows[i].page), &error);
        struct text cursor = meta_next_cursor(mem, root);

        assert_text(cursor, rows[i].cursor ? rows[i].cursor : "");
        assert_true((cursor.ptr != NULL) == (rows[i].cursor != NULL));
        json_decref(root);
        arena_free(mem);
    }
}

static void a_query_from_a_page_stays_a_query(void **state)
{
    struct arena *mem = arena_new(0);
    struct op op = { .kind = OP_BACKFILL, .channel = &channel };
    struct step s = { .kind = STEP_RESULT };

    (void)state;
    meta_call(&op, mem, &(struct meta_request){ .node = TEXT("1"), .edge = "feed", .cursor = TEXT("?until=1#x y\r\n?&l=2") },
              &s);
    assert_true(text_starts(text_of(s.call.url), TEXT("https://graph.example/v25.0/1/feed?until=1%23x%20y%0D%0A%3F&l=2&")));
    arena_free(mem);
}

static void media_is_fetched_without_the_token(void **state)
{
    static const char *const bad[] = { "/reel/1/", "My Documents/foo.doc", "", "ftp://x/", "https://", "https://x/a b" };
    struct arena *mem = arena_new(0);
    struct op op = { .kind = OP_MEDIA, .channel = &channel, .media_ref = TEXT("https://cdn.example/a?b=1"),
                     .max_bytes = 500 };
    struct step s = { .kind = STEP_RESULT };

    (void)state;
    meta_call_media(&op, &s, mem);
    assert_int_equal(s.kind, STEP_CALL);
    assert_true(s.call.any_host && s.call.to_file && s.call.may_repeat);
    assert_int_equal(s.call.header_count, 0);
    assert_int_equal(s.call.max_reply, 500);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        op.media_ref = text_of(bad[i]);
        meta_call_media(&op, &s, mem);
        assert_int_equal(s.kind, STEP_RESULT);
        assert_string_equal(s.why_code, "file_gone");
    }
    arena_free(mem);
}

/* ---- answers ---- */

struct answered {
    struct arena *mem;
    struct step step;
    bool is_good;
};

static struct answered answer_with(enum op_kind kind, int status, const char *body, const struct header *headers, size_t n)
{
    struct answered a = { .mem = arena_new(0), .step = { .until = TIME_NONE } };
    struct op op = { .kind = kind, .channel = &channel };
    struct http_reply reply = { .status = status, .sent = true, .body = text_of(body), .headers = headers,
                                .header_count = n };
    json_t *root = NULL;

    a.is_good = meta_answer(&op, &reply, NOW, a.mem, NULL, 0, &root, &a.step);
    json_decref(root);
    return a;
}

static void every_platform_wide_code_has_its_reaction(void **state)
{
    static const struct {
        int code, sub;
        enum outcome send, read;
        const char *why;
        int pause_s;
    } rows[] = {
        { 1, 0, OUTCOME_UNKNOWN, OUTCOME_RETRY, "unreachable", 0 },
        { 2, 0, OUTCOME_UNKNOWN, OUTCOME_RETRY, "unreachable", 0 },
        { 3, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 4, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 3600 },
        { 17, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 3600 },
        { 17, 2446079, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 3600 },
        { 32, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 3600 },
        { 341, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 3600 },
        { 613, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 60 },
        { 80001, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 300 },
        { 80002, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 300 },
        { 80006, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 300 },
        { 80007, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 300 },
        { 80008, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down", 300 },
        { 10, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 10, 77, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "rejected", 0 },
        { 200, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 299, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "permission_missing", 0 },
        { 100, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "rejected", 0 },
        { 100, 33, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "gone", 0 },
        { 102, 0, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 190, 0, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 467, 0, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 190, 458, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 102, 459, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 190, 460, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 190, 463, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 190, 464, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 190, 467, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 10, 492, OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized", 0 },
        { 104, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "app_secret_wrong", 0 },
        { 230, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "no_profile", 0 },
        { 368, 0, OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "restricted", 86400 },
        { 506, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "said_already", 0 },
        { 551, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "not_available", 0 },
        { 803, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "gone", 0 },
        { 2500, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "rejected", 0 },
        { 3001, 1504028, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "rejected", 0 },
        { 9010, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "no_profile", 0 },
        { 424242, 0, OUTCOME_PERMANENT, OUTCOME_PERMANENT, "rejected", 0 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (int as_text = 0; as_text < 2; as_text++)
            for (int status = 200; status <= 400; status += 200) {
                char body[256];

                snprintf(body, sizeof(body),
                         as_text ? "{\"error\":{\"message\":\"kata mereka\",\"code\":\"%d\",\"error_subcode\":\"%d\"}}"
                                 : "{\"error\":{\"message\":\"kata mereka\",\"code\":%d,\"error_subcode\":%d}}",
                         rows[i].code, rows[i].sub);
                for (int reads = 0; reads < 2; reads++) {
                    struct answered a = answer_with(reads ? OP_CHECK : OP_SEND, status, body, NULL, 0);

                    assert_false(a.is_good);
                    assert_int_equal(a.step.outcome, reads ? rows[i].read : rows[i].send);
                    assert_string_equal(a.step.why_code, rows[i].why);
                    assert_text(a.step.why, "kata mereka");
                    assert_true(a.step.until == (rows[i].pause_s ? NOW + rows[i].pause_s * US_PER_S : TIME_NONE));
                    arena_free(a.mem);
                }
            }
}

static void a_pause_lasts_as_long_as_the_header_says(void **state)
{
    const struct header use[] = {
        { TEXT("x-business-use-case-usage"),
          TEXT("{\"1122334455\":[{\"type\":\"pages\",\"call_count\":100,\"total_cputime\":25,\"total_time\":\"101\","
               "\"estimated_time_to_regain_access\":19},{\"type\":\"messenger\",\"call_count\":3}]}") },
        { TEXT("Retry-After"), TEXT("7") },
    };
    struct answered a = answer_with(OP_SEND, 400, "{\"error\":{\"code\":80006}}", use, 2);
    struct http_reply reply = { .headers = use, .header_count = 2 };
    int64_t resets = -1;

    (void)state;
    assert_true(a.step.until == NOW + 19 * 60 * US_PER_S);
    assert_int_equal(meta_usage(&reply, a.mem, &resets), 101);
    assert_int_equal(resets, 19 * 60 * US_PER_S);
    arena_free(a.mem);
    a = answer_with(OP_SEND, 400, "{\"error\":{\"code\":4}}", use + 1, 1);
    assert_true(a.step.until == NOW + 7 * US_PER_S);
    arena_free(a.mem);
    a = answer_with(OP_SEND, 429, "<html>busy</html>", use + 1, 1);
    assert_int_equal(a.step.outcome, OUTCOME_RETRY_AT);
    assert_true(a.step.until == NOW + 7 * US_PER_S);
    arena_free(a.mem);
}

static void what_is_no_graph_answer_leaves_a_send_open_and_a_read_to_repeat(void **state)
{
    static const struct {
        int status;
        const char *body;
    } rows[] = {
        { 0, "" },
        { 200, "" },
        { 502, "<html>bad gateway</html>" },
        { 503, "{}" },
        { 500, "{\"error\":{\"message\":\"oops\"}}" },
        { 400, "{\"error\":{\"code\":100,\"is_transient\":true}}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct answered a = answer_with(OP_SEND, rows[i].status, rows[i].body, NULL, 0);

        assert_int_equal(a.step.outcome, OUTCOME_UNKNOWN);
        arena_free(a.mem);
        a = answer_with(OP_BACKFILL, rows[i].status, rows[i].body, NULL, 0);
        assert_int_equal(a.step.outcome, OUTCOME_RETRY);
        arena_free(a.mem);
    }
}

static void the_words_for_a_person_come_first(void **state)
{
    static const struct {
        const char *body, *why;
    } rows[] = {
        { "{\"error\":{\"code\":100,\"message\":\"m\",\"error_data\":{\"details\":\"d\"},\"error_user_msg\":\"u\"}}", "u" },
        { "{\"error\":{\"code\":100,\"message\":\"m\",\"error_data\":{\"details\":\"d\"}}}", "d" },
        { "{\"error\":{\"code\":100,\"message\":\"m\",\"error_data\":\"s\"}}", "m" },
        { "{\"error_type\":\"OAuthException\",\"code\":400,\"error_message\":\"e\"}", "e" },
        { "{\"error\":\"plain\"}", "plain" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct answered a = answer_with(OP_CHECK, 400, rows[i].body, NULL, 0);

        assert_false(a.is_good);
        assert_text(a.step.why, rows[i].why);
        arena_free(a.mem);
    }
}

/* ---- login ---- */

struct login {
    struct arena *mem;
    struct channel_facts channel;
    struct op op;
    struct step_state state;
    struct step step;
};

static struct login login_new(enum op_kind kind)
{
    return (struct login){ .mem = arena_new(0), .channel = channel,
                           .op = { .kind = kind, .code = TEXT("kode"), .redirect_url = TEXT("https://toko.example/kembali") } };
}

static const char *after(struct login *l, const char *body)
{
    struct http_reply reply = { .status = 200, .body = text_of(body) };

    l->op.channel = &l->channel;
    l->step = (struct step){ .until = TIME_NONE };
    assert_int_equal(meta_login_step(&l->op, &l->state, body ? &reply : NULL, NOW, l->mem, &l->step), 0);
    return l->step.kind == STEP_CALL ? l->step.call.url : "";
}

static void a_login_ends_with_the_token_of_its_page(void **state)
{
    struct login l = login_new(OP_GRANT);

    (void)state;
    assert_string_equal(after(&l, NULL),
                        "https://login.example/v25.0/oauth/access_token?client_id=99887766&client_secret=test_app_secret"
                        "&redirect_uri=https%3A%2F%2Ftoko.example%2Fkembali&code=kode");
    assert_null(header_named(&l.step.call, "Authorization"));
    assert_string_equal(after(&l, "{\"access_token\":\"EAAshort\",\"token_type\":\"bearer\",\"expires_in\":5183999}"),
                        "https://login.example/v25.0/oauth/access_token?grant_type=fb_exchange_token&client_id=99887766"
                        "&client_secret=test_app_secret&fb_exchange_token=EAAshort");
    assert_true(text_starts(text_of(after(&l, "{\"access_token\":\"EAAlong\"}")),
                            TEXT("https://graph.example/v25.0/1122334455?fields=id%2Cname%2Caccess_token%2C")));
    assert_text(header_named(&l.step.call, "Authorization")->value, "Bearer EAAlong");
    after(&l, "{\"id\":\"1122334455\",\"name\":\"Warung Melati\",\"access_token\":\"EAAPAGE\"}");
    assert_int_equal(l.step.outcome, OUTCOME_OK);
    assert_text(l.step.grant.token, "EAAPAGE");
    assert_text(l.step.grant.refresh_token, "EAAlong");
    assert_true(l.step.grant.expires_at == TIME_NONE);
    assert_text(l.step.facts, "{\"id\":\"1122334455\",\"name\":\"Warung Melati\"}");
    arena_free(l.mem);
}

static void pages_are_offered_when_there_are_several_or_hidden_ones(void **state)
{
    struct login l = login_new(OP_GRANT);

    (void)state;
    l.channel.external_id = TEXT("");
    after(&l, NULL);
    after(&l, "{\"access_token\":\"EAAshort\"}");
    assert_non_null(strstr(after(&l, "{\"access_token\":\"EAAlong\"}"), "/me/accounts?fields=id%2Cname"));
    struct step_state before = l.state;
    after(&l, "{\"data\":[{\"id\":1,\"name\":\"A\",\"access_token\":\"X\",\"instagram_business_account\":{\"id\":\"1784\"}},"
              "{\"id\":\"2\",\"name\":\"B\"}],\"paging\":{\"next\":\"https://evil.example/?access_token=X\"}}");
    assert_text(l.step.facts, "{\"accounts\":[{\"id\":\"1\",\"name\":\"A\",\"instagram\":\"1784\"},"
                              "{\"id\":\"2\",\"name\":\"B\"}],\"more\":true}");
    assert_null(l.step.grant.token.ptr);
    assert_text(l.step.grant.refresh_token, "EAAlong");
    l.state = before;
    assert_non_null(strstr(after(&l, "{\"data\":[]}"), "/debug_token?input_token=EAAlong"));
    assert_text(header_named(&l.step.call, "Authorization")->value, "Bearer 99887766|test_app_secret");
    after(&l, "{\"data\":{\"granular_scopes\":[{\"scope\":\"pages_messaging\",\"target_ids\":[\"5\",6]},"
              "{\"scope\":\"pages_show_list\",\"target_ids\":[\"5\"]},{\"scope\":\"instagram_basic\",\"target_ids\":[\"9\"]}]}}");
    assert_text(l.step.facts, "{\"accounts\":[{\"id\":\"5\"},{\"id\":\"6\"}],\"more\":false}");
    l.state = before;
    after(&l, "{\"data\":[]}");
    after(&l, "{\"data\":{}}");
    assert_string_equal(l.step.why_code, "no_page");
    arena_free(l.mem);
}

static void a_page_token_is_renewed_with_the_persons(void **state)
{
    struct login l = login_new(OP_RENEW);

    (void)state;
    assert_true(text_starts(text_of(after(&l, NULL)), TEXT("https://graph.example/v25.0/1122334455?fields=")));
    assert_text(header_named(&l.step.call, "Authorization")->value, "Bearer EAAperson");
    after(&l, "{\"error\":{\"code\":190,\"error_subcode\":463,\"message\":\"expired\"}}");
    assert_int_equal(l.step.outcome, OUTCOME_AUTH);
    arena_free(l.mem);
    l = login_new(OP_RENEW);
    l.channel.refresh_token = TEXT("");
    after(&l, NULL);
    assert_int_equal(l.step.kind, STEP_RESULT);
    assert_int_equal(l.step.outcome, OUTCOME_AUTH);
    arena_free(l.mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_raw_bytes_carry_the_signature),
        cmocka_unit_test(a_signature_of_another_form_is_none),
        cmocka_unit_test(the_handshake_repeats_the_challenge_to_whoever_knows_the_word),
        cmocka_unit_test(a_signed_request_names_its_person),
        cmocka_unit_test(a_call_carries_token_version_and_proof),
        cmocka_unit_test(a_token_that_could_end_a_header_is_never_sent),
        cmocka_unit_test(a_file_goes_out_as_the_last_part_of_a_form),
        cmocka_unit_test(the_next_page_is_asked_for_without_the_address_that_was_told),
        cmocka_unit_test(a_query_from_a_page_stays_a_query),
        cmocka_unit_test(media_is_fetched_without_the_token),
        cmocka_unit_test(every_platform_wide_code_has_its_reaction),
        cmocka_unit_test(a_pause_lasts_as_long_as_the_header_says),
        cmocka_unit_test(what_is_no_graph_answer_leaves_a_send_open_and_a_read_to_repeat),
        cmocka_unit_test(the_words_for_a_person_come_first),
        cmocka_unit_test(a_login_ends_with_the_token_of_its_page),
        cmocka_unit_test(pages_are_offered_when_there_are_several_or_hidden_ones),
        cmocka_unit_test(a_page_token_is_renewed_with_the_persons),
    };

    return crypto_init() ? 1 : RUN(tests);
}

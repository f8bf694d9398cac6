#include "unit.h"

#include "platform/connector.h"
#include "util/str.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

/* 2026-09-21T14:13:20Z; the day ends in Los Angeles at 2026-09-22T07:00:00Z. */
#define NOW (INT64_C(1790000000) * US_PER_S)
#define MIDNIGHT (INT64_C(1790060400) * US_PER_S)

struct machine {
    struct arena *mem;
    struct channel_facts channel;
    struct op op;
    struct step_state state;
    struct step step;
    time_us now;
};

static struct machine machine_new(enum op_kind kind)
{
    return (struct machine){
        .mem = arena_new(0),
        .channel = { .platform = PLATFORM_YOUTUBE,
                     .external_id = TEXT("UCtoko"),
                     .token = TEXT("ya29.sah"),
                     .refresh_token = TEXT("1//segar"),
                     .app_id = TEXT("klien"),
                     .app_secret = TEXT("rahasia&1"),
                     .api_base = "https://api.example",
                     .auth_base = "https://auth.example/token" },
        .op = { .kind = kind, .thread_type = THREAD_COMMENT, .sent_after = TIME_NONE },
        .now = NOW,
    };
}

static void go(struct machine *m, const struct http_reply *reply)
{
    struct fail why = { .code = FAIL_NONE };

    m->op.channel = &m->channel;
    assert_int_equal(youtube_connector.step(&m->op, &m->state, reply, m->now, m->mem, &m->step, &why), 0);
}

static void answer(struct machine *m, int status, const char *body)
{
    struct http_reply reply = { .status = status, .body = text_of(body) };

    go(m, &reply);
}

static void is_call(struct machine *m, const char *method, const char *path)
{
    go(m, NULL);
    assert_int_equal(m->step.kind, STEP_CALL);
    assert_string_equal(m->step.call.method, method);
    assert_string_equal(m->step.call.url, arena_printf(m->mem, "https://api.example/youtube/v3/%s", path));
    assert_text(m->step.call.headers[0].name, "Authorization");
    assert_text(m->step.call.headers[0].value, "Bearer ya29.sah");
    assert_null(strstr(m->step.call.url, "ya29"));
}

static void is_result(const struct machine *m, enum outcome outcome, const char *code)
{
    assert_int_equal(m->step.kind, STEP_RESULT);
    assert_int_equal(m->step.outcome, outcome);
    if (code)
        assert_string_equal(m->step.why_code, code);
}

/* ---- requests ---- */

static void answers_go_under_the_top_comment(void **state)
{
    static const struct {
        const char *thread, *path, *body;
    } rows[] = {
        { "UgxTop1", "comments?part=snippet", "{\"snippet\":{\"parentId\":\"UgxTop1\",\"textOriginal\":\"Siap\"}}" },
        { "UgxTop1.9abc", "comments?part=snippet", "{\"snippet\":{\"parentId\":\"UgxTop1\",\"textOriginal\":\"Siap\"}}" },
        { "vid00000001", "commentThreads?part=snippet",
          "{\"snippet\":{\"channelId\":\"UCtoko\",\"videoId\":\"vid00000001\",\"topLevelComment\":{\"snippet\":"
          "{\"textOriginal\":\"Siap\"}}}}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct machine m = machine_new(OP_SEND);

        m.op.thread_id = text_of(rows[i].thread);
        m.op.text = TEXT("Siap");
        is_call(&m, "POST", rows[i].path);
        assert_text(m.step.call.body, rows[i].body);
        assert_false(m.step.call.may_repeat);
        answer(&m, 200, "{\"id\":\"UgxNew\",\"snippet\":{\"publishedAt\":\"2026-09-21T14:13:20Z\"}}");
        is_result(&m, OUTCOME_OK, NULL);
        assert_text(m.step.external_id, "UgxNew");
        assert_int_equal(m.step.sent_at, NOW);
        assert_int_equal(m.step.cost, 50);
        arena_free(m.mem);
    }
}

static void what_cannot_be_sent_is_not_tried(void **state)
{
    static const struct event_attachment photo = { .type = ATTACHMENT_IMAGE };
    struct machine m = machine_new(OP_SEND);
    char *much = arena_alloc(m.mem, 10001);

    (void)state;
    memset(much, 'a', 10001);
    m.op.thread_id = TEXT("UgxTop1");
    m.op.text = (struct text){ much, 10001 };
    go(&m, NULL);
    is_result(&m, OUTCOME_PERMANENT, "too_long");
    m.op.text.len = 10000;
    go(&m, NULL);
    assert_int_equal(m.step.kind, STEP_CALL);
    m.op.text = TEXT(" \n");
    go(&m, NULL);
    is_result(&m, OUTCOME_PERMANENT, "empty");
    m.op.text = TEXT("ya");
    m.op.attachment = &photo;
    go(&m, NULL);
    is_result(&m, OUTCOME_PERMANENT, "not_possible");
    m.op.attachment = NULL;
    m.op.send_as = SEND_PRIVATE;
    go(&m, NULL);
    is_result(&m, OUTCOME_PERMANENT, "not_possible");
    m.op.send_as = SEND_PLAIN;
    m.channel.token = TEXT("a\r\nHost: x");
    go(&m, NULL);
    is_result(&m, OUTCOME_AUTH, "unauthorized");
    for (enum op_kind kind = OP_CHECK; kind < OP_KIND_COUNT; kind++) {
        static const enum op_kind none[] = { OP_MEDIA, OP_HOOK_SET, OP_HOOK_DROP, OP_HOOK_INFO, OP_REACT, OP_MARK_READ,
                                             OP_TEMPLATES };

        for (size_t i = 0; i < COUNT_OF(none); i++)
            if (none[i] == kind) {
                m.channel.token = TEXT("ya29.sah");
                m.op.kind = kind;
                go(&m, NULL);
                is_result(&m, OUTCOME_PERMANENT, "not_possible");
            }
    }
    arena_free(m.mem);
}

static void moderation_names_the_state(void **state)
{
    static const struct {
        enum moderation act;
        const char *method, *path;
    } rows[] = {
        { MODERATE_HOLD, "POST", "comments/setModerationStatus?moderationStatus=heldForReview&id=Ugx%2C1" },
        { MODERATE_HIDE, "POST", "comments/setModerationStatus?moderationStatus=heldForReview&id=Ugx%2C1" },
        { MODERATE_PUBLISH, "POST", "comments/setModerationStatus?moderationStatus=published&id=Ugx%2C1" },
        { MODERATE_UNHIDE, "POST", "comments/setModerationStatus?moderationStatus=published&id=Ugx%2C1" },
        { MODERATE_REJECT, "POST", "comments/setModerationStatus?moderationStatus=rejected&id=Ugx%2C1" },
        { MODERATE_DELETE, "DELETE", "comments?id=Ugx%2C1" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct machine m = machine_new(OP_MODERATE);

        m.op.target = TEXT("Ugx,1");
        m.op.moderation = rows[i].act;
        is_call(&m, rows[i].method, rows[i].path);
        assert_int_equal(m.step.call.body.len, 0);
        answer(&m, 204, "");
        is_result(&m, OUTCOME_OK, NULL);
        assert_int_equal(m.step.cost, 50);
        arena_free(m.mem);
    }
    struct machine m = machine_new(OP_MODERATE);
    m.op.target = TEXT("Ugx1");
    m.op.moderation = MODERATE_LIKE;
    go(&m, NULL);
    is_result(&m, OUTCOME_PERMANENT, "not_possible");
    arena_free(m.mem);
}

/* ---- errors ---- */

static const char *error_body(struct arena *mem, int status, const char *reason)
{
    return arena_printf(mem, "{\"error\":{\"code\":%d,\"message\":\"Kata <a href=\\\"x\\\">vendor</a>\",\"errors\":"
                             "[{\"message\":\"m\",\"domain\":\"d\",\"reason\":\"%s\"}]}}",
                        status, reason);
}

static void each_error_asks_for_its_reaction(void **state)
{
    static const struct {
        int status;
        const char *reason;
        enum outcome outcome;
        const char *code;
    } rows[] = {
        { 403, "quotaExceeded", OUTCOME_QUOTA, "quota_used" },
        { 403, "dailyLimitExceeded", OUTCOME_QUOTA, "quota_used" },
        { 403, "rateLimitExceeded", OUTCOME_RETRY, "slow_down" },
        { 429, "rateLimitExceeded", OUTCOME_RETRY, "slow_down" },
        { 403, "userRateLimitExceeded", OUTCOME_RETRY, "slow_down" },
        { 429, "RESOURCE_EXHAUSTED", OUTCOME_RETRY, "slow_down" },
        { 429, "", OUTCOME_RETRY, "slow_down" },
        { 403, "commentsDisabled", OUTCOME_PERMANENT, "comments_off" },
        { 403, "forbidden", OUTCOME_PERMANENT, "forbidden" },
        { 403, "insufficientPermissions", OUTCOME_AUTH, "permission_missing" },
        { 403, "ineligibleAccount", OUTCOME_PERMANENT, "account_missing" },
        { 403, "accessNotConfigured", OUTCOME_PERMANENT, "api_off" },
        { 403, "sesuatu", OUTCOME_PERMANENT, "forbidden" },
        { 401, "authError", OUTCOME_AUTH, "unauthorized" },
        { 401, "", OUTCOME_AUTH, "unauthorized" },
        { 400, "commentTextRequired", OUTCOME_PERMANENT, "empty" },
        { 400, "commentTextTooLong", OUTCOME_PERMANENT, "too_long" },
        { 400, "invalidCommentMetadata", OUTCOME_PERMANENT, "rejected" },
        { 400, "invalidCustomEmoji", OUTCOME_PERMANENT, "rejected" },
        { 400, "parentIdMissing", OUTCOME_PERMANENT, "rejected" },
        { 400, "operationNotSupported", OUTCOME_PERMANENT, "reply_off" },
        { 400, "parentCommentIsPrivate", OUTCOME_PERMANENT, "comment_private" },
        { 400, "banWithoutReject", OUTCOME_PERMANENT, "rejected" },
        { 400, "sesuatu", OUTCOME_PERMANENT, "rejected" },
        { 404, "commentNotFound", OUTCOME_PERMANENT, "comment_gone" },
        { 404, "parentCommentNotFound", OUTCOME_PERMANENT, "comment_gone" },
        { 404, "commentThreadNotFound", OUTCOME_PERMANENT, "comment_gone" },
        { 404, "videoNotFound", OUTCOME_PERMANENT, "post_gone" },
        { 404, "channelNotFound", OUTCOME_PERMANENT, "account_missing" },
        { 409, "backendError", OUTCOME_UNKNOWN, "unreachable" },
        { 500, "backendError", OUTCOME_UNKNOWN, "unreachable" },
        { 503, "backendError", OUTCOME_UNKNOWN, "unreachable" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct machine m = machine_new(OP_SEND);

        m.op.thread_id = TEXT("UgxTop1");
        m.op.text = TEXT("Siap");
        go(&m, NULL);
        answer(&m, rows[i].status, error_body(m.mem, rows[i].status, rows[i].reason));
        is_result(&m, rows[i].outcome, rows[i].code);
        assert_int_equal(m.step.cost, 50);
        if (rows[i].outcome == OUTCOME_QUOTA)
            assert_int_equal(m.step.until, MIDNIGHT);
        if (rows[i].outcome == OUTCOME_PERMANENT)
            assert_text(m.step.why, "Kata vendor");
        if (rows[i].outcome == OUTCOME_UNKNOWN) {       /* what makes nothing may simply be asked again */
            m.op.kind = OP_MODERATE;
            m.op.target = TEXT("UgxTop1");
            answer(&m, rows[i].status, error_body(m.mem, rows[i].status, rows[i].reason));
            is_result(&m, OUTCOME_RETRY, "unreachable");
        }
        arena_free(m.mem);
    }
}

static void a_missing_scope_is_named_in_both_forms(void **state)
{
    struct machine m = machine_new(OP_CHECK);

    (void)state;
    go(&m, NULL);
    answer(&m, 403, "{\"error\":{\"code\":403,\"message\":\"m\",\"status\":\"PERMISSION_DENIED\",\"errors\":[{\"reason\":"
                    "\"forbidden\"}],\"details\":[{\"reason\":\"ACCESS_TOKEN_SCOPE_INSUFFICIENT\"}]}}");
    is_result(&m, OUTCOME_AUTH, "permission_missing");
    assert_text(m.step.why, "https://www.googleapis.com/auth/youtube.force-ssl");
    arena_free(m.mem);
}

static void a_pause_that_is_told_is_kept(void **state)
{
    const struct header pause = { TEXT("retry-after"), TEXT("7") };
    struct machine m = machine_new(OP_MODERATE);
    struct http_reply reply = { .status = 429, .body = text_of("{\"error\":{\"errors\":[{\"reason\":\"rateLimitExceeded\"}]}}"),
                                .headers = &pause, .header_count = 1 };

    (void)state;
    m.op.target = TEXT("UgxTop1");
    go(&m, NULL);
    go(&m, &reply);
    is_result(&m, OUTCOME_RETRY_AT, "slow_down");
    assert_int_equal(m.step.until, NOW + 7 * US_PER_S);
    arena_free(m.mem);
}

static void a_silent_line_leaves_a_send_unknown_only_when_it_left(void **state)
{
    struct http_reply reply = { .status = 0, .error = TEXT("Connection refused") };
    struct machine m = machine_new(OP_SEND);

    (void)state;
    m.op.thread_id = TEXT("UgxTop1");
    m.op.text = TEXT("Siap");
    go(&m, NULL);
    go(&m, &reply);
    is_result(&m, OUTCOME_RETRY, "unreachable");
    assert_int_equal(m.step.cost, 0);
    reply.sent = true;
    go(&m, &reply);
    is_result(&m, OUTCOME_UNKNOWN, "unreachable");
    reply = (struct http_reply){ .status = 200, .body = TEXT("<html>") };
    go(&m, &reply);
    is_result(&m, OUTCOME_UNKNOWN, "unreachable");
    arena_free(m.mem);
}

static void a_processing_failure_is_tried_again_once_after_half_a_minute(void **state)
{
    struct machine m = machine_new(OP_SEND);
    const char *body = error_body(m.mem, 400, "processingFailure");

    (void)state;
    m.op.thread_id = TEXT("UgxTop1");
    m.op.text = TEXT("Siap");
    go(&m, NULL);
    answer(&m, 400, body);
    assert_int_equal(m.step.kind, STEP_WAIT);
    assert_int_equal(m.step.until, NOW + 30 * US_PER_S);
    m.now = m.step.until;
    go(&m, NULL);
    assert_int_equal(m.step.kind, STEP_CALL);
    answer(&m, 400, body);
    is_result(&m, OUTCOME_PERMANENT, "rejected");
    arena_free(m.mem);
}

/* ---- tokens ---- */

static void each_token_error_asks_for_its_reaction(void **state)
{
    static const struct {
        int status;
        const char *error;
        enum outcome outcome;
        const char *code;
    } rows[] = {
        { 400, "invalid_grant", OUTCOME_AUTH, "login_again" },      { 401, "invalid_client", OUTCOME_AUTH, "app_secret_wrong" },
        { 401, "unauthorized_client", OUTCOME_AUTH, "app_secret_wrong" },
        { 400, "redirect_uri_mismatch", OUTCOME_PERMANENT, "redirect_wrong" },
        { 400, "invalid_request", OUTCOME_PERMANENT, "rejected" },  { 429, "", OUTCOME_RETRY, "slow_down" },
        { 500, "internal_failure", OUTCOME_RETRY, "unreachable" },  { 503, "", OUTCOME_RETRY, "unreachable" },
        { 0, "", OUTCOME_RETRY, "unreachable" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct machine m = machine_new(OP_RENEW);

        go(&m, NULL);
        answer(&m, rows[i].status, arena_printf(m.mem, "{\"error\":\"%s\",\"error_description\":\"kata\"}", rows[i].error));
        is_result(&m, rows[i].outcome, rows[i].code);
        assert_null(m.step.grant.token.ptr);
        arena_free(m.mem);
    }
}

static void renewing_keeps_the_old_refresh_token_when_none_comes(void **state)
{
    struct machine m = machine_new(OP_RENEW);

    (void)state;
    m.channel.token = TEXT("");                         /* a dead one is no hindrance */
    go(&m, NULL);
    assert_string_equal(m.step.call.url, "https://auth.example/token");
    assert_text(m.step.call.body, "grant_type=refresh_token&refresh_token=1%2F%2Fsegar&client_id=klien&client_secret="
                                  "rahasia%261");
    answer(&m, 200, "{\"access_token\":\"ya29.baru\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
    is_result(&m, OUTCOME_OK, NULL);
    assert_text(m.step.grant.token, "ya29.baru");
    assert_null(m.step.grant.refresh_token.ptr);
    assert_int_equal(m.step.grant.expires_at, NOW + 3599 * US_PER_S);
    m.channel.refresh_token = TEXT("");
    go(&m, NULL);
    is_result(&m, OUTCOME_AUTH, "login_again");
    arena_free(m.mem);
}

/* ---- the day's units ---- */

static void the_day_ends_at_midnight_in_los_angeles(void **state)
{
    static const struct {
        const char *now, *reset;
    } rows[] = {
        { "2026-01-15T07:59:59Z", "2026-01-15T08:00:00.000Z" }, { "2026-01-15T08:00:00Z", "2026-01-16T08:00:00.000Z" },
        { "2026-07-15T06:59:59Z", "2026-07-15T07:00:00.000Z" }, { "2026-07-15T07:00:00Z", "2026-07-16T07:00:00.000Z" },
        { "2026-03-08T07:59:59Z", "2026-03-08T08:00:00.000Z" }, { "2026-03-08T08:00:00Z", "2026-03-09T07:00:00.000Z" },
        { "2026-03-08T12:00:00Z", "2026-03-09T07:00:00.000Z" }, { "2026-11-01T06:59:59Z", "2026-11-01T07:00:00.000Z" },
        { "2026-11-01T07:00:00Z", "2026-11-02T08:00:00.000Z" }, { "2026-11-01T20:00:00Z", "2026-11-02T08:00:00.000Z" },
        { "2027-03-14T09:00:00Z", "2027-03-15T07:00:00.000Z" }, { "2026-12-31T20:00:00Z", "2027-01-01T08:00:00.000Z" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct machine m = machine_new(OP_QUOTA);
        json_t *facts;

        assert_int_equal(time_parse(text_of(rows[i].now), &m.now), 0);
        go(&m, NULL);
        is_result(&m, OUTCOME_OK, NULL);
        facts = json_loadb(m.step.facts.ptr, m.step.facts.len, 0, NULL);
        assert_string_equal(json_string_value(json_object_get(facts, "resets_at")), rows[i].reset);
        assert_int_equal(json_integer_value(json_object_get(facts, "limit")), 10000);
        assert_null(json_object_get(facts, "used"));
        assert_int_equal(json_integer_value(json_object_get(json_object_get(facts, "costs"), "send")), 50);
        json_decref(facts);
        arena_free(m.mem);
    }
}

/* ---- polling ---- */

static const char *thread(struct arena *mem, const char *id, const char *at, int replies)
{
    return arena_printf(mem, "{\"kind\":\"youtube#commentThread\",\"id\":\"%s\",\"snippet\":{\"videoId\":\"vid00000001\","
                             "\"totalReplyCount\":%d,\"topLevelComment\":{\"id\":\"%s\",\"snippet\":{\"textDisplay\":\"x\","
                             "\"publishedAt\":\"%s\",\"updatedAt\":\"%s\"}}}}",
                        id, replies, id, at, at);
}

/* Polls until nothing is due, answering each kind of call with what it is given; returns how many calls there were. */
static int drain(struct machine *m, const char *threads, const char *asked)
{
    int calls = 0;

    for (; calls < 50; calls++) {
        m->state = (struct step_state){ 0 };
        go(m, NULL);
        if (m->step.kind == STEP_RESULT)
            break;
        if (asked && strstr(m->step.call.url, asked))
            break;
        bool is_news = strstr(m->step.call.url, "commentThreads") && strstr(m->step.call.url, "allThreads") &&
                       !strstr(m->step.call.url, "moderationStatus");
        answer(m, 200, is_news ? arena_printf(m->mem, "{\"items\":[%s]}", threads) : "{\"items\":[]}");
        is_result(m, OUTCOME_OK, NULL);
        assert_int_equal(m->step.cost, 1);
        m->op.cursor = m->step.cursor;
    }
    return calls;
}

static void a_first_round_ends_and_says_when_to_come_back(void **state)
{
    struct machine m = machine_new(OP_POLL);
    int calls = drain(&m, thread(m.mem, "Ugx1", "2026-09-21T14:10:00Z", 0), NULL);

    (void)state;
    assert_in_range(calls, 3, 8);
    assert_true(m.step.is_last);
    assert_int_equal(m.step.until, NOW + 60 * US_PER_S);          /* somebody wrote minutes ago */
    assert_int_equal(m.step.page.len, 0);
    m.now = m.step.until;
    go(&m, NULL);
    assert_non_null(strstr(m.step.call.url, "allThreadsRelatedToChannelId=UCtoko"));
    arena_free(m.mem);
}

static void a_quiet_channel_is_asked_seldom(void **state)
{
    struct machine m = machine_new(OP_POLL);

    (void)state;
    (void)drain(&m, thread(m.mem, "Ugx1", "2026-08-30T14:10:00Z", 0), NULL);
    assert_true(m.step.is_last);
    assert_in_range(m.step.until, NOW + 600 * US_PER_S, NOW + 900 * US_PER_S);
    arena_free(m.mem);
}

/* What is left of the day is spread over what is left of the day. */
static void few_units_left_slow_polling_down(void **state)
{
    struct machine m = machine_new(OP_POLL);

    (void)state;
    m.channel.state = TEXT("{\"quota\":{\"used\":8900,\"resets_at\":\"2026-09-22T07:00:00Z\"}}");
    (void)drain(&m, thread(m.mem, "Ugx1", "2026-09-21T14:10:00Z", 0), NULL);
    assert_true(m.step.is_last);
    assert_in_range(m.step.until, NOW + 1200 * US_PER_S, NOW + 1300 * US_PER_S);
    m.channel.state = TEXT("{\"quota\":{\"used\":9000,\"resets_at\":\"2026-09-22T07:00:00Z\"}}");
    go(&m, NULL);
    is_result(&m, OUTCOME_QUOTA, "quota_used");
    assert_int_equal(m.step.until, MIDNIGHT);
    arena_free(m.mem);
}

/* A day of polling a busy channel: within nine tenths of the units, without a pause longer than minutes. */
static void a_busy_day_stays_within_the_budget(void **state)
{
    struct machine m = machine_new(OP_POLL);
    time_us end = NOW + 86400 * US_PER_S, longest = 0;
    int64_t spent = 0;

    (void)state;
    for (int n = 0; m.now < end; n++) {
        char at[TIME_TEXT_SIZE];
        struct buf all = BUF_INIT(1 << 16);
        time_us last = m.now;

        for (int i = 0; i < 8; i++) {
            time_us said = m.now - (i * 60 + 5) * US_PER_S;

            buf_printf(&all, "%s%s", i ? "," : "",
                       thread(m.mem, arena_printf(m.mem, "Ugx%d", (int)(said / (60 * US_PER_S))), time_format(said, at), 9));
        }
        spent += drain(&m, all.ptr, NULL);
        buf_fini(&all);
        assert_int_equal(m.step.kind, STEP_RESULT);
        assert_int_equal(m.step.outcome, OUTCOME_OK);
        m.now = m.step.until > m.now ? m.step.until : m.now + 5 * US_PER_S;
        longest = m.now - last > longest ? m.now - last : longest;
        m.op.cursor = arena_text(m.mem, m.op.cursor);
        struct machine fresh = machine_new(OP_POLL);
        fresh.now = m.now;
        fresh.op.cursor = arena_text(fresh.mem, m.op.cursor);
        assert_in_range(fresh.op.cursor.len, 1, 100000);
        arena_free(m.mem);
        m = fresh;
        assert_in_range(n, 0, 20000);
    }
    assert_in_range(spent, 1000, 9000);
    assert_in_range(longest, 1, 300 * US_PER_S);
    arena_free(m.mem);
}

static void a_count_that_grew_asks_for_the_replies(void **state)
{
    struct machine m = machine_new(OP_POLL);

    (void)state;
    (void)drain(&m, thread(m.mem, "Ugx1", "2026-09-21T14:10:00Z", 0), NULL);
    m.now += 1800 * US_PER_S;
    (void)drain(&m, thread(m.mem, "Ugx1", "2026-09-21T14:10:00Z", 3), "parentId=Ugx1");
    assert_int_equal(m.step.kind, STEP_CALL);
    arena_free(m.mem);
}

static void a_strange_cursor_begins_anew(void **state)
{
    static const char *const cursors[] = { "", "x", "[]", "{\"watch\":7,\"due\":\"x\"}", "{\"watch\":[1,[],[\"a\"]],\"list\":99}",
                                           "{\"watch\":[[\"a\",1,2,3,4,5,6,2]],\"list\":-5,\"day\":\"y\",\"queue\":[[7]]}",
                                           "{\"stage\":77}", "{\"stage\":2,\"queue\":[{}]}" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        static const enum op_kind kinds[] = { OP_POLL, OP_BACKFILL };

        for (size_t k = 0; k < COUNT_OF(kinds); k++) {
            struct machine m = machine_new(kinds[k]);

            m.op.cursor = text_of(cursors[i]);
            go(&m, NULL);
            answer(&m, 200, "{\"items\":[]}");
            assert_int_equal(m.step.kind, STEP_RESULT);
            arena_free(m.mem);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_go_under_the_top_comment),
        cmocka_unit_test(what_cannot_be_sent_is_not_tried),
        cmocka_unit_test(moderation_names_the_state),
        cmocka_unit_test(each_error_asks_for_its_reaction),
        cmocka_unit_test(a_missing_scope_is_named_in_both_forms),
        cmocka_unit_test(a_pause_that_is_told_is_kept),
        cmocka_unit_test(a_silent_line_leaves_a_send_unknown_only_when_it_left),
        cmocka_unit_test(a_processing_failure_is_tried_again_once_after_half_a_minute),
        cmocka_unit_test(each_token_error_asks_for_its_reaction),
        cmocka_unit_test(renewing_keeps_the_old_refresh_token_when_none_comes),
        cmocka_unit_test(the_day_ends_at_midnight_in_los_angeles),
        cmocka_unit_test(a_first_round_ends_and_says_when_to_come_back),
        cmocka_unit_test(a_quiet_channel_is_asked_seldom),
        cmocka_unit_test(few_units_left_slow_polling_down),
        cmocka_unit_test(a_busy_day_stays_within_the_budget),
        cmocka_unit_test(a_count_that_grew_asks_for_the_replies),
        cmocka_unit_test(a_strange_cursor_begins_anew),
    };

    return RUN(tests);
}

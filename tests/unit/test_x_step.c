#include "unit.h"

#include "platform/connector.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW      (1790000000 * US_PER_S) /* 2026-09-21 14:13:20 UTC */
#define MIDNIGHT (1790035200 * US_PER_S) /* the next one, in UTC */
#define US       "1111111111"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_X,
    .external_id = TEXT_INIT(US),
    .hook_secret = TEXT_INIT("consumersecret"),
    .token = TEXT_INIT("user-token"),
    .refresh_token = TEXT_INIT("refresh-1"),
    .app_id = TEXT_INIT("client"),
    .app_secret = TEXT_INIT("secret"),
    .api_base = "https://api.example",
};

struct call {
    struct arena *mem;
    struct channel_facts channel;
    struct op op;
    struct step_state state;
    struct step step;
    time_us now;
};

static void step(struct call *c, const struct http_reply *reply)
{
    struct fail why = { .code = FAIL_NONE };

    c->op.channel = &c->channel;
    assert_int_equal(x_connector.step(&c->op, &c->state, reply, c->now, c->mem, &c->step, &why), 0);
}

static struct call call_new(enum op_kind kind)
{
    struct call c = { .mem = arena_new(0), .channel = channel, .now = NOW };

    c.op.kind = kind;
    c.op.thread_type = THREAD_COMMENT;
    if (kind == OP_SEND || kind == OP_LOOK) {
        c.op.thread_id = TEXT("1990000000000000001");
        c.op.reply_to = TEXT("1990000000000000002");
        c.op.text = TEXT("Siap kak");
        c.op.sent_after = kind == OP_LOOK ? NOW - 300 * US_PER_S : 0;
    }
    return c;
}

static struct call direct_new(enum op_kind kind)
{
    struct call c = call_new(kind);

    c.op.thread_type = THREAD_DIRECT;
    c.op.thread_id = TEXT(US "-2222222222");
    c.op.reply_to = (struct text) { NULL, 0 };
    return c;
}

static void begin(struct call *c, const char *method, const char *url)
{
    c->state = (struct step_state) { .stage = 0 };
    step(c, NULL);
    assert_int_equal(c->step.kind, STEP_CALL);
    assert_string_equal(c->step.call.method, method);
    if (!strstr(c->step.call.url, url))
        fail_msg("%s is not in %s", url, c->step.call.url);
}

static void answer_with(struct call *c, int status, const char *body, const struct header *headers, size_t count)
{
    struct http_reply reply = { .status = status, .body = text_of(body), .headers = headers, .header_count = count };

    step(c, &reply);
}

static void answer(struct call *c, int status, const char *body)
{
    answer_with(c, status, body, NULL, 0);
}

static void assert_result(const struct call *c, enum outcome outcome, const char *code)
{
    assert_int_equal(c->step.kind, STEP_RESULT);
    if (code)
        assert_string_equal(c->step.why_code ? c->step.why_code : "(none)", code);
    assert_int_equal(c->step.outcome, outcome);
}

static void end(struct call *c)
{
    arena_free(c->mem);
}

/* platforms-others.md §4.7, line for line, and what stands beside it. */
static void every_known_error_gets_the_reaction_it_asks_for(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum outcome post, read;
        const char *code;
    } rows[] = {
        { 429, "{\"title\":\"Too Many Requests\",\"status\":429}", OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down" },
        { 429, "{\"errors\":[{\"code\":88,\"message\":\"Rate limit exceeded\"}]}", OUTCOME_RETRY_AT, OUTCOME_RETRY_AT,
          "slow_down" },
        { 429, "", OUTCOME_RETRY_AT, OUTCOME_RETRY_AT, "slow_down" },
        { 429, "{\"title\":\"UsageCapExceeded\",\"period\":\"Monthly\"}", OUTCOME_QUOTA, OUTCOME_QUOTA, "quota_used" },
        { 429, "{\"title\":\"Usage\",\"type\":\"https://api.x.com/2/problems/usage-capped\"}", OUTCOME_QUOTA,
          OUTCOME_QUOTA, "quota_used" },
        { 429, "{\"title\":\"Usage\",\"type\":\"https://api.twitter.com/2/problems/usage-capped\"}", OUTCOME_QUOTA,
          OUTCOME_QUOTA, "quota_used" },
        { 402, "{\"title\":\"CreditsDepleted\",\"type\":\"https://api.twitter.com/2/problems/credits\"}", OUTCOME_QUOTA,
          OUTCOME_QUOTA, "credits_used" },
        { 403,
          "{\"detail\":\"Reply to this conversation is not allowed because you have not been mentioned or otherwise "
          "engaged by the author of the post you are replying to.\",\"type\":\"about:blank\",\"status\":403}",
          OUTCOME_PERMANENT, OUTCOME_PERMANENT, "reply_not_allowed" },
        { 403, "{\"type\":\"https://api.x.com/2/problems/client-forbidden\",\"title\":\"Client Forbidden\"}",
          OUTCOME_PERMANENT, OUTCOME_PERMANENT, "permission_missing" },
        { 403, "{\"type\":\"https://api.twitter.com/2/problems/oauth1-permissions\"}", OUTCOME_PERMANENT,
          OUTCOME_PERMANENT, "permission_missing" },
        { 403, "{\"detail\":\"You are not permitted to perform this action.\",\"type\":\"about:blank\"}",
          OUTCOME_PERMANENT, OUTCOME_PERMANENT, "forbidden" },
        { 401, "{\"title\":\"Unauthorized\",\"status\":401}", OUTCOME_AUTH, OUTCOME_AUTH, "unauthorized" },
        { 400,
          "{\"errors\":[{\"message\":\"x\"}],\"title\":\"Invalid Request\","
          "\"type\":\"https://api.x.com/2/problems/invalid-request\"}",
          OUTCOME_PERMANENT, OUTCOME_PERMANENT, "rejected" },
        { 404, "{\"type\":\"https://api.x.com/2/problems/resource-not-found\"}", OUTCOME_PERMANENT, OUTCOME_PERMANENT,
          "comment_gone" },
        { 418, "{}", OUTCOME_PERMANENT, OUTCOME_PERMANENT, "rejected" },
        { 500, "{}", OUTCOME_UNKNOWN, OUTCOME_RETRY, "unreachable" },
        { 503, "<html>", OUTCOME_UNKNOWN, OUTCOME_RETRY, "unreachable" },
        { 200, "<html>", OUTCOME_UNKNOWN, OUTCOME_RETRY, "unreachable" },
        { 301, "", OUTCOME_UNKNOWN, OUTCOME_RETRY, "unreachable" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call send = call_new(OP_SEND), check = call_new(OP_CHECK);

        begin(&send, "POST", "/2/tweets");
        answer(&send, rows[i].status, rows[i].body);
        assert_result(&send, rows[i].post, rows[i].code);
        begin(&check, "GET", "/2/users/me");
        answer(&check, rows[i].status, rows[i].body);
        assert_result(&check, rows[i].read, rows[i].code);
        if (rows[i].post == OUTCOME_RETRY_AT)
            assert_true(send.step.until >= NOW + 60 * US_PER_S);
        if (rows[i].post == OUTCOME_QUOTA)
            assert_true(send.step.until > NOW);
        end(&send);
        end(&check);
    }
}

static void a_lost_answer_is_unknown_only_if_the_post_had_left(void **state)
{
    struct http_reply lost = { .status = 0, .sent = true, .error = TEXT("reset") };
    struct call c = call_new(OP_SEND);

    (void)state;
    begin(&c, "POST", "/2/tweets");
    step(&c, &lost);
    assert_result(&c, OUTCOME_UNKNOWN, "unreachable");
    lost.sent = false;
    begin(&c, "POST", "/2/tweets");
    step(&c, &lost);
    assert_result(&c, OUTCOME_RETRY, "unreachable");
    end(&c);
}

static void a_pause_lasts_until_the_window_opens_again(void **state)
{
    static const struct header quarter[] = { { TEXT_INIT("x-rate-limit-reset"), TEXT_INIT("1790000300") } };
    static const struct header day[] = { { TEXT_INIT("X-Rate-Limit-Reset"), TEXT_INIT("1790000300") },
                                         { TEXT_INIT("x-user-limit-24hour-remaining"), TEXT_INIT("0") },
                                         { TEXT_INIT("x-user-limit-24hour-reset"), TEXT_INIT("1790040000") } };
    static const struct header past[] = { { TEXT_INIT("x-rate-limit-reset"), TEXT_INIT("1") } };
    struct call c = direct_new(OP_SEND);

    (void)state;
    begin(&c, "POST", "/2/dm_conversations/with/2222222222/messages");
    answer_with(&c, 429, "{}", quarter, 1);
    assert_true(c.step.until == 1790000300 * US_PER_S);
    begin(&c, "POST", "/messages");
    answer_with(&c, 429, "{}", day, 3);
    assert_true(c.step.until == 1790040000 * US_PER_S);
    begin(&c, "POST", "/messages");
    answer_with(&c, 429, "{}", past, 1);
    assert_true(c.step.until == NOW + 60 * US_PER_S);
    end(&c);
}

static void a_reply_names_what_it_answers_and_tells_its_id_and_cost(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    begin(&c, "POST", "https://api.example/2/tweets");
    assert_text(c.step.call.body,
                "{\"text\":\"Siap kak\",\"reply\":{\"in_reply_to_tweet_id\":\"1990000000000000002\"}}");
    assert_text(c.step.call.headers[0].value, "Bearer user-token");
    assert_false(c.step.call.may_repeat);
    answer(&c, 201, "{\"data\":{\"id\":\"1990000000000000009\",\"text\":\"Siap kak\"}}");
    assert_result(&c, OUTCOME_OK, NULL);
    assert_text(c.step.external_id, "1990000000000000009");
    assert_int_equal(c.step.cost, 15);
    assert_true(c.step.sent_at != TIME_NONE);
    c.op.text = TEXT("Lihat https://toko.example/a");
    begin(&c, "POST", "/2/tweets");
    answer(&c, 201, "{\"data\":{\"id\":\"1990000000000000009\"}}");
    assert_int_equal(c.step.cost, 200);
    end(&c);
}

static void direct_messages_go_to_the_other_person_or_the_group(void **state)
{
    struct call c = direct_new(OP_SEND);

    (void)state;
    begin(&c, "POST", "/2/dm_conversations/with/2222222222/messages");
    assert_text(c.step.call.body, "{\"text\":\"Siap kak\"}");
    answer(&c, 201, "{\"data\":{\"dm_conversation_id\":\"a\",\"dm_event_id\":\"1990000000000000101\"}}");
    assert_text(c.step.external_id, "1990000000000000101");
    c.op.thread_type = THREAD_GROUP;
    c.op.thread_id = TEXT("1990000000000000777");
    begin(&c, "POST", "/2/dm_conversations/1990000000000000777/messages");
    answer(&c, 403, "{\"detail\":\"You are not permitted to perform this action.\"}");
    assert_result(&c, OUTCOME_PERMANENT, "dm_refused");
    c.op.thread_id = TEXT("../me");
    c.state.stage = 0;
    step(&c, NULL);
    assert_result(&c, OUTCOME_PERMANENT, "chat_not_found");
    end(&c);
}

static void a_private_answer_asks_for_the_author_first(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    c.op.send_as = SEND_PRIVATE;
    begin(&c, "GET", "/2/tweets/1990000000000000002?tweet.fields=author_id");
    answer(&c, 200, "{\"data\":{\"id\":\"1990000000000000002\",\"text\":\"a\",\"author_id\":\"2222222222\"}}");
    assert_int_equal(c.step.kind, STEP_CALL);
    assert_string_equal(c.step.call.url, "https://api.example/2/dm_conversations/with/2222222222/messages");
    c.op.author_id = TEXT("3333");
    memset(&c.state, 0, sizeof c.state);
    begin(&c, "POST", "/2/dm_conversations/with/3333/messages");
    end(&c);
}

static void what_is_too_long_is_not_sent(void **state)
{
    struct call c = call_new(OP_SEND);
    char *letters = arena_alloc(c.mem, 20000);

    (void)state;
    memset(letters, 'a', 20000);
    c.op.text = (struct text) { letters, 281 };
    step(&c, NULL);
    assert_result(&c, OUTCOME_PERMANENT, "too_long");
    c.op.text.len = 280;
    begin(&c, "POST", "/2/tweets");
    c.op.thread_type = THREAD_DIRECT;
    c.op.thread_id = TEXT(US "-2222222222");
    c.op.text.len = 10000;
    begin(&c, "POST", "/messages");
    c.op.text.len = 10001;
    c.state.stage = 0;
    step(&c, NULL);
    assert_result(&c, OUTCOME_PERMANENT, "too_long");
    end(&c);
}

#define DUPLICATE "{\"detail\":\"You are not allowed to create a Tweet with duplicate content.\",\"status\":403}"
#define OWN(when)                                                                                                      \
    "{\"data\":[{\"id\":\"1990000000000000031\",\"text\":\"@ani_id Siap kak\",\"created_at\":\"" when "\","            \
    "\"referenced_tweets\":[{\"type\":\"replied_to\",\"id\":\"1990000000000000002\"}]}]}"

static void a_duplicate_is_looked_up_before_it_counts_as_refused(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    begin(&c, "POST", "/2/tweets");
    answer(&c, 403, DUPLICATE);
    assert_int_equal(c.step.kind, STEP_CALL);
    assert_non_null(strstr(c.step.call.url, "/2/users/" US "/tweets?"));
    answer(&c, 200, OWN("2026-09-21T14:10:00.000Z"));
    assert_result(&c, OUTCOME_DUPLICATE_OK, NULL);
    assert_text(c.step.external_id, "1990000000000000031");
    begin(&c, "POST", "/2/tweets");
    answer(&c, 403, DUPLICATE);
    answer(&c, 200, OWN("2026-09-21T10:00:00.000Z"));
    assert_result(&c, OUTCOME_PERMANENT, "duplicate_text");
    begin(&c, "POST", "/2/tweets");
    answer(&c, 403, DUPLICATE);
    answer(&c, 503, "");
    assert_result(&c, OUTCOME_UNKNOWN, "duplicate_text");
    end(&c);
}

static void an_undecided_send_is_found_or_is_not(void **state)
{
    struct call c = call_new(OP_LOOK), d = direct_new(OP_LOOK);

    (void)state;
    begin(&c, "GET", "/2/users/" US "/tweets?max_results=100&start_time=2026-09-21T14%3A06%3A20.000Z");
    answer(&c, 200, OWN("2026-09-21T14:10:00.000Z"));
    assert_result(&c, OUTCOME_OK, NULL);
    assert_text(c.step.external_id, "1990000000000000031");
    begin(&c, "GET", "/tweets?");
    answer(&c, 200, "{\"meta\":{\"result_count\":0}}");
    assert_result(&c, OUTCOME_PERMANENT, "not_sent");
    c.op.sent_after = NOW - 10 * US_PER_S;
    begin(&c, "GET", "/tweets?");
    answer(&c, 200, "{\"meta\":{\"result_count\":0}}");
    assert_result(&c, OUTCOME_UNKNOWN, "too_early");
    begin(&c, "GET", "/tweets?");
    answer(&c, 404, "{}");
    assert_result(&c, OUTCOME_UNKNOWN, NULL);
    begin(&d, "GET", "/2/dm_conversations/with/2222222222/dm_events?");
    answer(&d, 200,
           "{\"data\":[{\"id\":\"41\",\"sender_id\":\"2222222222\",\"text\":\"Siap kak\","
           "\"created_at\":\"2026-09-21T14:12:00.000Z\"},{\"id\":\"42\",\"sender_id\":\"" US "\","
           "\"text\":\"Siap kak\",\"created_at\":\"2026-09-21T14:11:00.000Z\"}]}");
    assert_result(&d, OUTCOME_OK, NULL);
    assert_text(d.step.external_id, "42");
    end(&c);
    end(&d);
}

static void a_budget_holds_back_only_where_one_is_set(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    begin(&c, "POST", "/2/tweets");
    c.channel.state = TEXT("{\"quota\":{\"limit\":100,\"day\":20717,\"used\":86}}");
    c.state.stage = 0;
    step(&c, NULL);
    assert_result(&c, OUTCOME_QUOTA, "budget_used");
    assert_true(c.step.until == MIDNIGHT);
    c.channel.state = TEXT("{\"quota\":{\"limit\":100,\"day\":20717,\"used\":85}}");
    begin(&c, "POST", "/2/tweets");
    c.channel.state = TEXT("{\"quota\":{\"limit\":100,\"day\":20716,\"used\":99}}");
    begin(&c, "POST", "/2/tweets");
    c.channel.state = TEXT("{\"quota\":{\"limit\":100,\"day\":20717,\"used\":86},\"prices\":{\"post\":14}}");
    begin(&c, "POST", "/2/tweets");
    c.op.kind = OP_QUOTA;
    c.state.stage = 0;
    step(&c, NULL);
    assert_result(&c, OUTCOME_OK, NULL);
    assert_non_null(strstr(c.step.facts.ptr, "\"limit\":100,\"used\":86,\"resets_at\":\"2026-09-22T00:00:00.000Z\""));
    assert_non_null(strstr(c.step.facts.ptr, "\"post\":14"));
    end(&c);
}

static void poll(struct call *c, const char *url, int status, const char *body)
{
    begin(c, "GET", url);
    answer(c, status, body);
    assert_int_equal(c->step.kind, STEP_RESULT);
    if (c->step.cursor.len)
        c->op.cursor = c->step.cursor;
}

static void mentions_are_read_to_the_last_page_before_the_place_moves(void **state)
{
    struct call c = call_new(OP_POLL);

    (void)state;
    c.op.cursor = TEXT("{\"m\":{\"since\":\"100\"},\"d\":{\"next\":1790009999},\"p\":{\"next\":1790009999},"
                       "\"n\":{\"next\":1790009999},\"a\":{\"next\":1790009999}}");
    poll(&c, "/2/users/" US "/mentions?max_results=100&since_id=100&", 200,
         "{\"data\":[{\"id\":\"300\",\"text\":\"c\"}],\"meta\":{\"newest_id\":\"300\",\"next_token\":\"t1\"}}");
    assert_false(c.step.is_last);
    assert_non_null(strstr(c.step.page.ptr, "{\"page\":\"mentions\",\"channel\":\"" US "\""));
    assert_int_equal(c.step.cost, 1);
    poll(&c, "since_id=100&", 503, "");
    assert_result(&c, OUTCOME_RETRY, "unreachable");
    begin(&c, "GET", "since_id=100&");
    assert_non_null(strstr(c.step.call.url, "pagination_token=t1"));
    answer(&c, 200, "{\"data\":[{\"id\":\"200\",\"text\":\"b\"}],\"meta\":{}}");
    assert_true(c.step.is_last);
    assert_true(c.step.until == NOW + 60 * US_PER_S);
    assert_non_null(strstr(c.step.cursor.ptr, "\"since\":\"300\""));
    assert_null(strstr(c.step.cursor.ptr, "t1"));
    c.op.cursor = c.step.cursor;
    c.now = c.step.until;
    poll(&c, "since_id=300&", 200, "{\"meta\":{\"result_count\":0}}");
    assert_int_equal(c.step.page.len, 0);
    assert_non_null(strstr(c.step.cursor.ptr, "\"since\":\"300\""));
    end(&c);
}

static void a_place_too_old_is_forgotten(void **state)
{
    struct call c = call_new(OP_POLL);

    (void)state;
    c.op.cursor = TEXT("{\"m\":{\"since\":\"100\"}}");
    poll(&c, "since_id=100&", 400,
         "{\"errors\":[{\"parameters\":{\"since_id\":[\"100\"]},\"message\":\"must be newer\"}],"
         "\"type\":\"https://api.x.com/2/problems/invalid-request\"}");
    assert_result(&c, OUTCOME_OK, NULL);
    assert_null(strstr(c.step.cursor.ptr, "since"));
    poll(&c, "/mentions?max_results=100&tweet.fields", 400, "{}");
    assert_result(&c, OUTCOME_PERMANENT, "rejected");
    end(&c);
}

static void direct_messages_are_read_until_a_known_one_and_within_their_window(void **state)
{
    static const struct header spent[] = { { TEXT_INIT("x-rate-limit-remaining"), TEXT_INIT("0") },
                                           { TEXT_INIT("x-rate-limit-reset"), TEXT_INIT("1790000800") } };
    struct call c = call_new(OP_POLL);

    (void)state;
    c.op.cursor = TEXT("{\"m\":{\"next\":1790009999},\"d\":{\"since\":\"500\"},\"p\":{\"next\":1790009999},"
                       "\"n\":{\"next\":1790009999},\"a\":{\"next\":1790009999}}");
    poll(&c, "/2/dm_events?max_results=100&", 200,
         "{\"data\":[{\"id\":\"1700\"},{\"id\":\"900\"}],\"meta\":{\"next_token\":\"t\"}}");
    assert_false(c.step.is_last);
    assert_null(strstr(c.step.call.url ? c.step.call.url : "", "since_id"));
    begin(&c, "GET", "pagination_token=t");
    answer_with(&c, 200, "{\"data\":[{\"id\":\"600\"},{\"id\":\"500\"}],\"meta\":{\"next_token\":\"u\"}}", spent, 2);
    assert_true(c.step.is_last);
    assert_true(c.step.until == 1790000800 * US_PER_S);
    assert_non_null(strstr(c.step.cursor.ptr, "\"since\":\"1700\""));
    c.op.cursor = c.step.cursor;
    c.now = c.step.until;
    poll(&c, "/2/dm_events", 403, "{\"type\":\"https://api.x.com/2/problems/client-forbidden\"}");
    assert_result(&c, OUTCOME_OK, "permission_missing");
    assert_true(c.step.until > c.now);
    c.state.stage = 0;
    step(&c, NULL);
    assert_result(&c, OUTCOME_OK, NULL);
    assert_true(c.step.is_last);
    end(&c);
}

static void the_past_is_read_part_by_part(void **state)
{
    struct call c = call_new(OP_BACKFILL);

    (void)state;
    poll(&c, "/mentions?", 200, "{\"data\":[{\"id\":\"1\"}],\"meta\":{\"next_token\":\"t\"}}");
    poll(&c, "pagination_token=t", 200, "{\"data\":[{\"id\":\"2\"}],\"meta\":{}}");
    assert_false(c.step.is_last);
    poll(&c, "/2/users/" US "/tweets?", 429, "{}");
    assert_result(&c, OUTCOME_RETRY_AT, "slow_down");
    poll(&c, "/2/users/" US "/tweets?", 200, "{\"meta\":{\"result_count\":0}}");
    poll(&c, "/2/dm_events?", 403, "{}");
    assert_result(&c, OUTCOME_OK, "forbidden");
    assert_true(c.step.is_last);
    end(&c);
}

static void what_others_see_is_hidden_shown_and_deleted(void **state)
{
    struct call c = call_new(OP_MODERATE);

    (void)state;
    c.op.target = TEXT("77");
    c.op.moderation = MODERATE_HIDE;
    begin(&c, "PUT", "/2/tweets/77/hidden");
    assert_text(c.step.call.body, "{\"hidden\":true}");
    answer(&c, 200, "{\"data\":{\"hidden\":true}}");
    assert_result(&c, OUTCOME_OK, NULL);
    begin(&c, "PUT", "/hidden");
    answer(&c, 200, "{\"data\":{\"hidden\":false}}");
    assert_result(&c, OUTCOME_PERMANENT, "rejected");
    c.op.moderation = MODERATE_UNHIDE;
    begin(&c, "PUT", "/hidden");
    assert_text(c.step.call.body, "{\"hidden\":false}");
    c.op.moderation = MODERATE_DELETE;
    begin(&c, "DELETE", "/2/tweets/77");
    answer(&c, 404, "{}");
    assert_result(&c, OUTCOME_OK, NULL);
    c.op.thread_type = THREAD_DIRECT;
    c.op.thread_id = TEXT("1-2");
    begin(&c, "DELETE", "/2/dm_events/77");
    c.op.moderation = MODERATE_LIKE;
    c.state.stage = 0;
    step(&c, NULL);
    assert_result(&c, OUTCOME_PERMANENT, "not_possible");
    end(&c);
}

static void tokens_are_granted_and_renewed_once_each(void **state)
{
    struct http_reply lost = { .status = 0, .sent = true, .error = TEXT("reset") };
    struct call c = call_new(OP_GRANT);

    (void)state;
    c.op.code = TEXT("abc");
    c.op.code_verifier = TEXT("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    c.op.redirect_url = TEXT("https://toko.example/oauth/x");
    begin(&c, "POST", "https://api.example/2/oauth2/token");
    assert_text(c.step.call.body, "grant_type=authorization_code&code=abc"
                                  "&redirect_uri=https%3A%2F%2Ftoko.example%2Foauth%2Fx"
                                  "&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_text(c.step.call.headers[1].value, "Basic Y2xpZW50OnNlY3JldA==");
    answer(&c, 200,
           "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_in\":7200,\"scope\":\"tweet.read "
           "users.read tweet.write tweet.moderate.write dm.write media.write offline.access\"}");
    assert_result(&c, OUTCOME_AUTH, "permission_missing");
    assert_text(c.step.why, "dm.read");
    c.op.kind = OP_RENEW;
    begin(&c, "POST", "/2/oauth2/token");
    assert_text(c.step.call.body, "grant_type=refresh_token&refresh_token=refresh-1");
    assert_false(c.step.call.may_repeat);
    answer(&c, 200, "{\"access_token\":\"b\",\"refresh_token\":\"refresh-2\",\"expires_in\":7200}");
    assert_text(c.step.grant.token, "b");
    assert_text(c.step.grant.refresh_token, "refresh-2");
    assert_true(c.step.grant.expires_at == NOW + 7200 * US_PER_S);
    begin(&c, "POST", "/2/oauth2/token");
    answer(&c, 400,
           "{\"error\":\"invalid_request\",\"error_description\":\"Value passed for the token was invalid.\"}");
    assert_result(&c, OUTCOME_AUTH, "login_again");
    begin(&c, "POST", "/2/oauth2/token");
    step(&c, &lost);
    assert_result(&c, OUTCOME_RETRY, "unreachable");
    end(&c);
}

static void files_are_fetched_with_the_token_only_from_the_api(void **state)
{
    struct call c = call_new(OP_MEDIA);

    (void)state;
    c.op.media_ref = TEXT("dm/41/1/abc.jpg");
    begin(&c, "GET", "https://api.example/2/dm_conversations/media/41/1/abc.jpg");
    assert_false(c.step.call.any_host);
    assert_true(c.step.call.to_file);
    answer(&c, 404, "");
    assert_result(&c, OUTCOME_PERMANENT, "file_gone");
    c.op.media_ref = TEXT("https://pbs.example/a.jpg");
    begin(&c, "GET", "https://pbs.example/a.jpg");
    assert_true(c.step.call.any_host);
    assert_int_equal(c.step.call.header_count, 0);
    c.op.media_ref = TEXT("dm/41/1/../../me");
    c.state.stage = 0;
    step(&c, NULL);
    assert_result(&c, OUTCOME_PERMANENT, "file_gone");
    end(&c);
}

static void a_token_that_could_break_a_header_is_never_sent(void **state)
{
    struct call c = call_new(OP_CHECK);

    (void)state;
    c.channel.token = TEXT("a\r\nHost: b");
    step(&c, NULL);
    assert_result(&c, OUTCOME_AUTH, "unauthorized");
    c.channel.token = (struct text) { NULL, 0 };
    c.op.kind = OP_SEND;
    c.op.thread_id = TEXT("1");
    c.op.text = TEXT("a");
    step(&c, NULL);
    assert_result(&c, OUTCOME_AUTH, "unauthorized");
    end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_error_gets_the_reaction_it_asks_for),
        cmocka_unit_test(a_lost_answer_is_unknown_only_if_the_post_had_left),
        cmocka_unit_test(a_pause_lasts_until_the_window_opens_again),
        cmocka_unit_test(a_reply_names_what_it_answers_and_tells_its_id_and_cost),
        cmocka_unit_test(direct_messages_go_to_the_other_person_or_the_group),
        cmocka_unit_test(a_private_answer_asks_for_the_author_first),
        cmocka_unit_test(what_is_too_long_is_not_sent),
        cmocka_unit_test(a_duplicate_is_looked_up_before_it_counts_as_refused),
        cmocka_unit_test(an_undecided_send_is_found_or_is_not),
        cmocka_unit_test(a_budget_holds_back_only_where_one_is_set),
        cmocka_unit_test(mentions_are_read_to_the_last_page_before_the_place_moves),
        cmocka_unit_test(a_place_too_old_is_forgotten),
        cmocka_unit_test(direct_messages_are_read_until_a_known_one_and_within_their_window),
        cmocka_unit_test(the_past_is_read_part_by_part),
        cmocka_unit_test(what_others_see_is_hidden_shown_and_deleted),
        cmocka_unit_test(tokens_are_granted_and_renewed_once_each),
        cmocka_unit_test(files_are_fetched_with_the_token_only_from_the_api),
        cmocka_unit_test(a_token_that_could_break_a_header_is_never_sent),
    };

    return RUN(tests);
}

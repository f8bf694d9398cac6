#include "unit.h"

#include "platform/connector.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FIXTURES "tests/fixtures/telegram"

static const struct channel_facts channel = {
    .id = 1,
    .platform = PLATFORM_TELEGRAM,
    .external_id = { "7700000001", 10 },
    .hook_secret = { "rahasia-benar", 13 },
    .token = { "7700000001:AAFakeFakeFakeFakeFakeFakeFakeFakeFak", 46 },
    .api_base = "https://api.example",
    .file_base = "https://files.example/file",
};

static struct text token_of_test(void)
{
    return TEXT("7700000001:AAFakeFakeFakeFakeFakeFakeFakeFakeFak");
}

static struct text read_file(struct arena *mem, const char *name)
{
    static char path[512];
    FILE *f;
    char *bytes = arena_alloc(mem, 1 << 20);
    size_t len;

    snprintf(path, sizeof(path), FIXTURES "/%s", name);
    f = fopen(path, "re");
    assert_non_null(f);
    len = fread(bytes, 1, 1 << 20, f);
    fclose(f);
    return (struct text){ bytes, len };
}

static int write_event(const struct event *ev, void *arg)
{
    event_write(ev, arg);
    return 0;
}

static void every_update_kind_gives_its_normal_form(void **state)
{
    static const char *const names[] = { "direct", "media", "group", "business", "odd", "page" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct arena *mem = arena_new(0);
        struct buf out = BUF_INIT(1 << 20);
        struct fail why = { .code = FAIL_NONE };
        struct text wanted = read_file(mem, arena_printf(mem, "%s.jsonl", names[i]));
        struct text body = read_file(mem, arena_printf(mem, "%s.json", names[i]));

        assert_int_equal(telegram_connector.parse(body, &channel, mem, write_event, &out, &why), 0);
        buf_char(&out, '\0');
        assert_string_equal(out.ptr, arena_copy(mem, wanted));
        buf_fini(&out);
        arena_free(mem);
    }
}

static void what_is_no_json_is_a_bad_request(void **state)
{
    static const char *const bad[] = { "", "{", "[1", "7", "\"x\"", "{\"a\":\"\\ud800}", "{\"update_id\":1e999}" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct arena *mem = arena_new(0);
        struct buf out = BUF_INIT(1 << 16);
        struct fail why = { .code = FAIL_NONE };

        assert_int_equal(telegram_connector.parse(text_of(bad[i]), &channel, mem, write_event, &out, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_REQUEST);
        assert_int_equal(out.len, 0);
        buf_fini(&out);
        arena_free(mem);
    }
}

static void a_call_needs_the_secret(void **state)
{
    struct header h = { { "x-telegram-bot-api-secret-token", 31 }, { "rahasia-benar", 13 } };
    struct hook_request rq = { .headers = &h, .header_count = 1 };
    struct channel_facts open = channel;

    (void)state;
    assert_true(telegram_connector.verify(&rq, &channel));
    h.value = TEXT("rahasia-salah");
    assert_false(telegram_connector.verify(&rq, &channel));
    h.value = TEXT("rahasia-benar2");
    assert_false(telegram_connector.verify(&rq, &channel));
    rq.header_count = 0;
    assert_false(telegram_connector.verify(&rq, &channel));
    open.hook_secret = TEXT("");
    h.value = TEXT("");
    rq.header_count = 1;
    assert_false(telegram_connector.verify(&rq, &open));
}

static void long_texts_are_cut_at_lines_then_words_never_inside_a_letter(void **state)
{
    struct arena *mem = arena_new(0);
    char *long_word = arena_alloc(mem, 9000), *emoji = arena_alloc(mem, 5000 * 4 + 1);
    unsigned count = 0;

    (void)state;
    assert_text(telegram_connector.part(TEXT("pendek"), 0, &count), "pendek");
    assert_int_equal(count, 1);
    memset(long_word, 'a', 9000);
    assert_int_equal(telegram_connector.part((struct text){ long_word, 9000 }, 2, &count).len, 9000 - 2 * 4096);
    assert_int_equal(count, 3);
    long_word[3000] = '\n';
    assert_int_equal(telegram_connector.part((struct text){ long_word, 9000 }, 0, &count).len, 3001);
    long_word[3000] = ' ';
    assert_int_equal(telegram_connector.part((struct text){ long_word, 5000 }, 0, &count).len, 3001);
    for (size_t i = 0; i < 5000; i++)
        memcpy(emoji + 4 * i, "\xf0\x9f\x98\x80", 4);
    assert_int_equal(telegram_connector.part((struct text){ emoji, 20000 }, 0, &count).len, 2048 * 4);
    assert_int_equal(telegram_connector.part((struct text){ emoji, 20000 }, 2, &count).len, (5000 - 4096) * 4);
    assert_int_equal(count, 3);
    arena_free(mem);
}

/* ---- calls ---- */

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

    c.channel.token = token_of_test();
    c.op.kind = kind;
    return c;
}

static void step(struct call *c, const struct http_reply *reply)
{
    struct fail why = { .code = FAIL_NONE };

    c->op.channel = &c->channel;
    assert_int_equal(telegram_connector.step(&c->op, &c->state, reply, 1790000000 * US_PER_S, c->mem, &c->step, &why),
                     0);
}

static void answer(struct call *c, int status, const char *body)
{
    struct http_reply reply = { .status = status, .body = text_of(body) };

    step(c, NULL);
    step(c, &reply);
    assert_int_equal(c->step.kind, STEP_RESULT);
}

static void sends_name_chat_topic_connection_and_what_they_answer(void **state)
{
    static const struct {
        const char *thread, *reply_to, *body;
    } rows[] = {
        { "7000000001", "7000000001/77",
          "{\"chat_id\":7000000001,\"reply_parameters\":{\"message_id\":77,\"allow_sending_without_reply\":true},"
          "\"text\":\"Siap\"}" },
        { "7000000001", "", "{\"chat_id\":7000000001,\"text\":\"Siap\"}" },
        { "-100123#12", "", "{\"message_thread_id\":12,\"chat_id\":-100123,\"text\":\"Siap\"}" },
        { "-100123/800", "",
          "{\"chat_id\":-100123,\"reply_parameters\":{\"message_id\":800,\"allow_sending_without_reply\":true},"
          "\"text\":\"Siap\"}" },
        { "-100123/800", "-100123/812",
          "{\"chat_id\":-100123,\"reply_parameters\":{\"message_id\":812,\"allow_sending_without_reply\":true},"
          "\"text\":\"Siap\"}" },
        { "b:bc1/7000000003", "b:bc1/7000000003/31",
          "{\"business_connection_id\":\"bc1\",\"chat_id\":7000000003,\"reply_parameters\":{\"message_id\":31,"
          "\"allow_sending_without_reply\":true},\"text\":\"Siap\"}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call c = call_new(OP_SEND);

        c.op.thread_id = text_of(rows[i].thread);
        c.op.reply_to = text_of(rows[i].reply_to);
        c.op.text = TEXT("Siap");
        step(&c, NULL);
        assert_int_equal(c.step.kind, STEP_CALL);
        assert_false(c.step.call.may_repeat);
        assert_string_equal(c.step.call.url,
                            "https://api.example/bot7700000001:AAFakeFakeFakeFakeFakeFakeFakeFakeFak/sendMessage");
        assert_text(c.step.call.body, rows[i].body);
        arena_free(c.mem);
    }
}

static void an_accepted_send_tells_its_id_and_time(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    c.op.thread_id = TEXT("-100123#12");
    c.op.text = TEXT("Siap");
    answer(&c, 200, "{\"ok\":true,\"result\":{\"message_id\":9007199254740993,\"date\":1790000001}}");
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    assert_text(c.step.external_id, "-100123/9007199254740993");
    assert_true(c.step.sent_at == 1790000001 * US_PER_S);
    arena_free(c.mem);
}

static void a_picture_goes_out_as_a_form_with_its_caption(void **state)
{
    struct event_attachment picture = { .type = ATTACHMENT_IMAGE, .mime = { "image/png", 9 }, .name = { "a\"\r\nb.png", 9 } };
    struct call c = call_new(OP_SEND);

    (void)state;
    c.op.thread_id = TEXT("7000000001");
    c.op.text = TEXT("Ini kak");
    c.op.attachment = &picture;
    c.op.attachment_bytes = TEXT("\x89PNG");
    step(&c, NULL);
    assert_non_null(strstr(c.step.call.url, "/sendPhoto"));
    assert_true(text_starts(c.step.call.headers[0].value, TEXT("multipart/form-data; boundary=")));
    c.step.call.body.ptr = arena_copy(c.mem, c.step.call.body);
    assert_non_null(strstr(c.step.call.body.ptr, "name=\"chat_id\"\r\n\r\n7000000001\r\n"));
    assert_non_null(strstr(c.step.call.body.ptr, "name=\"caption\"\r\n\r\nIni kak\r\n"));
    assert_non_null(strstr(c.step.call.body.ptr, "name=\"photo\"; filename=\"a___b.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n"));
    picture.type = ATTACHMENT_FILE;
    step(&c, NULL);
    assert_non_null(strstr(c.step.call.url, "/sendDocument"));
    arena_free(c.mem);
}

struct error_row {
    enum op_kind op;
    int status;
    const char *body;
    enum outcome outcome;
    const char *code;
};

#define REFUSED(code, words) "{\"ok\":false,\"error_code\":" #code ",\"description\":\"" words "\"}"

static void every_error_class_has_its_outcome(void **state)
{
    static const struct error_row rows[] = {
        { OP_SEND, 403, REFUSED(403, "Forbidden: bot was blocked by the user"), OUTCOME_CONTACT_GONE, "blocked" },
        { OP_SEND, 403, REFUSED(403, "Forbidden: user is deactivated"), OUTCOME_CONTACT_GONE, "deactivated" },
        { OP_SEND, 403, REFUSED(403, "Forbidden: bot was kicked from the supergroup chat"), OUTCOME_PERMANENT, "kicked" },
        { OP_SEND, 403, REFUSED(403, "Forbidden: bot is not a member of the channel chat"), OUTCOME_PERMANENT, "not_member" },
        { OP_SEND, 403, REFUSED(403, "Forbidden: the group chat was deleted"), OUTCOME_PERMANENT, "chat_gone" },
        { OP_SEND, 403, REFUSED(403, "Forbidden: something new"), OUTCOME_PERMANENT, "forbidden" },
        { OP_SEND, 400, REFUSED(400, "Bad Request: chat not found"), OUTCOME_PERMANENT, "chat_not_found" },
        { OP_SEND, 400, REFUSED(400, "Bad Request: something new"), OUTCOME_PERMANENT, "rejected" },
        { OP_SEND, 401, REFUSED(401, "Unauthorized"), OUTCOME_AUTH, "unauthorized" },
        { OP_SEND, 404, REFUSED(404, "Not Found"), OUTCOME_AUTH, "unauthorized" },
        { OP_SEND, 500, REFUSED(500, "Internal Server Error: restart"), OUTCOME_UNKNOWN, "unreachable" },
        { OP_SEND, 502, "<html>bad gateway</html>", OUTCOME_UNKNOWN, "unreachable" },
        { OP_SEND, 200, "cut off", OUTCOME_UNKNOWN, "unreachable" },
        { OP_SEND, 200, "{\"ok\":true,\"result\":{}}", OUTCOME_UNKNOWN, "no_answer" },
        { OP_POLL, 500, REFUSED(500, "Internal Server Error"), OUTCOME_RETRY, "unreachable" },
        { OP_POLL, 502, "<html>bad gateway</html>", OUTCOME_RETRY, "unreachable" },
        { OP_POLL, 401, REFUSED(401, "Unauthorized"), OUTCOME_AUTH, "unauthorized" },
        { OP_POLL, 409, REFUSED(409, "Conflict: terminated by other getUpdates request"), OUTCOME_RETRY_AT, "conflict" },
        { OP_POLL, 409, REFUSED(409, "Conflict: can't use getUpdates method while webhook is active"), OUTCOME_RETRY_AT,
          "hook_active" },
        { OP_MEDIA, 400, REFUSED(400, "Bad Request: file is too big"), OUTCOME_PERMANENT, "file_too_big" },
        { OP_MEDIA, 400, REFUSED(400, "Bad Request: wrong file_id or the file is temporarily unavailable"), OUTCOME_RETRY,
          "file_unavailable" },
        { OP_MEDIA, 400, REFUSED(400, "Bad Request: invalid file_id"), OUTCOME_PERMANENT, "file_gone" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct call c = call_new(rows[i].op);

        c.op.thread_id = TEXT("7000000001");
        c.op.text = TEXT("Siap");
        answer(&c, rows[i].status, rows[i].body);
        assert_int_equal(c.step.outcome, rows[i].outcome);
        assert_string_equal(c.step.why_code, rows[i].code);
        arena_free(c.mem);
    }
}

static void a_pause_is_obeyed_from_the_body_or_the_header(void **state)
{
    struct header h = { { "Retry-After", 11 }, { "9", 1 } };
    struct http_reply page = { .status = 429, .body = TEXT("<html>"), .headers = &h, .header_count = 1 };
    struct call c = call_new(OP_SEND);

    (void)state;
    c.op.thread_id = TEXT("7000000001");
    c.op.text = TEXT("Siap");
    answer(&c, 429, "{\"ok\":false,\"error_code\":429,\"description\":\"Too Many Requests: retry after 7\","
                    "\"parameters\":{\"retry_after\":7}}");
    assert_int_equal(c.step.outcome, OUTCOME_RETRY_AT);
    assert_true(c.step.until == 1790000007 * US_PER_S);
    step(&c, &page);
    assert_int_equal(c.step.outcome, OUTCOME_RETRY_AT);
    assert_true(c.step.until == 1790000009 * US_PER_S);
    arena_free(c.mem);
}

static void a_lost_answer_is_unknown_only_when_the_request_had_left(void **state)
{
    struct http_reply lost = { .status = 0, .sent = true, .error = TEXT("timeout") };
    struct call c = call_new(OP_SEND);

    (void)state;
    c.op.thread_id = TEXT("7000000001");
    c.op.text = TEXT("Siap");
    step(&c, NULL);
    step(&c, &lost);
    assert_int_equal(c.step.outcome, OUTCOME_UNKNOWN);
    lost.sent = false;
    step(&c, &lost);
    assert_int_equal(c.step.outcome, OUTCOME_RETRY);
    arena_free(c.mem);
}

static void a_group_that_moved_and_a_lost_quote_are_told(void **state)
{
    struct call c = call_new(OP_SEND);

    (void)state;
    c.op.thread_id = TEXT("-4001");
    c.op.text = TEXT("Siap");
    answer(&c, 400, "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: group chat was upgraded to a "
                    "supergroup chat\",\"parameters\":{\"migrate_to_chat_id\":-1001234567890}}");
    assert_int_equal(c.step.outcome, OUTCOME_RETRY);
    assert_text(c.step.new_thread_id, "-1001234567890");
    c.op.reply_to = TEXT("-4001/5");
    answer(&c, 400, REFUSED(400, "Bad Request: message to be replied not found"));
    assert_int_equal(c.step.outcome, OUTCOME_RETRY);
    assert_true(c.step.is_refused_reply);
    arena_free(c.mem);
}

static void a_poll_moves_the_cursor_behind_its_last_update(void **state)
{
    struct call c = call_new(OP_POLL);

    (void)state;
    c.op.cursor = TEXT("905");
    c.op.wait_s = 50;
    step(&c, NULL);
    assert_non_null(strstr(c.step.call.body.ptr, "\"offset\":905"));
    assert_non_null(strstr(c.step.call.body.ptr, "\"message_reaction_count\""));
    assert_int_equal(c.step.call.timeout_ms, 65000);
    answer(&c, 200, "{\"ok\":true,\"result\":[]}");
    assert_text(c.step.cursor, "905");
    assert_int_equal(c.step.page.len, 0);
    answer(&c, 200, "{\"ok\":true,\"result\":[{\"update_id\":905},{\"update_id\":907}]}");
    assert_text(c.step.cursor, "908");
    assert_true(c.step.page.len > 0);
    arena_free(c.mem);
}

static void one_odd_letter_does_not_stop_the_polling(void **state)
{
    static const struct text odd[] = {
        { "\\u0000", 6 }, { "\\ud83d", 6 }, { "\\uDE00", 6 }, { "\\ud83d\\ud83d", 12 }, { "\xff\xed\xa0\x80", 4 }, { "\0", 1 },
        { "\\\\\\u0000", 8 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd); i++) {
        struct call c = call_new(OP_POLL);
        struct buf out = BUF_INIT(1 << 16), body = BUF_INIT(1 << 16);
        struct http_reply reply = { .status = 200 };
        struct fail why = { .code = FAIL_NONE };

        buf_str(&body, "{\"ok\":true,\"result\":[{\"update_id\":5,\"message\":{\"message_id\":1,\"date\":1700000000,"
                       "\"chat\":{\"id\":7,\"type\":\"private\"},\"text\":\"a");
        buf_text(&body, odd[i]);
        buf_str(&body, "z \\ud83d\\ude00\"}}]}");
        step(&c, NULL);
        reply.body = buf_as_text(&body);
        step(&c, &reply);
        assert_int_equal(c.step.outcome, OUTCOME_OK);
        assert_text(c.step.cursor, "6");
        assert_int_equal(telegram_connector.parse(c.step.page, &channel, c.mem, write_event, &out, &why), 0);
        buf_char(&out, '\0');
        assert_non_null(strstr(out.ptr, "\xEF\xBF\xBD"));
        assert_non_null(strstr(out.ptr, "z \xF0\x9F\x98\x80\""));
        buf_fini(&out);
        buf_fini(&body);
        arena_free(c.mem);
    }
}

static void a_page_of_a_hundred_long_answers_is_let_in(void **state)
{
    struct call c = call_new(OP_POLL);

    (void)state;
    step(&c, NULL);
    assert_true(c.step.call.max_reply >= 100 * (2 * 4096 * 6 + 100 * 100 * 2));
    arena_free(c.mem);
}

static void a_file_is_looked_up_then_fetched(void **state)
{
    struct http_reply found = { .status = 200, .body = TEXT("{\"ok\":true,\"result\":{\"file_id\":\"F\",\"file_path\":"
                                                            "\"documents/faktur a.pdf\",\"file_size\":10}}") };
    struct http_reply got = { .status = 200 };
    struct call c = call_new(OP_MEDIA);

    (void)state;
    c.op.media_ref = TEXT("F");
    c.op.max_bytes = 1000;
    step(&c, NULL);
    assert_text(c.step.call.body, "{\"file_id\":\"F\"}");
    step(&c, &found);
    assert_int_equal(c.step.kind, STEP_CALL);
    assert_true(c.step.call.to_file);
    assert_string_equal(c.step.call.url, "https://files.example/file/bot7700000001:AAFakeFakeFakeFakeFakeFakeFakeFakeFak"
                                         "/documents/faktur%20a.pdf");
    step(&c, &got);
    assert_int_equal(c.step.outcome, OUTCOME_OK);
    arena_free(c.mem);
}

static void a_path_that_climbs_or_a_file_that_is_too_big_is_not_fetched(void **state)
{
    static const char *const paths[] = { "../../etc/passwd", "/etc/passwd", "a/../../b", "" };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct call c = call_new(OP_MEDIA);

        c.op.media_ref = TEXT("F");
        answer(&c, 200, arena_printf(c.mem, "{\"ok\":true,\"result\":{\"file_path\":\"%s\"}}", paths[i]));
        assert_int_equal(c.step.outcome, OUTCOME_PERMANENT);
        arena_free(c.mem);
    }
    struct call c = call_new(OP_MEDIA);
    c.op.max_bytes = 1000;
    answer(&c, 200, "{\"ok\":true,\"result\":{\"file_path\":\"a\",\"file_size\":1001}}");
    assert_string_equal(c.step.why_code, "file_too_big");
    arena_free(c.mem);
}

static void a_token_that_is_none_never_gets_into_an_address(void **state)
{
    static const char *const bad[] = { "", "abc", "12:", "12:ab/../x", "12:a b", "12:ab\r\nHost: x", ":abc" };

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_update_kind_gives_its_normal_form),
        cmocka_unit_test(what_is_no_json_is_a_bad_request),
        cmocka_unit_test(a_call_needs_the_secret),
        cmocka_unit_test(long_texts_are_cut_at_lines_then_words_never_inside_a_letter),
        cmocka_unit_test(sends_name_chat_topic_connection_and_what_they_answer),
        cmocka_unit_test(an_accepted_send_tells_its_id_and_time),
        cmocka_unit_test(a_picture_goes_out_as_a_form_with_its_caption),
        cmocka_unit_test(every_error_class_has_its_outcome),
        cmocka_unit_test(a_pause_is_obeyed_from_the_body_or_the_header),
        cmocka_unit_test(a_lost_answer_is_unknown_only_when_the_request_had_left),
        cmocka_unit_test(a_group_that_moved_and_a_lost_quote_are_told),
        cmocka_unit_test(a_poll_moves_the_cursor_behind_its_last_update),
        cmocka_unit_test(one_odd_letter_does_not_stop_the_polling),
        cmocka_unit_test(a_page_of_a_hundred_long_answers_is_let_in),
        cmocka_unit_test(a_file_is_looked_up_then_fetched),
        cmocka_unit_test(a_path_that_climbs_or_a_file_that_is_too_big_is_not_fetched),
        cmocka_unit_test(a_token_that_is_none_never_gets_into_an_address),
    };

    return RUN(tests);
}

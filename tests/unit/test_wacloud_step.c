/* What a WhatsApp number asks for besides sending, and what the answers come to. */
#include "wacloud_kit.h"

/* ---- webhook calls ---- */

static void a_call_is_believed_by_its_signature_over_the_raw_bytes(void **state)
{
    static const char body[] =
        "{\"object\":\"page\",\"entry\":[{\"id\":\"1\",\"time\":1700000000000,\"messaging\":[{\"sender\":{\"id\":\"2\"},"
        "\"recipient\":{\"id\":\"1\"},\"timestamp\":1700000000000,\"message\":{\"mid\":\"m_1\",\"text\":"
        "\"\\u00e4\\u00f6\\u00e5 https:\\/\\/x.test\\/\"}}]}]}";
    struct header h = { TEXT("x-hub-signature-256"),
                        TEXT("sha256=a50a9487fdc4f329877765dab97c08b0e8617b32ff6d0fb8aef1c209443e7aa4") };
    struct hook_request rq = { .method = TEXT("POST"), .headers = &h, .header_count = 1, .body = text_of(body) };
    struct channel_facts ch = channel_of_test();

    (void)state;
    assert_true(whatsapp_connector.verify(&rq, &ch));
    rq.body.len--;
    assert_false(whatsapp_connector.verify(&rq, &ch));
    rq.body = TEXT("");
    h.value = TEXT("sha256=517bc4c7d1d8d400868e0ad6f64b77098b818a2f2595004253a1922302a602c0");
    assert_true(whatsapp_connector.verify(&rq, &ch));
    ch.hook_secret = TEXT("");
    assert_false(whatsapp_connector.verify(&rq, &ch));
}

static void the_handshake_gives_the_challenge_back(void **state)
{
    struct channel_facts ch = channel_of_test();
    struct hook_request rq = { .method = TEXT("GET"),
                               .query = TEXT("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=kata-kita") };
    struct buf out = BUF_INIT(1000);

    (void)state;
    assert_int_equal(whatsapp_connector.challenge(&rq, &ch, &out), 0);
    assert_text(buf_as_text(&out), "1158201444");
    ch.verify_token = TEXT("lain");
    buf_reset(&out);
    assert_int_equal(whatsapp_connector.challenge(&rq, &ch, &out), -1);
    buf_fini(&out);
}

/* ---- files ---- */

static void the_token_goes_to_the_download_host_and_no_other(void **state)
{
    static const struct {
        const char *url;
        bool has_token;
    } places[] = {
        { "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", true },
        { "https://files.example/wa/1", true },
        { "https://lookaside.fbsbx.com.evil.example/whatsapp_business/x", false },
        { "https://lookaside.fbsbx.com/whatsapp_business_evil/x", false },
        { "https://lookaside.fbsbx.com/whatsapp_business/../x", false },
        { "https://graph.example.evil/x", false },
        { "https://graph.example@evil.example/x", false },
        { "https://scontent.example/x", false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct run r;

        start(&r, OP_MEDIA);
        r.op.media_ref = TEXT("1234567890123");
        r.op.max_bytes = 1000;
        go(&r, NULL);
        assert_call(&r, "GET", API "/v25.0/1234567890123?phone_number_id=106500000000001&");
        answer(&r, 200, arena_printf(r.mem, "{\"url\":\"%s\",\"mime_type\":\"image/jpeg\",\"file_size\":\"900\"}",
                                     places[i].url));
        assert_call(&r, "GET", places[i].url);
        assert_true(r.step.call.to_file);
        assert_int_equal(r.step.call.header_count, places[i].has_token ? 1 : 0);
        assert_int_equal(r.step.call.any_host, !places[i].has_token);
        stop(&r);
    }
}

static void an_address_that_ran_out_is_asked_for_anew_once(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_MEDIA);
    r.op.media_ref = TEXT("12");
    go(&r, NULL);
    for (int i = 0; i < 2; i++) {
        assert_call(&r, "GET", API "/v25.0/12?");
        answer(&r, 200, "{\"url\":\"https://files.example/wa/1\"}");
        assert_call(&r, "GET", "https://files.example/wa/1");
        answer(&r, 404, "gone");
    }
    assert_result(&r, OUTCOME_PERMANENT, "file_gone");
    stop(&r);
    start(&r, OP_MEDIA);
    r.op.media_ref = TEXT("12");
    r.op.max_bytes = 10;
    go(&r, NULL);
    answer(&r, 200, "{\"url\":\"https://files.example/wa/1\",\"file_size\":11}");
    assert_result(&r, OUTCOME_PERMANENT, "file_too_big");
    stop(&r);
    start(&r, OP_MEDIA);
    r.op.media_ref = TEXT("12");
    go(&r, NULL);
    answer(&r, 200, "{\"mime_type\":\"image/jpeg\"}");
    assert_result(&r, OUTCOME_PERMANENT, "file_gone");
    stop(&r);
}

/* ---- the account ---- */

static void a_check_tells_the_number_the_token_and_what_is_missing(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_CHECK);
    go(&r, NULL);
    assert_call(&r, "GET", API "/v25.0/106500000000001?fields=id%2Cdisplay_phone_number");
    answer(&r, 200, "{\"id\":\"106500000000001\",\"display_phone_number\":\"+62 812-1000-0001\",\"verified_name\":"
                    "\"Toko Melati\",\"quality_rating\":\"GREEN\"}");
    assert_call(&r, "GET", API "/v25.0/debug_token?input_token=EAAtesttoken");
    assert_text(r.step.call.headers[0].value, "Bearer 99887766|test_app_secret");
    answer(&r, 200, "{\"data\":{\"is_valid\":true,\"expires_at\":1790000000,\"scopes\":[\"whatsapp_business_messaging\"],"
                    "\"granular_scopes\":[{\"scope\":\"whatsapp_business_messaging\",\"target_ids\":[\"77\"]}]}}");
    assert_result(&r, OUTCOME_OK, NULL);
    assert_text(r.step.external_id, "106500000000001");
    assert_facts(&r, "{\"id\":\"106500000000001\",\"name\":\"Toko Melati\",\"quality\":\"GREEN\",\"number\":"
                     "\"6281210000001\",\"waba_id\":\"102290000000001\",\"expires_at\":\"2026-09-21T14:13:20.000Z\","
                     "\"scopes\":[\"whatsapp_business_messaging\"],\"missing\":[\"whatsapp_business_management\"]}");
    stop(&r);
    start(&r, OP_CHECK);
    go(&r, NULL);
    answer(&r, 200, "{\"id\":\"106500000000001\"}");
    answer(&r, 200, "{\"data\":{\"is_valid\":false,\"error\":{\"code\":190,\"message\":\"expired\"}}}");
    assert_result(&r, OUTCOME_AUTH, "unauthorized");
    stop(&r);
    start(&r, OP_CHECK);
    go(&r, NULL);
    answer(&r, 401, "{\"error\":{\"code\":190,\"error_subcode\":463,\"message\":\"expired\"}}");
    assert_result(&r, OUTCOME_AUTH, "unauthorized");
    stop(&r);
}

static void the_webhook_is_asked_for_with_its_own_address(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_HOOK_SET);
    r.op.hook_url = TEXT("https://toko.example/hooks/whatsapp/x");
    go(&r, NULL);
    assert_call(&r, "POST", API "/v25.0/102290000000001/subscribed_apps?");
    assert_body(&r, "{\"override_callback_uri\":\"https://toko.example/hooks/whatsapp/x\",\"verify_token\":\"kata-kita\"}");
    answer(&r, 200, "{\"success\":\"true\"}");
    assert_call(&r, "GET", API "/v25.0/99887766/subscriptions");
    answer(&r, 200, "{\"data\":[{\"object\":\"page\",\"fields\":[{\"name\":\"messages\"}]}]}");
    assert_call(&r, "POST", API "/v25.0/99887766/subscriptions?object=whatsapp_business_account&callback_url=https%3A%2F%2F");
    answer(&r, 200, "{\"success\":true}");
    assert_result(&r, OUTCOME_OK, NULL);
    stop(&r);
    start(&r, OP_HOOK_SET);
    r.op.hook_url = TEXT("https://toko.example/hooks/whatsapp/x");
    go(&r, NULL);
    answer(&r, 200, "{\"success\":true}");
    answer(&r, 200, "{\"data\":[{\"object\":\"whatsapp_business_account\",\"active\":true,\"fields\":[\"messages\"]}]}");
    assert_result(&r, OUTCOME_OK, NULL);
    stop(&r);
}

static void the_account_is_learnt_from_the_token_where_nobody_told_it(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_HOOK_DROP);
    r.channel.state = TEXT("{}");
    go(&r, NULL);
    assert_call(&r, "GET", API "/v25.0/debug_token?");
    answer(&r, 200, "{\"data\":{\"granular_scopes\":[{\"scope\":\"whatsapp_business_management\",\"target_ids\":[77]}]}}");
    assert_call(&r, "DELETE", API "/v25.0/77/subscribed_apps?");
    answer(&r, 200, "{\"success\":true}");
    assert_result(&r, OUTCOME_OK, NULL);
    stop(&r);
    start(&r, OP_TEMPLATES);
    r.channel.state = TEXT("{}");
    go(&r, NULL);
    answer(&r, 200, "{\"data\":{\"granular_scopes\":[{\"scope\":\"whatsapp_business_management\",\"target_ids\":"
                    "[\"77\",\"78\"]}]}}");
    assert_result(&r, OUTCOME_PERMANENT, "account_unknown");
    stop(&r);
    start(&r, OP_TEMPLATES);
    r.channel.state = TEXT("");
    r.channel.app_secret = TEXT("");
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "account_unknown");
    stop(&r);
}

static void hook_info_tells_whether_it_is_ours_and_never_the_address(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_HOOK_INFO);
    r.op.hook_url = TEXT("https://toko.example/hooks/whatsapp/x");
    go(&r, NULL);
    assert_call(&r, "GET", API "/v25.0/102290000000001/subscribed_apps?");
    answer(&r, 200, "{\"data\":[{\"whatsapp_business_api_data\":{\"id\":\"99887766\",\"name\":\"Kotak\"},"
                    "\"override_callback_uri\":\"https://toko.example/hooks/whatsapp/x\"}]}");
    answer(&r, 200, "{\"data\":[{\"object\":\"whatsapp_business_account\",\"fields\":[{\"name\":\"messages\"},"
                    "{\"name\":\"history\"}]}]}");
    assert_result(&r, OUTCOME_OK, NULL);
    assert_non_null(str_find(r.step.facts, TEXT("{\"hook\":{\"app\":\"Kotak\",\"has_own_address\":true,\"is_set\":true,"
                                                "\"is_this_address\":true},\"missing_fields\":[\"smb_message_echoes\"")));
    assert_null(str_find(r.step.facts, TEXT("toko.example")));
    stop(&r);
    start(&r, OP_HOOK_INFO);
    go(&r, NULL);
    answer(&r, 200, "{\"data\":[{\"whatsapp_business_api_data\":{\"id\":\"1\"}}]}");
    assert_facts(&r, "{\"hook\":{\"is_set\":false}}");
    stop(&r);
}

static void templates_tell_what_has_to_be_filled_in(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_TEMPLATES);
    go(&r, NULL);
    assert_call(&r, "GET", API "/v25.0/102290000000001/message_templates?fields=");
    answer(&r, 200,
           "{\"data\":[{\"id\":\"1\",\"name\":\"pesanan_siap\",\"status\":\"APPROVED\",\"category\":\"UTILITY\",\"language\":"
           "\"id\",\"components\":[{\"type\":\"HEADER\",\"format\":\"IMAGE\"},{\"type\":\"BODY\",\"text\":\"Kak {{2}}, {{1}}\"},"
           "{\"type\":\"FOOTER\",\"text\":\"Toko\"},{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":"
           "\"Ya\"},{\"type\":\"URL\",\"text\":\"Lihat\",\"url\":\"https://x.example/{{1}}\"}]}]},{\"name\":\"ongkir\",\"status\":"
           "\"PAUSED\",\"components\":[{\"type\":\"body\",\"text\":\"{{nama}} {{nama}} {{kota}} {{\"}]}],\"paging\":{\"cursors\":"
           "{\"after\":\"QVF\"},\"next\":\"https://elsewhere.example/x?access_token=EAA\"}}");
    assert_result(&r, OUTCOME_OK, NULL);
    assert_facts(&r, "[{\"id\":\"1\",\"name\":\"pesanan_siap\",\"language\":\"id\",\"category\":\"UTILITY\",\"status\":"
                     "\"APPROVED\",\"text\":\"Kak {{2}}, {{1}}\",\"footer\":\"Toko\",\"buttons\":[\"Ya\",\"Lihat\"],"
                     "\"variables\":[{\"where\":\"header\",\"media\":\"image\"},{\"where\":\"body\"},{\"where\":\"body\"},"
                     "{\"where\":\"button\",\"sub_type\":\"url\",\"index\":1}]},{\"name\":\"ongkir\",\"status\":\"PAUSED\","
                     "\"text\":\"{{nama}} {{nama}} {{kota}} {{\",\"variables\":[{\"where\":\"body\",\"name\":\"nama\"},"
                     "{\"where\":\"body\",\"name\":\"kota\"}]}]");
    assert_text(r.step.cursor, "QVF");
    assert_false(r.step.is_last);
    r.op.cursor = TEXT("QVF");
    r.state = (struct step_state){ 0 };
    go(&r, NULL);
    assert_non_null(strstr(r.step.call.url, "&after=QVF"));
    answer(&r, 200, "{\"data\":[]}");
    assert_true(r.step.is_last);
    stop(&r);
}

static void the_past_of_a_shared_number_is_asked_for_once(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_BACKFILL);
    go(&r, NULL);
    assert_result(&r, OUTCOME_OK, NULL);
    assert_true(r.step.is_last);
    r.channel.state = TEXT("{\"coexistence\":true}");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"sync_type\":\"smb_app_state_sync\"}");
    answer(&r, 200, "{\"messaging_product\":\"whatsapp\",\"request_id\":\"1\"}");
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"sync_type\":\"history\"}");
    answer(&r, 200, "{\"messaging_product\":\"whatsapp\",\"request_id\":\"2\"}");
    assert_result(&r, OUTCOME_OK, NULL);
    assert_true(r.step.is_last);
    stop(&r);
}

static void a_signup_code_becomes_a_token(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_GRANT);
    r.op.code = TEXT("AQB/x");
    r.channel.token = TEXT("");
    r.channel.external_id = TEXT("");
    go(&r, NULL);
    assert_call(&r, "GET", API "/v25.0/oauth/access_token?client_id=99887766&client_secret=test_app_secret&code=AQB%2Fx");
    assert_int_equal(r.step.call.header_count, 0);
    answer(&r, 200, "{\"access_token\":\"EAAbusiness\",\"token_type\":\"bearer\"}");
    assert_result(&r, OUTCOME_OK, NULL);
    assert_text(r.step.grant.token, "EAAbusiness");
    assert_true(r.step.grant.expires_at == TIME_NONE);
    stop(&r);
}

static void what_whatsapp_cannot_do_says_so(void **state)
{
    static const enum op_kind kinds[] = { OP_EDIT, OP_MODERATE, OP_PROFILE, OP_POLL, OP_LOOK, OP_RENEW };
    struct run r;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        start(&r, kinds[i]);
        go(&r, NULL);
        assert_result(&r, OUTCOME_PERMANENT, "not_possible");
        stop(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_believed_by_its_signature_over_the_raw_bytes),
        cmocka_unit_test(the_handshake_gives_the_challenge_back),
        cmocka_unit_test(the_token_goes_to_the_download_host_and_no_other),
        cmocka_unit_test(an_address_that_ran_out_is_asked_for_anew_once),
        cmocka_unit_test(a_check_tells_the_number_the_token_and_what_is_missing),
        cmocka_unit_test(the_webhook_is_asked_for_with_its_own_address),
        cmocka_unit_test(the_account_is_learnt_from_the_token_where_nobody_told_it),
        cmocka_unit_test(hook_info_tells_whether_it_is_ours_and_never_the_address),
        cmocka_unit_test(templates_tell_what_has_to_be_filled_in),
        cmocka_unit_test(the_past_of_a_shared_number_is_asked_for_once),
        cmocka_unit_test(a_signup_code_becomes_a_token),
        cmocka_unit_test(what_whatsapp_cannot_do_says_so),
    };

    return RUN(tests);
}

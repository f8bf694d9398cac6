/* What a WhatsApp number asks for, and what the answers come to. */
#include "unit.h"

#include "platform/connector.h"
#include "util/str.h"

#include <jansson.h>

#define NOW (INT64_C(1780000000) * US_PER_S)
#define API "https://graph.example"

static struct channel_facts channel_of_test(void)
{
    return (struct channel_facts){
        .id = 1,
        .platform = PLATFORM_WHATSAPP,
        .external_id = TEXT("106500000000001"),
        .hook_secret = TEXT("test_app_secret"),
        .verify_token = TEXT("kata-kita"),
        .token = TEXT("EAAtesttoken"),
        .app_id = TEXT("99887766"),
        .app_secret = TEXT("test_app_secret"),
        .state = TEXT("{\"waba_id\":\"102290000000001\"}"),
        .api_base = API,
        .file_base = "https://files.example/wa",
        .api_version = "v25.0",
    };
}

struct run {
    struct arena *mem;
    struct channel_facts channel;
    struct op op;
    struct step_state state;
    struct step step;
};

static void start(struct run *r, enum op_kind kind)
{
    *r = (struct run){ .mem = arena_new(0), .channel = channel_of_test() };
    r->op = (struct op){ .kind = kind, .channel = &r->channel };
}

static void go(struct run *r, const struct http_reply *reply)
{
    struct fail why = { .code = FAIL_NONE };

    assert_int_equal(whatsapp_connector.step(&r->op, &r->state, reply, NOW, r->mem, &r->step, &why), 0);
}

static void answer(struct run *r, int status, const char *body)
{
    go(r, &(struct http_reply){ .status = status, .sent = true, .body = text_of(body) });
}

static void assert_call(const struct run *r, const char *method, const char *url_begins)
{
    assert_int_equal(r->step.kind, STEP_CALL);
    assert_string_equal(r->step.call.method, method);
    if (strncmp(r->step.call.url, url_begins, strlen(url_begins)) != 0)
        fail_msg("%s does not begin with %s", r->step.call.url, url_begins);
}

static void assert_body(const struct run *r, const char *wanted)
{
    json_t *has = json_loadb(r->step.call.body.ptr, r->step.call.body.len, 0, NULL);
    json_t *want = json_loads(wanted, 0, NULL);

    assert_non_null(want);
    if (!has || !json_equal(has, want))
        fail_msg("%.*s is not %s", (int)r->step.call.body.len, r->step.call.body.ptr, wanted);
    json_decref(has);
    json_decref(want);
}

static void assert_result(const struct run *r, enum outcome outcome, const char *code)
{
    assert_int_equal(r->step.kind, STEP_RESULT);
    assert_int_equal(r->step.outcome, outcome);
    if (code)
        assert_string_equal(r->step.why_code, code);
}

static void assert_facts(const struct run *r, const char *wanted)
{
    assert_text(r->step.facts, wanted);
}

static void stop(struct run *r)
{
    arena_free(r->mem);
}

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

/* ---- sending ---- */

static void words_go_to_a_number_an_id_or_a_group(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_SEND);
    r.op.thread_id = TEXT("081234000001");
    r.op.text = TEXT("Siap kak");
    r.op.reply_to = TEXT("wamid.A1");
    r.op.retry_key = TEXT("7a1b6f1c-0000-4000-8000-000000000001");
    go(&r, NULL);
    assert_call(&r, "POST", API "/v25.0/106500000000001/messages?appsecret_proof=2f6c99f265a9e1644d725e8f9c96e439");
    assert_false(r.step.call.may_repeat);
    assert_text(r.step.call.headers[0].value, "Bearer EAAtesttoken");
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"6281234000001\","
                    "\"type\":\"text\",\"context\":{\"message_id\":\"wamid.A1\"},\"biz_opaque_callback_data\":"
                    "\"7a1b6f1c-0000-4000-8000-000000000001\",\"text\":{\"body\":\"Siap kak\",\"preview_url\":false}}");
    answer(&r, 200, "{\"messaging_product\":\"whatsapp\",\"contacts\":[{\"input\":\"x\",\"wa_id\":\"6281234000001\"}],"
                    "\"messages\":[{\"id\":\"wamid.OUT1\",\"message_status\":\"accepted\"}]}");
    assert_result(&r, OUTCOME_OK, NULL);
    assert_text(r.step.external_id, "wamid.OUT1");
    stop(&r);

    start(&r, OP_SEND);
    r.op.thread_id = TEXT("ID.1349");
    r.op.text = TEXT("lihat https://toko.example");
    r.op.part = 1;
    r.op.reply_to = TEXT("wamid.A1");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"recipient\":\"ID.1349\","
                    "\"type\":\"text\",\"text\":{\"body\":\"lihat https://toko.example\",\"preview_url\":true}}");
    stop(&r);

    start(&r, OP_SEND);
    r.op.thread_id = TEXT("120363000000000001@g.us");
    r.op.thread_type = THREAD_GROUP;
    r.op.text = TEXT("halo");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"group\",\"to\":"
                    "\"120363000000000001@g.us\",\"type\":\"text\",\"text\":{\"body\":\"halo\",\"preview_url\":false}}");
    stop(&r);
}

static void what_cannot_go_is_refused_before_any_call(void **state)
{
    struct run r;
    char *long_text;

    (void)state;
    start(&r, OP_SEND);
    r.op.thread_id = TEXT("unknown");
    r.op.text = TEXT("x");
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "chat_not_found");
    r.op.thread_id = TEXT("6281234000001");
    r.op.send_as = SEND_HUMAN_AGENT;
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "not_possible");
    r.op.send_as = SEND_TEMPLATE;
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "template_missing");
    r.op.send_as = SEND_PLAIN;
    long_text = arena_alloc(r.mem, 4098);
    memset(long_text, 'a', 4097);
    r.op.text = (struct text){ long_text, 4097 };
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "too_long");
    r.op.text = TEXT("");
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "empty");
    r.op.text = TEXT("a\xff");
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "rejected");
    r.channel.token = TEXT("");
    r.op.text = TEXT("x");
    go(&r, NULL);
    assert_result(&r, OUTCOME_AUTH, "unauthorized");
    stop(&r);
}

static void a_file_is_uploaded_then_named_by_its_id(void **state)
{
    const struct event_attachment photo = { .type = ATTACHMENT_IMAGE, .mime = TEXT("image/jpeg"), .name = TEXT("a\"b.jpg"),
                                            .size = 3 };
    struct run r;

    (void)state;
    start(&r, OP_SEND);
    r.op.thread_id = TEXT("6281234000001");
    r.op.text = TEXT("ini fotonya");
    r.op.attachment = &photo;
    r.op.attachment_bytes = TEXT("jpg");
    go(&r, NULL);
    assert_call(&r, "POST", API "/v25.0/106500000000001/media?");
    assert_true(r.step.call.may_repeat);
    assert_non_null(str_find(r.step.call.body, TEXT("name=\"messaging_product\"\r\n\r\nwhatsapp\r\n")));
    assert_non_null(str_find(r.step.call.body, TEXT("name=\"type\"\r\n\r\nimage/jpeg\r\n")));
    assert_non_null(str_find(r.step.call.body, TEXT("filename=\"a_b.jpg\"\r\nContent-Type: image/jpeg\r\n\r\njpg\r\n")));
    answer(&r, 200, "{\"id\":\"4490709327384033\"}");
    assert_call(&r, "POST", API "/v25.0/106500000000001/messages?");
    assert_false(r.step.call.may_repeat);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"6281234000001\","
                    "\"type\":\"image\",\"image\":{\"id\":\"4490709327384033\",\"caption\":\"ini fotonya\"}}");
    answer(&r, 200, "{\"messages\":[{\"id\":\"wamid.OUT2\"}]}");
    assert_result(&r, OUTCOME_OK, NULL);
    stop(&r);
}

static void a_file_goes_as_what_it_is(void **state)
{
    static const struct {
        struct event_attachment a;
        const char *text, *wanted;
    } cases[] = {
        { { .type = ATTACHMENT_VOICE, .mime = TEXT_INIT("audio/ogg; codecs=opus") }, "", "{\"type\":\"audio\",\"audio\":{\"id\":\"1\"}}" },
        { { .type = ATTACHMENT_VIDEO, .mime = TEXT_INIT("video/mp4") }, "", "{\"type\":\"video\",\"video\":{\"id\":\"1\"}}" },
        { { .type = ATTACHMENT_STICKER, .mime = TEXT_INIT("image/webp") }, "", "{\"type\":\"sticker\",\"sticker\":{\"id\":\"1\"}}" },
        { { .type = ATTACHMENT_IMAGE, .mime = TEXT_INIT("image/webp") }, "", "{\"type\":\"document\",\"document\":{\"id\":\"1\",\"filename\":\"berkas\"}}" },
        { { .type = ATTACHMENT_FILE, .mime = TEXT_INIT("application/pdf"), .name = TEXT_INIT("nota.pdf") }, "ini", "{\"type\":\"document\",\"document\":{\"id\":\"1\",\"caption\":\"ini\",\"filename\":\"nota.pdf\"}}" },
        { { .type = ATTACHMENT_AUDIO, .mime = TEXT_INIT("audio/mpeg"), .name = TEXT_INIT("a.mp3") }, "dengar", "{\"type\":\"document\",\"document\":{\"id\":\"1\",\"caption\":\"dengar\",\"filename\":\"a.mp3\"}}" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run r;
        json_t *body, *wanted = json_loads(cases[i].wanted, 0, NULL);

        start(&r, OP_SEND);
        r.op.thread_id = TEXT("6281234000001");
        r.op.text = text_of(cases[i].text);
        r.op.attachment = &cases[i].a;
        r.op.attachment_bytes = TEXT("x");
        go(&r, NULL);
        answer(&r, 200, "{\"id\":1}");
        body = json_loadb(r.step.call.body.ptr, r.step.call.body.len, 0, NULL);
        json_object_del(body, "messaging_product");
        json_object_del(body, "recipient_type");
        json_object_del(body, "to");
        if (!json_equal(body, wanted))
            fail_msg("%.*s", (int)r.step.call.body.len, r.step.call.body.ptr);
        json_decref(body);
        json_decref(wanted);
        stop(&r);
    }
}

static void an_upload_that_got_lost_leaves_no_doubt(void **state)
{
    const struct event_attachment photo = { .type = ATTACHMENT_IMAGE, .mime = TEXT("image/jpeg"), .size = 3 };
    struct run r;

    (void)state;
    start(&r, OP_SEND);
    r.op.thread_id = TEXT("6281234000001");
    r.op.attachment = &photo;
    r.op.attachment_bytes = TEXT("jpg");
    go(&r, NULL);
    go(&r, &(struct http_reply){ .status = 0, .sent = true, .error = TEXT("timed out") });
    assert_result(&r, OUTCOME_RETRY, "unreachable");
    stop(&r);

    start(&r, OP_SEND);
    r.op.thread_id = TEXT("6281234000001");
    r.op.attachment = &photo;
    r.op.attachment_bytes = TEXT("jpg");
    go(&r, NULL);
    answer(&r, 400, "{\"error\":{\"code\":131053,\"message\":\"Media upload error\"}}");
    assert_call(&r, "POST", API "/v25.0/106500000000001/media?");
    answer(&r, 400, "{\"error\":{\"code\":131053,\"message\":\"Media upload error\"}}");
    assert_result(&r, OUTCOME_PERMANENT, "media_failed");
    stop(&r);
}

static void a_send_that_got_lost_is_in_doubt(void **state)
{
    struct run r;

    (void)state;
    for (int i = 0; i < 4; i++) {
        start(&r, OP_SEND);
        r.op.thread_id = TEXT("6281234000001");
        r.op.text = TEXT("x");
        go(&r, NULL);
        if (i == 0)
            go(&r, &(struct http_reply){ .status = 0, .sent = true });
        else
            answer(&r, i == 3 ? 500 : 200, i == 1 ? "{}" : i == 2 ? "<html>" : "{\"error\":{\"code\":131000}}");
        assert_result(&r, OUTCOME_UNKNOWN, NULL);
        stop(&r);
    }
    start(&r, OP_SEND);
    r.op.thread_id = TEXT("6281234000001");
    r.op.text = TEXT("x");
    go(&r, NULL);
    go(&r, &(struct http_reply){ .status = 0, .sent = false });
    assert_result(&r, OUTCOME_RETRY, "unreachable");
    stop(&r);
}

static void choices_become_buttons_or_a_list(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_SEND);
    r.op.thread_id = TEXT("6281234000001");
    r.op.text = TEXT("Jadi?");
    r.op.choices = TEXT("[\"Ya\",\"Tidak\"]");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"6281234000001\","
                    "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"Jadi?\"},\"action\":"
                    "{\"buttons\":[{\"type\":\"reply\",\"reply\":{\"id\":\"1\",\"title\":\"Ya\"}},{\"type\":\"reply\","
                    "\"reply\":{\"id\":\"2\",\"title\":\"Tidak\"}}]}}}");
    r.op.choices = TEXT("[\"Diambil sendiri di toko pagi\",\"Kirim\"]");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"6281234000001\","
                    "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"Jadi?\"},\"action\":"
                    "{\"button\":\"Pilih\",\"sections\":[{\"title\":\"Pilihan\",\"rows\":[{\"id\":\"1\",\"title\":"
                    "\"Diambil sendiri di toko \",\"description\":\"Diambil sendiri di toko pagi\"},{\"id\":\"2\",\"title\":"
                    "\"Kirim\"}]}]}}}");
    r.op.choices = TEXT("[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]");
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "choices_too_many");
    r.op.choices = TEXT("[]");
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "choices_too_many");
    r.op.choices = TEXT("{");
    go(&r, NULL);
    assert_result(&r, OUTCOME_PERMANENT, "choices_too_many");
    stop(&r);
}

static void a_template_takes_its_values_by_place_or_by_name(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_SEND);
    r.op.thread_id = TEXT("6281234000001");
    r.op.send_as = SEND_TEMPLATE;
    r.op.template_name = TEXT("pesanan_siap");
    r.op.template_language = TEXT("id");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"6281234000001\","
                    "\"type\":\"template\",\"template\":{\"name\":\"pesanan_siap\",\"language\":{\"policy\":"
                    "\"deterministic\",\"code\":\"id\"}}}");
    r.op.template_values = TEXT("[\"Ana\",{\"where\":\"body\",\"name\":\"nomor\",\"text\":\"4711\"},{\"where\":\"header\","
                                "\"text\":\"Toko\"},{\"where\":\"button\",\"sub_type\":\"url\",\"index\":1,\"text\":\"47\"}]");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"6281234000001\","
                    "\"type\":\"template\",\"template\":{\"name\":\"pesanan_siap\",\"language\":{\"policy\":"
                    "\"deterministic\",\"code\":\"id\"},\"components\":[{\"type\":\"header\",\"parameters\":[{\"type\":"
                    "\"text\",\"text\":\"Toko\"}]},{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Ana\"},"
                    "{\"type\":\"text\",\"parameter_name\":\"nomor\",\"text\":\"4711\"}]},{\"type\":\"button\",\"sub_type\":"
                    "\"url\",\"index\":\"1\",\"parameters\":[{\"type\":\"text\",\"text\":\"47\"}]}]}}");
    stop(&r);
}

static void reactions_and_read_receipts_name_their_message(void **state)
{
    struct run r;

    (void)state;
    start(&r, OP_REACT);
    r.op.thread_id = TEXT("6281234000001");
    r.op.target = TEXT("wamid.A1");
    r.op.text = TEXT("\xF0\x9F\x91\x8D");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\",\"to\":\"6281234000001\","
                    "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.A1\",\"emoji\":\"\xF0\x9F\x91\x8D\"}}");
    answer(&r, 200, "{\"messages\":[{\"id\":\"wamid.R1\"}]}");
    assert_result(&r, OUTCOME_OK, NULL);
    stop(&r);
    start(&r, OP_MARK_READ);
    r.op.target = TEXT("wamid.A1");
    go(&r, NULL);
    assert_body(&r, "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.A1\"}");
    answer(&r, 200, "{\"success\":true}");
    assert_result(&r, OUTCOME_OK, NULL);
    stop(&r);
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
        cmocka_unit_test(words_go_to_a_number_an_id_or_a_group),
        cmocka_unit_test(what_cannot_go_is_refused_before_any_call),
        cmocka_unit_test(a_file_is_uploaded_then_named_by_its_id),
        cmocka_unit_test(a_file_goes_as_what_it_is),
        cmocka_unit_test(an_upload_that_got_lost_leaves_no_doubt),
        cmocka_unit_test(a_send_that_got_lost_is_in_doubt),
        cmocka_unit_test(choices_become_buttons_or_a_list),
        cmocka_unit_test(a_template_takes_its_values_by_place_or_by_name),
        cmocka_unit_test(reactions_and_read_receipts_name_their_message),
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

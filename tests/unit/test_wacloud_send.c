/* What goes out to a person by WhatsApp, and what the answers come to. */
#include "wacloud_kit.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_go_to_a_number_an_id_or_a_group),
        cmocka_unit_test(what_cannot_go_is_refused_before_any_call),
        cmocka_unit_test(a_file_is_uploaded_then_named_by_its_id),
        cmocka_unit_test(a_file_goes_as_what_it_is),
        cmocka_unit_test(an_upload_that_got_lost_leaves_no_doubt),
        cmocka_unit_test(a_send_that_got_lost_is_in_doubt),
        cmocka_unit_test(choices_become_buttons_or_a_list),
        cmocka_unit_test(a_template_takes_its_values_by_place_or_by_name),
        cmocka_unit_test(reactions_and_read_receipts_name_their_message),
    };

    return RUN(tests);
}

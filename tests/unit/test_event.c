#include "unit.h"

#include "domain/event.h"
#include "util/buf.h"

static int begin(void **state)
{
    *state = arena_new(0);
    return 0;
}

static int end(void **state)
{
    arena_free(*state);
    return 0;
}

static struct event full_event(void)
{
    static const struct event_attachment attachments[] = {
        { ATTACHMENT_IMAGE, TEXT_INIT("image/jpeg"), TEXT_INIT("a \"b\".jpg"), TEXT_INIT("ref"),
          TEXT_INIT("https://toko.example/a"), 0, 0, 0, false },
        { ATTACHMENT_LOCATION, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, { NULL, 0 }, -1, -6.2087634, 106.8456131, true },
    };
    struct event ev;

    event_init(&ev);
    ev.kind = EVENT_EDIT;
    ev.platform = PLATFORM_TELEGRAM;
    ev.channel = TEXT("bot1");
    ev.id = TEXT("5/7");
    ev.thread = (struct event_thread) { THREAD_GROUP, true, TEXT("5"), TEXT("p"), TEXT("q"), TEXT("Warung") };
    ev.direction = DIRECTION_IN;
    ev.sender_kind = SENDER_CUSTOMER;
    ev.author = (struct event_author) { TEXT("9"), TEXT("Sari"), TEXT("sari_x"), TEXT("+62") };
    ev.sent_at = INT64_C(1764020345123000);
    ev.text = TEXT("halo\n😀");
    ev.entities = TEXT("[ {\"a\": [1,\n 2.50]} ]");
    ev.attachments = attachments;
    ev.attachment_count = COUNT_OF(attachments);
    ev.reply_to = TEXT("5/6");
    ev.target = TEXT("5/5");
    ev.device = DEVICE_NATIVE;
    ev.detail = TEXT("{\"x\":\"\\u00e9\\/\"}");
    return ev;
}

static const char full_line[] =
    "{\"kind\":\"edit\",\"platform\":\"telegram\",\"channel\":\"bot1\",\"id\":\"5/7\",\"thread\":{\"type\":\"group\","
    "\"id\":\"5\",\"post\":\"p\",\"parent\":\"q\",\"name\":\"Warung\"},\"direction\":\"in\",\"sender_kind\":"
    "\"customer\","
    "\"author\":{\"id\":\"9\",\"name\":\"Sari\",\"username\":\"sari_x\",\"phone\":\"+62\"},"
    "\"sent_at\":\"2025-11-24T21:39:05.123Z\",\"text\":\"halo\\n😀\",\"entities\":[ {\"a\": [1,  2.50]} ],"
    "\"attachments\":[{\"type\":\"image\",\"mime\":\"image/jpeg\",\"name\":\"a "
    "\\\"b\\\".jpg\",\"size\":0,\"ref\":\"ref\","
    "\"url\":\"https://toko.example/a\"},{\"type\":\"location\",\"lat\":-6.2087634,\"lon\":106.8456131}],"
    "\"reply_to\":\"5/6\",\"target\":\"5/5\",\"device\":\"native\",\"detail\":{\"x\":\"\\u00e9\\/\"}}\n";

static void a_full_event_is_one_line_in_the_order_of_the_plan(void **state)
{
    struct event ev = full_event();
    struct buf b = BUF_INIT(10000);

    (void)state;
    event_write(&ev, &b);
    assert_string_equal(b.ptr, full_line);
    buf_fini(&b);
}

static void reading_gives_back_what_was_written(void **state)
{
    struct event back;
    struct fail why;
    struct buf b = BUF_INIT(10000);

    assert_int_equal(event_read(text_of(full_line), *state, &back, &why), 0);
    assert_true(back.attachments[1].lat == -6.2087634 && back.attachments[1].has_position);
    assert_int_equal(back.attachments[1].size, -1);
    assert_text(back.entities, "[ {\"a\": [1,  2.50]} ]");
    event_write(&back, &b);
    assert_string_equal(b.ptr, full_line);
    buf_fini(&b);
}

static void absent_fields_stay_absent(void **state)
{
    struct event ev, back;
    struct fail why;
    struct buf b = BUF_INIT(10000);

    event_init(&ev);
    ev.text = TEXT("");
    event_write(&ev, &b);
    assert_string_equal(b.ptr, "{\"kind\":\"message\",\"platform\":\"csv\",\"text\":\"\"}\n");
    assert_int_equal(event_read(buf_as_text(&b), *state, &back, &why), 0);
    assert_non_null(back.text.ptr);
    assert_null(back.id.ptr);
    assert_false(back.thread.present);
    assert_true(back.sent_at == TIME_NONE);
    assert_int_equal(back.attachment_count, 0);
    buf_fini(&b);
}

static void errors_name_the_member(void **state)
{
    static const char *const cases[][2] = {
        { "{}", "kind" },
        { "{\"kind\":\"message\"}", "platform" },
        { "{\"kind\":\"shout\",\"platform\":\"csv\"}", "kind" },
        { "{\"kind\":\"message\",\"platform\":5}", "platform" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"direction\":\"\"}", "direction" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"text\":null}", "text" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"colour\":1}", "colour" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"thread\":{}}", "thread.type" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"thread\":[]}", "thread" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"author\":{\"id\":1}}", "author.id" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"sent_at\":\"now\"}", "sent_at" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"entities\":{}}", "entities" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"detail\":[]}", "detail" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"attachments\":[5]}", "attachments[0]" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"attachments\":[{\"type\":\"file\",\"size\":-1}]}",
          "attachments[0].size" },
        { "{\"kind\":\"message\",\"platform\":\"csv\",\"attachments\":[{\"type\":\"location\",\"lat\":1}]}",
          "attachments[0]" },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct event ev = { .attachment_count = 77 };
        struct fail why;

        assert_int_equal(event_read(text_of(cases[i][0]), *state, &ev, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_FIELD);
        assert_string_equal(why.field, cases[i][1]);
        assert_int_equal(ev.attachment_count, 77);
    }
}

static void broken_lines_are_refused(void **state)
{
    static const char *const bad[] = { "", "{", "[]", "{\"kind\":\"message\",\"kind\":\"message\"}", "null" };
    struct event ev;
    struct fail why;

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(event_read(text_of(bad[i]), *state, &ev, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_FILE);
    }
}

static void a_copy_owns_everything(void **state)
{
    struct arena *first = arena_new(0);
    struct event ev;
    struct fail why;
    struct buf b = BUF_INIT(10000);

    assert_int_equal(event_read(text_of(full_line), first, &ev, &why), 0);
    const struct event *copy = event_copy(&ev, *state);
    arena_free(first);
    event_write(copy, &b);
    assert_string_equal(b.ptr, full_line);
    buf_fini(&b);
}

static void platforms_are_known_by_word(void **state)
{
    enum platform p;

    (void)state;
    for (int i = 0; i < PLATFORM_COUNT; i++) {
        assert_true(platform_from_word(text_of(platform_word((enum platform)i)), &p));
        assert_int_equal(p, i);
    }
    assert_false(platform_from_word(TEXT("myspace"), &p));
    assert_false(platform_from_word(TEXT(""), &p));
    assert_string_equal(direction_word(DIRECTION_UNKNOWN), "");
    assert_string_equal(event_kind_word(EVENT_UNSUPPORTED), "unsupported");
    assert_string_equal(thread_type_word(THREAD_GROUP), "group");
    assert_string_equal(sender_kind_word(SENDER_AUTO), "auto");
    assert_string_equal(device_word(DEVICE_IMPORT), "import");
    assert_string_equal(attachment_type_word(ATTACHMENT_PRODUCT), "product");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_event_is_one_line_in_the_order_of_the_plan),
        cmocka_unit_test(reading_gives_back_what_was_written),
        cmocka_unit_test(absent_fields_stay_absent),
        cmocka_unit_test(errors_name_the_member),
        cmocka_unit_test(broken_lines_are_refused),
        cmocka_unit_test(a_copy_owns_everything),
        cmocka_unit_test(platforms_are_known_by_word),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

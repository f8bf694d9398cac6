/* What events make of rows, case by case. */
#include "ingest_kit.h"

#include "db/jobq.h"
#include "domain/erase.h"
#include "util/crypto.h"
#include "util/enc.h"

static int64_t count(struct kit *k, const char *table, const char *where)
{
    return harness_i64(k->h, "SELECT count(*) FROM %s WHERE business_id = %lld AND %s", table, (long long)k->business,
                       where);
}

static void a_message_makes_a_waiting_conversation(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "halo kak"));
    assert_int_equal(k.result.messages_new, 1);
    assert_int_equal(k.result.thread_count, 1);
    assert_int_equal(count(&k, "conversation",
                           "is_head AND wait_since = '2026-11-09T02:00:00Z' AND contact_id IS NOT "
                           "NULL AND last_text = 'halo kak' AND message_count = 1 AND status = 0"),
                     1);
    assert_int_equal(count(&k, "contact", "name = 'Bu Ratna'"), 1);
    KIT_INGEST(&k, kit_out("7", "7/2", kit_time(MINUTE), "iya bu"));
    assert_int_equal(count(&k, "conversation", "wait_since IS NULL AND has_human_reply AND message_count = 2"), 1);
    assert_int_equal(count(&k, "wait", "end_kind = 1 AND ended_at - started_at = '1 minute'"), 1);
}

static void our_own_send_and_its_echo_are_one_row(void **state)
{
    for (int echo_first = 0; echo_first < 2; echo_first++) {
        struct kit k;

        kit_open(&k, *state);
        int64_t person = harness_member(k.h, k.business, echo_first ? "a@toko.example" : "b@toko.example", 1,
                                        (char)(40 + echo_first));
        KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "halo kak"));
        struct ingest_item echo = kit_item(&k, kit_out("7", "7/2", kit_time(MINUTE), "iya bu")), own = echo;
        own.event.device = DEVICE_PANEL;
        own.person_id = person;
        kit_ingest(&k, echo_first ? &echo : &own, 1);
        kit_ingest(&k, echo_first ? &own : &echo, 1);
        assert_int_equal(count(&k, "message", "external_id = '7/2'"), 1);
        assert_int_equal(harness_i64(k.h, "SELECT person_id FROM message WHERE business_id = %lld AND device = 1",
                                     (long long)k.business),
                         person);
        assert_int_equal(harness_i64(k.h, "SELECT agent_id FROM wait WHERE business_id = %lld", (long long)k.business),
                         person);
        assert_int_equal(count(&k, "conversation", "is_touched"), 1);
    }
}

static int refresh_tx(struct ctx *c, void *arg)
{
    return ingest_refresh_threads(c, arg, 1);
}

/* As serve does after an act, under its own role. */
static void refresh_as_web(struct kit *k)
{
    int64_t thread = harness_i64(k->h, "SELECT id FROM thread WHERE business_id = %lld", (long long)k->business);
    struct ctx *c = &k->h->web;

    db_enter_business(c, k->business);
    assert_ok(c, db_tx(c, refresh_tx, &thread));
    db_leave(c);
    arena_reset(c->mem);
}

static void acts_of_people_stop_and_reopen_clocks(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "halo kak"));
    harness_sql(k.h,
                "UPDATE conversation SET status = 2, resolved_at = '2026-11-09T03:00:00Z', is_touched = true "
                "WHERE business_id = %lld",
                (long long)k.business);
    refresh_as_web(&k);
    assert_int_equal(count(&k, "wait", "end_kind = 5 AND ended_at = '2026-11-09T03:00:00Z'"), 1);
    assert_int_equal(count(&k, "conversation", "wait_since IS NULL"), 1);
    harness_sql(k.h, "UPDATE conversation SET status = 0, resolved_at = NULL WHERE business_id = %lld",
                (long long)k.business);
    refresh_as_web(&k);
    assert_int_equal(count(&k, "wait", "end_kind = 0 AND started_at = '2026-11-09T02:00:00Z'"), 1);
    harness_sql(k.h,
                "INSERT INTO activity (business_id, conversation_id, thread_id, kind, happened_at) SELECT "
                "business_id, id, thread_id, 4, '2026-11-09T04:00:00Z' FROM conversation WHERE business_id = %lld",
                (long long)k.business);
    refresh_as_web(&k);
    assert_int_equal(count(&k, "wait", "end_kind = 3 AND ended_at = '2026-11-09T04:00:00Z'"), 1);
    KIT_INGEST(&k, kit_in("7", "7/2", kit_time(3 * HOUR), "kak?"));
    assert_int_equal(count(&k, "conversation", "wait_since = '2026-11-09T05:00:00Z'"), 1);
}

static void a_customer_after_a_resolve_opens_another_conversation(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "halo"), kit_out("7", "7/2", kit_time(MINUTE), "ya bu"));
    harness_sql(k.h,
                "UPDATE conversation SET status = 2, resolved_at = '2026-11-09T03:00:00Z', is_touched = true "
                "WHERE business_id = %lld",
                (long long)k.business);
    KIT_INGEST(&k, kit_in("7", "7/3", kit_time(2 * HOUR), "makasih ya"));
    assert_int_equal(count(&k, "conversation", "true"), 2);
    assert_int_equal(count(&k, "conversation", "is_head AND status = 0 AND wait_since IS NULL AND follows_reply"), 1);
    KIT_INGEST(&k, kit_in("7", "7/4", kit_time(2 * HOUR + MINUTE), "satu lagi dong"));
    assert_int_equal(count(&k, "conversation", "is_head AND wait_since IS NOT NULL AND message_count = 2"), 1);
    /* late news does not move what a person has seen */
    KIT_INGEST(&k, kit_in("7", "7/0", kit_time(-MINUTE), "permisi"));
    assert_int_equal(count(&k, "conversation", "status = 2 AND message_count = 3 AND NOT is_head"), 1);
}

static void a_snoozed_conversation_wakes(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "halo"));
    harness_sql(k.h, "UPDATE conversation SET status = 1, snoozed_until = now() WHERE business_id = %lld",
                (long long)k.business);
    KIT_INGEST(&k, kit_out("7", "7/2", kit_time(MINUTE), "sebentar bu"));
    assert_int_equal(count(&k, "conversation", "status = 1"), 1);
    KIT_INGEST(&k, kit_in("7", "7/3", kit_time(2 * MINUTE), "kak?"));
    assert_int_equal(count(&k, "conversation", "status = 0 AND snoozed_until IS NULL"), 1);
}

static void a_group_that_moved_keeps_its_thread(void **state)
{
    for (int new_first = 0; new_first < 2; new_first++) {
        struct kit k;

        kit_open(&k, *state);
        struct event old = kit_in("-5", "-5/1", kit_time(0), "halo"),
                     moved = kit_in("-5", "-5/2", kit_time(MINUTE), "");
        struct event now = kit_in("-1005", "-1005/1", kit_time(2 * MINUTE), "kak?");
        struct event late = kit_in("-5", "-5/0", kit_time(-MINUTE), "permisi");
        moved.direction = DIRECTION_SYSTEM;
        moved.sender_kind = SENDER_SYSTEM;
        moved.detail = TEXT("{\"notice\":\"migrate_to_chat_id\",\"from\":\"-5\",\"to\":\"-1005\"}");
        old.thread.type = moved.thread.type = now.thread.type = late.thread.type = THREAD_GROUP;
        old.author.id = now.author.id = late.author.id = TEXT("901");
        if (new_first) {
            KIT_INGEST(&k, old);
            KIT_INGEST(&k, now);
            KIT_INGEST(&k, moved);
        } else {
            KIT_INGEST(&k, old, moved);
            KIT_INGEST(&k, now);
        }
        KIT_INGEST(&k, late);
        assert_int_equal(count(&k, "thread", "external_id = '-1005' AND contact_id IS NULL"), 1);
        assert_int_equal(count(&k, "thread", "true"), 1);
        assert_int_equal(count(&k, "conversation", "is_head AND message_count = 4"), 1);
        assert_int_equal(count(&k, "conversation", "wait_since = '2026-11-09T01:59:00Z'"), 1);
    }
}

static void media_to_fetch_is_queued_once_a_batch(void **state)
{
    static const struct event_attachment photo = { .type = ATTACHMENT_IMAGE, .ref = { "AgAD", 4 }, .size = 10 };
    struct kit k;

    kit_open(&k, *state);
    struct event one = kit_in("7", "7/1", kit_time(0), ""), two = kit_in("7", "7/2", kit_time(1), "");
    one.attachments = two.attachments = &photo;
    one.attachment_count = two.attachment_count = 1;
    KIT_INGEST(&k, one, two);
    assert_int_equal(k.result.media_wanted, 2);
    assert_int_equal(count(&k, "job", "kind = 2 AND jsonb_array_length(payload -> 'messages') = 2"), 1);
    assert_int_equal(count(&k, "attachment", "state = 1"), 2);
    KIT_INGEST(&k, one, two);
    assert_int_equal(count(&k, "job", "true"), 1);
    /* and let go of when its source deletes it */
    KIT_INGEST(&k, kit_about(EVENT_DELETE, "7", "7/1", kit_time(MINUTE)));
    assert_int_equal(count(&k, "job", "key = '' AND due > now() AND payload = '{\"messages\": []}'"), 1);
    assert_int_equal(count(&k, "attachment", "state = 4 AND ref = ''"), 1);
}

static void a_deletion_takes_the_words_of_every_version(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    struct event edit = kit_about(EVENT_EDIT, "7", "7/1", kit_time(MINUTE));
    struct event late = kit_about(EVENT_EDIT, "7", "7/1", kit_time(30 * US_PER_S));
    edit.text = TEXT("rahasia kedua");
    late.text = TEXT("rahasia ketiga");
    KIT_INGEST(&k, kit_about(EVENT_DELETE, "7", "7/1", kit_time(HOUR)), edit);
    assert_int_equal(k.result.parked, 2);
    KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "rahasia pertama"));
    KIT_INGEST(&k, late);
    assert_int_equal(count(&k, "message", "text IS NULL AND deleted_at IS NOT NULL AND version = 3"), 1);
    assert_int_equal(count(&k, "message_version", "text IS NULL"), 2);
    assert_int_equal(count(&k, "parked_event", "true"), 0);
    assert_int_equal(count(&k, "conversation", "last_text = '' AND wait_since IS NULL"), 1);
    assert_int_equal(count(&k, "wait", "end_kind = 2"), 1);
}

static void a_deletion_takes_what_we_sent_and_what_quoted_it(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    struct event sent = kit_out("7", "7/2", kit_time(MINUTE), "rahasia"), answer = kit_in("7", "7/3", kit_time(HOUR), "oh");
    struct ingest_item item;
    int64_t person = harness_member(k.h, k.business, "sari@toko.example", 3, 'r');

    answer.reply_to = TEXT("7/2");
    answer.detail = TEXT("{\"quote\":\"rahasia\",\"album\":\"1\"}");
    KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "halo"));
    item = kit_item(&k, sent);
    item.person_id = person;
    kit_ingest(&k, &item, 1);
    KIT_INGEST(&k, answer);
    harness_sql(k.h,
                "INSERT INTO outbox (business_id, conversation_id, thread_id, channel_id, person_id, idempotency_key, text, state, "
                "message_id) SELECT business_id, conversation_id, thread_id, channel_id, %lld, 'kunci-satu-dua', text, 2, id "
                "FROM message WHERE business_id = %lld AND external_id = '7/2'",
                (long long)person, (long long)k.business);
    KIT_INGEST(&k, kit_about(EVENT_DELETE, "7", "7/2", kit_time(2 * HOUR)));
    assert_int_equal(count(&k, "outbox", "text = ''"), 1);
    assert_int_equal(count(&k, "message", "external_id = '7/3' AND detail = '{\"album\": \"1\"}'"), 1);
}

/* The words were kept by an answer that arrived after the deletion. */
static void the_quote_of_a_deleted_message_goes_whichever_comes_first(void **state)
{
    static const int orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    struct kit k;

    kit_open(&k, *state);
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        char thread[8], said[16], quoting[16];

        snprintf(thread, sizeof thread, "9%zu", i);
        snprintf(said, sizeof said, "%s/1", thread);
        snprintf(quoting, sizeof quoting, "%s/2", thread);
        struct event all[] = { kit_in(thread, said, kit_time(0), "rahasia"), kit_in(thread, quoting, kit_time(MINUTE), "itu tadi"),
                               kit_about(EVENT_DELETE, thread, said, kit_time(HOUR)) };
        all[1].reply_to = text_of(said);
        all[1].detail = TEXT("{\"quote\":\"rahasia\"}");
        for (int n = 0; n < 3; n++) {
            KIT_INGEST(&k, all[orders[i][n]]);
            /* both are known: the words are nowhere, whether or not the message itself has come */
            if (n == 1 && orders[i][2] == 0)
                assert_int_equal(count(&k, "message", "detail ? 'quote'"), 0);
        }
        assert_int_equal(count(&k, "message", "detail ? 'quote' OR text = 'rahasia'"), 0);
    }
}

static int erase_tx(struct ctx *c, void *arg)
{
    struct erase_result ignored;

    return erase_contact(c, *(int64_t *)arg, &ignored);
}

/* A body that was still waiting to be read when its person was forgotten brought her back. */
static void what_was_said_before_an_erasure_brings_nobody_back(void **state)
{
    struct kit k;
    struct event edit, group;
    int64_t contact;

    kit_open(&k, *state);
    group = kit_in("-70", "-70/1", kit_time(0), "halo semua");
    group.thread.type = THREAD_GROUP;
    group.author.id = TEXT("77");
    KIT_INGEST(&k, kit_in("77", "77/1", kit_time(0), "halo"), kit_in("88", "88/1", kit_time(0), "permisi"));
    contact = harness_i64(k.h, "SELECT contact_id FROM identity WHERE business_id = %lld AND external_id = '77'", (long long)k.business);
    db_enter_business(k.c, k.business);
    assert_ok(k.c, db_tx(k.c, erase_tx, &contact));
    db_leave(k.c);
    edit = kit_about(EVENT_EDIT, "77", "77/1", kit_time(MINUTE));
    edit.author.id = TEXT("77");
    edit.text = TEXT("halo lagi");
    KIT_INGEST(&k, kit_in("77", "77/1", kit_time(0), "halo"), kit_in("77", "77/2", kit_time(MINUTE), "masih ada?"),
               kit_out("77", "77/3", kit_time(HOUR), "ada, Bu Ratna"), edit, group, kit_in("88", "88/2", kit_time(MINUTE), "kak"));
    assert_int_equal(k.result.forgotten, 5);
    assert_int_equal(k.result.messages_new, 1);
    assert_int_equal(count(&k, "identity", "external_id = '77'"), 0);
    assert_int_equal(count(&k, "thread", "external_id = '77'"), 0);
    assert_int_equal(count(&k, "parked_event", "true"), 0);
    /* She may come back of her own will. */
    KIT_INGEST(&k, kit_in("77", "77/9", clock_now() + MINUTE, "saya lagi"));
    assert_int_equal(k.result.messages_new, 1);
    assert_int_equal(count(&k, "contact", "erased_at IS NULL"), 2);
}

static void a_change_whose_message_never_comes_is_dropped_after_a_month(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    KIT_INGEST(&k, kit_about(EVENT_DELETE, "7", "7/1", kit_time(0)), kit_about(EVENT_DELETE, "7", "7/2", kit_time(0)));
    harness_sql(k.h, "UPDATE parked_event SET parked_at = now() - interval '31 days' WHERE business_id = %lld AND target = '7/1'",
                (long long)k.business);
    db_enter_business(k.c, k.business);
    assert_int_equal(db_do(k.c, SQL_HOUSEKEEP_PARKED, IN(IN_I64(k.business))), 1);
    db_leave(k.c);
    assert_int_equal(count(&k, "parked_event", "target = '7/2'"), 1);
}

static int sweep_tx(struct ctx *c, void *arg)
{
    const struct text *files;
    size_t n;

    (void)arg;
    return erase_orphans(c, &files, &n);
}

static void parked_words_of_a_deleted_message_are_swept(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    struct event edit = kit_about(EVENT_EDIT, "7", "7/1", kit_time(MINUTE)), other = kit_about(EVENT_EDIT, "7", "7/2", kit_time(0));
    edit.text = other.text = TEXT("rahasia");
    KIT_INGEST(&k, edit, other, kit_about(EVENT_DELETE, "7", "7/1", kit_time(HOUR)));
    assert_int_equal(count(&k, "job", "kind = 2 AND payload = '{\"messages\": []}'"), 1);
    db_enter_business(k.c, k.business);
    assert_ok(k.c, db_tx(k.c, sweep_tx, NULL));
    db_leave(k.c);
    assert_int_equal(count(&k, "parked_event", "target = '7/1'"), 1);
    assert_int_equal(count(&k, "parked_event", "target = '7/2'"), 1);
}

static void a_file_that_comes_after_the_deletion_hangs_on_nothing(void **state)
{
    static const struct event_attachment photo = { .type = ATTACHMENT_IMAGE, .ref = { "AgAD", 4 }, .size = 10 };
    struct kit k;

    kit_open(&k, *state);
    struct event ev = kit_in("7", "7/1", kit_time(0), "");
    ev.attachments = &photo;
    ev.attachment_count = 1;
    KIT_INGEST(&k, ev);
    /* as erasing a person leaves it: wiped, and not deleted by its source */
    harness_sql(k.h, "UPDATE attachment SET state = 4, ref = '' WHERE business_id = %lld", (long long)k.business);
    int64_t message = harness_i64(k.h, "SELECT id FROM message WHERE business_id = %lld", (long long)k.business);
    db_enter_business(k.c, k.business);
    assert_int_equal(db_do(k.c, SQL_MEDIA_ATTACH,
                           IN(IN_I64(k.business), IN_I64(message), IN_I16(0), IN_I16(2), IN_NULL, IN_STR("image/png"), IN_I64(9),
                              IN_STR("kartu.png"))),
                     0);
    db_leave(k.c);
    assert_int_equal(count(&k, "attachment", "state = 4 AND name = ''"), 1);
}

static void ids_without_measure_spoil_no_batch(void **state)
{
    static char hex[10001];
    uint8_t noise[5000];
    struct kit k;

    kit_open(&k, *state);
    crypto_random(noise, sizeof noise);
    enc_hex(noise, sizeof noise, hex);
    struct text vast = text_of(hex);
    struct event edit = kit_about(EVENT_EDIT, "7", hex, kit_time(0)), mad = kit_about(EVENT_REACTION, "7", "7/1", kit_time(0));
    struct event page = kit_in("8", "8/1", kit_time(0), "dari halaman"), id = kit_in("9", hex, kit_time(0), "panjang");
    struct event who = kit_in("10", "10/1", kit_time(0), "siapa"), where = kit_in(hex, "11/1", kit_time(0), "di mana");
    mad.author.id = who.author.id = who.author.name = page.channel = vast;
    mad.text = TEXT("x");
    mad.direction = DIRECTION_IN;
    page.platform = PLATFORM_LINE;
    KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "halo"), edit, mad, page, id, who, where);
    assert_int_equal(count(&k, "message", "text IN ('halo', 'dari halaman', 'siapa')"), 3);
    assert_int_equal(count(&k, "reaction", "true"), 1);
}

static void hostile_bytes_are_stored_as_text(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    struct event ev = kit_in("7", "7/1", kit_time(0), "");
    static const char odd[] = "a\0b\xff\xed\xa0\x80";
    ev.text = (struct text) { odd, sizeof odd - 1 };
    ev.author.name = (struct text) { odd, sizeof odd - 1 };
    ev.detail = TEXT("{\"x\":\"\\u0000\"}");
    ev.entities = TEXT("[not json");
    KIT_INGEST(&k, ev);
    assert_int_equal(count(&k, "message", "detail IS NULL AND entities IS NULL AND left(text, 3) = U&'a\\FFFDb'"), 1);
}

static void a_tenant_sees_only_its_own(void **state)
{
    struct kit one, two;

    kit_open(&one, *state);
    kit_open(&two, *state);
    KIT_INGEST(&one, kit_in("7", "7/1", kit_time(0), "halo"));
    KIT_INGEST(&two, kit_in("7", "7/1", kit_time(0), "halo"));
    assert_int_equal(count(&one, "identity", "external_id = '7'"), 1);
    assert_int_equal(count(&two, "identity", "external_id = '7'"), 1);
    /* another's channel cannot be written to */
    struct ingest_item item = kit_item(&one, kit_in("8", "8/1", kit_time(0), "halo"));
    item.channel_id = two.channel;
    one.items = &item;
    one.count = 1;
    db_enter_business(one.c, one.business);
    assert_failed(one.c, db_tx(one.c, kit_tx, &one), FAIL_CONFLICT);
    db_leave(one.c);
    arena_reset(one.c->mem);
}

static void newest_name_wins_and_a_name_given_here_stays(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    struct event old = kit_in("7", "7/1", kit_time(0), "halo"), fresh = kit_in("7", "7/2", kit_time(MINUTE), "kak");
    fresh.author.name = TEXT("Ratna Melati");
    KIT_INGEST(&k, fresh);
    KIT_INGEST(&k, old);
    assert_int_equal(count(&k, "contact", "name = 'Ratna Melati'"), 1);
    harness_sql(k.h, "UPDATE contact SET name = 'Bu RT' WHERE business_id = %lld", (long long)k.business);
    struct event newer = kit_in("7", "7/3", kit_time(HOUR), "kak");
    newer.author.name = TEXT("R");
    KIT_INGEST(&k, newer);
    assert_int_equal(count(&k, "contact", "name = 'Bu RT'"), 1);
    assert_int_equal(count(&k, "identity", "name = 'R'"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_makes_a_waiting_conversation),
        cmocka_unit_test(our_own_send_and_its_echo_are_one_row),
        cmocka_unit_test(acts_of_people_stop_and_reopen_clocks),
        cmocka_unit_test(a_customer_after_a_resolve_opens_another_conversation),
        cmocka_unit_test(a_snoozed_conversation_wakes),
        cmocka_unit_test(a_group_that_moved_keeps_its_thread),
        cmocka_unit_test(media_to_fetch_is_queued_once_a_batch),
        cmocka_unit_test(a_deletion_takes_the_words_of_every_version),
        cmocka_unit_test(a_deletion_takes_what_we_sent_and_what_quoted_it),
        cmocka_unit_test(the_quote_of_a_deleted_message_goes_whichever_comes_first),
        cmocka_unit_test(what_was_said_before_an_erasure_brings_nobody_back),
        cmocka_unit_test(a_change_whose_message_never_comes_is_dropped_after_a_month),
        cmocka_unit_test(parked_words_of_a_deleted_message_are_swept),
        cmocka_unit_test(a_file_that_comes_after_the_deletion_hangs_on_nothing),
        cmocka_unit_test(ids_without_measure_spoil_no_batch),
        cmocka_unit_test(hostile_bytes_are_stored_as_text),
        cmocka_unit_test(a_tenant_sees_only_its_own),
        cmocka_unit_test(newest_name_wins_and_a_name_given_here_stays),
    };

    return HARNESS_RUN(tests);
}

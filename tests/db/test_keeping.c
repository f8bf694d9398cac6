/* What the books say of sends and files when something came late or went wrong. */
#include "ingest_kit.h"

static int64_t outbox_row(struct kit *k, const char *key, const char *columns, const char *values)
{
    int64_t conversation, thread, person;
    char email[64];

    snprintf(email, sizeof email, "%s@toko.example", key);
    person = harness_member(k->h, k->business, email, 3, key[0]);
    KIT_INGEST(k, kit_in("7", key, kit_time(MINUTE), "kak"));
    conversation = harness_i64(k->h, "SELECT id FROM conversation WHERE business_id = %lld", (long long)k->business);
    thread = harness_i64(k->h, "SELECT id FROM thread WHERE business_id = %lld", (long long)k->business);
    return harness_i64(k->h, "INSERT INTO outbox (business_id, conversation_id, thread_id, channel_id, person_id, "
                             "idempotency_key, text, %s) VALUES (%lld, %lld, %lld, %lld, %lld, '%s-kunci-1', 'siap', %s) RETURNING id",
                       columns, (long long)k->business, (long long)conversation, (long long)thread,
                       (long long)k->channel, (long long)person, key, values);
}

static int receipt(struct kit *k, int64_t row, int16_t part, time_us *lease)
{
    int rc;

    db_enter_business(k->c, k->business);
    rc = db_one(k->c, SQL_DELIVER_RECEIPT,
                IN(IN_I64(k->business), IN_I64(row), IN_STR("m-1"), IN_TIME(kit_time(0)), IN_TIME(kit_time(0)),
                   IN_I16(part)),
                OUT(OUT_TIME(lease)));
    assert_ok(k->c, rc);
    db_leave(k->c);
    return rc;
}

static void a_late_answer_for_a_part_is_not_taken_for_the_next(void **state)
{
    struct kit k;
    time_us lease = 0;

    kit_open(&k, *state);
    int64_t row = outbox_row(&k, "bagian", "state, part", "0, 1");
    assert_int_equal(receipt(&k, row, 0, &lease), 0);
    assert_int_equal(harness_i64(k.h, "SELECT count(*) FROM outbox WHERE id = %lld AND state = 0 AND accepted_id IS NULL",
                                 (long long)row), 1);
    assert_int_equal(receipt(&k, row, 1, &lease), 1);
}

static void what_is_given_up_undecided_says_since_when(void **state)
{
    struct kit k;
    int64_t thread = 0;

    kit_open(&k, *state);
    int64_t row = outbox_row(&k, "ulang", "state, is_in_flight, lease_until, can_repeat, attempts",
                             "1, true, now() - interval '1 minute', true, 8");
    db_enter_business(k.c, k.business);
    assert_ok(k.c, db_one(k.c, SQL_DELIVER_EXPIRE, IN(IN_I64(k.business), IN_I16S(NULL, 0)), OUT(OUT_I64(&thread))));
    db_leave(k.c);
    assert_int_equal(harness_i64(k.h, "SELECT count(*) FROM outbox WHERE id = %lld AND state = 4 AND done_at IS NOT NULL",
                                 (long long)row), 1);
}

static void the_file_of_an_import_that_was_taken_back_goes_too(void **state)
{
    struct kit k;
    int64_t id = 0, want;

    kit_open(&k, *state);
    want = harness_i64(k.h, "INSERT INTO archive (business_id, file_name, size, state, done_at) "
                            "VALUES (%lld, 'a.txt', 1, 8, now() - interval '8 days') RETURNING id", (long long)k.business);
    db_enter_business(k.c, k.business);
    assert_int_equal(db_one(k.c, SQL_HOUSEKEEP_UPLOADS, IN(IN_I64(k.business)), OUT(OUT_I64(&id))), 1);
    db_leave(k.c);
    assert_int_equal(id, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_answer_for_a_part_is_not_taken_for_the_next),
        cmocka_unit_test(what_is_given_up_undecided_says_since_when),
        cmocka_unit_test(the_file_of_an_import_that_was_taken_back_goes_too),
    };

    return HARNESS_RUN(tests);
}

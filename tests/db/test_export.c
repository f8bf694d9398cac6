/* What leaves comes back: export, import elsewhere, export again. And what is erased is gone. */
#include "ingest_kit.h"

#include "domain/erase.h"
#include "domain/export.h"
#include "domain/import.h"

#include "util/buf.h"
#include "util/str.h"

struct trip {
    struct kit *k;
    struct buf lines;
    struct export_filter filter;
    struct import_summary summary;
    struct erase_result erased;
    int64_t contact;
};

static int write_line(const struct event *ev, void *arg)
{
    event_write(ev, arg);
    return 0;
}

static int export_tx(struct ctx *c, void *arg)
{
    struct trip *t = arg;

    buf_reset(&t->lines);
    return export_events(c, &t->filter, write_line, &t->lines);
}

static int import_tx(struct ctx *c, void *arg)
{
    struct trip *t = arg;
    const struct import_options o = { .channel_id = t->k->channel, .has_ids = true };
    struct text rest = buf_as_text(&t->lines), line;
    struct import *im = NULL;
    struct event ev;
    int rc = 0;

    if (import_begin(c, &o, &im))
        return -1;
    while (!rc && str_line(&rest, &line))
        rc = event_read(line, c->mem, &ev, &c->fail) || import_add(im, &ev) ? -1 : 0;
    rc = rc ? rc : import_merge(im, NULL, NULL, &t->summary);
    import_free(im);
    return rc;
}

static int erase_tx(struct ctx *c, void *arg)
{
    struct trip *t = arg;

    return erase_contact(c, t->contact, &t->erased);
}

static void run(struct trip *t, int (*tx)(struct ctx *, void *))
{
    db_enter_business(t->k->c, t->k->business);
    assert_ok(t->k->c, db_tx(t->k->c, tx, t));
    db_leave(t->k->c);
    arena_reset(t->k->c->mem);
    assert_false(t->lines.failed);
}

static void fill(struct kit *k)
{
    static const struct event_attachment photo = {
        .type = ATTACHMENT_IMAGE, .mime = { "image/jpeg", 10 }, .size = 1234, .ref = { "AgAD", 4 }
    };
    static const struct event_attachment place = {
        .type = ATTACHMENT_LOCATION, .size = -1, .lat = -6.2, .lon = 106.816666, .has_position = true
    };
    struct event first = kit_in("77001", "77001/1", kit_time(0), "Halo kak 👋 \"ready\"?\n\ttidak");
    struct event photo_in = kit_in("77001", "77001/2", kit_time(MINUTE), "");
    struct event place_in = kit_in("77001", "77001/10", kit_time(MINUTE), "di sini");
    struct event edit = kit_about(EVENT_EDIT, "77001", "77001/1", kit_time(2 * MINUTE));
    struct event gone = kit_about(EVENT_DELETE, "77001", "77001/10", kit_time(3 * MINUTE));
    struct event heart = kit_about(EVENT_REACTION, "77001", "77001/3", kit_time(5 * MINUTE));
    struct event failed = kit_about(EVENT_STATUS, "77001", "77001/4", kit_time(6 * MINUTE));
    struct event member = kit_in("-1005", "-1005/1", kit_time(HOUR), "di grup");
    struct event odd = kit_event(EVENT_UNSUPPORTED, "77001", "77001/5", kit_time(7 * MINUTE));

    photo_in.attachments = &photo;
    photo_in.attachment_count = 1;
    photo_in.detail = TEXT("{\"album\":\"9\"}");
    photo_in.entities = TEXT("[{\"type\":\"bold\",\"length\":2}]");
    photo_in.reply_to = TEXT("77001/1");
    place_in.attachments = &place;
    place_in.attachment_count = 1;
    edit.text = TEXT("Halo kak, ready?");
    heart.direction = DIRECTION_IN;
    heart.author.id = TEXT("77001");
    heart.text = TEXT("❤");
    failed.detail = TEXT("{\"status\":\"failed\",\"error\":\"blocked by the user\"}");
    member.thread.type = THREAD_GROUP;
    member.thread.name = TEXT("Arisan RT 05");
    member.author.id = TEXT("77001");
    odd.direction = DIRECTION_IN;
    odd.sender_kind = SENDER_CUSTOMER;
    odd.detail = TEXT("{\"type\":\"dice\"}");
    KIT_INGEST(k, first, photo_in, place_in, kit_out("77001", "77001/3", kit_time(4 * MINUTE), "ready kak"),
               kit_out("77001", "77001/4", kit_time(4 * MINUTE), "mau berapa"), edit, gone, heart, failed, odd, member,
               kit_in("88002", "88002/1", kit_time(30 * HOUR), "apakah buka"));
}

static void what_leaves_comes_back(void **state)
{
    struct kit k, other;
    struct trip there = { .k = &k, .lines = BUF_INIT(1 << 20) }, back = { .k = &other, .lines = BUF_INIT(1 << 20) };

    kit_open(&k, *state);
    fill(&k);
    run(&there, export_tx);
    assert_int_equal(k.result.messages_new, 8);

    /* into the business it came from: all of it is known */
    char *before = kit_dump(&k);
    struct trip again = { .k = &k, .lines = there.lines };
    run(&again, import_tx);
    assert_int_equal(again.summary.fresh, 0);
    char *after = kit_dump(&k);
    kit_assert_same(before, after);

    /* and into an empty one: the same bytes come out again */
    kit_open(&other, *state);
    back.lines = there.lines;
    run(&back, import_tx);
    assert_int_equal(back.summary.fresh, 8);
    back.lines = BUF_INIT(1 << 20);
    run(&back, export_tx);
    kit_assert_same(there.lines.ptr, back.lines.ptr);
    free(before);
    free(after);
    buf_fini(&there.lines);
    buf_fini(&back.lines);
}

static void a_contact_leaves_with_what_they_said_in_groups(void **state)
{
    struct kit k;
    struct trip t = { .k = &k, .lines = BUF_INIT(1 << 20) };

    kit_open(&k, *state);
    fill(&k);
    t.filter.contact_id =
        harness_i64(k.h, "SELECT contact_id FROM identity WHERE business_id = %lld AND external_id = '77001'",
                    (long long)k.business);
    run(&t, export_tx);
    assert_non_null(strstr(t.lines.ptr, "di grup"));
    assert_null(strstr(t.lines.ptr, "apakah buka"));
    t.filter.contact_id = 1 << 30;
    db_enter_business(k.c, k.business);
    assert_failed(k.c, db_tx(k.c, export_tx, &t), FAIL_NOT_FOUND);
    db_leave(k.c);
    buf_fini(&t.lines);
}

static int count_row(void *arg)
{
    ++*(int *)arg;
    return 0;
}

static void files_that_came_before_an_erasure_go_early(void **state)
{
    struct kit k;
    int64_t id = 0;
    int found = 0;

    kit_open(&k, *state);
    harness_sql(k.h,
                "INSERT INTO archive (business_id, file_name, size, state, created_at, done_at) SELECT %lld, n, 1, 4, now() - at, "
                "now() - at FROM (VALUES ('old', interval '3 days'), ('new', '90 minutes'), ('busy', '1 minute')) v (n, at)",
                (long long)k.business);
    db_enter_business(k.c, k.business);
    for (int erased = 0; erased < 2; erased++) {
        found = 0;
        assert_ok(k.c, db_each(k.c, SQL_HOUSEKEEP_UPLOADS, IN(IN_I64(k.business)), OUT(OUT_I64(&id)), count_row, &found));
        assert_int_equal(found, erased);
        harness_sql(k.h, "INSERT INTO erasure (business_id, contact_id, handles, erased_at) VALUES (%lld, 1, '{}', "
                         "now() - interval '2 hours')", (long long)k.business);
    }
    db_leave(k.c);
    assert_int_equal(harness_i64(k.h, "SELECT id FROM archive WHERE business_id = %lld AND file_name = 'old'",
                                 (long long)k.business), id);
}

static void erasing_leaves_counts_and_clocks_only(void **state)
{
    struct kit k;
    struct trip t = { .k = &k, .lines = BUF_INIT(1 << 20) };

    kit_open(&k, *state);
    fill(&k);
    harness_sql(k.h,
                "INSERT INTO delivery (hook_key, platform, business_id, state, body) VALUES "
                "('key', 5, %lld, 1, '{\"from\":{\"id\":77001}}'), ('key', 5, %lld, 1, '{\"from\":{\"id\":88002}}')",
                (long long)k.business, (long long)k.business);
    harness_sql(
        k.h,
        "INSERT INTO media (business_id, hash, size, mime, stored_at) VALUES (%lld, sha256('x'), 1, 'image/jpeg', "
        "now() - interval '1 hour')",
        (long long)k.business);
    harness_sql(k.h, "UPDATE attachment SET media_hash = sha256('x'), state = 2 WHERE business_id = %lld AND type = 1",
                (long long)k.business);
    static const char counts[] =
        "SELECT (SELECT count(*) FROM message WHERE business_id = %lld) || ' ' || "
        "(SELECT string_agg(concat_ws('/', started_at, ended_at, end_kind), ',' ORDER BY id) FROM wait "
        "WHERE business_id = %lld)";
    char *before = strdup(harness_sql(k.h, counts, (long long)k.business, (long long)k.business));
    t.contact = harness_i64(k.h, "SELECT contact_id FROM identity WHERE business_id = %lld AND external_id = '77001'",
                            (long long)k.business);
    db_enter_business(k.c, k.business);
    assert_ok(k.c, db_tx(k.c, erase_tx, &t));
    assert_int_equal(t.erased.messages, 7);
    assert_int_equal(t.erased.deliveries, 1);
    assert_int_equal(t.erased.file_count, 1);
    assert_failed(k.c, db_tx(k.c, erase_tx, &t), FAIL_NOT_FOUND);
    db_leave(k.c);
    assert_string_equal(harness_sql(k.h, counts, (long long)k.business, (long long)k.business), before);

    static const char *const tables[] = { "contact",      "identity",        "thread",     "conversation",
                                          "message",      "message_version", "attachment", "reaction",
                                          "parked_event", "outbox",          "audit" };
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        assert_int_equal(harness_i64(k.h,
                                     "SELECT count(*) FROM %s x WHERE business_id = %lld AND x::text ~ "
                                     "'77001|Ratna.*77001|ready|di grup|berapa|AgAD'",
                                     tables[i], (long long)k.business),
                         0);
    assert_int_equal(harness_i64(k.h, "SELECT count(*) FROM erasure WHERE business_id = %lld", (long long)k.business),
                     1);
    assert_int_equal(
        harness_i64(k.h, "SELECT count(*) FROM contact_key WHERE business_id = %lld", (long long)k.business), 0);
    assert_int_equal(harness_i64(k.h, "SELECT count(*) FROM message WHERE business_id = %lld AND text = 'apakah buka'",
                                 (long long)k.business),
                     1);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leaves_comes_back),
        cmocka_unit_test(a_contact_leaves_with_what_they_said_in_groups),
        cmocka_unit_test(files_that_came_before_an_erasure_go_early),
        cmocka_unit_test(erasing_leaves_counts_and_clocks_only),
    };

    return HARNESS_RUN(tests);
}

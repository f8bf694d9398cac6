/* An import taken back: exactly what it brought goes, and everything around it is as it was. exports.md 8. */
#include "ingest_kit.h"

#include "domain/import.h"

struct line {
    int minute;
    bool out;
    const char *words;
};

struct upload {
    struct kit *k;
    const char *thread;
    int64_t archive;
    bool has_ids;
    const struct line *lines;
    size_t count;
    struct import_summary summary;
};

static int run(struct ctx *c, void *arg)
{
    struct upload *u = arg;
    const struct import_options o = { .channel_id = u->k->channel, .archive_id = u->archive, .has_ids = u->has_ids };
    struct import *im = NULL;
    int rc = 0;

    if (import_begin(c, &o, &im))
        return -1;
    for (size_t i = 0; i < u->count && !rc; i++) {
        const struct line *l = &u->lines[i];
        char id[64];

        snprintf(id, sizeof id, "%s/%d", u->thread, l->minute);
        struct event ev = kit_in(u->thread, id, kit_time(l->minute * MINUTE), l->words);
        if (l->out)
            ev = kit_out(u->thread, id, kit_time(l->minute * MINUTE), l->words);
        else
            ev.author = (struct event_author) { .id = text_of(u->thread), .name = TEXT("Bu Ratna") };
        ev.device = DEVICE_IMPORT;
        rc = import_add(im, &ev);
    }
    rc = rc ? rc : import_merge(im, NULL, NULL, &u->summary);
    import_free(im);
    return rc;
}

static int64_t archive_of(struct kit *k)
{
    return harness_i64(k->h, "INSERT INTO archive (business_id, file_name, size, state) VALUES (%lld, 'a.txt', 1, 4) RETURNING id",
                       (long long)k->business);
}

static struct upload import(struct kit *k, const char *thread, bool has_ids, const struct line *lines, size_t count)
{
    struct upload u = { .k = k, .thread = thread, .has_ids = has_ids, .lines = lines, .count = count };

    u.archive = archive_of(k);
    db_enter_business(k->c, k->business);
    assert_ok(k->c, db_tx(k->c, run, &u));
    db_leave(k->c);
    arena_reset(k->c->mem);
    return u;
}

static struct import_undone undo(struct kit *k, int64_t archive)
{
    struct import_undone done;

    db_enter_business(k->c, k->business);
    assert_ok(k->c, import_undo(k->c, archive, &done));
    db_leave(k->c);
    arena_reset(k->c->mem);
    return done;
}

static const struct line history[] = {
    { .minute = -3000, .words = "halo kak, apakah masih ada" },
    { .minute = -2990, .out = true, .words = "masih kak, mau berapa" },
    { .minute = 5, .words = "tolong dua kotak untuk besok pagi" },
    { .minute = 30, .out = true, .words = "baik, kami catat pesanannya" },
    { .minute = 4000, .words = "sudah sampai, terima kasih banyak" },
};

static void everything_of_a_file_alone_goes(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    char *before = kit_dump(&k);
    struct upload u = import(&k, "900", false, history, COUNT_OF(history));

    assert_int_equal(u.summary.fresh, 5);
    struct import_undone done = undo(&k, u.archive);
    assert_int_equal(done.messages, 5);
    assert_int_equal(done.people, 1);
    char *after = kit_dump(&k);
    kit_assert_same(before, after);
    assert_int_equal(harness_i64(k.h,
                                 "SELECT (SELECT count(*) FROM conversation) + (SELECT count(*) FROM thread) + (SELECT count(*) "
                                 "FROM contact) FROM business WHERE id = %lld",
                                 (long long)k.business) -
                         harness_i64(k.h,
                                     "SELECT (SELECT count(*) FROM conversation WHERE business_id <> %lld) + (SELECT count(*) FROM "
                                     "thread WHERE business_id <> %lld) + (SELECT count(*) FROM contact WHERE business_id <> %lld)",
                                     (long long)k.business, (long long)k.business, (long long)k.business),
                     0);
    free(before);
    free(after);
}

static void live_messages_around_it_are_as_before(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    KIT_INGEST(&k, kit_in("7", "7/1", kit_time(0), "selamat pagi"), kit_out("7", "7/2", kit_time(20 * MINUTE), "pagi kak"),
               kit_in("7", "7/3", kit_time(50 * HOUR), "mau pesan"));
    char *before = kit_dump(&k);
    struct upload u = import(&k, "7", true, history, COUNT_OF(history));

    assert_int_equal(u.summary.fresh, 5);
    struct import_undone done = undo(&k, u.archive);
    assert_int_equal(done.messages, 5);
    assert_int_equal(done.people, 0);
    char *after = kit_dump(&k);
    kit_assert_same(before, after);
    free(before);
    free(after);
}

static void what_another_file_told_too_stays_until_that_one_goes(void **state)
{
    static const struct line more[] = { { .minute = 6000, .words = "besok buka jam berapa ya kak" } };

    for (int has_ids = 0; has_ids < 2; has_ids++) {
        struct line longer[COUNT_OF(history) + 1];
        struct kit k;

        memcpy(longer, history, sizeof history);
        longer[COUNT_OF(history)] = more[0];
        kit_open(&k, *state);
        char *empty = kit_dump(&k);
        struct upload first = import(&k, "900", has_ids, history, COUNT_OF(history));
        struct upload second = import(&k, "900", has_ids, longer, COUNT_OF(longer));

        assert_int_equal(second.summary.fresh, 1);
        char *both = kit_dump(&k);
        struct import_undone done = undo(&k, first.archive);
        assert_int_equal(done.messages, 0);
        assert_int_equal(done.kept, 5);
        char *after = kit_dump(&k);
        kit_assert_same(both, after);
        done = undo(&k, second.archive);
        assert_int_equal(done.messages, 6);
        char *gone = kit_dump(&k);
        kit_assert_same(empty, gone);
        free(empty);
        free(both);
        free(after);
        free(gone);
    }
}

static void the_later_file_goes_and_leaves_what_the_earlier_brought(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    struct upload first = import(&k, "900", false, history, 3);
    char *before = kit_dump(&k);
    struct upload second = import(&k, "900", false, history, COUNT_OF(history));

    assert_int_equal(second.summary.fresh, 2);
    assert_int_equal(undo(&k, second.archive).messages, 2);
    char *after = kit_dump(&k);
    kit_assert_same(before, after);
    assert_int_equal(undo(&k, first.archive).messages, 3);
    free(before);
    free(after);
}

static void what_its_platform_told_too_stays(void **state)
{
    struct kit k;

    kit_open(&k, *state);
    struct upload u = import(&k, "7", true, history, COUNT_OF(history));

    KIT_INGEST(&k, kit_in("7", "7/5", kit_time(5 * MINUTE), "tolong dua kotak untuk besok pagi"));
    assert_int_equal(undo(&k, u.archive).messages, 4);
    assert_int_equal(harness_i64(k.h, "SELECT count(*) FROM message WHERE business_id = %lld", (long long)k.business), 1);
}

static void only_what_was_imported_can_be_taken_back_and_once(void **state)
{
    struct import_undone done;
    struct kit k;

    kit_open(&k, *state);
    struct upload u = import(&k, "900", false, history, COUNT_OF(history));
    (void)undo(&k, u.archive);
    db_enter_business(k.c, k.business);
    assert_failed(k.c, import_undo(k.c, u.archive, &done), FAIL_CONFLICT);
    assert_failed(k.c, import_undo(k.c, u.archive + 1000, &done), FAIL_NOT_FOUND);
    db_leave(k.c);
    /* the same file may come again */
    assert_int_equal(import(&k, "900", false, history, COUNT_OF(history)).summary.fresh, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_of_a_file_alone_goes),
        cmocka_unit_test(live_messages_around_it_are_as_before),
        cmocka_unit_test(what_another_file_told_too_stays_until_that_one_goes),
        cmocka_unit_test(the_later_file_goes_and_leaves_what_the_earlier_brought),
        cmocka_unit_test(what_its_platform_told_too_stays),
        cmocka_unit_test(only_what_was_imported_can_be_taken_back_and_once),
    };

    return HARNESS_RUN(tests);
}

/* Exports laid over what is stored: nothing twice, nothing lost (exports.md 8.2). */
#include "ingest_kit.h"

#include "domain/import.h"

struct line {
    int minute;
    bool out;
    const char *words, *detail, *file;
};

struct upload {
    struct kit *k;
    const struct line *lines;
    size_t count;
    const char *thread, *author;
    int shift;    /* minutes */
    bool seconds; /* the other phone's clock has them */
    struct import_summary summary;
};

static int add_line(struct upload *u, struct import *im, size_t i)
{
    const struct line *l = &u->lines[i];
    struct event_attachment file = { .type = ATTACHMENT_IMAGE, .name = text_of(l->file), .size = -1 };
    char id[64];
    int n = 0;

    for (size_t k = 0; k < i; k++)
        n += u->lines[k].minute == l->minute && strcmp(u->lines[k].words, l->words) == 0;
    snprintf(id, sizeof id, "%s/%d/%.20s/%d", u->thread, l->minute + u->shift, l->words, n);
    struct event ev =
        kit_in(u->thread, id, kit_time((l->minute + u->shift) * MINUTE + (u->seconds ? 7 * US_PER_S : 0)), l->words);
    ev.platform = PLATFORM_WHATSAPP;
    ev.device = DEVICE_IMPORT;
    ev.author = (struct event_author) { .name = text_of(l->out ? "Toko" : u->author) };
    if (l->out) {
        ev.direction = DIRECTION_OUT;
        ev.sender_kind = SENDER_AGENT;
    }
    ev.detail = text_of(l->detail);
    if (l->file) {
        ev.attachments = &file;
        ev.attachment_count = 1;
    }
    return import_add(im, &ev);
}

static int run(struct ctx *c, void *arg)
{
    struct upload *u = arg;
    const struct import_options o = { .channel_id = u->k->channel };
    struct import *im = NULL;
    int rc = 0;

    if (import_begin(c, &o, &im))
        return -1;
    for (size_t i = 0; i < u->count && !rc; i++)
        rc = add_line(u, im, i);
    rc = rc ? rc : import_merge(im, NULL, NULL, &u->summary);
    import_free(im);
    return rc;
}

struct reading {
    struct kit *k;
    bool is_first;
};

/* While the file is read, the platform's own messages come in; only merging keeps them out. */
static int read_slowly(struct ctx *c, void *arg)
{
    static const struct line line = { 0, false, "halo kak", NULL, NULL };
    struct reading *r = arg;
    struct upload u = { .k = r->k, .lines = &line, .count = 1, .thread = "wa", .author = "Bu Ratna" };
    const struct import_options o = { .channel_id = r->k->channel };
    struct import_summary ignored;
    struct import *im = NULL;
    int rc;

    if (import_begin(c, &o, &im))
        return -1;
    assert_int_equal(harness_i64(r->k->h, "SELECT pg_try_advisory_xact_lock(hashint8extended(%lld, 7401))::int",
                                 (long long)r->k->business),
                     1);
    if (r->is_first) {
        struct kit live = *r->k;

        live.c = &r->k->h->owner;
        KIT_INGEST(&live, kit_in("7", "7/1", kit_time(0), "halo kak"));
    }
    rc = add_line(&u, im, 0) || import_merge(im, NULL, NULL, &ignored) ? -1 : 0;
    import_free(im);
    return rc;
}

static void reading_a_file_keeps_no_message_out(void **state)
{
    struct kit k;
    struct reading r = { &k, true };

    kit_open(&k, *state);
    db_enter_business(k.c, k.business);
    assert_failed(k.c, db_tx(k.c, read_slowly, &r), FAIL_TRY_AGAIN);
    r.is_first = false;
    assert_ok(k.c, db_tx(k.c, read_slowly, &r));
    db_leave(k.c);
    arena_reset(k.c->mem);
}

static struct import_summary import(struct upload *u)
{
    struct ctx *c = u->k->c;

    db_enter_business(c, u->k->business);
    assert_ok(c, db_tx(c, run, u));
    db_leave(c);
    arena_reset(c->mem);
    assert_int_equal(u->summary.read, u->summary.fresh + u->summary.known + u->summary.skipped);
    return u->summary;
}

#define LINES(u, ...)                                                                                                  \
    do {                                                                                                               \
        static const struct line lines_[] = { __VA_ARGS__ };                                                           \
        (u)->lines = lines_;                                                                                           \
        (u)->count = COUNT_OF(lines_);                                                                                 \
    } while (0)

#define CHAT                                                                                                           \
    { .minute = 0, .words = "selamat pagi kak, apakah masih ada" }, { .minute = 1, .words = "ok" },                    \
        { .minute = 1, .words = "ok" }, { .minute = 2, .out = true, .words = "ada kak, mau berapa porsi" },            \
        { .minute = 3, .words = "tolong dua belas kotak untuk hari rabu" },                                            \
        { .minute = 4, .out = true, .words = "baik kami catat pesanannya ya" },                                        \
        { .minute = 60, .words = "alamatnya jalan melati nomor sembilan" },                                            \
        { .minute = 61, .words = "nasi kuning dengan ayam suwir semua" },                                              \
        { .minute = 62, .out = true, .words = "siap, totalnya tiga ratus ribu rupiah" },                               \
        { .minute = 63, .words = "saya transfer sore ini setelah pulang kerja" },                                      \
        { .minute = 64, .out = true, .words = "ditunggu ya bu, terima kasih banyak" },                                 \
    {                                                                                                                  \
        .minute = 65, .words = "sudah saya transfer barusan mohon dicek"                                               \
    }

static void open(struct upload *u, struct kit *k, struct harness *h)
{
    kit_open(k, h);
    *u = (struct upload) { .k = k, .thread = "chat", .author = "Bu Ratna" };
    LINES(u, CHAT);
    assert_int_equal(import(u).fresh, 12);
}

static int64_t rows(struct kit *k)
{
    return harness_i64(k->h, "SELECT count(*) FROM message WHERE business_id = %lld", (long long)k->business);
}

static void a_first_import_threads_and_waits(void **state)
{
    struct kit k;
    struct upload u;

    open(&u, &k, *state);
    assert_int_equal(u.summary.people, 1);
    assert_int_equal(u.summary.conversations, 1);
    assert_int_equal(u.summary.unanswered, 1);
    assert_int_equal(harness_i64(k.h,
                                 "SELECT count(*) FROM wait WHERE business_id = %lld AND is_backfill "
                                 "AND ended_at IS NULL",
                                 (long long)k.business),
                     1);
    assert_string_equal(harness_sql(k.h, "SELECT bool_and(is_backfill) FROM conversation WHERE business_id = %lld",
                                    (long long)k.business),
                        "t");
    /* the order of the file, not of the ids, within one minute */
    assert_string_equal(harness_sql(k.h,
                                    "SELECT string_agg(left(text, 3), ',' ORDER BY sent_at, octet_length(external_id), "
                                    "external_id COLLATE \"C\") FROM message WHERE business_id = %lld",
                                    (long long)k.business),
                        "sel,ok,ok,ada,tol,bai,ala,nas,sia,say,dit,sud");
}

static void the_same_file_again_adds_nothing(void **state)
{
    struct kit k;
    struct upload u;

    open(&u, &k, *state);
    char *before = kit_dump(&k);
    assert_int_equal(import(&u).fresh, 0);
    assert_int_equal(u.summary.known, 12);
    char *after = kit_dump(&k);
    kit_assert_same(before, after);
    free(before);
    free(after);
}

static void a_longer_export_adds_only_what_is_new(void **state)
{
    struct kit k;
    struct upload u;

    open(&u, &k, *state);
    LINES(&u, CHAT, { .minute = 65, .words = "sudah saya transfer barusan mohon dicek" },
          { .minute = 70, .out = true, .words = "sudah masuk bu" });
    assert_int_equal(import(&u).fresh, 2);
    assert_int_equal(rows(&k), 14);
}

static void an_export_cut_off_at_its_start_adds_nothing(void **state)
{
    struct kit k;
    struct upload u;

    open(&u, &k, *state);
    LINES(&u, { .minute = 1, .words = "ok" }, { .minute = 2, .out = true, .words = "ada kak, mau berapa porsi" },
          { .minute = 3, .words = "tolong dua belas kotak untuk hari rabu" });
    assert_int_equal(import(&u).fresh, 0);
}

static void older_history_goes_before(void **state)
{
    struct kit k;
    struct upload u;

    open(&u, &k, *state);
    LINES(&u, { .minute = -3000, .words = "assalamualaikum, buka jam berapa" },
          { .minute = -2990, .out = true, .words = "jam delapan pagi bu" }, CHAT);
    assert_int_equal(import(&u).fresh, 2);
    assert_int_equal(
        harness_i64(k.h, "SELECT count(*) FROM conversation WHERE business_id = %lld", (long long)k.business), 2);
    assert_string_equal(harness_sql(k.h,
                                    "SELECT string_agg(message_count::text, ',' ORDER BY first_at) FROM conversation "
                                    "WHERE business_id = %lld",
                                    (long long)k.business),
                        "2,12");
}

static void a_constant_shift_is_found_and_adds_no_copies(void **state)
{
    struct kit k;
    struct upload u;

    open(&u, &k, *state);
    u.shift = 60;
    LINES(&u, CHAT, { .minute = 90, .words = "apakah sudah dikirim kak pesanannya" });
    assert_int_equal(import(&u).fresh, 1);
    assert_int_equal(u.summary.shift_minutes, 60);
    assert_int_equal(harness_i64(k.h,
                                 "SELECT extract(epoch FROM max(sent_at) - min(sent_at)) / 60 FROM message "
                                 "WHERE business_id = %lld",
                                 (long long)k.business),
                     90);
}

static void the_other_phone_adds_nothing(void **state)
{
    struct kit k;
    struct upload u;

    open(&u, &k, *state);
    u.seconds = true;
    u.thread = "the same people by other names";
    u.author = "Ratna Katering";
    assert_int_equal(import(&u).fresh, 0);
    assert_int_equal(harness_i64(k.h, "SELECT count(*) FROM thread WHERE business_id = %lld", (long long)k.business),
                     1);
}

static void a_renamed_contact_keeps_the_thread_and_the_person(void **state)
{
    struct kit k;
    struct upload u;

    open(&u, &k, *state);
    u.thread = "renamed";
    u.author = "Ibu Ratna Melati";
    LINES(&u, CHAT, { .minute = 80, .words = "kak, kapan sampainya" });
    assert_int_equal(import(&u).fresh, 1);
    assert_int_equal(harness_i64(k.h, "SELECT count(*) FROM thread WHERE business_id = %lld", (long long)k.business),
                     1);
    assert_int_equal(harness_i64(k.h, "SELECT count(*) FROM identity WHERE business_id = %lld", (long long)k.business),
                     1);
}

static void an_edit_a_deletion_and_media_are_merged(void **state)
{
    struct kit k;
    struct upload u;

    kit_open(&k, *state);
    u = (struct upload) { .k = &k, .thread = "chat", .author = "Bu Ratna" };
    LINES(&u, { .minute = 0, .words = "saya pesan sepuluh kotak ya" },
          { .minute = 1, .words = "nomor saya nol delapan satu" },
          { .minute = 2, .words = "<Media tidak disertakan>", .detail = "{\"media\":\"omitted\"}" });
    (void)import(&u);
    LINES(&u,
          { .minute = 0, .words = "saya pesan dua puluh kotak ya <Pesan ini diedit>", .detail = "{\"edited\":true}" },
          { .minute = 1, .words = "Pesan ini dihapus", .detail = "{\"deleted\":true}" },
          { .minute = 2, .words = "IMG-1.jpg (file terlampir)", .file = "IMG-1.jpg" });
    assert_int_equal(import(&u).fresh, 0);
    assert_int_equal(u.summary.edited, 2);
    assert_int_equal(u.summary.deleted, 1);
    assert_int_equal(rows(&k), 3);
    assert_string_equal(
        harness_sql(k.h, "SELECT text FROM message_version WHERE business_id = %lld", (long long)k.business),
        "saya pesan sepuluh kotak ya");
    assert_string_equal(harness_sql(k.h, "SELECT text FROM message WHERE business_id = %lld AND detail ? 'deleted'",
                                    (long long)k.business),
                        "nomor saya nol delapan satu");
    assert_string_equal(harness_sql(k.h, "SELECT name FROM attachment WHERE business_id = %lld", (long long)k.business),
                        "IMG-1.jpg");
    /* and once more: all of it is known in its new form */
    assert_int_equal(import(&u).fresh, 0);
    assert_int_equal(u.summary.edited + u.summary.deleted, 0);
    /* the old export afterwards brings nothing back */
    LINES(&u, { .minute = 0, .words = "saya pesan sepuluh kotak ya" },
          { .minute = 1, .words = "nomor saya nol delapan satu" });
    assert_int_equal(import(&u).fresh, 0);
}

static void a_failed_import_leaves_nothing(void **state)
{
    struct kit k;
    struct upload u;

    kit_open(&k, *state);
    u = (struct upload) { .k = &k, .thread = "chat", .author = "Bu Ratna" };
    LINES(&u, CHAT);
    k.channel += 1000;
    db_enter_business(k.c, k.business);
    assert_failed(k.c, db_tx(k.c, run, &u), FAIL_CONFLICT);
    db_leave(k.c);
    arena_reset(k.c->mem);
    assert_int_equal(rows(&k), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_a_file_keeps_no_message_out),
        cmocka_unit_test(a_first_import_threads_and_waits),
        cmocka_unit_test(the_same_file_again_adds_nothing),
        cmocka_unit_test(a_longer_export_adds_only_what_is_new),
        cmocka_unit_test(an_export_cut_off_at_its_start_adds_nothing),
        cmocka_unit_test(older_history_goes_before),
        cmocka_unit_test(a_constant_shift_is_found_and_adds_no_copies),
        cmocka_unit_test(the_other_phone_adds_nothing),
        cmocka_unit_test(a_renamed_contact_keeps_the_thread_and_the_person),
        cmocka_unit_test(an_edit_a_deletion_and_media_are_merged),
        cmocka_unit_test(a_failed_import_leaves_nothing),
    };

    return HARNESS_RUN(tests);
}

/* The media store after a crash. */
#include "harness.h"

#include "jobs/import_run.h"
#include "jobs/store.h"
#include "util/enc.h"

#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

static const char *make_file(struct ctx *c, const char *folder, const char *name, int age_s)
{
    const char *path = arena_printf(c->mem, "%s/%s", folder, name);
    struct utimbuf then = { clock_now() / US_PER_S - age_s, clock_now() / US_PER_S - age_s };
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fclose(f);
    assert_int_equal(utime(path, &then), 0);
    return path;
}

static void files_that_a_crash_left_go_and_no_others(void **state)
{
    struct harness *h = *state;
    struct ctx *c = &h->work;
    char dir[] = "/tmp/tanggap-store.XXXXXX", used[65], stray[65], fresh[65];
    uint8_t hash[CRYPTO_HASH_SIZE];
    int64_t business = harness_business(h, "Toko Ratna"), removed = 0;
    const char *media, *folder, *was = c->cfg->state_dir;

    assert_non_null(mkdtemp(dir));
    media = arena_printf(c->mem, "%s/media", dir);
    folder = arena_printf(c->mem, "%s/ab", media);
    assert_int_equal(mkdir(media, 0700) || mkdir(folder, 0700), 0);
    crypto_random(hash, sizeof hash);
    for (int i = 0; i < 3; i++) {
        hash[0] = 0xab;
        hash[1] = (uint8_t)i;
        enc_hex(hash, sizeof hash, i == 0 ? used : i == 1 ? stray : fresh);
    }
    harness_sql(h, "INSERT INTO media (business_id, hash, size, mime) VALUES (%lld, decode('%s', 'hex'), 0, 'image/png')",
                (long long)business, used);
    const char *keep[] = { make_file(c, folder, used, 7200), make_file(c, folder, fresh, 60),
                           make_file(c, media, ".new-fresh1", 600), make_file(c, folder, "readme", 900000) };
    const char *gone[] = { make_file(c, folder, stray, 7200), make_file(c, media, ".new-old123", 100000) };
    h->cfg->state_dir = dir;
    db_enter_system(c);
    assert_ok(c, store_sweep(c, &removed));
    db_leave(c);
    h->cfg->state_dir = was;
    assert_int_equal(removed, 2);
    for (size_t i = 0; i < COUNT_OF(keep); i++)
        assert_int_equal(unlink(keep[i]), 0);
    for (size_t i = 0; i < COUNT_OF(gone); i++)
        assert_int_equal(access(gone[i], F_OK), -1);
    assert_int_equal(rmdir(folder) || rmdir(media) || rmdir(dir), 0);
    arena_reset(c->mem);
}

/* A zip with "a.jpg", four bytes. */
static const uint8_t zip[] = {
    0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x48, 0xac, 0x58, 0x6f, 0xa2, 0xf5, 0x4f, 0x04, 0x00,
    0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x61, 0x2e, 0x6a, 0x70, 0x67, 0xff, 0xd8, 0xff, 0xe0, 0x50,
    0x4b, 0x01, 0x02, 0x14, 0x03, 0x14, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x48, 0xac, 0x58, 0x6f, 0xa2, 0xf5, 0x4f, 0x04,
    0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xa4,
    0x01, 0x00, 0x00, 0x00, 0x00, 0x61, 0x2e, 0x6a, 0x70, 0x67, 0x50, 0x4b, 0x05, 0x06, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00,
    0x01, 0x00, 0x33, 0x00, 0x00, 0x00, 0x27, 0x00, 0x00, 0x00, 0x00, 0x00,
};

static int count_calls(struct ctx *c, void *arg)
{
    int *calls = arg;

    (*calls)++;
    return fail(&c->fail, FAIL_TRY_AGAIN, "the lease is gone");
}

/* A big zip's pictures took longer than the job's lease, and a second worker began them again. */
static void storing_the_files_of_a_zip_asks_all_along_whether_to_go_on(void **state)
{
    struct harness *h = *state;
    struct ctx *c = &h->work;
    int64_t b = harness_business(h, "Toko Zip"), channel = harness_channel(h, b, "zip");
    char path[] = "/tmp/tanggap-zip.XXXXXX", dir[] = "/tmp/tanggap-media.XXXXXX";
    const char *was = c->cfg->state_dir;
    int fd = mkstemp(path), calls = 0;

    assert_true(fd >= 0 && unlink(path) == 0 && write(fd, zip, sizeof zip) == (ssize_t)sizeof zip && mkdtemp(dir));
    harness_sql(h, "WITH t AS (INSERT INTO thread (business_id, channel_id, type, external_id) VALUES (%lld, %lld, 0, 'z') RETURNING id), "
                   "v AS (INSERT INTO conversation (business_id, thread_id, channel_id, first_at, last_at) SELECT %lld, id, %lld, now(), "
                   "now() FROM t RETURNING id, thread_id), m AS (INSERT INTO message (business_id, thread_id, conversation_id, channel_id, "
                   "external_id, direction, sender_kind, sent_at, archive_id, has_attachments) SELECT %lld, thread_id, id, %lld, 'z/1', 1, 1, "
                   "now(), 7, true FROM v RETURNING id) INSERT INTO attachment (business_id, message_id, position, type, name) "
                   "SELECT %lld, id, 0, 1, 'a.jpg' FROM m",
                (long long)b, (long long)channel, (long long)b, (long long)channel, (long long)b, (long long)channel, (long long)b);
    h->cfg->state_dir = dir;
    db_enter_business(c, b);
    assert_failed(c, import_media(c, fd, 7, count_calls, &calls), FAIL_TRY_AGAIN);
    assert_int_equal(calls, 1);
    fail_clear(&c->fail);
    assert_ok(c, import_media(c, fd, 7, NULL, NULL));
    db_leave(c);
    h->cfg->state_dir = was;
    assert_int_equal(harness_i64(h, "SELECT count(*) FROM attachment WHERE business_id = %lld AND state = 2", (long long)b), 1);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_a_crash_left_go_and_no_others),
        cmocka_unit_test(storing_the_files_of_a_zip_asks_all_along_whether_to_go_on),
    };

    return HARNESS_RUN(tests);
}

/* The media store after a crash. */
#include "harness.h"

#include "jobs/store.h"
#include "util/enc.h"

#include <sys/stat.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_a_crash_left_go_and_no_others),
    };

    return HARNESS_RUN(tests);
}

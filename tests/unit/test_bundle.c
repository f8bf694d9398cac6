#include "unit.h"

#include "main/bundle.h"
#include "util/crypto.h"

#include <stdlib.h>
#include <unistd.h>

static const struct text passphrase = { "benar kuda baterai staples", 26 };

static void names_stay_below_their_folder(void **state)
{
    static const char *const good[] = { "database", "media/ab/cdef", "keys/seal.pub", "a..b/c" };
    static const char *const bad[] = { "", "/etc/passwd", "../x", "media/../../x", "media//x", "media/", ".", "a/." };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(bundle_name_is_safe(text_of(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(bundle_name_is_safe(text_of(bad[i])));
    assert_false(bundle_name_is_safe((struct text) { "a\0b", 3 }));
}

static int count_bytes(struct text piece, void *arg)
{
    *(size_t *)arg += piece.len;
    return 0;
}

static void files_come_back_in_order_and_whole(void **state)
{
    enum { LARGE = 300000 };
    char path[] = "/tmp/tanggap-bundle-XXXXXX", name[BUNDLE_NAME_MAX];
    struct fail why = { .code = FAIL_NONE };
    char *large = calloc(1, LARGE);
    int fd = mkstemp(path);
    size_t bytes = 0;

    (void)state;
    assert_true(fd >= 0);
    unlink(path);
    struct vault *v = vault_create(fd, passphrase, &why);
    assert_int_equal(bundle_add(v, "kecil", TEXT("halo"), &why), 0);
    assert_int_equal(bundle_add(v, "media/besar", (struct text) { large, LARGE }, &why), 0);
    assert_int_equal(bundle_add(v, "kosong", TEXT(""), &why), 0);
    assert_int_equal(vault_finish(v, &why), 0);
    vault_free(v);
    free(large);

    lseek(fd, 0, SEEK_SET);
    struct bundle_reader r = BUNDLE_READER(vault_open(fd, passphrase, &why));
    assert_non_null(r.vault);
    assert_int_equal(bundle_next(&r, name, &why), 1);
    assert_string_equal(name, "kecil");
    assert_int_equal(bundle_read(&r, count_bytes, &bytes, &why), 0);
    assert_int_equal(bytes, 4);
    assert_int_equal(bundle_next(&r, name, &why), 1);
    assert_int_equal(bundle_read(&r, count_bytes, &bytes, &why), 0);
    assert_int_equal(bytes, 4 + LARGE);
    assert_int_equal(bundle_next(&r, name, &why), 1);
    assert_string_equal(name, "kosong");
    assert_int_equal(bundle_read(&r, count_bytes, &bytes, &why), 0);
    assert_int_equal(bytes, 4 + LARGE);
    assert_int_equal(bundle_next(&r, name, &why), 0);
    vault_free(r.vault);
    bundle_reader_fini(&r);
    close(fd);
}

static void what_is_no_bundle_is_refused(void **state)
{
    char path[] = "/tmp/tanggap-bundle-XXXXXX", name[BUNDLE_NAME_MAX];
    struct fail why = { .code = FAIL_NONE };
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    unlink(path);
    struct vault *v = vault_create(fd, passphrase, &why);
    assert_int_equal(vault_write(v, TEXT("F../keluar"), &why), 0);
    assert_int_equal(vault_finish(v, &why), 0);
    vault_free(v);
    lseek(fd, 0, SEEK_SET);
    struct bundle_reader r = BUNDLE_READER(vault_open(fd, passphrase, &why));
    assert_int_equal(bundle_next(&r, name, &why), -1);
    assert_int_equal(why.code, FAIL_BAD_FILE);
    vault_free(r.vault);
    bundle_reader_fini(&r);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stay_below_their_folder),
        cmocka_unit_test(files_come_back_in_order_and_whole),
        cmocka_unit_test(what_is_no_bundle_is_refused),
    };

    return crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

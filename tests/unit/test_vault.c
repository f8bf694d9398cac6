#include "unit.h"

#include "util/crypto.h"
#include "util/vault.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct text passphrase = { "benar kuda baterai staples", 26 };

static int new_file(void)
{
    char path[] = "/tmp/tanggap-vault-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

/* Two messages, the second as large as may be. */
static int filled(void)
{
    struct fail why = { .code = FAIL_NONE };
    char *large = calloc(1, VAULT_MESSAGE_MAX);
    int fd = new_file();
    struct vault *v = vault_create(fd, passphrase, &why);

    assert_non_null(v);
    assert_int_equal(vault_write(v, TEXT("satu"), &why), 0);
    assert_int_equal(vault_write(v, (struct text) { large, VAULT_MESSAGE_MAX }, &why), 0);
    assert_int_equal(vault_finish(v, &why), 0);
    vault_free(v);
    free(large);
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static int read_to_end(int fd, struct text with, size_t *bytes, struct fail *why)
{
    struct buf b = BUF_INIT(2 * VAULT_MESSAGE_MAX);
    struct vault *v = vault_open(fd, with, why);
    int rc = -1;

    *bytes = 0;
    while (v && (rc = vault_read(v, &b, why)) == 1)
        *bytes += b.len;
    vault_free(v);
    buf_fini(&b);
    return rc;
}

static void what_is_written_comes_back(void **state)
{
    struct fail why = { .code = FAIL_NONE };
    size_t bytes;
    int fd = filled();

    (void)state;
    assert_int_equal(read_to_end(fd, passphrase, &bytes, &why), 0);
    assert_int_equal(bytes, 4 + VAULT_MESSAGE_MAX);
    close(fd);
}

static void wrong_passphrase_is_told(void **state)
{
    struct fail why = { .code = FAIL_NONE };
    size_t bytes;
    int fd = filled();

    (void)state;
    assert_int_equal(read_to_end(fd, TEXT("salah kuda baterai"), &bytes, &why), -1);
    assert_int_equal(why.code, FAIL_BAD_FILE);
    assert_non_null(strstr(why.text, "passphrase"));
    close(fd);
}

static void cut_off_file_is_refused_wherever_it_is_cut(void **state)
{
    static const off_t cuts[] = { 0, 10, 40, 56, 58, 70, 1000, -1 };
    struct fail why = { .code = FAIL_NONE };
    size_t bytes;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(cuts); i++) {
        int fd = filled();
        off_t end = lseek(fd, 0, SEEK_END);

        assert_int_equal(ftruncate(fd, cuts[i] < 0 ? end + cuts[i] : cuts[i]), 0);
        lseek(fd, 0, SEEK_SET);
        assert_int_equal(read_to_end(fd, passphrase, &bytes, &why), -1);
        assert_int_equal(why.code, FAIL_BAD_FILE);
        close(fd);
    }
}

static void changed_byte_is_noticed(void **state)
{
    struct fail why = { .code = FAIL_NONE };
    size_t bytes;
    int fd = filled();
    char byte;

    (void)state;
    assert_int_equal(pread(fd, &byte, 1, 5000), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, 5000), 1);
    assert_int_equal(read_to_end(fd, passphrase, &bytes, &why), -1);
    assert_int_equal(why.code, FAIL_BAD_FILE);
    close(fd);
}

static void short_passphrase_is_refused(void **state)
{
    struct fail why = { .code = FAIL_NONE };
    int fd = new_file();

    (void)state;
    assert_null(vault_create(fd, TEXT("pendek"), &why));
    assert_int_equal(why.code, FAIL_BAD_FIELD);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_comes_back),
        cmocka_unit_test(wrong_passphrase_is_told),
        cmocka_unit_test(cut_off_file_is_refused_wherever_it_is_cut),
        cmocka_unit_test(changed_byte_is_noticed),
        cmocka_unit_test(short_passphrase_is_refused),
    };

    return crypto_init() ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}

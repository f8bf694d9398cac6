#include "unit.h"

#include "util/crypto.h"
#include "util/enc.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int begin(void **state)
{
    (void)state;
    return crypto_init();
}

static void hashes_match_published_vectors(void **state)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[65];

    (void)state;
    crypto_sha256(TEXT("abc"), hash);
    enc_hex(hash, sizeof(hash), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    /* RFC 4231, test case 2. */
    crypto_hmac_sha256(TEXT("Jefe"), TEXT("what do ya want for nothing?"), hash);
    enc_hex(hash, sizeof(hash), hex);
    assert_string_equal(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    crypto_sha256((struct text) { NULL, 0 }, hash);
    enc_hex(hash, sizeof(hash), hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void keyed_hash_depends_on_key_and_bytes(void **state)
{
    uint8_t key[16] = { 1 }, other[16] = { 2 }, a[16], b[16], counted[16];
    char hex[33];

    (void)state;
    crypto_hash128(key, TEXT("x"), a);
    crypto_hash128(key, TEXT("x"), b);
    assert_memory_equal(a, b, 16);
    crypto_hash128(other, TEXT("x"), b);
    assert_memory_not_equal(a, b, 16);
    crypto_hash128(key, TEXT("y"), b);
    assert_memory_not_equal(a, b, 16);
    /* The first of the reference implementation's 128-bit vectors: ids are stored, so this must never change. */
    for (uint8_t i = 0; i < 16; i++)
        counted[i] = i;
    crypto_hash128(counted, TEXT(""), a);
    enc_hex(a, 16, hex);
    assert_string_equal(hex, "a3817f04ba25a8e66df67214c7550293");
}

static void tokens_are_long_and_never_the_same(void **state)
{
    char a[CRYPTO_TOKEN_SIZE], b[CRYPTO_TOKEN_SIZE];

    (void)state;
    crypto_token(a);
    crypto_token(b);
    assert_int_equal(strlen(a), 43);
    assert_string_not_equal(a, b);
    crypto_random(a, 32);
    crypto_random(b, 32);
    assert_false(crypto_equal(a, b, 32));
    crypto_wipe(a, 32);
    crypto_wipe(b, 32);
    assert_true(crypto_equal(a, b, 32));
    crypto_wipe(NULL, 0);
}

static void comparison_is_by_content_and_length(void **state)
{
    (void)state;
    assert_true(crypto_text_equal(TEXT("same"), TEXT("same")));
    assert_false(crypto_text_equal(TEXT("same"), TEXT("samf")));
    assert_false(crypto_text_equal(TEXT("same"), TEXT("sam")));
    assert_true(crypto_text_equal((struct text) { NULL, 0 }, TEXT("")));
}

static void passwords_are_checked_against_their_hash(void **state)
{
    char encoded[CRYPTO_PASSWORD_SIZE];

    (void)state;
    assert_int_equal(crypto_password_hash(TEXT("kopi tubruk"), encoded), 0);
    assert_memory_equal(encoded, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
    assert_true(crypto_password_ok(TEXT("kopi tubruk"), encoded));
    assert_false(crypto_password_ok(TEXT("kopi tubruK"), encoded));
    assert_false(crypto_password_ok(TEXT("kopi tubruk"), "not a hash"));
    assert_false(crypto_password_stale(encoded));
    assert_true(crypto_password_stale("$argon2id$v=19$m=4096,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
                                      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

static void sealed_values_open_with_their_key_only(void **state)
{
    struct seal_key k, other;
    struct buf sealed = BUF_INIT(1000), open = BUF_INIT(1000);
    struct fail why;

    (void)state;
    crypto_seal_new(&k);
    crypto_seal_new(&other);
    assert_int_equal(crypto_seal(&k, TEXT("token"), &sealed), 0);
    assert_int_equal(crypto_open(&k, buf_as_text(&sealed), &open, &why), 0);
    assert_text(buf_as_text(&open), "token");
    assert_int_equal(crypto_open(&other, buf_as_text(&sealed), &open, &why), -1);
    assert_int_equal(why.code, FAIL_NOT_POSSIBLE);

    struct seal_key half = k;
    half.can_open = false;
    assert_int_equal(crypto_open(&half, buf_as_text(&sealed), &open, &why), -1);
    assert_int_equal(crypto_open(&k, (struct text) { sealed.ptr, 20 }, &open, &why), -1);
    sealed.ptr[sealed.len - 1] ^= 1;
    buf_reset(&open);
    assert_int_equal(crypto_open(&k, buf_as_text(&sealed), &open, &why), -1);
    assert_int_equal(open.len, 0);
    buf_fini(&sealed);
    buf_fini(&open);
}

static void key_files_come_back_and_guard_themselves(void **state)
{
    char folder[] = "/tmp/tanggap-unit-XXXXXX", public_path[64], secret_path[64], other_path[64];
    struct seal_key k, back, other;
    struct fail why;
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(public_path, sizeof(public_path), "%s/public", folder);
    snprintf(secret_path, sizeof(secret_path), "%s/secret", folder);
    snprintf(other_path, sizeof(other_path), "%s/other", folder);
    crypto_seal_new(&k);
    assert_int_equal(crypto_seal_store(&k, public_path, secret_path, &why), 0);
    assert_int_equal(stat(secret_path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);

    assert_int_equal(crypto_seal_load(public_path, NULL, &back, &why), 0);
    assert_false(back.can_open);
    assert_int_equal(crypto_seal_load(public_path, secret_path, &back, &why), 0);
    assert_true(back.can_open);
    assert_memory_equal(back.secret_key, k.secret_key, 32);

    crypto_seal_new(&other);
    assert_int_equal(crypto_seal_store(&other, other_path, NULL, &why), 0);
    assert_int_equal(crypto_seal_load(other_path, secret_path, &back, &why), -1);
    assert_int_equal(crypto_seal_load(secret_path, NULL, &back, &why), -1);
    assert_int_equal(chmod(secret_path, 0644), 0);
    assert_int_equal(crypto_seal_load(public_path, secret_path, &back, &why), -1);
    assert_int_equal(crypto_seal_load("/nowhere/key", NULL, &back, &why), -1);
    unlink(public_path);
    unlink(secret_path);
    unlink(other_path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_match_published_vectors),
        cmocka_unit_test(keyed_hash_depends_on_key_and_bytes),
        cmocka_unit_test(tokens_are_long_and_never_the_same),
        cmocka_unit_test(comparison_is_by_content_and_length),
        cmocka_unit_test(passwords_are_checked_against_their_hash),
        cmocka_unit_test(sealed_values_open_with_their_key_only),
        cmocka_unit_test(key_files_come_back_and_guard_themselves),
    };
    return cmocka_run_group_tests(tests, begin, NULL);
}

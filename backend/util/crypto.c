/* Hashes, random bytes, passwords and constant-time comparison, over libsodium. */
#include "util/crypto.h"

#include <pthread.h>
#include <sodium.h>

#define PASSWORD_PASSES 2
#define PASSWORD_MEMORY ((size_t)19 * 1024 * 1024)

/* argon2id takes 19 MiB a call: one at a time keeps the process small however many people log in. */
static pthread_mutex_t password_lock = PTHREAD_MUTEX_INITIALIZER;

static const unsigned char *bytes_of(struct text t)
{
    return (const unsigned char *)(t.ptr ? t.ptr : "");
}

int crypto_init(void)
{
    return sodium_init() < 0 ? -1 : 0;
}

void crypto_random(void *out, size_t len)
{
    randombytes_buf(out, len);
}

void crypto_token(char out[CRYPTO_TOKEN_SIZE])
{
    unsigned char raw[32];

    randombytes_buf(raw, sizeof(raw));
    sodium_bin2base64(out, CRYPTO_TOKEN_SIZE, raw, sizeof(raw), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(raw, sizeof(raw));
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
    return sodium_memcmp(a, b, len) == 0;
}

bool crypto_text_equal(struct text a, struct text b)
{
    return a.len == b.len && sodium_memcmp(bytes_of(a), bytes_of(b), a.len) == 0;
}

void crypto_wipe(void *p, size_t len)
{
    if (p)
        sodium_memzero(p, len);
}

void crypto_sha256(struct text bytes, uint8_t out[CRYPTO_HASH_SIZE])
{
    crypto_hash_sha256(out, bytes_of(bytes), bytes.len);
}

void crypto_hmac_sha256(struct text key, struct text bytes, uint8_t out[CRYPTO_HASH_SIZE])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, bytes_of(key), key.len);
    crypto_auth_hmacsha256_update(&state, bytes_of(bytes), bytes.len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof(state));
}

void crypto_hash128(const uint8_t key[16], struct text bytes, uint8_t out[16])
{
    crypto_shorthash_siphashx24(out, bytes_of(bytes), bytes.len, key);
}

_Static_assert(CRYPTO_PASSWORD_SIZE >= crypto_pwhash_STRBYTES, "an encoded password must fit");

int crypto_password_hash(struct text password, char out[CRYPTO_PASSWORD_SIZE])
{
    char made[crypto_pwhash_STRBYTES];

    pthread_mutex_lock(&password_lock);
    int rc = crypto_pwhash_str_alg(made, (const char *)bytes_of(password), password.len, PASSWORD_PASSES,
                                   PASSWORD_MEMORY, crypto_pwhash_ALG_ARGON2ID13);
    pthread_mutex_unlock(&password_lock);
    if (rc)
        return -1;
    memcpy(out, made, sizeof(made));
    return 0;
}

bool crypto_password_ok(struct text password, const char *encoded)
{
    pthread_mutex_lock(&password_lock);
    int rc = crypto_pwhash_str_verify(encoded, (const char *)bytes_of(password), password.len);
    pthread_mutex_unlock(&password_lock);
    return rc == 0;
}

bool crypto_password_stale(const char *encoded)
{
    return crypto_pwhash_str_needs_rehash(encoded, PASSWORD_PASSES, PASSWORD_MEMORY) != 0;
}

/* Everything cryptographic that the program does, over libsodium (and libcrypto where a platform wants SHA-1). */
#ifndef TANGGAP_UTIL_CRYPTO_H
#define TANGGAP_UTIL_CRYPTO_H

#include "util/buf.h"
#include "util/fail.h"

#include <stdint.h>

#define CRYPTO_HASH_SIZE 32
#define CRYPTO_TOKEN_SIZE 44                 /* base64url of 32 random bytes, NUL included */

MUST_CHECK int crypto_init(void);            /* once per process, before anything else */
void crypto_random(void *out, size_t len);
void crypto_token(char out[CRYPTO_TOKEN_SIZE]);
bool crypto_equal(const void *a, const void *b, size_t len);             /* constant time */
bool crypto_text_equal(struct text a, struct text b);                    /* constant time in the content */
void crypto_wipe(void *p, size_t len);
void crypto_sha256(struct text bytes, uint8_t out[CRYPTO_HASH_SIZE]);
void crypto_hmac_sha256(struct text key, struct text bytes, uint8_t out[CRYPTO_HASH_SIZE]);
/* Keyed 128-bit hash (SipHash-2-4, 128-bit output): 40 ns for a chat message, an eighth of BLAKE2b. For dedupe keys and
 * pseudonyms; not for signatures that others check. */
void crypto_hash128(const uint8_t key[16], struct text bytes, uint8_t out[16]);

/* argon2id, 19 MiB, 2 passes (OWASP's smallest recommended setting), one at a time per process: callers queue on a
 * lock so that memory stays bounded. `out` gets the encoded string. */
#define CRYPTO_PASSWORD_SIZE 128
MUST_CHECK int crypto_password_hash(struct text password, char out[CRYPTO_PASSWORD_SIZE]);
bool crypto_password_ok(struct text password, const char *encoded);
bool crypto_password_stale(const char *encoded);          /* true: hash again with today's settings */

/* Sealed values: `serve` knows the public half and can seal, only `work` opens. Format on disk and in the database:
 * key id (8 bytes) then crypto_box_seal. */
struct seal_key {
    uint8_t id[8];
    uint8_t public_key[32];
    uint8_t secret_key[32];
    bool can_open;
};
void crypto_seal_new(struct seal_key *out);
MUST_CHECK int crypto_seal(const struct seal_key *k, struct text plain, struct buf *out);
MUST_CHECK int crypto_open(const struct seal_key *k, struct text sealed, struct buf *out, struct fail *why);
MUST_CHECK int crypto_seal_load(const char *public_path, const char *secret_path, struct seal_key *out,
                                struct fail *why);        /* secret_path NULL: sealing only */
MUST_CHECK int crypto_seal_store(const struct seal_key *k, const char *public_path, const char *secret_path,
                                 struct fail *why);       /* 0644 and 0600 */

#endif

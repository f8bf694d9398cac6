/* A file that only a passphrase opens: argon2id makes the key, XChaCha20-Poly1305 (libsodium's secretstream) seals a
 * series of messages. Reordering, cutting off and changing are all noticed. Format: "TANGGAP VAULT 1\n", 16 bytes of
 * salt, 24 of stream header; then for each message its sealed length (32 bits, little endian) and bytes. */
#ifndef TANGGAP_UTIL_VAULT_H
#define TANGGAP_UTIL_VAULT_H

#include "util/buf.h"
#include "util/fail.h"

#define VAULT_MESSAGE_MAX (1u << 17)
#define VAULT_PASSPHRASE_MIN 12

struct vault;

/* Writes to a descriptor that stays the caller's. NULL with `why`. */
struct vault *vault_create(int fd, struct text passphrase, struct fail *why);
/* At most VAULT_MESSAGE_MAX bytes. */
MUST_CHECK int vault_write(struct vault *v, struct text message, struct fail *why);
/* Marks the end; without it the file does not read to its end. */
MUST_CHECK int vault_finish(struct vault *v, struct fail *why);

/* NULL: no vault, or (told at the first message) the wrong passphrase. */
struct vault *vault_open(int fd, struct text passphrase, struct fail *why);
/* The next message replaces what is in out. 1, 0 after the last, -1 damaged, cut off or wrong passphrase. */
MUST_CHECK int vault_read(struct vault *v, struct buf *out, struct fail *why);

void vault_free(struct vault *v);       /* NULL is fine; wipes the key */

#endif

/* Files that a passphrase opens. */
#include "util/vault.h"

#include "util/crypto.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#define MAGIC     "TANGGAP VAULT 1\n"
#define SALT_SIZE crypto_pwhash_SALTBYTES
#define HEAD_SIZE crypto_secretstream_xchacha20poly1305_HEADERBYTES
#define OVERHEAD  crypto_secretstream_xchacha20poly1305_ABYTES
#define KEY_SIZE  crypto_secretstream_xchacha20poly1305_KEYBYTES

/* A file lies about for years, so guessing must cost more than at a login: 64 MiB, 3 passes. */
#define MEMORY_BYTES (64u << 20)
#define PASSES       3

struct vault {
    int fd;
    bool is_ended, has_read;
    crypto_secretstream_xchacha20poly1305_state state;
    unsigned char sealed[VAULT_MESSAGE_MAX + OVERHEAD];
};

static int write_all(int fd, const void *bytes, size_t len, struct fail *why)
{
    const char *at = bytes;

    while (len) {
        ssize_t n = write(fd, at, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(why, FAIL_INTERNAL, "cannot write the file: %s", strerror(errno));
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

/* 1 all, 0 the file ends before the first byte, -1 it ends in the middle or cannot be read. */
static int read_all(int fd, void *bytes, size_t len, struct fail *why)
{
    char *at = bytes;
    size_t got = 0;

    while (got < len) {
        ssize_t n = read(fd, at + got, len - got);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(why, FAIL_INTERNAL, "cannot read the file: %s", strerror(errno));
        if (n == 0)
            return got == 0 ? 0 : fail(why, FAIL_BAD_FILE, "the file is cut off");
        got += (size_t)n;
    }
    return 1;
}

static int derive(struct text passphrase, const unsigned char salt[SALT_SIZE], unsigned char key[KEY_SIZE],
                  struct fail *why)
{
    if (passphrase.len < VAULT_PASSPHRASE_MIN)
        return fail(why, FAIL_BAD_FIELD, "a passphrase has at least %d bytes", VAULT_PASSPHRASE_MIN);
    if (crypto_pwhash(key, KEY_SIZE, passphrase.ptr, passphrase.len, salt, PASSES, MEMORY_BYTES,
                      crypto_pwhash_ALG_ARGON2ID13))
        return fail(why, FAIL_TRY_AGAIN, "not enough memory to work on the passphrase");
    return 0;
}

struct vault *vault_create(int fd, struct text passphrase, struct fail *why)
{
    unsigned char salt[SALT_SIZE], head[HEAD_SIZE], key[KEY_SIZE];
    struct vault *v = calloc(1, sizeof(*v));

    if (!v)
        abort();
    v->fd = fd;
    randombytes_buf(salt, sizeof(salt));
    if (derive(passphrase, salt, key, why))
        goto fail;
    crypto_secretstream_xchacha20poly1305_init_push(&v->state, head, key);
    sodium_memzero(key, sizeof(key));
    if (write_all(fd, MAGIC, sizeof(MAGIC) - 1, why) || write_all(fd, salt, sizeof(salt), why) ||
        write_all(fd, head, sizeof(head), why))
        goto fail;
    return v;
fail:
    vault_free(v);
    return NULL;
}

static int push(struct vault *v, struct text message, unsigned char tag, struct fail *why)
{
    unsigned long long len;
    unsigned char size[4];

    if (message.len > VAULT_MESSAGE_MAX)
        return fail(why, FAIL_TOO_LARGE, "a message has at most %u bytes", VAULT_MESSAGE_MAX);
    crypto_secretstream_xchacha20poly1305_push(
        &v->state, v->sealed, &len, (const unsigned char *)(message.ptr ? message.ptr : ""), message.len, NULL, 0, tag);
    for (unsigned i = 0; i < sizeof(size); i++)
        size[i] = (unsigned char)(len >> (8 * i));
    return write_all(v->fd, size, sizeof(size), why) || write_all(v->fd, v->sealed, (size_t)len, why) ? -1 : 0;
}

int vault_write(struct vault *v, struct text message, struct fail *why)
{
    return push(v, message, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE, why);
}

int vault_finish(struct vault *v, struct fail *why)
{
    return push(v, TEXT(""), crypto_secretstream_xchacha20poly1305_TAG_FINAL, why);
}

struct vault *vault_open(int fd, struct text passphrase, struct fail *why)
{
    unsigned char magic[sizeof(MAGIC) - 1], salt[SALT_SIZE], head[HEAD_SIZE], key[KEY_SIZE];
    struct vault *v = calloc(1, sizeof(*v));

    if (!v)
        abort();
    v->fd = fd;
    int rc = read_all(fd, magic, sizeof(magic), why);
    if (rc == 0 || (rc == 1 && memcmp(magic, MAGIC, sizeof(magic)) != 0))
        fail(why, FAIL_BAD_FILE, "this is no backup of Tanggap");
    if (rc != 1 || memcmp(magic, MAGIC, sizeof(magic)) != 0)
        goto fail;
    if (read_all(fd, salt, sizeof(salt), why) != 1 || read_all(fd, head, sizeof(head), why) != 1) {
        fail(why, FAIL_BAD_FILE, "the file is cut off");
        goto fail;
    }
    if (derive(passphrase, salt, key, why))
        goto fail;
    rc = crypto_secretstream_xchacha20poly1305_init_pull(&v->state, head, key);
    sodium_memzero(key, sizeof(key));
    if (rc) {
        fail(why, FAIL_BAD_FILE, "the head of the file is damaged");
        goto fail;
    }
    return v;
fail:
    vault_free(v);
    return NULL;
}

int vault_read(struct vault *v, struct buf *out, struct fail *why)
{
    unsigned char size[4], tag;
    unsigned long long plain;
    uint32_t len = 0;

    if (v->is_ended)
        return 0;
    int rc = read_all(v->fd, size, sizeof(size), why);
    if (rc < 0)
        return -1;
    for (unsigned i = 0; i < sizeof(size); i++)
        len |= (uint32_t)size[i] << (8 * i);
    if (rc == 0 || len < OVERHEAD || len > sizeof(v->sealed))
        return fail(why, FAIL_BAD_FILE, rc ? "the file is damaged" : "the file is cut off");
    if (read_all(v->fd, v->sealed, len, why) != 1)
        return fail(why, FAIL_BAD_FILE, "the file is cut off");
    buf_reset(out);
    char *room = buf_room(out, len);
    if (!room)
        return fail(why, FAIL_TOO_LARGE, "a message of the file is too large");
    if (crypto_secretstream_xchacha20poly1305_pull(&v->state, (unsigned char *)room, &plain, &tag, v->sealed, len, NULL,
                                                   0))
        return fail(why, FAIL_BAD_FILE, v->has_read ? "the file is damaged" : "the passphrase is wrong");
    v->has_read = true;
    v->is_ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    buf_wrote(out, (size_t)plain);
    return v->is_ended ? 0 : 1;
}

void vault_free(struct vault *v)
{
    if (!v)
        return;
    sodium_memzero(v, sizeof(*v));
    free(v);
}

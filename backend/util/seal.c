/* Sealed values and the two files that hold their keys. A key file is one line: a word, the key's id, the key. */
#include "util/arena.h"
#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_LINE_MAX 256

AUTO_DEFINE(fd, int, -1, close)

/* The id is derived, so that a file that was patched together from two keys is noticed. */
static void key_id(const uint8_t public_key[32], uint8_t id[8])
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    crypto_sha256((struct text) { (const char *)public_key, 32 }, hash);
    memcpy(id, hash, 8);
}

void crypto_seal_new(struct seal_key *out)
{
    crypto_box_keypair(out->public_key, out->secret_key);
    key_id(out->public_key, out->id);
    out->can_open = true;
}

int crypto_seal(const struct seal_key *k, struct text plain, struct buf *out)
{
    if (plain.len > SIZE_MAX - sizeof(k->id) - crypto_box_SEALBYTES)
        return -1;
    size_t len = sizeof(k->id) + crypto_box_SEALBYTES + plain.len;
    char *room = buf_room(out, len);
    if (!room)
        return -1;
    memcpy(room, k->id, sizeof(k->id));
    if (crypto_box_seal((unsigned char *)room + sizeof(k->id), (const unsigned char *)(plain.ptr ? plain.ptr : ""),
                        plain.len, k->public_key))
        return -1;
    buf_wrote(out, len);
    return 0;
}

int crypto_open(const struct seal_key *k, struct text sealed, struct buf *out, struct fail *why)
{
    size_t head = sizeof(k->id) + crypto_box_SEALBYTES;

    if (!k->can_open)
        return fail(why, FAIL_NOT_POSSIBLE, "this process may seal but not open");
    if (sealed.len < head)
        return fail(why, FAIL_INTERNAL, "sealed value is too short");
    if (memcmp(sealed.ptr, k->id, sizeof(k->id)) != 0)
        return fail(why, FAIL_NOT_POSSIBLE, "sealed with another key");
    char *room = buf_room(out, sealed.len - head);
    if (!room)
        return fail(why, FAIL_TOO_LARGE, "sealed value is too large");
    if (crypto_box_seal_open((unsigned char *)room, (const unsigned char *)sealed.ptr + sizeof(k->id),
                             sealed.len - sizeof(k->id), k->public_key, k->secret_key))
        return fail(why, FAIL_INTERNAL, "sealed value was damaged");
    buf_wrote(out, sealed.len - head);
    return 0;
}

/* Reads "WORD ID KEY\n". */
static int read_key(const char *path, const char *word, bool is_secret, uint8_t id[8], uint8_t key[32],
                    struct fail *why)
{
    char bytes[KEY_LINE_MAX];
    struct stat st;
    AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0 || fstat(fd, &st))
        return fail(why, FAIL_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    if (is_secret && (st.st_mode & S_IRWXO))
        return fail(why, FAIL_INTERNAL, "%s may be read by everybody: chmod 600 it", path);
    ssize_t len = read(fd, bytes, sizeof(bytes));
    if (len < 0)
        return fail(why, FAIL_INTERNAL, "cannot read %s: %s", path, strerror(errno));
    struct text cur = str_trim((struct text) { bytes, (size_t)len }), part;
    bool good = str_split(&cur, ' ', &part) && text_equal(part, text_of(word)) && str_split(&cur, ' ', &part) &&
                !dec_hex(part, id, 8) && !dec_hex(cur, key, 32);
    sodium_memzero(bytes, sizeof(bytes));
    return good ? 0 : fail(why, FAIL_INTERNAL, "%s is not a %s", path, word);
}

static int load_secret(const char *path, struct seal_key *k, struct fail *why)
{
    uint8_t id[8], derived[32];

    if (read_key(path, "tanggap-secret-key", true, id, k->secret_key, why))
        return -1;
    if (crypto_scalarmult_base(derived, k->secret_key) || memcmp(derived, k->public_key, sizeof(derived)) != 0 ||
        memcmp(id, k->id, sizeof(id)) != 0)
        return fail(why, FAIL_INTERNAL, "%s does not belong to the public key", path);
    k->can_open = true;
    return 0;
}

int crypto_seal_load(const char *public_path, const char *secret_path, struct seal_key *out, struct fail *why)
{
    struct seal_key k = { .can_open = false };
    uint8_t id[8];

    if (read_key(public_path, "tanggap-public-key", false, k.id, k.public_key, why))
        return -1;
    key_id(k.public_key, id);
    if (memcmp(id, k.id, sizeof(id)) != 0)
        return fail(why, FAIL_INTERNAL, "%s is damaged: its id is another key's", public_path);
    int rc = secret_path ? load_secret(secret_path, &k, why) : 0;
    if (rc == 0)
        *out = k;
    sodium_memzero(&k, sizeof(k));
    return rc;
}

static int sync_folder(struct arena *mem, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash ? arena_copy(mem, (struct text) { path, (size_t)(slash - path) + 1 }) : ".";
    AUTO(fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 || fsync(fd) ? -1 : 0;
}

/* Whole or not at all: a key that was half written before a power cut would lose every sealed value. */
static int write_key(struct arena *mem, const char *path, mode_t mode, const char *word, const uint8_t id[8],
                     const uint8_t key[32], struct fail *why)
{
    char hex_id[17], hex_key[65], line[KEY_LINE_MAX];

    enc_hex(id, 8, hex_id);
    enc_hex(key, 32, hex_key);
    int len = snprintf(line, sizeof(line), "%s %s %s\n", word, hex_id, hex_key);
    const char *fresh = arena_printf(mem, "%s.new", path);
    unlink(fresh);
    AUTO(fd) int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    bool good = fd >= 0 && fchmod(fd, mode) == 0 && write(fd, line, (size_t)len) == len && fsync(fd) == 0 &&
                rename(fresh, path) == 0 && sync_folder(mem, path) == 0;
    int problem = errno;
    sodium_memzero(line, sizeof(line));
    sodium_memzero(hex_key, sizeof(hex_key));
    return good ? 0 : fail(why, FAIL_INTERNAL, "cannot write %s: %s", path, strerror(problem));
}

AUTO_DEFINE(arena, struct arena *, NULL, arena_free)

int crypto_seal_store(const struct seal_key *k, const char *public_path, const char *secret_path, struct fail *why)
{
    AUTO(arena) struct arena *mem = arena_new(0);

    /* The secret first: a public key without its secret would seal what nobody can open. */
    if (secret_path && write_key(mem, secret_path, 0600, "tanggap-secret-key", k->id, k->secret_key, why))
        return -1;
    return write_key(mem, public_path, 0644, "tanggap-public-key", k->id, k->public_key, why);
}

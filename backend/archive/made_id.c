/* Ids for what has none (exports.md 8.2): a hash of what the record says, and how many equal ones came before it. */
#include "reader_priv.h"

#include "util/crypto.h"
#include "util/enc.h"

#define SEEN_MAX  4096
#define SEEN_SIZE (SEEN_MAX * 2)

/* Two generations of the latest SEEN_MAX different records. */
struct seen_slot {
    uint64_t hash;
    uint32_t n;
};
struct made_seen {
    struct seen_slot *now, *old;   /* old: NULL until now was full once */
    size_t count;
    struct arena *mem;
};

struct made_seen *made_seen_new(struct arena *mem)
{
    struct made_seen *s = arena_new_of(mem, struct made_seen);

    s->now = arena_array(mem, struct seen_slot, SEEN_SIZE);
    s->mem = mem;
    return s;
}

static size_t slot_of(const struct seen_slot *slots, uint64_t hash)
{
    size_t i = hash & (SEEN_SIZE - 1);

    while (slots[i].n && slots[i].hash != hash)
        i = (i + 1) & (SEEN_SIZE - 1);
    return i;
}

/* How many equal records came before. */
static uint32_t count(struct made_seen *s, uint64_t hash)
{
    size_t i = slot_of(s->now, hash);

    if (s->now[i].n)
        return s->now[i].n++;
    if (s->count == SEEN_MAX) {
        struct seen_slot *spare = s->old ? s->old : arena_array(s->mem, struct seen_slot, SEEN_SIZE);

        s->old = s->now;
        s->now = memset(spare, 0, SEEN_SIZE * sizeof(*spare));
        s->count = 0;
        i = slot_of(s->now, hash);
    }
    s->now[i].hash = hash;
    s->now[i].n = s->old ? s->old[slot_of(s->old, hash)].n : 0;
    s->count++;
    return s->now[i].n++;
}

void made_id(struct made_seen *s, const uint8_t seed[16], struct buf *key, char out[MADE_ID_SIZE])
{
    uint8_t hash[16];
    uint64_t low;
    uint32_t n;

    crypto_hash128(seed, buf_as_text(key), hash);
    memcpy(&low, hash, sizeof(low));
    n = s ? count(s, low) : 0;
    if (n > 0) {
        buf_add(key, &n, sizeof(n));
        crypto_hash128(seed, buf_as_text(key), hash);
    }
    enc_hex(hash, sizeof(hash), out);
}

/* Distinct keys of a batch, and texts made fit for the database. */
#include "ingest_priv.h"

#include "util/crypto.h"
#include "util/str.h"

#include <jansson.h>

#define FIRST_SLOTS 64

void key_map_init(struct key_map *m, struct arena *mem)
{
    *m = (struct key_map) { .mem = mem, .slot_count = FIRST_SLOTS };
    crypto_random(m->seed, sizeof m->seed);
    m->slots = arena_array(mem, size_t, FIRST_SLOTS);
}

static uint64_t hash_of(const struct key_map *m, int64_t scope, struct text text)
{
    uint64_t out[2];

    crypto_hash128(m->seed, text, (uint8_t *)out);
    return out[0] ^ ((uint64_t)scope * UINT64_C(0x9E3779B97F4A7C15));
}

static size_t *slot_of(const struct key_map *m, int64_t scope, struct text text, uint64_t hash)
{
    size_t at = (size_t)hash & (m->slot_count - 1);

    for (;; at = (at + 1) & (m->slot_count - 1)) {
        size_t *slot = &m->slots[at];

        if (!*slot)
            return slot;
        const struct key *k = &m->keys[*slot - 1];
        if (k->hash == hash && k->scope == scope && text_equal(k->text, text))
            return slot;
    }
}

static void grow(struct key_map *m)
{
    m->slot_count *= 4;
    m->slots = arena_array(m->mem, size_t, m->slot_count);
    for (size_t i = 0; i < m->count; i++)
        *slot_of(m, m->keys[i].scope, m->keys[i].text, m->keys[i].hash) = i + 1;
}

size_t key_map_find(const struct key_map *m, int64_t scope, struct text text)
{
    size_t slot = *slot_of(m, scope, text, hash_of(m, scope, text));

    return slot ? slot - 1 : NO_INDEX;
}

size_t key_map_put(struct key_map *m, int64_t scope, struct text text)
{
    uint64_t hash = hash_of(m, scope, text);
    size_t *slot = slot_of(m, scope, text, hash);

    if (*slot)
        return *slot - 1;
    if (m->count == m->room) {
        size_t room = m->room ? m->room * 2 : FIRST_SLOTS;
        struct key *wider = arena_array(m->mem, struct key, room);

        if (m->count)
            memcpy(wider, m->keys, m->count * sizeof *wider);
        m->keys = wider;
        m->room = room;
    }
    m->keys[m->count] = (struct key) { scope, text, hash };
    *slot = ++m->count;
    if (m->count * 2 > m->slot_count)
        grow(m);
    return m->count - 1;
}

struct text text_or_empty(struct text t)
{
    return t.ptr ? t : TEXT("");
}

struct text ingest_clean(struct arena *mem, struct text t)
{
    if (!t.len || (str_utf8_valid(t) && !memchr(t.ptr, '\0', t.len)))
        return t;
    char *out = arena_alloc(mem, arena_size_of_array(3, t.len) + 1);
    size_t len = 0;

    while (t.len) {
        const char *from = t.ptr;
        int32_t c = str_utf8_next(&t);

        if (c <= 0) {
            memcpy(out + len, "\xEF\xBF\xBD", 3);
            len += 3;
        } else {
            memcpy(out + len, from, (size_t)(t.ptr - from));
            len += (size_t)(t.ptr - from);
        }
    }
    return (struct text) { out, len };
}

struct text ingest_clean_json(struct arena *mem, struct text json)
{
    json_error_t error;
    json_t *value;

    if (!json.len)
        return (struct text) { NULL, 0 };
    value = json_loadb(json.ptr, json.len, JSON_DECODE_ANY, &error);
    if (!value)
        return (struct text) { NULL, 0 };
    json_decref(value);
    return ingest_clean(mem, json);
}

struct text ingest_head_text(struct text t)
{
    struct text rest = t;

    for (int i = 0; i < LAST_TEXT_CHARS && rest.len; i++)
        (void)str_utf8_next(&rest);
    return (struct text) { t.ptr, t.len - rest.len };
}

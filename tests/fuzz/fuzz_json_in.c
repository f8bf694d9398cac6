/* A refused body leaves the target as it was and names a field; an accepted one keeps its promises. */
#include "fuzz.h"

#include "util/json_in.h"
#include "util/str.h"

struct inner {
    struct text city;
};

struct outer {
    struct text name;
    int64_t count;
    bool is_on;
    time_us at;
    int word;
    struct json_in_ids ids;
    struct inner addr;
};

static const char *const words[] = { "open", "shut", NULL };
static const struct json_in_field inner_fields[] = {
    JSON_IN_TEXT(struct inner, city, true, 1, 8),
    JSON_IN_END,
};
static const struct json_in_field outer_fields[] = {
    JSON_IN_TEXT(struct outer, name, true, 1, 8),
    JSON_IN_I64(struct outer, count, false, -5, 500),
    JSON_IN_BOOL(struct outer, is_on, false),
    JSON_IN_TIME(struct outer, at, false),
    JSON_IN_WORD(struct outer, word, false, words),
    JSON_IN_IDS(struct outer, ids, false, 4),
    JSON_IN_OBJECT(struct outer, addr, false, inner_fields),
    JSON_IN_END,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(0);
    struct outer o, before;
    struct fail why = { .code = FAIL_NONE };

    memset(&o, 0x5A, sizeof(o));
    o.is_on = false;
    memcpy(&before, &o, sizeof(o));
    if (json_in_decode(fuzz_text(data, size), outer_fields, mem, &o, &why)) {
        PROPERTY(memcmp(&o, &before, sizeof(o)) == 0);
        PROPERTY(why.code == FAIL_BAD_REQUEST || (why.code == FAIL_BAD_FIELD && why.field[0]));
        PROPERTY(str_utf8_valid(text_of(why.field)));
    } else {
        PROPERTY(o.name.len >= 1 && o.name.len <= 8 && str_utf8_valid(o.name));
        PROPERTY(o.count == before.count || (o.count >= -5 && o.count <= 500));
        PROPERTY(o.word == before.word || o.word == 0 || o.word == 1);
        PROPERTY(o.ids.count == before.ids.count || o.ids.count <= 4);
    }
    arena_free(mem);
    return 0;
}

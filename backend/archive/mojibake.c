/* Text whose bytes were taken for code points, mended string by string (exports.md 3). */
#include "mojibake.h"

#include "util/str.h"

/* Bytes at the end that begin a letter which is not all there; 0: the end is whole, or something else is wrong. */
static size_t cut_letter(struct text bytes)
{
    for (size_t n = 1; n <= 3 && n <= bytes.len; n++) {
        unsigned char b = (unsigned char)bytes.ptr[bytes.len - n];
        size_t wants = b >= 0xf0 && b <= 0xf4 ? 4 : b >= 0xe0 && b < 0xf0 ? 3 : b >= 0xc2 && b < 0xe0 ? 2 : 0;

        if ((b & 0xc0) == 0x80)
            continue;
        return wants > n ? n : 0;
    }
    return 0;
}

static bool has_high(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.ptr[i] >= 0x80)
            return true;
    return false;
}

/* A clean "café" ends in what would begin a letter: only whole letters before it, or controls that nobody types, tell that
 * the text was cut. */
static bool is_cut(struct text whole, struct text tail)
{
    if (!str_utf8_valid(whole))
        return false;
    if (has_high(whole))
        return true;
    for (size_t i = 1; i < tail.len; i++)
        if ((unsigned char)tail.ptr[i] >= 0x80 && (unsigned char)tail.ptr[i] < 0xa0)
            return true;
    return false;
}

enum mojibake mojibake_mend(struct text t, struct arena *mem, struct text *out)
{
    struct text rest = t, bytes;
    char *made;
    size_t len = 0, tail;

    *out = t;
    if (!has_high(t))
        return MOJIBAKE_NONE;
    made = arena_alloc(mem, t.len + 1);
    while (rest.len) {
        int32_t c = str_utf8_next(&rest);

        if (c < 0 || c > 0xff)
            return MOJIBAKE_NONE;
        made[len++] = (char)(unsigned char)c;
    }
    bytes = (struct text){ made, len };
    if (str_utf8_valid(bytes)) {
        *out = bytes;
        return MOJIBAKE_MENDED;
    }
    tail = cut_letter(bytes);
    if (!tail || !is_cut((struct text){ made, len - tail }, (struct text){ made + len - tail, tail }))
        return MOJIBAKE_DOUBTFUL;
    *out = (struct text){ made, len - tail };
    return MOJIBAKE_MENDED;
}

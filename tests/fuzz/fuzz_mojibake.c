/* Mending finds back any text whose bytes were taken for code points, leaves clean text alone, and makes valid text. */
#include "fuzz.h"

#include "../../backend/archive/mojibake.h"
#include "util/buf.h"
#include "util/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = fuzz_text(data, size), out;
    struct arena *mem = arena_new(0);
    struct buf broken = BUF_INIT(SIZE_MAX / 4);
    bool is_high = false;

    for (size_t i = 0; i < size; i++) {
        char utf8[4];

        is_high |= data[i] >= 0x80;
        buf_add(&broken, utf8, str_utf8_encode(data[i], utf8));
    }
    enum mojibake found = mojibake_mend(buf_as_text(&broken), mem, &out);
    PROPERTY(str_utf8_valid(out));
    if (str_utf8_valid(input)) {
        PROPERTY(found == (is_high ? MOJIBAKE_MENDED : MOJIBAKE_NONE));
        PROPERTY(text_equal(out, input));
        found = mojibake_mend(input, mem, &out);
        PROPERTY(str_utf8_valid(out) && (found == MOJIBAKE_MENDED || text_equal(out, input)));
    }
    buf_fini(&broken);
    arena_free(mem);
    return 0;
}

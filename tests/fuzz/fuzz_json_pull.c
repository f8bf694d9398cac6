/* The tokens do not depend on how the input was cut; what jansson takes, the stream takes too; strings are UTF-8. */
#include "fuzz.h"

#include "util/buf.h"
#include "util/json_pull.h"
#include "util/str.h"

#include <jansson.h>

#define STRING_MAX 300

/* Pieces of the given sizes in turn; every token and its value goes to out. */
static void read_all(struct text doc, const size_t sizes[3], struct buf *out)
{
    struct json_pull *p = json_pull_new(STRING_MAX);
    enum pull_token token;
    unsigned piece = 0;

    for (;;) {
        token = json_pull_next(p);
        if (token == PULL_MORE) {
            size_t len = sizes[piece++ % 3];
            struct text part = { doc.ptr, len < doc.len ? len : doc.len };

            json_pull_feed(p, part);
            doc.ptr += part.len;
            doc.len -= part.len;
            continue;
        }
        struct text value = json_pull_value(p);
        PROPERTY(str_utf8_valid(value));
        PROPERTY(json_pull_depth(p) <= 64);
        buf_printf(out, "%d %u ", (int)token, json_pull_depth(p));
        buf_text(out, value);
        if (token == PULL_END || token == PULL_BAD)
            break;
    }
    buf_printf(out, " %ld %d", json_pull_line(p), json_pull_patched(p));
    if (token == PULL_BAD) {
        struct fail why;

        json_pull_why(p, &why);
        PROPERTY(why.line >= 1);
        buf_str(out, why.text);
    }
    json_pull_free(p);
}

/* Skipping the whole document ends as well or as badly as reading it. */
static bool skips_whole(struct text doc)
{
    struct json_pull *p = json_pull_new(STRING_MAX);
    enum pull_token token = PULL_MORE;
    struct text left = doc;
    bool skipping = false;

    while (token != PULL_BAD && token != PULL_END) {
        token = skipping ? json_pull_skip(p) : json_pull_next(p);
        if (token != PULL_MORE)
            skipping = !skipping && (token == PULL_OBJECT || token == PULL_ARRAY);
        if (token == PULL_MORE) {
            json_pull_feed(p, left);
            left.len = 0;
        }
        PROPERTY(skipping || json_pull_depth(p) == 0 || token == PULL_BAD);
    }
    json_pull_free(p);
    return token == PULL_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    size_t sizes[3] = { (size_t)data[0] % 19 + 1, (size_t)data[1] % 7 + 1, (size_t)data[2] + 1 };
    struct text doc = fuzz_text(data + 3, size - 3);
    struct buf whole = BUF_INIT(1 << 24), cut = BUF_INIT(1 << 24);

    read_all(doc, (const size_t[3]) { SIZE_MAX, SIZE_MAX, SIZE_MAX }, &whole);
    read_all(doc, sizes, &cut);
    PROPERTY(text_equal(buf_as_text(&whole), buf_as_text(&cut)));
    buf_reset(&cut);
    read_all(doc, (const size_t[3]) { 1, 1, 1 }, &cut);
    PROPERTY(text_equal(buf_as_text(&whole), buf_as_text(&cut)));

    bool is_good = skips_whole(doc);
    /* jansson takes a NUL byte for the end of its input. */
    if (size < STRING_MAX && !memchr(data, 0, size)) {
        json_error_t problem;
        json_t *tree = json_loadb(doc.ptr, doc.len, JSON_DECODE_ANY, &problem);

        PROPERTY(!tree || is_good || json_error_code(&problem) == json_error_stack_overflow ||
                 strstr(whole.ptr, "nested too deeply"));
        json_decref(tree);
    }
    buf_fini(&whole);
    buf_fini(&cut);
    return 0;
}

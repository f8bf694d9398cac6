/* Encodings come back, cuts never split a character, JSON strings read back, times and numbers survive a round trip. */
#include "fuzz.h"

#include "util/clock.h"
#include "util/enc.h"
#include "util/json_out.h"
#include "util/str.h"

#include <jansson.h>

static void check_utf8(struct text t, size_t max)
{
    struct text cut = str_utf8_cut(t, max), units = str_utf16_cut(t, max);
    char utf8[4];

    PROPERTY(cut.len <= max && cut.len <= t.len);
    PROPERTY(units.len <= t.len && str_utf16_units(units) <= max);
    if (!str_utf8_valid(t))
        return;
    PROPERTY(str_utf8_valid(cut) && str_utf8_valid(units));
    PROPERTY(cut.len == t.len || max - cut.len < 4);
    PROPERTY(units.len == t.len || max - str_utf16_units(units) < 2);
    while (t.len) {
        const char *start = t.ptr;
        int32_t code = str_utf8_next(&t);

        PROPERTY(code >= 0);
        PROPERTY(str_utf8_encode((uint32_t)code, utf8) == (size_t)(t.ptr - start));
        PROPERTY(memcmp(utf8, start, (size_t)(t.ptr - start)) == 0);
    }
}

static void check_encodings(struct text t)
{
    struct buf coded = BUF_INIT(1 << 20), back = BUF_INIT(1 << 20);

    enc_base64(&coded, t);
    PROPERTY(dec_base64(&back, buf_as_text(&coded)) == 0 && text_equal(buf_as_text(&back), t));
    buf_reset(&coded);
    buf_reset(&back);
    enc_base64url(&coded, t);
    PROPERTY(dec_base64(&back, buf_as_text(&coded)) == 0 && text_equal(buf_as_text(&back), t));
    buf_reset(&coded);
    buf_reset(&back);
    enc_percent(&coded, t);
    bool has_nul = t.len && memchr(t.ptr, 0, t.len);
    PROPERTY((dec_percent(&back, buf_as_text(&coded)) == 0) == !has_nul);
    PROPERTY(has_nul || text_equal(buf_as_text(&back), t));

    /* The other way round: one text for the same bytes, but for padding and alphabet. */
    buf_reset(&coded);
    buf_reset(&back);
    if (dec_base64(&back, t) == 0) {
        enc_base64(&coded, buf_as_text(&back));
        PROPERTY(coded.len >= t.len && coded.len - t.len < 3);
    }
    buf_reset(&back);
    if (dec_percent(&back, t) == 0)
        PROPERTY(back.len <= t.len);
    buf_fini(&coded);
    buf_fini(&back);
}

static void check_json(struct text t)
{
    struct buf b = BUF_INIT(1 << 20);
    struct json_out j = json_out(&b);
    struct text got;

    jo_array(&j);
    jo_text(&j, t);
    jo_end_array(&j);
    json_t *doc = json_loadb(b.ptr, b.len, 0, NULL);
    PROPERTY(doc);
    got = (struct text) { json_string_value(json_array_get(doc, 0)), json_string_length(json_array_get(doc, 0)) };
    PROPERTY(str_utf8_valid(got));
    if (str_utf8_valid(t) && !(t.len && memchr(t.ptr, 0, t.len)))
        PROPERTY(text_equal(got, t));
    json_decref(doc);
    buf_fini(&b);
}

static void check_values(struct text t)
{
    char text[TIME_TEXT_SIZE];
    time_us when, again;
    int64_t n;

    if (time_parse(t, &when) == 0) {
        PROPERTY(time_parse(text_of(time_format(when, text)), &again) == 0);
        PROPERTY(when - again >= 0 && when - again < 1000);
    }
    if (str_whole_i64(t, &n, INT64_MIN, INT64_MAX) == 0) {
        struct buf b = BUF_INIT(100);

        buf_i64(&b, n);
        PROPERTY(str_whole_i64(buf_as_text(&b), &again, n, n) == 0);
        buf_fini(&b);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct text t = fuzz_text(data + 1, size - 1);
    check_utf8(t, data[0]);
    check_encodings(t);
    check_json(t);
    check_values(t);
    return 0;
}

/* JSON writer straight into a buf. */
#include "util/json_out.h"

#include "util/str.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct json_out json_out(struct buf *out)
{
    return (struct json_out) { .out = out, .depth = 0, .first = { true }, .after_key = false };
}

/* The comma that belongs before a value; none after a key or at the start. */
static inline void begin_value(struct json_out *j)
{
    if (j->after_key)
        j->after_key = false;
    else if (!j->first[j->depth])
        buf_char(j->out, ',');
    j->first[j->depth] = false;
}

static void open_level(struct json_out *j, char c)
{
    begin_value(j);
    buf_char(j->out, c);
    assert(j->depth + 1 < JSON_OUT_DEPTH);
    j->first[++j->depth] = true;
}

static void close_level(struct json_out *j, char c)
{
    assert(j->depth > 0 && !j->after_key);
    j->depth--;
    buf_char(j->out, c);
}

void jo_object(struct json_out *j)
{
    open_level(j, '{');
}

void jo_end_object(struct json_out *j)
{
    close_level(j, '}');
}

void jo_array(struct json_out *j)
{
    open_level(j, '[');
}

void jo_end_array(struct json_out *j)
{
    close_level(j, ']');
}

void jo_key(struct json_out *j, const char *key)
{
    size_t len = strlen(key);
    char *p = buf_room(j->out, len + 4);

    assert(!j->after_key);
    if (p) {
        size_t at = 0;

        if (!j->first[j->depth])
            p[at++] = ',';
        p[at++] = '"';
        memcpy(p + at, key, len);
        at += len;
        p[at++] = '"';
        p[at++] = ':';
        buf_wrote(j->out, at);
    }
    j->first[j->depth] = false;
    j->after_key = true;
}

/* True if any of eight bytes is a control character, a quote, a backslash or not ASCII. */
static inline bool needs_care(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t quote = w ^ (ones * '"'), slash = w ^ (ones * '\\');

    return ((w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) & tops) != 0;
}

/* Bytes that go out as they are: all but escapes and damaged UTF-8. */
static size_t plain_run(const char *p, size_t len)
{
    size_t at = 0;

    for (;;) {
        for (; len - at >= 8; at += 8) {
            uint64_t w;

            memcpy(&w, p + at, 8);
            if (needs_care(w))
                break;
        }
        while (at < len && (unsigned char)p[at] >= 0x20 && (unsigned char)p[at] < 0x80 && p[at] != '"' && p[at] != '\\')
            at++;
        if (at == len || (unsigned char)p[at] < 0x80)
            return at;
        struct text rest = { p + at, len - at };
        if (str_utf8_next(&rest) < 0)
            return at;
        at = len - rest.len;
    }
}

static void put_special(struct buf *out, struct text *t)
{
    static const char short_form[] = "\bb\ff\nn\rr\tt\"\"\\\\";
    int32_t code = str_utf8_next(t);

    /* PostgreSQL keeps no NUL in a text, and readers refuse it: it counts as damage. */
    if (code <= 0) {
        buf_add(out, "\xEF\xBF\xBD", 3);
        return;
    }
    for (size_t i = 0; i + 1 < sizeof(short_form); i += 2)
        if (short_form[i] == code) {
            buf_add(out, (char[]) { '\\', short_form[i + 1] }, 2);
            return;
        }
    buf_printf(out, "\\u%04x", (unsigned)code);
}

static void put_string(struct buf *out, struct text t)
{
    /* Room for the whole plain string at once; escapes ask again. */
    buf_room(out, t.len + 2);
    buf_char(out, '"');
    while (t.len) {
        size_t run = plain_run(t.ptr, t.len);

        if (run) {
            buf_add(out, t.ptr, run);
            t.ptr += run;
            t.len -= run;
        }
        if (t.len)
            put_special(out, &t);
    }
    buf_char(out, '"');
}

void jo_key_text(struct json_out *j, struct text key)
{
    assert(!j->after_key);
    begin_value(j);
    put_string(j->out, key);
    buf_char(j->out, ':');
    j->after_key = true;
}

void jo_text(struct json_out *j, struct text value)
{
    if (!value.ptr) {
        jo_null(j);
        return;
    }
    begin_value(j);
    put_string(j->out, value);
}

void jo_str(struct json_out *j, const char *value)
{
    jo_text(j, text_of(value));
}

void jo_i64(struct json_out *j, int64_t value)
{
    begin_value(j);
    buf_i64(j->out, value);
}

void jo_id(struct json_out *j, int64_t value)
{
    begin_value(j);
    buf_char(j->out, '"');
    buf_i64(j->out, value);
    buf_char(j->out, '"');
}

void jo_double(struct json_out *j, double value)
{
    char digits[32];

    if (!isfinite(value)) {
        jo_null(j);
        return;
    }
    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof(digits), "%.*g", precision, value);
        double back = strtod(digits, NULL);
        if (memcmp(&back, &value, sizeof(back)) == 0)
            break;
    }
    begin_value(j);
    /* "-0" would be read as the integer 0. */
    buf_str(j->out, value == 0 && signbit(value) ? "-0.0" : digits);
}

void jo_bool(struct json_out *j, bool value)
{
    begin_value(j);
    buf_str(j->out, value ? "true" : "false");
}

void jo_null(struct json_out *j)
{
    begin_value(j);
    buf_add(j->out, "null", 4);
}

void jo_time(struct json_out *j, time_us value)
{
    char text[TIME_TEXT_SIZE];

    if (value == TIME_NONE) {
        jo_null(j);
        return;
    }
    begin_value(j);
    buf_char(j->out, '"');
    buf_str(j->out, time_format(value, text));
    buf_char(j->out, '"');
}

void jo_raw(struct json_out *j, struct text json)
{
    if (!json.len) {
        jo_null(j);
        return;
    }
    begin_value(j);
    buf_text(j->out, json);
}

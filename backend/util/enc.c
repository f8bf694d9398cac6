/* Encodings: hex, base64, percent. */
#include "util/enc.h"

static const char hex_digits[] = "0123456789abcdef";

void enc_hex(const void *bytes, size_t len, char *out)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex_digits[p[i] >> 4];
        out[2 * i + 1] = hex_digits[p[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

int dec_hex(struct text hex, void *out, size_t out_len)
{
    unsigned char *p = out;

    if (hex.len != out_len * 2)
        return -1;
    for (size_t i = 0; i < hex.len; i++)
        if (hex_value(hex.ptr[i]) < 0)
            return -1;
    for (size_t i = 0; i < out_len; i++)
        p[i] = (unsigned char)(hex_value(hex.ptr[2 * i]) << 4 | hex_value(hex.ptr[2 * i + 1]));
    return 0;
}

static void base64(struct buf *out, struct text bytes, const char alphabet[65], bool padded)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    size_t left = bytes.len;

    if (left > SIZE_MAX / 2) {
        buf_room(out, SIZE_MAX);
        return;
    }
    char *o = buf_room(out, (left + 2) / 3 * 4);
    size_t n = 0;
    if (!o)
        return;
    for (; left >= 3; left -= 3, p += 3) {
        o[n++] = alphabet[p[0] >> 2];
        o[n++] = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
        o[n++] = alphabet[(p[1] & 15) << 2 | p[2] >> 6];
        o[n++] = alphabet[p[2] & 63];
    }
    if (left) {
        unsigned char second = left == 2 ? p[1] : 0;

        o[n++] = alphabet[p[0] >> 2];
        o[n++] = alphabet[(p[0] & 3) << 4 | second >> 4];
        if (left == 2)
            o[n++] = alphabet[(second & 15) << 2];
        while (padded && n % 4)
            o[n++] = '=';
    }
    buf_wrote(out, n);
}

void enc_base64(struct buf *out, struct text bytes)
{
    base64(out, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

void enc_base64url(struct buf *out, struct text bytes)
{
    base64(out, bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}

/* Length without padding, or SIZE_MAX when the padding is not what the length calls for. */
static size_t unpadded(struct text b64)
{
    size_t len = b64.len;

    while (len > 0 && b64.len - len < 2 && b64.ptr[len - 1] == '=')
        len--;
    if (len != b64.len && b64.len % 4 != 0)
        return SIZE_MAX;
    return len % 4 == 1 ? SIZE_MAX : len;
}

int dec_base64(struct buf *out, struct text b64)
{
    size_t len = unpadded(b64), n = 0;
    uint32_t bits = 0;
    int have = 0;

    if (len == SIZE_MAX)
        return -1;
    char *o = buf_room(out, len / 4 * 3 + 2);
    if (!o)
        return -1;
    for (size_t i = 0; i < len; i++) {
        int value = base64_value(b64.ptr[i]);

        if (value < 0)
            return -1;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            o[n++] = (char)(bits >> have & 255);
        }
    }
    /* Left-over bits that are not zero: two texts would mean the same bytes. */
    if (bits & ((1u << have) - 1))
        return -1;
    buf_wrote(out, n);
    return 0;
}

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void enc_percent(struct buf *out, struct text raw)
{
    static const char upper[] = "0123456789ABCDEF";

    for (size_t i = 0; i < raw.len; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];

        if (is_unreserved(raw.ptr[i]))
            buf_char(out, raw.ptr[i]);
        else
            buf_add(out, (char[]) { '%', upper[c >> 4], upper[c & 15] }, 3);
    }
}

int dec_percent(struct buf *out, struct text enc)
{
    char *o = buf_room(out, enc.len);
    size_t n = 0;

    if (!o)
        return -1;
    for (size_t i = 0; i < enc.len; i++) {
        char c = enc.ptr[i];

        if (c == '%') {
            int high = enc.len - i > 2 ? hex_value(enc.ptr[i + 1]) : -1;
            int low = enc.len - i > 2 ? hex_value(enc.ptr[i + 2]) : -1;

            if (high < 0 || low < 0)
                return -1;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0')
            return -1;
        o[n++] = c;
    }
    buf_wrote(out, n);
    return 0;
}

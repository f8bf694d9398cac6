/* Framing that two readers could understand differently is refused before anything else looks at the request:
 * libmicrohttpd 0.9.75 accepts what a strict proxy in front may read in another way (request smuggling). */
#include "http/bridge.h"

#include "util/str.h"

#define MAX_URI 4096
#define MAX_QUERY 2048

/* RFC 9110 5.6.2 */
static bool is_token(struct text name)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

        if (!alnum && (!c || !strchr("!#$%&'*+-.^_`|~", c)))
            return false;
    }
    return name.len > 0;
}

void framing_note(struct framing *f, struct text name, struct text value)
{
    f->headers++;
    if (!is_token(name))
        f->bad_name = true;
    if (str_equal_nocase(name, TEXT("Content-Length"))) {
        struct text rest = value;
        int64_t n;

        f->content_lengths++;
        for (size_t i = 0; i < value.len; i++)
            if (value.ptr[i] < '0' || value.ptr[i] > '9')
                f->bad_length = true;
        if (!value.len || str_i64(&rest, &n, 0, INT64_MAX) || rest.len)
            f->bad_length = true;
        else
            f->content_length = (uint64_t)n;
    } else if (str_equal_nocase(name, TEXT("Transfer-Encoding"))) {
        f->transfer_encodings++;
        f->is_chunked = str_equal_nocase(value, TEXT("chunked"));
    } else if (str_equal_nocase(name, TEXT("Host"))) {
        f->hosts++;
    }
}

const char *framing_fault(const struct framing *f)
{
    if (f->bad_name)
        return "header name is not a token";
    if (f->content_lengths > 1)
        return "several Content-Length";
    if (f->bad_length)
        return "Content-Length is not a number";
    if (f->transfer_encodings && f->content_lengths)
        return "Content-Length and Transfer-Encoding";
    if (f->transfer_encodings > 1 || (f->transfer_encodings && !f->is_chunked))
        return "Transfer-Encoding other than chunked";
    if (f->hosts > 1)
        return "several Host";
    if (f->headers > FRAMING_MAX_HEADERS)
        return "too many headers";
    if (f->uri_len > MAX_URI || f->query_len > MAX_QUERY)
        return "address too long";
    return NULL;
}

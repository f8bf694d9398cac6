/* What a handler asks of its request. */
#include "http/request.h"

#include "util/enc.h"
#include "util/json_out.h"
#include "util/str.h"

#include <stdio.h>

#define MAX_QUERY_VALUE 2048

struct text request_header(const struct request *rq, const char *name)
{
    struct text want = text_of(name);

    for (size_t i = 0; i < rq->header_count; i++)
        if (str_equal_nocase(rq->headers[i].name, want))
            return rq->headers[i].value;
    return (struct text){ NULL, 0 };
}

/* application/x-www-form-urlencoded: '+' is a blank, then percent-decoding. */
static int decode_value(struct request *rq, const char *name, struct text raw, struct text *out)
{
    struct buf plain = BUF_INIT(MAX_QUERY_VALUE);
    struct text blank = arena_text(rq->ctx->mem, raw.len > MAX_QUERY_VALUE ? (struct text){ "", 0 } : raw);
    char *p = arena_copy(rq->ctx->mem, blank);

    for (size_t i = 0; i < blank.len; i++)
        if (p[i] == '+')
            p[i] = ' ';
    int bad = raw.len > MAX_QUERY_VALUE || dec_percent(&plain, (struct text){ p, blank.len }) ||
              !str_utf8_valid(buf_as_text(&plain)) || (plain.len && memchr(plain.ptr, 0, plain.len));
    if (!bad)
        *out = arena_text(rq->ctx->mem, buf_as_text(&plain));
    buf_fini(&plain);
    return bad ? fail_field(&rq->ctx->fail, name, "query parameter %s cannot be read", name) : 1;
}

int request_query(struct request *rq, const char *name, struct text *out)
{
    struct text rest = rq->query, pair, key;

    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, '&', &pair);
        if (!str_split(&pair, '=', &key))
            pair = TEXT("");
        if (text_equal(key, text_of(name)))
            return decode_value(rq, name, pair, out);
    }
    return 0;
}

int request_query_i64(struct request *rq, const char *name, int64_t min, int64_t max, int64_t *out)
{
    struct text t;
    int64_t n;
    int rc = request_query(rq, name, &t);

    if (rc <= 0)
        return rc;
    if (str_whole_i64(t, &n, min, max))
        return fail_field(&rq->ctx->fail, name, "%s must be a number from %lld to %lld", name, (long long)min,
                          (long long)max);
    *out = n;
    return 0;
}

int request_id(struct request *rq, size_t n, int64_t *out)
{
    if (n >= rq->arg_count || str_whole_i64(rq->args[n], out, 1, INT64_MAX))
        return fail(&rq->ctx->fail, FAIL_NOT_FOUND, "not an id");
    return 0;
}

int request_decode(struct request *rq, void *target)
{
    return json_in_decode(rq->body, rq->route->in, rq->ctx->mem, target, &rq->ctx->fail);
}

int request_key(struct request *rq, struct text *out)
{
    struct text key = request_header(rq, "Idempotency-Key");
    bool ok = key.len >= 8 && key.len <= 64;

    for (size_t i = 0; ok && i < key.len; i++) {
        char c = key.ptr[i];
        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }
    if (!ok)
        return fail_field(&rq->ctx->fail, "Idempotency-Key", "needed: 8 to 64 of [A-Za-z0-9_-]");
    *out = key;
    return 0;
}

void request_finish(struct request *rq)
{
    rq->finish(rq);
}

int request_cursor(struct request *rq, struct cursor *out)
{
    struct text t, at;
    struct cursor in;
    int rc = request_query(rq, "after", &t);

    if (rc <= 0)
        return rc;
    if (!str_split(&t, '.', &at) || str_whole_i64(at, &in.at, -CURSOR_NEWEST.at, CURSOR_NEWEST.at) ||
        str_whole_i64(t, &in.id, 0, INT64_MAX))
        return fail_field(&rq->ctx->fail, "after", "not a cursor of ours");
    *out = in;
    return 0;
}

void cursor_write(struct json_out *j, const char *key, const struct cursor *next)
{
    char text[48];

    jo_key(j, key);
    if (!next) {
        jo_null(j);
        return;
    }
    snprintf(text, sizeof(text), "%lld.%lld", (long long)next->at, (long long)next->id);
    jo_str(j, text);
}

void csrf_token(const char *session_token, char out[CRYPTO_TOKEN_SIZE])
{
    uint8_t mac[CRYPTO_HASH_SIZE];
    struct buf b64 = BUF_INIT(CRYPTO_TOKEN_SIZE);

    crypto_hmac_sha256(text_of(session_token), TEXT("tanggap csrf"), mac);
    enc_base64url(&b64, (struct text){ (const char *)mac, sizeof(mac) });
    memcpy(out, b64.ptr, CRYPTO_TOKEN_SIZE - 1);
    out[CRYPTO_TOKEN_SIZE - 1] = '\0';
    buf_fini(&b64);
}

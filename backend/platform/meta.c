/* Meta's webhooks and payloads: who signed them, and the shapes that all of its platforms write alike. */
#include "meta_priv.h"

#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

static const struct text *find_header(const struct hook_request *rq, struct text name)
{
    for (size_t i = 0; i < rq->header_count; i++)
        if (str_equal_nocase(rq->headers[i].name, name))
            return &rq->headers[i].value;
    return NULL;
}

bool meta_verify_with(const struct hook_request *rq, struct text secret)
{
    const struct text *told = find_header(rq, TEXT("X-Hub-Signature-256"));
    uint8_t wanted[CRYPTO_HASH_SIZE], given[CRYPTO_HASH_SIZE];
    struct text hex;
    bool is_good;

    if (!secret.len || !told)
        return false;
    hex = *told;
    if (!str_skip(&hex, TEXT("sha256=")) || dec_hex(hex, given, sizeof(given)))
        return false;
    crypto_hmac_sha256(secret, rq->body, wanted);
    is_good = crypto_equal(wanted, given, sizeof(wanted));
    crypto_wipe(wanted, sizeof(wanted));
    return is_good;
}

bool meta_verify(const struct hook_request *rq, const struct channel_facts *ch)
{
    return meta_verify_with(rq, ch->hook_secret);
}

/* The decoded value of a query's parameter; false: it is not there, or not well encoded. */
static bool query_value(struct text query, struct text name, struct buf *out)
{
    struct text pair, key;
    bool more;

    do {
        more = str_split(&query, '&', &pair);
        if (!str_split(&pair, '=', &key) || !text_equal(key, name))
            continue;
        buf_reset(out);
        return dec_percent(out, pair) == 0 && !out->failed;
    } while (more);
    return false;
}

int meta_challenge(const struct hook_request *rq, const struct channel_facts *ch, struct buf *out)
{
    struct buf mode = BUF_INIT(64), token = BUF_INIT(1024), challenge = BUF_INIT(1024);
    int rc = -1;

    if (ch->verify_token.len && query_value(rq->query, TEXT("hub.mode"), &mode) &&
        text_equal(buf_as_text(&mode), TEXT("subscribe")) &&
        query_value(rq->query, TEXT("hub.verify_token"), &token) &&
        crypto_text_equal(buf_as_text(&token), ch->verify_token) &&
        query_value(rq->query, TEXT("hub.challenge"), &challenge)) {
        buf_text(out, buf_as_text(&challenge));
        rc = 0;
    }
    buf_fini(&mode);
    buf_fini(&token);
    buf_fini(&challenge);
    return rc;
}

static int read_signed_payload(struct text payload, struct arena *mem, struct text *user_id)
{
    AUTO(json) json_t *root = NULL;
    struct buf plain = BUF_INIT(16 * 1024);
    json_error_t ignored;
    struct text id;

    if (dec_base64(&plain, payload) == 0 && !plain.failed)
        root = payload_load(mem, buf_as_text(&plain), &ignored);
    buf_fini(&plain);
    id = payload_id(mem, root, "user_id");
    if (!id.len || !str_equal_nocase(payload_text(root, "algorithm"), TEXT("HMAC-SHA256")))
        return -1;
    *user_id = arena_text(mem, id);
    return 0;
}

int meta_signed_request(struct text signed_request, struct text secret, struct arena *mem, struct text *user_id)
{
    struct text payload = signed_request, signature;
    uint8_t wanted[CRYPTO_HASH_SIZE];
    struct buf given = BUF_INIT(64);
    bool is_signed;

    if (!secret.len || signed_request.len > 16 * 1024 || !str_split(&payload, '.', &signature))
        return -1;
    crypto_hmac_sha256(secret, payload, wanted);
    is_signed = dec_base64(&given, signature) == 0 && given.len == sizeof(wanted) &&
                crypto_equal(wanted, given.ptr, sizeof(wanted));
    crypto_wipe(wanted, sizeof(wanted));
    buf_fini(&given);
    return is_signed ? read_signed_payload(payload, mem, user_id) : -1;
}

/* ---- reading ---- */

bool meta_moment(const json_t *object, const char *key, time_us *out)
{
    const int64_t first_millis = INT64_C(1000000000000);

    if (payload_number(object, key, 0) >= first_millis)
        return payload_millis(object, key, out);
    return payload_seconds(object, key, out) || payload_moment(object, key, out);
}

bool meta_true(const json_t *object, const char *key)
{
    return payload_true(object, key) || payload_number(object, key, 0) == 1 ||
           str_equal_nocase(payload_text(object, key), TEXT("true"));
}

const json_t *meta_member(const json_t *object, const char *outer, const char *inner)
{
    return json_object_get(json_object_get(object, outer), inner);
}

/* "limit=25&until=1&access_token=X" → "limit=25&until=1". */
static struct text without_token(struct arena *mem, struct text query)
{
    struct buf kept = BUF_INIT(4096);
    struct text piece, out;
    bool more;

    do {
        more = str_split(&query, '&', &piece);
        if (piece.len && !text_starts(piece, TEXT("access_token=")) && !text_starts(piece, TEXT("appsecret_proof="))) {
            buf_str(&kept, kept.len ? "&" : "?");
            buf_text(&kept, piece);
        }
    } while (more);
    out = kept.failed || !kept.len ? (struct text){ NULL, 0 } : arena_text(mem, buf_as_text(&kept));
    buf_fini(&kept);
    return out;
}

struct text meta_next_cursor(struct arena *mem, const json_t *page)
{
    const json_t *paging = json_object_get(page, "paging");
    struct text next = payload_text(paging, "next"), head;
    struct text after = payload_id(mem, json_object_get(paging, "cursors"), "after");

    if (!next.len)
        return (struct text){ NULL, 0 };
    if (after.len)
        return arena_text(mem, after);
    return str_split(&next, '?', &head) ? without_token(mem, next) : (struct text){ NULL, 0 };
}

bool meta_is_address(struct text url)
{
    if (!text_starts(url, TEXT("https://")) && !text_starts(url, TEXT("http://")))
        return false;
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7f)
            return false;
    return url.len > 8 && url.len <= 8192;
}

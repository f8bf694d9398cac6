/* X: the connector's entry, the proof that a webhook call is X's own, and the answer that proves us to X. */
#include "x_priv.h"

#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

static void sign(struct text secret, struct text bytes, struct buf *out)
{
    uint8_t mac[CRYPTO_HASH_SIZE];

    crypto_hmac_sha256(secret, bytes, mac);
    buf_str(out, "sha256=");
    enc_base64(out, (struct text) { (const char *)mac, sizeof mac });
    crypto_wipe(mac, sizeof mac);
}

static bool x_verify(const struct hook_request *rq, const struct channel_facts *ch)
{
    struct buf wanted = BUF_INIT(128);
    bool is_good = false;

    if (!ch->hook_secret.len)
        return false;
    sign(ch->hook_secret, rq->body, &wanted);
    for (size_t i = 0; i < rq->header_count && !wanted.failed; i++)
        if (str_equal_nocase(rq->headers[i].name, TEXT("x-twitter-webhooks-signature"))) {
            is_good = crypto_text_equal(rq->headers[i].value, buf_as_text(&wanted));
            break;
        }
    buf_fini(&wanted);
    return is_good;
}

/* What X asks to be signed is a word. Anything else could be the body of a call, whose signature we would be giving
 * away: both are made with the same secret. */
static bool is_word(struct text token)
{
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];

        if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || strchr("+/=_-.~", c)))
            return false;
    }
    return token.len > 0 && token.len <= 256;
}

/* GET ?crc_token=T asks whether we have the consumer secret. */
static int x_challenge(const struct hook_request *rq, const struct channel_facts *ch, struct buf *out)
{
    struct text query = rq->query, pair, name;
    struct buf token = BUF_INIT(1024);
    int rc = -1;
    bool more;

    if (!ch->hook_secret.len)
        return -1;
    do {
        more = str_split(&query, '&', &pair);
        if (!str_split(&pair, '=', &name) || !text_equal(name, TEXT("crc_token")) || !pair.len)
            continue;
        if (dec_percent(&token, pair) == 0 && !token.failed && is_word(buf_as_text(&token))) {
            buf_str(out, "{\"response_token\":\"");
            sign(ch->hook_secret, buf_as_text(&token), out);
            buf_str(out, "\"}");
            rc = out->failed ? -1 : 0;
        }
        break;
    } while (more);
    buf_fini(&token);
    return rc;
}

const struct connector x_connector = {
    .platform = PLATFORM_X,
    .caps = CAP_SEND | CAP_HOOK | CAP_POLL | CAP_MEDIA_IN | CAP_REPLY_TO | CAP_HIDE | CAP_DELETE | CAP_PRIVATE_REPLY |
            CAP_BACKFILL | CAP_LOOK | CAP_RENEW | CAP_PROFILE | CAP_FILES | CAP_COMMENT_FILES,
    .max_text_units = X_POST_UNITS,
    .max_caption_units = X_POST_UNITS,
    .max_hook_body = 1 << 20,
    .verify = x_verify,
    .challenge = x_challenge,
    .parse = x_parse_body,
    .spent = x_spent,
    .step = x_step,
    .part = x_part,
    .part_direct = x_part_direct,
    .max_direct_units = X_DIRECT_UNITS,
};

/* LINE Messaging API: the connector's entry and the check of webhook calls. */
#include "line_priv.h"

#include "util/crypto.h"
#include "util/enc.h"
#include "util/str.h"

static bool line_verify(const struct hook_request *rq, const struct channel_facts *ch)
{
    uint8_t mac[CRYPTO_HASH_SIZE];
    struct buf wanted = BUF_INIT(64);
    bool is_equal = false;

    if (ch->hook_secret.len == 0)
        return false;
    crypto_hmac_sha256(ch->hook_secret, rq->body, mac);
    enc_base64(&wanted, (struct text){ (const char *)mac, sizeof(mac) });
    for (size_t i = 0; i < rq->header_count; i++)
        if (str_equal_nocase(rq->headers[i].name, TEXT("x-line-signature"))) {
            is_equal = crypto_text_equal(rq->headers[i].value, buf_as_text(&wanted));
            break;
        }
    buf_fini(&wanted);
    return is_equal;
}

static struct text line_part(struct text whole, unsigned n, unsigned *count)
{
    return payload_part(whole, LINE_TEXT_UNITS, n, count);
}

const struct connector line_connector = {
    .platform = PLATFORM_LINE,
    .caps = CAP_SEND | CAP_HOOK | CAP_MEDIA_IN | CAP_REPLY_TO | CAP_MARK_READ | CAP_PROFILE | CAP_RENEW |
            CAP_RETRY_KEY,
    .max_text_units = LINE_TEXT_UNITS,
    .max_caption_units = LINE_TEXT_UNITS,
    .max_hook_body = 1 << 20,
    .verify = line_verify,
    .parse = line_parse_body,
    .step = line_step,
    .part = line_part,
};

/* Telegram Bot API: the connector's entry, checking of webhook calls and cutting of long texts. */
#include "telegram_priv.h"

#include "util/crypto.h"
#include "util/str.h"

static bool telegram_verify(const struct hook_request *rq, const struct channel_facts *ch)
{
    static const struct text name = { "X-Telegram-Bot-Api-Secret-Token", 31 };

    if (ch->hook_secret.len == 0)
        return false;
    for (size_t i = 0; i < rq->header_count; i++)
        if (str_equal_nocase(rq->headers[i].name, name))
            return crypto_text_equal(rq->headers[i].value, ch->hook_secret);
    return false;
}

static struct text telegram_part(struct text whole, unsigned n, unsigned *count)
{
    return payload_part(whole, TELEGRAM_TEXT_UNITS, n, count);
}

const struct connector telegram_connector = {
    .platform = PLATFORM_TELEGRAM,
    .caps = CAP_SEND | CAP_HOOK | CAP_POLL | CAP_MEDIA_IN | CAP_REPLY_TO | CAP_FILES | CAP_COMMENT_FILES,
    .max_text_units = TELEGRAM_TEXT_UNITS,
    .max_caption_units = TELEGRAM_CAPTION_UNITS,
    .max_hook_body = 1 << 20,
    .verify = telegram_verify,
    .parse = telegram_parse_body,
    .step = telegram_step,
    .part = telegram_part,
};

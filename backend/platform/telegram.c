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

/* The last place in `cut` after `mark` that leaves at least half of it, or 0. */
static size_t cut_after(struct text cut, char mark)
{
    for (size_t i = cut.len; i > cut.len / 2; i--)
        if (cut.ptr[i - 1] == mark)
            return i;
    return 0;
}

static struct text next_part(struct text rest)
{
    struct text cut = str_utf16_cut(rest, TELEGRAM_TEXT_UNITS);
    size_t at;

    if (cut.len == rest.len || cut.len == 0)
        return rest;
    at = cut_after(cut, '\n');
    if (at == 0)
        at = cut_after(cut, ' ');
    if (at)
        cut.len = at;
    return cut;
}

static struct text telegram_part(struct text whole, unsigned n, unsigned *count)
{
    struct text wanted = { whole.ptr, 0 };
    unsigned at = 0;

    do {
        struct text part = next_part(whole);

        if (at++ == n)
            wanted = part;
        whole.ptr += part.len;
        whole.len -= part.len;
    } while (whole.len);
    *count = at;
    return wanted;
}

const struct connector telegram_connector = {
    .platform = PLATFORM_TELEGRAM,
    .caps = CAP_SEND | CAP_HOOK | CAP_POLL | CAP_MEDIA_IN | CAP_REPLY_TO,
    .max_text_units = TELEGRAM_TEXT_UNITS,
    .max_caption_units = TELEGRAM_CAPTION_UNITS,
    .max_hook_body = 1 << 20,
    .verify = telegram_verify,
    .parse = telegram_parse_body,
    .step = telegram_step,
    .part = telegram_part,
};

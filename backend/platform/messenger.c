/* Messenger: what people and a Page say to each other in private. */
#include "page_priv.h"

static struct text messenger_part(struct text whole, unsigned n, unsigned *count)
{
    return payload_part(whole, MESSENGER_TEXT_UNITS, n, count);
}

const struct connector messenger_connector = {
    .platform = PLATFORM_MESSENGER,
    .caps = CAP_SEND | CAP_HOOK | CAP_MEDIA_IN | CAP_REPLY_TO | CAP_REACT | CAP_MARK_READ | CAP_BACKFILL | CAP_LOOK |
            CAP_RENEW | CAP_PROFILE | CAP_HUMAN_AGENT | CAP_FILES,
    .max_text_units = MESSENGER_TEXT_UNITS,
    .window_s = META_DAY_S,
    .late_window_s = 7 * META_DAY_S,
    .max_hook_body = META_HOOK_BODY_MAX,
    .verify = meta_verify,
    .challenge = meta_challenge,
    .parse = page_parse_body,
    .step = messenger_step,
    .part = messenger_part,
};

/* WhatsApp Cloud API: the connector's entry. */
#include "wacloud_priv.h"

static struct text wacloud_part(struct text whole, unsigned n, unsigned *count)
{
    return payload_part(whole, WACLOUD_TEXT_UNITS, n, count);
}

const struct connector whatsapp_connector = {
    .platform = PLATFORM_WHATSAPP,
    .caps = CAP_SEND | CAP_HOOK | CAP_MEDIA_IN | CAP_REPLY_TO | CAP_REACT | CAP_MARK_READ | CAP_TEMPLATES | CAP_BACKFILL |
            CAP_FILES,
    .max_text_units = WACLOUD_TEXT_UNITS,
    .window_s = META_DAY_S,
    .max_caption_units = WACLOUD_CAPTION_UNITS,
    .max_hook_body = META_HOOK_BODY_MAX,
    .verify = meta_verify,
    .challenge = meta_challenge,
    .parse = wacloud_parse_body,
    .step = wacloud_step,
    .part = wacloud_part,
};

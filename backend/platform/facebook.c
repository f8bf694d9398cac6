/* Facebook Page: what is said in public, under posts and in them. */
#include "facebook_priv.h"

static struct text facebook_part(struct text whole, unsigned n, unsigned *count)
{
    return payload_part(whole, FACEBOOK_TEXT_UNITS, n, count);
}

const struct connector facebook_connector = {
    .platform = PLATFORM_FACEBOOK,
    .caps = CAP_SEND | CAP_HOOK | CAP_MEDIA_IN | CAP_REPLY_TO | CAP_EDIT | CAP_HIDE | CAP_DELETE | CAP_LIKE |
            CAP_PRIVATE_REPLY | CAP_BACKFILL | CAP_LOOK | CAP_RENEW | CAP_NUMBERS | CAP_COMMENT_FILES,
    .max_text_units = FACEBOOK_TEXT_UNITS,
    .max_caption_units = FACEBOOK_TEXT_UNITS,
    .max_hook_body = META_HOOK_BODY_MAX,
    .verify = meta_verify,
    .challenge = meta_challenge,
    .parse = page_parse_body,
    .step = facebook_step,
    .part = facebook_part,
};

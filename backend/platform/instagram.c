/* Instagram: what the connector can do, and who may call its webhook. */
#include "instagram_priv.h"

#include "util/str.h"

/* Signed with the app's secret of the login that the channel has; where both are known, either counts. */
static bool instagram_verify(const struct hook_request *rq, const struct channel_facts *ch)
{
    bool by_hook = meta_verify(rq, ch), by_app = meta_verify_with(rq, ch->app_secret);

    return by_hook || by_app;
}

static size_t cut_length(struct text whole)
{
    struct text cut = str_utf8_cut(whole, INSTAGRAM_TEXT_BYTES);

    if (cut.len == whole.len)
        return cut.len;
    if (!cut.len)
        return whole.len < INSTAGRAM_TEXT_BYTES ? whole.len : INSTAGRAM_TEXT_BYTES;
    for (size_t i = cut.len; i > cut.len / 2; i--)
        if (cut.ptr[i - 1] == '\n')
            return i;
    for (size_t i = cut.len; i > cut.len / 2; i--)
        if (cut.ptr[i - 1] == ' ')
            return i;
    return cut.len;
}

/* Bytes, not letters: what a direct message takes. Cut at line ends, else at blanks, never inside a letter. */
static struct text instagram_part(struct text whole, unsigned n, unsigned *count)
{
    struct text rest = whole, found = { whole.ptr, 0 };
    unsigned at = 0;

    do {
        size_t len = cut_length(rest);

        if (at++ == n)
            found = (struct text){ rest.ptr, len };
        rest = (struct text){ rest.ptr ? rest.ptr + len : NULL, rest.len - len };
    } while (rest.len);
    *count = at;
    return found;
}

const struct connector instagram_connector = {
    .platform = PLATFORM_INSTAGRAM,
    .caps = CAP_SEND | CAP_HOOK | CAP_POLL | CAP_POLL_BESIDE | CAP_MEDIA_IN | CAP_REPLY_TO | CAP_HIDE | CAP_DELETE |
            CAP_REACT | CAP_MARK_READ | CAP_PRIVATE_REPLY | CAP_BACKFILL | CAP_LOOK | CAP_RENEW | CAP_PROFILE | CAP_HUMAN_AGENT |
            CAP_FILES,
    .max_text_units = INSTAGRAM_TEXT_BYTES,
    .window_s = META_DAY_S,
    .late_window_s = 7 * META_DAY_S,
    .max_hook_body = META_HOOK_BODY_MAX,
    .verify = instagram_verify,
    .challenge = meta_challenge,
    .parse = instagram_parse_body,
    .step = instagram_step,
    .part = instagram_part,
};

/* A file that somebody sent, in two steps: where it is now (for five minutes), then its bytes, with the token where the
 * token may go: WhatsApp's own download host and the configured addresses, and nowhere else. */
#include "wacloud_priv.h"

#include "util/str.h"

static bool begins_with(struct text url, const char *base)
{
    struct text prefix = text_of(base);

    return prefix.len && text_starts(url, prefix) && url.len > prefix.len && url.ptr[prefix.len] == '/';
}

/* A path that climbs out of where it begins is not there. */
static bool may_have_token(const struct channel_facts *ch, struct text url)
{
    if (str_find(url, TEXT("..")) || str_find(url, TEXT("%2e")) || str_find(url, TEXT("%2E")) ||
        memchr(url.ptr, '\\', url.len))
        return false;
    return begins_with(url, "https://lookaside.fbsbx.com/whatsapp_business") || begins_with(url, ch->api_base) ||
           begins_with(url, ch->file_base);
}

static int fetch(const struct op *op, struct step_state *state, struct text url, struct arena *mem, struct step *out)
{
    struct text token = op->channel->token;
    struct header *bearer = arena_new_of(mem, struct header);
    bool sends_token;

    if (!meta_is_address(url))
        return meta_result(out, OUTCOME_PERMANENT, "file_gone", TEXT(""));
    sends_token = may_have_token(op->channel, url);
    for (size_t i = 0; i < token.len; i++)
        if (token.ptr[i] <= ' ' || token.ptr[i] > '~')
            return meta_result(out, OUTCOME_AUTH, "unauthorized", TEXT("not the form of an access token"));
    *bearer = (struct header){ TEXT("Authorization"),
                               text_of(arena_printf(mem, "Bearer %.*s", (int)token.len, token.ptr ? token.ptr : "")) };
    state->stage = WACLOUD_BYTES;
    out->kind = STEP_CALL;
    out->call = (struct http_call){
        .method = "GET",
        .url = arena_copy(mem, url),
        .headers = sends_token ? bearer : NULL,
        .header_count = sends_token ? 1 : 0,
        .timeout_ms = 60000,
        .max_reply = op->max_bytes ? op->max_bytes : META_REPLY_MAX,
        .to_file = true,
        .any_host = !sends_token,
        .may_repeat = true,
    };
    return 0;
}

static int ask_address(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct meta_param params[] = { { "phone_number_id", op->channel->external_id } };

    state->stage = WACLOUD_MAIN;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = op->media_ref, .params = params, .param_count = 1,
                                             .may_repeat = true },
                     out);
}

int wacloud_begin_media(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    if (!op->media_ref.len)
        return meta_result(out, OUTCOME_PERMANENT, "file_gone", TEXT(""));
    if (meta_is_address(op->media_ref))
        return fetch(op, state, op->media_ref, mem, out);
    return ask_address(op, state, mem, out);
}

/* An address that has run out is asked for anew, once. */
static int end_bytes(const struct op *op, struct step_state *state, const struct http_reply *reply, struct arena *mem,
                     struct step *out)
{
    bool has_run_out = reply->status == 404 || reply->status == 401 || reply->status == 403;

    if (has_run_out && !meta_is_address(op->media_ref) && state->tries++ == 0)
        return ask_address(op, state, mem, out);
    return meta_end_media(reply, out, mem);
}

int wacloud_end_media(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                      struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;
    int64_t size;

    if (state->stage == WACLOUD_BYTES)
        return end_bytes(op, state, reply, mem, out);
    if (!wacloud_answer(op, reply, now, mem, false, &root, out)) {
        if (out->outcome == OUTCOME_PERMANENT && out->why_code && strcmp(out->why_code, "permission_missing") != 0)
            out->why_code = "file_gone";
        return 0;
    }
    size = payload_number(root, "file_size", -1);
    if (op->max_bytes && size > op->max_bytes)
        return meta_result(out, OUTCOME_PERMANENT, "file_too_big", TEXT(""));
    return fetch(op, state, payload_text(root, "url"), mem, out);
}

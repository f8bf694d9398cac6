/* Webhooks: the app's own token, the address, and one subscription for each kind of event. They carry our tag, so that
 * what others of the same app have set up stays. */
#include "x_priv.h"

#include "util/str.h"

#define TAG         "tanggap"
#define ADDRESS_MAX 200

static const struct text nothing = { NULL, 0 };

static const char *const kinds[] = {
    "post.mention.create", "post.reply.create", "post.quote.create", "post.create", "post.delete",
    "like.create",         "follow.follow",     "dm.received",       "dm.sent",     "dm.read",
};

static struct text key_of(const struct op *op, struct arena *mem)
{
    struct text state = op->channel->state;
    AUTO(json) json_t *root = state.len ? json_loadb(state.ptr, state.len, 0, NULL) : NULL;

    return arena_text(mem, payload_text(root, "consumer_key"));
}

/* HTTPS, no port, 200 letters. */
static bool address_is_good(struct text url)
{
    struct text host = url;

    if (!str_skip(&host, TEXT("https://")) || url.len > ADDRESS_MAX)
        return false;
    for (size_t i = 0; i < host.len && host.ptr[i] != '/'; i++)
        if (host.ptr[i] == ':')
            return false;
    return true;
}

int x_hook_begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text key = key_of(op, mem), secret = op->channel->hook_secret;

    if (!key.len || !secret.len)
        return x_result(out, OUTCOME_PERMANENT, "app_secret_wrong", TEXT("consumer key and secret"));
    if (op->kind == OP_HOOK_SET && !address_is_good(op->hook_url))
        return x_result(out, OUTCOME_PERMANENT, "hook_address", nothing);
    state->stage = X_STAGE_BEARER;
    return x_token_call(op, mem, "/oauth2/token", key, secret, "grant_type=client_credentials", out);
}

static int call(const struct op *op, struct step_state *state, enum x_stage stage, const char *method, const char *path,
                json_t *body, struct arena *mem, struct step *out)
{
    state->stage = (int)stage;
    return x_call_with(op, mem, text_of(state->scratch + X_KEPT_TOKEN), method, path, body, out);
}

static int begin_subscriptions(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    return call(op, state, X_STAGE_SUBSCRIPTIONS, "GET", "/2/activity/subscriptions?max_results=1000", NULL, mem, out);
}

/* The address's own entry, else NULL. */
static const json_t *entry_of(const json_t *root, struct text url)
{
    const json_t *list = json_object_get(root, "data"), *one;
    size_t at;

    json_array_foreach(list, at, one) if (url.len && text_equal(payload_text(one, "url"), url)) return one;
    return NULL;
}

static int on_hooks(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                    struct step *out)
{
    const json_t *entry = entry_of(root, op->hook_url);
    struct text id = payload_id(mem, entry, "id");

    state->tries = json_is_true(json_object_get(entry, "valid")) ? 1 : 0;
    if (id.len && (!x_is_id(id) || !x_keep(state, X_KEPT_MEDIA, 32, id)))
        return x_result(out, OUTCOME_PERMANENT, "rejected", nothing);
    if (op->kind != OP_HOOK_SET || (id.len && state->tries))
        return begin_subscriptions(op, state, mem, out);
    if (id.len)
        return call(op, state, X_STAGE_SET, "PUT", arena_printf(mem, "/2/webhooks/%.*s", (int)id.len, id.ptr), NULL,
                    mem, out);
    return call(op, state, X_STAGE_SET, "POST", "/2/webhooks",
                json_pack("{s:s%}", "url", op->hook_url.ptr, op->hook_url.len), mem, out);
}

static int on_set(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                  struct step *out)
{
    const json_t *data = json_object_get(root, "data");
    struct text id = payload_id(mem, json_is_object(data) ? data : root, "id");

    if (!x_kept(state, X_KEPT_MEDIA).len && (!x_is_id(id) || !x_keep(state, X_KEPT_MEDIA, 32, id)))
        return x_result(out, OUTCOME_RETRY, "unreachable", TEXT("a webhook without an id"));
    return begin_subscriptions(op, state, mem, out);
}

static bool is_ours(const struct op *op, struct arena *mem, const json_t *subscription)
{
    return text_equal(payload_text(subscription, "tag"), TEXT(TAG)) &&
           text_equal(payload_id(mem, json_object_get(subscription, "filter"), "user_id"), op->channel->external_id);
}

static bool is_subscribed(const struct op *op, struct arena *mem, const json_t *root, const char *kind)
{
    const json_t *list = json_object_get(root, "data"), *one;
    size_t at;

    json_array_foreach(list, at, one) if (is_ours(op, mem, one) &&
                                          text_equal(payload_text(one, "event_type"), text_of(kind))) return true;
    return false;
}

/* ---- subscribing: one call a kind; state->tries is a set of those still to be asked for ---- */

static int subscribe(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text us = op->channel->external_id, hook = x_kept(state, X_KEPT_MEDIA);
    json_t *filter;

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (!(state->tries & 1 << i))
            continue;
        state->tries &= ~(1 << i);
        filter = json_pack("{s:s%}", "user_id", us.ptr, us.len);
        if (strcmp(kinds[i], "like.create") == 0 || strcmp(kinds[i], "follow.follow") == 0)
            json_object_set_new(filter, "direction", json_string("inbound"));
        return call(op, state, X_STAGE_SUBSCRIBE, "POST", "/2/activity/subscriptions",
                    json_pack("{s:s,s:o,s:s,s:s%}", "event_type", kinds[i], "filter", filter, "tag", TAG, "webhook_id",
                              hook.ptr, hook.len),
                    mem, out);
    }
    return x_result(out, OUTCOME_OK, NULL, nothing);
}

static int tell_info(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                     struct step *out)
{
    AUTO(json) json_t *facts = json_object();
    json_t *hook = json_object(), *absent = json_array();

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (!is_subscribed(op, mem, root, kinds[i]))
            json_array_append_new(absent, json_string(kinds[i]));
    json_object_set_new(hook, "is_set", json_boolean(x_kept(state, X_KEPT_MEDIA).len > 0));
    json_object_set_new(hook, "valid", json_boolean(state->tries == 1));
    json_object_set_new(hook, "missing", absent);
    json_object_set_new(facts, "hook", hook);
    out->facts = payload_dump(mem, facts);
    return 0;
}

static int drop_hook(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text id = x_kept(state, X_KEPT_MEDIA);

    if (!id.len)
        return x_result(out, OUTCOME_OK, NULL, nothing);
    (void)call(op, state, X_STAGE_DROP, "DELETE", arena_printf(mem, "/2/webhooks/%.*s", (int)id.len, id.ptr), NULL, mem,
               out);
    state->scratch[X_KEPT_MEDIA] = '\0';
    return 0;
}

static bool subscription_id_is_good(struct text id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!((id.ptr[i] >= '0' && id.ptr[i] <= '9') || ((id.ptr[i] | 32) >= 'a' && (id.ptr[i] | 32) <= 'z') ||
              id.ptr[i] == '-' || id.ptr[i] == '_'))
            return false;
    return id.len > 0 && id.len < 64;
}

static int drop_subscriptions(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                              struct step *out)
{
    const json_t *list = json_object_get(root, "data"), *one;
    struct buf ids = BUF_INIT(8192);
    size_t at, count = 0;
    const char *path;

    json_array_foreach(list, at, one)
    {
        struct text id = payload_id(mem, one, "subscription_id");

        if (!is_ours(op, mem, one) || !subscription_id_is_good(id) || count >= 100)
            continue;
        buf_str(&ids, count++ ? "," : "/2/activity/subscriptions?ids=");
        buf_text(&ids, id);
    }
    path = count && !ids.failed ? arena_copy(mem, buf_as_text(&ids)) : NULL;
    buf_fini(&ids);
    return path ? call(op, state, X_STAGE_DROP, "DELETE", path, NULL, mem, out) : drop_hook(op, state, mem, out);
}

static int on_subscriptions(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                            struct step *out)
{
    if (op->kind == OP_HOOK_INFO)
        return tell_info(op, state, root, mem, out);
    if (op->kind == OP_HOOK_DROP)
        return drop_subscriptions(op, state, root, mem, out);
    state->tries = 0;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (!is_subscribed(op, mem, root, kinds[i]))
            state->tries |= 1 << i;
    return subscribe(op, state, mem, out);
}

static int on_bearer(const struct op *op, struct step_state *state, const struct http_reply *reply, struct arena *mem,
                     struct step *out)
{
    AUTO(json) json_t *root = NULL;

    if (!x_token_answer(reply, mem, &root, out))
        return out->outcome == OUTCOME_AUTH ? x_result(out, OUTCOME_PERMANENT, "app_secret_wrong", out->why) : 0;
    if (!x_keep(state, X_KEPT_TOKEN, sizeof state->scratch - X_KEPT_TOKEN, payload_text(root, "access_token")))
        return x_result(out, OUTCOME_PERMANENT, "app_secret_wrong", nothing);
    return call(op, state, X_STAGE_HOOKS, "GET", "/2/webhooks", NULL, mem, out);
}

/* The app's token is not the channel's: that it fails says nothing of the channel. */
static int refused(const struct op *op, struct step_state *state, const struct http_reply *reply, struct arena *mem,
                   struct step *out)
{
    if (state->stage == X_STAGE_SUBSCRIBE && reply->status == 409)
        return subscribe(op, state, mem, out); /* there already */
    if (state->stage == X_STAGE_DROP && reply->status == 404)
        return drop_hook(op, state, mem, out);
    if (state->stage == X_STAGE_SET && reply->status == 400)
        out->why_code = "hook_unreachable";
    if (out->outcome == OUTCOME_AUTH)
        (void)x_result(out, OUTCOME_PERMANENT, "app_secret_wrong", out->why);
    return 0;
}

int x_hook_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;

    if (state->stage == X_STAGE_BEARER)
        return on_bearer(op, state, reply, mem, out);
    if (!x_answer(reply, false, now, mem, &root, out))
        return refused(op, state, reply, mem, out);
    switch (state->stage) {
    case X_STAGE_HOOKS:
        return on_hooks(op, state, root, mem, out);
    case X_STAGE_SET:
        return on_set(op, state, root, mem, out);
    case X_STAGE_SUBSCRIPTIONS:
        return on_subscriptions(op, state, root, mem, out);
    case X_STAGE_SUBSCRIBE:
        return subscribe(op, state, mem, out);
    default:
        return drop_hook(op, state, mem, out);
    }
}

/* Connecting an account: the forms, what was typed into one, and the way to the platform's own login and back. */
#include "domain/connect.h"
#include "http/app.h"
#include "http/handle_channel.h"
#include "http/handlers.h"
#include "util/enc.h"
#include "util/str.h"

static const char *const platform_words[] = { "telegram",  "facebook", "instagram", "whatsapp",
                                              "line",      "youtube",  "x",         NULL };
static const char *const transport_words[] = { "poll", "hook", NULL };

struct channel_body {
    int platform, transport;
    struct text token, name;
    struct connect_values fields;
};
const struct json_in_field channel_fields[] = {
    JSON_IN_WORD(struct channel_body, platform, true, platform_words),
    JSON_IN_TEXT(struct channel_body, name, false, 1, 120),
    JSON_IN_WORD(struct channel_body, transport, false, transport_words),
    JSON_IN_OBJECT(struct channel_body, fields, false, connect_value_fields),
    JSON_IN_TEXT(struct channel_body, token, false, 20, 512),      /* Telegram's, as before there were fields */
    JSON_IN_END,
};

/* ---- the forms ---- */

static const char *redirect_of(struct request *rq, enum platform p)
{
    return arena_printf(rq->ctx->mem, "%s/oauth/%s/back", rq->app->cfg->http_public_url, platform_word(p));
}

static void write_field(struct json_out *j, const struct connect_field *f)
{
    static const char *const needs[] = { "optional", "always", "for_hook", "or_login" };
    struct buf pattern = BUF_INIT(256);

    connect_pattern(f, &pattern);
    jo_object(j);
    jo_kv(j, "name", jo_str, f->name);
    jo_kv(j, "need", jo_str, needs[f->need]);
    jo_kv(j, "is_secret", jo_bool, f->is_secret);
    jo_kv(j, "pattern", jo_text, buf_as_text(&pattern));
    jo_end_object(j);
    buf_fini(&pattern);
}

static void write_form(struct request *rq, struct json_out *j, const struct connect_form *form)
{
    jo_object(j);
    jo_kv(j, "platform", jo_str, platform_word(form->platform));
    jo_key(j, "makes");
    jo_array(j);
    jo_str(j, platform_word(form->platform));
    if (form->pair != PLATFORM_COUNT)
        jo_str(j, platform_word(form->pair));
    jo_end_array(j);
    jo_key(j, "transports");
    jo_array(j);
    for (int i = 0; transport_words[i]; i++)
        if (form->transports & 1u << (i + 1))
            jo_str(j, transport_words[i]);
    jo_end_array(j);
    jo_kv(j, "has_login", jo_bool, form->has_login);
    if (form->has_login)
        jo_kv(j, "redirect_url", jo_str, redirect_of(rq, form->platform));
    jo_key(j, "fields");
    jo_array(j);
    for (size_t i = 0; i < form->field_count; i++)
        write_field(j, &form->fields[i]);
    jo_end_array(j);
    jo_end_object(j);
}

int h_platforms(struct request *rq, struct reply *rp)
{
    struct json_out *j = reply_json(rp, 200);

    jo_object(j);
    jo_kv(j, "takes_hooks", jo_bool, rq->app->is_https);
    jo_key(j, "items");
    jo_array(j);
    for (size_t i = 0; i < connect_form_count; i++)
        write_form(rq, j, &connect_forms[i]);
    jo_end_array(j);
    jo_end_object(j);
    return 0;
}

/* ---- a form that was filled in ---- */

/* What the person chose; else polling where it can be had, since that works behind any router. */
static int choose_transport(struct request *rq, const struct connect_form *form, int chosen, enum channel_transport *out)
{
    bool may_poll = form->transports & 1u << TRANSPORT_POLL;

    *out = chosen == 0 ? TRANSPORT_POLL : chosen == 1 ? TRANSPORT_HOOK : may_poll ? TRANSPORT_POLL : TRANSPORT_HOOK;
    if (!(form->transports & 1u << *out))
        return fail_field(&rq->ctx->fail, "transport", "not with %s", platform_word(form->platform));
    if (*out == TRANSPORT_HOOK && !rq->app->is_https)
        return fail_field(&rq->ctx->fail, "transport", "webhooks need http.public_url with https");
    return 0;
}

int h_channel_add(struct request *rq, struct reply *rp)
{
    struct channel_body in = { .transport = -1 };
    struct new_channel new_one = { .platform = PLATFORM_TELEGRAM };
    const struct connect_form *form;
    enum channel_transport transport;
    enum platform platform;
    int64_t id = 0;

    if (request_decode(rq, &in) || request_key(rq, &new_one.key))
        return -1;
    if (!platform_from_word(text_of(platform_words[in.platform]), &platform) || !(form = connect_form_of(platform)))
        return fail_field(&rq->ctx->fail, "platform", "cannot be connected");
    if (in.token.ptr && platform == PLATFORM_TELEGRAM && !in.fields.token.len)
        in.fields.token = in.token;
    else if (in.token.ptr)
        return fail_field(&rq->ctx->fail, "token", "belongs into fields");
    if (choose_transport(rq, form, in.transport, &transport))
        return -1;
    if (connect_read(rq->ctx, form, transport, &in.fields, &new_one, &new_one.waits_for_login))
        return in.token.ptr ? fail_field(&rq->ctx->fail, "token", "not a bot token") : -1;
    new_one.name = in.name;
    if (channel_add(rq->ctx, &new_one, &id))
        return -1;
    tell_channel(rq);
    return answer_channel(rq, rp, id, 201);
}

/* ---- logging in at the platform ---- */

struct login_way {
    enum platform platform;
    const char *scopes, *more;
    bool has_pkce;
};

#define FACEBOOK_SCOPES                                                                                       \
    "pages_show_list,pages_manage_metadata,pages_read_engagement,pages_read_user_content,"                    \
    "pages_manage_engagement,pages_messaging,business_management"
#define INSTAGRAM_SCOPES                                                                                      \
    "instagram_business_basic,instagram_business_manage_messages,instagram_business_manage_comments"
#define YOUTUBE_SCOPES "https://www.googleapis.com/auth/youtube.force-ssl"
#define X_SCOPES                                                                                              \
    "tweet.read users.read tweet.write tweet.moderate.write dm.read dm.write media.write offline.access"

static const struct login_way ways[] = {
    { PLATFORM_FACEBOOK, FACEBOOK_SCOPES, "", false },
    { PLATFORM_INSTAGRAM, INSTAGRAM_SCOPES, "", false },
    { PLATFORM_YOUTUBE, YOUTUBE_SCOPES, "&access_type=offline&prompt=consent", true },
    { PLATFORM_X, X_SCOPES, "", true },
};

static const struct login_way *way_of(enum platform p)
{
    for (size_t i = 0; i < COUNT_OF(ways); i++)
        if (ways[i].platform == p)
            return &ways[i];
    return NULL;
}

static const char *page_of(struct request *rq, enum platform p)
{
    const struct config *cfg = rq->app->cfg;

    switch ((int)p) {
    case PLATFORM_FACEBOOK:
        return arena_printf(rq->ctx->mem, "%s/%s/dialog/oauth", cfg->meta_fb_dialog_base, cfg->meta_api_version);
    case PLATFORM_INSTAGRAM:
        return arena_printf(rq->ctx->mem, "%s/oauth/authorize", cfg->meta_ig_authorize_base);
    case PLATFORM_YOUTUBE:
        return cfg->google_auth_base;
    default:
        return cfg->x_authorize_url;
    }
}

static void add_parameter(struct buf *url, const char *name, struct text value)
{
    buf_printf(url, "&%s=", name);
    enc_percent(url, value);
}

static struct text login_address(struct request *rq, const struct login_way *way, const struct channel_login *l,
                                 struct text state)
{
    struct buf url = BUF_INIT(8192);

    buf_printf(&url, "%s?response_type=code", page_of(rq, way->platform));
    add_parameter(&url, "client_id", l->app_id);
    add_parameter(&url, "redirect_uri", l->redirect_url);
    add_parameter(&url, "scope", text_of(way->scopes));
    add_parameter(&url, "state", state);
    buf_str(&url, way->more);
    if (way->has_pkce) {
        uint8_t hash[CRYPTO_HASH_SIZE];

        crypto_sha256(l->verifier, hash);
        buf_str(&url, "&code_challenge_method=S256&code_challenge=");
        enc_base64url(&url, (struct text){ (const char *)hash, sizeof(hash) });
    }
    struct text out = arena_text(rq->ctx->mem, buf_as_text(&url));
    buf_fini(&url);
    return out;
}

/* The state names the business, so that whoever comes back is let into that one only: "BUSINESS.RANDOM". */
int h_channel_login(struct request *rq, struct reply *rp)
{
    char random[CRYPTO_TOKEN_SIZE], verifier[CRYPTO_TOKEN_SIZE];
    struct channel_login l = { 0 };
    const struct login_way *way;
    int64_t id;

    if (request_id(rq, 1, &id))
        return -1;
    int rc = channel_login_app(rq->ctx, id, &l);
    if (rc < 1)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no such channel");
    way = way_of(l.platform);
    if (!way || !l.app_id.len)
        return fail(&rq->ctx->fail, FAIL_NOT_POSSIBLE, "this channel has no login");
    crypto_token(random);
    crypto_token(verifier);
    struct text state = text_of(arena_printf(rq->ctx->mem, "%lld.%s", (long long)rq->ctx->who.business, random));
    l.verifier = way->has_pkce ? arena_text(rq->ctx->mem, text_of(verifier)) : TEXT("");
    l.redirect_url = text_of(redirect_of(rq, l.platform));
    if (channel_login_begin(rq->ctx, &l, state, text_of(rq->token)))
        return -1;
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    jo_kv(j, "url", jo_text, login_address(rq, way, &l, state));
    jo_end_object(j);
    return 0;
}

static int go_to(struct request *rq, struct reply *rp, const char *where)
{
    reply_header(rp, "Location", text_of(arena_printf(rq->ctx->mem, "%s", where)));
    return reply_empty(rp, 303);
}

/* 1 in the business that the state names, as the person of the session; 0 not possible; -1. */
static int enter_again(struct request *rq, struct text state)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    struct text rest = state, number;
    int64_t business;

    if (!rq->token[0] || !str_split(&rest, '.', &number) || str_whole_i64(number, &business, 1, INT64_MAX))
        return 0;
    crypto_sha256(text_of(rq->token), hash);
    db_leave(rq->ctx);
    db_enter_session(rq->ctx, arena_text(rq->ctx->mem, (struct text){ (const char *)hash, sizeof(hash) }), business,
                     permission_roles(PERM_CHANNEL_EDIT));
    if (db_who(rq->ctx) == 0)
        return 1;
    return rq->ctx->fail.code == FAIL_TRY_AGAIN || rq->ctx->fail.code == FAIL_INTERNAL ? -1 : 0;
}

/* A platform sends the person's browser here. Whatever is wrong, she lands in the panel, which says what to do. */
int h_oauth_back(struct request *rq, struct reply *rp)
{
    struct text state = { NULL, 0 }, code = { NULL, 0 }, refused = { NULL, 0 };
    struct channel_login l = { 0 };
    enum platform asked;
    int rc;

    if (request_query(rq, "state", &state) < 0 || request_query(rq, "code", &code) < 0 ||
        request_query(rq, "error", &refused) < 0 || !platform_from_word(rq->args[0], &asked) || !state.len)
        return go_to(rq, rp, "/");
    rc = enter_again(rq, state);
    if (rc == 1)
        rc = channel_login_end(rq->ctx, state, text_of(rq->token), refused.len ? TEXT("") : code, &l);
    if (rc < 0)
        return -1;
    fail_clear(&rq->ctx->fail);
    if (rc == 0 || l.platform != asked)
        return go_to(rq, rp, rq->ctx->who.business
                                 ? arena_printf(rq->ctx->mem, "/b/%lld/channels?login=over", (long long)rq->ctx->who.business)
                                 : "/");
    if (code.len && !refused.len)
        tell_channel(rq);
    return go_to(rq, rp, arena_printf(rq->ctx->mem, "/b/%lld/channels/%lld%s", (long long)rq->ctx->who.business,
                                      (long long)l.channel, refused.len || !code.len ? "?login=refused" : ""));
}

struct choice_body {
    struct text account;
};
const struct json_in_field channel_choice_fields[] = {
    JSON_IN_TEXT(struct choice_body, account, true, 1, 64),
    JSON_IN_END,
};

int h_channel_choose(struct request *rq, struct reply *rp)
{
    struct choice_body in = { { NULL, 0 } };
    int64_t id;

    if (request_id(rq, 1, &id) || request_decode(rq, &in) || channel_choose(rq->ctx, id, in.account))
        return -1;
    tell_channel(rq);
    return answer_channel(rq, rp, id, 200);
}

/* Facebook Login: from the code that the browser brought to the token of a page, and to it again. */
#include "meta_priv.h"

#include "util/crypto.h"

#define ACCOUNT_FIELDS "id,name,access_token,tasks,instagram_business_account{id,username}"

/* Which answer the machine waits for. */
enum login_stage { LOGIN_BEGIN, LOGIN_SHORT, LOGIN_LONG, LOGIN_PAGE, LOGIN_PAGES, LOGIN_GRANULAR };

static const char *token_base(const struct channel_facts *ch)
{
    return ch->auth_base ? ch->auth_base : ch->api_base;
}

/* The person's token between two calls; the caller wipes the state. */
static bool keep_token(struct step_state *state, struct text token)
{
    if (!token.len || token.len >= sizeof(state->scratch))
        return false;
    memcpy(state->scratch, token.ptr, token.len);
    state->scratch[token.len] = '\0';
    return true;
}

static struct text kept_token(const struct step_state *state)
{
    return (struct text){ state->scratch, strnlen(state->scratch, sizeof(state->scratch)) };
}

static int ask_token(const struct op *op, struct arena *mem, const struct meta_param *params, size_t n,
                     struct step *out)
{
    return meta_call(op, mem,
                     &(struct meta_request){ .base = token_base(op->channel), .edge = "oauth/access_token",
                                             .token = TEXT(""), .has_no_proof = true, .params = params,
                                             .param_count = n, .may_repeat = true },
                     out);
}

static int ask_short(const struct op *op, struct arena *mem, struct step *out)
{
    const struct channel_facts *ch = op->channel;
    const struct meta_param params[] = {
        { "client_id", ch->app_id },
        { "client_secret", ch->app_secret },
        { "redirect_uri", op->redirect_url },
        { "code", op->code },
    };

    return ask_token(op, mem, params, COUNT_OF(params), out);
}

static int ask_long(const struct op *op, struct arena *mem, struct text token, struct step *out)
{
    const struct channel_facts *ch = op->channel;
    const struct meta_param params[] = {
        { "grant_type", TEXT("fb_exchange_token") },
        { "client_id", ch->app_id },
        { "client_secret", ch->app_secret },
        { "fb_exchange_token", token },
    };

    return ask_token(op, mem, params, COUNT_OF(params), out);
}

static int ask_page(const struct op *op, struct step_state *state, struct arena *mem, struct text token,
                    struct step *out)
{
    const struct meta_param params[] = { { "fields", TEXT(ACCOUNT_FIELDS) }, { "limit", TEXT("100") } };
    bool is_named = op->channel->external_id.len > 0;

    state->stage = is_named ? LOGIN_PAGE : LOGIN_PAGES;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = is_named ? op->channel->external_id : TEXT("me"),
                                             .edge = is_named ? NULL : "accounts", .token = token,
                                             .params = params, .param_count = is_named ? 1 : COUNT_OF(params),
                                             .may_repeat = true },
                     out);
}

static int begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct channel_facts *ch = op->channel;

    if (op->kind == OP_RENEW) {
        if (!keep_token(state, ch->refresh_token))
            return meta_result(out, OUTCOME_AUTH, "unauthorized", TEXT("nobody's login to renew with"));
        return ask_page(op, state, mem, kept_token(state), out);
    }
    if (!ch->app_id.len || !ch->app_secret.len)
        return meta_result(out, OUTCOME_PERMANENT, "app_secret_wrong", TEXT("no app id or app secret"));
    state->stage = LOGIN_SHORT;
    return ask_short(op, mem, out);
}

static int no_page(struct step *out)
{
    return meta_result(out, OUTCOME_PERMANENT, "no_page", TEXT("the login gave no page"));
}

/* The account that hangs on the page, if one does. */
static void add_instagram(json_t *facts, const json_t *page, struct arena *mem)
{
    const json_t *instagram = json_object_get(page, "instagram_business_account");
    struct text id = payload_id(mem, instagram, "id");

    if (id.len)
        json_object_set_new(facts, "instagram", json_stringn(id.ptr, id.len));
    if (json_is_string(json_object_get(instagram, "username")))
        json_object_set(facts, "username", json_object_get(instagram, "username"));
}

static int grant_page(const json_t *page, struct step_state *state, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *facts = json_object();
    struct text token = payload_text(page, "access_token"), id = payload_id(mem, page, "id");

    if (!token.len)
        return no_page(out);
    json_object_set_new(facts, "id", json_stringn(id.ptr ? id.ptr : "", id.len));
    json_object_set(facts, "name", json_object_get(page, "name"));
    add_instagram(facts, page, mem);
    out->external_id = arena_text(mem, id);
    out->grant = (struct grant){ arena_text(mem, token), arena_text(mem, kept_token(state)), TIME_NONE };
    out->facts = payload_dump(mem, facts);
    return 0;
}

static json_t *account_of(struct arena *mem, const json_t *page)
{
    json_t *one = json_object();
    struct text id = payload_id(mem, page, "id");

    json_object_set_new(one, "id", json_stringn(id.ptr ? id.ptr : "", id.len));
    json_object_set(one, "name", json_object_get(page, "name"));
    add_instagram(one, page, mem);
    return one;
}

static int tell_accounts(json_t *accounts, bool more, struct step_state *state, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *facts = json_pack("{s:o,s:b}", "accounts", accounts, "more", more);

    out->facts = payload_dump(mem, facts);
    out->grant.refresh_token = arena_text(mem, kept_token(state));
    return 0;
}

static int end_pages(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                     struct step *out)
{
    const json_t *list = json_object_get(root, "data");
    bool more = payload_text(json_object_get(root, "paging"), "next").len > 0;
    struct text app = meta_app_token(mem, op->channel);
    json_t *accounts;

    if (json_array_size(list) == 1 && !more)
        return grant_page(json_array_get(list, 0), state, mem, out);
    if (json_array_size(list) == 0 && !more && app.len) {
        /* Pages that a Business owns are not in the list, but in the token's own scopes. */
        const struct meta_param params[] = { { "input_token", kept_token(state) } };

        state->stage = LOGIN_GRANULAR;
        return meta_call(op, mem,
                         &(struct meta_request){ .edge = "debug_token", .token = app, .has_no_proof = true,
                                                 .params = params, .param_count = 1, .may_repeat = true },
                         out);
    }
    accounts = json_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        json_array_append_new(accounts, account_of(mem, json_array_get(list, i)));
    return tell_accounts(accounts, more, state, mem, out);
}

static bool has_account(const json_t *accounts, struct text id)
{
    for (size_t i = 0; i < json_array_size(accounts); i++)
        if (text_equal(payload_text(json_array_get(accounts, i), "id"), id))
            return true;
    return false;
}

static int end_granular(const json_t *root, struct step_state *state, struct arena *mem, struct step *out)
{
    const json_t *scopes = meta_member(root, "data", "granular_scopes");
    json_t *accounts = json_array();

    for (size_t i = 0; i < json_array_size(scopes); i++) {
        const json_t *scope = json_array_get(scopes, i), *ids = json_object_get(scope, "target_ids");

        if (!text_starts(payload_text(scope, "scope"), TEXT("pages_")))
            continue;
        for (size_t k = 0; k < json_array_size(ids) && json_array_size(accounts) < 100; k++) {
            struct text id = payload_id_value(mem, json_array_get(ids, k));

            if (id.len && !has_account(accounts, id))
                json_array_append_new(accounts, json_pack("{s:s%}", "id", id.ptr, id.len));
        }
    }
    if (json_array_size(accounts))
        return tell_accounts(accounts, false, state, mem, out);
    json_decref(accounts);
    return no_page(out);
}

static int go_on(const struct op *op, struct step_state *state, json_t *root, struct arena *mem, struct step *out)
{
    struct text token = payload_text(root, "access_token");

    switch ((enum login_stage)state->stage) {
    case LOGIN_SHORT:
    case LOGIN_LONG:
        if (!keep_token(state, token))
            return meta_result(out, OUTCOME_PERMANENT, "rejected", TEXT("an answer without a token"));
        if (state->stage == LOGIN_LONG)
            return ask_page(op, state, mem, kept_token(state), out);
        state->stage = LOGIN_LONG;
        return ask_long(op, mem, kept_token(state), out);
    case LOGIN_PAGE:
        return grant_page(root, state, mem, out);
    case LOGIN_PAGES:
        return end_pages(op, root, state, mem, out);
    case LOGIN_GRANULAR:
        return end_granular(root, state, mem, out);
    case LOGIN_BEGIN:
        break;
    }
    return meta_result(out, OUTCOME_RETRY, "unreachable", TEXT(""));
}

int meta_login_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                    struct arena *mem, struct step *out)
{
    /* A code or login that no longer counts is not told by a token's own error codes alone. */
    static const struct meta_error own[] = { { 100, 100, 36007, OUTCOME_PERMANENT, "login_again", 0 },
                                             { 100, 100, 36008, OUTCOME_PERMANENT, "login_again", 0 },
                                             { 100, 100, 36009, OUTCOME_PERMANENT, "login_again", 0 } };
    AUTO(json) json_t *root = NULL;

    out->grant.expires_at = TIME_NONE;
    if (!reply)
        return begin(op, state, mem, out);
    if (!meta_answer(op, reply, now, mem, own, COUNT_OF(own), &root, out))
        return 0;
    return go_on(op, state, root, mem, out);
}

/* From the code that the browser brought to a token of 60 days, and to the next one; for either login. */
#include "instagram_priv.h"

#include "util/enc.h"
#include "util/str.h"

#include <stdio.h>

#define ME_FIELDS "id,user_id,username,name"

/* Which answer the machine waits for. */
enum grant_stage { GRANT_SHORT = 1, GRANT_LONG, GRANT_ME };

static int no_token(struct step *out)
{
    return meta_result(out, OUTCOME_PERMANENT, "login_again", TEXT("an answer without a token"));
}

/* The browser's way back glues "#_" on it. */
static struct text clean_code(struct text code)
{
    const char *mark = code.len ? memchr(code.ptr, '#', code.len) : NULL;

    return mark ? (struct text){ code.ptr, (size_t)(mark - code.ptr) } : code;
}

/* ---- Instagram Login ---- */

static void add_field(struct buf *form, const char *name, struct text value)
{
    buf_printf(form, "%s%s=", form->len ? "&" : "", name);
    enc_percent(form, value);
}

static int ask_short(struct instagram_turn *t)
{
    static const struct header type[] = { { TEXT_INIT("Content-Type"),
                                            TEXT_INIT("application/x-www-form-urlencoded") } };
    const struct channel_facts *ch = t->op->channel;
    struct buf form = BUF_INIT(64 * 1024);

    add_field(&form, "client_id", ch->app_id);
    add_field(&form, "client_secret", ch->app_secret);
    add_field(&form, "grant_type", TEXT("authorization_code"));
    add_field(&form, "redirect_uri", t->op->redirect_url);
    add_field(&form, "code", clean_code(t->op->code));
    t->out->kind = STEP_CALL;
    t->out->call = (struct http_call){
        .method = "POST",
        .url = arena_printf(t->mem, "%s/oauth/access_token", ch->auth_base ? ch->auth_base : ch->api_base),
        .headers = type,
        .header_count = 1,
        .body = arena_text(t->mem, buf_as_text(&form)),
        .timeout_ms = META_CALL_TIMEOUT_MS,
        .max_reply = META_REPLY_MAX,
    };
    if (form.failed)
        (void)meta_result(t->out, OUTCOME_PERMANENT, "login_again", TEXT("a code that is too long"));
    buf_fini(&form);
    t->state->stage = GRANT_SHORT;
    return 0;
}

static int ask_exchange(struct instagram_turn *t, const char *edge, const char *grant_type, struct text secret,
                        struct text token)
{
    const struct meta_param params[] = { { "grant_type", text_of(grant_type) },
                                         { "client_secret", secret },
                                         { "access_token", token } };

    t->state->stage = GRANT_LONG;
    return meta_call(t->op, t->mem,
                     &(struct meta_request){ .is_unversioned = true, .token = TEXT(""), .has_no_proof = true,
                                             .edge = edge, .params = params, .param_count = COUNT_OF(params),
                                             .may_repeat = true },
                     t->out);
}

static int begin_instagram(struct instagram_turn *t)
{
    const struct channel_facts *ch = t->op->channel;

    if (t->op->kind == OP_RENEW)
        return ch->token.len ? ask_exchange(t, "refresh_access_token", "ig_refresh_token", INSTAGRAM_NONE, ch->token)
                             : meta_result(t->out, OUTCOME_AUTH, "unauthorized", TEXT("no token to renew"));
    if (!ch->app_id.len || !ch->app_secret.len)
        return meta_result(t->out, OUTCOME_PERMANENT, "app_secret_wrong", TEXT("no app id or app secret"));
    return ask_short(t);
}

/* Flat, or as the only element of data[]. */
static const json_t *token_of(const json_t *root)
{
    const json_t *list = json_object_get(root, "data");

    return json_array_size(list) ? json_array_get(list, 0) : root;
}

/* Token and its end wait in scratch while the account tells who it is. The caller wipes them. */
static bool keep_long(struct instagram_turn *t, struct text token, time_us expires_at)
{
    int n = snprintf(t->state->scratch, sizeof(t->state->scratch), "%lld %.*s", (long long)expires_at, (int)token.len,
                     token.ptr ? token.ptr : "");

    return token.len && n > 0 && (size_t)n < sizeof(t->state->scratch);
}

static void set_grant(struct instagram_turn *t)
{
    struct text rest = arena_text(t->mem, text_of(t->state->scratch)), head;
    int64_t expires_at = TIME_NONE;

    (void)str_split(&rest, ' ', &head);
    if (str_whole_i64(head, &expires_at, INT64_MIN, INT64_MAX))
        expires_at = TIME_NONE;
    t->out->grant = (struct grant){ .token = rest, .expires_at = expires_at };
}

static int end_long(struct instagram_turn *t)
{
    const struct meta_param fields[] = { { "fields", TEXT(ME_FIELDS) } };
    struct text token = payload_text(t->root, "access_token");
    int64_t seconds = payload_number(t->root, "expires_in", 0);
    time_us expires_at = seconds > 0 && seconds < 400 * META_DAY_S ? t->now + seconds * US_PER_S : TIME_NONE;

    if (!keep_long(t, token, expires_at))
        return no_token(t->out);
    if (t->op->kind == OP_RENEW) {
        set_grant(t);
        return 0;
    }
    t->state->stage = GRANT_ME;
    return meta_call(t->op, t->mem,
                     &(struct meta_request){ .node = TEXT("me"), .token = arena_text(t->mem, token), .params = fields,
                                             .param_count = 1, .may_repeat = true },
                     t->out);
}

static int end_me(struct instagram_turn *t)
{
    AUTO(json) json_t *facts = json_pack("{s:s}", "login", "instagram");
    struct text id = payload_id(t->mem, t->root, "user_id"), scoped = payload_id(t->mem, t->root, "id");

    if (!id.len)
        id = scoped;
    instagram_set(facts, "id", id);
    instagram_set(facts, "scoped_id", scoped);
    instagram_set(facts, "username", payload_text(t->root, "username"));
    instagram_set(facts, "name", payload_text(t->root, "name"));
    set_grant(t);
    t->out->external_id = arena_text(t->mem, id);
    t->out->facts = payload_dump(t->mem, facts);
    return 0;
}

static int step_instagram(struct instagram_turn *t)
{
    static const struct meta_error own[] = { { 400, 400, META_ANY_SUB, OUTCOME_PERMANENT, "login_again", 0 },
                                             { 100, 100, 36007, OUTCOME_PERMANENT, "login_again", 0 },
                                             { 100, 100, 36008, OUTCOME_PERMANENT, "login_again", 0 },
                                             { 100, 100, 36009, OUTCOME_PERMANENT, "login_again", 0 } };
    AUTO(json) json_t *root = NULL;
    struct text token;

    if (!t->reply)
        return begin_instagram(t);
    if (!meta_answer(t->op, t->reply, t->now, t->mem, own, COUNT_OF(own), &root, t->out)) {
        /* The code is used up, whatever became of the answer. */
        if (t->state->stage == GRANT_SHORT && t->out->outcome == OUTCOME_RETRY && (t->reply->status || t->reply->sent))
            return meta_result(t->out, OUTCOME_PERMANENT, "login_again", t->out->why);
        return 0;
    }
    t->root = root;
    if (t->state->stage == GRANT_LONG)
        return end_long(t);
    if (t->state->stage == GRANT_ME)
        return end_me(t);
    token = payload_text(token_of(root), "access_token");
    if (!token.len)
        return no_token(t->out);
    return ask_exchange(t, "access_token", "ig_exchange_token", t->op->channel->app_secret, arena_text(t->mem, token));
}

/* ---- Facebook Login: the page's token, where the account hangs on a page ---- */

static struct text page_of(const struct channel_facts *ch, struct arena *mem)
{
    json_error_t ignored;
    AUTO(json) json_t *state = ch->state.len ? payload_load(mem, ch->state, &ignored) : NULL;

    return arena_text(mem, payload_id(mem, state, "page_id"));
}

static int step_page(struct instagram_turn *t, enum op_kind kind, struct text page, struct text person,
                     const struct http_reply *reply)
{
    struct channel_facts ch = *t->op->channel;
    struct op op = *t->op;

    ch.external_id = page;
    if (person.len)
        ch.refresh_token = person;
    op.kind = kind;
    op.channel = &ch;
    op.code = clean_code(op.code);
    return meta_login_step(&op, t->state, reply, t->now, t->mem, t->out);
}

/* The page whose account this is; or the only page that has one. */
static struct text page_with(struct instagram_turn *t, const json_t *accounts, json_t *kept)
{
    struct text wanted = t->op->channel->external_id, found = INSTAGRAM_NONE;

    for (size_t i = 0; i < json_array_size(accounts); i++) {
        json_t *one = json_array_get(accounts, i);
        struct text insta = payload_id(t->mem, one, "instagram"), page = payload_id(t->mem, one, "id");

        if (!insta.len)
            continue;
        json_array_append(kept, one);
        if (text_equal(insta, wanted) || !wanted.len)
            found = arena_text(t->mem, page);
    }
    return wanted.len || json_array_size(kept) == 1 ? found : INSTAGRAM_NONE;
}

static int end_page(struct instagram_turn *t, const json_t *told)
{
    AUTO(json) json_t *facts = json_pack("{s:s}", "login", "facebook");
    struct text id = payload_id(t->mem, told, "instagram"), page = payload_id(t->mem, told, "id");

    if (!id.len)
        id = t->op->channel->external_id;
    if (!id.len) {
        t->out->grant = (struct grant){ .expires_at = TIME_NONE };
        t->out->external_id = INSTAGRAM_NONE;
        return meta_result(t->out, OUTCOME_PERMANENT, "account_missing", TEXT("no Instagram account hangs on this page"));
    }
    instagram_set(facts, "id", id);
    instagram_set(facts, "page_id", page);
    instagram_set(facts, "username", payload_text(told, "username"));
    instagram_set(facts, "page", payload_text(told, "name"));
    t->out->external_id = arena_text(t->mem, id);
    t->out->facts = payload_dump(t->mem, facts);
    return 0;
}

static int step_facebook(struct instagram_turn *t)
{
    struct text page = t->reply ? INSTAGRAM_NONE : page_of(t->op->channel, t->mem), person, found;
    json_error_t ignored;

    if (step_page(t, t->op->kind, page, INSTAGRAM_NONE, t->reply))
        return -1;
    if (t->out->kind != STEP_RESULT || t->out->outcome != OUTCOME_OK)
        return 0;
    AUTO(json) json_t *told = payload_load(t->mem, t->out->facts, &ignored);
    AUTO(json) json_t *kept = json_array();
    if (t->out->grant.token.len)
        return end_page(t, told);
    person = t->out->grant.refresh_token;
    found = page_with(t, json_object_get(told, "accounts"), kept);
    if (found.len) {
        *t->state = (struct step_state){ .stage = 0 };
        return step_page(t, OP_RENEW, found, person, NULL);
    }
    if (json_array_size(kept)) {
        json_object_set(told, "accounts", kept);
        t->out->facts = payload_dump(t->mem, told);
    }
    return 0;
}

int instagram_login_step(struct instagram_turn *t)
{
    return instagram_is_facebook(t->op->channel) ? step_facebook(t) : step_instagram(t);
}

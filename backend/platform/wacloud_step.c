/* The calls that a WhatsApp number makes besides sending: is all well, whose account, templates, files, the webhook. */
#include "wacloud_priv.h"

#include "util/str.h"

#define NUMBER_FIELDS                                                                                                 \
    "id,display_phone_number,verified_name,quality_rating,messaging_limit_tier,code_verification_status,name_status," \
    "account_mode,platform_type,throughput"
#define TEMPLATE_FIELDS "id,name,status,category,language,components,parameter_format,quality_score"
#define HOOK_FIELDS                                                                                           \
    "messages,smb_message_echoes,smb_app_state_sync,history,message_template_status_update,"                  \
    "template_category_update,message_template_quality_update,account_update,account_alerts,"                 \
    "phone_number_quality_update,phone_number_name_update,business_capability_update,user_preferences,"       \
    "user_id_update,business_username_update,security"

static const struct text object_name = TEXT_INIT("whatsapp_business_account");

bool wacloud_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem, bool is_send,
                    json_t **root, struct step *out)
{
    bool is_good = meta_answer(op, reply, now, mem, wacloud_errors, wacloud_error_count, root, out);

    if (!is_good && !is_send && out->outcome == OUTCOME_UNKNOWN)
        out->outcome = OUTCOME_RETRY;
    return is_good;
}

static bool read_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                        json_t **root, struct step *out)
{
    return wacloud_answer(op, reply, now, mem, false, root, out);
}

/* ---- whose account ---- */

static bool keep(struct step_state *state, struct text t)
{
    if (t.len >= sizeof(state->scratch))
        return false;
    memcpy(state->scratch, t.ptr ? t.ptr : "", t.len);
    state->scratch[t.len] = '\0';
    return true;
}

static struct text kept(const struct step_state *state)
{
    return (struct text){ state->scratch, strnlen(state->scratch, sizeof(state->scratch)) };
}

/* The account that the channel's state names ("waba_id"). */
static struct text known_account(const struct op *op, struct arena *mem)
{
    json_error_t ignored;
    AUTO(json) json_t *state = op->channel->state.len ? payload_load(mem, op->channel->state, &ignored) : NULL;

    return arena_text(mem, payload_id(mem, state, "waba_id"));
}

static int ask_token(const struct op *op, struct arena *mem, struct text token, struct step *out)
{
    const struct meta_param params[] = { { "input_token", token } };

    return meta_call(op, mem,
                     &(struct meta_request){ .edge = "debug_token", .token = meta_app_token(mem, op->channel),
                                             .has_no_proof = true, .params = params, .param_count = 1,
                                             .may_repeat = true },
                     out);
}

static bool is_management(struct text scope)
{
    return text_equal(scope, TEXT("whatsapp_business_management")) ||
           text_equal(scope, TEXT("whatsapp_business_messaging"));
}

/* The only account that a token is for; absent: none, or several. */
static struct text only_account(struct arena *mem, const json_t *data)
{
    const json_t *scopes = json_object_get(data, "granular_scopes");
    struct text found = WACLOUD_NONE;

    for (size_t i = 0; i < json_array_size(scopes); i++) {
        const json_t *scope = json_array_get(scopes, i), *targets = json_object_get(scope, "target_ids");

        for (size_t k = 0; is_management(payload_text(scope, "scope")) && k < json_array_size(targets); k++) {
            struct text id = payload_id_value(mem, json_array_get(targets, k));

            if (found.len && !text_equal(found, id))
                return WACLOUD_NONE;
            found = id;
        }
    }
    return found;
}

/* ---- is all well ---- */

static int ask_number(const struct op *op, struct arena *mem, const char *fields, struct step *out)
{
    const struct meta_param params[] = { { "fields", text_of(fields) } };

    return meta_call(op, mem,
                     &(struct meta_request){ .node = op->channel->external_id, .params = params, .param_count = 1,
                                             .may_repeat = true },
                     out);
}

static int begin_check(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    (void)state;
    return ask_number(op, mem, NUMBER_FIELDS, out);
}

static int end_check(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                     struct step *out)
{
    static const struct {
        const char *theirs, *ours;
    } members[] = {
        { "id", "id" }, { "verified_name", "name" }, { "quality_rating", "quality" },
        { "messaging_limit_tier", "tier" }, { "account_mode", "mode" }, { "platform_type", "platform_type" },
        { "name_status", "name_status" }, { "code_verification_status", "code_status" },
    };
    AUTO(json) json_t *facts = json_object();
    struct text number = wacloud_number(mem, payload_id(mem, root, "display_phone_number"));

    out->external_id = arena_text(mem, payload_id(mem, root, "id"));
    if (!out->external_id.len)
        return meta_result(out, OUTCOME_RETRY, "unreachable", TEXT("an answer without an id"));
    for (size_t i = 0; i < COUNT_OF(members); i++)
        wacloud_set(facts, members[i].ours, payload_id(mem, root, members[i].theirs));
    wacloud_set(facts, "number", number);
    wacloud_set(facts, "waba_id", known_account(op, mem));
    out->facts = payload_dump(mem, facts);
    if (!op->channel->app_id.len || !op->channel->app_secret.len || !keep(state, out->facts))
        return 0;
    state->stage = WACLOUD_TOKEN;
    return ask_token(op, mem, op->channel->token, out);
}

/* In RFC 3339; nothing where a token lives for ever (0). */
static void set_moment(json_t *facts, const char *key, const json_t *data, const char *theirs)
{
    char written[TIME_TEXT_SIZE];
    time_us at;

    if (payload_seconds(data, theirs, &at))
        json_object_set_new(facts, key, json_string(time_format(at, written)));
}

static json_t *missing_scopes(const json_t *scopes)
{
    static const char *const needed[] = { "whatsapp_business_messaging", "whatsapp_business_management" };
    json_t *missing = json_array();

    for (size_t i = 0; i < COUNT_OF(needed); i++) {
        bool is_there = false;

        for (size_t k = 0; k < json_array_size(scopes); k++) {
            const char *scope = json_string_value(json_array_get(scopes, k));

            is_there = is_there || (scope && strcmp(scope, needed[i]) == 0);
        }
        if (!is_there)
            json_array_append_new(missing, json_string(needed[i]));
    }
    return missing;
}

static int end_token(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                     struct step *out)
{
    const json_t *data = json_object_get(root, "data");
    json_error_t ignored;
    AUTO(json) json_t *facts = payload_load(mem, kept(state), &ignored);
    struct text account = only_account(mem, data);

    if (json_is_false(json_object_get(data, "is_valid")))
        return meta_result(out, OUTCOME_AUTH, "unauthorized",
                           arena_text(mem, payload_text(json_object_get(data, "error"), "message")));
    if (!facts)
        facts = json_object();
    if (account.len && !json_object_get(facts, "waba_id"))
        wacloud_set(facts, "waba_id", account);
    set_moment(facts, "expires_at", data, "expires_at");
    set_moment(facts, "data_access_expires_at", data, "data_access_expires_at");
    if (json_is_array(json_object_get(data, "scopes"))) {
        json_object_set(facts, "scopes", json_object_get(data, "scopes"));
        json_object_set_new(facts, "missing", missing_scopes(json_object_get(data, "scopes")));
    }
    out->facts = payload_dump(mem, facts);
    out->external_id = arena_text(mem, payload_id(mem, facts, "id"));
    if (!out->external_id.len)
        out->external_id = op->channel->external_id;
    return 0;
}

static int begin_quota(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    (void)state;
    return ask_number(op, mem, "messaging_limit_tier,throughput", out);
}

/* How many people a day may be written to first; answers are free of it. */
static int end_quota(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                     struct step *out)
{
    static const struct {
        struct text tier;
        int limit;
    } tiers[] = {
        { TEXT_INIT("TIER_50"), 50 },     { TEXT_INIT("TIER_250"), 250 },   { TEXT_INIT("TIER_1K"), 1000 },
        { TEXT_INIT("TIER_2K"), 2000 },   { TEXT_INIT("TIER_10K"), 10000 }, { TEXT_INIT("TIER_100K"), 100000 },
    };
    AUTO(json) json_t *facts = json_object();
    struct text tier = payload_text(root, "messaging_limit_tier");

    (void)op, (void)state;
    for (size_t i = 0; i < COUNT_OF(tiers); i++)
        if (text_equal(tier, tiers[i].tier))
            json_object_set_new(facts, "limit", json_integer(tiers[i].limit));
    wacloud_set(facts, "tier", tier);
    out->facts = payload_dump(mem, facts);
    return 0;
}

/* ---- templates ---- */

static int begin_templates(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct meta_param params[] = { { "fields", TEXT(TEMPLATE_FIELDS) }, { "limit", TEXT("100") } };

    return meta_call(op, mem,
                     &(struct meta_request){ .node = kept(state), .edge = "message_templates", .params = params,
                                             .param_count = COUNT_OF(params), .cursor = op->cursor,
                                             .may_repeat = true },
                     out);
}

static int end_templates(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                         struct step *out)
{
    (void)op, (void)state;
    out->facts = wacloud_templates(mem, root);
    out->cursor = meta_next_cursor(mem, root);
    out->is_last = !out->cursor.len;
    return 0;
}

/* ---- the webhook ---- */

static int ask_subscribed(const struct op *op, const struct step_state *state, struct arena *mem, const char *method,
                          json_t *body, struct step *out)
{
    return meta_call(op, mem,
                     &(struct meta_request){ .method = method, .node = kept(state), .edge = "subscribed_apps",
                                             .body = body, .may_repeat = true },
                     out);
}

static int ask_fields(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    state->stage = WACLOUD_FIELDS;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = op->channel->app_id, .edge = "subscriptions",
                                             .token = meta_app_token(mem, op->channel), .has_no_proof = true,
                                             .may_repeat = true },
                     out);
}

static int begin_hook_set(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    json_t *body = json_object();

    if (op->hook_url.len && op->channel->verify_token.len) {
        wacloud_set(body, "override_callback_uri", op->hook_url);
        wacloud_set(body, "verify_token", op->channel->verify_token);
    }
    return ask_subscribed(op, state, mem, "POST", body, out);
}

static int begin_hook_drop(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    return ask_subscribed(op, state, mem, "DELETE", NULL, out);
}

static int begin_hook_info(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    return ask_subscribed(op, state, mem, "GET", NULL, out);
}

static int end_hook_set(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                        struct step *out)
{
    if (!meta_true(root, "success"))
        return meta_result(out, OUTCOME_RETRY, "unreachable", TEXT("not subscribed, and no word why"));
    if (op->kind == OP_HOOK_SET && op->channel->app_id.len && op->channel->app_secret.len)
        return ask_fields(op, state, mem, out);
    return 0;
}

/* Never the address itself: its last part is a secret. */
static int end_hook_info(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                         struct step *out)
{
    const json_t *data = json_object_get(root, "data");
    struct text app_id = op->channel->app_id;
    json_t *hook = json_object();
    AUTO(json) json_t *facts = json_pack("{s:o}", "hook", hook);
    bool is_set = false, is_ours = false;

    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *one = json_array_get(data, i), *app = json_object_get(one, "whatsapp_business_api_data");
        struct text address = payload_text(one, "override_callback_uri");

        if (!json_is_object(app))
            app = one;
        if (app_id.len && !text_equal(payload_id(mem, app, "id"), app_id))
            continue;
        is_set = true;
        is_ours = is_ours || (op->hook_url.len && text_equal(address, op->hook_url));
        wacloud_set(hook, "app", payload_text(app, "name"));
        if (address.len)
            json_object_set_new(hook, "has_own_address", json_true());
    }
    json_object_set_new(hook, "is_set", json_boolean(is_set));
    if (op->hook_url.len)
        json_object_set_new(hook, "is_this_address", json_boolean(is_ours));
    out->facts = payload_dump(mem, facts);
    if (is_set && app_id.len && op->channel->app_secret.len && keep(state, out->facts))
        return ask_fields(op, state, mem, out);
    return 0;
}

static bool has_field(const json_t *fields, struct text name)
{
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *field = json_array_get(fields, i);
        const char *plain = json_string_value(field);

        if (text_equal(plain ? text_of(plain) : payload_text(field, "name"), name))
            return true;
    }
    return false;
}

/* Which of the fields that we read our app is not told about; all of them without a subscription. */
static json_t *missing_fields(const json_t *root)
{
    const json_t *data = json_object_get(root, "data"), *fields = NULL;
    struct text wanted = TEXT(HOOK_FIELDS), name;
    json_t *missing = json_array();
    bool more;

    for (size_t i = 0; i < json_array_size(data); i++)
        if (text_equal(payload_text(json_array_get(data, i), "object"), object_name) &&
            !json_is_false(json_object_get(json_array_get(data, i), "active")))
            fields = json_object_get(json_array_get(data, i), "fields");
    do {
        more = str_split(&wanted, ',', &name);
        if (!has_field(fields, name))
            json_array_append_new(missing, json_stringn(name.ptr, name.len));
    } while (more);
    return missing;
}

/* An app that tells about messages is left as its owner set it up: others may live on it too. */
static int end_fields(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                      struct step *out)
{
    AUTO(json) json_t *missing = missing_fields(root);
    const struct meta_param params[] = {
        { "object", object_name },
        { "callback_url", op->hook_url },
        { "verify_token", op->channel->verify_token },
        { "fields", TEXT(HOOK_FIELDS) },
        { "include_values", TEXT("true") },
    };
    bool tells_messages = true;

    for (size_t i = 0; i < json_array_size(missing); i++)
        tells_messages = tells_messages && strcmp(json_string_value(json_array_get(missing, i)), "messages") != 0;
    if (op->kind == OP_HOOK_SET && !tells_messages && op->hook_url.len && op->channel->verify_token.len) {
        state->stage = WACLOUD_FIELDS_SET;
        return meta_call(op, mem,
                         &(struct meta_request){ .method = "POST", .node = op->channel->app_id, .edge = "subscriptions",
                                                 .token = meta_app_token(mem, op->channel), .has_no_proof = true,
                                                 .params = params, .param_count = COUNT_OF(params),
                                                 .may_repeat = true },
                         out);
    }
    if (op->kind == OP_HOOK_INFO) {
        json_error_t ignored;
        AUTO(json) json_t *facts = payload_load(mem, kept(state), &ignored);

        json_object_set(facts, "missing_fields", missing);
        out->facts = payload_dump(mem, facts);
    }
    return 0;
}

/* ---- connecting ---- */

static int begin_grant(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct channel_facts *ch = op->channel;
    const struct meta_param params[] = {
        { "client_id", ch->app_id },
        { "client_secret", ch->app_secret },
        { "redirect_uri", op->redirect_url.len ? op->redirect_url : WACLOUD_NONE },
        { "code", op->code },
    };

    (void)state;
    if (!ch->app_id.len || !ch->app_secret.len || !op->code.len)
        return meta_result(out, OUTCOME_PERMANENT, "app_secret_wrong", TEXT("no app id, app secret or code"));
    return meta_call(op, mem,
                     &(struct meta_request){ .base = ch->auth_base ? ch->auth_base : ch->api_base,
                                             .edge = "oauth/access_token", .token = TEXT(""), .has_no_proof = true,
                                             .params = params, .param_count = COUNT_OF(params), .may_repeat = true },
                     out);
}

static int end_grant(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                     struct step *out)
{
    (void)op, (void)state;
    out->grant.token = arena_text(mem, payload_text(root, "access_token"));
    out->grant.expires_at = TIME_NONE;
    if (!out->grant.token.len)
        return meta_result(out, OUTCOME_AUTH, "unauthorized", TEXT("an answer without a token"));
    return 0;
}

/* A number that lives in the WhatsApp Business app too has a past; it comes by webhook, once, on being asked. */
static int ask_past(const struct op *op, struct arena *mem, const char *kind, struct step *out)
{
    return meta_call(op, mem,
                     &(struct meta_request){ .node = op->channel->external_id, .edge = "smb_app_data",
                                             .body = json_pack("{s:s,s:s}", "messaging_product", "whatsapp",
                                                               "sync_type", kind) },
                     out);
}

static int begin_backfill(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    json_error_t ignored;
    AUTO(json) json_t *facts = op->channel->state.len ? payload_load(mem, op->channel->state, &ignored) : NULL;

    (void)state;
    if (payload_true(facts, "coexistence"))
        return ask_past(op, mem, "smb_app_state_sync", out);
    out->is_last = true;
    return meta_result(out, OUTCOME_OK, NULL, TEXT(""));
}

static int end_backfill(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                        struct step *out)
{
    (void)root;
    if (state->stage != WACLOUD_HISTORY) {
        state->stage = WACLOUD_HISTORY;
        return ask_past(op, mem, "history", out);
    }
    out->is_last = true;
    return 0;
}

/* ---- the machine ---- */

typedef int begin_fn(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
typedef int end_fn(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                   struct step *out);

static const struct op_way {
    begin_fn *begin;
    end_fn *end;
    bool needs_account;
} ways[OP_KIND_COUNT] = {
    [OP_CHECK] = { begin_check, end_check, false },
    [OP_SEND] = { wacloud_begin_send, NULL, false },
    [OP_MEDIA] = { wacloud_begin_media, NULL, false },
    [OP_HOOK_SET] = { begin_hook_set, end_hook_set, true },
    [OP_HOOK_DROP] = { begin_hook_drop, end_hook_set, true },
    [OP_HOOK_INFO] = { begin_hook_info, end_hook_info, true },
    [OP_REACT] = { wacloud_begin_small, NULL, false },
    [OP_MARK_READ] = { wacloud_begin_small, NULL, false },
    [OP_BACKFILL] = { begin_backfill, end_backfill, false },
    [OP_TEMPLATES] = { begin_templates, end_templates, true },
    [OP_QUOTA] = { begin_quota, end_quota, false },
    [OP_GRANT] = { begin_grant, end_grant, false },
};

static int begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct op_way *way = &ways[op->kind];

    if (!way->begin)
        return meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    if (!op->channel->external_id.len && op->kind != OP_GRANT)
        return meta_result(out, OUTCOME_PERMANENT, "number_unknown", TEXT("no phone_number_id"));
    if (way->needs_account && !(keep(state, known_account(op, mem)) && kept(state).len)) {
        if (!op->channel->app_id.len || !op->channel->app_secret.len)
            return meta_result(out, OUTCOME_PERMANENT, "account_unknown", TEXT("no waba_id"));
        state->stage = WACLOUD_ACCOUNT;
        return ask_token(op, mem, op->channel->token, out);
    }
    state->stage = WACLOUD_MAIN;
    return way->begin(op, state, mem, out);
}

static int end_account(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                       struct step *out)
{
    struct text account = only_account(mem, json_object_get(root, "data"));

    if (!account.len || !keep(state, account))
        return meta_result(out, OUTCOME_PERMANENT, "account_unknown", TEXT("the token names no single account"));
    state->stage = WACLOUD_MAIN;
    return ways[op->kind].begin(op, state, mem, out);
}

static int end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;
    int64_t expires_s;

    if (!read_answer(op, reply, now, mem, &root, out)) {
        if (op->kind == OP_CHECK && state->stage == WACLOUD_TOKEN && out->outcome == OUTCOME_PERMANENT)
            return end_token(op, NULL, state, mem, (meta_result(out, OUTCOME_OK, NULL, TEXT("")), out));
        return 0;
    }
    if (state->stage == WACLOUD_ACCOUNT)
        return end_account(op, root, state, mem, out);
    if (state->stage == WACLOUD_TOKEN)
        return end_token(op, root, state, mem, out);
    if (state->stage == WACLOUD_FIELDS)
        return end_fields(op, root, state, mem, out);
    if (state->stage == WACLOUD_FIELDS_SET)
        return 0;
    expires_s = payload_number(root, "expires_in", 0);
    (void)ways[op->kind].end(op, root, state, mem, out);
    if (op->kind == OP_GRANT && out->outcome == OUTCOME_OK && expires_s > 0 && expires_s < (int64_t)3650 * META_DAY_S)
        out->grant.expires_at = now + expires_s * US_PER_S;
    return 0;
}

int wacloud_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                 struct arena *mem, struct step *out, struct fail *why)
{
    (void)why;
    *out = (struct step){ .until = TIME_NONE, .sent_at = TIME_NONE, .grant = { .expires_at = TIME_NONE } };
    if (!reply)
        return begin(op, state, mem, out);
    if (op->kind == OP_SEND)
        return wacloud_end_send(op, state, reply, now, mem, out);
    if (op->kind == OP_MEDIA)
        return wacloud_end_media(op, state, reply, now, mem, out);
    if (op->kind == OP_REACT || op->kind == OP_MARK_READ)
        return wacloud_end_small(op, reply, now, mem, out);
    return end(op, state, reply, now, mem, out);
}

/* Calls that the two connectors of a Page make alike: is the token good, is the webhook set, who is this person. */
#include "page_priv.h"

#include "util/str.h"

#define HOOK_FIELDS                                                                                                   \
    "feed,mention,ratings,messages,message_echoes,message_edits,message_deliveries,message_reads,message_reactions,"  \
    "messaging_postbacks,messaging_referrals,messaging_optins,messaging_handovers,standby,"                           \
    "messaging_policy_enforcement,message_context"
/* A name that Meta does not know refuses the whole list: this much every version knows. */
#define HOOK_FIELDS_LEAST "feed,messages,message_echoes,messaging_postbacks"

/* Which answer the machine waits for. */
enum page_stage {
    PAGE_BEGIN, PAGE_DEBUG, PAGE_ME, PAGE_APP_HOOK, PAGE_APP_HOOK_LEAST, PAGE_HOOK_ALL, PAGE_HOOK_LEAST, PAGE_DROP,
    PAGE_INFO, PAGE_USE, PAGE_PROFILE, PAGE_MEDIA,
};

/* What debug_token told, kept till the account has told its name. */
struct token_notes {
    int64_t expires_s, access_expires_s;
    char user_id[24];                  /* whose login the token came from */
    uint32_t missing;
    bool is_known, is_app_wrong;
};

_Static_assert(sizeof(struct token_notes) <= sizeof(((struct step_state *)0)->scratch), "notes must fit");

static const struct meta_error own_errors[] = {
    { 100, 100, 2018218, OUTCOME_PERMANENT, "no_profile", 0 },
    { 100, 100, 33, OUTCOME_PERMANENT, "gone", 0 },
    { 2200, 2200, META_ANY_SUB, OUTCOME_PERMANENT, "hook_unreachable", 0 },
};

static const char *const facebook_needs[] = { "pages_manage_metadata", "pages_read_engagement",
                                              "pages_read_user_content", "pages_manage_engagement" };
static const char *const messenger_needs[] = { "pages_manage_metadata", "pages_messaging" };

static size_t needs_of(enum platform platform, const char *const **needs)
{
    bool is_facebook = platform == PLATFORM_FACEBOOK;

    *needs = is_facebook ? facebook_needs : messenger_needs;
    return is_facebook ? COUNT_OF(facebook_needs) : COUNT_OF(messenger_needs);
}

static struct text page_node(const struct op *op)
{
    return op->channel->external_id.len ? op->channel->external_id : TEXT("me");
}

/* ---- begin ---- */

static int ask_me(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct meta_param params[] = {
        { "fields", op->kind == OP_QUOTA ? TEXT("id")
                                         : TEXT("id,name,username,link,followers_count,fan_count,"
                                                "instagram_business_account{id,username}") },
    };

    state->stage = op->kind == OP_QUOTA ? PAGE_USE : PAGE_ME;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = TEXT("me"), .params = params, .param_count = 1,
                                             .may_repeat = true },
                     out);
}

static int begin_check(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text app = meta_app_token(mem, op->channel);
    const struct meta_param params[] = { { "input_token", op->channel->token } };

    if (!app.len || !op->channel->token.len)
        return ask_me(op, state, mem, out);
    state->stage = PAGE_DEBUG;
    return meta_call(op, mem,
                     &(struct meta_request){ .edge = "debug_token", .token = app, .has_no_proof = true,
                                             .params = params, .param_count = 1, .may_repeat = true },
                     out);
}

static int subscribe(const struct op *op, struct step_state *state, struct arena *mem, bool least, struct step *out)
{
    const struct meta_param params[] = {
        { "subscribed_fields", least ? TEXT(HOOK_FIELDS_LEAST) : TEXT(HOOK_FIELDS) },
    };

    state->stage = least ? PAGE_HOOK_LEAST : PAGE_HOOK_ALL;
    return meta_call(op, mem,
                     &(struct meta_request){ .method = "POST", .node = page_node(op), .edge = "subscribed_apps",
                                             .params = params, .param_count = 1, .may_repeat = true },
                     out);
}

/* The application's own webhook, which all of its Pages share. */
static int set_app_hook(const struct op *op, struct step_state *state, struct arena *mem, bool least, struct step *out)
{
    const struct channel_facts *ch = op->channel;

    state->stage = least ? PAGE_APP_HOOK_LEAST : PAGE_APP_HOOK;
    return meta_call(op, mem,
                     &(struct meta_request){
                         .node = ch->app_id, .edge = "subscriptions", .token = meta_app_token(mem, ch),
                         .has_no_proof = true, .may_repeat = true,
                         .body = json_pack("{s:s,s:s%,s:s%,s:s,s:b}", "object", "page", "callback_url",
                                           op->hook_url.ptr, op->hook_url.len, "verify_token", ch->verify_token.ptr,
                                           ch->verify_token.len, "fields", least ? HOOK_FIELDS_LEAST : HOOK_FIELDS,
                                           "include_values", 1) },
                     out);
}

/* With an address: first where the application's calls go, then this Page's subscription. */
static int begin_hook_set(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    const struct channel_facts *ch = op->channel;

    if (!op->hook_url.len || !meta_app_token(mem, ch).len || !ch->verify_token.len)
        return subscribe(op, state, mem, false, out);
    return set_app_hook(op, state, mem, false, out);
}

static int begin_hook_drop(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    state->stage = PAGE_DROP;
    return meta_call(op, mem,
                     &(struct meta_request){ .method = "DELETE", .node = page_node(op), .edge = "subscribed_apps",
                                             .may_repeat = true },
                     out);
}

static int begin_hook_info(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    state->stage = PAGE_INFO;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = page_node(op), .edge = "subscribed_apps", .may_repeat = true },
                     out);
}

static int begin_profile(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    bool is_private = op->channel->platform == PLATFORM_MESSENGER;
    const struct meta_param params[] = {
        { "fields", is_private ? TEXT("first_name,last_name,name,profile_pic") : TEXT("id,name") },
    };

    if (!op->author_id.len || text_starts(op->author_id, TEXT("ref:")))
        return meta_result(out, OUTCOME_PERMANENT, "no_profile", TEXT(""));
    state->stage = PAGE_PROFILE;
    return meta_call(op, mem,
                     &(struct meta_request){ .node = op->author_id, .params = params, .param_count = 1,
                                             .may_repeat = true },
                     out);
}

static int begin_media(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    state->stage = PAGE_MEDIA;
    return meta_call_media(op, out, mem);
}

/* ---- end ---- */

static struct token_notes notes_of(const struct step_state *state)
{
    struct token_notes notes;

    memcpy(&notes, state->scratch, sizeof(notes));
    return notes;
}

static bool has_scope(const json_t *scopes, const char *wanted)
{
    for (size_t i = 0; i < json_array_size(scopes); i++) {
        const char *scope = json_string_value(json_array_get(scopes, i));

        if (scope && strcmp(scope, wanted) == 0)
            return true;
    }
    return false;
}

static int end_debug(const struct op *op, const json_t *root, struct step_state *state, struct arena *mem,
                     struct step *out)
{
    const json_t *data = json_object_get(root, "data"), *scopes = json_object_get(data, "scopes");
    struct token_notes notes = { .is_known = json_is_object(data) };
    const char *const *needs;
    size_t n = needs_of(op->channel->platform, &needs);
    struct text user = payload_id(mem, data, "user_id");

    if (json_is_false(json_object_get(data, "is_valid")))
        return meta_result(out, OUTCOME_AUTH, "unauthorized",
                           arena_text(mem, payload_text(json_object_get(data, "error"), "message")));
    notes.expires_s = payload_number(data, "expires_at", 0);
    notes.access_expires_s = payload_number(data, "data_access_expires_at", 0);
    if (user.len < sizeof(notes.user_id) && user.len)
        memcpy(notes.user_id, user.ptr, user.len);
    for (size_t i = 0; json_is_array(scopes) && i < n; i++)
        if (!has_scope(scopes, needs[i]))
            notes.missing |= 1u << i;
    memcpy(state->scratch, &notes, sizeof(notes));
    return ask_me(op, state, mem, out);
}

static void set_seconds(json_t *facts, const char *key, int64_t seconds)
{
    if (seconds > 0 && seconds < INT64_C(253402300800))
        page_set_time(facts, key, seconds * US_PER_S);
}

static void set_notes(const struct op *op, const struct token_notes *notes, json_t *facts)
{
    const char *const *needs;
    size_t n = needs_of(op->channel->platform, &needs);
    json_t *missing;

    if (notes->is_app_wrong)
        json_object_set_new(facts, "app", json_string("wrong"));
    if (!notes->is_known)
        return;
    missing = json_array();
    for (size_t i = 0; i < n; i++)
        if (notes->missing & 1u << i)
            json_array_append_new(missing, json_string(needs[i]));
    json_object_set_new(facts, "missing", missing);
    page_set_text(facts, "user_id", text_of(notes->user_id));
    set_seconds(facts, "expires_at", notes->expires_s);
    set_seconds(facts, "data_access_expires_at", notes->access_expires_s);
}

static int end_me(const struct op *op, const json_t *root, const struct step_state *state, struct arena *mem,
                  struct step *out)
{
    static const char *const numbers[] = { "followers_count", "fan_count" };
    static const char *const names[] = { "followers", "fans" };
    AUTO(json) json_t *facts = json_object();
    const struct token_notes notes = notes_of(state);
    struct text id = payload_id(mem, root, "id");
    struct text instagram = payload_id(mem, json_object_get(root, "instagram_business_account"), "id");

    if (!id.len)
        return meta_result(out, OUTCOME_RETRY, "unreachable", TEXT("the account told no id"));
    page_set_text(facts, "name", payload_text(root, "name"));
    page_set_text(facts, "username", payload_text(root, "username"));
    page_set_text(facts, "link", payload_text(root, "link"));
    page_set_text(facts, "instagram", instagram);
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (payload_number(root, numbers[i], -1) >= 0)
            json_object_set_new(facts, names[i], json_integer(payload_number(root, numbers[i], -1)));
    set_notes(op, &notes, facts);
    out->external_id = arena_text(mem, id);
    out->facts = payload_dump(mem, facts);
    return 0;
}

static bool is_subscribed_to(const json_t *app, const char *field)
{
    const json_t *fields = json_object_get(app, "subscribed_fields");

    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *one = json_array_get(fields, i);

        if (text_equal(json_is_string(one) ? text_of(json_string_value(one)) : payload_text(one, "name"),
                       text_of(field)))
            return true;
    }
    return false;
}

static int end_info(const struct op *op, const json_t *root, struct arena *mem, struct step *out)
{
    static const char *const wanted[] = { "feed", "messages", "message_echoes", "messaging_postbacks" };
    AUTO(json) json_t *facts = json_object();
    const json_t *apps = json_object_get(root, "data"), *ours = NULL;
    json_t *hook = json_object(), *missing = json_array();

    for (size_t i = 0; i < json_array_size(apps) && !ours; i++)
        if (!op->channel->app_id.len ||
            text_equal(payload_id(mem, json_array_get(apps, i), "id"), op->channel->app_id))
            ours = json_array_get(apps, i);
    for (size_t i = 0; i < COUNT_OF(wanted); i++)
        if (!is_subscribed_to(ours, wanted[i]))
            json_array_append_new(missing, json_string(wanted[i]));
    json_object_set_new(hook, "is_set", json_boolean(ours != NULL));
    page_set_text(hook, "app", payload_text(ours, "name"));
    json_object_set_new(hook, "missing", missing);
    json_object_set_new(facts, "hook", hook);
    out->facts = payload_dump(mem, facts);
    return 0;
}

static int end_use(const struct http_reply *reply, time_us now, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *facts = json_object();
    int64_t resets = 0;
    int used = meta_usage(reply, mem, &resets);

    if (used >= 0) {
        json_object_set_new(facts, "limit", json_integer(100));
        json_object_set_new(facts, "used", json_integer(used));
    }
    if (resets > 0)
        page_set_time(facts, "resets_at", now + resets);
    out->facts = payload_dump(mem, facts);
    return 0;
}

struct text page_wrap(const struct op *op, struct arena *mem, const char *kind, const char *name, struct text value,
                      const struct http_reply *reply)
{
    struct text account = op->channel->external_id, raw = payload_mend(mem, reply->body);
    AUTO(json) json_t *head = json_pack("{s:s}", "page", kind);
    struct text begun;
    char *whole;

    page_set_text(head, "account", account);
    page_set_text(head, name, value);
    begun = payload_dump(mem, head);
    whole = arena_alloc(mem, begun.len + raw.len + 12);
    memcpy(whole, begun.ptr, begun.len - 1);
    memcpy(whole + begun.len - 1, ",\"answer\":", 10);
    memcpy(whole + begun.len + 9, raw.ptr, raw.len);
    whole[begun.len + 9 + raw.len] = '}';
    return (struct text){ whole, begun.len + raw.len + 10 };
}

/* ---- the machine ---- */

bool page_is_shared_op(enum op_kind kind)
{
    return kind == OP_CHECK || kind == OP_HOOK_SET || kind == OP_HOOK_DROP || kind == OP_HOOK_INFO ||
           kind == OP_QUOTA || kind == OP_PROFILE || kind == OP_MEDIA || kind == OP_GRANT || kind == OP_RENEW;
}

static int begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    static int (*const begins[OP_KIND_COUNT])(const struct op *op, struct step_state *state, struct arena *mem,
                                              struct step *out) = {
        [OP_CHECK] = begin_check,         [OP_HOOK_SET] = begin_hook_set, [OP_HOOK_DROP] = begin_hook_drop,
        [OP_HOOK_INFO] = begin_hook_info, [OP_QUOTA] = ask_me,            [OP_PROFILE] = begin_profile,
        [OP_MEDIA] = begin_media,
    };

    return begins[op->kind] ? begins[op->kind](op, state, mem, out)
                            : meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
}

/* Some refusals are no end: another call says the same more modestly, or goes without. */
static int on_refusal(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                      struct step *out)
{
    struct token_notes notes = { .is_app_wrong = true };
    int64_t code = 0, sub = 0;

    if (!meta_error_told(root, &code, &sub))
        return 0;
    if (state->stage == PAGE_APP_HOOK && code == 100)
        return set_app_hook(op, state, mem, true, out);
    if (state->stage == PAGE_HOOK_ALL && code == 100)
        return subscribe(op, state, mem, true, out);
    if (state->stage == PAGE_DEBUG && out->outcome != OUTCOME_RETRY && out->outcome != OUTCOME_RETRY_AT) {
        memcpy(state->scratch, &notes, sizeof(notes));
        return ask_me(op, state, mem, out);
    }
    return 0;
}

int page_shared_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                     struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;

    if (op->kind == OP_GRANT || op->kind == OP_RENEW)
        return meta_login_step(op, state, reply, now, mem, out);
    if (!reply)
        return begin(op, state, mem, out);
    if (state->stage == PAGE_MEDIA)
        return meta_end_media(reply, out, mem);
    if (!meta_answer(op, reply, now, mem, own_errors, COUNT_OF(own_errors), &root, out))
        return on_refusal(op, state, root, mem, out);
    switch ((enum page_stage)state->stage) {
    case PAGE_DEBUG:
        return end_debug(op, root, state, mem, out);
    case PAGE_ME:
        return end_me(op, root, state, mem, out);
    case PAGE_APP_HOOK:
    case PAGE_APP_HOOK_LEAST:
        return subscribe(op, state, mem, false, out);
    case PAGE_HOOK_LEAST:
        out->facts = TEXT("{\"hook\":{\"is_set\":true,\"is_least\":true}}");
        return 0;
    case PAGE_INFO:
        return end_info(op, root, mem, out);
    case PAGE_USE:
        return end_use(reply, now, mem, out);
    case PAGE_PROFILE:
        out->page = page_wrap(op, mem, "profile", "author", op->author_id, reply);
        return 0;
    case PAGE_BEGIN:
    case PAGE_HOOK_ALL:
    case PAGE_DROP:
    case PAGE_MEDIA:
        break;
    }
    return 0;
}

/* The calls that an Instagram channel makes, for either login, and what their answers come to. */
#include "instagram_priv.h"

#include "util/str.h"

#define ACCOUNT_FIELDS "username,name,profile_picture_url,followers_count,follows_count,media_count"
#define HOOK_FIELDS                                                                                                    \
    "comments,live_comments,mentions,messages,message_edit,message_reactions,messaging_seen,messaging_postbacks,"      \
    "messaging_referral,messaging_optins,messaging_handover,standby"
/* A name that Instagram does not know refuses the whole list: this much every version knows. */
#define HOOK_FIELDS_LEAST "messages,comments"

/* Which answer the machine waits for, where an op makes more than one call. */
enum stage { STAGE_FIRST = 1, STAGE_DEBUG, STAGE_ME, STAGE_TALKS, STAGE_COMMENTS, STAGE_APP, STAGE_SEEN, STAGE_LEAST };

bool instagram_is_facebook(const struct channel_facts *ch)
{
    struct arena *mem = arena_new(0);
    json_error_t ignored;
    json_t *state = ch->state.len ? payload_load(mem, ch->state, &ignored) : NULL;
    bool is_facebook = text_equal(payload_text(state, "login"), TEXT("facebook"));

    json_decref(state);
    arena_free(mem);
    return is_facebook;
}

int instagram_get(struct instagram_turn *t, struct text node, const char *edge, const struct meta_param *params,
                  size_t param_count, struct text cursor)
{
    return meta_call(t->op, t->mem,
                     &(struct meta_request){ .node = node, .edge = edge, .params = params, .param_count = param_count,
                                             .cursor = cursor, .max_reply = META_PAGE_MAX, .may_repeat = true },
                     t->out);
}

static int get_fields(struct instagram_turn *t, struct text node, const char *fields)
{
    const struct meta_param params[] = { { "fields", text_of(fields) } };

    return instagram_get(t, node, NULL, params, 1, INSTAGRAM_NONE);
}

struct text instagram_page(struct instagram_turn *t, const char *kind, const char *name, struct text value)
{
    AUTO(json) json_t *page = json_pack("{s:s}", "page", kind);

    instagram_set(page, "account", t->op->channel->external_id);
    if (name)
        instagram_set(page, name, value);
    json_object_set(page, "answer", t->root);
    return payload_dump(t->mem, page);
}

/* ---- is the credential good, and what may it do? ---- */

/* Facts wait in scratch between calls; what does not fit is left out. */
static void keep_facts(struct instagram_turn *t, json_t *facts)
{
    static const char *const spare[] = { "picture", "name", "" };

    for (size_t i = 0; i < COUNT_OF(spare); i++) {
        struct text line = payload_dump(t->mem, facts);

        if (line.len < sizeof(t->state->scratch)) {
            memcpy(t->state->scratch, line.ptr, line.len);
            t->state->scratch[line.len] = '\0';
            return;
        }
        json_object_del(facts, spare[i]);
    }
}

static json_t *kept_facts(struct instagram_turn *t)
{
    json_error_t ignored;
    json_t *facts = payload_load(t->mem, text_of(t->state->scratch), &ignored);

    return facts ? facts : json_object();
}

static void miss(json_t *facts, const char *permission)
{
    json_t *missing = json_object_get(facts, "missing");

    if (!missing)
        json_object_set_new(facts, "missing", missing = json_array());
    json_array_append_new(missing, json_string(permission));
}

static int ask_me(struct instagram_turn *t)
{
    bool is_facebook = instagram_is_facebook(t->op->channel);

    t->state->stage = STAGE_ME;
    if (!is_facebook)
        return get_fields(t, TEXT("me"), "id,user_id,account_type," ACCOUNT_FIELDS);
    if (t->op->channel->external_id.len)
        return get_fields(t, t->op->channel->external_id, "id," ACCOUNT_FIELDS);
    return get_fields(t, TEXT("me"), "id,name,instagram_business_account{id," ACCOUNT_FIELDS "}");
}

static int begin_check(struct instagram_turn *t)
{
    struct text app = meta_app_token(t->mem, t->op->channel);
    const struct meta_param params[] = { { "input_token", t->op->channel->token } };

    if (!instagram_is_facebook(t->op->channel) || !app.len || !t->op->channel->token.len)
        return ask_me(t);
    t->state->stage = STAGE_DEBUG;
    return meta_call(t->op, t->mem,
                     &(struct meta_request){ .edge = "debug_token", .token = app, .has_no_proof = true,
                                             .params = params, .param_count = 1, .may_repeat = true },
                     t->out);
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

static void set_seconds(json_t *facts, const char *key, int64_t seconds)
{
    char text[TIME_TEXT_SIZE];

    if (seconds > 0 && seconds < INT64_C(253402300800))
        json_object_set_new(facts, key, json_string(time_format(seconds * US_PER_S, text)));
}

static int end_debug(struct instagram_turn *t)
{
    static const char *const needs[] = { "instagram_basic", "instagram_manage_comments", "instagram_manage_messages",
                                         "pages_show_list", "pages_read_engagement", "pages_manage_metadata" };
    const json_t *data = json_object_get(t->root, "data"), *scopes = json_object_get(data, "scopes");
    AUTO(json) json_t *facts = json_pack("{s:[]}", "missing");

    if (json_is_false(json_object_get(data, "is_valid")))
        return meta_result(t->out, OUTCOME_AUTH, "unauthorized",
                           arena_text(t->mem, payload_text(json_object_get(data, "error"), "message")));
    for (size_t i = 0; json_is_array(scopes) && i < COUNT_OF(needs); i++)
        if (!has_scope(scopes, needs[i]))
            miss(facts, needs[i]);
    set_seconds(facts, "expires_at", payload_number(data, "expires_at", 0));
    set_seconds(facts, "data_access_expires_at", payload_number(data, "data_access_expires_at", 0));
    if (json_is_array(scopes))
        keep_facts(t, facts);
    return ask_me(t);
}

static int finish_check(struct instagram_turn *t, const json_t *facts)
{
    (void)meta_result(t->out, OUTCOME_OK, NULL, TEXT(""));
    t->out->external_id = arena_text(t->mem, payload_text(facts, "id"));
    t->out->facts = payload_dump(t->mem, facts);
    return 0;
}

static int ask_talks(struct instagram_turn *t)
{
    const struct meta_param params[] = { { "platform", TEXT("instagram") }, { "fields", TEXT("id") },
                                         { "limit", TEXT("1") } };

    t->state->stage = STAGE_TALKS;
    return instagram_get(t, TEXT("me"), "conversations", params, COUNT_OF(params), INSTAGRAM_NONE);
}

static int ask_comments(struct instagram_turn *t, const json_t *facts)
{
    const struct meta_param params[] = { { "fields", TEXT("id,comments.limit(1){id}") }, { "limit", TEXT("1") } };

    t->state->stage = STAGE_COMMENTS;
    return instagram_get(t, arena_text(t->mem, payload_text(facts, "id")), "media", params, COUNT_OF(params),
                         INSTAGRAM_NONE);
}

static int end_me(struct instagram_turn *t)
{
    static const char *const names[][2] = { { "username", "username" }, { "name", "name" },
                                            { "account_type", "account_type" }, { "picture", "profile_picture_url" } };
    static const char *const numbers[][2] = { { "followers", "followers_count" }, { "following", "follows_count" },
                                              { "posts", "media_count" } };
    AUTO(json) json_t *facts = kept_facts(t);
    bool is_facebook = instagram_is_facebook(t->op->channel), is_known = json_object_get(facts, "missing") != NULL;
    const json_t *inner = json_object_get(t->root, "instagram_business_account");
    const json_t *one = json_is_object(inner) ? inner : t->root;
    struct text id = payload_id(t->mem, one, "user_id"), scoped = payload_id(t->mem, one, "id");
    bool has_none = is_facebook && !t->op->channel->external_id.len && !json_is_object(inner);

    if (!id.len)
        id = scoped;
    if (!id.len || has_none)
        return meta_result(t->out, OUTCOME_PERMANENT, "account_missing", TEXT("no Instagram account is told"));
    instagram_set(facts, "id", id);
    json_object_set_new(facts, "login", json_string(is_facebook ? "facebook" : "instagram"));
    if (!is_facebook)
        instagram_set(facts, "scoped_id", scoped);
    for (size_t i = 0; i < COUNT_OF(names); i++)
        instagram_set(facts, names[i][0], payload_text(one, names[i][1]));
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        instagram_set_number(facts, numbers[i][0], one, numbers[i][1]);
    if (is_known)
        return finish_check(t, facts);
    json_object_set_new(facts, "missing", json_array());
    keep_facts(t, facts);
    return ask_talks(t);
}

/* A token does not tell what it may; trying does. Any other refusal says nothing about permissions. */
static int end_try(struct instagram_turn *t, bool is_refused)
{
    bool is_facebook = instagram_is_facebook(t->op->channel), is_talks = t->state->stage == STAGE_TALKS;
    AUTO(json) json_t *facts = kept_facts(t);

    if (is_refused && t->out->why_code && strcmp(t->out->why_code, "permission_missing") == 0)
        miss(facts, is_talks ? is_facebook ? "instagram_manage_messages" : "instagram_business_manage_messages"
                    : is_facebook ? "instagram_manage_comments"
                                  : "instagram_business_manage_comments");
    if (!is_talks)
        return finish_check(t, facts);
    keep_facts(t, facts);
    return ask_comments(t, facts);
}

static int end_check(struct instagram_turn *t)
{
    bool is_refused = t->out->outcome != OUTCOME_OK;
    bool passes = t->out->outcome == OUTCOME_RETRY || t->out->outcome == OUTCOME_RETRY_AT;

    switch ((enum stage)t->state->stage) {
    case STAGE_DEBUG:
        return is_refused && passes ? 0 : is_refused ? ask_me(t) : end_debug(t);
    case STAGE_ME:
        return is_refused ? 0 : end_me(t);
    case STAGE_TALKS:
    case STAGE_COMMENTS:
        return is_refused && t->out->outcome == OUTCOME_AUTH ? 0 : end_try(t, is_refused);
    case STAGE_FIRST:
    case STAGE_APP:
    case STAGE_SEEN:
    case STAGE_LEAST:
        break;
    }
    return 0;
}

/* ---- the webhook ---- */

static int subscribe(struct instagram_turn *t, const char *fields, enum stage stage)
{
    const struct meta_param params[] = { { "subscribed_fields", text_of(fields) } };

    t->state->stage = (int)stage;
    return meta_call(t->op, t->mem,
                     &(struct meta_request){ .method = "POST", .node = TEXT("me"), .edge = "subscribed_apps",
                                             .params = params, .param_count = 1, .may_repeat = true },
                     t->out);
}

static int ask_subscriptions(struct instagram_turn *t)
{
    return instagram_get(t, TEXT("me"), "subscribed_apps", NULL, 0, INSTAGRAM_NONE);
}

/* Facebook Login: the fields stand with the application, and the Page only has to be subscribed to anything. Its own
 * channels use the same list, and a second one would replace it: it is looked at first. */
static int begin_hook_set(struct instagram_turn *t)
{
    const struct channel_facts *ch = t->op->channel;
    struct text app = meta_app_token(t->mem, ch);

    if (!instagram_is_facebook(ch))
        return subscribe(t, HOOK_FIELDS, STAGE_FIRST);
    if (!t->op->hook_url.len || !app.len || !ch->verify_token.len) {
        t->state->stage = STAGE_SEEN;
        return ask_subscriptions(t);
    }
    t->state->stage = STAGE_APP;
    return meta_call(t->op, t->mem,
                     &(struct meta_request){
                         .node = ch->app_id, .edge = "subscriptions", .token = app, .has_no_proof = true,
                         .may_repeat = true,
                         .body = json_pack("{s:s,s:s%,s:s%,s:s,s:b}", "object", "instagram", "callback_url",
                                           t->op->hook_url.ptr, t->op->hook_url.len, "verify_token",
                                           ch->verify_token.ptr, ch->verify_token.len, "fields", HOOK_FIELDS,
                                           "include_values", 1) },
                     t->out);
}

static const json_t *our_app(struct instagram_turn *t)
{
    const json_t *apps = instagram_list(t->root);
    struct text ours = t->op->channel->app_id;

    for (size_t i = 0; i < json_array_size(apps); i++)
        if (!ours.len || text_equal(payload_id(t->mem, json_array_get(apps, i), "id"), ours))
            return json_array_get(apps, i);
    /* The id in the list may be the Meta application's, which is not the Instagram application's that is ours. */
    return !instagram_is_facebook(t->op->channel) && json_array_size(apps) == 1 ? json_array_get(apps, 0) : NULL;
}

static int end_hook_set(struct instagram_turn *t)
{
    int64_t code = 0, sub = 0;

    if (t->out->outcome != OUTCOME_OK) {
        if (t->state->stage == STAGE_FIRST && meta_error_told(t->root, &code, &sub) && code == 100)
            return subscribe(t, HOOK_FIELDS_LEAST, STAGE_LEAST);
        return 0;
    }
    if (t->state->stage == STAGE_APP) {
        t->state->stage = STAGE_SEEN;
        return ask_subscriptions(t);
    }
    if (t->state->stage == STAGE_SEEN && !our_app(t))
        return subscribe(t, "feed", STAGE_ME);
    if (t->state->stage == STAGE_LEAST)
        t->out->facts = TEXT("{\"hook\":{\"is_set\":true,\"is_least\":true}}");
    return 0;
}

static int begin_hook_drop(struct instagram_turn *t)
{
    if (instagram_is_facebook(t->op->channel))          /* the Page's other channels need the same subscription */
        return meta_result(t->out, OUTCOME_OK, NULL, TEXT(""));
    return meta_call(t->op, t->mem,
                     &(struct meta_request){ .method = "DELETE", .node = TEXT("me"), .edge = "subscribed_apps",
                                             .may_repeat = true },
                     t->out);
}

static bool is_subscribed_to(const json_t *app, const char *field)
{
    const json_t *fields = json_object_get(app, "subscribed_fields");

    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *one = json_array_get(fields, i);
        struct text name = json_is_string(one) ? text_of(json_string_value(one)) : payload_text(one, "name");

        if (text_equal(name, text_of(field)))
            return true;
    }
    return false;
}

static int end_hook_info(struct instagram_turn *t)
{
    static const char *const wanted[] = { "messages", "comments", "mentions", "messaging_seen", "message_reactions" };
    const json_t *ours = t->out->outcome == OUTCOME_OK ? our_app(t) : NULL;
    json_t *hook = json_object(), *missing = json_array();
    AUTO(json) json_t *facts = json_pack("{s:o}", "hook", hook);

    for (size_t i = 0; !instagram_is_facebook(t->op->channel) && i < COUNT_OF(wanted); i++)
        if (!is_subscribed_to(ours, wanted[i]))
            json_array_append_new(missing, json_string(wanted[i]));
    json_object_set_new(hook, "is_set", json_boolean(ours != NULL));
    instagram_set(hook, "app", payload_text(ours, "name"));
    json_object_set_new(hook, "missing", missing);
    if (t->out->outcome == OUTCOME_OK)
        t->out->facts = payload_dump(t->mem, facts);
    return 0;
}

/* ---- moderation, marks, reactions ---- */

static int begin_moderate(struct instagram_turn *t)
{
    const struct op *op = t->op;
    bool is_hide = op->moderation == MODERATE_HIDE;

    if (!op->target.len)
        return meta_result(t->out, OUTCOME_PERMANENT, "gone", TEXT(""));
    if (op->moderation == MODERATE_DELETE)
        return meta_call(op, t->mem, &(struct meta_request){ .method = "DELETE", .node = op->target, .may_repeat = true },
                         t->out);
    if (!is_hide && op->moderation != MODERATE_UNHIDE)
        return meta_result(t->out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    return meta_call(op, t->mem,
                     &(struct meta_request){ .node = op->target, .may_repeat = true,
                                             .body = json_pack("{s:b}", "hide", is_hide) },
                     t->out);
}

static int end_moderate(struct instagram_turn *t)
{
    bool is_gone = t->out->outcome == OUTCOME_PERMANENT && strcmp(t->out->why_code, "gone") == 0;

    if (t->op->moderation == MODERATE_DELETE && is_gone)
        return meta_result(t->out, OUTCOME_DUPLICATE_OK, NULL, TEXT(""));
    return 0;
}

static int act(struct instagram_turn *t, json_t *body)
{
    struct text who = t->op->thread_id;

    if (!who.len || t->op->thread_type != THREAD_DIRECT) {
        json_decref(body);
        return meta_result(t->out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    }
    json_object_set_new(body, "recipient", json_pack("{s:s%}", "id", who.ptr, who.len));
    return meta_call(t->op, t->mem,
                     &(struct meta_request){ .node = TEXT("me"), .edge = "messages", .body = body, .may_repeat = true },
                     t->out);
}

static int begin_mark_read(struct instagram_turn *t)
{
    return act(t, json_pack("{s:s}", "sender_action", "mark_seen"));
}

/* The word for an emoji; what has none goes as it is. */
static struct text reaction_word(struct text emoji)
{
    static const struct {
        const char *begins, *word;
    } known[] = {
        { "❤", "love" }, { "😆", "smile" }, { "😂", "smile" }, { "😮", "wow" },
        { "😢", "sad" }, { "😡", "angry" }, { "👍", "like" },  { "👎", "dislike" },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (text_starts(emoji, text_of(known[i].begins)))
            return text_of(known[i].word);
    return emoji;
}

static int begin_react(struct instagram_turn *t)
{
    const struct op *op = t->op;
    struct text word = reaction_word(op->text);
    json_t *payload = json_object();

    instagram_set(payload, "message_id", op->target);
    instagram_set(payload, "reaction", word);
    return act(t, json_pack("{s:s,s:o}", "sender_action", op->text.len ? "react" : "unreact", "payload", payload));
}

/* ---- people, media, quota ---- */

static int begin_profile(struct instagram_turn *t)
{
    if (!t->op->author_id.len)
        return meta_result(t->out, OUTCOME_PERMANENT, "no_profile", TEXT(""));
    return get_fields(t, t->op->author_id,
                      "name,username,profile_pic,follower_count,is_user_follow_business,is_business_follow_user,"
                      "is_verified_user");
}

/* Whoever never wrote first, or is private, has no profile for us: a placeholder will do. */
static int end_profile(struct instagram_turn *t)
{
    int64_t code = 0, sub = 0;

    if (t->out->outcome == OUTCOME_OK)
        t->out->page = instagram_page(t, "profile", "about", t->op->author_id);
    else if (meta_error_told(t->root, &code, &sub) && code == 100)
        return meta_result(t->out, OUTCOME_PERMANENT, "no_profile", t->out->why);
    return 0;
}

static int begin_media(struct instagram_turn *t)
{
    return meta_call_media(t->op, t->out, t->mem);
}

static int begin_quota(struct instagram_turn *t)
{
    return get_fields(t, TEXT("me"), "id");
}

static int end_quota(struct instagram_turn *t)
{
    AUTO(json) json_t *facts = json_object();
    char text[TIME_TEXT_SIZE];
    int64_t resets = 0;
    int used = meta_usage(t->reply, t->mem, &resets);

    if (t->out->outcome != OUTCOME_OK)
        return 0;
    if (used >= 0) {
        json_object_set_new(facts, "limit", json_integer(100));
        json_object_set_new(facts, "used", json_integer(used));
    }
    if (resets > 0)
        json_object_set_new(facts, "resets_at", json_string(time_format(t->now + resets, text)));
    t->out->facts = payload_dump(t->mem, facts);
    return 0;
}

/* ---- the machine ---- */

/* `end` sees refusals too: out holds what they came to. */
static const struct {
    int (*begin)(struct instagram_turn *t);
    int (*end)(struct instagram_turn *t);
} ops[OP_KIND_COUNT] = {
    [OP_CHECK] = { begin_check, end_check },
    [OP_SEND] = { instagram_begin_send, instagram_end_send },
    [OP_LOOK] = { instagram_begin_look, instagram_end_look },
    [OP_POLL] = { instagram_begin_poll, instagram_end_poll },
    [OP_BACKFILL] = { instagram_begin_backfill, instagram_end_backfill },
    [OP_MEDIA] = { begin_media, NULL },
    [OP_HOOK_SET] = { begin_hook_set, end_hook_set },
    [OP_HOOK_DROP] = { begin_hook_drop, NULL },
    [OP_HOOK_INFO] = { ask_subscriptions, end_hook_info },
    [OP_MODERATE] = { begin_moderate, end_moderate },
    [OP_MARK_READ] = { begin_mark_read, NULL },
    [OP_REACT] = { begin_react, NULL },
    [OP_PROFILE] = { begin_profile, end_profile },
    [OP_QUOTA] = { begin_quota, end_quota },
};

int instagram_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                   struct arena *mem, struct step *out, struct fail *why)
{
    struct instagram_turn t = { op, state, reply, NULL, now, mem, out };
    const struct meta_error *own;
    AUTO(json) json_t *root = NULL;
    size_t own_count;

    (void)why;
    *out = (struct step){ .until = TIME_NONE, .sent_at = TIME_NONE, .grant.expires_at = TIME_NONE };
    if (op->kind == OP_GRANT || op->kind == OP_RENEW)
        return instagram_login_step(&t);
    if (!reply)
        return ops[op->kind].begin ? ops[op->kind].begin(&t)
                                   : meta_result(out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    if (op->kind == OP_MEDIA)
        return meta_end_media(reply, out, mem);
    own = instagram_errors(&own_count);
    (void)meta_answer(op, reply, now, mem, own, own_count, &root, out);
    t.root = root;
    return ops[op->kind].end ? ops[op->kind].end(&t) : 0;
}

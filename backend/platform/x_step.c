/* The API v2 calls that an X channel makes, one at a time, and what their answers come to. */
#include "x_priv.h"

#include "util/str.h"

#define FILE_TIMEOUT_MS 60000
#define SCOPES          "tweet.read users.read tweet.write tweet.moderate.write dm.read dm.write media.write offline.access"

static const struct text nothing = { NULL, 0 };

/* ---- the account and people ---- */

static int begin_check(const struct op *op, struct arena *mem, struct step *out)
{
    return x_call(op, mem, "GET", "/2/users/me?user.fields=public_metrics,profile_image_url,username", NULL, out);
}

static int end_check(const struct op *op, const json_t *root, struct arena *mem, struct step *out)
{
    const json_t *me = json_object_get(root, "data");
    int64_t followers = payload_number(json_object_get(me, "public_metrics"), "followers_count", -1);
    AUTO(json) json_t *facts = json_object();
    struct text id = payload_id(mem, me, "id");

    if (!x_is_id(id))
        return x_result(out, OUTCOME_RETRY, "unreachable", TEXT("an account without an id"));
    out->external_id = arena_text(mem, id);
    out->cost = x_price(op, X_PRICE_USER_READ);
    x_set_word(facts, "name", payload_text(me, "name"));
    x_set_word(facts, "username", payload_text(me, "username"));
    x_set_word(facts, "picture", payload_text(me, "profile_image_url"));
    if (followers >= 0)
        json_object_set_new(facts, "followers", json_integer(followers));
    out->facts = payload_dump(mem, facts);
    return 0;
}

static int begin_profile(const struct op *op, struct arena *mem, struct step *out)
{
    if (!x_is_id(op->author_id))
        return x_result(out, OUTCOME_PERMANENT, "not_found", nothing);
    return x_call(op, mem, "GET",
                  arena_printf(mem, "/2/users/%.*s?user.fields=public_metrics,profile_image_url,username,name",
                               (int)op->author_id.len, op->author_id.ptr),
                  NULL, out);
}

static int end_profile(const struct op *op, const json_t *root, const struct http_reply *reply, time_us now,
                       struct arena *mem, struct step *out)
{
    if (!json_is_object(json_object_get(root, "data")))
        return x_result(out, OUTCOME_PERMANENT, "not_found", nothing);
    out->cost = x_price(op, X_PRICE_USER_READ);
    out->page = x_page(mem, op, "profile", now, reply->body);
    return 0;
}

/* ---- what others see ---- */

static int begin_moderate(const struct op *op, struct arena *mem, struct step *out)
{
    bool hides = op->moderation == MODERATE_HIDE, is_direct = op->thread_id.len && op->thread_type != THREAD_COMMENT;
    int len = (int)op->target.len;

    if (!x_is_id(op->target))
        return x_result(out, OUTCOME_PERMANENT, "comment_gone", nothing);
    if (op->moderation == MODERATE_DELETE)
        return x_call(op, mem, "DELETE",
                      arena_printf(mem, is_direct ? "/2/dm_events/%.*s" : "/2/tweets/%.*s", len, op->target.ptr), NULL,
                      out);
    if (!hides && op->moderation != MODERATE_UNHIDE)
        return x_result(out, OUTCOME_PERMANENT, "not_possible", nothing);
    return x_call(op, mem, "PUT", arena_printf(mem, "/2/tweets/%.*s/hidden", len, op->target.ptr),
                  json_pack("{s:b}", "hidden", hides), out);
}

/* A 200 that did not do it is no success. */
static int end_moderate(const struct op *op, const json_t *root, struct step *out)
{
    const json_t *data = json_object_get(root, "data");
    const json_t *hidden = json_object_get(data, "hidden"), *deleted = json_object_get(data, "deleted");

    out->cost = x_price(op, X_PRICE_MANAGE);
    if (op->moderation == MODERATE_DELETE
            ? json_is_false(deleted)
            : json_is_boolean(hidden) && json_is_true(hidden) != (op->moderation == MODERATE_HIDE))
        return x_result(out, OUTCOME_PERMANENT, "rejected", nothing);
    return 0;
}

/* ---- files ---- */

static bool is_address(struct text url)
{
    if (!text_starts(url, TEXT("https://")) && !text_starts(url, TEXT("http://")))
        return false;
    for (size_t i = 0; i < url.len; i++)
        if ((unsigned char)url.ptr[i] <= ' ' || url.ptr[i] == 0x7f)
            return false;
    return url.len <= 8192;
}

/* "MESSAGE/MEDIA/FILE": two numbers and a name without ways out. */
static bool is_direct_file(struct text path)
{
    struct text message, media;

    if (!str_split(&path, '/', &message) || !str_split(&path, '/', &media) || !x_is_id(message) || !x_is_id(media))
        return false;
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];

        if (!((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '-' ||
              (c == '.' && i > 0 && path.ptr[i - 1] != '.')))
            return false;
    }
    return path.len > 0 && path.len <= 50;
}

static int begin_media(const struct op *op, struct arena *mem, struct step *out)
{
    struct text path = op->media_ref;

    if (str_skip(&path, TEXT("dm/")) && is_direct_file(path)) {
        (void)x_call(op, mem, "GET", arena_printf(mem, "/2/dm_conversations/media/%.*s", (int)path.len, path.ptr), NULL,
                     out);
    } else if (is_address(op->media_ref)) {
        out->kind = STEP_CALL;
        out->call = (struct http_call) { .method = "GET", .url = arena_copy(mem, op->media_ref), .any_host = true };
    } else {
        return x_result(out, OUTCOME_PERMANENT, "file_gone", nothing);
    }
    out->call.timeout_ms = FILE_TIMEOUT_MS;
    out->call.max_reply = op->max_bytes ? op->max_bytes : X_VIDEO_MAX;
    out->call.to_file = true;
    out->call.may_repeat = true;
    return 0;
}

static int end_media(const struct op *op, const struct http_reply *reply, time_us now, struct step *out)
{
    bool is_api = text_starts(op->media_ref, TEXT("dm/"));

    if (reply->status == 200)
        return x_result(out, OUTCOME_OK, NULL, nothing);
    if (reply->status == 401 && is_api)
        return x_result(out, OUTCOME_AUTH, "unauthorized", nothing);
    if (reply->status == 429) {
        (void)x_result(out, OUTCOME_RETRY_AT, "slow_down", nothing);
        out->until = x_window_end(reply, now, true);
        return 0;
    }
    if (reply->status >= 400 && reply->status < 500 && reply->status != 408)
        return x_result(out, OUTCOME_PERMANENT, "file_gone", nothing);
    return x_result(out, OUTCOME_RETRY, "unreachable", reply->error);
}

/* ---- credentials ---- */

static int begin_grant(const struct op *op, struct arena *mem, struct step *out)
{
    const struct channel_facts *ch = op->channel;

    if (!op->code.len || !op->code_verifier.len)
        return x_result(out, OUTCOME_AUTH, "login_again", nothing);
    return x_token_call(op, mem, "/2/oauth2/token", ch->app_id, ch->app_secret,
                        arena_printf(mem, "grant_type=authorization_code%s%s%s%s", x_parameter(mem, "code", op->code),
                                     x_parameter(mem, "redirect_uri", op->redirect_url),
                                     x_parameter(mem, "code_verifier", op->code_verifier),
                                     ch->app_secret.len ? "" : x_parameter(mem, "client_id", ch->app_id)),
                        out);
}

/* The refresh token works once, so the call is never repeated by itself. */
static int begin_renew(const struct op *op, struct arena *mem, struct step *out)
{
    const struct channel_facts *ch = op->channel;

    if (!ch->refresh_token.len)
        return x_result(out, OUTCOME_AUTH, "login_again", nothing);
    return x_token_call(op, mem, "/2/oauth2/token", ch->app_id, ch->app_secret,
                        arena_printf(mem, "grant_type=refresh_token%s%s",
                                     x_parameter(mem, "refresh_token", ch->refresh_token),
                                     ch->app_secret.len ? "" : x_parameter(mem, "client_id", ch->app_id)),
                        out);
}

static bool has_word(struct text words, struct text wanted)
{
    struct text one;
    bool more;

    do {
        more = str_split(&words, ' ', &one);
        if (text_equal(one, wanted))
            return true;
    } while (more);
    return false;
}

/* The permissions that were not given, blanks between. */
static struct text missing_scopes(struct arena *mem, struct text given)
{
    struct text wanted = TEXT(SCOPES), one, out = nothing;
    bool more;

    do {
        more = str_split(&wanted, ' ', &one);
        if (!has_word(given, one))
            out = text_of(arena_printf(mem, "%.*s%s%.*s", (int)out.len, out.ptr ? out.ptr : "", out.len ? " " : "",
                                       (int)one.len, one.ptr));
    } while (more);
    return out;
}

static int end_token(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                     struct step *out)
{
    AUTO(json) json_t *root = NULL;
    struct text scopes, missing;
    int64_t lasts;

    if (!x_token_answer(reply, mem, &root, out)) {
        if (reply->status == 429) {
            (void)x_result(out, OUTCOME_RETRY_AT, "slow_down", out->why);
            out->until = x_window_end(reply, now, true);
        }
        return 0;
    }
    scopes = payload_text(root, "scope");
    missing = op->kind == OP_GRANT && scopes.len ? missing_scopes(mem, scopes) : nothing;
    if (missing.len)
        return x_result(out, OUTCOME_AUTH, "permission_missing", missing);
    /* without one the channel would be deaf in two hours */
    if (op->kind == OP_GRANT && !payload_text(root, "refresh_token").len)
        return x_result(out, OUTCOME_AUTH, "permission_missing", TEXT("offline.access"));
    lasts = payload_number(root, "expires_in", 7200);
    out->grant.token = arena_text(mem, payload_text(root, "access_token"));
    if (payload_text(root, "refresh_token").len)
        out->grant.refresh_token = arena_text(mem, payload_text(root, "refresh_token"));
    out->grant.expires_at = now + (lasts > 0 && lasts < 86400 * 365 ? lasts : 7200) * US_PER_S;
    return 0;
}

/* ---- the machine ---- */

static int begin(const struct op *op, struct step_state *state, time_us now, struct arena *mem, struct step *out)
{
    switch ((int)op->kind) {
    case OP_CHECK:
        return begin_check(op, mem, out);
    case OP_SEND:
        return x_send_begin(op, state, now, mem, out);
    case OP_LOOK:
        return x_look_begin(op, state, mem, out);
    case OP_POLL:
        return x_poll_begin(op, state, now, mem, out);
    case OP_BACKFILL:
        return x_backfill_begin(op, now, mem, out);
    case OP_MODERATE:
        return x_may_spend(op, x_price(op, X_PRICE_MANAGE), now, out) ? begin_moderate(op, mem, out) : 0;
    case OP_PROFILE:
        return x_may_spend(op, x_price(op, X_PRICE_USER_READ), now, out) ? begin_profile(op, mem, out) : 0;
    case OP_MEDIA:
        return begin_media(op, mem, out);
    case OP_QUOTA:
        return x_quota(op, now, mem, out);
    case OP_GRANT:
        return begin_grant(op, mem, out);
    case OP_RENEW:
        return begin_renew(op, mem, out);
    case OP_HOOK_SET:
    case OP_HOOK_DROP:
    case OP_HOOK_INFO:
        return x_hook_begin(op, state, mem, out);
    default:
        return x_result(out, OUTCOME_PERMANENT, "not_possible", nothing);
    }
}

static int end_plain(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                     struct step *out)
{
    AUTO(json) json_t *root = NULL;

    if (!x_answer(reply, false, now, mem, &root, out)) {
        if (op->kind == OP_MODERATE && op->moderation == MODERATE_DELETE && reply->status == 404)
            return x_result(out, OUTCOME_OK, NULL, nothing);
        if (op->kind == OP_PROFILE && reply->status == 404)
            out->why_code = "not_found";
        return 0;
    }
    if (op->kind == OP_CHECK)
        return end_check(op, root, mem, out);
    return op->kind == OP_MODERATE ? end_moderate(op, root, out) : end_profile(op, root, reply, now, mem, out);
}

int x_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
           struct arena *mem, struct step *out, struct fail *why)
{
    (void)why;
    *out = (struct step) { .until = TIME_NONE, .sent_at = TIME_NONE, .grant = { .expires_at = TIME_NONE } };
    if (!reply && state->stage == X_STAGE_BEGIN)
        return begin(op, state, now, mem, out);
    if (!reply && (op->kind != OP_SEND || state->stage != X_STAGE_PROCESS))
        return x_result(out, OUTCOME_RETRY, "unreachable", nothing);
    switch ((int)op->kind) {
    case OP_SEND:
        return x_send_end(op, state, reply, now, mem, out);
    case OP_LOOK:
        return x_look_end(op, state, reply, now, mem, out);
    case OP_POLL:
        return x_poll_end(op, state, reply, now, mem, out);
    case OP_BACKFILL:
        return x_backfill_end(op, reply, now, mem, out);
    case OP_MEDIA:
        return end_media(op, reply, now, out);
    case OP_GRANT:
    case OP_RENEW:
        return end_token(op, reply, now, mem, out);
    case OP_HOOK_SET:
    case OP_HOOK_DROP:
    case OP_HOOK_INFO:
        return x_hook_end(op, state, reply, now, mem, out);
    default:
        return end_plain(op, reply, now, mem, out);
    }
}

/* Every error that the Data API and Google's token endpoint are known to answer, and what it means for the call:
 * decided by error.errors[0].reason, since the words hold HTML and change. */
#include "youtube_priv.h"

#include "util/str.h"

#define PERMISSION_MISSING "permission_missing"

struct known_error {
    const char *reason;
    enum outcome outcome;
    const char *code;
};

static const struct known_error known_errors[] = {
    { "quotaExceeded", OUTCOME_QUOTA, "quota_used" },
    { "dailyLimitExceeded", OUTCOME_QUOTA, "quota_used" },
    { "dailyLimitExceededUnreg", OUTCOME_QUOTA, "quota_used" },
    { "rateLimitExceeded", OUTCOME_RETRY, "slow_down" },
    { "userRateLimitExceeded", OUTCOME_RETRY, "slow_down" },
    { "RATE_LIMIT_EXCEEDED", OUTCOME_RETRY, "slow_down" },
    { "RESOURCE_EXHAUSTED", OUTCOME_RETRY, "slow_down" },
    { "commentsDisabled", OUTCOME_PERMANENT, "comments_off" },
    { "insufficientPermissions", OUTCOME_AUTH, PERMISSION_MISSING },
    { "insufficientScopes", OUTCOME_AUTH, PERMISSION_MISSING },
    { "ACCESS_TOKEN_SCOPE_INSUFFICIENT", OUTCOME_AUTH, PERMISSION_MISSING },
    { "accessNotConfigured", OUTCOME_PERMANENT, "api_off" },
    { "SERVICE_DISABLED", OUTCOME_PERMANENT, "api_off" },
    { "ineligibleAccount", OUTCOME_PERMANENT, "account_missing" },
    { "youtubeSignupRequired", OUTCOME_PERMANENT, "account_missing" },
    { "channelNotFound", OUTCOME_PERMANENT, "account_missing" },
    { "forbidden", OUTCOME_PERMANENT, "forbidden" },
    { "authError", OUTCOME_AUTH, "unauthorized" },
    { "authorizationRequired", OUTCOME_AUTH, "unauthorized" },
    { "required", OUTCOME_AUTH, "unauthorized" },
    { "processingFailure", OUTCOME_RETRY, YOUTUBE_PROCESSING },
    { "commentTextRequired", OUTCOME_PERMANENT, "empty" },
    { "commentTextTooLong", OUTCOME_PERMANENT, "too_long" },
    { "invalidCommentMetadata", OUTCOME_PERMANENT, "rejected" },
    { "invalidCommentThreadMetadata", OUTCOME_PERMANENT, "rejected" },
    { "invalidCustomEmoji", OUTCOME_PERMANENT, "rejected" },
    { "parentIdMissing", OUTCOME_PERMANENT, "rejected" },
    { "operationNotSupported", OUTCOME_PERMANENT, "reply_off" },
    { "parentCommentIsPrivate", OUTCOME_PERMANENT, "comment_private" },
    { "banWithoutReject", OUTCOME_PERMANENT, "rejected" },
    { "invalidPageToken", OUTCOME_RETRY, "page_lost" },
    { "commentNotFound", OUTCOME_PERMANENT, "comment_gone" },
    { "parentCommentNotFound", OUTCOME_PERMANENT, "comment_gone" },
    { "commentThreadNotFound", OUTCOME_PERMANENT, "comment_gone" },
    { "videoNotFound", OUTCOME_PERMANENT, "post_gone" },
    { "playlistNotFound", OUTCOME_PERMANENT, "post_gone" },
};

int youtube_result(struct step *out, enum outcome outcome, const char *code, struct text why)
{
    out->kind = STEP_RESULT;
    out->outcome = outcome;
    out->why_code = code;
    out->why = why;
    return 0;
}

/* Would a second try do a second thing? */
static bool makes_something(const struct op *op)
{
    return op->kind == OP_SEND;
}

/* No answer, or one that the API's own server did not make. A comment on its way may have been written. */
static bool lost(const struct op *op, const struct http_reply *reply, struct text words, struct step *out)
{
    bool may_have_arrived = makes_something(op) && (reply->status || reply->sent);

    (void)youtube_result(out, may_have_arrived ? OUTCOME_UNKNOWN : OUTCOME_RETRY, "unreachable", words);
    return false;
}

static time_us pause_end(const struct http_reply *reply, time_us now)
{
    int64_t seconds = 0;

    for (size_t i = 0; i < reply->header_count; i++)
        if (str_equal_nocase(reply->headers[i].name, TEXT("Retry-After")) &&
            str_whole_i64(str_trim(reply->headers[i].value), &seconds, 1, 86400))
            seconds = 0;
    return seconds ? now + seconds * US_PER_S : TIME_NONE;
}

static const struct known_error *known(struct text reason)
{
    for (size_t i = 0; reason.len && i < COUNT_OF(known_errors); i++)
        if (text_equal(reason, text_of(known_errors[i].reason)))
            return &known_errors[i];
    return NULL;
}

/* The most telling of the places where a reason stands: old form, new form, the status word. */
static const struct known_error *find_error(const json_t *error)
{
    const json_t *list = json_object_get(error, "errors"), *details = json_object_get(error, "details");
    const struct known_error *found = NULL;

    for (size_t i = 0; i < json_array_size(details) && !found; i++)
        found = known(payload_text(json_array_get(details, i), "reason"));
    for (size_t i = 0; i < json_array_size(list) && !found; i++)
        found = known(payload_text(json_array_get(list, i), "reason"));
    return found ? found : known(payload_text(error, "status"));
}

static void by_status(const struct op *op, const struct http_reply *reply, struct text words, struct step *out)
{
    switch (reply->status) {
    case 401:
        (void)youtube_result(out, OUTCOME_AUTH, "unauthorized", words);
        return;
    case 403:
        (void)youtube_result(out, OUTCOME_PERMANENT, "forbidden", words);
        return;
    case 404:
        (void)youtube_result(out, OUTCOME_PERMANENT, "comment_gone", words);
        return;
    case 408:
    case 409:
        (void)lost(op, reply, words, out);
        return;
    case 429:
        (void)youtube_result(out, OUTCOME_RETRY, "slow_down", words);
        return;
    default:
        (void)youtube_result(out, OUTCOME_PERMANENT, "rejected", words);
        return;
    }
}

static void refused(const struct op *op, const struct http_reply *reply, const json_t *root, time_us now,
                    struct arena *mem, struct step *out)
{
    const json_t *error = json_object_get(root, "error");
    struct text words = arena_text(mem, youtube_plain(mem, payload_text(error, "message"), NULL));
    const struct known_error *found = find_error(error);

    if (found)
        (void)youtube_result(out, found->outcome, found->code, words);
    else
        by_status(op, reply, words, out);
    if (out->outcome == OUTCOME_QUOTA)
        out->until = youtube_quota_reset(now);
    if (out->outcome == OUTCOME_RETRY && strcmp(out->why_code, "slow_down") == 0 &&
        (out->until = pause_end(reply, now)) != TIME_NONE)
        out->outcome = OUTCOME_RETRY_AT;
    if (out->outcome == OUTCOME_AUTH && strcmp(out->why_code, PERMISSION_MISSING) == 0)
        out->why = TEXT(YOUTUBE_SCOPE);
}

bool youtube_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem, json_t **root,
                    struct step *out)
{
    json_error_t ignored;

    out->kind = STEP_RESULT;
    *root = reply->status && reply->body.len ? payload_load(mem, reply->body, &ignored) : NULL;
    if (reply->status == 204 || (reply->status == 200 && json_is_object(*root)))
        return youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 }) == 0;
    if (reply->status >= 500 || reply->status < 400)
        return lost(op, reply, reply->status ? (struct text){ NULL, 0 } : arena_text(mem, reply->error), out);
    refused(op, reply, *root, now, mem, out);
    return false;
}

/* ---- the token endpoint ---- */

static const struct known_error token_errors[] = {
    { "invalid_grant", OUTCOME_AUTH, "login_again" },
    { "access_denied", OUTCOME_AUTH, "login_again" },
    { "invalid_client", OUTCOME_AUTH, "app_secret_wrong" },
    { "unauthorized_client", OUTCOME_AUTH, "app_secret_wrong" },
    { "deleted_client", OUTCOME_AUTH, "app_secret_wrong" },
    { "disabled_client", OUTCOME_AUTH, "app_secret_wrong" },
    { "redirect_uri_mismatch", OUTCOME_PERMANENT, "redirect_wrong" },
    { "invalid_scope", OUTCOME_AUTH, PERMISSION_MISSING },
    { "rate_limit_exceeded", OUTCOME_RETRY, "slow_down" },
    { "internal_failure", OUTCOME_RETRY, "unreachable" },
    { "temporarily_unavailable", OUTCOME_RETRY, "unreachable" },
};

bool youtube_token_answer(const struct http_reply *reply, struct arena *mem, json_t **root, struct step *out)
{
    json_error_t ignored;
    struct text error, words;

    *root = reply->status && reply->body.len ? payload_load(mem, reply->body, &ignored) : NULL;
    if (reply->status == 200 && payload_text(*root, "access_token").len)
        return youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 }) == 0;
    error = payload_text(*root, "error");
    words = payload_text(*root, "error_description");
    words = arena_text(mem, words.len ? words : reply->status ? error : reply->error);
    (void)youtube_result(out, OUTCOME_RETRY, "unreachable", words);
    for (size_t i = 0; i < COUNT_OF(token_errors); i++)
        if (text_equal(error, text_of(token_errors[i].reason))) {
            (void)youtube_result(out, token_errors[i].outcome, token_errors[i].code, words);
            return false;
        }
    if (reply->status == 429)
        out->why_code = "slow_down";
    else if (reply->status >= 400 && reply->status < 500)
        (void)youtube_result(out, OUTCOME_PERMANENT, "rejected", words);
    return false;
}

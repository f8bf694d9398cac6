/* Every error that X is known to answer, and what it means for the call. Types stand under two hosts: only their last
 * part counts. */
#include "x_priv.h"

#include "util/str.h"

#define PAUSE_MIN_S      60
#define PAUSE_MAX_S      86400
#define DAY_US           (86400 * US_PER_S)
#define CREDITS_PAUSE_US (3600 * US_PER_S)

struct known_error {
    int status;
    const char *type;   /* last part of "type", or the "title"; empty: any */
    const char *begins; /* of the detail; empty: any */
    enum outcome outcome;
    const char *code;
};

static const struct known_error known_errors[] = {
    { 402, "", "", OUTCOME_QUOTA, "credits_used" },
    { 429, "UsageCapExceeded", "", OUTCOME_QUOTA, "quota_used" },
    { 429, "usage-capped", "", OUTCOME_QUOTA, "quota_used" },
    { 429, "", "", OUTCOME_RETRY_AT, "slow_down" },
    { 401, "", "", OUTCOME_AUTH, "unauthorized" },
    { 403, "", "You are not allowed to create a Tweet with duplicate content", OUTCOME_PERMANENT, "duplicate_text" },
    { 403, "", "You are not allowed to create a Post with duplicate content", OUTCOME_PERMANENT, "duplicate_text" },
    { 403, "", "Reply to this conversation is not allowed", OUTCOME_PERMANENT, "reply_not_allowed" },
    { 403, "client-forbidden", "", OUTCOME_PERMANENT, "permission_missing" },
    { 403, "oauth1-permissions", "", OUTCOME_PERMANENT, "permission_missing" },
    { 403, "unsupported-authentication", "", OUTCOME_PERMANENT, "permission_missing" },
    { 403, "not-authorized-for-resource", "", OUTCOME_PERMANENT, "forbidden" },
    { 403, "usage-capped", "", OUTCOME_QUOTA, "quota_used" },
    { 403, "", "", OUTCOME_PERMANENT, "forbidden" },
    { 404, "", "", OUTCOME_PERMANENT, "comment_gone" },
    { 410, "", "", OUTCOME_PERMANENT, "comment_gone" },
    { 413, "", "", OUTCOME_PERMANENT, "file_too_big" },
    { 400, "resource-not-found", "", OUTCOME_PERMANENT, "comment_gone" },
    { 400, "", "", OUTCOME_PERMANENT, "rejected" },
};

int x_result(struct step *out, enum outcome outcome, const char *code, struct text why)
{
    out->kind = STEP_RESULT;
    out->outcome = outcome;
    out->why_code = code;
    out->why = why;
    return 0;
}

static bool header_number(const struct http_reply *reply, struct text name, int64_t *out)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (str_equal_nocase(reply->headers[i].name, name) &&
            str_whole_i64(str_trim(reply->headers[i].value), out, 0, INT64_C(1) << 40) == 0)
            return true;
    return false;
}

/* Three windows: of a quarter of an hour, and of a day for the user and for the app. Counting is the server's. */
time_us x_window_end(const struct http_reply *reply, time_us now, bool is_refused)
{
    static const struct {
        struct text remaining, reset;
    } windows[] = {
        { TEXT_INIT("x-app-limit-24hour-remaining"), TEXT_INIT("x-app-limit-24hour-reset") },
        { TEXT_INIT("x-user-limit-24hour-remaining"), TEXT_INIT("x-user-limit-24hour-reset") },
        { TEXT_INIT("x-rate-limit-remaining"), TEXT_INIT("x-rate-limit-reset") },
    };
    time_us end = TIME_NONE;
    int64_t n;

    for (size_t i = 0; i < COUNT_OF(windows); i++)
        if (header_number(reply, windows[i].remaining, &n) && n == 0 && header_number(reply, windows[i].reset, &n) &&
            n * US_PER_S > end)
            end = n * US_PER_S;
    if (is_refused && end == TIME_NONE && header_number(reply, TEXT("x-rate-limit-reset"), &n))
        end = n * US_PER_S;
    if (is_refused && end == TIME_NONE && header_number(reply, TEXT("Retry-After"), &n))
        end = n < PAUSE_MAX_S ? now + n * US_PER_S : TIME_NONE;
    if (is_refused && (end == TIME_NONE || end < now + PAUSE_MIN_S * US_PER_S))
        return now + PAUSE_MIN_S * US_PER_S;
    if (end != TIME_NONE && end > now + PAUSE_MAX_S * US_PER_S)
        return now + PAUSE_MAX_S * US_PER_S;
    return end > now ? end : TIME_NONE;
}

/* No answer, or none that X's own server made. What was on its way may have arrived. */
static void lost(const struct http_reply *reply, bool makes, struct text words, struct step *out)
{
    (void)x_result(out, makes && (reply->status || reply->sent) ? OUTCOME_UNKNOWN : OUTCOME_RETRY, "unreachable",
                   words);
}

static struct text last_part(struct text type)
{
    for (size_t i = type.len; i > 0; i--)
        if (type.ptr[i - 1] == '/')
            return (struct text) { type.ptr + i, type.len - i };
    return type;
}

/* {"detail":…}, or {"errors":[{"message":…}]}, or both. */
static struct text words_of(const json_t *root)
{
    const json_t *first = json_array_get(json_object_get(root, "errors"), 0);
    struct text words = payload_text(first, "message");

    words = x_first(words, payload_text(first, "detail"));
    if (!words.len ||
        (payload_text(root, "detail").len && !text_starts(payload_text(root, "detail"), TEXT("One or more"))))
        words = x_first(payload_text(root, "detail"), words);
    return x_first(words, payload_text(root, "title"));
}

static const struct known_error *find(int status, const json_t *root)
{
    const json_t *first = json_array_get(json_object_get(root, "errors"), 0);
    struct text title = payload_text(root, "title"), type = last_part(payload_text(root, "type"));
    struct text detail = payload_text(root, "detail");

    title = x_first(title, payload_text(first, "title"));
    if (!type.len)
        type = last_part(payload_text(first, "type"));
    detail = x_first(detail, x_first(payload_text(first, "detail"), payload_text(first, "message")));
    for (size_t i = 0; i < COUNT_OF(known_errors); i++) {
        const struct known_error *e = &known_errors[i];

        if (e->status == status && text_starts(detail, text_of(e->begins)) &&
            (!*e->type || text_equal(type, text_of(e->type)) || text_equal(title, text_of(e->type))))
            return e;
    }
    return NULL;
}

bool x_answer(const struct http_reply *reply, bool makes, time_us now, struct arena *mem, json_t **root,
              struct step *out)
{
    const struct known_error *known;
    json_error_t ignored;
    int status = reply->status;
    struct text words;

    *root = status && reply->body.len ? payload_load(mem, reply->body, &ignored) : NULL;
    if (status >= 200 && status < 300 && (status == 204 || json_is_object(*root))) {
        (void)x_result(out, OUTCOME_OK, NULL, (struct text) { NULL, 0 });
        return true;
    }
    words = arena_text(mem, status ? str_utf8_cut(words_of(*root), 1000) : reply->error);
    if (payload_number(json_array_get(json_object_get(*root, "errors"), 0), "code", 0) == 88)
        status = 429; /* the older form of it */
    if (status < 400 || status >= 500 || status == 408) {
        lost(reply, makes, words, out);
        return false;
    }
    known = find(status, *root);
    (void)x_result(out, known ? known->outcome : OUTCOME_PERMANENT, known ? known->code : "rejected", words);
    if (out->outcome == OUTCOME_RETRY_AT)
        out->until = x_window_end(reply, now, true);
    if (out->outcome == OUTCOME_QUOTA)
        out->until = status == 402 ? now + CREDITS_PAUSE_US : (now / DAY_US + 1) * DAY_US;
    return false;
}

/* ---- the token endpoint ---- */

static const struct {
    const char *error, *contains;
    enum outcome outcome;
    const char *code;
} token_errors[] = {
    { "invalid_request", "redirect", OUTCOME_PERMANENT, "redirect_wrong" },
    { "invalid_request", "", OUTCOME_AUTH, "login_again" },
    { "invalid_grant", "", OUTCOME_AUTH, "login_again" },
    { "access_denied", "", OUTCOME_AUTH, "login_again" },
    { "invalid_client", "", OUTCOME_AUTH, "app_secret_wrong" },
    { "unauthorized_client", "", OUTCOME_AUTH, "app_secret_wrong" },
    { "unsupported_grant_type", "", OUTCOME_AUTH, "app_secret_wrong" },
    { "invalid_scope", "", OUTCOME_AUTH, "permission_missing" },
    { "server_error", "", OUTCOME_RETRY, "unreachable" },
    { "temporarily_unavailable", "", OUTCOME_RETRY, "unreachable" },
};

bool x_token_answer(const struct http_reply *reply, struct arena *mem, json_t **root, struct step *out)
{
    json_error_t ignored;
    struct text error, words;

    *root = reply->status && reply->body.len ? payload_load(mem, reply->body, &ignored) : NULL;
    if (reply->status == 200 && payload_text(*root, "access_token").len) {
        (void)x_result(out, OUTCOME_OK, NULL, (struct text) { NULL, 0 });
        return true;
    }
    error = payload_text(*root, "error");
    words = x_first(payload_text(*root, "error_description"), x_first(error, words_of(*root)));
    words = arena_text(mem, reply->status ? str_utf8_cut(words, 1000) : reply->error);
    (void)x_result(out, OUTCOME_RETRY, "unreachable", words);
    for (size_t i = 0; i < COUNT_OF(token_errors) && reply->status < 500; i++)
        if (text_equal(error, text_of(token_errors[i].error)) && str_find(words, text_of(token_errors[i].contains))) {
            (void)x_result(out, token_errors[i].outcome, token_errors[i].code, words);
            return false;
        }
    if (reply->status == 429)
        out->why_code = "slow_down";
    else if (reply->status == 401 || reply->status == 403)
        (void)x_result(out, OUTCOME_AUTH, "app_secret_wrong", words);
    else if (reply->status >= 400 && reply->status < 500 && reply->status != 408)
        (void)x_result(out, OUTCOME_PERMANENT, "rejected", words);
    return false;
}

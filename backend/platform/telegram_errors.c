/* Every error the Bot API is known to answer, and what it means for the call (matched by prefix, decided by status
 * where the words are new). */
#include "telegram_priv.h"

#include "util/str.h"

struct known_error {
    int status;
    const char *begins;
    enum outcome outcome;
    const char *code;
};

static const struct known_error known_errors[] = {
    { 403, "Forbidden: bot was blocked by the user", OUTCOME_CONTACT_GONE, "blocked" },
    { 403, "Forbidden: user is deactivated", OUTCOME_CONTACT_GONE, "deactivated" },
    { 403, "Forbidden: bot was kicked", OUTCOME_PERMANENT, "kicked" },
    { 403, "Forbidden: bot is not a member", OUTCOME_PERMANENT, "not_member" },
    { 403, "Forbidden: the group chat was deleted", OUTCOME_PERMANENT, "chat_gone" },
    { 403, "Forbidden: bot can't initiate conversation", OUTCOME_PERMANENT, "cannot_begin" },
    { 403, "", OUTCOME_PERMANENT, "forbidden" },
    { 400, "Bad Request: chat not found", OUTCOME_PERMANENT, "chat_not_found" },
    { 400, "Bad Request: private chat not found", OUTCOME_PERMANENT, "chat_not_found" },
    { 400, "Bad Request: message is too long", OUTCOME_PERMANENT, "too_long" },
    { 400, "Bad Request: message text is empty", OUTCOME_PERMANENT, "empty" },
    { 400, "Bad Request: file is too big", OUTCOME_PERMANENT, "file_too_big" },
    { 400, "Bad Request: wrong file_id or the file is temporarily unavailable", OUTCOME_RETRY, "file_unavailable" },
    { 400, "Bad Request: BUSINESS_PEER_USAGE_MISSING", OUTCOME_PERMANENT, "window_closed" },
    { 400, "Bad Request: business connection not found", OUTCOME_PERMANENT, "connection_lost" },
    { 400, "Bad Request: not enough rights", OUTCOME_PERMANENT, "forbidden" },
    { 401, "", OUTCOME_AUTH, "unauthorized" },
    { 404, "Not Found: method not found", OUTCOME_PERMANENT, "rejected" },
    { 404, "", OUTCOME_AUTH, "unauthorized" },
};

static void conclude(struct step *out, enum outcome outcome, const char *code)
{
    out->outcome = outcome;
    out->why_code = code;
}

static time_us pause_end(const json_t *root, const struct http_reply *reply, time_us now)
{
    const json_t *given = json_object_get(json_object_get(root, "parameters"), "retry_after");
    int64_t seconds = json_is_integer(given) ? json_integer_value(given) : 0;

    for (size_t i = 0; seconds <= 0 && i < reply->header_count; i++)
        if (str_equal_nocase(reply->headers[i].name, TEXT("Retry-After")) &&
            str_whole_i64(reply->headers[i].value, &seconds, 0, 86400))
            seconds = 0;
    if (seconds <= 0)
        seconds = 1;
    return now + (seconds < 86400 ? seconds : 86400) * US_PER_S;
}

/* A second poller, or a webhook that is still set: both need a person, so the channel shows it and tries again later. */
static void conflict(struct text words, time_us now, struct step *out)
{
    bool by_hook = text_starts(words, TEXT("Conflict: can't use getUpdates method while webhook"));

    conclude(out, OUTCOME_RETRY_AT, by_hook ? "hook_active" : "conflict");
    out->until = now + 30 * US_PER_S;
}

/* No answer, or one that no Bot API server made. What was on its way to a person may have arrived. */
static void lost(const struct op *op, const struct http_reply *reply, struct step *out)
{
    bool may_have_arrived = op->kind == OP_SEND && (reply->status ? true : reply->sent);

    out->why = reply->error;
    conclude(out, may_have_arrived ? OUTCOME_UNKNOWN : OUTCOME_RETRY, "unreachable");
}

/* The thread's own name with its chat exchanged. */
static struct text moved_thread(struct arena *mem, struct text thread, struct text chat)
{
    size_t at = 0;

    while (at < thread.len && thread.ptr[at] != '#' && thread.ptr[at] != '/')
        at++;
    return text_of(arena_printf(mem, "%.*s%.*s", (int)chat.len, chat.ptr, (int)(thread.len - at), thread.ptr + at));
}

static void refused(const struct op *op, int status, struct text words, struct step *out)
{
    for (size_t i = 0; i < COUNT_OF(known_errors); i++)
        if (known_errors[i].status == status && text_starts(words, text_of(known_errors[i].begins))) {
            conclude(out, known_errors[i].outcome, known_errors[i].code);
            return;
        }
    if (op->kind == OP_MEDIA)
        conclude(out, OUTCOME_PERMANENT, "file_gone");
    else
        conclude(out, OUTCOME_PERMANENT, "rejected");
}

bool telegram_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem, json_t **root,
                     json_t **result, struct step *out)
{
    json_error_t ignored;
    struct text words, moved;

    out->kind = STEP_RESULT;
    *root = reply->status && reply->body.len ? payload_load(mem, reply->body, &ignored) : NULL;
    if (!json_is_object(*root)) {
        lost(op, reply, out);
        if (reply->status == 401 || reply->status == 404 || reply->status == 429)
            refused(op, reply->status, TEXT(""), out);
        if (reply->status == 429) {
            conclude(out, OUTCOME_RETRY_AT, "slow_down");
            out->until = pause_end(NULL, reply, now);
        }
        return false;
    }
    if (reply->status == 200 && payload_true(*root, "ok")) {
        *result = json_object_get(*root, "result");
        return true;
    }
    words = arena_text(mem, payload_text(*root, "description"));
    out->why = words;
    moved = payload_id(mem, json_object_get(*root, "parameters"), "migrate_to_chat_id");
    if (reply->status == 429) {
        conclude(out, OUTCOME_RETRY_AT, "slow_down");
        out->until = pause_end(*root, reply, now);
    } else if (reply->status == 409) {
        conflict(words, now, out);
    } else if (reply->status >= 500 || reply->status < 400) {
        lost(op, reply, out);
        out->why = words;
    } else if (reply->status == 400 && moved.ptr) {
        conclude(out, OUTCOME_RETRY, "moved");
        out->new_thread_id = moved_thread(mem, op->thread_id, moved);
    } else if (reply->status == 400 && op->reply_to.len &&
               text_starts(words, TEXT("Bad Request: message to be replied not found"))) {
        conclude(out, OUTCOME_RETRY, "reply_gone");
        out->is_refused_reply = true;
    } else {
        refused(op, reply->status, words, out);
    }
    return false;
}

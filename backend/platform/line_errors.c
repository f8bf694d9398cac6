/* Every error that the Messaging API is known to answer, and what it means for the call. */
#include "line_priv.h"

#include "util/str.h"

#define JAPAN_US (9 * 3600 * US_PER_S)
#define DAY_US (86400 * US_PER_S)

struct known_error {
    int status;                        /* 500: all from there on */
    const char *begins;                /* of the message */
    enum outcome outcome;
    const char *code;
};

static const struct known_error known_errors[] = {
    { 400, "Failed to send messages", OUTCOME_PERMANENT, "chat_not_found" },
    { 400, "The property, 'to'", OUTCOME_PERMANENT, "chat_not_found" },
    { 400, "", OUTCOME_PERMANENT, "rejected" },
    { 401, "", OUTCOME_AUTH, "unauthorized" },
    { 403, "", OUTCOME_PERMANENT, "forbidden" },
    { 404, "", OUTCOME_PERMANENT, "not_found" },
    { 409, "", OUTCOME_DUPLICATE_OK, NULL },
    { 410, "", OUTCOME_PERMANENT, "not_found" },
    { 413, "", OUTCOME_PERMANENT, "too_long" },
    { 429, "You have reached your monthly limit", OUTCOME_QUOTA, "quota_used" },
    { 429, "", OUTCOME_RETRY, "slow_down" },
};

int line_result(struct step *out, enum outcome outcome, const char *code, struct text why)
{
    out->kind = STEP_RESULT;
    out->outcome = outcome;
    out->why_code = code;
    out->why = why;
    return 0;
}

time_us line_next_month(time_us now)
{
    time_us there = now + JAPAN_US;
    int year, month, day;

    days_to_civil(there / DAY_US, &year, &month, &day);
    if (++month > 12) {
        month = 1;
        year++;
    }
    return civil_to_days(year, month, 1) * DAY_US - JAPAN_US;
}

/* No answer, or none that tells. With the retry key a push may simply be asked again; a reply may have arrived. */
static void lost(const struct op *op, bool may_repeat, const struct http_reply *reply, struct step *out)
{
    bool may_have_arrived = op->kind == OP_SEND && !may_repeat && (reply->status ? true : reply->sent);

    (void)line_result(out, may_have_arrived ? OUTCOME_UNKNOWN : OUTCOME_RETRY, "unreachable", reply->error);
}

/* "The request body has 1 error(s): May not be empty (messages[0].text)", or OAuth's two words. */
static struct text words_of(struct arena *mem, const json_t *root)
{
    const json_t *first = json_array_get(json_object_get(root, "details"), 0);
    struct text message = payload_text(root, "message"), detail = payload_text(first, "message");
    struct text property = payload_text(first, "property");

    if (!message.ptr)
        message = payload_text(root, "error_description");
    if (!message.ptr)
        message = payload_text(root, "error");
    if (!detail.len && !property.len)
        return arena_text(mem, message);
    return text_of(arena_printf(mem, "%.*s: %.*s (%.*s)", (int)message.len, message.ptr ? message.ptr : "",
                                (int)detail.len, detail.ptr ? detail.ptr : "", (int)property.len,
                                property.ptr ? property.ptr : ""));
}

static time_us pause_end(const struct http_reply *reply, time_us now)
{
    int64_t seconds = 0;

    for (size_t i = 0; i < reply->header_count; i++)
        if (str_equal_nocase(reply->headers[i].name, TEXT("Retry-After")) &&
            str_whole_i64(reply->headers[i].value, &seconds, 1, 86400) == 0)
            return now + seconds * US_PER_S;
    return TIME_NONE;
}

static void refused(const struct op *op, const struct http_reply *reply, const json_t *root, time_us now,
                    struct arena *mem, struct step *out)
{
    const json_t *first = json_array_get(json_object_get(root, "details"), 0);
    struct text message = payload_text(root, "message"), words = words_of(mem, root);

    (void)line_result(out, OUTCOME_PERMANENT, "rejected", words);
    for (size_t i = 0; i < COUNT_OF(known_errors); i++) {
        const struct known_error *e = &known_errors[i];

        if (e->status == reply->status && text_starts(message, text_of(e->begins))) {
            (void)line_result(out, e->outcome, e->code, words);
            break;
        }
    }
    if (reply->status == 400 && op->kind == OP_SEND && text_equal(payload_text(first, "property"), TEXT("to")))
        out->why_code = "chat_not_found";
    if ((reply->status == 404 || reply->status == 410) && op->kind == OP_SEND)
        out->why_code = "chat_not_found";
    if (op->kind == OP_MEDIA && out->outcome == OUTCOME_PERMANENT)
        out->why_code = "file_gone";
    if (op->kind != OP_SEND && out->outcome == OUTCOME_DUPLICATE_OK)
        (void)line_result(out, OUTCOME_PERMANENT, "rejected", words);
    if (op->kind == OP_RENEW && reply->status == 400)
        (void)line_result(out, OUTCOME_AUTH, "unauthorized", words);
    if (out->outcome == OUTCOME_QUOTA)
        out->until = line_next_month(now);
    if (out->outcome == OUTCOME_RETRY && (out->until = pause_end(reply, now)) != TIME_NONE)
        out->outcome = OUTCOME_RETRY_AT;
}

bool line_answer(const struct op *op, bool may_repeat, const struct http_reply *reply, time_us now, struct arena *mem,
                 json_t **root, struct step *out)
{
    json_error_t ignored;

    *root = reply->status && reply->body.len ? payload_load(mem, reply->body, &ignored) : NULL;
    if (reply->status == 200) {
        (void)line_result(out, OUTCOME_OK, NULL, TEXT(""));
        return true;
    }
    if (reply->status < 400 || reply->status >= 500)
        lost(op, may_repeat, reply, out);
    else
        refused(op, reply, *root, now, mem, out);
    if (!out->why.len && *root)
        out->why = words_of(mem, *root);
    return false;
}

/* What a Graph answer comes to. Decided by code and subcode, never by HTTP status or words. */
#include "meta_priv.h"

#include "util/str.h"

#define HOUR_S 3600
#define PAUSE_MAX_S (3 * META_DAY_S)

/* platforms-meta.md §8.3. First match counts. Codes of one connector's own calls stand in its file and come first. */
static const struct meta_error known_errors[] = {
    { 1, 2, META_ANY_SUB, OUTCOME_RETRY, "unreachable", 0 },
    { 3, 3, META_ANY_SUB, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 4, 4, META_ANY_SUB, OUTCOME_RETRY_AT, "slow_down", HOUR_S },
    { 17, 17, META_ANY_SUB, OUTCOME_RETRY_AT, "slow_down", HOUR_S },
    { 32, 32, META_ANY_SUB, OUTCOME_RETRY_AT, "slow_down", HOUR_S },
    { 341, 341, META_ANY_SUB, OUTCOME_RETRY_AT, "slow_down", HOUR_S },
    { 613, 613, META_ANY_SUB, OUTCOME_RETRY_AT, "slow_down", 60 },
    { 80000, 80099, META_ANY_SUB, OUTCOME_RETRY_AT, "slow_down", 300 },
    { 0, 0, META_ANY_SUB, OUTCOME_AUTH, "unauthorized", 0 },
    { 102, 102, META_ANY_SUB, OUTCOME_AUTH, "unauthorized", 0 },
    { 190, 190, META_ANY_SUB, OUTCOME_AUTH, "unauthorized", 0 },
    { 467, 467, META_ANY_SUB, OUTCOME_AUTH, "unauthorized", 0 },
    { 10, 10, 0, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 10, 10, META_ANY_SUB, OUTCOME_PERMANENT, "rejected", 0 },
    { 230, 230, META_ANY_SUB, OUTCOME_PERMANENT, "no_profile", 0 },
    { 200, 299, META_ANY_SUB, OUTCOME_PERMANENT, "permission_missing", 0 },
    { 100, 100, 33, OUTCOME_PERMANENT, "gone", 0 },
    { 100, 100, META_ANY_SUB, OUTCOME_PERMANENT, "rejected", 0 },
    { 104, 104, META_ANY_SUB, OUTCOME_PERMANENT, "app_secret_wrong", 0 },
    { 368, 368, META_ANY_SUB, OUTCOME_RETRY_AT, "restricted", META_DAY_S },
    { 506, 506, META_ANY_SUB, OUTCOME_PERMANENT, "said_already", 0 },
    { 551, 551, META_ANY_SUB, OUTCOME_PERMANENT, "not_available", 0 },
    { 803, 803, META_ANY_SUB, OUTCOME_PERMANENT, "gone", 0 },
    { 2500, 2500, META_ANY_SUB, OUTCOME_PERMANENT, "rejected", 0 },
    { 3001, 3001, META_ANY_SUB, OUTCOME_PERMANENT, "rejected", 0 },
    { 9010, 9010, META_ANY_SUB, OUTCOME_PERMANENT, "no_profile", 0 },
};

static const struct meta_error *find_in(const struct meta_error *table, size_t n, int64_t code, int64_t sub)
{
    for (size_t i = 0; i < n; i++)
        if (code >= table[i].from && code <= table[i].to && (table[i].sub == META_ANY_SUB || table[i].sub == sub))
            return &table[i];
    return NULL;
}

/* These say that the token is dead, whatever code they stand beside. */
static const struct meta_error *dead_token(int64_t sub)
{
    static const int64_t subs[] = { 458, 459, 460, 463, 464, 467, 492 };

    for (size_t i = 0; i < COUNT_OF(subs); i++)
        if (subs[i] == sub)
            return find_in(known_errors, COUNT_OF(known_errors), 190, 0);
    return NULL;
}

const struct meta_error *meta_error_find(const struct meta_error *own, size_t own_count, int64_t code, int64_t sub)
{
    const struct meta_error *found = find_in(own, own_count, code, sub);

    if (!found)
        found = dead_token(sub);
    return found ? found : find_in(known_errors, COUNT_OF(known_errors), code, sub);
}

/* ---- headers ---- */

static void note_use(const json_t *use, int *most, int64_t *minutes)
{
    static const char *const parts[] = { "call_count", "total_cputime", "total_time" };
    int64_t wait = payload_number(use, "estimated_time_to_regain_access", 0);

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        int64_t percent = payload_number(use, parts[i], -1);

        if (percent > *most)
            *most = percent > 1000 ? 1000 : (int)percent;
    }
    if (wait > *minutes)
        *minutes = wait < PAUSE_MAX_S / 60 ? wait : PAUSE_MAX_S / 60;
}

int meta_usage(const struct http_reply *reply, struct arena *mem, int64_t *resets)
{
    static const char *const names[] = { "X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage" };
    int64_t minutes = 0;
    int most = -1;

    for (size_t i = 0; i < reply->header_count; i++)
        for (size_t k = 0; k < COUNT_OF(names); k++) {
            json_error_t ignored;
            const char *key;
            json_t *list, *one;
            size_t at;

            if (!str_equal_nocase(reply->headers[i].name, text_of(names[k])))
                continue;
            AUTO(json) json_t *root = payload_load(mem, reply->headers[i].value, &ignored);
            note_use(root, &most, &minutes);
            json_object_foreach(root, key, list) json_array_foreach(list, at, one) note_use(one, &most, &minutes);
        }
    *resets = minutes * 60 * US_PER_S;
    return most;
}

static time_us pause_end(const struct http_reply *reply, time_us now, int32_t pause_s, struct arena *mem)
{
    int64_t us, seconds;

    (void)meta_usage(reply, mem, &us);
    for (size_t i = 0; us == 0 && i < reply->header_count; i++)
        if (str_equal_nocase(reply->headers[i].name, TEXT("Retry-After")) &&
            str_whole_i64(reply->headers[i].value, &seconds, 1, PAUSE_MAX_S) == 0)
            us = seconds * US_PER_S;
    return now + (us ? us : (pause_s > 0 ? pause_s : 60) * US_PER_S);
}

/* ---- answers ---- */

/* A call that must not be made twice may have done its work, whatever came back instead of an answer. */
static bool may_not_repeat(enum op_kind kind)
{
    return kind == OP_SEND;
}

static void lost(const struct op *op, const struct http_reply *reply, struct arena *mem, struct step *out)
{
    bool has_left = reply->status != 0 || reply->sent;

    (void)meta_result(out, may_not_repeat(op->kind) && has_left ? OUTCOME_UNKNOWN : OUTCOME_RETRY, "unreachable",
                      arena_text(mem, reply->error));
}

bool meta_error_told(const json_t *root, int64_t *code, int64_t *sub)
{
    const json_t *error = json_object_get(root, "error");
    bool is_old = !error && json_object_get(root, "error_message");      /* Instagram's token host */

    if (!is_old && (!error || json_is_null(error)))
        return false;
    if (is_old)
        error = root;
    *code = payload_number(error, "code", -1);
    *sub = payload_number(error, "error_subcode", 0);
    return true;
}

static struct text words_of(const json_t *root, struct arena *mem)
{
    const json_t *error = json_object_get(root, "error"), *data = json_object_get(error, "error_data");
    struct text words = payload_text(error, "error_user_msg");

    if (!words.len)
        words = payload_text(data, "details");
    if (!words.len)
        words = payload_text(error, "message");
    if (!words.len && json_is_string(error))
        words = (struct text){ json_string_value(error), json_string_length(error) };
    if (!words.len)
        words = payload_text(root, "error_message");
    return arena_text(mem, str_utf8_cut(words, 1000));
}

static void refused(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                    const struct meta_error *known, bool is_transient, struct step *out)
{
    if (is_transient && (!known || known->outcome == OUTCOME_PERMANENT || known->outcome == OUTCOME_RETRY)) {
        lost(op, reply, mem, out);
        return;
    }
    if (!known) {
        (void)meta_result(out, OUTCOME_PERMANENT, "rejected", out->why);
        return;
    }
    out->outcome = known->outcome;
    out->why_code = known->code;
    if (known->outcome == OUTCOME_RETRY && known->from <= 2 && may_not_repeat(op->kind))
        out->outcome = OUTCOME_UNKNOWN;
    if (known->outcome == OUTCOME_RETRY_AT || known->outcome == OUTCOME_QUOTA)
        out->until = pause_end(reply, now, known->pause_s, mem);
}

bool meta_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                 const struct meta_error *own, size_t own_count, json_t **root, struct step *out)
{
    json_error_t ignored;
    int64_t code = -1, sub = 0;
    struct text words;

    (void)meta_result(out, OUTCOME_OK, NULL, TEXT(""));
    *root = reply->status && reply->body.len ? payload_load(mem, reply->body, &ignored) : NULL;
    if (!*root) {
        lost(op, reply, mem, out);
        if (reply->status == 429)
            refused(op, reply, now, mem, meta_error_find(NULL, 0, 613, 0), false, out);
        return false;
    }
    if (!meta_error_told(*root, &code, &sub)) {
        if (reply->status >= 200 && reply->status < 300)
            return true;
        lost(op, reply, mem, out);
        if (reply->status == 429)
            refused(op, reply, now, mem, meta_error_find(NULL, 0, 613, 0), false, out);
        else if (reply->status == 401)
            refused(op, reply, now, mem, meta_error_find(NULL, 0, 190, 0), false, out);
        return false;
    }
    words = words_of(*root, mem);
    out->why = words;
    if (code < 0 && reply->status >= 500)
        lost(op, reply, mem, out);
    else
        refused(op, reply, now, mem, meta_error_find(own, own_count, code, sub),
                payload_true(json_object_get(*root, "error"), "is_transient"), out);
    out->why = words;
    return false;
}

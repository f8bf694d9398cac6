/* The Messaging API calls that a LINE channel makes, one at a time, and what their answers come to. */
#include "line_priv.h"

#include "util/enc.h"
#include "util/str.h"

#include <stdio.h>
#include <stdlib.h>

#define CALL_TIMEOUT_MS 15000
#define FILE_TIMEOUT_MS 120000
#define REPLY_MAX       (1 << 20)
#define NOT_READY_US    (5 * US_PER_S)

/* What the call that is under way is, where an op makes more than one. */
enum { STAGE_FIRST = 1, STAGE_REPLY, STAGE_PUSH, STAGE_READY, STAGE_FETCH, STAGE_TEST, STAGE_USED, STAGE_FRIENDS };

/* The token goes into a header: only what can stand there. */
static bool token_is_sane(struct text token)
{
    if (token.len == 0 || token.len > 4096)
        return false;
    for (size_t i = 0; i < token.len; i++)
        if (token.ptr[i] <= ' ' || token.ptr[i] > '~')
            return false;
    return true;
}

static bool key_is_sane(struct text key)
{
    for (size_t i = 0; i < key.len; i++)
        if (!((key.ptr[i] >= '0' && key.ptr[i] <= '9') || ((key.ptr[i] | 32) >= 'a' && (key.ptr[i] | 32) <= 'f') ||
              key.ptr[i] == '-'))
            return false;
    return key.len == 36;
}

/* One turn of the machine: what was asked, where it stands, what came back. */
struct turn {
    const struct op *op;
    struct step_state *state;
    const struct http_reply *reply; /* NULL: the first turn */
    json_t *root;                   /* its body, or NULL */
    time_us now;
    struct arena *mem;
    struct step *out;
};

static struct text escaped(struct arena *mem, struct text id)
{
    struct buf b = BUF_INIT(4096);
    struct text kept;

    enc_percent(&b, id);
    kept = arena_text(mem, buf_as_text(&b));
    buf_fini(&b);
    return kept;
}

/* At most three headers: who we are, what the body is, which try of the same thing. */
static int call_to(struct turn *t, const char *method, const char *url, struct text body)
{
    struct header *headers = arena_array(t->mem, struct header, 3);
    const struct text token = t->op->channel->token;

    headers[0] = (struct header){ TEXT("Authorization"),
                                   text_of(arena_printf(t->mem, "Bearer %.*s", (int)token.len, token.ptr)) };
    headers[1] = (struct header){ TEXT("Content-Type"), TEXT("application/json") };
    t->out->kind = STEP_CALL;
    t->out->call = (struct http_call){
        .method = method,
        .url = url,
        .headers = headers,
        .header_count = body.len ? 2 : 1,
        .body = body,
        .timeout_ms = CALL_TIMEOUT_MS,
        .max_reply = REPLY_MAX,
        .may_repeat = t->op->kind != OP_SEND,
    };
    return 0;
}

static int get(struct turn *t, const char *path)
{
    return call_to(t, "GET", arena_printf(t->mem, "%s%s", t->op->channel->api_base, path), TEXT(""));
}

static int post(struct turn *t, const char *method, const char *path, json_t *body)
{
    struct text bytes = payload_dump(t->mem, body);

    json_decref(body);
    return call_to(t, method, arena_printf(t->mem, "%s%s", t->op->channel->api_base, path), bytes);
}

/* ---- sending ---- */

/* The retry key makes a push that was asked for twice arrive once. */
static int call_push(struct turn *t, json_t *messages)
{
    struct header *headers;

    t->state->stage = STAGE_PUSH;
    (void)post(t, "POST", "/v2/bot/message/push",
               json_pack("{s:s%,s:o}", "to", t->op->thread_id.ptr, t->op->thread_id.len, "messages", messages));
    if (!key_is_sane(t->op->retry_key))
        return 0;
    headers = arena_array(t->mem, struct header, t->out->call.header_count + 1);
    memcpy(headers, t->out->call.headers, t->out->call.header_count * sizeof(*headers));
    headers[t->out->call.header_count++] = (struct header){ TEXT("X-Line-Retry-Key"), t->op->retry_key };
    t->out->call.headers = headers;
    t->out->call.may_repeat = true;
    return 0;
}

static int call_reply(struct turn *t, json_t *messages)
{
    t->state->stage = STAGE_REPLY;
    return post(t, "POST", "/v2/bot/message/reply",
                json_pack("{s:s%,s:o}", "replyToken", t->op->reply_token.ptr, t->op->reply_token.len, "messages",
                          messages));
}

static int begin_send(struct turn *t)
{
    json_t *messages;

    if (t->op->thread_id.len == 0)
        return line_result(t->out, OUTCOME_PERMANENT, "chat_not_found", TEXT("no thread"));
    if (!str_utf8_valid(t->op->text) || !str_utf8_valid(t->op->thread_id))
        return line_result(t->out, OUTCOME_PERMANENT, "rejected", TEXT("not UTF-8"));
    if (str_utf16_units(t->op->text) > LINE_TEXT_UNITS)
        return line_result(t->out, OUTCOME_PERMANENT, "too_long", TEXT(""));
    messages = line_messages(t->mem, t->op);
    if (!messages)
        return line_result(t->out, OUTCOME_PERMANENT, "no_upload", TEXT(""));
    if (json_array_size(messages) == 0) {
        json_decref(messages);
        return line_result(t->out, OUTCOME_PERMANENT, "empty", TEXT(""));
    }
    return t->op->reply_token.len && t->state->stage == 0 ? call_reply(t, messages) : call_push(t, messages);
}

/* 200 and 409 both mean that it is accepted. The ids of 2016 to 2023 are not told: then the request's own stands in. */
static int end_send(struct turn *t)
{
    const json_t *sent = json_array_get(json_object_get(t->root, "sentMessages"), 0);

    t->out->external_id = payload_id(t->mem, sent, "id");
    if (t->out->external_id.len) {
        t->out->external_id = arena_text(t->mem, t->out->external_id);
        return 0;
    }
    for (size_t i = 0; i < t->reply->header_count; i++)
        if (str_equal_nocase(t->reply->headers[i].name, TEXT("x-line-accepted-request-id")) ||
            (t->reply->status == 200 && str_equal_nocase(t->reply->headers[i].name, TEXT("x-line-request-id")))) {
            struct text id = t->reply->headers[i].value;

            t->out->external_id = text_of(arena_printf(t->mem, "request/%.*s", (int)id.len, id.ptr));
            return 0;
        }
    struct text key = t->op->retry_key.len ? t->op->retry_key : t->op->reply_token;
    t->out->external_id = text_of(arena_printf(t->mem, "sent/%.*s", (int)key.len, key.ptr ? key.ptr : ""));
    return 0;
}

/* Used up, too old or unknown: a definite no, so nothing was sent and a push may follow. */
static bool reply_token_is_refused(const struct turn *t)
{
    return t->reply->status == 400 && text_starts(payload_text(t->root, "message"), TEXT("Invalid reply token"));
}

/* ---- who we are, who they are ---- */

static int begin_check(struct turn *t)
{
    return get(t, "/v2/bot/info");
}

/* Yesterday in Japan, the newest day that LINE has counted. */
static int call_followers(struct turn *t)
{
    int year, month, day;

    days_to_civil((t->now / US_PER_S + 9 * 3600) / 86400 - 1, &year, &month, &day);
    t->state->stage = STAGE_FRIENDS;
    return get(t, arena_printf(t->mem, "/v2/bot/insight/followers?date=%04d%02d%02d", year, month, day));
}

static int tell_account(struct turn *t, json_t *told)
{
    t->out->external_id = arena_text(t->mem, payload_text(told, "id"));
    json_object_del(told, "id");
    t->out->facts = payload_dump(t->mem, told);
    return line_result(t->out, OUTCOME_OK, NULL, TEXT(""));
}

static int end_check(struct turn *t)
{
    static const struct {
        const char *ours, *theirs;
    } facts[] = {
        { "name", "displayName" },   { "username", "basicId" },   { "premium_id", "premiumId" },
        { "picture", "pictureUrl" }, { "chat_mode", "chatMode" }, { "mark_read_mode", "markAsReadMode" },
    };
    AUTO(json) json_t *told = json_object();
    struct text kept;

    line_set_member(told, "id", payload_id(t->mem, t->root, "userId"));
    if (!payload_text(told, "id").len)
        return line_result(t->out, OUTCOME_RETRY, "unreachable", TEXT("bot/info told no id"));
    for (size_t i = 0; i < COUNT_OF(facts); i++)
        line_set_member(told, facts[i].ours, payload_text(t->root, facts[i].theirs));
    kept = payload_dump(t->mem, told);
    if (kept.len >= sizeof(t->state->scratch))
        return tell_account(t, told);
    memcpy(t->state->scratch, kept.ptr, kept.len);
    t->state->scratch[kept.len] = '\0';
    return call_followers(t);
}

/* Not every account may ask, and not every day is counted yet: without the number all is as well. Who once was a friend
 * is counted for ever, so those who blocked us are taken off. */
static int end_followers(struct turn *t)
{
    AUTO(json) json_t *told = json_loads(t->state->scratch, 0, NULL);
    AUTO(json) json_t *counted = NULL;
    json_error_t ignored;
    int64_t ever, blocks;

    if (t->reply->status == 200 && t->reply->body.len)
        counted = payload_load(t->mem, t->reply->body, &ignored);
    ever = payload_number(counted, "followers", -1);
    blocks = payload_number(counted, "blocks", 0);
    if (text_equal(payload_text(counted, "status"), TEXT("ready")) && ever >= 0 && blocks >= 0) {
        json_object_set_new(told, "followers", json_integer(ever > blocks ? ever - blocks : 0));
        json_object_set_new(told, "blocks", json_integer(blocks));
    }
    return tell_account(t, told);
}

/* A member of a group is asked for there: whoever is no friend is unknown elsewhere. Nobody named: the group itself. */
static int begin_profile(struct turn *t)
{
    struct text who = escaped(t->mem, t->op->author_id), where = escaped(t->mem, t->op->thread_id);
    bool is_room = text_starts(where, TEXT("R"));

    if (t->op->thread_type == THREAD_GROUP && where.len && who.len)
        return get(t, arena_printf(t->mem, "/v2/bot/%s/%s/member/%s", is_room ? "room" : "group", where.ptr, who.ptr));
    if (t->op->thread_type == THREAD_GROUP && where.len && !is_room)
        return get(t, arena_printf(t->mem, "/v2/bot/group/%s/summary", where.ptr));
    if (!who.len)
        return line_result(t->out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    return get(t, arena_printf(t->mem, "/v2/bot/profile/%s", who.ptr));
}

static int end_profile(struct turn *t)
{
    AUTO(json) json_t *page = json_pack("{s:s,s:O}", "page", "profile", "profile", t->root);

    if (!json_is_object(t->root))
        return line_result(t->out, OUTCOME_RETRY, "unreachable", TEXT("an answer without a profile"));
    if (t->op->thread_type == THREAD_GROUP)
        line_set_member(page, "thread_id", t->op->thread_id);
    t->out->page = payload_dump(t->mem, page);
    return 0;
}

/* ---- quota ---- */

static int begin_quota(struct turn *t)
{
    return get(t, "/v2/bot/message/quota");
}

static int end_quota(struct turn *t)
{
    AUTO(json) json_t *facts = NULL;
    char when[TIME_TEXT_SIZE];
    int64_t limit;

    if (t->state->stage != STAGE_USED) {
        bool is_limited = !text_equal(payload_text(t->root, "type"), TEXT("none"));

        (void)snprintf(t->state->scratch, sizeof(t->state->scratch), "%lld",
                       (long long)(is_limited ? payload_number(t->root, "value", -1) : -1));
        t->state->stage = STAGE_USED;
        return get(t, "/v2/bot/message/quota/consumption");
    }
    facts = json_object();
    if (str_whole_i64(text_of(t->state->scratch), &limit, 0, INT64_MAX) == 0)
        json_object_set_new(facts, "limit", json_integer(limit));
    if (payload_number(t->root, "totalUsage", -1) >= 0)
        json_object_set_new(facts, "used", json_integer(payload_number(t->root, "totalUsage", -1)));
    json_object_set_new(facts, "resets_at", json_string(time_format(line_next_month(t->now), when)));
    t->out->facts = payload_dump(t->mem, facts);
    return 0;
}

/* ---- media ---- */

static int fetch(struct turn *t, const char *url, bool is_ours)
{
    (void)call_to(t, "GET", url, TEXT(""));
    if (!is_ours)
        t->out->call.header_count = 0;
    t->out->call.any_host = !is_ours;
    t->out->call.to_file = true;
    t->out->call.timeout_ms = FILE_TIMEOUT_MS;
    t->out->call.max_reply = t->op->max_bytes;
    t->state->stage = STAGE_FETCH;
    return 0;
}

static int call_content(struct turn *t, const char *what)
{
    struct text id = t->op->media_ref, kind;
    const char *url;

    if (!str_split(&id, '/', &kind))
        id = t->op->media_ref;
    url = arena_printf(t->mem, "%s/v2/bot/message/%s/content%s", t->op->channel->file_base, escaped(t->mem, id).ptr,
                       what);
    return *what ? call_to(t, "GET", url, TEXT("")) : fetch(t, url, true);
}

/* "video/ID" and "audio/ID" are ready only when LINE says so; "image/ID" and "file/ID" at once. */
static int begin_media(struct turn *t)
{
    struct text ref = t->op->media_ref;

    if (text_starts(ref, TEXT("https://")))
        return fetch(t, arena_copy(t->mem, ref), false);
    if (ref.len == 0 || ref.len > 200)
        return line_result(t->out, OUTCOME_PERMANENT, "file_gone", TEXT(""));
    if (!text_starts(ref, TEXT("video/")) && !text_starts(ref, TEXT("audio/")))
        return call_content(t, "");
    t->state->stage = STAGE_READY;
    return call_content(t, "/transcoding");
}

static int not_ready(struct turn *t)
{
    t->out->until = t->now + NOT_READY_US;
    return line_result(t->out, OUTCOME_RETRY_AT, "file_unavailable", TEXT("not ready yet"));
}

static int end_ready(struct turn *t)
{
    struct text status = payload_text(t->root, "status");

    if (text_equal(status, TEXT("processing")))
        return not_ready(t);
    if (text_equal(status, TEXT("failed")))
        return line_result(t->out, OUTCOME_PERMANENT, "file_gone", TEXT("LINE could not make it playable"));
    return call_content(t, "");
}

static int end_fetch(struct turn *t)
{
    for (size_t i = 0; i < t->reply->header_count; i++)
        if (str_equal_nocase(t->reply->headers[i].name, TEXT("Content-Type"))) {
            struct text mime = t->reply->headers[i].value, head;

            (void)str_split(&mime, ';', &head);
            t->out->media_mime = arena_text(t->mem, str_trim(head));
        }
    return line_result(t->out, OUTCOME_OK, NULL, TEXT(""));
}

static int end_media(struct turn *t)
{
    return t->state->stage == STAGE_FETCH ? end_fetch(t) : end_ready(t);
}

/* ---- the webhook's address ---- */

static int begin_hook_set(struct turn *t)
{
    return post(t, "PUT", "/v2/bot/channel/webhook/endpoint",
                json_pack("{s:s%}", "endpoint", t->op->hook_url.ptr ? t->op->hook_url.ptr : "", t->op->hook_url.len));
}

/* Once set, LINE is asked to knock: an address that it cannot reach is no webhook. */
static int end_hook_set(struct turn *t)
{
    struct text reason = payload_text(t->root, "reason"), detail = payload_text(t->root, "detail");

    if (t->state->stage != STAGE_TEST) {
        t->state->stage = STAGE_TEST;
        return post(t, "POST", "/v2/bot/channel/webhook/test",
                    json_pack("{s:s%}", "endpoint", t->op->hook_url.ptr ? t->op->hook_url.ptr : "",
                              t->op->hook_url.len));
    }
    if (payload_true(t->root, "success"))
        return 0;
    return line_result(t->out, OUTCOME_RETRY, "hook_unreachable",
                       text_of(arena_printf(t->mem, "%.*s: %.*s", (int)reason.len, reason.ptr ? reason.ptr : "",
                                            (int)detail.len, detail.ptr ? detail.ptr : "")));
}

static int begin_hook_info(struct turn *t)
{
    return get(t, "/v2/bot/channel/webhook/endpoint");
}

/* Never the address itself, whose last part is a secret. No answer: none was ever set. */
static int end_hook_info(struct turn *t)
{
    struct text endpoint = payload_text(t->root, "endpoint");
    bool is_ours = endpoint.len && (!t->op->hook_url.len || text_equal(endpoint, t->op->hook_url));
    AUTO(json) json_t *facts = json_pack("{s:{s:b,s:b}}", "hook", "is_set", is_ours, "is_active",
                                         payload_true(t->root, "active"));

    if (endpoint.len && !is_ours)
        json_object_set_new(json_object_get(facts, "hook"), "is_elsewhere", json_true());
    t->out->facts = payload_dump(t->mem, facts);
    return 0;
}

/* ---- the rest ---- */

static int begin_mark_read(struct turn *t)
{
    json_error_t ignored;
    struct text detail = t->op->target_detail;
    AUTO(json) json_t *about = detail.len ? json_loadb(detail.ptr, detail.len, 0, &ignored) : NULL;
    struct text token = payload_text(about, "mark_read_token");

    if (!token.len)
        return line_result(t->out, OUTCOME_PERMANENT, "not_possible", TEXT("the message came without a token for it"));
    return post(t, "POST", "/v2/bot/chat/markAsRead", json_pack("{s:s%}", "markAsReadToken", token.ptr, token.len));
}

/* A stateless token: any number of them, each good for a quarter of an hour. */
static int begin_renew(struct turn *t)
{
    static const struct header form[] = { { TEXT_INIT("Content-Type"),
                                            TEXT_INIT("application/x-www-form-urlencoded") } };
    const struct channel_facts *ch = t->op->channel;
    struct text secret = ch->app_secret.len ? ch->app_secret : ch->hook_secret;

    if (!ch->app_id.len || !secret.len)
        return line_result(t->out, OUTCOME_AUTH, "unauthorized", TEXT("no channel id to renew the token with"));
    (void)call_to(t, "POST", arena_printf(t->mem, "%s/oauth2/v3/token", ch->api_base),
                  text_of(arena_printf(t->mem, "grant_type=client_credentials&client_id=%s&client_secret=%s",
                                       escaped(t->mem, ch->app_id).ptr, escaped(t->mem, secret).ptr)));
    t->out->call.headers = form;
    t->out->call.header_count = 1;
    return 0;
}

static int end_renew(struct turn *t)
{
    int64_t seconds = payload_number(t->root, "expires_in", 0);

    t->out->grant.token = arena_text(t->mem, payload_text(t->root, "access_token"));
    if (!t->out->grant.token.len)
        return line_result(t->out, OUTCOME_RETRY, "unreachable", TEXT("an answer without a token"));
    t->out->grant.expires_at = seconds > 0 && seconds < 400 * 86400 ? t->now + seconds * US_PER_S : TIME_NONE;
    return 0;
}

static int end_mark_read(struct turn *t)
{
    (void)t;
    return 0;
}

static const struct {
    int (*begin)(struct turn *t);
    int (*end)(struct turn *t); /* after a 200 */
} ops[OP_KIND_COUNT] = {
    [OP_CHECK] = { begin_check, end_check },
    [OP_SEND] = { begin_send, end_send },
    [OP_MEDIA] = { begin_media, end_media },
    [OP_HOOK_SET] = { begin_hook_set, end_hook_set },
    [OP_HOOK_INFO] = { begin_hook_info, end_hook_info },
    [OP_MARK_READ] = { begin_mark_read, end_mark_read },
    [OP_PROFILE] = { begin_profile, end_profile },
    [OP_QUOTA] = { begin_quota, end_quota },
    [OP_RENEW] = { begin_renew, end_renew },
};

static int begin(struct turn *t)
{
    if (!ops[t->op->kind].begin)
        return line_result(t->out, OUTCOME_PERMANENT, "not_possible", TEXT(""));
    if (t->op->kind != OP_RENEW && !token_is_sane(t->op->channel->token))
        return line_result(t->out, OUTCOME_AUTH, "unauthorized", TEXT("not the form of a channel access token"));
    (void)ops[t->op->kind].begin(t);
    if (t->state->stage == 0)
        t->state->stage = STAGE_FIRST;
    return 0;
}

int line_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
              struct arena *mem, struct step *out, struct fail *why)
{
    AUTO(json) json_t *root = NULL;
    bool may_repeat = state->stage == STAGE_PUSH && key_is_sane(op->retry_key);
    struct turn t = { op, state, reply, NULL, now, mem, out };

    (void)why;
    *out = (struct step){ .until = TIME_NONE, .sent_at = TIME_NONE, .grant.expires_at = TIME_NONE };
    if (!reply)
        return begin(&t);
    if (op->kind == OP_MEDIA && reply->status == 202)
        return not_ready(&t);
    if (state->stage == STAGE_FRIENDS)
        return end_followers(&t);
    bool went_well = line_answer(op, may_repeat, reply, now, mem, &root, out);
    t.root = root;
    if (went_well)
        return ops[op->kind].end(&t);
    if (state->stage == STAGE_REPLY && reply_token_is_refused(&t))
        return begin_send(&t);
    if (op->kind == OP_SEND && out->outcome == OUTCOME_DUPLICATE_OK)
        return end_send(&t);
    if (op->kind == OP_HOOK_INFO && reply->status == 404) {
        (void)line_result(out, OUTCOME_OK, NULL, TEXT(""));
        return end_hook_info(&t);
    }
    return 0;
}

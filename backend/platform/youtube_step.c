/* The Data API calls that a YouTube channel makes, one at a time, and what their answers come to. */
#include "youtube_priv.h"

#include "util/enc.h"
#include "util/str.h"

#include <stdlib.h>

#define CALL_TIMEOUT_MS 15000
/* A hundred threads of a long comment and five long replies each, all written \uXXXX. */
#define REPLY_MAX (48 << 20)
#define LOOK_PAGES 10
/* A fresh comment is not in the lists at once. */
#define LOOK_PATIENCE_US (120 * US_PER_S)
#define CLOCK_SKEW_US (120 * US_PER_S)
#define VIDEO_ID_LEN 11

/* A token stands in a header: no line may end in it. */
static bool token_is_sane(struct text token)
{
    for (size_t i = 0; i < token.len; i++)
        if (token.ptr[i] <= ' ' || token.ptr[i] > '~')
            return false;
    return token.len > 0 && token.len <= 4096;
}

const char *youtube_parameter(struct arena *mem, const char *name, struct text value)
{
    struct buf escaped = BUF_INIT(1 << 20);
    const char *kept;

    enc_percent(&escaped, value);
    kept = arena_printf(mem, "&%s=%s", name, escaped.len ? escaped.ptr : "");
    buf_fini(&escaped);
    return kept;
}

int youtube_call(const struct op *op, struct arena *mem, const char *method, const char *path_and_query, json_t *body,
                 struct step *out)
{
    const struct channel_facts *ch = op->channel;
    struct header *headers = arena_array(mem, struct header, 2);

    headers[0] = (struct header){ TEXT("Authorization"),
                                  text_of(arena_printf(mem, "Bearer %.*s", (int)ch->token.len, ch->token.ptr)) };
    headers[1] = (struct header){ TEXT("Content-Type"), TEXT("application/json") };
    out->kind = STEP_CALL;
    out->call = (struct http_call){
        .method = method,
        .url = arena_printf(mem, "%s%s", ch->api_base, path_and_query),
        .headers = headers,
        .header_count = body ? 2 : 1,
        .body = body ? payload_dump(mem, body) : (struct text){ NULL, 0 },
        .timeout_ms = CALL_TIMEOUT_MS,
        .max_reply = REPLY_MAX,
        .may_repeat = op->kind != OP_SEND,
    };
    json_decref(body);
    return 0;
}

static json_t *word(struct text t)
{
    return json_stringn(t.ptr ? t.ptr : "", t.len);
}

static json_t *snippet_of(json_t *snippet)
{
    return json_pack("{s:o}", "snippet", snippet);
}

struct text youtube_page(struct arena *mem, const struct op *op, const char *kind, time_us now, json_t *items,
                         json_t *gone, json_t *released)
{
    AUTO(json) json_t *page = json_pack("{s:s,s:o,s:o}", "page", kind, "channel", word(op->channel->external_id), "items",
                                        items);
    char at[TIME_TEXT_SIZE];

    json_object_set_new(page, "at", json_string(time_format(now, at)));
    if (json_array_size(gone))
        json_object_set(page, "gone", gone);
    if (json_array_size(released))
        json_object_set(page, "released", released);
    json_decref(gone);
    json_decref(released);
    return payload_dump(mem, page);
}

/* ---- the account ---- */

static int begin_check(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    state->stage = 1;
    return youtube_call(op, mem, "GET", "/youtube/v3/channels?part=id,snippet,contentDetails,statistics&mine=true", NULL,
                        out);
}

static struct text facts_of(struct arena *mem, const json_t *channel, size_t name_max)
{
    const json_t *snippet = json_object_get(channel, "snippet"), *numbers = json_object_get(channel, "statistics");
    const json_t *lists = json_object_get(json_object_get(channel, "contentDetails"), "relatedPlaylists");
    struct text handle = str_utf8_cut(payload_text(snippet, "customUrl"), 60);
    int64_t followers = payload_number(numbers, "subscriberCount", -1);
    AUTO(json) json_t *facts = json_object();

    (void)str_skip(&handle, TEXT("@"));
    json_object_set_new(facts, "name", word(str_utf8_cut(payload_text(snippet, "title"), name_max)));
    json_object_set_new(facts, "username", word(handle));
    json_object_set_new(facts, "uploads", word(str_utf8_cut(payload_text(lists, "uploads"), 60)));
    if (followers >= 0 && !payload_true(numbers, "hiddenSubscriberCount"))
        json_object_set_new(facts, "followers", json_integer(followers));
    return payload_dump(mem, facts);
}

/* The account is known; now whether we may read what only its owner sees, which the same permission allows that replying
 * and moderating need. Id and facts wait in scratch. */
static int check_rights(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                        struct step *out)
{
    const json_t *channel = json_array_get(json_object_get(root, "items"), 0);
    struct text id = payload_text(channel, "id"), facts = facts_of(mem, channel, 200);

    if (!id.len || id.len > 100)
        return youtube_result(out, OUTCOME_PERMANENT, "account_missing", (struct text){ NULL, 0 });
    if (id.len + facts.len + 2 > sizeof state->scratch)
        facts = facts_of(mem, NULL, 0);
    memcpy(state->scratch, id.ptr, id.len);
    state->scratch[id.len] = '\n';
    memcpy(state->scratch + id.len + 1, facts.ptr, facts.len);
    state->scratch[id.len + 1 + facts.len] = '\0';
    state->stage = 2;
    return youtube_call(op, mem, "GET",
                        arena_printf(mem, "/youtube/v3/commentThreads?part=id&maxResults=1&moderationStatus=heldForReview%s",
                                     youtube_parameter(mem, "allThreadsRelatedToChannelId", id)),
                        NULL, out);
}

static int end_check(const struct op *op, struct step_state *state, const json_t *root, struct arena *mem,
                     struct step *out)
{
    struct text rest, id;

    out->cost = state->stage;
    if (state->stage == 1)
        return check_rights(op, state, root, mem, out);
    rest = arena_text(mem, text_of(state->scratch));
    (void)str_split(&rest, '\n', &id);
    out->external_id = id;
    out->facts = rest;
    return 0;
}

static int begin_profile(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    (void)state;
    if (!op->author_id.len)
        return youtube_result(out, OUTCOME_PERMANENT, "deactivated", (struct text){ NULL, 0 });
    return youtube_call(op, mem, "GET",
                        arena_printf(mem, "/youtube/v3/channels?part=snippet,statistics%s",
                                     youtube_parameter(mem, "id", op->author_id)),
                        NULL, out);
}

static int end_profile(const struct op *op, const json_t *root, time_us now, struct arena *mem, struct step *out)
{
    json_t *items = json_object_get(root, "items");

    if (!json_array_size(items))
        return youtube_result(out, OUTCOME_CONTACT_GONE, "deactivated", (struct text){ NULL, 0 });
    out->page = youtube_page(mem, op, "profile", now, json_incref(items), NULL, NULL);
    return 0;
}

/* ---- writing ---- */

/* A thread named like a video is the video's own strand: what is said there opens a new thread. */
static int begin_send(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text thread = youtube_top_id(op->thread_id), none = { NULL, 0 };

    (void)state;
    if (op->attachment || op->send_as != SEND_PLAIN || op->thread_type != THREAD_COMMENT)
        return youtube_result(out, OUTCOME_PERMANENT, "not_possible", none);
    if (!thread.len)
        return youtube_result(out, OUTCOME_PERMANENT, "comment_gone", none);
    if (!str_trim(op->text).len)
        return youtube_result(out, OUTCOME_PERMANENT, "empty", none);
    if (str_utf16_units(op->text) > YOUTUBE_TEXT_UNITS)
        return youtube_result(out, OUTCOME_PERMANENT, "too_long", none);
    if (thread.len == VIDEO_ID_LEN)
        return youtube_call(op, mem, "POST", "/youtube/v3/commentThreads?part=snippet",
                            snippet_of(json_pack("{s:o,s:o,s:o}", "channelId", word(op->channel->external_id), "videoId",
                                                 word(thread), "topLevelComment",
                                                 snippet_of(json_pack("{s:o}", "textOriginal", word(op->text))))),
                            out);
    return youtube_call(op, mem, "POST", "/youtube/v3/comments?part=snippet",
                        snippet_of(json_pack("{s:o,s:o}", "parentId", word(thread), "textOriginal", word(op->text))), out);
}

static int end_send(const json_t *root, struct arena *mem, struct step *out)
{
    const json_t *top = json_object_get(json_object_get(root, "snippet"), "topLevelComment");
    const json_t *comment = json_is_object(top) && payload_text(top, "id").len ? top : root;
    struct text id = payload_text(comment, "id");

    if (!id.len)
        return youtube_result(out, OUTCOME_UNKNOWN, "no_answer", TEXT("an answer without a comment's id"));
    out->external_id = arena_text(mem, id);
    (void)payload_moment(json_object_get(comment, "snippet"), "publishedAt", &out->sent_at);
    return 0;
}

static int begin_edit(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    (void)state;
    if (!str_trim(op->text).len)
        return youtube_result(out, OUTCOME_PERMANENT, "empty", (struct text){ NULL, 0 });
    if (str_utf16_units(op->text) > YOUTUBE_TEXT_UNITS)
        return youtube_result(out, OUTCOME_PERMANENT, "too_long", (struct text){ NULL, 0 });
    return youtube_call(op, mem, "PUT", "/youtube/v3/comments?part=snippet",
                        json_pack("{s:o,s:o}", "id", word(op->target), "snippet",
                                  json_pack("{s:o}", "textOriginal", word(op->text))),
                        out);
}

static int begin_moderate(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    static const struct {
        enum moderation act;
        const char *status;
    } acts[] = {
        { MODERATE_HIDE, "heldForReview" },   { MODERATE_UNHIDE, "published" },  { MODERATE_HOLD, "heldForReview" },
        { MODERATE_PUBLISH, "published" },    { MODERATE_REJECT, "rejected" },
    };
    const char *id = youtube_parameter(mem, "id", op->target);

    (void)state;
    if (!op->target.len)
        return youtube_result(out, OUTCOME_PERMANENT, "comment_gone", (struct text){ NULL, 0 });
    if (op->moderation == MODERATE_DELETE)
        return youtube_call(op, mem, "DELETE", arena_printf(mem, "/youtube/v3/comments?%s", id + 1), NULL, out);
    for (size_t i = 0; i < COUNT_OF(acts); i++)
        if (acts[i].act == op->moderation)
            return youtube_call(op, mem, "POST",
                                arena_printf(mem, "/youtube/v3/comments/setModerationStatus?moderationStatus=%s%s",
                                             acts[i].status, id),
                                NULL, out);
    return youtube_result(out, OUTCOME_PERMANENT, "not_possible", (struct text){ NULL, 0 });
}

/* ---- was it sent? ---- */

static int look_page(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    struct text thread = youtube_top_id(op->thread_id), token = text_of(state->scratch);
    const char *more = token.len ? youtube_parameter(mem, "pageToken", token) : "";

    if (thread.len == VIDEO_ID_LEN)
        return youtube_call(op, mem, "GET",
                            arena_printf(mem, "/youtube/v3/commentThreads?part=snippet&order=time&maxResults=100"
                                              "&textFormat=plainText%s%s",
                                         youtube_parameter(mem, "videoId", thread), more),
                            NULL, out);
    return youtube_call(op, mem, "GET",
                        arena_printf(mem, "/youtube/v3/comments?part=snippet&maxResults=100&textFormat=plainText%s%s",
                                     youtube_parameter(mem, "parentId", thread), more),
                        NULL, out);
}

static int begin_look(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    state->stage = 1;
    if (!op->channel->external_id.len)                  /* nothing could be told to be ours */
        return youtube_result(out, OUTCOME_UNKNOWN, "account_missing", (struct text){ NULL, 0 });
    return op->thread_id.len ? look_page(op, state, mem, out)
                             : youtube_result(out, OUTCOME_PERMANENT, "not_sent", (struct text){ NULL, 0 });
}

/* A platform may store other blanks than were sent. */
static bool same_words(struct text a, struct text b)
{
    static const char blanks[] = " \t\r\n";
    size_t i = 0, k = 0;

    for (;;) {
        while (i < a.len && memchr(blanks, a.ptr[i], sizeof blanks - 1))
            i++;
        while (k < b.len && memchr(blanks, b.ptr[k], sizeof blanks - 1))
            k++;
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len;
        if (a.ptr[i++] != b.ptr[k++])
            return false;
    }
}

static bool is_ours(const struct op *op, const json_t *comment, struct arena *mem)
{
    const json_t *snippet = json_object_get(comment, "snippet");
    struct text words = youtube_comment_text(mem, snippet, true, NULL);
    time_us at = TIME_NONE;

    if (!text_equal(youtube_author_id(snippet), op->channel->external_id))
        return false;
    if (op->sent_after != TIME_NONE && payload_moment(snippet, "publishedAt", &at) &&
        at < op->sent_after - CLOCK_SKEW_US)
        return false;
    return same_words(words, op->text);
}

static int end_look(const struct op *op, struct step_state *state, const json_t *root, time_us now, struct arena *mem,
                    struct step *out)
{
    const json_t *items = json_object_get(root, "items");
    struct text token = payload_text(root, "nextPageToken"), none = { NULL, 0 };

    out->cost = state->stage;
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i);
        const json_t *top = json_object_get(json_object_get(item, "snippet"), "topLevelComment");

        if (is_ours(op, json_is_object(top) ? top : item, mem))
            return end_send(json_is_object(top) ? top : item, mem, out);
    }
    if (token.len) {
        if (token.len >= sizeof state->scratch || state->stage >= LOOK_PAGES)
            return youtube_result(out, OUTCOME_UNKNOWN, "too_many", none);
        memcpy(state->scratch, token.ptr, token.len);
        state->scratch[token.len] = '\0';
        state->stage++;
        return look_page(op, state, mem, out);
    }
    if (op->sent_after != TIME_NONE && now < op->sent_after + LOOK_PATIENCE_US)
        return youtube_result(out, OUTCOME_UNKNOWN, "too_early", none);
    return youtube_result(out, OUTCOME_PERMANENT, "not_sent", none);
}

/* ---- credentials ---- */

static int token_call(const struct op *op, const char *form, struct step *out)
{
    static const struct header form_type[] = {
        { { "Content-Type", 12 }, { "application/x-www-form-urlencoded", 33 } },
    };

    out->kind = STEP_CALL;
    out->call = (struct http_call){
        .method = "POST",
        .url = op->channel->auth_base,
        .headers = form_type,
        .header_count = 1,
        .body = text_of(form),
        .timeout_ms = CALL_TIMEOUT_MS,
        .max_reply = 1 << 20,
        .may_repeat = op->kind == OP_RENEW,
    };
    return 0;
}

static const char *app_fields(const struct op *op, struct arena *mem)
{
    return arena_printf(mem, "%s%s", youtube_parameter(mem, "client_id", op->channel->app_id),
                        op->channel->app_secret.len ? youtube_parameter(mem, "client_secret", op->channel->app_secret)
                                                    : "");
}

static int begin_grant(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    (void)state;
    if (!op->code.len)
        return youtube_result(out, OUTCOME_AUTH, "login_again", (struct text){ NULL, 0 });
    return token_call(op,
                      arena_printf(mem, "grant_type=authorization_code%s%s%s%s", youtube_parameter(mem, "code", op->code),
                                   app_fields(op, mem), youtube_parameter(mem, "redirect_uri", op->redirect_url),
                                   op->code_verifier.len ? youtube_parameter(mem, "code_verifier", op->code_verifier) : ""),
                      out);
}

static int begin_renew(const struct op *op, struct step_state *state, struct arena *mem, struct step *out)
{
    (void)state;
    if (!op->channel->refresh_token.len)
        return youtube_result(out, OUTCOME_AUTH, "login_again", (struct text){ NULL, 0 });
    return token_call(op,
                      arena_printf(mem, "grant_type=refresh_token%s%s",
                                   youtube_parameter(mem, "refresh_token", op->channel->refresh_token),
                                   app_fields(op, mem)),
                      out);
}

static bool has_scope(struct text scopes)
{
    struct text one;
    bool more;

    do {
        more = str_split(&scopes, ' ', &one);
        if (text_equal(one, TEXT(YOUTUBE_SCOPE)))
            return true;
    } while (more);
    return false;
}

static int end_token(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                     struct step *out)
{
    AUTO(json) json_t *root = NULL;
    struct text scopes;
    int64_t lasts;

    if (!youtube_token_answer(reply, mem, &root, out))
        return 0;
    scopes = payload_text(root, "scope");
    if (scopes.len && !has_scope(scopes))
        return youtube_result(out, OUTCOME_AUTH, "permission_missing", TEXT(YOUTUBE_SCOPE));
    /* Without one the channel would be deaf in an hour: Google hands it out at the first consent only, or when asked
     * for consent again. */
    if (op->kind == OP_GRANT && !payload_text(root, "refresh_token").len && !op->channel->refresh_token.len)
        return youtube_result(out, OUTCOME_AUTH, "login_again", TEXT("no refresh token came"));
    lasts = payload_number(root, "expires_in", 3600);
    out->grant.token = arena_text(mem, payload_text(root, "access_token"));
    if (payload_text(root, "refresh_token").len)
        out->grant.refresh_token = arena_text(mem, payload_text(root, "refresh_token"));
    out->grant.expires_at = now + (lasts > 0 && lasts < 86400 * 365 ? lasts : 3600) * US_PER_S;
    return 0;
}

/* ---- the budget ---- */

/* The API does not tell: what is known is what was counted here. */
static int begin_quota(const struct op *op, time_us now, struct arena *mem, struct step *out)
{
    struct youtube_quota q = youtube_quota_of(op->channel->state, now);
    char resets[TIME_TEXT_SIZE];
    AUTO(json) json_t *facts = json_pack("{s:I,s:s,s:{s:i,s:i,s:i,s:i,s:i}}", "limit", (json_int_t)q.limit, "resets_at",
                                         time_format(youtube_quota_reset(now), resets), "costs", "send",
                                         YOUTUBE_WRITE_COST, "edit", YOUTUBE_WRITE_COST, "moderate", YOUTUBE_WRITE_COST,
                                         "delete", YOUTUBE_WRITE_COST, "page", 1);

    if (q.is_told)
        json_object_set_new(facts, "used", json_integer(q.used));
    out->facts = payload_dump(mem, facts);
    return youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 });
}

/* ---- the machine ---- */

static bool is_write(enum op_kind kind)
{
    return kind == OP_SEND || kind == OP_EDIT || kind == OP_MODERATE;
}

static int begin(const struct op *op, struct step_state *state, time_us now, struct arena *mem, struct step *out)
{
    static int (*const begins[OP_KIND_COUNT])(const struct op *op, struct step_state *state, struct arena *mem,
                                              struct step *out) = {
        [OP_CHECK] = begin_check, [OP_SEND] = begin_send,   [OP_LOOK] = begin_look,   [OP_EDIT] = begin_edit,
        [OP_GRANT] = begin_grant, [OP_RENEW] = begin_renew, [OP_PROFILE] = begin_profile,
        [OP_MODERATE] = begin_moderate,
    };

    if (op->kind == OP_QUOTA)
        return begin_quota(op, now, mem, out);
    if (op->kind != OP_GRANT && op->kind != OP_RENEW && !token_is_sane(op->channel->token))
        return youtube_result(out, OUTCOME_AUTH, "unauthorized", TEXT("not the form of an access token"));
    if (op->kind == OP_POLL)
        return youtube_poll_begin(op, state, now, mem, out);
    if (op->kind == OP_BACKFILL)
        return youtube_backfill_begin(op, now, mem, out);
    if ((unsigned)op->kind >= OP_KIND_COUNT || !begins[op->kind])
        return youtube_result(out, OUTCOME_PERMANENT, "not_possible", (struct text){ NULL, 0 });
    return begins[op->kind](op, state, mem, out);
}

static int end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;

    if (op->kind == OP_GRANT || op->kind == OP_RENEW)
        return end_token(op, reply, now, mem, out);
    if (op->kind == OP_POLL)
        return youtube_poll_end(op, state, reply, now, mem, out);
    if (op->kind == OP_BACKFILL)
        return youtube_backfill_end(op, reply, now, mem, out);
    if (reply->status || reply->sent)
        out->cost = is_write(op->kind) ? YOUTUBE_WRITE_COST : state->stage > 1 ? state->stage : 1;
    if (!youtube_answer(op, reply, now, mem, &root, out)) {
        if (op->kind == OP_CHECK && state->stage == 2 && out->outcome == OUTCOME_PERMANENT &&
            strcmp(out->why_code, "forbidden") != 0) {
            /* the list was not to be had for another reason than ours */
            (void)youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 });
            return end_check(op, state, NULL, mem, out);
        }
        /* A look that was refused saw nothing; only where the thread itself is gone there is nothing to see. */
        if (op->kind == OP_LOOK && out->outcome == OUTCOME_PERMANENT && reply->status != 404)
            return youtube_result(out, OUTCOME_UNKNOWN, out->why_code, out->why);
        if (op->kind == OP_MODERATE && op->moderation == MODERATE_DELETE && reply->status == 404)
            return youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 });
        return 0;
    }
    if (op->kind == OP_SEND)
        return end_send(root, mem, out);
    if (op->kind == OP_CHECK)
        return end_check(op, state, root, mem, out);
    if (op->kind == OP_LOOK)
        return end_look(op, state, root, now, mem, out);
    return op->kind == OP_PROFILE ? end_profile(op, root, now, mem, out) : 0;
}

int youtube_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                 struct arena *mem, struct step *out, struct fail *why)
{
    (void)why;
    *out = (struct step){ .until = TIME_NONE, .sent_at = TIME_NONE, .grant = { .expires_at = TIME_NONE } };
    if (!reply)
        return begin(op, state, now, mem, out);
    if (end(op, state, reply, now, mem, out))
        return -1;
    if (out->kind != STEP_RESULT || !out->why_code || strcmp(out->why_code, YOUTUBE_PROCESSING) != 0)
        return 0;
    if (state->tries++ == 0) {
        out->kind = STEP_WAIT;
        out->until = now + 30 * US_PER_S;
        return 0;
    }
    return youtube_result(out, OUTCOME_PERMANENT, "rejected", out->why);
}

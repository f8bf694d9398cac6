/* How calls to X are made, and what they cost. */
#include "x_priv.h"

#include "util/enc.h"
#include "util/str.h"

#define CALL_TIMEOUT_MS 15000
/* A hundred long posts with what stands beside them, all written \uXXXX. */
#define REPLY_MAX (32 << 20)
#define DAY_US    (86400 * US_PER_S)

/* A token stands in a header: no line may end in it. */
static bool token_is_sane(struct text token)
{
    for (size_t i = 0; i < token.len; i++)
        if (token.ptr[i] <= ' ' || token.ptr[i] > '~')
            return false;
    return token.len > 0 && token.len <= 4096;
}

const char *x_parameter(struct arena *mem, const char *name, struct text value)
{
    struct buf escaped = BUF_INIT(1 << 20);
    const char *kept;

    enc_percent(&escaped, value);
    kept = arena_printf(mem, "&%s=%s", name, escaped.len ? escaped.ptr : "");
    buf_fini(&escaped);
    return kept;
}

int x_call_with(const struct op *op, struct arena *mem, struct text token, const char *method,
                const char *path_and_query, json_t *body, struct step *out)
{
    struct header *headers = arena_array(mem, struct header, 2);

    if (!token_is_sane(token)) {
        json_decref(body);
        return x_result(out, OUTCOME_AUTH, "unauthorized", TEXT("not the form of an access token"));
    }
    headers[0] =
        (struct header) { TEXT("Authorization"), text_of(arena_printf(mem, "Bearer %.*s", (int)token.len, token.ptr)) };
    headers[1] = (struct header) { TEXT("Content-Type"), TEXT("application/json") };
    out->kind = STEP_CALL;
    out->call = (struct http_call) {
        .method = method,
        .url = arena_printf(mem, "%s%s", op->channel->api_base, path_and_query),
        .headers = headers,
        .header_count = body ? 2 : 1,
        .body = body ? payload_dump(mem, body) : (struct text) { NULL, 0 },
        .timeout_ms = CALL_TIMEOUT_MS,
        .max_reply = REPLY_MAX,
        .may_repeat = op->kind != OP_SEND,
    };
    json_decref(body);
    return 0;
}

int x_call(const struct op *op, struct arena *mem, const char *method, const char *path_and_query, json_t *body,
           struct step *out)
{
    return x_call_with(op, mem, op->channel->token, method, path_and_query, body, out);
}

int x_token_call(const struct op *op, struct arena *mem, const char *path, struct text user, struct text secret,
                 const char *form, struct step *out)
{
    struct header *headers = arena_array(mem, struct header, 2);
    struct buf pair = BUF_INIT(8192), basic = BUF_INIT(16384);

    buf_text(&pair, user);
    buf_char(&pair, ':');
    buf_text(&pair, secret);
    buf_str(&basic, "Basic ");
    enc_base64(&basic, buf_as_text(&pair));
    headers[0] = (struct header) { TEXT("Content-Type"), TEXT("application/x-www-form-urlencoded") };
    headers[1] = (struct header) { TEXT("Authorization"), arena_text(mem, buf_as_text(&basic)) };
    out->kind = STEP_CALL;
    out->call = (struct http_call) {
        .method = "POST",
        .url = arena_printf(mem, "%s%s", op->channel->api_base, path),
        .headers = headers,
        .header_count = secret.len ? 2 : 1,
        .body = text_of(form),
        .timeout_ms = CALL_TIMEOUT_MS,
        .max_reply = 1 << 20,
    };
    if (pair.failed || basic.failed)
        (void)x_result(out, OUTCOME_AUTH, "app_secret_wrong", (struct text) { NULL, 0 });
    buf_fini(&pair);
    buf_fini(&basic);
    return 0;
}

/* ---- what is asked for ---- */

static json_t *state_of(const struct op *op)
{
    struct text state = op->channel->state;

    return state.len ? json_loadb(state.ptr, state.len, 0, NULL) : NULL;
}

const char *x_post_fields(const struct op *op, struct arena *mem)
{
    AUTO(json) json_t *state = state_of(op);
    const char *word = text_equal(payload_text(state, "naming"), TEXT("post")) ? "post" : "tweet";

    return arena_printf(mem,
                        "&%s.fields=created_at,author_id,conversation_id,in_reply_to_user_id,referenced_%ss,"
                        "public_metrics,entities,attachments,edit_history_%s_ids,note_%s"
                        "&expansions=author_id,attachments.media_keys&user.fields=username,name,profile_image_url"
                        "&media.fields=type,url,preview_image_url,variants,alt_text",
                        word, word, word, word);
}

const char *x_direct_fields(const struct op *op, struct arena *mem)
{
    AUTO(json) json_t *state = state_of(op);
    const char *word = text_equal(payload_text(state, "naming"), TEXT("post")) ? "post" : "tweet";

    return arena_printf(mem,
                        "&dm_event.fields=id,text,event_type,created_at,sender_id,dm_conversation_id,participant_ids,"
                        "attachments,referenced_%ss,entities&expansions=sender_id,attachments.media_keys"
                        "&user.fields=username,name,profile_image_url"
                        "&media.fields=type,url,preview_image_url,variants,alt_text",
                        word);
}

struct text x_page(struct arena *mem, const struct op *op, const char *kind, time_us now, struct text answer)
{
    struct text us = op->channel->external_id, body = payload_mend(mem, answer);
    struct buf page = BUF_INIT((size_t)128 << 20);
    char at[TIME_TEXT_SIZE];
    struct text kept;

    buf_printf(&page, "{\"page\":\"%s\",\"channel\":\"%.*s\",\"at\":\"%s\",\"answer\":", kind,
               x_is_id(us) ? (int)us.len : 0, us.ptr ? us.ptr : "", time_format(now, at));
    buf_text(&page, body);
    buf_char(&page, '}');
    kept = page.failed ? (struct text) { NULL, 0 } : arena_text(mem, buf_as_text(&page));
    buf_fini(&page);
    return kept;
}

/* ---- money ---- */

const char *const x_price_words[X_PRICE_COUNT] = {
    [X_PRICE_POST_READ] = "post_read", [X_PRICE_OWN_READ] = "own_read", [X_PRICE_USER_READ] = "user_read",
    [X_PRICE_DIRECT_READ] = "dm_read", [X_PRICE_POST] = "post",         [X_PRICE_POST_LINK] = "post_link",
    [X_PRICE_DIRECT] = "dm",           [X_PRICE_MANAGE] = "manage",
};

/* The list of 2026, in thousandths of a dollar. */
static const int list_prices[X_PRICE_COUNT] = {
    [X_PRICE_POST_READ] = 5, [X_PRICE_OWN_READ] = 1,    [X_PRICE_USER_READ] = 10, [X_PRICE_DIRECT_READ] = 10,
    [X_PRICE_POST] = 15,     [X_PRICE_POST_LINK] = 200, [X_PRICE_DIRECT] = 15,    [X_PRICE_MANAGE] = 5,
};

static int price_of(const json_t *state, enum x_price what)
{
    int64_t set = payload_number(json_object_get(state, "prices"), x_price_words[what], list_prices[what]);

    return set >= 0 && set <= 1000000 ? (int)set : list_prices[what];
}

int x_price(const struct op *op, enum x_price what)
{
    AUTO(json) json_t *state = state_of(op);

    return price_of(state, what);
}

static int64_t used_today(const json_t *state, time_us now)
{
    const json_t *quota = json_object_get(state, "quota");
    int64_t used = payload_number(quota, "used", 0);

    return payload_number(quota, "day", -1) == now / DAY_US && used > 0 ? used : 0;
}

bool x_may_spend(const struct op *op, int cost, time_us now, struct step *out)
{
    AUTO(json) json_t *state = state_of(op);
    int64_t limit = payload_number(json_object_get(state, "quota"), "limit", -1);

    if (limit < 0 || used_today(state, now) <= limit - cost)
        return true;
    (void)x_result(out, OUTCOME_QUOTA, "budget_used", (struct text) { NULL, 0 });
    out->until = (now / DAY_US + 1) * DAY_US;
    return false;
}

struct text x_spent(struct text state, int cost, time_us now, struct arena *mem)
{
    AUTO(json) json_t *root = state.len ? json_loadb(state.ptr, state.len, 0, NULL) : NULL;
    AUTO(json) json_t *quota = json_object();
    json_t *limit = json_object_get(json_object_get(root, "quota"), "limit");

    if (limit)
        json_object_set(quota, "limit", limit);
    json_object_set_new(quota, "day", json_integer(now / DAY_US));
    json_object_set_new(quota, "used", json_integer(used_today(root, now) + cost));
    return payload_dump(mem, quota);
}

/* What was counted here; X itself tells nothing before the bill. */
int x_quota(const struct op *op, time_us now, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *state = state_of(op), *facts = json_object();
    int64_t limit = payload_number(json_object_get(state, "quota"), "limit", -1);
    json_t *costs = json_object();
    char resets[TIME_TEXT_SIZE];

    for (int i = 0; i < X_PRICE_COUNT; i++)
        json_object_set_new(costs, x_price_words[i], json_integer(price_of(state, (enum x_price)i)));
    if (limit >= 0)
        json_object_set_new(facts, "limit", json_integer(limit));
    json_object_set_new(facts, "used", json_integer(used_today(state, now)));
    json_object_set_new(facts, "resets_at", json_string(time_format((now / DAY_US + 1) * DAY_US, resets)));
    json_object_set_new(facts, "unit", json_string("usd/1000"));
    json_object_set_new(facts, "costs", costs);
    out->facts = payload_dump(mem, facts);
    return x_result(out, OUTCOME_OK, NULL, (struct text) { NULL, 0 });
}

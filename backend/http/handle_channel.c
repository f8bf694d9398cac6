/* Connected accounts. */
#include "http/handlers.h"

#include "http/app.h"
#include "http/view.h"
#include "util/str.h"

static const char *const platform_words[] = { "telegram", NULL };
static const char *const transport_words[] = { "poll", "hook", NULL };

struct channel_body {
    int platform, transport;
    struct text token, name;
};
const struct json_in_field channel_fields[] = {
    JSON_IN_WORD(struct channel_body, platform, true, platform_words),
    JSON_IN_TEXT(struct channel_body, token, true, 20, 512),
    JSON_IN_TEXT(struct channel_body, name, false, 1, 120),
    JSON_IN_WORD(struct channel_body, transport, false, transport_words),
    JSON_IN_END,
};

struct writing {
    struct json_out *j;
    const char *public_url;
    int count;
};

static int write_channel(const struct channel_view *v, void *arg)
{
    struct writing *w = arg;

    view_channel(w->j, v, w->public_url);
    w->count++;
    return 0;
}

int h_channels(struct request *rq, struct reply *rp)
{
    struct writing w = { reply_json(rp, 200), rq->app->cfg->http_public_url, 0 };

    jo_object(w.j);
    jo_key(w.j, "items");
    jo_array(w.j);
    if (channel_each(rq->ctx, 0, write_channel, &w))
        return -1;
    jo_end_array(w.j);
    cursor_write(w.j, "next", NULL);
    jo_end_object(w.j);
    return 0;
}

static int answer_channel(struct request *rq, struct reply *rp, int64_t id, int status)
{
    struct writing w = { reply_json(rp, status), rq->app->cfg->http_public_url, 0 };

    if (channel_each(rq->ctx, id, write_channel, &w))
        return -1;
    return w.count ? 0 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no channel");
}

static void tell(struct request *rq)
{
    notifier_work(rq->app->notifier);
    notifier_panel(rq->app->notifier, rq->ctx->who.business, "channel", 0);
}

/* "123456789:AA…": digits, a colon, at least 30 letters of the URL-safe alphabet. The digits are the bot's id. */
static int read_bot_token(struct request *rq, struct text token, struct text *id)
{
    struct text rest = token;
    int64_t n;
    bool ok = str_split(&rest, ':', id) && id->len <= 16 && str_whole_i64(*id, &n, 1, INT64_MAX) == 0 && rest.len >= 30;

    for (size_t i = 0; ok && i < rest.len; i++) {
        char c = rest.ptr[i];
        ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    }
    return ok ? 0 : fail_field(&rq->ctx->fail, "token", "not a bot token");
}

int h_channel_add(struct request *rq, struct reply *rp)
{
    struct channel_body in = { 0 };
    struct new_channel new_one = { .platform = PLATFORM_TELEGRAM };
    int64_t id = 0;

    if (request_decode(rq, &in) || request_key(rq, &new_one.key))
        return -1;
    new_one.token = str_trim(in.token);
    if (read_bot_token(rq, new_one.token, &new_one.external_id))
        return -1;
    /* Until the check has told the bot's own name. */
    new_one.name = in.name.ptr ? in.name : text_of(arena_printf(rq->ctx->mem, "Telegram %.*s",
                                                                (int)new_one.external_id.len, new_one.external_id.ptr));
    new_one.transport = in.transport == 1 ? TRANSPORT_HOOK : TRANSPORT_POLL;
    if (new_one.transport == TRANSPORT_HOOK && !rq->app->is_https)
        return fail_field(&rq->ctx->fail, "transport", "webhooks need http.public_url with https");
    if (channel_add(rq->ctx, &new_one, &id))
        return -1;
    tell(rq);
    return answer_channel(rq, rp, id, 201);
}

static int act(struct request *rq, struct reply *rp, enum channel_act what)
{
    int64_t id;

    if (request_id(rq, 1, &id) || channel_act(rq->ctx, id, what))
        return -1;
    tell(rq);
    return what == CHANNEL_ACT_REMOVE ? reply_empty(rp, 204) : answer_channel(rq, rp, id, 200);
}

int h_channel_check(struct request *rq, struct reply *rp)
{
    return act(rq, rp, CHANNEL_ACT_CHECK);
}

int h_channel_pause(struct request *rq, struct reply *rp)
{
    return act(rq, rp, CHANNEL_ACT_PAUSE);
}

int h_channel_resume(struct request *rq, struct reply *rp)
{
    return act(rq, rp, CHANNEL_ACT_RESUME);
}

int h_channel_remove(struct request *rq, struct reply *rp)
{
    return act(rq, rp, CHANNEL_ACT_REMOVE);
}

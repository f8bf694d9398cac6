/* Connected accounts. */
#include "http/handlers.h"

#include "http/app.h"
#include "http/handle_channel.h"
#include "http/view.h"

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

int answer_channel(struct request *rq, struct reply *rp, int64_t id, int status)
{
    struct writing w = { reply_json(rp, status), rq->app->cfg->http_public_url, 0 };

    if (channel_each(rq->ctx, id, write_channel, &w))
        return -1;
    return w.count ? 0 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no channel");
}

void tell_channel(struct request *rq)
{
    notifier_work(rq->app->notifier);
    notifier_panel(rq->app->notifier, rq->ctx->who.business, "channel", 0);
}

static int act(struct request *rq, struct reply *rp, enum channel_act what)
{
    int64_t id;

    if (request_id(rq, 1, &id) || channel_act(rq->ctx, id, what))
        return -1;
    tell_channel(rq);
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

/* Polling: one call an operation, chosen by the planner; what it brings, and what is to be asked next. */
#include "youtube_plan.h"

#include "util/str.h"

#define NEWS_PAGES_MAX 20
#define FIRST_PAGES_MAX 3                /* as many threads as are watched */
#define LIST_PAGES_MAX 5
#define HELD_PAUSE_S 600
#define SPAM_PAUSE_S 3600
#define UPLOADS_PAUSE_S 1800
#define NUMBERS_PAUSE_S (6 * 3600)
#define DAY_PAUSE_S 86400
#define DISBELIEF_S 3600
#define DOUBT_S 600                      /* between a comment's absence and the question whether it is gone */

#define THREADS "/youtube/v3/commentThreads?part=snippet,replies&textFormat=plainText"
#define COMMENTS "/youtube/v3/comments?part=snippet&textFormat=plainText"

#define X(name) name,
static const char *const lists[] = { YOUTUBE_LISTS(X) };
#undef X

/* ---- asking ---- */

static const char *page_parameter(struct arena *mem, struct text token)
{
    return token.len ? youtube_parameter(mem, "pageToken", token) : "";
}

static const char *list_url(const struct youtube_plan *p, const char *status, struct text token)
{
    return arena_printf(p->mem, THREADS "&order=time&maxResults=100%s%s%s%s",
                        status ? "&moderationStatus=" : "", status ? status : "",
                        youtube_parameter(p->mem, "allThreadsRelatedToChannelId", p->me), page_parameter(p->mem, token));
}

static const char *batch_url(const struct youtube_plan *p, enum youtube_task task, const char *begin)
{
    size_t batch[YOUTUBE_BATCH], n = youtube_plan_batch(p, task, batch);
    const struct youtube_watch *control = task == TASK_CONFIRM ? youtube_plan_control(p) : NULL;
    struct buf ids = BUF_INIT(1 << 16);
    const char *url;

    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_char(&ids, ',');
        buf_text(&ids, p->watch[batch[i]].id);
    }
    if (control) {
        buf_char(&ids, ',');
        buf_text(&ids, control->id);
    }
    url = arena_printf(p->mem, "%s%s", begin, youtube_parameter(p->mem, "id", buf_as_text(&ids)));
    buf_fini(&ids);
    return url;
}

static const char *numbers_url(const struct youtube_plan *p)
{
    struct buf ids = BUF_INIT(1 << 14);
    const char *url;

    for (size_t i = 0; i < p->video_count; i++) {
        if (i)
            buf_char(&ids, ',');
        buf_text(&ids, p->videos[i].id);
    }
    url = arena_printf(p->mem, "/youtube/v3/videos?part=snippet,statistics,status%s",
                       youtube_parameter(p->mem, "id", buf_as_text(&ids)));
    buf_fini(&ids);
    return url;
}

static const char *url_of(const struct youtube_plan *p, enum youtube_task task)
{
    switch (task) {
    case TASK_NEWS:
        return list_url(p, NULL, p->news_token);
    case TASK_HELD:
        return list_url(p, lists[0], (struct text){ NULL, 0 });
    case TASK_SPAM:
        return list_url(p, lists[1], (struct text){ NULL, 0 });
    case TASK_VERDICT:
        return list_url(p, lists[p->list % 3], p->list_token);
    case TASK_REPLIES:
        return arena_printf(p->mem, COMMENTS "&maxResults=100%s%s", youtube_parameter(p->mem, "parentId", p->queue[0].id),
                            page_parameter(p->mem, p->queue[0].token));
    case TASK_THREADS:
        return batch_url(p, task, THREADS);
    case TASK_COMMENTS:
    case TASK_CONFIRM:
        return batch_url(p, task, COMMENTS);
    case TASK_UPLOADS:
        return arena_printf(p->mem, "/youtube/v3/playlistItems?part=snippet,contentDetails&maxResults=20%s",
                            youtube_parameter(p->mem, "playlistId", p->uploads));
    case TASK_NUMBERS:
        return numbers_url(p);
    case TASK_CHANNEL:
    case TASK_NONE:
    case TASK_COUNT:
        break;
    }
    return "/youtube/v3/channels?part=id,snippet,contentDetails,statistics&mine=true";
}

/* The moment of asking decides what is asked; the answer is read with it. */
int youtube_poll_begin(const struct op *op, struct step_state *state, time_us now, struct arena *mem, struct step *out)
{
    struct youtube_plan p;
    int64_t until = 0;
    enum youtube_task task;

    youtube_plan_load(&p, op, now, mem);
    task = youtube_plan_choose(&p, &until);
    memcpy(state->scratch, &now, sizeof now);
    state->stage = (int)task;
    (void)youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 });
    if (p.pace == 0) {
        (void)youtube_result(out, OUTCOME_QUOTA, "quota_used", (struct text){ NULL, 0 });
        out->until = youtube_quota_reset(now);
    } else if (task == TASK_NONE) {
        out->cursor = op->cursor;
        out->is_last = true;
        out->until = (until < p.now + 3600 ? until : p.now + 3600) * US_PER_S;
    } else {
        (void)youtube_call(op, mem, "GET", url_of(&p, task), NULL, out);
    }
    youtube_plan_fini(&p);
    return 0;
}

/* ---- what came ---- */

/* Keeps of an answer's items those in which something is new. */
static json_t *keep_threads(struct youtube_plan *p, const json_t *items, const char *list)
{
    json_t *kept = json_array();

    for (size_t i = 0; i < json_array_size(items); i++)
        if (i >= YOUTUBE_ITEMS_MAX || youtube_plan_thread(p, json_array_get(items, i), list))
            json_array_append(kept, json_array_get(items, i));
    return kept;
}

static json_t *keep_comments(struct youtube_plan *p, const json_t *items)
{
    json_t *kept = json_array();

    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *comment = json_array_get(items, i);
        struct text id = payload_text(comment, "id");
        const struct youtube_watch *w = youtube_plan_find(p, id), *top = youtube_plan_find(p, youtube_top_id(id));
        struct text video = payload_text(json_object_get(comment, "snippet"), "videoId");

        if (!video.len && top)
            video = top->video;
        if (i >= YOUTUBE_ITEMS_MAX || youtube_plan_comment(p, comment, video, w ? w->count : -1))
            json_array_append(kept, json_array_get(items, i));
    }
    return kept;
}

static int64_t published_of(const json_t *thread)
{
    const json_t *top = json_object_get(json_object_get(thread, "snippet"), "topLevelComment");
    time_us at;

    return payload_moment(json_object_get(top, "snippet"), "publishedAt", &at) ? at / US_PER_S : 0;
}

static json_t *take_news(struct youtube_plan *p, const json_t *root)
{
    const json_t *items = json_object_get(root, "items");
    struct text token = payload_text(root, "nextPageToken");
    /* The very first look takes what is young enough to be watched; the rest is for backfill. */
    int64_t until = p->high ? p->high : p->now - YOUTUBE_QUIET_S;
    int64_t most = p->high ? NEWS_PAGES_MAX : FIRST_PAGES_MAX;
    bool reached = false;

    for (size_t i = 0; i < json_array_size(items); i++) {
        int64_t at = published_of(json_array_get(items, i));

        if (at > p->next_high)
            p->next_high = at;
        reached = reached || (at > 0 && at <= until);
    }
    json_t *kept = keep_threads(p, items, NULL);
    p->news_pages++;
    if (token.len && !reached && p->news_pages < most) {
        p->news_token = arena_text(p->mem, token);
        return kept;
    }
    p->news_token = (struct text){ NULL, 0 };
    p->news_pages = 0;
    p->high = p->next_high > p->high ? p->next_high : p->high;
    p->next_high = 0;
    if (p->high == 0)
        p->high = p->now;
    p->due[TASK_NEWS] = p->now + youtube_plan_news_pause(p);
    return kept;
}

static json_t *take_replies(struct youtube_plan *p, const json_t *root)
{
    json_t *kept = keep_comments(p, json_object_get(root, "items"));
    struct text token = payload_text(root, "nextPageToken");

    if (token.len) {
        p->queue[0].token = arena_text(p->mem, token);
        return kept;
    }
    p->queue_count--;
    memmove(p->queue, p->queue + 1, p->queue_count * sizeof *p->queue);
    return kept;
}

static bool is_among(const json_t *items, struct text id)
{
    for (size_t i = 0; i < json_array_size(items); i++)
        if (text_equal(payload_text(json_array_get(items, i), "id"), id))
            return true;
    return false;
}

/* Comments that were asked for by id. What does not come back is doubted first, then asked for again beside one that is
 * surely there, then looked for among the held and the rejected; only what is nowhere is gone, since its words go too. */
static json_t *take_batch(struct youtube_plan *p, const json_t *root, enum youtube_task task)
{
    const json_t *items = json_object_get(root, "items");
    size_t batch[YOUTUBE_BATCH], n = youtube_plan_batch(p, task, batch);
    const struct youtube_watch *control = task == TASK_CONFIRM ? youtube_plan_control(p) : NULL;
    bool is_believed = control ? is_among(items, control->id) : n == 1;

    for (size_t i = 0; i < n; i++) {
        struct youtube_watch *w = &p->watch[batch[i]];

        if (is_among(items, w->id))
            continue;
        w->strikes = task == TASK_CONFIRM && is_believed ? 2 : 1;
        w->due = p->now + (task != TASK_CONFIRM ? DOUBT_S : is_believed ? 0 : DISBELIEF_S);
    }
    p->due[task] = p->now + youtube_plan_pause(p, 60, 2);
    return task == TASK_THREADS ? keep_threads(p, items, NULL) : keep_comments(p, items);
}

static void forget_doubts(struct youtube_plan *p, bool are_gone)
{
    for (size_t i = p->watch_count; i > 0; i--) {
        const struct youtube_watch *w = &p->watch[i - 1];

        if (w->strikes != 2)
            continue;
        if (are_gone)
            json_array_append_new(p->gone, json_stringn(w->id.ptr, w->id.len));
        youtube_plan_drop(p, i - 1);
    }
    p->list = p->list_pages = 0;
    p->list_token = (struct text){ NULL, 0 };
}

static int64_t oldest_doubt(const struct youtube_plan *p)
{
    int64_t oldest = INT64_MAX;

    for (size_t i = 0; i < p->watch_count; i++)
        if (p->watch[i].strikes == 2 && p->watch[i].updated < oldest)
            oldest = p->watch[i].updated;
    return oldest;
}

/* A list too long to be read to its end decides nothing, nor does one that is refused. */
static json_t *take_verdict(struct youtube_plan *p, const json_t *root)
{
    json_t *kept = keep_threads(p, json_object_get(root, "items"), lists[p->list % 3]);
    struct text token = payload_text(root, "nextPageToken");

    if (oldest_doubt(p) == INT64_MAX) {
        forget_doubts(p, false);
    } else if (token.len && p->list_pages + 1 >= LIST_PAGES_MAX) {
        forget_doubts(p, false);
    } else if (token.len) {
        p->list_token = arena_text(p->mem, token);
        p->list_pages++;
    } else if (p->list < 2) {
        p->list++;
        p->list_pages = 0;
        p->list_token = (struct text){ NULL, 0 };
    } else {
        forget_doubts(p, true);
    }
    return kept;
}

static json_t *take_channel(struct youtube_plan *p, const json_t *root)
{
    json_t *items = json_object_get(root, "items");
    const json_t *channel = json_array_get(items, 0);
    const json_t *content = json_object_get(channel, "contentDetails");
    struct text uploads = payload_text(json_object_get(content, "relatedPlaylists"), "uploads");

    if (uploads.len)
        p->uploads = arena_text(p->mem, uploads);
    if (!p->me.len)
        p->me = arena_text(p->mem, payload_text(channel, "id"));
    p->due[TASK_CHANNEL] = p->now + youtube_plan_pause(p, NUMBERS_PAUSE_S, 2);
    return json_incref(items);
}

/* Only videos that were not there before are news; their numbers come on their own. */
static json_t *take_uploads(struct youtube_plan *p, const json_t *root)
{
    const json_t *items = json_object_get(root, "items");
    json_t *kept = json_array();

    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *item = json_array_get(items, i), *content = json_object_get(item, "contentDetails");
        struct text id = payload_text(content, "videoId");
        int64_t published = 0;
        bool is_known = false;
        time_us at;

        if (payload_moment(content, "videoPublishedAt", &at) ||
            payload_moment(json_object_get(item, "snippet"), "publishedAt", &at))
            published = at / US_PER_S;
        for (size_t k = 0; k < p->video_count; k++)
            is_known = is_known || (text_equal(p->videos[k].id, id) && p->videos[k].published);
        youtube_plan_video(p, id, published ? published : 1, 0);
        if (is_known)
            continue;
        json_array_append(kept, json_array_get(items, i));
        if (p->now - published < DAY_PAUSE_S)
            p->due[TASK_NUMBERS] = 0;
    }
    p->due[TASK_UPLOADS] = p->now + youtube_plan_pause(p, UPLOADS_PAUSE_S, 5);
    return kept;
}

/* Whoever has left the list was let go, rejected or deleted. */
static json_t *take_list(struct youtube_plan *p, enum youtube_task task, const json_t *root)
{
    int state = task == TASK_SPAM ? 2 : 1;
    json_t *kept = keep_threads(p, json_object_get(root, "items"), lists[state - 1]);

    for (size_t i = 0; i < p->watch_count && !payload_text(root, "nextPageToken").len; i++) {
        struct youtube_watch *w = &p->watch[i];

        if (w->state != state || w->is_seen || w->strikes)
            continue;
        w->strikes = 1;
        w->due = p->now;
    }
    p->due[task] = p->now + youtube_plan_pause(p, task == TASK_SPAM ? SPAM_PAUSE_S : HELD_PAUSE_S, 10);
    return kept;
}

static json_t *take(struct youtube_plan *p, enum youtube_task task, const json_t *root)
{
    switch (task) {
    case TASK_NEWS:
        return take_news(p, root);
    case TASK_REPLIES:
        return take_replies(p, root);
    case TASK_HELD:
    case TASK_SPAM:
        return take_list(p, task, root);
    case TASK_CONFIRM:
    case TASK_THREADS:
    case TASK_COMMENTS:
        return take_batch(p, root, task);
    case TASK_VERDICT:
        return take_verdict(p, root);
    case TASK_UPLOADS:
        return take_uploads(p, root);
    case TASK_NUMBERS:
        p->due[task] = p->now + youtube_plan_pause(p, NUMBERS_PAUSE_S, 2);
        return json_incref(json_object_get(root, "items"));
    case TASK_CHANNEL:
    case TASK_NONE:
    case TASK_COUNT:
        break;
    }
    return take_channel(p, root);
}

/* Refusals that are about the one thing asked for: the rest goes on. */
static bool passes_over(struct youtube_plan *p, enum youtube_task task, const struct step *out)
{
    bool is_lost_page = strcmp(out->why_code ? out->why_code : "", "page_lost") == 0;

    if (!is_lost_page && out->outcome != OUTCOME_PERMANENT)
        return false;
    switch (task) {
    case TASK_REPLIES:
        p->queue_count--;
        memmove(p->queue, p->queue + 1, p->queue_count * sizeof *p->queue);
        return true;
    case TASK_HELD:
    case TASK_SPAM:
    case TASK_UPLOADS:
    case TASK_NUMBERS:
        p->due[task] = p->now + DAY_PAUSE_S;
        return true;
    case TASK_VERDICT:
        forget_doubts(p, false);
        return true;
    case TASK_CONFIRM:
    case TASK_THREADS:
    case TASK_COMMENTS:
        p->due[task] = p->now + 3600;
        return true;
    case TASK_NEWS:
        p->news_token = (struct text){ NULL, 0 };
        p->news_pages = 0;
        p->next_high = 0;
        return is_lost_page;
    case TASK_CHANNEL:
    case TASK_NONE:
    case TASK_COUNT:
        break;
    }
    return false;
}

int youtube_poll_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                     struct arena *mem, struct step *out)
{
    AUTO(json) json_t *root = NULL;
    struct youtube_plan p;
    json_t *kept = NULL;
    time_us began;
    int64_t until = 0;
    enum youtube_task task = state->stage > TASK_NONE && state->stage < TASK_COUNT ? (enum youtube_task)state->stage
                                                                                   : TASK_CHANNEL;

    out->cost = reply->status || reply->sent ? 1 : 0;
    memcpy(&began, state->scratch, sizeof began);
    youtube_plan_load(&p, op, began, mem);
    if (youtube_answer(op, reply, now, mem, &root, out)) {
        kept = take(&p, task, root);
    } else if (passes_over(&p, task, out)) {
        (void)youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 });
    } else {
        youtube_plan_fini(&p);
        return 0;
    }
    p.used += out->cost;
    if (json_array_size(kept) || json_array_size(p.gone) || json_array_size(p.released))
        out->page = youtube_page(mem, op, "poll", now, kept ? kept : json_array(), json_incref(p.gone),
                                 json_incref(p.released));
    else
        json_decref(kept);
    out->cursor = youtube_plan_save(&p);
    out->is_last = youtube_plan_choose(&p, &until) == TASK_NONE;
    if (out->is_last)
        out->until = (until < p.now + 3600 ? until : p.now + 3600) * US_PER_S;
    youtube_plan_fini(&p);
    return 0;
}

/* The planner's memory and judgement: reading and writing the cursor, noticing what is new, choosing what to ask. */
#include "youtube_plan.h"

#include "util/str.h"

#define NEVER INT64_C(253402300799)
#define LOOK_MIN_S 900
#define LOOK_MAX_S 86400
#define LOOK_ACTIVE_S (3 * 3600)

static const struct text nothing = { NULL, 0 };

static json_t *word(struct text t)
{
    return json_stringn(t.ptr ? t.ptr : "", t.len);
}

static struct text word_at(const struct youtube_plan *p, const json_t *row, size_t i)
{
    return arena_text(p->mem, payload_id_value(p->mem, json_array_get(row, i)));
}

static int64_t number_at(const json_t *row, size_t i)
{
    return json_integer_value(json_array_get(row, i));
}

/* ---- the cursor ---- */

static void load_lists(struct youtube_plan *p, const json_t *root)
{
    const json_t *rows = json_object_get(root, "watch"), *row;

    for (size_t i = 0; i < json_array_size(rows) && p->watch_count < YOUTUBE_WATCH_MAX; i++) {
        row = json_array_get(rows, i);
        p->watch[p->watch_count++] = (struct youtube_watch){
            .id = word_at(p, row, 0), .video = word_at(p, row, 1),   .updated = number_at(row, 2),
            .touched = number_at(row, 3), .due = number_at(row, 4), .count = number_at(row, 5),
            .state = (int)(number_at(row, 6) & 3), .strikes = (int)(number_at(row, 7) & 3),
        };
    }
    rows = json_object_get(root, "videos");
    for (size_t i = 0; i < json_array_size(rows) && p->video_count < YOUTUBE_VIDEO_MAX; i++) {
        row = json_array_get(rows, i);
        p->videos[p->video_count++] = (struct youtube_video){ word_at(p, row, 0), number_at(row, 1), number_at(row, 2) };
    }
    rows = json_object_get(root, "queue");
    for (size_t i = 0; i < json_array_size(rows) && p->queue_count < YOUTUBE_QUEUE_MAX; i++) {
        row = json_array_get(rows, i);
        p->queue[p->queue_count++] = (struct youtube_queued){ word_at(p, row, 0), word_at(p, row, 1) };
    }
}

/* Nine tenths of the day's units are for polling, so that people can still answer at its end. */
static void set_pace(struct youtube_plan *p, const struct op *op, time_us now)
{
    struct youtube_quota q = youtube_quota_of(op->channel->state, now);
    int64_t used = q.used > p->used ? q.used : p->used, left = q.limit - q.limit / 10 - used;
    int64_t seconds = (youtube_quota_reset(now) - now) / US_PER_S;

    p->pace = left > 0 ? seconds / left + 1 : 0;
}

void youtube_plan_load(struct youtube_plan *p, const struct op *op, time_us now, struct arena *mem)
{
    AUTO(json) json_t *root = op->cursor.len ? json_loadb(op->cursor.ptr, op->cursor.len, 0, NULL) : NULL;
    const json_t *due = json_object_get(root, "due");
    int64_t today = youtube_quota_day(now);

    *p = (struct youtube_plan){
        .mem = mem,
        .now = now / US_PER_S,
        .me = op->channel->external_id.len ? op->channel->external_id : arena_text(mem, payload_text(root, "me")),
        .uploads = arena_text(mem, payload_text(root, "uploads")),
        .day = today,
        .active = payload_number(root, "active", 0),
        .high = payload_number(root, "high", 0),
        .next_high = payload_number(root, "next_high", 0),
        .news_pages = payload_number(root, "news_pages", 0),
        .news_token = arena_text(mem, payload_text(root, "news_token")),
        .list = payload_number(root, "list", 0),
        .list_pages = payload_number(root, "list_pages", 0),
        .list_token = arena_text(mem, payload_text(root, "list_token")),
        .watch = arena_array(mem, struct youtube_watch, YOUTUBE_WATCH_MAX),
        .videos = arena_array(mem, struct youtube_video, YOUTUBE_VIDEO_MAX),
        .queue = arena_array(mem, struct youtube_queued, YOUTUBE_QUEUE_MAX),
        .released = json_array(),
        .gone = json_array(),
    };
    if (payload_number(root, "day", -1) == today)
        p->used = payload_number(root, "used", 0);
    for (size_t i = 0; i < TASK_COUNT; i++)
        p->due[i] = number_at(due, i);
    load_lists(p, root);
    set_pace(p, op, now);
}

void youtube_plan_fini(struct youtube_plan *p)
{
    json_decref(p->released);
    json_decref(p->gone);
    p->released = p->gone = NULL;
}

struct text youtube_plan_save(const struct youtube_plan *p)
{
    AUTO(json) json_t *root = json_object();
    json_t *due = json_array(), *watch = json_array(), *videos = json_array(), *queue = json_array();

    for (size_t i = 0; i < TASK_COUNT; i++)
        json_array_append_new(due, json_integer(p->due[i]));
    for (size_t i = 0; i < p->watch_count; i++) {
        const struct youtube_watch *w = &p->watch[i];

        json_array_append_new(watch, json_pack("[o,o,I,I,I,I,i,i]", word(w->id), word(w->video), (json_int_t)w->updated,
                                               (json_int_t)w->touched, (json_int_t)w->due, (json_int_t)w->count,
                                               w->state, w->strikes));
    }
    for (size_t i = 0; i < p->video_count; i++)
        json_array_append_new(videos, json_pack("[o,I,I]", word(p->videos[i].id), (json_int_t)p->videos[i].published,
                                                (json_int_t)p->videos[i].active));
    for (size_t i = 0; i < p->queue_count; i++)
        json_array_append_new(queue, json_pack("[o,o]", word(p->queue[i].id), word(p->queue[i].token)));
    json_object_set_new(root, "me", word(p->me));
    json_object_set_new(root, "uploads", word(p->uploads));
    json_object_set_new(root, "day", json_integer(p->day));
    json_object_set_new(root, "used", json_integer(p->used));
    json_object_set_new(root, "active", json_integer(p->active));
    json_object_set_new(root, "high", json_integer(p->high));
    json_object_set_new(root, "next_high", json_integer(p->next_high));
    json_object_set_new(root, "news_pages", json_integer(p->news_pages));
    json_object_set_new(root, "news_token", word(p->news_token));
    json_object_set_new(root, "list", json_integer(p->list));
    json_object_set_new(root, "list_pages", json_integer(p->list_pages));
    json_object_set_new(root, "list_token", word(p->list_token));
    json_object_set_new(root, "due", due);
    json_object_set_new(root, "watch", watch);
    json_object_set_new(root, "videos", videos);
    json_object_set_new(root, "queue", queue);
    return payload_dump(p->mem, root);
}

/* ---- noticing ---- */

struct youtube_watch *youtube_plan_find(struct youtube_plan *p, struct text id)
{
    for (size_t i = 0; i < p->watch_count; i++)
        if (text_equal(p->watch[i].id, id))
            return &p->watch[i];
    return NULL;
}

void youtube_plan_drop(struct youtube_plan *p, size_t at)
{
    p->watch[at] = p->watch[--p->watch_count];
}

/* Threads and replies have room of their own, or one long quarrel would push all threads out. */
static struct youtube_watch *room(struct youtube_plan *p, bool for_reply)
{
    struct youtube_watch *quietest = NULL;
    size_t kin = 0;

    for (size_t i = 0; i < p->watch_count; i++) {
        struct youtube_watch *w = &p->watch[i];

        if ((w->count < 0) != for_reply)
            continue;
        kin++;
        if (!quietest || w->touched < quietest->touched)
            quietest = w;
    }
    if (quietest && (kin >= (for_reply ? YOUTUBE_REPLIES_MAX : YOUTUBE_THREADS_MAX) ||
                     p->watch_count == YOUTUBE_WATCH_MAX))
        return quietest;
    return p->watch_count < YOUTUBE_WATCH_MAX ? &p->watch[p->watch_count++] : &p->watch[0];
}

static int64_t video_active(const struct youtube_plan *p, struct text id)
{
    for (size_t i = 0; i < p->video_count && id.len; i++)
        if (text_equal(p->videos[i].id, id))
            return p->videos[i].active;
    return 0;
}

static int64_t liveliness(const struct youtube_video *v)
{
    return v->active > v->published ? v->active : v->published;
}

void youtube_plan_video(struct youtube_plan *p, struct text id, int64_t published, int64_t active)
{
    struct youtube_video *v = NULL;
    size_t quietest = 0;

    if (!id.len)
        return;
    for (size_t i = 0; i < p->video_count; i++) {
        if (text_equal(p->videos[i].id, id))
            v = &p->videos[i];
        if (liveliness(&p->videos[i]) < liveliness(&p->videos[quietest]))
            quietest = i;
    }
    if (!v) {
        v = p->video_count < YOUTUBE_VIDEO_MAX ? &p->videos[p->video_count++] : &p->videos[quietest];
        *v = (struct youtube_video){ .id = arena_text(p->mem, id) };
    }
    if (published > v->published)
        v->published = published;
    if (active > v->active)
        v->active = active;
}

int64_t youtube_plan_next_look(const struct youtube_plan *p, const struct youtube_watch *w)
{
    int64_t pause = (p->now - w->touched) / 8, most = LOOK_MAX_S;

    if (p->now - w->touched > YOUTUBE_QUIET_S)
        return NEVER;
    if (p->now - video_active(p, w->video) < 86400)
        most = LOOK_ACTIVE_S;
    pause = pause < LOOK_MIN_S ? LOOK_MIN_S : pause > most ? most : pause;
    return p->now + youtube_plan_pause(p, pause, 2);
}

static int64_t moment(const json_t *snippet, const char *key)
{
    time_us at;

    return payload_moment(snippet, key, &at) ? at / US_PER_S : 0;
}

/* An unknown state is as good as held. */
static int state_of(const json_t *snippet)
{
#define X(name) name,
    static const char *const names[] = { YOUTUBE_LISTS(X) };
#undef X
    struct text state = payload_text(snippet, "moderationStatus");

    if (!state.len || text_equal(state, TEXT("published")))
        return 0;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_equal(state, text_of(names[i])))
            return (int)i + 1;
    return 1;
}

bool youtube_plan_comment(struct youtube_plan *p, const json_t *comment, struct text video, int64_t count)
{
    const json_t *snippet = json_object_get(comment, "snippet");
    struct text id = payload_text(comment, "id");
    int state = state_of(snippet);
    int64_t updated = moment(snippet, "updatedAt");
    struct youtube_watch *w = youtube_plan_find(p, id), fresh = { .count = count };

    if (!id.len)
        return true;
    if (updated == 0)
        updated = moment(snippet, "publishedAt");
    if (updated > p->active && updated <= p->now + 300)
        p->active = updated;
    youtube_plan_video(p, video, 0, updated);
    if (w && w->updated == updated && w->count == count && w->state == state) {
        w->is_seen = true;
        w->strikes = 0;
        w->due = youtube_plan_next_look(p, w);
        return false;
    }
    if (w && w->state && !state)
        json_array_append_new(p->released, word(id));
    /* What we see for the first time was quiet until then as far as anybody knows. */
    fresh.touched = w ? p->now : updated;
    if (!w && count < 0 && !state && p->now - updated > YOUTUBE_QUIET_S)
        return true;
    fresh.id = arena_text(p->mem, id);
    fresh.video = video.len ? arena_text(p->mem, video) : w ? w->video : nothing;
    if (!w)
        w = room(p, count < 0);
    fresh.updated = updated;
    fresh.state = state;
    fresh.is_seen = true;
    *w = fresh;
    w->due = youtube_plan_next_look(p, w);
    return true;
}

void youtube_plan_enqueue(struct youtube_plan *p, struct text thread)
{
    for (size_t i = 0; i < p->queue_count; i++)
        if (text_equal(p->queue[i].id, thread))
            return;
    if (p->queue_count < YOUTUBE_QUEUE_MAX)
        p->queue[p->queue_count++] = (struct youtube_queued){ arena_text(p->mem, thread), nothing };
}

/* Replies that are fewer than they were: one of those we know is no longer there. */
static void look_at_replies(struct youtube_plan *p, struct text thread)
{
    for (size_t i = 0; i < p->watch_count; i++)
        if (p->watch[i].count < 0 && text_equal(youtube_top_id(p->watch[i].id), thread))
            p->watch[i].due = p->now;
}

/* A list of one state need not repeat that state in what it lists. */
static void name_state(json_t *top, const json_t *replies, const char *list)
{
    json_t *snippet = json_object_get(top, "snippet");

    if (!list || json_object_get(snippet, "moderationStatus"))
        return;
    for (size_t i = 0; i < json_array_size(replies); i++)
        if (json_object_get(json_object_get(json_array_get(replies, i), "snippet"), "moderationStatus"))
            return;
    json_object_set_new(snippet, "moderationStatus", json_string(list));
}

/* A reply that we forgot for lack of room is no news as long as its thread stands as it stood. */
static bool reply_is_news(struct youtube_plan *p, const json_t *reply, struct text video, const struct youtube_watch *was,
                          int64_t count, bool is_listed)
{
    bool is_known = youtube_plan_find(p, payload_text(reply, "id")) != NULL;
    bool is_news = youtube_plan_comment(p, reply, video, -1);

    if (is_known || !was || was->count != count || is_listed)
        return is_news;
    return is_news && moment(json_object_get(reply, "snippet"), "updatedAt") > was->touched;
}

bool youtube_plan_thread(struct youtube_plan *p, json_t *thread, const char *list)
{
    json_t *snippet = json_object_get(thread, "snippet"), *top = json_object_get(snippet, "topLevelComment");
    const json_t *replies = json_object_get(json_object_get(thread, "replies"), "comments");
    struct text id = payload_text(thread, "id"), video = payload_text(snippet, "videoId");
    const struct youtube_watch *known = youtube_plan_find(p, id);
    struct youtube_watch was = known ? *known : (struct youtube_watch){ .count = 0 };
    int64_t count = payload_number(snippet, "totalReplyCount", 0);
    bool was_known = known != NULL, is_news;

    if (count < 0)
        count = 0;
    name_state(top, replies, list);
    is_news = youtube_plan_comment(p, top, video, count);
    for (size_t i = 0; i < json_array_size(replies) && i < YOUTUBE_ITEMS_MAX; i++)
        is_news = reply_is_news(p, json_array_get(replies, i), video, was_known ? &was : NULL, count, list != NULL) ||
                  is_news;
    if (id.len && count > was.count && (size_t)count > json_array_size(replies))
        youtube_plan_enqueue(p, id);
    if (was_known && count < was.count)
        look_at_replies(p, id);
    return is_news;
}

/* ---- choosing ---- */

int64_t youtube_plan_pause(const struct youtube_plan *p, int64_t wanted, int64_t units)
{
    int64_t least = p->pace * units;

    return wanted > least ? wanted : least;
}

int64_t youtube_plan_news_pause(const struct youtube_plan *p)
{
    static const struct {
        int64_t quiet_s, pause_s;
    } rows[] = { { 900, 60 }, { 7200, 120 }, { 86400, 300 } };
    int64_t quiet = p->now - p->active, wanted = 900;

    for (size_t i = COUNT_OF(rows); i > 0; i--)
        if (quiet < rows[i - 1].quiet_s)
            wanted = rows[i - 1].pause_s;
    return youtube_plan_pause(p, wanted, 2);
}

static bool takes(const struct youtube_watch *w, enum youtube_task task)
{
    if (task == TASK_CONFIRM)
        return w->strikes == 1;
    if (task == TASK_VERDICT)
        return w->strikes == 2;
    return w->strikes == 0 && w->state == 0 && (w->count >= 0) == (task == TASK_THREADS);
}

/* When the first of a task's comments is due; INT64_MAX: it has none. */
static int64_t first_due(const struct youtube_plan *p, enum youtube_task task)
{
    int64_t first = INT64_MAX;

    for (size_t i = 0; i < p->watch_count; i++)
        if (takes(&p->watch[i], task) && p->watch[i].due < first)
            first = p->watch[i].due;
    return first != INT64_MAX && first < p->due[task] ? p->due[task] : first;
}

static int64_t due_of(const struct youtube_plan *p, enum youtube_task task)
{
    switch (task) {
    case TASK_NEWS:
        return p->news_token.len ? p->now : p->due[TASK_NEWS];
    case TASK_REPLIES:
        return p->queue_count ? p->due[TASK_REPLIES] : INT64_MAX;
    case TASK_CONFIRM:
    case TASK_VERDICT:
    case TASK_THREADS:
    case TASK_COMMENTS:
        return first_due(p, task);
    case TASK_UPLOADS:
        return p->uploads.len ? p->due[task] : INT64_MAX;
    case TASK_NUMBERS:
        return p->video_count ? p->due[task] : INT64_MAX;
    case TASK_HELD:
    case TASK_SPAM:
    case TASK_CHANNEL:
        return p->due[task];
    case TASK_NONE:
    case TASK_COUNT:
        break;
    }
    return INT64_MAX;
}

enum youtube_task youtube_plan_choose(const struct youtube_plan *p, int64_t *until)
{
    int64_t next = INT64_MAX;

    if (!p->me.len)
        return TASK_CHANNEL;
    for (enum youtube_task task = TASK_NEWS; task < TASK_COUNT; task++) {
        int64_t due = due_of(p, task);

        if (due <= p->now)
            return task;
        next = due < next ? due : next;
    }
    *until = next;
    return TASK_NONE;
}

/* The longest due come first; what is due soon fills the call, which costs the same. */
size_t youtube_plan_batch(const struct youtube_plan *p, enum youtube_task task, size_t out[YOUTUBE_BATCH])
{
    size_t count = 0;

    for (size_t i = 0; i < p->watch_count; i++) {
        size_t at = count;

        if (!takes(&p->watch[i], task))
            continue;
        if (count == YOUTUBE_BATCH && p->watch[out[count - 1]].due <= p->watch[i].due)
            continue;
        at = count < YOUTUBE_BATCH ? count++ : count - 1;
        while (at > 0 && p->watch[out[at - 1]].due > p->watch[i].due) {
            out[at] = out[at - 1];
            at--;
        }
        out[at] = i;
    }
    return count;
}

const struct youtube_watch *youtube_plan_control(const struct youtube_plan *p)
{
    const struct youtube_watch *best = NULL;

    for (size_t i = 0; i < p->watch_count; i++) {
        const struct youtube_watch *w = &p->watch[i];

        if (w->strikes == 0 && w->state == 0 && (!best || w->touched > best->touched))
            best = w;
    }
    return best;
}

/* Polling: what no webhook of Instagram tells. Comments that were edited, hidden or taken away, under posts of the last
 * week or with a changed count; posts, and their numbers and the account's. One call an operation; the cursor is a small
 * JSON object:
 *
 *   {"queue":[TASK…],"after":CURSOR,"pages":N,"now":{ID:MARK},"seen":{MEDIA:{ID:MARK}},"counts":{MEDIA:N},
 *    "insights":SECONDS,"account":SECONDS}
 *
 * A task is "m:MEDIA" (its comments), "i:MEDIA" (its numbers), "d:COMMENT" (is it gone?) or "a" (the account). A mark is
 * a hash of a comment's text and whether it is hidden. An empty queue begins a round with the list of posts. */
#include "instagram_priv.h"

#include "util/str.h"

#define ROUND_US (30 * 60 * US_PER_S)
#define YOUNG_S (7 * META_DAY_S)               /* comments are looked at again so long */
#define COUNTED_S (9 * META_DAY_S)             /* and numbers, past the snapshot at seven days */
#define NUMBERS_PAUSE_S (6 * 3600)
#define POSTS "30"
#define SEEN_MAX 200                           /* comments kept an eye on under one post */
#define PAGES_MAX 10
#define DOUBTS_MAX 25
#define MEDIA_FIELDS                                                                                                   \
    "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,username,like_count,"        \
    "comments_count,children{id,media_type,media_url}"
#define COMMENT_FIELDS                                                                                                 \
    "id,text,timestamp,username,from,like_count,hidden,parent_id,"                                                     \
    "replies.limit(50){id,text,timestamp,username,from,like_count,hidden,parent_id}"

static json_t *load(struct instagram_turn *t)
{
    json_error_t ignored;
    json_t *plan = t->op->cursor.len ? payload_load(t->mem, t->op->cursor, &ignored) : NULL;

    if (!json_is_object(plan)) {
        json_decref(plan);
        return json_object();
    }
    return plan;
}

/* A member of the kind that it has to be, made where it is not. */
static json_t *part_of(json_t *plan, const char *key, bool is_list)
{
    json_t *part = json_object_get(plan, key);

    if (is_list ? !json_is_array(part) : !json_is_object(part)) {
        part = is_list ? json_array() : json_object();
        json_object_set_new(plan, key, part);
    }
    return part;
}

static struct text task_of(const json_t *plan)
{
    const json_t *first = json_array_get(json_object_get(plan, "queue"), 0);

    return (struct text){ json_string_value(first), json_string_length(first) };
}

static struct text id_of(struct text task)
{
    return task.len > 2 ? (struct text){ task.ptr + 2, task.len - 2 } : INSTAGRAM_NONE;
}

static struct text account(const struct instagram_turn *t)
{
    return t->op->channel->external_id.len ? t->op->channel->external_id : TEXT("me");
}

static int ask_posts(struct instagram_turn *t)
{
    const struct meta_param params[] = { { "fields", TEXT(MEDIA_FIELDS) }, { "limit", TEXT(POSTS) } };

    return instagram_get(t, account(t), "media", params, COUNT_OF(params), INSTAGRAM_NONE);
}

int instagram_begin_poll(struct instagram_turn *t)
{
    const struct meta_param comments[] = { { "fields", TEXT(COMMENT_FIELDS) }, { "limit", TEXT("50") } };
    const struct meta_param numbers[] = { { "metric", TEXT("views,reach,likes,comments,shares,saved,total_interactions") } };
    const struct meta_param one[] = { { "fields", TEXT("id,text,timestamp,username,from,hidden,parent_id") } };
    const struct meta_param us[] = { { "fields", TEXT("id,username,followers_count,follows_count,media_count") } };
    AUTO(json) json_t *plan = load(t);
    struct text task = task_of(plan), id = id_of(task);

    switch (task.len ? task.ptr[0] : '\0') {
    case 'm':
        return instagram_get(t, id, "comments", comments, COUNT_OF(comments), payload_text(plan, "after"));
    case 'i':
        return instagram_get(t, id, "insights", numbers, COUNT_OF(numbers), INSTAGRAM_NONE);
    case 'd':
        return instagram_get(t, id, NULL, one, COUNT_OF(one), INSTAGRAM_NONE);
    case 'a':
        return instagram_get(t, account(t), NULL, us, COUNT_OF(us), INSTAGRAM_NONE);
    default:
        return ask_posts(t);
    }
}

/* ---- a round ---- */

static void queue(json_t *plan, char kind, struct text id, struct arena *mem)
{
    const char *task = arena_printf(mem, "%c:%.*s", kind, (int)id.len, id.ptr ? id.ptr : "");

    json_array_append_new(part_of(plan, "queue", true), json_string(task));
}

static bool is_due(json_t *plan, const char *key, int64_t now_s)
{
    int64_t last = payload_number(plan, key, 0);

    if (last > 0 && now_s - last < NUMBERS_PAUSE_S && now_s >= last)
        return false;
    json_object_set_new(plan, key, json_integer(now_s));
    return true;
}

/* Posts that fell out of the list are no longer looked at. */
static void forget_others(json_t *plan, const char *key, const json_t *counts)
{
    json_t *kept = json_object(), *value;
    const char *id;

    json_object_foreach(part_of(plan, key, false), id, value) {
        if (json_object_get(counts, id))
            json_object_set(kept, id, value);
    }
    json_object_set_new(plan, key, kept);
}

static void plan_round(struct instagram_turn *t, json_t *plan)
{
    const json_t *list = instagram_list(t->root), *old = part_of(plan, "counts", false);
    int64_t now_s = t->now / US_PER_S;
    bool is_counting = is_due(plan, "insights", now_s);
    json_t *counts = json_object();

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *media = json_array_get(list, i);
        struct text id = payload_id(t->mem, media, "id");
        int64_t count = payload_number(media, "comments_count", 0), age_s;
        const char *key = arena_copy(t->mem, id);
        time_us at = 0;

        (void)meta_moment(media, "timestamp", &at);
        age_s = now_s - at / US_PER_S;
        if (!id.len)
            continue;
        if (count && (age_s < YOUNG_S || payload_number(old, key, 0) != count))
            queue(plan, 'm', id, t->mem);
        if (is_counting && age_s < COUNTED_S)
            queue(plan, 'i', id, t->mem);
        json_object_set_new(counts, key, json_integer(count));
    }
    forget_others(plan, "seen", counts);
    json_object_set_new(plan, "counts", counts);
    if (is_due(plan, "account", now_s))
        json_array_append_new(part_of(plan, "queue", true), json_string("a"));
}

/* ---- comments ---- */

static const char *mark_of(struct arena *mem, const json_t *comment)
{
    struct text words = payload_text(comment, "text");
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < words.len; i++)
        hash = (hash ^ (unsigned char)words.ptr[i]) * 16777619u;
    return arena_printf(mem, "%08x%s", hash, meta_true(comment, "hidden") ? "h" : "");
}

/* What is another than it was, as parse takes it. */
static void note_change(struct instagram_turn *t, const json_t *comment, struct text was, struct text is, json_t *changed)
{
    char text[TIME_TEXT_SIZE];
    json_t *one;

    if (was.len < 8 || is.len < 8 || text_equal(was, is))
        return;
    one = json_object();
    instagram_set(one, "id", payload_id(t->mem, comment, "id"));
    json_object_set_new(one, "at", json_string(time_format(t->now, text)));
    if (memcmp(was.ptr, is.ptr, 8) != 0 && json_is_string(json_object_get(comment, "text")))
        json_object_set(one, "text", json_object_get(comment, "text"));
    if (was.len != is.len)
        json_object_set_new(one, "hidden", json_boolean(is.len > was.len));
    json_array_append_new(changed, one);
}

static void note_comment(struct instagram_turn *t, const json_t *comment, const json_t *seen, json_t *now, json_t *changed)
{
    const json_t *replies = instagram_list(json_object_get(comment, "replies"));
    const char *id = arena_copy(t->mem, payload_id(t->mem, comment, "id")), *mark = mark_of(t->mem, comment);

    if (*id && json_object_size(now) < SEEN_MAX) {
        note_change(t, comment, arena_text(t->mem, payload_text(seen, id)), text_of(mark), changed);
        json_object_set_new(now, id, json_string(mark));
    }
    for (size_t i = 0; i < json_array_size(replies); i++)
        note_comment(t, json_array_get(replies, i), seen, now, changed);
}

/* The whole list was read: what was there before and is not now may be gone. */
static void note_missing(struct instagram_turn *t, json_t *plan, const json_t *seen, const json_t *now)
{
    size_t doubts = 0;
    const char *id;
    json_t *mark;

    if (json_object_size(now) >= SEEN_MAX)
        return;
    json_object_foreach((json_t *)(uintptr_t)seen, id, mark) {
        if (!json_object_get(now, id) && doubts++ < DOUBTS_MAX)
            queue(plan, 'd', text_of(id), t->mem);
    }
}

/* True: the list has an end, and this was it. */
static bool end_comments(struct instagram_turn *t, json_t *plan, struct text media, json_t *changed)
{
    const json_t *list = instagram_list(t->root);
    json_t *all = part_of(plan, "seen", false), *now = part_of(plan, "now", false);
    const char *key = arena_copy(t->mem, media);
    const json_t *seen = json_object_get(all, key);
    struct text next = meta_next_cursor(t->mem, t->root);
    int64_t pages = payload_number(plan, "pages", 0) + 1;

    for (size_t i = 0; i < json_array_size(list); i++)
        note_comment(t, json_array_get(list, i), seen, now, changed);
    if (next.len && pages < PAGES_MAX) {
        instagram_set(plan, "after", next);
        json_object_set_new(plan, "pages", json_integer(pages));
        return false;
    }
    if (!next.len)
        note_missing(t, plan, seen, now);
    json_object_set(all, key, now);
    return true;
}

static void next_task(json_t *plan)
{
    json_object_del(plan, "after");
    json_object_del(plan, "pages");
    json_object_del(plan, "now");
    json_array_remove(part_of(plan, "queue", true), 0);
}

static int go_on(struct instagram_turn *t, json_t *plan)
{
    t->out->is_last = json_array_size(json_object_get(plan, "queue")) == 0;
    t->out->until = t->now + (t->out->is_last ? ROUND_US : 0);
    t->out->cursor = payload_dump(t->mem, plan);
    return 0;
}

static struct text changes_page(struct instagram_turn *t, struct text media, json_t *changed)
{
    AUTO(json) json_t *page = json_pack("{s:s,s:O,s:O}", "page", "comments", "answer", t->root, "changed", changed);

    instagram_set(page, "account", t->op->channel->external_id);
    instagram_set(page, "about", media);
    return payload_dump(t->mem, page);
}

static struct text gone_page(struct instagram_turn *t, struct text id)
{
    AUTO(json) json_t *page = json_pack("{s:s,s:[s%]}", "page", "gone", "gone", id.ptr, id.len);

    instagram_set(page, "account", t->op->channel->external_id);
    return payload_dump(t->mem, page);
}

/* One post or comment that is refused must not stop the rest; a token that is dead, or a limit, must. */
static int end_refused(struct instagram_turn *t, json_t *plan, struct text task)
{
    if (t->out->outcome != OUTCOME_PERMANENT || !task.len)
        return 0;
    if (task.ptr[0] == 'd' && strcmp(t->out->why_code, "gone") == 0)
        t->out->page = gone_page(t, id_of(task));
    next_task(plan);
    (void)meta_result(t->out, OUTCOME_OK, NULL, TEXT(""));
    return go_on(t, plan);
}

int instagram_end_poll(struct instagram_turn *t)
{
    AUTO(json) json_t *plan = load(t);
    AUTO(json) json_t *changed = json_array();
    struct text task = arena_text(t->mem, task_of(plan)), id = id_of(task);

    if (t->out->outcome != OUTCOME_OK)
        return end_refused(t, plan, task);
    if (!task.len) {
        t->out->page = instagram_page(t, "media", NULL, INSTAGRAM_NONE);
        plan_round(t, plan);
        return go_on(t, plan);
    }
    if (task.ptr[0] == 'm') {
        bool is_end = end_comments(t, plan, id, changed);

        t->out->page = changes_page(t, id, changed);
        if (is_end)
            next_task(plan);
        return go_on(t, plan);
    }
    t->out->page = instagram_page(t, task.ptr[0] == 'i' ? "insights" : task.ptr[0] == 'd' ? "comments" : "account", "about",
                                  task.ptr[0] == 'i' ? id : INSTAGRAM_NONE);
    next_task(plan);
    return go_on(t, plan);
}

/* Backfill: conversations with their twenty newest messages each, which is all that can be read, then posts with all of
 * their comments. One call an operation. The cursor is a small JSON object, {"stage":"talks"|"posts","after":CURSOR,
 * "queue":["m:MEDIA"|"r:COMMENT:MEDIA"…],"inner":CURSOR}, or "mention/MEDIA/COMMENT" for one mention (instagram_priv.h). */
#include "instagram_priv.h"

#include "util/str.h"

#define MESSAGE_FIELDS                                                                                                 \
    "id,created_time,from,to,message,attachments,shares,story,reactions,reply_to,is_unsupported"
#define TALK_FIELDS "id,updated_time,participants,messages.limit(20){" MESSAGE_FIELDS "}"
#define MEDIA_FIELDS                                                                                                   \
    "id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,timestamp,username,like_count,"        \
    "comments_count,children{id,media_type,media_url}"
#define REPLY_FIELDS "id,text,timestamp,username,from,like_count,hidden,parent_id"
#define COMMENT_FIELDS REPLY_FIELDS ",replies.limit(50){" REPLY_FIELDS "}"
#define QUEUE_MAX 500

static bool is_mention(const struct op *op)
{
    return text_starts(op->cursor, TEXT("mention/"));
}

static struct text account(const struct instagram_turn *t)
{
    return t->op->channel->external_id.len ? t->op->channel->external_id : TEXT("me");
}

static int ask_mention(struct instagram_turn *t)
{
    struct text rest = t->op->cursor, media;
    const char *fields;

    (void)str_skip(&rest, TEXT("mention/"));
    (void)str_split(&rest, '/', &media);
    if (rest.len)
        fields = arena_printf(t->mem, "mentioned_comment.comment_id(%.*s){id,text,timestamp,like_count,username,from,"
                                      "media{id,media_url,permalink,username}}",
                              (int)rest.len, rest.ptr);
    else
        fields = arena_printf(t->mem, "mentioned_media.media_id(%.*s){id,caption,media_type,media_url,owner,permalink,"
                                      "timestamp,username,comments_count,like_count}",
                              (int)media.len, media.ptr ? media.ptr : "");
    const struct meta_param params[] = { { "fields", text_of(fields) } };
    return instagram_get(t, account(t), NULL, params, 1, INSTAGRAM_NONE);
}

static json_t *load(struct instagram_turn *t)
{
    json_error_t ignored;
    json_t *plan = t->op->cursor.len ? payload_load(t->mem, t->op->cursor, &ignored) : NULL;

    if (!json_is_object(plan)) {
        json_decref(plan);
        plan = json_object();
    }
    if (!json_is_array(json_object_get(plan, "queue")))
        json_object_set_new(plan, "queue", json_array());
    if (!payload_text(plan, "stage").len)
        json_object_set_new(plan, "stage", json_string("talks"));
    return plan;
}

static struct text task_of(const json_t *plan)
{
    const json_t *first = json_array_get(json_object_get(plan, "queue"), 0);

    return (struct text){ json_string_value(first), json_string_length(first) };
}

/* "m:MEDIA", "r:COMMENT:MEDIA": what is asked, and the post that it is about. */
static struct text ids_of(struct text task, struct text *media)
{
    struct text rest = task, kind, id;

    (void)str_split(&rest, ':', &kind);
    if (!str_split(&rest, ':', &id))
        rest = id;
    *media = rest;
    return id;
}

int instagram_begin_backfill(struct instagram_turn *t)
{
    const struct meta_param talks[] = { { "platform", TEXT("instagram") }, { "fields", TEXT(TALK_FIELDS) },
                                        { "limit", TEXT("10") } };
    const struct meta_param posts[] = { { "fields", TEXT(MEDIA_FIELDS) }, { "limit", TEXT("50") } };
    const struct meta_param comments[] = { { "fields", TEXT(COMMENT_FIELDS) }, { "limit", TEXT("50") } };
    const struct meta_param replies[] = { { "fields", TEXT(REPLY_FIELDS) }, { "limit", TEXT("50") } };
    AUTO(json) json_t *plan = NULL;
    struct text task, id, media;

    if (is_mention(t->op))
        return ask_mention(t);
    plan = load(t);
    task = task_of(plan);
    id = ids_of(task, &media);
    if (id.len && task.ptr[0] == 'r')
        return instagram_get(t, id, "replies", replies, COUNT_OF(replies), payload_text(plan, "inner"));
    if (id.len)
        return instagram_get(t, id, "comments", comments, COUNT_OF(comments), payload_text(plan, "inner"));
    if (text_equal(payload_text(plan, "stage"), TEXT("posts")))
        return instagram_get(t, account(t), "media", posts, COUNT_OF(posts), payload_text(plan, "after"));
    return instagram_get(t, TEXT("me"), "conversations", talks, COUNT_OF(talks), payload_text(plan, "after"));
}

static void queue_posts(struct instagram_turn *t, json_t *queue)
{
    const json_t *list = instagram_list(t->root);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *media = json_array_get(list, i);
        struct text id = payload_id(t->mem, media, "id");

        if (id.len && payload_number(media, "comments_count", 1) != 0 && json_array_size(queue) < QUEUE_MAX)
            json_array_append_new(queue, json_string(arena_printf(t->mem, "m:%.*s", (int)id.len, id.ptr)));
    }
}

static void queue_replies(struct instagram_turn *t, json_t *queue, struct text media)
{
    const json_t *list = instagram_list(t->root);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *comment = json_array_get(list, i);
        struct text id = payload_id(t->mem, comment, "id");

        if (id.len && meta_next_cursor(t->mem, json_object_get(comment, "replies")).len &&
            json_array_size(queue) < QUEUE_MAX)
            json_array_append_new(queue, json_string(arena_printf(t->mem, "r:%.*s:%.*s", (int)id.len, id.ptr,
                                                                  (int)media.len, media.ptr ? media.ptr : "")));
    }
}

static void set_cursor(json_t *plan, const char *key, struct text cursor)
{
    json_object_del(plan, key);
    instagram_set(plan, key, cursor);
}

static void next_task(json_t *plan)
{
    json_object_del(plan, "inner");
    json_array_remove(json_object_get(plan, "queue"), 0);
}

/* The list at hand is done, or has another page. */
static void next_page(json_t *plan, struct text next)
{
    set_cursor(plan, "after", next);
    if (next.len)
        return;
    json_object_set_new(plan, "stage", json_string(text_equal(payload_text(plan, "stage"), TEXT("talks")) ? "posts"
                                                                                                          : "done"));
}

static int go_on(struct instagram_turn *t, json_t *plan)
{
    t->out->is_last = text_equal(payload_text(plan, "stage"), TEXT("done")) &&
                      json_array_size(json_object_get(plan, "queue")) == 0;
    t->out->cursor = payload_dump(t->mem, plan);
    return 0;
}

/* What is gone or not ours to read is passed over; conversations that are refused are no reason to lose the comments. */
static int end_refused(struct instagram_turn *t, json_t *plan)
{
    if (t->out->outcome != OUTCOME_PERMANENT)
        return 0;
    if (task_of(plan).len)
        next_task(plan);
    else if (text_equal(payload_text(plan, "stage"), TEXT("talks")))
        next_page(plan, INSTAGRAM_NONE);
    else
        return 0;
    (void)meta_result(t->out, OUTCOME_OK, NULL, TEXT(""));
    return go_on(t, plan);
}

int instagram_end_backfill(struct instagram_turn *t)
{
    AUTO(json) json_t *plan = NULL;
    struct text next, task, media;

    if (is_mention(t->op)) {
        t->out->is_last = true;
        if (t->out->outcome == OUTCOME_OK)
            t->out->page = instagram_page(t, "mention", NULL, INSTAGRAM_NONE);
        return 0;
    }
    plan = load(t);
    if (t->out->outcome != OUTCOME_OK)
        return end_refused(t, plan);
    next = meta_next_cursor(t->mem, t->root);
    task = arena_text(t->mem, task_of(plan));
    if (task.len) {
        (void)ids_of(task, &media);
        t->out->page = instagram_page(t, "comments", "about", media);
        if (next.len)
            set_cursor(plan, "inner", next);
        else
            next_task(plan);
        if (task.ptr[0] == 'm')
            queue_replies(t, json_object_get(plan, "queue"), media);
        return go_on(t, plan);
    }
    if (text_equal(payload_text(plan, "stage"), TEXT("posts"))) {
        t->out->page = instagram_page(t, "media", NULL, INSTAGRAM_NONE);
        queue_posts(t, json_object_get(plan, "queue"));
    } else {
        t->out->page = instagram_page(t, "conversations", NULL, INSTAGRAM_NONE);
    }
    next_page(plan, next);
    return go_on(t, plan);
}

/* Backfill: the channel, its videos, every thread with all its replies, then what is held; one page an operation. The
 * API lists newest first and knows no other order of time. Its cursor is a small JSON object. */
#include "youtube_priv.h"

#include "util/str.h"

#define QUEUE_MAX 100

enum stage { STAGE_CHANNEL, STAGE_UPLOADS, STAGE_THREADS, STAGE_HELD, STAGE_SPAM, STAGE_DONE };

struct backfill {
    int64_t stage;
    struct text me, uploads, token, reply_token;
    json_t *queue;                       /* ids of threads whose replies are still to be read, owned */
};

static void load(struct backfill *b, const struct op *op, struct arena *mem)
{
    AUTO(json) json_t *root = op->cursor.len ? json_loadb(op->cursor.ptr, op->cursor.len, 0, NULL) : NULL;
    json_t *queue = json_object_get(root, "queue");

    *b = (struct backfill){
        .stage = payload_number(root, "stage", STAGE_CHANNEL),
        .me = op->channel->external_id.len ? op->channel->external_id : arena_text(mem, payload_text(root, "me")),
        .uploads = arena_text(mem, payload_text(root, "uploads")),
        .token = arena_text(mem, payload_text(root, "token")),
        .reply_token = arena_text(mem, payload_text(root, "reply_token")),
        .queue = json_is_array(queue) ? json_incref(queue) : json_array(),
    };
    if (b->stage < STAGE_CHANNEL || b->stage > STAGE_DONE)
        b->stage = STAGE_CHANNEL;
    if (!b->me.len)
        b->stage = STAGE_CHANNEL;
}

static json_t *word(struct text t)
{
    return json_stringn(t.ptr ? t.ptr : "", t.len);
}

static struct text save(const struct backfill *b, struct arena *mem)
{
    AUTO(json) json_t *root = json_pack("{s:I,s:o,s:o,s:o,s:o,s:O}", "stage", (json_int_t)b->stage, "me", word(b->me),
                                        "uploads", word(b->uploads), "token", word(b->token), "reply_token",
                                        word(b->reply_token), "queue", b->queue);

    return payload_dump(mem, root);
}

static const char *more(struct arena *mem, struct text token)
{
    return token.len ? youtube_parameter(mem, "pageToken", token) : "";
}

static const char *url_of(const struct backfill *b, struct arena *mem)
{
    static const char *const lists[] = { [STAGE_THREADS] = "", [STAGE_HELD] = "&moderationStatus=heldForReview",
                                         [STAGE_SPAM] = "&moderationStatus=likelySpam" };

    if (json_array_size(b->queue))
        return arena_printf(mem, "/youtube/v3/comments?part=snippet&maxResults=100&textFormat=plainText%s%s",
                            youtube_parameter(mem, "parentId", payload_id_value(mem, json_array_get(b->queue, 0))),
                            more(mem, b->reply_token));
    if (b->stage == STAGE_CHANNEL)
        return "/youtube/v3/channels?part=id,snippet,contentDetails,statistics&mine=true";
    if (b->stage == STAGE_UPLOADS)
        return arena_printf(mem, "/youtube/v3/playlistItems?part=snippet,contentDetails&maxResults=50%s%s",
                            youtube_parameter(mem, "playlistId", b->uploads), more(mem, b->token));
    return arena_printf(mem, "/youtube/v3/commentThreads?part=snippet,replies&order=time&maxResults=100"
                             "&textFormat=plainText%s%s%s",
                        lists[b->stage], youtube_parameter(mem, "allThreadsRelatedToChannelId", b->me),
                        more(mem, b->token));
}

/* History may take three fifths of a day's units: today's customers come first. */
int youtube_backfill_begin(const struct op *op, time_us now, struct arena *mem, struct step *out)
{
    struct youtube_quota q = youtube_quota_of(op->channel->state, now);
    struct backfill b;

    load(&b, op, mem);
    (void)youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 });
    if (b.stage == STAGE_DONE && !json_array_size(b.queue)) {
        out->cursor = op->cursor;
        out->is_last = true;
    } else if (q.used >= q.limit - q.limit * 2 / 5) {
        (void)youtube_result(out, OUTCOME_QUOTA, "quota_used", (struct text){ NULL, 0 });
        out->until = youtube_quota_reset(now);
    } else {
        (void)youtube_call(op, mem, "GET", url_of(&b, mem), NULL, out);
    }
    json_decref(b.queue);
    return 0;
}

static void next_stage(struct backfill *b)
{
    b->stage++;
    if (b->stage == STAGE_UPLOADS && !b->uploads.len)
        b->stage++;
    b->token = (struct text){ NULL, 0 };
}

static void next_reply(struct backfill *b)
{
    b->reply_token = (struct text){ NULL, 0 };
    json_array_remove(b->queue, 0);
}

static void note_threads(struct backfill *b, const json_t *items)
{
    for (size_t i = 0; i < json_array_size(items); i++) {
        const json_t *thread = json_array_get(items, i), *replies = json_object_get(thread, "replies");
        int64_t count = payload_number(json_object_get(thread, "snippet"), "totalReplyCount", 0);
        json_t *id = json_object_get(thread, "id");

        if (json_is_string(id) && count > (int64_t)json_array_size(json_object_get(replies, "comments")) &&
            json_array_size(b->queue) < QUEUE_MAX)
            json_array_append(b->queue, id);
    }
}

static void note_channel(struct backfill *b, const json_t *items, struct arena *mem)
{
    const json_t *channel = json_array_get(items, 0);
    const json_t *names = json_object_get(json_object_get(channel, "contentDetails"), "relatedPlaylists");

    b->uploads = arena_text(mem, payload_text(names, "uploads"));
    if (!b->me.len)
        b->me = arena_text(mem, payload_text(channel, "id"));
}

static void advance(struct backfill *b, const json_t *root, struct arena *mem)
{
    const json_t *items = json_object_get(root, "items");
    struct text token = payload_text(root, "nextPageToken");

    if (json_array_size(b->queue)) {
        if (token.len)
            b->reply_token = arena_text(mem, token);
        else
            next_reply(b);
        return;
    }
    if (b->stage == STAGE_CHANNEL)
        note_channel(b, items, mem);
    else if (b->stage != STAGE_UPLOADS)
        note_threads(b, items);
    if (token.len && b->stage != STAGE_CHANNEL)
        b->token = arena_text(mem, token);
    else
        next_stage(b);
}

/* A page that was lost is begun anew, what comes twice merges; a thread that is gone has no replies; a list that is
 * refused is left out. The channel and its threads are what it is all for: without them, no. */
static bool passes_over(struct backfill *b, const struct step *out)
{
    bool is_lost = out->why_code && strcmp(out->why_code, "page_lost") == 0;

    if (is_lost && json_array_size(b->queue) && b->reply_token.len) {
        b->reply_token = (struct text){ NULL, 0 };
    } else if (is_lost && !json_array_size(b->queue) && b->token.len) {
        b->token = (struct text){ NULL, 0 };
    } else if (out->outcome == OUTCOME_PERMANENT && json_array_size(b->queue)) {
        next_reply(b);
    } else if (out->outcome == OUTCOME_PERMANENT && b->stage != STAGE_CHANNEL && b->stage != STAGE_THREADS) {
        next_stage(b);
    } else {
        return false;
    }
    return true;
}

int youtube_backfill_end(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                         struct step *out)
{
    AUTO(json) json_t *root = NULL;
    bool goes_on = false;
    struct backfill b;

    load(&b, op, mem);
    out->cost = reply->status || reply->sent ? 1 : 0;
    if (youtube_answer(op, reply, now, mem, &root, out)) {
        if (json_array_size(json_object_get(root, "items")))
            out->page = youtube_page(mem, op, "backfill", now, json_incref(json_object_get(root, "items")), NULL, NULL);
        advance(&b, root, mem);
        goes_on = b.me.len > 0;
        if (!goes_on)
            (void)youtube_result(out, OUTCOME_PERMANENT, "account_missing", (struct text){ NULL, 0 });
    } else if (passes_over(&b, out)) {
        goes_on = true;
        (void)youtube_result(out, OUTCOME_OK, NULL, (struct text){ NULL, 0 });
    }
    if (goes_on) {
        out->cursor = save(&b, mem);
        out->is_last = b.stage == STAGE_DONE && !json_array_size(b.queue);
    }
    json_decref(b.queue);
    return 0;
}

/* Events on their way in, whatever brought them: what the parsers could not know is filled in from the database, the
 * rest is the ingest's. */
#include "runner_priv.h"

#include "util/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#define LOCK_TRIES 20
#define THREAD_BYTES 1000              /* as the ingest takes them */

AUTO_DEFINE(json, json_t *, NULL, json_decref)

/* WhatsApp hands over the past of a phone by webhook. */
static bool is_told_as_history(const struct event *ev)
{
    return ev->platform == PLATFORM_WHATSAPP && ev->detail.len &&
           memmem(ev->detail.ptr, ev->detail.len, "\"history\":true", 14);
}

/* A platform that is asked for news tells the past as well. The last day is news: somebody may still wait for an answer. */
static bool is_from_before(const struct event *ev, time_us connected_at)
{
    return connected_at > 0 && ev->sent_at != TIME_NONE && ev->sent_at < connected_at - 86400 * US_PER_S;
}

int intake_add(const struct event *ev, void *arg)
{
    struct intake *in = arg;

    if (in->count == in->cap) {
        size_t cap = in->cap ? in->cap * 2 : 64;
        struct ingest_item *grown = realloc(in->items, cap * sizeof(*grown));

        if (!grown)
            return -1;
        in->items = grown;
        in->cap = cap;
    }
    in->items[in->count++] = (struct ingest_item){
        .event = *ev,
        .channel_id = in->channel,
        .received_at = in->received_at,
        .is_backfill = in->is_backfill || is_told_as_history(ev) || is_from_before(ev, in->connected_at),
    };
    return 0;
}

void intake_fini(struct intake *in)
{
    free(in->items);
    in->items = NULL;
    in->count = in->cap = 0;
}

int tenant_switch(struct ctx *c, int64_t business)
{
    if (db_one(c, SQL_TENANT_SWITCH, IN(IN_I64(business)), OUT(OUT_SKIP)) < 0)
        return -1;
    c->who.business = business;
    return 0;
}

static struct text member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? (struct text){ json_string_value(value), json_string_length(value) }
                                 : (struct text){ NULL, 0 };
}

static json_t *detail_of(const struct event *ev)
{
    json_error_t ignored;

    return ev->detail.len ? json_loadb(ev->detail.ptr, ev->detail.len, 0, &ignored) : NULL;
}

/* ---- answers to comments: a parser sees the root's number, the database knows whether that root is a post ---- */

/* An event of a group's strand, which may turn out to hang on a post. */
struct hanging {
    int64_t channel;
    struct text parent;
    struct event *event;
};

struct comment_root {
    struct text thread, post;
    int64_t channel;
    const struct hanging *list;        /* by channel and parent */
    size_t count;
};

static int by_parent(const void *a, const void *b)
{
    const struct hanging *x = a, *y = b;
    size_t least = x->parent.len < y->parent.len ? x->parent.len : y->parent.len;
    int order;

    if (x->channel != y->channel)
        return x->channel < y->channel ? -1 : 1;
    order = memcmp(x->parent.ptr, y->parent.ptr, least);
    return order ? order : x->parent.len < y->parent.len ? -1 : x->parent.len > y->parent.len;
}

static size_t first_under(const struct comment_root *root)
{
    const struct hanging key = { .channel = root->channel, .parent = root->thread };
    size_t low = 0, high = root->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_parent(&root->list[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int hang_on_root(void *arg)
{
    struct comment_root *root = arg;

    for (size_t i = root->thread.len ? first_under(root) : root->count; i < root->count; i++) {
        struct event *ev = root->list[i].event;

        if (root->list[i].channel != root->channel || !text_equal(root->list[i].parent, root->thread))
            break;
        if (ev->thread.type != THREAD_GROUP)
            continue;
        ev->thread.type = THREAD_COMMENT;
        ev->thread.id = root->thread;
        ev->thread.post = root->post;
        ev->thread.parent = ev->reply_to;
    }
    return 0;
}

static struct hanging *list_hanging(struct ctx *c, const struct intake *in, size_t *count)
{
    struct hanging *list = arena_array(c->mem, struct hanging, in->count + 1);

    *count = 0;
    for (size_t i = 0; i < in->count; i++) {
        struct event *ev = &in->items[i].event;

        if (ev->platform == PLATFORM_TELEGRAM && ev->thread.type == THREAD_GROUP && ev->thread.parent.len)
            list[(*count)++] = (struct hanging){ in->items[i].channel_id, ev->thread.parent, ev };
    }
    if (*count)
        qsort(list, *count, sizeof(*list), by_parent);
    return list;
}

/* Roots that came in this very batch are not in the database yet. */
static void hang_on_fresh_roots(const struct intake *in, const struct hanging *list, size_t count)
{
    for (size_t i = 0; i < in->count; i++) {
        const struct event *ev = &in->items[i].event;
        struct comment_root root = { ev->thread.id, ev->thread.post, in->items[i].channel_id, list, count };

        if (ev->thread.present && ev->thread.type == THREAD_COMMENT && ev->platform == PLATFORM_TELEGRAM)
            (void)hang_on_root(&root);
    }
}

static int shape_comments(struct ctx *c, struct intake *in)
{
    size_t count;
    const struct hanging *list = list_hanging(c, in, &count);
    struct text *parents;

    if (!count)
        return 0;
    hang_on_fresh_roots(in, list, count);
    parents = arena_array(c->mem, struct text, count);
    for (size_t from = 0, to; from < count; from = to) {
        struct comment_root root = { .channel = list[from].channel, .list = list, .count = count };
        size_t wanted = 0;

        for (to = from; to < count && list[to].channel == root.channel; to++)
            if (list[to].event->thread.type == THREAD_GROUP &&
                (!wanted || !text_equal(parents[wanted - 1], list[to].parent)))
                parents[wanted++] = list[to].parent;
        if (wanted && db_each(c, SQL_INTAKE_COMMENT_THREADS,
                              IN(IN_I64(c->who.business), IN_I64(root.channel), IN_TEXTS(parents, wanted)),
                              OUT(OUT_TEXT(&root.thread), OUT_TEXT(&root.post)), hang_on_root, &root))
            return -1;
    }
    return 0;
}

/* ---- groups that changed their number ---- */

static void rename_in_batch(struct ctx *c, struct intake *in, int64_t channel, struct text from, struct text to)
{
    for (size_t i = 0; i < in->count; i++) {
        struct event_thread *t = &in->items[i].event.thread;

        if (in->items[i].channel_id == channel && t->present && text_starts(t->id, from) &&
            (t->id.len == from.len || t->id.ptr[from.len] == '#' || t->id.ptr[from.len] == '/'))
            t->id = text_of(arena_printf(c->mem, "%.*s%.*s", (int)to.len, to.ptr, (int)(t->id.len - from.len),
                                         t->id.ptr + from.len));
    }
}

static int shape_moves(struct ctx *c, struct intake *in)
{
    for (size_t i = 0; i < in->count; i++) {
        const struct ingest_item *item = &in->items[i];

        if (item->event.direction != DIRECTION_SYSTEM || item->event.platform != PLATFORM_TELEGRAM)
            continue;
        AUTO(json) json_t *detail = detail_of(&item->event);
        struct text from = arena_text(c->mem, member(detail, "from")), to = arena_text(c->mem, member(detail, "to"));

        if (!from.len || !to.len || to.len > THREAD_BYTES)
            continue;
        if (db_do(c, SQL_INTAKE_MOVE_THREAD,
                  IN(IN_I64(c->who.business), IN_I64(item->channel_id), IN_TEXT(from), IN_TEXT(to))) < 0)
            return -1;
        rename_in_batch(c, in, item->channel_id, from, to);
    }
    return 0;
}

/* ---- what an event changes beside messages ---- */

static int apply_account(struct ctx *c, const struct ingest_item *item, const json_t *detail)
{
    struct text connection = member(detail, "connection");

    if (!connection.len)
        return 0;
    return db_do(c, SQL_CHANNEL_CONNECTION,
                 IN(IN_I64(c->who.business), IN_I64(item->channel_id), IN_TEXT(connection),
                    IN_JSON(item->event.detail))) < 0 ? -1 : 0;
}

static int apply_profile(struct ctx *c, const struct ingest_item *item, const json_t *detail)
{
    const json_t *blocked = json_object_get(detail, "blocked");

    if (!json_is_boolean(blocked) || !item->event.author.id.len)
        return 0;
    return db_do(c, SQL_INTAKE_BLOCK, IN(IN_I64(c->who.business), IN_I16(item->event.platform),
                                         IN_TEXT(item->event.author.id), IN_BOOL(json_is_true(blocked)))) < 0 ? -1 : 0;
}

static bool is_uuid(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (!((t.ptr[i] >= '0' && t.ptr[i] <= '9') || (t.ptr[i] >= 'a' && t.ptr[i] <= 'f') || t.ptr[i] == '-'))
            return false;
    return t.len == 36;
}

/* The platform repeats the key that we gave a part of a reply: 1 it was undecided and is accepted now, 0, -1. */
static int apply_key(struct ctx *c, const struct ingest_item *item, struct text key, struct text message)
{
    int64_t thread = 0;
    int rc;

    if (!is_uuid(key) || !message.len)
        return 0;
    rc = db_one(c, SQL_DELIVER_SEEN,
                IN(IN_I64(c->who.business), IN_I64(item->channel_id), IN_TEXT(key), IN_TEXT(message),
                   IN_TIME(item->event.kind == EVENT_MESSAGE ? item->event.sent_at : TIME_NONE)),
                OUT(OUT_I64(&thread)));
    return rc == 1 ? (jobq_ready(c, READY_OUTBOX, TIME_NONE) ? -1 : 1) : rc;
}

/* Our own message, seen from outside: a send that was undecided is decided now. */
static int apply_echo(struct ctx *c, const struct ingest_item *item)
{
    const struct event *ev = &item->event;
    AUTO(json) json_t *detail = detail_of(ev);
    int64_t thread = 0;
    int rc = apply_key(c, item, member(detail, "metadata"), ev->id);

    if (rc)
        return rc < 0 ? -1 : 0;
    rc = db_one(c, SQL_INTAKE_ECHO,
                    IN(IN_I64(c->who.business), IN_I64(item->channel_id), IN_TEXT(ev->thread.id), IN_TEXT(ev->id),
                       IN_TEXT(ev->text)),
                    OUT(OUT_I64(&thread)));

    return rc == 1 ? ingest_refresh_threads(c, &thread, 1) : rc;
}

static bool names_only(const struct event *ev)
{
    return ev->platform == PLATFORM_INSTAGRAM && ev->kind == EVENT_MESSAGE && !ev->text.len && ev->detail.len &&
           memmem(ev->detail.ptr, ev->detail.len, "\"read\"", 6);
}

/* A mention comes as numbers; its words are asked for. */
static int ask_for_words(struct ctx *c, const struct ingest_item *item)
{
    AUTO(json) json_t *detail = detail_of(&item->event);
    struct text cursor = member(detail, "read");

    return cursor.len ? backfill_read(c, item->channel_id, cursor) : 0;
}

static int apply_side_effects(struct ctx *c, const struct intake *in)
{
    int64_t heard = 0;

    for (size_t i = 0; i < in->count; i++) {
        const struct ingest_item *item = &in->items[i];
        int rc = 0;

        if (item->channel_id != heard)
            rc = db_do(c, SQL_CHANNEL_HEARD, IN(IN_I64(c->who.business), IN_I64(item->channel_id))) < 0 ? -1 : 0;
        heard = item->channel_id;
        if (rc == 0 && (item->event.kind == EVENT_ACCOUNT || item->event.kind == EVENT_PROFILE)) {
            AUTO(json) json_t *detail = detail_of(&item->event);

            rc = item->event.kind == EVENT_ACCOUNT ? apply_account(c, item, detail) : apply_profile(c, item, detail);
        } else if (rc == 0 && item->event.kind == EVENT_MESSAGE && item->event.device == DEVICE_API) {
            rc = apply_echo(c, item);
        }
        if (rc == 0 && !in->is_second_look && names_only(&item->event))
            rc = ask_for_words(c, item); else if (rc == 0 && item->event.kind == EVENT_STATUS) {
            AUTO(json) json_t *detail = detail_of(&item->event);

            rc = apply_key(c, item, member(detail, "callback"), item->event.target) < 0 ? -1 : 0;
        }
        if (rc)
            return -1;
    }
    return 0;
}

int intake_lock(struct ctx *c)
{
    int rc = ingest_try_lock(c);

    for (int tries = 0; rc == 0 && tries < LOCK_TRIES; tries++) {
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
        rc = ingest_try_lock(c);
    }
    return rc;
}

static int need_lock(struct ctx *c)
{
    int rc = intake_lock(c);

    return rc == 0 ? fail(&c->fail, FAIL_TRY_AGAIN, "the business is being written to") : rc == 1 ? 0 : -1;
}

int intake_run(struct ctx *c, struct intake *in)
{
    memset(&in->result, 0, sizeof(in->result));
    if (in->count == 0)
        return 0;
    return need_lock(c) || shape_moves(c, in) || shape_comments(c, in) ||
                   ingest_events(c, in->items, in->count, &in->result) || apply_side_effects(c, in) ||
                   profile_ask(c, in)
               ? -1
               : 0;
}

void intake_announce(struct runner *r, int64_t business, const struct intake *in)
{
    const struct ingest_result *got = &in->result;

    metrics_add(r->metrics, METRIC_MESSAGES_INGESTED, got->messages_new);
    metrics_add(r->metrics, METRIC_MESSAGES_KNOWN, got->messages_known);
    if (got->thread_count > INGEST_MAX_THREADS)
        notifier_panel(r->notifier, business, "conversation", 0);
    else
        for (size_t i = 0; i < got->thread_count; i++)
            notifier_panel(r->notifier, business, "conversation", got->threads[i]);
    if (got->media_wanted)
        loop_poke(&r->loops[LOOP_JOBS]);
}

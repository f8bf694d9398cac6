/* Posts and their numbers, beside the messages that their words become. What is not told stays unknown. */
#include "ingest_priv.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct posts {
    struct batch *b;
    struct key_map keys;
    int64_t *channels, *likes, *comments, *shares, *views;
    struct text *ids, *texts, *links;
    time_us *posted_at, *told_at;
};

struct followers {
    struct key_map keys;
    int64_t *channels, *counts;
    time_us *at;
};

static int64_t number(const json_t *detail, const char *name)
{
    const json_t *value = json_object_get(detail, name);

    return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value) : -1;
}

static struct text link_of(struct arena *mem, const json_t *detail)
{
    static const char *const names[] = { "permalink_url", "permalink", "link", "url" };

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *link = json_string_value(json_object_get(detail, names[i]));

        if (link && strncmp(link, "https://", 8) == 0)
            return ingest_clean(mem, arena_text(mem, text_of(link)));
    }
    return TEXT("");
}

static void keep(int64_t *at, int64_t told)
{
    if (told >= 0)
        *at = told;
}

static void take_post(struct posts *p, const struct ingest_item *item, const json_t *detail, time_us told)
{
    const struct event *ev = &item->event;
    struct arena *mem = p->b->c->mem;
    size_t before = p->keys.count;
    size_t at = key_map_put(&p->keys, item->channel_id, ingest_clean(mem, ev->id));

    if (at == before) {
        p->channels[at] = item->channel_id;
        p->ids[at] = p->keys.keys[at].text;
        p->texts[at] = p->links[at] = TEXT("");
        p->likes[at] = p->comments[at] = p->shares[at] = p->views[at] = -1;
        p->posted_at[at] = TIME_FIRST;
        p->told_at[at] = told;
    }
    if (ev->text.len) {
        p->texts[at] = ingest_clean(mem, ev->text);
        if (ev->sent_at != TIME_NONE)
            p->posted_at[at] = ev->sent_at;
    }
    if (link_of(mem, detail).len)
        p->links[at] = link_of(mem, detail);
    if (told > p->told_at[at])
        p->told_at[at] = told;
    keep(&p->likes[at], number(detail, "likes"));
    keep(&p->comments[at], number(detail, "comments"));
    keep(&p->shares[at], number(detail, "shares"));
    keep(&p->views[at], number(detail, "views"));
}

static void take_followers(struct followers *f, const struct ingest_item *item, const json_t *detail, time_us told)
{
    int64_t count = number(detail, "followers");
    size_t before = f->keys.count, at;

    if (count < 0)
        return;
    at = key_map_put(&f->keys, item->channel_id, TEXT(""));
    if (at == before || told >= f->at[at]) {
        f->channels[at] = item->channel_id;
        f->counts[at] = count;
        f->at[at] = told;
    }
}

static int store(struct posts *p, const struct followers *f)
{
    struct ctx *c = p->b->c;
    size_t n = p->keys.count, k = f->keys.count;
    int64_t business = c->who.business;

    if (n && db_do(c, SQL_POST_PUT,
                   IN(IN_I64(business), IN_I64S(p->channels, n), IN_TEXTS(p->ids, n), IN_TEXTS(p->texts, n),
                      IN_TEXTS(p->links, n), IN_TIMES(p->posted_at, n), IN_TIMES(p->told_at, n), IN_I64S(p->likes, n),
                      IN_I64S(p->comments, n), IN_I64S(p->shares, n), IN_I64S(p->views, n))) < 0)
        return -1;
    if (!k)
        return 0;
    return db_do(c, SQL_POST_FOLLOWERS,
                 IN(IN_I64(business), IN_I64S(f->channels, k), IN_TIMES(f->at, k), IN_I64S(f->counts, k))) < 0 ? -1 : 0;
}

/* Archives keep their posts as messages only: an old export's numbers would overwrite today's. */
int ingest_take_posts(struct batch *b, const struct ingest_item *items, size_t count)
{
    struct arena *mem = b->c->mem;
    struct posts p = { .b = b };
    struct followers f = { .at = NULL };
    size_t posts = 0;

    for (size_t i = 0; i < count; i++)
        posts += items[i].event.kind == EVENT_POST;
    if (!posts || b->archive_id)
        return 0;
    key_map_init(&p.keys, mem);
    key_map_init(&f.keys, mem);
    p.channels = arena_array(mem, int64_t, posts);
    p.likes = arena_array(mem, int64_t, posts);
    p.comments = arena_array(mem, int64_t, posts);
    p.shares = arena_array(mem, int64_t, posts);
    p.views = arena_array(mem, int64_t, posts);
    p.ids = arena_array(mem, struct text, posts);
    p.texts = arena_array(mem, struct text, posts);
    p.links = arena_array(mem, struct text, posts);
    p.posted_at = arena_array(mem, time_us, posts);
    p.told_at = arena_array(mem, time_us, posts);
    f.channels = arena_array(mem, int64_t, posts);
    f.counts = arena_array(mem, int64_t, posts);
    f.at = arena_array(mem, time_us, posts);
    for (size_t i = 0; i < count; i++) {
        const struct event *ev = &items[i].event;
        AUTO(json) json_t *detail = NULL;

        if (ev->kind != EVENT_POST)
            continue;
        time_us told = items[i].received_at == TIME_NONE ? b->now : items[i].received_at;
        detail = ev->detail.len ? json_loadb(ev->detail.ptr, ev->detail.len, 0, NULL) : NULL;
        take_followers(&f, &items[i], detail, told);
        /* Without a thread it is the account itself. */
        if (ev->thread.present && ev->id.len && ev->id.len <= ID_BYTES && text_equal(ev->id, ev->thread.id))
            take_post(&p, &items[i], detail, told);
    }
    return store(&p, &f);
}

bool ingest_is_numbers_only(const struct batch *b, const struct event *ev)
{
    return ev->kind == EVENT_POST && !b->archive_id && !ev->text.len && !ev->attachment_count && !ev->author.id.len &&
           !ev->author.name.len && ev->detail.len;
}

int ingest_follow_posts(struct batch *b, const struct ingest_item *items, size_t count)
{
    int64_t *channels = arena_array(b->c->mem, int64_t, count);
    struct text *ids = arena_array(b->c->mem, struct text, count);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        const struct event *ev = &items[i].event;
        bool changes = ev->kind == EVENT_EDIT || ev->kind == EVENT_DELETE;
        struct text id = changes ? ev->target : ev->kind == EVENT_POST ? ev->id : (struct text){ NULL, 0 };

        if (!id.len || id.len > ID_BYTES)
            continue;
        channels[n] = items[i].channel_id;
        ids[n++] = ingest_clean(b->c->mem, id);
    }
    if (!n || b->archive_id)
        return 0;
    return db_do(b->c, SQL_POST_FOLLOW, IN(IN_I64(b->c->who.business), IN_I64S(channels, n), IN_TEXTS(ids, n))) < 0 ? -1 : 0;
}

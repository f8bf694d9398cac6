/* Whose the events of a body are. A webhook belongs to one channel or, where one app serves many, to an app; but either
 * may tell of several accounts: a page's body holds its comments and its direct messages, a Meta app's those of every
 * page that it serves. */
#include "runner_priv.h"

#include "util/log.h"

/* The accounts that a run of items tells of, each once. */
struct accounts {
    int16_t *platforms;
    struct text *ids;
    size_t count;
    int32_t *of;                       /* by item; -1: told by none, or our own */
    int32_t *table;                    /* open addressing: number + 1, 0 is free */
    size_t mask;
};

static size_t place_of(const struct accounts *a, struct text id)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < id.len; i++)
        h = (h ^ (unsigned char)id.ptr[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32) & a->mask;
}

static int32_t account_of(struct accounts *a, const struct event *ev)
{
    size_t at = place_of(a, ev->channel);

    for (; a->table[at]; at = (at + 1) & a->mask) {
        int32_t n = a->table[at] - 1;

        if (a->platforms[n] == (int16_t)ev->platform && text_equal(a->ids[n], ev->channel))
            return n;
    }
    a->platforms[a->count] = (int16_t)ev->platform;
    a->ids[a->count] = ev->channel;
    a->table[at] = (int32_t)++a->count;
    return a->table[at] - 1;
}

/* An account whose id is not known yet (no check has told it) is taken to be the one that is spoken of. */
static bool is_own(const struct event *ev, const struct channel_facts *home)
{
    return home && ev->platform == home->platform &&
           (!ev->channel.len || !home->external_id.len || text_equal(ev->channel, home->external_id));
}

static void see_accounts(struct accounts *a, const struct intake *in, size_t from, const struct channel_facts *home,
                         struct arena *mem)
{
    size_t n = in->count - from, room = 16;

    while (room < 2 * n)
        room *= 2;
    a->count = 0;
    a->table = arena_array(mem, int32_t, room);
    a->mask = room - 1;
    a->platforms = arena_array(mem, int16_t, n + 1);
    a->ids = arena_array(mem, struct text, n + 1);
    a->of = arena_array(mem, int32_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        const struct event *ev = &in->items[from + i].event;

        a->of[i] = is_own(ev, home) || !ev->channel.len ? -1 : account_of(a, ev);
    }
}

struct found {
    int32_t n;
    int64_t business, channel;
    struct intake_route *routes;
    size_t count, cap;
    int64_t *channels;                 /* by account: within one business there is one */
};

static int keep_here(void *arg)
{
    struct found *f = arg;

    f->channels[f->n] = f->channel;
    return 0;
}

int intake_route_here(struct ctx *c, struct intake *in, size_t from, const struct channel_facts *home, size_t *left_out)
{
    struct accounts a;
    struct found f = { .count = 0 };
    size_t kept = from;

    *left_out = 0;
    see_accounts(&a, in, from, home, c->mem);
    if (!a.count)
        return 0;
    f.channels = arena_array(c->mem, int64_t, a.count);
    if (db_each(c, SQL_INTAKE_ROUTE_HERE,
                IN(IN_I64(c->who.business), IN_I16S(a.platforms, a.count), IN_TEXTS(a.ids, a.count)),
                OUT(OUT_I32(&f.n), OUT_I64(&f.business), OUT_I64(&f.channel)), keep_here, &f))
        return -1;
    for (size_t i = from; i < in->count; i++) {
        int32_t account = a.of[i - from];

        if (account >= 0 && !f.channels[account])
            continue;
        in->items[kept] = in->items[i];
        if (account >= 0)
            in->items[kept].channel_id = f.channels[account];
        kept++;
    }
    *left_out = in->count - kept;
    in->count = kept;
    return 0;
}

static int keep_route(void *arg)
{
    struct found *f = arg;

    if (f->count < f->cap)
        f->routes[f->count++] = (struct intake_route){ f->business, f->channel, f->n };
    return 0;
}

/* The same account may be connected in several businesses; more than this many of them all at once is nobody's use. */
#define ROUTES_PER_ACCOUNT 8

int intake_route_anywhere(struct ctx *c, const struct intake *in, struct intake_routes *out)
{
    struct accounts a;
    struct found f = { .count = 0 };

    see_accounts(&a, in, 0, NULL, c->mem);
    f.cap = a.count * ROUTES_PER_ACCOUNT;
    f.routes = arena_array(c->mem, struct intake_route, f.cap + 1);
    if (a.count && db_each(c, SQL_INTAKE_ROUTE_ANYWHERE, IN(IN_I16S(a.platforms, a.count), IN_TEXTS(a.ids, a.count)),
                           OUT(OUT_I32(&f.n), OUT_I64(&f.business), OUT_I64(&f.channel)), keep_route, &f))
        return -1;
    *out = (struct intake_routes){ .of = a.of, .list = f.routes, .count = f.count };
    return 0;
}

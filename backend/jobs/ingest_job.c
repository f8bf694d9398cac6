/* Stored webhook bodies become messages: a batch at a time, business by business, one transaction. What breaks a batch
 * is found by taking its bodies one by one, so that a poisoned one never holds up the others. What brings the whole
 * process down lies among the oldest bodies: a worker begins with those, few at a time, and counts in the database that
 * it is about to read them. One that was counted before is suspect and read alone, until it is set aside. */
#include "runner_priv.h"

#include "util/log.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCH_BYTES ((size_t)16 << 20)
#define CAREFUL_ROWS 16
#define CAREFUL_BATCHES 2              /* so many, as claimed at full speed, hold what the last worker had in hand */

struct delivered {
    int64_t id, business, channel;
    int16_t platform;
    time_us received_at;
    int16_t attempts;
    struct text body;
};

struct batch {
    struct runner *runner;
    struct ctx *c;
    const int64_t *only;               /* these deliveries; NULL: as many as wanted */
    size_t only_count;
    int64_t limit;
    struct delivered row;              /* being read */
    struct delivered *rows;
    size_t count, cap, bytes;
    bool is_cut;                       /* some rows were left */
    int64_t *suspects;                 /* ids left out, to be taken alone */
    size_t suspect_count;
    int64_t *done;                     /* ids to be marked parsed */
    size_t done_count;
    struct intake *groups;             /* one a business, in the order of rows */
    int64_t *group_business;
    size_t group_count, group_cap;
};

static int keep_row(void *arg)
{
    struct batch *b = arg;

    if (b->count == b->cap)
        return fail(&b->c->fail, FAIL_INTERNAL, "more rows than asked for");
    /* A tree takes many times its text: what is beyond the measure is left for the next batch. */
    if (!b->only && b->row.attempts) {
        b->suspects[b->suspect_count++] = b->row.id;
        return 0;
    }
    b->is_cut = b->is_cut || (b->count && b->bytes + b->row.body.len > BATCH_BYTES);
    if (b->is_cut)
        return 0;
    b->bytes += b->row.body.len;
    b->rows[b->count++] = b->row;
    return 0;
}

static int claim(struct ctx *c, struct batch *b)
{
    struct delivered *r = &b->row;
    struct db_outs outs = OUT(OUT_I64(&r->id), OUT_I64(&r->business), OUT_I64(&r->channel), OUT_I16(&r->platform),
                              OUT_TIME(&r->received_at), OUT_I16(&r->attempts), OUT_TEXT(&r->body));

    b->cap = b->only ? b->only_count : (size_t)b->limit;
    b->count = b->done_count = b->group_count = b->suspect_count = b->bytes = 0;
    b->is_cut = false;
    b->rows = arena_array(c->mem, struct delivered, b->cap);
    b->done = arena_array(c->mem, int64_t, b->cap);
    b->suspects = arena_array(c->mem, int64_t, b->cap);
    b->groups = NULL;
    b->group_business = NULL;
    b->group_cap = 0;
    if (b->only)
        return db_each(c, SQL_DELIVERY_CLAIM_THESE, IN(IN_I64S(b->only, b->only_count)), outs, keep_row, b);
    return db_each(c, SQL_DELIVERY_CLAIM, IN(IN_I64(b->limit)), outs, keep_row, b);
}

/* Businesses in ascending order: two workers take their locks in the same order and never wait for each other in a
 * circle. Within a business, bodies keep the order in which they came. */
static int by_business(const void *a, const void *b)
{
    const struct delivered *x = a, *y = b;

    if (x->business != y->business)
        return x->business < y->business ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static int refuse(struct ctx *c, const struct delivered *d, const char *why)
{
    log_warn("delivery refused", KV_I("delivery", d->id), KV_S("why", why));
    return db_do(c, SQL_DELIVERY_REFUSED, IN(IN_I64(d->id), IN_STR(why))) < 0 ? -1 : 0;
}

/* Bodies of a business's channels come mixed: each channel is read once a batch. */
#define CHANNELS_SEEN 16

struct channel_seen {
    int64_t id;
    bool is_there;
    struct open_channel channel;
};

struct channels_seen {
    struct channel_seen all[CHANNELS_SEEN];
    size_t next;                       /* to be given up when all are taken */
};

static void forget_channel(struct channel_seen *one)
{
    if (one->is_there)
        channel_close(&one->channel);
    *one = (struct channel_seen){ .id = 0 };
}

static void forget_channels(struct channels_seen *seen)
{
    for (size_t i = 0; i < CHANNELS_SEEN; i++)
        forget_channel(&seen->all[i]);
}

/* Good until the next call. */
static int see_channel(struct ctx *c, int64_t id, struct channels_seen *seen, const struct channel_seen **out)
{
    struct channel_seen *one = NULL;
    int rc = 0;

    for (size_t i = 0; i < CHANNELS_SEEN && !one; i++)
        if (seen->all[i].id == id)
            one = &seen->all[i];
    if (!one) {
        one = &seen->all[seen->next++ % CHANNELS_SEEN];
        forget_channel(one);
        rc = channel_open(c, id, &one->channel);
        one->id = rc < 0 ? 0 : id;
        one->is_there = rc == 1;
    }
    *out = one;
    return rc < 0 ? -1 : 0;
}

static int parse_one(struct ctx *c, struct batch *b, const struct delivered *d, struct channels_seen *channels,
                     struct intake *in)
{
    struct fail why = { .code = FAIL_NONE };
    size_t before = in->count, left_out = 0;
    const struct channel_seen *seen;

    if (see_channel(c, d->channel, channels, &seen))
        return -1;
    if (!seen->is_there) {
        /* The channel went while the body was under way: its address may have an heir. */
        int64_t heir = 0;

        if (db_one(c, SQL_DELIVERY_HEIR, IN(IN_I64(d->id)), OUT(OUT_I64(&heir))) < 0 ||
            (heir && see_channel(c, heir, channels, &seen)))
            return -1;
        if (!seen->is_there)
            return refuse(c, d, "no such channel");
    }
    in->channel = seen->id;
    in->received_at = d->received_at;
    if (seen->channel.connector->parse(d->body, &seen->channel.facts, c->mem, intake_add, in, &why)) {
        in->count = before;
        return refuse(c, d, why.text);
    }
    if (intake_route_here(c, in, before, &seen->channel.facts, &left_out))
        return -1;
    if (left_out && in->count == before)
        return refuse(c, d, "tells of accounts that are not connected");
    if (left_out)
        log_info("events of accounts that are not connected", KV_I("delivery", d->id), KV_I("count", left_out));
    b->done[b->done_count++] = d->id;
    return 0;
}

/* While a file is merged into one business, the others' messages do not wait for it. */
static int put_off_rows(struct ctx *c, const struct batch *b, size_t from, size_t to)
{
    int64_t *ids = arena_array(c->mem, int64_t, to - from);

    for (size_t i = from; i < to; i++)
        ids[i - from] = b->rows[i].id;
    return db_do(c, SQL_DELIVERY_BUSY, IN(IN_I64S(ids, to - from))) < 0 ? -1 : 0;
}

/* The pointer is good until the next group. */
static struct intake *new_group(struct ctx *c, struct batch *b, int64_t business)
{
    if (b->group_count == b->group_cap) {
        size_t cap = b->group_cap ? b->group_cap * 2 : 16;
        struct intake *groups = arena_array(c->mem, struct intake, cap);
        int64_t *businesses = arena_array(c->mem, int64_t, cap);

        if (b->group_count) {
            memcpy(groups, b->groups, b->group_count * sizeof(*groups));
            memcpy(businesses, b->group_business, b->group_count * sizeof(*businesses));
        }
        b->groups = groups;
        b->group_business = businesses;
        b->group_cap = cap;
    }
    b->groups[b->group_count] = (struct intake){ .mem = c->mem };
    b->group_business[b->group_count] = business;
    return &b->groups[b->group_count++];
}

static int take_business(struct ctx *c, struct batch *b, size_t from, size_t to)
{
    struct channels_seen seen = { .next = 0 };
    int64_t business = b->rows[from].business;
    struct intake *in = new_group(c, b, business);
    int rc = tenant_switch(c, business);

    if (rc == 0 && (rc = intake_lock(c)) != 1)
        return rc == 0 ? put_off_rows(c, b, from, to) : -1;
    rc = rc == 1 ? 0 : rc;
    for (size_t i = from; i < to && rc == 0; i++)
        rc = parse_one(c, b, &b->rows[i], &seen, in);
    if (rc == 0)
        rc = intake_run(c, in);
    forget_channels(&seen);
    return rc;
}

/* ---- bodies of an app's webhook, which may hold several businesses' events ---- */

struct app_bodies {
    struct batch *b;
    size_t from, to;                   /* rows */
    struct intake all;                 /* everybody's events, row by row */
    size_t *ends;                      /* of each row's events in it */
    bool *is_out;                      /* by row: refused, or put off */
    struct intake_routes routes;
};

static int parse_app_body(struct ctx *c, struct app_bodies *a, size_t row)
{
    const struct delivered *d = &a->b->rows[row];
    const struct connector *connector = d->platform >= 0 ? connector_for((enum platform)d->platform) : NULL;
    const struct channel_facts facts = { .platform = (enum platform)d->platform };
    struct fail why = { .code = FAIL_NONE };
    size_t before = a->all.count;
    int rc = 0;

    a->all.received_at = d->received_at;
    if (!connector || connector->parse(d->body, &facts, c->mem, intake_add, &a->all, &why)) {
        a->all.count = before;
        a->is_out[row - a->from] = true;
        rc = refuse(c, d, connector ? why.text : "no such platform");
    }
    a->ends[row - a->from] = a->all.count;
    return rc;
}

static bool row_tells_of(const struct app_bodies *a, size_t row, int32_t account)
{
    for (size_t i = row == a->from ? 0 : a->ends[row - a->from - 1]; i < a->ends[row - a->from]; i++)
        if (a->routes.of[i] == account)
            return true;
    return false;
}

/* The routes [first, last) are of one business. While it is busy its bodies wait, whole: what other businesses had from
 * them is told again and known by then. */
static int take_routed(struct ctx *c, struct app_bodies *a, size_t first, size_t last)
{
    struct intake_route *list = a->routes.list;
    struct intake *in;
    int rc = tenant_switch(c, list[first].business);

    if (rc == 0 && (rc = intake_lock(c)) != 1) {
        for (size_t row = a->from; row < a->to && rc == 0; row++)
            for (size_t r = first; r < last && !a->is_out[row - a->from] && rc == 0; r++)
                if (row_tells_of(a, row, list[r].account)) {
                    a->is_out[row - a->from] = true;
                    rc = put_off_rows(c, a->b, row, row + 1);
                }
        return rc;
    }
    if (rc < 0)
        return -1;
    in = new_group(c, a->b, list[first].business);
    for (size_t i = 0; i < a->all.count; i++)
        for (size_t r = first; r < last; r++)
            if (a->routes.of[i] == list[r].account) {
                in->channel = list[r].channel;
                in->received_at = a->all.items[i].received_at;
                if (intake_add(&a->all.items[i].event, in))
                    return fail(&c->fail, FAIL_INTERNAL, "out of memory");
            }
    return intake_run(c, in);
}

/* A body that tells of nobody here is kept with that said. */
static int conclude_app_bodies(struct ctx *c, const struct app_bodies *a)
{
    for (size_t row = a->from; row < a->to; row++) {
        bool is_ours = false;

        if (a->is_out[row - a->from])
            continue;
        for (size_t r = 0; r < a->routes.count && !is_ours; r++)
            is_ours = row_tells_of(a, row, a->routes.list[r].account);
        if (is_ours)
            a->b->done[a->b->done_count++] = a->b->rows[row].id;
        else if (refuse(c, &a->b->rows[row], "tells of accounts that are not connected"))
            return -1;
    }
    return 0;
}

static int take_app_bodies(struct ctx *c, struct batch *b, size_t from, size_t to)
{
    struct app_bodies a = { .b = b, .from = from, .to = to, .all = { .mem = c->mem } };
    int rc = tenant_switch(c, 0);

    a.ends = arena_array(c->mem, size_t, to - from);
    a.is_out = arena_array(c->mem, bool, to - from);
    for (size_t row = from; row < to && rc == 0; row++)
        rc = parse_app_body(c, &a, row);
    if (rc == 0)
        rc = intake_route_anywhere(c, &a.all, &a.routes);
    for (size_t first = 0, last; first < a.routes.count && rc == 0; first = last) {
        for (last = first + 1; last < a.routes.count && a.routes.list[last].business == a.routes.list[first].business;)
            last++;
        rc = take_routed(c, &a, first, last);
    }
    if (rc == 0)
        rc = conclude_app_bodies(c, &a);
    intake_fini(&a.all);
    return rc;
}

static void drop_groups(struct batch *b)
{
    for (size_t i = 0; i < b->group_count; i++)
        intake_fini(&b->groups[i]);
}

static int run_batch(struct ctx *c, void *arg)
{
    struct batch *b = arg;
    int rc = claim(c, b);

    if (rc == 0 && b->count)
        qsort(b->rows, b->count, sizeof(*b->rows), by_business);
    for (size_t from = 0, to; from < b->count && rc == 0; from = to) {
        for (to = from + 1; to < b->count && b->rows[to].business == b->rows[from].business; to++)
            ;
        rc = b->rows[from].business ? take_business(c, b, from, to) : take_app_bodies(c, b, from, to);
    }
    if (rc == 0 && b->done_count)
        rc = db_do(c, SQL_DELIVERY_PARSED, IN(IN_I64S(b->done, b->done_count))) < 0 ? -1 : 0;
    drop_groups(b);
    return rc;
}

static int take(struct ctx *c, struct batch *b)
{
    int rc;

    b->c = c;
    db_enter_system(c);
    rc = db_tx(c, run_batch, b);
    db_leave(c);
    if (rc == 0)
        for (size_t i = 0; i < b->group_count; i++)
            intake_announce(b->runner, b->group_business[i], &b->groups[i]);
    return rc;
}

static void put_off(struct ctx *c, int64_t delivery)
{
    char why[sizeof(c->fail.text)];

    (void)snprintf(why, sizeof(why), "%s", c->fail.text);
    log_warn("delivery not stored", KV_I("delivery", delivery), KV_S("why", why));
    db_enter_system(c);
    if (db_do(c, SQL_DELIVERY_AGAIN, IN(IN_I64(delivery), IN_STR(why))) < 0)
        log_error("delivery not put off", KV_S("why", c->fail.text));
    db_leave(c);
}

static int keep_state(void *arg)
{
    (void)arg;
    return 0;
}

/* Committed before the bodies are read, so that it outlives a crash. A single one that has brought workers down too
 * often is set aside: 1; else 0, -1. */
static int count_attempt(struct ctx *c, const int64_t *ids, size_t count)
{
    int16_t state = 0;
    int rc;

    db_enter_system(c);
    rc = db_each(c, SQL_DELIVERY_COUNT, IN(IN_I64S(ids, count)), OUT(OUT_I16(&state)), keep_state, NULL);
    db_leave(c);
    if (rc)
        return -1;
    if (state)
        log_error("delivery set aside: the worker ended each time it read it", KV_I("delivery", ids[0]));
    return state != 0;
}

/* A database that went away is not held against the bodies that were to be read: only a worker that ended is. Waits until
 * that is written down, or what is innocent would be set aside after a few such outages. */
static void uncount(struct runner *r, struct ctx *c, const int64_t *ids, size_t count)
{
    struct loop *l = &r->loops[LOOP_INTAKE];
    int rc = -1;

    while (rc < 0 && loop_goes_on(l)) {
        db_enter_system(c);
        rc = db_do(c, SQL_DELIVERY_BUSY, IN(IN_I64S(ids, count))) < 0 ? -1 : 0;
        db_leave(c);
        if (rc)
            loop_sleep(l, 200);
    }
}

static void take_singly(struct runner *r, struct ctx *c, const int64_t *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct batch one = { .runner = r, .only = &ids[i], .only_count = 1 };
        struct arena_mark mark = arena_mark(c->mem);

        if (count_attempt(c, &ids[i], 1) == 0 && take(c, &one)) {
            if (c->fail.code == FAIL_TRY_AGAIN)
                uncount(r, c, &ids[i], 1);
            else
                put_off(c, ids[i]);
        }
        arena_rewind(c->mem, mark);
    }
}

struct peek {
    int64_t id, fresh[CAREFUL_ROWS], suspects[CAREFUL_ROWS];
    int16_t attempts;
    size_t fresh_count, suspect_count;
};

static int keep_id(void *arg)
{
    struct peek *p = arg;

    if (p->attempts)
        p->suspects[p->suspect_count++] = p->id;
    else
        p->fresh[p->fresh_count++] = p->id;
    return 0;
}

/* 1: there may be more, 0: nothing there, -1: the database is away. */
static int take_carefully(struct runner *r, struct ctx *c)
{
    struct peek p = { .id = 0 };
    int rc;

    db_enter_system(c);
    rc = db_each(c, SQL_DELIVERY_PEEK, IN(IN_I64(CAREFUL_ROWS)), OUT(OUT_I64(&p.id), OUT_I16(&p.attempts)), keep_id, &p);
    db_leave(c);
    if (rc || (p.fresh_count && count_attempt(c, p.fresh, p.fresh_count) < 0)) {
        log_warn("deliveries wait", KV_S("why", c->fail.text));
        return -1;
    }
    struct batch few = { .runner = r, .only = p.fresh, .only_count = p.fresh_count };
    if (p.fresh_count && take(c, &few)) {
        if (c->fail.code == FAIL_TRY_AGAIN) {
            uncount(r, c, p.fresh, p.fresh_count);
            return -1;
        }
        take_singly(r, c, p.fresh, p.fresh_count);
    }
    take_singly(r, c, p.suspects, p.suspect_count);
    return p.fresh_count + p.suspect_count ? 1 : 0;
}

/* 1: there may be more at once, 0: nothing there, -1: the database is away. */
static int take_some(struct runner *r, struct ctx *c)
{
    struct batch b = { .runner = r, .limit = c->cfg->work_batch };
    int64_t *ids;

    if (take(c, &b) == 0) {
        take_singly(r, c, b.suspects, b.suspect_count);
        return b.is_cut || b.count + b.suspect_count == (size_t)b.limit;
    }
    if (c->fail.code == FAIL_TRY_AGAIN || b.count == 0) {
        log_warn("deliveries wait", KV_S("why", c->fail.text));
        return -1;
    }
    log_warn("batch of deliveries broke, taking them singly", KV_I("count", b.count), KV_S("why", c->fail.text));
    ids = calloc(b.count, sizeof(*ids));
    for (size_t i = 0; ids && i < b.count; i++)
        ids[i] = b.rows[i].id;
    if (ids)
        take_singly(r, c, ids, b.count);
    free(ids);
    return 1;
}

void intake_loop(struct loop *l, struct ctx *c)
{
    int64_t careful = CAREFUL_BATCHES * c->cfg->work_batch;

    while (loop_goes_on(l)) {
        int rc = careful > 0 ? take_carefully(l->runner, c) : take_some(l->runner, c);

        if (careful > 0)
            careful = rc == 0 ? 0 : rc > 0 ? careful - CAREFUL_ROWS : careful;
        arena_reset(c->mem);
        if (rc <= 0)
            loop_sleep(l, rc < 0 ? 1000 : 200);
    }
}

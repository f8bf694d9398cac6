/* Asking platforms for news: one long poll a channel, as many at once as there are channels, one thread. A page's
 * messages and the cursor behind them are one transaction, so nothing is skipped and nothing is asked for twice. */
#include "runner_priv.h"

#include "util/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#define LEASE_S 20
#define RENEW_MS 5000
#define WAIT_S 50
#define CALLS_MAX 16                   /* of one page */

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct poller;

struct owned {                         /* a business whose lease is ours */
    int64_t business;
    time_us due;                       /* the lease, exactly as it stands in the database */
    struct mono_us renew_at;
};

struct polled {                        /* a channel; busy: a poll is under way and its parts are alive */
    struct polled *next, *next_landed;
    struct poller *poller;
    int64_t business, channel;
    bool is_wanted, is_busy;
    struct mono_us not_before;
    int failures, calls;
    struct arena *mem;
    struct open_channel open;
    struct op op;
    struct step_state state;
    struct httpc_reply *reply;
};

struct poller {
    struct loop *loop;
    struct runner *runner;
    struct owned *owned;
    size_t owned_count, owned_cap;
    struct polled *channels;
    int busy;
    pthread_mutex_t lock;
    struct polled *landed;             /* under lock */
    struct ctx *c;
    int64_t row_id;                    /* being read */
    time_us row_at;
    int64_t row_business;
    int16_t beside[PLATFORM_COUNT];
    size_t beside_count;
    size_t seen;
    bool at_once;                      /* somebody asked: pauses are over */
};

/* ---- which channels ---- */

static struct polled *polled_of(struct poller *p, int64_t business, int64_t channel)
{
    struct polled *one;

    for (one = p->channels; one; one = one->next)
        if (one->business == business && one->channel == channel)
            return one;
    one = calloc(1, sizeof(*one));
    if (!one)
        abort();
    one->poller = p;
    one->business = business;
    one->channel = channel;
    one->next = p->channels;
    p->channels = one;
    return one;
}

static int want(void *arg)
{
    struct poller *p = arg;
    struct polled *one = polled_of(p, p->row_business, p->row_id);

    one->is_wanted = true;
    if (p->at_once)
        one->not_before = p->row_at == TIME_NONE ? clock_mono() : mono_after_ms((p->row_at - clock_now()) / 1000);
    p->seen++;
    return 0;
}

static void unwant(struct poller *p, int64_t business)
{
    for (struct polled *one = p->channels; one; one = one->next)
        if (one->business == business)
            one->is_wanted = false;
}

static int refresh(struct poller *p, struct ctx *c, const struct owned *o)
{
    int rc;

    unwant(p, o->business);
    p->seen = 0;
    p->row_business = o->business;
    db_enter_business(c, o->business);
    rc = db_each(c, SQL_POLL_CHANNELS, IN(IN_I64(o->business), IN_I16S(p->beside, p->beside_count)),
                 OUT(OUT_I64(&p->row_id), OUT_TIME(&p->row_at)), want, p);
    db_leave(c);
    return rc;
}

static void disown(struct poller *p, size_t at)
{
    unwant(p, p->owned[at].business);
    p->owned[at] = p->owned[--p->owned_count];
}

static void own(struct poller *p, int64_t business, time_us due)
{
    struct owned *o = NULL;

    for (size_t i = 0; i < p->owned_count && !o; i++)
        if (p->owned[i].business == business)
            o = &p->owned[i];
    if (!o) {
        if (p->owned_count == p->owned_cap) {
            p->owned_cap = p->owned_cap ? p->owned_cap * 2 : 16;
            p->owned = realloc(p->owned, p->owned_cap * sizeof(*p->owned));
            if (!p->owned)
                abort();
        }
        o = &p->owned[p->owned_count++];
    }
    *o = (struct owned){ business, due, mono_after_ms(RENEW_MS) };
}

static int claim(struct poller *p, struct ctx *c)
{
    int64_t business = 0;
    time_us due = TIME_NONE;
    int rc;

    for (;;) {
        db_enter_system(c);
        rc = db_one(c, SQL_POLL_CLAIM, IN(IN_DOUBLE(LEASE_S)), OUT(OUT_I64(&business), OUT_TIME(&due)));
        db_leave(c);
        if (rc != 1)
            return rc;
        own(p, business, due);
        p->at_once = true;
        rc = refresh(p, c, &(struct owned){ .business = business });
        p->at_once = false;
        if (rc)
            return -1;
    }
}

static int renew(struct poller *p, struct ctx *c)
{
    for (size_t i = 0; i < p->owned_count; i++) {
        struct owned *o = &p->owned[i];
        int rc;

        if (!mono_passed(o->renew_at))
            continue;
        if (refresh(p, c, o))
            return -1;
        db_enter_system(c);
        if (p->seen == 0)
            rc = db_do(c, SQL_POLL_FORGET, IN(IN_I64(o->business), IN_TIME(o->due))) < 0 ? -1 : 0;
        else
            rc = db_one(c, SQL_POLL_RENEW, IN(IN_I64(o->business), IN_TIME(o->due), IN_DOUBLE(LEASE_S)),
                        OUT(OUT_TIME(&o->due)));
        db_leave(c);
        if (rc < 0)
            return -1;
        if (rc == 0)
            disown(p, i--);
        else
            o->renew_at = mono_after_ms(RENEW_MS);
    }
    return 0;
}

/* ---- a poll ---- */

static void polled_idle(struct polled *one)
{
    channel_close(&one->open);
    httpc_reply_free(one->reply);
    one->reply = NULL;
    arena_free(one->mem);
    one->mem = NULL;
    one->is_busy = false;
    one->poller->busy--;
}

/* On the HTTP client's thread. */
static void on_answer(struct httpc_reply *reply, void *arg)
{
    struct polled *one = arg;
    struct poller *p = one->poller;

    one->reply = reply;
    pthread_mutex_lock(&p->lock);
    one->next_landed = p->landed;
    p->landed = one;
    pthread_mutex_unlock(&p->lock);
    loop_poke(p->loop);
}

static void back_off(struct polled *one)
{
    int64_t ms = one->failures < 6 ? INT64_C(1000) << one->failures : 60000;

    one->failures++;
    one->not_before = mono_after_ms(ms);
}

enum how { IS_WELL, AILS, IS_LOST };

static void mark(struct poller *p, struct ctx *c, const struct polled *one, enum how how, const char *code)
{
    db_enter_business(c, one->business);
    int rc = how == IS_WELL ? channel_mark(c, one->channel, CHANNEL_HEALTHY, "")
             : how == AILS  ? channel_ails(c, one->channel, code)
                            : channel_refused(c, &one->open, code);
    db_leave(c);
    if (rc < 0)
        log_warn("channel not marked", KV_S("why", c->fail.text));
    if (rc == 1) {
        log_info("channel", KV_I("channel", one->channel), KV_I("well", how == IS_WELL), KV_S("code", code));
        notifier_panel(p->runner->notifier, one->business, "channel", 0);
    }
}

struct page {
    struct polled *one;
    const struct step *step;
    struct intake in;
    bool set_aside;                    /* keep the updates as deliveries instead of storing them */
};

static int move_cursor(struct ctx *c, const struct page *p)
{
    return db_do(c, SQL_POLL_CURSOR, IN(IN_I64(p->one->business), IN_I64(p->one->channel), IN_TEXT(p->step->cursor),
                                        IN_TIME(p->step->until))) < 0 ? -1 : 0;
}

static int keep_raw(struct ctx *c, const struct page *p, struct text body, bool is_parsed)
{
    return db_do(c, SQL_DELIVERY_ADD,
                 IN(IN_I16(p->one->open.facts.platform), IN_I64(p->one->business), IN_I64(p->one->channel),
                    IN_BOOL(is_parsed), IN_BYTES(body))) < 0 ? -1 : 0;
}

static int store_page(struct ctx *c, void *arg)
{
    struct page *p = arg;
    size_t left_out;
    int rc;

    intake_fini(&p->in);
    p->in = (struct intake){ .mem = p->one->mem, .channel = p->one->channel, .received_at = clock_now(),
                             .connected_at = p->one->open.connected_at };
    if (p->one->open.connector->parse(p->step->page, &p->one->open.facts, p->one->mem, intake_add, &p->in, &c->fail))
        return -1;
    if (intake_route_here(c, &p->in, 0, &p->one->open.facts, &left_out))
        return -1;
    rc = intake_run(c, &p->in);
    return rc || keep_raw(c, p, p->step->page, true) || move_cursor(c, p) ? -1 : 0;
}

/* A page that cannot be stored as a whole: each update becomes a delivery of its own, where a poisoned one is found. */
static int set_page_aside(struct ctx *c, void *arg)
{
    const struct page *p = arg;
    json_error_t ignored;
    AUTO(json) json_t *root = json_loadb(p->step->page.ptr, p->step->page.len, 0, &ignored);
    json_t *list = json_object_get(root, "result");

    for (size_t i = 0; i < json_array_size(list); i++) {
        char *one = json_dumps(json_array_get(list, i), JSON_COMPACT | JSON_ENCODE_ANY);
        int rc = one ? keep_raw(c, p, text_of(one), false) : -1;

        free(one);
        if (rc)
            return -1;
    }
    if (json_array_size(list) == 0 && keep_raw(c, p, p->step->page, false))
        return -1;
    return move_cursor(c, p);
}

static void take_page(struct poller *p, struct ctx *c, struct polled *one, const struct step *step)
{
    struct page page = { .one = one, .step = step };
    int rc;

    db_enter_business(c, one->business);
    rc = db_tx(c, store_page, &page);
    if (rc == 0) {
        db_leave(c);
        intake_announce(p->runner, one->business, &page.in);
    } else {
        log_warn("page not stored", KV_I("channel", one->channel), KV_S("why", c->fail.text));
        if (c->fail.code != FAIL_TRY_AGAIN)
            rc = db_tx(c, set_page_aside, &page);
        db_leave(c);
        loop_poke(&p->runner->loops[LOOP_INTAKE]);
    }
    intake_fini(&page.in);
    if (rc)
        back_off(one);
}

/* Nothing was said; but where the asking itself is planned in the cursor, it moves. */
static void note_ok(struct ctx *c, struct polled *one, const struct step *step)
{
    const struct page page = { .one = one, .step = step };

    db_enter_business(c, one->business);
    if (db_do(c, SQL_CHANNEL_OK, IN(IN_I64(one->business), IN_I64(one->channel))) < 0 ||
        ((step->until != TIME_NONE || !text_equal(step->cursor, one->open.cursor)) && step->cursor.len &&
         move_cursor(c, &page)))
        log_warn("channel not marked", KV_S("why", c->fail.text));
    db_leave(c);
}

static void rest_until(struct polled *one, time_us until)
{
    one->not_before = until == TIME_NONE ? clock_mono() : mono_after_ms((until - clock_now()) / 1000);
}

static void note_cost(struct ctx *c, const struct polled *one, const struct step *step)
{
    if (step->cost <= 0)
        return;
    db_enter_business(c, one->business);
    if (channel_spend(c, &one->open, step->cost))
        log_warn("cost not counted", KV_I("channel", one->channel), KV_S("why", c->fail.text));
    db_leave(c);
}

static void conclude(struct poller *p, struct ctx *c, struct polled *one, const struct step *step)
{
    note_cost(c, one, step);
    switch (step->outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        one->failures = 0;
        rest_until(one, step->until);
        if (one->open.status == CHANNEL_BROKEN)
            mark(p, c, one, IS_WELL, "");
        if (step->page.len)
            take_page(p, c, one, step);
        else
            note_ok(c, one, step);
        return;
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
        rest_until(one, step->until);
        if (strcmp(step->why_code, "slow_down") != 0)
            mark(p, c, one, AILS, step->why_code);
        return;
    case OUTCOME_AUTH:
        one->is_wanted = false;
        mark(p, c, one, IS_LOST, step->why_code);
        return;
    case OUTCOME_RETRY:
    case OUTCOME_UNKNOWN:
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        back_off(one);
        if (one->failures >= 3)
            mark(p, c, one, AILS, "unreachable");
        return;
    }
}

static void follow(struct poller *p, struct ctx *c, struct polled *one, struct step *step)
{
    if (step->kind == STEP_CALL && loop_goes_on(p->loop) && one->calls++ < CALLS_MAX &&
        call_start(p->runner->polls, step, one->mem, -1, on_answer, one, &c->fail) == 0)
        return;
    if (step->kind == STEP_RESULT)
        conclude(p, c, one, step);
    else if (step->kind == STEP_WAIT && step->until != TIME_NONE)
        rest_until(one, step->until);
    else
        back_off(one);
    polled_idle(one);
}

static void begin(struct poller *p, struct ctx *c, struct polled *one)
{
    struct ctx own_ctx = *c;
    struct step step = { .kind = STEP_WAIT, .until = TIME_NONE };
    int rc;

    one->mem = arena_new(0);
    own_ctx.mem = one->mem;
    db_enter_business(&own_ctx, one->business);
    rc = channel_open(&own_ctx, one->channel, &one->open);
    db_leave(&own_ctx);
    p->busy++;
    one->is_busy = true;
    if (rc == 1) {
        one->state = (struct step_state){ 0 };
        one->calls = 0;
        one->op = (struct op){ .kind = OP_POLL, .channel = &one->open.facts, .cursor = one->open.cursor,
                               .wait_s = WAIT_S };
        if (one->open.connector->step(&one->op, &one->state, NULL, clock_now(), one->mem, &step, &c->fail))
            step.kind = STEP_WAIT;
    } else {
        one->open = (struct open_channel){ 0 };
    }
    follow(p, c, one, &step);
}

static void land(struct poller *p, struct ctx *c)
{
    struct polled *list, *next;

    pthread_mutex_lock(&p->lock);
    list = p->landed;
    p->landed = NULL;
    pthread_mutex_unlock(&p->lock);
    for (struct polled *one = list; one; one = next) {
        struct step step = { .kind = STEP_WAIT, .until = TIME_NONE };
        struct http_reply view = reply_view(one->reply, one->mem);

        next = one->next_landed;
        if (loop_goes_on(p->loop) &&
            one->open.connector->step(&one->op, &one->state, &view, clock_now(), one->mem, &step, &c->fail))
            step.kind = STEP_WAIT;
        follow(p, c, one, &step);
        arena_reset(c->mem);
    }
}

static void sweep(struct poller *p, struct ctx *c)
{
    for (struct polled **at = &p->channels; *at;) {
        struct polled *one = *at;

        if (one->is_wanted && !one->is_busy && mono_passed(one->not_before))
            begin(p, c, one);
        if (!one->is_wanted && !one->is_busy) {
            *at = one->next;
            free(one);
            continue;
        }
        at = &one->next;
    }
}

/* Another worker may begin at once. What was under way is cut: its answer would come again. */
static void wind_up(struct poller *p, struct ctx *c)
{
    while (p->busy) {
        httpc_abort_all(p->runner->polls);
        land(p, c);
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    }
    for (size_t i = 0; i < p->owned_count; i++) {
        db_enter_system(c);
        if (db_do(c, SQL_POLL_RELEASE, IN(IN_I64(p->owned[i].business), IN_TIME(p->owned[i].due))) < 0)
            log_warn("lease not released", KV_S("why", c->fail.text));
        db_leave(c);
    }
    for (struct polled *one = p->channels, *next; one; one = next) {
        next = one->next;
        free(one);
    }
    free(p->owned);
}

void poll_loop(struct loop *l, struct ctx *c)
{
    struct poller p = { .loop = l, .runner = l->runner, .c = c };

    p.beside_count = channel_polled_beside(p.beside);
    pthread_mutex_init(&p.lock, NULL);
    while (loop_goes_on(l)) {
        bool is_away;

        land(&p, c);
        is_away = claim(&p, c) || renew(&p, c);
        if (is_away)
            log_warn("polling waits", KV_S("why", c->fail.text));
        sweep(&p, c);
        arena_reset(c->mem);
        loop_sleep(l, is_away ? 1000 : 250);
    }
    wind_up(&p, c);
    pthread_mutex_destroy(&p.lock);
}

/* Replies on their way out. A row is marked as in flight, and that committed, before its request leaves: whatever
 * happens then, it is answered, looked for where the platform can be asked, or shown as undecided; it is sent again by
 * itself only where that is known to be harmless. One send in flight a thread; the next one waits, so that a conversation
 * keeps its order. */
#include "deliver_priv.h"

#include "util/log.h"

#include <stdlib.h>

#define IN_FLIGHT_MAX 48
#define HEADS_MAX 16
#define LEASE_MARGIN_S 5
#define READY_LEASE_S 30
#define BYTES_IN_FLIGHT_MAX ((size_t)64 << 20)

/* ---- taking rows ---- */

struct taking {
    struct sender *s;
    struct ctx *c;
    struct outbox_row row;             /* being read */
    struct outbox_row rows[HEADS_MAX];
    size_t count;
    bool expired;
    int64_t expired_thread;
};

static int keep_head(void *arg)
{
    struct taking *t = arg;

    t->rows[t->count++] = t->row;
    return 0;
}

static int note_expired(void *arg)
{
    struct taking *t = arg;

    t->expired = true;
    notifier_panel(t->s->runner->notifier, t->c->who.business, "conversation", t->expired_thread);
    return 0;
}

static int read_heads(struct ctx *c, struct taking *t)
{
    struct outbox_row *r = &t->row;

    t->count = 0;
    r->business = c->who.business;
    return db_each(c, SQL_DELIVER_HEADS, IN(IN_I64(c->who.business), IN_I64(HEADS_MAX)), OUT(OUTBOX_ROW_OUT(r)),
                   keep_head, t);
}

/* On which platforms what was sent can be looked for. */
static size_t look_platforms(int16_t out[static PLATFORM_COUNT])
{
    size_t count = 0;

    for (int16_t p = 0; p < PLATFORM_COUNT; p++) {
        const struct connector *con = connector_for((enum platform)p);

        if (con && con->caps & CAP_LOOK)
            out[count++] = p;
    }
    return count;
}

/* A file takes its time; a private reply may have to ask first to whom. */
static double lease_s(const struct outbox_row *r)
{
    int calls_s = r->send_as == SEND_PRIVATE ? 2 * SEND_TIMEOUT_S : SEND_TIMEOUT_S;

    return (r->media_hash.len && r->part == 0 ? UPLOAD_TIMEOUT_S : calls_s) + LEASE_MARGIN_S;
}

/* What may leave now is marked; what its chat's pace forbids is put off. */
static int take_rows(struct ctx *c, void *arg)
{
    struct taking *t = arg;
    int16_t looks[PLATFORM_COUNT];
    size_t kept = 0, look_count = look_platforms(looks);

    if (db_each(c, SQL_DELIVER_EXPIRE, IN(IN_I64(c->who.business), IN_I16S(looks, look_count)),
                OUT(OUT_I64(&t->expired_thread)), note_expired, t) ||
        read_heads(c, t))
        return -1;
    for (size_t i = 0; i < t->count; i++) {
        struct outbox_row *r = &t->rows[i];
        int64_t wait_us = pace_take(&t->s->pace, r->thread, r->thread_type == THREAD_GROUP);
        int64_t rc;

        if (wait_us > 0)
            rc = db_do(c, SQL_DELIVER_PUT_OFF,
                       IN(IN_I64(r->business), IN_I64(r->id), IN_TIME(clock_now() + wait_us), IN_I16(0), IN_STR(""),
                          IN_STR(""), IN_BOOL(false), IN_TIME(TIME_NONE)));
        else
            rc = db_one(c, SQL_DELIVER_FLY,
                        IN(IN_I64(r->business), IN_I64(r->id), IN_DOUBLE(lease_s(r)),
                           IN_BOOL(deliver_can_repeat(r, clock_now()))),
                        OUT(OUT_TIME(&r->lease), OUT_TIME(&r->sent_after)));
        if (rc < 0)
            return -1;
        if (wait_us <= 0)
            t->rows[kept++] = *r;
    }
    t->count = kept;
    return 0;
}

static int settle(struct ctx *c, void *arg)
{
    time_us due = TIME_NONE;
    int rc = db_one(c, SQL_JOBQ_LOCK_READY, IN(IN_I64(c->who.business), IN_I16(READY_OUTBOX)), OUT(OUT_TIME(&due)));

    (void)arg;
    if (rc != 1)
        return rc;
    return db_do(c, SQL_DELIVER_SETTLE, IN(IN_I64(c->who.business))) < 0 ? -1 : 0;
}

int deliver_settle(struct ctx *c)
{
    return db_tx(c, settle, NULL) < 0 ? -1 : 0;
}

/* ---- sending ---- */

static void flight_free(struct flight *f)
{
    f->sender->bytes_in_flight -= f->op.attachment_bytes.len;
    channel_close(&f->channel);
    httpc_reply_free(f->reply);
    arena_free(f->mem);
    free(f);
}

/* On the HTTP client's thread. */
static void on_answer(struct httpc_reply *reply, void *arg)
{
    struct flight *f = arg;
    struct sender *s = f->sender;

    f->reply = reply;
    pthread_mutex_lock(&s->lock);
    f->next = s->landed;
    s->landed = f;
    pthread_mutex_unlock(&s->lock);
    loop_poke(s->loop);
}

/* The answer, or what the connector decided without asking, goes into the books. */
static void conclude(struct sender *s, struct ctx *c, struct flight *f, const struct step *step)
{
    db_enter_business(c, f->row.business);
    if (deliver_record(s, c, f, step)) {
        /* Nothing is lost: the row stays in flight and its lease makes it undecided, or, where the platform has
         * accepted it, a later try to record is what a person decides on. */
        log_error("send not recorded", KV_I("outbox", f->row.id), KV_S("why", c->fail.text));
    } else if (deliver_settle(c)) {
        log_warn("outbox not settled", KV_S("why", c->fail.text));
    }
    db_leave(c);
    notifier_panel(s->runner->notifier, f->row.business, "conversation", f->row.thread);
    if (step->outcome == OUTCOME_AUTH) {
        notifier_panel(s->runner->notifier, f->row.business, "channel", 0);
        loop_poke(&s->runner->loops[LOOP_JOBS]);
    }
    flight_free(f);
}

/* Makes the call that step asks for; false: f has been dealt with. */
static bool launch(struct sender *s, struct ctx *c, struct flight *f, struct step *step)
{
    if (step->kind == STEP_CALL) {
        if (call_start(s->runner->calls, step, f->mem, -1, on_answer, f, &c->fail) == 0) {
            s->in_flight++;
            return true;
        }
        *step = (struct step){ .kind = STEP_RESULT, .outcome = OUTCOME_PERMANENT, .why_code = "rejected",
                               .why = text_of(c->fail.text), .until = TIME_NONE };
    }
    conclude(s, c, f, step);
    return false;
}

static struct flight *flight_new(struct sender *s, const struct outbox_row *row)
{
    struct flight *f = calloc(1, sizeof(*f));

    if (!f)
        abort();
    f->sender = s;
    f->mem = arena_new(0);
    f->row = outbox_row_copy(row, f->mem);
    return f;
}

/* The first step of a send or a look, or what stands against it. 0, or -1 with c->fail. */
static int begin(struct ctx *c, struct flight *f, enum op_kind kind, struct step *step)
{
    time_us now = clock_now();
    int rc;

    db_enter_business(c, f->row.business);
    rc = channel_open(c, f->row.channel, &f->channel);
    if (rc == 1 && kind == OP_SEND && deliver_take_file(c, f))
        rc = -1;
    db_leave(c);
    if (rc < 0)
        return -1;
    if (rc == 0) {
        *step = (struct step){ .kind = STEP_RESULT, .outcome = OUTCOME_PERMANENT, .why_code = "not_possible",
                               .until = TIME_NONE };
        return 0;
    }
    deliver_op(f, kind, now);
    if (kind == OP_SEND && (!deliver_may_go(f, now, step) || (f->op.attachment && !deliver_load_file(c->cfg, f, step))))
        return 0;
    f->sender->bytes_in_flight += f->op.attachment_bytes.len;
    return f->channel.connector->step(&f->op, &f->state, NULL, now, f->mem, step, &c->fail);
}

static void start(struct sender *s, struct ctx *c, const struct outbox_row *row, enum op_kind kind)
{
    struct flight *f = flight_new(s, row);
    struct ctx own = *c;
    struct step step = { .until = TIME_NONE };

    own.mem = f->mem;
    f->op.kind = kind;
    if (begin(&own, f, kind, &step))
        step = (struct step){ .kind = STEP_RESULT, .outcome = OUTCOME_RETRY, .why_code = "internal",
                              .until = TIME_NONE };
    (void)launch(s, c, f, &step);
}

/* ---- accepted, and still without its message ---- */

struct accepted_row {
    struct outbox_row row;
    struct text external_id;
    time_us sent_at;
};

struct accepting {
    struct accepted_row row, rows[HEADS_MAX];
    size_t count;
};

static int keep_accepted(void *arg)
{
    struct accepting *a = arg;

    a->rows[a->count++] = a->row;
    return 0;
}

/* A channel that was removed meanwhile cannot tell how it parts a text: then it was one part. */
static void thread_row(struct sender *s, struct ctx *c, const struct accepted_row *row)
{
    struct flight *f = flight_new(s, &row->row);
    struct step step = { .kind = STEP_RESULT, .outcome = OUTCOME_OK, .external_id = row->external_id,
                         .sent_at = row->sent_at, .until = TIME_NONE };
    int rc = channel_open(c, row->row.channel, &f->channel);

    if (rc == 1)
        deliver_op(f, OP_SEND, clock_now());
    else if (rc == 0)
        f->op.text = f->row.text;
    if (rc >= 0)
        rc = deliver_thread(c, f, &step);
    if (rc == 1)
        notifier_panel(s->runner->notifier, row->row.business, "conversation", row->row.thread);
    if (rc < 0)
        log_warn("sent message not threaded yet", KV_I("outbox", row->row.id), KV_S("why", c->fail.text));
    flight_free(f);
}

/* Inside the business. */
static int thread_accepted(struct sender *s, struct ctx *c)
{
    struct accepting *a = arena_new_of(c->mem, struct accepting);
    struct outbox_row *r = &a->row.row;

    r->business = c->who.business;
    if (db_each(c, SQL_DELIVER_ACCEPTED, IN(IN_I64(c->who.business), IN_I64(HEADS_MAX)),
                OUT(OUTBOX_ROW_OUT(r), OUT_TEXT(&a->row.external_id), OUT_TIME(&a->row.sent_at)),
                keep_accepted, a))
        return -1;
    for (size_t i = 0; i < a->count; i++)
        thread_row(s, c, &a->rows[i]);
    return 0;
}

/* ---- of unknown outcome ---- */

/* Inside the business. */
static int take_looks(struct ctx *c, struct taking *t)
{
    struct outbox_row *r = &t->row;

    t->count = 0;
    r->business = c->who.business;
    return db_each(c, SQL_DELIVER_LOOKS,
                   IN(IN_I64(c->who.business), IN_I64(HEADS_MAX), IN_DOUBLE(SEND_TIMEOUT_S + LEASE_MARGIN_S)),
                   OUT(OUTBOX_ROW_OUT(r)), keep_head, t);
}

/* ---- a business ---- */

static int work_business(struct sender *s, struct ctx *c, int64_t business)
{
    struct taking *t = arena_new_of(c->mem, struct taking), *looks = arena_new_of(c->mem, struct taking);

    t->s = looks->s = s;
    t->c = looks->c = c;
    db_enter_business(c, business);
    if (thread_accepted(s, c) || db_tx(c, take_rows, t)) {
        db_leave(c);
        return -1;
    }
    if (take_looks(c, looks)) {
        log_warn("what may have been sent is not looked for", KV_S("why", c->fail.text));
        looks->count = 0;
    }
    /* What is marked as in flight must fly, whatever becomes of this. */
    if (deliver_settle(c))
        log_warn("outbox not settled", KV_S("why", c->fail.text));
    db_leave(c);
    for (size_t i = 0; i < t->count; i++)
        start(s, c, &t->rows[i], OP_SEND);
    for (size_t i = 0; i < looks->count; i++)
        start(s, c, &looks->rows[i], OP_LOOK);
    return 0;
}

/* ---- answers ---- */

static void land(struct sender *s, struct ctx *c)
{
    struct flight *list, *next;

    pthread_mutex_lock(&s->lock);
    list = s->landed;
    s->landed = NULL;
    pthread_mutex_unlock(&s->lock);
    for (struct flight *f = list; f; f = next) {
        struct step step = { .until = TIME_NONE };
        struct http_reply view = reply_view(f->reply, f->mem);

        next = f->next;
        s->in_flight--;
        view.body = arena_text(f->mem, f->reply->body);
        if (f->channel.connector->step(&f->op, &f->state, &view, clock_now(), f->mem, &step, &c->fail))
            step = (struct step){ .kind = STEP_RESULT, .outcome = OUTCOME_UNKNOWN, .why_code = "internal",
                                  .until = TIME_NONE };
        httpc_reply_free(f->reply);
        f->reply = NULL;
        (void)launch(s, c, f, &step);
    }
}

static int take_all(struct sender *s, struct ctx *c)
{
    int64_t business = 0;
    int rc = 0;

    while (loop_goes_on(s->loop) && s->in_flight < IN_FLIGHT_MAX && s->bytes_in_flight < BYTES_IN_FLIGHT_MAX) {
        db_enter_system(c);
        rc = jobq_claim_business(c, READY_OUTBOX, READY_LEASE_S, &business);
        db_leave(c);
        if (rc != 1 || (rc = work_business(s, c, business)) < 0)
            break;
        land(s, c);
        arena_reset(c->mem);
    }
    if (rc < 0)
        log_warn("sending waits", KV_S("why", c->fail.text));
    arena_reset(c->mem);
    return rc;
}

void deliver_loop(struct loop *l, struct ctx *c)
{
    struct sender s = { .loop = l, .runner = l->runner };
    struct mono_us deadline;

    pthread_mutex_init(&s.lock, NULL);
    while (loop_goes_on(l)) {
        land(&s, c);
        int rc = take_all(&s, c);
        loop_sleep(l, rc < 0 ? 1000 : 250);
    }
    /* What has left is waited for: its answer says whether the customer has it. */
    deadline = mono_after_ms((SEND_TIMEOUT_S + 1) * 1000);
    while (s.in_flight && !mono_passed(deadline)) {
        struct timespec pause = { 0, 20000000 };

        land(&s, c);
        arena_reset(c->mem);
        nanosleep(&pause, NULL);
    }
    pthread_mutex_destroy(&s.lock);
}

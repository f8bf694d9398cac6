/* Composing a reply: guarded against newer messages, once per key. */
#include "domain/outbox_compose.h"

#include "db/jobq.h"
#include "domain/conversation.h"
#include "domain/ingest.h"

struct composing {
    const struct compose *in;
    struct composed out;
};

/* 1: this key was here before. */
static int find_known(struct ctx *c, struct composing *x)
{
    int16_t state = 0;
    int64_t thread = 0;
    struct text text = { NULL, 0 };
    int rc = db_one(c, SQL_OUTBOX_BY_KEY, IN(IN_I64(c->who.business), IN_TEXT(x->in->key)),
                    OUT(OUT_I64(&x->out.id), OUT_I16(&state), OUT_I64(&x->out.message), OUT_I64(&thread),
                        OUT_TEXT(&text)));

    /* Answering "sent" to other words would lose them. */
    if (rc == 1 && (thread != x->out.thread || !text_equal(text, x->in->text)))
        return fail(&c->fail, FAIL_CONFLICT, "this Idempotency-Key sent something else");
    x->out.is_known = rc == 1;
    return rc;
}

/* except: the reply that is sent again, which is not newer than itself. */
static int check_newer(struct ctx *c, struct composed *out, int64_t seen, int64_t except)
{
    int rc = db_one(c, SQL_OUTBOX_NEWER,
                    IN(IN_I64(c->who.business), IN_I64(out->thread), IN_I64(seen), IN_I64(except)),
                    OUT(OUT_I64(&out->newest)));

    if (rc == 1)
        return fail(&c->fail, FAIL_NEWER_MESSAGE, "message %lld is newer", (long long)out->newest);
    return rc;
}

/* Two colleagues who answer at once wait for each other here. */
static int lock_thread(struct ctx *c, int64_t thread)
{
    return db_one(c, SQL_THREAD_LOCK, IN(IN_I64(c->who.business), IN_I64(thread)), OUT(OUT_SKIP)) < 0 ? -1 : 0;
}

static int queue(struct ctx *c, struct composing *x, const struct conversation_place *p)
{
    const struct compose *in = x->in;
    int rc = db_one(c, SQL_OUTBOX_ADD,
                    IN(IN_I64(c->who.business), IN_I64(p->conversation), IN_I64(p->thread), IN_I64(p->channel),
                       IN_TEXT(in->key), IN_ID(in->seen), IN_I64(in->reply_to), IN_TEXT(in->text),
                       IN_I16(in->send_as), IN_JSON(in->template), IN_JSON(in->choices), IN_BYTES(in->file_hash),
                       IN_TEXT(in->file_name.ptr ? in->file_name : TEXT(""))),
                    OUT(OUT_I64(&x->out.id)));

    return rc == 1 ? jobq_ready(c, READY_OUTBOX, clock_now()) : -1;
}

static int note_by_hand(struct ctx *c, struct composing *x, const struct conversation_place *p)
{
    const struct compose *in = x->in;
    int rc = db_one(c, SQL_MESSAGE_BY_HAND,
                    IN(IN_I64(c->who.business), IN_I64(p->thread), IN_I64(p->conversation), IN_I64(p->channel),
                       IN_TEXT(in->key), IN_TEXT(in->text), IN_I64(in->reply_to)),
                    OUT(OUT_I64(&x->out.message)));

    if (rc == 1)
        rc = db_one(c, SQL_OUTBOX_NOTED,
                    IN(IN_I64(c->who.business), IN_I64(p->conversation), IN_I64(p->thread), IN_I64(p->channel),
                       IN_TEXT(in->key), IN_ID(in->seen), IN_TEXT(in->text), IN_I64(x->out.message)),
                    OUT(OUT_I64(&x->out.id)));
    return rc == 1 ? ingest_refresh_threads(c, &p->thread, 1) : -1;
}

static int run_compose(struct ctx *c, void *arg)
{
    struct composing *x = arg;
    struct conversation_place p;
    int rc = conversation_place(c, x->in->conversation, &p);

    if (rc)
        return -1;
    x->out.thread = p.thread;
    /* A person's act and the ingest of new messages must not both rewrite the thread's clocks. */
    if (x->in->by_hand && ingest_lock(c))
        return -1;
    if (lock_thread(c, p.thread))
        return -1;
    rc = find_known(c, x);
    if (rc)
        return rc < 0 ? -1 : 0;
    if ((!x->in->force && check_newer(c, &x->out, x->in->seen, 0)) ||
        db_do(c, SQL_CONVERSATION_TOUCH, IN(IN_I64(c->who.business), IN_I64(x->in->conversation))) < 0)
        return -1;
    return x->in->by_hand ? note_by_hand(c, x, &p) : queue(c, x, &p);
}

int outbox_compose(struct ctx *c, const struct compose *in, struct composed *out)
{
    struct composing x = { .in = in };
    int rc = db_tx(c, run_compose, &x);

    /* Also on failure: what was newer stands in it. */
    *out = x.out;
    return rc;
}

#define VIEW_OUT(o)                                                                                              \
    OUT(OUT_I64(&(o).id), OUT_I16(&(o).state), OUT_TEXT(&(o).text), OUT_I64(&(o).person), OUT_TEXT(&(o).person_name), \
        OUT_TIME(&(o).created_at), OUT_I16(&(o).attempts), OUT_TIME(&(o).next_try), OUT_TEXT(&(o).fail_code),       \
        OUT_TEXT(&(o).fail_text), OUT_I64(&(o).thread), OUT_TEXT(&(o).file_name))

int outbox_get(struct ctx *c, int64_t id, struct outbox_view *out)
{
    struct outbox_view o = { 0 };
    int rc = db_one(c, SQL_OUTBOX_GET, IN(IN_I64(c->who.business), IN_I64(id)), VIEW_OUT(o));

    if (rc == 1)
        *out = o;
    return rc;
}

struct rows {
    struct outbox_view at;
    outbox_fn *row;
    void *arg;
};

static int each_row(void *arg)
{
    struct rows *r = arg;

    return r->row(&r->at, r->arg);
}

int outbox_pending(struct ctx *c, int64_t thread, outbox_fn *row, void *arg)
{
    struct rows r = { .row = row, .arg = arg };

    return db_each(c, SQL_OUTBOX_PENDING, IN(IN_I64(c->who.business), IN_I64(thread)), VIEW_OUT(r.at), each_row, &r);
}

/* NOT_FOUND or CONFLICT, when a change found no row in the right state. */
static int why_not(struct ctx *c, int64_t id)
{
    struct outbox_view o;
    int rc = outbox_get(c, id, &o);

    if (rc == 0)
        return fail(&c->fail, FAIL_NOT_FOUND, "no reply %lld", (long long)id);
    return rc < 0 ? -1 : fail(&c->fail, FAIL_CONFLICT, "not possible in state %d", o.state);
}

struct change {
    int64_t id, thread;
};

static int run_cancel(struct ctx *c, void *arg)
{
    struct change *x = arg;
    struct outbox_view o = { 0 };
    int64_t n = db_do(c, SQL_OUTBOX_CANCEL, IN(IN_I64(c->who.business), IN_I64(x->id)));

    if (n <= 0)
        return n < 0 ? -1 : why_not(c, x->id);
    if (outbox_get(c, x->id, &o) < 0)
        return -1;
    x->thread = o.thread;
    return 0;
}

int outbox_cancel(struct ctx *c, int64_t id, int64_t *thread)
{
    struct change x = { .id = id };

    if (db_tx(c, run_cancel, &x))
        return -1;
    *thread = x.thread;
    return 0;
}

struct retrying {
    const struct retry *in;
    struct composed out;
};

static int run_retry(struct ctx *c, void *arg)
{
    struct retrying *x = arg;
    const struct retry *in = x->in;
    struct outbox_view o = { 0 };

    if (outbox_get(c, in->id, &o) < 0)
        return -1;
    x->out.id = in->id;
    x->out.thread = o.thread;
    if (o.thread && lock_thread(c, o.thread))
        return -1;
    int64_t n = db_do(c, SQL_OUTBOX_RETRY, IN(IN_I64(c->who.business), IN_I64(in->id), IN_BOOL(in->is_confirmed)));
    if (n <= 0)
        return n < 0 ? -1 : why_not(c, in->id);
    return check_newer(c, &x->out, in->seen, in->id) ? -1 : jobq_ready(c, READY_OUTBOX, clock_now());
}

int outbox_retry(struct ctx *c, const struct retry *in, struct composed *out)
{
    struct retrying x = { .in = in };
    int rc = db_tx(c, run_retry, &x);

    *out = x.out;
    return rc;
}

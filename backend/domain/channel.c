/* Channels as serve manages them. */
#include "domain/channel.h"

#include "db/jobq.h"
#include "domain/audit.h"
#include "domain/session.h"

struct rows {
    struct channel_view at;
    channel_fn *row;
    void *arg;
};

static int each_row(void *arg)
{
    struct rows *r = arg;

    return r->row(&r->at, r->arg);
}

int channel_each(struct ctx *c, int64_t only, channel_fn *row, void *arg)
{
    struct rows r = { .row = row, .arg = arg };
    struct channel_view *v = &r.at;

    return db_each(c, SQL_CHANNEL_LIST, IN(IN_I64(c->who.business), IN_ID(only)),
                   OUT(OUT_I64(&v->id), OUT_I16(&v->platform), OUT_TEXT(&v->name), OUT_TEXT(&v->external_id),
                       OUT_I16(&v->transport), OUT_I16(&v->status), OUT_TEXT(&v->status_code),
                       OUT_TIME(&v->status_since), OUT_TIME(&v->last_event_at), OUT_TIME(&v->last_ok_at),
                       OUT_I64(&v->messages_24h), OUT_TEXT(&v->facts), OUT_TEXT(&v->hook_key)),
                   each_row, &r);
}

static const char *object_of(struct ctx *c, int64_t id)
{
    return arena_printf(c->mem, "channel:%lld", (long long)id);
}

static int queue_check(struct ctx *c, int64_t id)
{
    struct text payload = text_of(arena_printf(c->mem, "{\"channel\":\"%lld\"}", (long long)id));

    return jobq_add(c, JOB_CHANNEL_CHECK, text_of(arena_printf(c->mem, "%lld", (long long)id)), payload, TIME_NONE);
}

static int make_hook(struct ctx *c, enum platform platform, int64_t id)
{
    char key[CRYPTO_TOKEN_SIZE], secret[CRYPTO_TOKEN_SIZE];

    crypto_token(key);
    crypto_token(secret);
    int64_t n = db_do(c, SQL_HOOK_ADD,
                      IN(IN_STR(key), IN_I16(platform), IN_I64(c->who.business), IN_I64(id), IN_BYTES(text_of(secret))));
    crypto_wipe(secret, sizeof(secret));
    return n < 0 ? -1 : 0;
}

struct adding {
    const struct new_channel *in;
    struct text sealed;
    int64_t id;
};

static int run_add(struct ctx *c, void *arg)
{
    struct adding *a = arg;
    const struct new_channel *in = a->in;
    int64_t b = c->who.business;
    int rc = made_once_find(c, in->key, "channel", &a->id);

    if (rc)
        return rc < 0 ? -1 : 0;
    rc = db_one(c, SQL_CHANNEL_ADD,
                IN(IN_I64(b), IN_I16(in->platform), IN_TEXT(in->external_id), IN_TEXT(in->name), IN_I16(in->transport),
                   IN_BYTES(a->sealed)),
                OUT(OUT_I64(&a->id)));
    if (rc == 0)
        rc = db_one(c, SQL_CHANNEL_REJOIN,
                    IN(IN_I64(b), IN_I16(in->platform), IN_TEXT(in->external_id), IN_BYTES(a->sealed),
                       IN_I16(in->transport)),
                    OUT(OUT_I64(&a->id)));
    if (rc < 1)
        return rc < 0 ? -1 : fail(&c->fail, FAIL_CONFLICT, "the channel is being removed");
    if (db_do(c, SQL_HOOK_DROP, IN(IN_I64(b), IN_I64(a->id))) < 0 ||
        (in->transport == TRANSPORT_HOOK && make_hook(c, in->platform, a->id)) || queue_check(c, a->id) ||
        made_once_note(c, in->key, "channel", a->id))
        return -1;
    return audit_add(c, "channel.add", object_of(c, a->id), (struct text){ NULL, 0 });
}

int channel_add(struct ctx *c, const struct new_channel *in, int64_t *id)
{
    struct adding a = { .in = in };
    struct buf sealed = BUF_INIT(8192);

    if (in->token.ptr && crypto_seal(c->seal, in->token, &sealed)) {
        buf_fini(&sealed);
        return fail(&c->fail, FAIL_INTERNAL, "sealing failed");
    }
    a.sealed = buf_as_text(&sealed);
    int rc = db_tx(c, run_add, &a);
    buf_fini(&sealed);
    if (rc == 0)
        *id = a.id;
    return rc;
}

struct acting {
    int64_t id;
    enum channel_act act;
};

static int run_act(struct ctx *c, void *arg)
{
    static const char *const words[] = { "channel.check", "channel.pause", "channel.resume", "channel.remove" };
    const struct acting *a = arg;
    int64_t b = c->who.business, n;

    if (a->act == CHANNEL_ACT_REMOVE)
        n = db_do(c, SQL_CHANNEL_REMOVE, IN(IN_I64(b), IN_I64(a->id)));
    else
        n = db_do(c, SQL_CHANNEL_STATUS_SET,
                  IN(IN_I64(b), IN_I64(a->id), IN_I16(a->act == CHANNEL_ACT_PAUSE ? CHANNEL_PAUSED : CHANNEL_CHECKING)));
    if (n == 0)
        return fail(&c->fail, FAIL_NOT_FOUND, "no channel %lld", (long long)a->id);
    if (n < 0 || (a->act == CHANNEL_ACT_REMOVE && db_do(c, SQL_HOOK_DROP, IN(IN_I64(b), IN_I64(a->id))) < 0))
        return -1;
    if ((a->act == CHANNEL_ACT_CHECK || a->act == CHANNEL_ACT_RESUME) && queue_check(c, a->id))
        return -1;
    return audit_add(c, words[a->act], object_of(c, a->id), (struct text){ NULL, 0 });
}

int channel_act(struct ctx *c, int64_t id, enum channel_act act)
{
    struct acting a = { id, act };

    return db_tx(c, run_act, &a);
}

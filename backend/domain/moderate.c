/* Acts upon messages, as people ask for them. */
#include "domain/moderate.h"

#include "db/jobq.h"
#include "domain/audit.h"

#define X(name, word) word,
const char *const moderate_words[] = { MODERATE_ACTS(X) NULL };
#undef X
const char *const moderate_reasons[] = { "spam", "abuse", "personal_data", "fraud", "duplicate", "mistake", NULL };

bool moderate_needs_reason(enum moderate_act act)
{
    return act == MODERATE_ACT_HIDE || act == MODERATE_ACT_DELETE || act == MODERATE_ACT_HOLD ||
           act == MODERATE_ACT_REJECT;
}

int moderate_place(struct ctx *c, int64_t message, struct moderate_place *out)
{
    struct moderate_place p = { .deleted_at = TIME_NONE };
    int rc = db_one(c, SQL_MODERATION_PLACE, IN(IN_I64(c->who.business), IN_I64(message)),
                    OUT(OUT_I64(&p.thread), OUT_I64(&p.conversation), OUT_I64(&p.channel), OUT_I16(&p.type),
                        OUT_I16(&p.direction), OUT_I16(&p.kind), OUT_BOOL(&p.is_private), OUT_TIME(&p.deleted_at), OUT_I16(&p.platform),
                        OUT_I16(&p.transport)));

    if (rc == 1)
        *out = p;
    return rc;
}

struct asking {
    const struct moderate *in;
    const struct moderate_place *at;
    int64_t id;
};

/* Acts that set one and the same thing there. */
static size_t rivals_of(enum moderate_act act, int16_t out[static MODERATE_ACT_COUNT])
{
    static const unsigned sets[] = {
        1u << MODERATE_ACT_HIDE | 1u << MODERATE_ACT_UNHIDE | 1u << MODERATE_ACT_HOLD | 1u << MODERATE_ACT_PUBLISH |
            1u << MODERATE_ACT_REJECT,
        1u << MODERATE_ACT_LIKE | 1u << MODERATE_ACT_UNLIKE,
        1u << MODERATE_ACT_EDIT,
        1u << MODERATE_ACT_REACT,
    };
    unsigned mine = act == MODERATE_ACT_DELETE ? (1u << MODERATE_ACT_COUNT) - 1 : 0;
    size_t n = 0;

    for (size_t i = 0; i < COUNT_OF(sets); i++)
        if (sets[i] >> act & 1)
            mine = sets[i];
    for (int16_t a = 0; a < MODERATE_ACT_COUNT; a++)
        if (mine >> a & 1)
            out[n++] = a;
    return n;
}

/* 1 asked for before with this key, 0 not, -1. */
static int find_known(struct ctx *c, struct asking *x)
{
    int64_t message = 0;
    int16_t act = 0;
    int rc = db_one(c, SQL_MODERATION_BY_KEY, IN(IN_I64(c->who.business), IN_TEXT(x->in->key)),
                    OUT(OUT_I64(&x->id), OUT_I64(&message), OUT_I16(&act)));

    if (rc == 1 && (message != x->in->message || act != (int16_t)x->in->act))
        return fail(&c->fail, FAIL_CONFLICT, "the key was used for something else");
    return rc;
}

static int run_ask(struct ctx *c, void *arg)
{
    struct asking *x = arg;
    const struct moderate *in = x->in;
    int64_t b = c->who.business;
    int16_t rivals[MODERATE_ACT_COUNT];
    size_t count = rivals_of(in->act, rivals);
    int rc = find_known(c, x);

    if (rc)
        return rc < 0 ? -1 : 0;
    if (db_do(c, SQL_MODERATION_OVERTAKE, IN(IN_I64(b), IN_I64(in->message), IN_I16S(rivals, count))) < 0 ||
        db_one(c, SQL_MODERATION_ADD,
               IN(IN_I64(b), IN_I64(in->message), IN_I64(x->at->channel), IN_TEXT(in->key), IN_I16((int16_t)in->act),
                  IN_STR(in->reason ? in->reason : ""), IN_TEXT(in->text.ptr ? in->text : TEXT(""))),
               OUT(OUT_I64(&x->id))) != 1 ||
        jobq_add(c, JOB_MODERATE, TEXT(""),
                 text_of(arena_printf(c->mem, "{\"message\":\"%lld\"}", (long long)in->message)), TIME_NONE))
        return -1;
    return audit_add(c, arena_printf(c->mem, "message.%s", moderate_words[in->act]),
                     arena_printf(c->mem, "message:%lld", (long long)in->message),
                     in->reason ? text_of(arena_printf(c->mem, "{\"reason\":\"%s\"}", in->reason)) : TEXT("{}"));
}

int moderate_ask(struct ctx *c, const struct moderate *in, const struct moderate_place *at, int64_t *id)
{
    struct asking x = { .in = in, .at = at };

    if (db_tx(c, run_ask, &x))
        return -1;
    *id = x.id;
    return 0;
}

int moderation_get(struct ctx *c, int64_t id, struct moderation_view *out)
{
    struct moderation_view v = { .created_at = TIME_NONE };
    int rc = db_one(c, SQL_MODERATION_GET, IN(IN_I64(c->who.business), IN_I64(id)),
                    OUT(OUT_I64(&v.id), OUT_I64(&v.message), OUT_I16(&v.act), OUT_I16(&v.state), OUT_TEXT(&v.reason),
                        OUT_TEXT(&v.fail_code), OUT_TEXT(&v.fail_text), OUT_TIME(&v.created_at), OUT_TEXT(&v.person)));

    if (rc == 1)
        *out = v;
    return rc;
}

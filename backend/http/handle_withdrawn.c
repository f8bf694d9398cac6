/* Meta's two callbacks about whoever once logged in: the login is withdrawn, or its data are to be deleted; and the page
 * that says how far a deletion is. They come to the address of a webhook, which knows the app's secret that signs them. */
#include "db/jobq.h"
#include "http/app.h"
#include "http/handlers.h"
#include "http/words_gen.h"
#include "platform/meta.h"
#include "util/enc.h"
#include "util/str.h"

struct asked {
    int64_t business;
    struct text user, code;       /* code: absent where nothing is to be deleted */
};

/* application/x-www-form-urlencoded; absent: ptr NULL. */
static struct text form_value(struct request *rq, const char *name)
{
    struct text rest = rq->body, pair, key;
    struct buf plain = BUF_INIT(32768);
    struct text out = { NULL, 0 };

    for (bool more = rest.len > 0; more && !out.ptr;) {
        more = str_split(&rest, '&', &pair);
        if (str_split(&pair, '=', &key) && text_equal(key, text_of(name)) && dec_percent(&plain, pair) == 0)
            out = arena_text(rq->ctx->mem, buf_as_text(&plain));
    }
    buf_fini(&plain);
    return out;
}

static bool is_meta(int16_t platform)
{
    return platform == PLATFORM_FACEBOOK || platform == PLATFORM_MESSENGER || platform == PLATFORM_INSTAGRAM ||
           platform == PLATFORM_WHATSAPP;
}

/* Who asks, proven by the app's secret. */
static int read_asked(struct request *rq, struct asked *out)
{
    struct fail *why = &rq->ctx->fail;
    struct text secret = { NULL, 0 }, verify;
    int16_t platform = 0;
    int64_t channel = 0;
    enum platform named;
    int rc = db_one(rq->ctx, SQL_HOOK_GET, IN(IN_TEXT(rq->args[1])),
                    OUT(OUT_I16(&platform), OUT_I64(&out->business), OUT_I64(&channel), OUT_TEXT(&secret),
                        OUT_TEXT(&verify)));

    if (rc < 0)
        return -1;
    if (rc == 0 || !is_meta(platform) || !out->business || !platform_from_word(rq->args[0], &named) ||
        (int16_t)named != platform)
        return fail(why, FAIL_NOT_FOUND, "no such hook");
    if (meta_signed_request(form_value(rq, "signed_request"), secret, rq->ctx->mem, &out->user)) {
        metrics_add(rq->app->metrics, METRIC_HOOKS_REFUSED, 1);
        return fail(why, FAIL_NOT_LOGGED_IN, "signature");
    }
    for (size_t i = 0; i < out->user.len; i++)
        if (out->user.ptr[i] < '0' || out->user.ptr[i] > '9')
            return fail(why, FAIL_BAD_REQUEST, "not the id of a login");
    return 0;
}

static int run_queue(struct ctx *c, void *arg)
{
    const struct asked *a = arg;
    const char *payload =
        a->code.len ? arena_printf(c->mem, "{\"user\":\"%.*s\",\"code\":\"%s\"}", (int)a->user.len, a->user.ptr,
                                   arena_copy(c->mem, a->code))
                    : arena_printf(c->mem, "{\"user\":\"%.*s\"}", (int)a->user.len, a->user.ptr);

    if (a->code.len && db_do(c, SQL_DATA_DELETION_ASK, IN(IN_TEXT(a->code), IN_I64(a->business))) < 0)
        return -1;
    return jobq_add(c, JOB_WITHDRAWN, TEXT(""), text_of(payload), TIME_NONE);
}

static int queue(struct request *rq, struct asked *a)
{
    db_leave(rq->ctx);
    db_enter_business(rq->ctx, a->business);
    if (db_tx(rq->ctx, run_queue, a))
        return -1;
    notifier_work(rq->app->notifier);
    return 0;
}

int h_deauthorised(struct request *rq, struct reply *rp)
{
    struct asked a = { 0 };

    if (read_asked(rq, &a) || queue(rq, &a))
        return -1;
    return reply_empty(rp, 200);
}

int h_deletion(struct request *rq, struct reply *rp)
{
    char code[CRYPTO_TOKEN_SIZE];
    struct asked a = { 0 };

    crypto_token(code);
    if (read_asked(rq, &a))
        return -1;
    a.code = arena_text(rq->ctx->mem, text_of(code));
    if (queue(rq, &a))
        return -1;
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    jo_kv(j, "url", jo_str, arena_printf(rq->ctx->mem, "%s/deletion/%s", rq->app->cfg->http_public_url, code));
    jo_kv(j, "confirmation_code", jo_str, code);
    jo_end_object(j);
    return 0;
}

int h_deletion_status(struct request *rq, struct reply *rp)
{
    time_us asked = TIME_NONE, done = TIME_NONE;
    int rc = db_one(rq->ctx, SQL_DATA_DELETION_GET, IN(IN_TEXT(rq->args[0])), OUT(OUT_TIME(&asked), OUT_TIME(&done)));
    const char *key = done == TIME_NONE ? "server.deletion_waits" : "server.deletion_done";

    if (rc < 1)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no such deletion");
    buf_printf(&rp->body, "%s\n\n%s\n\n%.*s\n", words(key, "id"), words(key, "en"), (int)rq->args[0].len,
               rq->args[0].ptr);
    rp->status = 200;
    rp->type = "text/plain; charset=utf-8";
    return 0;
}

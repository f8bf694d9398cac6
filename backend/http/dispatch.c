/* Everything that the table promises, enforced once for all handlers. */
#include "http/app.h"
#include "http/reply.h"

#include "db/query.h"
#include "util/log.h"
#include "util/str.h"

/* Before we know the person: what her browser asks for. */
static const char *language_of(const struct request *rq)
{
    const char *known = rq->ctx->who.language;

    if (strcmp(known, "id") == 0 || strcmp(known, "en") == 0)
        return known;
    return text_starts(request_header(rq, "Accept-Language"), TEXT("en")) ? "en" : "id";
}

void dispatch_fail(struct request *rq, struct reply *rp)
{
    struct fail *why = &rq->ctx->fail;

    if (why->code == FAIL_NONE)
        fail(why, FAIL_INTERNAL, "a handler failed without a reason");
    if (fail_http_status(why->code) >= 500)
        log_warn("request failed", KV_S("req", rq->ctx->id), KV_S("route", rq->route ? rq->route->pattern : ""),
                 KV_S("code", fail_word(why->code)), KV_S("why", why->text));
    else
        log_debug("request refused", KV_S("req", rq->ctx->id), KV_S("code", fail_word(why->code)),
                  KV_S("field", why->field), KV_S("why", why->text));
    /* A handler that had more to say than the sentence has written its own problem already. */
    if (rp->status == fail_http_status(why->code) && rp->type && strcmp(rp->type, "application/problem+json") == 0)
        return;
    reply_problem(rp, why, language_of(rq), rq->ctx->mem);
}

static int check_csrf(struct request *rq)
{
    char want[CRYPTO_TOKEN_SIZE];

    if (rq->method == METHOD_GET || rq->route->flags & ROUTE_NO_CSRF)
        return 0;
    csrf_token(rq->token, want);
    if (!crypto_text_equal(request_header(rq, "X-CSRF-Token"), text_of(want)))
        return fail(&rq->ctx->fail, FAIL_FORBIDDEN, "X-CSRF-Token is missing or wrong");
    return 0;
}

/* A page elsewhere can make a browser post a form here, but not JSON or bytes without asking first. */
static int check_type(struct request *rq)
{
    struct text type = request_header(rq, "Content-Type"), head;
    const char *want = rq->route->flags & ROUTE_RAW ? "application/octet-stream" : "application/json";

    if (!rq->body.len || rq->route->flags & ROUTE_QUIET)
        return 0;
    str_split(&type, ';', &head);
    if (!str_equal_nocase(str_trim(head), text_of(want)))
        return fail(&rq->ctx->fail, FAIL_BAD_REQUEST, "Content-Type must be %s", want);
    return 0;
}

static int enter(struct request *rq)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    int64_t business = 0;

    if (rq->route->permission == PERM_PUBLIC) {
        db_enter_system(rq->ctx);
        return 0;
    }
    if (check_csrf(rq))
        return -1;
    if (route_is_tenant(rq->route) && request_id(rq, 0, &business))
        return -1;
    crypto_sha256(text_of(rq->token), hash);
    db_enter_session(rq->ctx, arena_text(rq->ctx->mem, (struct text){ (const char *)hash, sizeof(hash) }), business,
                     permission_roles(rq->route->permission));
    return 0;
}

static int run(struct request *rq, struct reply *rp)
{
    struct text key;

    if (enter(rq) || check_type(rq))
        return -1;
    if (rq->route->flags & ROUTE_KEY && request_key(rq, &key))
        return -1;
    int rc = rq->route->handle(rq, rp);
    /* A handler that needed no statement has not been let in yet. */
    if (rc == 0 && rq->route->permission != PERM_PUBLIC && db_who(rq->ctx))
        return -1;
    return rc;
}

int dispatch(struct request *rq, struct reply *rp)
{
    int rc = run(rq, rp);

    /* From here on the exchange may be somebody else's. */
    if (rc == HANDLER_LATER)
        return rc;
    db_leave(rq->ctx);
    rq->ctx->db = NULL;
    if (rc < 0)
        dispatch_fail(rq, rp);
    return 0;
}

int dispatch_direct(struct request *rq, struct reply *rp)
{
    int rc = rq->route->direct(rq, rp);

    if (rc < 0)
        dispatch_fail(rq, rp);
    return rc < 0 ? 0 : rc;
}

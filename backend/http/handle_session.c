/* Logging in and out, and the person herself. */
#include "http/handlers.h"

#include "domain/session.h"
#include "http/app.h"
#include "util/str.h"

#define AGENT_MAX 200

static const char *const language_words[] = { "id", "en", NULL };
static const char *const theme_words[] = { "auto", "light", "dark", NULL };

struct login_body {
    struct text email, password;
};
const struct json_in_field login_fields[] = {
    JSON_IN_TEXT(struct login_body, email, true, 3, 254),
    JSON_IN_TEXT(struct login_body, password, true, 1, 1024),
    JSON_IN_END,
};

struct me_body {
    int language, theme;
    struct text name;
};
const struct json_in_field me_fields[] = {
    JSON_IN_WORD(struct me_body, language, false, language_words),
    JSON_IN_WORD(struct me_body, theme, false, theme_words),
    JSON_IN_TEXT(struct me_body, name, false, 1, 120),
    JSON_IN_END,
};

struct password_body {
    struct text old, new;
};
const struct json_in_field password_fields[] = {
    JSON_IN_TEXT(struct password_body, old, true, 1, 1024),
    JSON_IN_TEXT(struct password_body, new, true, 8, 1024),
    JSON_IN_END,
};

static struct text own_hash(struct request *rq)
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    crypto_sha256(text_of(rq->token), hash);
    return arena_text(rq->ctx->mem, (struct text){ (const char *)hash, sizeof(hash) });
}

static void set_cookie(struct request *rq, struct reply *rp, const char *token, int64_t seconds)
{
    reply_header(rp, "Set-Cookie",
                 text_of(arena_printf(rq->ctx->mem, "tanggap=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s", token,
                                      (long long)seconds, rq->app->is_https ? "; Secure" : "")));
}

static int write_business(const struct person_business *b, void *arg)
{
    struct json_out *j = arg;

    jo_object(j);
    jo_kv(j, "id", jo_id, b->id);
    jo_kv(j, "name", jo_text, b->name);
    jo_kv(j, "role", jo_str, role_word((enum role)b->role));
    jo_kv(j, "zone", jo_text, b->zone);
    jo_kv(j, "is_demo", jo_bool, b->is_demo);
    jo_key(j, "permissions");
    jo_array(j);
    for (int p = PERM_PERSON + 1; p < PERM_COUNT; p++)
        if (permission_has((enum role)b->role, (enum permission)p))
            jo_str(j, permission_word((enum permission)p));
    jo_end_array(j);
    jo_end_object(j);
    return 0;
}

static int answer_me(struct request *rq, struct reply *rp, int64_t id, const char *token)
{
    struct me p;
    char csrf[CRYPTO_TOKEN_SIZE];
    int rc = me_get(rq->ctx, id, &p);

    if (rc <= 0)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_NOT_LOGGED_IN, "the person is gone");
    csrf_token(token, csrf);
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    jo_key(j, "person");
    jo_object(j);
    jo_kv(j, "id", jo_id, p.id);
    jo_kv(j, "name", jo_text, p.name);
    jo_kv(j, "email", jo_text, p.email);
    jo_kv(j, "language", jo_text, p.language);
    jo_kv(j, "theme", jo_text, p.theme);
    jo_end_object(j);
    jo_kv(j, "csrf", jo_str, csrf);
    jo_key(j, "businesses");
    jo_array(j);
    if (me_businesses(rq->ctx, id, write_business, j))
        return -1;
    jo_end_array(j);
    jo_end_object(j);
    set_cookie(rq, rp, token, rq->app->cfg->session_days * 86400);
    return 0;
}

int h_login(struct request *rq, struct reply *rp)
{
    struct login_body in = { { NULL, 0 }, { NULL, 0 } };
    char token[CRYPTO_TOKEN_SIZE];
    int64_t person = 0;
    struct text agent = str_utf8_cut(request_header(rq, "User-Agent"), AGENT_MAX);

    if (request_decode(rq, &in))
        return -1;
    const struct login login = {
        .email = in.email,
        .password = in.password,
        .address = text_of(rq->address),
        .agent = agent.ptr && str_utf8_valid(agent) ? agent : TEXT(""),
        .dummy_hash = rq->app->dummy_hash,
        .days = (int)rq->app->cfg->session_days,
    };
    if (session_login(rq->ctx, &login, token, &person))
        return -1;
    return answer_me(rq, rp, person, arena_copy(rq->ctx->mem, text_of(token)));
}

int h_logout(struct request *rq, struct reply *rp)
{
    if (session_logout(rq->ctx, own_hash(rq)))
        return -1;
    set_cookie(rq, rp, "gone", 0);
    return reply_empty(rp, 204);
}

int h_me(struct request *rq, struct reply *rp)
{
    if (session_touch(rq->ctx, own_hash(rq), (int)rq->app->cfg->session_days))
        return -1;
    return answer_me(rq, rp, 0, rq->token);
}

int h_me_patch(struct request *rq, struct reply *rp)
{
    struct me_body in = { -1, -1, { NULL, 0 } };

    if (request_decode(rq, &in))
        return -1;
    if (me_patch(rq->ctx, in.name, text_of(in.language < 0 ? NULL : language_words[in.language]),
                     text_of(in.theme < 0 ? NULL : theme_words[in.theme])))
        return -1;
    return answer_me(rq, rp, 0, rq->token);
}

int h_password(struct request *rq, struct reply *rp)
{
    struct password_body in = { { NULL, 0 }, { NULL, 0 } };

    if (request_decode(rq, &in) || session_password(rq->ctx, own_hash(rq), in.old, in.new))
        return -1;
    return reply_empty(rp, 204);
}

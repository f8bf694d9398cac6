/* Channels as serve manages them. */
#include "domain/channel.h"

#include "db/jobq.h"
#include "domain/audit.h"
#include "domain/session.h"
#include "util/enc.h"

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
                       OUT_I64(&v->messages_24h), OUT_TEXT(&v->facts), OUT_TEXT(&v->hook_key),
                       OUT_TEXT(&v->verify_token), OUT_TIME(&v->hook_looked_at), OUT_I16(&v->health.backfill_state),
                       OUT_I64(&v->health.backfill_count), OUT_I64(&v->health.usual_gap_s),
                       OUT_TIME(&v->health.expires_at), OUT_I64(&v->health.sends_waiting),
                       OUT_TEXT(&v->health.warning), OUT_TEXT(&v->health.gaps)),
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

static int make_hook(struct ctx *c, const struct new_channel *in, int64_t id)
{
    char key[CRYPTO_TOKEN_SIZE], secret[CRYPTO_TOKEN_SIZE], word[CRYPTO_TOKEN_SIZE];

    crypto_token(key);
    crypto_token(secret);
    crypto_token(word);
    int64_t n = db_do(c, SQL_HOOK_ADD,
                      IN(IN_STR(key), IN_I16(in->platform), IN_I64(c->who.business), IN_I64(id),
                         IN_BYTES(in->hook_secret.len ? in->hook_secret : text_of(secret)),
                         IN_STR(in->has_verify_token ? word : "")));
    crypto_wipe(secret, sizeof(secret));
    return n < 0 ? -1 : 0;
}

struct adding {
    const struct new_channel *in;
    struct text sealed, name, state;
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
                IN(IN_I64(b), IN_I16(in->platform), IN_TEXT(in->external_id.ptr ? in->external_id : TEXT("")),
                   IN_TEXT(a->name), IN_I16(in->transport), IN_BYTES(a->sealed), IN_JSON(a->state)),
                OUT(OUT_I64(&a->id)));
    if (rc == 0)
        rc = db_one(c, SQL_CHANNEL_REJOIN,
                    IN(IN_I64(b), IN_I16(in->platform), IN_TEXT(in->external_id.ptr ? in->external_id : TEXT("")),
                       IN_BYTES(a->sealed), IN_I16(in->transport), IN_JSON(a->state)),
                    OUT(OUT_I64(&a->id)));
    if (rc < 1)
        return rc < 0 ? -1 : fail(&c->fail, FAIL_CONFLICT, "the channel is being removed");
    if (db_do(c, SQL_HOOK_DROP, IN(IN_I64(b), IN_I64(a->id))) < 0 ||
        (in->transport == TRANSPORT_HOOK && make_hook(c, in, a->id)) ||
        (!in->waits_for_login && queue_check(c, a->id)) || made_once_note(c, in->key, "channel", a->id))
        return -1;
    return audit_add(c, "channel.add", object_of(c, a->id), (struct text){ NULL, 0 });
}

static bool has_credential(const struct credential *k)
{
    return k->token.len || k->refresh_token.len || k->app_id.len || k->app_secret.len;
}

static const char *const platform_names[PLATFORM_COUNT] = {
    [PLATFORM_WHATSAPP] = "WhatsApp", [PLATFORM_MESSENGER] = "Messenger", [PLATFORM_FACEBOOK] = "Facebook",
    [PLATFORM_INSTAGRAM] = "Instagram", [PLATFORM_TELEGRAM] = "Telegram", [PLATFORM_LINE] = "LINE",
    [PLATFORM_YOUTUBE] = "YouTube", [PLATFORM_X] = "X",
};

/* Until the check has told the account's own name. */
static void name_it(struct ctx *c, const struct new_channel *in, struct adding *a)
{
    struct text more = in->state.len > 2 ? in->state : TEXT("{}");

    a->name = in->name;
    a->state = more;
    if (in->name.len)
        return;
    const char *name = platform_names[in->platform] ? platform_names[in->platform] : platform_word(in->platform);
    a->name = text_of(arena_printf(c->mem, "%s%s%.*s", name, in->external_id.len ? " " : "",
                                   (int)in->external_id.len, in->external_id.ptr ? in->external_id.ptr : ""));
    a->state = text_of(arena_printf(c->mem, "%.*s%s\"auto_name\":true}", (int)more.len - 1, more.ptr,
                                    more.len > 2 ? "," : ""));
}

int channel_add(struct ctx *c, const struct new_channel *in, int64_t *id)
{
    struct adding a = { .in = in };
    struct buf plain = BUF_INIT(8192), sealed = BUF_INIT(16384);
    int rc = 0;

    name_it(c, in, &a);
    if (has_credential(&in->credential) &&
        (!credential_write(&in->credential, &plain) || crypto_seal(c->seal, buf_as_text(&plain), &sealed)))
        rc = fail(&c->fail, FAIL_INTERNAL, "sealing failed");
    if (plain.ptr)
        crypto_wipe(plain.ptr, plain.cap);
    buf_fini(&plain);
    a.sealed = buf_as_text(&sealed);
    if (rc == 0)
        rc = db_tx(c, run_add, &a);
    buf_fini(&sealed);
    if (rc == 0)
        *id = a.id;
    return rc;
}

/* ---- logging in ---- */

static struct text hash_of(struct ctx *c, struct text t)
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    crypto_sha256(t, hash);
    return arena_text(c->mem, (struct text){ (const char *)hash, sizeof(hash) });
}

int channel_login_app(struct ctx *c, int64_t channel, struct channel_login *out)
{
    int16_t platform = 0;
    int rc = db_one(c, SQL_CHANNEL_LOGIN_APP, IN(IN_I64(c->who.business), IN_I64(channel)),
                    OUT(OUT_I16(&platform), OUT_TEXT(&out->app_id), OUT_TEXT(&out->login)));

    out->channel = channel;
    out->platform = (enum platform)platform;
    return rc;
}

int channel_login_begin(struct ctx *c, const struct channel_login *in, struct text state, struct text session_token)
{
    int64_t rows = db_do(c, SQL_CHANNEL_LOGIN_BEGIN,
                         IN(IN_I64(c->who.business), IN_BYTES(hash_of(c, state)), IN_I64(in->channel),
                            IN_BYTES(hash_of(c, session_token)), IN_TEXT(in->verifier), IN_TEXT(in->redirect_url)));

    return rows == 1 ? 0 : rows < 0 ? -1 : fail(&c->fail, FAIL_NOT_FOUND, "no such channel");
}

struct ending {
    struct text state_hash, session_hash, code;
    struct channel_login *out;
    int found;
};

/* The code opens the account to whoever has our app's secret, so it is sealed as a token is. */
static int queue_grant(struct ctx *c, const struct channel_login *l, struct text code)
{
    struct buf plain = BUF_INIT(8192), sealed = BUF_INIT(16384), letters = BUF_INIT(32768);
    int rc;

    buf_text(&plain, code);
    buf_char(&plain, '\n');
    buf_text(&plain, l->verifier);
    buf_char(&plain, '\n');
    buf_text(&plain, l->redirect_url);
    rc = crypto_seal(c->seal, buf_as_text(&plain), &sealed);
    if (plain.ptr)
        crypto_wipe(plain.ptr, plain.cap);
    buf_fini(&plain);
    if (rc) {
        buf_fini(&sealed);
        return fail(&c->fail, FAIL_INTERNAL, "sealing failed");
    }
    enc_base64url(&letters, buf_as_text(&sealed));
    struct text key = text_of(arena_printf(c->mem, "%lld", (long long)l->channel));
    struct text payload = text_of(arena_printf(c->mem, "{\"channel\":\"%.*s\",\"sealed\":\"%.*s\"}", (int)key.len,
                                               key.ptr, (int)letters.len, letters.ptr));
    buf_fini(&sealed);
    buf_fini(&letters);
    return jobq_add(c, JOB_CHANNEL_GRANT, key, payload, TIME_NONE);
}

static int run_end(struct ctx *c, void *arg)
{
    struct ending *e = arg;
    struct channel_login *l = e->out;
    int16_t platform = 0;

    e->found = db_one(c, SQL_CHANNEL_LOGIN_END,
                      IN(IN_I64(c->who.business), IN_BYTES(e->state_hash), IN_BYTES(e->session_hash)),
                      OUT(OUT_I64(&l->channel), OUT_I16(&platform), OUT_TEXT(&l->verifier), OUT_TEXT(&l->redirect_url)));
    if (e->found < 1)
        return e->found;
    l->platform = (enum platform)platform;
    if (!e->code.len)
        return 0;
    if (db_do(c, SQL_CHANNEL_STATUS_SET,
              IN(IN_I64(c->who.business), IN_I64(l->channel), IN_I16(CHANNEL_CHECKING))) < 0 ||
        queue_grant(c, l, e->code))
        return -1;
    return audit_add(c, "channel.login", object_of(c, l->channel), (struct text){ NULL, 0 });
}

int channel_login_end(struct ctx *c, struct text state, struct text session_token, struct text code,
                      struct channel_login *out)
{
    struct ending e = { hash_of(c, state), hash_of(c, session_token), code, out, 0 };

    return db_tx(c, run_end, &e) ? -1 : e.found;
}

struct choosing {
    int64_t channel;
    struct text account;
};

static int run_choose(struct ctx *c, void *arg)
{
    const struct choosing *ch = arg;
    int64_t rows = db_do(c, SQL_CHANNEL_CHOOSE,
                         IN(IN_I64(c->who.business), IN_I64(ch->channel), IN_TEXT(ch->account)));
    const char *id = arena_printf(c->mem, "%lld", (long long)ch->channel);

    if (rows < 1)
        return rows < 0 ? -1 : fail(&c->fail, FAIL_NOT_FOUND, "that account was not offered");
    if (jobq_add(c, JOB_CHANNEL_GRANT, text_of(id), text_of(arena_printf(c->mem, "{\"channel\":\"%s\"}", id)), TIME_NONE))
        return -1;
    return audit_add(c, "channel.choose", object_of(c, ch->channel), (struct text){ NULL, 0 });
}

int channel_choose(struct ctx *c, int64_t channel, struct text account)
{
    struct choosing ch = { channel, account };

    return db_tx(c, run_choose, &ch);
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
    if (n < 0 || (a->act == CHANNEL_ACT_REMOVE && (db_do(c, SQL_HOOK_HAND_OVER, IN(IN_I64(b), IN_I64(a->id))) < 0 ||
                                                   db_do(c, SQL_HOOK_DROP, IN(IN_I64(b), IN_I64(a->id))) < 0)))
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

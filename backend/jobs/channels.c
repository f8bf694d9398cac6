/* Channels as the loops of the work process use them: opened tokens, states, and calls through their connector. */
#include "runner_priv.h"

#include "domain/credential.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

void channel_bases(const struct config *cfg, const char *out[static CHANNEL_BASES])
{
    const char *const bases[CHANNEL_BASES] = {
        cfg->telegram_api_base,  cfg->telegram_file_base, cfg->meta_graph_base,  cfg->meta_ig_graph_base,
        cfg->meta_ig_token_base, cfg->line_api_base,      cfg->line_data_base,   cfg->youtube_api_base,
        cfg->google_token_url,   cfg->google_revoke_url,  cfg->x_api_base,
    };

    memcpy(out, bases, sizeof(bases));
}

static bool has_facebook_login(struct text state)
{
    AUTO(json) json_t *root = state.len ? json_loadb(state.ptr, state.len, 0, NULL) : NULL;
    const json_t *login = json_object_get(root, "login");

    return json_is_string(login) && strcmp(json_string_value(login), "facebook") == 0;
}

/* Calls, binary content, tokens. */
static void set_bases(const struct config *cfg, struct channel_facts *f)
{
    const struct {
        const char *api, *file, *auth;
    } bases[PLATFORM_COUNT] = {
        [PLATFORM_TELEGRAM] = { cfg->telegram_api_base, cfg->telegram_file_base, "" },
        [PLATFORM_WHATSAPP] = { cfg->meta_graph_base, cfg->meta_graph_base, cfg->meta_graph_base },
        [PLATFORM_MESSENGER] = { cfg->meta_graph_base, cfg->meta_graph_base, cfg->meta_graph_base },
        [PLATFORM_FACEBOOK] = { cfg->meta_graph_base, cfg->meta_graph_base, cfg->meta_graph_base },
        [PLATFORM_INSTAGRAM] = { cfg->meta_ig_graph_base, cfg->meta_graph_base, cfg->meta_ig_token_base },
        [PLATFORM_LINE] = { cfg->line_api_base, cfg->line_data_base, cfg->line_api_base },
        [PLATFORM_YOUTUBE] = { cfg->youtube_api_base, "", cfg->google_token_url },
        [PLATFORM_X] = { cfg->x_api_base, "", cfg->x_api_base },
    };

    /* Instagram by way of a Facebook page is spoken to at Facebook. */
    if (f->platform == PLATFORM_INSTAGRAM && has_facebook_login(f->state)) {
        f->api_base = f->file_base = f->auth_base = cfg->meta_graph_base;
        f->api_version = cfg->meta_api_version;
        return;
    }
    f->api_base = bases[f->platform].api ? bases[f->platform].api : "";
    f->file_base = bases[f->platform].file ? bases[f->platform].file : "";
    f->auth_base = bases[f->platform].auth ? bases[f->platform].auth : "";
    f->api_version = cfg->meta_api_version;
}

static void read_credential(struct open_channel *ch)
{
    struct credential own;

    credential_read(buf_as_text(&ch->token), &own);
    ch->facts.token = own.token;
    ch->facts.refresh_token = own.refresh_token;
    ch->facts.app_id = own.app_id;
    ch->facts.app_secret = own.app_secret;
}

int channel_open(struct ctx *c, int64_t id, struct open_channel *out)
{
    struct open_channel ch = { .token = BUF_INIT(8192) };
    struct fail ignored = { .code = FAIL_NONE };
    int16_t platform = 0;

    int rc = db_one(c, SQL_CHANNEL_FOR_WORK, IN(IN_I64(c->who.business), IN_I64(id)),
                    OUT(OUT_I16(&platform), OUT_TEXT(&ch.facts.external_id), OUT_I16(&ch.transport),
                        OUT_I16(&ch.status), OUT_TEXT(&ch.status_code), OUT_TEXT(&ch.sealed), OUT_TIME(&ch.expires_at),
                        OUT_TIME(&ch.renewed_at), OUT_TEXT(&ch.cursor), OUT_TEXT(&ch.facts.state),
                        OUT_TEXT(&ch.hook_key), OUT_I16(&ch.hook_platform), OUT_TEXT(&ch.facts.hook_secret),
                        OUT_TEXT(&ch.facts.verify_token), OUT_TIME(&ch.connected_at)));
    if (rc != 1)
        return rc;
    ch.connector = platform >= 0 ? connector_for((enum platform)platform) : NULL;
    if (!ch.connector)
        return 0;
    ch.facts.id = id;
    ch.facts.platform = (enum platform)platform;
    set_bases(c->cfg, &ch.facts);
    if (ch.sealed.len && crypto_open(c->seal, ch.sealed, &ch.token, &ignored) == 0)
        read_credential(&ch);
    *out = ch;
    return 1;
}

/* What was known, with what a call brought. Both buffers are the caller's to end, plain by wipe(). */
static int seal_grant(struct ctx *c, const struct open_channel *ch, const struct grant *new, struct buf *plain,
                      struct buf *sealed)
{
    struct credential all;

    credential_read(buf_as_text(&ch->token), &all);
    if (new->token.len)
        all.token = new->token;
    if (new->refresh_token.len)
        all.refresh_token = new->refresh_token;
    if (!credential_write(&all, plain) || crypto_seal(c->seal, buf_as_text(plain), sealed))
        return fail(&c->fail, FAIL_INTERNAL, "a new token could not be sealed");
    return 0;
}

static void wipe(struct buf *plain)
{
    if (plain->ptr)
        crypto_wipe(plain->ptr, plain->cap);
    buf_fini(plain);
}

int channel_grant(struct ctx *c, struct open_channel *ch, const struct step *step)
{
    struct buf plain = BUF_INIT(16384), sealed = BUF_INIT(32768);
    int rc = seal_grant(c, ch, &step->grant, &plain, &sealed);

    if (rc == 0 &&
        db_do(c, SQL_CHANNEL_GRANTED,
              IN(IN_I64(c->who.business), IN_I64(ch->facts.id), IN_BYTES(buf_as_text(&sealed)),
                 IN_TIME(step->grant.expires_at), IN_JSON(step->facts.len ? step->facts : TEXT("{}")),
                 IN_TEXT(step->external_id.ptr ? step->external_id : TEXT("")))) < 0)
        rc = -1;
    if (rc) {
        buf_fini(&sealed);
        wipe(&plain);
        return -1;
    }
    channel_close(ch);
    ch->token = plain;
    ch->sealed = arena_text(c->mem, buf_as_text(&sealed));
    buf_fini(&sealed);
    read_credential(ch);
    return 0;
}

int channel_keep_grant(struct ctx *c, const struct open_channel *ch, const struct grant *grant)
{
    struct buf plain = BUF_INIT(16384), sealed = BUF_INIT(32768);
    int64_t rows = -1;

    if (seal_grant(c, ch, grant, &plain, &sealed) == 0)
        rows = db_do(c, SQL_CHANNEL_RENEWED,
                     IN(IN_I64(c->who.business), IN_I64(ch->facts.id), IN_BYTES(buf_as_text(&sealed)),
                        IN_TIME(grant->expires_at), IN_BYTES(ch->sealed)));
    wipe(&plain);
    buf_fini(&sealed);
    return rows < 0 ? -1 : 0;
}

void channel_close(struct open_channel *ch)
{
    if (ch->token.ptr)
        crypto_wipe(ch->token.ptr, ch->token.len);
    buf_fini(&ch->token);
    ch->facts.token = ch->facts.refresh_token = ch->facts.app_id = ch->facts.app_secret = (struct text){ NULL, 0 };
}

static int note_state(struct ctx *c, int64_t id, int status, const char *code, bool needs_person)
{
    int64_t rows = db_do(c, SQL_CHANNEL_MARK, IN(IN_I64(c->who.business), IN_I64(id), IN_I16(status),
                                                 IN_STR(code ? code : ""), IN_BOOL(needs_person)));

    return rows < 0 ? -1 : rows > 0;
}

int channel_mark(struct ctx *c, int64_t id, int status, const char *code)
{
    return note_state(c, id, status, code, status == CHANNEL_BROKEN);
}

int channel_ails(struct ctx *c, int64_t id, const char *code)
{
    return note_state(c, id, CHANNEL_BROKEN, code, false);
}

struct spending {
    const struct open_channel *ch;
    int cost;
};

static int spend(struct ctx *c, void *arg)
{
    const struct spending *s = arg;
    int64_t b = c->who.business, id = s->ch->facts.id;
    struct text state = { NULL, 0 };
    int rc = db_one(c, SQL_CHANNEL_STATE_LOCK, IN(IN_I64(b), IN_I64(id)), OUT(OUT_TEXT(&state)));

    if (rc != 1)
        return rc;
    return db_do(c, SQL_CHANNEL_QUOTA_SET,
                 IN(IN_I64(b), IN_I64(id), IN_JSON(s->ch->connector->spent(state, s->cost, clock_now(), c->mem)))) < 0
               ? -1 : 0;
}

int channel_spend(struct ctx *c, const struct open_channel *ch, int cost)
{
    struct spending s = { ch, cost };

    return cost <= 0 || !ch->connector || !ch->connector->spent ? 0 : db_tx(c, spend, &s);
}

size_t channel_polled_beside(int16_t out[static PLATFORM_COUNT])
{
    size_t n = 0;

    for (int16_t p = 0; p < PLATFORM_COUNT; p++) {
        const struct connector *connector = connector_for((enum platform)p);

        if (connector && (connector->caps & CAP_POLL_BESIDE))
            out[n++] = p;
    }
    return n;
}

struct http_reply reply_view(const struct httpc_reply *reply, struct arena *mem)
{
    struct header *headers = arena_array(mem, struct header, reply->header_count + 1);

    for (size_t i = 0; i < reply->header_count; i++)
        headers[i] = (struct header){ reply->headers[i].name, reply->headers[i].value };
    return (struct http_reply){
        .status = reply->status,
        .sent = reply->sent,
        .body = reply->body,
        .headers = headers,
        .header_count = reply->header_count,
        .error = reply->status ? (struct text){ NULL, 0 } : arena_text(mem, text_of(reply->error)),
    };
}

static struct httpc_call call_of(const struct step *step, struct arena *mem, int to_fd)
{
    const struct http_call *from = &step->call;
    struct httpc_header *headers = arena_array(mem, struct httpc_header, from->header_count + 1);

    for (size_t i = 0; i < from->header_count; i++)
        headers[i] = (struct httpc_header){ from->headers[i].name, from->headers[i].value };
    return (struct httpc_call){
        .method = from->method,
        .url = from->url,
        .headers = headers,
        .header_count = from->header_count,
        .body = from->body,
        .timeout_ms = from->timeout_ms,
        .max_reply = from->max_reply,
        .to_fd = from->to_file ? to_fd : -1,
        .may_repeat = from->may_repeat,
    };
}

int call_start(struct httpc *h, const struct step *step, struct arena *mem, int to_fd, httpc_done *done, void *arg,
               struct fail *why)
{
    struct httpc_call call = call_of(step, mem, to_fd);

    return httpc_start(h, &call, done, arg, why);
}

int call_through(struct runner *r, struct ctx *c, const struct connector *connector, const struct op *op, int to_fd,
                 struct step *out)
{
    struct step_state state = { 0 };

    if (connector->step(op, &state, NULL, clock_now(), c->mem, out, &c->fail))
        return -1;
    for (int calls = 0; out->kind == STEP_CALL; calls++) {
        struct httpc_call call = call_of(out, c->mem, to_fd);
        struct httpc_reply *reply;
        struct http_reply view;

        if (calls == 8)
            return fail(&c->fail, FAIL_INTERNAL, "the connector wants call after call");
        reply = httpc_call_wait(r->calls, &call, &c->fail);
        if (!reply)
            return -1;
        view = reply_view(reply, c->mem);
        view.body = arena_text(c->mem, reply->body);
        int rc = connector->step(op, &state, &view, clock_now(), c->mem, out, &c->fail);
        if (reply->too_large) {
            out->kind = STEP_RESULT;
            out->outcome = OUTCOME_PERMANENT;
            out->why_code = "file_too_big";
        }
        httpc_reply_free(reply);
        if (rc)
            return -1;
    }
    return 0;
}

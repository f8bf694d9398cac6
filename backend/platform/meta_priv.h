/* What the connectors for Meta's platforms share: signatures, Graph calls and answers, errors, login.
 * Source of all facts: platforms-meta.md §1-3, §8. */
#ifndef TANGGAP_PLATFORM_META_PRIV_H
#define TANGGAP_PLATFORM_META_PRIV_H

#include "payload.h"

#include "platform/meta.h"

#define META_HOOK_BODY_MAX (INT64_C(8) << 20)
#define META_CALL_TIMEOUT_MS 20000
#define META_REPLY_MAX (8 << 20)
#define META_PAGE_MAX (32 << 20)
#define META_DAY_S 86400

/* ---- webhook calls (meta.c) ---- */

/* X-Hub-Signature-256 over the raw body, key: facts.hook_secret (the app secret). */
bool meta_verify(const struct hook_request *rq, const struct channel_facts *ch);
/* Does this secret give the signature? For channels that know two. */
bool meta_verify_with(const struct hook_request *rq, struct text secret);
/* hub.mode, hub.verify_token against facts.verify_token, hub.challenge back word for word. */
int meta_challenge(const struct hook_request *rq, const struct channel_facts *ch, struct buf *out);

/* ---- reading (meta.c) ---- */

/* Seconds or milliseconds (10^12 and above), as number or text, or ISO 8601. False and *out untouched otherwise. */
bool meta_moment(const json_t *object, const char *key, time_us *out);
/* true, 1, "1", "true". */
bool meta_true(const json_t *object, const char *key);
/* A member, or a member of a member; NULL where either is not there. */
const json_t *meta_member(const json_t *object, const char *outer, const char *inner);
/* paging.cursors.after, or with time-based paging the query of paging.next without its token; ptr NULL: that was the
 * last page. The address in `next` is never used: it holds the token and may point anywhere. */
struct text meta_next_cursor(struct arena *mem, const json_t *page);
/* An absolute http(s) address, as media have it. */
bool meta_is_address(struct text url);

/* ---- calls (meta_call.c) ---- */

struct meta_param {
    const char *name;
    struct text value;                 /* ptr NULL: left out */
};

/* One Graph call. `body` is taken. With `file`, the body's members go out as form fields (texts as they are, the rest as
 * JSON) and the bytes as the last. Without body and file: no body. */
struct meta_request {
    const char *method;                /* NULL: GET, or POST with a body */
    const char *base;                  /* NULL: facts.api_base */
    bool is_unversioned;
    struct text token;                 /* ptr NULL: facts.token; len 0: none */
    bool has_no_proof;                 /* for calls made with another secret's token */
    struct text node;                  /* an id; percent-encoded here; empty: none */
    const char *edge;                  /* "messages", "oauth/access_token", or NULL */
    const struct meta_param *params;
    size_t param_count;
    struct text cursor;                /* of meta_next_cursor(); absent: first page */
    json_t *body;
    const struct meta_file {
        const char *field;
        struct text name, mime, bytes;
    } *file;
    bool may_repeat;
    int64_t max_reply;                 /* 0: META_REPLY_MAX */
};

/* Always 0. What cannot be sent (a token that is no header value) becomes a result. */
int meta_call(const struct op *op, struct arena *mem, const struct meta_request *rq, struct step *out);
/* Binary content from an address that a payload or answer told: no credential goes there. */
int meta_call_media(const struct op *op, struct step *out, struct arena *mem);
int meta_end_media(const struct http_reply *reply, struct step *out, struct arena *mem);
int meta_result(struct step *out, enum outcome outcome, const char *code, struct text why);
/* "APPID|SECRET"; ptr NULL without registration. */
struct text meta_app_token(struct arena *mem, const struct channel_facts *ch);

/* ---- answers (meta_errors.c) ---- */

#define META_ANY_SUB (-1)
/* A line of an error table: codes from..to with this subcode (0: none told, META_ANY_SUB: whatever it is). */
struct meta_error {
    int64_t from, to, sub;
    enum outcome outcome;
    const char *code;
    int32_t pause_s;                   /* RETRY_AT: this long, unless a header knows better */
};

/* Reads an answer. True: a success, and *root (to be decref'd, also after false) holds it. False: `out` is a result by
 * `own` (first match, may be NULL), then by the table of all Graph codes. */
bool meta_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                 const struct meta_error *own, size_t own_count, json_t **root, struct step *out);
/* What a code told in a webhook (a failed status) means; NULL: not in the tables. */
const struct meta_error *meta_error_find(const struct meta_error *own, size_t own_count, int64_t code, int64_t sub);
/* Highest use in percent that the answer's headers tell, or -1; *resets in microseconds from now, 0 if not told. */
int meta_usage(const struct http_reply *reply, struct arena *mem, int64_t *resets);
/* Also sets out->why for a person: error_user_msg, error_data.details or message. */
bool meta_error_told(const json_t *root, int64_t *code, int64_t *sub);

/* ---- Facebook Login (meta_login.c): GRANT, RENEW ---- */

/* GRANT: code → user token → long user token → token of the page facts.external_id (or of the only one). grant.token is
 * the page's, grant.refresh_token the person's: RENEW gets the page's anew with it. Several pages and none named:
 * grant.token stays absent and facts hold {"accounts":[{"id","name","instagram"}],"more":bool}. */
int meta_login_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                    struct arena *mem, struct step *out);

#endif

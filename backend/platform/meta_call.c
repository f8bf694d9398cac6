/* Graph calls: one address, one header with the token, the proof that the secret is ours, and a body. */
#include "meta_priv.h"

#include "util/crypto.h"
#include "util/enc.h"

#define URL_MAX (64 * 1024)
#define FORM_MAX ((size_t)64 << 20)

int meta_result(struct step *out, enum outcome outcome, const char *code, struct text why)
{
    out->kind = STEP_RESULT;
    out->outcome = outcome;
    out->why_code = code;
    out->why = why;
    return 0;
}

struct text meta_app_token(struct arena *mem, const struct channel_facts *ch)
{
    if (!ch->app_id.len || !ch->app_secret.len)
        return (struct text){ NULL, 0 };
    return text_of(arena_printf(mem, "%.*s|%.*s", (int)ch->app_id.len, ch->app_id.ptr, (int)ch->app_secret.len,
                                ch->app_secret.ptr));
}

/* Nothing that could end a header, or be no token at all. */
static bool token_is_sane(struct text token)
{
    if (token.len > 2048)
        return false;
    for (size_t i = 0; i < token.len; i++)
        if (token.ptr[i] <= ' ' || token.ptr[i] > '~')
            return false;
    return true;
}

static void add_param(struct buf *url, const char *name, struct text value)
{
    if (!value.ptr)
        return;
    buf_char(url, memchr(url->ptr, '?', url->len) ? '&' : '?');
    buf_str(url, name);
    buf_char(url, '=');
    enc_percent(url, value);
}

/* The query of a time-based `next`, as the platform wrote it: only what belongs into a query. */
static void add_query(struct buf *url, struct text query)
{
    for (size_t i = 0; i < query.len; i++) {
        char c = query.ptr[i];

        if (c <= ' ' || c > '~' || c == '#' || c == '"' || c == '<' || c == '>' || (c == '?' && i))
            buf_printf(url, "%%%02X", (unsigned)(unsigned char)c);
        else
            buf_char(url, c);
    }
}

static void add_proof(struct buf *url, const struct channel_facts *ch, struct text token)
{
    uint8_t mac[CRYPTO_HASH_SIZE];
    char hex[2 * CRYPTO_HASH_SIZE + 1];

    if (!ch->app_secret.len || !token.len)
        return;
    crypto_hmac_sha256(ch->app_secret, token, mac);
    enc_hex(mac, sizeof(mac), hex);
    add_param(url, "appsecret_proof", text_of(hex));
}

static const char *address(const struct channel_facts *ch, struct arena *mem, const struct meta_request *rq,
                           struct text token)
{
    struct buf url = BUF_INIT(URL_MAX);
    const char *made;

    buf_str(&url, rq->base ? rq->base : ch->api_base ? ch->api_base : "");
    if (!rq->is_unversioned && ch->api_version && *ch->api_version) {
        buf_char(&url, '/');
        enc_percent(&url, text_of(ch->api_version));
    }
    if (rq->node.len) {
        buf_char(&url, '/');
        enc_percent(&url, rq->node);
    }
    if (rq->edge) {
        buf_char(&url, '/');
        buf_str(&url, rq->edge);
    }
    if (rq->cursor.len && rq->cursor.ptr[0] == '?') {
        add_query(&url, rq->cursor);
    } else {
        for (size_t i = 0; i < rq->param_count; i++)
            add_param(&url, rq->params[i].name, rq->params[i].value);
        add_param(&url, "after", rq->cursor.len ? rq->cursor : (struct text){ NULL, 0 });
    }
    if (!rq->has_no_proof)
        add_proof(&url, ch, token);
    made = url.failed ? NULL : arena_copy(mem, buf_as_text(&url));
    buf_fini(&url);
    return made;
}

/* ---- bodies ---- */

static void form_field(struct buf *form, const char *boundary, const char *name, struct text value)
{
    buf_printf(form, "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n", boundary, name);
    buf_text(form, value);
    buf_str(form, "\r\n");
}

static void form_name(struct buf *form, struct text name)
{
    for (size_t i = 0; i < name.len && i < 200; i++) {
        char c = name.ptr[i];

        buf_char(form, (unsigned char)c < ' ' || c == '"' || c == '\\' || c == '/' || c == 0x7f ? '_' : c);
    }
    if (!name.len)
        buf_str(form, "file");
}

static bool mime_is_sane(struct text mime)
{
    for (size_t i = 0; i < mime.len; i++)
        if (mime.ptr[i] < ' ' || mime.ptr[i] > '~')
            return false;
    return mime.len > 2 && mime.len < 200;
}

static struct text form_body(struct arena *mem, json_t *fields, const struct meta_file *file, const char *boundary)
{
    struct buf form = BUF_INIT(FORM_MAX);
    struct text made;
    const char *key;
    json_t *value;

    json_object_foreach(fields, key, value) form_field(&form, boundary, key,
                                                       json_is_string(value)
                                                           ? text_of(json_string_value(value))
                                                           : payload_dump(mem, value));
    buf_printf(&form, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"", boundary, file->field);
    form_name(&form, file->name);
    buf_str(&form, "\"\r\nContent-Type: ");
    buf_text(&form, mime_is_sane(file->mime) ? file->mime : TEXT("application/octet-stream"));
    buf_str(&form, "\r\n\r\n");
    buf_text(&form, file->bytes);
    buf_printf(&form, "\r\n--%s--\r\n", boundary);
    made = form.failed ? (struct text){ NULL, 0 } : arena_text(mem, buf_as_text(&form));
    buf_fini(&form);
    return made;
}

/* Not in the bytes that it ends: a hash of them. */
static const char *boundary_of(struct arena *mem, struct text bytes)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[2 * CRYPTO_HASH_SIZE + 1];

    crypto_sha256(bytes, hash);
    enc_hex(hash, sizeof(hash), hex);
    return arena_printf(mem, "tanggap-%.32s", hex);
}

static bool set_body(struct arena *mem, const struct meta_request *rq, struct header *type, struct http_call *call)
{
    const char *boundary;

    if (rq->file) {
        boundary = boundary_of(mem, rq->file->bytes);
        type->value = text_of(arena_printf(mem, "multipart/form-data; boundary=%s", boundary));
        call->body = form_body(mem, rq->body, rq->file, boundary);
        return call->body.ptr != NULL;
    }
    type->value = TEXT("application/json");
    call->body = payload_dump(mem, rq->body);
    return true;
}

static int make_call(const struct op *op, struct arena *mem, const struct meta_request *rq, struct step *out)
{
    const struct channel_facts *ch = op->channel;
    struct text token = rq->token.ptr ? rq->token : ch->token;
    struct header *headers = arena_array(mem, struct header, 2);
    struct http_call *call = &out->call;
    bool has_body = rq->body || rq->file;

    if (!token_is_sane(token) || (!rq->token.ptr && !token.len))
        return meta_result(out, OUTCOME_AUTH, "unauthorized", TEXT("not the form of an access token"));
    *call = (struct http_call){
        .method = rq->method ? rq->method : has_body ? "POST" : "GET",
        .url = address(ch, mem, rq, token),
        .headers = headers,
        .timeout_ms = rq->file ? 3 * META_CALL_TIMEOUT_MS : META_CALL_TIMEOUT_MS,
        .max_reply = rq->max_reply ? rq->max_reply : META_REPLY_MAX,
        .may_repeat = rq->may_repeat,
    };
    if (token.len)
        headers[call->header_count++] = (struct header){
            TEXT("Authorization"), text_of(arena_printf(mem, "Bearer %.*s", (int)token.len, token.ptr)) };
    if (has_body) {
        headers[call->header_count].name = TEXT("Content-Type");
        if (!set_body(mem, rq, &headers[call->header_count++], call))
            return meta_result(out, OUTCOME_PERMANENT, "file_too_big", TEXT(""));
    }
    if (!call->url)
        return meta_result(out, OUTCOME_PERMANENT, "rejected", TEXT("too long for an address"));
    out->kind = STEP_CALL;
    return 0;
}

int meta_call(const struct op *op, struct arena *mem, const struct meta_request *rq, struct step *out)
{
    int rc = make_call(op, mem, rq, out);

    json_decref(rq->body);
    return rc;
}

int meta_call_media(const struct op *op, struct step *out, struct arena *mem)
{
    if (!meta_is_address(op->media_ref))
        return meta_result(out, OUTCOME_PERMANENT, "file_gone", TEXT(""));
    out->kind = STEP_CALL;
    out->call = (struct http_call){
        .method = "GET",
        .url = arena_copy(mem, op->media_ref),
        .timeout_ms = 60000,
        .max_reply = op->max_bytes ? op->max_bytes : META_REPLY_MAX,
        .to_file = true,
        .any_host = true,
        .may_repeat = true,
    };
    return 0;
}

static struct text header_of(const struct http_reply *reply, const char *name, struct arena *mem)
{
    struct text wanted = text_of(name);

    for (size_t i = 0; i < reply->header_count; i++) {
        struct text has = reply->headers[i].name;

        if (has.len == wanted.len && strncasecmp(has.ptr, wanted.ptr, has.len) == 0)
            return arena_text(mem, reply->headers[i].value);
    }
    return (struct text){ NULL, 0 };
}

int meta_end_media(const struct http_reply *reply, struct step *out, struct arena *mem)
{
    out->why = arena_text(mem, reply->error);
    if (reply->status == 200) {
        out->media_mime = header_of(reply, "Content-Type", mem);
        return meta_result(out, OUTCOME_OK, NULL, TEXT(""));
    }
    if (reply->status >= 400 && reply->status < 500 && reply->status != 408 && reply->status != 429)
        return meta_result(out, OUTCOME_PERMANENT, "file_gone", TEXT(""));
    return meta_result(out, OUTCOME_RETRY, "unreachable", out->why);
}

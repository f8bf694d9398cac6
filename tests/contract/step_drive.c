/* Drives connectors for the contract tests: one JSON op per line in, one JSON result per line out, through the real
 * step machine and the real HTTP client (private addresses allowed). Members of an op are those of struct op and struct
 * channel_facts; "kind", "platform", "thread_type" and "moderation" are words in either case, JSON-valued texts may
 * stand as JSON, bytes as "attachment_base64", times in RFC 3339. "extra_base" is one more host that plain http may go
 * to, "now" the time at which the machine's clock stands. A machine that wants to wait gets a clock that stands at the
 * end of the wait. */
#include "net/httpc.h"
#include "platform/connector.h"
#include "util/crypto.h"
#include "util/enc.h"
#include "util/json_out.h"
#include "util/str.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define CALLS_MAX 64

static const char *const kind_words[OP_KIND_COUNT] = {
    [OP_CHECK] = "CHECK",
    [OP_SEND] = "SEND",
    [OP_POLL] = "POLL",
    [OP_MEDIA] = "MEDIA",
    [OP_HOOK_SET] = "HOOK_SET",
    [OP_HOOK_DROP] = "HOOK_DROP",
    [OP_HOOK_INFO] = "HOOK_INFO",
    [OP_LOOK] = "LOOK",
    [OP_EDIT] = "EDIT",
    [OP_MODERATE] = "MODERATE",
    [OP_REACT] = "REACT",
    [OP_MARK_READ] = "MARK_READ",
    [OP_BACKFILL] = "BACKFILL",
    [OP_PROFILE] = "PROFILE",
    [OP_TEMPLATES] = "TEMPLATES",
    [OP_QUOTA] = "QUOTA",
    [OP_GRANT] = "GRANT",
    [OP_RENEW] = "RENEW",
};
static const char *const outcome_words[] = {
    [OUTCOME_OK] = "OK",
    [OUTCOME_DUPLICATE_OK] = "DUPLICATE_OK",
    [OUTCOME_RETRY_AT] = "RETRY_AT",
    [OUTCOME_RETRY] = "RETRY",
    [OUTCOME_UNKNOWN] = "UNKNOWN",
    [OUTCOME_QUOTA] = "QUOTA",
    [OUTCOME_AUTH] = "AUTH",
    [OUTCOME_PERMANENT] = "PERMANENT",
    [OUTCOME_CONTACT_GONE] = "CONTACT_GONE",
};
static const char *const moderation_words[] = {
    [MODERATE_HIDE] = "HIDE",
    [MODERATE_UNHIDE] = "UNHIDE",
    [MODERATE_DELETE] = "DELETE",
    [MODERATE_LIKE] = "LIKE",
    [MODERATE_UNLIKE] = "UNLIKE",
    [MODERATE_HOLD] = "HOLD",
    [MODERATE_PUBLISH] = "PUBLISH",
    [MODERATE_REJECT] = "REJECT",
};
static const char *const send_as_words[] = {
    [SEND_PLAIN] = "PLAIN",
    [SEND_PRIVATE] = "PRIVATE",
    [SEND_HUMAN_AGENT] = "HUMAN_AGENT",
    [SEND_TEMPLATE] = "TEMPLATE",
};
#define X(name, word) word,
static const char *const thread_words[] = { THREAD_TYPES(X) };
static const char *const attachment_words[] = { ATTACHMENT_TYPES(X) };
#undef X

struct drive {
    struct arena *mem;
    struct httpc *client;
    struct json_out out;
    time_us skew;                      /* how far past the real time the machine's clock stands */
    FILE *media;
    int64_t media_bytes;
};

static _Noreturn void give_up(const char *what, struct text detail)
{
    fprintf(stderr, "step_drive: %s: %.*s\n", what, (int)detail.len, detail.ptr ? detail.ptr : "");
    exit(1);
}

/* A string as it is, any other value as its JSON; absent: ptr NULL. */
static struct text field(struct drive *d, const json_t *op, const char *key)
{
    const json_t *value = json_object_get(op, key);
    struct text made;
    char *dumped;

    if (!value || json_is_null(value))
        return (struct text){ NULL, 0 };
    if (json_is_string(value))
        return (struct text){ json_string_value(value), json_string_length(value) };
    dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    made = arena_text(d->mem, text_of(dumped));
    free(dumped);
    return made;
}

static const char *address(struct drive *d, const json_t *op, const char *key)
{
    struct text t = field(d, op, key);

    return t.ptr ? arena_copy(d->mem, t) : NULL;
}

static int word(struct drive *d, const json_t *op, const char *key, const char *const *words, size_t count)
{
    struct text t = field(d, op, key);

    for (size_t i = 0; t.ptr && i < count; i++)
        if (words[i] && str_equal_nocase(t, text_of(words[i])))
            return (int)i;
    if (t.ptr)
        give_up(key, t);
    return 0;
}

static int64_t number(const json_t *op, const char *key)
{
    return json_integer_value(json_object_get(op, key));
}

static time_us moment(struct drive *d, const json_t *op, const char *key)
{
    struct text t = field(d, op, key);
    time_us at = TIME_NONE;

    if (t.ptr && time_parse(t, &at))
        give_up(key, t);
    return at;
}

static struct text bytes(struct drive *d, const json_t *op, const char *key)
{
    struct text b64 = field(d, op, key), kept;
    struct buf raw = BUF_INIT((size_t)64 << 20);

    if (!b64.ptr)
        return b64;
    if (dec_base64(&raw, b64))
        give_up("not base64", TEXT("attachment_base64"));
    kept = arena_text(d->mem, buf_as_text(&raw));
    buf_fini(&raw);
    return kept;
}

static void read_facts(struct drive *d, const json_t *op, struct channel_facts *ch)
{
    struct text platform = field(d, op, "platform");

    *ch = (struct channel_facts){
        .id = 1,
        .external_id = field(d, op, "external_id"),
        .hook_secret = field(d, op, "hook_secret"),
        .verify_token = field(d, op, "verify_token"),
        .token = field(d, op, "token"),
        .refresh_token = field(d, op, "refresh_token"),
        .app_id = field(d, op, "app_id"),
        .app_secret = field(d, op, "app_secret"),
        .state = field(d, op, "state"),
        .api_base = address(d, op, "api_base"),
        .file_base = address(d, op, "file_base"),
        .auth_base = address(d, op, "auth_base"),
        .api_version = address(d, op, "api_version"),
    };
    if (!platform_from_word(platform, &ch->platform))
        give_up("no such platform", platform);
}

static const struct event_attachment *read_attachment(struct drive *d, const json_t *op)
{
    const json_t *given = json_object_get(op, "attachment");
    struct event_attachment *a;

    if (!json_is_object(given))
        return NULL;
    a = arena_new_of(d->mem, struct event_attachment);
    *a = (struct event_attachment){
        .type = (enum attachment_type)word(d, given, "type", attachment_words, COUNT_OF(attachment_words)),
        .mime = field(d, given, "mime"),
        .name = field(d, given, "name"),
        .ref = field(d, given, "ref"),
        .url = field(d, given, "url"),
        .size = json_object_get(given, "size") ? number(given, "size") : -1,
    };
    return a;
}

static void read_op(struct drive *d, const json_t *from, const struct channel_facts *ch, struct op *op)
{
    *op = (struct op){
        .kind = (enum op_kind)word(d, from, "kind", kind_words, OP_KIND_COUNT),
        .channel = ch,
        .thread_id = field(d, from, "thread_id"),
        .text = field(d, from, "text"),
        .reply_to = field(d, from, "reply_to"),
        .thread_type = (enum thread_type)word(d, from, "thread_type", thread_words, COUNT_OF(thread_words)),
        .send_as = (enum send_as)word(d, from, "send_as", send_as_words, COUNT_OF(send_as_words)),
        .part = (unsigned)number(from, "part"),
        .retry_key = field(d, from, "retry_key"),
        .reply_token = field(d, from, "reply_token"),
        .template_name = field(d, from, "template_name"),
        .template_language = field(d, from, "template_language"),
        .template_values = field(d, from, "template_values"),
        .choices = field(d, from, "choices"),
        .attachment = read_attachment(d, from),
        .attachment_bytes = bytes(d, from, "attachment_base64"),
        .sent_after = moment(d, from, "sent_after"),
        .target = field(d, from, "target"),
        .target_detail = field(d, from, "target_detail"),
        .moderation = (enum moderation)word(d, from, "moderation", moderation_words, COUNT_OF(moderation_words)),
        .author_id = field(d, from, "author_id"),
        .code = field(d, from, "code"),
        .code_verifier = field(d, from, "code_verifier"),
        .redirect_url = field(d, from, "redirect_url"),
        .cursor = field(d, from, "cursor"),
        .wait_s = (int)number(from, "wait_s"),
        .media_ref = field(d, from, "media_ref"),
        .max_bytes = json_object_get(from, "max_bytes") ? number(from, "max_bytes") : (int64_t)25 << 20,
        .hook_url = field(d, from, "hook_url"),
    };
}

/* What the checking proxy (or a fake that checks by itself) had against this call. */
static void tell_violation(struct drive *d, const struct httpc_reply *reply)
{
    for (size_t i = 0; i < reply->header_count; i++)
        if (str_equal_nocase(reply->headers[i].name, TEXT("sl-violations")))
            jo_kv(&d->out, "violation", jo_text, reply->headers[i].value);
    if (reply->status >= 400 && (str_find(reply->body, TEXT("stoplight.io/prism")) ||
                                 str_find(reply->body, TEXT("CONTRACT VIOLATION"))))
        jo_kv(&d->out, "problem", jo_text, str_utf8_cut(reply->body, 4000));
}

static struct text path_of(struct text url)
{
    const char *host = str_find(url, TEXT("://"));
    const char *slash = host ? memchr(host + 3, '/', url.len - (size_t)(host + 3 - url.ptr)) : NULL;

    return slash ? (struct text){ slash, url.len - (size_t)(slash - url.ptr) } : TEXT("/");
}

static void tell_call(struct drive *d, const struct http_call *call, const struct httpc_reply *reply)
{
    jo_object(&d->out);
    jo_kv(&d->out, "method", jo_str, call->method);
    jo_kv(&d->out, "path", jo_text, path_of(text_of(call->url)));
    jo_kv(&d->out, "url", jo_str, call->url);
    jo_kv(&d->out, "status", jo_i64, reply->status);
    if (!reply->status)
        jo_kv(&d->out, "error", jo_str, reply->error);
    tell_violation(d, reply);
    jo_end_object(&d->out);
}

static void make_call(struct drive *d, const struct http_call *from, struct http_reply *view)
{
    struct httpc_header *headers = arena_array(d->mem, struct httpc_header, from->header_count + 1);
    struct httpc_call call = { from->method, from->url, headers, from->header_count, from->body, from->timeout_ms,
                               from->max_reply, from->to_file ? fileno(d->media) : -1, from->may_repeat };
    struct header *seen;
    struct httpc_reply *reply;
    struct fail why = { .code = FAIL_NONE };

    for (size_t i = 0; i < from->header_count; i++)
        headers[i] = (struct httpc_header){ from->headers[i].name, from->headers[i].value };
    reply = httpc_call_wait(d->client, &call, &why);
    if (!reply)
        give_up(why.text, text_of(from->url));
    seen = arena_array(d->mem, struct header, reply->header_count + 1);
    for (size_t i = 0; i < reply->header_count; i++)
        seen[i] = (struct header){ arena_text(d->mem, reply->headers[i].name),
                                   arena_text(d->mem, reply->headers[i].value) };
    *view = (struct http_reply){ reply->status, reply->sent, arena_text(d->mem, reply->body), seen, reply->header_count,
                                 arena_text(d->mem, text_of(reply->error)) };
    if (from->to_file && reply->status == 200)
        d->media_bytes = (int64_t)lseek(fileno(d->media), 0, SEEK_CUR);
    tell_call(d, from, reply);
    httpc_reply_free(reply);
}

/* Until the machine has a result; false: it has none. */
static bool run_machine(struct drive *d, const struct connector *connector, const struct op *op, struct step *step)
{
    struct step_state state = { 0 };
    struct http_reply view;
    const struct http_reply *reply = NULL;
    struct fail why = { .code = FAIL_NONE };
    bool went_well = false;

    jo_key(&d->out, "calls");
    jo_array(&d->out);
    for (int turns = 0; turns < CALLS_MAX; turns++) {
        went_well = connector->step(op, &state, reply, clock_now() + d->skew, d->mem, step, &why) == 0;
        if (!went_well || step->kind == STEP_RESULT)
            break;
        if (step->kind == STEP_WAIT) {
            d->skew = step->until - clock_now();
            reply = NULL;
        } else {
            make_call(d, &step->call, &view);
            reply = &view;
        }
    }
    jo_end_array(&d->out);
    if (!went_well)
        jo_kv(&d->out, "failed", jo_str, why.text);
    else if (step->kind != STEP_RESULT)
        jo_kv(&d->out, "failed", jo_str, "call after call");
    return went_well && step->kind == STEP_RESULT;
}

static void jo_json_or_text(struct json_out *out, struct text t)
{
    json_t *tree = json_loadb(t.ptr, t.len, 0, NULL);

    if (tree)
        jo_raw(out, t);
    else
        jo_text(out, t);
    json_decref(tree);
}

static int take_event(const struct event *ev, void *arg)
{
    struct json_out *out = arg;
    struct buf line = BUF_INIT(1 << 22);

    event_write(ev, &line);
    jo_raw(out, str_trim(buf_as_text(&line)));
    buf_fini(&line);
    return 0;
}

static void tell_page(struct drive *d, const struct connector *connector, const struct op *op, struct text page)
{
    struct fail why = { .code = FAIL_NONE };

    jo_kv(&d->out, "page", jo_json_or_text, page);
    jo_key(&d->out, "events");
    jo_array(&d->out);
    if (connector->parse(page, op->channel, d->mem, take_event, &d->out, &why))
        give_up("parse refuses the page", text_of(why.text));
    jo_end_array(&d->out);
}

static void tell_grant(struct drive *d, const struct grant *g)
{
    jo_key(&d->out, "grant");
    jo_object(&d->out);
    jo_kv(&d->out, "token", jo_text, g->token);
    jo_kv(&d->out, "refresh_token", jo_text, g->refresh_token);
    jo_kv(&d->out, "expires_at", jo_time, g->expires_at);
    jo_end_object(&d->out);
}

static void tell_result(struct drive *d, const struct connector *connector, const struct op *op, const struct step *s)
{
    const struct {
        const char *key;
        struct text value;
    } texts[] = {
        { "external_id", s->external_id }, { "why", s->why },
        { "cursor", s->cursor },           { "new_thread_id", s->new_thread_id },
        { "media_mime", s->media_mime },   { "media_name", s->media_name },
    };

    jo_kv(&d->out, "outcome", jo_str, outcome_words[s->outcome]);
    if (s->why_code)
        jo_kv(&d->out, "why_code", jo_str, s->why_code);
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].value.ptr)
            jo_kv(&d->out, texts[i].key, jo_text, texts[i].value);
    if (s->sent_at != TIME_NONE && s->sent_at != 0)
        jo_kv(&d->out, "sent_at", jo_time, s->sent_at);
    if (s->until != TIME_NONE && s->until != 0)
        jo_kv(&d->out, "until", jo_time, s->until);
    if (s->facts.ptr)
        jo_kv(&d->out, "facts", jo_json_or_text, s->facts);
    if (s->page.ptr)
        tell_page(d, connector, op, s->page);
    if (s->grant.token.ptr || s->grant.refresh_token.ptr)
        tell_grant(d, &s->grant);
    if (op->kind == OP_MEDIA)
        jo_kv(&d->out, "media_bytes", jo_i64, d->media_bytes);
    jo_kv(&d->out, "is_last", jo_bool, s->is_last);
    jo_kv(&d->out, "is_refused_reply", jo_bool, s->is_refused_reply);
    jo_kv(&d->out, "cost", jo_i64, s->cost);
}

static void drive_line(struct text line)
{
    struct drive d = { .mem = arena_new(0) };
    json_t *from = json_loadb(line.ptr, line.len, 0, NULL);
    struct buf out = BUF_INIT((size_t)64 << 20);
    struct fail why = { .code = FAIL_NONE };
    struct channel_facts ch;
    struct op op;
    struct step step;

    if (!json_is_object(from))
        give_up("not a JSON object", line);
    read_facts(&d, from, &ch);
    read_op(&d, from, &ch, &op);
    const struct connector *connector = connector_for(ch.platform);
    const char *bases[] = { ch.api_base, ch.file_base, ch.auth_base, address(&d, from, "extra_base") };
    struct httpc_options options = { .bases = bases, .base_count = COUNT_OF(bases), .allow_private = true };
    if (json_object_get(from, "now"))
        d.skew = moment(&d, from, "now") - clock_now();
    d.client = httpc_new(&options, &why);
    d.media = tmpfile();
    if (!connector || !d.client || !d.media)
        give_up("cannot begin", line);
    d.out = json_out(&out);
    jo_object(&d.out);
    if (run_machine(&d, connector, &op, &step))
        tell_result(&d, connector, &op, &step);
    jo_end_object(&d.out);
    buf_char(&out, '\n');
    if (out.failed || fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout))
        give_up("cannot write", line);
    httpc_free(d.client);
    fclose(d.media);
    buf_fini(&out);
    json_decref(from);
    arena_free(d.mem);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    if (crypto_init())
        return 1;
    while ((len = getline(&line, &room, stdin)) >= 0)
        drive_line(str_trim((struct text){ line, (size_t)len }));
    free(line);
    return 0;
}

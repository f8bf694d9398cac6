/* Building answers; the one place where a reason becomes a sentence. */
#include "http/reply.h"

#include "http/words_gen.h"

#include <assert.h>
#include <stdio.h>

void reply_init(struct reply *rp)
{
    struct buf body = rp->body;

    memset(rp, 0, sizeof(*rp));
    body.max = REPLY_MAX_BODY;
    rp->body = body;
    buf_reset(&rp->body);
    rp->fd = -1;
    rp->status = 500;
}

void reply_header(struct reply *rp, const char *name, struct text value)
{
    assert(rp->header_count < REPLY_HEADERS);
    rp->headers[rp->header_count++] = (struct header){ text_of(name), value };
}

struct json_out *reply_json(struct reply *rp, int status)
{
    rp->status = status;
    rp->type = "application/json";
    buf_reset(&rp->body);
    rp->json = json_out(&rp->body);
    return &rp->json;
}

int reply_empty(struct reply *rp, int status)
{
    rp->status = status;
    rp->type = NULL;
    buf_reset(&rp->body);
    return 0;
}

/* "server.<word>" of the catalogue; a code without one falls back to "server.internal". */
static const char *sentence(const struct fail *why, const char *language)
{
    char key[64];
    const char *text;

    snprintf(key, sizeof(key), "server.%s", fail_word(why->code));
    text = words(key, language);
    return text ? text : words("server.internal", language);
}

struct json_out *reply_problem_open(struct reply *rp, const struct fail *why, const char *language, struct arena *mem)
{
    int status = fail_http_status(why->code);
    struct json_out *j = reply_json(rp, status);
    const char *text = sentence(why, language);

    rp->type = "application/problem+json";
    rp->fixed = (struct text){ NULL, 0 };
    rp->header_count = 0;
    rp->stream = NULL;
    if (status == 503 || status == 429)
        reply_header(rp, "Retry-After", text_of(arena_printf(mem, "%d", why->retry_after_s > 0 ? why->retry_after_s : 1)));
    jo_object(j);
    jo_kv(j, "type", jo_str, "about:blank");
    jo_kv(j, "title", jo_str, fail_word(why->code));
    jo_kv(j, "status", jo_i64, status);
    jo_kv(j, "code", jo_str, fail_word(why->code));
    if (why->field[0])
        jo_kv(j, "field", jo_str, why->field);
    if (why->line)
        jo_kv(j, "line", jo_i64, why->line);
    if (why->retry_after_s)
        jo_kv(j, "retry_after", jo_i64, why->retry_after_s);
    jo_kv(j, "detail", jo_str, text ? text : fail_word(why->code));
    return j;
}

void reply_problem(struct reply *rp, const struct fail *why, const char *language, struct arena *mem)
{
    jo_end_object(reply_problem_open(rp, why, language, mem));
}

/* A person took back at Meta what she once agreed to: her login's tokens go, and where she asked for it, what is kept
 * about her goes as well. Payload {"user":"ID"}, with "code" where the status of a deletion is to be told. The id is of
 * the login, scoped to the app (platforms-meta.md §10): of a customer only where the two happen to be the same. */
#include "runner_priv.h"

#include "jobs/erasures.h"
#include "util/log.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

static const int16_t meta_platforms[] = { PLATFORM_FACEBOOK, PLATFORM_MESSENGER, PLATFORM_INSTAGRAM, PLATFORM_WHATSAPP };
#define META IN_I16S(meta_platforms, COUNT_OF(meta_platforms))

struct ids {
    struct ctx *c;
    int64_t row, *at;
    size_t count, cap;
};

static int keep(void *arg)
{
    struct ids *l = arg;

    if (l->count == l->cap) {
        int64_t *grown = arena_array(l->c->mem, int64_t, l->cap * 2 + 8);

        if (l->count)
            memcpy(grown, l->at, l->count * sizeof(*grown));
        l->at = grown;
        l->cap = l->cap * 2 + 8;
    }
    l->at[l->count++] = l->row;
    return 0;
}

/* Channels whose login this was are closed; those of whom that is not known are asked. */
static int close_channels(struct ctx *c, struct text user)
{
    struct ids doubtful = { .c = c };
    int64_t b = c->who.business;

    if (db_do(c, SQL_WITHDRAWN_CLOSE, IN(IN_I64(b), META, IN_TEXT(user))) < 0 ||
        db_each(c, SQL_WITHDRAWN_DOUBTFUL, IN(IN_I64(b), META), OUT(OUT_I64(&doubtful.row)), keep, &doubtful))
        return -1;
    for (size_t i = 0; i < doubtful.count; i++) {
        const char *id = arena_printf(c->mem, "%lld", (long long)doubtful.at[i]);

        if (jobq_add(c, JOB_CHANNEL_CHECK, text_of(id), text_of(arena_printf(c->mem, "{\"channel\":\"%s\"}", id)),
                     TIME_NONE))
            return -1;
    }
    return 0;
}

static int forget(struct ctx *c, struct text user, struct text code)
{
    struct ids contacts = { .c = c };
    int64_t messages;

    if (db_each(c, SQL_WITHDRAWN_CONTACTS, IN(IN_I64(c->who.business), META, IN_TEXT(user)),
                OUT(OUT_I64(&contacts.row)), keep, &contacts))
        return -1;
    for (size_t i = 0; i < contacts.count; i++)
        if ((erasures_erase(c, contacts.at[i], &messages) && c->fail.code != FAIL_NOT_FOUND) ||
            erasures_note(c, contacts.at[i]))
            return -1;
    return db_do(c, SQL_DATA_DELETION_DONE, IN(IN_TEXT(code))) < 0 ? -1 : 0;
}

int withdrawn_job(struct runner *r, struct ctx *c, const struct job *j)
{
    json_error_t ignored;
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, &ignored);
    const char *user = json_string_value(json_object_get(payload, "user"));
    const char *code = json_string_value(json_object_get(payload, "code"));

    if (!user)
        return fail_field(&c->fail, "user", "the job does not say whose login");
    if (close_channels(c, text_of(user)) || (code && forget(c, text_of(user), text_of(code))))
        return -1;
    notifier_panel(r->notifier, c->who.business, "channel", 0);
    return 0;
}

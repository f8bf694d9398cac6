/* A contact is forgotten, and the promise noted where a restore finds it. Payload {"contact":"ID"}. */
#include "runner_priv.h"

#include "jobs/erasures.h"
#include "util/str.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

int erase_job(struct runner *r, struct ctx *c, const struct job *j)
{
    json_error_t ignored;
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, &ignored);
    const json_t *id = json_object_get(payload, "contact");
    int64_t contact, messages;

    if (!json_is_string(id) || str_whole_i64(text_of(json_string_value(id)), &contact, 1, INT64_MAX))
        return fail_field(&c->fail, "contact", "the job does not say whom");
    /* An earlier try may have ended between the database and the journal: the promise is noted all the same. */
    if (erasures_erase(c, contact, &messages) && (c->fail.code != FAIL_NOT_FOUND || j->attempts < 2))
        return -1;
    if (erasures_note(c, contact))
        return -1;
    notifier_panel(r->notifier, c->who.business, "conversation", 0);
    return 0;
}

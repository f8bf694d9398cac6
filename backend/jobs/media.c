/* Files that hang on messages, fetched from their platform. Payload {"messages":["ID",…]}; with none, the files go that
 * nothing refers to any more, because their source deleted the message. */
#include "runner_priv.h"

#include "domain/erase.h"
#include "jobs/erasures.h"
#include "jobs/store.h"
#include "util/log.h"
#include "util/str.h"

#include <jansson.h>

#define LEASE_S 90

AUTO_DEFINE(json, json_t *, NULL, json_decref)

enum { ATTACHMENT_STORED = 2, ATTACHMENT_TOO_LARGE = 3, ATTACHMENT_GONE = 4 };

struct wanted {
    int64_t message, channel, size;
    int16_t position, type;
    struct text ref;
};

struct wants {
    struct ctx *c;
    struct wanted row;                 /* being read */
    struct wanted *at;
    size_t count, cap;
};

static int keep(void *arg)
{
    struct wants *w = arg;

    if (w->count == w->cap) {
        size_t cap = w->cap ? w->cap * 2 : 16;
        struct wanted *grown = arena_array(w->c->mem, struct wanted, cap);

        if (w->count)
            memcpy(grown, w->at, w->count * sizeof(*grown));
        w->at = grown;
        w->cap = cap;
    }
    w->at[w->count++] = w->row;
    return 0;
}

static int read_wants(struct ctx *c, const struct job *j, struct wants *w)
{
    json_error_t ignored;
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, &ignored);
    const json_t *list = json_object_get(payload, "messages");
    int64_t *ids = arena_array(c->mem, int64_t, json_array_size(list) + 1);
    size_t count = 0;
    struct wanted *r = &w->row;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *id = json_array_get(list, i);

        if (json_is_string(id) && str_whole_i64(text_of(json_string_value(id)), &ids[count], 1, INT64_MAX) == 0)
            count++;
    }
    w->c = c;
    return db_each(c, SQL_MEDIA_WANTED, IN(IN_I64(c->who.business), IN_I64S(ids, count)),
                   OUT(OUT_I64(&r->message), OUT_I16(&r->position), OUT_I16(&r->type), OUT_I64(&r->size),
                       OUT_TEXT(&r->ref), OUT_I64(&r->channel)),
                   keep, w);
}

static int note(struct ctx *c, const struct wanted *want, int state)
{
    return db_do(c, SQL_MEDIA_ATTACH,
                 IN(IN_I64(c->who.business), IN_I64(want->message), IN_I16(want->position), IN_I16(state), IN_NULL,
                    IN_STR(""), IN_NULL, IN_STR(""))) < 0 ? -1 : 0;
}

struct attaching {
    const struct wanted *want;
    const struct stored *file;
    struct text name;
};

static int attach(struct ctx *c, void *arg)
{
    const struct attaching *a = arg;
    struct text hash = { (const char *)a->file->hash, sizeof(a->file->hash) };
    int64_t rows;

    if (db_do(c, SQL_MEDIA_KEPT,
              IN(IN_I64(c->who.business), IN_BYTES(hash), IN_I64(a->file->size), IN_STR(a->file->mime))) < 0)
        return -1;
    rows = db_do(c, SQL_MEDIA_ATTACH,
                 IN(IN_I64(c->who.business), IN_I64(a->want->message), IN_I16(a->want->position),
                    IN_I16(ATTACHMENT_STORED), IN_BYTES(hash), IN_STR(a->file->mime), IN_I64(a->file->size),
                    IN_TEXT(a->name.ptr ? a->name : TEXT(""))));
    if (rows)
        return rows < 0 ? -1 : 0;
    /* Deleted or erased while it was on its way, and so is the sweep that was to take it. */
    return jobq_add(c, JOB_MEDIA, TEXT(""), TEXT("{\"messages\":[]}"), clock_now() + 5 * US_PER_S);
}

/* What the platform's answer means for the attachment. */
static int judge(struct ctx *c, const struct wanted *want, const struct step *step)
{
    switch (step->outcome) {
    case OUTCOME_OK:
    case OUTCOME_DUPLICATE_OK:
        return 1;
    case OUTCOME_PERMANENT:
    case OUTCOME_CONTACT_GONE:
        return note(c, want, strcmp(step->why_code, "file_too_big") == 0 ? ATTACHMENT_TOO_LARGE : ATTACHMENT_GONE);
    case OUTCOME_RETRY:
    case OUTCOME_RETRY_AT:
    case OUTCOME_QUOTA:
    case OUTCOME_UNKNOWN:
    case OUTCOME_AUTH:
        break;
    }
    return fail(&c->fail, FAIL_TRY_AGAIN, "the file cannot be had now: %s", step->why_code);
}

static int fetch(struct runner *r, struct ctx *c, const struct open_channel *ch, const struct wanted *want)
{
    struct op op = { .kind = OP_MEDIA, .channel = &ch->facts, .media_ref = want->ref,
                     .max_bytes = c->cfg->media_max_bytes };
    int64_t business = c->who.business;
    struct store_file file;
    struct stored stored;
    struct step step;
    int rc;

    if (store_begin(c->cfg, &file, &c->fail))
        return -1;
    db_leave(c);
    rc = call_through(r, c, ch->connector, &op, file.fd, &step);
    db_enter_business(c, business);
    if (rc == 0 && step.outcome == OUTCOME_AUTH && channel_note_refusal(r, c, ch, step.why_code) < 0)
        rc = -1;
    rc = rc ? -1 : judge(c, want, &step);
    if (rc != 1) {
        store_abort(&file);
        return rc;
    }
    if (store_end(c->cfg, &file, &stored, &c->fail))
        return -1;
    return db_tx(c, attach, &(struct attaching){ want, &stored, step.media_name });
}

static int fetch_one(struct runner *r, struct ctx *c, const struct wanted *want)
{
    struct open_channel ch;
    int rc;

    if (want->size > c->cfg->media_max_bytes)
        return note(c, want, ATTACHMENT_TOO_LARGE);
    rc = channel_open(c, want->channel, &ch);
    if (rc < 0)
        return -1;
    if (rc == 0 || !want->ref.len || !(ch.connector->caps & CAP_MEDIA_IN)) {
        if (rc == 1)
            channel_close(&ch);
        return note(c, want, ATTACHMENT_GONE);
    }
    rc = fetch(r, c, &ch, want);
    channel_close(&ch);
    return rc;
}

static void announce(struct runner *r, struct ctx *c, int64_t message)
{
    int64_t thread = 0;

    if (db_one(c, SQL_MEDIA_THREAD, IN(IN_I64(c->who.business), IN_I64(message)), OUT(OUT_I64(&thread))) == 1)
        notifier_panel(r->notifier, c->who.business, "conversation", thread);
}

struct sweep {
    const struct text *files;
    size_t count;
};

static int find_orphans(struct ctx *c, void *arg)
{
    struct sweep *s = arg;

    return erase_orphans(c, &s->files, &s->count);
}

static int sweep_files(struct ctx *c)
{
    struct sweep s = { 0 };

    return db_tx(c, find_orphans, &s) || erasures_remove_files(c, s.files, s.count) ? -1 : 0;
}

int media_job(struct runner *r, struct ctx *c, const struct job *j)
{
    struct wants w = { 0 };
    struct fail first = { .code = FAIL_NONE };

    if (read_wants(c, j, &w))
        return -1;
    if (!w.count)
        return sweep_files(c);
    /* One that cannot be had now holds up none of the others. */
    for (size_t i = 0; i < w.count && !atomic_load(&r->stopping); i++) {
        if (jobq_extend(c, j->id, LEASE_S))
            return -1;
        if (fetch_one(r, c, &w.at[i])) {
            if (first.code == FAIL_NONE)
                first = c->fail;
            continue;
        }
        announce(r, c, w.at[i].message);
    }
    if (first.code != FAIL_NONE) {
        c->fail = first;
        return -1;
    }
    return atomic_load(&r->stopping) && w.count ? fail(&c->fail, FAIL_TRY_AGAIN, "stopping") : 0;
}

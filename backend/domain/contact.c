/* Contacts. */
#include "domain/contact.h"

#include "db/jobq.h"
#include "domain/audit.h"
#include "domain/ingest.h"
#include "domain/merge.h"
#include "util/phone.h"

struct rows {
    struct contact_view at;
    contact_fn *row;
    void *arg;
};

#define VIEW_OUT(v)                                                                                                \
    OUT(OUT_I64(&(v).id), OUT_TEXT(&(v).name), OUT_TIME(&(v).since), OUT_TEXT(&(v).identities), OUT_TIME(&(v).last_at), \
        OUT_I64(&(v).conversations), OUT_TEXT(&(v).sort_name))

static int each_row(void *arg)
{
    struct rows *r = arg;

    return r->row(&r->at, r->arg);
}

int contact_page(struct ctx *c, struct text search, struct text after_name, int64_t after_id, int64_t limit,
                 contact_fn *row, void *arg)
{
    struct rows r = { .row = row, .arg = arg };
    char number[PHONE_SIZE] = "";

    phone_part(search, PHONE_INDONESIA, number);
    return db_each(c, SQL_CONTACT_PAGE,
                   IN(IN_I64(c->who.business), IN_TEXT(after_name), IN_I64(after_id), IN_TEXT(search), IN_I64(limit),
                      IN_STR(number)),
                   VIEW_OUT(r.at), each_row, &r);
}

int contact_get(struct ctx *c, int64_t id, struct contact_view *out)
{
    struct contact_view v = { 0 };
    int rc = db_one(c, SQL_CONTACT_GET, IN(IN_I64(c->who.business), IN_I64(id)), VIEW_OUT(v));

    if (rc == 1)
        *out = v;
    return rc;
}

struct change {
    int64_t id;
    struct text name;
};

/* The log stays when a contact is erased, so it names her only by the hash whose key goes then. */
static int note(struct ctx *c, const char *action, int64_t id)
{
    char ref[AUDIT_REF_SIZE];
    int rc = audit_contact_ref(c, id, ref);

    if (rc <= 0)
        return rc < 0 ? -1 : fail(&c->fail, FAIL_NOT_FOUND, "no contact %lld", (long long)id);
    return audit_add(c, action, arena_printf(c->mem, "contact:%s", ref), (struct text){ NULL, 0 });
}

static int run_rename(struct ctx *c, void *arg)
{
    const struct change *x = arg;
    int64_t id;

    if (merge_root(c, x->id, &id))
        return -1;
    if (db_do(c, SQL_CONTACT_RENAME, IN(IN_I64(c->who.business), IN_I64(id), IN_TEXT(x->name))) < 0)
        return -1;
    return note(c, "contact.rename", id);
}

int contact_rename(struct ctx *c, int64_t id, struct text name)
{
    struct change x = { id, name };

    return db_tx(c, run_rename, &x);
}

static int run_erase(struct ctx *c, void *arg)
{
    const struct change *x = arg;
    int64_t id;

    if (ingest_lock(c) || merge_root(c, x->id, &id))
        return -1;
    struct text key = text_of(arena_printf(c->mem, "%lld", (long long)id));
    struct text payload = text_of(arena_printf(c->mem, "{\"contact\":\"%lld\",\"person\":\"%lld\"}", (long long)id,
                                               (long long)c->who.person));
    if (jobq_add(c, JOB_ERASE, key, payload, TIME_NONE))
        return -1;
    return note(c, "contact.erase", id);
}

int contact_erase(struct ctx *c, int64_t id)
{
    struct change x = { .id = id };

    return db_tx(c, run_erase, &x);
}

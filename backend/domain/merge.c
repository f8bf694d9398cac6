/* Contacts that are one person. One merge at a time in a business: all hold the lock of the ingest, as erasing does. */
#include "domain/merge.h"

#include "domain/audit.h"
#include "domain/conversation.h"
#include "domain/ingest.h"
#include "domain/session.h"

/* 1/0/-1; *is_going: forgotten, or a job to forget it waits. */
static int look_up(struct ctx *c, int64_t contact, int64_t *root, bool *is_going)
{
    return db_one(c, SQL_MERGE_ROOT, IN(IN_I64(c->who.business), IN_I64(contact)), OUT(OUT_I64(root), OUT_BOOL(is_going)));
}

int merge_root(struct ctx *c, int64_t contact, int64_t *root)
{
    int64_t found = 0;
    bool is_going = false;
    int rc = look_up(c, contact, &found, &is_going);

    if (rc <= 0)
        return rc < 0 ? -1 : fail(&c->fail, FAIL_NOT_FOUND, "no contact %lld", (long long)contact);
    *root = found;
    return 0;
}

struct pair {
    struct text key;
    int64_t a, b, id;
};

static int other_unknown(struct ctx *c)
{
    return fail_field(&c->fail, "other", "no contact of this business, or the same one");
}

/* Both by who stands for them; b's faults are the field's. */
static int look_up_pair(struct ctx *c, struct pair *p)
{
    int64_t a = 0, b = 0;
    bool a_going = false, b_going = false;
    int rc = look_up(c, p->a, &a, &a_going);

    if (rc <= 0)
        return rc < 0 ? -1 : fail(&c->fail, FAIL_NOT_FOUND, "no contact %lld", (long long)p->a);
    rc = p->a == p->b ? 0 : look_up(c, p->b, &b, &b_going);
    if (rc <= 0)
        return rc < 0 ? -1 : other_unknown(c);
    if (a_going || b_going)
        return fail(&c->fail, FAIL_CONFLICT, "one of them is being forgotten");
    p->a = a;
    p->b = b;
    return 0;
}

static int note_both(struct ctx *c, const char *action, enum activity_kind kind, int64_t a, int64_t b, int64_t merge)
{
    char ref[AUDIT_REF_SIZE], other[AUDIT_REF_SIZE];
    int64_t business = c->who.business;

    if ((kind && (db_do(c, SQL_MERGE_NOTE, IN(IN_I64(business), IN_I64(a), IN_I16(kind))) < 0 ||
                  db_do(c, SQL_MERGE_NOTE, IN(IN_I64(business), IN_I64(b), IN_I16(kind))) < 0)) ||
        audit_contact_ref(c, a, ref) < 0 || audit_contact_ref(c, b, other) < 0)
        return -1;
    return audit_add(c, action, arena_printf(c->mem, "contact:%s", ref),
                     text_of(arena_printf(c->mem, "{\"other\":\"%s\",\"merge\":\"%lld\"}", other, (long long)merge)));
}

static int run_join(struct ctx *c, void *arg)
{
    struct pair *p = arg;
    struct pair at = *p;
    int64_t business = c->who.business;
    int rc = made_once_find(c, p->key, "merge", &p->id);

    if (rc)
        return rc < 0 ? -1 : 0;
    if (ingest_lock(c) || look_up_pair(c, &at))
        return -1;
    if (at.a == at.b) {
        rc = db_one(c, SQL_MERGE_BETWEEN, IN(IN_I64(business), IN_I64(p->a), IN_I64(p->b)), OUT(OUT_I64(&p->id)));
        return rc < 0 ? -1 : rc == 0 ? other_unknown(c) : made_once_note(c, p->key, "merge", p->id);
    }
    /* Before anything is merged: each line stands in the conversation of one of the two. */
    if (db_one(c, SQL_MERGE_ADD, IN(IN_I64(business), IN_I64(at.b), IN_I64(at.a)), OUT(OUT_I64(&p->id))) != 1 ||
        made_once_note(c, p->key, "merge", p->id) ||
        note_both(c, "contact.merge", ACTIVITY_MERGED, at.a, at.b, p->id))
        return -1;
    return db_do(c, SQL_MERGE_JOIN, IN(IN_I64(business), IN_I64(at.b), IN_I64(at.a))) < 0 ? -1 : 0;
}

int merge_join(struct ctx *c, struct text key, int64_t into, int64_t other, int64_t *id)
{
    struct pair p = { .key = key, .a = into, .b = other };

    if (db_tx(c, run_join, &p))
        return -1;
    *id = p.id;
    return 0;
}

static int run_undo(struct ctx *c, void *arg)
{
    struct pair *p = arg;
    int64_t business = c->who.business, into = 0, root = 0;
    bool is_undone = false, is_going = false;

    if (ingest_lock(c))
        return -1;
    int rc = db_one(c, SQL_MERGE_GET, IN(IN_I64(business), IN_I64(p->id)),
                    OUT(OUT_I64(&p->a), OUT_I64(&into), OUT_BOOL(&is_undone)));
    if (rc <= 0)
        return rc < 0 ? -1 : fail(&c->fail, FAIL_NOT_FOUND, "no merge %lld", (long long)p->id);
    if (is_undone)
        return 0;
    if (look_up(c, p->a, &root, &is_going) < 0)
        return -1;
    if (is_going)
        return fail(&c->fail, FAIL_CONFLICT, "it is being forgotten");
    if (db_do(c, SQL_MERGE_UNDO, IN(IN_I64(business), IN_I64(p->id))) < 0 ||
        db_do(c, SQL_MERGE_PART, IN(IN_I64(business), IN_I64(p->a))) < 0 ||
        db_do(c, SQL_APART_ADD, IN(IN_I64(business), IN_I64(p->a), IN_I64(into))) < 0)
        return -1;
    return note_both(c, "contact.unmerge", ACTIVITY_SPLIT, root, p->a, p->id);
}

int merge_undo(struct ctx *c, int64_t id, int64_t *contact)
{
    struct pair p = { .id = id };

    if (db_tx(c, run_undo, &p))
        return -1;
    *contact = p.a;
    return 0;
}

static int run_refuse(struct ctx *c, void *arg)
{
    struct pair p = *(struct pair *)arg;

    if (ingest_lock(c) || look_up_pair(c, &p))
        return -1;
    if (p.a == p.b)
        return fail(&c->fail, FAIL_CONFLICT, "they are merged");
    int64_t n = db_do(c, SQL_APART_ADD, IN(IN_I64(c->who.business), IN_I64(p.a), IN_I64(p.b)));
    return n <= 0 ? (int)n : note_both(c, "contact.apart", (enum activity_kind)0, p.a, p.b, 0);
}

int merge_refuse(struct ctx *c, int64_t contact, int64_t other)
{
    struct pair p = { .a = contact, .b = other };

    return db_tx(c, run_refuse, &p);
}

struct log_rows {
    struct merge_view at;
    merge_fn *row;
    void *arg;
};

static int each_merge(void *arg)
{
    struct log_rows *r = arg;

    return r->row(&r->at, r->arg);
}

int merge_list(struct ctx *c, int64_t contact, merge_fn *row, void *arg)
{
    struct log_rows r = { .row = row, .arg = arg };
    struct merge_view *v = &r.at;

    return db_each(c, SQL_MERGE_LIST, IN(IN_I64(c->who.business), IN_I64(contact)),
                   OUT(OUT_I64(&v->id), OUT_I64(&v->contact), OUT_TEXT(&v->contact_name), OUT_I64(&v->into),
                       OUT_TEXT(&v->into_name), OUT_TEXT(&v->person), OUT_TIME(&v->merged_at), OUT_TEXT(&v->undone_by),
                       OUT_TIME(&v->undone_at)),
                   each_merge, &r);
}

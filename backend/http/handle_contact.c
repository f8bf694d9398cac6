/* Contacts. */
#include "http/handlers.h"

#include "http/app.h"
#include "http/view.h"
#include "util/enc.h"
#include "util/str.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 100

struct contact_body {
    struct text name;
};
const struct json_in_field contact_fields[] = {
    JSON_IN_TEXT(struct contact_body, name, true, 1, 120),
    JSON_IN_END,
};

struct page {
    struct json_out *j;
    struct arena *mem;
    int64_t limit, count, last_id;
    struct text last_name;
    bool more;
};

static int write_contact(const struct contact_view *v, void *arg)
{
    struct page *p = arg;

    if (p->count == p->limit) {
        p->more = true;
        return 0;
    }
    p->count++;
    p->last_id = v->id;
    p->last_name = v->sort_name;
    jo_object(p->j);
    view_contact_members(p->j, v);
    jo_kv(p->j, "conversations", jo_i64, v->conversations);
    jo_end_object(p->j);
    return 0;
}

/* The list is ordered by name, so its cursor is "<id>.<name>" in base64url. */
static int read_cursor(struct request *rq, struct text *name, int64_t *id)
{
    struct text t, head;
    struct buf plain = BUF_INIT(1024);
    int rc = request_query(rq, "after", &t);

    if (rc <= 0)
        return rc;
    rc = dec_base64(&plain, t);
    struct text rest = arena_text(rq->ctx->mem, buf_as_text(&plain));
    buf_fini(&plain);
    if (rc || !str_utf8_valid(rest) || !str_split(&rest, '.', &head) || str_whole_i64(head, id, 1, INT64_MAX))
        return fail_field(&rq->ctx->fail, "after", "not a cursor of ours");
    *name = rest;
    return 0;
}

static void write_cursor(struct page *p)
{
    struct buf b64 = BUF_INIT(4096);

    jo_key(p->j, "next");
    if (!p->more) {
        jo_null(p->j);
        return;
    }
    enc_base64url(&b64, text_of(arena_printf(p->mem, "%lld.%.*s", (long long)p->last_id, (int)p->last_name.len,
                                             p->last_name.len ? p->last_name.ptr : "")));
    jo_text(p->j, buf_as_text(&b64));
    buf_fini(&b64);
}

int h_contacts(struct request *rq, struct reply *rp)
{
    struct page p = { .mem = rq->ctx->mem, .limit = PAGE_DEFAULT };
    struct text search = TEXT(""), name = TEXT("");
    int64_t id = 0;

    if (request_query(rq, "q", &search) < 0 || request_query_i64(rq, "limit", 1, PAGE_MAX, &p.limit) ||
        read_cursor(rq, &name, &id))
        return -1;
    p.j = reply_json(rp, 200);
    jo_object(p.j);
    jo_key(p.j, "items");
    jo_array(p.j);
    if (contact_page(rq->ctx, search, name, id, p.limit + 1, write_contact, &p))
        return -1;
    jo_end_array(p.j);
    write_cursor(&p);
    jo_end_object(p.j);
    return 0;
}

static int write_row(const struct inbox_row *r, void *arg)
{
    view_inbox_row(arg, r);
    return 0;
}

static int answer_contact(struct request *rq, struct reply *rp, int64_t id)
{
    struct contact_view v;
    int rc = contact_get(rq->ctx, id, &v);

    if (rc <= 0)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no contact");
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    view_contact_members(j, &v);
    jo_key(j, "conversations");
    jo_array(j);
    if (inbox_of_contact(rq->ctx, v.id, write_row, j))
        return -1;
    jo_end_array(j);
    jo_end_object(j);
    return 0;
}

int h_contact(struct request *rq, struct reply *rp)
{
    int64_t id;

    return request_id(rq, 1, &id) ? -1 : answer_contact(rq, rp, id);
}

int h_contact_patch(struct request *rq, struct reply *rp)
{
    struct contact_body in = { { NULL, 0 } };
    int64_t id;

    if (request_id(rq, 1, &id) || request_decode(rq, &in) || contact_rename(rq->ctx, id, in.name))
        return -1;
    notifier_panel(rq->app->notifier, rq->ctx->who.business, "conversation", 0);
    return answer_contact(rq, rp, id);
}

int h_contact_erase(struct request *rq, struct reply *rp)
{
    int64_t id;

    if (request_id(rq, 1, &id) || contact_erase(rq->ctx, id))
        return -1;
    notifier_work(rq->app->notifier);
    return reply_empty(rp, 202);
}

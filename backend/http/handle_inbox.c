/* Reading the inbox and a conversation. */
#include "http/handlers.h"

#include "http/view.h"

#define PAGE_DEFAULT 50
#define PAGE_MAX 100

static void count(struct json_out *j, const char *key, int64_t n)
{
    jo_kv(j, key, jo_i64, n);
}

int h_counts(struct request *rq, struct reply *rp)
{
    struct inbox_counts n;

    if (inbox_counts(rq->ctx, &n))
        return -1;
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    count(j, "waiting", n.waiting);
    count(j, "mine", n.mine);
    count(j, "open", n.open);
    count(j, "unassigned", n.unassigned);
    jo_key(j, "resolved");
    jo_null(j);
    jo_kv(j, "oldest_wait", jo_time, n.oldest_wait);
    count(j, "channels_ill", n.channels_ill);
    jo_end_object(j);
    return 0;
}

/* Writes up to `limit` rows and remembers where the last one stood; one more row than that only tells that there is
 * a next page. */
struct page {
    struct json_out *j;
    enum inbox_view view;
    int64_t limit, count;
    struct cursor last;
    bool more;
};

static int write_row(const struct inbox_row *r, void *arg)
{
    struct page *p = arg;

    if (p->count == p->limit) {
        p->more = true;
        return 0;
    }
    p->count++;
    p->last = (struct cursor){ p->view == INBOX_WAITING ? r->wait_since : r->last_at, r->id };
    view_inbox_row(p->j, r);
    return 0;
}

static int read_query(struct request *rq, struct inbox_query *q)
{
    static const char *const words[INBOX_VIEW_COUNT] = { "waiting", "open", "mine", "unassigned", "resolved", "spam" };
    struct text view = TEXT("waiting");

    if (request_query(rq, "view", &view) < 0)
        return -1;
    int n = 0;
    while (n < INBOX_VIEW_COUNT && !text_equal(view, text_of(words[n])))
        n++;
    if (n == INBOX_VIEW_COUNT)
        return fail_field(&rq->ctx->fail, "view", "no such view");
    q->view = (enum inbox_view)n;
    struct cursor c = q->view == INBOX_WAITING ? CURSOR_OLDEST : CURSOR_NEWEST;
    if (request_query_i64(rq, "channel", 1, INT64_MAX, &q->channel) ||
        request_query_i64(rq, "limit", 1, PAGE_MAX, &q->limit) || request_cursor(rq, &c))
        return -1;
    q->after_at = c.at;
    q->after_id = c.id;
    return 0;
}

int h_conversations(struct request *rq, struct reply *rp)
{
    struct inbox_query q = { .limit = PAGE_DEFAULT };

    if (read_query(rq, &q))
        return -1;
    struct page p = { .j = reply_json(rp, 200), .view = q.view, .limit = q.limit };
    q.limit++;
    jo_object(p.j);
    jo_key(p.j, "items");
    jo_array(p.j);
    if (inbox_page(rq->ctx, &q, write_row, &p))
        return -1;
    jo_end_array(p.j);
    cursor_write(p.j, "next", p.more ? &p.last : NULL);
    jo_end_object(p.j);
    return 0;
}

static int write_episode(const struct episode *e, void *arg)
{
    view_episode(arg, e);
    return 0;
}

static void write_reply_facts(struct json_out *j, const struct conversation_place *p)
{
    const struct connector *con = connector_for((enum platform)p->platform);
    bool by_hand = p->transport == TRANSPORT_FILE, sends = con && con->caps & CAP_SEND && !by_hand;
    const char *by = by_hand ? "hand" : sends && !p->is_blocked ? "platform" : "none";

    jo_kv(j, "can_reply", jo_bool, strcmp(by, "none") != 0);
    jo_kv(j, "reply_by", jo_str, by);
    jo_kv(j, "max_text_units", jo_i64, sends ? (int64_t)con->max_text_units : 4096);
    jo_kv(j, "can_attach", jo_bool, sends && con->caps & (p->type == THREAD_COMMENT ? CAP_COMMENT_FILES : CAP_FILES));
    jo_kv(j, "is_blocked", jo_bool, p->is_blocked);
    jo_kv(j, "last_message", jo_id_or_null, p->last_message);
    jo_kv(j, "thread_detail", jo_raw, p->detail.ptr ? p->detail : TEXT("{}"));
}

static int write_contact(struct request *rq, struct json_out *j, int64_t id)
{
    struct contact_view v;
    int rc = id ? contact_get(rq->ctx, id, &v) : 0;

    if (rc < 0)
        return -1;
    jo_key(j, "contact_detail");
    if (!rc) {
        jo_null(j);
        return 0;
    }
    jo_object(j);
    view_contact_members(j, &v);
    jo_kv(j, "conversations", jo_i64, v.conversations);
    jo_end_object(j);
    return 0;
}

int h_conversation(struct request *rq, struct reply *rp)
{
    struct inbox_row row;
    struct conversation_place place;
    int64_t id;

    if (request_id(rq, 1, &id) || conversation_place(rq->ctx, id, &place))
        return -1;
    int rc = inbox_get(rq->ctx, id, &row);
    if (rc <= 0)
        return rc < 0 ? -1 : fail(&rq->ctx->fail, FAIL_NOT_FOUND, "no conversation");
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    view_inbox_members(j, &row);
    jo_key(j, "episodes");
    jo_array(j);
    if (conversation_episodes(rq->ctx, place.thread, write_episode, j))
        return -1;
    jo_end_array(j);
    if (write_contact(rq, j, place.contact))
        return -1;
    write_reply_facts(j, &place);
    view_acts(j, &place);
    if (view_post(rq, j, place.thread))
        return -1;
    jo_end_object(j);
    return 0;
}

struct message_page_state {
    struct json_out *j;
    int64_t limit, count;
    struct cursor last;
    bool more;
};

static int write_message(const struct message_view *m, void *arg)
{
    struct message_page_state *p = arg;

    if (p->count == p->limit) {
        p->more = true;
        return 0;
    }
    p->count++;
    p->last = (struct cursor){ m->sent_at, m->id };
    view_message(p->j, m);
    return 0;
}

static int write_pending(const struct outbox_view *o, void *arg)
{
    struct json_out *j = arg;

    jo_object(j);
    view_outbox_members(j, o);
    jo_end_object(j);
    return 0;
}

static int write_activity(const struct activity_view *a, void *arg)
{
    view_activity(arg, a);
    return 0;
}

/* Only beside the newest messages: what is on its way, and what people did in the time that the page covers. */
static int write_first_page_extras(struct request *rq, struct json_out *j, const struct conversation_beside *beside,
                                   time_us since)
{
    jo_key(j, "pending");
    jo_array(j);
    if (beside->has_pending && outbox_pending(rq->ctx, beside->thread, write_pending, j))
        return -1;
    jo_end_array(j);
    jo_key(j, "activity");
    jo_array(j);
    if (beside->has_activity && activity_since(rq->ctx, beside->thread, since, write_activity, j))
        return -1;
    jo_end_array(j);
    return 0;
}

int h_messages(struct request *rq, struct reply *rp)
{
    struct conversation_beside beside;
    struct cursor after = CURSOR_NEWEST;
    struct message_page_state p = { .limit = PAGE_DEFAULT };
    int64_t id;

    if (request_id(rq, 1, &id) || request_query_i64(rq, "limit", 1, PAGE_MAX, &p.limit) || request_cursor(rq, &after))
        return -1;
    bool is_first = after.id == CURSOR_NEWEST.id;
    p.j = reply_json(rp, 200);
    jo_object(p.j);
    jo_key(p.j, "items");
    jo_array(p.j);
    if (message_page(rq->ctx, id, after.at, after.id, p.limit + 1, write_message, &p, &beside))
        return -1;
    jo_end_array(p.j);
    cursor_write(p.j, "next", p.more ? &p.last : NULL);
    if (is_first && write_first_page_extras(rq, p.j, &beside, p.more ? p.last.at : CURSOR_OLDEST.at))
        return -1;
    jo_end_object(p.j);
    return 0;
}

static int write_version(const struct message_version_view *v, void *arg)
{
    struct json_out *j = arg;

    jo_object(j);
    jo_kv(j, "version", jo_i64, v->version);
    jo_kv(j, "seen_at", jo_time, v->seen_at);
    jo_kv(j, "text", jo_text, v->text);
    jo_end_object(j);
    return 0;
}

int h_versions(struct request *rq, struct reply *rp)
{
    int64_t id;

    if (request_id(rq, 1, &id))
        return -1;
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    jo_key(j, "items");
    jo_array(j);
    if (message_versions(rq->ctx, id, write_version, j))
        return -1;
    jo_end_array(j);
    jo_end_object(j);
    return 0;
}

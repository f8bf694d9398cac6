/* Contacts that are one person: suggestions, merging, and taking it back. */
#include "http/handlers.h"

#include "domain/merge.h"
#include "domain/suggest.h"
#include "http/app.h"
#include "http/view.h"

struct other_body {
    int64_t other;
};
const struct json_in_field other_fields[] = {
    JSON_IN_I64(struct other_body, other, true, 1, INT64_MAX),
    JSON_IN_END,
};

static void write_reasons(struct json_out *j, const struct suggestion *s)
{
    static const struct {
        const char *kind;
        bool is_theirs;           /* the other wrote it */
    } words[SUGGEST_REASON_COUNT] = {
        [SUGGEST_PHONE] = { "phone", false },          [SUGGEST_NUMBER] = { "number", false },
        [SUGGEST_HANDLE] = { "handle", false },        [SUGGEST_NUMBER_BACK] = { "number", true },
        [SUGGEST_HANDLE_BACK] = { "handle", true },    [SUGGEST_USERNAME] = { "username", false },
    };

    jo_key(j, "reasons");
    jo_array(j);
    for (size_t i = 0; i < SUGGEST_REASON_COUNT; i++) {
        if (!s->value[i].ptr)
            continue;
        jo_object(j);
        jo_kv(j, "kind", jo_str, words[i].kind);
        jo_kv(j, "value", jo_text, s->value[i]);
        jo_kv(j, "is_theirs", jo_bool, words[i].is_theirs);
        jo_end_object(j);
    }
    jo_end_array(j);
}

int h_suggestions(struct request *rq, struct reply *rp)
{
    struct suggestion all[SUGGEST_MAX];
    size_t count = 0;
    int64_t id;

    if (request_id(rq, 1, &id) || suggest_for(rq->ctx, id, all, &count))
        return -1;
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    jo_key(j, "items");
    jo_array(j);
    for (size_t i = 0; i < count; i++) {
        struct contact_view v;
        int rc = contact_get(rq->ctx, all[i].contact, &v);

        if (rc < 0)
            return -1;
        if (rc == 0)
            continue;
        jo_object(j);
        view_contact_members(j, &v);
        jo_kv(j, "conversations", jo_i64, v.conversations);
        write_reasons(j, &all[i]);
        jo_end_object(j);
    }
    jo_end_array(j);
    jo_end_object(j);
    return 0;
}

static void person(struct json_out *j, const char *key, int64_t id, struct text name)
{
    jo_key(j, key);
    jo_object(j);
    jo_kv(j, "id", jo_id, id);
    jo_kv(j, "name", jo_text, name.ptr ? name : TEXT(""));
    jo_end_object(j);
}

static int write_merge(const struct merge_view *v, void *arg)
{
    struct json_out *j = arg;

    jo_object(j);
    jo_kv(j, "id", jo_id, v->id);
    person(j, "contact", v->contact, v->contact_name);
    person(j, "into", v->into, v->into_name);
    jo_kv(j, "merged_at", jo_time, v->merged_at);
    jo_kv(j, "merged_by", jo_text, v->person);
    jo_kv(j, "undone_at", jo_time, v->undone_at);
    jo_kv(j, "undone_by", jo_text, v->undone_by);
    jo_end_object(j);
    return 0;
}

int h_merges(struct request *rq, struct reply *rp)
{
    int64_t id, root;

    if (request_id(rq, 1, &id) || merge_root(rq->ctx, id, &root))
        return -1;
    struct json_out *j = reply_json(rp, 200);
    jo_object(j);
    jo_key(j, "items");
    jo_array(j);
    if (merge_list(rq->ctx, root, write_merge, j))
        return -1;
    jo_end_array(j);
    jo_end_object(j);
    return 0;
}

static int answer(struct request *rq, struct reply *rp, int status, int64_t merge, int64_t contact)
{
    struct json_out *j = reply_json(rp, status);

    jo_object(j);
    jo_kv(j, "id", jo_id, merge);
    jo_kv(j, "contact", jo_id, contact);
    jo_end_object(j);
    notifier_panel(rq->app->notifier, rq->ctx->who.business, "conversation", 0);
    return 0;
}

int h_merge(struct request *rq, struct reply *rp)
{
    struct other_body in = { 0 };
    struct text key;
    int64_t id, root, merge = 0;

    if (request_id(rq, 1, &id) || request_decode(rq, &in) || request_key(rq, &key) ||
        merge_join(rq->ctx, key, id, in.other, &merge) || merge_root(rq->ctx, id, &root))
        return -1;
    return answer(rq, rp, 201, merge, root);
}

int h_merge_undo(struct request *rq, struct reply *rp)
{
    int64_t id, contact = 0;

    if (request_id(rq, 1, &id) || merge_undo(rq->ctx, id, &contact))
        return -1;
    return answer(rq, rp, 200, id, contact);
}

int h_apart(struct request *rq, struct reply *rp)
{
    struct other_body in = { 0 };
    int64_t id;

    if (request_id(rq, 1, &id) || request_decode(rq, &in) || merge_refuse(rq->ctx, id, in.other))
        return -1;
    return reply_empty(rp, 204);
}

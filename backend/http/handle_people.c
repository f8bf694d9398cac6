/* Colleagues and their roles. */
#include "http/handlers.h"

#include "http/view.h"

struct add_body {
    struct text email, name, password;
    int role;
};
const struct json_in_field person_add_fields[] = {
    JSON_IN_TEXT(struct add_body, email, true, 3, 254),
    JSON_IN_TEXT(struct add_body, name, true, 1, 120),
    JSON_IN_TEXT(struct add_body, password, true, 8, 1024),
    JSON_IN_WORD(struct add_body, role, true, role_words),
    JSON_IN_END,
};

struct patch_body {
    int role;
    bool disabled;
};
const struct json_in_field person_patch_fields[] = {
    JSON_IN_WORD(struct patch_body, role, false, role_words),
    JSON_IN_BOOL(struct patch_body, disabled, false),
    JSON_IN_END,
};

static int write_colleague(const struct colleague *p, void *arg)
{
    view_colleague(arg, p);
    return 0;
}

int h_people(struct request *rq, struct reply *rp)
{
    struct json_out *j = reply_json(rp, 200);

    jo_array(j);
    if (people_each(rq->ctx, 0, write_colleague, j))
        return -1;
    jo_end_array(j);
    return 0;
}

static bool is_email(struct text t)
{
    const char *at = memchr(t.ptr, '@', t.len);

    return at && at != t.ptr && at + 1 != t.ptr + t.len && !memchr(t.ptr, ' ', t.len);
}

int h_people_add(struct request *rq, struct reply *rp)
{
    struct add_body in = { .role = -1 };
    struct text key;
    int64_t id = 0;

    if (request_decode(rq, &in) || request_key(rq, &key))
        return -1;
    if (!is_email(in.email))
        return fail_field(&rq->ctx->fail, "email", "not an e-mail address");
    if (people_add(rq->ctx, key, in.email, in.name, (enum role)(in.role + 1), in.password, &id))
        return -1;
    return people_each(rq->ctx, id, write_colleague, reply_json(rp, 201));
}

int h_people_patch(struct request *rq, struct reply *rp)
{
    struct patch_body yes = { -1, true }, no = { -1, false };
    int64_t id;

    /* Decoded over two different beginnings: where they still differ the member was absent. */
    if (request_id(rq, 1, &id) || request_decode(rq, &yes) || request_decode(rq, &no))
        return -1;
    int disabled = yes.disabled == no.disabled ? yes.disabled : -1;
    if (people_patch(rq->ctx, id, (enum role)(yes.role + 1), disabled))
        return -1;
    return people_each(rq->ctx, id, write_colleague, reply_json(rp, 200));
}

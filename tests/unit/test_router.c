#include "unit.h"

#include "http/openapi.h"
#include "http/route.h"

#include <jansson.h>

struct found {
    int rc;
    struct route_match m;
};

static struct arena *mem;

static struct found find(enum method method, const char *path)
{
    struct found f;

    f.rc = route_find(method, text_of(path), mem, &f.m);
    return f;
}

static int begin(void **state)
{
    (void)state;
    mem = arena_new(0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

static void a_path_finds_its_row_and_arguments(void **state)
{
    struct found f = find(METHOD_POST, "/api/v1/b/7/conversations/42/resolve");

    (void)state;
    assert_int_equal(f.rc, 1);
    assert_string_equal(f.m.route->pattern, "/api/v1/b/{business}/conversations/{id}/resolve");
    assert_int_equal(f.m.arg_count, 2);
    assert_text(f.m.args[0], "7");
    assert_text(f.m.args[1], "42");
    assert_true(route_is_tenant(f.m.route));
}

static void segments_are_decoded_one_by_one(void **state)
{
    (void)state;
    assert_text(find(METHOD_GET, "/api/v1/b/7/media/a%41b").m.args[1], "aAb");
    assert_int_equal(find(METHOD_GET, "/api/v1/b/7/media/a%2Fb").rc, -1);
    assert_int_equal(find(METHOD_GET, "/api/v1/b/7/media/a%5cb").rc, -1);
    assert_int_equal(find(METHOD_GET, "/api/v1/b/7/media/a%00b").rc, -1);
    assert_int_equal(find(METHOD_GET, "/api/v1/b/7/media/a%0db").rc, -1);
    assert_int_equal(find(METHOD_GET, "/api/v1/b/7/media/a%zz").rc, -1);
    assert_int_equal(find(METHOD_GET, "/api/v1/b/7/media/%c3%28").rc, -1);
    assert_int_equal(find(METHOD_GET, "").rc, -1);
    assert_int_equal(find(METHOD_GET, "api").rc, -1);
}

static void an_empty_argument_or_a_slash_more_is_another_path(void **state)
{
    (void)state;
    assert_int_equal(find(METHOD_GET, "/api/v1/b//counts").rc, 0);
    assert_int_equal(find(METHOD_GET, "/api/v1/me/").rc, 0);
    assert_int_equal(find(METHOD_GET, "/api/v1/b/1/counts/x").rc, 0);
    assert_int_equal(find(METHOD_GET, "/api/v1/me/").m.allowed, 0);
}

static void a_wrong_method_tells_the_right_ones(void **state)
{
    struct found f = find(METHOD_DELETE, "/api/v1/me");

    (void)state;
    assert_int_equal(f.rc, 0);
    assert_int_equal(f.m.allowed, 1u << METHOD_GET | 1u << METHOD_PATCH);
    assert_null(f.m.route);
}

static void only_what_is_no_api_falls_to_the_panels_files(void **state)
{
    (void)state;
    assert_string_equal(find(METHOD_GET, "/inbox/12").m.route->pattern, "*");
    assert_string_equal(find(METHOD_GET, "/").m.route->pattern, "*");
    assert_int_equal(find(METHOD_GET, "/api/none").rc, 0);
    assert_int_equal(find(METHOD_GET, "/hooks/x").rc, 0);
    assert_int_equal(find(METHOD_POST, "/index.html").rc, 0);
    assert_int_equal(find(METHOD_POST, "/index.html").m.allowed, 1u << METHOD_GET);
}

static void head_counts_as_get_and_the_rest_is_unknown(void **state)
{
    enum method m = METHOD_COUNT;

    (void)state;
    assert_true(method_from(TEXT("HEAD"), &m));
    assert_int_equal(m, METHOD_GET);
    assert_false(method_from(TEXT("get"), &m));
    assert_false(method_from(TEXT("TRACE"), &m));
}

/* ---- the table itself ---- */

static void every_row_that_changes_something_for_a_person_wants_csrf(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];

        if (r->method != METHOD_GET && r->permission != PERM_PUBLIC && r->flags & ROUTE_NO_CSRF)
            fail_msg("%s %s takes a session but no CSRF token", method_name(r->method), r->pattern);
        if (r->method != METHOD_GET && r->permission == PERM_PUBLIC && !(r->flags & ROUTE_NO_CSRF))
            fail_msg("%s %s is public and wants a CSRF token", method_name(r->method), r->pattern);
    }
}

static void every_tenant_row_names_a_permission_that_somebody_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];

        if (route_is_tenant(r) && !permission_roles(r->permission))
            fail_msg("%s: nobody may", r->pattern);
        if (!route_is_tenant(r) && r->permission > PERM_PERSON)
            fail_msg("%s names a permission outside any business", r->pattern);
        if (!r->handle && !r->direct)
            fail_msg("%s has no handler", r->pattern);
        if (r->direct && r->permission != PERM_PUBLIC)
            fail_msg("%s: nobody checks who is asking", r->pattern);
        if (r->method != METHOD_GET && r->method != METHOD_DELETE && !r->max_body)
            fail_msg("%s takes no body", r->pattern);
    }
}

static void every_post_that_creates_wants_an_idempotency_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++)
        if (routes[i].method == METHOD_POST && routes[i].status == 201 && !(routes[i].flags & ROUTE_KEY))
            fail_msg("%s creates without a key", routes[i].pattern);
}

static void rows_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++)
        for (size_t k = i + 1; k < route_count; k++)
            if (routes[i].method == routes[k].method && strcmp(routes[i].pattern, routes[k].pattern) == 0)
                fail_msg("%s stands there twice", routes[i].pattern);
}

/* ---- the description ---- */

static json_t *describe(void)
{
    struct buf out = BUF_INIT((size_t)1 << 20);
    json_error_t err;

    openapi_write(&out);
    json_t *doc = json_loadb(out.ptr, out.len, JSON_REJECT_DUPLICATES, &err);
    if (!doc)
        fail_msg("openapi.json: %s", err.text);
    buf_fini(&out);
    return doc;
}

static void the_description_and_the_table_hold_the_same_rows(void **state)
{
    json_t *doc = describe(), *paths = json_object_get(doc, "paths"), *methods, *op;
    const char *path, *method;
    size_t described = 0, rows = 0;

    (void)state;
    json_object_foreach(paths, path, methods)
        json_object_foreach(methods, method, op)
            described++;
    for (size_t i = 0; i < route_count; i++) {
        static const char *const keys[] = { "get", "post", "put", "patch", "delete" };

        if (routes[i].pattern[0] == '*')
            continue;
        rows++;
        if (!json_object_get(json_object_get(paths, routes[i].pattern), keys[routes[i].method]))
            fail_msg("%s is not described", routes[i].pattern);
    }
    assert_int_equal(described, rows);
    json_decref(doc);
}

static void every_answers_shape_is_there_and_used(void **state)
{
    struct buf all = BUF_INIT((size_t)1 << 20);

    (void)state;
    openapi_write(&all);
    for (size_t i = 0; i < route_count; i++)
        if (routes[i].out && !schema_find(routes[i].out))
            fail_msg("%s answers with %s, which no schema describes", routes[i].pattern, routes[i].out);
    for (const struct schema *s = schemas; s->name; s++) {
        char ref[80];

        snprintf(ref, sizeof(ref), "#/components/schemas/%s\"", s->name);
        if (!strstr(all.ptr, ref))
            fail_msg("nothing answers with %s", s->name);
    }
    buf_fini(&all);
}

static void roles_hold_what_they_should(void **state)
{
    (void)state;
    assert_true(permission_has(ROLE_OWNER, PERM_PEOPLE_EDIT));
    assert_false(permission_has(ROLE_AGENT, PERM_PEOPLE_EDIT));
    assert_true(permission_has(ROLE_OBSERVER, PERM_INBOX_READ));
    assert_false(permission_has(ROLE_OBSERVER, PERM_INBOX_ACT));
    for (int p = PERM_PERSON + 1; p < PERM_COUNT; p++) {
        assert_true(permission_has(ROLE_OWNER, (enum permission)p));
        assert_false(permission_has(ROLE_NONE, (enum permission)p));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_finds_its_row_and_arguments),
        cmocka_unit_test(segments_are_decoded_one_by_one),
        cmocka_unit_test(an_empty_argument_or_a_slash_more_is_another_path),
        cmocka_unit_test(a_wrong_method_tells_the_right_ones),
        cmocka_unit_test(only_what_is_no_api_falls_to_the_panels_files),
        cmocka_unit_test(head_counts_as_get_and_the_rest_is_unknown),
        cmocka_unit_test(every_row_that_changes_something_for_a_person_wants_csrf),
        cmocka_unit_test(every_tenant_row_names_a_permission_that_somebody_holds),
        cmocka_unit_test(every_post_that_creates_wants_an_idempotency_key),
        cmocka_unit_test(rows_are_unique),
        cmocka_unit_test(the_description_and_the_table_hold_the_same_rows),
        cmocka_unit_test(every_answers_shape_is_there_and_used),
        cmocka_unit_test(roles_hold_what_they_should),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

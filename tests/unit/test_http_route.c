/* The route table as data, and what a stranger's path and framing come to. */
#include "unit.h"

#include "http/bridge.h"
#include "http/route.h"
#include "util/buf.h"

#include <stdio.h>

static struct arena *mem;

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

static void every_change_needs_a_permission_or_says_why_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];

        /* Without CSRF protection there must be no session to abuse. */
        if (r->method != METHOD_GET && (r->flags & ROUTE_NO_CSRF) && r->permission != PERM_PUBLIC)
            fail_msg("%s %s changes something with a session but without CSRF", method_name(r->method), r->pattern);
        if (r->method == METHOD_GET && r->max_body)
            fail_msg("GET %s takes a body", r->pattern);
        if (route_is_tenant(r) && r->permission == PERM_PUBLIC)
            fail_msg("%s belongs to a business but is open to everybody", r->pattern);
        if (!r->handle && !r->direct)
            fail_msg("%s leads nowhere", r->pattern);
        if (r->in && !r->max_body)
            fail_msg("%s reads a body that it does not accept", r->pattern);
        if (r->pattern[0] != '*')
            assert_int_equal(r->pattern[0], '/');
    }
}

static void no_two_rows_answer_the_same_call(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++)
        for (size_t k = i + 1; k < route_count; k++)
            if (routes[i].method == routes[k].method && strcmp(routes[i].pattern, routes[k].pattern) == 0)
                fail_msg("%s %s is there twice", method_name(routes[i].method), routes[i].pattern);
}

/* Each row is reached by its own pattern, with its arguments in order. */
static void every_row_is_found_by_its_own_path(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        struct text rest = text_of(routes[i].pattern);
        struct buf path = BUF_INIT(1000);
        struct route_match m;
        size_t args = 0;

        if (rest.ptr[0] == '*')
            continue;
        for (size_t at = 0; at < rest.len; at++) {
            if (rest.ptr[at] != '{') {
                buf_char(&path, rest.ptr[at]);
                continue;
            }
            buf_printf(&path, "%zu", ++args);
            while (rest.ptr[at] != '}')
                at++;
        }
        assert_int_equal(route_find(routes[i].method, buf_as_text(&path), mem, &m), 1);
        if (m.route != &routes[i])
            fail_msg("%s leads to %s", path.ptr, m.route->pattern);
        assert_int_equal(m.arg_count, args);
        for (size_t k = 0; k < args; k++) {
            char number[24];

            snprintf(number, sizeof(number), "%zu", k + 1);
            assert_text(m.args[k], number);
        }
        buf_fini(&path);
    }
}

static void malformed_paths_are_refused(void **state)
{
    static const char *const bad[] = { "",       "api",    "/a%",    "/a%zz",  "/a%00b",
                                       "/a%2Fb", "/a%5Cb", "/a%0Ab", "/a\x7f", "/%FF" };
    struct route_match m;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (route_find(METHOD_GET, text_of(bad[i]), mem, &m) != -1)
            fail_msg("taken: %s", bad[i]);
}

static void a_wrong_method_is_told_what_is_allowed(void **state)
{
    struct route_match m;

    (void)state;
    assert_int_equal(route_find(METHOD_DELETE, TEXT("/healthz"), mem, &m), 0);
    assert_int_equal(m.allowed, 1u << METHOD_GET);
    assert_int_equal(route_find(METHOD_GET, TEXT("/api/v1/nothing/of/the/kind"), mem, &m), 0);
    assert_int_equal(m.allowed, 0);
}

static const char *fault(const char *const names[], const char *const values[], size_t count)
{
    struct framing f = { .headers = 0 };

    for (size_t i = 0; i < count; i++)
        framing_note(&f, text_of(names[i]), text_of(values[i]));
    return framing_fault(&f);
}

#define FAULT2(n1, v1, n2, v2) fault((const char *const[]) { n1, n2 }, (const char *const[]) { v1, v2 }, 2)

static void framing_of_two_meanings_is_refused(void **state)
{
    (void)state;
    assert_null(FAULT2("Host", "a", "Content-Length", "5"));
    assert_null(FAULT2("Host", "a", "Transfer-Encoding", "Chunked"));
    assert_non_null(FAULT2("Content-Length", "5", "Transfer-Encoding", "chunked"));
    assert_non_null(FAULT2("Content-Length", "5", "content-length", "5"));
    assert_non_null(FAULT2("Content-Length ", "5", "Host", "a"));
    assert_non_null(FAULT2("Content-Length", "+5", "Host", "a"));
    assert_non_null(FAULT2("Content-Length", "5, 5", "Host", "a"));
    assert_non_null(FAULT2("Content-Length", "99999999999999999999", "Host", "a"));
    assert_non_null(FAULT2("Content-Length", "", "Host", "a"));
    assert_non_null(FAULT2("Transfer-Encoding", "gzip, chunked", "Host", "a"));
    assert_non_null(FAULT2("Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"));
    assert_non_null(FAULT2("Host", "a", "Host", "b"));
    assert_non_null(FAULT2("X A", "a", "Host", "b"));
    assert_non_null(FAULT2("", "a", "Host", "b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_needs_a_permission_or_says_why_not),
        cmocka_unit_test(no_two_rows_answer_the_same_call),
        cmocka_unit_test(every_row_is_found_by_its_own_path),
        cmocka_unit_test(malformed_paths_are_refused),
        cmocka_unit_test(a_wrong_method_is_told_what_is_allowed),
        cmocka_unit_test(framing_of_two_meanings_is_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

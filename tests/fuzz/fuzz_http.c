/* What a stranger sends before anything else looks at it: paths, query strings, cursors, framing. */
#include "fuzz.h"

#include "http/bridge.h"
#include "http/request.h"
#include "util/str.h"

static void check_path(struct text path, struct arena *mem)
{
    struct route_match m;

    for (int method = 0; method < METHOD_COUNT; method++) {
        int rc = route_find((enum method)method, path, mem, &m);

        PROPERTY(rc >= -1 && rc <= 1);
        PROPERTY((rc == 1) == (m.route != NULL));
        if (rc != 1)
            continue;
        PROPERTY(m.route->method == (enum method)method);
        PROPERTY(m.arg_count <= ROUTE_ARGS);
        for (size_t i = 0; i < m.arg_count; i++) {
            PROPERTY(m.args[i].len && str_utf8_valid(m.args[i]));
            PROPERTY(!memchr(m.args[i].ptr, '/', m.args[i].len) && !memchr(m.args[i].ptr, 0, m.args[i].len));
        }
    }
}

static void check_query(struct text query, struct arena *mem)
{
    static const char *const names[] = { "after", "limit", "q", "status" };
    struct ctx ctx = { .mem = mem };
    struct request rq = { .ctx = &ctx, .query = query };
    struct cursor at = { 7, 7 };
    struct text value;
    int64_t n = 50;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        int rc = request_query(&rq, names[i], &value);

        PROPERTY(rc >= -1 && rc <= 1);
        if (rc == 1)
            PROPERTY(str_utf8_valid(value) && !(value.len && memchr(value.ptr, 0, value.len)));
        if (rc < 0)
            PROPERTY(ctx.fail.code == FAIL_BAD_FIELD && strcmp(ctx.fail.field, names[i]) == 0);
    }
    if (request_query_i64(&rq, "limit", 1, 100, &n))
        PROPERTY(n == 50);
    PROPERTY(n >= 1 && n <= 100);
    if (request_cursor(&rq, &at))
        PROPERTY(at.at == 7 && at.id == 7);
    PROPERTY(at.id >= 0);
}

/* Lines of "name: value". A request that passes has one meaning only. */
static void check_framing(struct text lines)
{
    struct framing f = { .headers = 0 };
    struct text line, name;
    unsigned lengths = 0, codings = 0;

    while (str_line(&lines, &line)) {
        if (!str_split(&line, ':', &name))
            line = TEXT("");
        framing_note(&f, name, str_trim(line));
        lengths += str_equal_nocase(str_trim(name), TEXT("Content-Length"));
        codings += str_equal_nocase(str_trim(name), TEXT("Transfer-Encoding"));
    }
    if (!framing_fault(&f)) {
        PROPERTY(lengths <= 1 && codings <= 1);
        PROPERTY(!(lengths && codings));
        PROPERTY(f.headers <= 100);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct text rest = fuzz_text(data + 1, size - 1);
    struct arena *mem = arena_new(0);
    switch (data[0] % 3) {
    case 0:
        check_path(rest, mem);
        break;
    case 1:
        check_query(rest, mem);
        break;
    default:
        check_framing(rest);
        break;
    }
    arena_free(mem);
    return 0;
}

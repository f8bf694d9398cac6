/* Matching a raw path against the table: segment by segment, decoding only inside a segment. */
#include "http/route.h"
#include "util/enc.h"
#include "util/str.h"

#define MAX_SEGMENTS 16
#define MAX_SEGMENT 512

struct path {
    struct text at[MAX_SEGMENTS];
    size_t count;
};

static const char *const names[METHOD_COUNT] = { "GET", "POST", "PUT", "PATCH", "DELETE" };

const char *method_name(enum method m)
{
    return names[m];
}

bool method_from(struct text name, enum method *out)
{
    for (int i = 0; i < METHOD_COUNT; i++)
        if (text_equal(name, text_of(names[i]))) {
            *out = (enum method)i;
            return true;
        }
    if (!text_equal(name, TEXT("HEAD")))
        return false;
    *out = METHOD_GET;
    return true;
}

bool route_is_tenant(const struct route *r)
{
    return text_starts(text_of(r->pattern), TEXT("/api/v1/b/{business}"));
}

/* A decoded byte that could change what the path means. */
static bool is_clean(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.ptr[i] < 0x20 || t.ptr[i] == 0x7f || t.ptr[i] == '/' || t.ptr[i] == '\\')
            return false;
    return str_utf8_valid(t);
}

static int decode_segment(struct text raw, struct arena *mem, struct text *out)
{
    struct buf plain = BUF_INIT(MAX_SEGMENT);

    if (raw.len > MAX_SEGMENT)
        return -1;
    if (!memchr(raw.ptr ? raw.ptr : "", '%', raw.len)) {
        *out = raw;
        return is_clean(raw) ? 0 : -1;
    }
    int bad = dec_percent(&plain, raw) != 0 || plain.failed || !is_clean(buf_as_text(&plain));
    if (!bad)
        *out = arena_text(mem, buf_as_text(&plain));
    buf_fini(&plain);
    return bad ? -1 : 0;
}

static int split_path(struct text path, struct arena *mem, struct path *out)
{
    struct text rest = path, part;

    out->count = 0;
    if (!str_skip_char(&rest, '/'))
        return -1;
    for (bool more = true; more;) {
        more = str_split(&rest, '/', &part);
        if (out->count == MAX_SEGMENTS || decode_segment(part, mem, &out->at[out->count]))
            return -1;
        out->count++;
    }
    return 0;
}

static bool matches(const char *pattern, const struct path *path, struct route_match *out)
{
    struct text rest = text_of(pattern), want;
    size_t n = 0;

    out->arg_count = 0;
    str_skip_char(&rest, '/');
    for (bool more = true; more; n++) {
        more = str_split(&rest, '/', &want);
        if (n == path->count)
            return false;
        if (want.len && want.ptr[0] == '{') {
            if (!path->at[n].len || out->arg_count == ROUTE_ARGS)
                return false;
            out->args[out->arg_count++] = path->at[n];
        } else if (!text_equal(want, path->at[n])) {
            return false;
        }
    }
    return n == path->count;
}

int route_find(enum method method, struct text path, struct arena *mem, struct route_match *out)
{
    const struct route *files = NULL;
    struct path parts;

    memset(out, 0, sizeof(*out));
    if (split_path(path, mem, &parts))
        return -1;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *r = &routes[i];

        if (r->pattern[0] == '*') {
            files = r;
            continue;
        }
        if (!matches(r->pattern, &parts, out))
            continue;
        out->allowed |= 1u << r->method;
        if (r->method == method) {
            out->route = r;
            return 1;
        }
    }
    if (out->allowed || !files)
        return 0;
    if (text_equal(parts.at[0], TEXT("api")) || text_equal(parts.at[0], TEXT("hooks")))
        return 0;
    out->allowed = 1u << METHOD_GET;
    out->arg_count = 0;
    if (method != METHOD_GET)
        return 0;
    out->route = files;
    return 1;
}

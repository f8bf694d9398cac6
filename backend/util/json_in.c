/* Table-driven decoder for the bodies of our own API. */
#include "util/json_in.h"

#include "util/str.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define PATH_SIZE sizeof(((struct fail *)0)->field)

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct decoder {
    struct arena *mem;
    struct fail *why;
};

static int decode_object(struct decoder *d, const json_t *object, const struct json_in_field *fields,
                         const char *prefix, char *target);

static const struct json_in_field *find(const struct json_in_field *fields, const char *name)
{
    for (; fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

static void make_path(char path[PATH_SIZE], const char *prefix, const char *name)
{
    /* Nothing would look like no field at all. */
    if (!name[0])
        name = "\"\"";
    struct text cut = str_utf8_cut(text_of(name), PATH_SIZE - 1);

    if (prefix[0])
        snprintf(path, PATH_SIZE, "%s.%s", prefix, name);
    else
        snprintf(path, PATH_SIZE, "%.*s", (int)cut.len, cut.ptr);
}

/* target is NULL while only checking. */
static int decode_text(struct decoder *d, const json_t *v, const struct json_in_field *f, const char *path,
                       char *target)
{
    if (!json_is_string(v))
        return fail_field(d->why, path, "must be a string");
    struct text t = { json_string_value(v), json_string_length(v) };
    if ((int64_t)t.len < f->min || (int64_t)t.len > f->max)
        return fail_field(d->why, path, "must have %lld to %lld bytes", (long long)f->min, (long long)f->max);
    if (target) {
        t = arena_text(d->mem, t);
        memcpy(target, &t, sizeof(t));
    }
    return 0;
}

static int read_i64(struct decoder *d, const json_t *v, const char *path, int64_t min, int64_t max, int64_t *out)
{
    int64_t n = 0;

    if (json_is_integer(v))
        n = json_integer_value(v);
    else if (!json_is_string(v) ||
             str_whole_i64((struct text) { json_string_value(v), json_string_length(v) }, &n, INT64_MIN, INT64_MAX))
        return fail_field(d->why, path, "must be a whole number");
    if (n < min || n > max)
        return fail_field(d->why, path, "must be from %lld to %lld", (long long)min, (long long)max);
    *out = n;
    return 0;
}

static int decode_i64(struct decoder *d, const json_t *v, const struct json_in_field *f, const char *path, char *target)
{
    int64_t n;

    if (read_i64(d, v, path, f->min, f->max, &n))
        return -1;
    if (target)
        memcpy(target, &n, sizeof(n));
    return 0;
}

static int decode_bool(struct decoder *d, const json_t *v, const char *path, char *target)
{
    bool is_true = json_is_true(v);

    if (!json_is_boolean(v))
        return fail_field(d->why, path, "must be true or false");
    if (target)
        memcpy(target, &is_true, sizeof(is_true));
    return 0;
}

static int decode_time(struct decoder *d, const json_t *v, const char *path, char *target)
{
    time_us when;

    if (!json_is_string(v) || time_parse((struct text) { json_string_value(v), json_string_length(v) }, &when))
        return fail_field(d->why, path, "must be a time such as 2026-11-24T21:39:05Z");
    if (target)
        memcpy(target, &when, sizeof(when));
    return 0;
}

static int decode_word(struct decoder *d, const json_t *v, const struct json_in_field *f, const char *path,
                       char *target)
{
    const char *word = json_string_value(v);

    for (int i = 0; word && f->words[i]; i++)
        if (strcmp(word, f->words[i]) == 0) {
            if (target)
                memcpy(target, &i, sizeof(i));
            return 0;
        }
    return fail_field(d->why, path, "is not one of the known words");
}

static int decode_ids(struct decoder *d, const json_t *v, const struct json_in_field *f, const char *path, char *target)
{
    size_t count = json_array_size(v);

    if (!json_is_array(v))
        return fail_field(d->why, path, "must be a list");
    if ((int64_t)count > f->max)
        return fail_field(d->why, path, "must have at most %lld entries", (long long)f->max);
    struct json_in_ids out = { target ? arena_array(d->mem, int64_t, count) : NULL, count };
    for (size_t i = 0; i < count; i++) {
        char at[PATH_SIZE];
        int64_t id;

        snprintf(at, sizeof(at), "%.40s[%zu]", path, i);
        if (read_i64(d, json_array_get(v, i), at, 1, INT64_MAX, &id))
            return -1;
        if (target)
            out.ids[i] = id;
    }
    if (target)
        memcpy(target, &out, sizeof(out));
    return 0;
}

static int decode_list(struct decoder *d, const json_t *v, const struct json_in_field *f, const char *path, char *target)
{
    char *written;
    struct text out;

    if (!json_is_array(v))
        return fail_field(d->why, path, "must be a list");
    for (size_t i = 0; i < json_array_size(v); i++)
        if (!json_is_string(json_array_get(v, i)) && !json_is_object(json_array_get(v, i)))
            return fail_field(d->why, path, "must hold texts or objects");
    written = json_dumps(v, JSON_COMPACT);
    if (!written)
        return fail(d->why, FAIL_INTERNAL, "a list cannot be written");
    out = text_of(written);
    int rc = (int64_t)out.len > f->max ? fail_field(d->why, path, "at most %lld bytes", (long long)f->max) : 0;
    if (rc == 0 && target) {
        out = arena_text(d->mem, out);
        memcpy(target, &out, sizeof(out));
    }
    free(written);
    return rc;
}

static int decode_value(struct decoder *d, const json_t *v, const struct json_in_field *f, const char *path,
                        char *target)
{
    switch (f->type) {
    case JSON_IN_TYPE_TEXT:
        return decode_text(d, v, f, path, target);
    case JSON_IN_TYPE_I64:
        return decode_i64(d, v, f, path, target);
    case JSON_IN_TYPE_BOOL:
        return decode_bool(d, v, path, target);
    case JSON_IN_TYPE_TIME:
        return decode_time(d, v, path, target);
    case JSON_IN_TYPE_WORD:
        return decode_word(d, v, f, path, target);
    case JSON_IN_TYPE_IDS:
        return decode_ids(d, v, f, path, target);
    case JSON_IN_TYPE_LIST:
        return decode_list(d, v, f, path, target);
    case JSON_IN_TYPE_OBJECT:
        if (!json_is_object(v))
            return fail_field(d->why, path, "must be an object");
        return decode_object(d, v, f->fields, path, target);
    case JSON_IN_TYPE_END:
        break;
    }
    return fail(d->why, FAIL_INTERNAL, "no such type of field");
}

static int refuse_unknown(struct decoder *d, const json_t *object, const struct json_in_field *fields,
                          const char *prefix)
{
    char path[PATH_SIZE];
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)object, key, value) if (!find(fields, key))
    {
        make_path(path, prefix, key);
        return fail_field(d->why, path, "is not a known field");
    }
    return 0;
}

static int decode_object(struct decoder *d, const json_t *object, const struct json_in_field *fields,
                         const char *prefix, char *target)
{
    char path[PATH_SIZE];

    if (refuse_unknown(d, object, fields, prefix))
        return -1;
    for (const struct json_in_field *f = fields; f->name; f++) {
        const json_t *v = json_object_get(object, f->name);

        make_path(path, prefix, f->name);
        if (!v || json_is_null(v)) {
            if (f->required)
                return fail_field(d->why, path, "is missing");
            continue;
        }
        if (decode_value(d, v, f, path, target ? target + f->offset : NULL))
            return -1;
    }
    return 0;
}

int json_in_decode(struct text body, const struct json_in_field *fields, struct arena *mem, void *target,
                   struct fail *why)
{
    struct decoder d = { mem, why };
    json_error_t problem;

    if (body.len == 0)
        return fail(why, FAIL_BAD_REQUEST, "the body is empty");
    /* jansson would take it for the end of the body and not look further. */
    if (memchr(body.ptr, 0, body.len))
        return fail(why, FAIL_BAD_REQUEST, "not JSON: a NUL byte");
    AUTO(json) json_t *doc = json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, &problem);
    if (!doc)
        return fail_line(why, FAIL_BAD_REQUEST, problem.line, "not JSON: %s", problem.text);
    if (!json_is_object(doc))
        return fail(why, FAIL_BAD_REQUEST, "the body must be a JSON object");
    /* Once to check, once to fill, so that a refused body leaves the target as it was. */
    if (decode_object(&d, doc, fields, "", NULL))
        return -1;
    return decode_object(&d, doc, fields, "", target);
}

/* OpenAPI 3.1 out of the route table. */
#include "http/openapi.h"

#include "http/handlers.h"
#include "util/str.h"

#include <stdio.h>

int h_openapi(struct request *rq, struct reply *rp)
{
    (void)rq;
    rp->status = 200;
    rp->type = "application/json";
    openapi_write(&rp->body);
    return 0;
}

const struct schema *schema_find(const char *name)
{
    for (const struct schema *s = schemas; s->name; s++)
        if (strcmp(s->name, name) == 0)
            return s;
    return NULL;
}

static void write_field(struct json_out *j, const struct json_in_field *f);

static void write_object(struct json_out *j, const struct json_in_field *fields)
{
    jo_object(j);
    jo_kv(j, "type", jo_str, "object");
    jo_kv(j, "additionalProperties", jo_bool, false);
    jo_key(j, "properties");
    jo_object(j);
    for (const struct json_in_field *f = fields; f->name; f++) {
        jo_key(j, f->name);
        write_field(j, f);
    }
    jo_end_object(j);
    jo_key(j, "required");
    jo_array(j);
    for (const struct json_in_field *f = fields; f->name; f++)
        if (f->required)
            jo_str(j, f->name);
    jo_end_array(j);
    jo_end_object(j);
}

static void write_types(struct json_out *j, bool required, const char *a, const char *b)
{
    jo_key(j, "type");
    jo_array(j);
    jo_str(j, a);
    if (b)
        jo_str(j, b);
    if (!required)
        jo_str(j, "null");
    jo_end_array(j);
}

static void write_field(struct json_out *j, const struct json_in_field *f)
{
    if (f->type == JSON_IN_TYPE_OBJECT) {
        write_object(j, f->fields);
        return;
    }
    jo_object(j);
    switch (f->type) {
    case JSON_IN_TYPE_TEXT:
        write_types(j, f->required, "string", NULL);
        jo_kv(j, "minLength", jo_i64, f->min ? 1 : 0);
        jo_kv(j, "maxLength", jo_i64, f->max);
        break;
    case JSON_IN_TYPE_I64:
        write_types(j, f->required, "integer", "string");
        break;
    case JSON_IN_TYPE_BOOL:
        write_types(j, f->required, "boolean", NULL);
        break;
    case JSON_IN_TYPE_TIME:
        write_types(j, f->required, "string", NULL);
        jo_kv(j, "format", jo_str, "date-time");
        break;
    case JSON_IN_TYPE_WORD:
        jo_key(j, "enum");
        jo_array(j);
        for (const char *const *w = f->words; *w; w++)
            jo_str(j, *w);
        if (!f->required)
            jo_null(j);
        jo_end_array(j);
        break;
    case JSON_IN_TYPE_IDS:
        jo_kv(j, "type", jo_str, "array");
        jo_kv(j, "maxItems", jo_i64, f->max);
        break;
    case JSON_IN_TYPE_LIST:
        jo_kv(j, "type", jo_str, "array");
        break;
    case JSON_IN_TYPE_OBJECT:
    case JSON_IN_TYPE_END:
        break;
    }
    jo_end_object(j);
}

static void write_parameter(struct json_out *j, struct text name, const char *in, bool required)
{
    jo_object(j);
    jo_kv(j, "name", jo_text, name);
    jo_kv(j, "in", jo_str, in);
    jo_kv(j, "required", jo_bool, required);
    jo_kv(j, "schema", jo_raw, TEXT("{\"type\":\"string\"}"));
    jo_end_object(j);
}

static void write_parameters(struct json_out *j, const struct route *r)
{
    struct text rest = text_of(r->pattern), part, name;

    jo_key(j, "parameters");
    jo_array(j);
    while (str_split(&rest, '{', &part) && str_split(&rest, '}', &name))
        write_parameter(j, name, "path", true);
    rest = text_of(r->query);
    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, ' ', &name);
        write_parameter(j, name, "query", false);
    }
    if (r->flags & ROUTE_KEY)
        write_parameter(j, TEXT("Idempotency-Key"), "header", true);
    if (r->method != METHOD_GET && !(r->flags & ROUTE_NO_CSRF))
        write_parameter(j, TEXT("X-CSRF-Token"), "header", true);
    jo_end_array(j);
}

static void write_body(struct json_out *j, const struct route *r)
{
    if (!r->in && !(r->flags & ROUTE_RAW))
        return;
    jo_key(j, "requestBody");
    jo_object(j);
    jo_kv(j, "required", jo_bool, true);
    jo_key(j, "content");
    jo_object(j);
    jo_key(j, r->in ? "application/json" : "application/octet-stream");
    jo_object(j);
    if (r->in) {
        jo_key(j, "schema");
        write_object(j, r->in);
    }
    jo_end_object(j);
    jo_end_object(j);
    jo_end_object(j);
}

static const char *content_type(const char *schema)
{
    if (strcmp(schema, "Text") == 0)
        return "text/plain";
    if (strcmp(schema, "Bytes") == 0)
        return "application/octet-stream";
    return strcmp(schema, "Events") == 0 ? "text/event-stream" : "application/json";
}

static void write_answer(struct json_out *j, const char *status, const char *type, const char *schema)
{
    char ref[80];

    jo_key(j, status);
    jo_object(j);
    jo_kv(j, "description", jo_str, schema ? schema : "No body");
    if (schema) {
        snprintf(ref, sizeof(ref), "#/components/schemas/%s", schema);
        jo_key(j, "content");
        jo_object(j);
        jo_key(j, type);
        jo_object(j);
        jo_key(j, "schema");
        jo_object(j);
        jo_kv(j, "$ref", jo_str, ref);
        jo_end_object(j);
        jo_end_object(j);
        jo_end_object(j);
    }
    jo_end_object(j);
}

static void write_operation(struct json_out *j, const struct route *r)
{
    static const char *const keys[METHOD_COUNT] = { "get", "post", "put", "patch", "delete" };
    char status[8];

    jo_key(j, keys[r->method]);
    jo_object(j);
    jo_kv(j, "summary", jo_str, r->summary);
    if (permission_word(r->permission))
        jo_kv(j, "x-permission", jo_str, permission_word(r->permission));
    if (r->permission == PERM_PUBLIC)
        jo_kv(j, "security", jo_raw, TEXT("[]"));
    write_parameters(j, r);
    write_body(j, r);
    jo_key(j, "responses");
    jo_object(j);
    snprintf(status, sizeof(status), "%d", r->status);
    write_answer(j, status, r->out ? content_type(r->out) : "", r->out);
    write_answer(j, "default", "application/problem+json", "Problem");
    jo_end_object(j);
    jo_end_object(j);
}

/* Rows of one path belong into one object, wherever they stand in the table. */
static bool is_first_of_path(size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(routes[i].pattern, routes[n].pattern) == 0)
            return false;
    return routes[n].pattern[0] == '/';
}

void openapi_write(struct buf *out)
{
    struct json_out j = json_out(out);

    jo_object(&j);
    jo_kv(&j, "openapi", jo_str, "3.1.0");
    jo_kv(&j, "info", jo_raw, TEXT("{\"title\":\"Tanggap\",\"version\":\"1\"}"));
    jo_kv(&j, "security", jo_raw, TEXT("[{\"session\":[]}]"));
    jo_key(&j, "paths");
    jo_object(&j);
    for (size_t i = 0; i < route_count; i++) {
        if (!is_first_of_path(i))
            continue;
        jo_key(&j, routes[i].pattern);
        jo_object(&j);
        for (size_t k = i; k < route_count; k++)
            if (strcmp(routes[k].pattern, routes[i].pattern) == 0)
                write_operation(&j, &routes[k]);
        jo_end_object(&j);
    }
    jo_end_object(&j);
    jo_key(&j, "components");
    jo_object(&j);
    jo_kv(&j, "securitySchemes", jo_raw,
          TEXT("{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"tanggap\"}}"));
    jo_key(&j, "schemas");
    jo_object(&j);
    for (const struct schema *s = schemas; s->name; s++)
        jo_kv(&j, s->name, jo_raw, text_of(s->json));
    jo_end_object(&j);
    jo_end_object(&j);
    jo_end_object(&j);
}

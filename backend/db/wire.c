/* PostgreSQL's binary format: what goes out as parameters and what comes back as columns. */
#include "wire_priv.h"

#include <endian.h>
#include <limits.h>

#define PG_EPOCH_US INT64_C(946684800000000) /* 2000-01-01, where timestamptz begins */

/* Types by their fixed oids (src/include/catalog/pg_type.dat). */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_BPCHAR = 1042,
    OID_VARCHAR = 1043,
    OID_TIMESTAMPTZ = 1184,
    OID_JSONB = 3802,
};

void wire_add_i16(struct buf *out, int16_t v)
{
    uint16_t n = htobe16((uint16_t)v);
    buf_add(out, &n, sizeof n);
}

void wire_add_i32(struct buf *out, int32_t v)
{
    uint32_t n = htobe32((uint32_t)v);
    buf_add(out, &n, sizeof n);
}

static void add_i64(struct buf *out, int64_t v)
{
    uint64_t n = htobe64((uint64_t)v);
    buf_add(out, &n, sizeof n);
}

/* Times before PostgreSQL's range come out as -infinity rather than wrapping round. */
static void add_time(struct buf *out, time_us t)
{
    int64_t v;

    if (__builtin_sub_overflow(t, PG_EPOCH_US, &v))
        v = INT64_MIN;
    add_i64(out, v);
}

static void add_double(struct buf *out, double d)
{
    uint64_t n;

    memcpy(&n, &d, sizeof n);
    n = htobe64(n);
    buf_add(out, &n, sizeof n);
}

static void add_sized(struct buf *out, struct text t)
{
    if (!t.ptr) {
        wire_add_i32(out, -1);
        return;
    }
    if (t.len > INT_MAX) {
        buf_room(out, SIZE_MAX / 2); /* more than any maximum: sticks as failed */
        return;
    }
    wire_add_i32(out, (int32_t)t.len);
    buf_add(out, t.ptr, t.len);
}

static void add_time_item(struct buf *out, time_us t)
{
    wire_add_i32(out, t == TIME_NONE ? -1 : 8);
    if (t != TIME_NONE)
        add_time(out, t);
}

static void add_item(struct buf *out, const struct db_in *in, size_t i)
{
    switch (in->kind) {
    case DB_IN_I64_ARRAY:
        wire_add_i32(out, 8);
        add_i64(out, ((const int64_t *)in->array)[i]);
        break;
    case DB_IN_I16_ARRAY:
        wire_add_i32(out, 2);
        wire_add_i16(out, ((const int16_t *)in->array)[i]);
        break;
    case DB_IN_BOOL_ARRAY:
        wire_add_i32(out, 1);
        buf_char(out, ((const bool *)in->array)[i] ? 1 : 0);
        break;
    case DB_IN_TEXT_ARRAY:
    case DB_IN_BYTES_ARRAY:
        add_sized(out, ((const struct text *)in->array)[i]);
        break;
    case DB_IN_TIME_ARRAY:
        add_time_item(out, ((const time_us *)in->array)[i]);
        break;
    case DB_IN_I64:
    case DB_IN_I32:
    case DB_IN_I16:
    case DB_IN_BOOL:
    case DB_IN_DOUBLE:
    case DB_IN_TEXT:
    case DB_IN_BYTES:
    case DB_IN_TIME:
    case DB_IN_JSON:
    case DB_IN_NULL:
        break;
    }
}

static int32_t item_oid(enum db_in_kind kind)
{
    return kind == DB_IN_I64_ARRAY     ? OID_INT8
           : kind == DB_IN_I16_ARRAY   ? OID_INT2
           : kind == DB_IN_BOOL_ARRAY  ? OID_BOOL
           : kind == DB_IN_TEXT_ARRAY  ? OID_TEXT
           : kind == DB_IN_BYTES_ARRAY ? OID_BYTEA
                                       : OID_TIMESTAMPTZ;
}

static void add_array(struct buf *out, const struct db_in *in)
{
    wire_add_i32(out, in->number ? 1 : 0); /* dimensions; an empty array has none */
    wire_add_i32(out, 1);                  /* may hold NULLs */
    wire_add_i32(out, item_oid(in->kind));
    if (!in->number)
        return;
    wire_add_i32(out, (int32_t)in->number);
    wire_add_i32(out, 1); /* lower bound */
    for (size_t i = 0; i < (size_t)in->number && !out->failed; i++)
        add_item(out, in, i);
}

static bool is_null(const struct db_in *in)
{
    if (in->kind == DB_IN_NULL)
        return true;
    if (in->kind == DB_IN_TIME)
        return in->number == TIME_NONE;
    return (in->kind == DB_IN_TEXT || in->kind == DB_IN_BYTES || in->kind == DB_IN_JSON) && !in->text.ptr;
}

bool wire_add(struct buf *out, const struct db_in *in)
{
    if (is_null(in))
        return false;
    switch (in->kind) {
    case DB_IN_I64:
        add_i64(out, in->number);
        break;
    case DB_IN_I32:
        wire_add_i32(out, (int32_t)in->number);
        break;
    case DB_IN_I16:
        wire_add_i16(out, (int16_t)in->number);
        break;
    case DB_IN_BOOL:
        buf_char(out, in->number ? 1 : 0);
        break;
    case DB_IN_DOUBLE:
        add_double(out, in->real);
        break;
    case DB_IN_TIME:
        add_time(out, in->number);
        break;
    case DB_IN_JSON:
        buf_char(out, 1); /* version of jsonb's binary form */
        buf_text(out, in->text);
        break;
    case DB_IN_TEXT:
    case DB_IN_BYTES:
        buf_text(out, in->text);
        break;
    case DB_IN_I64_ARRAY:
    case DB_IN_I16_ARRAY:
    case DB_IN_BOOL_ARRAY:
    case DB_IN_TEXT_ARRAY:
    case DB_IN_BYTES_ARRAY:
    case DB_IN_TIME_ARRAY:
        add_array(out, in);
        break;
    case DB_IN_NULL:
        return false;
    }
    return true;
}

static bool fits(const struct db_in *in)
{
    switch (in->kind) {
    case DB_IN_I32:
        return in->number >= INT32_MIN && in->number <= INT32_MAX;
    case DB_IN_I16:
        return in->number >= INT16_MIN && in->number <= INT16_MAX;
    case DB_IN_I64_ARRAY:
    case DB_IN_I16_ARRAY:
    case DB_IN_BOOL_ARRAY:
    case DB_IN_TEXT_ARRAY:
    case DB_IN_BYTES_ARRAY:
    case DB_IN_TIME_ARRAY:
        return in->number >= 0 && in->number <= INT32_MAX;
    case DB_IN_I64:
    case DB_IN_BOOL:
    case DB_IN_DOUBLE:
    case DB_IN_TEXT:
    case DB_IN_BYTES:
    case DB_IN_TIME:
    case DB_IN_JSON:
    case DB_IN_NULL:
        return in->text.len <= INT_MAX - 1;
    }
    return false;
}

int wire_params(struct db_ins in, struct buf *scratch, struct wire_params *out)
{
    size_t offsets[WIRE_PARAMS_MAX] = { 0 };

    if (in.count > WIRE_PARAMS_MAX)
        return -1;
    buf_reset(scratch);
    out->count = (int)in.count;
    for (size_t i = 0; i < in.count; i++) {
        const struct db_in *v = &in.at[i];

        if (!fits(v))
            return -1;
        out->formats[i] = 1;
        out->values[i] = NULL;
        offsets[i] = SIZE_MAX;
        if (v->kind == DB_IN_TEXT || v->kind == DB_IN_BYTES) {
            out->values[i] = v->text.ptr;
            out->lengths[i] = (int)v->text.len;
            continue;
        }
        size_t start = scratch->len;
        if (wire_add(scratch, v))
            offsets[i] = start;
        out->lengths[i] = (int)(scratch->len - start);
    }
    if (scratch->failed)
        return -1;
    for (size_t i = 0; i < in.count; i++)
        if (offsets[i] != SIZE_MAX)
            out->values[i] = scratch->ptr + offsets[i];
    return 0;
}

static bool column_fits(Oid type, enum db_out_kind kind)
{
    switch (kind) {
    case DB_OUT_I64:
        return type == OID_INT8 || type == OID_INT4 || type == OID_INT2;
    case DB_OUT_I32:
        return type == OID_INT4 || type == OID_INT2;
    case DB_OUT_I16:
        return type == OID_INT2;
    case DB_OUT_BOOL:
        return type == OID_BOOL;
    case DB_OUT_DOUBLE:
        return type == OID_FLOAT8 || type == OID_FLOAT4;
    case DB_OUT_TEXT:
        return type == OID_TEXT || type == OID_VARCHAR || type == OID_BPCHAR || type == OID_NAME || type == OID_BYTEA ||
               type == OID_JSON || type == OID_JSONB;
    case DB_OUT_TIME:
        return type == OID_TIMESTAMPTZ;
    case DB_OUT_SKIP:
        return true;
    }
    return false;
}

int wire_check(const PGresult *res, struct db_outs outs)
{
    if (PQnfields(res) != (int)outs.count)
        return -1;
    for (size_t i = 0; i < outs.count; i++)
        if (!column_fits(PQftype(res, (int)i), outs.at[i].kind))
            return (int)i + 1;
    return 0;
}

static int64_t read_int(const char *p, int len)
{
    uint16_t n2;
    uint32_t n4;
    uint64_t n8;

    switch (len) {
    case 2:
        memcpy(&n2, p, sizeof n2);
        return (int16_t)be16toh(n2);
    case 4:
        memcpy(&n4, p, sizeof n4);
        return (int32_t)be32toh(n4);
    case 8:
        memcpy(&n8, p, sizeof n8);
        return (int64_t)be64toh(n8);
    default:
        return 0;
    }
}

static double read_double(const char *p, int len)
{
    int64_t bits = read_int(p, len);

    if (len == 4) {
        int32_t half = (int32_t)bits;
        float f;
        memcpy(&f, &half, sizeof f);
        return (double)f;
    }
    double d;
    memcpy(&d, &bits, sizeof d);
    return d;
}

static time_us read_time(const char *p, int len)
{
    int64_t v = read_int(p, len);
    time_us t;

    if (v == INT64_MIN || v == INT64_MAX || __builtin_add_overflow(v, PG_EPOCH_US, &t))
        return v < 0 ? TIME_NONE : INT64_MAX;
    return t;
}

static struct text read_text(const PGresult *res, int row, int column, struct arena *mem)
{
    struct text t = { PQgetvalue(res, row, column), (size_t)PQgetlength(res, row, column) };

    if (PQftype(res, column) == OID_JSONB && t.len)
        t = (struct text) { t.ptr + 1, t.len - 1 };
    return arena_text(mem, t);
}

static void read_value(const PGresult *res, int row, int column, const struct db_out *out, struct arena *mem)
{
    bool null = PQgetisnull(res, row, column);
    const char *p = PQgetvalue(res, row, column);
    int len = null ? 0 : PQgetlength(res, row, column);

    if (out->absent)
        *out->absent = null;
    switch (out->kind) {
    case DB_OUT_I64:
        *(int64_t *)out->to = read_int(p, len);
        break;
    case DB_OUT_I32:
        *(int32_t *)out->to = (int32_t)read_int(p, len);
        break;
    case DB_OUT_I16:
        *(int16_t *)out->to = (int16_t)read_int(p, len);
        break;
    case DB_OUT_BOOL:
        *(bool *)out->to = len == 1 && *p;
        break;
    case DB_OUT_DOUBLE:
        *(double *)out->to = null ? 0 : read_double(p, len);
        break;
    case DB_OUT_TEXT:
        *(struct text *)out->to = null ? (struct text) { NULL, 0 } : read_text(res, row, column, mem);
        break;
    case DB_OUT_TIME:
        *(time_us *)out->to = null ? TIME_NONE : read_time(p, len);
        break;
    case DB_OUT_SKIP:
        break;
    }
}

void wire_read_row(const PGresult *res, int row, struct db_outs outs, struct arena *mem)
{
    for (size_t i = 0; i < outs.count; i++)
        read_value(res, row, (int)i, &outs.at[i], mem);
}

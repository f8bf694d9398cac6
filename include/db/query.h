/* Typed calls of the named statements in sql/queries (embedded at build time, prepared on first use).
 *
 *     rc = db_one(c, SQL_CONTACT_GET, IN(IN_I64(c->who.business), IN_I64(id)), OUT(OUT_TEXT(&name), OUT_TIME(&at)));
 *     rc = db_each(c, SQL_INBOX_PAGE, IN(...), OUT(...), add_row, list);     -- outputs refilled before each row call
 *     rc = db_do(c, SQL_CONVERSATION_RESOLVE, IN(...));                      -- rows changed
 *
 * Write a page's LIMIT as a number in the statement. For LIMIT $4 a generic plan reckons with a tenth of the table, so
 * that PostgreSQL either plans anew each time (1 ms) or joins whole tables: 100 ms measured for an inbox page of 0.3 ms.
 *
 * One call is one statement. Parameters travel in binary; NULL parameters by the *_OR_NULL kinds; text results live in
 * c->mem. Failures: TRY_AGAIN when the server is unreachable or busy, CONFLICT for unique/foreign-key violations,
 * NOT_LOGGED_IN/FORBIDDEN/NOT_FOUND from session_enter (SQLSTATE TG401, TG403, TG404), INTERNAL otherwise. */
#ifndef TANGGAP_DB_QUERY_H
#define TANGGAP_DB_QUERY_H

#include "db/conn.h"
#include "db/sql_gen.h"           /* enum sql_id, generated from sql/queries */
#include "util/clock.h"

enum db_in_kind {
    DB_IN_I64, DB_IN_I32, DB_IN_I16, DB_IN_BOOL, DB_IN_DOUBLE, DB_IN_TEXT, DB_IN_BYTES, DB_IN_TIME, DB_IN_JSON, DB_IN_NULL,
    DB_IN_I64_ARRAY, DB_IN_I16_ARRAY, DB_IN_BOOL_ARRAY, DB_IN_TEXT_ARRAY, DB_IN_BYTES_ARRAY, DB_IN_TIME_ARRAY,
};

struct db_in {
    enum db_in_kind kind;
    int64_t number;               /* I64 I32 I16 BOOL TIME; count of an array        */
    double real;
    struct text text;             /* TEXT BYTES JSON; ptr NULL = SQL NULL            */
    const void *array;            /* of int64_t / int16_t / bool / struct text / time_us; in arrays TIME_NONE and a
                                     text with ptr NULL are SQL NULL                 */
};

enum db_out_kind { DB_OUT_I64, DB_OUT_I32, DB_OUT_I16, DB_OUT_BOOL, DB_OUT_DOUBLE, DB_OUT_TEXT, DB_OUT_TIME, DB_OUT_SKIP };

/* SQL NULL becomes: 0 for numbers (or *absent = true where given), ptr NULL for text, TIME_NONE for times. */
struct db_out {
    enum db_out_kind kind;
    void *to;                     /* int64_t int32_t int16_t bool double struct text time_us */
    bool *absent;
};

#define IN_I64(v)    { .kind = DB_IN_I64, .number = (v) }
#define IN_I32(v)    { .kind = DB_IN_I32, .number = (v) }
#define IN_I16(v)    { .kind = DB_IN_I16, .number = (v) }
#define IN_BOOL(v)   { .kind = DB_IN_BOOL, .number = (v) }
#define IN_DOUBLE(v) { .kind = DB_IN_DOUBLE, .real = (v) }
#define IN_TEXT(v)   { .kind = DB_IN_TEXT, .text = (v) }
#define IN_STR(v)    { .kind = DB_IN_TEXT, .text = text_of(v) }
#define IN_BYTES(v)  { .kind = DB_IN_BYTES, .text = (v) }
#define IN_JSON(v)   { .kind = DB_IN_JSON, .text = (v) }      /* jsonb */
#define IN_TIME(v)   { .kind = DB_IN_TIME, .number = (v) }    /* TIME_NONE = SQL NULL */
#define IN_NULL      { .kind = DB_IN_NULL }
#define IN_ID(v)     { .kind = (v) ? DB_IN_I64 : DB_IN_NULL, .number = (v) }    /* 0 = SQL NULL */
#define IN_I64S(p, n)   { .kind = DB_IN_I64_ARRAY, .array = (p), .number = (int64_t)(n) }
#define IN_I16S(p, n)   { .kind = DB_IN_I16_ARRAY, .array = (p), .number = (int64_t)(n) }
#define IN_BOOLS(p, n)  { .kind = DB_IN_BOOL_ARRAY, .array = (p), .number = (int64_t)(n) }
#define IN_TEXTS(p, n)  { .kind = DB_IN_TEXT_ARRAY, .array = (p), .number = (int64_t)(n) }
#define IN_BYTESS(p, n) { .kind = DB_IN_BYTES_ARRAY, .array = (p), .number = (int64_t)(n) }
#define IN_TIMES(p, n)  { .kind = DB_IN_TIME_ARRAY, .array = (p), .number = (int64_t)(n) }
#define OUT_I64(p)   { DB_OUT_I64, (p), NULL }
#define OUT_I32(p)   { DB_OUT_I32, (p), NULL }
#define OUT_I16(p)   { DB_OUT_I16, (p), NULL }
#define OUT_BOOL(p)  { DB_OUT_BOOL, (p), NULL }
#define OUT_DOUBLE(p, absent) { DB_OUT_DOUBLE, (p), (absent) }
#define OUT_TEXT(p)  { DB_OUT_TEXT, (p), NULL }               /* text, bytea, jsonb: bytes as they are */
#define OUT_TIME(p)  { DB_OUT_TIME, (p), NULL }
#define OUT_SKIP     { DB_OUT_SKIP, NULL, NULL }

struct db_ins { const struct db_in *at; size_t count; };
struct db_outs { const struct db_out *at; size_t count; };
#define IN(...)  ((struct db_ins){ (const struct db_in[]){ __VA_ARGS__ }, \
                  sizeof((const struct db_in[]){ __VA_ARGS__ }) / sizeof(struct db_in) })
#define OUT(...) ((struct db_outs){ (const struct db_out[]){ __VA_ARGS__ }, \
                  sizeof((const struct db_out[]){ __VA_ARGS__ }) / sizeof(struct db_out) })
#define NO_IN    ((struct db_ins){ NULL, 0 })
#define NO_OUT   ((struct db_outs){ NULL, 0 })

typedef int db_row_fn(void *arg);     /* 0 goes on, -1 stops with the reason in ctx->fail */

MUST_CHECK int db_one(struct ctx *c, enum sql_id id, struct db_ins in, struct db_outs out);     /* 1 row, 0 none, -1 */
MUST_CHECK int db_each(struct ctx *c, enum sql_id id, struct db_ins in, struct db_outs out, db_row_fn *row, void *arg);
MUST_CHECK int64_t db_do(struct ctx *c, enum sql_id id, struct db_ins in);                      /* rows, or -1 */
/* One constant statement without parameters, such as CREATE TEMPORARY TABLE; nothing from outside may be in it.
 * Rows changed, or -1. */
MUST_CHECK int64_t db_exec_text(struct ctx *c, const char *sql);

/* Begin, fn, commit. A serialisation failure or deadlock rolls back, rewinds c->mem and runs fn again, at most 3 times
 * with jitter. fn must not touch the network. Nested calls join the outer transaction; where one fails, all fails.
 * fn's return ≥ 0 commits and is handed on. TRY_AGAIN may also mean that the connection broke at COMMIT, so that nobody
 * knows whether the work is done: it must be safe to do twice. */
MUST_CHECK int db_tx(struct ctx *c, int (*fn)(struct ctx *c, void *arg), void *arg);

/* Who is asking. Nothing is sent yet: the entrance travels in one pipeline with the next statement (before BEGIN in
 * db_tx), so a page costs one round trip. If it is refused that statement is not run and the call returns -1.
 * Statements run without any entrance are a bug and assert. */
void db_enter_session(struct ctx *c, struct text token_hash, int64_t business, uint32_t role_bits);
void db_enter_business(struct ctx *c, int64_t business);     /* work, commands: set the tenant, person = system */
void db_enter_system(struct ctx *c);                         /* tables without a tenant only */
/* c->who: business is set at once by the entrances, the rest of a session's (person, role, name, language) with the
 * first statement's answer; a refused entrance clears it all.
 * Forces the entrance and fills c->who; for handlers that need to know before their first statement. 0 or -1. */
MUST_CHECK int db_who(struct ctx *c);
/* End of the unit of work: asserts that no transaction is open, forgets the entrance. */
void db_leave(struct ctx *c);

#endif

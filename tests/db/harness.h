/* What every database test includes. tests/db/run has started a cluster; each program gets a migrated database of its
 * own, copied from a template, and three contexts: owner (row-level security does not bind it), web and work.
 *
 *     int main(void) { return HARNESS_RUN(tests); }        and in a test:   struct harness *h = *state;
 */
#ifndef TANGGAP_TESTS_HARNESS_H
#define TANGGAP_TESTS_HARNESS_H

#include "db/conn.h"
#include "db/migrate.h"
#include "db/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
/* The name is ours (util/fail.h). */
#undef fail
#undef fail_msg

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct harness {
    char url[300]; /* of this program's database, without a user */
    char database[64];
    PGconn *super; /* superuser in this database, for looking behind the curtain */
    struct ctx owner, web, work;
    struct config *cfg;
    struct seal_key seal;
};

#define HARNESS_RUN(tests) cmocka_run_group_tests(tests, harness_open, harness_close)

/* Prints why a call failed, so that a red test tells. */
#define assert_ok(c, rc)                                                                                               \
    do {                                                                                                               \
        if ((rc) < 0) {                                                                                                \
            print_error("%s: %s\n", fail_word((c)->fail.code), (c)->fail.text);                                        \
            print_error("%s\n", #rc);                                                                                  \
            _fail(__FILE__, __LINE__);                                                                                 \
        }                                                                                                              \
    } while (0)
#define assert_failed(c, rc, expected)                                                                                 \
    do {                                                                                                               \
        assert_int_equal((rc), -1);                                                                                    \
        if ((c)->fail.code != (expected))                                                                              \
            print_error("%s: %s\n", fail_word((c)->fail.code), (c)->fail.text);                                        \
        assert_int_equal((c)->fail.code, (expected));                                                                  \
    } while (0)
#define assert_text(t, literal)                                                                                        \
    do {                                                                                                               \
        struct text text_ = (t);                                                                                       \
        assert_int_equal(text_.len, strlen(literal));                                                                  \
        assert_memory_equal(text_.ptr, (literal), text_.len);                                                          \
    } while (0)

static inline PGconn *harness_super(const char *database)
{
    char url[400];

    snprintf(url, sizeof url, "%s user=postgres dbname=%s", getenv("TANGGAP_TEST_PG"), database);
    PGconn *pg = PQconnectdb(url);
    if (PQstatus(pg) != CONNECTION_OK)
        print_error("%s\n", PQerrorMessage(pg));
    assert_int_equal(PQstatus(pg), CONNECTION_OK);
    return pg;
}

/* Runs SQL as the superuser; a query's first value comes back in a static buffer ("" for NULL or no row). */
static inline const char *harness_sql_on(PGconn *pg, const char *sql)
{
    static char value[4096];
    PGresult *res = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(res);

    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        print_error("%s%s\n", PQerrorMessage(pg), sql);
    assert_true(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    snprintf(value, sizeof value, "%s", status == PGRES_TUPLES_OK && PQntuples(res) ? PQgetvalue(res, 0, 0) : "");
    PQclear(res);
    return value;
}

__attribute__((format(printf, 2, 3))) static inline const char *harness_sql(struct harness *h, const char *format, ...)
{
    char sql[8192];
    va_list args;

    va_start(args, format);
    vsnprintf(sql, sizeof sql, format, args);
    va_end(args);
    return harness_sql_on(h->super, sql);
}

__attribute__((format(printf, 2, 3))) static inline int64_t harness_i64(struct harness *h, const char *format, ...)
{
    char sql[8192];
    va_list args;

    va_start(args, format);
    vsnprintf(sql, sizeof sql, format, args);
    va_end(args);
    return strtoll(harness_sql_on(h->super, sql), NULL, 10);
}

static inline struct db *harness_db(const char *url, const char *role)
{
    const struct db_options o = {
        .url = url, .user = role, .name = "test", .statement_timeout_ms = 10000, .lock_timeout_ms = 5000
    };

    return db_new(&o);
}

/* A context with a connection and an arena of its own; harness_ctx_close() ends it. */
static inline struct ctx harness_ctx(const struct harness *h, const char *role)
{
    return (struct ctx) {
        .db = harness_db(h->url, role), .mem = arena_new(0), .cfg = h->cfg, .seal = &h->seal, .id = "test"
    };
}

static inline void harness_ctx_close(struct ctx *c)
{
    db_free(c->db);
    arena_free(c->mem);
}

/* Makes the roles and the migrated template once a cluster; programs may start at the same time. */
static inline void harness_template(PGconn *pg)
{
    char url[300];
    struct fail why = { 0 };
    struct migrate_report report;

    harness_sql_on(pg, "SELECT pg_advisory_lock(1)");
    if (*harness_sql_on(pg, "SELECT 1 FROM pg_database WHERE datname = 'tanggap_template'") == '\0') {
        harness_sql_on(pg, "CREATE ROLE tanggap_owner LOGIN");
        harness_sql_on(pg, "CREATE ROLE tanggap_web LOGIN");
        harness_sql_on(pg, "CREATE ROLE tanggap_work LOGIN");
        harness_sql_on(pg, "CREATE DATABASE tanggap_making OWNER tanggap_owner");
        snprintf(url, sizeof url, "%s dbname=tanggap_making", getenv("TANGGAP_TEST_PG"));
        struct db *owner = harness_db(url, "tanggap_owner");
        int rc = migrate_up(owner, &report, &why);
        if (rc)
            print_error("migrate: %s\n", why.text);
        assert_int_equal(rc, 0);
        db_free(owner);
        harness_sql_on(pg, "ALTER DATABASE tanggap_making RENAME TO tanggap_template");
    }
    harness_sql_on(pg, "SELECT pg_advisory_unlock(1)");
}

static inline int harness_open(void **state)
{
    struct harness *h = calloc(1, sizeof *h);
    struct fail why = { 0 };
    char sql[300];

    if (!getenv("TANGGAP_TEST_PG")) {
        print_error("run me through tests/db/run\n");
        return -1;
    }
    if (!h || crypto_init() || config_load(NULL, &h->cfg, &why)) {
        print_error("set-up: %s\n", why.text);
        return -1;
    }
    crypto_seal_new(&h->seal);
    PGconn *pg = harness_super("postgres");
    harness_template(pg);
    snprintf(h->database, sizeof h->database, "t%ld", (long)getpid());
    snprintf(sql, sizeof sql, "CREATE DATABASE %s TEMPLATE tanggap_template OWNER tanggap_owner STRATEGY file_copy",
             h->database);
    harness_sql_on(pg, sql);
    PQfinish(pg);
    snprintf(h->url, sizeof h->url, "%s dbname=%s", getenv("TANGGAP_TEST_PG"), h->database);
    h->super = harness_super(h->database);
    h->owner = harness_ctx(h, "tanggap_owner");
    h->web = harness_ctx(h, "tanggap_web");
    h->work = harness_ctx(h, "tanggap_work");
    *state = h;
    return 0;
}

static inline int harness_close(void **state)
{
    struct harness *h = *state;

    harness_ctx_close(&h->owner);
    harness_ctx_close(&h->web);
    harness_ctx_close(&h->work);
    PQfinish(h->super);
    config_free(h->cfg);
    free(h);
    return 0;
}

static inline int64_t harness_business(struct harness *h, const char *name)
{
    return harness_i64(h, "INSERT INTO business (name) VALUES ('%s') RETURNING id", name);
}

static inline int64_t harness_channel(struct harness *h, int64_t business, const char *external_id)
{
    return harness_i64(h,
                       "INSERT INTO channel (business_id, platform, external_id, name, transport) "
                       "VALUES (%lld, 5, '%s', 'Bot', 1) RETURNING id",
                       (long long)business, external_id);
}

/* A person who may enter the business, with a session whose token hash is 32 times `token`. */
static inline int64_t harness_member(struct harness *h, int64_t business, const char *email, int role, char token)
{
    int64_t person = harness_i64(h,
                                 "INSERT INTO person (email, name, password_hash) VALUES ('%s', 'Sri Wahyuni', '-') "
                                 "RETURNING id",
                                 email);

    harness_sql(h, "INSERT INTO member (business_id, person_id, role) VALUES (%lld, %lld, %d)", (long long)business,
                (long long)person, role);
    harness_sql(h,
                "INSERT INTO session (token_hash, person_id, expires_at) "
                "VALUES (decode(repeat('%02x', 32), 'hex'), %lld, now() + interval '1 day')",
                (unsigned)token, (long long)person);
    return person;
}

#endif

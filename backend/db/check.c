/* Every embedded statement against the database as it is: types by preparing, grants by planning. */
#include "db/check.h"

#include "conn_priv.h"

#include <stdio.h>

unsigned db_role_bit(const char *role)
{
    static const struct {
        const char *name;
        unsigned bit;
    } roles[] = { { "tanggap_web", SQL_FOR_WEB },
                  { "tanggap_work", SQL_FOR_WORK },
                  { "tanggap_owner", SQL_FOR_OWNER } };

    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (strcmp(role, roles[i].name) == 0)
            return roles[i].bit;
    return 0;
}

static bool done(PGconn *pg, PGresult *res, struct buf *problem)
{
    ExecStatusType status = PQresultStatus(res);
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;

    if (!ok) {
        buf_reset(problem);
        buf_str(problem, text ? text : PQerrorMessage(pg));
    }
    PQclear(res);
    return ok;
}

static bool execute(PGconn *pg, const char *sql, struct buf *problem)
{
    return done(pg, PQexec(pg, sql), problem);
}

/* EXPLAIN opens the plan as running it would, permissions included, and stops there. */
static bool plan(PGconn *pg, const struct sql_statement *s, struct buf *problem)
{
    struct buf sql = BUF_INIT(4096);

    buf_printf(&sql, "EXPLAIN EXECUTE \"%s\"%s", s->name, s->params ? "(" : "");
    for (int i = 0; i < s->params; i++)
        buf_str(&sql, i ? ", NULL" : "NULL");
    buf_str(&sql, s->params ? ")" : "");
    bool ok = !sql.failed && execute(pg, sql.ptr, problem);
    buf_fini(&sql);
    return ok;
}

static bool makes_a_table(const struct sql_statement *s)
{
    return text_starts(text_of(s->text), TEXT("CREATE TEMP"));
}

static bool check(PGconn *pg, const struct sql_statement *s, struct buf *problem)
{
    return makes_a_table(s) ? execute(pg, s->text, problem)
                            : done(pg, PQprepare(pg, s->name, s->text, 0, NULL), problem) && plan(pg, s, problem);
}

static int check_all(PGconn *pg, unsigned role, void (*report)(const char *name, const char *problem, void *arg),
                     void *arg)
{
    struct buf problem = BUF_INIT(2000), ignored = BUF_INIT(2000);
    int bad = 0;

    for (const struct sql_statement *s = sql_statements; s->name; s++) {
        if (s->roles && role && !(s->roles & role))
            continue;
        execute(pg, "SAVEPOINT one", &ignored);
        if (check(pg, s, &problem))
            continue;
        bad++;
        report(s->name, problem.ptr, arg);
        execute(pg, "ROLLBACK TO one", &ignored);
    }
    buf_fini(&problem);
    buf_fini(&ignored);
    return bad;
}

int db_check_statements(struct db *db, void (*report)(const char *name, const char *problem, void *arg), void *arg,
                        struct fail *why)
{
    struct buf problem = BUF_INIT(2000);

    if (db_connect(db, why))
        return -1;
    PGconn *pg = db_handle(db);
    if (!pg)
        return fail(why, FAIL_TRY_AGAIN, "database: connection lost");
    int bad = -1;
    if (execute(pg, "BEGIN", &problem))
        bad = check_all(pg, db_role_bit(PQuser(pg)), report, arg);
    if (bad < 0 || PQstatus(pg) != CONNECTION_OK)
        bad = fail(why, FAIL_TRY_AGAIN, "database: %s", problem.ptr ? problem.ptr : "connection lost");
    buf_fini(&problem);
    /* Statements of these names are prepared now, which query.c does not know. */
    conn_drop(db);
    return bad;
}

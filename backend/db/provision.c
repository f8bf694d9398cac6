/* Roles and database of a new server. */
#include "db/provision.h"

#include "util/arena.h"

#include <libpq-fe.h>

AUTO_DEFINE(pg, PGconn *, NULL, PQfinish)
AUTO_DEFINE(arena, struct arena *, NULL, arena_free)

int db_answers(const char *address)
{
    switch (PQping(address)) {
    case PQPING_OK:
        return 1;
    case PQPING_REJECT:
    case PQPING_NO_RESPONSE:
        return 0;
    case PQPING_NO_ATTEMPT:
        break;
    }
    return -1;
}

static int statement(PGconn *pg, const char *sql, struct fail *why)
{
    PGresult *result = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(result);
    int rows = PQntuples(result);

    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        return fail(why, FAIL_INTERNAL, "cannot set up the database: %s", PQerrorMessage(pg));
    return rows;
}

int db_provision(const char *address, struct fail *why)
{
    static const char *const roles[] = { "tanggap_owner", "tanggap_work", "tanggap_web" };
    AUTO(arena) struct arena *mem = arena_new(0);
    AUTO(pg) PGconn *pg = PQconnectdb(address);

    if (PQstatus(pg) != CONNECTION_OK)
        return fail(why, FAIL_TRY_AGAIN, "cannot reach the new cluster: %s", PQerrorMessage(pg));
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        int there = statement(pg, arena_printf(mem, "SELECT 1 FROM pg_roles WHERE rolname = '%s'", roles[i]), why);

        if (there < 0 || (there == 0 && statement(pg, arena_printf(mem, "CREATE ROLE %s LOGIN", roles[i]), why) < 0))
            return -1;
    }
    int there = statement(pg, "SELECT 1 FROM pg_database WHERE datname = 'tanggap'", why);
    if (there < 0 || (there == 0 && statement(pg, "CREATE DATABASE tanggap OWNER tanggap_owner", why) < 0))
        return -1;
    return statement(pg, "REVOKE CONNECT ON DATABASE tanggap FROM PUBLIC", why) < 0 ||
                   statement(pg, "GRANT CONNECT ON DATABASE tanggap TO tanggap_work, tanggap_web", why) < 0
               ? -1
               : 0;
}

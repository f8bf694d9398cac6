/* Embedded migrations: forward only, one transaction each, under one lock. */
#include "db/migrate.h"

#include "conn_priv.h"
#include "util/enc.h"
#include "util/str.h"

/* Any constant will do, as long as every version of the program uses the same. */
#define LOCK_SQL   "SELECT pg_advisory_lock(7453001)"
#define UNLOCK_SQL "SELECT pg_advisory_unlock(7453001)"
#define TABLE_SQL                                                                                                      \
    "CREATE TABLE IF NOT EXISTS schema_migration (number int PRIMARY KEY, name text NOT NULL, checksum text NOT "      \
    "NULL, "                                                                                                           \
    "applied_at timestamptz NOT NULL DEFAULT now()); "                                                                 \
    "COMMENT ON TABLE schema_migration IS 'Migrations this database has been through, with the SHA-256 of their "      \
    "text.'"

static void checksum_of(const struct sql_migration *m, char out[2 * CRYPTO_HASH_SIZE + 1])
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    crypto_sha256(text_of(m->text), hash);
    enc_hex(hash, sizeof hash, out);
}

static int failed(PGconn *pg, const PGresult *res, const char *what, struct fail *why)
{
    const char *text = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *at = res ? PQresultErrorField(res, PG_DIAG_STATEMENT_POSITION) : NULL;
    bool lost = PQstatus(pg) != CONNECTION_OK;

    return fail(why, lost ? FAIL_TRY_AGAIN : FAIL_INTERNAL, "%s: %s%s%s", what, text ? text : PQerrorMessage(pg),
                at ? ", at character " : "", at ? at : "");
}

static int execute(PGconn *pg, const char *sql, const char *what, struct fail *why)
{
    AUTO(result) PGresult *res = PQexec(pg, sql);
    ExecStatusType status = PQresultStatus(res);

    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
        return 0;
    return failed(pg, res, what, why);
}

/* Compares what the database has been through with what this program carries; *version is where it stands. */
static int compare(PGconn *pg, int *version, struct fail *why)
{
    AUTO(result) PGresult *res = PQexec(pg, "SELECT number, checksum FROM schema_migration ORDER BY number");

    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        return failed(pg, res, "schema_migration", why);
    int rows = PQntuples(res);
    for (int i = 0; i < rows; i++) {
        const struct sql_migration *m = &sql_migrations[i];
        int64_t number = 0;
        char checksum[2 * CRYPTO_HASH_SIZE + 1];

        if (str_whole_i64(text_of(PQgetvalue(res, i, 0)), &number, 0, INT32_MAX) || m->number == 0)
            return fail(why, FAIL_CONFLICT, "the database is newer than this program (it knows migration %s)",
                        PQgetvalue(res, i, 0));
        if (number != m->number)
            return fail(why, FAIL_CONFLICT, "migration %d is missing in the database", m->number);
        checksum_of(m, checksum);
        if (strcmp(checksum, PQgetvalue(res, i, 1)) != 0)
            return fail(why, FAIL_CONFLICT, "migration %s has changed since it was applied", m->name);
    }
    *version = rows;
    return 0;
}

static int apply(PGconn *pg, const struct sql_migration *m, struct fail *why)
{
    char checksum[2 * CRYPTO_HASH_SIZE + 1], number[12];
    const char *values[] = { number, m->name, checksum };

    checksum_of(m, checksum);
    snprintf(number, sizeof number, "%d", m->number);
    if (execute(pg, "BEGIN", m->name, why) || execute(pg, m->text, m->name, why))
        return -1;
    AUTO(result)
    PGresult *res = PQexecParams(pg, "INSERT INTO schema_migration (number, name, checksum) VALUES ($1::int, $2, $3)",
                                 3, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        return failed(pg, res, m->name, why);
    return execute(pg, "COMMIT", m->name, why);
}

static int apply_all(PGconn *pg, struct migrate_report *out, struct fail *why)
{
    int version = 0, applied = 0;

    if (execute(pg, TABLE_SQL, "schema_migration", why) || compare(pg, &version, why))
        return -1;
    for (const struct sql_migration *m = &sql_migrations[version]; m->number; m++, applied++)
        if (apply(pg, m, why))
            return -1;
    if (execute(pg, "BEGIN", "grants", why) || execute(pg, sql_grants, "grants", why) ||
        execute(pg, "COMMIT", "grants", why))
        return -1;
    *out = (struct migrate_report) { .applied = applied, .version = version + applied };
    return 0;
}

int migrate_up(struct db *owner, struct migrate_report *out, struct fail *why)
{
    if (db_connect(owner, why))
        return -1;
    PGconn *pg = db_handle(owner);
    if (!pg)
        return fail(why, FAIL_TRY_AGAIN, "database: connection lost");
    /* A migration may take as long as it needs, and so may the wait for another one. */
    int rc = execute(pg, "SET statement_timeout = 0; SET lock_timeout = 0; SET client_min_messages = warning",
                     "settings", why);
    if (rc == 0)
        rc = execute(pg, LOCK_SQL, "lock", why);
    if (rc == 0)
        rc = apply_all(pg, out, why);
    if (rc) {
        conn_drop(owner); /* takes an open transaction and the lock with it */
        return -1;
    }
    return execute(pg, UNLOCK_SQL "; RESET statement_timeout; RESET lock_timeout; RESET client_min_messages", "unlock",
                   why);
}

int migrate_check(struct db *db, int *version, struct fail *why)
{
    int at = 0, wanted = 0;

    if (db_connect(db, why))
        return -1;
    PGconn *pg = db_handle(db);
    if (!pg)
        return fail(why, FAIL_TRY_AGAIN, "database: connection lost");
    AUTO(result) PGresult *res = PQexec(pg, "SELECT to_regclass('public.schema_migration') IS NOT NULL");
    if (PQresultStatus(res) != PGRES_TUPLES_OK)
        return failed(pg, res, "schema_migration", why);
    if (PQgetvalue(res, 0, 0)[0] == 't' && compare(pg, &at, why))
        return -1;
    while (sql_migrations[wanted].number)
        wanted++;
    *version = at;
    return at == wanted ? 1 : 0;
}

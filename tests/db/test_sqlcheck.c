/* Every embedded statement: does it prepare, may its roles run it, and are its types what expected.txt says?
 * TANGGAP_UPDATE_EXPECTED=1 writes tests/db/expected.txt anew; read the difference before committing it. */
#include "harness.h"

#include "db/check.h"
#include "util/buf.h"

#define EXPECTED "tests/db/expected.txt"

static void complain(const char *name, const char *problem, void *arg)
{
    print_error("%s: %s\n", name, problem);
    ++*(int *)arg;
}

static void check_as(struct harness *h, const char *role)
{
    struct db *db = harness_db(h->url, role);
    struct fail why = { 0 };
    int complaints = 0;

    assert_int_equal(db_check_statements(db, complain, &complaints, &why), 0);
    assert_int_equal(complaints, 0);
    db_free(db);
}

static void serve_may_run_its_statements(void **state)
{
    check_as(*state, "tanggap_web");
}

static void work_may_run_its_statements(void **state)
{
    check_as(*state, "tanggap_work");
}

static void commands_may_run_theirs(void **state)
{
    check_as(*state, "tanggap_owner");
}

static void hush(const char *name, const char *problem, void *arg)
{
    (void)name;
    assert_non_null(strstr(problem, "permission denied"));
    ++*(int *)arg;
}

static void a_missing_grant_is_found(void **state)
{
    struct harness *h = *state;
    struct db *db = harness_db(h->url, "tanggap_web");
    struct fail why = { 0 };
    int complaints = 0;

    harness_sql(h, "REVOKE SELECT ON thread FROM tanggap_web");
    assert_true(db_check_statements(db, hush, &complaints, &why) > 0);
    assert_true(complaints > 0);
    harness_sql(h, "GRANT SELECT ON thread TO tanggap_web");
    complaints = 0;
    assert_int_equal(db_check_statements(db, hush, &complaints, &why), 0);
    db_free(db);
}

static void every_statement_says_who_runs_it(void **state)
{
    (void)state;
    for (const struct sql_statement *s = sql_statements; s->name; s++) {
        if (!s->roles)
            print_error("%s has no line `-- for: web work owner`\n", s->name);
        assert_int_not_equal(s->roles, 0);
    }
}

/* ---- grants that nothing needs ---- */

static bool mentions(const char *sql, const char *table)
{
    size_t len = strlen(table);

    for (const char *p = sql; (p = strstr(p, table)) != NULL; p += len) {
        char before = p == sql ? ' ' : p[-1], after = p[len];

        if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789_", before) &&
            !strchr("abcdefghijklmnopqrstuvwxyz0123456789_", after ? after : ' '))
            return true;
    }
    return false;
}

/* May the role still run it? The statement is prepared; a savepoint is open. */
static bool may_run(PGconn *pg, const struct sql_statement *s)
{
    struct buf sql = BUF_INIT(4096);

    buf_printf(&sql, "EXPLAIN EXECUTE \"%s\"", s->name);
    for (int i = 0; i < s->params; i++)
        buf_str(&sql, i ? ", NULL" : "(NULL");
    buf_str(&sql, s->params ? ")" : "");
    PGresult *res = PQexec(pg, sql.ptr);
    bool ok = PQresultStatus(res) == PGRES_TUPLES_OK;
    PQclear(res);
    buf_fini(&sql);
    return ok;
}

/* Takes one privilege away and looks for a statement that misses it. */
static bool is_needed(PGconn *pg, const char *role, unsigned bit, const char *table, const char *privilege)
{
    char sql[300];
    bool needed = false;

    harness_sql_on(pg, "RESET ROLE; SAVEPOINT taken");
    snprintf(sql, sizeof sql, "REVOKE %s ON %s FROM %s; SET LOCAL ROLE %s", privilege, table, role, role);
    harness_sql_on(pg, sql);
    for (const struct sql_statement *s = sql_statements; s->name && !needed; s++)
        if ((s->roles & bit) && strncmp(s->text, "CREATE TEMP", 11) != 0 && mentions(s->text, table))
            needed = !may_run(pg, s);
    harness_sql_on(pg, "ROLLBACK TO taken");
    return needed;
}

/* Granted outside the statements' sight: what they are for. */
static const char *const for_other_reasons[] = {
    "tanggap_web SELECT schema_migration", /* migrate_check() */
    "tanggap_work SELECT schema_migration",
};

static bool is_excused(const char *role, const char *privilege, const char *table)
{
    char line[200];

    snprintf(line, sizeof line, "%s %s %s", role, privilege, table);
    for (size_t i = 0; i < COUNT_OF(for_other_reasons); i++)
        if (strcmp(line, for_other_reasons[i]) == 0)
            return true;
    return false;
}

static int superfluous(struct harness *h, const char *role, unsigned bit)
{
    PGconn *pg = h->super;
    char sql[1000];
    int found = 0;

    harness_sql_on(pg, "BEGIN");
    for (const struct sql_statement *s = sql_statements; s->name; s++)
        if (s->roles & bit)
            PQclear(strncmp(s->text, "CREATE TEMP", 11) == 0 ? PQexec(pg, s->text)
                                                             : PQprepare(pg, s->name, s->text, 0, NULL));
    snprintf(
        sql, sizeof sql,
        "SELECT DISTINCT c.relname, a.privilege_type FROM pg_class c "
        "LEFT JOIN pg_attribute t ON t.attrelid = c.oid AND t.attacl IS NOT NULL, "
        "LATERAL (SELECT * FROM aclexplode(c.relacl) UNION ALL SELECT * FROM aclexplode(t.attacl)) a "
        "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.grantee = '%s'::regrole ORDER BY 1, 2",
        role);
    PGresult *res = PQexec(pg, sql);
    assert_int_equal(PQresultStatus(res), PGRES_TUPLES_OK);
    for (int i = 0; i < PQntuples(res); i++) {
        const char *table = PQgetvalue(res, i, 0), *privilege = PQgetvalue(res, i, 1);

        if (is_excused(role, privilege, table) || is_needed(pg, role, bit, table, privilege))
            continue;
        print_error("%s needs no %s on %s\n", role, privilege, table);
        found++;
    }
    PQclear(res);
    harness_sql_on(pg, "ROLLBACK");
    harness_sql_on(pg, "DEALLOCATE ALL");
    return found;
}

static void grants_are_no_wider_than_the_statements(void **state)
{
    int found = superfluous(*state, "tanggap_web", SQL_FOR_WEB);

    found += superfluous(*state, "tanggap_work", SQL_FOR_WORK);
    assert_int_equal(found, 0);
}

/* ---- types ---- */

static const char *type_name(struct harness *h, Oid type)
{
    return harness_sql(h, "SELECT format_type(%u, NULL)", type);
}

static void describe(struct harness *h, const struct sql_statement *s, struct buf *out)
{
    bool makes_a_table = strncmp(s->text, "CREATE TEMP", 11) == 0;
    PGresult *res = makes_a_table ? PQexec(h->super, s->text) : PQprepare(h->super, s->name, s->text, 0, NULL);

    if (PQresultStatus(res) != PGRES_COMMAND_OK)
        print_error("%s: %s\n", s->name, PQresultErrorMessage(res));
    assert_int_equal(PQresultStatus(res), PGRES_COMMAND_OK);
    PQclear(res);
    buf_printf(out, "%s", s->name);
    if (!makes_a_table) {
        res = PQdescribePrepared(h->super, s->name);
        assert_int_equal(PQresultStatus(res), PGRES_COMMAND_OK);
        assert_int_equal(PQnparams(res), s->params);
        for (int i = 0; i < PQnparams(res); i++)
            buf_printf(out, "%s%s", i ? ", " : " (", type_name(h, PQparamtype(res, i)));
        buf_str(out, PQnparams(res) ? ")" : "");
        for (int i = 0; i < PQnfields(res); i++)
            buf_printf(out, "%s%s %s", i ? ", " : " -> ", PQfname(res, i), type_name(h, PQftype(res, i)));
        PQclear(res);
    }
    buf_char(out, '\n');
}

static void read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "re");
    size_t n;

    if (!f)
        return;
    do {
        char *room = buf_room(out, 4096);
        assert_non_null(room);
        n = fread(room, 1, 4096, f);
        buf_wrote(out, n);
    } while (n > 0);
    fclose(f);
}

static void first_difference(const char *is, const char *was)
{
    const char *is_line = is, *was_line = was;

    for (; *is && *is == *was; is++, was++)
        if (*is == '\n') {
            is_line = is + 1;
            was_line = was + 1;
        }
    print_error("is:  %.*s\nwas: %.*s\n", (int)strcspn(is_line, "\n"), is_line, (int)strcspn(was_line, "\n"), was_line);
}

static void types_are_as_listed(void **state)
{
    struct harness *h = *state;
    struct buf is = BUF_INIT((size_t)4 << 20), was = BUF_INIT((size_t)4 << 20);

    harness_sql_on(h->super, "BEGIN");
    for (const struct sql_statement *s = sql_statements; s->name; s++)
        describe(h, s, &is);
    harness_sql_on(h->super, "ROLLBACK");
    if (getenv("TANGGAP_UPDATE_EXPECTED")) {
        FILE *f = fopen(EXPECTED, "we");
        assert_non_null(f);
        fwrite(is.ptr, 1, is.len, f);
        fclose(f);
    }
    read_file(EXPECTED, &was);
    assert_non_null(is.ptr);
    assert_non_null(was.ptr);
    if (strcmp(is.ptr, was.ptr) != 0) {
        first_difference(is.ptr, was.ptr);
        print_error("if that is meant: TANGGAP_UPDATE_EXPECTED=1 tests/db/run build/dbtest test_sqlcheck\n");
    }
    assert_true(strcmp(is.ptr, was.ptr) == 0);
    buf_fini(&is);
    buf_fini(&was);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(serve_may_run_its_statements),
        cmocka_unit_test(work_may_run_its_statements),
        cmocka_unit_test(commands_may_run_theirs),
        cmocka_unit_test(a_missing_grant_is_found),
        cmocka_unit_test(every_statement_says_who_runs_it),
        cmocka_unit_test(grants_are_no_wider_than_the_statements),
        cmocka_unit_test(types_are_as_listed),
    };

    return HARNESS_RUN(tests);
}

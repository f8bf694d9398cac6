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
        cmocka_unit_test(types_are_as_listed),
    };

    return HARNESS_RUN(tests);
}

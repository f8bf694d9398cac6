#include "harness.h"

#include <pthread.h>

static struct db *fresh(const char *name, char url[300])
{
    char sql[200];
    PGconn *pg = harness_super("postgres");

    snprintf(sql, sizeof sql, "CREATE DATABASE %s OWNER tanggap_owner", name);
    harness_sql_on(pg, sql);
    PQfinish(pg);
    snprintf(url, 300, "%s dbname=%s", getenv("TANGGAP_TEST_PG"), name);
    return harness_db(url, "tanggap_owner");
}

static int migrations(void)
{
    int n = 0;

    while (sql_migrations[n].number)
        n++;
    return n;
}

static void an_empty_database_comes_up_and_stays_up(void **state)
{
    char url[300];
    struct db *db = fresh("m_twice", url);
    struct migrate_report report;
    struct fail why = { 0 };
    int version = -1;

    (void)state;
    assert_int_equal(migrate_check(db, &version, &why), 0);
    assert_int_equal(version, 0);
    assert_int_equal(migrate_up(db, &report, &why), 0);
    assert_int_equal(report.applied, migrations());
    assert_int_equal(migrate_check(db, &version, &why), 1);
    assert_int_equal(version, migrations());
    assert_int_equal(migrate_up(db, &report, &why), 0);
    assert_int_equal(report.applied, 0);
    assert_int_equal(report.version, migrations());
    db_free(db);
}

static void serve_and_work_can_see_where_the_schema_stands(void **state)
{
    struct harness *h = *state;
    struct fail why = { 0 };
    int version = 0;

    assert_int_equal(migrate_check(h->web.db, &version, &why), 1);
    assert_int_equal(migrate_check(h->work.db, &version, &why), 1);
}

struct runner {
    pthread_t thread;
    const char *url;
    struct migrate_report report;
    int rc;
    struct fail why;
};

static void *migrate_one(void *arg)
{
    struct runner *r = arg;
    struct db *db = harness_db(r->url, "tanggap_owner");

    r->rc = migrate_up(db, &r->report, &r->why);
    db_free(db);
    return NULL;
}

static void many_at_once_apply_each_migration_once(void **state)
{
    char url[300];
    struct runner runners[5] = { 0 };
    int applied = 0;

    (void)state;
    db_free(fresh("m_many", url));
    for (size_t i = 0; i < COUNT_OF(runners); i++) {
        runners[i].url = url;
        assert_int_equal(pthread_create(&runners[i].thread, NULL, migrate_one, &runners[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(runners); i++) {
        pthread_join(runners[i].thread, NULL);
        if (runners[i].rc)
            print_error("%s\n", runners[i].why.text);
        assert_int_equal(runners[i].rc, 0);
        applied += runners[i].report.applied;
    }
    assert_int_equal(applied, migrations());
}

static void a_changed_or_newer_or_gapped_history_is_refused(void **state)
{
    static const char *const harm[] = {
        "UPDATE schema_migration SET checksum = repeat('0', 64) WHERE number = 1",
        "INSERT INTO schema_migration (number, name, checksum) VALUES (9999, '9999_later', 'x')",
        "UPDATE schema_migration SET number = 0 WHERE number = 1",
    };
    static const char *const said[] = { "has changed", "newer than this program", "is missing" };
    char url[300];
    struct db *db = fresh("m_harm", url);
    struct migrate_report report = { -1, -1 };
    struct fail why = { 0 };
    int version = -1;

    (void)state;
    assert_int_equal(migrate_up(db, &report, &why), 0);
    report = (struct migrate_report) { -1, -1 };
    for (size_t i = 0; i < COUNT_OF(harm); i++) {
        PGconn *pg = harness_super("m_harm");

        harness_sql_on(pg, "CREATE TABLE kept AS SELECT * FROM schema_migration");
        harness_sql_on(pg, harm[i]);
        assert_int_equal(migrate_up(db, &report, &why), -1);
        assert_int_equal(why.code, FAIL_CONFLICT);
        assert_non_null(strstr(why.text, said[i]));
        assert_int_equal(migrate_check(db, &version, &why), -1);
        harness_sql_on(pg, "DELETE FROM schema_migration; INSERT INTO schema_migration SELECT * FROM kept; "
                           "DROP TABLE kept");
        PQfinish(pg);
    }
    assert_true(version == -1 && report.applied == -1);
    assert_int_equal(migrate_up(db, &report, &why), 0);
    db_free(db);
}

static void a_migration_that_fails_leaves_nothing_and_lets_the_next_try(void **state)
{
    char url[300];
    struct db *db = fresh("m_fail", url);
    struct migrate_report report;
    struct fail why = { 0 };
    PGconn *pg = harness_super("m_fail");

    (void)state;
    /* In the way of the first migration, near its end. */
    harness_sql_on(pg, "CREATE TABLE erasure (x int); ALTER TABLE erasure OWNER TO tanggap_owner");
    assert_int_equal(migrate_up(db, &report, &why), -1);
    assert_non_null(strstr(why.text, "already exists"));
    assert_string_equal(harness_sql_on(pg, "SELECT count(*) FROM schema_migration"), "0");
    assert_string_equal(harness_sql_on(pg, "SELECT to_regclass('business') IS NULL"), "t");
    harness_sql_on(pg, "DROP TABLE erasure");
    assert_int_equal(migrate_up(db, &report, &why), 0);
    PQfinish(pg);
    db_free(db);
}

static void grants_are_mended_by_every_run(void **state)
{
    struct harness *h = *state;
    struct migrate_report report;
    struct fail why = { 0 };

    harness_sql(h, "REVOKE SELECT ON message FROM tanggap_web; GRANT DELETE ON message TO tanggap_web");
    assert_int_equal(migrate_up(h->owner.db, &report, &why), 0);
    assert_string_equal(harness_sql(h, "SELECT has_table_privilege('tanggap_web', 'message', 'SELECT') AND NOT "
                                       "has_table_privilege('tanggap_web', 'message', 'DELETE')"),
                        "t");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_database_comes_up_and_stays_up),
        cmocka_unit_test(serve_and_work_can_see_where_the_schema_stands),
        cmocka_unit_test(many_at_once_apply_each_migration_once),
        cmocka_unit_test(a_changed_or_newer_or_gapped_history_is_refused),
        cmocka_unit_test(a_migration_that_fails_leaves_nothing_and_lets_the_next_try),
        cmocka_unit_test(grants_are_mended_by_every_run),
    };

    return HARNESS_RUN(tests);
}

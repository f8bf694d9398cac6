/* backend/db/embed.awk, which turns sql/ into C: what it takes and what it refuses. Run from the top of the tree. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct place {
    char dir[64], query[100], migration[100], out[100];
};

static void put(const char *path, const char *content)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    fputs(content, f);
    fclose(f);
}

static struct place place_new(const char *queries, const char *migration_name)
{
    struct place p = { .dir = "/tmp/tanggap-embed.XXXXXX" };
    char path[100];

    assert_non_null(mkdtemp(p.dir));
    snprintf(path, sizeof(path), "%s/queries", p.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/migrations", p.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(p.query, sizeof(p.query), "%s/queries/a.sql", p.dir);
    snprintf(p.migration, sizeof(p.migration), "%s/migrations/%s.sql", p.dir, migration_name);
    snprintf(p.out, sizeof(p.out), "out=%s/gen", p.dir);
    put(p.query, queries);
    put(p.migration, "CREATE TABLE t (x int);\n");
    return p;
}

/* 0 when awk made both files; the folder is gone afterwards. The C text is copied into out. */
static int embed(const char *queries, const char *migration_name, char *out, size_t size)
{
    struct place p = place_new(queries, migration_name);
    char path[120];
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDERR_FILENO);
        execlp("awk", "awk", "-v", p.out, "-f", "backend/db/embed.awk", p.query, p.migration, (char *)NULL);
        _exit(127);
    }
    assert_true(waitpid(child, &status, 0) == child);
    snprintf(path, sizeof(path), "%s/gen.c", p.dir);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(out, 1, size - 1, f) : 0;
    out[n] = '\0';
    if (f)
        fclose(f);
    unlink(path);
    snprintf(path, sizeof(path), "%s/gen.h", p.dir);
    unlink(path);
    unlink(p.query);
    unlink(p.migration);
    snprintf(path, sizeof(path), "%s/queries", p.dir);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/migrations", p.dir);
    rmdir(path);
    rmdir(p.dir);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_statement_keeps_its_text_parameters_and_roles(void **state)
{
    char c[4000];

    (void)state;
    assert_int_equal(embed("-- a file\n\n-- name: one\n-- for: web, work\nSELECT $1, '\\\"?', $12 -- not $99\n"
                           "-- a remark about $50\nFROM t\n\n-- name: two\nSELECT 1;\n",
                           "0001_first", c, sizeof(c)),
                     0);
    assert_non_null(strstr(c, "{ \"one\""));
    assert_non_null(strstr(c, "\"SELECT $1, '\\\\\\\"\\?', $12 -- not $99\\n\"\n        \"FROM t\\n\""));
    assert_non_null(strstr(c, ", 12, SQL_FOR_WEB | SQL_FOR_WORK }"));
    assert_non_null(strstr(c, "{ \"two\""));
    assert_non_null(strstr(c, ", 0, 0 }"));
    assert_non_null(strstr(c, "{ 1, \"0001_first\""));
}

static void what_statements_share_stands_once(void **state)
{
    char c[4000];

    (void)state;
    assert_int_equal(embed("-- part: head\nSELECT $3\n-- name: one\n@head\nFROM t\n-- name: two\n@head\nFROM u\n",
                           "0001_first", c, sizeof(c)),
                     0);
    assert_non_null(strstr(c, "\"SELECT $3\\n\"\n        \"FROM t\\n\"\n      , 3, 0 }"));
    assert_non_null(strstr(c, "\"SELECT $3\\n\"\n        \"FROM u\\n\"\n      , 3, 0 }"));
    assert_int_not_equal(embed("-- name: one\n@head\n", "0001_first", c, sizeof(c)), 0);
    assert_int_not_equal(embed("-- part: head\n-- name: one\nSELECT 1\n", "0001_first", c, sizeof(c)), 0);
    assert_int_not_equal(embed("-- part: head\nSELECT\n-- part: head\nSELECT\n", "0001_first", c, sizeof(c)), 0);
}

static void nothing_to_embed_is_fine(void **state)
{
    char c[4000];

    (void)state;
    assert_int_equal(embed("-- only words\n", "0001_first", c, sizeof(c)), 0);
}

static void what_is_not_clear_is_refused(void **state)
{
    static const char *const bad[] = {
        "-- name: a\nSELECT 1\n-- name: a\nSELECT 2\n", /* twice */
        "-- name: a\n\n-- name: b\nSELECT 1\n",         /* empty */
        "-- name: a\n-- only a remark\n",               /* empty at the end */
        "SELECT 1\n",                                   /* unnamed */
        "-- name: Big\nSELECT 1\n",                     /* not a name */
        "-- name: a b\nSELECT 1\n",                     /* two words */
        "-- name: a\n-- for: everyone\nSELECT 1\n",     /* no such role */
    };
    char c[4000];

    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_int_equal(embed(bad[i], "0001_first", c, sizeof(c)), 1);
}

static void migrations_are_numbered_without_gaps(void **state)
{
    char c[4000];

    (void)state;
    assert_int_equal(embed("", "0002_second", c, sizeof(c)), 1);
    assert_int_equal(embed("", "first", c, sizeof(c)), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_keeps_its_text_parameters_and_roles),
        cmocka_unit_test(what_statements_share_stands_once),
        cmocka_unit_test(nothing_to_embed_is_fine),
        cmocka_unit_test(what_is_not_clear_is_refused),
        cmocka_unit_test(migrations_are_numbered_without_gaps),
    };

    return RUN(tests);
}

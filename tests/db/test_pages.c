/* The plans of the pages that people open all day, as a prepared statement gets them after its first uses: one range of
 * one index, then keys. A page's cost must not grow with the table. */
#include "harness.h"

#include "util/buf.h"

/* Searching contacts by part of a username does read identity whole, once. */
static const char *const big_tables[] = { "conversation", "thread", "contact", "message" };

static void seed(struct harness *h)
{
    int64_t b = harness_business(h, "Ramai");

    harness_sql(h,
                "INSERT INTO channel (business_id, platform, external_id, name, transport) "
                "SELECT %lld, 5, 'c' || g, 'Bot ' || g, 1 FROM generate_series(1, 4) g",
                (long long)b);
    harness_sql(h, "INSERT INTO contact (business_id, name) SELECT %lld, 'Ibu ' || g FROM generate_series(1, 20000) g",
                (long long)b);
    harness_sql_on(
        h->super,
        "INSERT INTO identity (business_id, contact_id, platform, external_id) "
        "SELECT business_id, id, 5, id::text FROM contact;"
        "INSERT INTO thread (business_id, channel_id, type, external_id, contact_id) "
        "SELECT business_id, (SELECT min(id) FROM channel) + id % 4, 0, id::text, id FROM contact;"
        "INSERT INTO conversation (business_id, thread_id, channel_id, contact_id, first_at, last_at, "
        "wait_since, assignee_id, status) SELECT business_id, id, channel_id, contact_id, now(), now() - id * "
        "interval '1 minute', CASE WHEN id % 3 = 0 THEN now() - id * interval '1 minute' END, "
        "CASE WHEN id % 5 = 0 THEN 1 END, id % 3 FROM thread;"
        "INSERT INTO message (business_id, thread_id, conversation_id, channel_id, external_id, direction, "
        "sender_kind, sent_at, text) SELECT v.business_id, v.thread_id, v.id, v.channel_id, v.id || '/' || g, "
        "1, 1, v.last_at, 'Halo' FROM conversation v, generate_series(1, 3) g;"
        "ANALYZE");
}

static void explain(PGconn *pg, const struct sql_statement *s, struct buf *out)
{
    struct buf sql = BUF_INIT(1000);
    PGresult *res = PQprepare(pg, s->name, s->text, 0, NULL);

    assert_int_equal(PQresultStatus(res), PGRES_COMMAND_OK);
    PQclear(res);
    buf_printf(&sql, "EXPLAIN (COSTS OFF) EXECUTE \"%s\"", s->name);
    for (int i = 0; i < s->params; i++)
        buf_str(&sql, i ? ", NULL" : "(NULL");
    buf_str(&sql, s->params ? ")" : "");
    res = PQexec(pg, sql.ptr);
    assert_int_equal(PQresultStatus(res), PGRES_TUPLES_OK);
    buf_reset(out);
    for (int i = 0; i < PQntuples(res); i++)
        buf_printf(out, "%s\n", PQgetvalue(res, i, 0));
    PQclear(res);
    buf_fini(&sql);
}

static int reads_a_table_whole(const struct sql_statement *s, const char *plan)
{
    int bad = 0;

    for (size_t i = 0; i < COUNT_OF(big_tables); i++) {
        char node[80];

        snprintf(node, sizeof node, "Seq Scan on %s ", big_tables[i]);
        if (strstr(plan, node))
            bad++;
    }
    if (bad || strstr(plan, "Hash Join"))
        print_error("%s:\n%s\n", s->name, plan);
    return bad + (strstr(plan, "Hash Join") != NULL);
}

static void no_page_reads_a_table_whole(void **state)
{
    static const char *const pages[] = { "inbox_", "message_page", "contact_page", "activity_page",
                                         "conversation_episodes", "contact_get", "alike_", "apart_list",
                                         "merge_root", "merge_get" };
    struct harness *h = *state;
    struct buf plan = BUF_INIT(100000);
    int bad = 0, seen = 0;

    seed(h);
    harness_sql_on(h->super, "SET plan_cache_mode = force_generic_plan; SET ROLE tanggap_web");
    for (const struct sql_statement *s = sql_statements; s->name; s++)
        for (size_t i = 0; i < COUNT_OF(pages); i++) {
            if (strncmp(s->name, pages[i], strlen(pages[i])) != 0)
                continue;
            explain(h->super, s, &plan);
            bad += reads_a_table_whole(s, plan.ptr);
            seen++;
        }
    assert_true(seen >= 10);
    assert_int_equal(bad, 0);
    buf_fini(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_page_reads_a_table_whole),
    };

    return HARNESS_RUN(tests);
}

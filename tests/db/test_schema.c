/* The catalogue, held against the rules of the schema (design: database). Each check is a query that lists offenders.
 */
#include "harness.h"

/* Tables of a tenant: those with business_id, but for the ones that tie tenants to what has none. */
#define TENANT_TABLES                                                                                                  \
    "WITH tenant AS (SELECT c.oid, c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND "           \
    "a.attname = 'business_id' WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND "         \
    "c.relname NOT IN ('member', 'hook', 'delivery', 'ready', 'data_deletion')) "

static void assert_none(struct harness *h, const char *offenders)
{
    const char *found = harness_sql_on(h->super, offenders);

    if (*found)
        print_error("offenders: %s\n", found);
    assert_string_equal(found, "");
}

static void every_key_of_a_tenant_table_begins_with_the_business(void **state)
{
    assert_none(*state,
                TENANT_TABLES "SELECT string_agg(t.relname || '.' || i.indexrelid::regclass, ', ') FROM tenant t "
                              "JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique "
                              "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] "
                              "WHERE a.attname <> 'business_id'");
    assert_none(*state, TENANT_TABLES "SELECT string_agg(t.relname, ', ') FROM tenant t WHERE NOT EXISTS "
                                      "(SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p')");
    assert_none(*state, TENANT_TABLES "SELECT string_agg(t.relname || '.' || k.conname, ', ') FROM tenant t "
                                      "JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f' "
                                      "JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.conkey[1] "
                                      "WHERE a.attname <> 'business_id'");
}

/* channel_address and its like are how an app's webhook finds out which businesses it speaks of. */
static void every_index_of_a_tenant_table_begins_with_the_business(void **state)
{
    assert_none(*state, TENANT_TABLES "SELECT string_agg(i.indexrelid::regclass::text, ', ') FROM tenant t "
                                      "JOIN pg_index i ON i.indrelid = t.oid "
                                      "LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] "
                                      "WHERE a.attname IS DISTINCT FROM 'business_id' "
                                      "AND i.indexrelid::regclass::text NOT LIKE 'channel_address%'");
}

static void every_foreign_key_within_a_tenant_has_an_index_on_its_side(void **state)
{
    /* What is never deleted needs none: threads, contacts, channels, media and jobs stay. */
    assert_none(*state, TENANT_TABLES
                "SELECT string_agg(t.relname || '.' || k.conname, ', ') FROM tenant t "
                "JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f' "
                "AND k.confrelid::regclass::text IN ('conversation', 'message') "
                "WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = t.oid AND i.indpred IS NULL AND "
                "i.indkey[0] = k.conkey[1] AND i.indkey[1] = k.conkey[2])");
}

static void every_tenant_table_is_fenced_by_row_level_security(void **state)
{
    assert_none(*state, TENANT_TABLES
                "SELECT string_agg(t.relname, ', ') FROM tenant t JOIN pg_class c ON c.oid = t.oid "
                "WHERE NOT c.relrowsecurity OR (SELECT count(*) FROM pg_policy p WHERE p.polrelid = t.oid) <> 1 "
                "OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND p.polcmd = '*' AND "
                "pg_get_expr(p.polqual, p.polrelid) = '(business_id = ( SELECT current_business() AS current_business))' AND "
                "pg_get_expr(p.polwithcheck, p.polrelid) = '(business_id = ( SELECT current_business() AS current_business))')");
}

static void nothing_happens_behind_the_back(void **state)
{
    assert_none(*state, "SELECT string_agg(tgname, ', ') FROM pg_trigger WHERE NOT tgisinternal");
    assert_none(*state, "SELECT string_agg(rulename, ', ') FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class "
                        "WHERE c.relnamespace = 'public'::regnamespace");
}

static void identities_give_way_to_ids_from_elsewhere(void **state)
{
    assert_none(*state, "SELECT string_agg(attrelid::regclass || '.' || attname, ', ') FROM pg_attribute a "
                        "JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace AND "
                        "c.relkind = 'r' WHERE (attidentity <> '' AND attidentity <> 'd') OR "
                        "(attname = 'id' AND (attidentity = '' OR atttypid <> 'bigint'::regtype))");
}

static void times_know_their_zone(void **state)
{
    assert_none(*state, "SELECT string_agg(attrelid::regclass || '.' || attname, ', ') FROM pg_attribute a "
                        "JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace "
                        "WHERE a.atttypid IN ('timestamp'::regtype, 'time'::regtype, 'timetz'::regtype)");
}

static void tables_coded_columns_and_functions_say_what_they_mean(void **state)
{
    assert_none(*state, "SELECT string_agg(relname, ', ') FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                        "AND relkind IN ('r', 'p', 'v') AND obj_description(oid, 'pg_class') IS NULL");
    /* A number, a document or bytes tell nothing by themselves. */
    assert_none(*state, "SELECT string_agg(attrelid::regclass || '.' || attname, ', ') FROM pg_attribute a "
                        "JOIN pg_class c ON c.oid = a.attrelid AND c.relnamespace = 'public'::regnamespace AND "
                        "c.relkind = 'r' WHERE attnum > 0 AND NOT attisdropped AND atttypid = ANY "
                        "('{smallint,jsonb,json,bytea,interval,text[],bytea[]}'::regtype[]) AND "
                        "col_description(attrelid, attnum) IS NULL");
    assert_none(*state, "SELECT string_agg(proname, ', ') FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
                        "AND obj_description(oid, 'pg_proc') IS NULL");
}

static void the_two_services_own_nothing_and_bypass_nothing(void **state)
{
    assert_none(*state, "SELECT string_agg(rolname, ', ') FROM pg_roles WHERE rolname LIKE 'tanggap%' AND "
                        "(rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)");
    assert_none(*state, "SELECT string_agg(c.relname, ', ') FROM pg_class c WHERE relnamespace = "
                        "'public'::regnamespace AND pg_get_userbyid(relowner) <> 'tanggap_owner'");
    assert_none(*state, "SELECT string_agg(r.rolname || ' in ' || g.rolname, ', ') FROM pg_auth_members m "
                        "JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid "
                        "WHERE r.rolname LIKE 'tanggap%'");
    assert_none(*state, "SELECT string_agg(r, ', ') FROM unnest('{tanggap_web,tanggap_work}'::text[]) r "
                        "WHERE has_schema_privilege(r, 'public', 'CREATE')");
}

static void nobody_else_may_do_anything(void **state)
{
    assert_none(*state, "SELECT string_agg(c.relname, ', ') FROM pg_class c, aclexplode(c.relacl) a "
                        "WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0");
    assert_none(*state, "SELECT string_agg(p.proname, ', ') FROM pg_proc p WHERE p.pronamespace = "
                        "'public'::regnamespace AND (p.proacl IS NULL OR EXISTS "
                        "(SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0))");
    assert_none(*state, "SELECT string_agg(a.privilege_type, ', ') FROM pg_database d, aclexplode(d.datacl) a "
                        "WHERE d.datname = current_database() AND a.grantee = 0");
}

/* session_enter runs with every request, where a path of its own is too dear: it names all tables in full instead. */
static void functions_with_the_owners_rights_do_not_follow_the_callers_path(void **state)
{
    assert_none(*state, "SELECT string_agg(proname, ', ') FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
                        "AND prosecdef AND NOT coalesce(proconfig::text LIKE '%search_path=public, pg_temp%', false) "
                        "AND proname <> 'session_enter'");
    assert_none(*state, "SELECT proname FROM pg_proc WHERE proname = 'session_enter' "
                        "AND prosrc ~ '\\m(FROM|JOIN)\\s+(?!public\\.)'");
}

static void serve_cannot_read_a_sealed_token(void **state)
{
    struct ctx *c = &((struct harness *)*state)->web;

    db_enter_business(c, harness_business(*state, "Tersegel"));
    assert_failed(c, db_exec_text(c, "SELECT token_sealed FROM channel"), FAIL_INTERNAL);
    assert_non_null(strstr(c->fail.text, "42501"));
    assert_failed(c, db_exec_text(c, "SELECT secret_sealed FROM platform_app"), FAIL_INTERNAL);
    assert_ok(c, db_exec_text(c, "SELECT id, name, status FROM channel"));
    db_leave(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_of_a_tenant_table_begins_with_the_business),
        cmocka_unit_test(every_index_of_a_tenant_table_begins_with_the_business),
        cmocka_unit_test(every_foreign_key_within_a_tenant_has_an_index_on_its_side),
        cmocka_unit_test(every_tenant_table_is_fenced_by_row_level_security),
        cmocka_unit_test(nothing_happens_behind_the_back),
        cmocka_unit_test(identities_give_way_to_ids_from_elsewhere),
        cmocka_unit_test(times_know_their_zone),
        cmocka_unit_test(tables_coded_columns_and_functions_say_what_they_mean),
        cmocka_unit_test(the_two_services_own_nothing_and_bypass_nothing),
        cmocka_unit_test(nobody_else_may_do_anything),
        cmocka_unit_test(functions_with_the_owners_rights_do_not_follow_the_callers_path),
        cmocka_unit_test(serve_cannot_read_a_sealed_token),
    };

    return HARNESS_RUN(tests);
}

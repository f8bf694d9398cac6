#include "harness.h"

#include "domain/audit.h"
#include "domain/business.h"
#include "domain/person.h"

static struct ctx *begin(struct harness *h, int64_t business)
{
    struct ctx *c = &h->web;

    db_leave(c);
    arena_reset(c->mem);
    fail_clear(&c->fail);
    if (business)
        db_enter_business(c, business);
    else
        db_enter_system(c);
    return c;
}

static int find_business(const struct business *b, void *arg)
{
    struct business *wanted = arg;

    if (b->id == wanted->id)
        *wanted = *b;
    return 0;
}

static void a_business_is_added_and_listed(void **state)
{
    struct ctx *c = begin(*state, 0);
    struct business b = { 0 }, got;

    assert_ok(c, business_add(c, TEXT("  Warung Bu Sri "), (struct text) { 0 }, (struct text) { 0 }, false, &b.id));
    assert_ok(c, business_list(c, find_business, &b));
    assert_text(b.name, "Warung Bu Sri");
    assert_text(b.zone, "Asia/Jakarta");
    assert_int_equal(business_get(c, b.id, &got), 1);
    assert_text(got.language, "id");
    assert_int_equal(business_get(c, -1, &got), 0);
}

static void a_business_with_bad_fields_is_refused(void **state)
{
    struct ctx *c = begin(*state, 0);
    struct text none = { 0 };
    int64_t id = 0;

    assert_failed(c, business_add(c, TEXT("  "), none, none, false, &id), FAIL_BAD_FIELD);
    assert_string_equal(c->fail.field, "name");
    assert_failed(c, business_add(c, TEXT("A"), TEXT("Mars/Base"), none, false, &id), FAIL_BAD_FIELD);
    assert_string_equal(c->fail.field, "zone");
    assert_failed(c, business_add(c, TEXT("A"), none, TEXT("fr"), false, &id), FAIL_BAD_FIELD);
    assert_string_equal(c->fail.field, "language");
    assert_true(id == 0);
}

static void a_person_is_found_by_any_case_of_the_address(void **state)
{
    struct ctx *c = begin(*state, 0);
    struct person p;
    int64_t id = 0, again = 0;

    assert_ok(c, person_add(c, TEXT(" Dewi@Toko.Example"), TEXT("Dewi"), TEXT("en"), TEXT("rahasia banget"), &id));
    assert_int_equal(person_get_by_email(c, TEXT("dewi@TOKO.example"), &p), 1);
    assert_true(p.id == id && !p.is_disabled);
    assert_text(p.email, "dewi@toko.example");
    assert_text(p.language, "en");
    assert_true(crypto_password_ok(TEXT("rahasia banget"), p.password_hash.ptr));
    assert_failed(c, person_add(c, TEXT("dewi@toko.example"), TEXT("D"), TEXT("id"), TEXT("rahasia banget"), &again),
                  FAIL_CONFLICT);
    assert_string_equal(c->fail.field, "email");
    assert_int_equal(person_get_by_email(c, TEXT("nobody"), &p), 0);
}

static void a_new_password_ends_the_sessions(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Sandi"), person = harness_member(h, b, "sandi@toko.example", ROLE_OWNER, 'S');
    struct ctx *c = begin(h, 0);
    struct person p;

    assert_failed(c, person_passwd(c, person, TEXT("short")), FAIL_BAD_FIELD);
    assert_int_equal(harness_i64(h, "SELECT count(*) FROM session WHERE person_id = %lld", (long long)person), 1);
    assert_ok(c, person_passwd(c, person, TEXT("panjang sekali")));
    assert_int_equal(harness_i64(h, "SELECT count(*) FROM session WHERE person_id = %lld", (long long)person), 0);
    assert_int_equal(person_get_by_email(c, TEXT("sandi@toko.example"), &p), 1);
    assert_true(crypto_password_ok(TEXT("panjang sekali"), p.password_hash.ptr));
    assert_failed(c, person_passwd(c, -5, TEXT("panjang sekali")), FAIL_NOT_FOUND);
}

static int keep_member(const struct person *p, void *arg)
{
    *(struct person *)arg = *p;
    return 0;
}

static void a_member_has_the_latest_role_and_the_log_says_so(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Anggota"), bad = 0;
    struct ctx *c = begin(h, 0);
    struct person p = { 0 };
    int64_t id = 0;

    assert_ok(c, person_add(c, TEXT("agus@toko.example"), TEXT("Agus"), TEXT("id"), TEXT("kata sandi"), &id));
    c = begin(h, b);
    assert_ok(c, member_add(c, id, ROLE_AGENT));
    assert_ok(c, member_add(c, id, ROLE_APPROVER));
    assert_failed(c, member_add(c, id, (enum role)9), FAIL_BAD_FIELD);
    assert_failed(c, member_add(c, 123456789, ROLE_AGENT), FAIL_NOT_FOUND);
    assert_ok(c, person_list_members(c, keep_member, &p));
    assert_true(p.id == id && p.role == ROLE_APPROVER);
    assert_int_equal(
        harness_i64(h, "SELECT count(*) FROM audit WHERE business_id = %lld AND action = 'member.add'", (long long)b),
        2);
    assert_int_equal(audit_verify(c, &bad), 1);
}

static void fill_log(struct ctx *c, int rows)
{
    for (int i = 0; i < rows; i++)
        assert_ok(c, audit_add(c, "test.act", "thing:1", i % 2 ? TEXT("{\"é\":1}") : (struct text) { 0 }));
}

static void an_untouched_chain_verifies_across_pages(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Rantai"), bad = 0;
    struct ctx *c = begin(h, b);

    assert_int_equal(audit_verify(c, &bad), 1);
    fill_log(c, 3);
    harness_sql(h, "SET tanggap.business = '%lld'", (long long)b);
    harness_sql(h, "SELECT count(audit_append(%lld, 7, 'bulk', 'x', '{}')) FROM generate_series(1, 1200)",
                (long long)b);
    assert_int_equal(audit_verify(c, &bad), 1);
}

static void tampering_is_found_where_it_happened(void **state)
{
    static const char *const harm[] = {
        "UPDATE audit SET detail = '{\"x\":2}' WHERE business_id = %lld AND seq = 3",
        "UPDATE audit SET person_id = 99 WHERE business_id = %lld AND seq = 3",
        "UPDATE audit SET at = at + interval '1 second' WHERE business_id = %lld AND seq = 3",
        "DELETE FROM audit WHERE business_id = %lld AND seq = 3",
        "DELETE FROM audit WHERE business_id = %lld AND seq >= 3",
        "DELETE FROM audit_head WHERE business_id = %lld",
    };
    static const int64_t found_at[] = { 3, 3, 3, 3, 3, 6 };
    struct harness *h = *state;

    for (size_t i = 0; i < COUNT_OF(harm); i++) {
        int64_t b = harness_business(h, "Diubah"), bad = 0;
        struct ctx *c = begin(h, b);
        char sql[200];

        fill_log(c, 5);
        assert_int_equal(audit_verify(c, &bad), 1);
        /* Each of these texts has exactly one %lld. */
        snprintf(sql, sizeof sql, "%.*s%lld%s", (int)(strstr(harm[i], "%lld") - harm[i]), harm[i], (long long)b,
                 strstr(harm[i], "%lld") + 4);
        harness_sql_on(h->super, sql);
        assert_int_equal(audit_verify(c, &bad), 0);
        assert_true(bad == found_at[i]);
    }
}

static void nobody_writes_the_log_but_by_its_function(void **state)
{
    struct harness *h = *state;
    int64_t a = harness_business(h, "Log A"), b = harness_business(h, "Log B");
    struct ctx *c = begin(h, a);
    char sql[200];

    fill_log(c, 1);
    assert_failed(c, db_exec_text(c, "UPDATE audit SET detail = ''"), FAIL_INTERNAL);
    assert_failed(c, db_exec_text(c, "DELETE FROM audit"), FAIL_INTERNAL);
    snprintf(sql, sizeof sql, "SELECT audit_append(%lld, 1, 'x', 'y', '{}')", (long long)b);
    assert_failed(c, db_exec_text(c, sql), FAIL_INTERNAL);
    assert_failed(c, audit_add(c, "with\x1fseparator", "x", (struct text) { 0 }), FAIL_INTERNAL);
}

static void a_contact_has_one_reference_until_it_is_erased(void **state)
{
    struct harness *h = *state;
    int64_t b = harness_business(h, "Acuan");
    int64_t contact =
        harness_i64(h, "INSERT INTO contact (business_id, name) VALUES (%lld, 'Ibu Ani') RETURNING id", (long long)b);
    struct ctx *c = begin(h, b);
    char one[AUDIT_REF_SIZE], two[AUDIT_REF_SIZE];

    assert_int_equal(audit_contact_ref(c, contact, one), 1);
    assert_int_equal(audit_contact_ref(c, contact, two), 1);
    assert_string_equal(one, two);
    assert_int_equal(strlen(one), 32);
    harness_sql(h, "DELETE FROM contact_key WHERE contact_id = %lld", (long long)contact);
    harness_sql(h, "UPDATE contact SET erased_at = now() WHERE id = %lld", (long long)contact);
    assert_int_equal(audit_contact_ref(c, contact, two), 0);
    assert_int_equal(audit_contact_ref(c, -1, two), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_business_is_added_and_listed),
        cmocka_unit_test(a_business_with_bad_fields_is_refused),
        cmocka_unit_test(a_person_is_found_by_any_case_of_the_address),
        cmocka_unit_test(a_new_password_ends_the_sessions),
        cmocka_unit_test(a_member_has_the_latest_role_and_the_log_says_so),
        cmocka_unit_test(an_untouched_chain_verifies_across_pages),
        cmocka_unit_test(tampering_is_found_where_it_happened),
        cmocka_unit_test(nobody_writes_the_log_but_by_its_function),
        cmocka_unit_test(a_contact_has_one_reference_until_it_is_erased),
    };

    return HARNESS_RUN(tests);
}

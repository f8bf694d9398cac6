/* Two contacts that are one person: suggested, merged, parted again, forgotten. */
#include "ingest_kit.h"

#include "domain/audit.h"
#include "domain/contact.h"
#include "domain/erase.h"
#include "domain/inbox.h"
#include "domain/merge.h"
#include "domain/person.h"
#include "domain/suggest.h"

#include <pthread.h>

struct shop {
    struct kit k;
    struct ctx *c;                /* a person's, in the business */
    char token;
};

static void enter(struct ctx *c, int64_t business, char token)
{
    char hash[32];

    memset(hash, token, sizeof hash);
    db_leave(c);
    arena_reset(c->mem);
    fail_clear(&c->fail);
    db_enter_session(c, arena_text(c->mem, (struct text) { hash, sizeof hash }), business, 1u << ROLE_OWNER);
}

static struct ctx *person(struct shop *s)
{
    enter(s->c, s->k.business, s->token);
    return s->c;
}

static void open_shop(struct shop *s, struct harness *h, char token)
{
    char email[40];

    kit_open(&s->k, h);
    s->c = &h->web;
    s->token = token;
    snprintf(email, sizeof email, "sri-%c@toko.example", token);
    harness_member(h, s->k.business, email, ROLE_OWNER, token);
}

static struct event from(const char *who, const char *id, int64_t minute, const char *words)
{
    struct event ev = kit_in(who, id, kit_time(minute * MINUTE), words);

    ev.author.name = text_of(who);
    return ev;
}

static struct event with(struct event ev, const char *name, const char *username, const char *phone)
{
    ev.author.name = text_of(name);
    ev.author.username = text_of(username);
    ev.author.phone = text_of(phone);
    return ev;
}

/* As if it had come from another platform's channel. */
static void move_to(struct shop *s, const char *who, int platform)
{
    harness_sql(s->k.h, "UPDATE identity SET platform = %d WHERE business_id = %lld AND external_id = '%s'", platform,
                (long long)s->k.business, who);
}

static int64_t contact_of(struct shop *s, const char *who)
{
    return harness_i64(s->k.h, "SELECT contact_id FROM identity WHERE business_id = %lld AND external_id = '%s'",
                       (long long)s->k.business, who);
}

static int64_t root_of(struct shop *s, const char *who)
{
    return harness_i64(s->k.h, "SELECT coalesce(merged_into, id) FROM contact WHERE business_id = %lld AND id = %lld",
                       (long long)s->k.business, (long long)contact_of(s, who));
}

static int64_t join(struct shop *s, const char *into, const char *other, const char *key)
{
    int64_t id = 0;

    assert_ok(s->c, merge_join(person(s), text_of(key), contact_of(s, into), contact_of(s, other), &id));
    return id;
}

static void undo(struct shop *s, int64_t merge)
{
    int64_t contact = 0;

    assert_ok(s->c, merge_undo(person(s), merge, &contact));
}

static int count_row(const struct inbox_row *r, void *arg)
{
    (void)r;
    ++*(int *)arg;
    return 0;
}

static int count_contact(const struct contact_view *v, void *arg)
{
    (void)v;
    ++*(int *)arg;
    return 0;
}

static int found(struct shop *s, const char *search)
{
    int n = 0;

    assert_ok(s->c, contact_page(person(s), text_of(search), TEXT(""), 0, 50, count_contact, &n));
    return n;
}

static const struct suggestion *suggested(struct shop *s, const char *who, const char *other)
{
    static struct suggestion all[SUGGEST_MAX];
    size_t count = 0;

    assert_ok(s->c, suggest_for(person(s), contact_of(s, who), all, &count));
    for (size_t i = 0; i < count; i++)
        if (all[i].contact == root_of(s, other))
            return &all[i];
    return NULL;
}

static void one_number_is_found_in_any_spelling(void **state)
{
    struct shop s;

    open_shop(&s, *state, 'a');
    KIT_INGEST(&s.k, with(from("w1", "1", 0, "halo"), "Bu Sari", "", "+62 812-3456-7890"),
               with(from("w2", "2", 1, "halo"), "Toko Umum", "", "14045"), from("w3", "3", 2, "halo"));
    assert_string_equal(
        harness_sql(s.k.h, "SELECT phone FROM identity WHERE business_id = %lld AND external_id = 'w1'",
                    (long long)s.k.business),
        "6281234567890");
    assert_int_equal(found(&s, "0812-3456-7890"), 1);
    assert_int_equal(found(&s, "+62 (812) 3456 7890"), 1);
    assert_int_equal(found(&s, "006281234567890"), 1);
    assert_int_equal(found(&s, "0812 34"), 1);
    assert_int_equal(found(&s, "0813-3456-7890"), 0);
    assert_int_equal(found(&s, ""), 3);
}

/* A number is who somebody is where a source gives nothing else. */
static void two_spellings_of_a_number_are_one_contact(void **state)
{
    struct shop s;
    struct event a = with(from("", "1", 0, "halo"), "", "", "0812-1111-2222");
    struct event b = with(from("", "2", 1, "lagi"), "", "", "+62 812 1111 2222");

    open_shop(&s, *state, 'b');
    a.thread.id = b.thread.id = TEXT("strand");
    KIT_INGEST(&s.k, a, b);
    assert_int_equal(harness_i64(s.k.h, "SELECT count(*) FROM contact WHERE business_id = %lld", (long long)s.k.business),
                     1);
}

static void a_merge_shows_one_person_and_moves_nothing(void **state)
{
    struct shop s;
    struct contact_view v;
    int rows = 0;

    open_shop(&s, *state, 'c');
    KIT_INGEST(&s.k, from("sari", "1", 0, "halo"), from("ratna", "2", 1, "siang"));
    char *before = kit_dump(&s.k);
    int64_t sari = contact_of(&s, "sari"), ratna = contact_of(&s, "ratna"), merge = join(&s, "sari", "ratna", "key-merge-1");
    assert_int_equal(contact_get(person(&s), ratna, &v), 1);
    assert_true(v.id == sari && v.conversations == 2);
    assert_text(v.name, "sari");
    assert_int_equal(found(&s, ""), 1);
    assert_int_equal(found(&s, "ratna"), 1);
    assert_ok(s.c, inbox_of_contact(person(&s), sari, count_row, &rows));
    assert_int_equal(rows, 2);
    assert_int_equal(harness_i64(s.k.h, "SELECT count(*) FROM activity WHERE business_id = %lld AND kind = 8",
                                 (long long)s.k.business),
                     2);
    undo(&s, merge);
    char *after = kit_dump(&s.k);
    kit_assert_same(before, after);
    free(before);
    free(after);
    assert_int_equal(found(&s, ""), 2);
    assert_int_equal(harness_i64(s.k.h,
                                 "SELECT count(*) FROM audit WHERE business_id = %lld AND action IN "
                                 "('contact.merge', 'contact.unmerge')",
                                 (long long)s.k.business),
                     2);
}

static void what_comes_while_merged_stays_with_whom_it_came_to(void **state)
{
    struct shop s;
    int rows = 0;

    open_shop(&s, *state, 'd');
    KIT_INGEST(&s.k, from("sari", "1", 0, "halo"), from("ratna", "2", 1, "siang"));
    int64_t merge = join(&s, "sari", "ratna", "key-merge-2");
    struct event other = from("ratna", "4", 3000, "di utas lain");
    other.thread.id = TEXT("another strand");
    KIT_INGEST(&s.k, with(from("ratna", "3", 3000, "lagi"), "Ratna Dewi", "", ""), other);
    assert_string_equal(harness_sql(s.k.h, "SELECT name FROM contact WHERE business_id = %lld AND id = %lld",
                                    (long long)s.k.business, (long long)contact_of(&s, "sari")),
                        "sari");
    undo(&s, merge);
    assert_ok(s.c, inbox_of_contact(person(&s), contact_of(&s, "ratna"), count_row, &rows));
    assert_int_equal(rows, 3);
    rows = 0;
    assert_ok(s.c, inbox_of_contact(person(&s), contact_of(&s, "sari"), count_row, &rows));
    assert_int_equal(rows, 1);
    assert_string_equal(harness_sql(s.k.h, "SELECT name FROM contact WHERE business_id = %lld AND id = %lld",
                                    (long long)s.k.business, (long long)contact_of(&s, "ratna")),
                        "Ratna Dewi");
}

static void merges_of_merges_come_apart_in_any_order(void **state)
{
    struct shop s;

    open_shop(&s, *state, 'e');
    KIT_INGEST(&s.k, from("a", "1", 0, "x"), from("b", "2", 1, "x"), from("c", "3", 2, "x"), from("d", "4", 3, "x"));
    int64_t a = contact_of(&s, "a"), b = contact_of(&s, "b"), c = contact_of(&s, "c"), d = contact_of(&s, "d");
    int64_t ab = join(&s, "b", "a", "key-ab-11"), bc = join(&s, "c", "b", "key-bc-11"), ad = join(&s, "a", "d", "key-ad-11");
    assert_true(root_of(&s, "a") == c && root_of(&s, "b") == c && root_of(&s, "d") == c);
    undo(&s, ab);
    assert_true(root_of(&s, "a") == a && root_of(&s, "b") == c && root_of(&s, "d") == c);
    undo(&s, ad);
    undo(&s, ad);
    undo(&s, bc);
    assert_true(root_of(&s, "a") == a && root_of(&s, "b") == b && root_of(&s, "c") == c && root_of(&s, "d") == d);
    ab = join(&s, "b", "a", "key-ab-22");
    bc = join(&s, "c", "b", "key-bc-22");
    undo(&s, bc);
    assert_true(root_of(&s, "a") == b && root_of(&s, "b") == b && root_of(&s, "c") == c);
    undo(&s, ab);
    assert_true(root_of(&s, "a") == a);
}

static void asking_twice_merges_once(void **state)
{
    struct shop s;
    int64_t id = 0;

    open_shop(&s, *state, 'f');
    KIT_INGEST(&s.k, from("a", "1", 0, "x"), from("b", "2", 1, "x"));
    int64_t a = contact_of(&s, "a"), b = contact_of(&s, "b"), first = join(&s, "a", "b", "key-same-1");
    assert_true(join(&s, "a", "b", "key-same-1") == first);
    assert_true(join(&s, "b", "a", "key-other-1") == first);
    assert_failed(s.c, merge_join(person(&s), TEXT("key-self-1"), a, a, &id), FAIL_BAD_FIELD);
    assert_string_equal(s.c->fail.field, "other");
    assert_failed(s.c, merge_join(person(&s), TEXT("key-none-1"), a, 999999999, &id), FAIL_BAD_FIELD);
    assert_failed(s.c, merge_join(person(&s), TEXT("key-none-2"), 999999999, a, &id), FAIL_NOT_FOUND);
    assert_failed(s.c, merge_undo(person(&s), 999999999, &id), FAIL_NOT_FOUND);
    assert_failed(s.c, merge_refuse(person(&s), a, b), FAIL_CONFLICT);
}

struct racer {
    struct ctx c;
    struct shop *s;
    int64_t into, other, id;
    const char *key;
    int rc;
};

static void *race(void *arg)
{
    struct racer *r = arg;

    enter(&r->c, r->s->k.business, r->s->token);
    r->rc = merge_join(&r->c, text_of(r->key), r->into, r->other, &r->id);
    return NULL;
}

static void two_at_once_make_no_circle(void **state)
{
    struct shop s;

    open_shop(&s, *state, 'g');
    KIT_INGEST(&s.k, from("a", "1", 0, "x"), from("b", "2", 1, "x"), from("c", "3", 2, "x"));
    int64_t a = contact_of(&s, "a"), b = contact_of(&s, "b"), c = contact_of(&s, "c");
    struct racer all[] = { { .into = a, .other = b, .key = "race-key-1" }, { .into = b, .other = a, .key = "race-key-2" },
                           { .into = c, .other = b, .key = "race-key-3" }, { .into = b, .other = c, .key = "race-key-4" } };
    pthread_t threads[COUNT_OF(all)];

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        all[i].s = &s;
        all[i].c = harness_ctx(s.k.h, "tanggap_web");
        assert_int_equal(pthread_create(&threads[i], NULL, race, &all[i]), 0);
    }
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_ok(&all[i].c, all[i].rc);
        db_leave(&all[i].c);
        harness_ctx_close(&all[i].c);
    }
    assert_true(root_of(&s, "a") == root_of(&s, "b") && root_of(&s, "b") == root_of(&s, "c"));
    assert_int_equal(
        harness_i64(s.k.h, "SELECT count(*) FROM contact WHERE business_id = %lld AND merged_into IS NULL",
                    (long long)s.k.business),
        1);
    assert_int_equal(harness_i64(s.k.h, "SELECT count(*) FROM contact_merge WHERE business_id = %lld",
                                 (long long)s.k.business),
                     2);
}

static int run_erase(struct ctx *c, void *arg)
{
    struct erase_result ignored;

    return erase_contact(c, *(int64_t *)arg, &ignored);
}

static void erasing_one_of_them_erases_all(void **state)
{
    struct shop s;
    int64_t bad = 0, id = 0;

    open_shop(&s, *state, 'h');
    KIT_INGEST(&s.k, from("a", "1", 0, "rahasia"), from("b", "2", 1, "rahasia"), from("c", "3", 2, "tetap"));
    int64_t a = contact_of(&s, "a"), b = contact_of(&s, "b"), c = contact_of(&s, "c"), merge = join(&s, "a", "b", "key-erase");
    assert_ok(s.c, contact_erase(person(&s), b));
    assert_int_equal(harness_i64(s.k.h, "SELECT count(*) FROM job WHERE business_id = %lld AND kind = 4 AND key = '%lld'",
                                 (long long)s.k.business, (long long)a),
                     1);
    assert_failed(s.c, merge_join(person(&s), TEXT("key-going"), c, a, &id), FAIL_CONFLICT);
    assert_failed(s.c, merge_undo(person(&s), merge, &id), FAIL_CONFLICT);
    db_enter_business(s.k.c, s.k.business);
    assert_ok(s.k.c, db_tx(s.k.c, run_erase, &a));
    db_leave(s.k.c);
    assert_int_equal(harness_i64(s.k.h, "SELECT count(*) FROM message WHERE business_id = %lld AND text IS NOT NULL",
                                 (long long)s.k.business),
                     1);
    assert_int_equal(harness_i64(s.k.h,
                                 "SELECT count(*) FROM contact WHERE business_id = %lld AND erased_at IS NOT NULL "
                                 "AND name = ''",
                                 (long long)s.k.business),
                     2);
    assert_int_equal(harness_i64(s.k.h, "SELECT count(*) FROM contact_key WHERE business_id = %lld AND contact_id <> %lld",
                                 (long long)s.k.business, (long long)c),
                     0);
    assert_failed(s.c, merge_undo(person(&s), merge, &id), FAIL_CONFLICT);
    db_enter_business(s.k.c, s.k.business);
    assert_int_equal(audit_verify(s.k.c, &bad), 1);
    db_leave(s.k.c);
}

static void the_same_number_on_two_channels_is_a_reason(void **state)
{
    struct shop s;
    const struct suggestion *g;

    open_shop(&s, *state, 'i');
    KIT_INGEST(&s.k, with(from("w1", "1", 0, "halo"), "Bu Sari", "", "0812-3456-7890"),
               with(from("t1", "2", 1, "halo"), "Sari W", "", "+62 812 3456 7890"),
               with(from("t2", "3", 2, "halo"), "Lain", "", "0812-0000-7890"),
               with(from("n1", "4", 3, "halo"), "Tanpa Nomor", "", ""));
    g = suggested(&s, "w1", "t1");
    assert_non_null(g);
    assert_text(g->value[SUGGEST_PHONE], "6281234567890");
    assert_non_null(suggested(&s, "t1", "w1"));
    assert_null(suggested(&s, "w1", "t2"));
    assert_null(suggested(&s, "n1", "w1"));
}

static void a_username_is_a_reason_only_with_a_name_alike_and_elsewhere(void **state)
{
    struct shop s;

    open_shop(&s, *state, 'j');
    KIT_INGEST(&s.k, with(from("i1", "1", 0, "halo"), "Sari Wulandari", "@Sari.Cake", ""),
               with(from("x1", "2", 1, "halo"), "Bu Sari", "sari.cake", ""),
               with(from("x2", "3", 2, "halo"), "Bu Ratna", "sari.cake", ""),
               with(from("i2", "4", 3, "halo"), "Sari Lain", "sari.cake", ""));
    move_to(&s, "x1", PLATFORM_X);
    move_to(&s, "x2", PLATFORM_YOUTUBE);
    assert_non_null(suggested(&s, "i1", "x1"));
    assert_null(suggested(&s, "i1", "x2"));
    assert_null(suggested(&s, "i1", "i2"));
}

static void a_handle_in_a_message_is_a_reason_with_the_same_name(void **state)
{
    struct shop s;
    const struct suggestion *g;

    open_shop(&s, *state, 'k');
    KIT_INGEST(&s.k, with(from("w1", "1", 0, "IG saya @sari.cake ya Kak"), "Sari", "", ""),
               with(from("i1", "2", 1, "halo"), "sari", "sari.cake", ""),
               with(from("w2", "3", 2, "lihat ig sari.cake"), "Budi", "", ""));
    g = suggested(&s, "w1", "i1");
    assert_non_null(g);
    assert_text(g->value[SUGGEST_HANDLE], "sari.cake");
    g = suggested(&s, "i1", "w1");
    assert_non_null(g);
    assert_text(g->value[SUGGEST_HANDLE_BACK], "sari.cake");
    assert_null(suggested(&s, "w2", "i1"));
}

static void a_number_in_a_message_is_a_reason(void **state)
{
    struct shop s;
    const struct suggestion *g;

    open_shop(&s, *state, 'l');
    KIT_INGEST(&s.k, with(from("i1", "1", 0, "Hubungi WA saya 0812 3456 7890"), "Sari", "", ""),
               with(from("w1", "2", 1, "halo"), "Sari", "", "6281234567890"),
               with(from("w2", "3", 2, "halo"), "Wulan", "", "6281234567890"));
    g = suggested(&s, "i1", "w1");
    assert_non_null(g);
    assert_text(g->value[SUGGEST_NUMBER], "6281234567890");
    assert_non_null(suggested(&s, "i1", "w2"));
    g = suggested(&s, "w1", "i1");
    assert_non_null(g);
    assert_text(g->value[SUGGEST_NUMBER_BACK], "6281234567890");
    KIT_INGEST(&s.k, kit_about(EVENT_DELETE, "i1", "1", kit_time(5 * MINUTE)));
    assert_null(suggested(&s, "i1", "w1"));
}

static void who_was_told_apart_is_never_suggested_again(void **state)
{
    struct shop s;

    open_shop(&s, *state, 'm');
    KIT_INGEST(&s.k, with(from("a", "1", 0, "x"), "A", "", "081234567890"), with(from("b", "2", 1, "x"), "B", "", "081234567890"),
               with(from("c", "3", 2, "x"), "C", "", "081234567890"), with(from("d", "4", 3, "x"), "D", "", "081234567890"));
    assert_non_null(suggested(&s, "a", "b"));
    assert_ok(s.c, merge_refuse(person(&s), contact_of(&s, "b"), contact_of(&s, "a")));
    assert_ok(s.c, merge_refuse(person(&s), contact_of(&s, "a"), contact_of(&s, "b")));
    assert_null(suggested(&s, "a", "b"));
    assert_null(suggested(&s, "b", "a"));
    /* Not by way of a third either. */
    join(&s, "c", "a", "key-third");
    assert_null(suggested(&s, "c", "b"));
    assert_null(suggested(&s, "b", "c"));
    undo(&s, join(&s, "d", "b", "key-fourth"));
    assert_null(suggested(&s, "d", "b"));
    assert_non_null(suggested(&s, "d", "c"));
}

static void another_business_sees_nothing_of_it(void **state)
{
    struct shop s, other;
    struct suggestion all[SUGGEST_MAX];
    size_t count = 0;
    int64_t id = 0;

    open_shop(&s, *state, 'n');
    open_shop(&other, *state, 'o');
    KIT_INGEST(&s.k, with(from("a", "1", 0, "x"), "A", "", "081234567890"), from("b", "2", 1, "x"));
    KIT_INGEST(&other.k, with(from("a", "1", 0, "x"), "A", "", "081234567890"));
    int64_t merge = join(&s, "a", "b", "key-tenant");
    assert_ok(other.c, suggest_for(person(&other), contact_of(&other, "a"), all, &count));
    assert_int_equal(count, 0);
    assert_failed(other.c, merge_join(person(&other), TEXT("key-across"), contact_of(&other, "a"), contact_of(&s, "a"), &id),
                  FAIL_BAD_FIELD);
    assert_failed(other.c, merge_undo(person(&other), merge, &id), FAIL_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_number_is_found_in_any_spelling),
        cmocka_unit_test(two_spellings_of_a_number_are_one_contact),
        cmocka_unit_test(a_merge_shows_one_person_and_moves_nothing),
        cmocka_unit_test(what_comes_while_merged_stays_with_whom_it_came_to),
        cmocka_unit_test(merges_of_merges_come_apart_in_any_order),
        cmocka_unit_test(asking_twice_merges_once),
        cmocka_unit_test(two_at_once_make_no_circle),
        cmocka_unit_test(erasing_one_of_them_erases_all),
        cmocka_unit_test(the_same_number_on_two_channels_is_a_reason),
        cmocka_unit_test(a_username_is_a_reason_only_with_a_name_alike_and_elsewhere),
        cmocka_unit_test(a_handle_in_a_message_is_a_reason_with_the_same_name),
        cmocka_unit_test(a_number_in_a_message_is_a_reason),
        cmocka_unit_test(who_was_told_apart_is_never_suggested_again),
        cmocka_unit_test(another_business_sees_nothing_of_it),
    };

    return HARNESS_RUN(tests);
}

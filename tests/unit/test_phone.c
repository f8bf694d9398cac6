/* One number, however it is written. */
#include "unit.h"

#include "util/phone.h"

static const char *normal(const char *written)
{
    static char out[PHONE_SIZE];

    return phone_normal(text_of(written), PHONE_INDONESIA, out) ? out : "none";
}

static void every_spelling_is_one_number(void **state)
{
    static const char *const same[] = {
        "081234567890", "6281234567890", "+6281234567890", "006281234567890", "0812-3456-7890", "0812 3456 7890",
        "+62 812-3456-7890", "(0812) 3456.7890", "+62 (0)812 3456 7890", "62 0812 3456 7890", "+62 0812-3456-7890",
        "(+62) 812 3456 7890", "\xe2\x80\xaa+62\xc2\xa0" "812\xe2\x80\x91" "3456\xe2\x80\x91" "7890\xe2\x80\xac",
        " 0812/34567890 ",
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(same); i++)
        if (strcmp(normal(same[i]), "6281234567890") != 0)
            fail_msg("%s: %s", same[i], normal(same[i]));
}

static void other_countries_keep_their_own_code(void **state)
{
    (void)state;
    assert_string_equal(normal("+49 170 0000001"), "491700000001");
    assert_string_equal(normal("+44 (0)20 7946 0958"), "442079460958");
    assert_string_equal(normal("0060 12-345 6789"), "60123456789");
    assert_string_equal(normal("+1 (415) 555-0100"), "14155550100");
    assert_string_equal(normal("+39 06 1234 5678"), "390612345678");
    assert_string_equal(normal("(021) 555-1234"), "62215551234");
}

static void what_is_no_number_is_none(void **state)
{
    static const char *const none[] = {
        "", " ", "+", "0", "00", "14045", "1500888", "Bu Ratna", "0812 abc", "0812345678901234567", "62.500.000",
        "+0812345678", "0000000000", "491700000001", "81234567890", "12/05/2024", "+62", "++6281234567890",
        "0812+34567890", "62 812", "\xff\xfe", "US.13491208655302741918", "@sari", "+1 212",
    };
    char out[PHONE_SIZE] = "before";

    (void)state;
    for (size_t i = 0; i < COUNT_OF(none); i++)
        if (strcmp(normal(none[i]), "none") != 0)
            fail_msg("%s: %s", none[i], normal(none[i]));
    assert_false(phone_normal(TEXT("14045"), PHONE_INDONESIA, out));
    assert_string_equal(out, "before");
}

static void the_default_country_is_the_callers(void **state)
{
    char out[PHONE_SIZE];

    (void)state;
    assert_true(phone_normal(TEXT("012-345 6789"), "60", out));
    assert_string_equal(out, "60123456789");
    assert_true(phone_is_normal(text_of(out)));
    assert_false(phone_is_normal(TEXT("0812345678")));
    assert_false(phone_is_normal(TEXT("+6281234567890")));
    assert_false(phone_is_normal(TEXT("")));
}

static void numbers_are_found_in_running_text(void **state)
{
    struct text cur = TEXT("Kak, nomor WA saya 0812-3456-7890 ya, atau +49 170 0000001. Totalnya Rp 62.500.000 utk 3 dus, "
                           "resi JP0812345678901, invoice 2024111200012345, tgl 12-05-2024 jam 10.30, cs 0215551234");
    char out[PHONE_SIZE];

    (void)state;
    assert_true(phone_next(&cur, PHONE_INDONESIA, out));
    assert_string_equal(out, "6281234567890");
    assert_true(phone_next(&cur, PHONE_INDONESIA, out));
    assert_string_equal(out, "491700000001");
    assert_false(phone_next(&cur, PHONE_INDONESIA, out));
    assert_int_equal(cur.len, 0);
}

static void a_link_to_a_number_is_one(void **state)
{
    struct text cur = TEXT("wa.me/6281234567890?text=halo");
    char out[PHONE_SIZE];

    (void)state;
    assert_true(phone_next(&cur, PHONE_INDONESIA, out));
    assert_string_equal(out, "6281234567890");
}

static void a_part_of_a_number_finds_the_stored_one(void **state)
{
    char out[PHONE_SIZE] = "before";

    (void)state;
    assert_true(phone_part(TEXT("0812-3456-7890"), PHONE_INDONESIA, out));
    assert_string_equal(out, "6281234567890");
    assert_true(phone_part(TEXT("0812-34"), PHONE_INDONESIA, out));
    assert_string_equal(out, "81234");
    assert_true(phone_part(TEXT("34567890"), PHONE_INDONESIA, out));
    assert_string_equal(out, "34567890");
    assert_false(phone_part(TEXT("Sari"), PHONE_INDONESIA, out));
    assert_false(phone_part(TEXT("081"), PHONE_INDONESIA, out));
    assert_false(phone_part(TEXT(""), PHONE_INDONESIA, out));
    assert_string_equal(out, "34567890");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_is_one_number),
        cmocka_unit_test(other_countries_keep_their_own_code),
        cmocka_unit_test(what_is_no_number_is_none),
        cmocka_unit_test(the_default_country_is_the_callers),
        cmocka_unit_test(numbers_are_found_in_running_text),
        cmocka_unit_test(a_link_to_a_number_is_one),
        cmocka_unit_test(a_part_of_a_number_finds_the_stored_one),
    };

    return RUN(tests);
}

/* What makes two contacts look like one person. */
#include "unit.h"

#include "domain/alike.h"

static void names_with_a_word_in_common_are_alike(void **state)
{
    (void)state;
    assert_true(alike_names(TEXT("Bu Sari Wulandari"), TEXT("sari")));
    assert_true(alike_names(TEXT("sari.cake"), TEXT("Sari Cake")));
    assert_true(alike_names(TEXT("saricake"), TEXT("Sari Cake")));
    assert_true(alike_names(TEXT("\xd9\x85\xd8\xb1\xd9\x8a\xd9\x85"), TEXT("\xd9\x85\xd8\xb1\xd9\x8a\xd9\x85 A")));
    assert_true(alike_names(TEXT("O'B"), TEXT("ob")) == false);
}

static void a_form_of_address_makes_nobody_alike(void **state)
{
    (void)state;
    assert_false(alike_names(TEXT("Ibu Sari"), TEXT("Ibu Ratna")));
    assert_false(alike_names(TEXT("Pak"), TEXT("Pak")));
    assert_false(alike_names(TEXT(""), TEXT("")));
    assert_false(alike_names(TEXT("Sari"), TEXT("")));
    assert_false(alike_names(TEXT("Sari"), TEXT("Sarinah")));
}

static void a_handle_is_found_as_a_word_of_its_own(void **state)
{
    struct text words = TEXT("Kak, IG saya @Sari.Cake. Cek ya, bukan sari_cake2");

    (void)state;
    assert_true(alike_mentions(words, TEXT("sari.cake")));
    assert_true(alike_mentions(words, TEXT("sari_cake2")));
    assert_false(alike_mentions(words, TEXT("sari_cake")));
    assert_false(alike_mentions(words, TEXT("cake")));
    assert_false(alike_mentions(TEXT("surat@sari.cake.example"), TEXT("sari.cake")));
    assert_true(alike_mentions(TEXT("instagram.com/sari.cake/"), TEXT("sari.cake")));
    assert_false(alike_mentions(TEXT("iya"), TEXT("iya")));
    assert_false(alike_mentions(TEXT(""), TEXT("sari.cake")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_with_a_word_in_common_are_alike),
        cmocka_unit_test(a_form_of_address_makes_nobody_alike),
        cmocka_unit_test(a_handle_is_found_as_a_word_of_its_own),
    };

    return RUN(tests);
}

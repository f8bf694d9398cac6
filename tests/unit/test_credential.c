/* What opens a channel, read from its one sealed value. */
#include "unit.h"

#include "domain/credential.h"

static void a_bare_token_is_the_token(void **state)
{
    struct credential c;

    (void)state;
    credential_read(TEXT("123456:AbC=def"), &c);
    assert_true(text_equal(c.token, TEXT("123456:AbC=def")));
    assert_null(c.app_secret.ptr);
    credential_read((struct text){ NULL, 0 }, &c);
    assert_int_equal(c.token.len, 0);
}

static void what_is_written_is_read(void **state)
{
    const struct credential in = { TEXT("EAA=x"), TEXT("r"), TEXT("42"), TEXT("rahasia=") };
    struct credential out;
    struct buf b = BUF_INIT(4096);

    (void)state;
    assert_true(credential_write(&in, &b));
    credential_read(buf_as_text(&b), &out);
    assert_true(text_equal(out.token, in.token));
    assert_true(text_equal(out.refresh_token, in.refresh_token));
    assert_true(text_equal(out.app_id, in.app_id));
    assert_true(text_equal(out.app_secret, in.app_secret));
    buf_fini(&b);
}

static void a_value_cannot_smuggle_in_another(void **state)
{
    const struct credential in = { .token = TEXT("x\napp_secret=y") };
    struct buf b = BUF_INIT(4096);

    (void)state;
    assert_false(credential_write(&in, &b));
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

static void unknown_members_are_passed_over(void **state)
{
    struct credential c;

    (void)state;
    credential_read(TEXT("colour=red\ntoken=t\nnonsense\n"), &c);
    assert_true(text_equal(c.token, TEXT("t")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bare_token_is_the_token),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_value_cannot_smuggle_in_another),
        cmocka_unit_test(unknown_members_are_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

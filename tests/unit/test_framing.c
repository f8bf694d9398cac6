#include "unit.h"

#include "http/bridge.h"

struct line {
    const char *name, *value;
};

static const char *fault_of(const struct line *lines, size_t count)
{
    struct framing f = { 0 };

    for (size_t i = 0; i < count; i++)
        framing_note(&f, text_of(lines[i].name), text_of(lines[i].value));
    return framing_fault(&f);
}
#define FAULT(...) fault_of((const struct line[]){ __VA_ARGS__ }, \
                            sizeof((const struct line[]){ __VA_ARGS__ }) / sizeof(struct line))

static void plain_requests_pass(void **state)
{
    (void)state;
    assert_null(FAULT({ "Host", "x" }, { "Content-Length", "12" }, { "X-Csrf-Token", "a" }));
    assert_null(FAULT({ "Host", "x" }, { "Transfer-Encoding", "Chunked" }));
    assert_null(FAULT({ "Host", "x" }));
}

static void two_framings_are_refused(void **state)
{
    (void)state;
    assert_non_null(FAULT({ "Content-Length", "3" }, { "Transfer-Encoding", "chunked" }));
    assert_non_null(FAULT({ "transfer-encoding", "chunked" }, { "content-length", "3" }));
    assert_non_null(FAULT({ "Content-Length", "3" }, { "Content-Length", "3" }));
    assert_non_null(FAULT({ "Content-Length", "3" }, { "Content-Length", "4" }));
    assert_non_null(FAULT({ "Transfer-Encoding", "chunked" }, { "Transfer-Encoding", "chunked" }));
}

static void encodings_we_do_not_speak_are_refused(void **state)
{
    (void)state;
    assert_non_null(FAULT({ "Transfer-Encoding", "gzip, chunked" }));
    assert_non_null(FAULT({ "Transfer-Encoding", "identity" }));
    assert_non_null(FAULT({ "Transfer-Encoding", "chunked, identity" }));
    assert_non_null(FAULT({ "Transfer-Encoding", "" }));
}

static void lengths_are_plain_numbers(void **state)
{
    (void)state;
    assert_non_null(FAULT({ "Content-Length", "+3" }));
    assert_non_null(FAULT({ "Content-Length", "-3" }));
    assert_non_null(FAULT({ "Content-Length", "3, 3" }));
    assert_non_null(FAULT({ "Content-Length", "0x10" }));
    assert_non_null(FAULT({ "Content-Length", "" }));
    assert_non_null(FAULT({ "Content-Length", "99999999999999999999" }));
}

static void names_are_tokens(void **state)
{
    (void)state;
    assert_non_null(FAULT({ "Content-Length ", "3" }));
    assert_non_null(FAULT({ " Content-Length", "3" }));
    assert_non_null(FAULT({ "Content\tLength", "3" }));
    assert_non_null(FAULT({ "", "3" }));
    assert_non_null(FAULT({ "Host", "a" }, { "Host", "b" }));
}

static void too_much_is_refused(void **state)
{
    struct framing f = { 0 };

    (void)state;
    for (int i = 0; i < 101; i++)
        framing_note(&f, TEXT("X-One"), TEXT("1"));
    assert_non_null(framing_fault(&f));
    f = (struct framing){ .uri_len = 4097 };
    assert_non_null(framing_fault(&f));
    f = (struct framing){ .uri_len = 2100, .query_len = 2049 };
    assert_non_null(framing_fault(&f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_requests_pass),
        cmocka_unit_test(two_framings_are_refused),
        cmocka_unit_test(encodings_we_do_not_speak_are_refused),
        cmocka_unit_test(lengths_are_plain_numbers),
        cmocka_unit_test(names_are_tokens),
        cmocka_unit_test(too_much_is_refused),
    };
    return RUN(tests);
}

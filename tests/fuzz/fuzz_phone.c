/* Whatever is written: a number found is one, is found again with "+" before it, and finding ends. */
#include "fuzz.h"

#include "util/phone.h"

static void check_number(const char *number)
{
    char plus[PHONE_SIZE + 1], again[PHONE_SIZE];

    PROPERTY(phone_is_normal(text_of(number)));
    snprintf(plus, sizeof plus, "+%s", number);
    PROPERTY(phone_normal(text_of(plus), PHONE_INDONESIA, again));
    PROPERTY(strcmp(again, number) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text t = fuzz_text(data, size), cur = t;
    char out[PHONE_SIZE];

    if (phone_normal(t, PHONE_INDONESIA, out))
        check_number(out);
    if (phone_normal(t, "60", out))
        PROPERTY(phone_is_normal(text_of(out)));
    while (cur.len) {
        size_t before = cur.len;

        if (phone_next(&cur, PHONE_INDONESIA, out))
            check_number(out);
        PROPERTY(cur.len < before);
    }
    return 0;
}

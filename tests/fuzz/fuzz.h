/* What every fuzz target includes. A target asserts properties, not only that nothing crashes. */
#ifndef TANGGAP_TESTS_FUZZ_H
#define TANGGAP_TESTS_FUZZ_H

#include "util/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROPERTY(holds)                                                                                                \
    do {                                                                                                               \
        if (!(holds)) {                                                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds);                                 \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/* The input as a text that is never NULL. */
static inline struct text fuzz_text(const uint8_t *data, size_t size)
{
    return (struct text) { size ? (const char *)data : "", size };
}

#endif

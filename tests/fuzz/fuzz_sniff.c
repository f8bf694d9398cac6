/* Recognising a file reads nothing but what it was given, and always says why it refused. */
#include "fuzz.h"

#include "archive/reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fail why = { .code = FAIL_NONE };
    enum archive_format format = archive_sniff(fuzz_text(data, size), TEXT(""), &why);

    PROPERTY(format < ARCHIVE_FORMAT_COUNT);
    PROPERTY(format != ARCHIVE_AUTO || (why.code == FAIL_BAD_FILE && why.text[0]));
    return 0;
}

/* Any bytes, read as a table. */
#include "archive_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    archive_fuzz(ARCHIVE_CSV, data, size);
    return 0;
}

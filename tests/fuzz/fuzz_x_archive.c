/* Any bytes, read as a X archive. */
#include "archive_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    archive_fuzz(ARCHIVE_X, data, size);
    return 0;
}

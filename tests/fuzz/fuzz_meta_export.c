/* Any bytes, read as a Facebook or Instagram download. */
#include "archive_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    archive_fuzz(ARCHIVE_FACEBOOK, data, size);
    return 0;
}

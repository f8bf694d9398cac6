/* Any bytes, read as a LINE chat history. */
#include "archive_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    archive_fuzz(ARCHIVE_LINE, data, size);
    return 0;
}

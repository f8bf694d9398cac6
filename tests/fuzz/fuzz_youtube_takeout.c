/* Any bytes, read as a YouTube Takeout file. */
#include "archive_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    archive_fuzz(ARCHIVE_YOUTUBE, data, size);
    return 0;
}

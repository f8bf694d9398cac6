/* Any bytes that pass for a TZif file give offsets within bounds and turn wall clocks into instants nearby. */
#include "fuzz.h"

#include "../../backend/util/zone_priv.h"
#include "util/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zone *z = zone_parse(fuzz_text(data, size));

    if (!z)
        return 0;
    for (int64_t s = INT64_C(-5000000000); s < INT64_C(9000000000); s += INT64_C(123456789)) {
        time_us t = s * US_PER_S;
        int32_t offset = zone_offset_at(z, t);
        time_us there = zone_to_utc(z, t, TIME_NONE), back = zone_to_utc(z, t, t);

        PROPERTY(offset >= -25 * 3600 && offset <= 26 * 3600);
        PROPERTY(there - t <= 26 * 3600 * US_PER_S && t - there <= 26 * 3600 * US_PER_S);
        PROPERTY(back >= there);
    }
    zone_free(z);
    return 0;
}

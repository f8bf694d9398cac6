/* Any rule that parses gives offsets within what RFC 8536 allows, at any instant. */
#include "fuzz.h"

#include "../../backend/util/zone_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zone_rule r;

    if (zone_rule_parse(fuzz_text(data, size), &r))
        return 0;
    for (int64_t s = INT64_C(-5000000000); s < INT64_C(9000000000); s += INT64_C(123456789)) {
        int32_t offset = zone_rule_offset(&r, s);

        PROPERTY(offset == r.standard || (r.has_summer && offset == r.summer));
        PROPERTY(offset >= -25 * 3600 && offset <= 26 * 3600);
    }
    return 0;
}

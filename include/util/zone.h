/* IANA time zones, read straight from the system's TZif files (RFC 8536), without libc's process-global TZ.
 * Used to give exported wall-clock times an instant. Calendars and office hours stay in SQL. */
#ifndef TANGGAP_UTIL_ZONE_H
#define TANGGAP_UTIL_ZONE_H

#include "util/clock.h"
#include "util/fail.h"

struct zone;

/* name "Asia/Jakarta", "UTC" …: letters, digits, '_', '-', '+', '/' only, no "..". NULL with `why` when unknown. */
struct zone *zone_open(const char *name, struct fail *why);
void zone_free(struct zone *z);
const char *zone_name(const struct zone *z);
/* Seconds east of UTC at an instant. */
int32_t zone_offset_at(const struct zone *z, time_us instant);
/* Instant of a wall clock reading (microseconds since 1970 as if UTC). A reading in a gap moves forward by the gap;
 * a repeated reading gives the earlier instant unless `not_before` (TIME_NONE: none) asks for the later one. */
time_us zone_to_utc(const struct zone *z, int64_t wall_us, time_us not_before);

#endif

/* What is within a TZif file, and the rule that holds after its last transition: the footer, a POSIX TZ string. */
#ifndef TANGGAP_UTIL_ZONE_PRIV_H
#define TANGGAP_UTIL_ZONE_PRIV_H

#include "util/text.h"

#include <stdint.h>

enum zone_day_kind { DAY_OF_MONTH_WEEK, DAY_WITHOUT_LEAP, DAY_OF_YEAR };

/* A day of the year and the wall-clock second (may be negative or beyond the day) at which the change happens. */
struct zone_day {
    enum zone_day_kind kind;
    int month, week, weekday; /* DAY_OF_MONTH_WEEK: "M3.5.0", week 5 = last */
    int day;                  /* the others: "J60" from 1, "59" from 0      */
    int32_t at;
};

struct zone_rule {
    int32_t standard, summer; /* seconds east of UTC */
    bool has_summer;
    struct zone_day starts, ends;
};

struct zone;

/* The content of a TZif file; NULL unless it is all well-formed. The zone has no name yet. */
struct zone *zone_parse(struct text bytes);

/* The whole text must be one rule. 0 or -1. */
MUST_CHECK int zone_rule_parse(struct text t, struct zone_rule *out);
int32_t zone_rule_offset(const struct zone_rule *r, int64_t utc_s);

#endif

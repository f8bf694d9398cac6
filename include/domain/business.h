/* Tenants. Outside any business: db_enter_system() first. */
#ifndef TANGGAP_DOMAIN_BUSINESS_H
#define TANGGAP_DOMAIN_BUSINESS_H

#include "db/query.h"

struct business {
    int64_t id;
    struct text name, zone, language;      /* zone: IANA name; language: "id" or "en" */
    bool is_demo;
    time_us created_at;
};

/* zone and language may be absent (ptr NULL): Asia/Jakarta, "id". BAD_FIELD names name, zone or language. */
MUST_CHECK int business_add(struct ctx *c, struct text name, struct text zone, struct text language, bool is_demo,
                            int64_t *id);
MUST_CHECK int business_get(struct ctx *c, int64_t id, struct business *out);      /* 1/0/-1 */
/* By id. row returns 0 to go on. */
MUST_CHECK int business_list(struct ctx *c, int (*row)(const struct business *b, void *arg), void *arg);

#endif

/* Customers, partners and members. */
#ifndef TANGGAP_DOMAIN_CONTACT_H
#define TANGGAP_DOMAIN_CONTACT_H

#include "db/query.h"

struct contact_view {
    int64_t id, conversations;
    struct text name, sort_name;          /* sort_name: what pages are ordered by */
    struct text identities;               /* JSON array or absent                 */
    time_us since, last_at;
};
typedef int contact_fn(const struct contact_view *v, void *arg);

/* By name, then id, after (name, id); `search` in lower case, "" for all; a telephone number in any spelling finds its
 * contact. One contact stands for all that are merged into it. */
MUST_CHECK int contact_page(struct ctx *c, struct text search, struct text after_name, int64_t after_id, int64_t limit,
                            contact_fn *row, void *arg);
/* Whoever stands for it when it is merged: out->id may differ from id. 1/0/-1 */
MUST_CHECK int contact_get(struct ctx *c, int64_t id, struct contact_view *out);
MUST_CHECK int contact_rename(struct ctx *c, int64_t id, struct text name);
/* Queues the erasure (a job of work) of the contact and all that are merged with it; NOT_FOUND. */
MUST_CHECK int contact_erase(struct ctx *c, int64_t id);

#endif

/* Who a contact may be as well, and why. Computed when asked, from indexes and the newest words of a few strands, so that
 * the cost does not grow with the shop and nothing is kept that a deletion would have to find. */
#ifndef TANGGAP_DOMAIN_SUGGEST_H
#define TANGGAP_DOMAIN_SUGGEST_H

#include "db/query.h"

enum suggest_reason {
    SUGGEST_PHONE,                /* the same number on two channels                                     */
    SUGGEST_NUMBER,               /* wrote the other's number in a message                               */
    SUGGEST_HANDLE,               /* the same name, and wrote the other's handle in a message            */
    SUGGEST_NUMBER_BACK,          /* the same name, and the other wrote this one's number                */
    SUGGEST_HANDLE_BACK,          /* the same name, and the other wrote this one's handle                */
    SUGGEST_USERNAME,             /* the same username on two platforms, and names that are alike        */
    SUGGEST_REASON_COUNT
};

struct suggestion {
    int64_t contact;
    struct text value[SUGGEST_REASON_COUNT];      /* number or username; ptr NULL: not for this reason */
};

#define SUGGEST_MAX 5
/* The strongest first. Contacts that a person has told apart from it, forgotten ones and itself are never among them.
 * NOT_FOUND. */
MUST_CHECK int suggest_for(struct ctx *c, int64_t contact, struct suggestion out[SUGGEST_MAX], size_t *count);

#endif

/* What Meta asks of whoever connects its accounts, beside the webhooks of each connector. Source: platforms-meta.md §10. */
#ifndef TANGGAP_PLATFORM_META_H
#define TANGGAP_PLATFORM_META_H

#include "util/arena.h"
#include "util/fail.h"

/* The signed_request of a data-deletion or deauthorise callback ("SIGNATURE.PAYLOAD", both base64url), already decoded
 * from its form. 0: it was signed with `secret`, and *user_id (in mem) is the app-scoped id of the person who had logged
 * in. -1: it was not, or is of another form; *user_id untouched. The signature is checked before anything is decoded. */
MUST_CHECK int meta_signed_request(struct text signed_request, struct text secret, struct arena *mem,
                                   struct text *user_id);

#endif

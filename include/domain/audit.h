/* The audit log of a business: who did what, append-only, each row chained to the one before by SHA-256. Holds no
 * message text and no customer's name: a contact appears as a keyed hash whose key erasing destroys. */
#ifndef TANGGAP_DOMAIN_AUDIT_H
#define TANGGAP_DOMAIN_AUDIT_H

#include "db/query.h"

/* Inside a business, in the transaction of the act itself. action: "member.add"; object: "person:12"; detail: a JSON
 * object, or absent. The writers of one business queue here until they commit: call it last. */
MUST_CHECK int audit_add(struct ctx *c, const char *action, const char *object, struct text detail);

/* Recomputes the whole chain. 1 intact; 0 broken, *first_bad is the seq of the first row that is not what was written
 * (or where rows are missing); -1. */
MUST_CHECK int audit_verify(struct ctx *c, int64_t *first_bad);

/* What stands for a contact in object or detail: 32 hex digits, the same each time. Makes the key when there is none.
 * 1; 0 the contact is unknown or erased; -1. */
#define AUDIT_REF_SIZE 33
MUST_CHECK int audit_contact_ref(struct ctx *c, int64_t contact, char out[AUDIT_REF_SIZE]);

#endif

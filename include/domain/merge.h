/* Contacts that are one person: joined and parted again. Nothing is moved: identities, threads and conversations keep
 * their own contact and contact.merged_into names who stands for it, so that a merge taken back leaves exactly what was,
 * with what came in the meantime at whom it came to. Each act writes audit and a line in both persons' newest
 * conversation. */
#ifndef TANGGAP_DOMAIN_MERGE_H
#define TANGGAP_DOMAIN_MERGE_H

#include "db/query.h"

/* Who stands for a contact; NOT_FOUND when there is none. */
MUST_CHECK int merge_root(struct ctx *c, int64_t contact, int64_t *root);

/* From now on `into` (or who stands for it) stands for `other` and all that are merged into that. Two that are one
 * already stay so: *id is what made them. NOT_FOUND, BAD_FIELD "other" (itself, unknown or forgotten), CONFLICT while one
 * of them is being forgotten. key: Idempotency-Key. */
MUST_CHECK int merge_join(struct ctx *c, struct text key, int64_t into, int64_t other, int64_t *id);
/* Takes one merge back, whatever was merged since; done already: nothing happens. The two are never suggested again.
 * *contact gets the one that stands for itself again. NOT_FOUND, CONFLICT while it is being forgotten. */
MUST_CHECK int merge_undo(struct ctx *c, int64_t id, int64_t *contact);
/* They are two people: never suggested again. NOT_FOUND, BAD_FIELD "other", CONFLICT when they are merged. */
MUST_CHECK int merge_refuse(struct ctx *c, int64_t contact, int64_t other);

struct merge_view {
    int64_t id, contact, into;
    struct text contact_name, into_name, person, undone_by;
    time_us merged_at, undone_at;         /* undone_at TIME_NONE: it holds */
};
typedef int merge_fn(const struct merge_view *v, void *arg);
/* The log of a contact and all that are merged into it, newest first, at most 50. */
MUST_CHECK int merge_list(struct ctx *c, int64_t contact, merge_fn *row, void *arg);

#endif

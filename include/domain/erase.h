/* Forgetting a person (design promise 7): names, handles, words, media and raw bodies go; counts and clocks stay. */
#ifndef TANGGAP_DOMAIN_ERASE_H
#define TANGGAP_DOMAIN_ERASE_H

#include "db/query.h"
#include "util/crypto.h"

struct erase_result {
    int64_t messages, identities, deliveries;
    const struct text *files;     /* SHA-256 of media nothing refers to any more; unlink them after the commit */
    size_t file_count;            /* in c->mem */
};

/* Inside db_tx, in the contact's business. Adds the erasure row and an audit entry, destroys the contact's key.
 * NOT_FOUND: no such contact, or forgotten already. */
MUST_CHECK int erase_contact(struct ctx *c, int64_t contact_id, struct erase_result *out);
/* Media rows that nothing refers to (a source deleted its message …): removes them and names their files. With them go
 * parked edits of messages whose deletion is parked too. */
MUST_CHECK int erase_orphans(struct ctx *c, const struct text **files, size_t *count);

/* As erasure.handles keeps whom we forgot: SHA-256 of platform, scope and handle; of a strand of theirs, by channel. */
void erase_hash_handle(struct arena *mem, int platform, struct text scope, struct text external_id,
                       uint8_t out[CRYPTO_HASH_SIZE]);
void erase_hash_thread(struct arena *mem, int64_t channel_id, struct text external_id, uint8_t out[CRYPTO_HASH_SIZE]);

#endif

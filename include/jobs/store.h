/* Files under the state folder by the SHA-256 of their content: media/<first two digits>/<hash>. Written beside,
 * flushed, then renamed, so that a name stands for a whole file or does not exist. What a file is, its content says. */
#ifndef TANGGAP_JOBS_STORE_H
#define TANGGAP_JOBS_STORE_H

#include "db/query.h"
#include "util/config.h"
#include "util/crypto.h"

struct store_file {
    int fd;                            /* write here */
    char temp[512];
};

struct stored {
    uint8_t hash[CRYPTO_HASH_SIZE];
    int64_t size;
    const char *mime;                  /* static */
};

MUST_CHECK int store_begin(const struct config *cfg, struct store_file *out, struct fail *why);
/* Hashes what was written and moves it to its place; ends f in any case. */
MUST_CHECK int store_end(const struct config *cfg, struct store_file *f, struct stored *out, struct fail *why);
void store_abort(struct store_file *f);            /* harmless after store_end */
/* Removes half-written files a day old and stored ones, an hour old, that no business uses. As the system. */
MUST_CHECK int store_sweep(struct ctx *c, int64_t *removed);
/* What the first bytes show; "application/octet-stream" for all that may not be shown as it is. */
const char *store_sniff(struct text head);

#endif

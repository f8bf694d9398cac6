/* A file that a person sends along, from its upload until work has taken it into the media store: under the state
 * folder's uploads/, by business and content, where serve may write. */
#ifndef TANGGAP_DOMAIN_UPLOAD_H
#define TANGGAP_DOMAIN_UPLOAD_H

#include "db/query.h"
#include "util/crypto.h"

#define UPLOAD_MAX_BYTES ((size_t)25 << 20)        /* what every platform that takes files takes at most, or more */

/* Keeps the bytes and tells their name. The same bytes again are the same file. */
MUST_CHECK int upload_keep(struct ctx *c, struct text bytes, uint8_t hash[CRYPTO_HASH_SIZE]);
/* Was it uploaded in this business, or is it a message's file there? 1/0/-1 */
MUST_CHECK int upload_is_there(struct ctx *c, struct text hash);
/* Where it lies until work has it; in c->mem. */
const char *upload_path(struct ctx *c, struct text hash);

#endif

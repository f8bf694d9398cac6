/* Files of media rows that are gone: removed from the disk unless another business holds the same file. */
#ifndef TANGGAP_JOBS_FORGET_H
#define TANGGAP_JOBS_FORGET_H

#include "db/query.h"

/* After the commit that removed the rows; enters other businesses and comes back to c->who.business. hashes: 32 bytes
 * each. 0 or -1; what could not be judged stays. */
MUST_CHECK int forget_files(struct ctx *c, const struct text *hashes, size_t count);

#endif

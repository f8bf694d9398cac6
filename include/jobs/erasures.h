/* The journal of erasures, <state>/erasures.log: a line of JSON for each person we promised to forget. It lies outside
 * the database, so that a restore can forget them again. Handles in it are SHA-256, as in the table erasure. */
#ifndef TANGGAP_JOBS_ERASURES_H
#define TANGGAP_JOBS_ERASURES_H

#include "db/query.h"

/* Notes that a contact of the entered business was erased. */
MUST_CHECK int erasures_note(struct ctx *c, int64_t contact);
/* Erases everybody in the journal who is there (again), with their files. As the owner, outside any business. */
MUST_CHECK int erasures_replay(struct ctx *c, int64_t *erased);
/* Unlinks media files by SHA-256, after the commit that let go of them; one that any business still uses stays. */
MUST_CHECK int erasures_remove_files(struct ctx *c, const struct text *files, size_t count);
/* Erases one contact of the entered business: database first, then its files. */
MUST_CHECK int erasures_erase(struct ctx *c, int64_t contact, int64_t *messages);

#endif

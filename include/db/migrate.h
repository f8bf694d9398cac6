/* Embedded migrations: forward only, one transaction each, checksummed, under an advisory lock. */
#ifndef TANGGAP_DB_MIGRATE_H
#define TANGGAP_DB_MIGRATE_H

#include "db/conn.h"

struct migrate_report {
    int applied;
    int version;                  /* the database stands here now */
};

/* Connects as the owner. Refuses a database newer than this program and a migration whose text has changed.
 * Runs sql/grants.sql at the end, always. Safe to run twice and by two at once. */
MUST_CHECK int migrate_up(struct db *owner, struct migrate_report *out, struct fail *why);
/* 1 the schema is what this program wants, 0 older, -1 newer, changed or unreachable. */
int migrate_check(struct db *db, int *version, struct fail *why);

#endif

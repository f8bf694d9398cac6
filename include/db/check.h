/* Holds every embedded statement against the database: does it still parse, and may this connection's role run it? */
#ifndef TANGGAP_DB_CHECK_H
#define TANGGAP_DB_CHECK_H

#include "db/conn.h"
#include "db/sql_gen.h"

/* SQL_FOR_WEB, SQL_FOR_WORK or SQL_FOR_OWNER by the name of the database role; 0 for any other. */
unsigned db_role_bit(const char *role);

/* Prepares every statement that `-- for:` gives to the connected role (or to nobody in particular) and plans it without
 * running it, which checks the grants as well. Changes nothing. Statements that make a temporary table are run, so that
 * those that use it can be planned; all is rolled back.
 * report(statement's name, what is wrong, arg) for each that fails. Returns how many failed, -1 with `why` when the
 * database cannot be asked. */
MUST_CHECK int db_check_statements(struct db *db, void (*report)(const char *name, const char *problem, void *arg),
                                   void *arg, struct fail *why);

#endif

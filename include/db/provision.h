/* What a server of our own needs before the first migration: roles and database, made by its superuser. */
#ifndef TANGGAP_DB_PROVISION_H
#define TANGGAP_DB_PROVISION_H

#include "util/fail.h"
#include "util/text.h"

/* 1 the server at this libpq address takes connections, 0 not yet (or starting), -1 the address cannot be used. */
int db_answers(const char *address);
/* Makes tanggap_owner, tanggap_work, tanggap_web and the database tanggap where missing. */
MUST_CHECK int db_provision(const char *address, struct fail *why);

#endif

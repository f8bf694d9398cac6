/* A connection to PostgreSQL: one per worker thread, reopened with back-off when it breaks. */
#ifndef TANGGAP_DB_CONN_H
#define TANGGAP_DB_CONN_H

#include "db/ctx.h"

struct db;

struct db_options {
    const char *url;              /* libpq connection string or URI        */
    const char *user;             /* role to connect as; NULL: from url    */
    const char *name;             /* application_name: "tanggap-serve" …   */
    int statement_timeout_ms;     /* 3000 quick lane, 30000 bulk, 0 none   */
    int lock_timeout_ms;          /* 0 none                                */
};

/* Never NULL; the first use connects. */
struct db *db_new(const struct db_options *options);
void db_free(struct db *db);      /* NULL is fine */
/* Connects now. -1 with TRY_AGAIN when the server cannot be reached. */
MUST_CHECK int db_connect(struct db *db, struct fail *why);
bool db_is_up(const struct db *db);
/* For COPY and migrations only (db/copy.c, db/migrate.c): the libpq handle out of pipeline mode; NULL if not connected. */
struct pg_conn *db_handle(struct db *db);

/* For PostgreSQL's own programs: the connection string without what is secret in it, for their arguments, which every
 * user of the machine can read; the password apart (NULL: none), for their environment. A passphrase of a client key
 * (sslpassword) is left out. Both in mem. -1: the url does not parse. */
MUST_CHECK int db_split_secret(const char *url, struct arena *mem, const char **rest, const char **password,
                               struct fail *why);

#endif

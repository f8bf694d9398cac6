/* What conn.c, query.c, copy.c and migrate.c share about one connection. */
#ifndef TANGGAP_DB_CONN_PRIV_H
#define TANGGAP_DB_CONN_PRIV_H

#include "db/conn.h"
#include "db/query.h"
#include "util/buf.h"

#include <libpq-fe.h>
#include <pthread.h>

enum entrance_kind { ENTER_NONE, ENTER_SESSION, ENTER_BUSINESS, ENTER_SYSTEM, ENTRANCE_KINDS };

/* Prepared statements of a connection: those of sql/queries, then the entrances. */
#define SLOT_COUNT (SQL_COUNT + ENTRANCE_KINDS)

struct entrance {
    enum entrance_kind kind;
    bool done; /* the server has it, and no rollback can take it back */
    char token_hash[32];
    int64_t business;
    uint32_t role_bits;
};

enum tx_state {
    TX_NONE,
    TX_WANTED, /* BEGIN travels with the next statement */
    TX_OPEN,
    TX_FAILED, /* a statement failed: only ROLLBACK is possible */
};

struct db {
    char *url, *user, *name;
    int statement_timeout_ms, lock_timeout_ms;
    PGconn *pg;      /* NULL: not connected */
    int64_t wait_ms; /* back-off after the last failed attempt */
    struct mono_us retry_at;
    struct entrance entrance;
    enum tx_state tx;
    int depth;              /* nested db_tx */
    bool may_retry;         /* the transaction failed by serialisation */
    enum fail_code tx_code; /* why it failed, for statements that come after */
    bool is_doomed;         /* a nested db_tx failed */
    bool copying;           /* between db_copy_begin and its end */
    uint8_t prepared[SLOT_COUNT];
    struct buf scratch; /* a statement's parameters in binary */
    struct buf entrance_scratch;
};

char *conn_copy(const char *s); /* NULL stays NULL; aborts without memory */
/* A thread that takes no signals: those are for whoever waits for them. */
MUST_CHECK int conn_thread(pthread_t *thread, void *(*run)(void *arg), void *arg);

/* One attempt to open, with the session's settings; NULL with TRY_AGAIN. For connections outside struct db as well. */
PGconn *conn_open(const struct db_options *options, struct fail *why);
/* Connected, or -1 with TRY_AGAIN while backing off. `probe` looks first whether an idle connection is still alive. */
MUST_CHECK int conn_ready(struct db *db, bool probe, struct fail *why);
/* Drops a connection that cannot be used any more; the next use opens another. */
void conn_drop(struct db *db);
/* Next wait of a back-off: 0.1 s doubling to 5 s, with jitter. */
int64_t conn_next_wait_ms(int64_t wait_ms);

/* Sends the entrance and BEGIN that are still due. For COPY, which cannot travel in a pipeline. */
MUST_CHECK int query_open_tx(struct ctx *c);
/* db_each() for a statement that need not be of sql/queries. */
MUST_CHECK int query_each(struct ctx *c, const struct sql_statement *s, struct db_ins in, struct db_outs outs,
                          db_row_fn *row, void *arg);
/* Fills why from an error result and returns -1; notes what the error means for the connection. */
int query_failed(struct db *db, const PGresult *res, const char *what, struct fail *why);

AUTO_DEFINE(result, PGresult *, NULL, PQclear)

#endif

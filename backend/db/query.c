/* Statements in pipelines: entrance, BEGIN, lazy PREPARE and the statement itself leave in one packet and cost one
 * round trip. The server runs what stands between two syncs as one transaction, so a refused entrance stops the
 * statement behind it, and a failed statement takes its entrance back: it is then simply sent again. */
#include "conn_priv.h"
#include "wire_priv.h"

#include "util/str.h"

#include <assert.h>
#include <time.h>

#define STEPS_MAX   6
#define RETRIES_MAX 3

/* Scratch memory kept between statements. */
#define SCRATCH_KEPT ((size_t)1 << 20)

enum step_kind { STEP_PREPARE, STEP_ENTER, STEP_BEGIN, STEP_RUN };

struct step {
    enum step_kind kind;
    int slot; /* of a PREPARE */
};

struct pipe {
    struct step steps[STEPS_MAX];
    int count;
    const char *what; /* for the reason of a failure */
};

static const char *const entrance_names[ENTRANCE_KINDS] = {
    [ENTER_SESSION] = "enter_session",
    [ENTER_BUSINESS] = "enter_business",
    [ENTER_SYSTEM] = "enter_system",
};

static const char *const entrance_sql[ENTRANCE_KINDS] = {
    [ENTER_SESSION] = "SELECT person_id, role, name, language FROM session_enter($1::bytea, $2::bigint, $3::int)",
    [ENTER_BUSINESS] =
        "SELECT set_config('tanggap.business', ($1::bigint)::text, false), set_config('tanggap.person', '', false)",
    [ENTER_SYSTEM] = "SELECT set_config('tanggap.business', '', false), set_config('tanggap.person', '', false)",
};

/* ---- what went wrong ---- */

struct state_row {
    const char *prefix; /* of the SQLSTATE; the first match counts */
    enum fail_code code;
};

static const struct state_row states[] = {
    { "TG401", FAIL_NOT_LOGGED_IN }, { "TG403", FAIL_FORBIDDEN },   { "TG404", FAIL_NOT_FOUND },
    { "23505", FAIL_CONFLICT },      { "23503", FAIL_CONFLICT },    { "23P01", FAIL_CONFLICT },
    { "40", FAIL_TRY_AGAIN },        { "55P03", FAIL_TRY_AGAIN },   { "57", FAIL_TRY_AGAIN },
    { "53", FAIL_TRY_AGAIN },        { "08", FAIL_TRY_AGAIN },      { "25006", FAIL_TRY_AGAIN },
    { "25P03", FAIL_TRY_AGAIN },     { "22021", FAIL_BAD_REQUEST }, { "22P05", FAIL_BAD_REQUEST },
};

static enum fail_code code_of_state(const char *state)
{
    for (size_t i = 0; i < COUNT_OF(states); i++)
        if (strncmp(state, states[i].prefix, strlen(states[i].prefix)) == 0)
            return states[i].code;
    return FAIL_INTERNAL;
}

/* The schema changed under a prepared statement, or a pooler threw it away: only a fresh connection helps. The first
 * has the same SQLSTATE as everything else that PostgreSQL does not support. */
static bool plan_is_stale(const PGresult *res, const char *state)
{
    const char *function = PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION);

    return strcmp(state, "26000") == 0 ||
           (strcmp(state, "0A000") == 0 && function && strcmp(function, "RevalidateCachedQuery") == 0);
}

int query_failed(struct db *db, const PGresult *res, const char *what, struct fail *why)
{
    const char *state = res ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;
    const char *text = res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;

    db->entrance.done = false;
    bool fails_tx = db->tx == TX_WANTED || db->tx == TX_OPEN;
    if (fails_tx)
        db->tx = TX_FAILED;
    if (!state || PQstatus(db->pg) != CONNECTION_OK) {
        const char *message = text ? text : db->pg ? PQerrorMessage(db->pg) : "";
        fail(why, FAIL_TRY_AGAIN, "%s: connection lost: %.*s", what, (int)strcspn(message, "\n"), message);
        why->retry_after_s = 1;
        conn_drop(db);
        if (fails_tx)
            db->tx_code = FAIL_TRY_AGAIN;
        return -1;
    }
    if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0)
        db->may_retry = true;
    bool is_stale = plan_is_stale(res, state);
    enum fail_code code = is_stale ? FAIL_TRY_AGAIN : code_of_state(state);
    fail(why, code, "%s: %s %s", what, state, text ? text : "");
    if (fails_tx)
        db->tx_code = code;
    if (code == FAIL_TRY_AGAIN)
        why->retry_after_s = 1;
    if (is_stale)
        conn_drop(db);
    return -1;
}

/* ---- sending ---- */

static bool add_step(struct pipe *p, enum step_kind kind, int slot)
{
    assert(p->count < STEPS_MAX);
    p->steps[p->count++] = (struct step) { kind, slot };
    return true;
}

/* A statement outside the table has no slot and no name: it is prepared each time. */
static bool send_prepare(struct db *db, struct pipe *p, int slot, const char *name, const char *sql)
{
    return (slot >= 0 && db->prepared[slot]) ||
           (PQsendPrepare(db->pg, name, sql, 0, NULL) && add_step(p, STEP_PREPARE, slot));
}

static bool send_entrance(struct db *db, struct pipe *p)
{
    const struct entrance *e = &db->entrance;
    const struct db_in session[] = { IN_BYTES(((struct text) { e->token_hash, sizeof e->token_hash })),
                                     IN_I64(e->business), IN_I32((int32_t)e->role_bits) };
    const struct db_ins in = e->kind == ENTER_SESSION    ? (struct db_ins) { session, 3 }
                             : e->kind == ENTER_BUSINESS ? (struct db_ins) { session + 1, 1 }
                                                         : NO_IN;
    struct wire_params w;
    const char *name = entrance_names[e->kind];

    if (e->done)
        return true;
    return send_prepare(db, p, SQL_COUNT + (int)e->kind, name, entrance_sql[e->kind]) &&
           wire_params(in, &db->entrance_scratch, &w) == 0 &&
           PQsendQueryPrepared(db->pg, name, w.count, w.values, w.lengths, w.formats, 1) && add_step(p, STEP_ENTER, 0);
}

static bool send_begin(struct db *db, struct pipe *p)
{
    return db->tx != TX_WANTED ||
           (PQsendQueryParams(db->pg, "BEGIN", 0, NULL, NULL, NULL, NULL, 1) && add_step(p, STEP_BEGIN, 0));
}

/* ---- receiving ---- */

static void entered(struct ctx *c, const PGresult *res)
{
    struct db *db = c->db;
    int64_t person = 0;
    int16_t role = 0;
    struct text name = { NULL, 0 }, language = { NULL, 0 };

    db->entrance.done = true;
    if (db->entrance.kind != ENTER_SESSION)
        return;
    struct db_outs outs = OUT(OUT_I64(&person), OUT_I16(&role), OUT_TEXT(&name), OUT_TEXT(&language));
    if (PQntuples(res) != 1 || wire_check(res, outs))
        return;
    wire_read_row(res, 0, outs, c->mem);
    c->who = (struct principal) { .person = person, .business = db->entrance.business, .role = (enum role)role };
    name = str_utf8_cut(name, sizeof c->who.name - 1);
    if (name.len)
        memcpy(c->who.name, name.ptr, name.len);
    if (language.len < sizeof c->who.language)
        memcpy(c->who.language, language.ptr, language.len);
}

static void step_done(struct ctx *c, const struct step *s, PGresult *res, PGresult **out)
{
    switch (s->kind) {
    case STEP_PREPARE:
        if (s->slot >= 0)
            c->db->prepared[s->slot] = 1;
        break;
    case STEP_ENTER:
        entered(c, res);
        break;
    case STEP_BEGIN:
        c->db->tx = TX_OPEN;
        break;
    case STEP_RUN:
        *out = res;
        return;
    }
    PQclear(res);
}

/* NULL: the connection broke, or (in_step) there is nothing more for this step. */
static PGresult *next_result(struct db *db)
{
    return db->pg ? PQgetResult(db->pg) : NULL;
}

/* Errors may also come at the sync itself, where the transaction around the pipeline commits. */
static int take_sync(struct db *db, PGresult **error)
{
    for (int empty = 0; empty < 2;) {
        PGresult *res = next_result(db);

        if (!res) {
            empty++;
            continue;
        }
        empty = 0;
        if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
            PQclear(res);
            return 0;
        }
        if (PQresultStatus(res) == PGRES_FATAL_ERROR && !*error)
            *error = res;
        else
            PQclear(res);
    }
    return -1;
}

/* Sends the sync and takes every result. On success *out is the result of the last step, for the caller to clear. */
static int pipe_finish(struct ctx *c, struct pipe *p, bool sent, PGresult **out)
{
    struct db *db = c->db;
    PGresult *error = NULL, *last = NULL;
    bool entering = false, refused = false;

    if (!sent || !PQpipelineSync(db->pg)) {
        int rc = query_failed(db, NULL, p->what, &c->fail);
        conn_drop(db);
        return rc;
    }
    for (int i = 0; i < p->count; i++) {
        PGresult *res = next_result(db);
        ExecStatusType status = PQresultStatus(res);

        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            step_done(c, &p->steps[i], res, &last);
        } else if (status == PGRES_FATAL_ERROR && !error) {
            error = res;
            entering = p->steps[i].kind == STEP_ENTER;
            refused = entering;
        } else {
            PQclear(res);
        }
        while (res && (res = next_result(db)))
            PQclear(res);
    }
    if (take_sync(db, &error) == 0 && !error) {
        *out = last;
        return 0;
    }
    PQclear(last);
    int rc = query_failed(db, error, refused ? "entrance" : p->what, &c->fail);
    PQclear(error);
    if (refused)
        memset(&c->who, 0, sizeof c->who);
    return rc;
}

static int pipe_begin(struct ctx *c, struct pipe *p, const char *what)
{
    struct db *db = c->db;

    assert(db->entrance.kind != ENTER_NONE);
    assert(!db->copying);
    *p = (struct pipe) { .what = what };
    if (db->tx == TX_FAILED)
        return fail(&c->fail, db->tx_code, "%s: the transaction has failed", what);
    if (conn_ready(db, !db->entrance.done && db->tx != TX_OPEN, &c->fail))
        return -1;
    if (PQpipelineStatus(db->pg) == PQ_PIPELINE_OFF && !PQenterPipelineMode(db->pg))
        return query_failed(db, NULL, what, &c->fail);
    return 0;
}

static int run(struct ctx *c, const struct sql_statement *s, struct db_ins in, PGresult **out)
{
    struct db *db = c->db;
    struct pipe p;
    struct wire_params w;
    bool is_named = s >= sql_statements && s < sql_statements + SQL_COUNT;
    int slot = is_named ? (int)(s - sql_statements) : -1;
    const char *name = is_named ? s->name : "";

    assert((int)in.count == s->params);
    if (wire_params(in, &db->scratch, &w))
        return fail(&c->fail, FAIL_INTERNAL, "%s: a parameter is out of range", s->name);
    if (pipe_begin(c, &p, s->name))
        return -1;
    bool sent = send_entrance(db, &p) && send_begin(db, &p) && send_prepare(db, &p, slot, name, s->text) &&
                PQsendQueryPrepared(db->pg, name, w.count, w.values, w.lengths, w.formats, 1) &&
                add_step(&p, STEP_RUN, 0);
    if (db->scratch.cap > SCRATCH_KEPT)
        buf_fini(&db->scratch);
    return pipe_finish(c, &p, sent, out);
}

static const struct sql_statement *statement(enum sql_id id)
{
    assert((size_t)id < (size_t)SQL_COUNT);
    return &sql_statements[id];
}

static int check(struct ctx *c, const struct sql_statement *s, const PGresult *res, struct db_outs outs)
{
    int column = wire_check(res, outs);

    if (column == 0)
        return 0;
    if (column < 0)
        return fail(&c->fail, FAIL_INTERNAL, "%s: gives %d columns, %zu wanted", s->name, PQnfields(res), outs.count);
    return fail(&c->fail, FAIL_INTERNAL, "%s: column %d is of type oid %u", s->name, column, PQftype(res, column - 1));
}

int db_one(struct ctx *c, enum sql_id id, struct db_ins in, struct db_outs outs)
{
    const struct sql_statement *s = statement(id);
    AUTO(result) PGresult *res = NULL;

    if (run(c, s, in, &res) || check(c, s, res, outs))
        return -1;
    if (PQntuples(res) > 1)
        return fail(&c->fail, FAIL_INTERNAL, "%s: gives %d rows, one wanted", s->name, PQntuples(res));
    if (PQntuples(res) == 1)
        wire_read_row(res, 0, outs, c->mem);
    return PQntuples(res);
}

int query_each(struct ctx *c, const struct sql_statement *s, struct db_ins in, struct db_outs outs, db_row_fn *row,
               void *arg)
{
    AUTO(result) PGresult *res = NULL;

    if (run(c, s, in, &res) || check(c, s, res, outs))
        return -1;
    for (int i = 0; i < PQntuples(res); i++) {
        wire_read_row(res, i, outs, c->mem);
        if (row(arg))
            return -1;
    }
    return 0;
}

int db_each(struct ctx *c, enum sql_id id, struct db_ins in, struct db_outs outs, db_row_fn *row, void *arg)
{
    return query_each(c, statement(id), in, outs, row, arg);
}

static int64_t rows_of(PGresult *res)
{
    int64_t n = 0;

    if (str_whole_i64(text_of(PQcmdTuples(res)), &n, 0, INT64_MAX))
        return 0; /* a command that does not count, such as CREATE */
    return n;
}

int64_t db_do(struct ctx *c, enum sql_id id, struct db_ins in)
{
    AUTO(result) PGresult *res = NULL;

    return run(c, statement(id), in, &res) ? -1 : rows_of(res);
}

/* sql NULL: only what is still due. */
static int run_text(struct ctx *c, const char *sql, const char *what, PGresult **out)
{
    struct db *db = c->db;
    struct pipe p;

    if (pipe_begin(c, &p, what))
        return -1;
    bool sent = send_entrance(db, &p) && send_begin(db, &p);
    if (sent && sql)
        sent = PQsendQueryParams(db->pg, sql, 0, NULL, NULL, NULL, NULL, 1) && add_step(&p, STEP_RUN, 0);
    if (sent && p.count == 0)
        return 0;
    return pipe_finish(c, &p, sent, out);
}

int64_t db_exec_text(struct ctx *c, const char *sql)
{
    AUTO(result) PGresult *res = NULL;

    return run_text(c, sql, "statement", &res) ? -1 : rows_of(res);
}

int db_who(struct ctx *c)
{
    AUTO(result) PGresult *res = NULL;

    return run_text(c, NULL, "entrance", &res);
}

int query_open_tx(struct ctx *c)
{
    assert(c->db->depth > 0);
    return db_who(c);
}

/* ---- transactions ---- */

static void pause_before_retry(int attempt)
{
    uint8_t noise = 0;

    crypto_random(&noise, sizeof noise);
    struct timespec t = { 0, (attempt + 1) * (long)(1 + noise % 16) * 1000000 };
    nanosleep(&t, NULL);
}

static int end_tx(struct ctx *c, const char *command)
{
    struct db *db = c->db;
    struct pipe p;
    AUTO(result) PGresult *res = NULL;

    db->tx = TX_NONE;
    if (!db->pg)
        return fail(&c->fail, FAIL_TRY_AGAIN, "%s: connection lost", command);
    p = (struct pipe) { .what = command };
    if (PQpipelineStatus(db->pg) == PQ_PIPELINE_OFF && !PQenterPipelineMode(db->pg))
        return query_failed(db, NULL, command, &c->fail);
    bool sent = PQsendQueryParams(db->pg, command, 0, NULL, NULL, NULL, NULL, 1) && add_step(&p, STEP_RUN, 0);
    if (pipe_finish(c, &p, sent, &res))
        return -1;
    /* COMMIT of a transaction that has failed answers ROLLBACK. */
    if (strcmp(PQcmdStatus(res), command) != 0)
        return fail(&c->fail, FAIL_INTERNAL, "%s: answered %s", command, PQcmdStatus(res));
    return 0;
}

static void roll_back(struct ctx *c)
{
    struct db *db = c->db;
    struct fail first = c->fail;
    bool is_open = db->pg && PQtransactionStatus(db->pg) != PQTRANS_IDLE;

    db->entrance.done = false;
    db->tx = TX_NONE;
    if (is_open && end_tx(c, "ROLLBACK"))
        conn_drop(db);
    c->fail = first;
}

static int run_tx(struct ctx *c, int (*fn)(struct ctx *c, void *arg), void *arg)
{
    struct db *db = c->db;

    db->tx = TX_WANTED;
    db->may_retry = false;
    db->tx_code = FAIL_INTERNAL;
    db->is_doomed = false;
    db->depth = 1;
    int rc = fn(c, arg);
    db->depth = 0;
    if (rc >= 0 && (db->is_doomed || db->tx == TX_FAILED))
        rc = c->fail.code != FAIL_NONE ? -1 : fail(&c->fail, FAIL_INTERNAL, "a statement of the transaction failed");
    if (rc < 0) {
        roll_back(c);
        return rc;
    }
    if (db->tx == TX_OPEN && end_tx(c, "COMMIT")) {
        roll_back(c);
        return -1;
    }
    db->tx = TX_NONE;
    return rc;
}

int db_tx(struct ctx *c, int (*fn)(struct ctx *c, void *arg), void *arg)
{
    struct db *db = c->db;

    if (db->depth > 0) {
        db->depth++;
        int rc = fn(c, arg);
        db->depth--;
        if (rc < 0)
            db->is_doomed = true;
        return rc;
    }
    for (int attempt = 0;; attempt++) {
        struct arena_mark mark = arena_mark(c->mem);
        int rc = run_tx(c, fn, arg);

        if (rc >= 0 || !db->may_retry || attempt == RETRIES_MAX)
            return rc;
        arena_rewind(c->mem, mark);
        pause_before_retry(attempt);
    }
}

/* ---- entrances ---- */

static void enter(struct ctx *c, enum entrance_kind kind, int64_t business)
{
    assert(c->db->tx == TX_NONE);
    c->db->entrance = (struct entrance) { .kind = kind, .business = business };
    memset(&c->who, 0, sizeof c->who);
    c->who.business = business;
}

void db_enter_session(struct ctx *c, struct text token_hash, int64_t business, uint32_t role_bits)
{
    struct entrance *e = &c->db->entrance;

    enter(c, ENTER_SESSION, business);
    e->role_bits = role_bits;
    /* A hash of another length is nobody's: left as zeros it finds no session. */
    if (token_hash.len == sizeof e->token_hash)
        memcpy(e->token_hash, token_hash.ptr, sizeof e->token_hash);
}

void db_enter_business(struct ctx *c, int64_t business)
{
    enter(c, ENTER_BUSINESS, business);
}

void db_enter_system(struct ctx *c)
{
    enter(c, ENTER_SYSTEM, 0);
}

void db_leave(struct ctx *c)
{
    struct db *db = c->db;

    assert(db->tx == TX_NONE && db->depth == 0);
    db->entrance = (struct entrance) { .kind = ENTER_NONE };
    if (db->pg && PQtransactionStatus(db->pg) != PQTRANS_IDLE)
        conn_drop(db);
}

/* What a command of the program is given, how it reads its options, and the desk it works at.
 *
 *     int command_thing(struct invocation *in)
 *     {
 *         struct options { const char *name; bool json; } o = { 0 };
 *         int stop = command_options(in, &usage, &o);
 *
 *         if (stop >= 0)
 *             return stop;
 *         …
 *     }
 *
 * Human words go to stderr, data to stdout. Each command stands in its own file; backend/main/main.c has the table. */
#ifndef TANGGAP_MAIN_COMMAND_H
#define TANGGAP_MAIN_COMMAND_H

#include "db/conn.h"

#include <stdint.h>

enum command_exit { COMMAND_DONE = 0, COMMAND_FAILED = 1, COMMAND_MISUSED = 2 };

struct invocation {
    const char *name;           /* of the command: "import", "business add"     */
    const char *config_path;    /* as given by --config or TANGGAP_CONFIG; NULL */
    int argc;                   /* what stands behind the name; after           */
    char **argv;                /* command_options() only the operands are left */
};

struct command {
    const char *name;
    int (*run)(struct invocation *in);
    const char *help;           /* one line */
};

enum option_kind {
    OPTION_END,
    OPTION_FLAG,      /* bool         */
    OPTION_TEXT,      /* const char * */
    OPTION_NUMBER,    /* int64_t, ≥ 0 */
};

struct option_row {
    const char *name;           /* without the dashes */
    enum option_kind kind;
    bool required;
    size_t offset;              /* of the member in the target */
    const char *value;          /* what the help calls it: "FILE" */
    const char *help;
};

struct command_usage {
    const char *operands;       /* "FILE…", "" */
    const char *about;          /* a sentence or two; may have lines */
    const struct option_row *rows;
    int min_operands, max_operands;
};

#define OPTION_ROWS_END { NULL, OPTION_END, false, 0, NULL, NULL }

/* Fills target, leaves the operands in in->argv. Understands --help and --config everywhere.
 * -1: go on. Otherwise everything has been said and the number is the exit code to return. */
MUST_CHECK int command_options(struct invocation *in, const struct command_usage *usage, void *target);
/* Says what is wrong with the invocation and where to look; returns COMMAND_MISUSED. */
int command_misused(const struct invocation *in, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* For commands of two words ("business add"): runs the row named by the first operand. */
int command_of_two(struct invocation *in, const struct command *table, size_t count);

/* Loads the settings: --config, else TANGGAP_CONFIG, else /etc/tanggap/tanggap.conf for an installed program, else the
 * defaults. Tells on stderr what is wrong; NULL then. */
struct config *command_config(const struct invocation *in);

/* Absolute path of this program's own file, links resolved; also where /proc is not mounted. Lives in mem. */
const char *command_own_path(struct arena *mem);

/* Prints the reason of a failure on stderr ("tanggap import: line 12: …"); returns COMMAND_FAILED. */
int command_failed(const struct invocation *in, const struct fail *why);

/* Which of the three database roles a command connects as. */
enum desk_role { DESK_WEB, DESK_WORK, DESK_OWNER };
const char *desk_role_name(enum desk_role role);

/* How to reach the database as a role: database.url, or the private cluster's socket. Strings live in mem. */
struct db_options desk_db_options(const struct config *cfg, enum desk_role role, const char *application,
                                  struct arena *mem);

/* Everything a command that touches the database works with. */
struct desk {
    struct config *cfg;
    struct arena *mem;
    struct db *db;
    struct seal_key seal;       /* can_open only where the key file is readable; c.seal NULL: no keys yet */
    struct ctx c;
};

/* Opens files named by people BEFORE this: a command started by root becomes the owner of the state folder here.
 * Loads settings and keys, connects, leaves c without an entrance. Says on stderr what went wrong. 0 or -1. */
MUST_CHECK int desk_open(struct desk *d, const struct invocation *in, enum desk_role role);
void desk_close(struct desk *d);
/* A new connection in the old one's place. is_steady: its transactions see one snapshot (REPEATABLE READ). */
void desk_reconnect(struct desk *d, enum desk_role role, bool is_steady);

/* Looks up a business by its number, or by name when that names exactly one; "" takes the only one there is.
 * 0, or -1 with c->fail. Leaves c entered in that business. */
MUST_CHECK int desk_enter_business(struct desk *d, const char *business);
/* A channel of the entered business, by number or name. 0, or -1 with c->fail. */
MUST_CHECK int desk_find_channel(struct desk *d, const char *channel, int64_t *id);
/* A contact of the entered business, by number, name, handle or phone; name may be NULL. 0, or -1 with c->fail. */
MUST_CHECK int desk_find_contact(struct desk *d, const char *who, int64_t *id, const char **name);

/* Reads a secret (password, token): the named file's first line, or stdin's when path is NULL; from a terminal
 * without echo after `prompt`. At most 4096 bytes; the caller wipes it. 0, or -1 having said why. */
struct buf;
MUST_CHECK int command_read_secret(const struct invocation *in, const char *path, const char *prompt,
                                   struct buf *out);

int command_audit(struct invocation *in);
int command_backup(struct invocation *in);
int command_business(struct invocation *in);
int command_channel(struct invocation *in);
int command_demo(struct invocation *in);
int command_doctor(struct invocation *in);
int command_erase(struct invocation *in);
int command_export(struct invocation *in);
int command_import(struct invocation *in);
int command_key(struct invocation *in);
int command_migrate(struct invocation *in);
int command_parse(struct invocation *in);
int command_person(struct invocation *in);
int command_restore(struct invocation *in);
int command_serve(struct invocation *in);
int command_up(struct invocation *in);
int command_work(struct invocation *in);

#endif

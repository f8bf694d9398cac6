/* Everything a unit of work may use. Made by the bridge, a job runner, a command or a test; never stored, no globals. */
#ifndef TANGGAP_DB_CTX_H
#define TANGGAP_DB_CTX_H

#include "util/arena.h"
#include "util/config.h"
#include "util/crypto.h"
#include "util/fail.h"

#include <stdint.h>

struct db;

enum role { ROLE_NONE, ROLE_OWNER, ROLE_APPROVER, ROLE_AGENT, ROLE_TRAINER, ROLE_PARTICIPANT, ROLE_OBSERVER };

struct principal {
    int64_t person;               /* 0: nobody, or the system itself       */
    int64_t business;             /* 0: outside any business               */
    enum role role;
    char name[121];
    char language[3];             /* "id" or "en"                          */
};

struct ctx {
    struct db *db;                /* this thread's connection              */
    struct arena *mem;            /* dies with the request or job          */
    const struct config *cfg;
    const struct seal_key *seal;  /* serve: public half only               */
    struct principal who;
    struct fail fail;             /* why the last call returned -1         */
    char id[17];                  /* request or job id, for the log        */
};

#endif

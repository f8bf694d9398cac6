/* Logins and the people behind them. */
#ifndef TANGGAP_DOMAIN_SESSION_H
#define TANGGAP_DOMAIN_SESSION_H

#include "db/query.h"

struct login {
    struct text email, password;
    struct text address, agent;           /* of the browser, kept with the session                    */
    const char *dummy_hash;               /* verified when nobody has this e-mail: same time either way */
    int days;                             /* the session lasts so long without use                    */
};

/* WRONG_LOGIN, or SLOW_DOWN with retry_after_s when there were too many tries for this e-mail or from this address.
 * Fills *person and the cookie's value. Runs argon2id: bulk lane. */
MUST_CHECK int session_login(struct ctx *c, const struct login *in, char token[CRYPTO_TOKEN_SIZE], int64_t *person);
MUST_CHECK int session_logout(struct ctx *c, struct text token_hash);
MUST_CHECK int session_touch(struct ctx *c, struct text token_hash, int days);
/* Checks the old password, sets the new one and ends all other sessions. BAD_FIELD "old" when it does not fit. */
MUST_CHECK int session_password(struct ctx *c, struct text token_hash, struct text old, struct text new_one);

struct me {
    int64_t id;
    struct text name, email, language, theme;
};
struct person_business {
    int64_t id;
    struct text name, zone;
    int16_t role;
    bool is_demo;
};
typedef int person_business_fn(const struct person_business *b, void *arg);
/* id 0: who asks. 1/0/-1. */
MUST_CHECK int me_get(struct ctx *c, int64_t id, struct me *out);
MUST_CHECK int me_businesses(struct ctx *c, int64_t id, person_business_fn *row, void *arg);
/* Absent texts leave things as they are. */
MUST_CHECK int me_patch(struct ctx *c, struct text name, struct text language, struct text theme);

struct colleague {
    int64_t id;
    struct text name, email;
    int16_t role;
    bool disabled;
    time_us last_seen;
};
typedef int colleague_fn(const struct colleague *p, void *arg);
MUST_CHECK int people_each(struct ctx *c, int64_t only, colleague_fn *row, void *arg);
/* CONFLICT when somebody has this e-mail. The key makes a repeated call give the same person. */
MUST_CHECK int people_add(struct ctx *c, struct text key, struct text email, struct text name, enum role role,
                          struct text password, int64_t *id);
/* role ROLE_NONE: as it is; disabled -1: as it is. NOT_POSSIBLE for the last owner, or to lock out a person who
 * belongs to another business too. */
MUST_CHECK int people_patch(struct ctx *c, int64_t id, enum role role, int disabled);

/* Idempotency of what people create: 1 and the object made before with this key, 0, -1. CONFLICT when the key was used
 * for something of another kind. Both inside the creating transaction. */
MUST_CHECK int made_once_find(struct ctx *c, struct text key, const char *kind, int64_t *id);
MUST_CHECK int made_once_note(struct ctx *c, struct text key, const char *kind, int64_t id);

#endif

/* People with a login, and their roles in businesses. */
#ifndef TANGGAP_DOMAIN_PERSON_H
#define TANGGAP_DOMAIN_PERSON_H

#include "db/query.h"

#define PERSON_PASSWORD_MIN 8
#define PERSON_PASSWORD_MAX 256

struct person {
    int64_t id;
    struct text email, name, language;
    struct text password_hash;             /* filled by person_get_by_email() only */
    bool is_disabled;
    time_us created_at;
    enum role role;                        /* in the entered business: person_list_members() only */
};

/* Outside any business. The e-mail address is stored in lower case. BAD_FIELD names email, name, language or
 * password; CONFLICT with field "email" when it is taken. */
MUST_CHECK int person_add(struct ctx *c, struct text email, struct text name, struct text language,
                          struct text password, int64_t *id);
/* Also ends every session of this person. NOT_FOUND, BAD_FIELD password. */
MUST_CHECK int person_passwd(struct ctx *c, int64_t id, struct text password);
/* 1/0/-1; any case of the address. The caller refuses a disabled person. */
MUST_CHECK int person_get_by_email(struct ctx *c, struct text email, struct person *out);
typedef int person_row_fn(const struct person *p, void *arg);
MUST_CHECK int person_list(struct ctx *c, person_row_fn *row, void *arg);

/* Inside a business, written to its audit log. member_add() changes the role of somebody who is a member already. */
MUST_CHECK int member_add(struct ctx *c, int64_t person, enum role role);
MUST_CHECK int person_list_members(struct ctx *c, person_row_fn *row, void *arg);

const char *role_word(enum role role);                     /* "owner" …, "" for ROLE_NONE */
bool role_from_word(struct text word, enum role *out);

#endif

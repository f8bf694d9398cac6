/* People with a login, and their roles in businesses. */
#include "domain/person.h"

#include "domain/audit.h"
#include "util/str.h"

#include <stdio.h>

#define EMAIL_MAX      254
#define NAME_MAX_BYTES 120

static const char *const role_words[] = {
    [ROLE_NONE] = "",
    [ROLE_OWNER] = "owner",
    [ROLE_APPROVER] = "approver",
    [ROLE_AGENT] = "agent",
    [ROLE_TRAINER] = "trainer",
    [ROLE_PARTICIPANT] = "participant",
    [ROLE_OBSERVER] = "observer",
};

const char *role_word(enum role role)
{
    return (size_t)role < COUNT_OF(role_words) ? role_words[role] : "";
}

bool role_from_word(struct text word, enum role *out)
{
    for (size_t i = ROLE_OWNER; i < COUNT_OF(role_words); i++)
        if (text_equal(word, text_of(role_words[i]))) {
            *out = (enum role)i;
            return true;
        }
    return false;
}

/* Printable ASCII with one @ inside; what really receives mail only a mail can show. */
static bool email_is_plausible(struct text t)
{
    size_t at = 0, ats = 0;

    for (size_t i = 0; i < t.len; i++) {
        if (t.ptr[i] <= ' ' || t.ptr[i] > '~')
            return false;
        if (t.ptr[i] == '@') {
            at = i;
            ats++;
        }
    }
    return ats == 1 && at > 0 && at + 1 < t.len && t.len <= EMAIL_MAX;
}

static struct text lower(struct arena *mem, struct text t)
{
    char *copy = arena_copy(mem, t);

    for (size_t i = 0; i < t.len; i++)
        if (copy[i] >= 'A' && copy[i] <= 'Z')
            copy[i] = (char)(copy[i] - 'A' + 'a');
    return (struct text) { copy, t.len };
}

/* Slow on purpose: never inside a transaction. */
static int hash_password(struct ctx *c, struct text password, char out[CRYPTO_PASSWORD_SIZE])
{
    if (password.len < PERSON_PASSWORD_MIN || password.len > PERSON_PASSWORD_MAX)
        return fail_field(&c->fail, "password", "a password has %d to %d characters", PERSON_PASSWORD_MIN,
                          PERSON_PASSWORD_MAX);
    if (crypto_password_hash(password, out))
        return fail(&c->fail, FAIL_INTERNAL, "cannot hash a password");
    return 0;
}

int person_add(struct ctx *c, struct text email, struct text name, struct text language, struct text password,
               int64_t *id)
{
    char hash[CRYPTO_PASSWORD_SIZE];

    email = lower(c->mem, str_trim(email));
    name = str_trim(name);
    language = language.ptr ? language : TEXT("id");
    if (!email_is_plausible(email))
        return fail_field(&c->fail, "email", "not an e-mail address");
    if (name.len == 0 || name.len > NAME_MAX_BYTES || !str_utf8_valid(name))
        return fail_field(&c->fail, "name", "a name has 1 to %d characters", NAME_MAX_BYTES);
    if (!text_equal(language, TEXT("id")) && !text_equal(language, TEXT("en")))
        return fail_field(&c->fail, "language", "id or en");
    if (hash_password(c, password, hash))
        return -1;
    int rc =
        db_one(c, SQL_PERSON_ADD, IN(IN_TEXT(email), IN_TEXT(name), IN_TEXT(language), IN_STR(hash)), OUT(OUT_I64(id)));
    crypto_wipe(hash, sizeof hash);
    if (rc < 0 && c->fail.code == FAIL_CONFLICT)
        snprintf(c->fail.field, sizeof c->fail.field, "email");
    return rc == 1 ? 0 : -1;
}

int person_passwd(struct ctx *c, int64_t id, struct text password)
{
    char hash[CRYPTO_PASSWORD_SIZE];

    if (hash_password(c, password, hash))
        return -1;
    int64_t rows = db_do(c, SQL_PERSON_PASSWD, IN(IN_I64(id), IN_STR(hash)));
    crypto_wipe(hash, sizeof hash);
    if (rows < 0)
        return -1;
    return rows == 1 ? 0 : fail(&c->fail, FAIL_NOT_FOUND, "no such person");
}

int person_get_by_email(struct ctx *c, struct text email, struct person *out)
{
    email = lower(c->mem, str_trim(email));
    if (!email_is_plausible(email))
        return 0;
    out->role = ROLE_NONE;
    return db_one(c, SQL_PERSON_GET_BY_EMAIL, IN(IN_TEXT(email)),
                  OUT(OUT_I64(&out->id), OUT_TEXT(&out->email), OUT_TEXT(&out->name), OUT_TEXT(&out->language),
                      OUT_TEXT(&out->password_hash), OUT_BOOL(&out->is_disabled), OUT_TIME(&out->created_at)));
}

struct listing {
    struct person p;
    int16_t role;
    person_row_fn *row;
    void *arg;
};

static int on_row(void *arg)
{
    struct listing *l = arg;

    l->p.role = (enum role)l->role;
    return l->row(&l->p, l->arg);
}

static int list(struct ctx *c, enum sql_id id, struct db_ins in, person_row_fn *row, void *arg)
{
    struct listing l = { .row = row, .arg = arg };

    return db_each(c, id, in,
                   OUT(OUT_I64(&l.p.id), OUT_TEXT(&l.p.email), OUT_TEXT(&l.p.name), OUT_TEXT(&l.p.language),
                       OUT_BOOL(&l.p.is_disabled), OUT_TIME(&l.p.created_at), OUT_I16(&l.role)),
                   on_row, &l);
}

int person_list(struct ctx *c, person_row_fn *row, void *arg)
{
    return list(c, SQL_PERSON_LIST, NO_IN, row, arg);
}

int person_list_members(struct ctx *c, person_row_fn *row, void *arg)
{
    return list(c, SQL_PERSON_LIST_MEMBERS, IN(IN_I64(c->who.business)), row, arg);
}

struct joining {
    int64_t person;
    enum role role;
};

static int join(struct ctx *c, void *arg)
{
    const struct joining *j = arg;
    char object[40], detail[60];

    if (db_do(c, SQL_MEMBER_ADD, IN(IN_I64(c->who.business), IN_I64(j->person), IN_I16(j->role))) < 0)
        return c->fail.code == FAIL_CONFLICT ? fail(&c->fail, FAIL_NOT_FOUND, "no such person or business") : -1;
    snprintf(object, sizeof object, "person:%lld", (long long)j->person);
    snprintf(detail, sizeof detail, "{\"role\":\"%s\"}", role_word(j->role));
    return audit_add(c, "member.add", object, text_of(detail));
}

int member_add(struct ctx *c, int64_t person, enum role role)
{
    struct joining j = { person, role };

    if (role <= ROLE_NONE || role > ROLE_OBSERVER)
        return fail_field(&c->fail, "role", "no such role");
    return db_tx(c, join, &j);
}

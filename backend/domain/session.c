/* Logins, people, idempotency keys, audit lines. */
#include "domain/session.h"

#include "domain/audit.h"
#include "domain/person.h"
#include "util/str.h"

#include <arpa/inet.h>

/* ---- login ---- */

static struct text hashed(struct ctx *c, const char *prefix, struct text value)
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    crypto_sha256(text_of(arena_printf(c->mem, "%s%.*s", prefix, (int)value.len, value.len ? value.ptr : "")), hash);
    return arena_text(c->mem, (struct text){ (const char *)hash, sizeof(hash) });
}

struct blocked {
    int32_t seconds, worst;
};

static int note_blocked(void *arg)
{
    struct blocked *b = arg;

    if (b->seconds > b->worst)
        b->worst = b->seconds;
    return 0;
}

/* What a login's failures are counted under. An e-mail from one address locks soon. From all addresses together it locks
 * late and briefly, or any stranger could keep its owner out for good. */
enum throttle_key { KEY_PAIR, KEY_EMAIL, KEY_ADDRESS, KEY_COUNT };
static const int64_t throttle_limit[KEY_COUNT] = { 5, 100, 30 };
static const int64_t throttle_seconds[KEY_COUNT] = { 900, 60, 900 };

/* Whoever has one IPv6 address has all of its /64. */
static struct text network_of(struct ctx *c, struct text address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    struct in6_addr six;
    char text[INET6_ADDRSTRLEN];

    if (inet_pton(AF_INET6, arena_copy(c->mem, address), &six) != 1 || memcmp(&six, mapped, sizeof(mapped)) == 0)
        return address;
    memset(six.s6_addr + 8, 0, 8);
    return inet_ntop(AF_INET6, &six, text, sizeof(text)) ? arena_text(c->mem, text_of(text)) : address;
}

static int check_throttle(struct ctx *c, const struct text keys[KEY_COUNT])
{
    struct blocked b = { 0, 0 };

    if (db_each(c, SQL_LOGIN_TRY,
                IN(IN_BYTESS(keys, KEY_COUNT), IN_I64S(throttle_limit, KEY_COUNT),
                   IN_I64S(throttle_seconds, KEY_COUNT)),
                OUT(OUT_I32(&b.seconds)), note_blocked, &b))
        return -1;
    if (!b.worst)
        return 0;
    c->fail.retry_after_s = b.worst;
    return fail(&c->fail, FAIL_SLOW_DOWN, "too many logins");
}

static struct text lower_ascii(struct ctx *c, struct text t)
{
    char *p = arena_copy(c->mem, t);

    for (size_t i = 0; i < t.len; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + ('a' - 'A'));
    return (struct text){ p, t.len };
}

static int open_session(struct ctx *c, const struct login *in, int64_t person, char token[CRYPTO_TOKEN_SIZE])
{
    uint8_t hash[CRYPTO_HASH_SIZE];

    crypto_token(token);
    crypto_sha256(text_of(token), hash);
    return db_do(c, SQL_SESSION_ADD,
                 IN(IN_BYTES(((struct text){ (const char *)hash, sizeof(hash) })), IN_I64(person), IN_I32(in->days),
                    IN_TEXT(in->address), IN_TEXT(in->agent))) == 1
               ? 0
               : -1;
}

int session_login(struct ctx *c, const struct login *in, char token[CRYPTO_TOKEN_SIZE], int64_t *person)
{
    struct text email = lower_ascii(c, in->email), encoded = { NULL, 0 };
    struct text network = network_of(c, in->address);
    const struct text keys[KEY_COUNT] = {
        [KEY_PAIR] = hashed(c, arena_printf(c->mem, "%.*s\n", (int)network.len, network.ptr), email),
        [KEY_EMAIL] = hashed(c, "email:", email),
        [KEY_ADDRESS] = hashed(c, "address:", network),
    };
    char fresh[CRYPTO_PASSWORD_SIZE];
    int64_t id = 0;

    if (check_throttle(c, keys))
        return -1;
    int found = db_one(c, SQL_PERSON_BY_EMAIL, IN(IN_TEXT(email)), OUT(OUT_I64(&id), OUT_TEXT(&encoded)));
    if (found < 0)
        return -1;
    const char *hash = found ? arena_copy(c->mem, encoded) : in->dummy_hash;
    if (!crypto_password_ok(in->password, hash) || !found)
        return fail(&c->fail, FAIL_WRONG_LOGIN, "wrong e-mail or password");
    if (db_do(c, SQL_LOGIN_SUCCEEDED, IN(IN_BYTESS(keys, KEY_ADDRESS), IN_BYTES(keys[KEY_ADDRESS]))) < 0)
        return -1;
    if (crypto_password_stale(hash) && crypto_password_hash(in->password, fresh) == 0 &&
        db_do(c, SQL_PERSON_PASSWORD_REHASH, IN(IN_I64(id), IN_STR(fresh))) < 0)
        return -1;
    if (open_session(c, in, id, token))
        return -1;
    *person = id;
    return 0;
}

int session_logout(struct ctx *c, struct text token_hash)
{
    return db_do(c, SQL_SESSION_DROP, IN(IN_BYTES(token_hash))) < 0 ? -1 : 0;
}

int session_touch(struct ctx *c, struct text token_hash, int days)
{
    return db_do(c, SQL_SESSION_TOUCH, IN(IN_BYTES(token_hash), IN_I32(days))) < 0 ? -1 : 0;
}

struct new_password {
    struct text token_hash;
    const char *fresh;
};

static int set_password(struct ctx *c, void *arg)
{
    const struct new_password *p = arg;

    return db_do(c, SQL_PERSON_PASSWORD_SET, IN(IN_STR(p->fresh))) < 0 ||
                   db_do(c, SQL_SESSION_DROP_OTHERS, IN(IN_BYTES(p->token_hash))) < 0
               ? -1
               : 0;
}

int session_password(struct ctx *c, struct text token_hash, struct text old, struct text new_one)
{
    struct text encoded = { NULL, 0 };
    char fresh[CRYPTO_PASSWORD_SIZE];
    struct new_password p = { token_hash, fresh };
    int rc = db_one(c, SQL_PERSON_PASSWORD_HASH, NO_IN, OUT(OUT_TEXT(&encoded)));

    if (rc < 0)
        return -1;
    if (rc == 0 || !crypto_password_ok(old, arena_copy(c->mem, encoded)))
        return fail_field(&c->fail, "old", "the old password does not fit");
    if (crypto_password_hash(new_one, fresh))
        return fail(&c->fail, FAIL_INTERNAL, "hashing failed");
    return db_tx(c, set_password, &p);
}

/* ---- people ---- */

int me_get(struct ctx *c, int64_t id, struct me *out)
{
    struct me p = { 0 };
    int rc = db_one(c, SQL_PERSON_ME, IN(IN_ID(id)),
                    OUT(OUT_I64(&p.id), OUT_TEXT(&p.name), OUT_TEXT(&p.email), OUT_TEXT(&p.language),
                        OUT_TEXT(&p.theme)));

    if (rc == 1)
        *out = p;
    return rc;
}

struct business_rows {
    struct person_business at;
    person_business_fn *row;
    void *arg;
};

static int business_row(void *arg)
{
    struct business_rows *r = arg;

    return r->row(&r->at, r->arg);
}

int me_businesses(struct ctx *c, int64_t id, person_business_fn *row, void *arg)
{
    struct business_rows r = { .row = row, .arg = arg };

    return db_each(c, SQL_PERSON_BUSINESSES, IN(IN_ID(id)),
                   OUT(OUT_I64(&r.at.id), OUT_TEXT(&r.at.name), OUT_I16(&r.at.role), OUT_TEXT(&r.at.zone),
                       OUT_BOOL(&r.at.is_demo)),
                   business_row, &r);
}

int me_patch(struct ctx *c, struct text name, struct text language, struct text theme)
{
    return db_do(c, SQL_PERSON_PATCH, IN(IN_TEXT(name), IN_TEXT(language), IN_TEXT(theme))) < 0 ? -1 : 0;
}

struct colleague_rows {
    struct colleague at;
    colleague_fn *row;
    void *arg;
};

static int colleague_row(void *arg)
{
    struct colleague_rows *r = arg;

    return r->row(&r->at, r->arg);
}

int people_each(struct ctx *c, int64_t only, colleague_fn *row, void *arg)
{
    struct colleague_rows r = { .row = row, .arg = arg };

    return db_each(c, SQL_PEOPLE_LIST, IN(IN_I64(c->who.business), IN_ID(only)),
                   OUT(OUT_I64(&r.at.id), OUT_TEXT(&r.at.name), OUT_TEXT(&r.at.email), OUT_I16(&r.at.role),
                       OUT_BOOL(&r.at.disabled), OUT_TIME(&r.at.last_seen)),
                   colleague_row, &r);
}

struct new_person {
    struct text key, email, name, password;
    enum role role;
    int64_t id;
};

static int add_person(struct ctx *c, void *arg)
{
    struct new_person *p = arg;
    int rc = made_once_find(c, p->key, "person", &p->id);

    if (rc)
        return rc < 0 ? -1 : 0;
    if (person_add(c, p->email, p->name, text_of(NULL), p->password, &p->id) ||
        made_once_note(c, p->key, "person", p->id))
        return -1;
    return member_add(c, p->id, p->role);
}

int people_add(struct ctx *c, struct text key, struct text email, struct text name, enum role role,
               struct text password, int64_t *id)
{
    struct new_person p = { key, email, name, password, role, 0 };

    /* May she at all? Asked before the expensive part. */
    if (db_who(c) || db_tx(c, add_person, &p))
        return -1;
    *id = p.id;
    return 0;
}

struct person_change {
    int64_t id;
    enum role role;
    int disabled;
};

static int change_person(struct ctx *c, void *arg)
{
    struct person_change *p = arg;
    struct db_in role = p->role ? (struct db_in)IN_I16(p->role) : (struct db_in)IN_NULL;
    struct db_in disabled = p->disabled >= 0 ? (struct db_in)IN_BOOL(p->disabled) : (struct db_in)IN_NULL;
    int64_t n;

    if (db_do(c, SQL_MEMBER_LOCK, IN(IN_I64(c->who.business))) < 0)
        return -1;
    n = db_do(c, SQL_MEMBER_PATCH, IN(IN_I64(c->who.business), IN_I64(p->id), role, disabled));

    if (n == 0)
        return fail(&c->fail, FAIL_NOT_POSSIBLE, "no such member, or the last owner");
    if (n < 0)
        return -1;
    if (p->disabled >= 0) {
        n = db_do(c, SQL_PERSON_DISABLE, IN(IN_I64(c->who.business), IN_I64(p->id), IN_BOOL(p->disabled)));
        if (n == 0)
            return fail(&c->fail, FAIL_NOT_POSSIBLE, "belongs to another business too");
        if (n < 0 || (p->disabled && db_do(c, SQL_SESSION_DROP_PERSON, IN(IN_I64(p->id))) < 0))
            return -1;
    }
    return audit_add(c, "person.edit", arena_printf(c->mem, "person:%lld", (long long)p->id),
                      text_of(arena_printf(c->mem, "{\"role\":%d,\"disabled\":%d}", (int)p->role, p->disabled)));
}

int people_patch(struct ctx *c, int64_t id, enum role role, int disabled)
{
    struct person_change p = { id, role, disabled };

    return db_tx(c, change_person, &p);
}

/* ---- once ---- */

int made_once_find(struct ctx *c, struct text key, const char *kind, int64_t *id)
{
    struct text was = { NULL, 0 };
    int64_t object = 0;
    int rc = db_one(c, SQL_MADE_ONCE_GET, IN(IN_I64(c->who.business), IN_TEXT(key)),
                    OUT(OUT_TEXT(&was), OUT_I64(&object)));

    if (rc <= 0)
        return rc;
    if (!text_equal(was, text_of(kind)))
        return fail(&c->fail, FAIL_CONFLICT, "this Idempotency-Key made a %.*s", (int)was.len, was.ptr);
    *id = object;
    return 1;
}

int made_once_note(struct ctx *c, struct text key, const char *kind, int64_t id)
{
    if (db_do(c, SQL_MADE_ONCE_ADD, IN(IN_I64(c->who.business), IN_TEXT(key), IN_STR(kind), IN_I64(id))) >= 0)
        return 0;
    /* The same key made its object in this very moment: asked again, it gives that one. */
    return c->fail.code == FAIL_CONFLICT ? fail(&c->fail, FAIL_TRY_AGAIN, "the same key at the same time") : -1;
}

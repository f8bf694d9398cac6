/* tanggap person add|passwd|list: people who log in. Passwords come from stdin only. */
#include "db/query.h"
#include "main/command.h"
#include "util/json_out.h"
#include "util/str.h"

#include <stdio.h>

#define PASSWORD_MIN 8
#define PASSWORD_MAX 1024

static const char *const role_words[] = { "", "owner", "approver", "agent", "trainer", "participant", "observer" };

struct add_options {
    const char *email, *name, *business, *role, *language;
    bool json;
};

struct add_work {
    struct desk *d;
    const struct add_options *o;
    const char *email;
    char hash[CRYPTO_PASSWORD_SIZE];
    int16_t role;
    int64_t id;
};

static bool role_from_word(const char *word, int16_t *out)
{
    for (size_t i = 1; i < COUNT_OF(role_words); i++)
        if (strcmp(word, role_words[i]) == 0) {
            *out = (int16_t)i;
            return true;
        }
    return false;
}

/* Lower case (ASCII), one '@' with something on both sides, no blanks. */
static const char *clean_email(const char *given, struct arena *mem)
{
    char *email = arena_copy(mem, str_trim(text_of(given)));
    const char *at = strchr(email, '@');

    for (char *p = email; *p; p++) {
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p - 'A' + 'a');
        if ((unsigned char)*p <= ' ' || *p == 127)
            return NULL;
    }
    bool good =
        at && at != email && at[1] && !strchr(at + 1, '@') && strlen(email) <= 254 && str_utf8_valid(text_of(email));
    return good ? email : NULL;
}

/* Reads and hashes; the words themselves are wiped at once. */
static int read_password(const struct invocation *in, char hash[CRYPTO_PASSWORD_SIZE])
{
    struct buf secret = BUF_INIT(8192);
    int rc = command_read_secret(in, NULL, "password", &secret);

    if (rc == 0 && (secret.len < PASSWORD_MIN || secret.len > PASSWORD_MAX)) {
        fprintf(stderr, "tanggap %s: a password has %d to %d bytes\n", in->name, PASSWORD_MIN, PASSWORD_MAX);
        rc = -1;
    }
    if (rc == 0)
        rc = crypto_password_hash(buf_as_text(&secret), hash);
    if (secret.ptr)
        crypto_wipe(secret.ptr, secret.cap);
    buf_fini(&secret);
    return rc;
}

static int add_one(struct ctx *c, void *arg)
{
    struct add_work *w = arg;
    int rc = db_one(c, SQL_DESK_FIND_PERSON, IN(IN_STR(w->email)), OUT(OUT_I64(&w->id)));

    if (rc < 0)
        return -1;
    if (rc == 1)
        return fail_field(&c->fail, "email", "%s has a login already", w->email);
    if (db_one(c, SQL_DESK_ADD_PERSON,
               IN(IN_STR(w->email), IN_STR(w->o->name), IN_STR(w->hash), IN_STR(w->o->language)),
               OUT(OUT_I64(&w->id))) != 1)
        return -1;
    if (!w->role)
        return 0;
    int64_t seq;
    const char *object = arena_printf(c->mem, "person:%lld", (long long)w->id);
    const char *detail = arena_printf(c->mem, "{\"role\":\"%s\"}", role_words[w->role]);
    return db_do(c, SQL_DESK_ADD_MEMBER, IN(IN_I64(c->who.business), IN_I64(w->id), IN_I16(w->role))) < 0 ||
                   db_one(c, SQL_DESK_AUDIT,
                          IN(IN_I64(c->who.business), IN_STR("member.add"), IN_STR(object), IN_STR(detail)),
                          OUT(OUT_I64(&seq))) < 0
               ? -1
               : 0;
}

static int person_add(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "email", OPTION_TEXT, true, offsetof(struct add_options, email), "EMAIL", "the login" },
        { "name", OPTION_TEXT, true, offsetof(struct add_options, name), "NAME", "as colleagues see it" },
        { "business", OPTION_TEXT, false, offsetof(struct add_options, business), "B",
          "number or name of the business to enter; the only one" },
        { "role", OPTION_TEXT, false, offsetof(struct add_options, role), "ROLE",
          "owner, approver, agent, trainer, participant or observer; agent" },
        { "language", OPTION_TEXT, false, offsetof(struct add_options, language), "id|en", "of the panel; id" },
        { "json", OPTION_FLAG, false, offsetof(struct add_options, json), NULL, "print {\"id\": …}" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "", "Makes a login and a membership. The password is read from stdin (a line, or typed without echo).", rows, 0,
        0
    };
    struct add_options o = { .role = "agent", .language = "id" };
    struct add_work w = { .o = &o };
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (!role_from_word(o.role, &w.role))
        return command_misused(in, "there is no role \"%s\"", o.role);
    if (strcmp(o.language, "id") != 0 && strcmp(o.language, "en") != 0)
        return command_misused(in, "--language is id or en");
    if (read_password(in, w.hash) || desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    w.email = clean_email(o.email, d.mem);
    int rc = COMMAND_FAILED;
    if (!w.email)
        rc = command_misused(in, "\"%s\" is no e-mail address", o.email);
    else if (desk_enter_business(&d, o.business) || db_tx(&d.c, add_one, &w))
        rc = command_failed(in, &d.c.fail);
    else {
        rc = COMMAND_DONE;
        printf(o.json ? "{\"id\":\"%lld\"}\n" : "%lld\n", (long long)w.id);
    }
    db_leave(&d.c);
    desk_close(&d);
    return rc;
}

static int change_password(struct ctx *c, void *arg)
{
    struct add_work *w = arg;
    int rc = db_one(c, SQL_DESK_FIND_PERSON, IN(IN_STR(w->email)), OUT(OUT_I64(&w->id)));

    if (rc < 0)
        return -1;
    if (rc == 0)
        return fail(&c->fail, FAIL_NOT_FOUND, "nobody logs in as %s (tanggap person list)", w->email);
    return db_do(c, SQL_DESK_SET_PASSWORD, IN(IN_I64(w->id), IN_STR(w->hash))) < 0 ||
                   db_do(c, SQL_DESK_END_SESSIONS, IN(IN_I64(w->id))) < 0
               ? -1
               : 0;
}

static int person_passwd(struct invocation *in)
{
    static const struct option_row rows[] = { OPTION_ROWS_END };
    static const struct command_usage usage = { "EMAIL",
                                                "Sets a new password, read from stdin, and ends the person's logins.",
                                                rows, 1, 1 };
    struct add_work w = { .o = NULL };
    struct desk d;
    int stop = command_options(in, &usage, NULL);

    if (stop >= 0)
        return stop;
    if (read_password(in, w.hash) || desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    w.email = clean_email(in->argv[0], d.mem);
    db_enter_system(&d.c);
    int rc = !w.email                           ? command_misused(in, "\"%s\" is no e-mail address", in->argv[0])
             : db_tx(&d.c, change_password, &w) ? command_failed(in, &d.c.fail)
                                                : COMMAND_DONE;
    db_leave(&d.c);
    if (rc == COMMAND_DONE)
        fputs("The password is changed; this person has to log in again everywhere.\n", stderr);
    desk_close(&d);
    return rc;
}

struct list_row {
    int64_t id, business;
    struct text email, name, business_name;
    time_us disabled_at;
    int16_t role;
    bool json;
    const char *only;
};

static int print_row(void *arg)
{
    const struct list_row *r = arg;
    const char *role = role_words[r->role >= 0 && (size_t)r->role < COUNT_OF(role_words) ? r->role : 0];

    if (!r->json) {
        printf("%-32.*s %-24.*s %-12s %.*s%s\n", (int)r->email.len, r->email.ptr, (int)r->name.len, r->name.ptr, role,
               (int)r->business_name.len, r->business_name.ptr ? r->business_name.ptr : "",
               r->disabled_at != TIME_NONE ? " (disabled)" : "");
        return 0;
    }
    struct buf line = BUF_INIT(4096);
    struct json_out j = json_out(&line);
    jo_object(&j);
    jo_kv(&j, "id", jo_id, r->id);
    jo_kv(&j, "email", jo_text, r->email);
    jo_kv(&j, "name", jo_text, r->name);
    jo_kv(&j, "role", jo_str, role);
    jo_kv(&j, "business", jo_id, r->business);
    jo_kv(&j, "disabled_at", jo_time, r->disabled_at);
    jo_end_object(&j);
    puts(line.failed ? "{}" : line.ptr);
    buf_fini(&line);
    return 0;
}

static int person_list(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "business", OPTION_TEXT, false, offsetof(struct list_row, only), "B", "only this business's people" },
        { "json", OPTION_FLAG, false, offsetof(struct list_row, json), NULL, "one JSON object a line" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = { "", "Lists who may log in, and where.", rows, 0, 0 };
    struct list_row r = { .only = NULL };
    struct desk d;
    int stop = command_options(in, &usage, &r);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    bool found = true;
    if (r.only)
        found = desk_enter_business(&d, r.only) == 0;
    else
        db_enter_system(&d.c);
    int rc = found && db_each(&d.c, SQL_DESK_LIST_PEOPLE, IN(IN_ID(d.c.who.business)),
                              OUT(OUT_I64(&r.id), OUT_TEXT(&r.email), OUT_TEXT(&r.name), OUT_TIME(&r.disabled_at),
                                  OUT_I64(&r.business), OUT_TEXT(&r.business_name), OUT_I16(&r.role)),
                              print_row, &r) >= 0
                 ? COMMAND_DONE
                 : command_failed(in, &d.c.fail);
    db_leave(&d.c);
    desk_close(&d);
    return rc;
}

int command_person(struct invocation *in)
{
    static const struct command table[] = {
        { "person add", person_add, "make a login" },
        { "person passwd", person_passwd, "set a new password" },
        { "person list", person_list, "show all" },
    };

    return command_of_two(in, table, COUNT_OF(table));
}

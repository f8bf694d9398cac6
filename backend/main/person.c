/* tanggap person add|passwd|list: people who log in. Passwords come from stdin only. */
#include "domain/person.h"
#include "main/command.h"
#include "util/json_out.h"
#include "util/str.h"

#include <stdio.h>

#define SECRET_MAX 8192

struct options {
    const char *email, *name, *business, *role, *language;
    bool json;
};

static void wipe(struct buf *secret)
{
    if (secret->ptr)
        crypto_wipe(secret->ptr, secret->cap);
    buf_fini(secret);
}

/* Somebody who has a login already joins this business with it; the password stays. */
static int add_or_find(struct desk *d, const struct options *o, struct text password, int64_t *id)
{
    struct ctx *c = &d->c;
    struct text email = text_of(o->email);
    struct person known;

    db_enter_system(c);
    int rc = person_add(c, email, text_of(o->name), text_of(o->language), password, id);
    if (rc && c->fail.code == FAIL_CONFLICT && person_get_by_email(c, email, &known) == 1) {
        fprintf(stderr, "%s has a login already: it stays as it is and now opens this business too.\n", o->email);
        *id = known.id;
        rc = 0;
    }
    db_leave(c);
    return rc;
}

static int add(struct desk *d, const struct options *o, enum role role, struct text password, int64_t *id)
{
    struct ctx *c = &d->c;

    if (desk_enter_business(d, o->business))
        return -1;
    int64_t business = c->who.business;
    db_leave(c);
    if (add_or_find(d, o, password, id))
        return -1;
    db_enter_business(c, business);
    c->who.business = business;
    int rc = member_add(c, *id, role);
    db_leave(c);
    return rc;
}

static int person_add_command(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "email", OPTION_TEXT, true, offsetof(struct options, email), "EMAIL", "the login" },
        { "name", OPTION_TEXT, true, offsetof(struct options, name), "NAME", "as colleagues see it" },
        { "business", OPTION_TEXT, false, offsetof(struct options, business), "B",
          "number or name of the business to enter; the only one" },
        { "role", OPTION_TEXT, false, offsetof(struct options, role), "ROLE",
          "owner, approver, agent, trainer, participant or observer; agent" },
        { "language", OPTION_TEXT, false, offsetof(struct options, language), "id|en", "of the panel; id" },
        { "json", OPTION_FLAG, false, offsetof(struct options, json), NULL, "print {\"id\": …}" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "", "Makes a login and a membership. The password is read from stdin (a line, or typed without echo).", rows, 0,
        0
    };
    struct options o = { .role = "agent", .language = "id" };
    struct buf secret = BUF_INIT(SECRET_MAX);
    enum role role;
    struct desk d;
    int64_t id = 0;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (!role_from_word(text_of(o.role), &role))
        return command_misused(in, "there is no role \"%s\"", o.role);
    int rc = COMMAND_FAILED;
    if (command_read_secret(in, NULL, "password", &secret) == 0 && desk_open(&d, in, DESK_OWNER) == 0) {
        rc = add(&d, &o, role, buf_as_text(&secret), &id) ? command_failed(in, &d.c.fail) : COMMAND_DONE;
        if (rc == COMMAND_DONE)
            printf(o.json ? "{\"id\":\"%lld\"}\n" : "%lld\n", (long long)id);
        desk_close(&d);
    }
    wipe(&secret);
    return rc;
}

static int change_password(struct ctx *c, struct text email, struct text password)
{
    struct person known;
    int rc = person_get_by_email(c, email, &known);

    if (rc < 0)
        return -1;
    if (rc == 0)
        return fail(&c->fail, FAIL_NOT_FOUND, "nobody logs in as %.*s (tanggap person list)", (int)email.len,
                    email.ptr);
    return person_passwd(c, known.id, password);
}

static int person_passwd_command(struct invocation *in)
{
    static const struct option_row rows[] = { OPTION_ROWS_END };
    static const struct command_usage usage = { "EMAIL",
                                                "Sets a new password, read from stdin, and ends the person's logins.",
                                                rows, 1, 1 };
    struct buf secret = BUF_INIT(SECRET_MAX);
    struct desk d;
    int stop = command_options(in, &usage, NULL);

    if (stop >= 0)
        return stop;
    int rc = COMMAND_FAILED;
    if (command_read_secret(in, NULL, "password", &secret) == 0 && desk_open(&d, in, DESK_OWNER) == 0) {
        db_enter_system(&d.c);
        rc = change_password(&d.c, str_trim(text_of(in->argv[0])), buf_as_text(&secret)) ? command_failed(in, &d.c.fail)
                                                                                         : COMMAND_DONE;
        db_leave(&d.c);
        if (rc == COMMAND_DONE)
            fputs("The password is changed; this person has to log in again everywhere.\n", stderr);
        desk_close(&d);
    }
    wipe(&secret);
    return rc;
}

static int print_row(const struct person *p, void *arg)
{
    const struct options *o = arg;

    if (!o->json) {
        printf("%-6lld %-32.*s %-24.*s %s%s\n", (long long)p->id, (int)p->email.len, p->email.ptr, (int)p->name.len,
               p->name.ptr, role_word(p->role), p->is_disabled ? " (disabled)" : "");
        return 0;
    }
    struct buf line = BUF_INIT(4096);
    struct json_out j = json_out(&line);
    jo_object(&j);
    jo_kv(&j, "id", jo_id, p->id);
    jo_kv(&j, "email", jo_text, p->email);
    jo_kv(&j, "name", jo_text, p->name);
    if (o->business)
        jo_kv(&j, "role", jo_str, role_word(p->role));
    jo_kv(&j, "is_disabled", jo_bool, p->is_disabled);
    jo_end_object(&j);
    puts(line.failed ? "{}" : line.ptr);
    buf_fini(&line);
    return 0;
}

static int person_list_command(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "business", OPTION_TEXT, false, offsetof(struct options, business), "B",
          "only its people, with their roles" },
        { "json", OPTION_FLAG, false, offsetof(struct options, json), NULL, "one JSON object a line" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = { "", "Lists who may log in.", rows, 0, 0 };
    struct options o = { .business = NULL };
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    int rc;
    if (o.business) {
        rc = desk_enter_business(&d, o.business) || person_list_members(&d.c, print_row, &o);
    } else {
        db_enter_system(&d.c);
        rc = person_list(&d.c, print_row, &o);
    }
    rc = rc ? command_failed(in, &d.c.fail) : COMMAND_DONE;
    db_leave(&d.c);
    desk_close(&d);
    return rc;
}

int command_person(struct invocation *in)
{
    static const struct command table[] = {
        { "person add", person_add_command, "make a login" },
        { "person passwd", person_passwd_command, "set a new password" },
        { "person list", person_list_command, "show all" },
    };

    return command_of_two(in, table, COUNT_OF(table));
}

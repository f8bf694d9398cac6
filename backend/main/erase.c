/* tanggap erase WHO: forgets a person. */
#include "db/query.h"
#include "jobs/erasures.h"
#include "main/command.h"
#include "util/str.h"

#include <stdio.h>
#include <unistd.h>

struct options {
    const char *business;
    bool yes;
};

/* A terminal is asked; a pipe has to say --yes. */
static bool is_meant(const struct invocation *in, const struct options *o, const char *name)
{
    char answer[16] = "";

    if (o->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        command_misused(in, "erasing cannot be undone: say --yes");
        return false;
    }
    fprintf(stderr, "Forget \"%s\" for good: name, handles, every message and file? Type yes: ", name);
    return fgets(answer, sizeof(answer), stdin) && strcmp(answer, "yes\n") == 0;
}

/* An earlier try may have ended between the database and the journal: the promise is noted all the same. */
static int erase(struct desk *d, int64_t contact, int64_t *messages)
{
    *messages = 0;
    if (erasures_erase(&d->c, contact, messages) && d->c.fail.code != FAIL_NOT_FOUND)
        return -1;
    return erasures_note(&d->c, contact);
}

/* A contact that is forgotten already is found by its number only. */
static int find(struct desk *d, const char *who, int64_t *contact, const char **name)
{
    struct fail why;
    int64_t id = 0;

    if (desk_find_contact(d, who, contact, name) == 0)
        return 0;
    why = d->c.fail;
    if (why.code != FAIL_NOT_FOUND || str_whole_i64(text_of(who), &id, 1, INT64_MAX))
        return -1;
    if (db_one(&d->c, SQL_ERASE_IS_PROMISED, IN(IN_I64(d->c.who.business), IN_I64(id)), OUT(OUT_I64(contact))) == 1)
        return 0;
    d->c.fail = why;
    return -1;
}

int command_erase(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "business", OPTION_TEXT, false, offsetof(struct options, business), "B",
          "number or name of the business; the only one" },
        { "yes", OPTION_FLAG, false, offsetof(struct options, yes), NULL, "do not ask" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "WHO",
        "Forgets a contact (number, name, handle or phone): names, handles, words and files go, counts and clocks\n"
        "stay. The promise is noted outside the database too, so that a restore keeps it.",
        rows, 1, 1
    };
    struct options o = { .business = NULL };
    const char *name = "";
    struct desk d;
    int64_t contact, messages = 0;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    int rc = COMMAND_DONE;
    if (desk_enter_business(&d, o.business) || find(&d, in->argv[0], &contact, &name))
        rc = command_failed(in, &d.c.fail);
    else if (!is_meant(in, &o, name))
        rc = COMMAND_MISUSED;
    else if (erase(&d, contact, &messages))
        rc = command_failed(in, &d.c.fail);
    else
        fprintf(stderr, "Forgotten: %lld messages are empty now.\n", (long long)messages);
    db_leave(&d.c);
    desk_close(&d);
    return rc;
}

/* tanggap audit verify: does every entry of every business's chain follow from the one before? */
#include "domain/audit.h"

#include "domain/business.h"
#include "main/command.h"
#include "util/json_out.h"

#include <stdio.h>

#define BUSINESSES_MAX 65536

struct options {
    bool json;
};

/* Ids first: one business is entered after the other, and the list is read outside all. */
struct ids {
    struct buf at; /* int64_t after int64_t */
};

static int keep_id(const struct business *b, void *arg)
{
    struct ids *ids = arg;

    buf_add(&ids->at, &b->id, sizeof(b->id));
    return 0;
}

static void print_chain(int64_t business, bool is_good, int64_t first_bad, bool json)
{
    if (json)
        printf("{\"business\":\"%lld\",\"intact\":%s,\"first_bad\":%lld}\n", (long long)business,
               is_good ? "true" : "false", (long long)first_bad);
    else if (is_good)
        printf("business %lld: unbroken\n", (long long)business);
    else
        printf("business %lld: BROKEN at entry %lld\n", (long long)business, (long long)first_bad);
}

/* 1 all are intact, 0 not, -1 failed. */
static int verify_all(struct desk *d, bool json)
{
    struct ctx *c = &d->c;
    struct ids ids = { BUF_INIT(BUSINESSES_MAX * sizeof(int64_t)) };
    int64_t first_bad = 0;
    int all = 1;

    db_enter_system(c);
    int rc = business_list(c, keep_id, &ids);
    db_leave(c);
    for (size_t at = 0; rc == 0 && at < ids.at.len; at += sizeof(int64_t)) {
        int64_t business;

        memcpy(&business, ids.at.ptr + at, sizeof(business));
        db_enter_business(c, business);
        c->who.business = business;
        int intact = audit_verify(c, &first_bad);
        db_leave(c);
        if (intact < 0)
            rc = -1;
        else
            print_chain(business, intact, intact ? 0 : first_bad, json);
        all &= intact == 1;
    }
    buf_fini(&ids.at);
    return rc ? -1 : all;
}

static int audit_verify_command(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "json", OPTION_FLAG, false, offsetof(struct options, json), NULL, "one JSON object a line" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "", "Recomputes the hash chain of every business's audit log. Exit code 1 when one is broken.", rows, 0, 0
    };
    struct options o = { .json = false };
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    int all = verify_all(&d, o.json);
    int rc = all < 0 ? command_failed(in, &d.c.fail) : all ? COMMAND_DONE : COMMAND_FAILED;
    desk_close(&d);
    return rc;
}

int command_audit(struct invocation *in)
{
    static const struct command table[] = { { "audit verify", audit_verify_command, "check the hash chains" } };

    return command_of_two(in, table, COUNT_OF(table));
}

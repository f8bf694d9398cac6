/* tanggap business add|list: tenants. */
#include "domain/business.h"
#include "main/command.h"
#include "util/json_out.h"

#include <stdio.h>

struct add_options {
    const char *name, *zone, *language;
    bool json;
};

static int business_add_command(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "name", OPTION_TEXT, true, offsetof(struct add_options, name), "NAME", "as people know it" },
        { "zone", OPTION_TEXT, false, offsetof(struct add_options, zone), "ZONE", "its time zone; Asia/Jakarta" },
        { "language", OPTION_TEXT, false, offsetof(struct add_options, language), "id|en", "of its reports; id" },
        { "json", OPTION_FLAG, false, offsetof(struct add_options, json), NULL, "print {\"id\": …}" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = { "", "Makes a business (a tenant).", rows, 0, 0 };
    struct add_options o = { .name = NULL };
    struct desk d;
    int64_t id;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    db_enter_system(&d.c);
    int rc = business_add(&d.c, text_of(o.name), text_of(o.zone), text_of(o.language), false, &id);
    db_leave(&d.c);
    if (rc)
        rc = command_failed(in, &d.c.fail);
    else
        printf(o.json ? "{\"id\":\"%lld\"}\n" : "%lld\n", (long long)id);
    desk_close(&d);
    return rc;
}

struct list_options {
    bool json;
};

static int print_row(const struct business *b, void *arg)
{
    const struct list_options *o = arg;

    if (!o->json) {
        printf("%-6lld %-32.*s %.*s%s\n", (long long)b->id, (int)b->name.len, b->name.ptr, (int)b->zone.len,
               b->zone.ptr, b->is_demo ? "  (demo)" : "");
        return 0;
    }
    struct buf line = BUF_INIT(4096);
    struct json_out j = json_out(&line);
    jo_object(&j);
    jo_kv(&j, "id", jo_id, b->id);
    jo_kv(&j, "name", jo_text, b->name);
    jo_kv(&j, "zone", jo_text, b->zone);
    jo_kv(&j, "language", jo_text, b->language);
    jo_kv(&j, "is_demo", jo_bool, b->is_demo);
    jo_kv(&j, "created_at", jo_time, b->created_at);
    jo_end_object(&j);
    puts(line.failed ? "{}" : line.ptr);
    buf_fini(&line);
    return 0;
}

static int business_list_command(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "json", OPTION_FLAG, false, offsetof(struct list_options, json), NULL, "one JSON object a line" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = { "", "Lists the businesses.", rows, 0, 0 };
    struct list_options o = { .json = false };
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    db_enter_system(&d.c);
    int rc = business_list(&d.c, print_row, &o) ? command_failed(in, &d.c.fail) : COMMAND_DONE;
    db_leave(&d.c);
    desk_close(&d);
    return rc;
}

int command_business(struct invocation *in)
{
    static const struct command table[] = {
        { "business add", business_add_command, "make one" },
        { "business list", business_list_command, "show all" },
    };

    return command_of_two(in, table, COUNT_OF(table));
}

/* tanggap business add|list: tenants. */
#include "db/query.h"
#include "main/command.h"
#include "util/json_out.h"
#include "util/str.h"

#include <stdio.h>

struct add_options {
    const char *name, *zone, *language;
    bool json;
};

struct add_in {
    struct desk *d;
    const struct add_options *o;
    int64_t id;
};

static int add_one(struct ctx *c, void *arg)
{
    struct add_in *in = arg;
    int64_t known = 0;

    if (db_one(c, SQL_DESK_ZONE_EXISTS, IN(IN_STR(in->o->zone)), OUT(OUT_I64(&known))) < 0)
        return -1;
    if (known == 0)
        return fail_field(&c->fail, "zone", "there is no time zone \"%s\" (like Asia/Jakarta)", in->o->zone);
    return db_one(c, SQL_DESK_ADD_BUSINESS,
                  IN(IN_STR(in->o->name), IN_STR(in->o->zone), IN_STR(in->o->language), IN_BOOL(false)),
                  OUT(OUT_I64(&in->id))) == 1
               ? 0
               : -1;
}

static int business_add(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "name", OPTION_TEXT, true, offsetof(struct add_options, name), "NAME", "as people know it" },
        { "zone", OPTION_TEXT, false, offsetof(struct add_options, zone), "ZONE", "its time zone; Asia/Jakarta" },
        { "language", OPTION_TEXT, false, offsetof(struct add_options, language), "id|en", "of its reports; id" },
        { "json", OPTION_FLAG, false, offsetof(struct add_options, json), NULL, "print {\"id\": …}" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = { "", "Makes a business (a tenant).", rows, 0, 0 };
    struct add_options o = { .zone = "Asia/Jakarta", .language = "id" };
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (strcmp(o.language, "id") != 0 && strcmp(o.language, "en") != 0)
        return command_misused(in, "--language is id or en");
    if (o.name[0] == '\0' || str_utf16_units(text_of(o.name)) > 120)
        return command_misused(in, "a name has 1 to 120 characters");
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    struct add_in work = { &d, &o, 0 };
    db_enter_system(&d.c);
    int rc = db_tx(&d.c, add_one, &work) ? command_failed(in, &d.c.fail) : COMMAND_DONE;
    db_leave(&d.c);
    if (rc == COMMAND_DONE && o.json)
        printf("{\"id\":\"%lld\"}\n", (long long)work.id);
    else if (rc == COMMAND_DONE)
        printf("%lld\n", (long long)work.id);
    desk_close(&d);
    return rc;
}

struct list_row {
    int64_t id, people, channels;
    struct text name, zone, language;
    bool is_demo, json;
};

static int print_row(void *arg)
{
    const struct list_row *r = arg;

    if (!r->json) {
        printf("%-6lld %-32.*s %-20.*s %lld people, %lld channels%s\n", (long long)r->id, (int)r->name.len, r->name.ptr,
               (int)r->zone.len, r->zone.ptr, (long long)r->people, (long long)r->channels, r->is_demo ? ", demo" : "");
        return 0;
    }
    struct buf line = BUF_INIT(4096);
    struct json_out j = json_out(&line);
    jo_object(&j);
    jo_kv(&j, "id", jo_id, r->id);
    jo_kv(&j, "name", jo_text, r->name);
    jo_kv(&j, "zone", jo_text, r->zone);
    jo_kv(&j, "language", jo_text, r->language);
    jo_kv(&j, "is_demo", jo_bool, r->is_demo);
    jo_kv(&j, "people", jo_i64, r->people);
    jo_kv(&j, "channels", jo_i64, r->channels);
    jo_end_object(&j);
    puts(line.failed ? "{}" : line.ptr);
    buf_fini(&line);
    return 0;
}

static int business_list(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "json", OPTION_FLAG, false, offsetof(struct list_row, json), NULL, "one JSON object a line" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = { "", "Lists the businesses.", rows, 0, 0 };
    struct list_row r = { .json = false };
    struct desk d;
    int stop = command_options(in, &usage, &r);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    db_enter_system(&d.c);
    int rc = db_each(&d.c, SQL_DESK_LIST_BUSINESSES, NO_IN,
                     OUT(OUT_I64(&r.id), OUT_TEXT(&r.name), OUT_TEXT(&r.zone), OUT_TEXT(&r.language),
                         OUT_BOOL(&r.is_demo), OUT_I64(&r.people), OUT_I64(&r.channels)),
                     print_row, &r) < 0
                 ? command_failed(in, &d.c.fail)
                 : COMMAND_DONE;
    db_leave(&d.c);
    desk_close(&d);
    return rc;
}

int command_business(struct invocation *in)
{
    static const struct command table[] = {
        { "business add", business_add, "make one" },
        { "business list", business_list, "show all" },
    };

    return command_of_two(in, table, COUNT_OF(table));
}

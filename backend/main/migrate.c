/* tanggap migrate: brings the schema up, and makes the keys where there are none. */
#include "db/migrate.h"
#include "main/command.h"
#include "main/state.h"

#include <stdio.h>

int command_migrate(struct invocation *in)
{
    static const struct option_row rows[] = { OPTION_ROWS_END };
    static const struct command_usage usage = {
        "", "Brings the database's schema and grants up to what this program wants. Safe to run twice.", rows, 0, 0
    };
    struct migrate_report report;
    struct fail why = { .code = FAIL_NONE };
    struct desk d;
    int stop = command_options(in, &usage, NULL);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_OWNER))
        return COMMAND_FAILED;
    bool is_new = !d.c.seal;
    if (is_new && (state_prepare(d.cfg, NULL, &why) || state_make_keys(d.cfg, &why))) {
        desk_close(&d);
        return command_failed(in, &why);
    }
    int rc = migrate_up(d.db, &report, &why) ? command_failed(in, &why) : COMMAND_DONE;
    if (rc == COMMAND_DONE)
        fprintf(stderr, "The schema is at version %d (%d steps done now).\n", report.version, report.applied);
    desk_close(&d);
    return rc;
}

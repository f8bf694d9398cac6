/* tanggap work: everything between the platforms and the database. */
#include "main/command.h"

#include "jobs/runner.h"
#include "util/log.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>

struct work_options {
    char unused;
};

static const struct option_row work_rows[] = { OPTION_ROWS_END };

static const struct command_usage work_usage = {
    .operands = "",
    .about = "Turns stored webhook bodies into messages, polls platforms, sends replies, fetches media, imports\n"
             "archives. Has no listener. Several may run at once; SIGTERM ends it in order.",
    .rows = work_rows,
    .min_operands = 0,
    .max_operands = 0,
};

int command_work(struct invocation *in)
{
    struct work_options o = { 0 };
    struct fail why = { .code = FAIL_NONE };
    struct runner *runner;
    struct desk desk;
    sigset_t ends;
    int which = 0;
    int stop = command_options(in, &work_usage, &o);

    if (stop >= 0)
        return stop;
    /* Blocked before any thread exists, so that they come to sigwait() and to nobody else. */
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    if (desk_open(&desk, in, DESK_WORK))
        return COMMAND_FAILED;
    struct runner_options options = {
        .cfg = desk.cfg,
        .seal = &desk.seal,
        .db = desk_db_options(desk.cfg, DESK_WORK, "tanggap-work", desk.mem),
    };
    runner = runner_start(&options, &why);
    if (!runner) {
        desk_close(&desk);
        return command_failed(in, &why);
    }
    log_info("work runs", KV_I("can_open_tokens", desk.seal.can_open));
    while (sigwait(&ends, &which) != 0)
        ;
    log_info("work ends", KV_I("signal", which));
    runner_stop(runner);
    desk_close(&desk);
    return COMMAND_DONE;
}

/* The work process: everything that comes in from platforms and goes out to them, and jobs that take their time.
 * One thread for each of: deliveries (stored webhook bodies → messages), polling, sending, housekeeping; two for jobs.
 * Each has its own database connection and works in batches; PostgreSQL holds all state that must survive, so several
 * work processes may run at once, and one that is killed is made good by the next. */
#ifndef TANGGAP_JOBS_RUNNER_H
#define TANGGAP_JOBS_RUNNER_H

#include "db/conn.h"

struct runner;

struct runner_options {
    const struct config *cfg;
    const struct seal_key *seal;       /* can_open, or no channel can be spoken for */
    struct db_options db;              /* role tanggap_work; strings outlive the runner */
};

/* NULL with why. */
struct runner *runner_start(const struct runner_options *options, struct fail *why);
/* Nothing new is begun; what is on its way is finished or recorded as undecided (at most 20 s); then frees. */
void runner_stop(struct runner *r);

#endif

/* A child that must live: started, started again with back-off when it dies, stopped within a time. */
#ifndef TANGGAP_MAIN_SUPERVISE_H
#define TANGGAP_MAIN_SUPERVISE_H

#include "util/clock.h"

#include <sys/types.h>

struct child {
    const char *name;
    char **argv;               /* argv[0] is the path                                    */
    int stop_signal;
    int stop_ms;               /* after that, SIGKILL                                    */
    const char *stderr_path;   /* where its complaints go, anew at each start; NULL: ours   */
    /* the supervisor's own */
    pid_t pid;                 /* 0: not running                                         */
    struct mono_us started_at;
    struct mono_us start_at;   /* when to try again; counts while pid is 0 and is_wanted */
    int64_t delay_ms;
    bool is_wanted;
};

/* Starts now. In a process group of its own, so that a terminal's Ctrl-C reaches the supervisor only; told to stop when
 * the supervisor dies. -1: could not fork. */
MUST_CHECK int child_start(struct child *c);
/* Takes note of an exit (from waitpid); plans the next start if it is still wanted: after 100 ms, doubling to 10 s while
 * it keeps dying within 10 s. */
void child_exited(struct child *c, int status);
/* Starts what is due. Returns the milliseconds until the next is, or -1 for none. */
int64_t children_start_due(struct child *const *children, size_t count);
/* Takes up every exit there is; returns true if one of these was among them. */
bool children_reap(struct child *const *children, size_t count);
/* Asks, waits, kills; returns when it is gone. */
void child_stop(struct child *c);

#endif

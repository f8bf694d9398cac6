/* Another program's input or output, without a shell. */
#ifndef TANGGAP_MAIN_PIPE_H
#define TANGGAP_MAIN_PIPE_H

#include "util/fail.h"
#include "util/text.h"

#include <sys/types.h>

/* Starts argv[0] (looked up in PATH) with a pipe at its output (its input when `to_child`). Returns our end, or -1.
 * password: PGPASSWORD of its environment; NULL: as it is. */
MUST_CHECK int pipe_open(char *const *argv, const char *password, bool to_child, pid_t *pid, struct fail *why);
/* Waits for it; -1 when it did not end well. The caller has closed our end. */
MUST_CHECK int pipe_wait(const char *name, pid_t pid, struct fail *why);
/* Runs to the end with its output dropped. */
MUST_CHECK int pipe_run(char *const *argv, const char *password, struct fail *why);

#endif

/* Programs that a command uses: started with a list of words, never through a shell. */
#include "main/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int pipe_open(char *const *argv, const char *password, bool to_child, pid_t *pid, struct fail *why)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return fail(why, FAIL_INTERNAL, "no pipe: %s", strerror(errno));
    int ours = ends[to_child ? 1 : 0], theirs = ends[to_child ? 0 : 1];
    pid_t child = fork();
    if (child < 0) {
        close(ours);
        close(theirs);
        return fail(why, FAIL_INTERNAL, "cannot fork: %s", strerror(errno));
    }
    if (child == 0) {
        dup2(theirs, to_child ? STDIN_FILENO : STDOUT_FILENO);
        if (password && setenv("PGPASSWORD", password, 1))
            _exit(126);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(theirs);
    *pid = child;
    return ours;
}

int pipe_wait(const char *name, pid_t pid, struct fail *why)
{
    int status;

    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return fail(why, FAIL_INTERNAL, "cannot wait for %s: %s", name, strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return fail(why, FAIL_NOT_POSSIBLE, "%s is not installed (deploy/install-packages)", name);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(why, FAIL_INTERNAL, "%s failed", name);
    return 0;
}

int pipe_run(char *const *argv, const char *password, struct fail *why)
{
    char drop[4096];
    pid_t pid;
    int fd = pipe_open(argv, password, false, &pid, why);

    if (fd < 0)
        return -1;
    while (read(fd, drop, sizeof(drop)) > 0)
        ;
    close(fd);
    return pipe_wait(argv[0], pid, why);
}

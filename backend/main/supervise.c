/* Children that must live. */
#include "main/supervise.h"

#include "util/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define FIRST_DELAY_MS 100
#define LAST_DELAY_MS  10000
#define STEADY_US      (10 * US_PER_S)

static void become_child(const struct child *c, pid_t supervisor)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, c->stop_signal);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (c->stderr_path) {
        int fd = open(c->stderr_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd >= 0)
            dup2(fd, STDERR_FILENO);
    }
    /* It may have died before the line above. */
    if (getppid() != supervisor)
        _exit(0);
    execv(c->argv[0], c->argv);
    _exit(127);
}

int child_start(struct child *c)
{
    pid_t supervisor = getpid();
    pid_t pid = fork();

    if (pid < 0)
        return -1;
    if (pid == 0)
        become_child(c, supervisor);
    c->pid = pid;
    c->started_at = clock_mono();
    c->is_wanted = true;
    log_debug("started", KV_S("child", c->name), KV_I("pid", pid));
    return 0;
}

void child_exited(struct child *c, int status)
{
    c->pid = 0;
    if (!c->is_wanted) {
        log_debug("stopped", KV_S("child", c->name));
        return;
    }
    if (mono_since_us(c->started_at) >= STEADY_US || c->delay_ms == 0)
        c->delay_ms = FIRST_DELAY_MS;
    else
        c->delay_ms = c->delay_ms * 2 > LAST_DELAY_MS ? LAST_DELAY_MS : c->delay_ms * 2;
    c->start_at = mono_after_ms(c->delay_ms);
    log_warn("a part has died and is started again", KV_S("child", c->name),
             KV_I("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
             KV_I("exit", WIFEXITED(status) ? WEXITSTATUS(status) : 0), KV_I("after_ms", c->delay_ms));
}

int64_t children_start_due(struct child *const *children, size_t count)
{
    int64_t next = -1;

    for (size_t i = 0; i < count; i++) {
        struct child *c = children[i];

        if (c->pid || !c->is_wanted)
            continue;
        if (mono_passed(c->start_at) && child_start(c) == 0)
            continue;
        int64_t left = mono_left_ms(c->start_at);
        if (left == 0)
            left = FIRST_DELAY_MS;
        next = next < 0 || left < next ? left : next;
    }
    return next;
}

bool children_reap(struct child *const *children, size_t count)
{
    bool any = false;
    int status;

    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        for (size_t i = 0; i < count; i++)
            if (children[i]->pid == pid) {
                child_exited(children[i], status);
                any = true;
            }
    return any;
}

static bool wait_for(const struct child *c, int64_t ms, int *status)
{
    struct mono_us deadline = mono_after_ms(ms);
    const struct timespec pause = { 0, 10 * 1000 * 1000 };

    do {
        pid_t done = waitpid(c->pid, status, WNOHANG);

        if (done == c->pid || (done < 0 && errno != EINTR))
            return true;
        nanosleep(&pause, NULL);
    } while (!mono_passed(deadline));
    return false;
}

void child_stop(struct child *c)
{
    int status = 0;

    c->is_wanted = false;
    if (c->pid == 0)
        return;
    kill(c->pid, c->stop_signal);
    if (!wait_for(c, c->stop_ms, &status)) {
        log_warn("a part did not stop in time and is killed", KV_S("child", c->name));
        kill(c->pid, SIGKILL);
        wait_for(c, 5000, &status);
    }
    child_exited(c, status);
}

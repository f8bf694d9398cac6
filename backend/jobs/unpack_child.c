/* The child process that parses zips: no files but the zip and one pipe, no new privileges, few system calls. */
#include "unpack_priv.h"

#include "util/str.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_MEMORY (512u * 1024 * 1024)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#endif

#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (nr), 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Reading, writing to the pipe, memory, leaving. Opening is refused, everything else ends the process. */
static int confine_calls(void)
{
#ifdef OUR_ARCH
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW(SYS_read),
        ALLOW(SYS_write),
        ALLOW(SYS_lseek),
        ALLOW(SYS_brk),
        ALLOW(SYS_mmap),
        ALLOW(SYS_munmap),
        ALLOW(SYS_mremap),
        ALLOW(SYS_mprotect),
        ALLOW(SYS_madvise),
        ALLOW(SYS_futex),
        ALLOW(SYS_fstat),
        ALLOW(SYS_newfstatat),
        ALLOW(SYS_getrandom),
        ALLOW(SYS_clock_gettime),
        ALLOW(SYS_rt_sigreturn),
        ALLOW(SYS_exit),
        ALLOW(SYS_exit_group),
        /* libc looks for the time zone when libarchive reckons dates; it does without */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = { (unsigned short)COUNT_OF(rules), rules };

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
#else
    return 0;
#endif
}

static int limit(int what, rlim_t most)
{
    struct rlimit l = { most, most };

    return setrlimit((__rlimit_resource_t)what, &l);
}

/* Address space that a fork of us has already, in bytes: threads of the parent may have reserved a lot. */
static int64_t address_space(void)
{
    char line[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line));
    struct text cur = { line, n > 0 ? (size_t)n : 0 };
    int64_t pages;

    if (fd >= 0)
        close(fd);
    if (str_i64(&cur, &pages, 0, INT64_MAX / 65536))
        return 0;
    return pages * sysconf(_SC_PAGESIZE);
}

/* After this the zip is descriptor 0, the pipe 1, and there is nothing else. */
static int confine(int zip, int out, unsigned cpu_s)
{
    rlim_t space = (rlim_t)address_space() + CHILD_MEMORY;

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_DUMPABLE, 0))
        return -1;
    /* neither of the two may sit where the other goes */
    if (zip == STDOUT_FILENO && (zip = dup(zip)) < 0)
        return -1;
    if (out == STDIN_FILENO && (out = dup(out)) < 0)
        return -1;
    if (dup2(zip, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 || close_range(2, ~0u, 0))
        return -1;
    if (limit(RLIMIT_CPU, cpu_s) || limit(RLIMIT_FSIZE, 0) || limit(RLIMIT_NOFILE, 2) || limit(RLIMIT_CORE, 0))
        return -1;
    if (IS_SANITIZED)
        return 0;
    return limit(RLIMIT_AS, space) || confine_calls() ? -1 : 0;
}

static int write_all(const void *bytes, size_t len)
{
    const char *p = bytes;

    while (len) {
        ssize_t n = write(STDOUT_FILENO, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int send_frame(enum unpack_frame_type type, unsigned flags, int64_t ordinal, int64_t size, const char *bytes,
                      size_t len)
{
    struct unpack_frame f = { (uint32_t)type, flags, (uint32_t)(len < UNPACK_PIECE ? len : UNPACK_PIECE), 0, ordinal,
                              size };

    return write_all(&f, sizeof(f)) || write_all(bytes, f.len) ? -1 : 0;
}

static int send_entry(struct archive_entry *e, int64_t ordinal)
{
    const char *name = archive_entry_pathname_utf8(e);
    unsigned flags = 0;

    if (!name)
        name = archive_entry_pathname(e);
    if (!name)
        name = "";
    if (archive_entry_filetype(e) == AE_IFDIR)
        flags |= ENTRY_FOLDER;
    else if (archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e) || archive_entry_symlink(e))
        flags |= ENTRY_ODD;
    if (archive_entry_is_encrypted(e))
        flags |= ENTRY_ENCRYPTED;
    return send_frame(FRAME_ENTRY, flags, ordinal, archive_entry_size_is_set(e) ? archive_entry_size(e) : -1, name,
                      strlen(name));
}

/* Returns what libarchive says is wrong, or NULL. */
static const char *send_content(struct archive *a, int64_t ordinal, int64_t most)
{
    char piece[UNPACK_PIECE / 2];
    int64_t sent = 0;
    la_ssize_t n;

    while ((n = archive_read_data(a, piece, sizeof(piece))) > 0) {
        sent += n;
        if (send_frame(FRAME_DATA, 0, ordinal, sent, piece, (size_t)n))
            return "nobody listens";
        /* the parent has refused it already */
        if (sent > most)
            return "too large";
    }
    if (n < 0)
        return archive_error_string(a) ? archive_error_string(a) : "broken";
    return send_frame(FRAME_ENTRY_END, 0, ordinal, sent, "", 0) ? "nobody listens" : NULL;
}

static const char *walk(struct archive *a, const struct unpack_limits *limits, const uint8_t *wanted, size_t bits)
{
    struct archive_entry *e;
    const char *broken = NULL;
    int rc = ARCHIVE_OK;

    for (int64_t i = 0; !broken; i++) {
        rc = archive_read_next_header(a, &e);
        if (rc == ARCHIVE_EOF)
            return NULL;
        if (rc < ARCHIVE_WARN)
            return archive_error_string(a) ? archive_error_string(a) : "broken";
        if ((uint64_t)i > limits->entries)
            return "too many entries";
        if (!wanted)
            broken = send_entry(e, i) ? "nobody listens" : NULL;
        else if ((size_t)i < bits && (wanted[i / 8] >> (i % 8) & 1))
            broken = send_content(a, i, limits->entry_bytes);
    }
    return broken;
}

static void run_child(const struct unpack_limits *limits, const uint8_t *wanted, size_t bits)
{
    struct archive *a = archive_read_new();
    const char *broken = "out of memory";

    if (a && archive_read_support_format_zip_seekable(a) == ARCHIVE_OK)
        broken = archive_read_open_fd(a, STDIN_FILENO, UNPACK_PIECE) == ARCHIVE_OK ? walk(a, limits, wanted, bits)
                                                                                  : archive_error_string(a);
    if (broken)
        send_frame(FRAME_BROKEN, 0, 0, 0, broken, strlen(broken));
    else
        send_frame(FRAME_DONE, 0, 0, 0, "", 0);
    _exit(0);
}

int unpack_spawn(int zip, const struct unpack_limits *limits, const uint8_t *wanted, size_t wanted_bits,
                 struct unpack_child *out, struct fail *why)
{
    int ends[2];
    pid_t pid;

    if (lseek(zip, 0, SEEK_SET) < 0 || pipe2(ends, O_CLOEXEC))
        return fail(why, FAIL_INTERNAL, "cannot read the zip: %s", strerror(errno));
    pid = fork();
    if (pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        if (confine(zip, ends[1], limits->cpu_s))
            _exit(3);
        run_child(limits, wanted, wanted_bits);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return fail(why, FAIL_TRY_AGAIN, "cannot start the zip reader: %s", strerror(errno));
    }
    *out = (struct unpack_child){ ends[0], pid };
    return 0;
}

static int read_all(int fd, void *bytes, size_t len)
{
    char *p = bytes;

    while (len) {
        ssize_t n = read(fd, p, len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

int unpack_next(struct unpack_child *c, struct unpack_frame *frame, char *piece, struct fail *why)
{
    if (read_all(c->fd, frame, sizeof(*frame)) || frame->len > UNPACK_PIECE || read_all(c->fd, piece, frame->len))
        return fail(why, FAIL_BAD_FILE, "the zip's reader gave up: it is broken, or made to do harm");
    if (frame->type == FRAME_BROKEN)
        return fail(why, FAIL_BAD_FILE, "the zip is broken: %.*s", (int)(frame->len < 160 ? frame->len : 160), piece);
    return 0;
}

void unpack_reap(struct unpack_child *c)
{
    if (c->pid <= 0)
        return;
    close(c->fd);
    kill(c->pid, SIGKILL);
    while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    *c = (struct unpack_child){ -1, 0 };
}

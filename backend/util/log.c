/* logfmt on stderr, one write() a line so that lines of several threads and processes never mix. A reader that stands
 * still stops nobody here: lines that find no room are dropped and counted. */
#include "util/log.h"

#include "util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096 /* PIPE_BUF: a pipe takes all of a line or nothing */

/* The one setting that is not passed around: it belongs to the process, as stderr does. */
static struct {
    char program[32];
    _Atomic int least;
    _Atomic int own;                   /* stderr opened once more, non-blocking for us alone; -1 */
    dev_t device;                      /* what own is */
    ino_t inode;
    _Atomic int64_t dropped;           /* since it was last told */
} setting = { .program = "tanggap", .least = LOG_INFO, .own = -1 };

/* The flag belongs to the open file, which a shell or other programs share: so not on theirs. Pipes and terminals only;
 * where that is not allowed (another user's), put() looks first. */
static void open_own(void)
{
    struct stat st;
    int old = atomic_load(&setting.own);

    if (fstat(STDERR_FILENO, &st) || (old >= 0 && st.st_dev == setting.device && st.st_ino == setting.inode))
        return;
    atomic_store(&setting.own, -1);
    if (old >= 0)
        close(old);
    if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode))
        return;
    setting.device = st.st_dev;
    setting.inode = st.st_ino;
    atomic_store(&setting.own, open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

void log_setup(const char *program, enum log_level least)
{
    snprintf(setting.program, sizeof(setting.program), "%s", program);
    atomic_store(&setting.least, (int)least);
    open_own();
}

enum log_level log_least(void)
{
    return (enum log_level)atomic_load_explicit(&setting.least, memory_order_relaxed);
}

struct line {
    size_t len;
    bool is_full;
    char bytes[LINE_MAX_BYTES];
};

/* Two bytes stay free for a closing quote and the end of line. */
static void add(struct line *l, const char *bytes, size_t len)
{
    size_t most = sizeof(l->bytes) - 2;
    size_t room = l->len < most ? most - l->len : 0;

    if (len > room) {
        len = room;
        l->is_full = true;
    }
    memcpy(l->bytes + l->len, bytes, len);
    l->len += len;
}

static void add_str(struct line *l, const char *s)
{
    add(l, s, strlen(s));
}

static void add_escaped(struct line *l, struct text t)
{
    while (t.len && !l->is_full) {
        const char *start = t.ptr;
        int32_t code = str_utf8_next(&t);
        char escape[16];

        if (code == '"' || code == '\\')
            snprintf(escape, sizeof(escape), "\\%c", (int)code);
        else if (code < 0)
            snprintf(escape, sizeof(escape), "\\x%02x", (unsigned)(unsigned char)*start);
        else if (code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029)
            snprintf(escape, sizeof(escape), "\\u%04x", (unsigned)code);
        else {
            add(l, start, (size_t)(t.ptr - start));
            continue;
        }
        add_str(l, escape);
    }
}

static void add_quoted(struct line *l, struct text t)
{
    add_str(l, "\"");
    if (l->is_full)
        return;
    add_escaped(l, t);
    l->bytes[l->len++] = '"';
}

/* False: no room, or nobody to tell. */
static bool put(const struct line *l)
{
    struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
    int own = atomic_load(&setting.own);
    struct stat st;

    if (fstat(STDERR_FILENO, &st))
        return false;
    if (S_ISSOCK(st.st_mode))
        return send(STDERR_FILENO, l->bytes, l->len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)l->len;
    if (own >= 0 && st.st_dev == setting.device && st.st_ino == setting.inode)
        return write(own, l->bytes, l->len) == (ssize_t)l->len;
    if (!S_ISREG(st.st_mode) && (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT)))
        return false;
    return write(STDERR_FILENO, l->bytes, l->len) == (ssize_t)l->len;
}

static void tell_dropped(void)
{
    int64_t n = atomic_exchange(&setting.dropped, 0);
    struct line l = { .len = 0, .is_full = false };
    char words[96];

    if (!n)
        return;
    snprintf(words, sizeof(words), "level=warn at=%s msg=\"log lines dropped\" count=%lld\n", setting.program,
             (long long)n);
    add_str(&l, words);
    if (!put(&l))
        atomic_fetch_add(&setting.dropped, n);
}

void log_line(enum log_level level, const char *msg, const struct log_pair *pairs, size_t count)
{
    static const char *const words[] = { "debug", "info", "warn", "error" };
    struct line l = { .len = 0, .is_full = false };
    char number[24];

    if (level < log_least())
        return;
    add_str(&l, "level=");
    add_str(&l, words[level]);
    add_str(&l, " at=");
    add_str(&l, setting.program);
    add_str(&l, " msg=");
    add_quoted(&l, text_of(msg));
    for (size_t i = 0; i < count && !l.is_full; i++) {
        if (!pairs[i].key)
            continue;
        add_str(&l, " ");
        add_str(&l, pairs[i].key);
        add_str(&l, "=");
        if (pairs[i].text) {
            add_quoted(&l, text_of(pairs[i].text));
        } else {
            snprintf(number, sizeof(number), "%lld", (long long)pairs[i].number);
            add_str(&l, number);
        }
    }
    l.bytes[l.len++] = '\n';
    tell_dropped();
    if (!put(&l))
        atomic_fetch_add(&setting.dropped, 1);
}

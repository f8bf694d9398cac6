/* logfmt on stderr, one write() a line so that lines of several threads and processes never mix. */
#include "util/log.h"

#include "util/str.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

/* The one setting that is not passed around: it belongs to the process, as stderr does. */
static struct {
    char program[32];
    _Atomic int least;
} setting = { "tanggap", LOG_INFO };

void log_setup(const char *program, enum log_level least)
{
    snprintf(setting.program, sizeof(setting.program), "%s", program);
    atomic_store(&setting.least, (int)least);
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
    /* Nobody to tell when stderr is gone. */
    ssize_t written = write(STDERR_FILENO, l.bytes, l.len);
    (void)written;
}

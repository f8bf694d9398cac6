/* tanggap parse: the normal form of a file or payload, one JSON object a line, without a database. */
#include "archive/reader.h"
#include "jobs/source.h"
#include "main/command.h"
#include "platform/connector.h"
#include "util/json_out.h"
#include "util/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_BYTES (64u * 1024)
#define OUT_MAX     (64u * 1024 * 1024)
#define PAYLOAD_MAX (16u * 1024 * 1024)
#define DAY_US      (86400 * US_PER_S)

AUTO_DEFINE(fd, int, -1, close)
AUTO_DEFINE(zone, struct zone *, NULL, zone_free)
AUTO_DEFINE(reader, struct reader *, NULL, reader_free)
AUTO_DEFINE(arena, struct arena *, NULL, arena_free)
AUTO_DEFINE(source, struct source *, NULL, source_close)

struct parse_options {
    const char *format, *platform, *tz, *self, *date_order;
    bool summary;
};

/* Where events go: to stdout, or nowhere when only counts are wanted. */
struct output {
    struct buf buf;
    bool is_silent;
    int error; /* errno of a write that failed */
    int64_t events, kinds[EVENT_KIND_COUNT];
};

static int output_flush(struct output *o)
{
    size_t at = 0;

    while (at < o->buf.len) {
        ssize_t n = write(STDOUT_FILENO, o->buf.ptr + at, o->buf.len - at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            o->error = errno;
            return -1;
        }
        at += (size_t)n;
    }
    buf_reset(&o->buf);
    return 0;
}

static int take_event(const struct event *ev, void *arg)
{
    struct output *o = arg;

    o->events++;
    o->kinds[ev->kind]++;
    if (o->is_silent)
        return 0;
    event_write(ev, &o->buf);
    if (o->buf.failed) {
        o->error = E2BIG;
        return -1;
    }
    return o->buf.len >= WRITE_BYTES ? output_flush(o) : 0;
}

/* ---- input ---- */

/* A file of ours without a name, for what must be read twice. */
static int open_spool(struct fail *why)
{
    const char *folder = getenv("TMPDIR");
    int fd = open(folder && *folder ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        fail(why, FAIL_INTERNAL, "cannot make a temporary file: %s", strerror(errno));
    return fd;
}

static int spool_bytes(struct text bytes, void *arg)
{
    int fd = *(const int *)arg;

    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        bytes = (struct text) { bytes.ptr + n, bytes.len - (size_t)n };
    }
    return 0;
}

static ssize_t read_some(int fd, char *piece, size_t len)
{
    ssize_t n;

    do
        n = read(fd, piece, len);
    while (n < 0 && errno == EINTR);
    return n;
}

/* Copies a pipe into a spool, so that it can be read twice. */
static int spool_pipe(int in, struct fail *why)
{
    AUTO(fd) int out = open_spool(why);
    char piece[16 * 1024];
    ssize_t n;
    int fd;

    if (out < 0)
        return -1;
    while ((n = read_some(in, piece, sizeof(piece))) > 0)
        if (spool_bytes((struct text) { piece, (size_t)n }, &out)) {
            fail(why, FAIL_INTERNAL, "cannot write the temporary file: %s", strerror(errno));
            return -1;
        }
    if (n < 0) {
        fail(why, FAIL_INTERNAL, "cannot read: %s", strerror(errno));
        return -1;
    }
    fd = out;
    out = -1;
    return fd;
}

static int open_input(const char *path, struct fail *why)
{
    bool is_stdin = !path || strcmp(path, "-") == 0;
    int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st)) {
        fail(why, FAIL_NOT_FOUND, "cannot open %s: %s", is_stdin ? "standard input" : path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    if (S_ISDIR(st.st_mode)) {
        close(fd);
        return fail(why, FAIL_NOT_POSSIBLE, "%s is a folder; name the file in it", path);
    }
    if (!S_ISREG(st.st_mode)) {
        int spool = spool_pipe(fd, why);

        close(fd);
        return spool;
    }
    return fd;
}

/* ---- an export ---- */

static void write_authors(struct json_out *j, const struct archive_summary *s)
{
    jo_key(j, "authors");
    jo_array(j);
    for (size_t i = 0; i < s->author_count; i++) {
        jo_object(j);
        jo_kv(j, "name", jo_text, s->authors[i].name);
        jo_kv(j, "messages", jo_i64, s->authors[i].messages);
        jo_end_object(j);
    }
    jo_end_array(j);
}

static void write_skipped(struct json_out *j, const struct archive_summary *s)
{
#define X(name, word) word,
    static const char *const words[] = { SKIP_REASONS(X) };
#undef X

    jo_key(j, "skipped");
    jo_object(j);
    for (size_t i = 0; i < SKIP_REASON_COUNT; i++)
        if (s->skipped[i]) {
            jo_key(j, words[i]);
            jo_object(j);
            jo_kv(j, "count", jo_i64, s->skipped[i]);
            jo_kv(j, "line", jo_i64, s->skipped_line[i]);
            jo_end_object(j);
        }
    jo_end_object(j);
}

static void write_summary(const struct archive_summary *s, struct buf *out)
{
    static const char *const orders[] = { "auto", "dmy", "mdy", "ymd" };
    struct json_out j = json_out(out);

    jo_object(&j);
    jo_kv(&j, "format", jo_str, archive_format_word(s->format));
    jo_kv(&j, "records", jo_i64, s->records);
    jo_kv(&j, "events", jo_i64, s->events);
    write_skipped(&j, s);
    if (s->first_at != TIME_NONE) {
        jo_kv(&j, "first_at", jo_time, s->first_at);
        jo_kv(&j, "last_at", jo_time, s->last_at);
    }
    if (s->date_rule) {
        jo_kv(&j, "date_order", jo_str, orders[s->date_order]);
        jo_kv(&j, "date_rule", jo_str, s->date_rule);
        jo_kv(&j, "date_sure", jo_bool, s->date_sure);
    }
    jo_kv(&j, "group", jo_bool, s->is_group);
    jo_kv(&j, "own_words_only", jo_bool, s->own_words_only);
    if (s->repaired || s->unrepaired) {
        jo_kv(&j, "repaired_texts", jo_i64, s->repaired);
        jo_kv(&j, "doubtful_texts", jo_i64, s->unrepaired);
    }
    jo_kv(&j, "probably_truncated", jo_bool, s->probably_truncated);
    if (s->title.ptr)
        jo_kv(&j, "title", jo_text, s->title);
    if (s->self.ptr)
        jo_kv(&j, "self", jo_text, s->self);
    write_authors(&j, s);
    if (s->mapping) {
        jo_key(&j, "mapping");
        archive_mapping_write(s->mapping, &j);
    }
    jo_end_object(&j);
    buf_char(out, '\n');
}

/* What a person should know who will believe the output. */
static void say_doubts(const struct archive_summary *s)
{
    if (!s->date_sure && s->date_rule)
        fputs("tanggap parse: nothing in the file tells whether days or months come first; see --date-order\n", stderr);
    if (s->own_words_only)
        fputs("tanggap parse: this holds only what the account's owner wrote, nobody else's words\n", stderr);
}

static bool date_order_from_word(const char *word, enum date_order *out)
{
    static const char *const words[] = { "auto", "dmy", "mdy", "ymd" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (strcmp(word, words[i]) == 0) {
            *out = (enum date_order)i;
            return true;
        }
    return false;
}

static int run_export(const struct parse_options *o, enum archive_format format, struct archive_options *options,
                      const char *path, struct output *out, struct fail *why)
{
    AUTO(source) struct source *s = NULL;
    AUTO(reader) struct reader *r = NULL;
    AUTO(fd) int fd = open_input(path, why);

    if (fd < 0 || source_open(fd, text_of(path), format, &s, why))
        return -1;
    options->without_ids = o->summary;
    options->self = text_of(o->self);
    options->not_after = clock_now() + DAY_US;
    options->region_order = DATE_ORDER_DMY;
    source_options(s, options);
    r = reader_new(source_format(s), options, take_event, out);
    if (source_read(s, r, NULL, NULL, why))
        return -1;
    if (out->is_silent)
        write_summary(reader_summary(r), &out->buf);
    else
        say_doubts(reader_summary(r));
    return 0;
}

/* ---- a platform's payload ---- */

static int run_payload(const struct parse_options *o, const struct connector *connector, const char *path,
                       struct output *out, struct fail *why)
{
    AUTO(arena) struct arena *mem = arena_new(0);
    AUTO(fd) int fd = open_input(path, why);
    struct channel_facts facts = { .platform = connector->platform, .external_id = text_of(o->self) };
    struct stat st;
    char *body;
    size_t len = 0;
    ssize_t n;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) || st.st_size > PAYLOAD_MAX)
        return fail(why, FAIL_TOO_LARGE, "at most %u bytes", PAYLOAD_MAX);
    body = arena_alloc(mem, (size_t)st.st_size + 1);
    while (len < (size_t)st.st_size && (n = pread(fd, body + len, (size_t)st.st_size - len, (off_t)len)) > 0)
        len += (size_t)n;
    if (connector->parse((struct text) { body, len }, &facts, mem, take_event, out, why))
        return -1;
    if (out->is_silent) {
        struct json_out j = json_out(&out->buf);

        jo_object(&j);
        jo_kv(&j, "platform", jo_str, platform_word(connector->platform));
        jo_kv(&j, "events", jo_i64, out->events);
        for (int k = 0; k < EVENT_KIND_COUNT; k++)
            if (out->kinds[k])
                jo_kv(&j, event_kind_word((enum event_kind)k), jo_i64, out->kinds[k]);
        jo_end_object(&j);
        buf_char(&out->buf, '\n');
    }
    return 0;
}

static const struct option_row rows[] = {
    { "format", OPTION_TEXT, false, offsetof(struct parse_options, format), "FORMAT",
      "whatsapp, telegram, facebook, instagram, x, line, youtube, csv, events or auto (default: auto, by content)" },
    { "platform", OPTION_TEXT, false, offsetof(struct parse_options, platform), "NAME",
      "FILE is what a platform sends to a webhook or answers to a poll: whatsapp, messenger, facebook, instagram, "
      "telegram, line, youtube or x" },
    { "tz", OPTION_TEXT, false, offsetof(struct parse_options, tz), "ZONE",
      "of wall-clock times in the file (default: Asia/Jakarta)" },
    { "self", OPTION_TEXT, false, offsetof(struct parse_options, self), "NAME|ID", "our own name or id in the file" },
    { "date-order", OPTION_TEXT, false, offsetof(struct parse_options, date_order), "ORDER",
      "auto, dmy, mdy or ymd (default: auto)" },
    { "summary", OPTION_FLAG, false, offsetof(struct parse_options, summary), NULL,
      "read everything, print only counts" },
    OPTION_ROWS_END,
};

static const struct command_usage usage = {
    "[FILE]",
    "Prints the normal form of an export (text, table, JSON or zip) or of a platform's payload, one JSON object a line.\n"
    "Without FILE it reads standard input. Needs no database and no settings.",
    rows,
    0,
    1,
};

int command_parse(struct invocation *in)
{
    struct parse_options o = { .format = "auto", .tz = "Asia/Jakarta", .date_order = "auto" };
    struct archive_options options = { .not_after = TIME_NONE };
    struct output out = { .buf = BUF_INIT(OUT_MAX) };
    struct fail why = { .code = FAIL_NONE };
    const struct connector *connector = NULL;
    enum archive_format format;
    enum platform platform;
    int stop = command_options(in, &usage, &o), rc;

    if (stop >= 0)
        return stop;
    if (!archive_format_from_word(text_of(o.format), &format))
        return command_misused(in, "there is no format \"%s\"", o.format);
    if (!date_order_from_word(o.date_order, &options.date_order))
        return command_misused(in, "there is no date order \"%s\"", o.date_order);
    if (o.platform && (!platform_from_word(text_of(o.platform), &platform) || !(connector = connector_for(platform))))
        return command_misused(in, "there is no connector for \"%s\"", o.platform);
    AUTO(zone) struct zone *zone = zone_open(o.tz, &why);
    if (!zone)
        return command_misused(in, "there is no time zone \"%s\"", o.tz);
    options.zone = zone;
    out.is_silent = o.summary;
    rc = connector ? run_payload(&o, connector, in->argc ? in->argv[0] : NULL, &out, &why)
                   : run_export(&o, format, &options, in->argc ? in->argv[0] : NULL, &out, &why);
    if ((rc == 0 || !out.error) && output_flush(&out))
        rc = -1;
    buf_fini(&out.buf);
    /* whoever read our output has had enough: no words about that */
    if (rc && out.error == EPIPE)
        return COMMAND_FAILED;
    if (rc && out.error)
        fail(&why, FAIL_INTERNAL, "cannot write: %s", strerror(out.error));
    return rc ? command_failed(in, &why) : COMMAND_DONE;
}

/* tanggap export: what a business owns, out again as events, a line each. */
#include "domain/export.h"

#include "main/command.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define WRITE_BYTES (64u * 1024)
#define OUT_MAX     (64u * 1024 * 1024)

struct options {
    const char *business, *channel, *contact;
};

struct output {
    struct buf buf;
    struct fail *why;
    int64_t events;
};

static int flush(struct output *o)
{
    size_t at = 0;

    while (at < o->buf.len) {
        ssize_t n = write(STDOUT_FILENO, o->buf.ptr + at, o->buf.len - at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(o->why, FAIL_INTERNAL, "cannot write: %s", strerror(errno));
        at += (size_t)n;
    }
    buf_reset(&o->buf);
    return 0;
}

static int print_event(const struct event *ev, void *arg)
{
    struct output *o = arg;

    event_write(ev, &o->buf);
    o->events++;
    if (o->buf.failed)
        return fail(o->why, FAIL_TOO_LARGE, "a message is too large to be written");
    return o->buf.len >= WRITE_BYTES ? flush(o) : 0;
}

struct work {
    struct export_filter filter;
    struct output out;
};

static int export_all(struct ctx *c, void *arg)
{
    struct work *w = arg;

    return export_events(c, &w->filter, print_event, &w->out) ? -1 : flush(&w->out);
}

static int find(struct desk *d, const struct options *o, struct export_filter *filter)
{
    return desk_enter_business(d, o->business) ||
                   (o->channel && desk_find_channel(d, o->channel, &filter->channel_id)) ||
                   (o->contact && desk_find_contact(d, o->contact, &filter->contact_id, NULL))
               ? -1
               : 0;
}

int command_export(struct invocation *in)
{
    static const struct option_row rows[] = {
        { "business", OPTION_TEXT, false, offsetof(struct options, business), "B",
          "number or name of the business; the only one" },
        { "channel", OPTION_TEXT, false, offsetof(struct options, channel), "CHANNEL", "only this channel's messages" },
        { "contact", OPTION_TEXT, false, offsetof(struct options, contact), "WHO",
          "only this person's: number, name, handle or phone" },
        OPTION_ROWS_END,
    };
    static const struct command_usage usage = {
        "",
        "Prints messages in the normal form, one JSON object a line. tanggap import reads it back,\n"
        "so everything a business owns can leave and return unchanged.",
        rows, 0, 0
    };
    struct options o = { .business = NULL };
    struct desk d;
    int stop = command_options(in, &usage, &o);

    if (stop >= 0)
        return stop;
    if (desk_open(&d, in, DESK_WORK))
        return COMMAND_FAILED;
    struct work w = { .out = { .buf = BUF_INIT(OUT_MAX), .why = &d.c.fail } };
    desk_reconnect(&d, DESK_WORK, true);
    int rc = find(&d, &o, &w.filter) || db_tx(&d.c, export_all, &w) ? command_failed(in, &d.c.fail) : COMMAND_DONE;
    db_leave(&d.c);
    if (rc == COMMAND_DONE)
        fprintf(stderr, "%lld events.\n", (long long)w.out.events);
    buf_fini(&w.out.buf);
    desk_close(&d);
    return rc;
}

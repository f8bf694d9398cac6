/* Runs an archive reader over a text in memory and writes what comes out as short lines, for tests of readers. */
#ifndef TANGGAP_TESTS_ARCHIVE_H
#define TANGGAP_TESTS_ARCHIVE_H

#include "unit.h"

#include "archive/reader.h"
#include "util/buf.h"

#include <stdio.h>
#include <stdlib.h>

struct reading {
    struct archive_options options;
    enum archive_format format;
    size_t step;                      /* bytes fed at once; 0 = all */
    bool as_json;                     /* lines of the normal form instead of short ones */
    /* results */
    struct buf out;
    struct buf ids;
    struct fail why;
    struct archive_summary summary;   /* its texts are gone; see self, title */
    char self[128], title[128];
};

static inline void reading_text(struct buf *out, struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (t.ptr[i] == '\n')
            buf_str(out, "\\n");
        else if (t.ptr[i] == '\r')
            buf_str(out, "\\r");
        else
            buf_char(out, t.ptr[i]);
}

/* "2024-06-15 21:05:07|Sari|text|in {detail} [image name]\n"; an absent author is "-". */
static inline int reading_take(const struct event *ev, void *arg)
{
    struct reading *r = arg;
    char time[TIME_TEXT_SIZE];

    if (ev->id.ptr)
        buf_text(&r->ids, ev->id);
    buf_char(&r->ids, '\n');
    if (r->as_json) {
        event_write(ev, &r->out);
        return 0;
    }
    if (ev->kind != EVENT_MESSAGE)
        buf_printf(&r->out, "%s ", event_kind_word(ev->kind));
    time_format(ev->sent_at, time);
    time[10] = ' ';
    buf_add(&r->out, time, 19);
    buf_char(&r->out, '|');
    if (ev->author.name.ptr)
        reading_text(&r->out, ev->author.name);
    else
        buf_char(&r->out, '-');
    buf_char(&r->out, '|');
    reading_text(&r->out, ev->text);
    buf_char(&r->out, '|');
    buf_str(&r->out, direction_word(ev->direction));
    if (ev->detail.ptr) {
        buf_char(&r->out, ' ');
        buf_text(&r->out, ev->detail);
    }
    for (size_t i = 0; i < ev->attachment_count; i++) {
        buf_printf(&r->out, " [%s ", attachment_type_word(ev->attachments[i].type));
        buf_text(&r->out, ev->attachments[i].name);
        buf_char(&r->out, ']');
    }
    buf_char(&r->out, '\n');
    return 0;
}

static inline void keep_text(char out[128], struct text t)
{
    size_t len = t.len < 127 ? t.len : 127;

    if (len)
        memcpy(out, t.ptr, len);
    out[len] = '\0';
}

struct reading_file {
    const char *name, *content;
};

static inline int reading_feed(struct reading *r, struct reader *reader, struct text input)
{
    size_t step = r->step ? r->step : input.len + 1;
    int rc = 0;

    for (size_t at = 0; rc == 0 && at < input.len; at += step) {
        size_t len = input.len - at < step ? input.len - at : step;
        /* a copy of its own, so that a read past the piece is caught */
        char *piece = malloc(len);

        memcpy(piece, input.ptr + at, len);
        rc = reader_feed(reader, (struct text){ piece, len }, &r->why);
        free(piece);
    }
    return rc;
}

/* 0, or -1 with r->why. What an earlier run left is dropped. files NULL: input alone. */
static inline int reading_run_files(struct reading *r, struct text input, const struct reading_file *files, size_t count)
{
    struct reader *reader;
    int rc = 0;

    buf_fini(&r->out);
    buf_fini(&r->ids);
    r->out = r->ids = BUF_INIT(256u * 1024 * 1024);
    fail_clear(&r->why);
    if (!r->options.not_after)
        r->options.not_after = TIME_NONE;
    reader = reader_new(r->format ? r->format : ARCHIVE_WHATSAPP, &r->options, reading_take, r);
    for (unsigned pass = 0; rc == 0 && pass < reader_passes(reader); pass++) {
        for (size_t i = 0; rc == 0 && i < count; i++) {
            rc = reader_next_file(reader, text_of(files[i].name), &r->why);
            rc = rc ? rc : reading_feed(r, reader, text_of(files[i].content));
        }
        if (!files)
            rc = reading_feed(r, reader, input);
        if (rc == 0)
            rc = reader_end_pass(reader, &r->why);
    }
    r->summary = *reader_summary(reader);
    keep_text(r->self, r->summary.self);
    keep_text(r->title, r->summary.title);
    reader_free(reader);
    buf_char(&r->out, '\0');
    r->out.len--;
    return rc;
}

static inline int reading_run(struct reading *r, struct text input)
{
    return reading_run_files(r, input, NULL, 0);
}

static inline void reading_fini(struct reading *r)
{
    buf_fini(&r->out);
    buf_fini(&r->ids);
}

/* The export reads as these lines, fed whole, by single bytes and by sevens. */
#define assert_reads(reading, input, expected)                                          \
    do {                                                                                \
        static const size_t steps_[] = { 0, 1, 7 };                                     \
        for (size_t i_ = 0; i_ < COUNT_OF(steps_); i_++) {                              \
            (reading)->step = steps_[i_];                                               \
            if (reading_run((reading), text_of(input)))                                 \
                fail_msg("line %ld: %s", (reading)->why.line, (reading)->why.text);     \
            assert_string_equal((reading)->out.ptr, (expected));                        \
        }                                                                               \
    } while (0)

/* The same for a tree of files. */
#define assert_reads_files(reading, files, expected)                                    \
    do {                                                                                \
        static const size_t steps_[] = { 0, 1, 7 };                                     \
        for (size_t i_ = 0; i_ < COUNT_OF(steps_); i_++) {                              \
            (reading)->step = steps_[i_];                                               \
            if (reading_run_files((reading), TEXT(""), (files), COUNT_OF(files)))       \
                fail_msg("%s line %ld: %s", (reading)->why.field, (reading)->why.line, (reading)->why.text); \
            assert_string_equal((reading)->out.ptr, (expected));                        \
        }                                                                               \
    } while (0)

#endif

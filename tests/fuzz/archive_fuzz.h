/* What every reader of exports owes, whatever the bytes: the same events however they are cut, counts that add up, events
 * that can be stored and written, a line with every refusal. */
#ifndef TANGGAP_TESTS_ARCHIVE_FUZZ_H
#define TANGGAP_TESTS_ARCHIVE_FUZZ_H

#include "fuzz.h"

#include "archive/reader.h"
#include "util/buf.h"
#include "util/str.h"

struct archive_fuzz {
    struct buf out;
    int64_t events;
};

static inline int archive_fuzz_take(const struct event *ev, void *arg)
{
    struct archive_fuzz *f = arg;

    PROPERTY(ev->thread.present && ev->thread.id.len && ev->sent_at != TIME_NONE && ev->text.ptr);
    PROPERTY(ev->id.len || ev->kind == EVENT_REACTION);
    PROPERTY(str_utf8_valid(ev->text) && str_utf8_valid(ev->author.name) && str_utf8_valid(ev->thread.id));
    f->events++;
    event_write(ev, &f->out);
    return 0;
}

/* As one file, or cut in two files of a tree at `split`. */
static inline int archive_fuzz_read(enum archive_format format, struct text input, size_t step, size_t split,
                                    struct archive_fuzz *f, struct fail *why)
{
    struct archive_options options = { .not_after = TIME_NONE, .file_name = TEXT("export") };
    struct reader *r = reader_new(format, &options, archive_fuzz_take, f);
    int rc = 0;

    for (unsigned pass = 0; rc == 0 && pass < reader_passes(r); pass++) {
        f->events = 0;
        buf_reset(&f->out);
        if (split)
            rc = reader_next_file(r, TEXT("a/inbox/b_1/message_1.json"), why);
        for (size_t at = 0, end = split ? split : input.len; rc == 0 && at < input.len; end = input.len) {
            for (; rc == 0 && at < end; at += end - at < step ? end - at : step)
                rc = reader_feed(r, (struct text){ input.ptr + at, end - at < step ? end - at : step }, why);
            if (rc == 0 && at < input.len)
                rc = reader_next_file(r, TEXT("a/inbox/b_1/message_2.json"), why);
        }
        rc = rc ? rc : reader_end_pass(r, why);
    }
    if (rc == 0) {
        const struct archive_summary *s = reader_summary(r);
        int64_t skipped = 0;

        for (size_t i = 0; i < SKIP_REASON_COUNT; i++)
            skipped += s->skipped[i];
        PROPERTY(s->events == f->events && s->records == s->events + skipped);
    }
    reader_free(r);
    return rc;
}

static inline void archive_fuzz(enum archive_format format, const uint8_t *data, size_t size)
{
    struct text input = fuzz_text(data, size);
    struct archive_fuzz whole = { .out = BUF_INIT(SIZE_MAX / 4) }, cut = whole;
    struct fail why = { .code = FAIL_NONE };
    int rc = archive_fuzz_read(format, input, size + 1, 0, &whole, &why);

    PROPERTY(rc == 0 || (why.code == FAIL_BAD_FILE && why.line >= 1));
    PROPERTY(archive_fuzz_read(format, input, size ? 1 + data[size / 2] % 13 : 1, 0, &cut, &why) == rc);
    PROPERTY(rc || text_equal(buf_as_text(&whole.out), buf_as_text(&cut.out)));
    if (archive_is_tree(format) && size > 2)
        (void)archive_fuzz_read(format, input, size, 1 + data[0] * size / 512, &cut, &why);
    buf_fini(&whole.out);
    buf_fini(&cut.out);
}

#endif

/* Any bytes, read as a WhatsApp export: the same events however they are cut, bounded texts, ids without a twin, and a
 * normal form that reads back. */
#include "fuzz.h"

#include "archive/reader.h"
#include "util/buf.h"
#include "util/str.h"

struct seen {
    struct buf lines;
    int64_t events;
};

static int take(const struct event *ev, void *arg)
{
    struct seen *s = arg;

    s->events++;
    PROPERTY(ev->text.ptr && ev->text.len <= 3u * 1024 * 1024 + 64);
    PROPERTY(str_utf8_valid(ev->text));
    PROPERTY(str_utf8_valid(ev->author.name));
    PROPERTY(ev->sent_at != TIME_NONE);
    PROPERTY(ev->id.len == 32);
    event_write(ev, &s->lines);
    return 0;
}

static int read_all(struct text input, size_t step, struct seen *seen, struct fail *why)
{
    struct archive_options options = { .not_after = TIME_NONE };
    struct reader *r = reader_new(ARCHIVE_WHATSAPP, &options, take, seen);
    int rc = 0;

    *seen = (struct seen){ .lines = BUF_INIT(SIZE_MAX / 4) };
    for (unsigned pass = 0; rc == 0 && pass < reader_passes(r); pass++) {
        for (size_t at = 0; rc == 0 && at < input.len; at += step)
            rc = reader_feed(r, (struct text){ input.ptr + at, input.len - at < step ? input.len - at : step }, why);
        if (rc == 0)
            rc = reader_end_pass(r, why);
    }
    if (rc == 0) {
        const struct archive_summary *s = reader_summary(r);
        int64_t skipped = 0;

        for (int i = 0; i < SKIP_REASON_COUNT; i++)
            skipped += s->skipped[i];
        PROPERTY(s->events == seen->events);
        PROPERTY(s->records == s->events + skipped);
        PROPERTY(s->author_count <= SUMMARY_AUTHORS);
    }
    reader_free(r);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text input = fuzz_text(data, size);
    struct seen whole, cut;
    struct fail why = { .code = FAIL_NONE };
    size_t step = size ? 1 + data[0] % 13 : 1;
    int rc = read_all(input, size + 1, &whole, &why);

    PROPERTY(rc == 0 || why.code == FAIL_BAD_FILE);
    PROPERTY(read_all(input, step, &cut, &why) == rc);
    PROPERTY(text_equal(buf_as_text(&whole.lines), buf_as_text(&cut.lines)));
    buf_fini(&whole.lines);
    buf_fini(&cut.lines);
    return 0;
}

/* A file of our own events: what is taken is written as the same lines again. */
#include "fuzz.h"

#include "archive/reader.h"
#include "util/buf.h"

static int take(const struct event *ev, void *arg)
{
    event_write(ev, arg);
    return 0;
}

static int read_all(struct text input, size_t step, struct buf *out, struct fail *why)
{
    struct archive_options options = { .not_after = TIME_NONE };
    struct reader *r = reader_new(ARCHIVE_EVENTS, &options, take, out);
    int rc = 0;

    for (size_t at = 0; rc == 0 && at < input.len; at += step)
        rc = reader_feed(r, (struct text){ input.ptr + at, input.len - at < step ? input.len - at : step }, why);
    if (rc == 0)
        rc = reader_end_pass(r, why);
    reader_free(r);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf first = BUF_INIT(SIZE_MAX / 4), second = BUF_INIT(SIZE_MAX / 4);
    struct fail why = { .code = FAIL_NONE };

    if (read_all(fuzz_text(data, size), size + 1, &first, &why) == 0) {
        PROPERTY(read_all(buf_as_text(&first), 7, &second, &why) == 0);
        PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    } else {
        PROPERTY(why.code == FAIL_BAD_FILE && why.line >= 1);
    }
    buf_fini(&first);
    buf_fini(&second);
    return 0;
}

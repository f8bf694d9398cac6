/* Any bytes, read as a Telegram export: the same events however they are cut, counts that add up, a line with every
 * refusal. */
#include "fuzz.h"

#include "archive/reader.h"
#include "util/buf.h"

static int take(const struct event *ev, void *arg)
{
    PROPERTY(ev->id.len && ev->thread.id.len && ev->sent_at != TIME_NONE && ev->text.ptr);
    event_write(ev, arg);
    return 0;
}

static int read_all(struct text input, size_t step, struct buf *out, struct fail *why)
{
    struct archive_options options = { .not_after = TIME_NONE };
    struct reader *r = reader_new(ARCHIVE_TELEGRAM, &options, take, out);
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
    struct text input = fuzz_text(data, size);
    struct buf whole = BUF_INIT(SIZE_MAX / 4), cut = BUF_INIT(SIZE_MAX / 4);
    struct fail why = { .code = FAIL_NONE };
    int rc = read_all(input, size + 1, &whole, &why);

    PROPERTY(rc == 0 || (why.code == FAIL_BAD_FILE && why.line >= 1));
    PROPERTY(read_all(input, size ? 1 + data[size / 2] % 13 : 1, &cut, &why) == rc);
    PROPERTY(rc || text_equal(buf_as_text(&whole), buf_as_text(&cut)));
    buf_fini(&whole);
    buf_fini(&cut);
    return 0;
}

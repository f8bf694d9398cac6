/* What event_read() takes, event_write() writes as one line that reads and writes the same for ever after. */
#include "fuzz.h"

#include "domain/event.h"
#include "util/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *mem = arena_new(0);
    struct buf first = BUF_INIT(1 << 22), second = BUF_INIT(1 << 22);
    struct event ev, again;
    struct fail why = { .code = FAIL_NONE };

    if (event_read(fuzz_text(data, size), mem, &ev, &why) == 0) {
        event_write(&ev, &first);
        PROPERTY(!first.failed);
        PROPERTY(memchr(first.ptr, '\n', first.len) == first.ptr + first.len - 1);
        PROPERTY(event_read(buf_as_text(&first), mem, &again, &why) == 0);
        event_write(event_copy(&again, mem), &second);
        PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    } else {
        PROPERTY(why.code == FAIL_BAD_FIELD || why.code == FAIL_BAD_FILE);
        PROPERTY(why.code != FAIL_BAD_FIELD || why.field[0]);
    }
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
    return 0;
}

/* Readers of exports: the events and the counts do not depend on how the file was cut, every event is a normal form,
 * and nothing is lost between what was read, emitted and skipped. */
#include "fuzz.h"

#include "archive/reader.h"
#include "util/buf.h"

struct outcome {
    struct buf lines;
    int64_t events;
    int rc;
};

static int note_event(const struct event *ev, void *arg)
{
    struct outcome *o = arg;
    struct buf first = BUF_INIT(1 << 22), second = BUF_INIT(1 << 22);
    struct arena *mem = arena_new(0);
    struct event back;
    struct fail why;

    event_write(ev, &first);
    PROPERTY(!first.failed);
    PROPERTY(event_read(buf_as_text(&first), mem, &back, &why) == 0);
    event_write(&back, &second);
    PROPERTY(text_equal(buf_as_text(&first), buf_as_text(&second)));
    buf_text(&o->lines, buf_as_text(&first));
    o->events++;
    buf_fini(&first);
    buf_fini(&second);
    arena_free(mem);
    return 0;
}

static int feed_all(struct reader *r, struct text doc, size_t piece, struct fail *why)
{
    while (doc.len) {
        struct text part = { doc.ptr, doc.len < piece ? doc.len : piece };

        if (reader_feed(r, part, why))
            return -1;
        doc.ptr += part.len;
        doc.len -= part.len;
    }
    return reader_end_pass(r, why);
}

static void read_all(enum archive_format format, const struct archive_options *options, struct text doc, size_t piece,
                     struct outcome *o)
{
    struct fail why = { .code = FAIL_NONE };
    struct reader *r = reader_new(format, options, note_event, o);

    o->rc = 0;
    for (unsigned pass = 0; pass < reader_passes(r) && o->rc == 0; pass++)
        o->rc = feed_all(r, doc, piece, &why);
    if (o->rc == 0) {
        const struct archive_summary *s = reader_summary(r);
        int64_t skipped = 0;

        for (int i = 0; i < SKIP_REASON_COUNT; i++)
            skipped += s->skipped[i];
        PROPERTY(s->events == o->events);
        PROPERTY(s->records == s->events + skipped);
        buf_printf(&o->lines, "%lld %lld %d %d", (long long)s->records, (long long)skipped, (int)s->date_order,
                   s->is_group);
    } else {
        PROPERTY(why.code != FAIL_NONE && why.text[0]);
        buf_printf(&o->lines, "%d %ld %s", (int)why.code, why.line, why.text);
    }
    reader_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    static const enum archive_format formats[] = { ARCHIVE_WHATSAPP, ARCHIVE_TELEGRAM, ARCHIVE_EVENTS };
    enum archive_format format = formats[data[0] % COUNT_OF(formats)];
    struct text doc = fuzz_text(data + 3, size - 3);
    static struct zone *zone;
    struct fail why;

    if (!zone)
        zone = zone_open("Asia/Jakarta", &why);
    PROPERTY(zone);
    struct archive_options options = { .zone = zone, .not_after = TIME_NONE };
    struct outcome whole = { .lines = BUF_INIT(1 << 24) }, cut = { .lines = BUF_INIT(1 << 24) };

    if (data[1] & 128)
        options.self = TEXT("Toko");
    archive_sniff(doc, TEXT("x.txt"), &why);
    read_all(format, &options, doc, SIZE_MAX, &whole);
    read_all(format, &options, doc, (size_t)data[2] % 40 + 1, &cut);
    PROPERTY(whole.rc == cut.rc);
    PROPERTY(text_equal(buf_as_text(&whole.lines), buf_as_text(&cut.lines)));
    buf_fini(&whole.lines);
    buf_fini(&cut.lines);
    return 0;
}

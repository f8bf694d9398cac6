/* Reader of any table with a column for the time and one for the text (exports.md 7). Three passes: what the bytes and
 * columns are, how dates are to be read, the records. */
#include "csv_map.h"
#include "csv_time.h"

#include "util/json_out.h"
#include "util/str.h"

#define HEAD_BYTES (64u * 1024)
#define NONE       ((struct text){ NULL, 0 })

enum { PASS_LOOK, PASS_DATES, PASS_EMIT };

struct csv {
    struct reader base;
    struct csv_rows rows;
    struct utf16 utf16;
    struct buf head, wide;             /* wide: Windows-1252 made UTF-8 */
    unsigned more;                     /* continuation bytes that UTF-8 still owes */
    bool is_not_utf8, is_narrow;       /* is_narrow: read as Windows-1252 */
    struct csv_map map;
    enum date_order order;
    int64_t fields, first_over, second_over, told;         /* dates by fields; which field is over 12; rows with a side */
    bool has_dots, is_long, is_past_header;                /* is_long: the file goes on after its head */
    int64_t rows_seen;
    struct text only_peer;             /* the one customer of the file; empty: several, or none */
    bool has_peers;
    struct made_seen *seen;
    struct buf clean_text, clean_author, key;
};

/* ---- bytes ---- */

/* Enough to tell UTF-8 from a character set of single bytes. */
static void check_utf8(struct csv *c, struct text t)
{
    for (size_t i = 0; i < t.len && !c->is_not_utf8; i++) {
        unsigned char b = (unsigned char)t.ptr[i];

        if (c->more) {
            c->is_not_utf8 = (b & 0xc0) != 0x80;
            c->more--;
        } else if (b >= 0x80) {
            c->is_not_utf8 = b < 0xc2 || b > 0xf4;
            c->more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;
        }
    }
}

static struct text widen(struct csv *c, struct text t)
{
    static const uint16_t upper[32] = { 0x20ac, 0xfffd, 0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                        0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0xfffd, 0x17d,  0xfffd,
                                        0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                        0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0xfffd, 0x17e,  0x178 };

    if (!c->is_narrow)
        return t;
    buf_reset(&c->wide);
    for (size_t i = 0; i < t.len; i++) {
        unsigned char b = (unsigned char)t.ptr[i];
        char utf8[4];

        if (b < 0x80)
            buf_char(&c->wide, (char)b);
        else
            buf_add(&c->wide, utf8, str_utf8_encode(b < 0xa0 ? upper[b - 0x80] : b, utf8));
    }
    return buf_as_text(&c->wide);
}

static int take_bytes(struct csv *c, struct text t, struct fail *why)
{
    if (c->base.pass != PASS_LOOK)
        return csv_rows_feed(&c->rows, widen(c, t), why);
    check_utf8(c, t);
    if (c->head.len < HEAD_BYTES)
        buf_add(&c->head, t.ptr, t.len < HEAD_BYTES - c->head.len ? t.len : HEAD_BYTES - c->head.len);
    else
        c->is_long = true;
    return 0;
}

static int csv_feed(struct reader *r, struct text piece, struct fail *why)
{
    struct csv *c = (struct csv *)r;
    struct text bytes;

    return utf16_feed(&c->utf16, piece, &bytes) ? take_bytes(c, bytes, why) : 0;
}

/* ---- a record's parts ---- */

static struct csv_time time_of(struct csv *c, const struct csv_row *row)
{
    struct csv_time t;
    int64_t clock;

    if (c->map.at[CSV_TIME])
        return csv_time_parse(csv_map_cell(&c->map, row, CSV_TIME));
    t = csv_time_parse(csv_map_cell(&c->map, row, CSV_DATE));
    clock = csv_clock_parse(csv_map_cell(&c->map, row, CSV_CLOCK));
    if (clock > 0 && (t.kind == CSV_TIME_WALL || t.kind == CSV_TIME_FIELDS) && !t.has_clock)
        t.wall += clock;
    return t;
}

static enum direction direction_of(struct csv *c, const struct csv_row *row)
{
    static const struct {
        const char *word;
        enum direction side;
    } words[] = {
        { "in", DIRECTION_IN },         { "masuk", DIRECTION_IN },     { "incoming", DIRECTION_IN },  { "inbound", DIRECTION_IN },
        { "received", DIRECTION_IN },   { "diterima", DIRECTION_IN },  { "customer", DIRECTION_IN },  { "pelanggan", DIRECTION_IN },
        { "user", DIRECTION_IN },       { "out", DIRECTION_OUT },      { "keluar", DIRECTION_OUT },   { "outgoing", DIRECTION_OUT },
        { "outbound", DIRECTION_OUT },  { "sent", DIRECTION_OUT },     { "dikirim", DIRECTION_OUT },  { "terkirim", DIRECTION_OUT },
        { "agent", DIRECTION_OUT },     { "admin", DIRECTION_OUT },    { "system", DIRECTION_SYSTEM }, { "sistem", DIRECTION_SYSTEM },
    };
    struct text told = str_trim(csv_map_cell(&c->map, row, CSV_DIRECTION)), self = c->base.options.self;

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_equal_nocase(told, text_of(words[i].word)))
            return words[i].side;
    if (self.len)
        return text_equal(str_trim(csv_map_cell(&c->map, row, CSV_AUTHOR)), self) ||
                       text_equal(str_trim(csv_map_cell(&c->map, row, CSV_AUTHOR_ID)), self)
                   ? DIRECTION_OUT
                   : DIRECTION_IN;
    return DIRECTION_UNKNOWN;
}

/* Under what a customer is known here: the surest of what the row tells. */
static struct text peer_of(struct csv *c, const struct csv_row *row)
{
    static const enum csv_field fields[] = { CSV_AUTHOR_ID, CSV_PHONE, CSV_AUTHOR };

    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        struct text t = str_trim(csv_map_cell(&c->map, row, fields[i]));

        if (t.len)
            return t;
    }
    return NONE;
}

/* ---- dates ---- */

static void note_peer(struct csv *c, struct text peer)
{
    if (!peer.len)
        return;
    if (!c->has_peers)
        c->only_peer = arena_text(c->base.mem, peer);
    else if (!text_equal(c->only_peer, peer))
        c->only_peer = NONE;
    c->has_peers = true;
}

static void survey_row(struct csv *c, const struct csv_row *row)
{
    struct csv_time t = time_of(c, row);
    enum direction side = direction_of(c, row);

    c->rows_seen++;
    c->told += side != DIRECTION_UNKNOWN;
    if (side == DIRECTION_IN)
        note_peer(c, peer_of(c, row));
    if (t.kind != CSV_TIME_FIELDS)
        return;
    c->fields++;
    c->first_over += t.first > 12;
    c->second_over += t.second > 12;
    c->has_dots |= t.separator == '.';
}

static void decide_order(struct csv *c)
{
    struct archive_summary *s = &c->base.summary;
    const struct archive_options *o = &c->base.options;

    s->date_sure = true;
    if (!c->fields) {
        s->date_order = DATE_ORDER_YMD;
        s->date_rule = "year_first";
    } else if (o->date_order != DATE_ORDER_AUTO) {
        s->date_order = o->date_order;
        s->date_rule = "given";
    } else if (c->first_over || c->second_over) {
        s->date_order = c->first_over >= c->second_over ? DATE_ORDER_DMY : DATE_ORDER_MDY;
        s->date_rule = "over_12";
        s->date_sure = !c->first_over || !c->second_over;
    } else if (c->has_dots) {
        s->date_order = DATE_ORDER_DMY;
        s->date_rule = "shape";
    } else {
        s->date_order = o->region_order == DATE_ORDER_MDY ? DATE_ORDER_MDY : DATE_ORDER_DMY;
        s->date_rule = "region";
        s->date_sure = false;
    }
    c->order = s->date_order == DATE_ORDER_MDY ? DATE_ORDER_MDY : DATE_ORDER_DMY;
    s->sides_known = c->rows_seen > 0 && c->told == c->rows_seen;
    s->has_ids = c->map.at[CSV_ID] != 0;
    if (o->self.ptr) {
        s->self = o->self;
        s->self_sure = true;
    }
}

/* ---- events ---- */

static void set_author(struct csv *c, const struct csv_row *row, struct event *ev)
{
    struct text id = str_trim(csv_map_cell(&c->map, row, CSV_AUTHOR_ID));
    struct text phone = str_trim(csv_map_cell(&c->map, row, CSV_PHONE));
    struct text name = str_trim(csv_map_cell(&c->map, row, CSV_AUTHOR));

    ev->author.name = name.len ? reader_clean(name, &c->clean_author) : NONE;
    ev->author.id = id.len && str_utf8_valid(id) ? id : NONE;
    ev->author.phone = phone.len && str_utf8_valid(phone) ? phone : NONE;
}

static void set_thread(struct csv *c, const struct csv_row *row, struct event *ev)
{
    struct text id = str_trim(csv_map_cell(&c->map, row, CSV_CONVERSATION));
    struct text to = str_trim(csv_map_cell(&c->map, row, CSV_RECIPIENT));

    ev->thread.present = true;
    ev->thread.type = THREAD_DIRECT;
    if (!id.len)
        id = ev->direction == DIRECTION_OUT ? to : peer_of(c, row);
    if (!id.len)
        id = c->only_peer;
    if (!id.len)
        id = peer_of(c, row);
    ev->thread.id = id.len && str_utf8_valid(id) ? id : TEXT("csv");
}

static void set_id(struct csv *c, const struct csv_row *row, struct event *ev, char made[MADE_ID_SIZE])
{
    static const uint8_t seed[16] = "tanggap csv v1";
    struct text given = str_trim(csv_map_cell(&c->map, row, CSV_ID));
    const struct text parts[] = { ev->thread.id, ev->author.id, ev->author.phone, ev->author.name, ev->text };

    if (given.len && str_utf8_valid(given)) {
        ev->id = given;
        return;
    }
    buf_reset(&c->key);
    buf_add(&c->key, &ev->sent_at, sizeof(ev->sent_at));
    buf_char(&c->key, (char)('0' + ev->direction));
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        buf_text(&c->key, parts[i]);
        buf_char(&c->key, '\0');
    }
    made_id(c->seen, seed, &c->key, made);
    ev->id = text_of(made);
}

static size_t set_attachment(struct csv *c, const struct csv_row *row, struct event_attachment *a)
{
    struct text t = str_trim(csv_map_cell(&c->map, row, CSV_ATTACHMENT));

    if (!t.len || !str_utf8_valid(t))
        return 0;
    *a = (struct event_attachment){ .type = ATTACHMENT_FILE, .size = -1 };
    if (text_starts(t, TEXT("https://")) || text_starts(t, TEXT("http://")))
        a->url = t;
    else
        a->name = t;
    return 1;
}

static int emit_row(struct csv *c, const struct csv_row *row, struct fail *why)
{
    struct csv_time t = time_of(c, row);
    struct text channel = str_trim(csv_map_cell(&c->map, row, CSV_CHANNEL));
    struct event_attachment attachment;
    char made[MADE_ID_SIZE];
    struct event ev;

    event_init(&ev);
    ev.sent_at = csv_time_resolve(&t, c->order, c->base.options.zone);
    if (ev.sent_at == TIME_NONE) {
        reader_skip(&c->base, SKIP_NO_TIME, row->line);
        return 0;
    }
    ev.text = reader_clean(csv_map_cell(&c->map, row, CSV_TEXT), &c->clean_text);
    ev.text = ev.text.ptr ? ev.text : TEXT("");
    ev.attachment_count = set_attachment(c, row, &attachment);
    ev.attachments = ev.attachment_count ? &attachment : NULL;
    if (!ev.text.len && !ev.attachment_count) {
        reader_skip(&c->base, SKIP_EMPTY, row->line);
        return 0;
    }
    ev.platform = PLATFORM_CSV;
    ev.device = DEVICE_IMPORT;
    ev.channel = channel.len && str_utf8_valid(channel) ? channel : NONE;
    ev.direction = direction_of(c, row);
    ev.sender_kind = ev.direction == DIRECTION_IN       ? SENDER_CUSTOMER
                     : ev.direction == DIRECTION_OUT    ? SENDER_AGENT
                     : ev.direction == DIRECTION_SYSTEM ? SENDER_SYSTEM
                                                        : SENDER_UNKNOWN;
    set_author(c, row, &ev);
    set_thread(c, row, &ev);
    set_id(c, row, &ev, made);
    if (ev.author.name.len && ev.direction != DIRECTION_SYSTEM)
        reader_count_author(&c->base, ev.author.name, 1);
    return reader_emit(&c->base, &ev, why);
}

/* ---- the reader ---- */

static int take_row(const struct csv_row *row, void *arg, struct fail *why)
{
    struct csv *c = arg;

    if (csv_is_separator_line(row))
        return 0;
    if (!c->is_past_header) {
        c->is_past_header = true;
        if (c->map.shown.has_header)
            return 0;
    }
    if (c->base.pass == PASS_EMIT)
        return emit_row(c, row, why);
    survey_row(c, row);
    return 0;
}

static int end_look(struct csv *c, struct fail *why)
{
    bool is_whole = !c->is_long && c->head.len < HEAD_BYTES;
    const char *encoding;
    char delimiter;

    c->is_narrow = (c->is_not_utf8 || c->more) && c->utf16.kind <= UTF16_NO;
    encoding = c->is_narrow ? "windows-1252" : "utf-8";
    if (csv_map_guess(&c->map, widen(c, buf_as_text(&c->head)), is_whole, c->base.mem, &delimiter, why))
        return -1;
    c->map.shown.encoding = encoding;
    c->base.summary.mapping = &c->map.shown;
    csv_rows_init(&c->rows, delimiter, take_row, c);
    return 0;
}

static int csv_end_pass(struct reader *r, struct fail *why)
{
    struct csv *c = (struct csv *)r;
    bool was_wide = c->utf16.kind > UTF16_NO;
    struct text rest = utf16_end(&c->utf16);

    if (take_bytes(c, rest, why))
        return -1;
    if (r->pass == PASS_LOOK) {
        if (end_look(c, why))
            return -1;
        if (was_wide)
            c->map.shown.encoding = "utf-16";
    } else if (csv_rows_end(&c->rows, why)) {
        return -1;
    }
    if (r->pass == PASS_DATES)
        decide_order(c);
    c->is_past_header = false;
    return 0;
}

static void csv_free(struct reader *r)
{
    struct csv *c = (struct csv *)r;

    csv_rows_fini(&c->rows);
    utf16_fini(&c->utf16);
    buf_fini(&c->head);
    buf_fini(&c->wide);
    buf_fini(&c->clean_text);
    buf_fini(&c->clean_author);
    buf_fini(&c->key);
}

struct reader *csv_reader_new(struct arena *mem)
{
    static const struct reader_ops ops = { 3, csv_feed, csv_end_pass, csv_free, NULL };
    struct csv *c = arena_new_of(mem, struct csv);

    c->base.ops = &ops;
    csv_rows_init(&c->rows, ',', take_row, c);
    utf16_init(&c->utf16);
    c->head = BUF_INIT(HEAD_BYTES + 1);
    c->wide = BUF_INIT(SIZE_MAX / 4);
    c->clean_text = c->clean_author = c->key = BUF_INIT(8 * CSV_RECORD_MAX);
    c->seen = made_seen_new(mem);
    return &c->base;
}

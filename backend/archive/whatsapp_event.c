/* From a WhatsApp record to an event: times, sides, kinds, and ids that a second import makes again. */
#include "whatsapp_event.h"

#include "util/crypto.h"
#include "util/enc.h"
#include "util/json_out.h"
#include "util/str.h"

#include <stdlib.h>

#define GROUP_NAMES 3
#define GROUP_NAME_MAX 200

#define DAY_S     INT64_C(86400)
#define KEY_MAX   (WA_TEXT_MAX * 4)     /* every byte may grow to U+FFFD's three */

/* Not a secret: ids must come out the same on every machine. */
static const uint8_t id_key[16] = "tanggap/archive";

/* ---- after pass 1 ---- */

/* An entry that stands for a person: an author, unless longer names or shorter ones take its place. */
static bool is_person(const struct wa_name *e)
{
    if (!e->count || !e->is_author || (e->covered && e->covered * 10 >= e->count * 9))
        return false;
    return !e->parent || wa_is_longer_name(e->parent, e);
}

static struct wa_name *find_person(const struct wa_names *n, struct text name)
{
    for (size_t i = 0; i < n->count; i++)
        if (is_person(n->all[i]) && wa_name_same(n->all[i]->name, name))
            return n->all[i];
    return NULL;
}

static struct wa_name *other_person(const struct wa_names *n, const struct wa_name *than)
{
    for (size_t i = 0; i < n->count; i++)
        if (is_person(n->all[i]) && n->all[i] != than)
            return n->all[i];
    return NULL;
}

/* exports.md 1.8: the strongest signal wins, and signals that disagree leave the question open. */
static void find_self(struct wa_events *e, struct wa_survey *s, size_t people)
{
    struct archive_summary *sum = &e->base->summary;
    const struct text given = e->base->options.self;
    struct wa_name *by_title = NULL, *self = s->named_by_delete, *peer;

    if (given.ptr) {
        self = find_person(&s->names, given);
        sum->self = given;
        sum->self_sure = true;
        if (self)
            self->is_self = true;
        return;
    }
    if (!e->is_group && people == 2) {
        peer = s->title.len ? find_person(&s->names, s->title) : NULL;
        if (!peer)
            peer = s->first_peer;
        by_title = peer ? other_person(&s->names, peer) : NULL;
    }
    if (by_title && self && by_title != self)
        return;
    self = self ? self : by_title;
    if (!self)
        return;
    self->is_self = true;
    sum->self = self->name;
    sum->self_sure = true;
}

/* A group's name where the file's name does not tell it: what the file is called, else the first of its members. Only
 * shown: the thread's id is made of the title alone. */
static struct text group_name(const struct wa_survey *s)
{
    struct text words = wa_file_words(s->options->file_name, s->names.mem);
    struct buf out = BUF_INIT(GROUP_NAME_MAX);
    size_t shown = 0, more = 0;

    if (words.len)
        return words;
    for (size_t i = 0; i < s->names.count; i++) {
        const struct wa_name *one = s->names.all[i];

        if (!is_person(one) || one->is_self)
            continue;
        if (shown == GROUP_NAMES || out.len + one->name.len + 8 > GROUP_NAME_MAX) {
            more++;
            continue;
        }
        buf_str(&out, shown++ ? ", " : "");
        buf_text(&out, one->name);
    }
    if (more)
        buf_printf(&out, " +%zu", more);
    words = out.failed ? (struct text){ NULL, 0 } : arena_text(s->names.mem, buf_as_text(&out));
    buf_fini(&out);
    return words;
}

/* What the thread's id is made from: the title, else the peer, else the people. */
static void set_thread(struct wa_events *e, const struct wa_survey *s)
{
    struct event *ev = &e->blank;
    struct text title = s->title;
    const struct wa_name *first = other_person(&s->names, NULL), *self = first && first->is_self ? first : NULL, *peer;
    struct buf key = BUF_INIT(4096);

    for (size_t i = 0; !self && i < s->names.count; i++)
        if (s->names.all[i]->is_self)
            self = s->names.all[i];
    peer = e->is_group ? NULL : other_person(&s->names, self);
    if (!title.len && peer && self)
        title = peer->name;
    buf_str(&key, e->is_group ? "group:" : "direct:");
    if (title.len) {
        buf_text(&key, title);
    } else if (!e->is_group && peer) {
        const struct wa_name *a = peer, *b = other_person(&s->names, peer);
        bool swap = b && (a->name.len != b->name.len ? a->name.len > b->name.len
                                                     : memcmp(a->name.ptr, b->name.ptr, a->name.len) > 0);

        buf_text(&key, swap ? b->name : a->name);
        buf_char(&key, '\n');
        if (b)
            buf_text(&key, swap ? a->name : b->name);
    }
    crypto_hash128(id_key, buf_as_text(&key), e->thread_key);
    buf_fini(&key);
    enc_hex(e->thread_key, sizeof(e->thread_key), e->thread_id);
    ev->thread.present = true;
    ev->thread.type = e->is_group ? THREAD_GROUP : THREAD_DIRECT;
    ev->thread.id = text_of(e->thread_id);
    ev->thread.name = title.len || !e->is_group ? title : group_name(s);
    e->base->summary.title = title;
}

static bool near_limit(int64_t records)
{
    return (records >= 39900 && records <= 40100) || (records >= 9900 && records <= 10100);
}

void wa_events_begin(struct wa_events *e, struct reader *base, struct wa_survey *survey)
{
    struct archive_summary *sum = &base->summary;
    const struct wa_segment *seg = &survey->segments[0];
    size_t people = 0;

    e->base = base;
    e->survey = survey;
    e->seen = made_seen_new(base->mem);
    e->clean = e->key = e->name = BUF_INIT(KEY_MAX);
    e->detail = BUF_INIT(4096);
    e->last_at = TIME_NONE;
    for (size_t i = 0; i < survey->names.count; i++)
        people += is_person(survey->names.all[i]);
    e->is_group = people > 2 || survey->has_group_notice;
    sum->is_group = e->is_group;
    find_self(e, survey, people);
    for (size_t i = 0; i < survey->segment_count; i++)
        if (survey->segments[i].count > seg->count)
            seg = &survey->segments[i];
    sum->date_order = seg->order;
    sum->date_rule = seg->rule;
    sum->date_sure = true;
    for (size_t i = 0; i < survey->segment_count; i++)
        sum->date_sure = sum->date_sure && (survey->segments[i].is_sure || !survey->segments[i].count);
    event_init(&e->blank);
    e->blank.platform = PLATFORM_WHATSAPP;
    e->blank.device = DEVICE_IMPORT;
    set_thread(e, survey);
}

/* ---- records ---- */

void wa_events_open(struct wa_events *e, struct wa_record *record, struct text body, const struct wa_stamp *stamp,
                    int64_t wall, long line)
{
    struct text name = { NULL, 0 }, text = body;
    bool own_line = false;
    int found;

    record->is_open = true;
    record->is_continued = false;
    record->wall = wall;
    record->line = line;
    record->is_ios = wa_stamp_is_bracket(stamp->shape);
    record->is_first = e->records++ == 0;
    record->entry = NULL;
    record->name = (struct text){ NULL, 0 };
    record->skip_line_end = false;
    record->text_at = 0;
    found = wa_names_split(&e->survey->names, body, wa_stamp_is_korean(stamp->shape), &record->entry, &name, &text,
                           &own_line);
    /* iOS marks its notices: a marked line without a known author is one, whatever colons it holds */
    if (!found || (record->is_ios && wa_marks(body) && !(record->entry && record->entry->count >= 2)))
        return;
    memcpy(record->name_bytes, name.ptr, name.len);
    record->name = (struct text){ record->name_bytes, name.len };
    record->skip_line_end = own_line;
    record->text_at = (size_t)(text.ptr - body.ptr);
}

/* Wall clock to UTC; days without a change of the clock are reckoned once. */
static time_us instant(struct wa_events *e, int64_t wall)
{
    const struct zone *zone = e->base->options.zone;
    int64_t day = wall >= 0 ? wall / DAY_S : (wall - DAY_S + 1) / DAY_S, start = day * DAY_S * US_PER_S, first, last;

    if (!zone)
        return wall * US_PER_S;
    if (!e->has_flat_day || day != e->flat_day) {
        first = start - zone_to_utc(zone, start, TIME_NONE);
        last = start + DAY_S * US_PER_S - zone_to_utc(zone, start + DAY_S * US_PER_S, TIME_NONE);
        e->has_flat_day = first == last;
        e->flat_day = day;
        e->flat_offset_us = first;
    }
    if (e->has_flat_day)
        return wall * US_PER_S - e->flat_offset_us;
    return zone_to_utc(zone, wall * US_PER_S, e->last_at);
}

/* Text as it counts for equality: without marks and the blanks at its end. */
static void key_text(struct buf *key, struct text t)
{
    while (t.len && (t.ptr[t.len - 1] == ' ' || t.ptr[t.len - 1] == '\n'))
        t.len--;
    while (t.len) {
        const char *e2 = memchr(t.ptr, 0xe2, t.len);
        size_t plain = e2 ? (size_t)(e2 - t.ptr) : t.len, marks;

        buf_add(key, t.ptr, plain);
        t = (struct text){ t.ptr + plain, t.len - plain };
        marks = t.len ? wa_marks(t) : 0;
        if (t.len && !marks) {
            buf_char(key, *t.ptr);
            marks = 1;
        }
        t = (struct text){ t.ptr + marks, t.len - marks };
    }
}

static void set_id(struct wa_events *e, const struct wa_record *record, const struct wa_kind *kind, struct text text,
                   char out[36])
{
    int64_t minute = record->wall / 60;

    buf_reset(&e->key);
    buf_add(&e->key, e->thread_key, sizeof(e->thread_key));
    buf_add(&e->key, &minute, sizeof(minute));
    key_text(&e->key, record->entry && record->entry->phone.len ? record->entry->phone : record->name);
    buf_char(&e->key, '\0');
    if (kind->what == WA_ATTACHED)
        key_text(&e->key, kind->file);
    else
        key_text(&e->key, (struct text){ text.ptr, kind->clean_len });
    made_id(e->seen, id_key, &e->key, out);
}

static const char *const detail_media = "{\"media\":\"omitted\"}";

static struct text detail_of(struct wa_events *e, const struct wa_kind *kind, bool is_part)
{
    struct json_out j;

    if (kind->what == WA_TEXT && !kind->is_edited && !is_part)
        return (struct text){ NULL, 0 };
    if (kind->what == WA_OMITTED && !kind->word && !kind->is_edited && !is_part)
        return text_of(detail_media);
    buf_reset(&e->detail);
    j = json_out(&e->detail);
    jo_object(&j);
    if (kind->is_edited)
        jo_kv(&j, "edited", jo_bool, true);
    if (kind->what == WA_DELETED || kind->what == WA_DELETED_BY_US)
        jo_kv(&j, "deleted", jo_bool, true);
    if (kind->what == WA_OMITTED)
        jo_kv(&j, "media", jo_str, "omitted");
    if (kind->what == WA_OMITTED && kind->word)
        jo_kv(&j, "media_type", jo_str, kind->word);
    if (kind->what == WA_NOTICE)
        jo_kv(&j, "notice", jo_str, kind->word);
    if (kind->what == WA_CALL)
        jo_kv(&j, "call", jo_str, kind->word);
    if (kind->what == WA_WAITING)
        jo_kv(&j, "waiting", jo_bool, true);
    if (kind->what == WA_LIVE_LOCATION)
        jo_kv(&j, "live_location", jo_bool, true);
    if (is_part)
        jo_kv(&j, "split", jo_bool, true);
    jo_end_object(&j);
    return e->detail.len > 2 ? buf_as_text(&e->detail) : (struct text){ NULL, 0 };
}

/* "https://maps.google.com/?q=-6.2,106.8" */
static void set_position(struct event_attachment *a, struct text link)
{
    const char *q = str_find(link, TEXT("q="));
    char copy[64], *end;
    size_t len;

    if (!q)
        return;
    q += 2;
    len = (size_t)(link.ptr + link.len - q);
    if (len >= sizeof(copy))
        len = sizeof(copy) - 1;
    memcpy(copy, q, len);
    copy[len] = '\0';
    a->lat = strtod(copy, &end);
    if (end == copy || *end != ',')
        return;
    q = end + 1;
    a->lon = strtod(q, &end);
    a->has_position = end != q && a->lat >= -90 && a->lat <= 90 && a->lon >= -180 && a->lon <= 180;
}

static size_t attachment_of(struct wa_events *e, const struct wa_kind *kind, struct event_attachment *a)
{
    const struct archive_options *o = &e->base->options;

    if (kind->what != WA_ATTACHED && kind->what != WA_LOCATION)
        return 0;
    *a = (struct event_attachment){ .size = -1 };
    if (kind->what == WA_LOCATION) {
        struct text link = kind->file;
        const char *nl = memchr(link.ptr, '\n', link.len);

        link.len = nl ? (size_t)(nl - link.ptr) : link.len;
        a->type = ATTACHMENT_LOCATION;
        a->url = link;
        set_position(a, link);
        return 1;
    }
    a->type = wa_attachment_type(kind->file);
    a->name = kind->file;
    for (size_t i = 0; i < o->entry_count; i++)
        if (text_equal(o->entries[i], kind->file))
            a->ref = kind->file;
    return 1;
}

static void set_author(struct wa_events *e, struct event *ev, const struct wa_record *record, bool is_notice)
{
    const struct wa_name *entry = record->entry;
    bool has_self = e->base->summary.self.ptr != NULL;

    ev->author.name = reader_clean(record->name, &e->name);
    if (entry && entry->phone.len) {
        ev->author.phone = entry->phone;
        ev->author.id = (struct text){ entry->phone.ptr + 1, entry->phone.len - 1 };
    }
    if (is_notice) {
        ev->direction = DIRECTION_SYSTEM;
        ev->sender_kind = SENDER_SYSTEM;
    } else if (has_self) {
        bool is_self = entry ? entry->is_self : wa_name_same(record->name, e->base->summary.self);

        ev->direction = is_self ? DIRECTION_OUT : DIRECTION_IN;
        ev->sender_kind = is_self ? SENDER_AGENT : SENDER_CUSTOMER;
    }
}

int wa_events_emit(struct wa_events *e, struct wa_record *record, struct text raw, bool is_last, struct fail *why)
{
    struct event ev = e->blank;
    struct event_attachment attachment;
    struct wa_kind kind;
    bool is_part = record->is_continued || !is_last;
    char id[36];

    if (is_last && raw.len && raw.ptr[raw.len - 1] == '\n')
        raw.len--;
    if (is_last && raw.len && raw.ptr[raw.len - 1] == '\r')
        raw.len--;
    if (record->skip_line_end && !record->is_continued && raw.len) {
        size_t skip = raw.ptr[0] == '\r' && raw.len > 1 ? 2 : 1;

        raw = (struct text){ raw.ptr + skip, raw.len - skip };
    }
    ev.text = reader_clean(raw, &e->clean);
    if (!ev.text.ptr)
        ev.text = TEXT("");
    if (!record->name.ptr)
        wa_classify_notice(ev.text, &kind);
    else
        wa_classify(ev.text, record->is_ios, record->is_first, &e->base->options, &kind);
    ev.sent_at = e->last_at = instant(e, record->wall);
    set_author(e, &ev, record, kind.what == WA_NOTICE);
    if (!e->base->options.without_ids) {
        set_id(e, record, &kind, ev.text, id);
        ev.id = (struct text){ id, 32 };
    }
    ev.detail = detail_of(e, &kind, is_part);
    ev.attachment_count = attachment_of(e, &kind, &attachment);
    ev.attachments = ev.attachment_count ? &attachment : NULL;
    record->is_continued = true;
    if (record->entry && kind.what != WA_NOTICE)
        record->entry->messages++;
    return reader_emit(e->base, &ev, why);
}

void wa_events_end(struct wa_events *e)
{
    const struct wa_names *n = &e->survey->names;

    for (size_t i = 0; i < n->count; i++)
        if (n->all[i]->messages)
            reader_count_author(e->base, n->all[i]->name, n->all[i]->messages);
    e->base->summary.probably_truncated = near_limit(e->base->summary.records);
}

void wa_events_fini(struct wa_events *e)
{
    buf_fini(&e->clean);
    buf_fini(&e->key);
    buf_fini(&e->name);
    buf_fini(&e->detail);
}

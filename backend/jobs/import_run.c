/* One file, from its bytes to merged messages. */
#include "jobs/import_run.h"

#include "jobs/source.h"
#include "util/json_out.h"
#include "util/zone.h"

#include <stdio.h>

#define SAMPLES 3

struct reading {
    struct ctx *c;
    struct import_run *run;
    struct source *source;
    enum archive_format format;
    struct zone *zone;
    struct reader *reader;
    struct import *import;
    struct import_progress at;
    time_us samples[SAMPLES];
    size_t sample_count;
    struct text self;                  /* given, or known */
    bool is_second;
    struct text authors[SUMMARY_AUTHORS];
    size_t author_count;
};

/* ---- bytes ---- */

static int report(struct reading *r)
{
    if (!r->run->progress || r->run->progress(&r->at, r->run->arg) == 0)
        return 0;
    return fail(&r->c->fail, FAIL_CONFLICT, "stopped");
}

static int take_piece(size_t bytes, void *arg)
{
    struct reading *r = arg;

    r->at.bytes += (int64_t)bytes;
    return report(r);
}

/* ---- events ---- */

static int channel_for(struct ctx *c, enum platform p, int64_t *out)
{
    static const char *const names[PLATFORM_COUNT] = { [PLATFORM_WHATSAPP] = "WhatsApp", [PLATFORM_TELEGRAM] = "Telegram", [PLATFORM_MESSENGER] = "Messenger",
        [PLATFORM_FACEBOOK] = "Facebook", [PLATFORM_INSTAGRAM] = "Instagram", [PLATFORM_LINE] = "LINE",
        [PLATFORM_YOUTUBE] = "YouTube", [PLATFORM_X] = "X", [PLATFORM_CSV] = "CSV" };
    int rc = db_one(c, SQL_IMPORT_CHANNEL_FIND, IN(IN_I64(c->who.business), IN_I16(p)), OUT(OUT_I64(out)));

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return db_one(c, SQL_IMPORT_CHANNEL_ADD,
                  IN(IN_I64(c->who.business), IN_I16(p), IN_STR(names[p] ? names[p] : platform_word(p))),
                  OUT(OUT_I64(out))) == 1 ? 0 : -1;
}

/* The first event tells the platform, and with it the channel where none was chosen. */
static int begin_import(struct reading *r, const struct event *ev)
{
    struct import_options options = { .archive_id = r->run->archive, .has_ids = r->format == ARCHIVE_TELEGRAM || r->format == ARCHIVE_EVENTS || reader_summary(r->reader)->has_ids };
    enum platform platform = ev->platform;

    /* Facebook's own comments may come before its messages: one file goes into one channel, the same each time */
    if (r->format == ARCHIVE_FACEBOOK)
        platform = reader_summary(r->reader)->own_words_only ? PLATFORM_FACEBOOK : PLATFORM_MESSENGER;
    if (!r->run->channel && channel_for(r->c, platform, &r->run->channel))
        return -1;
    options.channel_id = r->run->channel;
    return import_begin(r->c, &options, &r->import);
}

static void sample(struct reading *r, time_us at)
{
    int64_t wall = at + (int64_t)zone_offset_at(r->zone, at) * US_PER_S;
    int year, month, day;

    days_to_civil(wall / (86400 * US_PER_S), &year, &month, &day);
    if (wall < 0 || day > 12 || day == month)
        return;
    for (size_t i = 0; i < r->sample_count; i++)
        if (r->samples[i] / (86400 * US_PER_S) == wall / (86400 * US_PER_S))
            return;
    r->samples[r->sample_count++] = wall;
}

static int take_event(const struct event *ev, void *arg)
{
    struct reading *r = arg;

    if (!r->import && begin_import(r, ev))
        return -1;
    r->at.messages++;
    if (ev->sent_at != TIME_NONE) {
        if (r->at.up_to == TIME_NONE || ev->sent_at > r->at.up_to)
            r->at.up_to = ev->sent_at;
        if (r->sample_count < SAMPLES && reader_summary(r->reader)->date_rule && r->format != ARCHIVE_LINE)
            sample(r, ev->sent_at);
    }
    return import_add(r->import, ev);
}

static int read_all(struct reading *r, struct text self)
{
    struct import_run *run = r->run;
    struct archive_options options = {
        .zone = r->zone,
        .self = self,
        .date_order = run->date_order,
        .region_order = DATE_ORDER_DMY,
        .not_after = clock_now() + 86400 * US_PER_S,
    };
    int64_t size = source_size(r->source);

    source_options(r->source, &options);
    r->reader = reader_new(r->format, &options, take_event, r);
    r->at = (struct import_progress){ .up_to = TIME_NONE };
    r->at.bytes_total = size > 0 ? size * (int64_t)reader_passes(r->reader) : 0;
    r->sample_count = 0;
    fail_clear(&r->c->fail);
    if (source_read(r->source, r->reader, take_piece, r, &r->c->fail))
        return r->c->fail.code ? -1 : fail(&r->c->fail, FAIL_BAD_FILE, "the file cannot be read");
    return 0;
}

static void forget_reading(struct reading *r)
{
    reader_free(r->reader);
    import_free(r->import);
    r->reader = NULL;
    r->import = NULL;
}

/* ---- questions ---- */

struct name_list {
    struct text row;
    struct text self;
    const struct text *authors;
    size_t count;
    struct ctx *c;
};

static int is_author(void *arg)
{
    struct name_list *l = arg;

    for (size_t i = 0; i < l->count && !l->self.ptr; i++)
        if (text_equal(l->authors[i], l->row))
            l->self = arena_text(l->c->mem, l->row);
    return 0;
}

/* Under which of our known names we appear among these authors; absent: none. */
static int known_self(struct reading *r, struct text *out)
{
    struct name_list l = { .authors = r->authors, .count = r->author_count, .c = r->c, .self = { NULL, 0 } };

    if (db_each(r->c, SQL_IMPORT_SELF_NAMES, IN(IN_I64(r->c->who.business), IN_I64(r->run->channel)),
                OUT(OUT_TEXT(&l.row)), is_author, &l))
        return -1;
    *out = l.self;
    return 0;
}

static const char *open_question(const struct reading *r)
{
    const struct archive_summary *s = reader_summary(r->reader);

    if (r->run->date_order == DATE_ORDER_AUTO && s->date_rule && !s->date_sure)
        return "date_order";
    if (!r->run->self.len && r->format != ARCHIVE_EVENTS && !s->sides_known && !s->self.ptr && s->author_count)
        return "self";
    return NULL;
}

/* ---- summary ---- */

static const char *order_word(enum date_order o)
{
    static const char *const words[] = { "auto", "dmy", "mdy", "ymd" };

    return (unsigned)o < COUNT_OF(words) ? words[o] : "auto";
}

static void write_samples(const struct reading *r, struct json_out *j)
{
    jo_key(j, "samples");
    jo_array(j);
    for (size_t i = 0; i < r->sample_count; i++) {
        int year, month, day;
        char text[16];

        days_to_civil(r->samples[i] / (86400 * US_PER_S), &year, &month, &day);
        bool is_dmy = reader_summary(r->reader)->date_order != DATE_ORDER_MDY;
        jo_object(j);
        (void)snprintf(text, sizeof(text), "%04d-%02d-%02d", year % 10000, (is_dmy ? month : day) % 100,
                       (is_dmy ? day : month) % 100);
        jo_kv(j, "dmy", jo_str, text);
        (void)snprintf(text, sizeof(text), "%04d-%02d-%02d", year % 10000, (is_dmy ? day : month) % 100,
                       (is_dmy ? month : day) % 100);
        jo_kv(j, "mdy", jo_str, text);
        jo_end_object(j);
    }
    jo_end_array(j);
}

static void write_reasons(const struct archive_summary *s, struct json_out *j)
{
#define X(name, word) word,
    static const char *const words[] = { SKIP_REASONS(X) };
#undef X

    jo_key(j, "reasons");
    jo_object(j);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (s->skipped[i])
            jo_kv(j, words[i], jo_i64, s->skipped[i]);
    jo_end_object(j);
}

static void write_authors(const struct archive_summary *s, struct json_out *j)
{
    jo_key(j, "authors");
    jo_array(j);
    for (size_t i = 0; i < s->author_count; i++) {
        jo_object(j);
        jo_kv(j, "name", jo_text, s->authors[i].name);
        jo_kv(j, "messages", jo_i64, s->authors[i].messages);
        jo_end_object(j);
    }
    jo_end_array(j);
}

static void write_summary(struct reading *r)
{
    const struct archive_summary *s = reader_summary(r->reader);
    const struct import_summary *n = &r->run->counts;
    struct buf out = BUF_INIT(256 << 10);
    struct json_out j = json_out(&out);
    int64_t skipped = 0;

    for (size_t i = 0; i < SKIP_REASON_COUNT; i++)
        skipped += s->skipped[i];
    jo_object(&j);
    jo_kv(&j, "read", jo_i64, s->records - n->changes);
    jo_kv(&j, "new", jo_i64, n->fresh);
    jo_kv(&j, "known", jo_i64, n->known);
    jo_kv(&j, "skipped", jo_i64, skipped + n->skipped);
    write_reasons(s, &j);
    jo_kv(&j, "edited", jo_i64, n->edited);
    jo_kv(&j, "deleted", jo_i64, n->deleted);
    jo_kv(&j, "people", jo_i64, n->people);
    jo_kv(&j, "conversations", jo_i64, n->conversations);
    jo_kv(&j, "unanswered", jo_i64, n->unanswered);
    jo_kv(&j, "first_at", jo_time, s->first_at);
    jo_kv(&j, "last_at", jo_time, s->last_at);
    jo_kv(&j, "shift_minutes", jo_i64, n->shift_minutes);
    jo_kv(&j, "date_order", jo_str, order_word(s->date_order));
    jo_kv(&j, "date_sure", jo_bool, s->date_sure);
    jo_kv(&j, "truncated", jo_bool, s->probably_truncated);
    jo_kv(&j, "self", jo_text, s->self);
    jo_kv(&j, "title", jo_text, s->title);
    jo_kv(&j, "own_words_only", jo_bool, s->own_words_only);
    if (s->mapping) {
        jo_key(&j, "mapping");
        archive_mapping_write(s->mapping, &j);
    }
    write_authors(s, &j);
    if (r->run->question) {
        jo_kv(&j, "question", jo_str, r->run->question);
        write_samples(r, &j);
    }
    jo_end_object(&j);
    r->run->summary = arena_text(r->c->mem, buf_as_text(&out));
    buf_fini(&out);
}

/* ---- all of it ---- */

static void tick(int64_t done, int64_t total, void *arg)
{
    struct reading *r = arg;

    (void)total;
    r->at.is_merging = true;
    r->at.messages = done;
    if (r->run->progress)
        (void)r->run->progress(&r->at, r->run->arg);
}

static int merge(struct reading *r)
{
    r->at.is_merging = true;
    if (report(r))
        return -1;
    if (r->import && import_merge(r->import, tick, r, &r->run->counts))
        return -1;
    if (r->run->self.len && r->run->channel &&
        db_do(r->c, SQL_IMPORT_SELF_KNOWN,
              IN(IN_I64(r->c->who.business), IN_I64(r->run->channel), IN_TEXT(r->run->self))) < 0)
        return -1;
    write_summary(r);
    return r->run->finish ? r->run->finish(r->c, r->run, r->run->arg) : 0;
}

/* 0 imported, -1. A question leaves by -1 too, so that nothing of what was staged stays. */
static int read_and_merge(struct reading *r)
{
    const struct archive_summary *s;
    const char *question;

    if (read_all(r, r->self))
        return -1;
    question = open_question(r);
    s = reader_summary(r->reader);
    r->author_count = s->author_count;
    for (size_t i = 0; i < s->author_count; i++)
        r->authors[i] = arena_text(r->c->mem, s->authors[i].name);
    r->run->question = r->run->may_ask || (question && strcmp(question, "self") == 0 && !r->is_second) ? question : NULL;
    if (r->run->question) {
        write_summary(r);
        return fail(&r->c->fail, FAIL_NOT_POSSIBLE, "a question is open: %s", r->run->question);
    }
    return merge(r);
}

static int in_transaction(struct ctx *c, void *arg)
{
    struct reading *r = arg;
    int rc = read_and_merge(r);

    (void)c;
    forget_reading(r);
    return rc;
}

/* A question about who we are is first put to the names that the channel knows; what was staged is gone by then, so
 * the file is read again. */
static int run_reading(struct reading *r)
{
    struct import_run *run = r->run;
    int64_t channel = run->channel;
    int rc = db_tx(r->c, in_transaction, r);

    run->channel = rc ? channel : run->channel;
    if (rc == 0 || !run->question || strcmp(run->question, "self") != 0)
        return rc;
    if (known_self(r, &r->self))
        return -1;
    if (!r->self.ptr && run->may_ask)
        return rc;
    run->question = NULL;
    r->is_second = true;
    rc = db_tx(r->c, in_transaction, r);
    run->channel = rc ? channel : run->channel;
    return rc;
}

int import_run(struct ctx *c, struct import_run *run)
{
    struct reading *r = arena_new_of(c->mem, struct reading);
    int rc = -1;

    r->c = c;
    r->run = run;
    run->question = NULL;
    run->zone = run->zone.len ? run->zone : TEXT("Asia/Jakarta");
    r->zone = zone_open(arena_copy(c->mem, run->zone), &c->fail);
    if (r->zone && source_open(run->fd, run->file_name, ARCHIVE_AUTO, &r->source, &c->fail) == 0) {
        r->format = source_format(r->source);
        run->format = archive_format_word(r->format);
        r->self = run->self;
        rc = run_reading(r);
        if (rc && run->question)
            rc = 0;
    }
    forget_reading(r);
    source_close(r->source);
    zone_free(r->zone);
    return rc;
}

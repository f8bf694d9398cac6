/* An archive that a person handed in: read and merged by import_run(), its progress and its end written where the
 * person looks. Payload {"archive":"ID"}. */
#include "runner_priv.h"

#include "domain/archive.h"
#include "jobs/import_run.h"
#include "util/json_out.h"
#include "util/log.h"
#include "util/str.h"

#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#define LEASE_S 120
#define PROGRESS_MS 500
#define KEEP_MS 20000

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct importing {
    struct runner *runner;
    const struct job *job;
    int64_t id, business, size;
    int16_t state;
    struct text file_name, options, zone;
    struct import_run run;
    struct ctx side;                   /* a second connection: progress must show before the end */
    struct mono_us next_report;
    bool is_cancelled, is_failed;
};

static struct text member(const json_t *object, const char *key, struct arena *mem)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) && json_string_length(value)
               ? arena_text(mem, (struct text){ json_string_value(value), json_string_length(value) })
               : (struct text){ NULL, 0 };
}

static int read_id(struct ctx *c, const struct job *j, int64_t *out)
{
    json_error_t ignored;
    AUTO(json) json_t *payload = json_loadb(j->payload.ptr, j->payload.len, 0, &ignored);

    if (str_whole_i64(member(payload, "archive", c->mem), out, 1, INT64_MAX))
        return fail_field(&c->fail, "archive", "the job does not say which");
    return 0;
}

static int load(struct ctx *c, struct importing *im)
{
    json_error_t ignored;
    struct text order;
    int rc = db_one(c, SQL_IMPORT_ROW, IN(IN_I64(c->who.business), IN_I64(im->id)),
                    OUT(OUT_TEXT(&im->file_name), OUT_I64(&im->size), OUT_I16(&im->state), OUT_TEXT(&im->options),
                        OUT_I64(&im->run.channel), OUT_TEXT(&im->zone)));

    if (rc != 1)
        return rc < 0 ? -1 : 0;
    AUTO(json) json_t *options = json_loadb(im->options.ptr, im->options.len, 0, &ignored);
    im->run.file_name = im->file_name;
    im->run.archive = im->id;
    im->run.self = member(options, "self", c->mem);
    im->run.zone = member(options, "zone", c->mem);
    if (!im->run.zone.len)
        im->run.zone = im->zone;
    order = member(options, "date_order", c->mem);
    im->run.date_order = text_equal(order, TEXT("dmy"))   ? DATE_ORDER_DMY
                         : text_equal(order, TEXT("mdy")) ? DATE_ORDER_MDY
                         : text_equal(order, TEXT("ymd")) ? DATE_ORDER_YMD
                                                          : DATE_ORDER_AUTO;
    return 1;
}

/* ---- progress ---- */

static struct text progress_json(const struct import_progress *p, struct arena *mem)
{
    struct buf out = BUF_INIT(1024);
    struct json_out j = json_out(&out);
    struct text kept;

    jo_object(&j);
    jo_kv(&j, "bytes", jo_i64, p->bytes);
    jo_kv(&j, "bytes_total", jo_i64, p->bytes_total);
    jo_kv(&j, "messages", jo_i64, p->messages);
    jo_kv(&j, "up_to", jo_time, p->up_to);
    jo_end_object(&j);
    kept = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return kept;
}

static int show_progress(const struct import_progress *p, void *arg)
{
    struct importing *im = arg;
    struct ctx *side = &im->side;
    int64_t rows;

    if (!mono_passed(im->next_report))
        return 0;
    im->next_report = mono_after_ms(PROGRESS_MS);
    db_enter_business(side, im->business);
    rows = db_do(side, SQL_IMPORT_PROGRESS,
                 IN(IN_I64(im->business), IN_I64(im->id), IN_I16(p->is_merging ? ARCHIVE_MERGING : ARCHIVE_READING),
                    IN_JSON(progress_json(p, side->mem))));
    if (rows > 0 && jobq_extend(side, im->job->id, LEASE_S))
        log_warn("import: lease not extended", KV_S("why", side->fail.text));
    db_leave(side);
    arena_reset(side->mem);
    notifier_panel(im->runner->notifier, im->business, "archive", 0);
    im->is_cancelled = rows == 0;
    return rows == 0 || atomic_load(&im->runner->stopping) ? -1 : 0;
}

/* ---- ends ---- */

static int mark_done(struct ctx *c, struct import_run *run, void *arg)
{
    const struct importing *im = arg;

    return db_do(c, SQL_IMPORT_ENDED,
                 IN(IN_I64(im->business), IN_I64(im->id), IN_I16(ARCHIVE_DONE), IN_JSON(run->summary),
                    IN_ID(run->channel), IN_STR(run->format))) < 0 ? -1 : 0;
}

static int mark_question(struct ctx *c, const struct importing *im)
{
    return db_do(c, SQL_IMPORT_ENDED,
                 IN(IN_I64(im->business), IN_I64(im->id), IN_I16(ARCHIVE_QUESTION), IN_JSON(im->run.summary), IN_NULL,
                    IN_STR(im->run.format))) < 0 ? -1 : 0;
}

static int mark_failed(struct ctx *c, struct importing *im)
{
    struct buf out = BUF_INIT(4096);
    struct json_out j = json_out(&out);
    int rc;

    im->is_failed = true;
    jo_object(&j);
    jo_kv(&j, "code", jo_str, fail_word(c->fail.code));
    jo_kv(&j, "field", jo_str, c->fail.field);
    jo_kv(&j, "line", jo_i64, c->fail.line);
    jo_kv(&j, "detail", jo_str, c->fail.text);
    jo_end_object(&j);
    rc = db_do(c, SQL_IMPORT_FAILED, IN(IN_I64(im->business), IN_I64(im->id), IN_JSON(buf_as_text(&out)))) < 0 ? -1 : 0;
    buf_fini(&out);
    return rc;
}

static bool is_passing(const struct importing *im, const struct fail *why)
{
    return atomic_load(&im->runner->stopping) ||
           ((why->code == FAIL_TRY_AGAIN || why->code == FAIL_INTERNAL) && im->job->attempts < 3);
}

/* The side connection may hold no row of ours when the main one ends: both are done one after the other. */
static int run_import(struct ctx *c, struct importing *im)
{
    im->run.may_ask = true;
    im->run.progress = show_progress;
    im->run.finish = mark_done;
    im->run.arg = im;
    if (import_run(c, &im->run) == 0)
        return im->run.question ? mark_question(c, im) : 0;
    if (im->is_cancelled)
        return 0;
    if (is_passing(im, &c->fail)) {
        c->fail.code = FAIL_TRY_AGAIN;
        return -1;
    }
    return mark_failed(c, im);
}

/* The media of a big zip take longer than a lease. */
static int keep_lease(struct ctx *c, void *arg)
{
    struct importing *im = arg;
    struct ctx *side = &im->side;
    int rc;

    if (atomic_load(&im->runner->stopping))
        return fail(&c->fail, FAIL_TRY_AGAIN, "stopping");
    if (!mono_passed(im->next_report))
        return 0;
    im->next_report = mono_after_ms(KEEP_MS);
    db_enter_business(side, im->business);
    rc = jobq_extend(side, im->job->id, LEASE_S);
    db_leave(side);
    arena_reset(side->mem);
    return rc ? fail(&c->fail, FAIL_TRY_AGAIN, "%s", side->fail.text) : 0;
}

static int import_file(struct ctx *c, struct importing *im)
{
    int rc = 0;

    im->run.fd = open(archive_path(c, im->id), O_RDONLY | O_CLOEXEC);
    if (im->run.fd < 0) {
        (void)fail(&c->fail, FAIL_BAD_FILE, "the uploaded file is not there any more");
        return mark_failed(c, im);
    }
    if (im->state != ARCHIVE_DONE) {
        rc = run_import(c, im);
        notifier_panel(im->runner->notifier, im->business, "archive", 0);
        notifier_panel(im->runner->notifier, im->business, "conversation", 0);
    }
    if (rc == 0 && !im->run.question && !im->is_cancelled && !im->is_failed) {
        rc = import_media(c, im->run.fd, im->id, keep_lease, im);
        notifier_panel(im->runner->notifier, im->business, "conversation", 0);
    }
    close(im->run.fd);
    return rc;
}

static int take_back(struct ctx *c, struct importing *im)
{
    struct import_undone ignored;
    int rc = import_undo(c, im->id, &ignored);

    /* somebody else was quicker */
    if (rc && c->fail.code == FAIL_CONFLICT)
        rc = 0;
    notifier_panel(im->runner->notifier, im->business, "archive", 0);
    notifier_panel(im->runner->notifier, im->business, "conversation", 0);
    return rc;
}

int import_job(struct runner *r, struct ctx *c, const struct job *j)
{
    struct importing im = { .runner = r, .job = j, .business = c->who.business };
    int rc;

    if (read_id(c, j, &im.id))
        return -1;
    rc = load(c, &im);
    if (rc == 1 && im.state == ARCHIVE_UNDOING)
        return take_back(c, &im);
    if (rc != 1 || im.state == ARCHIVE_UNDONE || im.state == ARCHIVE_FAILED || im.state == ARCHIVE_QUESTION || im.state == ARCHIVE_UPLOADING)
        return rc < 0 ? -1 : 0;
    im.side = *c;
    im.side.db = db_new(&r->options.db);
    im.side.mem = arena_new(0);
    im.next_report = mono_after_ms(0);
    rc = import_file(c, &im);
    db_free(im.side.db);
    arena_free(im.side.mem);
    return rc;
}

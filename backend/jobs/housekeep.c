/* Once a minute what is over goes: sessions, raw bodies seven days after parsing; every ten minutes, business by
 * business: old jobs, changes whose message never came, uploaded files, channels that have gone quiet, work that nobody is told about; once a day: files that
 * nobody has. */
#include "runner_priv.h"

#include "domain/archive.h"
#include "jobs/store.h"
#include "util/log.h"

#include <unistd.h>

#define EACH_MINUTES 10
#define FILES_MINUTES (24 * 60)

struct ids {
    struct ctx *c;
    int64_t row;
    int64_t *at;
    size_t count, cap;
};

static int keep(void *arg)
{
    struct ids *l = arg;

    if (l->count == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        int64_t *grown = arena_array(l->c->mem, int64_t, cap);

        if (l->count)
            memcpy(grown, l->at, l->count * sizeof(*grown));
        l->at = grown;
        l->cap = cap;
    }
    l->at[l->count++] = l->row;
    return 0;
}

static int sweep_system(struct ctx *c)
{
    int64_t rows;

    if (db_do(c, SQL_HOUSEKEEP_SESSIONS, NO_IN) < 0 || db_do(c, SQL_HOUSEKEEP_LOGINS, NO_IN) < 0)
        return -1;
    do
        rows = db_do(c, SQL_HOUSEKEEP_DELIVERIES, NO_IN);
    while (rows == 5000);
    return rows < 0 ? -1 : 0;
}

/* A platform that could not be reached for longer than a check tries is asked again; the others once a day. */
static int recheck(struct ctx *c, int64_t business)
{
    struct ids ill = { .c = c };
    int rc = db_each(c, SQL_HOUSEKEEP_UNREACHABLE, IN(IN_I64(business)), OUT(OUT_I64(&ill.row)), keep, &ill);

    if (rc == 0)
        rc = db_each(c, SQL_HOUSEKEEP_RECHECK, IN(IN_I64(business)), OUT(OUT_I64(&ill.row)), keep, &ill);
    for (size_t i = 0; i < ill.count && rc == 0; i++) {
        const char *id = arena_printf(c->mem, "%lld", (long long)ill.at[i]);

        rc = jobq_add(c, JOB_CHANNEL_CHECK, text_of(id), text_of(arena_printf(c->mem, "{\"channel\":\"%s\"}", id)),
                      TIME_NONE);
    }
    return rc;
}

/* Tokens that end soon are renewed while they are good. */
static int renew(struct ctx *c, int64_t business)
{
    struct ids ending = { .c = c };
    int16_t platforms[PLATFORM_COUNT];
    size_t count = channel_renewable(platforms);
    int rc = db_each(c, SQL_HOUSEKEEP_RENEWALS, IN(IN_I64(business), IN_I16S(platforms, count)),
                     OUT(OUT_I64(&ending.row)), keep, &ending);

    for (size_t i = 0; i < ending.count && rc == 0; i++)
        rc = channel_renew_early(c, ending.at[i]);
    return rc;
}

static int sweep_business(struct runner *r, struct ctx *c, int64_t business)
{
    struct ids uploads = { .c = c };
    int16_t beside[PLATFORM_COUNT];
    size_t count = channel_polled_beside(beside);
    int64_t quiet, parked;

    if (db_do(c, SQL_HOUSEKEEP_JOBS, IN(IN_I64(business))) < 0 ||
        db_do(c, SQL_HOUSEKEEP_READY, IN(IN_I64(business), IN_I16S(beside, count))) < 0 || recheck(c, business) ||
        renew(c, business) || moderate_resume(c, 0) || numbers_queue(c) ||
        db_do(c, SQL_HOUSEKEEP_GAPS, IN(IN_I64(business))) < 0)
        return -1;
    parked = db_do(c, SQL_HOUSEKEEP_PARKED, IN(IN_I64(business)));
    if (parked < 0)
        return -1;
    if (parked)
        log_info("changes dropped whose message never came", KV_I("business", business), KV_I("count", parked));
    metrics_add(r->metrics, METRIC_PARKED_DROPPED, parked);
    quiet = db_do(c, SQL_HOUSEKEEP_QUIET, IN(IN_I64(business)));
    if (quiet > 0)
        notifier_panel(r->notifier, business, "channel", 0);
    if (quiet < 0 ||
        db_each(c, SQL_HOUSEKEEP_UPLOADS, IN(IN_I64(business)), OUT(OUT_I64(&uploads.row)), keep, &uploads))
        return -1;
    for (size_t i = 0; i < uploads.count; i++)
        (void)unlink(archive_path(c, uploads.at[i]));
    return 0;
}

static int sweep_all(struct loop *l, struct ctx *c)
{
    struct ids businesses = { .c = c };
    int rc;

    db_enter_system(c);
    rc = db_each(c, SQL_HOUSEKEEP_BUSINESSES, NO_IN, OUT(OUT_I64(&businesses.row)), keep, &businesses);
    db_leave(c);
    for (size_t i = 0; i < businesses.count && rc == 0 && loop_goes_on(l); i++) {
        db_enter_business(c, businesses.at[i]);
        rc = sweep_business(l->runner, c, businesses.at[i]);
        db_leave(c);
    }
    return rc;
}

/* At the start and once a day: what a crash left on disk, an erased person's picture among it. */
static int sweep_files(struct ctx *c)
{
    int64_t removed = 0;

    db_enter_system(c);
    int rc = store_sweep(c, &removed);
    db_leave(c);
    if (removed)
        log_info("stray files removed", KV_I("count", removed));
    return rc;
}

void housekeep_loop(struct loop *l, struct ctx *c)
{
    for (int minute = 0; loop_goes_on(l); minute++) {
        int rc;

        db_enter_system(c);
        rc = sweep_system(c);
        db_leave(c);
        if (rc == 0 && minute % EACH_MINUTES == 0)
            rc = sweep_all(l, c);
        if (rc == 0 && minute % FILES_MINUTES == 0)
            rc = sweep_files(c);
        if (rc)
            log_warn("housekeeping waits", KV_S("why", c->fail.text));
        arena_reset(c->mem);
        if (loop_goes_on(l))
            loop_sleep(l, 60000);
    }
}

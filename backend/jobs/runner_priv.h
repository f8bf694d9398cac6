/* What the loops of the work process share. */
#ifndef TANGGAP_JOBS_RUNNER_PRIV_H
#define TANGGAP_JOBS_RUNNER_PRIV_H

#include "db/jobq.h"
#include "db/listen.h"
#include "domain/channel.h"
#include "domain/ingest.h"
#include "jobs/runner.h"
#include "net/httpc.h"
#include "platform/connector.h"
#include "util/metrics.h"

#include <pthread.h>
#include <stdatomic.h>

struct runner;

/* A thread that works, sleeps until poked, and works again. */
struct loop {
    struct runner *runner;
    const char *name;
    void (*body)(struct loop *l, struct ctx *c);       /* returns when stopping */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool is_poked;                     /* under lock */
    bool is_started;
};

/* Every address that a setting points a connector to: plain http may go there and nowhere else. */
#define CHANNEL_BASES 11

enum loop_id { LOOP_INTAKE, LOOP_POLL, LOOP_DELIVER, LOOP_JOBS, LOOP_JOBS_MORE, LOOP_HOUSEKEEP, LOOP_COUNT };

struct runner {
    struct runner_options options;
    const char *bases[CHANNEL_BASES];
    struct httpc *calls;               /* short calls: sending, files, checks */
    struct httpc *polls;               /* long polls: each holds a connection */
    struct notifier *notifier;
    struct listener *listener;
    struct metrics *metrics;
    struct loop loops[LOOP_COUNT];
    atomic_bool stopping;
};

bool loop_goes_on(struct loop *l);
void loop_poke(struct loop *l);                        /* any thread */
void loop_sleep(struct loop *l, int64_t ms);           /* until poked, stopping, or ms are over */

void intake_loop(struct loop *l, struct ctx *c);
void poll_loop(struct loop *l, struct ctx *c);
void deliver_loop(struct loop *l, struct ctx *c);
void jobs_loop(struct loop *l, struct ctx *c);
void housekeep_loop(struct loop *l, struct ctx *c);

/* ---- channels ---- */

void channel_bases(const struct config *cfg, const char *out[static CHANNEL_BASES]);

/* A channel as the loops use it; texts in c->mem. Wiped by channel_close. */
struct open_channel {
    struct channel_facts facts;
    const struct connector *connector;
    int16_t transport, status;
    time_us connected_at;
    struct text status_code, cursor;
    struct text sealed;                /* the credential as it stands in the channel */
    time_us expires_at, renewed_at;    /* of the token; TIME_NONE: not known, never */
    struct text hook_key;              /* of its webhook's address, or of its Page's other half; absent: none */
    int16_t hook_platform;             /* the one in that address */
    struct buf token;
};

/* Inside a business. 1, 0 no such channel (or removed, or no connector), -1. The token is opened where there is one;
 * one that cannot be opened is left out. */
MUST_CHECK int channel_open(struct ctx *c, int64_t id, struct open_channel *out);
void channel_close(struct open_channel *ch);
/* Notes how the channel is; code "" with HEALTHY. BROKEN: until a person acts. Returns 1 when that is news, 0, or -1. */
MUST_CHECK int channel_mark(struct ctx *c, int64_t id, int status, const char *code);
/* The same for what mends itself: an allowance that is used up, a platform that does not answer. */
MUST_CHECK int channel_ails(struct ctx *c, int64_t id, const char *code);
/* Adds what a call cost to what the channel has used of its budget, where nobody else counts. Inside the business. */
MUST_CHECK int channel_spend(struct ctx *c, const struct open_channel *ch, int cost);
/* The platforms whose channels are asked although they have a webhook; returns how many. */
size_t channel_polled_beside(int16_t out[static PLATFORM_COUNT]);

/* The platform does not take the channel's token. Where another can be had for it that is asked for (renew_job): 2.
 * Else a person must help: as channel_mark. */
MUST_CHECK int channel_refused(struct ctx *c, const struct open_channel *ch, const char *code);
/* The same, and the panels hear of it. */
MUST_CHECK int channel_note_refusal(struct runner *r, struct ctx *c, const struct open_channel *ch, const char *code);
/* Asks for a new token ahead of time: the old one is still good. */
MUST_CHECK int channel_renew_early(struct ctx *c, int64_t id);
/* Platforms where that is possible. */
size_t channel_renewable(int16_t out[static PLATFORM_COUNT]);
/* Keeps what a call brought in place of the credential it was made with. */
MUST_CHECK int channel_keep_grant(struct ctx *c, const struct open_channel *ch, const struct grant *grant);
/* What waited for a token goes. */
MUST_CHECK int channel_release(struct ctx *c, int64_t id);

/* Sends a connector's call, waits for the answer, and asks the connector again until there is a result.
 * to_fd: where a file goes. 0, or -1 with c->fail. Not for sends: they must not wait. */
MUST_CHECK int call_through(struct runner *r, struct ctx *c, const struct connector *connector, const struct op *op,
                            int to_fd, struct step *out);
/* Starts the call of a step; done is called once with the reply. */
MUST_CHECK int call_start(struct httpc *h, const struct step *step, struct arena *mem, int to_fd, httpc_done *done,
                          void *arg, struct fail *why);
/* The connector's view of a reply; borrows from it, the header array lives in mem. */
struct http_reply reply_view(const struct httpc_reply *reply, struct arena *mem);

/* Seals what a login or a renewal brought into the channel, with what was known before where it says nothing, and opens
 * it again in `ch`. facts: JSON object for the state, or absent. */
MUST_CHECK int channel_grant(struct ctx *c, struct open_channel *ch, const struct step *step);

/* What the platform said against the channel, in its own words, for the person; step NULL: nothing any more. */
MUST_CHECK int channel_fault(struct ctx *c, int64_t id, const struct step *step);

/* ---- events on their way in ---- */

struct intake {
    struct ingest_item *items;
    size_t count, cap;
    struct arena *mem;
    int64_t channel;                   /* of the events added next */
    time_us received_at;
    bool is_backfill;                  /* so are the events added next: counted, never in speed, no notice */
    time_us connected_at;              /* what was said a day before is history too; 0: not known */
    bool is_second_look;               /* what still has no words is not asked for again */
    struct ingest_result result;
};

event_sink intake_add;                 /* arg: struct intake; keeps shallow copies */
void intake_fini(struct intake *in);
/* In a transaction inside the business: locks, shapes what a parser could not know, ingests, applies side effects. */
/* ingest_lock, waited for no longer than 0.2 s, since one loop serves all businesses: 1 ours, 0 busy, -1. */
MUST_CHECK int intake_lock(struct ctx *c);
MUST_CHECK int intake_run(struct ctx *c, struct intake *in);
/* Moves c into another business within an open transaction; 0 = none. Ends with the transaction. */
MUST_CHECK int tenant_switch(struct ctx *c, int64_t business);
/* Items from `from` on get the channel of the account that they tell of: home's, or another of this business. Those of
 * accounts that are not connected here are left out. */
MUST_CHECK int intake_route_here(struct ctx *c, struct intake *in, size_t from, const struct channel_facts *home,
                                 size_t *left_out);

struct intake_route {
    int64_t business, channel;
    int32_t account;
};
struct intake_routes {
    const int32_t *of;                 /* account of each item, -1 none */
    struct intake_route *list;         /* businesses in ascending order */
    size_t count;
};
/* Where the items of an app's bodies belong, in any business; in c->mem. */
MUST_CHECK int intake_route_anywhere(struct ctx *c, const struct intake *in, struct intake_routes *out);

/* Queues the question who they are for authors who have no name yet, where the platform can be asked. */
MUST_CHECK int profile_ask(struct ctx *c, const struct intake *in);
/* After the commit: tells the panels, counts. */
void intake_announce(struct runner *r, int64_t business, const struct intake *in);

/* Begins to read what the platform still offers of the past, unless that was done; again with from_the_start. */
MUST_CHECK int backfill_start(struct ctx *c, int64_t channel, bool from_the_start);
/* Looks once, as news, at what a webhook named without telling it (an Instagram mention). */
MUST_CHECK int backfill_read(struct ctx *c, int64_t channel, struct text cursor);

/* ---- jobs ---- */

/* The "channel" of a job's payload; BAD_FIELD. */
MUST_CHECK int job_channel(struct ctx *c, const struct job *j, int64_t *id);

/* 0 done; -1 with c->fail: tried again later, unless the code says that it is for good (BAD_*, NOT_POSSIBLE …). */
typedef int job_fn(struct runner *r, struct ctx *c, const struct job *j);
job_fn import_job, media_job, check_job, erase_job, renew_job, backfill_job, grant_job, withdrawn_job, moderate_job, numbers_job,
    profile_job;

/* Acts upon messages that wait for this channel (0: for any) get their jobs again. */
MUST_CHECK int moderate_resume(struct ctx *c, int64_t channel);
/* Queues asking for the numbers of posts and accounts where that is due. */
MUST_CHECK int numbers_queue(struct ctx *c);
/* After a check: queues asking where the platform tells by asking, else keeps the followers that the check told of, if
 * it did. facts: JSON object or absent. */
MUST_CHECK int numbers_begin(struct ctx *c, const struct open_channel *ch, struct text facts);

#endif

/* Jobs: enqueued in the transaction that caused them, claimed with a lease, retried with back-off. */
#ifndef TANGGAP_DB_JOBQ_H
#define TANGGAP_DB_JOBQ_H

#include "db/query.h"

enum job_kind { JOB_IMPORT = 1, JOB_MEDIA = 2, JOB_CHANNEL_CHECK = 3, JOB_ERASE = 4, JOB_BACKFILL = 5,
                JOB_CHANNEL_GRANT = 6, JOB_CHANNEL_RENEW = 7, JOB_MODERATE = 8, JOB_NUMBERS = 9, JOB_PROFILE = 10,
                JOB_WITHDRAWN = 12 };
/* POLL: the business has channels to be asked for news; its due is the end of the asking worker's lease. */
enum ready_kind { READY_JOB = 1, READY_OUTBOX = 2, READY_POLL = 3 };

#define JOBQ_ATTEMPTS_MAX 10

struct job {
    int64_t id;
    enum job_kind kind;
    struct text key, payload;     /* payload: JSON */
    int attempts;
};

/* In the caller's transaction, for c->who.business. key "" = always a new job; else one that waits already is enough,
 * and one that runs is run again afterwards, when due, with this payload. due TIME_NONE = now. */
MUST_CHECK int jobq_add(struct ctx *c, enum job_kind kind, struct text key, struct text payload, time_us due);
/* Marks the business as having work of this kind (keeps the earlier due). */
MUST_CHECK int jobq_ready(struct ctx *c, enum ready_kind kind, time_us due);
/* Next business that is due, skipping those other workers hold; 1/0/-1. Moves its due to now + lease. */
MUST_CHECK int jobq_claim_business(struct ctx *c, enum ready_kind kind, int lease_s, int64_t *business);
/* After entering the business: 1/0/-1. */
MUST_CHECK int jobq_claim(struct ctx *c, int lease_s, struct job *out);
/* CONFLICT when the lease ran out and the job is in other hands or ended: extend, done and failed alike. */
MUST_CHECK int jobq_extend(struct ctx *c, int64_t id, int lease_s);
MUST_CHECK int jobq_done(struct ctx *c, int64_t id);
/* Tries again at due, or gives up (max_attempts reached or !may_retry). */
MUST_CHECK int jobq_failed(struct ctx *c, const struct job *j, struct text why, bool may_retry, time_us due);
/* Sets the business's ready row to its earliest due job, or removes it. */
MUST_CHECK int jobq_settle(struct ctx *c, enum ready_kind kind);

#endif

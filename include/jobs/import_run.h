/* A file of somebody's history into a channel: opened (a zip through its confined child), recognised, read, merged. Used
 * by the import job and by `tanggap import`. All or nothing, in one transaction. */
#ifndef TANGGAP_JOBS_IMPORT_RUN_H
#define TANGGAP_JOBS_IMPORT_RUN_H

#include "archive/reader.h"
#include "domain/import.h"

struct import_progress {
    bool is_merging;
    int64_t bytes, bytes_total;        /* read so far, of all passes taken together */
    int64_t messages;                  /* read so far; merged so far when merging */
    time_us up_to;                     /* time of the newest message read; TIME_NONE */
};

struct import_run {
    /* given */
    int fd;                            /* the file, seekable; borrowed */
    struct text file_name;
    int64_t channel;                   /* 0: the business's channel for files of that platform, made when missing */
    int64_t archive;                   /* 0: none */
    struct text zone, self;            /* self absent: found in the file, or among the channel's known names, or asked */
    enum date_order date_order;
    bool may_ask;                      /* false: go on with the best reading where a question would be */
    int (*progress)(const struct import_progress *p, void *arg);      /* -1 stops (CONFLICT); NULL fine */
    int (*finish)(struct ctx *c, struct import_run *run, void *arg);  /* inside the transaction, at its end; NULL fine */
    void *arg;
    /* result */
    const char *question;              /* NULL, "self" or "date_order": nothing was imported */
    struct text summary;               /* JSON, in c->mem: see archive.summary in sql/migrations */
    const char *format;
    struct import_summary counts;
};

/* Inside the business. 0, or -1 with c->fail: BAD_FILE with the line for a broken file; nothing was imported then. */
MUST_CHECK int import_run(struct ctx *c, struct import_run *run);
/* After it, for a zip: stores the files that the archive's messages name, and hangs them on. going: asked again and
 * again meanwhile, -1 with c->fail stops; NULL fine. */
MUST_CHECK int import_media(struct ctx *c, int fd, int64_t archive, int (*going)(struct ctx *c, void *arg), void *arg);

#endif

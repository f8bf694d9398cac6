/* What the files of import share. */
#ifndef TANGGAP_DOMAIN_IMPORT_PRIV_H
#define TANGGAP_DOMAIN_IMPORT_PRIV_H

#include "domain/import.h"
#include "ingest_priv.h"

#include "util/buf.h"

struct db_copy;

struct import {
    struct ctx *c;
    struct arena *mem; /* as long as the import; grows with people and threads, not with messages */
    struct import_options options;
    struct import_summary summary;
    int64_t rows; /* staged: what is said, and changes */
    struct db_copy *copy;
    struct buf line;
    bool aligns; /* no ids of its own, and something stored to compare with */
    time_us now;
    int64_t gap_us;
    struct key_map people, threads, renamed;
    struct renamed {
        struct text external_id, author_id;
    } * renames; /* by renamed's index */
    struct deferral deferral;
    struct key_map orders; /* of threads */
    struct order {
        time_us base, at;
        char id[104];
        size_t id_len;
    } * last; /* by orders' index */
    size_t last_room;
};

/* import_align.c: marks what is stored already and applies what changed at the source. */
MUST_CHECK int import_align(struct import *im);

#endif

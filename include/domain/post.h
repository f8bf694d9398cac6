/* What the business published, with the newest numbers. */
#ifndef TANGGAP_DOMAIN_POST_H
#define TANGGAP_DOMAIN_POST_H

#include "db/query.h"

struct post_view {
    struct text external_id, text, link;              /* link absent: not told */
    time_us posted_at, deleted_at, numbers_at;
    int64_t likes, comments, shares, views;           /* -1: not told */
    bool is_ours;                                     /* false: written by somebody on our page */
};
/* The post that the comments of a thread hang on: 1, 0 none or unknown, -1. */
MUST_CHECK int post_of_thread(struct ctx *c, int64_t thread, struct post_view *out);

#endif

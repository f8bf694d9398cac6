/* What the files of the Facebook Page connector share: where its machine stands, and its reading of feed and numbers. */
#ifndef TANGGAP_PLATFORM_FACEBOOK_PRIV_H
#define TANGGAP_PLATFORM_FACEBOOK_PRIV_H

#include "page_priv.h"

#define FACEBOOK_TEXT_UNITS 8000

/* Which answer the machine waits for. */
enum facebook_stage {
    FACEBOOK_BEGIN, FACEBOOK_UPLOAD, FACEBOOK_SENT, FACEBOOK_PRIVATE, FACEBOOK_PRIVATE_OTHER, FACEBOOK_LOOK,
    FACEBOOK_LOOK_PRIVATE, FACEBOOK_LOOK_TALK, FACEBOOK_DONE, FACEBOOK_FOLLOWERS, FACEBOOK_NUMBERS,
    FACEBOOK_NUMBERS_LEAST, FACEBOOK_FEED, FACEBOOK_COMMENTS,
};

struct text facebook_page_node(const struct op *op);
/* POLL: one page of the newest posts with their numbers and the Page's followers; the cursor stays. */
int facebook_begin_poll(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
int facebook_end_poll(const struct op *op, struct step_state *state, const json_t *root, const struct http_reply *reply,
                      struct arena *mem, struct step *out);
int facebook_poll_refused(const struct op *op, struct step_state *state, int64_t code, struct arena *mem,
                          struct step *out);
/* BACKFILL: a page of the feed, then all comments of each of its posts, then the next page of the feed. The cursor is
 * JSON: {"feed":AFTER,"posts":[ID…],"after":AFTER of the first post's comments,"since":UNIX}. A caller that only fills a
 * gap begins with {"since":UNIX}: posts that nothing has happened to since then are passed over. */
int facebook_begin_backfill(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
int facebook_end_backfill(const struct op *op, const json_t *root, const struct http_reply *reply, struct arena *mem,
                          struct step *out);
/* A post that went away while its comments were read is no end of the whole. */
int facebook_backfill_refused(const struct op *op, struct arena *mem, struct step *out);

#endif

/* A walk over a streamed JSON document: its owner says which containers to go into, which to have whole as a tree, and
 * which to pass over. Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_JSON_WALK_H
#define TANGGAP_ARCHIVE_JSON_WALK_H

#include "json_tree.h"

#define WALK_LEVELS 8
#define WALK_KEY    64

enum walk_step { WALK_ENTER, WALK_TREE, WALK_SKIP };
struct json_walk;

struct json_walk_ops {
    /* A container opens at w->key within what is open. ENTER is possible WALK_LEVELS deep. */
    enum walk_step (*open)(void *arg, const struct json_walk *w, bool is_object);
    /* A scalar, or a whole tree, of what is open. Lives during the call. */
    int (*value)(void *arg, const struct json_walk *w, const struct json_node *n, struct fail *why);
    void (*close)(void *arg, const struct json_walk *w);       /* a container that was entered ends; w->depth is outside it */
};

struct json_walk {
    const struct json_walk_ops *ops;
    void *arg;
    struct json_pull *pull;
    struct json_tree tree;
    unsigned depth;
    struct {
        bool is_object;
        char key[WALK_KEY];        /* of the container itself, within its parent; empty in an array */
    } levels[WALK_LEVELS];
    char key[WALK_KEY];            /* of the value now, cut; empty in an array */
    bool is_skipping, is_done;
    long line;                     /* where the value begins */
};

void json_walk_init(struct json_walk *w, const struct json_walk_ops *ops, void *arg);
void json_walk_fini(struct json_walk *w);
MUST_CHECK int json_walk_feed(struct json_walk *w, struct text piece, struct fail *why);
/* The document must be complete; the next one may follow. */
MUST_CHECK int json_walk_end(struct json_walk *w, struct fail *why);
bool json_walk_at(const struct json_walk *w, const char *key);             /* is the value's key this? */
bool json_walk_within(const struct json_walk *w, const char *key);         /* is the innermost open container's? */

#endif

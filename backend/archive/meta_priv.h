/* Parts of the reader of Facebook's and Instagram's downloads (exports.md 3). Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_META_PRIV_H
#define TANGGAP_ARCHIVE_META_PRIV_H

#include "json_tree.h"
#include "reader_priv.h"

/* What is known of a file of messages before its messages are read. */
struct meta_thread {
    struct text id, title;
    bool is_group;
};

struct meta_maker {
    struct arena *mem;             /* of one event; the tree may lie in another */
    struct reader *base;           /* counts what was mended */
    struct made_seen *seen;
    enum platform messages, comments;              /* what each is called here */
    struct text self;              /* absent: not known */
};

#define META_REACTIONS 256
struct meta_made {
    struct event ev;
    char id[MADE_ID_SIZE];
    struct event reactions[META_REACTIONS];
    size_t reaction_count;
    enum skip_reason reason;       /* when there is no event */
};

/* A string out of the file, mended where its letters were taken apart. */
struct text meta_text(struct meta_maker *m, struct text t);
/* 0, or -1 with made->reason. made->ev borrows from the tree, the maker's memory and made itself. */
MUST_CHECK int meta_message(struct meta_maker *m, const struct json_node *n, const struct meta_thread *thread,
                            struct meta_made *made);
/* The owner's own: a comment of either platform's comment files, a post. */
MUST_CHECK int meta_comment(struct meta_maker *m, const struct json_node *n, struct meta_made *made);
MUST_CHECK int meta_post(struct meta_maker *m, const struct json_node *n, struct meta_made *made);

#endif

/* Events out of the trees of an X archive (exports.md 4). Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_X_PRIV_H
#define TANGGAP_ARCHIVE_X_PRIV_H

#include "json_tree.h"
#include "reader_priv.h"

/* The archive's owner, as far as known. */
struct x_self {
    struct text id, username, name;
};

#define X_REACTIONS 64
struct x_made {
    struct event ev;
    struct text recipient;
    struct event reactions[X_REACTIONS];
    size_t reaction_count;
    enum skip_reason reason;       /* when there is no event */
};

/* 0, or -1 with made->reason. Texts live in mem or in the tree. */
MUST_CHECK int x_message(const struct json_node *n, struct text conversation, bool is_group, const struct x_self *self,
                         struct arena *mem, struct x_made *made);
/* A post of the owner's, or an answer to somebody; is_note: of the file of long posts. */
MUST_CHECK int x_post(const struct json_node *n, bool is_note, const struct x_self *self, struct arena *mem,
                      struct x_made *made);

#endif

/* Small trees out of a stream of JSON: a foreign document is walked token by token, and only what is wanted whole (one
 * message, say) becomes a tree in an arena that is emptied after it. Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_JSON_TREE_H
#define TANGGAP_ARCHIVE_JSON_TREE_H

#include "util/arena.h"
#include "util/json_pull.h"

#define JSON_TREE_DEPTH 65

struct json_node {
    enum pull_token kind;          /* OBJECT, ARRAY, STRING, NUMBER, TRUE, FALSE, NULL */
    struct text key, value;
    struct json_node *child, *last, *next;
};

/* Member of an object; NULL if absent, or null in the file. Of duplicates the last one. */
const struct json_node *json_get(const struct json_node *object, const char *key);
/* A string, or a number as written; else absent. */
struct text json_get_text(const struct json_node *object, const char *key);
bool json_get_true(const struct json_node *object, const char *key);
unsigned json_node_depth(const struct json_node *n);

struct json_out;
void json_node_write(struct json_out *j, const struct json_node *n);

/* A tree under way. */
struct json_tree {
    struct arena *mem;
    size_t max;                                   /* bytes of memory; beyond, the rest is left out and is_too_long set */
    struct json_node *open[JSON_TREE_DEPTH];      /* outermost first */
    unsigned depth;                               /* of open; 0: nothing under way */
    struct text key;
    bool is_too_long;
};

/* Empties the arena and begins a tree at the OBJECT or ARRAY just read. */
void json_tree_begin(struct json_tree *t, enum pull_token token);
enum json_tree_step { TREE_ON, TREE_SKIP, TREE_DONE };
/* Takes a token. SKIP: the caller must json_pull_skip() what was just opened. DONE: t->open[0] is whole. */
enum json_tree_step json_tree_take(struct json_tree *t, const struct json_pull *pull, enum pull_token token);

#endif

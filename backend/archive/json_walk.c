/* A walk over a streamed JSON document. */
#include "json_walk.h"

#define STRING_MAX (1024u * 1024)
#define TREE_MAX   (16u * 1024 * 1024)

void json_walk_init(struct json_walk *w, const struct json_walk_ops *ops, void *arg)
{
    *w = (struct json_walk){ .ops = ops, .arg = arg, .pull = json_pull_new(STRING_MAX) };
    w->tree = (struct json_tree){ .mem = arena_new(0), .max = TREE_MAX };
}

void json_walk_fini(struct json_walk *w)
{
    json_pull_free(w->pull);
    arena_free(w->tree.mem);
}

bool json_walk_at(const struct json_walk *w, const char *key)
{
    return strcmp(w->key, key) == 0;
}

bool json_walk_within(const struct json_walk *w, const char *key)
{
    return w->depth && strcmp(w->levels[w->depth - 1].key, key) == 0;
}

static void set_key(struct json_walk *w, struct text key)
{
    size_t len = key.len < WALK_KEY ? key.len : WALK_KEY - 1;

    if (len)
        memcpy(w->key, key.ptr, len);
    w->key[len] = '\0';
}

static void open_value(struct json_walk *w, enum pull_token token)
{
    enum walk_step step = w->ops->open(w->arg, w, token == PULL_OBJECT);

    w->line = json_pull_line(w->pull);
    if (step == WALK_TREE) {
        json_tree_begin(&w->tree, token);
    } else if (step == WALK_SKIP || w->depth == WALK_LEVELS) {
        w->is_skipping = true;
    } else {
        w->levels[w->depth].is_object = token == PULL_OBJECT;
        memcpy(w->levels[w->depth++].key, w->key, WALK_KEY);
        w->key[0] = '\0';
    }
}

/* What comes next in an array has no key; in an object it brings its own. */
static void past_value(struct json_walk *w)
{
    w->key[0] = '\0';
}

static int give_scalar(struct json_walk *w, enum pull_token token, struct fail *why)
{
    struct json_node n = { .kind = token, .value = json_pull_value(w->pull) };
    int rc;

    w->line = json_pull_line(w->pull);
    rc = w->ops->value(w->arg, w, &n, why);
    past_value(w);
    return rc;
}

static int tree_token(struct json_walk *w, enum pull_token token, struct fail *why)
{
    enum json_tree_step step = json_tree_take(&w->tree, w->pull, token);
    int rc;

    w->is_skipping = step == TREE_SKIP;
    if (step != TREE_DONE)
        return 0;
    rc = w->ops->value(w->arg, w, w->tree.open[0], why);
    past_value(w);
    return rc;
}

static int outer_token(struct json_walk *w, enum pull_token token, struct fail *why)
{
    switch ((int)token) {
    case PULL_OBJECT:
    case PULL_ARRAY:
        open_value(w, token);
        return 0;
    case PULL_OBJECT_END:
    case PULL_ARRAY_END:
        w->depth--;
        memcpy(w->key, w->levels[w->depth].key, WALK_KEY);
        if (w->ops->close)
            w->ops->close(w->arg, w);
        past_value(w);
        return 0;
    case PULL_KEY:
        set_key(w, json_pull_value(w->pull));
        return 0;
    default:
        return give_scalar(w, token, why);
    }
}

static int walk(struct json_walk *w, struct fail *why)
{
    for (;;) {
        enum pull_token token = w->is_skipping ? json_pull_skip(w->pull) : json_pull_next(w->pull);

        if (token == PULL_MORE)
            return 0;
        if (token == PULL_BAD) {
            json_pull_why(w->pull, why);
            return -1;
        }
        if (w->is_skipping) {
            w->is_skipping = false;
            if (!w->tree.depth)
                past_value(w);
            continue;
        }
        if (token == PULL_END) {
            w->is_done = true;
            return 0;
        }
        if (w->tree.depth ? tree_token(w, token, why) : outer_token(w, token, why))
            return -1;
    }
}

int json_walk_feed(struct json_walk *w, struct text piece, struct fail *why)
{
    if (!piece.len)
        return 0;
    json_pull_feed(w->pull, piece);
    return walk(w, why);
}

int json_walk_end(struct json_walk *w, struct fail *why)
{
    json_pull_feed(w->pull, (struct text){ NULL, 0 });
    if (walk(w, why))
        return -1;
    if (!w->is_done)
        return fail_line(why, FAIL_BAD_FILE, json_pull_line(w->pull), "the file ends in the middle");
    json_pull_free(w->pull);
    w->pull = json_pull_new(STRING_MAX);
    w->is_done = false;
    w->depth = 0;
    w->key[0] = '\0';
    return 0;
}

/* Trees of foreign JSON, one at a time. */
#include "json_tree.h"

#include "util/json_out.h"

const struct json_node *json_get(const struct json_node *object, const char *key)
{
    const struct json_node *found = NULL;

    for (const struct json_node *n = object ? object->child : NULL; n; n = n->next)
        if (text_equal(n->key, text_of(key)))
            found = n;
    return found && found->kind != PULL_NULL ? found : NULL;
}

struct text json_get_text(const struct json_node *object, const char *key)
{
    const struct json_node *n = json_get(object, key);

    return n && (n->kind == PULL_STRING || n->kind == PULL_NUMBER) ? n->value : (struct text){ NULL, 0 };
}

bool json_get_true(const struct json_node *object, const char *key)
{
    const struct json_node *n = json_get(object, key);

    return n && n->kind == PULL_TRUE;
}

unsigned json_node_depth(const struct json_node *n)
{
    unsigned deepest = 0;

    for (const struct json_node *c = n->child; c; c = c->next) {
        unsigned d = json_node_depth(c);

        deepest = d > deepest ? d : deepest;
    }
    return deepest + 1;
}

void json_node_write(struct json_out *j, const struct json_node *n)
{
    switch ((int)n->kind) {
    case PULL_OBJECT:
        jo_object(j);
        for (const struct json_node *c = n->child; c; c = c->next) {
            jo_key_text(j, c->key);
            json_node_write(j, c);
        }
        jo_end_object(j);
        break;
    case PULL_ARRAY:
        jo_array(j);
        for (const struct json_node *c = n->child; c; c = c->next)
            json_node_write(j, c);
        jo_end_array(j);
        break;
    case PULL_STRING:
        jo_text(j, n->value);
        break;
    case PULL_NUMBER:
        jo_raw(j, n->value);
        break;
    case PULL_TRUE:
    case PULL_FALSE:
        jo_bool(j, n->kind == PULL_TRUE);
        break;
    default:
        jo_null(j);
        break;
    }
}

static struct json_node *add_node(struct json_tree *t, enum pull_token token, struct text value)
{
    struct json_node *n = arena_new_of(t->mem, struct json_node);
    struct json_node *parent = t->depth ? t->open[t->depth - 1] : NULL;

    n->kind = token;
    n->key = t->key;
    t->key = (struct text){ NULL, 0 };
    if (token == PULL_STRING || token == PULL_NUMBER)
        n->value = arena_text(t->mem, value);
    if (parent && parent->last)
        parent->last->next = n;
    else if (parent)
        parent->child = n;
    if (parent)
        parent->last = n;
    return n;
}

void json_tree_begin(struct json_tree *t, enum pull_token token)
{
    arena_reset(t->mem);
    t->is_too_long = false;
    t->key = (struct text){ NULL, 0 };
    t->depth = 0;
    t->open[0] = add_node(t, token, t->key);
    t->depth = 1;
}

enum json_tree_step json_tree_take(struct json_tree *t, const struct json_pull *pull, enum pull_token token)
{
    if (arena_bytes(t->mem) > t->max)
        t->is_too_long = true;
    if (token == PULL_OBJECT_END || token == PULL_ARRAY_END)
        return --t->depth == 0 ? TREE_DONE : TREE_ON;
    if (token == PULL_OBJECT || token == PULL_ARRAY) {
        if ((t->is_too_long && t->depth > 1) || t->depth == JSON_TREE_DEPTH)
            return TREE_SKIP;
        struct json_node *n = add_node(t, token, (struct text){ NULL, 0 });

        t->open[t->depth++] = n;
    } else if (!t->is_too_long && token == PULL_KEY) {
        t->key = arena_text(t->mem, json_pull_value(pull));
    } else if (!t->is_too_long) {
        add_node(t, token, json_pull_value(pull));
    }
    return TREE_ON;
}

/* Reader of an X (Twitter) archive: JavaScript files that assign one JSON value each (exports.md 4). Two passes: whose
 * archive it is, then direct messages, posts and replies. */
#include "json_walk.h"
#include "reader_priv.h"
#include "x_priv.h"

#include "util/str.h"

#define PREFIX_MAX 512

enum { PASS_SURVEY, PASS_EMIT };

struct x {
    struct reader base;
    struct json_walk walk;
    struct buf prefix, held;           /* held: blanks and ';' that may be the file's end */
    bool in_value;
    enum kind { KIND_OTHER, KIND_ACCOUNT, KIND_MANIFEST, KIND_DIRECT, KIND_GROUP, KIND_POSTS, KIND_NOTES } kind;
    struct x_self self;
    struct text candidates[2];         /* ids that every conversation between two has had so far */
    size_t candidate_count;
    bool has_pairs, has_messages, has_posts;
    struct arena *conversation_mem;
    struct text conversation;
    struct arena *mem;                 /* of one event */
    long line_base;
};

/* ---- what a file is ---- */

static const struct {
    const char *name;
    enum kind kind;
} kinds[] = {
    { "account", KIND_ACCOUNT },        { "manifest", KIND_MANIFEST },
    { "__thar_config", KIND_MANIFEST }, { "direct_messages", KIND_DIRECT },
    { "direct_message", KIND_DIRECT },  { "direct_messages_group", KIND_GROUP },
    { "direct_message_group", KIND_GROUP }, { "tweets", KIND_POSTS },
    { "tweet", KIND_POSTS },            { "note_tweet", KIND_NOTES },
};

static enum kind kind_of(struct text name)
{
    char plain[PREFIX_MAX];
    size_t len = 0;

    while (len < name.len && len < sizeof(plain)) {
        char c = name.ptr[len];

        plain[len++] = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (text_equal((struct text){ plain, len }, text_of(kinds[i].name)))
            return kinds[i].kind;
    return KIND_OTHER;
}

/* "window.YTD.direct_messages.part0", "window.__THAR_CONFIG"; without an assignment the file's name must do. */
static enum kind kind_of_prefix(const struct x *x)
{
    struct text t = str_trim(buf_as_text(&x->prefix)), name;

    (void)str_skip(&t, TEXT("\xef\xbb\xbf"));
    if (str_skip(&t, TEXT("window.YTD."))) {
        (void)str_split(&t, '.', &name);
        return kind_of(name);
    }
    if (str_skip(&t, TEXT("window.")))
        return kind_of(t);
    /* before 2019: one file a month */
    if (text_starts(t, TEXT("Grailbird.data.tweets")))
        return KIND_POSTS;
    t = reader_base_name(x->base.file_name);
    (void)str_split(&t, '.', &name);
    t = name;
    if (str_find(name, TEXT("-part")))
        name.len = (size_t)(str_find(name, TEXT("-part")) - name.ptr);
    return kind_of(name);
}

/* ---- conversations ---- */

static bool in_pair(struct text pair, struct text id)
{
    const char *dash = memchr(pair.ptr, '-', pair.len);
    size_t at = dash ? (size_t)(dash - pair.ptr) : pair.len;

    return dash && (text_equal((struct text){ pair.ptr, at }, id) ||
                    text_equal((struct text){ dash + 1, pair.len - at - 1 }, id));
}

/* Whoever is in every conversation between two is us. */
static void note_pair(struct x *x, struct text pair)
{
    struct text rest = pair, first;
    size_t kept = 0;

    if (!str_split(&rest, '-', &first))
        return;
    if (!x->has_pairs) {
        x->has_pairs = true;
        x->candidates[0] = arena_text(x->base.mem, first);
        x->candidates[1] = arena_text(x->base.mem, rest);
        x->candidate_count = 2;
        return;
    }
    for (size_t i = 0; i < x->candidate_count; i++)
        if (in_pair(pair, x->candidates[i]))
            x->candidates[kept++] = x->candidates[i];
    x->candidate_count = kept;
}

static int emit_conversation_part(struct x *x, const struct json_node *n, struct fail *why)
{
    struct x_made made;

    x->has_messages = true;
    if (x_message(n, x->conversation, x->kind == KIND_GROUP, &x->self, x->mem, &made)) {
        reader_skip(&x->base, made.reason, x->line_base + x->walk.line);
        return 0;
    }
    if (made.ev.direction != DIRECTION_SYSTEM && made.ev.author.id.len)
        reader_count_author(&x->base, made.ev.author.id, 1);
    /* who never wrote may yet be us */
    if (!x->self.id.len && made.recipient.len)
        reader_count_author(&x->base, made.recipient, 0);
    x->base.summary.is_group |= made.ev.thread.type == THREAD_GROUP;
    if (reader_emit(&x->base, &made.ev, why))
        return -1;
    for (size_t i = 0; i < made.reaction_count; i++)
        if (reader_emit(&x->base, &made.reactions[i], why))
            return -1;
    return 0;
}

static int emit_post(struct x *x, const struct json_node *n, struct fail *why)
{
    struct x_made made;

    x->has_posts = true;
    if (x_post(n, x->kind == KIND_NOTES, &x->self, x->mem, &made)) {
        reader_skip(&x->base, made.reason, x->line_base + x->walk.line);
        return 0;
    }
    return reader_emit(&x->base, &made.ev, why);
}

static void take_account(struct x *x, const struct json_node *n)
{
    const struct json_node *a = json_get(n, "account");
    struct text id = json_get_text(a ? a : n, "accountId"), name = json_get_text(a ? a : n, "username");

    if (x->base.options.self.ptr && !text_equal(x->base.options.self, id) && !text_equal(x->base.options.self, name))
        return;
    if (id.len)
        x->self.id = arena_text(x->base.mem, id);
    if (name.len)
        x->self.username = arena_text(x->base.mem, name);
    name = json_get_text(a, "accountDisplayName");
    if (name.len)
        x->self.name = arena_text(x->base.mem, name);
}

/* ---- the walk ---- */

static enum walk_step x_open(void *arg, const struct json_walk *w, bool is_object)
{
    const struct x *x = arg;

    if (w->depth == 0)
        return WALK_ENTER;
    switch (x->kind) {
    case KIND_ACCOUNT:
        return w->depth == 1 && x->base.pass == PASS_SURVEY ? WALK_TREE : WALK_SKIP;
    case KIND_MANIFEST:
        return json_walk_at(w, "userInfo") && x->base.pass == PASS_SURVEY ? WALK_TREE : WALK_SKIP;
    case KIND_DIRECT:
    case KIND_GROUP:
        if (w->depth == 1)
            return is_object ? WALK_ENTER : WALK_SKIP;
        if (w->depth == 2)
            return is_object && json_walk_at(w, "dmConversation") ? WALK_ENTER : WALK_SKIP;
        if (w->depth == 3)
            return !is_object && json_walk_at(w, "messages") && x->base.pass == PASS_EMIT ? WALK_ENTER : WALK_SKIP;
        return w->depth == 4 && is_object ? WALK_TREE : WALK_SKIP;
    case KIND_POSTS:
    case KIND_NOTES:
        return w->depth == 1 && is_object && x->base.pass == PASS_EMIT ? WALK_TREE : WALK_SKIP;
    case KIND_OTHER:
        break;
    }
    return WALK_SKIP;
}

static int x_value(void *arg, const struct json_walk *w, const struct json_node *n, struct fail *why)
{
    struct x *x = arg;
    bool is_tree = n->kind == PULL_OBJECT || n->kind == PULL_ARRAY;
    int rc = 0;

    if (is_tree && x->walk.tree.is_too_long) {
        reader_skip(&x->base, SKIP_TOO_LONG, x->line_base + w->line);
        return 0;
    }
    if (x->kind == KIND_ACCOUNT || x->kind == KIND_MANIFEST) {
        if (is_tree)
            take_account(x, n);
    } else if (x->kind == KIND_DIRECT || x->kind == KIND_GROUP) {
        if (is_tree)
            rc = emit_conversation_part(x, n, why);
        else if (w->depth == 3 && json_walk_at(w, "conversationId") && n->kind == PULL_STRING) {
            arena_reset(x->conversation_mem);
            x->conversation = arena_text(x->conversation_mem, n->value);
            if (x->base.pass == PASS_SURVEY)
                note_pair(x, n->value);
        }
    } else if (is_tree) {
        rc = emit_post(x, n, why);
    }
    arena_reset(x->mem);
    return rc;
}

static void x_close(void *arg, const struct json_walk *w)
{
    struct x *x = arg;

    if (w->depth == 2)
        x->conversation = (struct text){ NULL, 0 };
}

/* ---- bytes ---- */

static size_t tail_of(struct text t)
{
    size_t n = 0;

    while (n < t.len && strchr(" \t\r\n;", t.ptr[t.len - n - 1]) && t.ptr[t.len - n - 1])
        n++;
    return n;
}

static int feed_value(struct x *x, struct text piece, struct fail *why)
{
    size_t tail = tail_of(piece);
    struct text body = { piece.ptr, piece.len - tail };

    if (body.len && x->held.len) {
        if (json_walk_feed(&x->walk, buf_as_text(&x->held), why))
            return -1;
        buf_reset(&x->held);
    }
    if (json_walk_feed(&x->walk, body, why))
        return -1;
    buf_add(&x->held, piece.ptr + body.len, tail);
    return x->held.failed ? fail_line(why, FAIL_BAD_FILE, json_pull_line(x->walk.pull), "too many blanks") : 0;
}

static int x_feed(struct reader *r, struct text piece, struct fail *why)
{
    struct x *x = (struct x *)r;
    size_t at = 0;

    while (!x->in_value && at < piece.len) {
        char c = piece.ptr[at];

        if (c == '[' || c == '{') {
            /* "window.YTD.x.part0 = [" */
            if (x->prefix.len && x->prefix.ptr[x->prefix.len - 1] == '=')
                x->prefix.len--;
            x->kind = kind_of_prefix(x);
            x->in_value = true;
            break;
        }
        x->line_base += c == '\n';
        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            buf_char(&x->prefix, c);
        if (x->prefix.failed)
            return fail_line(why, FAIL_BAD_FILE, x->line_base + 1, "not a file of an X archive");
        at++;
    }
    if (!x->in_value || x->kind == KIND_OTHER)
        return 0;
    if (feed_value(x, (struct text){ piece.ptr + at, piece.len - at }, why)) {
        if (why->line)
            why->line += x->line_base;
        return -1;
    }
    return 0;
}

static int x_end_file(struct reader *r, struct fail *why)
{
    struct x *x = (struct x *)r;
    long before = x->line_base;
    bool in_value = x->in_value;
    enum kind kind = x->kind;

    buf_reset(&x->prefix);
    buf_reset(&x->held);
    x->in_value = false;
    x->kind = KIND_OTHER;
    x->line_base = 0;
    if (!in_value)
        return fail_line(why, FAIL_BAD_FILE, before + 1, "not a file of an X archive");
    if (kind == KIND_OTHER && !r->in_tree)
        return fail_line(why, FAIL_BAD_FILE, 1, "this file of an X archive holds no messages and no posts");
    if (kind == KIND_OTHER)
        return 0;
    if (json_walk_end(&x->walk, why)) {
        if (why->line)
            why->line += before;
        return -1;
    }
    return 0;
}

static void decide_self(struct x *x)
{
    struct archive_summary *s = &x->base.summary;

    if (!x->self.id.len && x->base.options.self.ptr)
        x->self.id = x->base.options.self;
    if (!x->self.id.len && x->candidate_count == 1)
        x->self.id = x->candidates[0];
    if (!x->self.id.len)
        return;
    s->self = x->self.name.len ? x->self.name : x->self.username.len ? x->self.username : x->self.id;
    s->self_sure = true;
}

static int x_end_pass(struct reader *r, struct fail *why)
{
    struct x *x = (struct x *)r;

    (void)why;
    if (r->pass == PASS_SURVEY)
        decide_self(x);
    r->summary.own_words_only = x->has_posts && !x->has_messages;
    r->summary.sides_known = x->self.id.len > 0 || !x->has_messages;
    return 0;
}

static void x_free(struct reader *r)
{
    struct x *x = (struct x *)r;

    json_walk_fini(&x->walk);
    buf_fini(&x->prefix);
    buf_fini(&x->held);
    arena_free(x->conversation_mem);
    arena_free(x->mem);
}

struct reader *x_reader_new(struct arena *mem)
{
    static const struct reader_ops ops = { 2, x_feed, x_end_pass, x_free, x_end_file };
    static const struct json_walk_ops walk_ops = { x_open, x_value, x_close };
    struct x *x = arena_new_of(mem, struct x);

    x->base.ops = &ops;
    json_walk_init(&x->walk, &walk_ops, x);
    x->prefix = BUF_INIT(PREFIX_MAX);
    x->held = BUF_INIT(16u * 1024 * 1024);
    x->conversation_mem = arena_new(0);
    x->mem = arena_new(0);
    x->base.summary.has_ids = true;
    return &x->base;
}

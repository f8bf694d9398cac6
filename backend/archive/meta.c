/* Reader of the JSON that Facebook and Instagram give under "Download your information" (exports.md 3): threads of
 * messages, also the end-to-end-encrypted ones, and the owner's own comments and posts. Two passes: which thread each file
 * is and who we are, then the messages. */
#include "meta_priv.h"

#include "json_walk.h"

#include "util/str.h"

#define PEOPLE_MAX 256
#define VOTES_MAX  16
#define FILES_MAX  200000u

enum { PASS_SURVEY, PASS_EMIT };

struct meta_file {
    struct meta_thread thread;
    bool is_thread;
};

struct meta {
    struct reader base;
    struct json_walk walk;
    struct meta_maker maker;
    struct meta_made *made;
    /* one a file, in the order of the files */
    struct meta_file *files;
    size_t file_count, file_room;
    /* of the file under way */
    struct arena *file_mem;
    struct text path, title, flat_name;
    bool is_group, has_participants, has_messages, is_known;
    struct text people[PEOPLE_MAX];
    size_t people_count, people_seen;
    /* who we are */
    struct text profile;
    struct text common[PEOPLE_MAX];    /* in every thread so far */
    size_t common_count, threads;
    struct { struct text name; int64_t n; } votes[VOTES_MAX];
    size_t vote_count;
    bool has_threads;
};

/* ---- who we are ---- */

static void vote(struct meta *m, struct text name)
{
    for (size_t i = 0; i < m->vote_count; i++)
        if (text_equal(m->votes[i].name, name)) {
            m->votes[i].n++;
            return;
        }
    if (m->vote_count == VOTES_MAX)
        return;
    m->votes[m->vote_count].name = arena_text(m->base.mem, name);
    m->votes[m->vote_count++].n = 1;
}

static bool is_among(const struct text *names, size_t count, struct text name)
{
    for (size_t i = 0; i < count; i++)
        if (text_equal(names[i], name))
            return true;
    return false;
}

static void note_common(struct meta *m)
{
    size_t kept = 0;

    if (m->threads++ == 0) {
        for (size_t i = 0; i < m->people_count; i++)
            m->common[m->common_count++] = arena_text(m->base.mem, m->people[i]);
        return;
    }
    for (size_t i = 0; i < m->common_count; i++)
        if (is_among(m->people, m->people_count, m->common[i]))
            m->common[kept++] = m->common[i];
    m->common_count = kept;
}

/* "Sari_7" of an end-to-end-encrypted thread is Sari. */
static struct text without_number(struct text t)
{
    size_t len = t.len;

    while (len && t.ptr[len - 1] >= '0' && t.ptr[len - 1] <= '9')
        len--;
    return len > 1 && len < t.len && t.ptr[len - 1] == '_' ? (struct text){ t.ptr, len - 1 } : t;
}

static void note_people(struct meta *m, struct text title)
{
    if (m->people_seen > PEOPLE_MAX || !m->people_count)
        return;
    note_common(m);
    if (m->people_count != 2)
        return;
    for (size_t i = 0; i < 2; i++)
        if (text_equal(m->people[i], title) && !text_equal(m->people[1 - i], title))
            vote(m, m->people[1 - i]);
}

static void decide_self(struct meta *m)
{
    struct archive_summary *s = &m->base.summary;
    struct text self = m->base.options.self;
    int64_t all = 0;
    size_t best = 0;

    if (!self.ptr && m->profile.len && (!m->threads || is_among(m->common, m->common_count, m->profile)))
        self = m->profile;
    if (!self.ptr && m->threads > 1 && m->common_count == 1)
        self = m->common[0];
    for (size_t i = 0; i < m->vote_count; i++) {
        all += m->votes[i].n;
        best = m->votes[i].n > m->votes[best].n ? i : best;
    }
    if (!self.ptr && m->vote_count && m->votes[best].n * 3 > all * 2)
        self = m->votes[best].name;
    m->maker.self = self;
    s->self = self;
    s->self_sure = self.ptr != NULL;
}

/* ---- a file ---- */

static struct text last_part(struct text path)
{
    while (path.len && path.ptr[path.len - 1] == '/')
        path.len--;
    return reader_base_name(path);
}

/* "…/inbox/sari_1/message_1.json" */
static struct text folder_of(struct text name)
{
    struct text base = reader_base_name(name);

    return name.len > base.len ? last_part((struct text){ name.ptr, name.len - base.len }) : (struct text){ NULL, 0 };
}

static struct meta_file *file_now(struct meta *m)
{
    if (m->base.file >= m->file_count) {
        size_t room = m->file_room ? m->file_room * 2 : 64;

        if (m->base.file >= m->file_room) {
            struct meta_file *wider = arena_array(m->base.mem, struct meta_file, room);

            if (m->file_count)
                memcpy(wider, m->files, m->file_count * sizeof(*wider));
            m->files = wider;
            m->file_room = room;
        }
        m->file_count = m->base.file + 1;
    }
    return &m->files[m->base.file];
}

static void end_survey(struct meta *m)
{
    struct meta_file *f = file_now(m);
    struct text id = last_part(m->path), title = m->title;

    if (!m->has_participants || !m->has_messages)
        return;
    if (!id.len)
        id = m->flat_name;
    if (!id.len)
        id = folder_of(m->base.file_name);
    if (!id.len)
        id = title;
    if (!id.len)
        id = reader_base_name(m->base.file_name);
    if (!title.len)
        title = without_number(m->flat_name);
    f->is_thread = m->has_threads = true;
    f->thread.is_group = m->is_group || m->people_seen > 2;
    f->thread.id = arena_text(m->base.mem, id.len ? id : TEXT("thread"));
    f->thread.title = title.len ? arena_text(m->base.mem, title) : (struct text){ NULL, 0 };
    if (!m->base.summary.title.ptr)
        m->base.summary.title = f->thread.title;
    m->base.summary.is_group |= f->thread.is_group;
    note_people(m, title);
}

/* ---- the walk ---- */

static bool is_comments(const struct json_walk *w)
{
    static const char *const keys[] = { "comments_v2", "group_comments_v2", "comments_media_comments",
                                        "comments_reels_comments", "comments_story_comments" };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (json_walk_at(w, keys[i]))
            return true;
    return false;
}

static enum walk_step open_member(struct meta *m, const struct json_walk *w, bool is_object)
{
    bool is_emitting = m->base.pass == PASS_EMIT;

    if (json_walk_at(w, "messages") && !is_object) {
        m->has_messages = true;
        return is_emitting && file_now(m)->is_thread ? WALK_ENTER : WALK_SKIP;
    }
    if (json_walk_at(w, "participants") && !is_object) {
        m->has_participants = true;
        return is_emitting ? WALK_SKIP : WALK_ENTER;
    }
    if (json_walk_at(w, "joinable_mode"))
        m->is_group = true;
    if (is_comments(w) && !is_object) {
        m->is_known = true;
        return is_emitting ? WALK_ENTER : WALK_SKIP;
    }
    if (json_walk_at(w, "profile_v2") || json_walk_at(w, "profile_information_v2") || json_walk_at(w, "profile_user")) {
        m->is_known = true;
        return is_emitting ? WALK_SKIP : is_object ? WALK_TREE : WALK_ENTER;
    }
    return WALK_SKIP;
}

static enum walk_step meta_open(void *arg, const struct json_walk *w, bool is_object)
{
    struct meta *m = arg;

    if (w->depth == 0)
        return WALK_ENTER;
    if (w->depth == 1 && w->levels[0].is_object)
        return open_member(m, w, is_object);
    if (w->depth == 1)
        return is_object && m->base.pass == PASS_EMIT ? WALK_TREE : WALK_SKIP;
    return is_object ? WALK_TREE : WALK_SKIP;
}

static void note_person(struct meta *m, const struct json_node *n)
{
    struct text name = n->kind == PULL_STRING ? n->value : json_get_text(n, "name");

    m->people_seen++;
    if (!name.len || m->people_count == PEOPLE_MAX)
        return;
    m->people[m->people_count++] = arena_text(m->file_mem, meta_text(&m->maker, name));
}

static void note_profile(struct meta *m, const struct json_node *n)
{
    const struct json_node *name = json_get(n, "name"), *map = json_get(n, "string_map_data");
    struct text t = json_get_text(name, "full_name");

    if (!t.len && map)
        t = json_get_text(json_get(map, "Name"), "value");
    if (t.len)
        m->profile = arena_text(m->base.mem, meta_text(&m->maker, t));
}

static void note_scalar(struct meta *m, const struct json_walk *w, const struct json_node *n)
{
    struct text *into = json_walk_at(w, "title")         ? &m->title
                        : json_walk_at(w, "thread_path") ? &m->path
                        : json_walk_at(w, "threadName")  ? &m->flat_name
                                                         : NULL;

    if (n->kind != PULL_STRING)
        return;
    if (into)
        *into = arena_text(m->file_mem, meta_text(&m->maker, n->value));
    if (json_walk_at(w, "thread_type") && str_find(n->value, TEXT("Group")))
        m->is_group = true;
}

static int emit_made(struct meta *m, struct meta_made *made, struct fail *why)
{
    const struct event *ev = &made->ev;

    if (ev->kind == EVENT_MESSAGE && ev->thread.type != THREAD_COMMENT && ev->direction != DIRECTION_SYSTEM &&
        ev->author.name.len)
        reader_count_author(&m->base, ev->author.name, 1);
    if (reader_emit(&m->base, ev, why))
        return -1;
    for (size_t i = 0; i < made->reaction_count; i++)
        if (reader_emit(&m->base, &made->reactions[i], why))
            return -1;
    return 0;
}

static int emit_tree(struct meta *m, const struct json_walk *w, const struct json_node *n, struct fail *why)
{
    struct meta_made *made = m->made;
    int rc;

    if (m->walk.tree.is_too_long) {
        reader_skip(&m->base, SKIP_TOO_LONG, w->line);
        return 0;
    }
    if (json_walk_within(w, "messages"))
        rc = meta_message(&m->maker, n, &file_now(m)->thread, made);
    else if (w->depth == 2 || json_get(n, "string_map_data") || json_get(n, "string_list_data"))
        rc = meta_comment(&m->maker, n, made);
    else
        rc = meta_post(&m->maker, n, made);
    m->is_known = true;
    if (rc) {
        reader_skip(&m->base, made->reason, w->line);
        return 0;
    }
    return emit_made(m, made, why);
}

static int meta_value(void *arg, const struct json_walk *w, const struct json_node *n, struct fail *why)
{
    struct meta *m = arg;
    bool is_tree = n->kind == PULL_OBJECT || n->kind == PULL_ARRAY;
    int rc = 0;

    if (m->base.pass == PASS_EMIT) {
        if (is_tree)
            rc = emit_tree(m, w, n, why);
    } else if (json_walk_within(w, "participants")) {
        note_person(m, n);
    } else if (is_tree) {
        note_profile(m, n);
    } else if (w->depth == 1 && w->levels[0].is_object) {
        note_scalar(m, w, n);
    }
    arena_reset(m->maker.mem);
    return rc;
}

/* ---- the reader ---- */

static int meta_feed(struct reader *r, struct text piece, struct fail *why)
{
    return json_walk_feed(&((struct meta *)r)->walk, piece, why);
}

static void forget_file(struct meta *m)
{
    arena_reset(m->file_mem);
    m->path = m->title = m->flat_name = (struct text){ NULL, 0 };
    m->is_group = m->has_participants = m->has_messages = m->is_known = false;
    m->people_count = m->people_seen = 0;
}

static int meta_end_file(struct reader *r, struct fail *why)
{
    struct meta *m = (struct meta *)r;
    bool is_thread;

    if (json_walk_end(&m->walk, why))
        return -1;
    if (r->file >= FILES_MAX)
        return fail(why, FAIL_TOO_LARGE, "more than %u files of messages", FILES_MAX);
    if (r->pass == PASS_SURVEY)
        end_survey(m);
    is_thread = file_now(m)->is_thread;
    if (r->pass == PASS_EMIT && !r->in_tree && !is_thread && !m->is_known)
        return fail_line(why, FAIL_BAD_FILE, 1, "no messages, comments or posts of %s in this file",
                         r->summary.format == ARCHIVE_INSTAGRAM ? "Instagram" : "Facebook");
    forget_file(m);
    return 0;
}

static int meta_end_pass(struct reader *r, struct fail *why)
{
    struct meta *m = (struct meta *)r;
    struct archive_summary *s = &r->summary;

    (void)why;
    if (r->pass == PASS_SURVEY) {
        decide_self(m);
        s->repaired = s->unrepaired = 0;
    }
    s->own_words_only = !m->has_threads;
    s->sides_known = m->maker.self.ptr || !m->has_threads;
    return 0;
}

static void meta_free(struct reader *r)
{
    struct meta *m = (struct meta *)r;

    json_walk_fini(&m->walk);
    arena_free(m->maker.mem);
    arena_free(m->file_mem);
}

static struct reader *make(struct arena *mem, enum platform messages, enum platform comments)
{
    static const struct reader_ops ops = { 2, meta_feed, meta_end_pass, meta_free, meta_end_file };
    static const struct json_walk_ops walk_ops = { meta_open, meta_value, NULL };
    struct meta *m = arena_new_of(mem, struct meta);

    m->base.ops = &ops;
    json_walk_init(&m->walk, &walk_ops, m);
    m->file_mem = arena_new(0);
    m->maker = (struct meta_maker){ .mem = arena_new(0), .base = &m->base, .seen = made_seen_new(mem) };
    m->made = arena_new_of(mem, struct meta_made);
    m->maker.messages = messages;
    m->maker.comments = comments;
    return &m->base;
}

struct reader *facebook_reader_new(struct arena *mem)
{
    return make(mem, PLATFORM_MESSENGER, PLATFORM_FACEBOOK);
}

struct reader *instagram_reader_new(struct arena *mem)
{
    return make(mem, PLATFORM_INSTAGRAM, PLATFORM_INSTAGRAM);
}

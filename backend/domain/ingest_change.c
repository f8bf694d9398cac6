/* What happens to messages that are there: edits, deletes, reactions, statuses. One that overtook its message is
 * parked, and applied by the same code when the message comes. */
#include "ingest_priv.h"

#include "db/jobq.h"
#include "domain/needs_reply.h"
#include "util/str.h"

#include <jansson.h>
#include <stdlib.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

struct change {
    struct event event;
    int64_t channel_id, message_id, thread_id;
    time_us at, sent_at; /* sent_at: of the message */
    size_t key;          /* into targets */
};

struct changing {
    struct batch *b;
    struct change *all;
    size_t count, room;
    struct key_map targets;
    struct found_target {
        int64_t id, thread_id;
        time_us sent_at;
    } * found;
};

static void add_change(struct changing *g, const struct event *ev, int64_t channel_id, time_us received_at)
{
    struct change *ch;

    if (g->count == g->room) {
        size_t room = g->room ? g->room * 2 : 32;
        struct change *wider = arena_array(g->b->c->mem, struct change, room);

        if (g->count)
            memcpy(wider, g->all, g->count * sizeof *wider);
        g->all = wider;
        g->room = room;
    }
    ch = &g->all[g->count++];
    *ch = (struct change) { .event = *ev, .channel_id = channel_id, .key = NO_INDEX };
    if (ch->event.sent_at == TIME_NONE)
        ch->event.sent_at = received_at == TIME_NONE ? g->b->now : received_at;
    ch->at = ch->event.sent_at;
    if (ev->target.len && ev->target.len <= ID_BYTES)
        ch->key = key_map_put(&g->targets, channel_id, ingest_clean(g->b->c->mem, ev->target));
}

/* ---- parking ---- */

struct unparked {
    struct changing *g;
    int64_t channel_id;
    struct text line;
    time_us parked_at;
};

static int take_parked(void *arg)
{
    struct unparked *u = arg;
    struct fail why;
    struct event ev;

    /* What this program wrote it can read; a line of an older version that it can't is no use to anybody. */
    if (event_read(u->line, u->g->b->c->mem, &ev, &why) == 0)
        add_change(u->g, &ev, u->channel_id, u->parked_at);
    return 0;
}

static int unpark(struct changing *g)
{
    struct batch *b = g->b;
    int64_t *channels = arena_array(b->c->mem, int64_t, b->message_count);
    struct text *ids = arena_array(b->c->mem, struct text, b->message_count);
    struct unparked u = { .g = g };
    size_t n = 0;

    for (size_t i = 0; i < b->message_count; i++) {
        if (b->messages[i].is_known)
            continue;
        channels[n] = b->messages[i].item->channel_id;
        ids[n++] = b->messages[i].external_id;
    }
    if (!n)
        return 0;
    return db_each(b->c, SQL_INGEST_UNPARK, IN(IN_I64(b->c->who.business), IN_I64S(channels, n), IN_TEXTS(ids, n)),
                   OUT(OUT_I64(&u.channel_id), OUT_TEXT(&u.line), OUT_TIME(&u.parked_at)), take_parked, &u);
}

/* Files and words that a deletion has let go of: a moment later, when what was on its way in has come to rest. Always a
 * job of its own: one that runs already may have looked too early. */
static int queue_sweep(struct batch *b, int seconds)
{
    return jobq_add(b->c, JOB_MEDIA, TEXT(""), TEXT("{\"messages\":[]}"), clock_now() + seconds * US_PER_S);
}

static int drop_quotes_of_parked(struct changing *g)
{
    struct batch *b = g->b;
    int64_t *channels = arena_array(b->c->mem, int64_t, g->count);
    struct text *threads = arena_array(b->c->mem, struct text, g->count);
    struct text *targets = arena_array(b->c->mem, struct text, g->count);
    size_t n = 0;

    for (size_t i = 0; i < g->count; i++) {
        const struct change *ch = &g->all[i];

        if (ch->event.kind != EVENT_DELETE || ch->message_id || ch->key == NO_INDEX || !ch->event.thread.present)
            continue;
        channels[n] = ch->channel_id;
        threads[n] = text_or_empty(ingest_clean(b->c->mem, ch->event.thread.id));
        targets[n++] = g->targets.keys[ch->key].text;
    }
    if (!n)
        return 0;
    return db_do(b->c, SQL_INGEST_DROP_QUOTES_OF,
                 IN(IN_I64(b->c->who.business), IN_I64S(channels, n), IN_TEXTS(threads, n), IN_TEXTS(targets, n))) < 0
               ? -1
               : 0;
}

static int park(struct changing *g)
{
    struct batch *b = g->b;
    int64_t *channels = arena_array(b->c->mem, int64_t, g->count);
    struct text *targets = arena_array(b->c->mem, struct text, g->count);
    struct text *lines = arena_array(b->c->mem, struct text, g->count);
    bool has_words = false;
    size_t n = 0;

    if (drop_quotes_of_parked(g))
        return -1;

    for (size_t i = 0; i < g->count; i++) {
        const struct change *ch = &g->all[i];
        struct buf line = BUF_INIT(1 << 22);

        if (ch->message_id || ch->key == NO_INDEX)
            continue;
        has_words = has_words || ch->event.kind == EVENT_EDIT || ch->event.kind == EVENT_DELETE;
        event_write(&ch->event, &line);
        if (!line.failed && line.len) {
            channels[n] = ch->channel_id;
            targets[n] = g->targets.keys[ch->key].text;
            lines[n++] = ingest_clean(b->c->mem, arena_text(b->c->mem, (struct text) { line.ptr, line.len - 1 }));
        }
        buf_fini(&line);
    }
    b->out->parked += (int64_t)n;
    if (!n)
        return 0;
    if (db_do(b->c, SQL_INGEST_PARK,
              IN(IN_I64(b->c->who.business), IN_I64S(channels, n), IN_TEXTS(targets, n), IN_TEXTS(lines, n))) < 0)
        return -1;
    return has_words ? queue_sweep(b, 30) : 0;
}

struct looking {
    struct changing *g;
    int64_t n, id, thread_id, person_id;
    time_us sent_at;
};

static int take_target(void *arg)
{
    struct looking *l = arg;

    l->g->found[l->n - 1] = (struct found_target) { l->id, l->thread_id, l->sent_at };
    return 0;
}

static int find_targets(struct changing *g)
{
    struct batch *b = g->b;
    size_t n = g->targets.count;
    int64_t *channels = arena_array(b->c->mem, int64_t, n);
    struct text *ids = arena_array(b->c->mem, struct text, n);
    struct looking l = { .g = g };

    if (!n)
        return 0;
    g->found = arena_array(b->c->mem, struct found_target, n);
    for (size_t i = 0; i < n; i++) {
        channels[i] = g->targets.keys[i].scope;
        ids[i] = g->targets.keys[i].text;
    }
    if (db_each(b->c, SQL_INGEST_KNOWN, IN(IN_I64(b->c->who.business), IN_I64S(channels, n), IN_TEXTS(ids, n)),
                OUT(OUT_I64(&l.n), OUT_I64(&l.id), OUT_I64(&l.thread_id), OUT_TIME(&l.sent_at), OUT_I64(&l.person_id),
                    OUT_SKIP),
                take_target, &l))
        return -1;
    for (size_t i = 0; i < g->count; i++) {
        struct change *ch = &g->all[i];

        if (ch->key == NO_INDEX)
            continue;
        ch->message_id = g->found[ch->key].id;
        ch->thread_id = g->found[ch->key].thread_id;
        ch->sent_at = g->found[ch->key].sent_at;
    }
    return 0;
}

/* ---- edits ---- */

struct wording {
    time_us at;
    struct text text, entities;
};

struct wordings {
    struct arena *mem;
    struct wording all[256];
    size_t count;
    struct wording one;
};

static int take_wording(void *arg)
{
    struct wordings *w = arg;

    if (w->count < COUNT_OF(w->all))
        w->all[w->count++] = w->one;
    return 0;
}

/* Puts the wording where its time says. False: it is there. At one instant the greater text stands, whichever came
 * first. */
static bool insert_wording(struct wordings *w, const struct wording *fresh)
{
    size_t at = w->count;

    while (at > 0 && w->all[at - 1].at > fresh->at)
        at--;
    if (at > 0 && w->all[at - 1].at == fresh->at) {
        struct wording *same = &w->all[at - 1];
        size_t shorter = same->text.len < fresh->text.len ? same->text.len : fresh->text.len;
        int order = shorter ? memcmp(fresh->text.ptr, same->text.ptr, shorter) : 0;

        if (order < 0 || (order == 0 && fresh->text.len <= same->text.len))
            return false;
        *same = *fresh;
        return true;
    }
    if (w->count == COUNT_OF(w->all)) {
        /* A bot that edits for ever: the oldest wordings go. */
        memmove(w->all, w->all + 1, (w->count - 1) * sizeof w->all[0]);
        w->count--;
        at = at ? at - 1 : 0;
    }
    memmove(w->all + at + 1, w->all + at, (w->count - at) * sizeof w->all[0]);
    w->all[at] = *fresh;
    w->count++;
    return true;
}

struct edited {
    time_us sent_at, edited_at, deleted_at;
    struct text text, entities;
    int16_t direction, sender_kind, kind, thread_type, attachment_type, reply_class;
    int64_t thread_id;
    bool no_attachment;
};

static int write_wordings(struct batch *b, int64_t id, const struct edited *m, const struct wordings *w,
                          enum reply_class reply_class)
{
    struct arena *mem = b->c->mem;
    size_t old = w->count - 1;
    time_us *at = arena_array(mem, time_us, old);
    struct text *texts = arena_array(mem, struct text, old), *entities = arena_array(mem, struct text, old);
    const struct wording *now = &w->all[old];
    struct text gone = { NULL, 0 };
    bool is_deleted = m->deleted_at != TIME_NONE;
    int64_t business = b->c->who.business;

    for (size_t i = 0; i < old; i++) {
        at[i] = w->all[i].at;
        texts[i] = is_deleted ? gone : text_or_empty(w->all[i].text);
        entities[i] = is_deleted ? gone : w->all[i].entities;
    }
    if (db_do(b->c, SQL_INGEST_DROP_VERSIONS, IN(IN_I64(business), IN_I64(id))) < 0 ||
        db_do(b->c, SQL_INGEST_ADD_VERSIONS,
              IN(IN_I64(business), IN_I64(id), IN_TIMES(at, old), IN_TEXTS(texts, old), IN_TEXTS(entities, old))) < 0)
        return -1;
    return db_do(b->c, SQL_INGEST_SET_WORDING,
                 IN(IN_I64(business), IN_I64(id), IN_TEXT(is_deleted ? gone : text_or_empty(now->text)),
                    IN_TEXT(is_deleted ? gone : now->entities), IN_TIME(old ? now->at : TIME_NONE),
                    IN_I16((int16_t)w->count), IN_I16((int16_t)reply_class))) < 0
               ? -1
               : 0;
}

static enum reply_class judge(const struct edited *m, struct text words)
{
    struct strand_message as = { .direction = (uint8_t)m->direction,
                                 .sender_kind = (uint8_t)m->sender_kind,
                                 .is_post = m->kind == 3 };

    if (!strand_is_customer(&as))
        return REPLY_NONE;
    return needs_reply_judge(words, !m->no_attachment, (enum attachment_type)m->attachment_type,
                             (enum thread_type)m->thread_type);
}

static int apply_edit(struct batch *b, const struct change *ch)
{
    struct ctx *c = b->c;
    struct wordings *w = arena_new_of(c->mem, struct wordings);
    struct edited m = { 0 };
    int64_t business = c->who.business;

    struct db_out first = { DB_OUT_I16, &m.attachment_type, &m.no_attachment };
    if (db_one(c, SQL_INGEST_WORDING, IN(IN_I64(business), IN_I64(ch->message_id)),
               OUT(OUT_TIME(&m.sent_at), OUT_TIME(&m.edited_at), OUT_TIME(&m.deleted_at), OUT_TEXT(&m.text),
                   OUT_TEXT(&m.entities), OUT_I16(&m.direction), OUT_I16(&m.sender_kind), OUT_I16(&m.kind),
                   OUT_I64(&m.thread_id), OUT_I16(&m.thread_type), OUT_I16(&m.reply_class), first)) != 1 ||
        db_each(c, SQL_INGEST_VERSIONS, IN(IN_I64(business), IN_I64(ch->message_id)),
                OUT(OUT_TIME(&w->one.at), OUT_TEXT(&w->one.text), OUT_TEXT(&w->one.entities)), take_wording, w))
        return -1;
    w->one = (struct wording) { m.edited_at == TIME_NONE ? m.sent_at : m.edited_at, m.text, m.entities };
    (void)take_wording(w);
    struct wording fresh = { ch->at > m.sent_at ? ch->at : m.sent_at + 1, ingest_clean(c->mem, ch->event.text),
                             ingest_clean_json(c->mem, ch->event.entities) };
    time_us newest = w->all[w->count - 1].at;

    if (!insert_wording(w, &fresh))
        return 0;
    b->out->edits++;
    enum reply_class reply_class = (enum reply_class)m.reply_class;
    if (fresh.at >= newest)
        reply_class = judge(&m, fresh.text);
    ingest_mark_late(b, m.thread_id, m.sent_at);
    return write_wordings(b, ch->message_id, &m, w, reply_class);
}

/* ---- sets of one kind ---- */

struct moved_row {
    struct batch *b;
    int64_t thread_id;
    time_us sent_at;
    bool counts; /* the clocks may run otherwise now */
    bool has_files, any_files;
};

static int take_moved(void *arg)
{
    struct moved_row *m = arg;

    m->any_files = m->any_files || m->has_files;
    if (m->counts)
        ingest_mark_late(m->b, m->thread_id, m->sent_at);
    return 0;
}

static int apply_deletes(struct changing *g)
{
    struct batch *b = g->b;
    int64_t *ids = arena_array(b->c->mem, int64_t, g->count);
    time_us *at = arena_array(b->c->mem, time_us, g->count);
    struct moved_row m = { .b = b, .counts = true };
    size_t n = 0;

    for (size_t i = 0; i < g->count; i++) {
        if (g->all[i].event.kind != EVENT_DELETE || !g->all[i].message_id)
            continue;
        ids[n] = g->all[i].message_id;
        at[n++] = g->all[i].at;
    }
    b->out->deletes += (int64_t)n;
    if (!n)
        return 0;
    if (db_each(b->c, SQL_INGEST_DELETE, IN(IN_I64(b->c->who.business), IN_I64S(ids, n), IN_TIMES(at, n)),
                OUT(OUT_I64(&m.thread_id), OUT_TIME(&m.sent_at), OUT_BOOL(&m.has_files)), take_moved, &m))
        return -1;
    return m.any_files ? queue_sweep(b, 5) : 0;
}

/* Reactions of nobody in particular come as totals: {"counts":{"👍":3}}. */
static struct text totals(struct arena *mem, const struct event *ev)
{
    AUTO(json) json_t *detail = ev->detail.len ? json_loadb(ev->detail.ptr, ev->detail.len, 0, NULL) : NULL;
    const char *emoji;
    json_t *count;
    struct text all = TEXT("");

    json_object_foreach(json_object_get(detail, "counts"), emoji, count) all = text_of(arena_printf(
        mem, "%.*s%s%s %lld", (int)all.len, all.ptr, all.len ? "  " : "", emoji, (long long)json_integer_value(count)));
    return all;
}

static int apply_reactions(struct changing *g)
{
    struct batch *b = g->b;
    struct arena *mem = b->c->mem;
    int64_t *ids = arena_array(mem, int64_t, g->count);
    struct text *authors = arena_array(mem, struct text, g->count), *emojis = arena_array(mem, struct text, g->count);
    int16_t *directions = arena_array(mem, int16_t, g->count);
    time_us *at = arena_array(mem, time_us, g->count);
    size_t n = 0;

    for (size_t i = 0; i < g->count; i++) {
        const struct change *ch = &g->all[i];
        const struct event_author *a = &ch->event.author;
        struct text who = a->id.len ? a->id : a->phone.len ? ingest_phone(mem, a->phone) : a->name;
        bool is_total = !who.len && ch->event.direction != DIRECTION_OUT;

        if (ch->event.kind != EVENT_REACTION || !ch->message_id)
            continue;
        ids[n] = ch->message_id;
        authors[n] = ch->event.direction == DIRECTION_OUT ? TEXT("us") : text_or_empty(str_utf8_cut(ingest_clean(mem, who), HANDLE_BYTES));
        emojis[n] = is_total && !ch->event.text.len ? ingest_clean(mem, totals(mem, &ch->event))
                                                    : text_or_empty(ingest_clean(mem, ch->event.text));
        directions[n] = ch->event.direction == DIRECTION_OUT ? 2 : 1;
        at[n++] = ch->at;
    }
    b->out->reactions += (int64_t)n;
    if (!n)
        return 0;
    return db_do(b->c, SQL_INGEST_REACT,
                 IN(IN_I64(b->c->who.business), IN_I64S(ids, n), IN_TEXTS(authors, n), IN_TEXTS(emojis, n),
                    IN_I16S(directions, n), IN_TIMES(at, n))) < 0
               ? -1
               : 0;
}

static int16_t state_of(const struct event *ev, struct arena *mem, struct text *why)
{
    static const struct {
        const char *word;
        int16_t state;
    } states[] = {
        { "sent", 1 },
        { "delivered", 2 },
        { "read", 3 },
        { "failed", 4 },
    };
    AUTO(json) json_t *detail = ev->detail.len ? json_loadb(ev->detail.ptr, ev->detail.len, 0, NULL) : NULL;
    const char *word = json_string_value(json_object_get(detail, "status"));
    const char *error = json_string_value(json_object_get(detail, "error"));

    *why = error ? ingest_clean(mem, arena_text(mem, text_of(error))) : TEXT("");
    for (size_t i = 0; word && i < COUNT_OF(states); i++)
        if (strcmp(word, states[i].word) == 0)
            return states[i].state;
    return 0;
}

static int apply_statuses(struct changing *g)
{
    struct batch *b = g->b;
    int64_t *ids = arena_array(b->c->mem, int64_t, g->count);
    int16_t *states = arena_array(b->c->mem, int16_t, g->count);
    struct text *whys = arena_array(b->c->mem, struct text, g->count);
    struct moved_row m = { .b = b };
    size_t n = 0;

    for (size_t i = 0; i < g->count; i++) {
        if (g->all[i].event.kind != EVENT_STATUS || !g->all[i].message_id)
            continue;
        ids[n] = g->all[i].message_id;
        states[n] = state_of(&g->all[i].event, b->c->mem, &whys[n]);
        n++;
    }
    b->out->statuses += (int64_t)n;
    if (!n)
        return 0;
    return db_each(b->c, SQL_INGEST_STATUS,
                   IN(IN_I64(b->c->who.business), IN_I64S(ids, n), IN_I16S(states, n), IN_TEXTS(whys, n)),
                   OUT(OUT_I64(&m.thread_id), OUT_TIME(&m.sent_at), OUT_BOOL(&m.counts)), take_moved, &m);
}

static int apply_reads(struct changing *g)
{
    struct batch *b = g->b;
    int64_t *ids = arena_array(b->c->mem, int64_t, g->count);
    time_us *at = arena_array(b->c->mem, time_us, g->count);
    struct moved_row m = { .b = b };
    size_t n = 0;

    for (size_t i = 0; i < g->count; i++) {
        struct change *ch = &g->all[i];

        if (ch->event.kind != EVENT_READ)
            continue;
        if (!ch->message_id && ch->key == NO_INDEX && ch->event.thread.present &&
            db_one(b->c, SQL_INGEST_THREAD_ID,
                   IN(IN_I64(b->c->who.business), IN_I64(ch->channel_id),
                      IN_TEXT(ingest_clean(b->c->mem, ch->event.thread.id))),
                   OUT(OUT_I64(&ch->thread_id))) < 0)
            return -1;
        if (!ch->thread_id)
            continue;
        ids[n] = ch->thread_id;
        at[n++] = ch->message_id ? ch->sent_at : ch->at;
    }
    b->out->statuses += (int64_t)n;
    if (!n)
        return 0;
    return db_each(b->c, SQL_INGEST_READ, IN(IN_I64(b->c->who.business), IN_I64S(ids, n), IN_TIMES(at, n)),
                   OUT(OUT_I64(&m.thread_id), OUT_TIME(&m.sent_at), OUT_BOOL(&m.counts)), take_moved, &m);
}

static int apply_profiles(struct batch *b)
{
    int64_t *ids = arena_array(b->c->mem, int64_t, b->change_count);
    bool *blocked = arena_array(b->c->mem, bool, b->change_count);
    size_t n = 0;

    for (size_t i = 0; i < b->change_count; i++) {
        const struct event *ev = &b->changes[i]->event;

        if (ev->kind != EVENT_PROFILE || !ev->detail.len)
            continue;
        AUTO(json) json_t *detail = json_loadb(ev->detail.ptr, ev->detail.len, 0, NULL);
        const json_t *word = json_object_get(detail, "blocked");
        size_t who = json_is_boolean(word) ? ingest_note_person(b, b->changes[i]) : NO_INDEX;

        if (who == NO_INDEX || !b->people[who].id)
            continue;
        b->people[who].blocked = json_is_true(word);
        ids[n] = b->people[who].id;
        blocked[n++] = json_is_true(word);
    }
    if (!n)
        return 0;
    return db_do(b->c, SQL_INGEST_BLOCK, IN(IN_I64(b->c->who.business), IN_I64S(ids, n), IN_BOOLS(blocked, n))) < 0 ? -1
                                                                                                                    : 0;
}

static int apply_singles(struct changing *g)
{
    struct batch *b = g->b;

    for (size_t i = 0; i < g->count; i++) {
        const struct change *ch = &g->all[i];

        if (!ch->message_id)
            continue;
        if (ch->event.kind == EVENT_EDIT && apply_edit(b, ch))
            return -1;
        if (ch->event.kind == EVENT_HIDDEN) {
            struct text detail = ingest_clean_json(b->c->mem, ch->event.detail);

            if (db_do(b->c, SQL_INGEST_HIDE,
                      IN(IN_I64(b->c->who.business), IN_I64(ch->message_id),
                         IN_TEXT(detail.len ? detail : TEXT("{\"hidden\":true}")))) < 0)
                return -1;
        }
    }
    return 0;
}

/* Fresh messages that quote one which is deleted. */
static int drop_late_quotes(struct batch *b)
{
    int64_t *ids = arena_array(b->c->mem, int64_t, b->message_count);
    size_t n = 0;

    for (size_t i = 0; i < b->message_count; i++) {
        const struct incoming *in = &b->messages[i];

        if (!in->is_known && in->reply_to.len && in->detail.len &&
            memmem(in->detail.ptr, in->detail.len, "\"quote\"", 7))
            ids[n++] = in->m.id;
    }
    if (!n)
        return 0;
    return db_do(b->c, SQL_INGEST_DROP_QUOTES, IN(IN_I64(b->c->who.business), IN_I64S(ids, n))) < 0 ? -1 : 0;
}

int ingest_apply_changes(struct batch *b)
{
    struct changing g = { .b = b };

    key_map_init(&g.targets, b->c->mem);
    if (ingest_move_threads(b))
        return -1;
    for (size_t i = 0; i < b->change_count; i++)
        add_change(&g, &b->changes[i]->event, b->changes[i]->channel_id, b->changes[i]->received_at);
    if (unpark(&g))
        return -1;
    if (!g.count)
        return drop_late_quotes(b);
    /* Edits before deletes: a wording that came too late leaves its place, not its words. */
    return find_targets(&g) || park(&g) || apply_singles(&g) || apply_deletes(&g) || apply_reactions(&g) ||
                   apply_statuses(&g) || apply_reads(&g) || apply_profiles(b) ||
                   drop_late_quotes(b)
               ? -1
               : 0;
}

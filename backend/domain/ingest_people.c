/* Who speaks and where: identities with their contacts, and threads, found first and written only where new. */
#include "ingest_priv.h"

#include "util/phone.h"
#include "util/str.h"

#define NAME_BYTES  400
#define TITLE_BYTES 400

/* Within what a platform's id of a person is unique (identity.scope). */
static struct text scope_of(const struct ingest_item *item, struct arena *mem)
{
    const struct event *ev = &item->event;

    if (!ev->author.id.len)
        return text_of(arena_printf(mem, "channel:%lld", (long long)item->channel_id));
    switch (ev->platform) {
    case PLATFORM_TELEGRAM:
    case PLATFORM_WHATSAPP:
    case PLATFORM_X:
    case PLATFORM_YOUTUBE:
        return TEXT("");
    case PLATFORM_MESSENGER:
    case PLATFORM_FACEBOOK:
    case PLATFORM_INSTAGRAM:
    case PLATFORM_LINE:
        return text_or_empty(ev->channel);
    case PLATFORM_CSV:
    case PLATFORM_SIM:
    case PLATFORM_COUNT:
        break;
    }
    return text_of(arena_printf(mem, "channel:%lld", (long long)item->channel_id));
}

static struct text first_of(struct text a, struct text b, struct text c)
{
    return a.len ? a : b.len ? b : text_or_empty(c);
}

static struct text name_text(struct batch *b, struct text t)
{
    return text_or_empty(str_utf8_cut(ingest_clean(b->c->mem, t), NAME_BYTES));
}

static void *wider(struct arena *mem, const void *old, size_t count, size_t *room, size_t item)
{
    size_t more = *room ? *room * 2 : 64;
    void *fresh = arena_alloc(mem, arena_size_of_array(item, more));

    if (count)
        memcpy(fresh, old, count * item);
    *room = more;
    return fresh;
}

struct text ingest_phone(struct arena *mem, struct text told)
{
    char number[PHONE_SIZE];

    return phone_normal(told, PHONE_INDONESIA, number) ? arena_text(mem, text_of(number)) : told;
}

bool ingest_person_key(struct batch *b, const struct ingest_item *item, struct text *scope, struct text *id)
{
    const struct event_author *a = &item->event.author;

    *id = ingest_clean(b->c->mem, first_of(a->id, ingest_phone(b->c->mem, a->phone),
                                           first_of(a->name, a->username, TEXT(""))));
    *scope = ingest_clean(b->c->mem, scope_of(item, b->c->mem));
    return id->len && id->len <= HANDLE_BYTES && scope->len <= HANDLE_BYTES;
}

size_t ingest_note_person(struct batch *b, const struct ingest_item *item)
{
    const struct event_author *a = &item->event.author;
    struct text id, scope;
    time_us at = item->event.sent_at != TIME_NONE ? item->event.sent_at : item->received_at;

    if (!ingest_person_key(b, item, &scope, &id))
        return NO_INDEX;
    struct text key = text_of(
        arena_printf(b->c->mem, "%.*s\x1f%.*s", (int)scope.len, scope.ptr ? scope.ptr : "", (int)id.len, id.ptr));
    size_t before = b->person_keys.count, at_index = key_map_put(&b->person_keys, item->event.platform, key);

    if (at_index == before) {
        if (before == b->person_room)
            b->people = wider(b->c->mem, b->people, before, &b->person_room, sizeof *b->people);
        b->people[at_index] = (struct person_row) { .platform = item->event.platform,
                                                    .scope = scope,
                                                    .external_id = id,
                                                    .named_at = TIME_NONE,
                                                    .old_named_at = TIME_NONE,
                                                    .blocked = -1 };
    }
    struct person_row *p = &b->people[at_index];

    if (item->event.thread.present && item->event.thread.type == THREAD_GROUP)
        p->is_member = true;
    if ((a->name.len || a->username.len || a->phone.len) && (p->named_at == TIME_NONE || at > p->named_at)) {
        p->name = name_text(b, first_of(a->name, a->username, a->phone));
        p->username = name_text(b, a->username);
        p->phone = name_text(b, ingest_phone(b->c->mem, a->phone));
        p->named_at = at;
    }
    return at_index;
}

size_t ingest_note_thread(struct batch *b, int64_t channel_id, const struct event_thread *t, struct text id)
{
    struct text external_id = ingest_clean(b->c->mem, id);
    size_t before = b->thread_keys.count, at = key_map_put(&b->thread_keys, channel_id, external_id);

    if (at == before) {
        if (before == b->thread_room)
            b->threads = wider(b->c->mem, b->threads, before, &b->thread_room, sizeof *b->threads);
        b->threads[at] = (struct thread_row) { .channel_id = channel_id,
                                               .external_id = external_id,
                                               .type = t->type,
                                               .owner = NO_INDEX,
                                               .peer_read_at = TIME_NONE,
                                               .wait_since = TIME_NONE };
    }
    struct thread_row *row = &b->threads[at];

    if (!row->post.len)
        row->post = text_or_empty(ingest_clean(b->c->mem, t->post));
    if (!row->title.len)
        row->title = text_or_empty(str_utf8_cut(ingest_clean(b->c->mem, t->name), TITLE_BYTES));
    return at;
}

/* ---- finding ---- */

struct found_person {
    struct batch *b;
    int64_t n, id, contact_id;
    struct text name, username, phone;
    time_us named_at;
};

static int take_person(void *arg)
{
    struct found_person *f = arg;
    struct person_row *p = &f->b->people[f->n - 1];

    p->id = f->id;
    p->contact_id = f->contact_id;
    p->old_name = f->name;
    p->old_username = f->username;
    p->old_phone = f->phone;
    p->old_named_at = f->named_at;
    return 0;
}

int ingest_find_people(struct batch *b)
{
    size_t n = b->person_keys.count;
    struct arena *mem = b->c->mem;
    int16_t *platforms = arena_array(mem, int16_t, n);
    struct text *scopes = arena_array(mem, struct text, n), *ids = arena_array(mem, struct text, n);
    struct found_person f = { .b = b };

    if (!n)
        return 0;
    for (size_t i = 0; i < n; i++) {
        platforms[i] = (int16_t)b->people[i].platform;
        scopes[i] = b->people[i].scope;
        ids[i] = b->people[i].external_id;
    }
    return db_each(b->c, SQL_INGEST_PEOPLE,
                   IN(IN_I64(b->c->who.business), IN_I16S(platforms, n), IN_TEXTS(scopes, n), IN_TEXTS(ids, n)),
                   OUT(OUT_I64(&f.n), OUT_I64(&f.id), OUT_I64(&f.contact_id), OUT_TEXT(&f.name), OUT_TEXT(&f.username),
                       OUT_TEXT(&f.phone), OUT_TIME(&f.named_at)),
                   take_person, &f);
}

struct found_thread {
    struct batch *b;
    int64_t n, id, contact_id;
    int16_t type, status, started_by, last_side, turn_side;
    bool is_touched;
    time_us peer_read_at, wait_since, tail_at;
    struct text tail_external_id;
    struct episode e;
};

static int take_thread(void *arg)
{
    struct found_thread *f = arg;
    struct thread_row *t = &f->b->threads[f->n - 1];

    t->id = f->id;
    t->contact_id = f->contact_id;
    t->type = (enum thread_type)f->type;
    t->peer_read_at = f->peer_read_at;
    t->has_head = f->e.conversation != 0;
    if (!t->has_head)
        return 0;
    t->head = f->e;
    t->head.is_touched = f->is_touched;
    t->head.is_spam = f->status == 3;
    t->head.is_snoozed = f->status == 1;
    t->head.spam_at = TIME_NONE;
    t->head.started_by = (uint8_t)f->started_by;
    t->head.last_side = (uint8_t)f->last_side;
    t->head.turn_side = (uint8_t)f->turn_side;
    t->head.has_real = f->last_side != DIRECTION_SYSTEM;
    t->head.is_stored = true;
    t->wait_since = f->wait_since;
    t->tail_at = f->tail_at;
    t->tail_external_id = f->tail_external_id;
    return 0;
}

/* Late events still carry the name a thread had before its platform moved it. */
struct found_alias {
    struct batch *b;
    int64_t n, channel_id;
    struct text external_id;
};

static int take_alias(void *arg)
{
    struct found_alias *f = arg;

    f->b->threads[f->n - 1].external_id = f->external_id;
    return 0;
}

static int find_stored_threads(struct batch *b)
{
    size_t n = b->thread_keys.count;
    int64_t *channels = arena_array(b->c->mem, int64_t, n);
    struct text *ids = arena_array(b->c->mem, struct text, n);
    struct found_thread f = { .b = b };

    for (size_t i = 0; i < n; i++) {
        channels[i] = b->threads[i].channel_id;
        ids[i] = b->threads[i].external_id;
    }
    episode_init(&f.e);
    return db_each(b->c, SQL_INGEST_THREADS, IN(IN_I64(b->c->who.business), IN_I64S(channels, n), IN_TEXTS(ids, n)),
                   OUT(OUT_I64(&f.n), OUT_I64(&f.id), OUT_I64(&f.contact_id), OUT_I16(&f.type),
                       OUT_TIME(&f.peer_read_at), OUT_I64(&f.e.conversation), OUT_I16(&f.status),
                       OUT_BOOL(&f.is_touched), OUT_BOOL(&f.e.is_backfill), OUT_TIME(&f.e.first_at),
                       OUT_TIME(&f.e.last_at), OUT_TIME(&f.e.last_in_at), OUT_I16(&f.started_by),
                       OUT_TIME(&f.e.resolved_at), OUT_TIME(&f.wait_since), OUT_BOOL(&f.e.has_human_reply),
                       OUT_BOOL(&f.e.follows_reply), OUT_I32(&f.e.message_count), OUT_I64(&f.e.last_message),
                       OUT_TEXT(&f.e.last_text), OUT_I16(&f.last_side), OUT_I16(&f.turn_side), OUT_TIME(&f.tail_at),
                       OUT_TEXT(&f.tail_external_id)),
                   take_thread, &f);
}

/* Two names of one thread in one batch: everything goes by the first row that has the present name. */
static void fold_threads(struct batch *b)
{
    for (size_t i = 0; i < b->message_count; i++) {
        struct incoming *in = &b->messages[i];
        struct thread_row *t = &b->threads[in->thread];
        size_t present = key_map_find(&b->thread_keys, t->channel_id, t->external_id);

        if (present != NO_INDEX && present != in->thread) {
            b->threads[present].is_wanted = true;
            in->thread = present;
        }
    }
    for (size_t i = 0; i < b->thread_keys.count; i++)
        if (key_map_find(&b->thread_keys, b->threads[i].channel_id, b->threads[i].external_id) != i)
            b->threads[i].is_wanted = b->threads[i].id != 0;
}

int ingest_find_threads(struct batch *b)
{
    size_t n = b->thread_keys.count, missing = 0;
    struct arena *mem = b->c->mem;
    int64_t *channels = arena_array(mem, int64_t, n);
    struct text *ids = arena_array(mem, struct text, n);
    struct found_alias f = { .b = b };
    bool renamed = false;

    if (!n)
        return 0;
    if (find_stored_threads(b))
        return -1;
    for (size_t i = 0; i < n; i++) {
        channels[i] = b->threads[i].channel_id;
        ids[i] = b->threads[i].id ? (struct text) { NULL, 0 } : b->threads[i].external_id;
        missing += !b->threads[i].id;
    }
    if (!missing)
        return 0;
    if (db_each(b->c, SQL_INGEST_ALIASES, IN(IN_I64(b->c->who.business), IN_I64S(channels, n), IN_TEXTS(ids, n)),
                OUT(OUT_I64(&f.n), OUT_I64(&f.channel_id), OUT_TEXT(&f.external_id)), take_alias, &f))
        return -1;
    for (size_t i = 0; i < n; i++)
        renamed = renamed || !text_equal(b->threads[i].external_id, b->thread_keys.keys[i].text);
    if (!renamed)
        return 0;
    if (find_stored_threads(b))
        return -1;
    fold_threads(b);
    return 0;
}

/* ---- storing ---- */

static int add_people(struct batch *b, size_t count)
{
    struct arena *mem = b->c->mem;
    struct draw d = { .contacts = count, .identities = count };
    int64_t *ids = arena_array(mem, int64_t, count), *contacts = arena_array(mem, int64_t, count);
    int16_t *kinds = arena_array(mem, int16_t, count), *platforms = arena_array(mem, int16_t, count);
    struct text *scopes = arena_array(mem, struct text, count), *external = arena_array(mem, struct text, count);
    struct text *names = arena_array(mem, struct text, count), *users = arena_array(mem, struct text, count);
    struct text *phones = arena_array(mem, struct text, count);
    time_us *named = arena_array(mem, time_us, count);
    size_t at = 0;

    if (store_draw(b->c, &d))
        return -1;
    for (size_t i = 0; i < b->person_keys.count; i++) {
        struct person_row *p = &b->people[i];

        if (p->id)
            continue;
        p->contact_id = contacts[at] = d.ids[at];
        p->id = ids[at] = d.ids[count + at];
        kinds[at] = p->is_member ? 2 : 0;
        platforms[at] = (int16_t)p->platform;
        scopes[at] = p->scope;
        external[at] = p->external_id;
        names[at] = text_or_empty(p->name);
        users[at] = text_or_empty(p->username);
        phones[at] = text_or_empty(p->phone);
        /* 0001-01-01: nobody told a name yet */
        named[at] = p->named_at != TIME_NONE ? p->named_at : TIME_FIRST;
        at++;
    }
    return db_do(b->c, SQL_INGEST_ADD_PEOPLE,
                 IN(IN_I64(b->c->who.business), IN_I64S(contacts, count), IN_TEXTS(names, count), IN_I16S(kinds, count),
                    IN_I64S(ids, count), IN_I16S(platforms, count), IN_TEXTS(scopes, count), IN_TEXTS(external, count),
                    IN_TEXTS(users, count), IN_TEXTS(phones, count), IN_TIMES(named, count))) < 0
               ? -1
               : 0;
}

static bool has_new_name(const struct person_row *p)
{
    return p->id && p->named_at != TIME_NONE && (p->old_named_at == TIME_NONE || p->named_at > p->old_named_at) &&
           (!text_equal(p->name, p->old_name) ||
            !text_equal(text_or_empty(p->username), text_or_empty(p->old_username)) ||
            !text_equal(text_or_empty(p->phone), text_or_empty(p->old_phone)));
}

static int rename_people(struct batch *b, size_t count)
{
    struct arena *mem = b->c->mem;
    int64_t *ids = arena_array(mem, int64_t, count);
    struct text *names = arena_array(mem, struct text, count), *users = arena_array(mem, struct text, count);
    struct text *phones = arena_array(mem, struct text, count);
    time_us *named = arena_array(mem, time_us, count);
    size_t at = 0;

    for (size_t i = 0; i < b->person_keys.count; i++) {
        const struct person_row *p = &b->people[i];

        if (!has_new_name(p))
            continue;
        ids[at] = p->id;
        names[at] = text_or_empty(p->name);
        users[at] = text_or_empty(p->username);
        phones[at] = text_or_empty(p->phone);
        named[at++] = p->named_at;
    }
    return db_do(b->c, SQL_INGEST_RENAME_PEOPLE,
                 IN(IN_I64(b->c->who.business), IN_I64S(ids, count), IN_TEXTS(names, count), IN_TEXTS(users, count),
                    IN_TEXTS(phones, count), IN_TIMES(named, count))) < 0
               ? -1
               : 0;
}

int ingest_store_people(struct batch *b)
{
    size_t fresh = 0, renamed = 0;

    for (size_t i = 0; i < b->person_keys.count; i++) {
        fresh += !b->people[i].id;
        renamed += has_new_name(&b->people[i]);
    }
    if (renamed && rename_people(b, renamed))
        return -1;
    return fresh ? add_people(b, fresh) : 0;
}

static int64_t owner_contact(const struct batch *b, const struct thread_row *t)
{
    return t->owner == NO_INDEX ? 0 : b->people[t->owner].contact_id;
}

static int add_threads(struct batch *b, size_t count)
{
    struct arena *mem = b->c->mem;
    struct draw d = { .threads = count };
    int64_t *channels = arena_array(mem, int64_t, count), *contacts = arena_array(mem, int64_t, count);
    int16_t *types = arena_array(mem, int16_t, count);
    struct text *ids = arena_array(mem, struct text, count), *posts = arena_array(mem, struct text, count);
    struct text *titles = arena_array(mem, struct text, count);
    size_t at = 0;

    if (store_draw(b->c, &d))
        return -1;
    for (size_t i = 0; i < b->thread_keys.count; i++) {
        struct thread_row *t = &b->threads[i];

        if (t->id || !t->is_wanted)
            continue;
        t->id = d.ids[at];
        t->contact_id = contacts[at] = owner_contact(b, t);
        channels[at] = t->channel_id;
        types[at] = (int16_t)t->type;
        ids[at] = t->external_id;
        posts[at] = text_or_empty(t->post);
        titles[at++] = text_or_empty(t->title);
    }
    return db_do(b->c, SQL_INGEST_ADD_THREADS,
                 IN(IN_I64(b->c->who.business), IN_I64S(d.ids, count), IN_I64S(channels, count), IN_I16S(types, count),
                    IN_TEXTS(ids, count), IN_I64S(contacts, count), IN_TEXTS(posts, count), IN_TEXTS(titles, count))) <
                   0
               ? -1
               : 0;
}

static int own_threads(struct batch *b, size_t count)
{
    int64_t *ids = arena_array(b->c->mem, int64_t, count), *contacts = arena_array(b->c->mem, int64_t, count);
    size_t at = 0;

    for (size_t i = 0; i < b->thread_keys.count; i++) {
        struct thread_row *t = &b->threads[i];

        if (!t->id || t->contact_id || t->owner == NO_INDEX)
            continue;
        ids[at] = t->id;
        contacts[at++] = t->contact_id = owner_contact(b, t);
    }
    return db_do(b->c, SQL_INGEST_OWN_THREADS,
                 IN(IN_I64(b->c->who.business), IN_I64S(ids, count), IN_I64S(contacts, count))) < 0
               ? -1
               : 0;
}

int ingest_store_threads(struct batch *b)
{
    size_t fresh = 0, owned = 0;

    for (size_t i = 0; i < b->thread_keys.count; i++) {
        const struct thread_row *t = &b->threads[i];

        fresh += !t->id && t->is_wanted;
        owned += t->id && !t->contact_id && t->owner != NO_INDEX;
    }
    if (owned && own_threads(b, owned))
        return -1;
    return fresh ? add_threads(b, fresh) : 0;
}

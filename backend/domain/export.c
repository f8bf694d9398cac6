/* Rows back into events, thread by thread and page by page. */
#include "domain/export.h"

#include "util/json_out.h"

#include <jansson.h>

AUTO_DEFINE(json, json_t *, NULL, json_decref)

#define MESSAGES_PAGE 500
#define THREADS_PAGE  200

struct thread_row {
    int64_t id, channel_id;
    int16_t type, platform;
    struct text external_id, post, title, channel;
    time_us peer_read_at;
    bool only_theirs; /* somebody else's thread: only what the contact said in it */
};

struct message_row {
    struct text external_id, text, reply_to, fail_text, entities, detail, scope, author, name, username, phone,
        versions, reactions, attachments;
    int16_t kind, direction, sender_kind, device, delivery_state;
    time_us sent_at, edited_at, deleted_at;
};

struct exporting {
    struct ctx *c;
    const struct export_filter *filter;
    event_sink *sink;
    void *arg;
    struct thread_row thread, *threads;
    size_t thread_count;
    struct message_row message, *messages;
    size_t message_count;
};

static int take_thread(void *arg)
{
    struct exporting *x = arg;

    x->threads[x->thread_count++] = x->thread;
    return 0;
}

static int take_message(void *arg)
{
    struct exporting *x = arg;

    x->messages[x->message_count++] = x->message;
    return 0;
}

static struct text some(struct text t)
{
    return t.len ? t : (struct text) { NULL, 0 };
}

static struct text string_of(struct arena *mem, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value))
        return (struct text) { NULL, 0 };
    return arena_text(mem, (struct text) { json_string_value(value), json_string_length(value) });
}

static struct event about(const struct exporting *x, enum event_kind kind, const struct message_row *m)
{
    const struct thread_row *t = &x->thread;
    struct event ev;

    event_init(&ev);
    ev.kind = kind;
    ev.platform = (enum platform)t->platform;
    ev.channel = t->channel;
    ev.thread = (struct event_thread) { .type = (enum thread_type)t->type,
                                        .present = true,
                                        .id = t->external_id,
                                        .post = some(t->post),
                                        .name = some(t->title) };
    if (m)
        ev.target = m->external_id;
    return ev;
}

/* Who had no id at the source is known by what the file called them. */
static struct event_author author_of(const struct exporting *x, const struct message_row *m)
{
    bool by_name = text_starts(m->scope, TEXT("channel:")) && x->thread.platform != PLATFORM_SIM &&
                   x->thread.platform != PLATFORM_CSV;
    struct event_author a = { .name = some(m->name), .username = some(m->username), .phone = some(m->phone) };

    if (!by_name)
        a.id = some(m->author);
    else if (!text_equal(m->author, m->phone))
        a = (struct event_author) { .name = some(m->author), .username = some(m->username) };
    return a;
}

static size_t attachments_of(struct arena *mem, struct text rows, struct event_attachment **out)
{
    AUTO(json) json_t *list = rows.len ? json_loadb(rows.ptr, rows.len, 0, NULL) : NULL;
    size_t n = json_array_size(list);

    *out = arena_array(mem, struct event_attachment, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i), *size = json_object_get(one, "size");
        struct event_attachment *a = &(*out)[i];

        a->type = (enum attachment_type)json_integer_value(json_object_get(one, "type"));
        a->mime = some(string_of(mem, one, "mime"));
        a->name = some(string_of(mem, one, "name"));
        a->ref = some(string_of(mem, one, "ref"));
        a->url = some(string_of(mem, one, "url"));
        a->size = json_is_integer(size) ? json_integer_value(size) : -1;
        a->has_position = json_is_number(json_object_get(one, "lat"));
        a->lat = json_number_value(json_object_get(one, "lat"));
        a->lon = json_number_value(json_object_get(one, "lon"));
    }
    return n;
}

static int tell(struct exporting *x, const struct event *ev)
{
    return x->sink(ev, x->arg) ? -1 : 0;
}

static int tell_edits(struct exporting *x, const struct message_row *m, const json_t *versions)
{
    struct arena *mem = x->c->mem;
    size_t n = json_array_size(versions);

    for (size_t i = 1; i <= n; i++) {
        struct event ev = about(x, EVENT_EDIT, m);
        const json_t *one = i < n ? json_array_get(versions, i) : NULL;

        ev.text = one ? string_of(mem, one, "text") : m->text;
        ev.entities = one ? some(string_of(mem, one, "entities")) : some(m->entities);
        ev.sent_at = m->edited_at;
        if (one && time_parse(string_of(mem, one, "at"), &ev.sent_at))
            ev.sent_at = m->sent_at;
        if (tell(x, &ev))
            return -1;
    }
    return 0;
}

static int tell_status(struct exporting *x, const struct message_row *m)
{
    static const char *const words[] = { NULL, "sent", "delivered", "read", "failed", "sent" };
    struct event ev = about(x, EVENT_STATUS, m);
    struct buf detail = BUF_INIT(1 << 16);
    struct json_out j = json_out(&detail);
    int rc;

    if (m->delivery_state < 1 || m->delivery_state > 5)
        return 0;
    jo_object(&j);
    jo_kv(&j, "status", jo_str, words[m->delivery_state]);
    if (m->fail_text.len)
        jo_kv(&j, "error", jo_text, m->fail_text);
    jo_end_object(&j);
    ev.detail = buf_as_text(&detail);
    ev.sent_at = m->sent_at;
    rc = tell(x, &ev);
    buf_fini(&detail);
    return rc;
}

static int tell_reactions(struct exporting *x, const struct message_row *m)
{
    struct arena *mem = x->c->mem;
    AUTO(json) json_t *list = m->reactions.len ? json_loadb(m->reactions.ptr, m->reactions.len, 0, NULL) : NULL;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct event ev = about(x, EVENT_REACTION, m);
        bool ours = json_is_true(json_object_get(one, "ours"));

        ev.direction = ours ? DIRECTION_OUT : DIRECTION_IN;
        ev.sender_kind = ours ? SENDER_AGENT : SENDER_CUSTOMER;
        if (!ours)
            ev.author.id = some(string_of(mem, one, "who"));
        ev.text = string_of(mem, one, "emoji");
        if (time_parse(string_of(mem, one, "at"), &ev.sent_at))
            ev.sent_at = m->sent_at;
        if (tell(x, &ev))
            return -1;
    }
    return 0;
}

static int tell_message(struct exporting *x, const struct message_row *m)
{
    static const enum event_kind kinds[] = { EVENT_MESSAGE, EVENT_UNSUPPORTED, EVENT_MESSAGE, EVENT_POST };
    struct arena *mem = x->c->mem;
    AUTO(json) json_t *versions = m->versions.len ? json_loadb(m->versions.ptr, m->versions.len, 0, NULL) : NULL;
    struct event ev = about(x, m->kind >= 0 && m->kind < 4 ? kinds[m->kind] : EVENT_UNSUPPORTED, NULL);
    struct event_attachment *attachments;

    ev.id = m->external_id;
    ev.direction = (enum direction)m->direction;
    ev.sender_kind = (enum sender_kind)m->sender_kind;
    ev.device = (enum device)m->device;
    if (m->scope.ptr)
        ev.author = author_of(x, m);
    ev.sent_at = m->sent_at;
    ev.text = some(json_array_size(versions) ? string_of(mem, json_array_get(versions, 0), "text") : m->text);
    ev.entities =
        some(json_array_size(versions) ? string_of(mem, json_array_get(versions, 0), "entities") : m->entities);
    ev.reply_to = some(m->reply_to);
    ev.detail = some(m->detail);
    ev.attachment_count = attachments_of(mem, m->attachments, &attachments);
    ev.attachments = ev.attachment_count ? attachments : NULL;
    if (tell(x, &ev) || tell_edits(x, m, versions))
        return -1;
    if (m->deleted_at != TIME_NONE) {
        ev = about(x, EVENT_DELETE, m);
        ev.sent_at = m->deleted_at;
        if (tell(x, &ev))
            return -1;
    }
    return tell_status(x, m) || tell_reactions(x, m) ? -1 : 0;
}

static int load_page(struct exporting *x, time_us after, struct text after_id)
{
    struct message_row *m = &x->message;

    x->messages = arena_array(x->c->mem, struct message_row, MESSAGES_PAGE);
    x->message_count = 0;
    return db_each(x->c, SQL_EXPORT_MESSAGES,
                   IN(IN_I64(x->c->who.business), IN_I64(x->thread.id), IN_TIME(after), IN_TEXT(after_id),
                      IN_I64(x->thread.only_theirs ? x->filter->contact_id : 0)),
                   OUT(OUT_TEXT(&m->external_id), OUT_I16(&m->kind), OUT_I16(&m->direction), OUT_I16(&m->sender_kind),
                       OUT_I16(&m->device), OUT_I16(&m->delivery_state), OUT_TIME(&m->sent_at), OUT_TIME(&m->edited_at),
                       OUT_TIME(&m->deleted_at), OUT_TEXT(&m->text), OUT_TEXT(&m->reply_to), OUT_TEXT(&m->fail_text),
                       OUT_TEXT(&m->entities), OUT_TEXT(&m->detail), OUT_TEXT(&m->scope), OUT_TEXT(&m->author),
                       OUT_TEXT(&m->name), OUT_TEXT(&m->username), OUT_TEXT(&m->phone), OUT_TEXT(&m->versions),
                       OUT_TEXT(&m->reactions), OUT_TEXT(&m->attachments)),
                   take_message, x);
}

static int tell_thread(struct exporting *x)
{
    struct buf last = BUF_INIT(1 << 14);
    time_us after = TIME_NONE;
    int rc = 0;

    do {
        struct arena_mark mark = arena_mark(x->c->mem);

        rc = load_page(x, after, last.len ? buf_as_text(&last) : TEXT(""));
        for (size_t i = 0; i < x->message_count && !rc; i++)
            rc = tell_message(x, &x->messages[i]);
        if (!rc && x->message_count) {
            after = x->messages[x->message_count - 1].sent_at;
            buf_reset(&last);
            buf_text(&last, x->messages[x->message_count - 1].external_id);
        }
        arena_rewind(x->c->mem, mark);
    } while (!rc && x->message_count == MESSAGES_PAGE);
    buf_fini(&last);
    if (!rc && x->thread.peer_read_at != TIME_NONE && !x->thread.only_theirs) {
        struct event ev = about(x, EVENT_READ, NULL);

        ev.sent_at = x->thread.peer_read_at;
        rc = tell(x, &ev);
    }
    return rc;
}

static int check_filter(struct ctx *c, const struct export_filter *f)
{
    int64_t id = 0;
    int rc = 1;

    if (f->channel_id)
        rc = db_one(c, SQL_EXPORT_CHANNEL, IN(IN_I64(c->who.business), IN_I64(f->channel_id)), OUT(OUT_I64(&id)));
    if (rc == 1 && f->contact_id)
        rc = db_one(c, SQL_EXPORT_CONTACT, IN(IN_I64(c->who.business), IN_I64(f->contact_id)), OUT(OUT_I64(&id)));
    return rc < 0 ? -1 : rc == 1 ? 0 : fail(&c->fail, FAIL_NOT_FOUND, "no such channel or contact");
}

int export_events(struct ctx *c, const struct export_filter *filter, event_sink *sink, void *arg)
{
    struct exporting x = { .c = c, .filter = filter, .sink = sink, .arg = arg };
    struct thread_row *t = &x.thread;
    struct thread_row after = { .platform = -1, .external_id = TEXT(""), .channel = TEXT("") };

    if (check_filter(c, filter))
        return -1;
    do {
        x.threads = arena_array(c->mem, struct thread_row, THREADS_PAGE);
        x.thread_count = 0;
        if (db_each(c, SQL_EXPORT_THREADS,
                    IN(IN_I64(c->who.business), IN_I16(after.platform), IN_TEXT(after.channel),
                       IN_I64(after.channel_id), IN_TEXT(after.external_id), IN_I64(filter->contact_id),
                       IN_I64(filter->channel_id)),
                    OUT(OUT_I64(&t->id), OUT_I16(&t->type), OUT_TEXT(&t->external_id), OUT_TEXT(&t->post),
                        OUT_TEXT(&t->title), OUT_TIME(&t->peer_read_at), OUT_I64(&t->channel_id), OUT_I16(&t->platform),
                        OUT_TEXT(&t->channel), OUT_BOOL(&t->only_theirs)),
                    take_thread, &x))
            return -1;
        for (size_t i = 0; i < x.thread_count; i++) {
            x.thread = after = x.threads[i];
            if (tell_thread(&x))
                return -1;
        }
    } while (x.thread_count == THREADS_PAGE);
    return 0;
}

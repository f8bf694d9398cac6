/* The normal form of an event: its words, and its line of JSON. Pure. */
#include "domain/event.h"

#include "util/buf.h"
#include "util/json_out.h"
#include "util/json_pull.h"
#include "util/str.h"

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

#define X(name, word) word,
static const char *const kind_words[] = { EVENT_KINDS(X) NULL };
static const char *const platform_words[] = { PLATFORMS(X) NULL };
static const char *const thread_words[] = { THREAD_TYPES(X) NULL };
static const char *const direction_words[] = { DIRECTIONS(X) NULL };
static const char *const sender_words[] = { SENDER_KINDS(X) NULL };
static const char *const device_words[] = { DEVICES(X) NULL };
static const char *const attachment_words[] = { ATTACHMENT_TYPES(X) NULL };
#undef X

const char *event_kind_word(enum event_kind k)
{
    return kind_words[k];
}

const char *platform_word(enum platform p)
{
    return platform_words[p];
}

const char *thread_type_word(enum thread_type t)
{
    return thread_words[t];
}

const char *direction_word(enum direction d)
{
    return direction_words[d];
}

const char *sender_kind_word(enum sender_kind s)
{
    return sender_words[s];
}

const char *device_word(enum device d)
{
    return device_words[d];
}

const char *attachment_type_word(enum attachment_type t)
{
    return attachment_words[t];
}

/* Index in a list of words that ends with NULL, or -1; the empty word is how absence is stored, never written. */
static int word_index(const char *const words[], struct text word)
{
    for (int i = 0; words[i]; i++)
        if (words[i][0] && text_equal(word, text_of(words[i])))
            return i;
    return -1;
}

bool platform_from_word(struct text word, enum platform *out)
{
    int i = word_index(platform_words, word);

    if (i < 0)
        return false;
    *out = (enum platform)i;
    return true;
}

void event_init(struct event *ev)
{
    *ev = (struct event) { .kind = EVENT_MESSAGE, .sent_at = TIME_NONE };
}

static struct text copy_text(struct text t, struct arena *mem)
{
    return t.ptr ? arena_text(mem, t) : t;
}

static void copy_texts(struct arena *mem, struct text *const texts[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        *texts[i] = copy_text(*texts[i], mem);
}

static const struct event_attachment *copy_attachments(const struct event *ev, struct arena *mem)
{
    struct event_attachment *out = arena_array(mem, struct event_attachment, ev->attachment_count);

    for (size_t i = 0; i < ev->attachment_count; i++) {
        struct event_attachment *a = &out[i];
        struct text *const texts[] = { &a->mime, &a->name, &a->ref, &a->url };

        *a = ev->attachments[i];
        copy_texts(mem, texts, COUNT_OF(texts));
    }
    return out;
}

const struct event *event_copy(const struct event *ev, struct arena *mem)
{
    struct event *c = arena_new_of(mem, struct event);
    struct text *const texts[] = {
        &c->channel,     &c->id,        &c->thread.id,   &c->thread.post,     &c->thread.parent,
        &c->thread.name, &c->author.id, &c->author.name, &c->author.username, &c->author.phone,
        &c->text,        &c->entities,  &c->reply_to,    &c->target,          &c->detail,
    };

    *c = *ev;
    copy_texts(mem, texts, COUNT_OF(texts));
    if (ev->attachment_count)
        c->attachments = copy_attachments(ev, mem);
    return c;
}

/* Members stand in the order of the table in backend/README.md. */

static void write_text(struct json_out *j, const char *key, struct text value)
{
    if (value.ptr)
        jo_kv(j, key, jo_text, value);
}

static void write_word(struct json_out *j, const char *key, const char *word)
{
    if (word[0])
        jo_kv(j, key, jo_str, word);
}

/* A platform's own JSON may be spread over lines; one event is one line. JSON has no raw line ends within strings. */
static void write_raw(struct json_out *j, const char *key, struct text raw)
{
    if (!raw.len)
        return;
    jo_key(j, key);
    size_t before = j->out->len;
    jo_raw(j, raw);
    for (char *p = j->out->ptr + before; j->out->len > before && p < j->out->ptr + j->out->len; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
}

static void write_thread(struct json_out *j, const struct event_thread *t)
{
    jo_key(j, "thread");
    jo_object(j);
    jo_kv(j, "type", jo_str, thread_words[t->type]);
    write_text(j, "id", t->id);
    write_text(j, "post", t->post);
    write_text(j, "parent", t->parent);
    write_text(j, "name", t->name);
    jo_end_object(j);
}

static void write_author(struct json_out *j, const struct event_author *a)
{
    if (!a->id.ptr && !a->name.ptr && !a->username.ptr && !a->phone.ptr)
        return;
    jo_key(j, "author");
    jo_object(j);
    write_text(j, "id", a->id);
    write_text(j, "name", a->name);
    write_text(j, "username", a->username);
    write_text(j, "phone", a->phone);
    jo_end_object(j);
}

static void write_attachments(struct json_out *j, const struct event *ev)
{
    if (!ev->attachment_count)
        return;
    jo_key(j, "attachments");
    jo_array(j);
    for (size_t i = 0; i < ev->attachment_count; i++) {
        const struct event_attachment *a = &ev->attachments[i];

        jo_object(j);
        jo_kv(j, "type", jo_str, attachment_words[a->type]);
        write_text(j, "mime", a->mime);
        write_text(j, "name", a->name);
        if (a->size >= 0)
            jo_kv(j, "size", jo_i64, a->size);
        write_text(j, "ref", a->ref);
        write_text(j, "url", a->url);
        if (a->has_position) {
            jo_kv(j, "lat", jo_double, a->lat);
            jo_kv(j, "lon", jo_double, a->lon);
        }
        jo_end_object(j);
    }
    jo_end_array(j);
}

void event_write(const struct event *ev, struct buf *out)
{
    struct json_out j = json_out(out);

    jo_object(&j);
    jo_kv(&j, "kind", jo_str, kind_words[ev->kind]);
    jo_kv(&j, "platform", jo_str, platform_words[ev->platform]);
    write_text(&j, "channel", ev->channel);
    write_text(&j, "id", ev->id);
    if (ev->thread.present)
        write_thread(&j, &ev->thread);
    write_word(&j, "direction", direction_words[ev->direction]);
    write_word(&j, "sender_kind", sender_words[ev->sender_kind]);
    write_author(&j, &ev->author);
    if (ev->sent_at != TIME_NONE)
        jo_kv(&j, "sent_at", jo_time, ev->sent_at);
    write_text(&j, "text", ev->text);
    write_raw(&j, "entities", ev->entities);
    write_attachments(&j, ev);
    write_text(&j, "reply_to", ev->reply_to);
    write_text(&j, "target", ev->target);
    write_word(&j, "device", device_words[ev->device]);
    write_raw(&j, "detail", ev->detail);
    jo_end_object(&j);
    buf_char(out, '\n');
}

/* What a line may hold: one table of members for each object. */

enum member_type {
    MEMBER_TEXT,
    MEMBER_WORD,
    MEMBER_TIME,
    MEMBER_SIZE,
    MEMBER_DEGREES,
    MEMBER_THREAD,
    MEMBER_AUTHOR,
    MEMBER_ATTACHMENTS,
    MEMBER_RAW_ARRAY,
    MEMBER_RAW_OBJECT,
};

struct member {
    const char *name;
    enum member_type type;
    bool required;
    size_t offset;
    const char *const *words;
};

#define EV(member) offsetof(struct event, member)
static const struct member event_members[] = {
    { "kind", MEMBER_WORD, true, EV(kind), kind_words },
    { "platform", MEMBER_WORD, true, EV(platform), platform_words },
    { "channel", MEMBER_TEXT, false, EV(channel), NULL },
    { "id", MEMBER_TEXT, false, EV(id), NULL },
    { "thread", MEMBER_THREAD, false, EV(thread), NULL },
    { "direction", MEMBER_WORD, false, EV(direction), direction_words },
    { "sender_kind", MEMBER_WORD, false, EV(sender_kind), sender_words },
    { "author", MEMBER_AUTHOR, false, EV(author), NULL },
    { "sent_at", MEMBER_TIME, false, EV(sent_at), NULL },
    { "text", MEMBER_TEXT, false, EV(text), NULL },
    { "entities", MEMBER_RAW_ARRAY, false, EV(entities), NULL },
    { "attachments", MEMBER_ATTACHMENTS, false, 0, NULL },
    { "reply_to", MEMBER_TEXT, false, EV(reply_to), NULL },
    { "target", MEMBER_TEXT, false, EV(target), NULL },
    { "device", MEMBER_WORD, false, EV(device), device_words },
    { "detail", MEMBER_RAW_OBJECT, false, EV(detail), NULL },
    { NULL, MEMBER_TEXT, false, 0, NULL },
};

#define TH(member) offsetof(struct event_thread, member)
static const struct member thread_members[] = {
    { "type", MEMBER_WORD, true, TH(type), thread_words }, { "id", MEMBER_TEXT, false, TH(id), NULL },
    { "post", MEMBER_TEXT, false, TH(post), NULL },        { "parent", MEMBER_TEXT, false, TH(parent), NULL },
    { "name", MEMBER_TEXT, false, TH(name), NULL },        { NULL, MEMBER_TEXT, false, 0, NULL },
};

#define AU(member) offsetof(struct event_author, member)
static const struct member author_members[] = {
    { "id", MEMBER_TEXT, false, AU(id), NULL },
    { "name", MEMBER_TEXT, false, AU(name), NULL },
    { "username", MEMBER_TEXT, false, AU(username), NULL },
    { "phone", MEMBER_TEXT, false, AU(phone), NULL },
    { NULL, MEMBER_TEXT, false, 0, NULL },
};

#define AT(member) offsetof(struct event_attachment, member)
static const struct member attachment_members[] = {
    { "type", MEMBER_WORD, true, AT(type), attachment_words },
    { "mime", MEMBER_TEXT, false, AT(mime), NULL },
    { "name", MEMBER_TEXT, false, AT(name), NULL },
    { "size", MEMBER_SIZE, false, AT(size), NULL },
    { "ref", MEMBER_TEXT, false, AT(ref), NULL },
    { "url", MEMBER_TEXT, false, AT(url), NULL },
    { "lat", MEMBER_DEGREES, false, AT(lat), NULL },
    { "lon", MEMBER_DEGREES, false, AT(lon), NULL },
    { NULL, MEMBER_TEXT, false, 0, NULL },
};

_Static_assert(sizeof(enum event_kind) == sizeof(int) && sizeof(enum attachment_type) == sizeof(int),
               "words are stored as int");

AUTO_DEFINE(json, json_t *, NULL, json_decref)
AUTO_DEFINE(pull, struct json_pull *, NULL, json_pull_free)

struct reader {
    struct text line;
    struct arena *mem;
    struct fail *why;
    struct event *out;
};

static int read_object(struct reader *r, json_t *object, const char *path, const struct member *members, char *target);

static int read_word(struct reader *r, const json_t *v, const char *path, const struct member *m, char *target)
{
    int i =
        json_is_string(v) ? word_index(m->words, (struct text) { json_string_value(v), json_string_length(v) }) : -1;

    if (i < 0)
        return fail_field(r->why, path, "is not one of the known words");
    memcpy(target, &i, sizeof(i));
    return 0;
}

/* The bytes of a top-level member's value as they stand in the line, so that nothing is lost on the way through. */
static struct text raw_value(const struct reader *r, const char *name)
{
    AUTO(pull) struct json_pull *p = json_pull_new(r->line.len);
    enum pull_token token;

    json_pull_feed(p, r->line);
    while ((token = json_pull_next(p)) != PULL_BAD && token != PULL_MORE) {
        if (token != PULL_KEY)
            continue;
        bool is_it = text_equal(json_pull_value(p), text_of(name));
        size_t start = (size_t)json_pull_offset(p);
        token = json_pull_skip(p);
        if (token == PULL_BAD || token == PULL_MORE)
            break;
        if (!is_it)
            continue;
        struct text raw = { r->line.ptr + start, (size_t)json_pull_offset(p) - start };
        raw = str_trim(raw);
        str_skip_char(&raw, ':');
        return str_trim(raw);
    }
    return (struct text) { NULL, 0 };
}

static int read_raw(struct reader *r, const json_t *v, const struct member *m, char *target)
{
    bool fits = m->type == MEMBER_RAW_ARRAY ? json_is_array(v) : json_is_object(v);

    if (!fits)
        return fail_field(r->why, m->name, m->type == MEMBER_RAW_ARRAY ? "must be a list" : "must be an object");
    struct text raw = raw_value(r, m->name);
    if (!raw.ptr)
        return fail_field(r->why, m->name, "is nested too deeply");
    raw = arena_text(r->mem, raw);
    memcpy(target, &raw, sizeof(raw));
    return 0;
}

static int read_attachment(struct reader *r, json_t *v, const char *path, struct event_attachment *out)
{
    *out = (struct event_attachment) { .size = -1 };
    if (read_object(r, v, path, attachment_members, (char *)out))
        return -1;
    bool has_lat = json_object_get(v, "lat"), has_lon = json_object_get(v, "lon");
    if (has_lat != has_lon)
        return fail_field(r->why, path, "must have both lat and lon or neither");
    out->has_position = has_lat;
    return 0;
}

/* Their number in a message is a smallint, and no platform comes near it. */
#define ATTACHMENTS_MAX 1000

static int read_attachments(struct reader *r, const json_t *v)
{
    size_t count = json_array_size(v);

    if (!json_is_array(v))
        return fail_field(r->why, "attachments", "must be a list");
    if (count > ATTACHMENTS_MAX)
        return fail_field(r->why, "attachments", "has more than 1000 entries");
    struct event_attachment *all = arena_array(r->mem, struct event_attachment, count);
    for (size_t i = 0; i < count; i++) {
        char path[40];

        snprintf(path, sizeof(path), "attachments[%zu]", i);
        if (read_attachment(r, json_array_get(v, i), path, &all[i]))
            return -1;
    }
    r->out->attachments = count ? all : NULL;
    r->out->attachment_count = count;
    return 0;
}

static int read_plain(struct reader *r, const json_t *v, const char *path, const struct member *m, char *target)
{
    struct text t = { json_string_value(v), json_string_length(v) };
    int64_t size = json_integer_value(v);
    double degrees = json_number_value(v);
    time_us when;

    if (m->type == MEMBER_TEXT) {
        if (!json_is_string(v))
            return fail_field(r->why, path, "must be a string");
        t = arena_text(r->mem, t);
        memcpy(target, &t, sizeof(t));
    } else if (m->type == MEMBER_TIME) {
        if (!json_is_string(v) || time_parse(t, &when))
            return fail_field(r->why, path, "must be a time such as 2026-11-24T21:39:05.000Z");
        memcpy(target, &when, sizeof(when));
    } else if (m->type == MEMBER_SIZE) {
        if (!json_is_integer(v) || size < 0)
            return fail_field(r->why, path, "must be a whole number, 0 or more");
        memcpy(target, &size, sizeof(size));
    } else {
        if (!json_is_number(v))
            return fail_field(r->why, path, "must be a number");
        memcpy(target, &degrees, sizeof(degrees));
    }
    return 0;
}

static int read_member(struct reader *r, json_t *v, const char *path, const struct member *m, char *target)
{
    switch (m->type) {
    case MEMBER_WORD:
        return read_word(r, v, path, m, target);
    case MEMBER_THREAD:
        r->out->thread.present = true;
        return read_object(r, v, path, thread_members, target);
    case MEMBER_AUTHOR:
        return read_object(r, v, path, author_members, target);
    case MEMBER_ATTACHMENTS:
        return read_attachments(r, v);
    case MEMBER_RAW_ARRAY:
    case MEMBER_RAW_OBJECT:
        return read_raw(r, v, m, target);
    case MEMBER_TEXT:
    case MEMBER_TIME:
    case MEMBER_SIZE:
    case MEMBER_DEGREES:
        break;
    }
    return read_plain(r, v, path, m, target);
}

static void join_path(char out[64], const char *path, const char *name)
{
    snprintf(out, 64, "%s%s%.24s", path, path[0] ? "." : "", name[0] ? name : "\"\"");
}

static int read_object(struct reader *r, json_t *object, const char *path, const struct member *members, char *target)
{
    char inner[64];
    const char *key;
    json_t *v;

    if (!json_is_object(object))
        return fail_field(r->why, path, "must be an object");
    json_object_foreach(object, key, v)
    {
        const struct member *m = members;

        join_path(inner, path, key);
        while (m->name && strcmp(m->name, key) != 0)
            m++;
        if (!m->name)
            return fail_field(r->why, inner, "is not a known member");
        if (read_member(r, v, inner, m, target + m->offset))
            return -1;
    }
    for (const struct member *m = members; m->name; m++)
        if (m->required && !json_object_get(object, m->name)) {
            join_path(inner, path, m->name);
            return fail_field(r->why, inner, "is missing");
        }
    return 0;
}

int event_read(struct text line, struct arena *mem, struct event *out, struct fail *why)
{
    json_error_t problem;
    struct event ev;
    struct reader r = { line, mem, why, &ev };

    if (line.len == 0)
        return fail(why, FAIL_BAD_FILE, "the line is empty");
    /* jansson would take it for the end of the line and not look further. */
    if (memchr(line.ptr, 0, line.len))
        return fail(why, FAIL_BAD_FILE, "not JSON: a NUL byte");
    AUTO(json) json_t *doc = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, &problem);
    if (!doc)
        return fail(why, FAIL_BAD_FILE, "not JSON: %s", problem.text);
    if (!json_is_object(doc))
        return fail(why, FAIL_BAD_FILE, "not a JSON object");
    event_init(&ev);
    if (read_object(&r, doc, "", event_members, (char *)&ev))
        return -1;
    *out = ev;
    return 0;
}

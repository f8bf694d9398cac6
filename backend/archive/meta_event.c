/* Messages, reactions, comments and posts of a Facebook or Instagram download as events. */
#include "meta_priv.h"

#include "mojibake.h"

#include "util/json_out.h"
#include "util/str.h"

#define NONE ((struct text){ NULL, 0 })

static const uint8_t id_seed[16] = "tanggap meta v1";

struct text meta_text(struct meta_maker *m, struct text t)
{
    struct text out;

    switch (mojibake_mend(t, m->mem, &out)) {
    case MOJIBAKE_MENDED:
        m->base->summary.repaired++;
        break;
    case MOJIBAKE_DOUBTFUL:
        m->base->summary.unrepaired++;
        break;
    case MOJIBAKE_NONE:
        break;
    }
    return out;
}

static struct text string_of(struct meta_maker *m, const struct json_node *n, const char *key)
{
    struct text t = json_get_text(n, key);

    return t.ptr ? meta_text(m, t) : t;
}

/* Milliseconds, or seconds where the number is small enough for nothing else. */
static time_us time_of(const struct json_node *n, const char *key)
{
    int64_t v;

    if (str_whole_i64(json_get_text(n, key), &v, 1, INT64_C(253402300799999)))
        return TIME_NONE;
    return v < INT64_C(100000000000) ? v * US_PER_S : v * 1000;
}

/* ---- what hangs on a message ---- */

static size_t count_children(const struct json_node *n)
{
    size_t count = 0;

    for (const struct json_node *c = n ? n->child : NULL; c; c = c->next)
        count++;
    return count;
}

static bool is_address(struct text t)
{
    return text_starts(t, TEXT("https://")) || text_starts(t, TEXT("http://"));
}

/* Relative, without a way up: it will be looked for in the zip. */
static bool is_plain_path(struct text t)
{
    return t.len && *t.ptr != '/' && *t.ptr != '\\' && !str_find(t, TEXT("..")) && !memchr(t.ptr, '\0', t.len);
}

static void add_file(struct meta_maker *m, const struct json_node *n, enum attachment_type type,
                     struct event_attachment *list, size_t *count)
{
    struct text uri = n->kind == PULL_STRING ? meta_text(m, n->value) : string_of(m, n, "uri");
    struct event_attachment *a = &list[*count];

    if (!uri.len)
        return;
    *a = (struct event_attachment){ .type = type, .size = -1 };
    if (is_address(uri)) {
        a->url = uri;
    } else if (is_plain_path(uri)) {
        (void)str_skip(&uri, TEXT("./"));
        a->ref = uri;
        a->name = reader_base_name(uri);
    } else {
        return;
    }
    ++*count;
}

static enum attachment_type type_of_name(struct text uri)
{
    static const struct {
        const char *tail;
        enum attachment_type type;
    } tails[] = {
        { ".jpg", ATTACHMENT_IMAGE }, { ".jpeg", ATTACHMENT_IMAGE }, { ".png", ATTACHMENT_IMAGE }, { ".gif", ATTACHMENT_IMAGE },
        { ".webp", ATTACHMENT_IMAGE }, { ".mp4", ATTACHMENT_VIDEO }, { ".mov", ATTACHMENT_VIDEO }, { ".m4a", ATTACHMENT_AUDIO },
        { ".mp3", ATTACHMENT_AUDIO }, { ".ogg", ATTACHMENT_AUDIO }, { ".aac", ATTACHMENT_AUDIO }, { ".wav", ATTACHMENT_AUDIO },
    };

    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        size_t len = strlen(tails[i].tail);

        if (uri.len > len && str_equal_nocase((struct text){ uri.ptr + uri.len - len, len }, text_of(tails[i].tail)))
            return tails[i].type;
    }
    return ATTACHMENT_FILE;
}

static const struct {
    const char *key;
    enum attachment_type type;
} lists[] = {
    { "photos", ATTACHMENT_IMAGE }, { "videos", ATTACHMENT_VIDEO }, { "audio_files", ATTACHMENT_VOICE },
    { "files", ATTACHMENT_FILE },   { "gifs", ATTACHMENT_IMAGE },
};

static void set_attachments(struct meta_maker *m, const struct json_node *n, struct event *ev)
{
    const struct json_node *sticker = json_get(n, "sticker"), *media = json_get(n, "media");
    const struct json_node *share = json_get(n, "share");
    size_t most = 2 + count_children(media), count = 0;
    struct event_attachment *all;
    struct text link = string_of(m, share, "link");

    for (size_t i = 0; i < COUNT_OF(lists); i++)
        most += count_children(json_get(n, lists[i].key));
    all = arena_array(m->mem, struct event_attachment, most);
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const struct json_node *list = json_get(n, lists[i].key);

        for (const struct json_node *c = list ? list->child : NULL; c; c = c->next)
            add_file(m, c, lists[i].type, all, &count);
    }
    for (const struct json_node *c = media ? media->child : NULL; c; c = c->next)
        add_file(m, c, type_of_name(json_get_text(c, "uri")), all, &count);
    if (sticker)
        add_file(m, sticker, ATTACHMENT_STICKER, all, &count);
    if (link.len)
        all[count++] = (struct event_attachment){ .type = ATTACHMENT_LINK, .size = -1, .url = link,
                                                  .name = string_of(m, share, "original_content_owner") };
    ev->attachment_count = count;
    ev->attachments = count ? all : NULL;
}

/* ---- what a message is besides its words ---- */

/* The app writes some doings as if the person had said them, in the account's language. */
static const char *notice_of(const struct json_node *n, struct text words)
{
    struct text type = json_get_text(n, "type");

    if (text_equal(type, TEXT("Subscribe")))
        return "joined";
    if (text_equal(type, TEXT("Unsubscribe")))
        return "left";
    if ((text_starts(words, TEXT("Reacted ")) && str_find(words, TEXT(" to your message"))) ||
        text_equal(str_trim(words), TEXT("Liked a message")) || text_equal(str_trim(words), TEXT("liked a message")) ||
        (text_starts(words, TEXT("Bereaksi ")) && str_find(words, TEXT("pesan Anda"))) ||
        text_equal(str_trim(words), TEXT("Menyukai pesan")))
        return "reaction";
    return NULL;
}

static struct text detail_of(struct meta_maker *m, const struct json_node *n, const char *notice)
{
    struct buf raw = BUF_INIT(1024u * 1024);
    struct json_out j = json_out(&raw);
    struct text duration = json_get_text(n, "call_duration"), type = json_get_text(n, "type"), out = NONE;
    const struct json_node *share = json_get(n, "share");
    struct text shared = string_of(m, share, "share_text");
    bool is_call = duration.len || text_equal(type, TEXT("Call"));

    jo_object(&j);
    if (json_get_true(n, "is_unsent") || json_get_true(n, "isUnsent"))
        jo_kv(&j, "deleted", jo_bool, true);
    if (notice)
        jo_kv(&j, "notice", jo_str, notice);
    if (is_call)
        jo_kv(&j, "call", jo_str, json_get_true(n, "missed") ? "missed" : "voice");
    if (duration.len && json_get(n, "call_duration")->kind == PULL_NUMBER)
        jo_kv(&j, "duration_s", jo_raw, duration);
    if (shared.len)
        jo_kv(&j, "shared", jo_text, shared);
    jo_end_object(&j);
    if (raw.len > 2)
        out = arena_text(m->mem, buf_as_text(&raw));
    buf_fini(&raw);
    return out;
}

static void begin_event(struct meta_maker *m, struct meta_made *made, enum platform platform)
{
    (void)m;
    event_init(&made->ev);
    made->ev.platform = platform;
    made->ev.device = DEVICE_IMPORT;
    made->ev.thread.present = true;
    made->reaction_count = 0;
    made->reason = SKIP_NO_TIME;
}

/* Names are not unique, and every removed account has the same one: a person is a name within a thread. */
static struct text person_id(struct meta_maker *m, struct text thread, struct text name)
{
    char hash[MADE_ID_SIZE];
    struct buf key = BUF_INIT(4u * 1024 * 1024);
    struct text id;

    buf_text(&key, thread);
    buf_char(&key, '\0');
    buf_text(&key, name);
    made_id(NULL, id_seed, &key, hash);
    id = arena_text(m->mem, (struct text){ hash, MADE_ID_SIZE - 1 });
    buf_fini(&key);
    return id;
}

static void set_author(struct meta_maker *m, struct text name, struct event *ev)
{
    ev->author.name = name;
    if (name.len)
        ev->author.id = person_id(m, ev->thread.id, name);
    if (!m->self.ptr || !name.len)
        return;
    ev->direction = text_equal(name, m->self) ? DIRECTION_OUT : DIRECTION_IN;
    ev->sender_kind = ev->direction == DIRECTION_OUT ? SENDER_AGENT : SENDER_CUSTOMER;
}

static void set_id(struct meta_maker *m, struct meta_made *made)
{
    struct buf key = BUF_INIT(64u * 1024 * 1024);
    struct event *ev = &made->ev;

    buf_text(&key, ev->thread.id);
    buf_add(&key, &ev->sent_at, sizeof(ev->sent_at));
    buf_text(&key, ev->author.name);
    buf_char(&key, '\0');
    buf_text(&key, ev->text);
    for (size_t i = 0; i < ev->attachment_count; i++) {
        buf_char(&key, '\0');
        buf_text(&key, ev->attachments[i].name.len ? ev->attachments[i].name : ev->attachments[i].url);
    }
    made_id(m->seen, id_seed, &key, made->id);
    buf_fini(&key);
    ev->id = (struct text){ made->id, MADE_ID_SIZE - 1 };
}

static void add_reactions(struct meta_maker *m, const struct json_node *n, struct meta_made *made)
{
    const struct json_node *list = json_get(n, "reactions");

    for (const struct json_node *c = list ? list->child : NULL; c && made->reaction_count < META_REACTIONS; c = c->next) {
        struct event *ev = &made->reactions[made->reaction_count];

        event_init(ev);
        ev->kind = EVENT_REACTION;
        ev->platform = made->ev.platform;
        ev->device = DEVICE_IMPORT;
        ev->thread = made->ev.thread;
        ev->target = made->ev.id;
        ev->text = string_of(m, c, "reaction");
        ev->sent_at = time_of(c, "timestamp");
        if (ev->sent_at == TIME_NONE)
            ev->sent_at = made->ev.sent_at;
        set_author(m, string_of(m, c, "actor"), ev);
        made->reaction_count += ev->text.len > 0 && ev->author.name.len > 0;
    }
}

int meta_message(struct meta_maker *m, const struct json_node *n, const struct meta_thread *thread,
                 struct meta_made *made)
{
    bool is_flat = json_get(n, "senderName") || (!json_get(n, "sender_name") && json_get(n, "text"));
    struct event *ev = &made->ev;
    struct text shared;
    const char *notice;

    begin_event(m, made, m->messages);
    ev->sent_at = time_of(n, is_flat ? "timestamp" : "timestamp_ms");
    if (ev->sent_at == TIME_NONE)
        return -1;
    ev->thread.type = thread->is_group ? THREAD_GROUP : THREAD_DIRECT;
    ev->thread.id = thread->id;
    ev->thread.name = thread->title;
    ev->text = string_of(m, n, is_flat ? "text" : "content");
    shared = string_of(m, json_get(n, "share"), "share_text");
    if (!ev->text.len && shared.len)
        ev->text = shared;
    ev->text = ev->text.ptr ? ev->text : TEXT("");
    set_author(m, string_of(m, n, is_flat ? "senderName" : "sender_name"), ev);
    set_attachments(m, n, ev);
    set_id(m, made);
    notice = notice_of(n, ev->text);
    if (notice) {
        ev->direction = DIRECTION_SYSTEM;
        ev->sender_kind = SENDER_SYSTEM;
    }
    ev->detail = detail_of(m, n, notice);
    add_reactions(m, n, made);
    return 0;
}

/* ---- the owner's own ---- */

static void set_own(struct meta_maker *m, struct meta_made *made, struct text author)
{
    struct event *ev = &made->ev;

    ev->direction = DIRECTION_OUT;
    ev->sender_kind = SENDER_AGENT;
    ev->author.name = author.len ? author : m->self;
    ev->thread.type = THREAD_COMMENT;
    ev->thread.id = NONE;
    set_id(m, made);
    ev->thread.id = ev->id;
}

/* Members have names in the account's language: the first with words is the comment, the one with a time tells it. */
static void from_string_map(struct meta_maker *m, const struct json_node *map, struct event *ev, struct text *owner)
{
    ev->text = string_of(m, json_get(map, "Comment"), "value");
    *owner = string_of(m, json_get(map, "Media Owner"), "value");
    for (const struct json_node *c = map->child; c; c = c->next) {
        struct text value = string_of(m, c, "value");
        time_us at = time_of(c, "timestamp");

        if (at != TIME_NONE)
            ev->sent_at = at;
        else if (value.len && !ev->text.ptr)
            ev->text = value;
        else if (value.len && !owner->ptr && !text_equal(value, ev->text))
            *owner = value;
    }
}

static struct text about_detail(struct meta_maker *m, struct text about)
{
    struct buf raw = BUF_INIT(1024u * 1024);
    struct json_out j = json_out(&raw);
    struct text out = NONE;

    if (!about.len)
        return out;
    jo_object(&j);
    jo_kv(&j, "about", jo_text, about);
    jo_end_object(&j);
    out = arena_text(m->mem, buf_as_text(&raw));
    buf_fini(&raw);
    return out;
}

int meta_comment(struct meta_maker *m, const struct json_node *n, struct meta_made *made)
{
    const struct json_node *data = json_get(n, "data"), *list = json_get(n, "string_list_data");
    const struct json_node *map = json_get(n, "string_map_data"), *comment;
    struct event *ev = &made->ev;
    struct text about = string_of(m, n, "title"), author = NONE;

    begin_event(m, made, m->comments);
    comment = data && data->child ? json_get(data->child, "comment") : NULL;
    if (comment) {
        ev->text = string_of(m, comment, "comment");
        author = string_of(m, comment, "author");
        ev->sent_at = time_of(comment, "timestamp");
    } else if (list && list->child) {
        ev->text = string_of(m, list->child, "value");
        ev->sent_at = time_of(list->child, "timestamp");
    } else if (map) {
        from_string_map(m, map, ev, &about);
    }
    if (ev->sent_at == TIME_NONE)
        ev->sent_at = time_of(n, "timestamp");
    if (ev->sent_at == TIME_NONE)
        return -1;
    made->reason = SKIP_EMPTY;
    if (!ev->text.len)
        return -1;
    set_own(m, made, author);
    ev->detail = about_detail(m, about);
    return 0;
}

int meta_post(struct meta_maker *m, const struct json_node *n, struct meta_made *made)
{
    const struct json_node *data = json_get(n, "data"), *media = json_get(n, "media");
    struct event *ev = &made->ev;
    size_t most = count_children(media), count = 0;
    struct event_attachment *all = arena_array(m->mem, struct event_attachment, most + 1);

    begin_event(m, made, m->comments);
    ev->kind = EVENT_POST;
    ev->sent_at = time_of(n, "timestamp");
    if (ev->sent_at == TIME_NONE)
        ev->sent_at = time_of(n, "creation_timestamp");
    for (const struct json_node *c = data ? data->child : NULL; c && !ev->text.ptr; c = c->next)
        ev->text = string_of(m, c, "post");
    for (const struct json_node *c = media ? media->child : NULL; c; c = c->next) {
        add_file(m, c, type_of_name(json_get_text(c, "uri")), all, &count);
        if (ev->sent_at == TIME_NONE)
            ev->sent_at = time_of(c, "creation_timestamp");
        if (!ev->text.len && !data)
            ev->text = string_of(m, c, "title");
    }
    if (!data && json_get_text(n, "title").len)
        ev->text = string_of(m, n, "title");
    if (ev->sent_at == TIME_NONE)
        return -1;
    made->reason = SKIP_EMPTY;
    if (!ev->text.len && !count)
        return -1;
    ev->text = ev->text.ptr ? ev->text : TEXT("");
    ev->attachment_count = count;
    ev->attachments = count ? all : NULL;
    set_own(m, made, NONE);
    ev->thread.post = ev->id;
    return 0;
}

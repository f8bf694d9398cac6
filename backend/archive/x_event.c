/* Messages, posts and reactions of an X archive as events. */
#include "x_priv.h"

#include "csv_time.h"

#include "util/json_out.h"
#include "util/str.h"

#include <stdio.h>

#define NONE ((struct text){ NULL, 0 })

/* The archive writes &, < and > of a text as HTML does; nothing else. */
static struct text plain_text(struct text t, struct arena *mem)
{
    static const struct {
        struct text code;
        char c;
    } codes[] = { { TEXT_INIT("&amp;"), '&' }, { TEXT_INIT("&lt;"), '<' }, { TEXT_INIT("&gt;"), '>' } };
    char *out;
    size_t len = 0;

    if (!t.len || !memchr(t.ptr, '&', t.len))
        return t.ptr ? t : TEXT("");
    out = arena_alloc(mem, t.len + 1);
    while (t.len) {
        size_t used = 0;

        for (size_t i = 0; i < COUNT_OF(codes) && !used; i++)
            if (text_starts(t, codes[i].code)) {
                out[len++] = codes[i].c;
                used = codes[i].code.len;
            }
        if (!used) {
            out[len++] = *t.ptr;
            used = 1;
        }
        t = (struct text){ t.ptr + used, t.len - used };
    }
    return (struct text){ out, len };
}

/* "Sat Jun 01 01:05:00 +0000 2024" */
static time_us post_time(struct text t)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct text rest = t, weekday, month, day, clock, zone;
    struct csv_time old;
    char iso[40];
    time_us at;

    if (time_parse(t, &at) == 0)
        return at;
    /* "2012-01-31 23:59:59 +0000", of the oldest archives */
    old = csv_time_parse(t);
    if (old.kind == CSV_TIME_INSTANT)
        return old.at;
    if (!str_split(&rest, ' ', &weekday) || !str_split(&rest, ' ', &month) || !str_split(&rest, ' ', &day) ||
        !str_split(&rest, ' ', &clock) || !str_split(&rest, ' ', &zone) || month.len != 3 || day.len != 2 ||
        clock.len != 8 || zone.len != 5 || rest.len != 4)
        return TIME_NONE;
    for (int i = 0; i < 12; i++)
        if (memcmp(months + (size_t)i * 3, month.ptr, 3) == 0) {
            int n = snprintf(iso, sizeof(iso), "%.4s-%02d-%.2sT%.8s%.5s", rest.ptr, i + 1, day.ptr, clock.ptr, zone.ptr);

            return n > 0 && time_parse((struct text){ iso, (size_t)n }, &at) == 0 ? at : TIME_NONE;
        }
    return TIME_NONE;
}

static time_us time_of(const struct json_node *n, const char *key)
{
    struct text t = json_get_text(n, key);

    return t.len ? post_time(t) : TIME_NONE;
}

static struct text raw_json(const struct json_node *n, struct arena *mem)
{
    struct buf out = BUF_INIT(4u * 1024 * 1024);
    struct json_out j = json_out(&out);
    struct text t = NONE;

    if (!n || !n->child || json_node_depth(n) >= JSON_OUT_DEPTH)
        return t;
    json_node_write(&j, n);
    if (!out.failed)
        t = arena_text(mem, buf_as_text(&out));
    buf_fini(&out);
    return t;
}

static enum attachment_type media_type(struct text url)
{
    return str_find(url, TEXT("video")) || str_find(url, TEXT(".mp4")) ? ATTACHMENT_VIDEO : ATTACHMENT_IMAGE;
}

static size_t count_children(const struct json_node *n)
{
    size_t count = 0;

    for (const struct json_node *c = n ? n->child : NULL; c; c = c->next)
        count++;
    return count;
}

/* List of addresses, or of objects that hold one under this key. */
static void set_media(struct event *ev, const struct json_node *list, const char *key, struct arena *mem)
{
    size_t count = count_children(list);
    struct event_attachment *all;

    if (!count)
        return;
    all = arena_array(mem, struct event_attachment, count);
    for (const struct json_node *c = list->child; c; c = c->next) {
        struct text url = c->kind == PULL_STRING ? c->value : json_get_text(c, key);

        if (url.len)
            all[ev->attachment_count++] =
                (struct event_attachment){ .type = media_type(url), .size = -1, .url = url };
    }
    ev->attachments = ev->attachment_count ? all : NULL;
}

static void set_side(struct event *ev, struct text recipient, const struct x_self *self)
{
    if (!self->id.len || (!ev->author.id.len && !recipient.len))
        return;
    if (ev->author.id.len)
        ev->direction = text_equal(ev->author.id, self->id) ? DIRECTION_OUT : DIRECTION_IN;
    else
        ev->direction = text_equal(recipient, self->id) ? DIRECTION_IN : DIRECTION_OUT;
    ev->sender_kind = ev->direction == DIRECTION_OUT ? SENDER_AGENT : SENDER_CUSTOMER;
    if (ev->direction == DIRECTION_OUT) {
        ev->author.name = self->name;
        ev->author.username = self->username;
    }
}

static struct text emoji_of(struct text key)
{
    static const struct {
        const char *key;
        struct text emoji;
    } known[] = {
        { "like", TEXT_INIT("\xe2\x9d\xa4") },          { "funny", TEXT_INIT("\xf0\x9f\x98\x82") },
        { "surprised", TEXT_INIT("\xf0\x9f\x98\xb2") }, { "sad", TEXT_INIT("\xf0\x9f\x98\xa2") },
        { "excited", TEXT_INIT("\xf0\x9f\x94\xa5") },   { "agree", TEXT_INIT("\xf0\x9f\x91\x8d") },
        { "disagree", TEXT_INIT("\xf0\x9f\x91\x8e") },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (text_equal(key, text_of(known[i].key)))
            return known[i].emoji;
    return key;
}

static void add_reactions(const struct json_node *create, const struct x_self *self, struct x_made *made)
{
    const struct json_node *list = json_get(create, "reactions");

    for (const struct json_node *c = list ? list->child : NULL; c && made->reaction_count < X_REACTIONS; c = c->next) {
        struct event *ev = &made->reactions[made->reaction_count];

        event_init(ev);
        ev->kind = EVENT_REACTION;
        ev->platform = PLATFORM_X;
        ev->channel = self->id;
        ev->device = DEVICE_IMPORT;
        ev->thread = made->ev.thread;
        ev->target = made->ev.id;
        ev->id = json_get_text(c, "eventId");
        ev->author.id = json_get_text(c, "senderId");
        ev->text = emoji_of(json_get_text(c, "reactionKey"));
        ev->sent_at = time_of(c, "createdAt");
        if (ev->sent_at == TIME_NONE)
            ev->sent_at = made->ev.sent_at;
        set_side(ev, NONE, self);
        made->reaction_count += ev->text.len > 0 && ev->author.id.len > 0;
    }
}

/* "A-B" as the archive writes it: the smaller number first. */
static struct text pair_of(struct text a, struct text b, struct arena *mem)
{
    bool ordered = a.len != b.len ? a.len < b.len : memcmp(a.ptr, b.ptr, a.len) <= 0;
    struct text first = ordered ? a : b, second = ordered ? b : a;

    return text_of(arena_printf(mem, "%.*s-%.*s", (int)first.len, first.ptr, (int)second.len, second.ptr));
}

/* Somebody joined, left, named the group. */
static int notice(const struct json_node *n, struct arena *mem, struct x_made *made)
{
    static const char *const kinds[] = { "joinConversation", "participantsJoin", "participantsLeave",
                                         "conversationNameUpdate" };
    struct event *ev = &made->ev;

    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        const struct json_node *what = json_get(n, kinds[i]);

        if (!what)
            continue;
        ev->sent_at = time_of(what, "createdAt");
        if (ev->sent_at == TIME_NONE || !ev->thread.id.len) {
            made->reason = SKIP_NO_TIME;
            return -1;
        }
        ev->id = text_of(arena_printf(mem, "%.*s/%s/%lld", (int)ev->thread.id.len, ev->thread.id.ptr, kinds[i],
                                      (long long)ev->sent_at));
        ev->direction = DIRECTION_SYSTEM;
        ev->sender_kind = SENDER_SYSTEM;
        ev->author.id = json_get_text(what, "initiatingUserId");
        ev->text = plain_text(json_get_text(what, "name"), mem);
        ev->detail = text_of(arena_printf(mem, "{\"notice\":\"%s\"}", kinds[i]));
        return 0;
    }
    made->reason = SKIP_UNSUPPORTED;
    return -1;
}

static void begin_event(struct x_made *made, const struct x_self *self)
{
    made->reaction_count = 0;
    made->recipient = NONE;
    made->reason = SKIP_UNSUPPORTED;
    event_init(&made->ev);
    made->ev.platform = PLATFORM_X;
    made->ev.channel = self->id;
    made->ev.device = DEVICE_IMPORT;
    made->ev.thread.present = true;
}

int x_message(const struct json_node *n, struct text conversation, bool is_group, const struct x_self *self,
              struct arena *mem, struct x_made *made)
{
    const struct json_node *create = json_get(n, "messageCreate"), *edits;
    struct event *ev = &made->ev;

    begin_event(made, self);
    ev->thread.type = is_group || (conversation.len && !memchr(conversation.ptr, '-', conversation.len)) ? THREAD_GROUP
                                                                                                       : THREAD_DIRECT;
    ev->thread.id = conversation;
    if (!create)
        return notice(n, mem, made);
    ev->id = json_get_text(create, "id");
    ev->author.id = json_get_text(create, "senderId");
    made->recipient = json_get_text(create, "recipientId");
    ev->sent_at = time_of(create, "createdAt");
    if (!ev->id.len)
        return -1;
    if (ev->sent_at == TIME_NONE) {
        made->reason = SKIP_NO_TIME;
        return -1;
    }
    if (!conversation.len && ev->author.id.len && made->recipient.len)
        ev->thread.id = pair_of(ev->author.id, made->recipient, mem);
    if (!ev->thread.id.len)
        return -1;
    set_side(ev, made->recipient, self);
    ev->text = plain_text(json_get_text(create, "text"), mem);
    ev->entities = raw_json(json_get(create, "urls"), mem);
    set_media(ev, json_get(create, "mediaUrls"), "url", mem);
    edits = json_get(create, "editHistory");
    if (edits && edits->child)
        ev->detail = TEXT("{\"edited\":true}");
    add_reactions(create, self, made);
    return 0;
}

static int note(const struct json_node *n, struct arena *mem, struct event *ev)
{
    const struct json_node *core = json_get(n, "core");
    struct text id = json_get_text(n, "noteTweetId");

    if (!id.len)
        return -1;
    ev->id = text_of(arena_printf(mem, "note/%.*s", (int)id.len, id.ptr));
    ev->sent_at = time_of(n, "createdAt");
    ev->text = plain_text(json_get_text(core, "text"), mem);
    return 0;
}

int x_post(const struct json_node *n, bool is_note, const struct x_self *self, struct arena *mem, struct x_made *made)
{
    const struct json_node *post = json_get(n, is_note ? "noteTweet" : "tweet"), *media;
    struct event *ev = &made->ev;
    struct text answered;

    begin_event(made, self);
    post = post ? post : n;
    if (is_note) {
        if (note(post, mem, ev))
            return -1;
    } else {
        ev->id = json_get_text(post, "id_str");
        ev->sent_at = time_of(post, "created_at");
        ev->text = json_get_text(post, "full_text");
        ev->text = plain_text(ev->text.ptr ? ev->text : json_get_text(post, "text"), mem);
    }
    ev->id = ev->id.len ? ev->id : json_get_text(post, "id");
    if (!ev->id.len)
        return -1;
    if (ev->sent_at == TIME_NONE) {
        made->reason = SKIP_NO_TIME;
        return -1;
    }
    answered = json_get_text(post, "in_reply_to_status_id_str");
    ev->kind = answered.len ? EVENT_MESSAGE : EVENT_POST;
    ev->thread.type = THREAD_COMMENT;
    ev->thread.id = answered.len ? answered : ev->id;
    ev->thread.post = answered.len ? answered : ev->id;
    ev->reply_to = answered.len ? answered : NONE;
    ev->direction = DIRECTION_OUT;
    ev->sender_kind = SENDER_AGENT;
    ev->author = (struct event_author){ .id = self->id, .name = self->name, .username = self->username };
    media = json_get(json_get(post, "extended_entities"), "media");
    set_media(ev, media ? media : json_get(json_get(post, "entities"), "media"), "media_url_https", mem);
    return 0;
}

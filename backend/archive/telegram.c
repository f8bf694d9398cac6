/* Reader of Telegram Desktop's result.json, one chat or a whole account: a walk over the tokens that keeps one message
 * at a time (exports.md 2). */
#include "telegram_priv.h"

#include "util/str.h"

#define STRING_MAX  (1024u * 1024)
#define MESSAGE_MAX (16u * 1024 * 1024)
#define LEVELS      8

/* What the open object or array is. */
enum place { PLACE_CHAT, PLACE_PERSONAL, PLACE_CHATS, PLACE_LIST, PLACE_MESSAGES };

struct tg {
    struct reader base;
    struct json_pull *pull;
    struct json_tree message;         /* the one being built */
    struct arena *chat_mem;
    enum place places[LEVELS];
    unsigned depth;
    enum tg_key { KEY_OTHER, KEY_NAME, KEY_TYPE, KEY_ID, KEY_MESSAGES, KEY_PERSONAL, KEY_CHATS, KEY_LIST, KEY_USER_ID } key;
    bool is_skipping, is_done;
    long message_line;
    struct tg_chat chat;
    struct tg_self self;
    bool has_chats;                   /* something that can hold messages was found */
};

static void set_key(struct tg *t, struct text key)
{
    static const struct {
        const char *word;
        enum tg_key key;
    } keys[] = {
        { "name", KEY_NAME },   { "type", KEY_TYPE },           { "id", KEY_ID },
        { "chats", KEY_CHATS }, { "messages", KEY_MESSAGES },   { "personal_information", KEY_PERSONAL },
        { "list", KEY_LIST },   { "left_chats", KEY_CHATS },    { "user_id", KEY_USER_ID },
    };

    t->key = KEY_OTHER;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (text_equal(key, text_of(keys[i].word)))
            t->key = keys[i].key;
}

/* ---- a message ---- */

static int end_message(struct tg *t, const struct json_node *m, struct fail *why)
{
    struct archive_summary *s = &t->base.summary;
    struct event ev;

    if (t->message.is_too_long) {
        reader_skip(&t->base, SKIP_TOO_LONG, t->message_line);
        return 0;
    }
    switch (tg_message(m, &t->chat, &t->self, t->base.options.zone, t->message.mem, &ev)) {
    case TG_BAD:
        return fail_line(why, FAIL_BAD_FILE, t->message_line,
                         t->chat.id.len ? "a message has no id" : "a chat has no id before its messages");
    case TG_NO_TIME:
        reader_skip(&t->base, SKIP_NO_TIME, t->message_line);
        return 0;
    case TG_UNSUPPORTED:
        reader_skip(&t->base, SKIP_UNSUPPORTED, t->message_line);
        return 0;
    case TG_EVENT:
        break;
    }
    s->is_group |= ev.thread.type == THREAD_GROUP;
    if (ev.author.name.ptr && ev.direction != DIRECTION_SYSTEM)
        reader_count_author(&t->base, ev.author.name, 1);
    if (ev.direction == DIRECTION_OUT && !s->self.ptr && ev.author.name.ptr) {
        s->self = arena_text(t->base.mem, ev.author.name);
        s->self_sure = true;
    }
    return reader_emit(&t->base, &ev, why);
}

static int message_token(struct tg *t, enum pull_token token, struct fail *why)
{
    enum json_tree_step step = json_tree_take(&t->message, t->pull, token);

    t->is_skipping = step == TREE_SKIP;
    return step == TREE_DONE ? end_message(t, t->message.open[0], why) : 0;
}

static void begin_message(struct tg *t)
{
    t->message_line = json_pull_line(t->pull);
    json_tree_begin(&t->message, PULL_OBJECT);
}

/* ---- around the messages ---- */

static void begin_chat(struct tg *t)
{
    arena_reset(t->chat_mem);
    t->chat = (struct tg_chat){ .id = { NULL, 0 } };
}

static int push(struct tg *t, enum place place)
{
    t->places[t->depth++] = place;
    if (place == PLACE_CHAT)
        begin_chat(t);
    t->has_chats |= place == PLACE_MESSAGES || place == PLACE_CHATS;
    return 0;
}

/* Goes into what may hold messages, past everything else. */
static int open_value(struct tg *t, bool is_object, struct fail *why)
{
    enum place here;

    if (t->depth == 0)
        return is_object ? push(t, PLACE_CHAT) : fail_line(why, FAIL_BAD_FILE, 1, "not a Telegram export");
    here = t->places[t->depth - 1];
    if (here == PLACE_MESSAGES && is_object)
        begin_message(t);
    else if (here == PLACE_CHAT && t->key == KEY_MESSAGES && !is_object)
        push(t, PLACE_MESSAGES);
    else if (here == PLACE_CHAT && t->depth == 1 && t->key == KEY_PERSONAL && is_object)
        push(t, PLACE_PERSONAL);
    else if (here == PLACE_CHAT && t->depth == 1 && t->key == KEY_CHATS && is_object)
        push(t, PLACE_CHATS);
    else if (here == PLACE_CHATS && t->key == KEY_LIST && !is_object)
        push(t, PLACE_LIST);
    else if (here == PLACE_LIST && is_object)
        push(t, PLACE_CHAT);
    else
        t->is_skipping = true;
    t->key = KEY_OTHER;
    return 0;
}

static void scalar(struct tg *t, enum pull_token token)
{
    enum place here = t->depth ? t->places[t->depth - 1] : PLACE_LIST;
    struct text v = json_pull_value(t->pull);

    if (token != PULL_STRING && token != PULL_NUMBER)
        return;
    if (here == PLACE_PERSONAL && t->key == KEY_USER_ID && !t->base.options.self.ptr)
        t->self.id = arena_text(t->base.mem, v);
    if (here != PLACE_CHAT)
        return;
    if (t->key == KEY_NAME)
        t->chat.name = arena_text(t->chat_mem, v);
    else if (t->key == KEY_TYPE)
        t->chat.type = arena_text(t->chat_mem, v);
    else if (t->key == KEY_ID)
        t->chat.id = arena_text(t->chat_mem, v);
    if (t->key == KEY_NAME && t->depth == 1)
        t->base.summary.title = arena_text(t->base.mem, v);
}

static int outer_token(struct tg *t, enum pull_token token, struct fail *why)
{
    switch ((int)token) {
    case PULL_OBJECT:
    case PULL_ARRAY:
        return open_value(t, token == PULL_OBJECT, why);
    case PULL_OBJECT_END:
    case PULL_ARRAY_END:
        t->depth -= t->depth > 0;
        return 0;
    case PULL_KEY:
        set_key(t, json_pull_value(t->pull));
        return 0;
    default:
        scalar(t, token);
        t->key = KEY_OTHER;
        return 0;
    }
}

/* ---- the reader ---- */

static int walk(struct tg *t, struct fail *why)
{
    for (;;) {
        enum pull_token token = t->is_skipping ? json_pull_skip(t->pull) : json_pull_next(t->pull);

        if (token == PULL_MORE)
            return 0;
        if (token == PULL_BAD) {
            json_pull_why(t->pull, why);
            why->code = FAIL_BAD_FILE;
            return -1;
        }
        if (t->is_skipping) {
            t->is_skipping = false;
            continue;
        }
        if (token == PULL_END) {
            t->is_done = true;
            return 0;
        }
        if (t->message.depth ? message_token(t, token, why) : outer_token(t, token, why))
            return -1;
    }
}

/* --self as an id or as a name. */
static void take_self(struct tg *t)
{
    struct text given = t->base.options.self;
    int64_t n;

    if (!given.ptr || t->self.id.ptr || t->self.name.ptr)
        return;
    if (str_whole_i64(tg_user_id(given), &n, 0, INT64_MAX) == 0)
        t->self.id = tg_user_id(given);
    else
        t->self.name = given;
    t->base.summary.self = given;
    t->base.summary.self_sure = true;
}

static int telegram_feed(struct reader *r, struct text piece, struct fail *why)
{
    struct tg *t = (struct tg *)r;

    take_self(t);
    json_pull_feed(t->pull, piece);
    return walk(t, why);
}

static int telegram_end_pass(struct reader *r, struct fail *why)
{
    struct tg *t = (struct tg *)r;

    json_pull_feed(t->pull, (struct text){ NULL, 0 });
    if (walk(t, why))
        return -1;
    if (!t->is_done)
        return fail_line(why, FAIL_BAD_FILE, json_pull_line(t->pull), "the file ends in the middle");
    if (!t->has_chats)
        return fail_line(why, FAIL_BAD_FILE, 1, "no Telegram chat in this file");
    return 0;
}

static void telegram_free(struct reader *r)
{
    struct tg *t = (struct tg *)r;

    json_pull_free(t->pull);
    arena_free(t->message.mem);
    arena_free(t->chat_mem);
}

struct reader *telegram_reader_new(struct arena *mem)
{
    static const struct reader_ops ops = { 1, telegram_feed, telegram_end_pass, telegram_free, NULL };
    struct tg *t = arena_new_of(mem, struct tg);

    t->base.ops = &ops;
    t->pull = json_pull_new(STRING_MAX);
    t->message = (struct json_tree){ .mem = arena_new(0), .max = MESSAGE_MAX };
    t->chat_mem = arena_new(0);
    return &t->base;
}

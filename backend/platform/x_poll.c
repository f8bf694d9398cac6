/* Polling: one call an operation, for what is due. The cursor is {"m":{…},"d":{…},"p":{…},"n":{…},"a":{…}}, a member
 * for each list: "since" the newest id that is stored, "token" and "newest" while its pages are being read, "next" the
 * second in which it is due. A list's "since" moves only when its last page is here. */
#include "x_priv.h"

#include "util/str.h"

#define REFUSED_PAUSE_S (6 * 3600)
#define TOKEN_MAX       400

struct list {
    const char *key, *page;
    int pause_s;
    enum x_price price;
    bool has_since; /* the API takes since_id */
    bool has_pages;
};

/* The first is due first. Direct messages may be asked for 15 times in 15 minutes. */
static const struct list lists[] = {
    { "m", "mentions", 60, X_PRICE_OWN_READ, true, true },
    { "d", "direct", 75, X_PRICE_DIRECT_READ, false, true },
    { "p", "posts", 600, X_PRICE_OWN_READ, true, true },
    { "n", "numbers", 86400, X_PRICE_OWN_READ, false, false },
    { "a", "account", 86400, X_PRICE_USER_READ, false, false },
};
#define LIST_COUNT COUNT_OF(lists)

static const struct text nothing = { NULL, 0 };

static json_t *cursor_of(const struct op *op)
{
    json_t *cursor = op->cursor.len ? json_loadb(op->cursor.ptr, op->cursor.len, 0, NULL) : NULL;

    if (!json_is_object(cursor)) {
        json_decref(cursor);
        cursor = json_object();
    }
    for (size_t i = 0; i < LIST_COUNT; i++)
        if (!json_is_object(json_object_get(cursor, lists[i].key)))
            json_object_set_new(cursor, lists[i].key, json_object());
    return cursor;
}

static time_us due_at(const json_t *cursor, size_t i)
{
    int64_t next = payload_number(json_object_get(cursor, lists[i].key), "next", 0);

    return next > 0 && next < INT64_C(1) << 40 ? next * US_PER_S : 0;
}

/* Where the cursor goes, and when the next call is due. */
static void conclude(const json_t *cursor, time_us now, struct arena *mem, struct step *out)
{
    time_us first = due_at(cursor, 0);

    for (size_t i = 1; i < LIST_COUNT; i++)
        if (due_at(cursor, i) < first)
            first = due_at(cursor, i);
    out->cursor = payload_dump(mem, cursor);
    out->is_last = first > now;
    out->until = first > now ? first : TIME_NONE;
}

static const char *since_of(const struct list *l, const json_t *at, struct arena *mem)
{
    struct text since = payload_text(at, "since");

    return l->has_since && x_is_id(since) ? x_parameter(mem, "since_id", since) : "";
}

static const char *path_of(const struct op *op, const struct list *l, const json_t *at, struct arena *mem)
{
    struct text us = op->channel->external_id, token = payload_text(at, "token");
    const char *more = token.len ? x_parameter(mem, "pagination_token", token) : "";
    int len = (int)us.len;

    switch (l->key[0]) {
    case 'm':
        return arena_printf(mem, "/2/users/%.*s/mentions?max_results=100%s%s%s", len, us.ptr, since_of(l, at, mem),
                            x_post_fields(op, mem), more);
    case 'p':
        return arena_printf(mem, "/2/users/%.*s/tweets?max_results=100%s%s%s", len, us.ptr, since_of(l, at, mem),
                            x_post_fields(op, mem), more);
    case 'n':
        return arena_printf(mem, "/2/users/%.*s/tweets?max_results=50&exclude=replies,retweets%s", len, us.ptr,
                            x_post_fields(op, mem));
    case 'd':
        return arena_printf(mem,
                            "/2/dm_events?max_results=100&event_types=MessageCreate,ParticipantsJoin,"
                            "ParticipantsLeave%s%s",
                            x_direct_fields(op, mem), more);
    default:
        return "/2/users/me?user.fields=public_metrics,profile_image_url,username,name,description";
    }
}

int x_poll_begin(const struct op *op, struct step_state *state, time_us now, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *cursor = cursor_of(op);

    if (!x_is_id(op->channel->external_id))
        return x_result(out, OUTCOME_PERMANENT, "account_missing", nothing);
    for (size_t i = 0; i < LIST_COUNT; i++)
        if (due_at(cursor, i) <= now) {
            if (!x_may_spend(op, 1, now, out))
                return 0;
            state->stage = (int)i + 1;
            return x_call(op, mem, "GET", path_of(op, &lists[i], json_object_get(cursor, lists[i].key), mem), NULL,
                          out);
        }
    (void)x_result(out, OUTCOME_OK, NULL, nothing);
    conclude(cursor, now, mem, out);
    return 0;
}

int x_page_cost(const struct op *op, const json_t *root, enum x_price item)
{
    const json_t *data = json_object_get(root, "data"), *includes = json_object_get(root, "includes");
    size_t items = json_is_object(data) ? 1 : json_array_size(data),
           users = json_array_size(json_object_get(includes, "users"));

    items = items < 1000 ? items : 1000;
    users = users < 1000 ? users : 1000;
    return (int)items * x_price(op, item) + (int)users * x_price(op, X_PRICE_USER_READ);
}

/* The newest id of a page, and whether one that was known before is in it. */
static struct text newest_of(struct arena *mem, const json_t *root, struct text known, bool *is_met)
{
    const json_t *data = json_object_get(root, "data"), *item;
    struct text newest = nothing;
    size_t at;

    *is_met = false;
    json_array_foreach(data, at, item)
    {
        struct text id = payload_id(mem, item, "id");

        if (!x_is_id(id))
            continue;
        if (!newest.len || x_compare_ids(id, newest) > 0)
            newest = id;
        *is_met = *is_met || (known.len && x_compare_ids(id, known) <= 0);
    }
    return newest;
}

/* A list whose first page this is goes no further back: what is older is for BACKFILL. */
static void move_on(const struct list *l, json_t *at, const json_t *root, time_us now, time_us shut, struct arena *mem)
{
    struct text since = payload_text(at, "since"), kept = payload_text(at, "newest");
    struct text token = payload_text(json_object_get(root, "meta"), "next_token");
    time_us next = now + l->pause_s * US_PER_S;
    bool is_met;
    struct text newest = newest_of(mem, root, since, &is_met);

    if (kept.len && (!newest.len || x_compare_ids(kept, newest) > 0))
        newest = kept;
    newest = arena_text(mem, newest);
    if (l->has_pages && token.len && token.len <= TOKEN_MAX && since.len && !is_met) {
        json_object_set_new(at, "token", json_stringn(token.ptr, token.len));
        x_set_word(at, "newest", newest);
        next = 0;
    } else {
        json_object_del(at, "token");
        json_object_del(at, "newest");
        if (l->has_pages && newest.len && (!since.len || x_compare_ids(newest, since) > 0))
            x_set_word(at, "since", newest);
    }
    if (shut != TIME_NONE && shut > next)
        next = shut;
    json_object_set_new(at, "next", json_integer((next + US_PER_S - 1) / US_PER_S));
}

/* Something of ours the API no longer takes: an id too old, a page gone. Without it the list is read from its top; what
 * comes twice is merged. */
static bool forget_place(json_t *at)
{
    bool had = json_object_get(at, "token") || json_object_get(at, "since");

    if (json_object_get(at, "token")) {
        json_object_del(at, "token");
        json_object_del(at, "newest");
    } else {
        json_object_del(at, "since");
    }
    return had;
}

static int not_read(size_t i, json_t *cursor, const struct http_reply *reply, time_us now, struct arena *mem,
                    struct step *out)
{
    json_t *at = json_object_get(cursor, lists[i].key);

    if (reply->status == 400 && forget_place(at)) {
        (void)x_result(out, OUTCOME_OK, NULL, nothing);
    } else if (out->outcome == OUTCOME_PERMANENT && i > 0) {
        /* one list that may not be read keeps no other waiting; why_code tells */
        json_object_set_new(at, "next", json_integer(now / US_PER_S + REFUSED_PAUSE_S));
        out->outcome = OUTCOME_OK;
    } else {
        return 0;
    }
    conclude(cursor, now, mem, out);
    return 0;
}

int x_poll_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out)
{
    size_t i = state->stage > 0 && state->stage <= (int)LIST_COUNT ? (size_t)state->stage - 1 : 0;
    AUTO(json) json_t *cursor = cursor_of(op), *root = NULL;

    if (!x_answer(reply, false, now, mem, &root, out))
        return not_read(i, cursor, reply, now, mem, out);
    out->cost = x_page_cost(op, root, lists[i].price);
    if (json_object_get(root, "data"))
        out->page = x_page(mem, op, lists[i].page, now, reply->body);
    move_on(&lists[i], json_object_get(cursor, lists[i].key), root, now, x_window_end(reply, now, false), mem);
    conclude(cursor, now, mem, out);
    return 0;
}

/* ---- what was before ---- */

static const struct {
    const char *page, *path;
    enum x_price price;
    int pages_max;
} parts[] = {
    { "mentions", "mentions", X_PRICE_OWN_READ, 10 }, /* 800 are kept */
    { "posts", "tweets", X_PRICE_OWN_READ, 10 },
    { "direct", NULL, X_PRICE_DIRECT_READ, 1000 }, /* of the last 30 days */
};

struct place {
    size_t part;
    int64_t pages;
    struct text token;
};

static struct place place_of(const json_t *cursor)
{
    int64_t part = payload_number(cursor, "part", 0);

    return (struct place) {
        .part = part >= 0 && part < (int64_t)COUNT_OF(parts) ? (size_t)part : 0,
        .pages = payload_number(cursor, "pages", 0),
        .token = payload_text(cursor, "token"),
    };
}

int x_backfill_begin(const struct op *op, time_us now, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *cursor = op->cursor.len ? json_loadb(op->cursor.ptr, op->cursor.len, 0, NULL) : NULL;
    struct text us = op->channel->external_id;
    struct place at = place_of(cursor);
    const char *more = at.token.len ? x_parameter(mem, "pagination_token", at.token) : "";

    if (!x_is_id(us))
        return x_result(out, OUTCOME_PERMANENT, "account_missing", nothing);
    if (!x_may_spend(op, 1, now, out))
        return 0;
    if (!parts[at.part].path)
        return x_call(op, mem, "GET",
                      arena_printf(mem,
                                   "/2/dm_events?max_results=100&event_types=MessageCreate,ParticipantsJoin,"
                                   "ParticipantsLeave%s%s",
                                   x_direct_fields(op, mem), more),
                      NULL, out);
    return x_call(op, mem, "GET",
                  arena_printf(mem, "/2/users/%.*s/%s?max_results=100%s%s", (int)us.len, us.ptr, parts[at.part].path,
                               x_post_fields(op, mem), more),
                  NULL, out);
}

static void set_place(struct place at, struct arena *mem, struct step *out)
{
    AUTO(json) json_t *cursor = json_pack("{s:I,s:I}", "part", (json_int_t)at.part, "pages", (json_int_t)at.pages);

    x_set_word(cursor, "token", at.token);
    out->is_last = at.part >= COUNT_OF(parts);
    out->cursor = payload_dump(mem, cursor);
}

int x_backfill_end(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                   struct step *out)
{
    AUTO(json) json_t *cursor = op->cursor.len ? json_loadb(op->cursor.ptr, op->cursor.len, 0, NULL) : NULL;
    AUTO(json) json_t *root = NULL;
    struct place at = place_of(cursor);
    struct text token;

    if (!x_answer(reply, false, now, mem, &root, out)) {
        if (out->outcome != OUTCOME_PERMANENT)
            return 0;
        /* this part is not to be had, the others may be; why_code tells */
        out->outcome = OUTCOME_OK;
        set_place((struct place) { .part = at.part + 1 }, mem, out);
        return 0;
    }
    out->cost = x_page_cost(op, root, parts[at.part].price);
    if (json_object_get(root, "data"))
        out->page = x_page(mem, op, parts[at.part].page, now, reply->body);
    token = payload_text(json_object_get(root, "meta"), "next_token");
    if (token.len && token.len <= TOKEN_MAX && at.pages + 1 < parts[at.part].pages_max)
        at = (struct place) { .part = at.part, .pages = at.pages + 1, .token = token };
    else
        at = (struct place) { .part = at.part + 1 };
    set_place(at, mem, out);
    return 0;
}

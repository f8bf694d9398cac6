/* What the files of the X connector share.
 *
 * Names. A post is named by the first id of its edit history, which never changes; a thread of comments by its
 * conversation_id (the root post), else by the post that is answered, since the older webhooks tell no root. A direct
 * conversation is "SMALLER-LARGER" of the two users' ids in the order of numbers, a group one number. The account's own
 * numbers are a post named like the account, outside any strand.
 *
 * A page that step makes is {"page":KIND,"channel":ID,"at":TIME,"answer":{…}} around the platform's own answer. parse
 * takes it, every raw answer of API v2, the X Activity API's envelope, the Account Activity API's bodies and v1.1
 * objects, with the names of posts or of tweets.
 *
 * The channel's state, all optional: {"quota":{"limit":N,"day":N,"used":N},"prices":{…},"naming":"post",
 * "consumer_key":TEXT}. Money is in thousandths of a US dollar, days are those of UTC since 1970; whoever adds up
 * step.cost keeps "day" and "used"; without "limit" nothing is held back. "prices" has the words of x_price_words.
 * "naming" is the word in the parameters' names (spec 2.167). With "consumer_key" webhooks can be set. */
#ifndef TANGGAP_PLATFORM_X_PRIV_H
#define TANGGAP_PLATFORM_X_PRIV_H

#include "payload.h"

#define X_POST_UNITS   280
#define X_DIRECT_UNITS 10000
#define X_IMAGE_MAX    (INT64_C(5) << 20)
#define X_GIF_MAX      (INT64_C(15) << 20)
#define X_VIDEO_MAX    (INT64_C(512) << 20)

/* ---- words and numbers ---- */

/* Three entities are all that X writes; each is read once. */
struct text x_plain(struct arena *mem, struct text escaped);
/* X's own count: most Latin letters 1, others and emoji 2, any address 23. */
size_t x_weight(struct text t);
bool x_has_address(struct text t);
struct text x_part(struct text whole, unsigned n, unsigned *count);
struct text x_part_direct(struct text whole, unsigned n, unsigned *count);
/* Decimal numbers of any length, in their order; leading zeros do not count. */
int x_compare_ids(struct text a, struct text b);
bool x_is_id(struct text id);
/* "B-A" → "A-B"; anything else as it is. */
struct text x_conversation(struct arena *mem, struct text id);
/* The conversation of two users; absent where one is not told. */
struct text x_conversation_of(struct arena *mem, struct text a, struct text b);
/* The other one of "A-B"; absent where `us` is neither. */
struct text x_other(struct text conversation, struct text us);
/* When an id was made: ids since 2010 begin with the millisecond. False: too old, or no id. */
bool x_id_time(struct text id, time_us *out);
/* created_at of either API, created_timestamp or timestamp_ms. */
bool x_moment(const json_t *object, time_us *out);
/* KEY_str, which is exact, else KEY. */
struct text x_id(struct arena *mem, const json_t *object, const char *key);
static inline struct text x_first(struct text a, struct text b)
{
    return a.len ? a : b;
}

/* ---- parse ---- */

struct x_parse {
    const struct channel_facts *facts;
    struct arena *mem;
    event_sink *sink;
    void *arg;
    /* of the body we are in */
    struct text channel; /* the business account, as far as the body or the facts tell */
    time_us at;
    json_t *users, *media, *posts, *polls; /* by id: what the body tells beside its items */
    json_t *parents;                       /* ids of posts that the body's items answer */
    bool is_profile;
    unsigned depth;
};

int x_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                 struct fail *why);
int x_emit(struct x_parse *p, struct event *ev, json_t *detail);
int x_unsupported(struct x_parse *p, struct text type, const json_t *value);
/* A user object, wrapped or not; by id from what the body tells beside. */
const json_t *x_unwrap(const json_t *object);
const json_t *x_user(struct x_parse *p, struct text id);
struct event_author x_author(struct x_parse *p, const json_t *user, struct text id);
void x_set_side(struct x_parse *p, struct text author, struct event *ev);
void x_set_word(json_t *object, const char *key, struct text t);

int x_on_post(struct x_parse *p, const json_t *post);
/* A post that stands beside the body's own: told where it is ours or answered by one of them. */
int x_on_context(struct x_parse *p, const json_t *post);
void x_note_parent(struct x_parse *p, const json_t *post);
/* Id, conversation of whatever post object. */
struct text x_post_key(struct x_parse *p, const json_t *post);
struct event_thread x_post_thread(struct x_parse *p, const json_t *post);
void x_post_content(struct x_parse *p, const json_t *post, struct event *ev, json_t *detail);
void x_media_one(struct x_parse *p, const json_t *media, struct event *ev);
void x_links(struct x_parse *p, const json_t *entities, struct event *ev);
void x_media_keys(struct x_parse *p, const json_t *attachments, struct event *ev);

int x_on_direct(struct x_parse *p, const json_t *event); /* either API's */
int x_on_typing(struct x_parse *p, const json_t *event);
int x_on_read(struct x_parse *p, const json_t *event);
int x_on_activity(struct x_parse *p, const json_t *body); /* Account Activity: an array for each kind */
int x_on_envelope(struct x_parse *p, const json_t *envelope, const json_t *beside); /* X Activity */
void x_note_beside(struct x_parse *p, const json_t *includes);
int x_on_page(struct x_parse *p, const json_t *page); /* {"data":…,"includes":…,"errors":…} */

/* ---- calls and answers ---- */

enum x_price {
    X_PRICE_POST_READ,
    X_PRICE_OWN_READ,
    X_PRICE_USER_READ,
    X_PRICE_DIRECT_READ,
    X_PRICE_POST,
    X_PRICE_POST_LINK,
    X_PRICE_DIRECT,
    X_PRICE_MANAGE,
    X_PRICE_COUNT,
};
extern const char *const x_price_words[X_PRICE_COUNT];
int x_price(const struct op *op, enum x_price what);
/* May this much still be spent today? If not, *out says until when. */
bool x_may_spend(const struct op *op, int cost, time_us now, struct step *out);
struct text x_spent(struct text state, int cost, time_us now, struct arena *mem);
int x_quota(const struct op *op, time_us now, struct arena *mem, struct step *out);

int x_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
           struct arena *mem, struct step *out, struct fail *why);
int x_result(struct step *out, enum outcome outcome, const char *code, struct text why);
/* path_and_query begins with "/2/"; body NULL: none; takes it. */
int x_call(const struct op *op, struct arena *mem, const char *method, const char *path_and_query, json_t *body,
           struct step *out);
/* The same with another token than the channel's. */
int x_call_with(const struct op *op, struct arena *mem, struct text token, const char *method,
                const char *path_and_query, json_t *body, struct step *out);
/* "&name=value", the value escaped. */
const char *x_parameter(struct arena *mem, const char *name, struct text value);
/* What is asked of posts and of direct messages, in the channel's naming: begins with '&'. */
const char *x_post_fields(const struct op *op, struct arena *mem);
const char *x_direct_fields(const struct op *op, struct arena *mem);
/* Reads an answer into out->outcome and its companions; `makes`: a second call would do a second thing. True: it is a
 * success, and *root (to be released) what it says. */
bool x_answer(const struct http_reply *reply, bool makes, time_us now, struct arena *mem, json_t **root,
              struct step *out);
bool x_token_answer(const struct http_reply *reply, struct arena *mem, json_t **root, struct step *out);
/* When the window of this call opens again, if its answer says that nothing is left in it; else TIME_NONE. */
time_us x_window_end(const struct http_reply *reply, time_us now, bool is_refused);
struct text x_page(struct arena *mem, const struct op *op, const char *kind, time_us now, struct text answer);
int x_token_call(const struct op *op, struct arena *mem, const char *path, struct text user, struct text secret,
                 const char *form, struct step *out);

/* What a send keeps between its calls, as texts in scratch. */
#define X_KEPT_AUTHOR 0  /* to whom a private answer goes */
#define X_KEPT_MEDIA  32 /* the upload's id */
#define X_KEPT_TOKEN  64 /* the next page's */
struct text x_kept(const struct step_state *state, size_t where);
bool x_keep(struct step_state *state, size_t where, size_t size, struct text t);

enum x_stage {
    X_STAGE_BEGIN,
    X_STAGE_AUTHOR,
    X_STAGE_UPLOAD,
    X_STAGE_START,
    X_STAGE_APPEND,
    X_STAGE_FINISH,
    X_STAGE_PROCESS,
    X_STAGE_CREATE,
    X_STAGE_DOUBLE,
    X_STAGE_LOOK,
    X_STAGE_BEARER,
    X_STAGE_HOOKS,
    X_STAGE_SUBSCRIPTIONS,
    X_STAGE_SET,
    X_STAGE_DROP,
    X_STAGE_SUBSCRIBE,
};

int x_send_begin(const struct op *op, struct step_state *state, time_us now, struct arena *mem, struct step *out);
int x_send_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out);
/* Does the message go to a person rather than under a post? */
bool x_is_direct(const struct op *op);
/* The author of the comment that a private answer goes to: asked, and kept. False: *out is filled. */
int x_author_call(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
bool x_author_kept(struct step_state *state, const struct http_reply *reply, time_us now, struct arena *mem,
                   struct step *out);
/* "/2/dm_conversations/…" of the conversation a message goes to; NULL: there is none such. */
const char *x_direct_path(const struct op *op, const struct step_state *state, struct arena *mem, const char *end);

/* False: no file that X takes; *out says why. */
bool x_upload_fits(const struct op *op, struct step *out);
int x_upload_begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
/* True: the upload is done and its id kept; false: *out is filled. */
bool x_upload_next(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                   struct arena *mem, struct step *out);

int x_look_begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
int x_look_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out);
/* The first page of our own posts, or of the conversation, since `after`. */
int x_look_call(const struct op *op, struct step_state *state, time_us after, struct arena *mem, struct step *out);
/* The page's item that says what op says, in the right place; NULL: none. */
const json_t *x_find_own(const struct op *op, const json_t *root, time_us after, struct arena *mem);
/* Two texts that X would show as one have one such form: no names in front, every address alike. */
struct text x_canonical(struct arena *mem, struct text t);

int x_poll_begin(const struct op *op, struct step_state *state, time_us now, struct arena *mem, struct step *out);
int x_poll_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out);
int x_backfill_begin(const struct op *op, time_us now, struct arena *mem, struct step *out);
int x_backfill_end(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                   struct step *out);
/* What a page cost. */
int x_page_cost(const struct op *op, const json_t *root, enum x_price item);

int x_hook_begin(const struct op *op, struct step_state *state, struct arena *mem, struct step *out);
int x_hook_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
               struct arena *mem, struct step *out);

#endif

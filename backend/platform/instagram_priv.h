/* What the files of the Instagram connector share. Source of all facts: platforms-meta.md §2.4, §3, §6, §8.
 *
 * Names. The channel is the professional account's id (1784…), which webhooks carry as entry.id. A comment is its id, a
 * post its media id, a direct message its mid. Threads: comment = the top comment of its strand, under its post; direct =
 * the person's scoped id (IGSID). A mention is the comment that holds it, or the foreign media whose caption does. What
 * has no id of its own is named by the hash of its content. The account's numbers are a post named like the account.
 *
 * facts.state may hold {"login":"instagram"|"facebook","username":NAME,"scoped_id":ID}: which of the two APIs the channel
 * talks to (default instagram), and by what else the account is known (CHECK tells both).
 *
 * A page that step makes is {"page":KIND,"account":ID,…,"answer":RAW} around the platform's own answer; parse takes it, and
 * every raw answer as well. A mention's webhook tells ids only: the event's detail.read is a cursor, and BACKFILL with
 * it fetches what was said (page "mention": the message, and an edit that gives it its words). */
#ifndef TANGGAP_PLATFORM_INSTAGRAM_PRIV_H
#define TANGGAP_PLATFORM_INSTAGRAM_PRIV_H

#include "meta_priv.h"

#define INSTAGRAM_TEXT_BYTES 1000              /* of a direct message, in UTF-8 */
#define INSTAGRAM_COMMENT_UNITS 2200

#define INSTAGRAM_NONE ((struct text){ NULL, 0 })

/* One body on its way to events. */
struct instagram_parse {
    const struct channel_facts *channel;
    struct arena *mem;
    event_sink *sink;
    void *arg;
    struct text account;               /* of the entry, else of the channel */
    struct text username, scoped_id;   /* by which the account is known too; absent: not told */
    time_us entry_time;                /* when the platform sent it; TIME_NONE: not told */
    bool is_standby;                   /* another app answers this person at the moment */
    struct payload_lines lines;        /* of the message being read */
};

/* ---- shared (instagram_parse.c) ---- */

int instagram_emit(struct instagram_parse *p, struct event *ev, json_t *detail);
/* Named, with whatever words are in it. `ev` NULL: without a thread, so kept but not shown. Else it is filled in. */
int instagram_unsupported(struct instagram_parse *p, struct text type, const json_t *item, const struct event *ev);
bool instagram_is_us(const struct instagram_parse *p, struct text id);
/* Answers under comments may be told without their author's id: our own name is known from what is surely ours. */
void instagram_learn_name(struct instagram_parse *p, const json_t *us);
/* The id of what has none: the same content has the same. */
struct text instagram_made_id(struct instagram_parse *p, const char *kind, const json_t *item);
void instagram_set(json_t *detail, const char *key, struct text value);      /* nothing when absent */
void instagram_set_number(json_t *detail, const char *key, const json_t *holder, const char *member);
/* The elements of a list that may be an array or {"data":[…]}; NULL: neither. */
const json_t *instagram_list(const json_t *value);
struct event_attachment *instagram_attach(struct instagram_parse *p, struct event *ev, enum attachment_type type,
                                          struct text url);

/* ---- private: messaging (instagram_message.c, instagram_content.c), read back (instagram_read.c) ---- */

int instagram_parse_item(struct instagram_parse *p, const json_t *item);
/* Attachments of a webhook's message, or of one that was read back. */
void instagram_take_attachments(struct instagram_parse *p, const json_t *message, struct event *ev, json_t *detail);
void instagram_take_story(struct instagram_parse *p, const json_t *story, struct event *ev, json_t *detail);
struct text instagram_emoji(struct text word);
int instagram_parse_conversation(struct instagram_parse *p, const json_t *conversation);
int instagram_parse_read_message(struct instagram_parse *p, const json_t *message, struct text person);
int instagram_parse_profile(struct instagram_parse *p, struct text id, const json_t *profile);

/* ---- public: comments, mentions, media (instagram_comment.c) ---- */

int instagram_parse_comment(struct instagram_parse *p, const json_t *comment, struct text post, const char *mark);
int instagram_parse_mention(struct instagram_parse *p, const json_t *value);
int instagram_parse_media(struct instagram_parse *p, const json_t *media, bool is_mention);
int instagram_parse_story_insights(struct instagram_parse *p, const json_t *value);
int instagram_parse_insights(struct instagram_parse *p, struct text media, const json_t *list);
int instagram_parse_account(struct instagram_parse *p, const json_t *account);
int instagram_parse_gone(struct instagram_parse *p, const json_t *ids);
/* A comment whose text or visibility is another than when it was last read. */
int instagram_parse_changed(struct instagram_parse *p, const json_t *comment);
/* Words for a mention that a webhook told without. */
int instagram_tell_words(struct instagram_parse *p, const json_t *said, const char *words);

int instagram_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink,
                         void *arg, struct fail *why);

/* ---- calls ---- */

/* One turn of the machine: what was asked, where it stands, what came back. */
struct instagram_turn {
    const struct op *op;
    struct step_state *state;
    const struct http_reply *reply;    /* NULL: the first turn */
    json_t *root;                      /* its body after a success */
    time_us now;
    struct arena *mem;
    struct step *out;
};

bool instagram_is_facebook(const struct channel_facts *ch);
/* GET /NODE/EDGE?fields=… (edge may be NULL). */
int instagram_get(struct instagram_turn *t, struct text node, const char *edge, const struct meta_param *params,
                  size_t param_count, struct text cursor);
/* {"page":KIND,"account":ID,"NAME":VALUE,"answer":…}; name may be NULL. */
struct text instagram_page(struct instagram_turn *t, const char *kind, const char *name, struct text value);

int instagram_begin_send(struct instagram_turn *t);
int instagram_end_send(struct instagram_turn *t);
int instagram_begin_look(struct instagram_turn *t);
int instagram_end_look(struct instagram_turn *t);
int instagram_begin_poll(struct instagram_turn *t);
int instagram_end_poll(struct instagram_turn *t);
int instagram_begin_backfill(struct instagram_turn *t);
int instagram_end_backfill(struct instagram_turn *t);
int instagram_login_step(struct instagram_turn *t);

const struct meta_error *instagram_errors(size_t *count);
int instagram_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                   struct arena *mem, struct step *out, struct fail *why);

#endif

/* What the connectors of a Facebook Page share. One webhook body of a Page mixes what is said in public (changes[]) and
 * in private (messaging[], standby[]), so one parser reads either and gives each event its platform.
 *
 * Names. A comment is its comment_id, a post its post_id, a rating its open_graph_story_id; a direct message is its mid.
 * Threads: comment = the top comment of its strand, or the post itself; direct = the person's page-scoped id (PSID), or
 * "ref:USER_REF" for somebody whom only a plugin knows. What has no id of its own is named by the hash of its content. */
#ifndef TANGGAP_PLATFORM_PAGE_PRIV_H
#define TANGGAP_PLATFORM_PAGE_PRIV_H

#include "meta_priv.h"

#define MESSENGER_TEXT_UNITS 2000
/* More than anybody sends; a body made to cost time and memory gets this far and no further. */
#define PAGE_ATTACHMENTS_MAX 500u
#define PAGE_CARDS_MAX 100u

struct page_parse {
    const struct channel_facts *channel;
    struct arena *mem;
    event_sink *sink;
    void *arg;
    struct text account;               /* the Page's id: of the entry, else of the channel */
    time_us entry_time;                /* when the platform sent it; TIME_NONE: not told */
    bool is_standby;                   /* another app answers this person at the moment */
    int64_t followers;                 /* of the Page, when this was read; 0: not told */
    struct payload_lines lines;        /* of the message being read */
};

/* ---- bodies (page_parse.c) ---- */

int page_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                    struct fail *why);
int page_emit(struct page_parse *p, struct event *ev, json_t *detail);
/* An item that this program knows no better: its name, its words, and where it hangs as far as it tells. */
int page_unsupported(struct page_parse *p, enum platform platform, struct text type, const json_t *item);
/* The id of what has none: the same content has the same. */
struct text page_made_id(struct page_parse *p, const char *kind, const json_t *item);
bool page_is_us(const struct page_parse *p, struct text id);
void page_set_text(json_t *detail, const char *key, struct text value);
void page_set_time(json_t *detail, const char *key, time_us at);
/* One more attachment with its address; NULL where the address is there already, or too many are. */
struct event_attachment *page_attach(struct page_parse *p, struct event *ev, enum attachment_type type, struct text url);

/* ---- public: changes (page_feed.c), reading back (page_read.c) ---- */

int page_parse_feed(struct page_parse *p, const json_t *value);
int page_parse_mention(struct page_parse *p, const json_t *value);
int page_parse_rating(struct page_parse *p, const json_t *value);
struct text page_reaction_emoji(struct text word);
/* Objects as Graph reads them. `post`: whose comments these are, as far as known. */
int page_parse_post(struct page_parse *p, const json_t *post);
int page_parse_comment(struct page_parse *p, const json_t *comment, struct text post);

/* ---- private: messaging (messenger_parse.c, messenger_read.c) ---- */

int messenger_parse_item(struct page_parse *p, const json_t *item);
int messenger_parse_conversation(struct page_parse *p, const json_t *conversation);
int messenger_parse_profile(struct page_parse *p, struct text id, const json_t *profile);
void messenger_take_attachments(struct page_parse *p, const json_t *message, struct event *ev, json_t *detail);

/* ---- calls ---- */

/* Answers, as parse takes them: {"page":KIND,"account":ID,NAME:VALUE,"answer":RAW}. */
struct text page_wrap(const struct op *op, struct arena *mem, const char *kind, const char *name, struct text value,
                      const struct http_reply *reply);
/* CHECK, HOOK_SET, HOOK_DROP, HOOK_INFO, QUOTA, PROFILE, MEDIA, GRANT, RENEW: the same for both. */
bool page_is_shared_op(enum op_kind kind);
int page_shared_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                     struct arena *mem, struct step *out);
const struct meta_error *messenger_errors(size_t *count);
/* POST /PAGE/messages with this recipient. */
int messenger_begin_send(const struct op *op, const char *recipient, struct text id, struct arena *mem,
                         struct step *out);
int messenger_end_send(const json_t *root, struct arena *mem, struct step *out);

int facebook_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                  struct arena *mem, struct step *out, struct fail *why);
int messenger_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                   struct arena *mem, struct step *out, struct fail *why);

#endif

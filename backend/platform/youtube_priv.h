/* What the files of the YouTube connector share.
 *
 * Names. A thread is its top comment's id; a reply is "TOP.SUFFIX" and lies in the thread of TOP. A post is the video's
 * id (or a community post's), and its own strand has the same name. The channel's numbers are a post named like the
 * channel, outside any strand.
 *
 * A page that step makes is {"page":KIND,"channel":ID,"at":TIME,"items":[…],"gone":[ID…],"released":[ID…]} around the
 * platform's own resources: texts in it are plain (textFormat=plainText was asked for); "gone" comments are no longer
 * there, "released" ones were held and are public now. parse takes it, and every raw answer of the API as well. */
#ifndef TANGGAP_PLATFORM_YOUTUBE_PRIV_H
#define TANGGAP_PLATFORM_YOUTUBE_PRIV_H

#include "payload.h"

#define YOUTUBE_TEXT_UNITS 10000
#define YOUTUBE_QUOTA_UNITS 10000        /* a day, unless the project was given more (state: {"quota":{"limit":N}}) */
#define YOUTUBE_WRITE_COST 50
#define YOUTUBE_SCOPE "https://www.googleapis.com/auth/youtube.force-ssl"

/* why_code between youtube_answer() and youtube_step(): mostly our own bad body, sometimes a passing fault. */
#define YOUTUBE_PROCESSING "processing"

/* ---- words ---- */

/* A comment's HTML as its writer saw it: tags gone, <br> a line end, entities read. An anchor whose words are not its
 * address leaves the address as a link attachment of ev (ev may be NULL). Plain text comes back as it is. */
struct text youtube_plain(struct arena *mem, struct text html, struct event *ev);
/* All that reads like words in a resource of unknown form, a line each; ptr NULL: none. */
struct text youtube_gather(struct arena *mem, const json_t *resource);

/* ---- parse ---- */

int youtube_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                       struct fail *why);
/* The push feed's notices (Atom): what there is to see in them becomes UNSUPPORTED, a removed video a DELETE. */
int youtube_parse_feed(struct text xml, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg);

/* ---- calls and answers ---- */

int youtube_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                 struct arena *mem, struct step *out, struct fail *why);
int youtube_result(struct step *out, enum outcome outcome, const char *code, struct text why);
/* path_and_query begins with "/youtube/v3/". body NULL: none; takes it. */
int youtube_call(const struct op *op, struct arena *mem, const char *method, const char *path_and_query, json_t *body,
                 struct step *out);
/* `name` and an escaped value, in mem: "&id=a%2Cb". */
const char *youtube_parameter(struct arena *mem, const char *name, struct text value);
/* Reads an answer into out->outcome and its companions. True: it is a success, and *root (to be released; NULL where the
 * answer has no body) what it says. */
bool youtube_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem, json_t **root,
                    struct step *out);
/* The same for the token endpoint, whose errors are of another form. */
bool youtube_token_answer(const struct http_reply *reply, struct arena *mem, json_t **root, struct step *out);

/* ---- the day's budget ---- */

/* Days since 1970 in Los Angeles, and the instant its next one begins: quotas start anew at midnight there. */
int64_t youtube_quota_day(time_us now);
time_us youtube_quota_reset(time_us now);
/* The limit, and the units already used today as far as the channel's state tells: {"quota":{"used":N,"resets_at":TIME,
 * "limit":N}} as OP_QUOTA's facts are, kept by whoever adds up step.cost for all channels of one Google project. It holds
 * until resets_at. */
struct youtube_quota {
    int64_t limit, used;
    bool is_told;                    /* `used` was in the state and is of today */
};
struct youtube_quota youtube_quota_of(struct text state, time_us now);

/* ---- polling ---- */

int youtube_poll_begin(const struct op *op, struct step_state *state, time_us now, struct arena *mem, struct step *out);
int youtube_poll_end(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                     struct arena *mem, struct step *out);
int youtube_backfill_begin(const struct op *op, time_us now, struct arena *mem, struct step *out);
int youtube_backfill_end(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem,
                         struct step *out);

/* ---- reading resources ---- */

/* Id of the author's channel; old answers have it as a text, new ones as {"value":ID}. */
struct text youtube_author_id(const json_t *snippet);
/* textOriginal, else textDisplay made plain unless is_plain says that it is. */
struct text youtube_comment_text(struct arena *mem, const json_t *snippet, bool is_plain, struct event *ev);
/* "TOP.SUFFIX" → "TOP". */
struct text youtube_top_id(struct text comment_id);
/* A page for parse; takes items (json array), gone and released (arrays of texts or NULL). */
struct text youtube_page(struct arena *mem, const struct op *op, const char *kind, time_us now, json_t *items,
                         json_t *gone, json_t *released);

#endif

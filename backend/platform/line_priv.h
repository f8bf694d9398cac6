/* What the files of the LINE connector share.
 *
 * Names. A message is its number, which is unique in the whole of LINE. A thread is what a push goes to: the id of a
 * user (U…), a group (C…) or a room (R…), each with 32 hex digits. What has no message number is "event/" and the
 * webhook's own id, or what makes it up where that is missing.
 *
 * detail of a message, besides what event.h names, holds what later calls need: "reply_token" (good once, for about a
 * minute after it came), "quote_token" (to answer with a quote), "mark_read_token". */
#ifndef TANGGAP_PLATFORM_LINE_PRIV_H
#define TANGGAP_PLATFORM_LINE_PRIV_H

#include "payload.h"

#define LINE_TEXT_UNITS 5000

/* One body being turned into events. */
struct line_parse {
    struct text channel;
    struct arena *mem;
    event_sink *sink;
    void *arg;
};

int line_emit(struct line_parse *p, struct event *ev, const json_t *detail);
/* Nothing that a person said: kept, with `item` under its own name, but without a thread to be shown in. */
int line_unsupported(struct line_parse *p, const char *type, struct text id, const json_t *item);
void line_set_member(json_t *object, const char *key, struct text value);
/* Text, attachments, entities and detail of a message object. False: its kind is not known (*type names it); its text
 * is taken all the same. */
bool line_content(struct arena *mem, const json_t *message, struct event *ev, json_t *detail, struct text *type);
/* The "result" pages of the BOT API Trial of 2016, which the Messaging API replaced. */
int line_trial_item(struct line_parse *p, const json_t *item);

int line_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                    struct fail *why);
int line_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
              struct arena *mem, struct step *out, struct fail *why);

int line_result(struct step *out, enum outcome outcome, const char *code, struct text why);
/* Reads an answer; true: a success, with its body in *root (NULL where it is not JSON). may_repeat: the call was a push
 * with a retry key, so that a lost answer leaves nothing in doubt. */
bool line_answer(const struct op *op, bool may_repeat, const struct http_reply *reply, time_us now, struct arena *mem,
                 json_t **root, struct step *out);
/* The message objects of a SEND, as a new array; NULL: LINE has no way to take the attachment. */
json_t *line_messages(struct arena *mem, const struct op *op);
/* The moment at which LINE counts a new month: the 1st, at midnight in UTC+9. */
time_us line_next_month(time_us now);

#endif

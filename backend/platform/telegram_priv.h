/* What the files of the Telegram connector share: reading fields of a Bot API object, and naming things.
 *
 * Names. A chat is "CHAT" (a signed number); a chat seen through a business connection is "b:CONNECTION/CHAT", since
 * message numbers there are the owner's, not the bot's, and the two would collide. A message is "chat/NUMBER".
 * Threads: direct and group = the chat; a forum topic = "CHAT#TOPIC"; comments under a channel post = the message that
 * the post is in its discussion group, "CHAT/ROOT". */
#ifndef TANGGAP_PLATFORM_TELEGRAM_PRIV_H
#define TANGGAP_PLATFORM_TELEGRAM_PRIV_H

#include "payload.h"

#define TELEGRAM_TEXT_UNITS 4096
#define TELEGRAM_CAPTION_UNITS 1024
#define TELEGRAM_FILE_MAX (INT64_C(20) << 20)

/* One message being turned into an event. */
struct telegram_parse {
    const struct channel_facts *channel;
    struct arena *mem;
    event_sink *sink;
    void *arg;
};

/* "First Last" of a user or contact, title of a chat. */
struct text telegram_name(struct arena *mem, const json_t *who);
/* Text, entities, attachments and detail of a message. `detail` is an open object. False: nothing known is in it, and
 * *type names what was found instead. */
bool telegram_content(struct arena *mem, const json_t *message, struct event *ev, json_t *detail, const char **type);
/* Name of the service notice that a message is (somebody joined, a title changed …), or NULL. */
const char *telegram_notice(const json_t *message);

int telegram_parse_body(struct text body, const struct channel_facts *ch, struct arena *mem, event_sink *sink, void *arg,
                        struct fail *why);
int telegram_step(const struct op *op, struct step_state *state, const struct http_reply *reply, time_us now,
                  struct arena *mem, struct step *out, struct fail *why);
/* Reads an answer into out->outcome and its companions; *result is borrowed from *root. True: it is a success. */
bool telegram_answer(const struct op *op, const struct http_reply *reply, time_us now, struct arena *mem, json_t **root,
                     json_t **result, struct step *out);

#endif

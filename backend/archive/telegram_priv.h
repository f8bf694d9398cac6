/* Parts of the reader of Telegram Desktop's JSON (exports.md 2). Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_TELEGRAM_PRIV_H
#define TANGGAP_ARCHIVE_TELEGRAM_PRIV_H

#include "reader_priv.h"

#include "util/json_pull.h"

/* One message as a tree, in an arena that is emptied after each. */
struct tg_node {
    enum pull_token kind;          /* OBJECT, ARRAY, STRING, NUMBER, TRUE, FALSE, NULL */
    struct text key, value;
    struct tg_node *child, *last, *next;
};

struct tg_chat {
    struct text id, name, type;
};

/* What is known of our own account: an id ("20002"), a name, or neither. */
struct tg_self {
    struct text id, name;
};

/* Member of an object; NULL if absent, or null in the file. */
const struct tg_node *tg_get(const struct tg_node *object, const char *key);
struct text tg_text(const struct tg_node *object, const char *key);        /* string or number as written; else absent */

enum tg_made { TG_EVENT, TG_NO_TIME, TG_UNSUPPORTED, TG_BAD };
/* Makes the event of a message; texts live in mem or in the tree. TG_BAD: it is no message. */
enum tg_made tg_message(const struct tg_node *message, const struct tg_chat *chat, const struct tg_self *self,
                        const struct zone *zone, struct arena *mem, struct event *out);
/* "user10001" is "10001"; "channel5" stays. */
struct text tg_user_id(struct text from_id);

#endif

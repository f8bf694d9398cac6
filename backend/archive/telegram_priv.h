/* Parts of the reader of Telegram Desktop's JSON (exports.md 2). Private to backend/archive. */
#ifndef TANGGAP_ARCHIVE_TELEGRAM_PRIV_H
#define TANGGAP_ARCHIVE_TELEGRAM_PRIV_H

#include "json_tree.h"
#include "reader_priv.h"

struct tg_chat {
    struct text id, name, type;
};

/* What is known of our own account: an id ("20002"), a name, or neither. */
struct tg_self {
    struct text id, name;
};

enum tg_made { TG_EVENT, TG_NO_TIME, TG_UNSUPPORTED, TG_BAD };
/* Makes the event of a message; texts live in mem or in the tree. TG_BAD: it is no message. */
enum tg_made tg_message(const struct json_node *message, const struct tg_chat *chat, const struct tg_self *self,
                        const struct zone *zone, struct arena *mem, struct event *out);
/* "user10001" is "10001"; "channel5" stays. */
struct text tg_user_id(struct text from_id);

#endif

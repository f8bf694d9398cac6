/* Does a customer's message, by its words alone, ask for a reply (metrics.md 2.1)? Pure and table-driven; the
 * Indonesian, English, Javanese and Sundanese of chats. A doubtful one asks: a question overlooked costs more than a
 * thanks answered. */
#ifndef TANGGAP_DOMAIN_NEEDS_REPLY_H
#define TANGGAP_DOMAIN_NEEDS_REPLY_H

#include "domain/episode.h"

/* first: type of its first attachment, ignored when has_attachment is false. (c) and (d) of the rules hold for public
 * comments only. */
enum reply_class needs_reply_judge(struct text text, bool has_attachment, enum attachment_type first,
                                   enum thread_type thread);

#endif

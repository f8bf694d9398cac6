/* How rows of the domain look in JSON: one writer a kind, used wherever that kind appears. */
#ifndef TANGGAP_HTTP_VIEW_H
#define TANGGAP_HTTP_VIEW_H

#include "domain/archive.h"
#include "domain/channel.h"
#include "domain/contact.h"
#include "domain/conversation.h"
#include "domain/outbox_compose.h"
#include "domain/session.h"
#include "util/json_out.h"

void jo_id_or_null(struct json_out *j, int64_t id);               /* 0: null */
void view_inbox_row(struct json_out *j, const struct inbox_row *r);            /* an object */
void view_inbox_members(struct json_out *j, const struct inbox_row *r);        /* inside an open object */
/* "window": how long it may be answered, or null where that is not limited. */
void view_window(struct json_out *j, int16_t platform, int16_t type, time_us last_in);
void view_message(struct json_out *j, const struct message_view *m);
void view_acts(struct json_out *j, const struct conversation_place *p);        /* inside an open object */
struct request;
MUST_CHECK int view_post(struct request *rq, struct json_out *j, int64_t thread);        /* likewise */
void view_outbox_members(struct json_out *j, const struct outbox_view *o);
void view_activity(struct json_out *j, const struct activity_view *a);
void view_episode(struct json_out *j, const struct episode *e);
void view_contact_members(struct json_out *j, const struct contact_view *c);
void view_channel(struct json_out *j, const struct channel_view *ch, const char *public_url);
void view_archive(struct json_out *j, const struct archive_view *a);
void view_colleague(struct json_out *j, const struct colleague *p);

#endif

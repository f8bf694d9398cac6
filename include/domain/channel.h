/* Connected accounts, from serve's side: it seals tokens and never sees one again. */
#ifndef TANGGAP_DOMAIN_CHANNEL_H
#define TANGGAP_DOMAIN_CHANNEL_H

#include "db/query.h"
#include "domain/event.h"

enum channel_transport { TRANSPORT_FILE, TRANSPORT_POLL, TRANSPORT_HOOK };
enum channel_status { CHANNEL_HEALTHY, CHANNEL_QUIET, CHANNEL_BROKEN, CHANNEL_PAUSED, CHANNEL_CHECKING };

struct channel_view {
    int64_t id, messages_24h;
    int16_t platform, transport, status;
    struct text name, external_id, status_code, facts, hook_key;      /* facts: JSON object */
    time_us status_since, last_event_at, last_ok_at;
};
typedef int channel_fn(const struct channel_view *v, void *arg);
/* only 0: all. */
MUST_CHECK int channel_each(struct ctx *c, int64_t only, channel_fn *row, void *arg);

struct new_channel {
    struct text key;
    enum platform platform;
    enum channel_transport transport;
    struct text external_id, name, token;      /* token ptr NULL: none (files) */
};
/* Seals the token, makes the webhook address for TRANSPORT_HOOK, queues the check. The same account again replaces its
 * token. */
MUST_CHECK int channel_add(struct ctx *c, const struct new_channel *in, int64_t *id);

enum channel_act { CHANNEL_ACT_CHECK, CHANNEL_ACT_PAUSE, CHANNEL_ACT_RESUME, CHANNEL_ACT_REMOVE };
MUST_CHECK int channel_act(struct ctx *c, int64_t id, enum channel_act act);

#endif

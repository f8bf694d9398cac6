/* News between processes: NOTIFY from whoever changed something, LISTEN in serve (panels) and work (jobs).
 * Sent outside the transaction that made the news, coalesced to at most 20 a second per sender: a NOTIFY inside a
 * delivery's own transaction serialises commits. A lost notice costs a late refresh, never a lost message: work also
 * polls. */
#ifndef TANGGAP_DB_LISTEN_H
#define TANGGAP_DB_LISTEN_H

#include "db/conn.h"

/* Channels of LISTEN. Payload of PANEL: JSON {"b":business,"t":["thread id"…]|null,"k":"conversation|channel|archive"};
 * of WORK: empty. */
#define NOTICE_PANEL "tanggap_panel"
#define NOTICE_WORK "tanggap_work"

struct notifier;                  /* thread-safe; owns a thread and a connection */
struct notifier *notifier_new(const struct db_options *options);
void notifier_panel(struct notifier *n, int64_t business, const char *kind, int64_t thread);   /* NULL n is fine */
void notifier_work(struct notifier *n);
void notifier_free(struct notifier *n);      /* sends what is pending first */

struct listener;
/* On the listener's thread. payload.ptr NULL: the connection had been lost, anything may have been missed. */
typedef void listener_fn(const char *channel, struct text payload, void *arg);
/* channels: ends with NULL and outlives the listener. */
struct listener *listener_new(const struct db_options *options, const char *const *channels, listener_fn *fn, void *arg);
void listener_free(struct listener *l);

#endif

/* Webhooks: verified over the raw bytes, stored, and answered only when the commit is durable. One writer thread
 * gathers the bodies that arrive while the last commit is under way into one INSERT, so that the number of flushes
 * does not grow with the number of calls. No worker is involved unless the hook is not in memory yet or the body is
 * long.
 *
 * Back-pressure: the bridge holds at most 64 MiB of bodies (then 503 with Retry-After). When more than HOOKS_PACE_FROM
 * deliveries wait in the table for `work`, each round of acknowledgements is held back, the longer the more of them
 * wait, up to HOOKS_PACE_MAX_MS at HOOKS_PACE_FULL: platforms then send about as fast as `work` reads. The delay follows
 * from the backlog alone; a measured speed would be a speed that the delay itself had set. A dead `work` slows nobody
 * down: receiving does not depend on it. */
#ifndef TANGGAP_HTTP_HOOKS_H
#define TANGGAP_HTTP_HOOKS_H

#include "http/reply.h"

#define HOOKS_PACE_FROM 1000
#define HOOKS_PACE_FULL 5000
#define HOOKS_PACE_MAX_MS 100
#define HOOKS_CACHE_MS 10000      /* a changed hook counts after this at the latest */

struct hooks;

struct hooks *hooks_new(struct app *app);
void hooks_free(struct hooks *h);           /* stores what is still waiting first; NULL is fine */

handler_fn h_hook_direct;                   /* bridge thread: known hook, short body */
handler_fn h_hook;                          /* worker: anything else                 */
handler_fn h_hook_challenge;                /* GET handshakes                        */

#endif

/* Server-sent events: one ring of recent news, one small struct a listener. A stream holds no buffer of its own, only
 * its place in the ring, so that thousands may sleep. Events carry ids only; the panel fetches what it may see.
 *
 * Locking: the hub's lock is taken first, the bridge's (inside park and wake) second. */
#ifndef TANGGAP_HTTP_SSE_H
#define TANGGAP_HTTP_SSE_H

#include "db/conn.h"
#include "util/arena.h"
#include "util/buf.h"
#include "util/crypto.h"
#include "util/metrics.h"

#include <sys/types.h>

#define SSE_PER_PERSON 5
#define SSE_HEARTBEAT_S 20

struct sse_hub;
struct sse_stream;

enum sse_kind { SSE_CONVERSATION, SSE_CHANNEL, SSE_ARCHIVE, SSE_KIND_COUNT };

/* `db`: for the thread that rechecks sessions and memberships at each heartbeat; NULL in tests: no thread. */
struct sse_hub *sse_hub_new(const struct db_options *db, struct metrics *m);
/* Ends all streams: each reader gets -1 at its next call. New ones are refused. */
void sse_hub_close(struct sse_hub *h);
void sse_hub_free(struct sse_hub *h);        /* after the last sse_close() */

/* A place in the ring. last_id 0: from now on. When the person has SSE_PER_PERSON open already, the oldest of them is
 * told `taken` and ends: its panel comes back when somebody looks at it. TRY_AGAIN when stopping or full. */
MUST_CHECK int sse_open(struct sse_hub *h, int64_t person, int64_t business, const uint8_t token_hash[CRYPTO_HASH_SIZE],
                        int64_t last_id, struct sse_stream **out, struct fail *why);
/* How the stream's connection sleeps and wakes; called under the hub's lock. Before the first sse_read(). */
void sse_attach(struct sse_stream *s, void (*park)(void *io), void (*wake)(void *io), void *io);
/* Bytes written into buf; 0: nothing new, the connection was parked; -1: the stream is over, or max is less than
 * SSE_READ_MIN, so that one whole event always fits. */
#define SSE_READ_MIN 128
ssize_t sse_read(struct sse_stream *s, char *buf, size_t max);
void sse_close(struct sse_stream *s);        /* NULL is fine */

/* News for the panels of one business; thread 0: whole list. Any thread. */
void sse_publish(struct sse_hub *h, int64_t business, enum sse_kind kind, int64_t thread);
/* A listener_fn for NOTICE_PANEL; arg is the hub. */
void sse_on_notice(const char *channel, struct text payload, void *arg);
/* One heartbeat round at a time `now`; returns how many were woken. The hub's thread calls it every second. */
size_t sse_beat(struct sse_hub *h, int64_t now_us);
/* Sessions and businesses of the streams, quiet or busy, that nobody has asked about for a heartbeat: at most SSE_RECHECK,
 * copied into mem; the hub's thread looks them up and ends those that may no longer listen. */
#define SSE_RECHECK 500
size_t sse_due_sessions(struct sse_hub *h, int64_t now_us, struct arena *mem, struct text *hashes, int64_t *businesses);
unsigned sse_count(struct sse_hub *h);

#endif

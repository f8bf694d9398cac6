/* Counters and gauges in one static table, relaxed atomics, Prometheus text out. No labels that a visitor can choose. */
#ifndef TANGGAP_UTIL_METRICS_H
#define TANGGAP_UTIL_METRICS_H

#include "util/buf.h"

#include <stdint.h>

#define METRICS(X)                                                                                   \
    X(HTTP_REQUESTS,      counter, "tanggap_http_requests_total",       "requests answered")         \
    X(HTTP_ERRORS,        counter, "tanggap_http_errors_total",         "answers with status 5xx")   \
    X(HTTP_REFUSED,       counter, "tanggap_http_framing_refused_total", "requests with dubious framing") \
    X(HTTP_BUSY,          counter, "tanggap_http_busy_total",           "503 because a lane was full") \
    X(STREAMS,            gauge,   "tanggap_event_streams",             "open event streams")        \
    X(HOOKS_STORED,       counter, "tanggap_hooks_stored_total",        "webhook bodies made durable") \
    X(HOOKS_REFUSED,      counter, "tanggap_hooks_refused_total",       "webhook bodies with a bad signature") \
    X(MESSAGES_INGESTED,  counter, "tanggap_messages_ingested_total",   "messages stored")           \
    X(MESSAGES_KNOWN,     counter, "tanggap_messages_known_total",      "messages that were there already") \
    X(SENDS_DONE,         counter, "tanggap_sends_done_total",          "replies accepted by a platform") \
    X(SENDS_FAILED,       counter, "tanggap_sends_failed_total",        "replies refused for good")  \
    X(PARKED_DROPPED,      counter, "tanggap_changes_dropped_total",     "changes whose message never came") \
    X(DB_RETRIES,         counter, "tanggap_db_retries_total",          "transactions run again")

struct metrics;

enum metric {
#define X(id, kind, name, help) METRIC_##id,
    METRICS(X)
#undef X
    METRIC_COUNT
};

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);
void metrics_add(struct metrics *m, enum metric id, int64_t n);     /* NULL m is fine */
void metrics_set(struct metrics *m, enum metric id, int64_t n);
void metrics_write(const struct metrics *m, struct buf *out);

#endif

/* Counters and gauges, and their Prometheus text. */
#include "util/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

struct metrics {
    _Atomic int64_t values[METRIC_COUNT];
};

static const struct {
    const char *kind, *name, *help;
} table[METRIC_COUNT] = {
#define X(id, kind, name, help) [METRIC_##id] = { #kind, (name), (help) },
    METRICS(X)
#undef X
};

struct metrics *metrics_new(void)
{
    return calloc(1, sizeof(struct metrics));
}

void metrics_free(struct metrics *m)
{
    free(m);
}

void metrics_add(struct metrics *m, enum metric id, int64_t n)
{
    if (m)
        atomic_fetch_add_explicit(&m->values[id], n, memory_order_relaxed);
}

void metrics_set(struct metrics *m, enum metric id, int64_t n)
{
    if (m)
        atomic_store_explicit(&m->values[id], n, memory_order_relaxed);
}

void metrics_write(const struct metrics *m, struct buf *out)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s ", table[i].name, table[i].help, table[i].name, table[i].kind,
                   table[i].name);
        buf_i64(out, atomic_load_explicit(&m->values[i], memory_order_relaxed));
        buf_char(out, '\n');
    }
}

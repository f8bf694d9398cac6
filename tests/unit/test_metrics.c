#include "unit.h"

#include "util/metrics.h"

static void values_come_out_as_prometheus_text(void **state)
{
    struct metrics *m = metrics_new();
    struct buf b = BUF_INIT(100000);

    (void)state;
    metrics_add(m, METRIC_HTTP_REQUESTS, 2);
    metrics_add(m, METRIC_HTTP_REQUESTS, 3);
    metrics_set(m, METRIC_STREAMS, 7);
    metrics_add(NULL, METRIC_STREAMS, 1);
    metrics_set(NULL, METRIC_STREAMS, 1);
    metrics_write(m, &b);
    assert_non_null(strstr(b.ptr, "# HELP tanggap_http_requests_total requests answered\n"
                                  "# TYPE tanggap_http_requests_total counter\ntanggap_http_requests_total 5\n"));
    assert_non_null(strstr(b.ptr, "# TYPE tanggap_event_streams gauge\ntanggap_event_streams 7\n"));
    assert_false(b.failed);
    buf_fini(&b);
    metrics_free(m);
    metrics_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_out_as_prometheus_text),
    };
    return RUN(tests);
}

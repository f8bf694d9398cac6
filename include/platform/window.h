/* How long a direct conversation may be answered, and as what: the connector's windows, counted from the customer's last
 * word by the platform's own clock. Pure. */
#ifndef TANGGAP_PLATFORM_WINDOW_H
#define TANGGAP_PLATFORM_WINDOW_H

#include "platform/connector.h"

struct reply_window {
    bool is_limited;                   /* false: this may be answered at any time */
    time_us closes_at;                 /* a plain reply; TIME_NONE: nobody has written yet */
    time_us late_closes_at;            /* as HUMAN_AGENT; TIME_NONE: the platform knows no such way */
    const char *then;                  /* what goes once closes_at is over: "template", "human_agent" or "none" */
};

/* last_in: TIME_NONE, nobody has written. */
void reply_window_of(const struct connector *con, enum thread_type type, time_us last_in, struct reply_window *out);
/* How a plain reply goes out now; false: not at all. */
bool reply_window_allows(const struct reply_window *w, time_us now, enum send_as *out);

#endif

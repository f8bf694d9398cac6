/* When a reply window closes. */
#include "platform/window.h"

void reply_window_of(const struct connector *con, enum thread_type type, time_us last_in, struct reply_window *out)
{
    bool has_late = con && con->caps & CAP_HUMAN_AGENT && con->late_window_s > con->window_s;

    *out = (struct reply_window){ .closes_at = TIME_NONE, .late_closes_at = TIME_NONE, .then = "none" };
    if (!con || type != THREAD_DIRECT || con->window_s <= 0)
        return;
    out->is_limited = true;
    if (has_late)
        out->then = "human_agent";
    else if (con->caps & CAP_TEMPLATES)
        out->then = "template";
    if (last_in == TIME_NONE)
        return;
    out->closes_at = last_in + con->window_s * US_PER_S;
    if (has_late)
        out->late_closes_at = last_in + con->late_window_s * US_PER_S;
}

bool reply_window_allows(const struct reply_window *w, time_us now, enum send_as *out)
{
    if (!w->is_limited || (w->closes_at != TIME_NONE && now < w->closes_at)) {
        *out = SEND_PLAIN;
        return true;
    }
    if (w->late_closes_at == TIME_NONE || now >= w->late_closes_at)
        return false;
    *out = SEND_HUMAN_AGENT;
    return true;
}

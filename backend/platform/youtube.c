/* YouTube Data API v3, comments on a channel's videos: the connector's entry, cutting of long texts, and the day by
 * which Google counts. There is no webhook for comments: all comes by polling. */
#include "youtube_priv.h"

static struct text youtube_part(struct text whole, unsigned n, unsigned *count)
{
    return payload_part(whole, YOUTUBE_TEXT_UNITS, n, count);
}

/* ---- the quota's day ---- */

#define DAY_S INT64_C(86400)

static int64_t floor_days(int64_t seconds)
{
    return seconds >= 0 ? seconds / DAY_S : -((-seconds + DAY_S - 1) / DAY_S);
}

/* The n-th Sunday of a month, in days since 1970 (which began on a Thursday). */
static int64_t sunday(int year, int month, int nth)
{
    int64_t first = civil_to_days(year, month, 1);

    return first + (3 - first % 7 + 7) % 7 + (nth - 1) * 7;
}

/* Hours that Los Angeles is behind UTC: summer time from the second Sunday of March, 2:00, to the first of November. */
static int64_t pacific_behind_s(int64_t utc_s)
{
    int year, month, day;

    days_to_civil(floor_days(utc_s), &year, &month, &day);
    int64_t begins = sunday(year, 3, 2) * DAY_S + 10 * 3600, ends = sunday(year, 11, 1) * DAY_S + 9 * 3600;
    return (utc_s >= begins && utc_s < ends ? 7 : 8) * 3600;
}

/* Held to what the calendar knows; nobody polls outside it. */
static int64_t seconds_of(time_us now)
{
    int64_t s = now / US_PER_S;

    return s < 0 ? 0 : s > INT64_C(253370764800) ? INT64_C(253370764800) : s;
}

int64_t youtube_quota_day(time_us now)
{
    int64_t s = seconds_of(now);

    return floor_days(s - pacific_behind_s(s));
}

time_us youtube_quota_reset(time_us now)
{
    int64_t wall = (youtube_quota_day(now) + 1) * DAY_S, at = wall + 8 * 3600;

    /* The clock is never changed at midnight, so what holds around it holds at it. */
    return (wall + pacific_behind_s(at)) * US_PER_S;
}

struct youtube_quota youtube_quota_of(struct text state, time_us now)
{
    AUTO(json) json_t *root = state.len ? json_loadb(state.ptr, state.len, 0, NULL) : NULL;
    const json_t *told = json_object_get(root, "quota");
    struct youtube_quota q = { .limit = payload_number(told, "limit", YOUTUBE_QUOTA_UNITS) };

    time_us until;

    if (q.limit <= 0)
        q.limit = YOUTUBE_QUOTA_UNITS;
    if (payload_moment(told, "resets_at", &until) && now < until && until <= youtube_quota_reset(now)) {
        q.used = payload_number(told, "used", 0);
        q.is_told = q.used >= 0;
        q.used = q.is_told ? q.used : 0;
    }
    return q;
}

static struct text youtube_spent(struct text state, int cost, time_us now, struct arena *mem)
{
    struct youtube_quota q = youtube_quota_of(state, now);
    char resets[TIME_TEXT_SIZE];

    return text_of(arena_printf(mem, "{\"limit\":%lld,\"used\":%lld,\"resets_at\":\"%s\"}", (long long)q.limit,
                                (long long)q.used + cost, time_format(youtube_quota_reset(now), resets)));
}

const struct connector youtube_connector = {
    .platform = PLATFORM_YOUTUBE,
    .caps = CAP_SEND | CAP_POLL | CAP_EDIT | CAP_HIDE | CAP_DELETE | CAP_REVIEW | CAP_BACKFILL | CAP_LOOK | CAP_RENEW |
            CAP_PROFILE,
    .act_cost = YOUTUBE_WRITE_COST,
    .max_text_units = YOUTUBE_TEXT_UNITS,
    .max_hook_body = 1 << 20,
    .parse = youtube_parse_body,
    .spent = youtube_spent,
    .step = youtube_step,
    .part = youtube_part,
};

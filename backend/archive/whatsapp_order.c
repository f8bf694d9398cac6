/* Day first or month first, and which headers are quotations: exports.md 1.4 and 1.7, from what pass 1 counted. */
#include "whatsapp_priv.h"

#include "util/str.h"

#define DAY_S INT64_C(86400)
#define WA_QUOTE 10                 /* a leap forward undone within so many headers was a quoted chat */

static const enum date_order order_of[WA_READINGS] = { DATE_ORDER_DMY, DATE_ORDER_MDY, DATE_ORDER_YMD };

enum wa_reading wa_reading_of(enum date_order order)
{
    return order == DATE_ORDER_MDY ? WA_MDY : order == DATE_ORDER_YMD ? WA_YMD : WA_DMY;
}

void wa_days_of(struct wa_days *d, const struct wa_stamp *s)
{
    if (memcmp(d->field, s->field, sizeof(d->field)) == 0 && d->year == s->year && d->year_at == s->year_at)
        return;
    memcpy(d->field, s->field, sizeof(d->field));
    d->year = s->year;
    d->year_at = s->year_at;
    for (int r = 0; r < WA_READINGS; r++)
        d->valid[r] = wa_stamp_day(s, order_of[r], &d->day[r]);
}

bool wa_segment_has(const struct wa_segment *seg, const struct wa_stamp *s)
{
    if (s->shape != seg->shape)
        return false;
    for (int i = 0; i < 3; i++)
        if (s->pad[i] && seg->pad[i] && s->pad[i] != seg->pad[i])
            return false;
    return true;
}

void wa_segment_count(struct wa_segment *seg, const struct wa_candidate *c, const struct wa_days *days, int64_t late_day)
{
    const struct wa_stamp *s = &c->stamp;
    int agree = 0;

    for (int i = 0; i < 3; i++)
        seg->pad[i] = seg->pad[i] ? seg->pad[i] : s->pad[i];
    seg->short_count += s->pad[0] == PAD_NONE || s->pad[1] == PAD_NONE;
    seg->padded += s->pad[0] == PAD_ZERO || s->pad[1] == PAD_ZERO;
    seg->marked += s->has_marker;
    seg->lower += s->has_lower;
    seg->weak_sep += s->has_weak_sep;
    seg->era += s->has_era;
    seg->told_first += s->year_at == 0;
    for (int r = 0; r < WA_READINGS; r++) {
        if (!days->valid[r]) {
            seg->invalid[r]++;
            continue;
        }
        seg->late[r] += days->day[r] > late_day;
        agree += days->day[r] == c->media_day;
        /* record 1 is often the encryption notice with a later date of its own */
        if (seg->count > 1)
            seg->jumps[r] += days->day[r] < seg->last_day[r];
        seg->last_day[r] = days->day[r];
    }
    for (int r = 0; agree == 1 && r < WA_READINGS; r++)
        seg->media[r] += days->valid[r] && days->day[r] == c->media_day;
    seg->count++;
}

/* YYYYMMDD or YYYY-MM-DD at t; dashed is then true. */
static bool media_day(struct text t, int64_t *day)
{
    int n = 0, v[8];
    bool dashed = t.len >= 10 && t.ptr[4] == '-' && t.ptr[7] == '-';
    int y, m, d;

    for (size_t i = 0; i < t.len && n < 8; i++) {
        if (dashed && (i == 4 || i == 7))
            continue;
        if (t.ptr[i] < '0' || t.ptr[i] > '9')
            return false;
        v[n++] = t.ptr[i] - '0';
    }
    if (n < 8)
        return false;
    y = v[0] * 1000 + v[1] * 100 + v[2] * 10 + v[3];
    m = v[4] * 10 + v[5];
    d = v[6] * 10 + v[7];
    if (y < 2009 || !civil_valid(y, m, d))
        return false;
    *day = civil_to_days(y, m, d);
    return true;
}

int64_t wa_media_day(struct text body)
{
    static const char *const names[] = { "IMG-", "VID-", "PTT-", "AUD-", "DOC-", "-PHOTO-", "-VIDEO-", "-AUDIO-" };
    struct text head = { body.ptr, body.len < 400 ? body.len : 400 };
    int64_t day;

    /* both ways of naming a file end like this */
    if (!body.len || (body.ptr[body.len - 1] != '>' && body.ptr[body.len - 1] != ')'))
        return 0;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const char *at = str_find(head, text_of(names[i]));

        if (!at)
            continue;
        at += strlen(names[i]);
        if (media_day((struct text){ at, (size_t)(head.ptr + head.len - at) }, &day))
            return day;
    }
    return 0;
}

static void decide(struct wa_segment *seg, enum date_order order, const char *rule, bool sure)
{
    seg->order = order;
    seg->rule = rule;
    seg->is_sure = sure;
}

static bool clearly_fewer(int64_t a, int64_t b)
{
    return b - a >= 2 && b >= 3 * a;
}

static bool decide_by_shape(struct wa_segment *seg)
{
    if (seg->weak_sep || seg->lower || (seg->padded && !seg->short_count))
        decide(seg, DATE_ORDER_DMY, "shape", true);
    else if (seg->short_count && (seg->marked || seg->era))
        decide(seg, DATE_ORDER_MDY, "shape", true);
    else if (seg->short_count && !wa_stamp_tells_year(seg->shape))
        decide(seg, DATE_ORDER_MDY, "shape", false);
    else
        return false;
    return true;
}

/* Two-digit years may stand first (ko, hu): then days of the month, read as years, lie before 2009 or in the future. */
static bool is_short_year_first(const struct wa_segment *seg)
{
    int64_t odd = seg->invalid[WA_DMY] + seg->late[WA_DMY], odd_us = seg->invalid[WA_MDY] + seg->late[WA_MDY];

    return seg->count >= 10 && seg->invalid[WA_YMD] == 0 && seg->late[WA_YMD] == 0 && odd * 5 >= seg->count &&
           odd_us * 5 >= seg->count;
}

void wa_segment_decide(struct wa_segment *seg, const struct archive_options *options)
{
    int64_t late_d = seg->late[WA_DMY], late_m = seg->late[WA_MDY];

    if (seg->rule)
        return;
    if (seg->told_first * 2 > seg->count)
        decide(seg, DATE_ORDER_YMD, "year_first", true);
    else if (options->date_order != DATE_ORDER_AUTO)
        decide(seg, options->date_order, "given", true);
    else if (is_short_year_first(seg))
        decide(seg, DATE_ORDER_YMD, "over_12", true);
    else if (seg->side != DATE_ORDER_AUTO)
        decide(seg, seg->side, "over_12", true);
    else if (seg->media[WA_DMY] > 3 * seg->media[WA_MDY])
        decide(seg, DATE_ORDER_DMY, "media_name", true);
    else if (seg->media[WA_MDY] > 3 * seg->media[WA_DMY])
        decide(seg, DATE_ORDER_MDY, "media_name", true);
    else if (late_m > 0 && late_d == 0)
        decide(seg, DATE_ORDER_DMY, "not_after", true);
    else if (late_d > 0 && late_m == 0)
        decide(seg, DATE_ORDER_MDY, "not_after", true);
    else if (clearly_fewer(seg->jumps[WA_DMY], seg->jumps[WA_MDY]))
        decide(seg, DATE_ORDER_DMY, "jumps", true);
    else if (clearly_fewer(seg->jumps[WA_MDY], seg->jumps[WA_DMY]))
        decide(seg, DATE_ORDER_MDY, "jumps", true);
    else if (!decide_by_shape(seg))
        decide(seg, options->region_order ? options->region_order : DATE_ORDER_DMY, "region", false);
}

static void add_restart(struct wa_flow *f)
{
    if (f->restart_count < WA_RANGES)
        f->restart[f->restart_count++] = f->back_line;
    f->back_run = 0;
}

static void add_quoted(struct wa_flow *f, long from, long to)
{
    if (f->quoted_count < WA_RANGES) {
        f->quoted[f->quoted_count].from = from;
        f->quoted[f->quoted_count++].to = to;
    }
}

/* A header earlier than a day before what was believed: a quotation, unless so many follow that time began again. */
static bool flow_back(struct wa_flow *f, int64_t seconds, long line)
{
    if (f->back_run == 0 || seconds < f->back_level - DAY_S) {
        f->back_run = 0;
        f->back_line = line;
    }
    f->back_run++;
    f->back_level = seconds;
    if (f->back_run < WA_RUN)
        return false;
    add_restart(f);
    f->level = seconds;
    f->since_jump = WA_QUOTE + 1;
    return true;
}

bool wa_flow_take(struct wa_flow *f, int64_t seconds, long line)
{
    f->total++;
    if (f->seen < 2) {
        f->back_run = 0;
        f->seen++;
        f->level = seconds;
        f->since_jump = WA_QUOTE + 1;
        return true;
    }
    if (seconds < f->level - DAY_S) {
        if (f->since_jump > WA_QUOTE || seconds < f->before_jump - DAY_S)
            return flow_back(f, seconds, line);
        add_quoted(f, f->jump_line, line);
        f->since_jump = WA_QUOTE + 1;
        f->level = seconds;
        return true;
    }
    f->back_run = 0;
    f->since_jump++;
    if (seconds > f->level + DAY_S) {
        f->before_jump = f->level;
        f->jump_line = line;
        f->since_jump = 0;
    }
    f->level = seconds;
    return true;
}

void wa_flow_end(struct wa_flow *f)
{
    if (f->back_run >= 3 && f->back_run * 4 >= f->total)
        add_restart(f);
}

bool wa_flow_is_quoted(const struct wa_flow *f, long line)
{
    for (size_t i = 0; i < f->quoted_count; i++)
        if (line >= f->quoted[i].from && line < f->quoted[i].to)
            return true;
    return false;
}

bool wa_flow_is_restart(const struct wa_flow *f, long line)
{
    for (size_t i = 0; i < f->restart_count; i++)
        if (f->restart[i] == line)
            return true;
    return false;
}

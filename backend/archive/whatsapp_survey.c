/* Pass 1 over a WhatsApp export: its shape, line ends, names and the evidence for its date order. Bounded memory. */
#include "whatsapp_priv.h"

#include "util/str.h"

#define DAY_S        INT64_C(86400)
#define FAR_FUTURE   INT64_C(1000000)
#define EARLY_SHAPES 8

void wa_survey_init(struct wa_survey *s, const struct archive_options *options, struct arena *mem)
{
    memset(s, 0, sizeof(*s));
    s->options = options;
    wa_names_init(&s->names, mem);
    s->title = wa_title(options->file_name, mem);
}

bool wa_survey_is_crlf(const struct wa_survey *s)
{
    const int64_t *h = s->headers, *t = s->texts;

    if (h[WA_CRLF] == 0)
        return false;
    /* nearly all headers stand behind CRLF; or little else does, and what stands behind LF is mostly text */
    return h[WA_LF] * 19 <= h[WA_CRLF] || (t[WA_CRLF] * 20 <= h[WA_CRLF] && h[WA_LF] <= t[WA_LF]) ||
           (h[WA_LF] <= 3 && h[WA_CRLF] >= 4 * h[WA_LF]);
}

static struct wa_segment *segment_add(struct wa_survey *s, uint32_t shape, long line)
{
    struct wa_segment *seg;

    if (s->segment_count == WA_SEGMENTS)
        return &s->segments[WA_SEGMENTS - 1];
    seg = &s->segments[s->segment_count++];
    *seg = (struct wa_segment){ .shape = shape, .first_line = line };
    for (int r = 0; r < WA_READINGS; r++)
        s->flow[r].seen = 0;
    s->turn_line = 0;
    return seg;
}

/* The order changed within one shape: what came since the turn is an export of its own. */
static struct wa_segment *segment_turn(struct wa_survey *s, struct wa_segment *seg)
{
    enum date_order side = seg->side == DATE_ORDER_DMY ? DATE_ORDER_MDY : DATE_ORDER_DMY;
    struct wa_segment *next = seg;

    /* a single supporting header was the quotation, not the many against it */
    if (seg->support > 1 && s->segment_count < WA_SEGMENTS) {
        next = segment_add(s, seg->shape, seg->against_line);
        next->count = seg->against_records;
    }
    next->side = side;
    next->support = seg->against;
    seg->against = 0;
    return next;
}

/* Watches for numbers over 12 and for where they begin to contradict. */
static void watch_order(struct wa_survey *s, struct wa_segment *seg, const struct wa_candidate *c)
{
    const int *f = c->stamp.field;
    bool first = f[0] > 12 && f[1] <= 12, second = f[1] > 12 && f[0] <= 12, mine;
    int64_t day;
    enum wa_reading r;

    if (c->stamp.year_at == 0)
        return;
    if (seg->side == DATE_ORDER_AUTO)
        seg->side = first ? DATE_ORDER_DMY : second ? DATE_ORDER_MDY : DATE_ORDER_AUTO;
    if (seg->side == DATE_ORDER_AUTO)
        return;
    mine = seg->side == DATE_ORDER_DMY ? first : second;
    if (mine) {
        seg->support++;
        seg->against = seg->against_records = 0;
        s->turn_line = 0;
    }
    r = wa_reading_of(seg->side);
    if (s->days.valid[r]) {
        day = s->days.day[r];
        if (!mine && !s->turn_line && day < s->turn_day - 1)
            s->turn_line = c->line;
        s->turn_day = day;
    }
    if (!mine && (first || second) && seg->against++ == 0) {
        seg->against_line = s->turn_line ? s->turn_line : c->line;
        seg->against_records = 0;
    }
    if (seg->against)
        seg->against_records++;
}

/* Takes a header of the current shape. False: a quotation under every reading. */
static bool count(struct wa_survey *s, struct wa_segment *seg, const struct wa_candidate *c)
{
    const struct archive_options *o = s->options;
    int64_t late = o->not_after == TIME_NONE ? FAR_FUTURE : o->not_after / (DAY_S * US_PER_S);
    int64_t clock = c->stamp.hour * 3600 + c->stamp.minute * 60 + c->stamp.second;
    bool believed = false;

    wa_days_of(&s->days, &c->stamp);
    watch_order(s, seg, c);
    wa_segment_count(seg, c, &s->days, late);
    for (int r = 0; r < WA_READINGS; r++)
        if (s->days.valid[r] && s->days.day[r] <= late)
            believed |= wa_flow_take(&s->flow[r], s->days.day[r] * DAY_S + clock, c->line);
    if (seg->against >= 3 && seg->against_records >= WA_RUN)
        segment_turn(s, seg);
    return believed;
}

/* Replays the headers of another shape as an export of their own. */
static void take_over(struct wa_survey *s)
{
    struct wa_segment *seg = segment_add(s, s->rival[0].stamp.shape, s->rival[0].line);

    seg->shape = s->rival[0].stamp.shape;
    for (size_t i = 0; i < s->rival_count; i++)
        count(s, seg, &s->rival[i]);
    s->rival_count = 0;
}

static bool take(struct wa_survey *s, const struct wa_candidate *c)
{
    struct wa_segment *seg = &s->segments[s->segment_count - 1];

    s->total++;
    if (wa_segment_has(seg, &c->stamp)) {
        s->rival_count = 0;
        return count(s, seg, c);
    }
    if (s->rival_count && s->rival[0].stamp.shape != c->stamp.shape)
        s->rival_count = 0;
    s->rival[s->rival_count++] = *c;
    if (s->rival_count < WA_RUN)
        return false;
    take_over(s);
    return true;
}

/* The shape that most of the first headers have; the earlier one when two have as many. */
static uint32_t early_shape(const struct wa_survey *s)
{
    struct {
        uint32_t shape;
        size_t n;
    } votes[EARLY_SHAPES] = { 0 };
    size_t kinds = 0, best = 0;

    for (size_t i = 0; i < s->early_count; i++) {
        size_t k = 0;

        while (k < kinds && votes[k].shape != s->early[i].stamp.shape)
            k++;
        if (k == EARLY_SHAPES)
            continue;
        if (k == kinds)
            votes[kinds++].shape = s->early[i].stamp.shape;
        votes[k].n++;
    }
    for (size_t k = 1; k < kinds; k++)
        if (votes[k].n > votes[best].n)
            best = k;
    return votes[best].shape;
}

/* Ends the vote: pins the shape and counts what was kept back. */
static void pin(struct wa_survey *s)
{
    uint32_t shape = early_shape(s), first = s->early_count ? s->early[0].stamp.shape : 0;
    size_t lead = 0;

    while (lead < s->early_count && s->early[lead].stamp.shape == first)
        lead++;
    /* no message is open before the first header, so an odd beginning cannot be a quotation */
    if (first != shape && lead >= 2) {
        segment_add(s, first, 0);
        for (size_t i = 0; i < lead; i++)
            take(s, &s->early[i]);
        segment_add(s, shape, lead < s->early_count ? s->early[lead].line : 0);
    } else {
        segment_add(s, shape, 0);
        lead = 0;
    }
    for (size_t i = lead; i < s->early_count; i++)
        take(s, &s->early[i]);
}

/* Text after the author, cheaply: what stands behind the first ": ". */
static struct text said(struct text body, const struct wa_name *author)
{
    size_t at = wa_marks(body) + (author ? author->name.len + 2 : 0);

    return at < body.len ? (struct text){ body.ptr + at, body.len - at } : TEXT("");
}

static void learn_sides(struct wa_survey *s, struct text body, struct wa_name *author, bool is_bracket)
{
    struct text t = said(body, author);
    size_t marks = t.len ? wa_marks(t) : 0;
    struct wa_kind kind;

    t = (struct text){ t.ptr + marks, t.len - marks };
    if (author && t.len && (t.ptr[0] == 'Y' || t.ptr[0] == 'A' || t.ptr[0] == 'D')) {
        wa_classify((struct text){ t.ptr - marks, t.len + marks }, is_bracket, false, s->options, &kind);
        if (kind.what == WA_DELETED_BY_US)
            s->named_by_delete = author;
    }
    if (author && marks && s->total + (int64_t)s->early_count <= 1) {
        wa_classify((struct text){ t.ptr - marks, t.len + marks }, is_bracket, true, s->options, &kind);
        if (kind.what == WA_NOTICE)
            s->first_peer = author;
    }
    if (!author && !s->has_group_notice) {
        wa_classify_notice(t, &kind);
        s->has_group_notice = kind.is_group;
    }
}

static uint32_t current_shape(const struct wa_survey *s)
{
    return s->segment_count ? s->segments[s->segment_count - 1].shape : early_shape(s);
}

void wa_survey_line(struct wa_survey *s, struct text line, long number, enum wa_line_end before)
{
    struct wa_candidate c = { .line = number };
    size_t at = wa_stamp_parse(&s->memo, line, &c.stamp);
    struct text body;
    struct wa_name *author;
    bool believed = true;

    if (!at || c.stamp.no_year) {
        s->without_year += at > 0;
        s->texts[before]++;
        return;
    }
    if (s->segment_count == 0 && s->early_count == WA_EARLY)
        pin(s);
    if ((s->segment_count || s->early_count) && c.stamp.shape != current_shape(s))
        s->texts[before]++;
    else
        s->headers[before]++;
    if (before == WA_LF && s->headers[WA_CRLF] >= 4 && wa_survey_is_crlf(s))
        return;
    body = (struct text){ line.ptr + at, line.len - at };
    c.media_day = wa_media_day(body);
    if (s->segment_count == 0)
        s->early[s->early_count++] = c;
    else
        believed = take(s, &c);
    if (!believed || c.stamp.shape != current_shape(s))
        return;
    author = wa_names_learn(&s->names, body, wa_stamp_is_korean(c.stamp.shape));
    learn_sides(s, body, author, wa_stamp_is_bracket(c.stamp.shape));
}

void wa_survey_end(struct wa_survey *s)
{
    struct wa_segment *seg;

    if (s->segment_count == 0 && s->early_count)
        pin(s);
    if (s->segment_count == 0)
        return;
    /* a second shape up to the end of a short file; in a long one so few headers are a quotation */
    if (s->rival_count >= 3 && (int64_t)s->rival_count * 4 >= s->total)
        take_over(s);
    seg = &s->segments[s->segment_count - 1];
    if (seg->against >= 2)
        segment_turn(s, seg);
    for (int r = 0; r < WA_READINGS; r++)
        wa_flow_end(&s->flow[r]);
    for (size_t i = 0; i < s->segment_count; i++)
        wa_segment_decide(&s->segments[i], s->options);
    wa_names_settle(&s->names, s->title);
}

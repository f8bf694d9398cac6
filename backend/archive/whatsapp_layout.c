/* Headers whose layout is known already: an export has few layouts and very many headers. */
#include "whatsapp_stamp.h"

void wa_layout_keep(struct wa_memo *memo, const struct cur *c, struct text line, const struct wa_stamp *s)
{
    struct wa_layout l = { .stamp = *s, .marker = c->marker, .is_time_first = (s->shape & SHAPE_TIME_FIRST) != 0 };
    const unsigned char *from = (const unsigned char *)line.ptr;
    unsigned date = l.is_time_first ? (s->shape & SHAPE_SECONDS ? 3 : 2) : 0;

    l.numbers = s->shape & SHAPE_SECONDS ? 6 : 5;
    if (c->other_digits || s->no_year || c->numbers != l.numbers || (s->year_at >= 0 && s->year != s->field[s->year_at]))
        return;
    l.year_digits = s->year_at >= 0 ? 4 : 2;
    for (unsigned i = 0; i <= l.numbers; i++) {
        const unsigned char *to = i < l.numbers ? c->number[i].at : c->p;
        size_t len = (size_t)(to - from);

        if (len > WA_LITERAL || (i >= 1 && len == 0))
            return;
        memcpy(l.lead[i], from, len);
        l.lead_len[i] = (uint8_t)len;
        from = i < l.numbers ? to + c->number[i].digits : to;
    }
    if (c->number[date + (s->year_at == 0 ? 0 : 2)].digits != l.year_digits)
        return;
    memo->latest = memo->next;
    memo->layouts[memo->next] = l;
    memo->next = (memo->next + 1) % WA_LAYOUTS;
    memo->count += memo->count < WA_LAYOUTS;
}

/* One number of a layout: 0 or its length. */
static inline unsigned layout_number(const unsigned char *p, const unsigned char *end, unsigned max, int *value)
{
    unsigned n = 0;
    int v = 0;

    while (n < max && p + n < end && (unsigned)(p[n] - '0') <= 9)
        v = v * 10 + (p[n++] - '0');
    *value = v;
    return n;
}

size_t wa_layout_parse(const struct wa_layout *l, struct text line, struct wa_stamp *out)
{
    const unsigned char *p = (const unsigned char *)line.ptr, *end = p + line.len;
    unsigned date = l->is_time_first ? l->numbers - 3u : 0, time = l->is_time_first ? 0 : 3;
    unsigned year = date + (l->stamp.year_at == 0 ? 0 : 2);
    int value[WA_NUMBERS];
    uint8_t pad[3] = { PAD_OPEN };

    for (unsigned i = 0;; i++) {
        unsigned len = l->lead_len[i], n;

        if ((size_t)(end - p) < len || (len && *p != (unsigned char)l->lead[i][0]))
            return 0;
        for (unsigned k = 1; k < len; k++)
            if (p[k] != (unsigned char)l->lead[i][k])
                return 0;
        p += len;
        if (i == l->numbers)
            break;
        n = layout_number(p, end, i == year ? 4 : 2, &value[i]);
        if (n == 0 || (i == year ? n != l->year_digits : i != time && i - date >= 3 && n != 2))
            return 0;
        if (i >= date && i < date + 3 && !(i == year && l->year_digits == 4) && (n == 1 || value[i] < 10))
            pad[i - date] = n == 1 ? PAD_NONE : PAD_ZERO;
        p += n;
    }
    /* what the slow way would go on with, or refuse */
    if (p < end && *p == ' ')
        return 0;
    *out = l->stamp;
    memcpy(out->field, value + date, sizeof(out->field));
    out->hour = value[time];
    out->minute = value[time + 1];
    out->second = out->shape & SHAPE_SECONDS ? value[time + 2] : 0;
    if (out->hour > 23 || out->minute > 59 || out->second > 59)
        return 0;
    if (out->year_at >= 0)
        out->year = out->field[out->year_at];
    if (out->year >= 2400)
        return 0;
    memcpy(out->pad, pad, sizeof(pad));
    wa_apply_marker(out, (enum marker_kind)l->marker);
    return (size_t)((const char *)p - line.ptr);
}

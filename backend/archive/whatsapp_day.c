/* What a header's stamp means: its day under a reading, and what its shape tells. */
#include "whatsapp_priv.h"

/* From 52 on it is the Buddhist year: 62 is 2562, our 2019. */
static int two_digit_year(int yy)
{
    return yy >= 52 ? 2500 + yy - 543 : 2000 + yy;
}

bool wa_stamp_day(const struct wa_stamp *s, enum date_order order, int64_t *day)
{
    int y, m, d;

    if (s->no_year)
        return false;
    if (s->year_at == 0 || (order == DATE_ORDER_YMD && s->year_at < 0)) {
        y = s->year_at == 0 ? s->year : two_digit_year(s->field[0]);
        m = s->field[1];
        d = s->field[2];
    } else {
        y = s->year_at == 2 ? s->year : two_digit_year(s->field[2]);
        d = s->field[order == DATE_ORDER_MDY ? 1 : 0];
        m = s->field[order == DATE_ORDER_MDY ? 0 : 1];
    }
    if (y < 2009 || !civil_valid(y, m, d))
        return false;
    *day = civil_to_days(y, m, d);
    return true;
}

bool wa_stamp_is_korean(uint32_t shape)
{
    return ((shape >> SHAPE_TAIL) & 3) == TAIL_COMMA;
}

bool wa_stamp_tells_year(uint32_t shape)
{
    return (shape & SHAPE_YEAR_TOLD) != 0;
}

bool wa_stamp_is_bracket(uint32_t shape)
{
    return (shape & SHAPE_BRACKET) != 0;
}

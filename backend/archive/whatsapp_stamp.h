/* What the two ways of reading a header share. Private to whatsapp_stamp.c and whatsapp_layout.c. */
#ifndef TANGGAP_ARCHIVE_WHATSAPP_STAMP_H
#define TANGGAP_ARCHIVE_WHATSAPP_STAMP_H

#include "whatsapp_priv.h"

/* A place in a line, and what was read on the way. */
struct cur {
    const unsigned char *p, *end;
    bool other_digits;
    unsigned numbers;
    struct {
        const unsigned char *at;
        int digits;
    } number[WA_NUMBERS];           /* where the numbers stand, to make a layout */
    int marker;
};

enum marker_kind { MARKER_AM, MARKER_PM, MARKER_NOON, MARKER_NIGHT, MARKER_NONE };

/* Puts the hour on the 24 h clock. Some phones write "23:59 PM" and "00:04 AM": then the marker says nothing. */
void wa_apply_marker(struct wa_stamp *s, enum marker_kind kind);
/* Keeps how a header was laid out, if nothing but its digits can change. c stands at the header's end. */
void wa_layout_keep(struct wa_memo *memo, const struct cur *c, struct text line, const struct wa_stamp *s);
/* Reads a header of exactly this layout; 0: it is none, or one for the slow way. */
size_t wa_layout_parse(const struct wa_layout *l, struct text line, struct wa_stamp *out);

#endif

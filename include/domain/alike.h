/* What makes two contacts look like one person. Pure. */
#ifndef TANGGAP_DOMAIN_ALIKE_H
#define TANGGAP_DOMAIN_ALIKE_H

#include "util/text.h"

/* Do two names share a word of three letters or more, forms of address ("Bu", "Pak", "Mbak" …) left out, or are they the
 * same but for blanks and marks ("sari.cake", "Sari Cake")? Upper and lower case are one in ASCII. */
bool alike_names(struct text a, struct text b);
/* Does the text hold the handle as a word of its own, with or without "@", in any case? Handles shorter than four bytes
 * are words of many languages: false. */
bool alike_mentions(struct text words, struct text handle);

#endif

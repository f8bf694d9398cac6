/* Telephone numbers as people write them, in one form: the digits of E.164 (ITU-T, at most 15), without "+". */
#ifndef TANGGAP_UTIL_PHONE_H
#define TANGGAP_UTIL_PHONE_H

#include "util/text.h"

#define PHONE_INDONESIA "62"
#define PHONE_SIZE      16                /* 15 digits and a NUL */

/* `08…`, `62…`, `+62 …`, `0062…`, `+62 (0)8…`, with blanks, dashes, dots, brackets and the marks that phones put around
 * numbers; other countries' numbers with "+" or "00". country: calling code for what begins with one 0 or with the code
 * itself; numbers of other countries without a sign of being one are not guessed. True and out filled (NUL-terminated);
 * false for short codes, letters and whatever else is no number, out untouched. The form itself with a "+" before it
 * comes back unchanged. */
bool phone_normal(struct text t, const char *country, char out[PHONE_SIZE]);
/* As phone_normal() makes them: 8 to 15 digits, no 0 in front. */
bool phone_is_normal(struct text t);
/* What the stored form of a number holds of which t is a part, as somebody types it who looks for it: `0812-34` is
 * "81234". False when t holds anything but digits and what stands between them, or fewer than 4 digits. */
bool phone_part(struct text t, const char *country, char out[PHONE_SIZE]);
/* Cuts the next thing that can only be a telephone number out of running text: what begins with "+", "00", "0" or the
 * country's code, as the number of a mobile phone where the country is Indonesia (prices and order numbers are no
 * numbers to call). Moves cur behind it; false at the end. */
bool phone_next(struct text *cur, const char *country, char out[PHONE_SIZE]);

#endif

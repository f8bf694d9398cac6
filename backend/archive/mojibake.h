/* Facebook and Instagram write each byte of a text's UTF-8 as a code point of its own ("caf\u00c3\u00a9"). Private to
 * backend/archive. */
#ifndef TANGGAP_ARCHIVE_MOJIBAKE_H
#define TANGGAP_ARCHIVE_MOJIBAKE_H

#include "util/arena.h"

enum mojibake { MOJIBAKE_NONE, MOJIBAKE_MENDED, MOJIBAKE_DOUBTFUL };

/* MENDED: *out is the text in mem. A last letter that was cut off in the middle is left out. NONE and DOUBTFUL (no code
 * point above U+00FF, some above U+007F, and yet no UTF-8 beneath): *out is t itself. Never to be run twice on a text. */
enum mojibake mojibake_mend(struct text t, struct arena *mem, struct text *out);

#endif

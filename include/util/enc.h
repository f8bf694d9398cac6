/* Encodings: hex, base64, percent. Decoders refuse anything not canonical enough to be meant. */
#ifndef TANGGAP_UTIL_ENC_H
#define TANGGAP_UTIL_ENC_H

#include "util/buf.h"

void enc_hex(const void *bytes, size_t len, char *out);                  /* out holds 2*len+1 */
MUST_CHECK int dec_hex(struct text hex, void *out, size_t out_len);      /* exact length, both cases */
void enc_base64(struct buf *out, struct text bytes);                     /* standard alphabet, padded */
void enc_base64url(struct buf *out, struct text bytes);                  /* no padding */
MUST_CHECK int dec_base64(struct buf *out, struct text b64);             /* either alphabet, padding optional */
void enc_percent(struct buf *out, struct text raw);                      /* all but RFC 3986 unreserved */
MUST_CHECK int dec_percent(struct buf *out, struct text enc);            /* '+' stays; refuses %00 and bad escapes */

#endif

/* What opens one channel: its token and what belongs to it, as the one sealed value of channel.token_sealed. A platform
 * with nothing but a token (Telegram) may have that token alone there. Pure; whoever holds the bytes wipes them. */
#ifndef TANGGAP_DOMAIN_CREDENTIAL_H
#define TANGGAP_DOMAIN_CREDENTIAL_H

#include "util/buf.h"

struct credential {
    struct text token, refresh_token, app_id, app_secret;      /* absent: ptr NULL */
};

/* Borrows from `opened`. Members that are not known are passed over, so that an older program reads a newer value. */
void credential_read(struct text opened, struct credential *out);
/* What credential_read takes. False, and nothing written, when a value holds a line break. */
bool credential_write(const struct credential *c, struct buf *out);

#endif

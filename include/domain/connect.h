/* What each platform needs to be connected, as data: the fields of its form, what each fills, and the way to log in.
 * Panel and API draw and check the same table. Pure. Sources: platforms-meta.md §2, platforms-others.md §1-4. */
#ifndef TANGGAP_DOMAIN_CONNECT_H
#define TANGGAP_DOMAIN_CONNECT_H

#include "domain/channel.h"
#include "util/json_in.h"

/* Every name that a field may have, in any form. */
#define CONNECT_NAMES(X)                                                                                      \
    X(token) X(refresh_token) X(app_id) X(app_secret) X(channel_id) X(channel_secret) X(phone_number_id)      \
    X(waba_id) X(page_id) X(client_id) X(client_secret) X(consumer_key) X(consumer_secret) X(day_limit)

struct connect_values {
#define X(name) struct text name;
    CONNECT_NAMES(X)
#undef X
};
/* The "fields" of a body, for JSON_IN_OBJECT into a struct connect_values. */
extern const struct json_in_field connect_value_fields[];

/* Where a value goes; several at once. */
#define CONNECT_TOKEN 1u
#define CONNECT_REFRESH 2u
#define CONNECT_APP_ID 4u          /* also kept open in the state: an address to log in at is made of it */
#define CONNECT_APP_SECRET 8u
#define CONNECT_HOOK_SECRET 16u
#define CONNECT_ACCOUNT 32u        /* channel.external_id */
#define CONNECT_STATE 64u          /* channel.state, under the field's own name */
#define CONNECT_BUDGET 128u        /* channel.state.quota.limit */

enum connect_need {
    CONNECT_OPTIONAL,
    CONNECT_ALWAYS,
    CONNECT_FOR_HOOK,              /* where news comes by webhook */
    CONNECT_OR_LOGIN,              /* unless the person logs in at the platform afterwards */
};

enum connect_letters { LETTERS_DIGITS, LETTERS_HEX, LETTERS_VISIBLE, LETTERS_BOT_TOKEN };

struct connect_field {
    const char *name;
    size_t offset;                 /* in struct connect_values */
    unsigned fills;
    enum connect_need need;
    bool is_secret;
    enum connect_letters letters;
    unsigned min, max;             /* letters */
};

struct connect_form {
    enum platform platform;
    enum platform pair;            /* connected along with it, from the same credential; PLATFORM_COUNT: none */
    unsigned transports;           /* bits 1 << enum channel_transport */
    bool has_login;                /* by OAuth, in the person's own browser */
    bool has_verify_token;         /* the platform repeats a word when it first looks at the address */
    const struct connect_field *fields;
    size_t field_count;
};

extern const struct connect_form connect_forms[];
extern const size_t connect_form_count;
const struct connect_form *connect_form_of(enum platform p);       /* NULL: cannot be connected */

/* ECMAScript and POSIX regular expression for the whole value. */
void connect_pattern(const struct connect_field *f, struct buf *out);
/* Trims what was pasted, checks it by the form, and fills a channel to be made: external_id, credential, hook_secret,
 * state. Everything in mem; the caller wipes the credential's source. BAD_FIELD names "fields.NAME". needs_login: no
 * token came, so the person has to log in. */
MUST_CHECK int connect_read(struct ctx *c, const struct connect_form *form, enum channel_transport transport,
                            const struct connect_values *values, struct new_channel *out, bool *needs_login);

#endif

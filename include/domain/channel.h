/* Connected accounts, from serve's side: it seals tokens and never sees one again. */
#ifndef TANGGAP_DOMAIN_CHANNEL_H
#define TANGGAP_DOMAIN_CHANNEL_H

#include "db/query.h"
#include "domain/credential.h"
#include "domain/event.h"

enum channel_transport { TRANSPORT_FILE, TRANSPORT_POLL, TRANSPORT_HOOK };
enum channel_status { CHANNEL_HEALTHY, CHANNEL_QUIET, CHANNEL_BROKEN, CHANNEL_PAUSED, CHANNEL_CHECKING };

struct channel_view {
    int64_t id, messages_24h;
    int16_t platform, transport, status;
    struct text name, external_id, status_code, facts, hook_key, verify_token;      /* facts: JSON object */
    time_us status_since, last_event_at, last_ok_at, hook_looked_at;
    struct channel_health {
        int16_t backfill_state;                /* 0 not asked for, 1 being read, 2 all read, 3 given up */
        int64_t backfill_count, sends_waiting; /* new messages in it; replies that wait longer than they should */
        int64_t usual_gap_s;                   /* 0: too little history */
        time_us expires_at;                    /* the token, or the access that it gives */
        struct text warning, gaps;             /* what ails it although it counts as well; JSON array */
    } health;
};
typedef int channel_fn(const struct channel_view *v, void *arg);
/* only 0: all. */
MUST_CHECK int channel_each(struct ctx *c, int64_t only, channel_fn *row, void *arg);

struct new_channel {
    struct text key;
    enum platform platform;
    enum channel_transport transport;
    struct text external_id;                   /* empty: the check will tell */
    struct text name;                          /* absent: as the platform calls the account, once the check has told */
    struct credential credential;
    struct text hook_secret;                   /* absent: made */
    bool has_verify_token;                     /* one is made */
    struct text state;                         /* JSON object; absent: {} */
    bool waits_for_login;                      /* nothing to check yet */
};
/* Seals the credential, makes the webhook address for TRANSPORT_HOOK, queues the check. The same account again replaces
 * its credential. */
MUST_CHECK int channel_add(struct ctx *c, const struct new_channel *in, int64_t *id);

/* ---- logging in at the platform (OAuth), in the person's own browser ---- */

#define CHANNEL_LOGIN_MINUTES 10
struct channel_login {
    int64_t channel;
    enum platform platform;
    struct text app_id, login;                 /* of the channel's state; empty where not known */
    struct text verifier;                      /* PKCE; empty: none */
    struct text redirect_url;
};
/* What an address to log in at needs: platform, app_id, login. 1, 0 no such channel, -1. */
MUST_CHECK int channel_login_app(struct ctx *c, int64_t channel, struct channel_login *out);
/* Notes that the person is away; state comes back once, within CHANNEL_LOGIN_MINUTES, in the same session. */
MUST_CHECK int channel_login_begin(struct ctx *c, const struct channel_login *in, struct text state,
                                   struct text session_token);
/* Back again: the login is used up, and the code goes, sealed, to a job. 1, 0 (unknown, used, too old, another's), -1. */
MUST_CHECK int channel_login_end(struct ctx *c, struct text state, struct text session_token, struct text code,
                                 struct channel_login *out);
/* Of the accounts that a login offered, this one is meant: NOT_FOUND when it is none of them. */
MUST_CHECK int channel_choose(struct ctx *c, int64_t channel, struct text account);

enum channel_act { CHANNEL_ACT_CHECK, CHANNEL_ACT_PAUSE, CHANNEL_ACT_RESUME, CHANNEL_ACT_REMOVE };
MUST_CHECK int channel_act(struct ctx *c, int64_t id, enum channel_act act);

#endif

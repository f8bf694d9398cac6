/* The state folder: who owns what in it, the sealing keys, and one `up` at a time.
 *
 *     pg/        the private cluster                      work only
 *     run/       sockets and the lock                     work writes, both enter
 *     keys/      seal.pub both read, seal.key work only
 *     media/     attachments by hash                      work writes, both read
 *     uploads/   archives on their way in                 both write
 *     log/       the cluster's log                        work only
 *
 * Started by root the folder belongs to tanggap-work and the group tanggap; otherwise all is the caller's. */
#ifndef TANGGAP_MAIN_STATE_H
#define TANGGAP_MAIN_STATE_H

#include "util/arena.h"
#include "util/config.h"
#include "util/crypto.h"

#include <sys/types.h>

#define STATE_USER_WEB "tanggap-web"
#define STATE_USER_WORK "tanggap-work"
#define STATE_GROUP "tanggap"

struct state_user {
    uid_t uid;
    gid_t gid;        /* the common group */
};

/* 1 both users and the group exist, 0 they do not. */
int state_users(struct state_user *web, struct state_user *work);
/* Makes what is missing, with owners and modes; web and work are NULL when one user runs everything. */
MUST_CHECK int state_prepare(const struct config *cfg, const struct state_user *work, struct fail *why);
/* The folder as an absolute path; it must exist. Lives in mem. */
MUST_CHECK int state_absolute(const struct config *cfg, struct arena *mem, const char **out, struct fail *why);
/* Becomes a user for good: groups, gid, uid, no new privileges. */
MUST_CHECK int state_become(const struct state_user *user, struct fail *why);
/* Called by root: becomes the owner of the state folder, where that is not root itself. */
MUST_CHECK int state_become_owner(const struct config *cfg, struct fail *why);

/* Makes the key pair at the first start. */
MUST_CHECK int state_make_keys(const struct config *cfg, struct fail *why);
/* Loads the keys; may_open also the secret half where it is readable. */
MUST_CHECK int state_load_keys(const struct config *cfg, bool may_open, struct seal_key *out, struct fail *why);

/* Takes the lock that only one `up` may hold; kept until the process ends. Returns a descriptor, or -1. */
MUST_CHECK int state_lock(const struct config *cfg, struct fail *why);

#endif

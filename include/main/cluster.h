/* The embedded PostgreSQL: a private cluster under the state folder, reached by a unix socket only. UTF-8, C.UTF-8,
 * data checksums; peer authentication maps the two system users to the three database roles. */
#ifndef TANGGAP_MAIN_CLUSTER_H
#define TANGGAP_MAIN_CLUSTER_H

#include "util/arena.h"
#include "util/config.h"

#define CLUSTER_MAJOR 15

struct cluster {
    const char *bin;          /* folder of initdb and postgres                       */
    const char *state;        /* absolute                                            */
    const char *data;         /* state/pg                                            */
    const char *run;          /* folder of the socket: state/run, or a short one     */
};

/* True when the settings name no other server. */
bool cluster_is_ours(const struct config *cfg);
/* Where things are. The state folder must exist. A socket's path may have 107 bytes: below a deep state folder the
 * socket goes to a folder of this user's own under /tmp, named by a hash of the state folder. */
MUST_CHECK int cluster_find(const struct config *cfg, struct arena *mem, struct cluster *out, struct fail *why);
/* initdb when there is none (whole or not at all), then our settings, written again at every start. Refuses a cluster
 * of another major version. Run as the user who owns the state folder. */
MUST_CHECK int cluster_prepare(const struct cluster *cl, struct fail *why);
/* Command line of the server, NULL-terminated, in mem. */
char **cluster_command(const struct cluster *cl, struct arena *mem);
/* libpq address of a database of the cluster, in mem. */
const char *cluster_address(const struct cluster *cl, const char *database, struct arena *mem);
/* 1 answers, 0 not yet (or starting), -1 refuses for good. */
int cluster_answers(const struct cluster *cl);
/* Makes the three roles and the database where missing. */
MUST_CHECK int cluster_provision(const struct cluster *cl, struct fail *why);

#endif

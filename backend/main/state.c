/* The state folder: owners, modes, keys, lock. */
#include "main/state.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct folder {
    const char *name;
    mode_t mode;
};

/* Set-group-id folders hand the common group down to what is made in them. */
static const struct folder folders[] = {
    { "", 02750 }, { "run", 02750 }, { "keys", 02750 }, { "media", 02750 }, { "uploads", 02770 }, { "log", 0700 },
};

int state_users(struct state_user *web, struct state_user *work)
{
    const struct group *group = getgrnam(STATE_GROUP);

    if (!group)
        return 0;
    gid_t gid = group->gr_gid;
    const struct passwd *entry = getpwnam(STATE_USER_WEB);
    if (!entry)
        return 0;
    uid_t web_uid = entry->pw_uid;
    entry = getpwnam(STATE_USER_WORK);
    if (!entry)
        return 0;
    *work = (struct state_user) { entry->pw_uid, gid };
    *web = (struct state_user) { web_uid, gid };
    return 1;
}

/* mkdir -p; what is there already stays as it is. */
static int make_path(char *path)
{
    for (char *p = path + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            int failed = mkdir(path, 0755) && errno != EEXIST;
            *p = '/';
            if (failed)
                return -1;
        }
    return mkdir(path, 0755) && errno != EEXIST ? -1 : 0;
}

/* Owner and mode go through a descriptor that refuses links, since the folder's owner is not root. */
static int set_folder(const char *path, const struct folder *f, const struct state_user *work)
{
    if (mkdir(path, 0700) && errno != EEXIST)
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    struct stat st;
    /* What is right already stays alone: under systemd nobody may set a set-group-id bit. */
    bool done = fstat(fd, &st) == 0 && (!work || fchown(fd, work->uid, work->gid) == 0) &&
                ((st.st_mode & 07777) == f->mode || fchmod(fd, f->mode) == 0);
    int reason = errno;
    close(fd);
    errno = reason;
    return done ? 0 : -1;
}

int state_prepare(const struct config *cfg, const struct state_user *work, struct fail *why)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s", cfg->state_dir) >= (int)sizeof(path) - 16)
        return fail(why, FAIL_BAD_FIELD, "the path of the state folder is too long");
    if (make_path(path))
        return fail(why, FAIL_INTERNAL, "cannot make the state folder %s: %s", path, strerror(errno));
    for (size_t i = 0; i < COUNT_OF(folders); i++) {
        if (folders[i].name[0])
            snprintf(path, sizeof(path), "%s/%s", cfg->state_dir, folders[i].name);
        if (set_folder(path, &folders[i], work))
            return fail(why, FAIL_INTERNAL, "cannot set up the folder %s: %s", path, strerror(errno));
    }
    return 0;
}

int state_absolute(const struct config *cfg, struct arena *mem, const char **out, struct fail *why)
{
    char path[PATH_MAX];

    if (!realpath(cfg->state_dir, path))
        return fail(why, FAIL_NOT_FOUND, "there is no state folder %s (tanggap up makes it): %s", cfg->state_dir,
                    strerror(errno));
    *out = arena_copy(mem, text_of(path));
    return 0;
}

int state_become(const struct state_user *user, struct fail *why)
{
    if (setgroups(1, &user->gid) || setresgid(user->gid, user->gid, user->gid) ||
        setresuid(user->uid, user->uid, user->uid) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return fail(why, FAIL_INTERNAL, "cannot become user %u: %s", (unsigned)user->uid, strerror(errno));
    return 0;
}

int state_become_owner(const struct config *cfg, struct fail *why)
{
    struct stat st;

    if (geteuid() != 0 || stat(cfg->state_dir, &st) || st.st_uid == 0)
        return 0;
    return state_become(&(struct state_user) { st.st_uid, st.st_gid }, why);
}

static void key_paths(const struct config *cfg, char public_path[PATH_MAX], char secret_path[PATH_MAX])
{
    snprintf(public_path, PATH_MAX, "%s/seal.pub", cfg->keys_dir);
    snprintf(secret_path, PATH_MAX, "%s/seal.key", cfg->keys_dir);
}

int state_make_keys(const struct config *cfg, struct fail *why)
{
    char public_path[PATH_MAX], secret_path[PATH_MAX];
    struct seal_key key;

    key_paths(cfg, public_path, secret_path);
    /* The public half is written last: without it nothing was ever sealed. */
    if (access(public_path, F_OK) == 0)
        return 0;
    crypto_seal_new(&key);
    int rc = crypto_seal_store(&key, public_path, secret_path, why);
    crypto_wipe(&key, sizeof(key));
    return rc;
}

/* A rotation that was cut off between its two renames: the public half is new, its secret still lies beside. */
static void finish_rotation(const char *public_path, const char *secret_path)
{
    struct fail ignored = { .code = FAIL_NONE };
    struct seal_key key;
    char next[PATH_MAX + 8];

    snprintf(next, sizeof(next), "%s.next", secret_path);
    if (access(next, R_OK) == 0 && crypto_seal_load(public_path, next, &key, &ignored) == 0) {
        crypto_wipe(&key, sizeof(key));
        /* What follows tells when this does not work. */
        (void)!rename(next, secret_path);
    }
}

int state_load_keys(const struct config *cfg, bool may_open, struct seal_key *out, struct fail *why)
{
    char public_path[PATH_MAX], secret_path[PATH_MAX];

    key_paths(cfg, public_path, secret_path);
    if (may_open)
        finish_rotation(public_path, secret_path);
    bool can_open = may_open && access(secret_path, R_OK) == 0;
    return crypto_seal_load(public_path, can_open ? secret_path : NULL, out, why);
}

int state_lock(const struct config *cfg, struct fail *why)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/run/up.lock", cfg->state_dir);
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0)
        return fail(why, FAIL_INTERNAL, "cannot open %s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        close(fd);
        return fail(why, FAIL_CONFLICT, "Tanggap is running already on %s", cfg->state_dir);
    }
    return fd;
}

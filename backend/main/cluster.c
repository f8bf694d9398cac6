/* The private cluster: where it is, how it is made, set up and provisioned. Starting and stopping it is up's business.
 */
#include "main/cluster.h"

#include "db/provision.h"
#include "main/pipe.h"
#include "main/state.h"
#include "util/buf.h"
#include "util/crypto.h"
#include "util/enc.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SOCKET_PATH_MAX  107
#define SOCKET_NAME      "/.s.PGSQL.5432"
#define SOCKET_LOCK_NAME SOCKET_NAME ".lock"

AUTO_DEFINE(file, FILE *, NULL, fclose)
AUTO_DEFINE(arena, struct arena *, NULL, arena_free)

/* Thrifty in memory, strict in what survives a power cut. */
static const char settings[] = "# Written by tanggap at every start; changes belong into postgresql.auto.conf.\n"
                               "listen_addresses = ''\n"
                               "unix_socket_permissions = 0770\n"
                               "max_connections = 60\n"
                               "superuser_reserved_connections = 3\n"
                               "fsync = on\n"
                               "synchronous_commit = on\n"
                               "full_page_writes = on\n"
                               "shared_buffers = 128MB\n"
                               "effective_cache_size = 512MB\n"
                               "work_mem = 8MB\n"
                               "maintenance_work_mem = 64MB\n"
                               "max_wal_size = 1GB\n"
                               "min_wal_size = 128MB\n"
                               "wal_compression = on\n"
                               "checkpoint_timeout = 10min\n"
                               "checkpoint_completion_target = 0.9\n"
                               "random_page_cost = 1.1\n"
                               "jit = off\n"
                               "max_worker_processes = 4\n"
                               "max_parallel_workers_per_gather = 1\n"
                               /* a fresh shop's first import or rush: until its tables are analysed, plans are guesses */
                               "autovacuum_naptime = 5s\n"
                               "autovacuum_vacuum_scale_factor = 0.05\n"
                               "autovacuum_analyze_scale_factor = 0.02\n"
                               "timezone = 'UTC'\n"
                               "log_timezone = 'UTC'\n"
                               "logging_collector = on\n"
                               "log_directory = '../log'\n"
                               "log_filename = 'postgresql-%a.log'\n"
                               "log_truncate_on_rotation = on\n"
                               "log_rotation_age = 1d\n"
                               "log_rotation_size = 0\n"
                               "log_min_messages = warning\n"
                               "log_line_prefix = '%m [%p] %u '\n"
                               /* Values of statements are customers' words. */
                               "log_parameter_max_length = 0\n"
                               "log_parameter_max_length_on_error = 0\n"
                               "log_min_error_statement = panic\n";

static const char hba[] =
    "# Written by tanggap at every start. No other way in than the socket, no password anywhere.\n"
    "local all postgres peer map=tanggap\n"
    "local tanggap tanggap_owner,tanggap_work,tanggap_web peer map=tanggap\n";

bool cluster_is_ours(const struct config *cfg)
{
    return cfg->database_url[0] == '\0';
}

/* A folder of our own under /tmp, refused when somebody else has laid it there. */
static int short_run_folder(struct arena *mem, const char *state, const char **out, struct fail *why)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    char hex[17];
    struct stat st, owner;

    crypto_sha256(text_of(state), hash);
    enc_hex(hash, 8, hex);
    char *path = arena_printf(mem, "/tmp/tanggap-%s", hex);
    if (stat(state, &owner))
        return fail(why, FAIL_INTERNAL, "cannot look at %s: %s", state, strerror(errno));
    if (geteuid() == owner.st_uid && mkdir(path, 0750) && errno != EEXIST)
        return fail(why, FAIL_INTERNAL, "cannot make %s: %s", path, strerror(errno));
    if (lstat(path, &st) == 0 && (!S_ISDIR(st.st_mode) || st.st_uid != owner.st_uid || (st.st_mode & S_IWOTH)))
        return fail(why, FAIL_INTERNAL, "%s belongs to somebody else", path);
    *out = path;
    return 0;
}

int cluster_find(const struct config *cfg, struct arena *mem, struct cluster *out, struct fail *why)
{
    struct cluster cl = { .bin = arena_printf(mem, "/usr/lib/postgresql/%d/bin", CLUSTER_MAJOR) };

    if (state_absolute(cfg, mem, &cl.state, why))
        return -1;
    cl.data = arena_printf(mem, "%s/pg", cl.state);
    cl.run = arena_printf(mem, "%s/run", cl.state);
    if (strlen(cl.run) + sizeof(SOCKET_LOCK_NAME) - 1 > SOCKET_PATH_MAX &&
        short_run_folder(mem, cl.state, &cl.run, why))
        return -1;
    *out = cl;
    return 0;
}

static int write_file(const char *path, const char *text, struct fail *why)
{
    AUTO(file) FILE *file = fopen(path, "we");

    if (!file || fputs(text, file) < 0 || fflush(file) || fsync(fileno(file)))
        return fail(why, FAIL_INTERNAL, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

/* Made beside its place and renamed, so that a start that was cut off leaves nothing half-made. */
static int make_cluster(const struct cluster *cl, struct arena *mem, struct fail *why)
{
    const char *fresh = arena_printf(mem, "%s.new", cl->data);
    char *const rm[] = { (char[]) { "/bin/rm" }, (char[]) { "-rf" }, arena_copy(mem, text_of(fresh)), NULL };
    char *const initdb[] = { arena_printf(mem, "%s/initdb", cl->bin),
                             (char[]) { "--pgdata" },
                             arena_copy(mem, text_of(fresh)),
                             (char[]) { "--username=postgres" },
                             (char[]) { "--auth=peer" },
                             (char[]) { "--encoding=UTF8" },
                             (char[]) { "--locale=C.UTF-8" },
                             (char[]) { "--data-checksums" },
                             (char[]) { "--no-instructions" },
                             NULL };

    if (pipe_run(rm, NULL, why) || pipe_run(initdb, NULL, why))
        return -1;
    AUTO(file) FILE *conf = fopen(arena_printf(mem, "%s/postgresql.conf", fresh), "ae");
    if (!conf || fputs("\ninclude 'tanggap.conf'\n", conf) < 0 || fflush(conf) || fsync(fileno(conf)))
        return fail(why, FAIL_INTERNAL, "cannot set up the new cluster: %s", strerror(errno));
    if (rename(fresh, cl->data))
        return fail(why, FAIL_INTERNAL, "cannot put the new cluster in place: %s", strerror(errno));
    return 0;
}

static int check_version(const struct cluster *cl, struct arena *mem, struct fail *why)
{
    AUTO(file) FILE *file = fopen(arena_printf(mem, "%s/PG_VERSION", cl->data), "re");
    char line[16] = "";
    char wanted[16];

    snprintf(wanted, sizeof(wanted), "%d\n", CLUSTER_MAJOR);
    if (!file || !fgets(line, sizeof(line), file))
        return fail(why, FAIL_INTERNAL, "cannot read the version of the cluster in %s", cl->data);
    if (strcmp(line, wanted) != 0)
        return fail(why, FAIL_NOT_POSSIBLE,
                    "the cluster in %s is of PostgreSQL %.*s, this program wants %d: backup with the old version, "
                    "restore with this one",
                    cl->data, (int)strcspn(line, "\n"), line, CLUSTER_MAJOR);
    return 0;
}

/* The system users that exist may be the roles they stand for; the owner of the folder may be all of them, since it
 * could read the files anyway. */
static int write_ident(const struct cluster *cl, struct arena *mem, struct fail *why)
{
    static const char *const roles[] = { "postgres", "tanggap_owner", "tanggap_work", "tanggap_web" };
    struct state_user web, work;
    struct buf text = BUF_INIT(4096);
    const struct passwd *me = getpwuid(geteuid());

    if (!me)
        return fail(why, FAIL_INTERNAL, "user %u has no name", (unsigned)geteuid());
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        buf_printf(&text, "tanggap \"%s\" %s\n", me->pw_name, roles[i]);
    bool is_split = state_users(&web, &work) && work.uid == geteuid();
    if (is_split)
        buf_str(&text, "tanggap " STATE_USER_WEB " tanggap_web\n");
    int rc = text.failed ? fail(why, FAIL_INTERNAL, "the user's name is too long")
                         : write_file(arena_printf(mem, "%s/pg_ident.conf", cl->data), text.ptr, why);
    buf_fini(&text);
    return rc;
}

int cluster_prepare(const struct cluster *cl, struct fail *why)
{
    AUTO(arena) struct arena *mem = arena_new(0);

    if (access(cl->data, F_OK) != 0 && make_cluster(cl, mem, why))
        return -1;
    return check_version(cl, mem, why) || write_file(arena_printf(mem, "%s/tanggap.conf", cl->data), settings, why) ||
                   write_file(arena_printf(mem, "%s/pg_hba.conf", cl->data), hba, why) || write_ident(cl, mem, why)
               ? -1
               : 0;
}

char **cluster_command(const struct cluster *cl, struct arena *mem)
{
    const char *const words[] = { arena_printf(mem, "%s/postgres", cl->bin), "-D", cl->data, "-k", cl->run };
    char **argv = arena_array(mem, char *, COUNT_OF(words) + 1);

    for (size_t i = 0; i < COUNT_OF(words); i++)
        argv[i] = arena_copy(mem, text_of(words[i]));
    return argv;
}

const char *cluster_address(const struct cluster *cl, const char *database, struct arena *mem)
{
    struct buf quoted = BUF_INIT(2 * 4096);

    for (const char *p = cl->run; *p; p++) {
        if (*p == '\'' || *p == '\\')
            buf_char(&quoted, '\\');
        buf_char(&quoted, *p);
    }
    const char *address = arena_printf(mem, "host='%s' port=5432 dbname=%s", quoted.ptr, database);
    buf_fini(&quoted);
    return address;
}

int cluster_answers(const struct cluster *cl)
{
    AUTO(arena) struct arena *mem = arena_new(0);

    return db_answers(arena_printf(mem, "%s user=postgres", cluster_address(cl, "postgres", mem)));
}

int cluster_provision(const struct cluster *cl, struct fail *why)
{
    AUTO(arena) struct arena *mem = arena_new(0);

    return db_provision(arena_printf(mem, "%s user=postgres", cluster_address(cl, "postgres", mem)), why);
}
